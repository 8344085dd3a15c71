"""The archival PDF: set in one pass as PDF/A-3, then told to be PDF/UA too, with the report's tables attached as data."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pikepdf
from pikepdf import Array, AttachedFileSpec, Name

from workbench.reports.joining import Properties, describe, written

DATA = "report-data.json"
CLAIMS = {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
_SPACE = re.compile(r"\s+")


def archived(made: bytes, properties: Properties, data: bytes) -> bytes:
    """The file with its claims, its properties and its data. The engine has set output intent, tags and embedded fonts."""
    with pikepdf.open(io.BytesIO(made)) as pdf:
        describe(pdf, properties, CLAIMS)
        spec = AttachedFileSpec(
            pdf, data, filename=DATA, mime_type="application/json", description="The tables of this report",
            **_moments(properties.created),
        )  # fmt: skip
        spec.relationship = Name.Data
        pdf.attachments[DATA] = spec
        pdf.Root.AF = Array([pdf.attachments[DATA].obj])
        pdf.Root.PageLabels = pikepdf.Dictionary(Nums=Array([0, pikepdf.Dictionary(S=Name.D)]))
        return written(pdf)


def _moments(created: str) -> dict[str, str]:
    if not created:
        return {}
    moment = datetime.fromisoformat(created)
    written_as = f"D:{moment:%Y%m%d%H%M%S}Z"
    return {"creation_date": written_as, "mod_date": written_as}


def data_of(page: str) -> bytes:
    """Every table of a report's HTML as JSON: under which headings it stands, its caption, its heads, its rows.

    It is read from what is printed, so it holds nothing that the reader's level withholds.
    """
    reader = _Tables()
    reader.feed(page)
    reader.close()
    told = {"format": "ninefold-report-data/1", "title": reader.title, "tables": reader.tables}
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


class _Tables(HTMLParser):
    """Reads headings and tables of a page in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[dict[str, Any]] = []
        self.title = ""
        self.under: list[tuple[int, str]] = []
        self.words: list[str] | None = None
        self.table: dict[str, Any] | None = None
        self.row: list[str] | None = None
        self.is_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a heading, a table, a row or a cell."""
        if tag == "table":
            self.table = {"under": [text for _level, text in self.under], "caption": "", "heads": [], "rows": []}
        elif tag == "thead":
            self.is_head = True
        elif tag == "tr":
            self.row = []
        elif tag in ("h1", "h2", "h3", "h4", "title", "caption", "th", "td"):
            self.words = []
        elif tag == "br" and self.words is not None:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        """Words of what is open."""
        if self.words is not None:
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Take what was open."""
        text = _SPACE.sub(" ", "".join(self.words or ())).strip()
        if tag in ("h1", "h2", "h3", "h4"):
            level = int(tag[1])
            self.under = [each for each in self.under if each[0] < level] + [(level, text)]
        elif tag == "title":
            self.title = text
        elif tag == "caption" and self.table is not None:
            self.table["caption"] = text
        elif tag in ("th", "td") and self.row is not None:
            self.row.append(text)
        elif tag in ("tr", "thead", "table"):
            self._end(tag)
            return
        else:
            return
        self.words = None

    def _end(self, tag: str) -> None:
        if tag == "thead":
            self.is_head = False
        elif tag == "tr" and self.table is not None and self.row:
            if self.is_head:
                self.table["heads"] = self.row
            else:
                self.table["rows"].append(self.row)
            self.row = None
        elif tag == "table" and self.table is not None:
            self.tables.append(self.table)
            self.table = None
