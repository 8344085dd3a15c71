"""Reading the trail: the history of a record, the newest checkpoint, and the verification of the whole log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, inspect, literal, null, select, text, union_all

from workbench.database import Base, db, reading
from workbench.trail import log
from workbench.trail.models import Checkpoint, EarlierEntry, EarlierLog, Entry, Head, PrivateValue
from workbench.trail.rules import salted, state_digest


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
    """The columns of a row that hold something, less counters derived from other rows (marked `info={"derived": True}`).

    A column that is NULL is left out: one added by a later version does not change the hash of rows written before it.
    """
    columns = (each for each in inspect(type(row)).column_attrs if not each.columns[0].info.get("derived"))
    return {each.key: getattr(row, each.key) for each in columns if getattr(row, each.key) is not None}


def event(entry: Entry) -> Event:
    """An entry read from its leaf."""
    return event_of(bytes(entry.leaf))


def event_of(data: bytes) -> Event:
    """What a leaf says."""
    leaf = json.loads(data)
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
    """Everything recorded about one record, oldest first, also what was recorded before its project was moved here."""
    return histories(object_type, [object_id]).get(object_id, [])


def histories(object_type: str, object_ids: Sequence[int]) -> dict[int, list[Event]]:
    """The same for several records of one kind, by their numbers. One query."""
    here = select(literal(1).label("place"), Entry.seq.label("seq"), Entry.object_id, Entry.leaf).where(
        Entry.object_type == object_type, Entry.object_id.in_(object_ids)
    )
    before = select(literal(0), EarlierEntry.id, EarlierEntry.object_id, EarlierEntry.leaf).where(
        EarlierEntry.object_type == object_type, EarlierEntry.object_id.in_(object_ids)
    )
    found: dict[int, list[Event]] = {}
    for _place, _seq, number, leaf in db.session.execute(union_all(here, before).order_by("place", "seq")):
        found.setdefault(number, []).append(event_of(bytes(leaf)))
    return found


def earlier_logs(project_id: int) -> list[EarlierLog]:
    """The logs that tell of a project before it was moved here, oldest first."""
    return list(db.session.scalars(select(EarlierLog).where(EarlierLog.project_id == project_id).order_by(EarlierLog.number)))


def entries_of_earlier(earlier_id: int) -> list[EarlierEntry]:
    """The entries of one earlier log, oldest first."""
    return list(db.session.scalars(select(EarlierEntry).where(EarlierEntry.earlier_id == earlier_id).order_by(EarlierEntry.seq)))


def events_of_earlier(project_id: int, number: int, *, page: int = 1, per_page: int = 50) -> tuple[list[Event], int]:
    """A page of what an earlier log says of the project, newest first, and how many entries there are."""
    of_it = (EarlierLog.project_id == project_id, EarlierLog.number == number)
    wanted = select(EarlierEntry.leaf).join(EarlierLog, EarlierLog.id == EarlierEntry.earlier_id).where(*of_it)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    leaves = db.session.scalars(
        wanted.order_by(EarlierEntry.seq.desc()).limit(per_page).offset((page - 1) * per_page)
    )
    return [event_of(bytes(leaf)) for leaf in leaves], total


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


def people_who(act: str, object_type: str, object_ids: Sequence[int]) -> dict[int, set[int]]:
    """{person id: object ids} of everybody who ever did `act` to one of these records, whoever did it last."""
    here = select(Entry.object_id, Entry.leaf, null()).where(
        Entry.object_type == object_type, Entry.object_id.in_(object_ids), Entry.act == act
    )
    before = select(EarlierEntry.object_id, EarlierEntry.leaf, EarlierEntry.person_id).where(
        EarlierEntry.object_type == object_type, EarlierEntry.object_id.in_(object_ids), EarlierEntry.act == act,
        EarlierEntry.person_id.is_not(None),
    )
    found: dict[int, set[int]] = {}
    rows: Sequence[Any] = db.session.execute(union_all(here, before)).all()
    for each in rows:
        found.setdefault(each[2] or json.loads(each[1])["person"], set()).add(int(each[0]))
    return found


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
    """Check every entry, the log's head, every checkpoint (also those kept outside the database) and every pinned row.

    Past a broken entry nothing more can be said about rows: what pinned them is not to be trusted. It only reads:
    nobody waits for the write lock meanwhile.
    """
    with reading():
        return _verify(keys)


def _verify(keys: Path) -> Verdict:
    faults: list[str] = []
    frontier, pinned, roots = log.Frontier(), {}, {0: log.EMPTY_ROOT}
    private = _private_values()
    for seq, columns in _entries():
        leaf, fault = _checked_entry(seq, frontier.size + 1, columns, frontier)
        if fault:
            faults.append(fault)
            break
        roots[seq] = columns["root"]
        faults += _faults_of_private_values(seq, leaf, private.get(seq, ()))
        pinned.update({name: (digest, seq) for name, digest in leaf["rows"].items()})
    is_whole = not faults
    if is_whole:
        faults += _faults_of_head(frontier)
    inside, outside = _checkpoints(keys)
    faults += _faults_of_checkpoints(inside + outside, roots, keys, is_whole=is_whole)
    rows, row_faults = _faults_of_rows(pinned) if is_whole else (0, [])
    return Verdict(
        entries=frontier.size,
        rows=rows,
        checkpoints=len(inside),
        faults=tuple(faults + row_faults),
        root=frontier.root().hex(),
    )


def _entries() -> Iterator[tuple[int, dict[str, Any]]]:
    """The columns as they are stored: a tampered file may hold text where bytes belong."""
    wanted = text("SELECT seq, leaf, root, act, object_type, object_id, project FROM trail_entry ORDER BY seq")
    with db.session.execute(wanted.execution_options(yield_per=2000)) as rows:
        for row in rows.mappings():
            yield int(row["seq"]), {**row, "leaf": _bytes(row["leaf"]), "root": _bytes(row["root"])}


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value or b"")


def _checked_entry(
    seq: int, expected: int, columns: dict[str, Any], frontier: log.Frontier
) -> tuple[dict[str, Any], str]:
    """The entry's sealed content, and what is wrong with it."""
    if seq != expected:
        return {}, f"entry {expected} is missing: the next one stored is {seq}"
    frontier.append(log.leaf_hash(columns["leaf"]))
    if frontier.root() != columns["root"]:
        return (
            {},
            f"entry {seq} was changed after it was written: its content does not lead to the root recorded with it",
        )
    try:
        leaf = log.parse_canonical(columns["leaf"])
        said = {name: leaf[name] for name in ("act", "project", "object", "seq")}
        leaf["rows"].items(), leaf["new"].items()
    except (log.LogError, KeyError, TypeError, AttributeError):
        return {}, f"entry {seq} was changed after it was written: its content is not that of an entry"
    stored = {
        "act": columns["act"],
        "project": columns["project"],
        "object": f"{columns['object_type']}:{columns['object_id']}",
        "seq": seq,
    }
    for name, value in said.items():
        if stored[name] != value:
            return (
                leaf,
                f"entry {seq} was changed after it was written: {name} says “{stored[name]}”, the sealed content “{value}”",
            )
    return leaf, ""


