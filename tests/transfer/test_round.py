"""A project goes out as one file and in again: without loss, all of it or nothing, each refusal with its place."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask
from sqlalchemy import JSON, Integer, func, select

from tests.conftest import opened
from tests.factories.people import a_person
from tests.people.access_world import everybody, fill
from tests.reports.briefs import built
from workbench import layout
from workbench.config import Settings
from workbench.database import Base, db
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.projects.queries import project_with_key
from workbench.reports.names import names_withheld
from workbench.showcase.serving import _look_after
from workbench.trail import queries as trail
from workbench.trail.rules import SYSTEM
from workbench.transfer import actions, store, tables
from workbench.transfer.rules import FORMAT, HELD_BACK, LEFT_OUT, PLAIN, SHARED, SOFT, Outcome
from workbench.web import transactions
from workbench.web.refusals import Refused


@dataclass(frozen=True)
class Written:
    """A project with a record of every kind, as a file, and the installation it is of."""

    home: Path
    data: bytes
    again: bytes
    bare: bytes


def settings_of(home: Path) -> Settings:
    return Settings(home=home, testing=True)


def written(home: Path, key: str = "INV-1", **wish: Any) -> bytes:
    """The project as a file."""
    settings, project = settings_of(home), project_with_key(key)
    assert project is not None
    data = actions.export_project(project=project, home=home, keys=settings.keys, by=SYSTEM, **wish)
    transactions.commit()
    return data


@pytest.fixture(scope="module")
def there(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    home = tmp_path_factory.mktemp("there") / "home"
    shutil.copytree(migrated, home)
    with opened(settings_of(home)):
        people = everybody()
        fill(home, people, a_person(name="Spare"))
        transactions.commit()
        yield Written(home, written(home), written(home), written(home, with_files=False))


def taken_in(data: bytes, home: Path, **wish: Any) -> Any:
    done = actions.import_project(data=data, home=home, by=SYSTEM, **wish)
    transactions.commit()
    return done


def files_in(home: Path) -> list[str]:
    kept = (each for each in home.rglob("*") if each.is_file() and not each.suffix.startswith(".db"))
    return sorted(str(each.relative_to(home)) for each in kept)


def faults(home: Path) -> tuple[str, ...]:
    return trail.verify(settings_of(home).keys).faults


def test_the_same_project_gives_the_same_bytes_again(there: Written) -> None:
    assert there.data == there.again


def test_a_project_comes_back_from_a_second_installation_to_the_byte(any_app: Flask, home: Path, there: Written) -> None:
    done = taken_in(there.data, home)
    files = json.loads(there.data)["files"]
    assert (done.key, done.sha256, done.files) == ("INV-1", hashlib.sha256(there.data).hexdigest(), len(files))
    assert written(home) == there.data
    assert faults(home) == ()


def test_the_file_keeps_to_its_schema_and_is_documented(there: Written) -> None:
    schema = json.loads((layout.ROOT / "docs/formats/project.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(there.data))
    page = (layout.ROOT / "docs/formats/project.md").read_text()
    assert [name for name in [*SHARED, *LEFT_OUT] if f"`{name}`" not in page] == []


def test_every_table_belongs_to_a_project_is_shared_or_left_out_with_a_reason() -> None:
    loose = [
        each.name for each in Base.metadata.sorted_tables
        if not (each.name in SHARED or LEFT_OUT.get(each.name) or tables.owner_of(each.name))
    ]
    assert loose == []
    assert [name for name in (*SHARED, *LEFT_OUT) if name not in Base.metadata.tables] == []


def test_every_column_that_may_hide_a_number_was_looked_at() -> None:
    known = {(name, column) for name, several in (*PLAIN.items(), *HELD_BACK.items()) for column in several} | set(SOFT)
    unseen = [
        f"{of.name}.{each.name}" for of in tables.kept_tables() for each in of.columns
        if (of.name, each.name) not in known and not each.foreign_keys
        and (isinstance(each.type, JSON) or (isinstance(each.type, Integer) and each.name.endswith("_id")))
    ]
    assert unseen == []


def test_what_names_rows_inside_json_is_in_the_file(there: Written) -> None:
    held = json.loads(there.data)["tables"]
    assert [name for name, _column in SOFT if not held[name]] == ["approval", "plan_check", "plan_check", "plan_rehearsal"]
    [run] = held["mapping_run"]
    named = {each["snapshot"] for each in run["recipe"]["inputs"].values() if "snapshot" in each}
    assert sorted(named - {row["id"] for row in held["mirror_snapshot"]}) == []


def test_history_is_told_and_kept_apart(app: Flask, home: Path, there: Written) -> None:
    taken_in(there.data, home)
    project = project_with_key("INV-1")
    assert project is not None
    [earlier] = trail.earlier_logs(project.id)
    [told] = json.loads(there.data)["history"]
    assert (earlier.project, earlier.log, earlier.checkpoint) == ("INV-1", told["log"], told["checkpoint"])
    events, total = trail.events_of_earlier(project.id, 1, per_page=1000)
    assert [each.seq for each in reversed(events)] == [json.loads(each["leaf"])["seq"] for each in told["entries"]]
    assert [each.act for each in trail.events_of_project("INV-1")[0]] == ["project_imported"]
    assert total == len(told["entries"])


def test_who_did_what_before_is_still_known(app: Flask, home: Path, there: Written) -> None:
    taken_in(there.data, home)
    [answerer] = trail.people_who("item_answered", "answer", [1])
    assert db.session.get_one(Person, answerer).name == "contributor"
    assert [each.act for each in trail.history("answer", 1)] == ["item_answered", "evidence_attached"]


def test_the_history_of_a_finding_is_told_after_the_move_too(app: Flask, home: Path, there: Written) -> None:
    someone = a_person(role=Role.CONTRIBUTOR, name="Known Otherwise")
    someone.email = next(each["email"] for each in json.loads(there.data)["tables"]["person"] if each["name"] == "quality_lead")
    taken_in(there.data, home)
    project = project_with_key("INV-1")
    assert project is not None
    (found,) = built("nonconformity_register", project, home).findings
    assert [each.act for each in found.history][:2] == ["finding_raised", "finding_action_added"]
    assert found.history[0].name in names_withheld().persons  # under the name of the other log


def test_nobody_gains_access_and_who_is_here_is_taken(app: Flask, home: Path, there: Written) -> None:
    wanted = json.loads(there.data)["tables"]["person"]
    one = a_person(role=Role.CONTRIBUTOR, name="known")
    one.email = wanted[0]["email"]
    done = taken_in(there.data, home)
    assert (len(done.persons_found), len(done.persons_made)) == (1, len(wanted) - 1)
    others = db.session.scalars(select(Person).where(Person.id != one.id)).all()
    assert {(each.active, each.role) for each in others} == {(False, "guest")}


def test_it_is_taken_in_once_and_again_under_another_key(app: Flask, home: Path, there: Written) -> None:
    taken_in(there.data, home)
    with pytest.raises(Refused, match="INV-1 here already"):
        taken_in(there.data, home)
    with pytest.raises(Refused) as refusal:  # the number of an audit stands under signatures: it is not changed
        taken_in(there.data, home, key="INV-2")
    number = json.loads(there.data)["tables"]["audit"][0]["number"]
    assert refusal.value.details[0] == (
        f"/tables/audit/0/number: there is an audit {number} here already. The number stands under the signatures of the audit in "
        "the file and in the entries of its history, so no other is given to it; another key changes only the key of the "
        f"project. Take the file in on an installation that has no audit {number}, such as one with a data folder of its own."
    )


def test_what_was_sent_is_swept_after_a_day(app: Flask, home: Path) -> None:
    files = home / "imports"
    old, fresh = (store.keep_import(b"{}", home=home) for _each in range(2))
    store.keep_outcome(fresh, Outcome(key="INV-1"), home=home)
    store.forget_import(fresh, home=home)
    gone = store.keep_import(b"{}", home=home)
    store.keep_outcome(gone, Outcome(key="INV-2"), home=home)
    store.forget_import(gone, home=home)
    at = time.time() - store.KEPT_SECONDS - 1
    os.utime(files / f"{old}.json", (at, at))
    os.utime(files / f"{gone}.outcome", (at, at))
    _look_after(app.extensions["ninefold"])
    assert [path.name for path in files.iterdir()] == [f"{fresh}.outcome"]
    assert (store.outcome(gone, home=home), store.sweep(home=home)) == (None, 0)


def test_a_look_writes_nothing(app: Flask, home: Path, there: Written) -> None:
    before = files_in(home)
    done = taken_in(there.data, home, is_dry=True, key="INV-7")
    assert (done.key, done.is_dry, files_in(home)) == ("INV-7", True, before)
    assert db.session.scalar(select(func.count()).select_from(Project)) == 0


def test_without_files_needs_them_here(app: Flask, home: Path, there: Written) -> None:
    with pytest.raises(Refused) as refusal:
        taken_in(there.bare, home)
    assert refusal.value.details[0].startswith("/files/0: the file came without its bytes")
    for line in json.loads(there.data)["files"]:
        store.write([(line["place"], base64.b64decode(line["data"]))], home=home, key="INV-1")
    taken_in(there.bare, home)
    assert written(home, with_files=False) == there.bare


Spoil = Callable[[dict[str, Any]], None]


def put(pointer: str, value: Any) -> Spoil:
    """Set the value at a JSON pointer."""

    def spoil(document: dict[str, Any]) -> None:
        *way, last = pointer.strip("/").split("/")
        at: Any = document
        for each in way:
            at = at[int(each)] if isinstance(at, list) else at[each]
        at[int(last) if isinstance(at, list) else last] = value

    return spoil


def drop(pointer: str) -> Spoil:
    """Take away what stands at a JSON pointer."""

    def spoil(document: dict[str, Any]) -> None:
        *way, last = pointer.strip("/").split("/")
        at: Any = document
        for each in way:
            at = at[int(each)] if isinstance(at, list) else at[each]
        del at[last]

    return spoil


DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]

SPOILT = [
    (put("/format", "something"), "/format: this is no project of Ninefold"),
    (put("/version", 2), "/version: the file is of a newer format (2)"),
    (put("/version", True), "/version: another kind of value"),
    (put("/revision", "999"), "/revision: the file is of a newer database (999)"),
    (put("/revision", "001"), "/revision: the file is of an older database (001)"),
    (put("/project", "../../etc"), "/project: this is no key"),
    (drop("/tables/need"), "/tables/need: this is missing"),
    (put("/tables/strange", []), "/tables/strange: this name is not known"),
    (drop("/tables/need/0/statement"), "/tables/need/0/statement: this is missing"),
    (put("/tables/need/0/statement", 7), "/tables/need/0/statement: text was expected"),
    (put("/tables/need/0/statement", None), "/tables/need/0/statement: a value is missing"),
    (put("/tables/need/0/statement", "a\x00b"), "/tables/need/0/statement: the text holds a character"),
    (put("/tables/need/0/priority", "x" * 11), "/tables/need/0/priority: the text has 11 characters"),
    (put("/tables/need/0/id", 2), "/tables/need/0/id: rows are numbered from 1"),
    (put("/tables/need/0/project_id", 2), "/tables/need/0/project_id: broken reference"),
    (put("/tables/need/0/version", 10**20), "/tables/need/0/version: the number is too large"),
    (put("/tables/project/0/state", "<b>open</b>"), "/tables/project/0/state: “<b>open</b>” is none of"),
    (put("/tables/project/0/opened_at", "yesterday"), "/tables/project/0/opened_at: a time in UTC"),
    (put("/tables/path/0/tool_ids", [999]), "/tables/path/0/tool_ids: broken reference: the file holds no tool 999"),
    (put("/tables/person/0/email", "nobody"), "/tables/person/0/email: this is no e-mail"),
    (put("/tables/path/0/tool_ids", DEEP), "/tables/path/0/tool_ids"),
    (put("/tables/evidence_version/0/url", "javascript:alert(1)"), "/tables/evidence_version/0/url: only addresses"),
    (put("/tables/evidence_version/0/media_type", "text/plain\r\nX: y"), "/tables/evidence_version/0/media_type: what stands here"),
    (put("/tables/built_report/0/options", {"from": "soon"}), "/tables/built_report/0/options: what stands here cannot be read"),
    (put("/tables/built_report/0/options", {"steps": ["<b>"]}), "/tables/built_report/0/options: what stands here cannot"),
    (put("/tables/project", []), "/tables/project: exactly one"),
    (put("/files/0/data", base64.b64encode(b"else").decode()), "/files/0/data: the file is damaged"),
    (put("/files/0/data", "%%"), "/files/0/data: base64 was expected"),
    (put("/files/0/place", "evidence/../../x"), "/files/0/place: no file may lie there"),
    (put("/files/0/place", "sandbox/../../x"), "/files/0/place: no file may lie there"),
    (put("/files", []), "/tables/evidence_version/0/sha256: broken reference"),
    (put("/history/0/key", "x"), "/history/0/checkpoint: the checkpoint does not verify"),
    (put("/history/0/entries/0/proof", []), "/history/0/entries/0/proof: the entry is not in the log"),
    (put("/history/0/entries/0/leaf", "{}"), "/history/0/entries/0/leaf/seq: this is missing"),
    (put("/history/0/entries/0/person", 99999), "/history/0/entries/0/person: broken reference"),
]


def test_what_is_wrong_is_refused_at_its_place_and_nothing_is_saved(app: Flask, home: Path, there: Written) -> None:
    before, document = files_in(home), json.loads(there.data)
    for spoil, said in SPOILT:
        spoilt = deepcopy(document)
        spoil(spoilt)
        with pytest.raises(Refused) as refusal:
            actions.import_project(data=json.dumps(spoilt).encode(), home=home, by=SYSTEM)
        assert refusal.value.details[0][: len(said)] == said
    assert (db.session.scalar(select(func.count()).select_from(Project)), files_in(home), trail.size()) == (0, before, 0)


RAW = [
    (b"\xff", "/: the file is not UTF-8: byte 0"), (b"{", "/: not JSON: line 1, column 2"), (b"[]", "/: an object was expected"),
    (b"[" * 100_000, "/: the file is nested too deeply"), (b'{"a": 1, "a": 2}', "/: the file holds a number that is too large"),
    (b'{"a": ' + b"9" * 5000 + b"}", "/: the file holds a number that is too large"),
]


@pytest.mark.parametrize(("data", "said"), RAW, ids=lambda each: str(each)[:20])
def test_what_is_no_document_is_refused(app: Flask, home: Path, data: bytes, said: str) -> None:
    with pytest.raises(Refused) as refusal:
        actions.import_project(data=data, home=home, by=SYSTEM)
    assert refusal.value.details[0][: len(said)] == said


def test_a_failure_half_way_leaves_no_file(app: Flask, home: Path, there: Written) -> None:
    document = json.loads(there.data)
    document["tables"]["objective"].append(deepcopy(document["tables"]["objective"][0]))
    document["tables"]["objective"][1] |= {"id": 2, "code": "O-99", "revises_id": 2}  # itself: no order puts it after
    before = files_in(home)
    with pytest.raises(Refused) as refusal:
        actions.import_project(data=json.dumps(document).encode(), home=home, by=SYSTEM)
    transactions.rollback()
    assert refusal.value.details == ("/tables/objective: rows refer to one another",)
    assert (files_in(home), db.session.scalar(select(func.count()).select_from(Project))) == (before, 0)


def test_the_name_of_the_format_is_that_of_the_page(there: Written) -> None:
    assert json.loads(there.data)["format"] == FORMAT
