"""What happens to a checklist."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.checklists import actions, library, queries
from workbench.checklists.rules import GATES_PACK, NEEDS_NOTE, AnswerState
from workbench.database import db
from workbench.evidence.actions import withdraw
from workbench.trail.models import Entry
from workbench.trail.queries import verify
from workbench.web import transactions
from workbench.web.refusals import BadValue, Conflict, NotThere, Refused


def last_leaf() -> dict[str, object]:
    entry = db.session.scalars(select(Entry).order_by(Entry.seq.desc()).limit(1)).one()
    found: dict[str, object] = json.loads(entry.leaf)
    return found


def test_starting_pins_the_pack_by_version_and_digest(app: Flask) -> None:
    pack = library.pack(GATES_PACK)
    checklist = a_checklist(a_project(), by=a_person())
    assert (checklist.pack_id, checklist.pack_version, checklist.pack_digest, checklist.total) == (
        "lifecycle_gates",
        pack.version,
        pack.digest,
        139,
    )
    assert checklist.counts == {
        "not_checked": 139,
        "conform": 0,
        "partly": 0,
        "minor": 0,
        "major": 0,
        "opportunity": 0,
        "not_applicable": 0,
    }
    assert last_leaf()["new"] == {"pack": pack.id, "version": pack.version, "digest": pack.digest, "items": 139}


def test_the_same_wording_is_started_once_a_project(app: Flask) -> None:
    project, person = a_project(), a_person()
    a_checklist(project, by=person)
    a_checklist(project, by=person, pack="iso9001_2015")
    a_checklist(a_project(), by=person)
    with pytest.raises(Refused):
        a_checklist(project, by=person)
    with pytest.raises(BadValue) as refusal:
        a_checklist(project, by=person, pack="iso9001_1987")
    assert refusal.value.field == "pack_id"


def test_another_wording_of_the_same_pack_may_be_started_beside_the_old(app: Flask) -> None:
    project, person = a_project(), a_person()
    old = a_checklist(project, by=person)
    old.pack_digest = "0" * 64
    new = a_checklist(project, by=person)
    assert queries.gates_checklist(project.id) == new


def test_an_answer_is_kept_recorded_and_pinned(app: Flask, home: Path) -> None:
    project, person = a_project(key="INV-1"), a_person(name="Ada Martin")
    checklist = a_checklist(project, by=person)
    answer = an_answer(project, checklist, "G5-03", by=person, state=AnswerState.MINOR, note="No roll-back.")
    assert (answer.step, answer.state, answer.note, answer.answered_by_id, answer.version) == (
        5,
        "minor",
        "No roll-back.",
        person.id,
        1,
    )
    leaf = last_leaf()
    assert (leaf["act"], leaf["project"], leaf["name"]) == ("item_answered", "INV-1", "Ada Martin")
    assert leaf["old"] == {"state": "not_checked", "note": ""}
    assert leaf["new"] == {"checklist": "lifecycle_gates", "item": "G5-03", "state": "minor", "note": "No roll-back."}
    transactions.commit()
    assert verify(home / "keys").faults == ()


@pytest.mark.parametrize("state", list(AnswerState))
def test_an_answer_that_needs_a_note_is_refused_without_one(app: Flask, state: AnswerState) -> None:
    project, person = a_project(), a_person()
    checklist = a_checklist(project, by=person)
    if state not in NEEDS_NOTE:
        assert an_answer(project, checklist, "G1-01", by=person, state=state, note="").note == ""
        return
    with pytest.raises(BadValue) as refusal:
        an_answer(project, checklist, "G1-01", by=person, state=state, note=" \n")
    assert refusal.value.field == "note"
    assert queries.answer_to(checklist.id, "G1-01") is None


def test_the_counts_follow_every_answer(app: Flask) -> None:
    project, person = a_project(), a_person()
    checklist = a_checklist(project, by=person)
    given = [
        ("G1-01", AnswerState.CONFORM),
        ("G1-02", AnswerState.MINOR),
        ("G2-01", AnswerState.CONFORM),
        ("G1-01", AnswerState.MAJOR),
        ("G2-01", AnswerState.NOT_CHECKED),
        ("G3-01", AnswerState.NOT_APPLICABLE),
        ("G3-01", AnswerState.NOT_APPLICABLE),
        ("G9-18", AnswerState.OPPORTUNITY),
    ]
    for key, state in given:
        an_answer(project, checklist, key, by=person, state=state)
        transactions.commit()
        assert checklist.counts == queries.counted(checklist)
    db.session.expire_all()
    assert checklist.counts == {
        "not_checked": 135,
        "conform": 0,
        "partly": 0,
        "minor": 1,
        "major": 1,
        "opportunity": 1,
        "not_applicable": 1,
    }


def test_saving_the_same_answer_again_changes_nothing(app: Flask) -> None:
    project, person = a_project(), a_person()
    checklist = a_checklist(project, by=person)
    an_answer(project, checklist, "G1-01", by=person)
    entries = len(db.session.scalars(select(Entry)).all())
    answer = actions.answer_item(
        project=project,
        checklist=checklist,
        item_key="G1-01",
        state=AnswerState.CONFORM,
        note="Seen on site.",
        by=a_person(),
        seen_version=0,
    )
    assert (answer.version, answer.answered_by_id) == (1, person.id)
    assert len(db.session.scalars(select(Entry)).all()) == entries + 1  # the second person's own


def test_a_stale_save_shows_both_answers_and_stores_nothing(app: Flask) -> None:
    project, person = a_project(), a_person()
    checklist = a_checklist(project, by=person)
    an_answer(project, checklist, "G1-01", by=person, note="Map of March.")
    for seen in (0, 7):
        with pytest.raises(Conflict) as conflict:
            actions.answer_item(
                project=project,
                checklist=checklist,
                item_key="G1-01",
                state=AnswerState.MINOR,
                note="Map is old.",
                by=person,
                seen_version=seen,
            )
        assert conflict.value.version == 1
        assert [(side.name, side.label, side.mine, side.theirs) for side in conflict.value.sides] == [
            ("state", "Answer", "minor nonconformity", "conform"),
            ("note", "Note", "Map is old.", "Map of March."),
        ]
    assert checklist.counts == queries.counted(checklist)
    answer = actions.answer_item(
        project=project,
        checklist=checklist,
        item_key="G1-01",
        state=AnswerState.MINOR,
        note="Map is old.",
        by=person,
        seen_version=1,
    )
    assert (answer.state, answer.version) == ("minor", 2)


def test_an_item_the_pack_lacks_is_not_there(app: Flask) -> None:
    project, person = a_project(), a_person()
    with pytest.raises(NotThere):
        an_answer(project, a_checklist(project, by=person), "G1-99", by=person)


def test_a_checklist_whose_wording_is_gone_can_be_read_not_answered(app: Flask) -> None:
    project, person = a_project(), a_person()
    checklist = a_checklist(project, by=person)
    an_answer(project, checklist, "G1-01", by=person)
    checklist.pack_digest = "0" * 64
    with pytest.raises(Refused) as refusal:
        an_answer(project, checklist, "G1-01", by=person, note="new")
    assert "(digest 000000000000…), which is not installed any more" in refusal.value.message
    with pytest.raises(Refused):
        actions.attach_evidence(
            project=project, checklist=checklist, item_key="G1-01", evidence=a_link(project, by=person), by=person
        )
    assert queries.step_answers(project.id, 1)[0].answer_state is AnswerState.CONFORM


def test_evidence_put_to_an_unanswered_item_leaves_it_not_checked(app: Flask) -> None:
    project, person = a_project(), a_person()
    checklist, link = a_checklist(project, by=person), a_link(project, by=person)
    for _again in range(2):
        answer = actions.attach_evidence(
            project=project, checklist=checklist, item_key="G1-01", evidence=link, by=person
        )
    assert (answer.state, answer.version) == ("not_checked", 1)
    assert checklist.counts == queries.counted(checklist)
    assert [piece.code for piece in queries.step_answers(project.id, 1)[0].evidence] == ["E-1"]
    transactions.commit()


def test_evidence_taken_away_no_longer_bears_on_the_item(app: Flask) -> None:
    project, person = a_project(), a_person()
    checklist, link = a_checklist(project, by=person), a_link(project, by=person)
    arguments = {"project": project, "checklist": checklist, "item_key": "G1-01", "evidence": link, "by": person}
    actions.attach_evidence(**arguments)  # type: ignore[arg-type]
    actions.detach_evidence(**arguments)  # type: ignore[arg-type]
    assert queries.step_answers(project.id, 1)[0].evidence == ()
    assert last_leaf()["old"] == {"checklist": "lifecycle_gates", "item": "G1-01", "evidence": "E-1"}
    with pytest.raises(NotThere):
        actions.detach_evidence(**arguments)  # type: ignore[arg-type]


def test_withdrawn_evidence_and_that_of_another_project_cannot_be_attached(app: Flask) -> None:
    project, other, person = a_project(), a_project(), a_person()
    checklist, link = a_checklist(project, by=person), a_link(project, by=person)
    withdraw(project=project, evidence=link, reason="wrong", by=person)
    with pytest.raises(BadValue) as refusal:
        actions.attach_evidence(project=project, checklist=checklist, item_key="G1-01", evidence=link, by=person)
    assert refusal.value.field == "evidence_id"
    with pytest.raises(NotThere):
        actions.attach_evidence(
            project=project, checklist=checklist, item_key="G1-01", evidence=a_link(other, by=person), by=person
        )
