"""The answers of a checklist as a workbook: writing one, and reading back what somebody made of it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

from workbench.checklists.rules import NEEDS_NOTE, AnswerState
from workbench.web.workbook_child import cell_name
from workbench.web.workbooks import Table

# The locked columns, then the open ones. `revision` is the version of the answer that was exported, 0 for none.
LOCKED = ("item", "clause", "question", "guidance", "expected", "revision")
OPEN = ("answer", "note", "evidence")
COLUMNS = (*LOCKED, *OPEN)
WIDTHS = {"item": 12, "clause": 10, "question": 48, "guidance": 36, "expected": 30, "revision": 9}
WIDTHS |= {"answer": 24, "note": 48, "evidence": 18}
ABOUT, BASE = "ninefold", "base"  # the hidden sheets: what the file belongs to, and the answers as they were exported
FORMAT = "answers 1"
MOST_ROWS = 5_000
LONGEST_NOTE, MOST_LINES = 20_000, 500
Answered = tuple[str, str, tuple[str, ...]]  # state, note, codes of the evidence
_MARKS = re.compile("[\u0300-\u036f]{9,}")


@dataclass(frozen=True)
class Line:
    """One item as it stands in the sheet; `state` is an AnswerState, `evidence` the codes."""

    item: str
    clause: str
    question: str
    guidance: str
    expected: str
    revision: int
    state: str
    note: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """One row that is not read: which, why, and the value or cell that is meant."""

    code: str
    row: int
    item: str = ""
    value: str = ""


@dataclass(frozen=True)
class Change:
    """One row that differs from what was exported: how it was then (the base), and how it is in the file."""

    row: int
    item: str
    revision: int
    base_state: str
    base_note: str
    base_evidence: tuple[str, ...]
    state: str
    note: str
    evidence: tuple[str, ...]


@dataclass
class Sheet:
    """What a file says: the rows that differ, those that cannot be read, and what was altered though it is locked."""

    changes: list[Change] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[Fault] = field(default_factory=list)
    unchanged: int = 0


class NotOurs(Exception):
    """The file as a whole cannot be read: `code` says why (not_ours, no_column), `value` names what is missing."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(code)
        self.code, self.value = code, value


def write(
    lines: Iterable[Line], *, about: Mapping[str, str], title: str, heads: Mapping[str, str], words: Mapping[str, str]
) -> bytes:
    """The workbook. `heads` are the headings by column, `words` the answers by state; every cell is a text."""
    stream, rows = io.BytesIO(), list(lines)
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet, base, facts = (book.add_worksheet(name) for name in (title, BASE, ABOUT))
        _write_answers(book, sheet, rows, heads, words)
        for number, line in enumerate(rows):
            _texts(base, number, (line.item, str(line.revision), line.state, line.note, " ".join(line.evidence)))
        kept = {"format": FORMAT, "sheet": title, **about}
        for number, pair in enumerate(kept.items()):
            _texts(facts, number, pair)
        for number, word in enumerate(words.values()):
            facts.write_string(number, 3, word)
        base.hide()
        facts.hide()
    return stream.getvalue()


def _texts(sheet: Any, row: int, values: Sequence[str]) -> None:
    for column, value in enumerate(values):
        sheet.write_string(row, column, value)


def _write_answers(
    book: Any, sheet: Any, rows: Sequence[Line], heads: Mapping[str, str], words: Mapping[str, str]
) -> None:
    text = {"num_format": "@", "text_wrap": True, "valign": "top"}  # typed into such a cell, "=1+1" stays a text
    head = book.add_format({**text, "bold": True, "bg_color": "#DDE5EC", "bottom": 1})
    locked = book.add_format({**text, "bg_color": "#F3F3F0"})
    opened = book.add_format({**text, "locked": False, "border": 1, "border_color": "#B9C4CE"})
    for column, name in enumerate(COLUMNS):
        sheet.set_column(column, column, WIDTHS[name])
        sheet.write_string(0, column, heads[name], head)
    for number, line in enumerate(rows, start=1):
        told = (line.item, line.clause, line.question, line.guidance, line.expected, str(line.revision))
        typed = (words[line.state], line.note, " ".join(line.evidence))
        for column, value in enumerate((*told, *typed)):
            sheet.write_string(number, column, value, locked if column < len(LOCKED) else opened)
    last = max(len(rows), 1)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    choices = {"validate": "list", "source": f"={ABOUT}!$D$1:$D${len(words)}"}
    sheet.data_validation(1, COLUMNS.index("answer"), last, COLUMNS.index("answer"), choices)
    sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def about(tables: Mapping[str, Table]) -> dict[str, str]:
    """What a file belongs to. Raises NotOurs where it is no workbook of answers."""
    found = {row[0]: row[1] for row in tables[ABOUT].rows if len(row) > 1} if ABOUT in tables else {}
    if found.get("format") != FORMAT or found.get("sheet") not in tables or BASE not in tables:
        raise NotOurs("not_ours")
    return found


