"""Prepares the data folder and the database, and serves the application beside its job worker."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from types import FrameType

from flask import Flask
from waitress import create_server

from workbench import clock
from workbench.app import create_app
from workbench.checklists.actions import start_due_checklists
from workbench.checklists.queries import due_runs
from workbench.config import Settings
from workbench.database import UnsafeDatabase, check_durability, db, reading, upgrade
from workbench.evidence.store import sweep
from workbench.jobs import Worker
from workbench.reports.actions import order_due
from workbench.reports.queries import due_reports
from workbench.trail.actions import checkpoint
from workbench.trail.queries import newest_checkpoint, size
from workbench.transfer.store import sweep as sweep_imports
from workbench.trials.actions.pulls import sweep_snapshots
from workbench.web import transactions

THREADS = 8
ANSWERS_KEPT = timedelta(days=7)  # to a form that is sent twice


class CannotStart(Exception):
    """The application cannot be prepared or served here; the message says why and what to do."""


@contextlib.contextmanager
def prepared(settings: Settings) -> Iterator[Flask]:
    """The application within its context, on a database of the newest revision. Raises CannotStart."""
    for folder in (settings.home, settings.keys):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = create_app(settings)
    with app.app_context():
        try:
            check_durability(db.engine)
            upgrade(db.engine)
            sweep(settings.home)
            transactions.forget_answers(clock.now() - ANSWERS_KEPT)
            yield app
        except UnsafeDatabase as error:
            raise CannotStart(str(error)) from error
        finally:
            transactions.rollback()
            db.session.remove()


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve on, taken before the long work begins. Raises CannotStart."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise CannotStart(
            f"{host}:{port} cannot be served on ({error.strerror}). Choose another port: workbench up --port {port + 1}"
        ) from error


def serve(app: Flask, settings: Settings, listening: socket.socket) -> None:
    """Serve until the process is told to stop; queued jobs are done beside it, and the one at hand is finished."""
    transactions.rollback()  # what was read until here ends: an open transaction would keep everybody from writing
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that a request waits for a moment is no news in a terminal
    worker = worker_of(app, settings)
    server = create_server(app, sockets=[listening], threads=THREADS, ident="ninefold")
    _on_stop(_end)
    worker.start()
    try:
        server.run()  # ends by itself on KeyboardInterrupt and SystemExit
    finally:
        worker.stop()


def work(app: Flask, settings: Settings) -> None:
    """Do queued jobs until the process is told to stop."""
    told = threading.Event()
    _on_stop(told.set)
    worker = worker_of(app, settings)
    worker.start()
    with contextlib.suppress(KeyboardInterrupt):
        told.wait()
    worker.stop()


def worker_of(app: Flask, settings: Settings) -> Worker:
    """The thread that does queued jobs and looks after the trail."""
    return Worker(app, app.extensions["ninefold.queue"], lambda: _look_after(settings))


def _look_after(settings: Settings) -> None:
    """Every chore in its turn: one that fails is logged, and keeps no other from being done."""
    chores: tuple[Callable[[], object], ...] = (
        start_due_checklists_now, partial(order_due_reports_now, settings), partial(sweep_mirrors_daily, settings),
        partial(sweep_imports, home=settings.home), partial(keep_checkpoint, settings),
    )
    for chore in chores:
        try:
            chore()
        except Exception:
            transactions.rollback()
            logging.getLogger(__name__).exception("the other chores go on after an error")


def sweep_mirrors_daily(settings: Settings) -> int:
    """Remove mirrored snapshots whose time is over, at the start and once a day. Says how many."""
    stamp = settings.home / "sandbox" / ".swept"
    if not stamp.parent.is_dir() or (stamp.exists() and stamp.read_text() == clock.today().isoformat()):
        return 0
    stamp.write_text(clock.today().isoformat())
    gone = sweep_snapshots(home=settings.home)
    transactions.commit()
    return gone


def start_due_checklists_now() -> int:
    """Start the recurring checklists that are due; looked up without taking the write lock. Says how many."""
    with reading():
        due = bool(due_runs(clock.today()))
        transactions.rollback()
    made = start_due_checklists(clock.today()) if due else []
    if made:
        transactions.commit()
    return len(made)


def order_due_reports_now(settings: Settings) -> int:
    """Queue the reports under a name that are due; looked up without taking the write lock. Says how many."""
    with reading():
        due = bool(due_reports(clock.today()))
        transactions.rollback()
    if not due:
        return 0
    made = order_due(clock.today(), home=settings.home, keys=settings.keys, organisation=settings.organisation)
    transactions.commit()
    return len(made)


def _end() -> None:
    raise SystemExit(0)


def _on_stop(act: Callable[[], None]) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        act()

    signal.signal(signal.SIGTERM, stop)


def keep_checkpoint(settings: Settings) -> bool:
    """Sign the trail where the last checkpoint is old and entries came after it; says whether it did."""
    if not _is_due(timedelta(seconds=settings.checkpoint_seconds)):
        return False
    checkpoint(keys=settings.keys, reason="by the clock")
    transactions.commit()
    return True


def _is_due(longest: timedelta) -> bool:
    """Whether entries wait for a checkpoint; looked up without taking the write lock, with nothing left open."""
    with reading():
        last, entries = newest_checkpoint(), size()
        due = entries > 0 and (last is None or (last.size < entries and clock.now() - last.at >= longest))
        transactions.rollback()
    return due
