"""Long work: a durable row, progress, cancel and retry, and what became of a worker that died."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Inspector
from tests.factories.people import a_person
from workbench import clock, jobs
from workbench.database import db, reading
from workbench.jobs import Job, JobState, Progress, Queue, Worker
from workbench.people.models import Person
from workbench.web.refusals import Refused
from workbench.web.transactions import commit, rollback

SEEN: list[tuple[dict[str, Any], int]] = []


@jobs.job("test-good")
def good(progress: Progress, payload: dict[str, Any], person_id: int) -> str:
    progress.report(40, "half way")
    SEEN.append((payload, person_id))
    return "/projects/"


@jobs.job("test-bad")
def bad(progress: Progress, payload: dict[str, Any], person_id: int) -> str:
    a_person(name="Half done")
    db.session.flush()
    raise Refused("The export is not there.")


@jobs.job("test-stopped")
def stopped(progress: Progress, payload: dict[str, Any], person_id: int) -> str:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE job SET state = 'cancelled'")
    progress.report(10, "goes on")
    return "/never/"


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    SEEN.clear()
    yield
    clock.fix(None)


def queue_of(app: Flask) -> Queue:
    found: Queue = app.extensions["ninefold.queue"]
    return found


def queued(kind: str, person_id: int = 7) -> int:
    made = jobs.enqueue(kind=kind, title="A report", payload={"a": 1}, person_id=person_id).id
    commit()
    db.session.remove()
    return made


def row(job_id: int) -> Job:
    db.session.remove()
    return db.session.get_one(Job, job_id)


def test_job_runs_with_its_payload_and_says_where_the_result_is(any_app: Flask) -> None:
    job_id = queued("test-good")
    assert queue_of(any_app).step() is True
    done = row(job_id)
    assert SEEN == [({"a": 1}, 7)]
    assert (done.state, done.progress, done.doing, done.result_url, done.tries, done.is_over) == (
        JobState.DONE,
        100,
        "half way",
        "/projects/",
        1,
        True,
    )
    assert queue_of(any_app).step() is False


def test_job_is_not_handed_over_before_its_row_is_committed(app: Flask) -> None:
    jobs.enqueue(kind="test-good", title="x", payload={}, person_id=7)
    assert queue_of(app).step() is False
    rollback()
    commit()
    assert (queue_of(app).step(), SEEN) == (False, [])


def test_failed_job_keeps_nothing_but_its_error(any_app: Flask) -> None:
    job_id = queued("test-bad")
    queue_of(any_app).step()
    failed = row(job_id)
    assert (failed.state, failed.error) == (JobState.FAILED, "The export is not there.")
    assert db.session.scalars(select(Person)).all() == []


def test_unknown_kind_of_job_fails(app: Flask) -> None:
    job_id = queued("test-unknown")
    queue_of(app).step()
    assert row(job_id).state == JobState.FAILED


def test_job_given_to_two_workers_runs_once(any_app: Flask) -> None:
    job_id = queued("test-good")
    queue_of(any_app).do(job_id)
    while queue_of(any_app).step():
        pass
    assert (len(SEEN), row(job_id).tries) == (1, 1)


def test_cancelled_before_it_began_never_begins(app: Flask) -> None:
    job_id = queued("test-good")
    jobs.cancel(row(job_id))
    commit()
    queue_of(app).step()
    assert (row(job_id).state, SEEN) == (JobState.CANCELLED, [])


def test_cancelled_while_it_runs_stops_at_its_next_sign(any_app: Flask) -> None:
    job_id = queued("test-stopped")
    queue_of(any_app).step()
    assert (row(job_id).state, row(job_id).result_url) == (JobState.CANCELLED, "")


def test_failed_job_is_tried_again(app: Flask) -> None:
    job_id = queued("test-bad")
    queue_of(app).step()
    failed = row(job_id)
    failed.kind = "test-good"
    jobs.retry(failed)
    commit()
    queue_of(app).step()
    assert (row(job_id).state, row(job_id).tries, row(job_id).error) == (JobState.DONE, 2, "")


def test_done_job_is_neither_cancelled_nor_tried_again(app: Flask) -> None:
    job_id = queued("test-good")
    queue_of(app).step()
    jobs.cancel(row(job_id))
    jobs.retry(row(job_id))
    commit()
    assert (row(job_id).state, queue_of(app).step()) == (JobState.DONE, False)


def test_job_of_a_dead_worker_is_swept_and_may_be_tried_again(any_app: Flask) -> None:
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    clock.fix(start)
    job_id = queued("test-good")
    running = row(job_id)
    running.state, running.heartbeat_at = JobState.RUNNING, start
    commit()
    db.session.remove()
    clock.fix(start + timedelta(minutes=3))
    assert jobs.sweep() == 0
    clock.fix(start + timedelta(minutes=3, seconds=1))
    assert (jobs.sweep(), jobs.sweep()) == (1, 0)
    assert (row(job_id).state, row(job_id).error) == (
        JobState.FAILED,
        "The worker stopped before the job was done. Try again.",
    )


def test_worker_finds_a_job_that_the_queue_lost(app: Flask) -> None:
    job_id = queued("test-good")
    queue_of(app).huey.flush()
    chores_done: list[int] = []
    worker = Worker(app, queue_of(app), lambda: chores_done.append(1))
    worker._look_after()
    assert (chores_done, queue_of(app).step(), row(job_id).state) == ([1], True, JobState.DONE)


def test_worker_does_queued_jobs_and_stops_when_told(app: Flask) -> None:
    job_id = queued("test-good")
    worker = Worker(app, queue_of(app), lambda: None)
    worker.start()
    for _turn in range(100):
        with reading():  # looking on must not hold the worker up
            is_over = row(job_id).is_over
        db.session.remove()
        if is_over:
            break
        worker._stop.wait(0.05)
    worker.stop()
    assert (row(job_id).state, worker._thread.is_alive()) == (JobState.DONE, False)


def test_progress_page_is_its_owners_alone(client: Inspector) -> None:
    owner, other = a_person(), a_person()
    commit()
    job_id = queued("test-good", owner.id)
    client.sign_in(owner)
    assert "A report" in client.get(f"/jobs/{job_id}").text
    client.sign_in(other)
    for answer in (
        client.get(f"/jobs/{job_id}"),
        client.post(f"/jobs/{job_id}/cancel"),
        client.post(f"/jobs/{job_id}/retry"),
    ):
        assert answer.status_code == 404
    assert row(job_id).state == JobState.QUEUED


def test_progress_is_answered_as_a_part_of_the_page_to_its_script(client: Inspector) -> None:
    owner = a_person()
    client.sign_in(owner)
    job_id = queued("test-good", owner.id)
    part = client.get(f"/jobs/{job_id}", headers={"X-Requested-With": "fragment"}).text
    assert ("<html" in part, f'id="job-{job_id}"' in part) == (False, True)


def test_job_is_cancelled_and_tried_again_from_its_page(app: Flask, client: Inspector) -> None:
    owner = a_person()
    client.sign_in(owner)
    job_id = queued("test-good", owner.id)
    assert client.post(f"/jobs/{job_id}/cancel").status_code == 303
    assert row(job_id).state == JobState.CANCELLED
    assert client.post(f"/jobs/{job_id}/retry").status_code == 303
    while queue_of(app).step():
        pass
    assert row(job_id).state == JobState.DONE
    assert "/projects/" in client.get(f"/jobs/{job_id}").text


@jobs.job("test-late")
def late(progress: Progress, payload: dict[str, Any], person_id: int) -> str:
    with db.engine.begin() as connection:  # somebody cancels after the last sign of progress
        connection.exec_driver_sql("UPDATE job SET state = 'cancelled'")
    a_person(name="Too late")
    return "/never/"


@jobs.job("test-broken")
def broken(progress: Progress, payload: dict[str, Any], person_id: int) -> str:
    raise LookupError("a secret of the house")


def test_cancelled_at_the_last_moment_keeps_nothing(any_app: Flask) -> None:
    job_id = queued("test-late")
    queue_of(any_app).step()
    assert (row(job_id).state, row(job_id).result_url) == (JobState.CANCELLED, "")
    assert db.session.scalars(select(Person)).all() == []


def test_job_begun_anew_leaves_the_first_run_without_effect(any_app: Flask) -> None:
    job_id = queued("test-good")
    stale = row(job_id)
    stale.state, stale.tries = JobState.RUNNING, 2
    commit()
    db.session.remove()
    with pytest.raises(jobs.Cancelled):
        jobs._finish(job_id, 1, "/first/")
    rollback()
    assert row(job_id).state == JobState.RUNNING


def test_error_nobody_foresaw_is_told_without_its_inside(app: Flask, client: Inspector) -> None:
    owner = a_person(language="fr")
    client.sign_in(owner)
    job_id = queued("test-broken", owner.id)
    queue_of(app).step()
    assert row(job_id).error == jobs.BROKEN
    text = client.get(f"/jobs/{job_id}").text
    assert ("secret of the house" in text, "Quelque chose s’est rompu" in text) == (False, True)


def test_cancelling_what_is_over_says_so(app: Flask, client: Inspector) -> None:
    owner = a_person()
    client.sign_in(owner)
    job_id = queued("test-good", owner.id)
    queue_of(app).step()
    client.post(f"/jobs/{job_id}/cancel")
    assert "The work was over already." in client.get(f"/jobs/{job_id}").text
