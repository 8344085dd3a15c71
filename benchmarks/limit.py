"""The limit: the same rows by raw SQL, written with f-strings. No framework, no escaping of what needs none, no rights."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path

from workbench.checklists import library
from workbench.checklists.library import Item

Start = Callable[..., object]
Pieces = dict[int, list[tuple[int, int]]]
Row = tuple[str, int, str, str, str, str, int]
HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{0}</title></head><body><h1>{0}</h1>'
STATES = ("conform", "partly", "minor", "major", "opportunity", "not_applicable", "not_checked")
PROJECTS = "SELECT key, name, state, current_step, steps_passed FROM project ORDER BY id DESC LIMIT 50"
ANSWERS = """
SELECT a.item_key, a.id, a.state, a.note, p.name, a.answered_at, a.version FROM answer a
JOIN person p ON p.id = a.answered_by_id WHERE a.checklist_id = ?
"""
PIECES = """
SELECT l.answer_id, e.id, e.number FROM answer_evidence l JOIN evidence e ON e.id = l.evidence_id
JOIN answer a ON a.id = l.answer_id WHERE a.checklist_id = ?
"""


class Limit:
    """A WSGI application that answers two pages as fast as this machine can with Python and SQLite."""

    def __init__(self, file: Path, pack_id: str, checklist_id: int) -> None:
        self.connection = sqlite3.connect(file, check_same_thread=False)
        self.items, self.checklist_id = library.pack(pack_id).items, checklist_id

    def __call__(self, environment: dict[str, str], start: Start) -> Iterable[bytes]:
        """The page at this address; ?count=15 takes the first items only."""
        count = int(environment["QUERY_STRING"].partition("count=")[2] or "1000")
        page = self.projects() if environment["PATH_INFO"] == "/projects" else self.checklist(count)
        start("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [page.encode()]

    def projects(self) -> str:
        """Fifty projects with their steps passed."""
        total = self.connection.execute("SELECT count(*) FROM project").fetchone()[0]
        rows = "".join(
            f'<tr><th scope="row" data-label="Key"><a href="/projects/{key}/">{key}</a></th>'
            f'<td data-label="Name">{escape(name)}</td><td data-label="State"><span class="status st-{state}">{state}</span></td>'
            f'<td data-label="Step">step {step}</td><td data-label="Steps passed">'
            f'<progress max="9" value="{passed}">{passed}</progress> {passed} of 9</td></tr>'
            for key, name, state, step, passed in self.connection.execute(PROJECTS)
        )
        return f"{HEAD.format('Projects')}<p>{total} projects</p><table><tbody>{rows}</tbody></table></body></html>"

    def checklist(self, count: int) -> str:
        """The items with their answers and evidence."""
        answers = {row[0]: row for row in self.connection.execute(ANSWERS, (self.checklist_id,))}
        pieces: Pieces = {}
        for answer_id, evidence_id, number in self.connection.execute(PIECES, (self.checklist_id,)):
            pieces.setdefault(answer_id, []).append((evidence_id, number))
        rows = "".join(self._item(item, answers.get(item.key), pieces) for item in self.items[:count])
        return f"{HEAD.format('Checklist')}{rows}</body></html>"

    def _item(self, item: Item, answer: Row | None, pieces: Pieces) -> str:
        _key, answer_id, state, note, name, at, version = answer or (item.key, 0, "not_checked", "", "", "", 0)
        choices = "".join(
            f'<label class="st-{each}"><input type="radio" name="state" value="{each}"{" checked" if each == state else ""}>'
            f"<span>{each}</span></label>"
            for each in STATES
        )
        chips = "".join(
            f'<a class="chip" href="/evidence/{found}">E-{number}</a>' for found, number in pieces.get(answer_id, ())
        )
        guidance = escape(item.guidance.en) if item.guidance else ""
        hints = escape(", ".join(each.en for each in item.expected_evidence))
        return (
            f'<article id="item-{item.key}"><h3>{item.key} {escape(item.question.en)}</h3><details><p>{guidance}</p><p>{hints}</p>'
            f'</details><form method="post" action="/answers/{answer_id}"><input type="hidden" name="version" value="{version}">'
            f'<fieldset>{choices}</fieldset><textarea name="note">{escape(note)}</textarea><button>Save</button></form>'
            f"<footer>{chips}<span>{escape(name)}, {at}</span></footer></article>"
        )