def _private_values() -> dict[int, list[PrivateValue]]:
    found: dict[int, list[PrivateValue]] = {}
    for value in db.session.scalars(select(PrivateValue).order_by(PrivateValue.id)):
        found.setdefault(value.seq, []).append(value)
    return found


def _faults_of_private_values(seq: int, leaf: dict[str, Any], values: Sequence[PrivateValue]) -> list[str]:
    """A value that is still kept must be the one whose salted hash was sealed; an erased one leaves the hash alone."""
    return [
        f"entry {seq} was changed after it was written: its private value “{each.field}” is not the one that was sealed"
        for each in values
        if leaf["new"].get(each.field) != salted(each.value, each.salt)
    ]


def _faults_of_head(frontier: log.Frontier) -> list[str]:
    head = db.session.execute(text("SELECT size, frontier FROM trail_head WHERE id = 1")).first()
    if head is None:
        return [] if frontier.size == 0 else ["the head of the log is missing"]
    if head[0] > frontier.size:
        return [f"entry {frontier.size + 1} is missing: the log's head counts {head[0]} entries"]
    if _bytes(head[1]) != frontier.to_bytes() or head[0] != frontier.size:
        return [f"the head of the log does not agree with its {frontier.size} entries"]
    return []


def _checkpoints(keys: Path) -> tuple[list[str], list[str]]:
    inside = [str(note) for note in db.session.scalars(select(Checkpoint.note).order_by(Checkpoint.id))]
    file = keys / "checkpoints.txt"
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    # A signed note is three lines, an empty one and its signature; the file parts notes by an empty line.
    lines = kept.split("\n")
    outside = ["\n".join(lines[at : at + 5]) + "\n" for at in range(0, len(lines) - 1, 6)]
    return inside, outside


