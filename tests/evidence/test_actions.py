"""What happens to evidence."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.factories.evidence import PDF, a_file, a_link
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.database import db
from workbench.evidence import actions, queries, store
from workbench.evidence.models import Evidence
from workbench.projects.models import Project
from workbench.trail.models import Entry
from workbench.trail.queries import verify
from workbench.web import transactions
from workbench.web.refusals import BadValue, Refused


def last_leaf() -> dict[str, object]:
    entry = db.session.scalars(select(Entry).order_by(Entry.seq.desc()).limit(1)).one()
    found: dict[str, object] = json.loads(entry.leaf)
    return found


def test_a_file_is_numbered_stored_and_recorded_with_its_digest(app: Flask, home: Path) -> None:
    project, person = a_project(), a_person()
    piece = a_file(
        project, by=person, home=home, title="", data=PDF, filename="dir/map.pdf", valid_until=date(2027, 1, 31)
    )
    second = a_file(project, by=person, home=home)
    other = a_link(a_project(), by=person)
    assert (piece.code, second.code, other.code) == ("E-1", "E-2", "E-1")
    version, digest = queries.newest_version(piece.id), hashlib.sha256(PDF).hexdigest()
    assert (piece.title, version.filename, version.media_type, version.size, version.sha256) == (
        "map.pdf",
        "map.pdf",
        "application/pdf",
        len(PDF),
        digest,
    )
    assert store.read(digest, home=home) == PDF
    transactions.commit()


def test_the_trail_entry_of_a_file_names_its_digest_and_pins_the_version(app: Flask, home: Path) -> None:
    piece = a_file(a_project(key="INV-1"), by=a_person(), home=home, data=PDF)
    leaf = last_leaf()
    assert (leaf["act"], leaf["project"], leaf["evidence"]) == (
        "evidence_added",
        "INV-1",
        [hashlib.sha256(PDF).hexdigest()],
    )
    assert sorted(leaf["rows"]) == [f"evidence:{piece.id}", f"evidence_version:{queries.newest_version(piece.id).id}"]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (
            b"MZ\x90\x00" + b"\x00" * 99,
            "a.pdf",
            "The content of a.pdf is application/x-msdownload, whatever its name says.",
        ),
        (b"\x00\x01\x02", "notes.txt", "The content of notes.txt is of no known kind, whatever its name says."),
        (b"", "empty.pdf", "empty.pdf is empty."),
    ],
)
def test_a_file_is_judged_by_its_content(app: Flask, home: Path, data: bytes, name: str, words: str) -> None:
    with pytest.raises(BadValue) as refusal:
        actions.add_file(
            project=a_project(), title="", stream=io.BytesIO(data), filename=name, home=home, by=a_person()
        )
    assert refusal.value.field == "file"
    assert refusal.value.message.startswith(words)
    assert db.session.scalars(select(Evidence)).all() == []


def test_a_file_over_the_limit_is_refused_as_too_large(app: Flask, home: Path) -> None:
    with pytest.raises(Refused) as refusal:
        actions.add_file(
            project=a_project(),
            title="",
            stream=io.BytesIO(b"x" * 1_000_001),
            filename="a.txt",
            home=home,
            by=a_person(),
            limit=1_000_000,
        )
    assert (refusal.value.code, refusal.value.message) == (413, "a.txt is larger than 1 MB.")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://a.test/x",
        "//a.test/x",
        "https://",
        "https://me:secret@a.test/",
        "a.test",
        "https://a.test/a b",
        "https://[::1",
        "https://a.test/" + "x" * 2000,
        "data:text/html,x",
    ],
)
def test_a_link_is_a_whole_web_address(app: Flask, url: str) -> None:
    with pytest.raises(BadValue) as refusal:
        actions.add_link(project=a_project(), title="x", url=url, by=a_person())
    assert refusal.value.field == "url"


def test_a_newer_version_leaves_the_earlier_one(app: Flask, home: Path) -> None:
    project, person = a_project(), a_person()
    piece = a_file(project, by=person, home=home, data=PDF, valid_until=date(2026, 1, 1))
    actions.add_version(
        project=project,
        evidence=piece,
        by=person,
        stream=io.BytesIO(b"name;used\nNo\xc3\xa9;10\n"),
        filename="usage.csv",
        home=home,
        valid_until=date(2027, 1, 1),
        note="corrected",
    )
    shown = queries.evidence_page(project.id, piece.id)
    assert shown is not None
    assert [(version.number, version.media_type) for version, name in shown.versions] == [
        (2, "text/csv"),
        (1, "application/pdf"),
    ]
    assert (piece.valid_until, shown.newest.note) == (date(2027, 1, 1), "corrected")
    leaf = last_leaf()
    assert leaf["evidence"] == [shown.newest.sha256]
    assert leaf["old"]["valid_until"] == "2026-01-01"  # type: ignore[index]


def test_a_link_gets_a_newer_address_and_a_file_needs_a_file(app: Flask, home: Path) -> None:
    project, person = a_project(), a_person()
    link, file = a_link(project, by=person), a_file(project, by=person, home=home)
    actions.add_version(project=project, evidence=link, by=person, url="https://wiki.example.test/new")
    assert queries.newest_version(link.id).url == "https://wiki.example.test/new"
    with pytest.raises(BadValue):
        actions.add_version(project=project, evidence=file, by=person, url="https://wiki.example.test/new")


def test_a_result_of_the_system_keeps_its_type_and_takes_no_versions(app: Flask, home: Path) -> None:
    project, person = a_project(), a_person()
    piece = actions.add_result(
        project=project,
        title="Reconciliation of January",
        data=b'{"rows":[]}',
        filename="run-1.json",
        media_type="application/json",
        home=home,
        by=person,
    )
    version = queries.newest_version(piece.id)
    assert (piece.kind, version.media_type, version.sha256) == (
        "system",
        "application/json",
        hashlib.sha256(b'{"rows":[]}').hexdigest(),
    )
    with pytest.raises(Refused):
        actions.add_version(project=project, evidence=piece, by=person, stream=io.BytesIO(PDF), home=home)


def test_withdrawal_needs_a_reason_and_can_be_undone(app: Flask, home: Path) -> None:
    project, person = a_project(), a_person()
    piece = a_file(project, by=person, home=home)
    with pytest.raises(BadValue) as refusal:
        actions.withdraw(project=project, evidence=piece, reason=" ", by=person)
    assert refusal.value.field == "reason"
    actions.withdraw(project=project, evidence=piece, reason="The wrong client's map.", by=person)
    assert (piece.state, piece.withdrawn_reason) == ("withdrawn", "The wrong client's map.")
    with pytest.raises(Refused):
        actions.withdraw(project=project, evidence=piece, reason="again", by=person)
    with pytest.raises(Refused):
        actions.add_version(project=project, evidence=piece, by=person, stream=io.BytesIO(PDF), home=home)
    actions.put_back(project=project, evidence=piece, by=person)
    assert (piece.state, piece.withdrawn_reason) == ("current", "")
    assert last_leaf()["old"] == {"state": "withdrawn", "reason": "The wrong client's map."}
    with pytest.raises(Refused):
        actions.put_back(project=project, evidence=piece, by=person)


def test_validity_edited_by_hand_is_found(app: Flask, home: Path) -> None:
    piece = a_file(a_project(), by=a_person(), home=home, valid_until=date(2026, 1, 31))
    actions.withdraw(project=db.session.get_one(Project, piece.project_id), evidence=piece, reason="wrong month", by=a_person())
    transactions.commit()
    assert verify(home / "keys").faults == ()
    db.session.execute(text("UPDATE evidence SET valid_until = '2036-01-31'"))
    db.session.commit()
    assert [fault.partition(" was")[0] for fault in verify(home / "keys").faults] == ["evidence:1"]
