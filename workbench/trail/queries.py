"""Reading the trail: the history of a record, the newest checkpoint, and the verification of the whole log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, inspect, select

from workbench.database import Base, db
from workbench.trail import log
from workbench.trail.models import Checkpoint, Entry, Head
from workbench.trail.rules import state_digest


@dataclass(frozen=True)
class Event:
    """One entry as a person reads it."""

    seq: int
    at: datetime
    name: str
    act: str
    object: str
    project: str
    old: dict[str, Any]
    new: dict[str, Any]
    reason: str


@dataclass(frozen=True)
class Verdict:
    """The outcome of verifying the log: how many entries and rows were checked, and what is broken, first first."""

    entries: int
    rows: int
    checkpoints: int
    faults: tuple[str, ...]
    root: str


def row_state(row: Base) -> dict[str, Any]:
    """The columns of a row, less counters that are derived from other rows (marked `info={"derived": True}`)."""
    return {
        column.key: getattr(row, column.key)
        for column in inspect(type(row)).column_attrs
        if not column.columns[0].info.get("derived")
    }


def event(entry: Entry) -> Event:
    """An entry read from its leaf."""
    leaf = json.loads(entry.leaf)
    return Event(
        seq=leaf["seq"],
        at=datetime.fromisoformat(leaf["at"]),
        name=leaf["name"],
        act=leaf["act"],
        object=leaf["object"],
        project=leaf["project"],
        old=leaf["old"],
        new=leaf["new"],
        reason=leaf["reason"],
    )


def history(object_type: str, object_id: int) -> list[Event]:
    """Everything recorded about one record, oldest first."""
    wanted = select(Entry).where(Entry.object_type == object_type, Entry.object_id == object_id).order_by(Entry.seq)
    return [event(entry) for entry in db.session.scalars(wanted)]


def events_of_project(project: str, *, page: int = 1, per_page: int = 50) -> tuple[list[Event], int]:
    """A page of a project's entries, newest first, and how many there are."""
    total = db.session.scalar(select(func.count()).select_from(Entry).where(Entry.project == project)) or 0
    wanted = (
        select(Entry)
        .where(Entry.project == project)
        .order_by(Entry.seq.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return [event(entry) for entry in db.session.scalars(wanted)], total


def all_events(*, page: int = 1, per_page: int = 50) -> tuple[list[Event], int]:
    """A page of all entries, newest first, and how many there are."""
    wanted = select(Entry).order_by(Entry.seq.desc()).limit(per_page).offset((page - 1) * per_page)
    return [event(entry) for entry in db.session.scalars(wanted)], size()


def leaves_of_project(project: str, *, up_to: int) -> list[tuple[int, bytes]]:
    """(seq, leaf as written) of a project's entries up to and with `up_to`, oldest first."""
    wanted = select(Entry.seq, Entry.leaf).where(Entry.project == project, Entry.seq <= up_to).order_by(Entry.seq)
    return [(seq, bytes(leaf)) for seq, leaf in db.session.execute(wanted)]


def leaf_hashes(*, up_to: int) -> list[bytes]:
    """The hashes of all leaves up to and with `up_to`, for building proofs."""
    wanted = select(Entry.leaf).where(Entry.seq <= up_to).order_by(Entry.seq)
    return [log.leaf_hash(bytes(leaf)) for leaf in db.session.scalars(wanted)]


def newest_checkpoint() -> Checkpoint | None:
    """The last signed checkpoint, or None before the first."""
    return db.session.scalars(select(Checkpoint).order_by(Checkpoint.id.desc()).limit(1)).first()


def size() -> int:
    """How many entries the log holds."""
    return db.session.scalar(select(Head.size).where(Head.id == 1)) or 0


def verify(keys: Path) -> Verdict:
    """Check every entry, the log's head, every checkpoint (also those kept outside the database) and every pinned row."""
    faults: list[str] = []
    frontier, pinned, roots = log.Frontier(), {}, {0: log.EMPTY_ROOT}
    for seq, columns in _entries():
        fault = _fault_of_entry(seq, frontier.size + 1, columns, frontier)
        if fault:
            faults.append(fault)
            break
        roots[seq] = columns["root"]
        for name, digest in json.loads(columns["leaf"])["rows"].items():
            pinned[name] = (digest, seq)
    if not faults:
        faults += _faults_of_head(frontier)
    checkpoints, outside = _checkpoints(keys)
    faults += _faults_of_checkpoints(checkpoints + outside, roots, frontier.size, keys)
    rows, row_faults = _faults_of_rows(pinned)
    return Verdict(
        entries=frontier.size,
        rows=rows,
        checkpoints=len(checkpoints),
        faults=tuple(faults + row_faults),
        root=frontier.root().hex(),
    )


def _entries() -> Iterator[tuple[int, dict[str, Any]]]:
    table = Entry.__table__
    for row in db.session.execute(select(table).order_by(table.c.seq).execution_options(yield_per=2000)).mappings():
        yield int(row["seq"]), {**row, "leaf": bytes(row["leaf"]), "root": bytes(row["root"])}


def _fault_of_entry(seq: int, expected: int, columns: dict[str, Any], frontier: log.Frontier) -> str:
    if seq != expected:
        return f"entry {expected} is missing: the next one stored is {seq}"
    frontier.append(log.leaf_hash(columns["leaf"]))
    if frontier.root() != columns["root"]:
        return f"entry {seq} was changed after it was written: its content does not lead to the root recorded with it"
    leaf = json.loads(columns["leaf"])
    said = {"act": leaf["act"], "project": leaf["project"], "object": leaf["object"], "seq": leaf["seq"]}
    stored = {
        "act": columns["act"],
        "project": columns["project"],
        "object": f"{columns['object_type']}:{columns['object_id']}",
        "seq": seq,
    }
    for name, value in said.items():
        if stored[name] != value:
            return f"entry {seq} was changed after it was written: {name} says “{stored[name]}”, the sealed content “{value}”"
    return ""


def _faults_of_head(frontier: log.Frontier) -> list[str]:
    head = db.session.execute(select(Head.size, Head.frontier).where(Head.id == 1)).first()
    if head is None:
        return [] if frontier.size == 0 else ["the head of the log is missing"]
    if head[0] > frontier.size:
        return [f"entry {frontier.size + 1} is missing: the log's head counts {head[0]} entries"]
    if bytes(head[1]) != frontier.to_bytes():
        return [f"the head of the log does not agree with its {frontier.size} entries"]
    return []


def _checkpoints(keys: Path) -> tuple[list[str], list[str]]:
    inside = list(db.session.scalars(select(Checkpoint.note).order_by(Checkpoint.id)))
    file = keys / "checkpoints.txt"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    # A signed note is three lines, an empty one and its signature; the file parts notes by an empty line.
    lines = text.split("\n")
    outside = ["\n".join(lines[at : at + 5]) + "\n" for at in range(0, len(lines) - 5, 6)]
    return inside, outside


def _faults_of_checkpoints(notes: Sequence[str], roots: dict[int, bytes], size: int, keys: Path) -> list[str]:
    key = keys / "trail.key"
    if not notes:
        return []
    if not key.exists():
        return [f"the signing key {key} is missing, so that checkpoints cannot be checked"]
    vkey, faults = log.load_key(key).vkey, []
    for note in dict.fromkeys(notes):
        try:
            signed = log.parse_and_verify_checkpoint(note, vkey)
        except log.LogError as error:
            faults.append(f"a checkpoint does not verify: {error}")
            continue
        if signed.size > size:
            faults.append(f"entry {size + 1} is missing: a signed checkpoint counts {signed.size} entries")
        elif roots.get(signed.size, signed.root) != signed.root:
            faults.append(f"an entry up to {signed.size} was changed: the log differs from its signed checkpoint")
    return faults


def _faults_of_rows(pinned: dict[str, tuple[str, int]]) -> tuple[int, list[str]]:
    """Compare every watched row with the state that its last entry pinned."""
    count, faults = 0, []
    for model in _watched():
        seen = set()
        for row in db.session.scalars(select(model).order_by(inspect(model).primary_key[0])):
            name = f"{model.__tablename__}:{row.id}"  # type: ignore[attr-defined]
            seen.add(name)
            count += 1
            digest, seq = pinned.get(name, ("", 0))
            if not seq:
                faults.append(f"{name} stands in the database without any entry in the trail")
            elif state_digest(row_state(row)) != digest:
                faults.append(f"{name} was changed after entry {seq}, which recorded it")
        gone = sorted(name for name in pinned if name.startswith(f"{model.__tablename__}:") and name not in seen)
        faults += [f"{name} is gone from the database; entry {pinned[name][1]} recorded it" for name in gone]
    return count, faults


def _watched() -> list[type[Base]]:
    classes = (mapper.class_ for mapper in Base.registry.mappers)
    return sorted((each for each in classes if each.__watched__), key=lambda each: str(each.__tablename__))
