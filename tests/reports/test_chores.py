"""A report under a name that can no longer be built keeps nothing else from being looked after."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

from flask import Flask

from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import clock
from workbench.jobs import Worker, enqueue, fresh
from workbench.people.rules import Role
from workbench.reports import actions
from workbench.reports.models import NamedReport
from workbench.reports.rules import Cadence, Moving, Options
from workbench.showcase.serving import _look_after
from workbench.trail.queries import newest_checkpoint
from workbench.transfer import store
from workbench.web import transactions


def test_one_chore_that_fails_keeps_no_other_from_being_done(app: Flask, home: Path) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    named: NamedReport = actions.name_report(
        project=project, key="gate_review", title="Weekly", language="en", options=Options(), moving=Moving.FIXED,
        cadence=Cadence.WEEKLY, by=lead,
    )
    named.next_on, named.options = clock.today() - timedelta(days=1), {"paper": "none there is"}
    job = enqueue(kind="none", title="", payload={}, person_id=lead.id)
    transactions.commit()
    old = store.import_of(store.keep_import(b"{}", home=home), home=home)
    at = time.time() - store.KEPT_SECONDS - 1
    os.utime(old, (at, at))
    signed = newest_checkpoint()
    transactions.pause()
    worker = Worker(app, app.extensions["ninefold.queue"], lambda: _look_after(app.extensions["ninefold"]))
    worker._look_after()
    assert (old.exists(), newest_checkpoint() == signed) == (False, False)
    transactions.pause()
    assert worker.queue.step()
    assert fresh(job.id).state == "failed"  # it was handed to the workers
