"""Setting a criterion aside: for whom, for how long, and what may never be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import Inspector
from tests.factories.lifecycle import a_decision, proven_items
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.tools import a_tool
from tests.lifecycle.asking import TODAY, answer, gate, missing
from workbench import clock
from workbench.checklists.rules import AnswerState
from workbench.database import db
from workbench.lifecycle import actions, queries
from workbench.lifecycle.conditions.case import Condition, Gate
from workbench.lifecycle.models import Waiver
from workbench.lifecycle.rules import Result
from workbench.people.models import Person
from workbench.people.rules import Function
from workbench.projects.models import Project
from workbench.trail.queries import history, verify
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
    assert waived.reason == "waived until 9 Mar 2026 by Sam Sponsor: the owner is abroad"
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


def test_measured_lines_that_may_be_waived_are_waived_one_by_one(ready: tuple[Project, Person, Person]) -> None:
    project, _contributor, sponsor = ready
    assert [each.key for each in gate(project, 3).conditions if each.is_waivable and not each.item] == [
        "hub_heard:administration", "hub_heard:technical", "hub_heard:sales", "layer_heard:editor",
    ]
    waive(project, sponsor, step=3, condition_key="hub_heard:sales")
    assert "hub_heard:sales" not in missing(project, 3)
    assert "hub_heard:technical" in missing(project, 3)
    clock.fix(datetime(2026, 3, 10, tzinfo=UTC))
    assert "hub_heard:sales" in missing(project, 3)


def test_measured_line_is_waived_on_its_page(client: Inspector, ready: tuple[Project, Person, Person]) -> None:
    project, _contributor, sponsor = ready
    client.sign_in(sponsor)
    address = f"/projects/{project.key}/steps/3/waive/hub_heard:sales"
    assert "Heard: sales" in client.get(address).text
    wish = {"reason": "x", "risk_accepted": "y", "ends_on": "2099-01-01", "password": PASSWORD}
    assert client.post(address, wish).status_code == 303
    assert [each.condition_key for each in queries.waivers_of_project(project.id)] == ["hub_heard:sales"]
    assert client.get(f"/projects/{project.key}/steps/3/waive/promises_chased").status_code == 404
    assert client.get(f"/projects/{project.key}/steps/1/waive/tools_described").status_code == 404


def skip(project: Project, by: Person, **changes: Any) -> list[Waiver]:
    wanted = {
        "step": 2, "reason": "the manager taught the subject", "risk_accepted": "a case we do not know",
        "ends_on": TODAY + timedelta(days=30), "password": PASSWORD,
    }
    return actions.skip_step(project=project, by=by, **{**wanted, **changes})


def test_research_is_skipped_with_one_signature(ready: tuple[Project, Person, Person], keys: Path) -> None:
    project, contributor, sponsor = ready
    a_decision(project, 1, by=sponsor, keys=keys)
    proven_items(project, 2, by=contributor, but=["G2-01", "G2-02"])
    blocking = missing(project, 2)
    made = skip(project, sponsor)
    commit()
    assert [each.condition_key for each in made] == blocking
    assert {"item:G2-01", "independent_source", "synthesis_written"} <= set(blocking)
    event = history("waiver", made[0].id)[0]
    assert (event.act, event.new["criteria"], event.reason) == ("step_skipped", blocking, "the manager taught the subject")
    assert verify(keys).faults == ()
    decision = a_decision(project, 2, by=sponsor, keys=keys, also=["skip_with_reason"])
    assert (decision.also, {each["result"] for each in decision.snapshot["conditions"] if each["key"] in blocking}) == (
        ["skip_with_reason"], {"waived"},
    )
    with pytest.raises(Refused, match="Nothing at this gate is left"):
        skip(project, sponsor)
    clock.fix(datetime(2026, 4, 2, tzinfo=UTC))
    assert missing(project, 2) == blocking


def test_skip_is_not_for_the_manager_nor_for_who_answered_nor_for_other_steps(
    ready: tuple[Project, Person, Person],
) -> None:
    project, _contributor, sponsor = ready
    both = a_person(name="Both", password=PASSWORD)
    a_member(project, both, functions=[Function.SPONSOR, Function.PROJECT_MANAGER])
    with pytest.raises(Refused, match="does not approve their own skip"):
        skip(project, both)
    with pytest.raises(Refused, match="Only the research"):
        skip(project, sponsor, step=3)
    answer(project, "G2-01", AnswerState.PARTLY, by=sponsor)
    with pytest.raises(Refused, match="somebody else may approve"):
        skip(project, sponsor)
    with pytest.raises(BadValue):
        skip(project, both, reason="")
    assert db.session.scalars(select(Waiver)).all() == []


def test_step_is_skipped_on_its_page(client: Inspector, ready: tuple[Project, Person, Person]) -> None:
    project, _contributor, sponsor = ready
    client.sign_in(sponsor)
    page = client.get(f"/projects/{project.key}/steps/2/gate").text
    assert f"/projects/{project.key}/steps/2/skip" in page
    assert "G2-01" in client.get(f"/projects/{project.key}/steps/2/skip").text
    wish = {"reason": "x", "risk_accepted": "y", "ends_on": "2099-01-01", "password": PASSWORD}
    assert client.post(f"/projects/{project.key}/steps/2/skip", wish).status_code == 303
    assert [each for each in missing(project, 2) if each.startswith("item:")] == []
    assert client.get(f"/projects/{project.key}/steps/3/skip").status_code == 404


def test_a_line_of_a_gate_is_called_by_its_number_or_by_what_it_asks(app):
    asked = Gate(3, (Condition("layer_heard:reseller", "Heard: reseller", Result.WAIVED),))
    with app.test_request_context():
        called = [asked.called(key) for key in ("item:G3-02", "layer_heard:reseller", "layer_heard:customer")]
    assert called == ["G3-02", "Heard: reseller", "no longer asked"]
