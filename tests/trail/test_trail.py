"""The trail as the application writes it: gapless, in the change's own transaction, and every tampering is found."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select, text

from tests.conftest import ENGINES, opened
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.lifecycle import a_decision
from tests.factories.people import PASSWORD, a_person
from tests.factories.projects import a_project
from tests.servers import postgresql_database
from workbench.checklists.actions import attach_evidence
from workbench.cli import main
from workbench.config import Settings
from workbench.database import Base, db
from workbench.lifecycle.rules import Outcome
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects import actions as projects
from workbench.projects.rules import Layer
from workbench.trail import actions, log, queries
from workbench.trail.models import Checkpoint, Entry, PrivateValue
from workbench.trail.rules import SYSTEM
from workbench.web.transactions import commit, rollback

ON_SQLITE = pytest.mark.parametrize("told", ["sqlite"], indirect=True)
DECIDED = 6  # the entry that records the gate decision; the checkpoint signed with it covers as many


def tell(keys: Path) -> None:
    """Nine entries: two people, a project, a checklist, an answer, a decision with its checkpoint, three parties."""
    lead = a_person(role=Role.QUALITY_LEAD, name="Ada", password=PASSWORD)
    eve = a_person(name="Eve")
    project = a_project(by=lead, key="INV-1")
    checklist = a_checklist(project, by=lead)
    an_answer(project, checklist, "G1-01", by=eve)
    a_decision(project, 1, by=lead, keys=keys, outcome=Outcome.HOLD, reason="We wait.")
    for name in ("D", "S", "E"):
        projects.name_participant(
            project=project, name=name, organisation="", layer=Layer.EDITOR, expects="", is_confidential=False, by=lead
        )
    commit()


@pytest.fixture(scope="module", params=ENGINES)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the keys of an installation with nine entries, on each engine."""
    home = tmp_path_factory.mktemp("told")
    with ExitStack() as stack:
        address = ""
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql")
            address = stack.enter_context(postgresql_database(server, "told", template="ready"))
        else:
            empty = request.getfixturevalue("migrated") / "ninefold.db"
            (home / "ninefold.db").write_bytes(empty.read_bytes())
        stack.enter_context(opened(Settings(home=home, testing=True, database_url=address)))
        tell(home / "keys")
        yield home / "keys"


@pytest.fixture
def sql(told: Path) -> Iterator[Callable[..., Any]]:
    """Tampers within a transaction that is undone after the test; the triggers are taken off first."""
    sealed = [mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.__sealed__]
    on_postgresql = db.engine.dialect.name == "postgresql"
    for table in sealed:
        for verb in ("update", "delete"):
            db.session.execute(text(f"DROP TRIGGER sealed_{table}_{verb}" + (f" ON {table}" if on_postgresql else "")))

    def run(statement: str, **values: Any) -> Any:
        return db.session.execute(text(statement), values)

    yield run
    rollback()
    db.session.remove()


def faults(keys: Path) -> list[str]:
    return list(queries.verify(keys).faults)


def leaves() -> list[bytes]:
    return [bytes(row[0]) for row in db.session.execute(text("SELECT leaf FROM trail_entry ORDER BY seq"))]


def rewrite(sql: Callable[..., Any], changed: list[bytes]) -> None:
    """Write the whole log anew with these leaves, roots and head, as somebody who knows the format would."""
    frontier = log.Frontier()
    for seq, leaf in enumerate(changed, start=1):
        frontier.append(log.leaf_hash(leaf))
        sql(
            "UPDATE trail_entry SET leaf = :leaf, root = :root WHERE seq = :seq",
            leaf=leaf,
            root=frontier.root(),
            seq=seq,
        )
    sql("DELETE FROM trail_entry WHERE seq > :size", size=len(changed))
    sql("UPDATE trail_head SET size = :size, frontier = :frontier", size=len(changed), frontier=frontier.to_bytes())


def test_whole_trail_verifies(told: Path) -> None:
    verdict = queries.verify(told)
    assert (verdict.entries, verdict.checkpoints, verdict.faults) == (9, 1, ())
    assert verdict.rows == 5  # the answer, the wording of its pack, the decision and two participants
    assert verdict.root == log.root_of(log.leaf_hash(leaf) for leaf in leaves()).hex()


