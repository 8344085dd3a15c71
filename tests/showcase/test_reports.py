"""Every report of both demo projects as a file: contents that lead right, a sound file, the same bytes again."""

from __future__ import annotations

import re
from pathlib import Path

import pikepdf
import pytest

from tests.reports.briefs import brief_of
from tests.reports.conftest import text_of
from tests.reports.test_joining import checked
from tests.showcase.test_loading import project
from workbench.config import Settings
from workbench.reports import document, queries

pytestmark = pytest.mark.pdf
SMALL = ("adoption_status", "change_record", "limitations_register")
OTHERS = sorted(set(queries.catalogue()) - set(SMALL))
ENTRY = re.compile(r"^\s*(\d+|[A-Z])\s+(\S.*?)\s*(?:\. ?)+\s*(\d+)\s*$", re.MULTILINE)


def _check(key: str, name: str, language: str, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many entries the contents have; each leads to the page that begins so."""
    brief = brief_of(project(name), settings.home, language=language)
    page = document.html(key, brief)
    made = document.set_pages(page, identity=brief.identity)
    pages = text_of(made, "-layout").split("\f")
    entries = ENTRY.findall(pages[1]) if re.search(r"^\s*(Contents|Sommaire)\s*$", pages[1], re.MULTILINE) else []
    wrong = [
        (number, title) for number, title, place in entries
        if f"{number} {title}"[:40] not in re.sub(r"\s+", " ", pages[int(place) - 1])
    ]
    assert (key, language, wrong) == (key, language, [])
    assert "No syntax or stream encoding errors found" in checked(made, folder)
    with pikepdf.open(folder / "made.pdf") as opened:
        fonts = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor"]
        assert (str(opened.Root.Lang), [each for each in fonts if not {"/FontFile2", "/FontFile3"} & set(each)]) == (language, [])
    other = folder / "fonts.conf"
    other.write_text("<?xml version='1.0'?><fontconfig><dir>/usr/share/fonts</dir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(other))
    assert document.set_pages(page, identity=brief.identity) == made
    return len(entries)


def test_small_reports_are_sound_files(shown: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [_check(key, "FAC-1", "fr", shown, tmp_path, monkeypatch) for key in SMALL]
    assert found == [11, 5, 9]


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "language"), [("INV-1", "en"), ("FAC-1", "fr")])
@pytest.mark.parametrize("key", OTHERS)
def test_each_other_report_is_a_sound_file(
    key: str, name: str, language: str, shown: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = 0 if (key, name) == ("internal_audit", "FAC-1") else 4  # that project has no audit, and its report one page
    assert _check(key, name, language, shown, tmp_path, monkeypatch) >= wanted
