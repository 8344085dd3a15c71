"""Setting a criterion aside: for whom, for how long, and what may never be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.factories.lifecycle import a_decision
from tests.factories.people import PASSWORD
from tests.factories.tools import a_tool
from tests.lifecycle.asking import TODAY, answer, gate, missing
from workbench import clock
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.lifecycle import actions
from workbench.lifecycle.rules import Result
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import commit


def waive(project: Project, by: Person, **changes: Any) -> None:
    wanted = {
        "step": 1,
        "condition_key": "item:G1-01",
        "reason": "the owner is abroad",
        "risk_accepted": "a late answer",
        "ends_on": TODAY + timedelta(days=7),
        "password": PASSWORD,
    }
    actions.waive(project=project, by=by, **{**wanted, **changes})


def test_waiver_lets_pass_until_its_last_day(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, contributor, sponsor = ready
    answer(project, "G1-01", AnswerState.PARTLY, by=contributor)
    waive(project, sponsor)
    commit()
    clock.fix(datetime(2026, 3, 9, 23, tzinfo=UTC))
    waived = next(each for each in gate(project).conditions if each.key == "item:G1-01")
    assert (waived.result, missing(project)) == (Result.WAIVED, [])
    assert waived.reason == "waived until 2026-03-09 by Sam Sponsor: the owner is abroad"
    clock.fix(datetime(2026, 3, 10, tzinfo=UTC))
    assert missing(project) == ["item:G1-01"]
    with pytest.raises(Refused):
        a_decision(project, 1, by=sponsor, keys=keys)


def test_what_the_system_measured_cannot_be_waived(ready: tuple[Project, Person, Person]) -> None:
    project, _contributor, sponsor = ready
    a_tool(project=project).owner_id = None
    db.session.flush()
    with pytest.raises(Refused, match="cannot be waived"):
        waive(project, sponsor, condition_key="tools_described")


def test_criterion_that_passes_cannot_be_waived(ready: tuple[Project, Person, Person]) -> None:
    project, _contributor, sponsor = ready
    with pytest.raises(Refused, match="cannot be waived"):
        waive(project, sponsor)


def test_who_answered_an_item_does_not_waive_it(ready: tuple[Project, Person, Person]) -> None:
    project, _contributor, sponsor = ready
    answer(project, "G1-01", AnswerState.PARTLY, by=sponsor)
    with pytest.raises(Refused, match="somebody else may waive it"):
        waive(project, sponsor)


@pytest.mark.parametrize(
    ("field", "wish"),
    [
        ("reason", {"reason": ""}),
        ("risk_accepted", {"risk_accepted": ""}),
        ("ends_on", {"ends_on": TODAY}),
        ("password", {"password": "x"}),
    ],
)
def test_waiver_says_what_it_must(ready: tuple[Project, Person, Person], field: str, wish: dict[str, Any]) -> None:
    project, contributor, sponsor = ready
    answer(project, "G1-01", AnswerState.PARTLY, by=contributor)
    with pytest.raises(BadValue) as refusal:
        waive(project, sponsor, **wish)
    assert refusal.value.field == field
