"""The pages of step 4."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.inquiry import a_criterion
from tests.factories.paths import a_hypothesis, a_meeting, a_path
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from workbench.database import db
from workbench.paths import actions, queries
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.tools.actions import set_capability
from workbench.tools.rules import Able, CapabilityKind

Counting = Callable[[], AbstractContextManager[list[str]]]
PAGE = "/projects/INV-1/paths"


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def text_of(answer: Any) -> str:
    """The text of a page, its spaces made single."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def test_empty_page_offers_the_first_path_and_the_present_way(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get(PAGE).text
    offers = ("No path described yet", "Describe a path", "Put the present way among the paths")
    assert [each in page for each in offers] == [True] * 3


def test_present_way_is_put_there_by_a_button(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead).post(f"{PAGE}/present-way", {})
    assert [each.name for each in queries.paths(number)] == ["Keep and improve the present way"]
    assert "Put the present way among the paths" not in client.get(PAGE).text


@pytest.mark.parametrize("rows", [1, 10, 100])
@pytest.mark.parametrize(("page", "expected"), [("", 8), ("/matrix", 5)])
def test_board_and_matrix_take_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int, page: str, expected: int
) -> None:
    tool = a_tool(by=lead, project=project)
    criteria = [a_criterion(project, by=lead) for _ in range(2)]
    limitation = a_limitation(project, tool, by=lead)
    for _ in range(rows):
        path = a_path(project, by=lead, tool_ids=[tool.id], needs=[f"{tool.id}:export"])
    actions.score_paths(project=project, given={(path.id, each.id): (3, "") for each in criteria}, by=lead)
    actions.kill_path(project=project, path=path, limitation=limitation, reason="x", by=lead)
    client.sign_in(lead)
    client.get(PAGE)
    with count_queries() as seen:
        assert client.get(f"{PAGE}{page}").status_code == 200
    assert len([each for each in seen if each.startswith("SELECT")]) == expected  # two of them: person and rights


def test_path_is_described_chosen_confirmed_and_rejected(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead)
    client.post(f"{PAGE}/new", {"name": "Import", "needs_covered": "N-1"})
    path = queries.paths(number)[1]
    address = f"{PAGE}/{path.id}"
    client.post(f"{address}/choose", {"reason": "covers N-1", "version": "1"})
    client.post(f"{address}/edit", {"name": "Monthly import", "version": "2"})
    client.post(f"{address}/confirm", {"reason": "H-1 held", "version": "3"})
    confirmed = text_of(client.get(PAGE))
    client.post(f"{address}/reject", {"reason": "L-03", "version": "4"})
    late = client.post(f"{address}/choose", {"reason": "anyway", "version": "5"})
    page = client.get(PAGE).text
    assert [(each.name, each.state, each.reason) for each in queries.paths(number)][1:] == [
        ("Monthly import", "rejected", "L-03")
    ]
    assert ("Confirmed by the trial on" in confirmed, "H-1 held" in confirmed) == (True, True)
    assert (late.status_code, "L-03" in page, f"{address}/choose" in page) == (409, True, False)


def test_needs_are_ticked_on_the_form_and_stay_ticked(client: Any, lead: Person, project: Project) -> None:
    tool, number = a_tool(by=lead, project=project, name="PSA"), project.id
    typed = {"name": "Import", "tool_ids": [str(tool.id)], "needs": [f"{tool.id}:export", f"{tool.id}:read"]}
    client.sign_in(lead).post(f"{PAGE}/new", typed)
    path = queries.paths(number)[1]
    form = client.get(f"{PAGE}/{path.id}/edit").text
    ticked = re.findall(r'name="(tool_ids|needs)" value="([^"]+)" checked', form)
    assert ticked == [("tool_ids", str(tool.id)), ("needs", f"{tool.id}:read"), ("needs", f"{tool.id}:export")]
    client.post(f"{PAGE}/{path.id}/edit", {"name": "Import", "version": "1"})
    db.session.expire_all()
    assert (queries.needs_of(path.id), queries.paths(number)[1].tool_ids) == ([], [])


