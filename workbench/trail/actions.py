"""The only writer of the trail: record an entry, sign a checkpoint."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text, update

from workbench import clock
from workbench.database import Base, db
from workbench.trail import log
from workbench.trail.models import Checkpoint, Entry, Head, PrivateValue
from workbench.trail.queries import row_state
from workbench.trail.rules import ORIGIN, REQUEST, Actor, plain, salted, state_digest

_LOCK = 0x6E696E65  # the advisory lock that lets one transaction at a time append on PostgreSQL
# The statements that every entry needs, built once and on the table itself: building them took a third of the writing.
_HEAD = Base.metadata.tables[Head.__tablename__]
_READ_HEAD = select(_HEAD.c.size, _HEAD.c.frontier).where(_HEAD.c.id == 1)
_MOVE_HEAD = update(_HEAD).where(_HEAD.c.id == 1)


def record(
    act: str,
    subject: Base,
    *,
    by: Actor,
    project: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    evidence: Sequence[str] = (),
    private: Mapping[str, str] | None = None,
    also: Sequence[Base] = (),
) -> Entry:
    """Append one entry about `subject` in the transaction at hand, after flushing the change it tells of.

    `act` is past tense; `before` and `after` are what changed; `evidence` lists SHA-256 digests; values in `private`
    enter as salted hashes with the value beside the log. `also` names further rows the same act wrote, whose state is
    pinned too. Raises StaleDataError where the subject was changed by somebody else meanwhile.
    """
    db.session.flush()
    session = db.session()
    size, frontier = _head()
    seq = size + 1
    salts = {name: secrets.token_hex(16) for name in private or {}}
    hidden = {name: salted(value, salts[name]) for name, value in (private or {}).items()}
    kind, number = subject.__tablename__, int(getattr(subject, "id", 0) or 0)
    leaf = log.canonical(
        {
            "seq": seq,
            "at": clock.now().isoformat(),
            "person": by.id,
            "name": by.name,
            "act": act,
            "object": f"{kind}:{number}",
            "project": project,
            "old": plain(dict(before or {})),
            "new": plain({**(after or {}), **hidden}),
            "reason": reason,
            "request": REQUEST.get(),
            "evidence": list(evidence),
            "rows": {_name(row): _digest(row) for row in (subject, *also)},
        }
    )
    frontier.append(log.leaf_hash(leaf))
    entry = Entry(
        seq=seq, leaf=leaf, root=frontier.root(), act=act, object_type=kind, object_id=number, project=project
    )
    db.session.add(entry)
    db.session.flush()
    db.session.execute(_MOVE_HEAD, {"size": seq, "frontier": frontier.to_bytes()})
    db.session.add_all(
        PrivateValue(seq=seq, field=name, salt=salts[name], value=value) for name, value in (private or {}).items()
    )
    session.info["entries"] = session.info.get("entries", 0) + 1
    return entry


def _name(row: Base) -> str:
    return f"{row.__tablename__}:{getattr(row, 'id', 0)}"


def _digest(row: Base) -> str:
    return state_digest(row_state(row))


def _head() -> tuple[int, log.Frontier]:
    """The log's right edge, locked against other writers until this transaction ends."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    found = db.session.execute(_READ_HEAD).first()
    if found is None:
        db.session.execute(insert(Head).values(id=1, size=0, frontier=log.Frontier().to_bytes()))
        return 0, log.Frontier()
    return int(found[0]), log.Frontier.from_bytes(bytes(found[1]))


def checkpoint(*, keys: Path, reason: str) -> Checkpoint:
    """Sign the log as it stands (after flushing). An equal checkpoint that exists already is given back.

    The signed note is also appended to `checkpoints.txt` beside the key, outside the database: what was cut off or
    rewritten before that point is found by `trail verify`.
    """
    db.session.flush()
    size, frontier = _head()
    last = db.session.scalars(select(Checkpoint).order_by(Checkpoint.id.desc()).limit(1)).first()
    if last is not None and last.size == size:
        return last
    note = log.sign_checkpoint(signing_key(keys), size, frontier.root())
    made = Checkpoint(size=size, note=note, reason=reason, at=clock.now())
    db.session.add(made)
    db.session.flush()
    session = db.session()
    session.info.setdefault("notes", []).append((keys / "checkpoints.txt", note))
    return made


def publish_checkpoints() -> None:
    """After the commit: append the new checkpoints to the file outside the database."""
    for file, note in db.session().info.pop("notes", []):
        with file.open("a", encoding="utf-8") as stream:
            stream.write(note + "\n")


def signing_key(keys: Path) -> log.SigningKey:
    """The installation's signing key, made on first use; its name carries a random part so that keys can be told apart."""
    file = keys / "trail.key"
    if not file.exists():
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        log.save_key(log.generate_key(f"{ORIGIN}-{secrets.token_hex(4)}"), file)
    return log.load_key(file)
