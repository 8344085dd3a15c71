"""Trial runs over the demo exports, or over small files of the worked case, and weaknesses."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tests.sandbox.cases import DEMO, FEBRUARY, JANUARY, LINES, LIST, P1, counted, written
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.registers.actions import add_record
from workbench.trials.actions import run_trial
from workbench.trials.models import TrialRun, Weakness
from workbench.trials.registers import WEAKNESSES


def demo_files(month: int) -> dict[str, Path]:
    """The demo exports of one month, by role."""
    return {
        **{role: DEMO / f"psa/{role}.csv" for role in ("packages", "contracts", "prices")},
        "clients": DEMO / "aliases.csv", "settings": DEMO / "settings.toml",
        "usage": DEMO / f"supplier/usage-2026-{month:02}.csv",
    }


def golden_files(folder: Path, month: int, **others: Any) -> dict[str, Path]:
    """Golden case A (month 1) or B (month 2) alone; `others` replaces the rows of a role."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = counted({1: JANUARY, 2: FEBRUARY}[month])
    return written(folder, **{"packages": P1, "contracts": LINES, "usage": counts, "prices": LIST, **others})


def a_run(
    *, project: Project, by: Person, home: Path, files: dict[str, Path], month: int = 1, title: str = "", **options: Any
) -> TrialRun:
    """A done run of that month of 2026."""
    return run_trial(
        project=project, title=title or f"Month {month}", period_on=date(2026, month, 1), files=files, home=home, by=by,
        **options,
    )


def a_weakness(project: Project, *, by: Person, **facts: Any) -> Weakness:
    """A weakness that nobody has answered."""
    known = {
        "statement": "contracts are signed without a date", "hub": "sales", "run_number": None, "consequence": "",
        "disposition": "", "owner_id": None, "finding": "", **facts,
    }
    made: Weakness = add_record(WEAKNESSES, project=project, facts=known, by=by)
    return made
