"""A received table: text cells and the line of each record; and the CSV writer that spreadsheets may open."""
from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# What a spreadsheet takes for a formula: the characters themselves, their full-width forms, and either after spaces.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\x00\uff1d\uff0b\uff0d\uff20]")
_MARKED = re.compile(r"'+\s*[=+\-@\t\r\x00\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True)
class Refusal:
    """A record that was left out, and why; `row` is the physical line on which it starts."""

    file: str
    row: int
    field: str
    value: str
    message: str

    def as_json(self) -> dict[str, object]:
        return {"file": self.file, "row": self.row, "field": self.field, "value": self.value, "message": self.message}


@dataclass(frozen=True)
class Record:
    """One record: its first physical line (the header is line 1) and its cells by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """What a connector received: nothing typed, nothing guessed, nothing dropped without being named."""

    name: str
    columns: tuple[str, ...]
    records: tuple[Record, ...]
    settings: Mapping[str, str | int] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()

    def content_hash(self) -> str:
        """SHA-256 over the cells themselves, so that the same content gives the same hash however it is stored."""
        digest = hashlib.sha256()
        for row in ([*self.columns], *([record.line, *self.values(record)] for record in self.records)):
            digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
            digest.update(b"\n")
        return digest.hexdigest()

    def values(self, record: Record) -> list[str]:
        return [record.cells[column] for column in self.columns]


def safe_cell(text: str) -> str:
    """The cell as a spreadsheet may open it; `plain_text` gives the original back."""
    return f"'{text}" if _FORMULA.match(text) or _MARKED.match(text) else text


def plain_text(cell: str) -> str:
    """A cell written by `safe_cell`, as it was before."""
    return cell[1:] if _MARKED.match(cell) else cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV in UTF-8 with comma, every cell safe for spreadsheets."""
    lines = ([_quoted(safe_cell("" if cell is None else str(cell))) for cell in line] for line in [header, *rows])
    return "".join(",".join(line) + "\n" for line in lines)


def _quoted(text: str) -> str:
    # Not csv.writer: with a plain line feed as its terminator it leaves a carriage return unquoted.
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text
