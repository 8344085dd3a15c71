"""The jobs that wait, done as the worker beside the server does them."""

from __future__ import annotations

from flask import Flask

from workbench.database import db
from workbench.jobs import Job


def the_job() -> Job:
    """The job that was ordered last, read anew."""
    db.session.remove()
    found: Job = db.session.query(Job).order_by(Job.id.desc()).first()
    return found


def do_jobs(app: Flask) -> Job:
    """Do them all; the one that was ordered last."""
    db.session.remove()
    while app.extensions["ninefold.queue"].step():
        pass
    return the_job()