def test_entry_says_who_did_what_to_which_record_and_why(told: Path) -> None:
    leaf = log.parse_canonical(leaves()[DECIDED - 1])
    assert {name: leaf[name] for name in ("seq", "name", "act", "object", "project", "reason")} == {
        "seq": DECIDED,
        "name": "Ada",
        "act": "gate_decided",
        "object": "gate_decision:1",
        "project": "INV-1",
        "reason": "We wait.",
    }
    assert sorted(leaf["rows"]) == ["gate_decision:1", "project:1"]


def test_changed_content_of_an_entry_is_found(told: Path, sql: Callable[..., Any]) -> None:
    changed = leaves()[2].replace(b"project_opened", b"project_opeNed")
    sql("UPDATE trail_entry SET leaf = :leaf WHERE seq = 3", leaf=changed)
    assert faults(told) == [
        "entry 3 was changed after it was written: its content does not lead to the root recorded with it"
    ]


@pytest.mark.parametrize(
    ("column", "value", "told_as", "sealed"),
    [
        ("act", "nothing_happened", "act says “nothing_happened”", "project_opened"),
        ("project", "INV-9", "project says “INV-9”", "INV-1"),
        ("object_type", "person", "object says “person:1”", "project:1"),
        ("object_id", 7, "object says “project:7”", "project:1"),
    ],
)
def test_changed_column_of_an_entry_is_found(
    told: Path, sql: Callable[..., Any], column: str, value: object, told_as: str, sealed: str
) -> None:
    sql(f"UPDATE trail_entry SET {column} = :value WHERE seq = 3", value=value)
    assert faults(told) == [f"entry 3 was changed after it was written: {told_as}, the sealed content “{sealed}”"]


