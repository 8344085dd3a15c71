"""The walked project, with its reports and its bundle, moves to a second installation and comes back to the byte."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.reports.conftest import Building, opened
from workbench.checklists.models import Checklist
from workbench.config import Settings
from workbench.database import db
from workbench.projects.queries import project_with_key
from workbench.trail.queries import verify
from workbench.trail.rules import SYSTEM
from workbench.transfer.actions import export_project, import_project
from workbench.web import transactions


def _written(settings: Settings) -> bytes:
    project = project_with_key("INV-1")
    assert project is not None
    data = export_project(project=project, home=settings.home, keys=settings.keys, by=SYSTEM)
    transactions.commit()
    return data


def _counts() -> list[dict[str, int]]:
    return [each.counts for each in db.session.query(Checklist).order_by(Checklist.id)]


def test_a_walked_project_moves_without_loss(building: Building, migrated: Path, tmp_path: Path) -> None:
    shutil.copytree(building.home, tmp_path / "there")
    shutil.copytree(migrated, tmp_path / "here")
    there, here = (Settings(home=tmp_path / name, testing=True) for name in ("there", "here"))
    with opened(there):
        data, counts = _written(there), _counts()
    with opened(here):
        import_project(data=data, home=here.home, by=SYSTEM)
        transactions.commit()
        assert (_written(here) == data, _counts(), verify(here.keys).faults) == (True, counts, ())
    tables = json.loads(data)["tables"]
    assert [len(tables[name]) > 0 for name in ("built_report", "approval", "gate_decision")] == [True, True, True]