def _faults_of_checkpoints(notes: Sequence[str], roots: dict[int, bytes], keys: Path, *, is_whole: bool) -> list[str]:
    """Compare the log with what was signed, oldest first; the first difference tells between which entries it lies."""
    if not notes:
        return []
    try:
        vkey = log.load_key(keys / "trail.key").vkey
    except (OSError, log.LogError) as error:
        return [f"the signing key cannot be read, so that checkpoints cannot be checked: {error}"]
    signed, faults = [], []
    for note in dict.fromkeys(notes):
        try:
            signed.append(log.parse_and_verify_checkpoint(note, vkey))
        except log.LogError as error:
            faults.append(f"a checkpoint does not verify: {error}")
    size, good = max(roots), 0
    for each in sorted(signed, key=lambda one: one.size):
        if each.size > size:
            return (
                [*faults, f"entry {size + 1} is missing: a signed checkpoint counts {each.size} entries"]
                if is_whole
                else faults
            )
        if roots[each.size] != each.root:
            return [
                *faults,
                f"an entry from {good + 1} to {each.size} was changed: the log differs from its signed checkpoint",
            ]
        good = each.size
    return faults


def _faults_of_rows(pinned: dict[str, tuple[str, int]]) -> tuple[int, list[str]]:
    """Compare every watched row with the state that its last entry pinned."""
    count, faults = 0, []
    for model in _watched():
        seen = set()
        for number, digest in _digests(model):
            name = f"{model.__tablename__}:{number}"
            seen.add(name)
            count += 1
            pin, seq = pinned.get(name, ("", 0))
            if not seq:
                faults.append(f"{name} stands in the database without any entry in the trail")
            elif digest != pin:
                faults.append(f"{name} was changed after entry {seq}, which recorded it")
        gone = [name for name in pinned if name.startswith(f"{model.__tablename__}:") and name not in seen]
        faults += [f"{name} is gone from the database; entry {pinned[name][1]} recorded it" for name in gone]
    return count, faults


def _digests(model: type[Base]) -> Iterator[tuple[int, str]]:
    """(number, digest of its state) of every row; an empty digest for one that cannot even be read any more."""
    key = inspect(model).primary_key[0]
    anew = select(model).order_by(key).execution_options(populate_existing=True)
    try:
        yield from [(row.id, state_digest(row_state(row))) for row in db.session.scalars(anew)]  # type: ignore[attr-defined]
    except (ValueError, TypeError, LookupError):
        for number in db.session.scalars(select(key).order_by(key)).all():
            yield number, _digest_or_nothing(model, number)


def _digest_or_nothing(model: type[Base], number: int) -> str:
    try:
        return state_digest(row_state(db.session.get_one(model, number)))
    except (ValueError, TypeError, LookupError):
        return ""


def _watched() -> list[type[Base]]:
    classes = (mapper.class_ for mapper in Base.registry.mappers)
    return sorted((each for each in classes if each.__watched__), key=lambda each: str(each.__tablename__))
