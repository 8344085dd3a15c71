"""A database of a moderate size, written in bulk: projects with answered checklists, evidence, and a true trail."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Table

from workbench import clock
from workbench.app import create_app
from workbench.checklists import library
from workbench.checklists.rules import GATES_PACK, AnswerState
from workbench.config import Settings
from workbench.database import Base, db, upgrade
from workbench.trail import log
from workbench.trail.rules import state_digest

BIG = "iso9001_2026"  # the checklist whose page is measured: every item answered, with two pieces of evidence
PER_PROJECT, PIECES, BATCH = 100, 5, 20_000
STATES = (AnswerState.CONFORM, AnswerState.CONFORM, AnswerState.PARTLY, AnswerState.NOT_APPLICABLE, AnswerState.MINOR)
WATCHED = {str(mapper.class_.__tablename__) for mapper in Base.registry.mappers if mapper.class_.__watched__}
ENTRY = ("seq", "leaf", "root", "act", "object_type", "object_id", "project")


@dataclass(frozen=True)
class Made:
    """The generated installation: the data folder, the checklist to look at, and how much there is."""

    home: Path
    reader: str  # the sign-in key of a quality lead, who sees every project
    key: str
    checklist_id: int
    items: tuple[str, ...]
    projects: int
    answers: int
    entries: int


def application(home: Path) -> Flask:
    """The product on this data folder, as it is deployed."""
    return create_app(Settings(home=home, sign_in_limit="1000 per minute"))


def make(home: Path, *, projects: int) -> Made:
    """Write the database. Everything `workbench trail verify` checks is true: entries, head, and the rows they pin."""
    app = application(home)
    with app.app_context():
        upgrade(db.engine)
        with db.engine.begin() as connection:
            made = _Writer(connection, projects).write(home)
        db.session.remove()
        db.engine.dispose()
    return made


class _Writer:
    """Writes the tables one after another and gathers what the trail must say about them."""

    def __init__(self, connection: Connection, projects: int) -> None:
        self.connection, self.projects = connection, projects
        self.now = clock.now() - timedelta(days=30)
        self.frontier = log.Frontier()
        self.answer_ids, self.link_ids = itertools.count(1), itertools.count(1)
        self.answers = 0

    def write(self, home: Path) -> Made:
        numbers, big = range(1, self.projects + 1), self.projects + 1
        self._insert_pinned("person", list(self._persons()))
        self._insert_pinned("project", [self._project(number) for number in numbers])
        self._insert_pinned("checklist", [self._checklist(number, GATES_PACK, number) for number in numbers])
        self._insert_pinned("checklist", [self._checklist(big, BIG, self.projects)])
        for first in range(1, self.projects + 1, 100):
            numbers = range(first, min(first + 100, self.projects + 1))
            self._evidence(numbers)
            self._answers(numbers, big if self.projects in numbers else 0)
        self.connection.execute(
            _table("trail_head").insert(), {"id": 1, "size": self.frontier.size, "frontier": self.frontier.to_bytes()}
        )
        self.connection.exec_driver_sql("ANALYZE")
        items = tuple(item.key for item in library.pack(BIG).items)
        return Made(home, "reader", _key(self.projects), big, items, self.projects, self.answers, self.frontier.size)

    def _insert(self, name: str, rows: Any) -> None:
        table = _table(name)
        waiting = iter(rows)
        while batch := list(itertools.islice(waiting, BATCH)):
            self.connection.execute(table.insert(), batch)

    def _insert_pinned(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Rows with an entry each; counters that derive from other rows are not pinned, as in the product."""
        self._insert(name, rows)
        derived = {column.name for column in _table(name).columns if column.info.get("derived")}
        states = [{field: value for field, value in row.items() if field not in derived} for row in rows]
        self._record([("noted", name, row["id"], 1, {}, {f"{name}:{row['id']}": row}) for row in states])

    def _persons(self) -> Iterator[dict[str, Any]]:
        for number in range(1, 21):
            yield {
                "id": number, "name": f"Person {number}", "email": f"person{number}@example.test", "password": "!",
                "role": "quality_lead" if number == 1 else "contributor", "language": "en", "theme": "",
                "active": True, "fs_uniquifier": "reader" if number == 1 else f"person-{number}",
                "created_at": self.now, "version": 1,
            }  # fmt: skip

    def _project(self, number: int) -> dict[str, Any]:
        return {
            "id": number, "key": _key(number), "name": f"Supplier usage to client invoices, site {number}",
            "purpose": "One bill a month that nobody has to check twice.", "scope": "Billing", "out_of_scope": "",
            "confidentiality": "internal", "state": "open", "current_step": 1 + number % 9, "steps_passed": number % 9,
            "opened_at": self.now, "opened_by_id": 1, "version": 1,
        }  # fmt: skip

    def _checklist(self, checklist_id: int, pack_id: str, project_id: int) -> dict[str, Any]:
        pack = library.pack(pack_id)
        answered = len(pack.items) if pack_id == BIG else PER_PROJECT
        counts = {state.value: 0 for state in AnswerState} | {"not_checked": len(pack.items) - answered}
        for at in range(answered):
            counts[STATES[at % len(STATES)].value] += 1
        return {
            "id": checklist_id, "project_id": project_id, "pack_id": pack_id, "pack_version": pack.version,
            "pack_digest": pack.digest, "total": len(pack.items), "counts": counts, "started_at": self.now,
            "started_by_id": 1,
        }  # fmt: skip

    def _evidence(self, numbers: Sequence[int]) -> None:
        pieces, versions, entries = [], [], []
        for project, at in itertools.product(numbers, range(PIECES)):
            number = (project - 1) * PIECES + at + 1
            pieces.append({
                "id": number, "project_id": project, "number": at + 1, "title": f"Minutes of meeting {at + 1}",
                "kind": "file", "state": "current", "owner_id": 1, "valid_until": None, "withdrawn_reason": "",
                "version": 1,
            })  # fmt: skip
            version = {
                "id": number, "evidence_id": number, "number": 1, "sha256": f"{number:064x}", "size": 1200,
                "media_type": "text/plain", "filename": f"minutes-{at + 1}.txt", "url": "", "note": "",
                "added_at": self.now, "added_by_id": 1,
            }  # fmt: skip
            versions.append(version)
            rows = {f"evidence:{number}": pieces[-1], f"evidence_version:{number}": version}
            entries.append(("evidence_added", "evidence", number, project, {}, rows))
        self._insert("evidence", pieces)
        self._insert("evidence_version", versions)
        self._record(entries)

    def _answers(self, numbers: Sequence[int], big: int) -> None:
        answers, links, entries = [], [], []
        gates = library.pack(GATES_PACK).items[:PER_PROJECT]
        wanted = [(project, project, gates, 1) for project in numbers]
        if big:
            wanted.append((self.projects, big, library.pack(BIG).items, 2))
        for project, checklist_id, items, pieces in wanted:
            for at, item in enumerate(items):
                answer = self._answer(next(self.answer_ids), checklist_id, item, at)
                answers.append(answer)
                for piece in range(pieces):
                    evidence_id = (project - 1) * PIECES + (at + piece) % PIECES + 1
                    links.append({"id": next(self.link_ids), "answer_id": answer["id"], "evidence_id": evidence_id})
                said = {"checklist": GATES_PACK, "item": item.key, "state": answer["state"], "note": answer["note"]}
                rows = {f"answer:{answer['id']}": answer}
                rows |= {f"answer_evidence:{link['id']}": link for link in links[-pieces:]}
                entries.append(("item_answered", "answer", answer["id"], project, said, rows))
        self.answers += len(answers)
        self._insert("answer", answers)
        self._insert("answer_evidence", links)
        self._record(entries)

    def _answer(self, answer_id: int, checklist_id: int, item: library.Item, at: int) -> dict[str, Any]:
        return {
            "id": answer_id, "checklist_id": checklist_id, "item_key": item.key, "step": item.step or 0,
            "state": STATES[at % len(STATES)].value, "note": f"Seen in the meeting of week {at % 10 + 1}, with the team.",
            "answered_by_id": 1 + at % 20, "answered_at": self.now, "version": 1,
        }  # fmt: skip

    def _record(self, entries: list[tuple[str, str, int, int, dict[str, Any], dict[str, dict[str, Any]]]]) -> None:
        rows = []
        for act, kind, number, project, said, pinned in entries:
            seq, key = self.frontier.size + 1, _key(project)
            leaf = log.canonical({
                "seq": seq, "at": self.now.isoformat(), "person": 1, "name": "Person 1", "act": act,
                "object": f"{kind}:{number}", "project": key, "old": {}, "new": said, "reason": "",
                "request": "0123456789ab", "evidence": [],
                "rows": {name: _digest(state) for name, state in pinned.items() if name.partition(":")[0] in WATCHED},
            })  # fmt: skip
            self.frontier.append(log.leaf_hash(leaf))
            rows.append(dict(zip(ENTRY, (seq, leaf, self.frontier.root(), act, kind, number, key), strict=True)))
        self._insert("trail_entry", rows)


def _key(number: int) -> str:
    return f"BEN-{number}"


def _digest(row: dict[str, Any]) -> str:
    """The digest that the trail pins; what is NULL does not count."""
    return state_digest({name: value for name, value in row.items() if value is not None})


def _table(name: str) -> Table:
    return Base.metadata.tables[name]
