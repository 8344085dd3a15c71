"""Reads a whole project: its rows and those they refer to, numbered from 1 in every table, and its history."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Table, func, select, text

from workbench.database import db
from workbench.trail import log
from workbench.trail import queries as trail
from workbench.trail.models import Checkpoint, EarlierEntry, EarlierLog
from workbench.transfer import tables
from workbench.transfer.rules import MOVES, SHARED, SOFT, STORED, renumber
from workbench.web.refusals import Refused

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Leaf:
    """An entry of the log that is at hand."""

    seq: int
    data: bytes
    said: dict[str, Any]

    @property
    def object(self) -> tuple[str, int]:
        """Table and number of what it is about."""
        kind, _colon, number = str(self.said["object"]).partition(":")
        return kind, int(number)


@dataclass
class Gathered:
    """The rows of a project as they are stored, and {table: {number here: number in the file}}."""

    rows: Rows
    numbers: dict[str, dict[int, int]] = field(default_factory=dict)

    def number(self) -> None:
        """Number the rows of each table from 1, in the order of their numbers here."""
        for name, rows in self.rows.items():
            self.numbers[name] = {row["id"]: at for at, row in enumerate(rows, 1)}

    def change(self, name: str, number: int) -> int | None:
        """The number that a row has in the file, None where it does not come along."""
        return self.numbers.get(name, {}).get(number)

    def as_json(self) -> dict[str, list[dict[str, Any]]]:
        """The rows as the file holds them, by table in the order of their names."""
        made = {}
        for name in sorted(self.rows):
            of = tables.table(name)
            made[name] = [self._row(of, row) for row in self.rows[name]]
        return made

    def _row(self, of: Table, row: dict[str, Any]) -> dict[str, Any]:
        made = tables.as_json(of, row, self.change)
        for column in tables.columns(of):
            if made[column.name] is None and row[column.name] is not None and not column.nullable and tables.target(column):
                raise Refused(
                    _("The project cannot be exported: one of its records refers to a record of another project."),
                    (f"{of.name} {row['id']}, {column.name}",),
                )
        return made


def gather(project_id: int, leaves: Iterable[Leaf] = ()) -> Gathered:
    """Every row of the project, the rows of the installation that they refer to, and whoever did what `leaves` tell."""
    rows: Rows = {}
    for of in tables.kept_tables():
        if of.name not in SHARED:
            rows[of.name] = _fetch(of, tables.numbers_of(of.name, project_id))
    for name in ("audit_programme", "finding_grade", "hand_over"):
        rows[name] = _fetch(tables.table(name), sorted(_referred(rows, name)))
    digests = sorted({row["pack_digest"] for row in rows["checklist"]})
    rows["pack_wording"] = _fetch(tables.table("pack_wording"), digests, by="pack_digest")
    rows["pack_edition"] = _fetch(tables.table("pack_edition"), digests, by="digest")
    tools = sorted(_referred(rows, "tool"))
    rows["tool"] = _fetch(tables.table("tool"), tools)
    rows["capability"] = _fetch(tables.table("capability"), tools, by="tool_id")
    rows["tool_connection"] = [
        row for row in _fetch(tables.table("tool_connection"), tools, by="source_id") if row["target_id"] in set(tools)
    ]
    acted = {leaf.said["person"] for leaf in leaves} | _acted_before(project_id)
    rows["person"] = _fetch(tables.table("person"), sorted(_referred(rows, "person") | acted))
    _in_order(rows)
    found = Gathered(rows)
    found.number()
    return found


def _in_order(rows: Rows) -> None:
    """What is found again by a name stands in the order of its names: numbers differ from one installation to another."""
    named: dict[str, Callable[[dict[str, Any]], Any]] = {
        "person": lambda row: row["email"], "tool": lambda row: row["name"], "audit_programme": lambda row: row["year"],
        "finding_grade": lambda row: row["code"], "pack_wording": lambda row: row["pack_digest"],
        "pack_edition": lambda row: row["digest"],
    }
    for name, key in named.items():
        rows[name].sort(key=key)
    names = {row["id"]: row["name"] for row in rows["tool"]}
    rows["capability"].sort(key=lambda row: (names[row["tool_id"]], row["kind"]))
    rows["tool_connection"].sort(
        key=lambda row: (names[row["source_id"]], names[row["target_id"]], row["kind"], row["carries"], row["id"])
    )


def _fetch(of: Table, wanted: Any, *, by: str = "id") -> list[dict[str, Any]]:
    """The rows whose column is among those wanted, in the order of their numbers."""
    chosen = select(of).where(of.c[by].in_(wanted)).order_by(of.c.id)
    return [dict(row) for row in db.session.execute(chosen).mappings()]


def _referred(rows: Rows, name: str) -> set[int]:
    """The numbers of the rows of a table that any of these rows names, by key or inside a value."""
    found: set[int] = set()

    def note(number: int) -> int:
        found.add(number)
        return number

    for own, several in rows.items():
        keys = [each.name for each in tables.table(own).columns if tables.target(each) == name]
        hidden = [(column, path) for (of, column), paths in SOFT.items() if of == own for path, to in paths if to == name]
        for row in several:
            found |= {row[key] for key in keys if row[key] is not None}
            for column, path in hidden:
                _note_hidden(row[column], path, note)
    return found


def _note_hidden(value: Any, path: str, note: Any) -> None:
    if isinstance(value, str):
        number, colon, _rest = value.partition(":")
        if colon and number.isascii() and number.isdigit():
            note(int(number))
    else:
        renumber(value, path, note)


def _acted_before(project_id: int) -> set[int]:
    wanted = (
        select(EarlierEntry.person_id)
        .join(EarlierLog, EarlierLog.id == EarlierEntry.earlier_id)
        .where(EarlierLog.project_id == project_id, EarlierEntry.person_id.is_not(None))
    )
    return {each for each in db.session.scalars(wanted.distinct()) if each is not None}


def leaves_of(key: str) -> list[Leaf]:
    """The project's entries in the log at hand, oldest first, without the moves that nothing followed."""
    found = [Leaf(seq, data, json.loads(data)) for seq, data in trail.leaves_of_project(key, up_to=trail.size())]
    while found and found[-1].said["act"] in MOVES:
        found.pop()
    return found