def test_capability_marked_no_turns_a_path_red_with_the_reason(client: Any, lead: Person, project: Project) -> None:
    tool = a_tool(by=lead, project=project, name="PSA")
    limitation = a_limitation(project, tool, by=lead)
    a_path(project, by=lead, needs=[f"{tool.id}:export", f"{tool.id}:create"])
    set_capability(
        project=project, tool=tool, kind=CapabilityKind.EXPORT, state=Able.NO, note="seen", limitation_id=limitation.id,
        by=lead,
    )
    page = text_of(client.sign_in(lead).get(PAGE))
    assert ("A tool cannot do what this path needs" in page, "PSA: export L-01" in page, "1 unknown" in page) == (True,) * 3


def test_limitation_strikes_a_path_with_the_reason(client: Any, lead: Person, project: Project) -> None:
    limitation = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    path = a_path(project, by=lead)
    number = path.id
    client.sign_in(lead)
    client.post(
        f"{PAGE}/{number}/kill", {"limitation_id": str(limitation.id), "reason": "no counts by client", "version": "1"}
    )
    page = text_of(client.get(PAGE))
    assert [each in page for each in ("L-01 no export of quantities", "killed by a limitation", "no counts by client")] == [
        True, True, True,
    ]
    missing = client.post(f"{PAGE}/{number}/choose", {"reason": "anyway", "version": "2"})
    assert (missing.status_code, 'id="waiver-error"' in missing.text) == (422, True)
    client.post(
        f"{PAGE}/{number}/choose",
        {"reason": "anyway", "in_spite_of": "accepted until June", "waiver": "no. 3", "version": "2"},
    )
    page = text_of(client.get(PAGE))
    assert ("in spite of L-01 accepted until June" in page, "waiver no. 3" in page) == (True, True)


def test_killed_path_is_not_chosen_by_somebody_who_may_not_waive(client: Any, lead: Person, project: Project) -> None:
    limitation = a_limitation(project, a_tool(by=lead, project=project), by=lead)
    path = a_path(project, by=lead)
    actions.kill_path(project=project, path=path, limitation=limitation, reason="no counts", by=lead)
    member, number = a_person(role=Role.CONTRIBUTOR), path.id
    a_member(project, member, role=Role.CONTRIBUTOR)
    client.sign_in(member)
    answer = client.post(f"{PAGE}/{number}/choose", {"reason": "anyway", "version": "2"})
    assert (answer.status_code, "L-01 no export" in answer.text, f"{number}/choose" in client.get(PAGE).text) == (
        409, True, False,
    )


def test_withdrawn_path_is_listed_apart_and_put_back(client: Any, lead: Person, project: Project) -> None:
    number, project_id = a_path(project, by=lead).id, project.id
    client.sign_in(lead)
    client.post(f"{PAGE}/{number}/withdraw", {"reason": "described twice", "version": "1"})
    assert ("described twice" in client.get(PAGE).text, len(queries.paths(project_id))) == (True, 1)
    client.post(f"{PAGE}/{number}/put-back", {})
    assert len(queries.paths(project_id)) == 2


