"""The background queue: a durable row per job is the truth, huey only wakes the worker.

In-process by default (a consumer thread beside the server, SQLite queue in the data folder); Redis by settings.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from flask import Flask
from sqlalchemy import JSON, CursorResult, Integer, String, Text, select, update
from sqlalchemy.orm import Mapped, mapped_column

from workbench import clock
from workbench.config import Settings
from workbench.database import Base, UTCDateTime, db, reading

if TYPE_CHECKING:
    from huey import Huey

log = logging.getLogger("workbench.jobs")
STALE = timedelta(minutes=3)  # a running job whose heartbeat is older died with its worker
# Kept in English; the job's page says them in the language of who looks.
STOPPED = "The worker stopped before the job was done. Try again."
BROKEN = "Something in Ninefold broke while this was done. Try again; if it happens again, tell the admin: the log says why."


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Cancelled(Exception):
    """The job is not to go on: somebody stopped it, or it was taken for dead and begun anew."""


class Job(Base):
    """One piece of long work: what, for whom, how far, and where its result lies."""

    __tablename__ = "job"
    __trailed__ = False

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(300))
    project_key: Mapped[str] = mapped_column(String(20), default="", index=True)
    person_id: Mapped[int] = mapped_column(Integer, index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(20), default=JobState.QUEUED)
    doing: Mapped[str] = mapped_column(String(300), default="")
    progress: Mapped[int] = mapped_column(Integer, default=0)  # percent
    result_url: Mapped[str] = mapped_column(String(500), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Progress:
    """What a job function gets: says how far it is, and learns whether it should stop."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id

    def report(self, percent: int, doing: str) -> None:
        """Write the progress in a transaction of its own; raises Cancelled where the job is not to go on."""
        values = {"progress": percent, "doing": doing, "heartbeat_at": clock.now()}
        if not _set(self.job_id, JobState.RUNNING, **values):
            raise Cancelled


Work = Callable[[Progress, dict[str, Any], int], str]
_kinds: dict[str, Work] = {}


def job(kind: str) -> Callable[[Work], Work]:
    """Declare the function that does one kind of job: (progress, payload, person id) -> address of the result."""

    def declare(work: Work) -> Work:
        _kinds[kind] = work
        return work

    return declare


def enqueue(*, kind: str, title: str, payload: dict[str, Any], person_id: int, project_key: str = "") -> Job:
    """Write the job's row in the transaction at hand; the worker sees it once that is committed."""
    made = Job(
        kind=kind,
        title=title,
        payload=payload,
        person_id=person_id,
        project_key=project_key,
        made_at=clock.now(),
        state=JobState.QUEUED,
        doing="",
        progress=0,
        result_url="",
        error="",
        tries=0,
    )
    db.session.add(made)
    db.session.flush()
    _hand_over(made.id)
    return made


def _hand_over(job_id: int) -> None:
    db.session().info.setdefault("jobs", []).append(job_id)


def cancel(found: Job) -> bool:
    """Ask a job to stop; one that has not begun never begins. False where it was over already."""
    return _change(found, JobState.QUEUED, JobState.RUNNING, state=JobState.CANCELLED, ended_at=clock.now())


def retry(found: Job) -> None:
    """Queue a failed or cancelled job again."""
    values = {"state": JobState.QUEUED, "error": "", "doing": "", "progress": 0, "ended_at": None}
    if _change(found, JobState.FAILED, JobState.CANCELLED, **values):
        _hand_over(found.id)


def _change(found: Job, *expected: JobState, **values: Any) -> bool:
    """Change a job in the transaction at hand, unless its state moved on since it was read."""
    wanted = update(Job).where(Job.id == found.id, Job.state.in_(expected)).values(**values)
    done = cast("CursorResult[Any]", db.session.execute(wanted.execution_options(synchronize_session=False)))
    db.session.refresh(found)
    return bool(done.rowcount)


def job_of(job_id: int) -> Job | None:
    """One job."""
    return db.session.get(Job, job_id)


def fresh(job_id: int) -> Job:
    """One job as it stands now, whatever the session at hand read before."""
    return db.session.get_one(Job, job_id, populate_existing=True)