def lacks_checkpoint(key: str) -> bool:
    """Whether no checkpoint is over the last of the entries that `leaves_of` gives."""
    entries = tables.table("trail_entry").c
    last = db.session.scalar(select(func.max(entries.seq)).where(entries.project == key, entries.act.not_in(MOVES)))
    return last is not None and covering(last) is None


def covering(seq: int) -> Checkpoint | None:
    """The first checkpoint over an entry."""
    wanted = select(Checkpoint).where(Checkpoint.size >= seq).order_by(Checkpoint.size, Checkpoint.id).limit(1)
    return db.session.scalars(wanted).first()


def history_before(project_id: int, found: Gathered) -> list[dict[str, Any]]:
    """What earlier logs tell of the project, as it was taken in."""
    return [
        {
            "project": each.project, "log": each.log, "key": each.vkey, "checkpoint": each.checkpoint,
            "entries": [
                {
                    "leaf": bytes(entry.leaf).decode(), "proof": entry.proof.split(),
                    "object": found.change(entry.object_type, entry.object_id),
                    "person": found.change("person", entry.person_id or 0),
                }
                for entry in trail.entries_of_earlier(each.id)
            ],
        }
        for each in trail.earlier_logs(project_id)
    ]


def history_here(key: str, leaves: list[Leaf], note: str, vkey: str, found: Gathered) -> dict[str, Any]:
    """What the log at hand tells of the project, with the proofs that lead to a checkpoint."""
    size = int(note.split("\n")[1])
    tree = log.Tree(trail.leaf_hashes(up_to=size))
    return {
        "project": key, "log": note.split("\n")[0], "key": vkey, "checkpoint": note,
        "entries": [
            {
                "leaf": leaf.data.decode(),
                "proof": [base64.b64encode(each).decode() for each in tree.inclusion_proof(leaf.seq - 1)],
                "object": found.change(*leaf.object),
                "person": found.change("person", leaf.said["person"]),
            }
            for leaf in leaves
        ],
    }


def stored_digests(found: Gathered) -> list[str]:
    """The SHA-256 of every file in the evidence store that the rows name."""
    return sorted({row[column] for name, column in STORED.items() for row in found.rows[name] if row[column]})


def person_with(email: str) -> tuple[int, str] | None:
    """Number and name of the person with this address."""
    own = tables.table("person")
    row = db.session.execute(select(own.c.id, own.c.name).where(func.lower(own.c.email) == email.lower())).first()
    return None if row is None else (int(row[0]), str(row[1]))


def row_with(of: Table, values: dict[str, Any]) -> dict[str, Any] | None:
    """A row with these values, None where there is none."""
    row = db.session.execute(select(of).where(*(of.c[name] == value for name, value in values.items()))).mappings().first()
    return None if row is None else dict(row)


def has_project(key: str) -> bool:
    """Whether a project, or the log, knows this key already: an entry of another project would be told of this one."""
    own, entries = tables.table("project"), tables.table("trail_entry")
    return (
        db.session.scalar(select(own.c.id).where(own.c.key == key)) is not None
        or db.session.scalar(select(entries.c.seq).where(entries.c.project == key).limit(1)) is not None
    )


def free_numbers(of: Table, count: int) -> list[int]:
    """Numbers for new rows, in rising order, that nobody else gets."""
    if not count:
        return []
    if db.engine.dialect.name == "postgresql":
        wanted = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return [int(each) for each in db.session.scalars(wanted, {"name": of.name, "count": count})]
    last = int(db.session.scalar(select(func.max(of.c.id))) or 0)
    return list(range(last + 1, last + count + 1))