def read(
    tables: Mapping[str, Table], lines: Mapping[str, Line], *, heads: Mapping[str, str], words: Mapping[str, str]
) -> Sheet:
    """What was changed since the export.

    `lines` are the items of the checklist as the file was given them; `heads` is {heading in small letters: column} and
    `words` {answer in small letters: state}, in every language. Raises NotOurs where a column is missing.
    """
    table = tables[about(tables)["sheet"]]
    columns = _columns(table, heads)
    base = {row[0]: _base(row) for row in tables[BASE].rows if row and row[0]}
    rows = {number: _named(row, columns) for number, row in enumerate(table.rows) if number and any(row)}
    seen: dict[str, int] = {}
    for row in rows.values():
        seen[row["item"]] = seen.get(row["item"], 0) + 1
    sheet = Sheet()
    for number, row in rows.items():
        item = row["item"]
        spoilt = [cell_name(number, columns[name]) for name in OPEN if cell_name(number, columns[name]) in table.formulas]
        fault = _unknown(number + 1, row, spoilt, lines, base, seen)
        if fault is None:
            _read_row(sheet, number + 1, row, lines[item], base[item], words)
        else:
            sheet.faults.append(fault)
    return sheet


def _columns(table: Table, heads: Mapping[str, str]) -> dict[str, int]:
    first = table.rows[0] if table.rows else ()
    found = {heads[cell.strip().casefold()]: at for at, cell in enumerate(first) if cell.strip().casefold() in heads}
    missing = [name for name in COLUMNS if name not in found]
    if missing:
        raise NotOurs("no_column", missing[0])
    return found


def _named(row: Sequence[str], columns: Mapping[str, int]) -> dict[str, str]:
    named = {name: _plain(row[at]) if at < len(row) else "" for name, at in columns.items()}
    return named | {"item": named["item"].strip()}


def _plain(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\x00", "")


def _base(row: Sequence[str]) -> tuple[int, str, str, tuple[str, ...]]:
    revision, state, note, codes = (*row[1:], "", "", "", "")[:4]
    known = state if state in set(AnswerState) else AnswerState.NOT_CHECKED.value
    return int(revision) if revision.isdecimal() else 0, known, _plain(note), tuple(codes.split())


def _unknown(
    number: int,
    row: Mapping[str, str],
    spoilt: Sequence[str],
    lines: Mapping[str, Line],
    base: Mapping[str, Any],
    seen: Mapping[str, int],
) -> Fault | None:
    item = row["item"]
    if not item:
        return Fault("no_item", number)
    if item not in lines or item not in base:
        return Fault("unknown_item", number, item[:40], item[:40])
    if seen[item] > 1:
        return Fault("twice", number, item)
    return Fault("formula", number, item, ", ".join(spoilt)) if spoilt else None


def _read_row(
    sheet: Sheet, number: int, row: Mapping[str, str], line: Line, base: tuple[int, str, str, tuple[str, ...]],
    words: Mapping[str, str],
) -> None:
    item, revision, before = row["item"], base[0], base[1:]
    told = {"clause": line.clause, "question": line.question, "guidance": line.guidance, "expected": line.expected}
    told |= {"revision": str(revision)}
    altered = [name for name, value in told.items() if row[name].strip() != _plain(value).strip()]
    sheet.remarks.extend(Fault("altered", number, item, name) for name in altered)
    typed = row["answer"].strip()
    state = words.get(typed.casefold(), "") if typed else AnswerState.NOT_CHECKED.value
    after = (state, row["note"], tuple(dict.fromkeys(code.upper() for code in row["evidence"].split())))
    if not state:
        sheet.faults.append(Fault("answer_word", number, item, typed[:60]))
    elif _is_same(before, after):
        sheet.unchanged += 1
    elif code := _bad_note(state, row["note"]):
        sheet.faults.append(Fault(code, number, item))
    else:
        sheet.changes.append(Change(number, item, revision, *before, *after))


def _is_same(before: Answered, after: Answered) -> bool:
    return before[:2] == after[:2] and set(before[2]) == set(after[2])


def _bad_note(state: str, note: str) -> str:
    if state in NEEDS_NOTE and not note.strip():
        return "note_due"
    if len(note) > LONGEST_NOTE or note.count("\n") > MOST_LINES or _MARKS.search(note):
        return "note_too_long"
    return ""
