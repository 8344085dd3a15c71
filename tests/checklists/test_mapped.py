"""One answer, one piece of evidence, counted for every clause it is mapped to, and never copied by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.checklists import actions, library, queries
from workbench.checklists.models import Checklist
from workbench.checklists.queries import Through
from workbench.checklists.rules import AnswerState, Proposal
from workbench.evidence.models import Evidence
from workbench.people.models import Person
from workbench.people.queries import Rights, rights_on
from workbench.projects.models import Project
from workbench.trail.queries import history
from workbench.web import transactions
from workbench.web.refusals import Refused

Counter = Callable[[], AbstractContextManager[list[str]]]
NINE, TWENTY = "iso9001_2015", "iso20000_1_2018"
BASE = "/projects/INV-1/checklists"


@pytest.fixture
def project(app: Flask) -> Project:
    return a_project(key="INV-1")


@pytest.fixture
def person(app: Flask, project: Project) -> Person:
    person = a_person(name="Ada Martin")
    a_member(project, person)
    return person


def rights(person: Person) -> Rights:
    """What the person may do on the project."""
    found = rights_on(person, "INV-1")
    assert found is not None
    return found


def keys_of(pack: str, clause: str) -> list[str]:
    return [item.key for item in library.pack(pack).items_of_clause(clause)]


def changes_answered(
    project: Project, person: Person, state: AnswerState = AnswerState.CONFORM
) -> tuple[Checklist, Checklist, Evidence]:
    """9001 8.5.6 answered as a whole with one piece of evidence, and 20000-1 started beside it."""
    nine, twenty = a_checklist(project, by=person, pack=NINE), a_checklist(project, by=person, pack=TWENTY)
    piece = a_link(project, by=person)
    for key in keys_of(NINE, "8.5.6"):
        an_answer(project, nine, key, by=person, state=state, note="Seen in the change log.")
        actions.attach_evidence(project=project, checklist=nine, item_key=key, evidence=piece, by=person)
    return nine, twenty, piece


def proposals(checklist: Checklist, clause: str) -> list[Proposal]:
    """What is proposed for the first question of a clause."""
    pack = library.pack(checklist.pack_id)
    first = pack.items_of_clause(clause)[0]
    row = queries.item_answer(checklist, first)
    return list(queries.with_mapped(checklist, pack, [row])[0].proposals)


def test_an_answered_clause_is_proposed_where_it_is_mapped_and_nothing_is_copied(
    project: Project, person: Person
) -> None:
    nine, twenty, piece = changes_answered(project, person)
    count = len(keys_of(NINE, "8.5.6"))
    (found,) = proposals(twenty, "8.5.1.1")
    assert (found.checklist_id, found.ref, found.strength, found.answer_state) == (
        nine.id,
        "8.5.6",
        "equivalent",
        AnswerState.CONFORM,
    )
    assert (found.evidence, found.answered, found.total, found.is_sure) == (
        ((piece.id, piece.code),),
        count,
        count,
        True,
    )
    assert twenty.counts == queries.counted(twenty)
    assert twenty.counts["not_checked"] == twenty.total


def test_a_clause_answered_in_part_or_tied_weakly_is_only_a_hint(project: Project, person: Person) -> None:
    nine, twenty = a_checklist(project, by=person, pack=NINE), a_checklist(project, by=person, pack=TWENTY)
    keys = keys_of(NINE, "8.5.6")
    an_answer(project, nine, keys[0], by=person, state=AnswerState.MINOR)
    (found,) = proposals(twenty, "8.5.1.1")
    assert (found.answer_state, found.answered, found.total, found.is_sure) == (
        AnswerState.MINOR,
        1,
        len(keys),
        len(keys) == 1,
    )
    for key in keys_of(NINE, "8.3.6"):
        an_answer(project, nine, key, by=person)
    strengths = {each.ref: (each.strength, each.is_sure) for each in proposals(twenty, "8.5.1.3")}
    assert strengths["8.3.6"] == ("partial", False)


def test_a_criterion_of_the_gates_speaks_for_the_clauses_it_names(project: Project, person: Person) -> None:
    gates, nine = a_checklist(project, by=person), a_checklist(project, by=person, pack=NINE)
    item = next(each for each in library.pack(gates.pack_id).items if any(ref.standard == NINE for ref in each.refs))
    clause = next(ref.clause for ref in item.refs if ref.standard == NINE)
    piece = a_link(project, by=person)
    an_answer(project, gates, item.key, by=person)
    actions.attach_evidence(project=project, checklist=gates, item_key=item.key, evidence=piece, by=person)
    assert queries.mapped_evidence(project.id, NINE)[clause].by_crosswalk == {
        piece.id: Through("lifecycle_gates", item.key, "direct")
    }
    own = library.pack(NINE).items_of_clause(clause)
    if own:
        assert (gates.id, item.key, "direct") in {
            (each.checklist_id, each.ref, each.strength) for each in proposals(nine, clause)
        }


def test_what_is_switched_off_or_asked_by_an_audit_proposes_nothing(project: Project, person: Person) -> None:
    nine, twenty, _piece = changes_answered(project, person)
    audit = actions.start_checklist(project=project, pack_id=TWENTY, by=person, occasion="AUD-1")
    assert proposals(audit, "8.5.1.1") == []
    why = "Changes are made by the provider alone."
    actions.exclude_clause(project=project, checklist=nine, clause="8.5.6", reason=why, by=person)
    assert proposals(twenty, "8.5.1.1") == []


def test_taking_over_says_its_origin_links_the_evidence_and_is_recorded(
    project: Project, person: Person, home: Path
) -> None:
    _nine, twenty, piece = changes_answered(project, person)
    (found,) = proposals(twenty, "8.5.1.1")
    done = actions.take_over_answers(
        project=project, checklist=twenty, picks=[found.pick, found.pick, "x|1|2"], by=person, rights=rights(person)
    )
    key = found.item_key
    assert (done.done, sorted(done.refused)) == ([key], sorted([key, "x"]))
    row = queries.item_answer(twenty, library.pack(TWENTY).item(key))
    assert row.note.splitlines()[:2] == [
        "Taken over from ISO 9001:2015 8.5.6 (equivalent).",
        "Seen in the change log.",
    ]
    assert (row.answer_state, [each.code for each in row.evidence]) == (AnswerState.CONFORM, [piece.code])
    assert twenty.counts == queries.counted(twenty)
    (event,) = history("answer", row.answer_id or 0)
    assert (event.act, event.new["from"], event.new["strength"], event.new["evidence"]) == (
        "answer_taken_over",
        {"checklist": 1, "pack": NINE, "ref": "8.5.6"},
        "equivalent",
        [piece.code],
    )
    transactions.commit()
    again = actions.take_over_answers(
        project=project, checklist=twenty, picks=[found.pick], by=person, rights=rights(person)
    )
    assert (again.done, list(again.refused)) == ([], [key])


def test_who_may_not_answer_takes_nothing_over(project: Project, person: Person) -> None:
    _nine, twenty, _piece = changes_answered(project, person)
    (found,) = proposals(twenty, "8.5.1.1")
    twenty.reserved_for = [person.id + 1]
    with pytest.raises(Refused):
        actions.take_over_answers(
            project=project, checklist=twenty, picks=[found.pick], by=person, rights=rights(person)
        )
    assert twenty.counts["not_checked"] == twenty.total


def test_evidence_attached_once_counts_for_every_mapped_clause(
    project: Project, person: Person, count_queries: Counter
) -> None:
    _nine, _twenty, piece = changes_answered(project, person)
    through = Through(NINE, "8.5.6", "equivalent")
    own = queries.mapped_evidence(project.id, NINE)
    assert (own["8.5.6"].direct, own["8.5.6"].by_crosswalk) == (frozenset({piece.id}), {})
    assert set(own["8.5.6"].answers.values()) == {AnswerState.CONFORM}
    with count_queries() as seen:
        found = queries.mapped_evidence(project.id, TWENTY)
    assert len(seen) <= 4
    for clause in ("8.5.1", "8.5.1.1"):
        assert (found[clause].direct, found[clause].by_crosswalk) == (frozenset(), {piece.id: through})
        assert found[clause].proving == {piece.id}
    later = queries.mapped_evidence(project.id, "iso9001_2026")
    assert later["8.5.6"].by_crosswalk == {piece.id: Through(NINE, "8.5.6", "identical")}
    others = [a_project(key=f"MAP-{number}") for number in (1, 2, 3)]
    for each in others:
        a_checklist(each, by=person, pack=TWENTY)
    with count_queries() as seen:
        together = queries.mapped_evidence_of([project.id, *(each.id for each in others)], TWENTY)
    assert len(seen) <= 4
    assert together[project.id] == found
    assert together[others[0].id]["8.5.1"].proving == frozenset()


def test_the_row_shows_the_proposal_and_takes_it_over(client: Any, project: Project, person: Person) -> None:
    _nine, twenty, piece = changes_answered(project, person)
    (found,) = proposals(twenty, "8.5.1.1")
    key = found.item_key
    client.sign_in(person)
    text = client.get(f"{BASE}/2?q={key}").text
    assert f"Proposed from ISO 9001:2015 8.5.6 (equivalent): conform, {piece.code}" in text
    assert f"{BASE}/1?step=all&amp;q=8.5.6" in text
    done = client.post(f"{BASE}/2/take-over?q={key}", {"pick": found.pick})
    assert (done.status_code, done.location) == (303, f"{BASE}/2?q={key}#item-{key}")
    assert "Taken over from ISO 9001:2015" in client.get(f"{BASE}/2?q={key}").text
    assert client.post(f"{BASE}/2/take-over", {"pick": found.pick}).status_code == 409


def test_the_page_of_proposals_takes_over_what_is_ticked(
    client: Any, project: Project, person: Person, count_queries: Counter
) -> None:
    _nine, twenty, _piece = changes_answered(project, person)
    pack = library.pack(TWENTY)
    picks = [each.pick for row in queries.proposals_of(twenty, pack) for each in row.proposals]
    assert len(picks) > 3
    client.sign_in(person)
    with count_queries() as few:
        page = client.get(f"{BASE}/2/proposals")
    assert all(f'value="{pick}"' in page.text for pick in picks)
    assert client.post(f"{BASE}/2/proposals", {}).status_code == 422
    part = client.post(f"{BASE}/2/proposals", {"pick": [picks[0], picks[0]]})
    assert (part.status_code, "left as they are" in part.text) == (200, True)
    done = client.post(f"{BASE}/2/proposals", {"pick": picks[1:]})
    assert done.status_code == 303
    assert queries.proposals_of(twenty, pack) == []
    for item in library.pack(NINE).items[:60]:
        an_answer(project, queries.checklist_in(project.id, 1), item.key, by=person)  # type: ignore[arg-type]
    transactions.commit()
    with count_queries() as many:
        client.get(f"{BASE}/2/proposals")
    assert len(many) <= len(few) + 1
