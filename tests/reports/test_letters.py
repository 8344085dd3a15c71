"""The letters that the PDF's fonts have are drawn by them; one that none has stands as its code, and the cover says so."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask

from scripts import more_letters
from tests.factories.small_reports import a_small_report
from tests.reports.conftest import text_of
from workbench.reports import document, letters, looks

DRAWN = "שלום עולם مرحبا Ελλάδα Привет ≥ → ✓ ☃ Łódź Čeština Tiếng"
SHOWN = {"中": "[U+4E2D]", "\u202e": "[U+202E]", "\x01": "[U+0001]", "🚀": "[U+1F680]"}


def test_the_list_of_letters_is_that_of_the_fonts() -> None:
    listed = json.loads((more_letters.FONTS / "letters.json").read_text(encoding="ascii"))
    names = more_letters.OURS | {name: f"dejavu-sans-{name}-400-normal" for name in more_letters.GROUPS}
    files = {name: more_letters.FONTS / f"{file}.woff2" for name, file in names.items()}
    assert {name: more_letters.ranges(more_letters.letters_of(file)) for name, file in files.items()} == listed


def test_a_page_opens_the_fonts_that_it_needs() -> None:
    assert [letters.level(each) for each in ("Éœ € – “a”", "Łódź", "≥", "שלום", "中")] == [0, 1, 2, 2, 2]
    assert [letters.level(each) for each in letters.SAMPLES] == [letters.LATIN, letters.EXTENDED, letters.ALL]
    faces = [len(re.findall("@font-face", looks.style(level=each).css)) for each in range(3)]
    assert faces == [4, 8, 8 + len(more_letters.GROUPS)]


def test_a_letter_that_no_font_has_stands_as_its_code(app: Flask) -> None:
    page = a_small_report(first=f'<b title="中">{"".join(SHOWN)}</b>', language="fr")
    told = letters.spelled(page)
    assert f'<b title="中">{"".join(SHOWN.values())}</b>' in told
    assert re.findall(r'class="cover-letters">(\d+) ', told) == [str(len(SHOWN))]
    assert 'class="cover-letters">1 character of ' in letters.spelled(a_small_report(first="中"))
    drawn = a_small_report(first=f"{DRAWN}\u200b\u200f\ufe0f")
    assert letters.spelled(drawn) == drawn


def _missing(opened: pikepdf.Pdf) -> int:
    """How often a page shows glyph 0, which is a box."""
    shown: list[Any] = []
    for page in opened.pages:
        for each in pikepdf.parse_content_stream(page, "TJ Tj"):
            held = each.operands[0]
            parts = held if isinstance(held, pikepdf.Array) else [held]
            shown += [bytes(one) for one in parts if isinstance(one, pikepdf.String)]
    assert shown != []
    return sum(text[at:at + 2] == b"\0\0" for text in shown for at in range(0, len(text), 2))


@pytest.mark.pdf
def test_other_scripts_are_drawn_and_read_back(app: Flask, tmp_path: Path) -> None:
    made = document.set_pages(a_small_report(first=f"{DRAWN} {''.join(SHOWN)}"), home=tmp_path)
    said = re.sub("[\u200e\u200f\u202a-\u202e]", "", text_of(made))
    lacking = [each for each in (*DRAWN.split(), *SHOWN.values()) if each not in said and each[::-1] not in said]
    with pikepdf.open(io.BytesIO(made)) as opened:
        fonts = {str(each.FontName).partition("+")[2] for each in opened.objects
                 if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor"}
        assert (lacking, _missing(opened)) == ([], 0)
    assert {"Source-Sans-3-Extended"} | {f"dejavu-sans-{each}-400-normal.woff2" for each in more_letters.GROUPS} <= fonts
