"""Hostile text in every field of a project: each report in each format prints it as typed, and asks for nothing."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pikepdf
import pytest
from sqlalchemy import JSON, Column, String, select, text, update

from tests.reports import nist
from tests.reports.briefs import brief_of
from tests.reports.conftest import text_of
from tests.showcase.test_loading import project
from workbench import clock
from workbench.checklists.queries import checklists_of_project
from workbench.config import Settings
from workbench.database import db
from workbench.reports import document, queries
from workbench.reports.formats import docx, oscal
from workbench.reports.lists import WORKBOOK, lists_of
from workbench.reports.rules import Identity, Point

TYPED = (
    "</td></p></section><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=a()><style>@import 'http://127.0.0.1:9'"
    "</style>{{ 7*7 }}{% raw %} javascript:alert(1) file:///etc/passwd &amp; ]]> \\u05e9 "
    "שלום مرحبا e\u0301\u0302\u0323 中 \u202egpj.exe"
)
OWN = ("trail", "log_", "checkpoint", "job", "session", "alembic", "pack", "idempot")  # nothing there is typed by people
KEPT = {"promotion_plan.text", "mapping_version.text", "project_mapping.draft", "person.password_hash"}


def _worse(value: object) -> object:
    """A value of a JSON column with TYPED behind each of its sentences."""
    if isinstance(value, dict):
        return {key: _worse(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_worse(each) for each in value]
    return value + TYPED if isinstance(value, str) and " " in value else value


def _poison_column(column: Column[Any]) -> bool:
    """Put TYPED behind each sentence of a column; whether there was one."""
    table = column.table
    if isinstance(column.type, String):
        done = db.session.execute(update(table).where(column.like("% %")).values({column.name: column + TYPED}))
        return bool(done.rowcount)
    if not isinstance(column.type, JSON) or "id" not in table.c:
        return False
    rows = [(key, value) for key, value in db.session.execute(select(table.c.id, column)) if _worse(value) != value]
    for key, value in rows:
        db.session.execute(update(table).where(table.c.id == key).values({column.name: _worse(value)}))
    return bool(rows)


def poison() -> int:
    """Put TYPED behind every sentence that people wrote, in whatever table; how many columns took it."""
    for name in db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        db.session.execute(text(f'DROP TRIGGER "{name}"'))
    columns = [
        column for table in db.metadata.sorted_tables if not table.name.startswith(OWN) for column in table.columns
        if not (column.primary_key or column.foreign_keys or f"{table.name}.{column.name}" in KEPT)
    ]
    taken = sum(map(_poison_column, columns))
    db.session.commit()
    return taken


class Seen(HTMLParser):
    """The tags of a page, what stands in its attributes that lead somewhere or do something, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.leads: set[str] = set()
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("href", "src", "data", "action", "xlink:href", "style"):
                self.leads.add(f"{name}={(value or '').split(':')[0].split('#')[0]}")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def bare(words: str) -> str:
    """Text without spaces, and without the marks that a page may put where a line can break."""
    return re.sub(r"[\s\u200b\u2060]+", "", words)


@pytest.fixture
def hostile(shown: Settings) -> Settings:
    """The demo with TYPED behind every sentence."""
    assert poison() > 100
    db.session.expire_all()
    return shown


def pages(settings: Settings) -> dict[str, str]:
    """Each report of the catalogue as HTML."""
    brief = brief_of(project("INV-1"), settings.home)
    return {key: document.html(key, brief) for key in queries.catalogue()}


def test_reports_print_hostile_text_as_typed_in_every_format(shown: Settings, caplog: pytest.LogCaptureFixture) -> None:
    calm = {key: Seen(page) for key, page in pages(shown).items()}
    assert poison() > 100
    db.session.expire_all()
    told = pages(shown)
    for key, page in told.items():
        seen = Seen(page)
        assert (key, bare(TYPED) in bare("".join(seen.words))) == (key, True)
        # A longer label of a map takes more lines, and a sentence that nobody wrote is told otherwise: no other mark may come in.
        assert (key, set(seen.tags) - {"tspan", "span"}) == (key, set(calm[key].tags) - {"tspan", "span"})
        assert (key, seen.leads - calm[key].leads) == (key, set())
    _check_lists()
    _check_oscal()
    _check_word(told["audit_report"])
    _check_pdf(told["adoption_status"], caplog)


@pytest.mark.heavy
def test_every_pdf_prints_hostile_text_as_typed(hostile: Settings, caplog: pytest.LogCaptureFixture) -> None:
    for page in pages(hostile).values():
        _check_pdf(page, caplog)


def _check_lists() -> None:
    """In CSV and in a workbook nothing is a formula, and what was typed stands there whole."""
    point = Point(size=1, root="", key_name="", vkey="", note="", at=clock.now())
    found = lists_of(project("INV-1"), "en", point).files()
    book = openpyxl.load_workbook(io.BytesIO(found.pop(WORKBOOK)))
    read = {name: list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))) for name, data in found.items()}
    cells = [cell for rows in read.values() for row in rows for cell in row]
    assert sum(TYPED in cell for cell in cells) > 200
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))] == []
    kept = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in kept} == {"s", "n", "d"}
    assert sum(TYPED in str(cell.value) for cell in kept) > 200
    assert [len(sheet.title) <= 31 for sheet in book.worksheets] == [True] * (len(found) + 1)


def _check_oscal() -> None:
    made = project("INV-1")
    found = json.loads(oscal.results(
        project=made, checklists=checklists_of_project(made.id), language="en", organisation="Nordpont"
    ))
    assert nist.faults(found) == []
    assert json.dumps(found, ensure_ascii=False).count("<script>alert(1)</script>") > 10


def _check_word(page: str) -> None:
    """Each part is XML, nothing leads outside but what did before, and the text stands there."""
    made = docx.word(page, identity=Identity("Nordpont"), key="INV-1", checkpoint="0" * 64)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    texts = {name: "".join(ElementTree.fromstring(data).itertext()) for name, data in parts.items() if name.endswith(".xml")}  # noqa: S314
    assert bare(TYPED) in bare(texts["word/document.xml"])
    outside = b"".join(data for name, data in parts.items() if name.endswith(".rels"))
    assert [each for each in (b"127.0.0.1", b"javascript:", b"file:") if each in outside] == []


def _check_pdf(page: str, caplog: pytest.LogCaptureFixture) -> None:
    """The letters of the ASCII part stand there, no link leads to what was typed, and nothing was asked for."""
    made = document.set_pages(page)
    said = bare(text_of(made)).replace("-", "")
    assert [each for each in (*TYPED.split("{{")[0].split(), "{{7*7}}{%raw%}javascript:alert(1)file:///etc/passwd&amp;]]>")
            if each.replace("-", "") not in said] == []
    with pikepdf.open(io.BytesIO(made)) as opened:
        links = [str(note.A.get("/URI", "")) for one in opened.pages for note in one.obj.get("/Annots", ()) if "/A" in note]
    assert [each for each in links if "127.0.0.1" in each or not each.startswith(("http", ""))] == []
    assert caplog.records == []
