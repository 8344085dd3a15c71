"""Writes a pack as a workbook: typed columns, filters, frozen heads, locked ids, and no cell that could be run."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

from workbench.checklists.library import Crosswalk, Pack
from workbench.standards.formats import rows, toml
from workbench.standards.formats.rows import Column

LONGEST_CELL = 32_767  # characters, the limit of the file format
FIRST_ROW = 1
_CHOICES = {
    "bearing": ["yes", "no"], "title_origin": ["iso", "publisher", "ours"],
    "title_fr_origin": ["iso", "carried_over", "ours"], "grade": ["A", "B", "C"],
}  # fmt: skip
# Characters that a workbook does not bring back as they were, and what it takes for the name of a character.
_FRAGILE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_|^\s|\s$")
_READ_ME = (
    "This workbook holds one pack: its clauses and its questions.",
    "It can be changed and imported again as a new version: raise the version on the sheet “pack” first.",
    "Grey columns hold ids. Answers that were given hang on them: keep the id of a question as long as it asks the same.",
    "A list has one entry a line in its cell. A text in quotation marks from its first to its last sign is written as JSON.",
    "Every cell is text; a formula is never run, here or at the import.",
    "The sheet “crosswalks” is for reading: links to other packs are not read back.",
)


class TextTooLong(ValueError):
    """A text does not fit into a cell; the message names it."""


def write(pack: Pack, walks: Iterable[Crosswalk] = ()) -> bytes:
    """The pack as the bytes of an .xlsx file. TextTooLong names a text that a cell cannot hold."""
    document = toml.document(pack)
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
        "open": book.add_format({"text_wrap": True, "valign": "top", "num_format": "@", "locked": False}),
        "locked": book.add_format({"valign": "top", "num_format": "@", "bg_color": "#E8E8E8", "locked": True}),
    }
    book.set_properties({"title": pack.title.en or pack.title.fr})
    _sheet(book, formats, "pack", rows.HEAD, [document["pack"]])
    for name, columns, tables in _contents(pack, document):
        _sheet(book, formats, name, columns, tables)
    _crosswalks(book, formats, walks)
    about = book.add_worksheet("read-me")
    about.set_column(0, 0, 120, formats["open"])
    for number, line in enumerate(_READ_ME):
        about.write_string(number, 0, line, formats["open"])
    book.close()
    return stream.getvalue()


def _contents(pack: Pack, document: Mapping[str, Any]) -> list[tuple[str, Sequence[Column], list[dict[str, Any]]]]:
    groups = [
        {
            "grouping": each["key"], "title": each["title"], "group": group["key"], "group_title": group["title"],
            "refs": group["refs"],
        }
        for each in document.get("groupings", []) for group in each["groups"] or [{"key": "", "title": {}, "refs": []}]
    ]  # fmt: skip
    if pack.kind != "gates":
        return [
            ("clauses", rows.CLAUSES, document["clauses"]), ("items", rows.ITEMS, document["items"]),
            ("groupings", rows.GROUPINGS, groups),
        ]  # fmt: skip
    words = [
        {"vocabulary": name, "key": key, "words": said}
        for name, entries in document["vocabularies"].items() for key, said in entries.items()
    ]  # fmt: skip
    return [
        ("steps", rows.STEPS, document["steps"]), ("items", rows.GATE_ITEMS, document["items"]),
        ("vocabularies", rows.VOCABULARIES, words), ("groupings", rows.GROUPINGS, groups),
    ]  # fmt: skip


def _sheet(
    book: Any, formats: Mapping[str, Any], name: str, columns: Sequence[Column], tables: Sequence[Mapping[str, Any]]
) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(FIRST_ROW, 1)
    sheet.autofilter(0, 0, max(len(tables), 1), len(columns) - 1)
    sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True,
                       "insert_rows": True, "delete_rows": True})  # fmt: skip
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width, formats["locked" if column.locked else "open"])
        sheet.write_string(0, place, column.path, formats["head"])
        if column.path in _CHOICES:
            sheet.data_validation(
                FIRST_ROW, place, len(tables) + 1000, place, {"validate": "list", "source": _CHOICES[column.path]}
            )
    places = {column.path: place for place, column in enumerate(columns)}
    for number, table in enumerate(tables, start=FIRST_ROW):
        for column, value in rows.flat(table, columns):
            _cell(sheet, number, places[column.path], value, f"{name}, {column.path} of row {number + 1}")


def _crosswalks(book: Any, formats: Mapping[str, Any], walks: Iterable[Crosswalk]) -> None:
    columns = tuple(Column(name, width=width) for name, width in (
        ("from_pack", 18), ("from", 14), ("to_pack", 18), ("to", 14), ("strength", 12), ("relation", 12),
        ("note.en", 48), ("note.fr", 48),
    ))  # fmt: skip
    tables = [
        {"from_pack": walk.from_pack, "from": link.from_clause, "to_pack": walk.to_pack, "to": link.to_clause,
         "strength": link.strength, "relation": link.relation, "note": toml.text(link.note) if link.note else {}}
        for walk in walks for link in walk.links
    ]  # fmt: skip
    _sheet(book, formats, "crosswalks", columns, tables)


def _cell(sheet: Any, row: int, column: int, value: str, what: str) -> None:
    """Every cell is written as a string, so that one beginning with = is a text that begins with =."""
    shown = as_cell(value)
    if len(shown) > LONGEST_CELL:
        raise TextTooLong(f"{what} has {len(shown):,} characters; a cell holds {LONGEST_CELL:,}")
    sheet.write_string(row, column, shown)


def as_cell(value: str) -> str:
    """A text as a cell holds it: as JSON where a workbook would not give it back exactly."""
    quoted = len(value) > 1 and value.startswith('"') and value.endswith('"')
    return json.dumps(value) if quoted or _FRAGILE.search(value) else value


def of_cell(cell: str) -> str:
    """The text that a cell holds."""
    if len(cell) > 1 and cell.startswith('"') and cell.endswith('"'):
        try:
            found = json.loads(cell)
        except ValueError:
            return cell
        return found if isinstance(found, str) else cell
    return cell