def running_jobs(person_id: int) -> int:
    """How many jobs of this person are under way."""
    wanted = select(Job.id).where(Job.person_id == person_id, Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
    return len(db.session.scalars(wanted).all())


def _set(job_id: int, *expected: JobState, **values: Any) -> bool:
    with db.engine.begin() as connection:
        done = connection.execute(update(Job).where(Job.id == job_id, Job.state.in_(expected)).values(**values))
        return bool(done.rowcount)


def run(app: Flask, job_id: int, commit: Callable[[], None]) -> None:
    """Do one queued job from beginning to end; whatever happens, its row says how it ended.

    A job function reads within `database.reading()`, ends that transaction, computes, and writes last: nobody else
    waits for the write lock while it works.
    """
    with app.app_context():
        now = clock.now()
        if not _set(job_id, JobState.QUEUED, state=JobState.RUNNING, tries=Job.tries + 1, heartbeat_at=now, progress=0):
            return
        with reading(), db.engine.connect() as connection:
            kind, payload, person_id, tries = connection.execute(
                select(Job.kind, Job.payload, Job.person_id, Job.tries).where(Job.id == job_id)
            ).one()
        try:
            address = _kinds[kind](Progress(job_id), dict(payload), person_id)
            _finish(job_id, tries, address)
            commit()
        except Cancelled:
            db.session.rollback()
        except Exception as error:
            db.session.rollback()
            log.exception("job %s failed", job_id)
            _set(job_id, JobState.RUNNING, state=JobState.FAILED, error=_in_words(error), ended_at=clock.now())


def _finish(job_id: int, tries: int, address: str) -> None:
    """Say that the job is done in the transaction that keeps its result: stopped meanwhile, it keeps nothing."""
    wanted = update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING, Job.tries == tries)
    values = {"state": JobState.DONE, "progress": 100, "result_url": address, "ended_at": clock.now()}
    done = db.session.execute(wanted.values(**values).execution_options(synchronize_session=False))
    if not cast("CursorResult[Any]", done).rowcount:
        raise Cancelled


def _in_words(error: Exception) -> str:
    """What the person reads: the words of a refusal with what it lists; of anything else, that the log says more."""
    message = getattr(error, "message", "")
    return "\n".join([str(message), *getattr(error, "details", ())])[:2000] if message else BROKEN


def sweep() -> int:
    """Mark jobs whose worker died as failed, so that they can be tried again; says how many."""
    limit = clock.now() - STALE
    with db.engine.begin() as connection:
        done = connection.execute(
            update(Job)
            .where(Job.state == JobState.RUNNING, Job.heartbeat_at < limit)
            .values(
                state=JobState.FAILED,
                error=STOPPED,
                ended_at=clock.now(),
            )
        )
        return int(done.rowcount)


def waiting_ids() -> list[int]:
    """Jobs that are queued, oldest first."""
    with db.engine.connect() as connection:
        return list(connection.execute(select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id)).scalars())


def huey_for(settings: Settings) -> Huey:
    """The queue of these settings: Redis where an address is given, else SQLite in the data folder."""
    from huey import RedisHuey, SqliteHuey  # noqa: PLC0415 - cold start: pages that start no work need no queue

    if settings.queue_url:
        return RedisHuey("ninefold", url=settings.queue_url, blocking=False, results=False)
    settings.home.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("ninefold", filename=str(settings.home / "queue.db"), results=False)


class Queue:
    """What wakes workers. The rows are the truth: whatever the queue lost is found again by the next sweep."""

    def __init__(self, app: Flask, settings: Settings, commit: Callable[[], None]) -> None:
        self.app, self.settings, self.commit = app, settings, commit

    @cached_property
    def huey(self) -> Huey:
        """The queue itself, opened when it is first needed."""
        return huey_for(self.settings)

    @cached_property
    def do(self) -> Callable[[int], Any]:
        """Hands one job to the workers."""
        work: Callable[[int], Any] = self.huey.task(name="do")(lambda job_id: run(self.app, job_id, self.commit))
        return work

    def wake(self) -> None:
        """After a commit: hand the jobs it wrote to the workers."""
        for job_id in db.session().info.pop("jobs", []):
            try:
                self.do(job_id)
            except Exception:  # what asked for the job is saved: it must not look as if it were not
                log.exception("job %s waits for the next sweep: the queue did not take it", job_id)

    def step(self) -> bool:
        """Do one waiting job, if there is one."""
        _ = self.do  # the queue knows its task before it hands one out
        task = self.huey.dequeue()
        if task is None:
            return False
        self.huey.execute(task)
        return True


class Worker:
    """A thread that does queued jobs one after the other, beside the embedded server or in a process of its own."""

    def __init__(self, app: Flask, queue: Queue, chores: Callable[[], None]) -> None:
        self.app, self.queue, self.chores = app, queue, chores
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.loop, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the job at hand, then end."""
        self._stop.set()
        self._thread.join(timeout=30)

    def loop(self) -> None:
        """Work until told to stop; an error is logged and the work goes on."""
        ticks = 0
        while not self._stop.is_set():
            try:
                if self.queue.step():
                    continue
                if ticks % 20 == 0:
                    self._look_after()
            except Exception:
                log.exception("the job worker goes on after an error")
            ticks += 1
            self._stop.wait(0.5)

    def _look_after(self) -> None:
        with self.app.app_context():
            sweep()
            for job_id in waiting_ids():
                self.queue.do(job_id)
            self.chores()