def test_path_is_reopened_with_a_reason(client: Any, lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    actions.reject_path(project=project, path=path, reason="L-01", by=lead)
    client.sign_in(lead).post(f"{PAGE}/{path.id}/reopen", {"reason": "L-01 is lifted", "version": "2"})
    db.session.expire_all()
    assert [(each.code, each.state, each.reason) for each in queries.paths(project.id)][1] == (
        "P1", "open", "L-01 is lifted",
    )


def test_reason_is_asked_for_beside_its_field(client: Any, lead: Person, project: Project) -> None:
    number = a_path(project, by=lead).id
    answer = client.sign_in(lead).post(f"{PAGE}/{number}/reject", {"reason": " ", "version": "1"})
    assert (answer.status_code, 'id="reason-error"' in answer.text) == (422, True)


def test_choice_after_somebody_else_decided_shows_both_reasons(client: Any, lead: Person, project: Project) -> None:
    path = a_path(project, by=lead)
    actions.choose_path(project=project, path=path, reason="covers N-1", by=lead)
    number = path.id
    client.sign_in(lead)
    answer = client.post(f"{PAGE}/{number}/reject", {"reason": "too dear", "version": "1"})
    assert (answer.status_code, "covers N-1" in answer.text, "too dear" in answer.text) == (409, True, True)


def test_readers_see_paths_and_change_nothing(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    number = a_path(project, by=lead).id
    a_criterion(project, by=lead)
    client.sign_in(reader)
    paths = ("", "/matrix", "/new", f"/{number}/edit", f"/{number}/choose", f"/{number}/kill")
    assert [client.get(f"{PAGE}{each}").status_code for each in paths] == [200, 200, 403, 403, 403, 403]
    assert "Save the scores" not in client.get(f"{PAGE}/matrix").text


def test_path_of_another_project_is_not_there(client: Any, lead: Person, project: Project) -> None:
    number = a_path(a_project(by=lead, key="CRM-1"), by=lead).id
    assert client.sign_in(lead).get(f"{PAGE}/{number}/edit").status_code == 404


def test_matrix_without_criteria_says_where_they_belong(client: Any, lead: Person, project: Project) -> None:
    assert "No criterion yet" in client.sign_in(lead).get(f"{PAGE}/matrix").text


def test_matrix_weighs_ranks_and_tells_what_a_tenth_changes(client: Any, lead: Person, project: Project) -> None:
    first, second = a_path(project, by=lead), a_path(project, by=lead)
    counts, cost = a_criterion(project, by=lead, weight=52), a_criterion(project, by=lead, name="cost", weight=50)
    seen, present = queries.matrix(project.id).seen, queries.present_way(project.id)
    assert present is not None
    typed = {"seen": seen}
    for path, values in ((present, (0, 0)), (first, (5, 0)), (second, (0, 5))):
        typed |= {f"v{path.id}_{each.id}": str(value) for each, value in zip((counts, cost), values, strict=True)}
    typed[f"n{first.id}_{counts.id}"] = "a file each month"
    client.sign_in(lead).post(f"{PAGE}/matrix", typed)
    page = text_of(client.get(f"{PAGE}/matrix"))
    said = (
        "6 scores are kept.", "Weighted sum at most 510 0 260 250", "Place 3 1 2", "P1 comes first.",
        "With ten per cent less weight on K-1 quantities by client, first comes: P2.",
        "With ten per cent more weight on K-2 cost, first comes: P2.",
    )
    assert [each in page for each in said] == [True] * len(said)
    board = text_of(client.get(PAGE))
    assert "P1 Import the export each month open 260 1" in board


def test_matrix_that_somebody_changed_meanwhile_is_refused(client: Any, lead: Person, project: Project) -> None:
    path, criterion = a_path(project, by=lead), a_criterion(project, by=lead)
    seen = queries.matrix(project.id).seen
    actions.score_paths(project=project, given={(path.id, criterion.id): (4, "")}, by=lead)
    cell = f"v{path.id}_{criterion.id}"
    client.sign_in(lead)
    assert client.post(f"{PAGE}/matrix", {"seen": seen, cell: "1"}).status_code == 409
    assert client.post(f"{PAGE}/matrix", {"seen": seen, cell: "9"}).status_code == 422


def test_hypothesis_offers_the_capabilities_of_the_tools(client: Any, lead: Person, project: Project) -> None:
    tool = a_tool(by=lead, project=project, name="PSA")
    client.sign_in(lead)
    typed = {"statement": "PSA exports", "success_measure": "one file", "capability": f"{tool.id}:export"}
    assert client.post(f"{PAGE}/hypotheses/new", typed).status_code == 303
    page = text_of(client.get(f"{PAGE}/hypotheses/1"))
    assert ("PSA: export" in page, "not tried yet" in page, "Give the verdict" in page) == (True, True, True)


def test_meeting_is_noted_with_its_hubs(client: Any, lead: Person, project: Project) -> None:
    typed = {"purpose": "presentation", "held_on": "2025-05-02", "hubs": ["technical", "sales"]}
    assert client.sign_in(lead).post(f"{PAGE}/meetings/new", typed).status_code == 303
    page = text_of(client.get(f"{PAGE}/meetings?sort=hubs"))
    assert ("presentation of the advance" in page, "technical, sales" in page) == (True, True)


@pytest.mark.parametrize("rows", [1, 10, 100])
@pytest.mark.parametrize(("register", "expected"), [("hypotheses", 6), ("meetings", 5)])
def test_registers_take_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int, register: str, expected: int
) -> None:
    for _ in range(rows):
        (a_hypothesis if register == "hypotheses" else a_meeting)(project, by=lead)
    client.sign_in(lead).get(f"{PAGE}/{register}")
    with count_queries() as seen:
        client.get(f"{PAGE}/{register}")
    assert len([each for each in seen if each.startswith("SELECT")]) == expected
