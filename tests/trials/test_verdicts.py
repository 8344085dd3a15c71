"""The verdict of the trial on a hypothesis, and the weaknesses it brings to light."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.evidence import a_link
from tests.factories.paths import a_hypothesis
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.trials import a_run, a_weakness, golden_files
from workbench.database import db
from workbench.paths.models import Hypothesis
from workbench.paths.registers import HYPOTHESES
from workbench.paths.rules import Verdict
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.registers.actions import change_record, withdraw_record
from workbench.registers.queries import record_in
from workbench.trail.queries import history, verify
from workbench.trials.actions import judge_hypothesis
from workbench.trials.models import TrialRun
from workbench.trials.proofs import hypotheses_without_verdict
from workbench.web.refusals import BadValue, Refused

Counting = Callable[[], AbstractContextManager[list[str]]]
PAGE = "/projects/INV-1/sandbox"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def run(lead: Person, project: Project, home: Path, tmp_path: Path) -> TrialRun:
    return a_run(project=project, by=lead, home=home, files=golden_files(tmp_path / "exports", 1))


def judged(project: Project, lead: Person, **facts: Any) -> Hypothesis:
    """A hypothesis that held in run 1."""
    row = a_hypothesis(project, by=lead)
    known = {"verdict": Verdict.HELD, "run_number": 1, "got": "48 minutes", **facts}
    judge_hypothesis(project=project, hypothesis=row, by=lead, **known)
    return row


def test_verdict_names_its_run_and_who_gave_it(lead: Person, project: Project, run: TrialRun, home: Path) -> None:
    evidence = a_link(project, by=lead)
    row = judged(project, lead, got=" 48 minutes ", evidence_id=evidence.id)
    event = history("hypothesis", row.id)[-1]
    assert (row.verdict, row.run_number, row.got, row.judged_by_id, row.judged_on is not None) == (
        "held", 1, "48 minutes", lead.id, True,
    )
    assert (event.act, event.old["verdict"], event.new["verdict"], event.new["code"]) == (
        "hypothesis_judged", "open", "held", "H-1",
    )
    assert verify(home / "keys").faults == ()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"verdict": Verdict.OPEN}, "verdict"), ({"got": " "}, "got"), ({"run_number": None}, "run_number"),
        ({"run_number": 9}, "run_number"),
    ],
)
def test_verdict_without_what_carries_it_is_refused(
    lead: Person, project: Project, run: TrialRun, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadValue) as refusal:
        judged(project, lead, **facts)
    assert refusal.value.field == field


def test_hypothesis_is_dropped_without_a_run(lead: Person, project: Project) -> None:
    row = judged(project, lead, verdict=Verdict.DROPPED, run_number=None, got="the path is dead")
    assert (row.verdict, row.run_number, row.got) == ("dropped", None, "the path is dead")


def test_judged_hypothesis_keeps_its_text(lead: Person, project: Project, run: TrialRun) -> None:
    row = judged(project, lead)
    with pytest.raises(Refused):
        change_record(HYPOTHESES, project=project, row=row, facts={"statement": "easier"}, by=lead)
    with pytest.raises(Refused):
        withdraw_record(HYPOTHESES, project=project, row=row, reason="wrong", by=lead)
    assert row.statement == "a month is explained in an hour"


def test_withdrawn_hypothesis_is_not_judged(lead: Person, project: Project, run: TrialRun) -> None:
    row = a_hypothesis(project, by=lead)
    withdraw_record(HYPOTHESES, project=project, row=row, reason="stated twice", by=lead)
    with pytest.raises(Refused):
        judge_hypothesis(project=project, hypothesis=row, verdict=Verdict.HELD, run_number=1, got="x", by=lead)


def test_gate_is_told_which_hypotheses_wait(
    lead: Person, project: Project, run: TrialRun, count_queries: Counting
) -> None:
    judged(project, lead)
    a_hypothesis(project, by=lead)
    withdraw_record(HYPOTHESES, project=project, row=a_hypothesis(project, by=lead), reason="x", by=lead)
    with count_queries() as seen:
        assert hypotheses_without_verdict(project.id) == ["H-2"]
    assert len(seen) == 1


def test_verdict_is_given_on_its_page(client: Any, lead: Person, project: Project, run: TrialRun) -> None:
    number, project_id = a_hypothesis(project, by=lead).id, project.id
    client.sign_in(lead)
    address = f"{PAGE}/hypotheses/{number}/verdict"
    assert address in client.get(f"/projects/INV-1/paths/hypotheses/{number}").text
    answer = client.post(address, {"verdict": "refuted", "run_number": "1", "got": "95 minutes", "version": "1"})
    assert (answer.status_code, answer.location) == (303, f"/projects/INV-1/paths/hypotheses/{number}")
    page = client.get(answer.location).text
    assert [each in page for each in ("refuted", "95 minutes", "keeps the text that was tried")] == [True] * 3
    db.session.expire_all()
    row = record_in(Hypothesis, project_id, number)
    assert row is not None
    assert (row.verdict, row.run_number) == ("refuted", 1)


def test_verdict_without_a_run_is_asked_for_beside_the_field(client: Any, lead: Person, project: Project) -> None:
    number = a_hypothesis(project, by=lead).id
    answer = client.sign_in(lead).post(f"{PAGE}/hypotheses/{number}/verdict", {"verdict": "held", "got": "x"})
    assert (answer.status_code, 'id="run_number-error"' in answer.text) == (422, True)


def test_verdict_over_another_one_shows_both(client: Any, lead: Person, project: Project, run: TrialRun) -> None:
    number = judged(project, lead).id
    typed = {"verdict": "refuted", "run_number": "1", "got": "95 minutes", "version": "1"}
    answer = client.sign_in(lead).post(f"{PAGE}/hypotheses/{number}/verdict", typed)
    assert (answer.status_code, "48 minutes" in answer.text, "95 minutes" in answer.text) == (409, True, True)


def test_reader_gives_no_verdict_and_adds_no_weakness(client: Any, lead: Person, project: Project) -> None:
    number = a_hypothesis(project, by=lead).id
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    client.sign_in(reader)
    pages = ("weaknesses", "weaknesses/new", f"hypotheses/{number}/verdict")
    assert [client.get(f"{PAGE}/{each}").status_code for each in pages] == [200, 403, 403]


def test_weakness_is_noted_with_where_it_was_found(client: Any, lead: Person, project: Project, run: TrialRun) -> None:
    typed = {"statement": "no date on contracts", "hub": "sales", "run_number": "1", "consequence": "billed too long"}
    client.sign_in(lead).post(f"{PAGE}/weaknesses/new", typed)
    page = client.get(f"{PAGE}/weaknesses").text
    assert [each in page for each in ("W-1", "no date on contracts", "sales", "billed too long")] == [True] * 4


@pytest.mark.parametrize("rows", [1, 10, 100])
def test_weaknesses_take_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        a_weakness(project, by=lead)
    client.sign_in(lead).get(f"{PAGE}/weaknesses")
    with count_queries() as seen:
        client.get(f"{PAGE}/weaknesses")
    assert len([each for each in seen if each.startswith("SELECT")]) == 7