def test_deleted_entry_is_found(told: Path, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM trail_entry WHERE seq = 4")
    assert faults(told) == ["entry 4 is missing: the next one stored is 5"]


def test_deleted_first_entry_is_found(told: Path, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM trail_private_value")
    sql("DELETE FROM trail_entry WHERE seq = 1")
    assert faults(told) == ["entry 1 is missing: the next one stored is 2"]


def test_deleted_tail_is_found(told: Path, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM trail_entry WHERE seq > 7")
    assert faults(told)[0] == "entry 8 is missing: the log's head counts 9 entries"


def test_deleted_tail_with_the_head_set_back_is_found_by_the_checkpoint(told: Path, sql: Callable[..., Any]) -> None:
    rewrite(sql, leaves()[: DECIDED - 1])
    assert faults(told)[0] == "entry 6 is missing: a signed checkpoint counts 6 entries"


def test_exchanged_entries_are_found(told: Path, sql: Callable[..., Any]) -> None:
    third, fourth = leaves()[2:4]
    for seq, leaf in ((3, fourth), (4, third)):
        sql("UPDATE trail_entry SET leaf = :leaf WHERE seq = :seq", leaf=leaf, seq=seq)
    assert faults(told)[0].startswith("entry 3 was changed")


@pytest.mark.parametrize(
    "frontier",
    [log.Frontier().to_bytes(), (9).to_bytes(8, "big") + bytes(64), b""],
    ids=["of none", "of zeroes", "empty"],
)
def test_exchanged_head_is_found(told: Path, sql: Callable[..., Any], frontier: bytes) -> None:
    sql("UPDATE trail_head SET frontier = :frontier", frontier=frontier)
    assert faults(told) == ["the head of the log does not agree with its 9 entries"]


def test_missing_head_is_found(told: Path, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM trail_head")
    assert faults(told) == ["the head of the log is missing"]


def test_edited_decision_is_found(told: Path, sql: Callable[..., Any]) -> None:
    sql("UPDATE gate_decision SET outcome = 'pass'")
    assert faults(told) == ["gate_decision:1 was changed after entry 6, which recorded it"]


def test_edited_answer_is_found(told: Path, sql: Callable[..., Any]) -> None:
    sql("UPDATE answer SET note = 'Seen by nobody.'")
    assert faults(told) == ["answer:1 was changed after entry 5, which recorded it"]


def test_deleted_decision_is_found(told: Path, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM gate_decision")
    assert faults(told) == ["gate_decision:1 is gone from the database; entry 6 recorded it"]


def test_added_answer_is_found(told: Path, sql: Callable[..., Any]) -> None:
    sql(
        "INSERT INTO answer (checklist_id, item_key, step, state, note, answered_by_id, answered_at, version) "
        "SELECT checklist_id, 'G1-02', step, state, note, answered_by_id, answered_at, version FROM answer"
    )
    assert faults(told) == ["answer:2 stands in the database without any entry in the trail"]


@ON_SQLITE  # PostgreSQL itself keeps such a value out
def test_row_that_cannot_be_read_any_more_is_found(told: Path, sql: Callable[..., Any]) -> None:
    sql("UPDATE gate_decision SET snapshot = 'not JSON', decided_at = 'yesterday'")
    assert faults(told) == ["gate_decision:1 was changed after entry 6, which recorded it"]


def test_history_written_anew_is_found_by_the_checkpoint(told: Path, sql: Callable[..., Any]) -> None:
    changed = leaves()
    changed[2] = changed[2].replace(b'"name":"Ada"', b'"name":"Eve"')
    rewrite(sql, changed)
    assert faults(told) == ["an entry from 1 to 6 was changed: the log differs from its signed checkpoint"]


def test_history_written_anew_is_found_by_the_file_outside_the_database(told: Path, sql: Callable[..., Any]) -> None:
    changed = leaves()
    changed[2] = changed[2].replace(b'"name":"Ada"', b'"name":"Eve"')
    rewrite(sql, changed)
    sql("DELETE FROM trail_checkpoint")
    assert faults(told) == ["an entry from 1 to 6 was changed: the log differs from its signed checkpoint"]


def test_history_written_anew_as_nonsense_is_found(told: Path, sql: Callable[..., Any]) -> None:
    for nonsense in (
        b"[]",
        b"{}",
        b"null",
        b"no JSON",
        b'{"act":"x","new":1,"object":"x","project":"","rows":1,"seq":9}',
    ):
        rewrite(sql, [*leaves()[:8], nonsense])
        assert faults(told)[0] == "entry 9 was changed after it was written: its content is not that of an entry"


def test_forged_checkpoint_is_found(told: Path, sql: Callable[..., Any]) -> None:
    note = str(sql("SELECT note FROM trail_checkpoint").scalar())
    sql("UPDATE trail_checkpoint SET note = :note", note=note.replace("\n6\n", "\n5\n"))
    assert faults(told) == ["a checkpoint does not verify: checkpoint: the signature does not verify"]


def test_exchanged_private_value_is_found_and_an_erased_one_is_not_missed(told: Path, sql: Callable[..., Any]) -> None:
    sql("INSERT INTO trail_private_value (seq, field, salt, value) VALUES (3, 'email', 'x', 'y')")
    assert faults(told) == [
        "entry 3 was changed after it was written: its private value “email” is not the one that was sealed"
    ]
    sql("DELETE FROM trail_private_value")
    assert faults(told) == []


def test_any_changed_byte_of_any_entry_is_found_and_its_entry_named(told: Path, sql: Callable[..., Any]) -> None:
    chance, whole = random.Random(7), leaves()  # noqa: S311 - which byte is changed is no secret
    for _turn in range(100):
        seq = chance.randint(1, len(whole))
        leaf = bytearray(whole[seq - 1])
        leaf[chance.randrange(len(leaf))] ^= 1 << chance.randrange(8)
        sql("UPDATE trail_entry SET leaf = :leaf WHERE seq = :seq", leaf=bytes(leaf), seq=seq)
        assert faults(told)[0].startswith(f"entry {seq} was changed after it was written")
        sql("UPDATE trail_entry SET leaf = :leaf WHERE seq = :seq", leaf=whole[seq - 1], seq=seq)


@ON_SQLITE
def test_database_file_edited_by_hand_is_found_by_the_command(told: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "keys").mkdir(parents=True)
    for file in ("trail.key", "checkpoints.txt"):
        (home / "keys" / file).write_bytes((told / file).read_bytes())
    with db.engine.connect() as connection:
        connection.connection.driver_connection.backup(sqlite3.connect(home / "ninefold.db"))
    verify = lambda: CliRunner().invoke(main, ["trail", "verify"], env={"NINEFOLD_HOME": str(home)})  # noqa: E731
    assert (verify().exit_code, verify().output.splitlines()[-1]) == (0, "the trail is whole")
    edited = sqlite3.connect(home / "ninefold.db")
    edited.executescript("DROP TRIGGER sealed_gate_decision_update; UPDATE gate_decision SET reason = 'We go.'")
    edited.close()
    assert verify().exit_code == 1
    assert verify().output.splitlines()[0] == "broken: gate_decision:1 was changed after entry 6, which recorded it"
    edited = sqlite3.connect(home / "ninefold.db")
    edited.executescript(
        "DROP TRIGGER sealed_trail_entry_update; UPDATE trail_entry SET act = 'person_left' WHERE seq = 2"
    )
    edited.close()
    assert verify().output.splitlines()[0] == (
        "broken: entry 2 was changed after it was written: act says “person_left”, the sealed content “person_added”"
    )


def test_entry_is_undone_with_its_change(any_app: Flask) -> None:
    a_person()
    commit()
    a_person()
    rollback()
    a_person()
    commit()
    assert db.session.scalars(select(Entry.seq).order_by(Entry.seq)).all() == [1, 2]
    assert queries.size() == 2


def test_writers_at_once_leave_no_gap(any_app: Flask, home: Path) -> None:
    errors: list[BaseException] = []

    def write() -> None:
        with any_app.app_context():
            try:
                for _turn in range(8):
                    a_person()
                    commit()
            except BaseException as error:  # the test tells of it below
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = queries.verify(home / "keys")
    assert (errors, verdict.entries, verdict.faults) == ([], 32, ())


def test_checkpoint_leaves_the_database_after_the_commit_and_not_before(any_app: Flask, home: Path) -> None:
    file = home / "keys" / "checkpoints.txt"
    a_person()
    first = actions.checkpoint(keys=home / "keys", reason="test")
    assert file.exists() is False
    rollback()
    commit()
    assert file.exists() is False
    a_person()
    made = actions.checkpoint(keys=home / "keys", reason="test")
    commit()
    assert (first.size, made.size, file.read_text()) == (1, 1, made.note + "\n")


def test_checkpoint_of_an_unchanged_log_is_not_signed_twice(any_app: Flask, home: Path) -> None:
    a_person()
    ids = {actions.checkpoint(keys=home / "keys", reason="test").id for _turn in range(2)}
    assert len(ids) == 1


def test_checkpoint_verifies_with_the_printed_key(any_app: Flask, home: Path) -> None:
    a_person()
    made = actions.checkpoint(keys=home / "keys", reason="test")
    signed = log.parse_and_verify_checkpoint(made.note, actions.signing_key(home / "keys").vkey)
    assert (signed.size, signed.root) == (1, db.session.scalar(select(Entry.root)))


def test_personal_value_stays_out_of_the_log(any_app: Flask) -> None:
    person = db.session.scalars(select(Person)).first() or a_person()
    entry = actions.record("address_changed", person, by=SYSTEM, private={"email": "ada@example.org"})
    value = db.session.scalars(select(PrivateValue)).one()
    assert b"ada@example.org" not in entry.leaf
    assert json.loads(entry.leaf)["new"]["email"].startswith("sha256:")
    assert (value.seq, value.value) == (entry.seq, "ada@example.org")


def test_signing_key_is_readable_by_its_owner_only(app: Flask, home: Path) -> None:
    actions.signing_key(home / "keys")
    assert (home / "keys" / "trail.key").stat().st_mode & 0o777 == 0o600


def test_events_come_newest_first_and_history_oldest_first(app: Flask) -> None:
    project = a_project(key="INV-1")
    a_project(key="CRM-1")
    lead = a_person(role=Role.QUALITY_LEAD)
    checklist = a_checklist(project, by=lead)
    link = a_link(project, by=lead)
    attach_evidence(project=project, checklist=checklist, item_key="G1-01", evidence=link, by=lead)
    events, total = queries.events_of_project("INV-1", per_page=2)
    assert ([each.act for each in events], total) == (["evidence_attached", "evidence_added"], 4)
    assert [each.act for each in queries.events_of_project("INV-1", page=2, per_page=2)[0]] == [
        "checklist_started",
        "project_opened",
    ]
    assert [each.act for each in queries.history("checklist", checklist.id)] == ["checklist_started"]
    assert db.session.scalars(select(Checkpoint)).all() == []
