"""What happens to packs of our own, and to the checklists pinned to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.factories.checklists import a_checklist, an_answer
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.standards import a_body, a_draft, an_edition
from workbench.checklists import actions as checklists
from workbench.checklists import library, queries
from workbench.checklists.proofs import renewal
from workbench.database import db
from workbench.people.rules import Role
from workbench.standards import actions
from workbench.standards import queries as packs
from workbench.standards.formats import toml
from workbench.standards.rules import Part
from workbench.trail.queries import verify
from workbench.web.refusals import BadValue, Refused


def test_published_pack_is_answered_like_a_shipped_one(any_app: Flask) -> None:
    person = a_person(role=Role.QUALITY_LEAD)
    edition = an_edition(by=person)
    found = queries.installed("our_rules")
    assert found is not None
    assert (found.digest, [each.key for each in found.items]) == (edition.digest, ["1-1", "1-2"])
    assert (edition.clauses, edition.items, edition.kinds, edition.origin) == (1, 2, {"chapter": 1}, "made")
    project = a_project()
    checklist = a_checklist(project, by=person, pack="our_rules")
    an_answer(project, checklist, "1-1", by=person)
    assert [(each.pack_id, each.total, each.counts["conform"]) for each in [checklist]] == [("our_rules", 2, 1)]
    assert [each.id for each in queries.packs_to_start(queries.checklists_of_project(project.id))][-1] != "our_rules"
    assert queries.matrix_of(checklist)[0].answered == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (a_body(version="1.0"), "version"), (a_body(version="0.9"), "version"), (a_body(version="1"), "version"),
        (a_body(version="next"), "version"), (a_body(pack_id="iso9001_2015"), "pack_id"), (a_body(pack_id="drafts"), "pack_id"),
    ],
)  # fmt: skip
def test_publishing_refuses_a_taken_name_and_a_version_that_is_not_higher(app: Flask, body: bytes, field: str) -> None:
    person = a_person()
    an_edition(by=person)
    with pytest.raises(BadValue) as refused:
        actions.publish_pack(pack=library.read(body, "x"), body=body, origin="made", by=person)
    assert refused.value.field == field


def test_publishing_refuses_a_pack_without_a_question(app: Flask) -> None:
    body = a_body(questions=1).split(b"\n[[items]]")[0].replace(b"bearing = true", b"bearing = false")
    with pytest.raises(Refused):
        actions.publish_pack(pack=library.read(body, "x"), body=body, origin="made", by=a_person())


def test_checklist_stays_answerable_in_the_version_it_was_started_with(app: Flask) -> None:
    person, project = a_person(role=Role.QUALITY_LEAD), a_project()
    an_edition(by=person)
    checklist = a_checklist(project, by=person, pack="our_rules")
    an_answer(project, checklist, "1-2", by=person)
    an_edition(by=person, body=a_body(version="1.1", questions=3, first="Is it signed?"))
    old = queries.exact_pack(checklist)
    assert old is not None
    assert (old.version, old.item("1-1").question.en, queries.is_pinned(checklist)) == ("1.0", "Is it written down?", False)
    an_answer(project, checklist, "1-1", by=person)
    change = renewal(checklist)
    assert change is not None
    told = ([e.key for e in change.same], [new.key for _o, new in change.reworded], [e.key for e in change.added])
    assert told == (["1-2"], ["1-1"], ["1-3"])
    made = checklists.upgrade_checklist(project=project, pack_id="our_rules", by=person)
    assert (made.pack_version, made.total, made.counts["conform"], made.counts["not_checked"]) == ("1.1", 3, 1, 2)
    assert (checklist.pack_version, checklist.counts["conform"]) == ("1.0", 2)


def test_checklist_of_a_wording_that_was_kept_is_answered_in_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    person, project = a_person(), a_project()
    checklist = a_checklist(project, by=person, pack="iso9001_2015")
    real = library.pack("iso9001_2015")
    later = library.read(toml.write(toml.document(real) | {"items": toml.document(real)["items"][1:]}).replace(
        b'version = "', b'version = "9', 1).replace(b"bearing = true", b"bearing = false"), "x")  # fmt: skip
    monkeypatch.setattr(library, "pack", lambda pack_id: later if pack_id == "iso9001_2015" else real)
    gone = real.items[0].key
    an_answer(project, checklist, gone, by=person)
    found = queries.exact_pack(checklist)
    assert found is not None
    assert (found.digest, found.items == real.items) == (real.digest, True)


def test_draft_is_written_checked_and_published(app: Flask, home: Path) -> None:
    person = a_person(role=Role.QUALITY_LEAD)
    row = a_draft(by=person)
    faults = packs.checked(row)[1]
    assert [each.place for each in faults] == ['clauses[1] "1"']
    with pytest.raises(Refused) as refused:
        actions.publish_draft(row=row, version="1.0", by=person)
    assert len(refused.value.details) == 1
    entry = {"key": "", "clause": "1", "question": {"en": "Who signs?"}}
    assert actions.write_entry(row=row, part=Part.ITEMS, entry=entry, by=person) == "1-1"
    with pytest.raises(Refused) as hanging:
        actions.remove_entry(row=row, part=Part.CLAUSES, name="1", by=person)
    assert hanging.value.details == ("1-1",)
    edition = actions.publish_draft(row=row, version="1.0", by=person)
    assert (row.state, edition.body.encode()) == ("published", toml.write(row.body))
    with pytest.raises(Refused):
        actions.write_entry(row=row, part=Part.ITEMS, entry=entry, by=person)
    db.session.commit()
    assert verify(home / "keys").faults == ()


@pytest.mark.parametrize(
    ("part", "entry", "field"),
    [
        (Part.CLAUSES, {"ref": "1", "title": {}}, "ref"),
        (Part.CLAUSES, {"ref": "a b", "title": {}}, "ref"),
        (Part.CLAUSES, {"ref": "2", "parent": "9", "title": {}}, "parent"),
        (Part.CLAUSES, {"ref": "2", "parent": "2", "title": {}}, "parent"),
        (Part.ITEMS, {"key": "first", "clause": "1", "question": {}}, "key"),
        (Part.ITEMS, {"key": "", "clause": "7", "question": {}}, "clause"),
    ],
)  # fmt: skip
def test_line_of_a_draft_names_the_field_that_is_wrong(app: Flask, part: Part, entry: dict[str, object], field: str) -> None:
    person = a_person()
    with pytest.raises(BadValue) as refused:
        actions.write_entry(row=a_draft(by=person), part=part, entry=entry, by=person)
    assert refused.value.field == field


def test_adapting_takes_over_everything_under_a_new_name(app: Flask) -> None:
    person = a_person(role=Role.QUALITY_LEAD)
    row = actions.start_draft(pack_id="our_9001", title={"en": "", "fr": "Notre 9001"}, by=person, from_pack="iso9001_2015")
    pack, faults = packs.checked(row)
    source = library.pack("iso9001_2015")
    assert faults == []
    assert (pack.items, pack.clauses, pack.title.en, pack.title.fr) == (source.items, source.clauses, source.title.en, "Notre 9001")
    edition = actions.publish_draft(row=row, version="1.0", by=person)
    assert (edition.origin, edition.from_pack) == ("adapted", "iso9001_2015")
    following = actions.start_draft(pack_id="our_9001", title={}, by=person, from_pack="our_9001")
    assert (following.body["pack"]["version"], following.origin) == ("1.1", "adapted")


@pytest.mark.parametrize(
    ("pack_id", "from_pack", "field"),
    [
        ("iso9001_2015", "", "pack_id"), ("Our", "", "pack_id"), ("our_rules", "", "pack_id"), ("our_list", "", "pack_id"),
        ("our_own", "lifecycle_gates", "from_pack"), ("our_own", "nothing", "from_pack"),
    ],
)  # fmt: skip
def test_draft_refuses_a_taken_name_and_a_source_that_cannot_be_adapted(
    app: Flask, pack_id: str, from_pack: str, field: str
) -> None:
    person = a_person()
    an_edition(by=person)
    a_draft(by=person)
    with pytest.raises(BadValue) as refused:
        actions.start_draft(pack_id=pack_id, title={}, by=person, from_pack=from_pack)
    assert refused.value.field == field


def test_shelf_shows_every_pack_in_its_newest_version(app: Flask) -> None:
    person = a_person()
    an_edition(by=person)
    an_edition(by=person, body=a_body(version="1.1"))
    a_checklist(a_project(), by=person, pack="our_rules")
    found = packs.shelf(search="our rules")
    assert [(each.id, each.version, each.origin, each.used) for each in found.rows] == [("our_rules", "1.1", "made", 1)]
    assert packs.shelf().total == len(library.pack_ids()) + 1
    assert packs.shelf(sort="-used").rows[0].used == 1
    assert packs.shelf(origin="imported").total == 0
