"""The joined PDF, read back from its bytes: pages, numbers, links, bookmarks, tags, fonts, properties; cache, progress, archive."""

from __future__ import annotations

import io
import json
import re
import subprocess
from itertools import groupby
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.factories.small_reports import a_small_report
from tests.reports.conftest import text_of
from workbench.reports import document, looks, parts, pdf, workers
from workbench.reports.kept_parts import KeptParts
from workbench.reports.rules import Identity, Options, Paper

pytestmark = pytest.mark.pdf
HOSTILE = (
    "<b>bold</b> {{ 7*7 }} שלום مرحبا e\u0301\u0302\u0323 javascript:alert(1) file:///etc/passwd http://127.0.0.1:9/x "
    + "x" * 20_000
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose cache the tests of this module share."""
    return tmp_path_factory.mktemp("joined")


@pytest.fixture(scope="module")
def joined(home: Path) -> bytes:
    """The small report."""
    return document.set_pages(a_small_report(), home=home)


@pytest.fixture(scope="module")
def opened(joined: bytes) -> pikepdf.Pdf:
    """The same, to look into."""
    return pikepdf.open(io.BytesIO(joined))


def pages_of(made: bytes) -> list[str]:
    """The text of each page."""
    return text_of(made, "-layout").split("\f")[:-1]


def checked(made: bytes, folder: Path) -> str:
    """What qpdf says of a file that it finds nothing wrong with."""
    file = folder / "made.pdf"
    file.write_bytes(made)
    return subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True, check=True).stdout


def place(opened: pikepdf.Pdf, target: Any) -> int:
    """The number of the page that a destination leads to, from 1."""
    return 1 + [page.objgen for page in opened.pages].index(target[0].objgen)


def named(tree: Any) -> dict[str, Any]:
    """A name tree as a dictionary."""
    held = list(tree.get("/Names", ()))
    found = {str(held[at]): held[at + 1] for at in range(0, len(held), 2)}
    for kid in tree.get("/Kids", ()):
        found |= named(kid)
    return found


def test_every_page_but_the_cover_has_its_lines_and_number(joined: bytes) -> None:
    pages = pages_of(joined)
    lines = [(("INV-1 · Small report" in page), re.findall(r"page (\d+) of (\d+)", page)) for page in pages]
    assert lines == [(True, [])] + [(True, [(str(number), str(len(pages)))]) for number in range(2, len(pages) + 1)]
    assert len(pages) == 5


def test_the_contents_print_the_page_that_each_section_begins_on(joined: bytes) -> None:
    pages = pages_of(joined)
    found = re.findall(r"^\s*(\d)\s+(\w+)(?: \.)+ +(\d+)$", pages[1], re.MULTILINE)
    told = [title for number, title, page in found if re.search(rf"^\s*{number}\s+{title}$", pages[int(page) - 1], re.MULTILINE)]
    assert told == ["Summary", "Method", "Matrix", "End"]


def test_long_contents_print_the_right_pages_whatever_room_was_guessed_for_them() -> None:
    numbers = range(10, 40)
    entries = "".join(f'<li><a href="#c{each}">{"Of many words " * 25}</a></li>' for each in numbers)
    body = "".join(f'<section class="chapter"><h1 id="c{each}">Chapter {each}</h1></section>' for each in numbers)
    made = document.set_pages(
        f'<!doctype html><html lang="en"><head><title>Long</title></head><body class="document"><nav class="contents"><ol>{entries}'
        f"</ol></nav><main>{body}</main></body></html>"
    )
    pages = pages_of(made)
    first = next(number for number, page in enumerate(pages, 1) if "Chapter 10" in page)
    assert first > 2  # thirty entries would be guessed to take one page
    told = [int(each) for page in pages[: first - 1] for each in re.findall(r"(?: \.)+ +(\d+)$", page, re.MULTILINE)]
    assert told == list(range(first, first + 30))


def test_links_lead_across_parts(opened: pikepdf.Pdf) -> None:
    targets = named(opened.Root.Names.Dests)
    notes = [note for page in opened.pages for note in page.obj.get("/Annots", ())]
    led = [(str(note.Dest), place(opened, targets[str(note.Dest)])) for note in notes]
    led = [each for each, _copies in groupby(led)]  # a link is a note for each run of its letters
    assert led == [("summary", 3), ("method", 3), ("matrix", 4), ("end", 5), ("summary", 3)]
    assert [note for note in notes if "/A" in note] == []


def test_bookmarks_have_the_levels_of_their_headings(opened: pikepdf.Pdf) -> None:
    def told(item: Any) -> list[Any]:
        found = []
        while item is not None:
            found.append((str(item.Title), place(opened, item.Dest), told(item.get("/First"))))
            item = item.get("/Next")
        return found

    assert told(opened.Root.Outlines.First) == [
        ("1 Summary", 3, []),
        ("2 Method", 3, [("Sampling", 3, [("How it was drawn", 3, [])])]),
        ("3 Matrix", 4, []),
        ("4 End", 5, []),
    ]


def test_the_tags_are_one_tree_that_every_page_finds(opened: pikepdf.Pdf) -> None:
    root = opened.Root.StructTreeRoot
    assert [str(each.S) for each in root.K] == ["/Document"]
    assert {str(each.S) for each in root.K[0].K} == {"/Part"}
    numbers: dict[int, Any] = {}
    leaves = [root.ParentTree, *root.ParentTree.get("/Kids", ())]
    for leaf in leaves:
        held = list(leaf.get("/Nums", ()))
        numbers |= {int(held[at]): held[at + 1] for at in range(0, len(held), 2)}
    keys = [int(page.obj.StructParents) for page in opened.pages]
    keys += [int(note.StructParent) for page in opened.pages for note in page.obj.get("/Annots", ())]
    assert sorted(keys) == sorted(numbers) == list(range(int(root.ParentTreeNextKey)))
    for page in opened.pages:  # every piece of marked text has an element, and the element knows the page
        begun = [each.operands[1] for each in pikepdf.parse_content_stream(page) if str(each.operator) == "BDC"]
        shown = [each.MCID for each in begun if "/MCID" in each]
        elements = numbers[int(page.obj.StructParents)]
        assert len(shown) == len(elements)
        assert {element.Pg.objgen for element in elements} <= {page.objgen}
    ids = named(root.IDTree)
    assert all(str(element.ID) == name for name, element in ids.items())
    assert len(ids) == len({element.objgen for element in ids.values()}) > 0


def test_the_file_says_what_it_is_and_qpdf_finds_nothing_wrong(joined: bytes, opened: pikepdf.Pdf, tmp_path: Path) -> None:
    assert "No syntax or stream encoding errors found" in checked(joined, tmp_path)
    told = {name: str(opened.docinfo[name]) for name in ("/Title", "/Author", "/Subject", "/CreationDate")}
    assert told == {
        "/Title": "Small report INV-1", "/Author": "Nordpont & Co", "/Subject": "A small report",
        "/CreationDate": "D:20260201090000+00'00",
    }  # fmt: skip
    root = opened.Root
    assert (str(root.Lang), bool(root.MarkInfo.Marked), bool(root.ViewerPreferences.DisplayDocTitle)) == ("en", True, True)
    with opened.open_metadata() as said:
        assert (said["dc:title"], said["dc:creator"]) == ("Small report INV-1", ["Nordpont & Co"])


def test_each_font_is_embedded_once(opened: pikepdf.Pdf) -> None:
    fonts = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor"]
    assert all("/FontFile2" in each for each in fonts)
    names = [str(each.FontName) for each in fonts]
    assert sorted(names) == sorted(set(names))
    assert all("+Source-" in name for name in names)


def test_two_runs_and_two_font_configurations_give_the_same_bytes(
    joined: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "fonts.conf"
    other.write_text("<?xml version='1.0'?><fontconfig><dir>/usr/share/fonts</dir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(other))
    assert document.set_pages(a_small_report()) == joined


def test_only_what_changed_is_set_anew_and_a_damaged_part_is(home: Path, joined: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = workers.Crew.set

    def counted(self: workers.Crew, sheets: Any, *rest: Any, **named: Any) -> list[bytes]:
        asked.append(len(sheets))
        return real(self, sheets, *rest, **named)

    monkeypatch.setattr(workers.Crew, "set", counted)
    assert document.set_pages(a_small_report(), home=home) == joined
    assert asked == []
    changed = pages_of(document.set_pages(a_small_report(first="Other words."), home=home))
    assert (asked, "Other words." in changed[2]) == ([1], True)
    for file in (home / "cache" / "report-parts").glob("*/*"):
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert document.set_pages(a_small_report(), home=home) == joined
    assert asked == [1, 5, 1]


def test_the_cache_is_bounded_and_the_oldest_goes_first(tmp_path: Path) -> None:
    kept = KeptParts(tmp_path, most_bytes=250)
    for name in ("aa1", "bb2", "cc3"):
        kept.keep(name, name.encode() * 30)
    kept.read("aa1")
    assert (kept.bound(), [bool(kept.read(name)) for name in ("aa1", "bb2", "cc3")]) == (1, [True, False, True])


def test_progress_is_told_and_a_cancel_ends_the_children(home: Path) -> None:
    class Cancelled(Exception):
        """Somebody stopped it."""

    children: list[workers._Child] = []
    told: list[int] = []

    def stop() -> None:
        children.extend(crew._children)
        told.append(len(children))
        if children:
            raise Cancelled

    with pytest.raises(Cancelled), workers.Crew([""], {}) as crew:
        crew.set([workers.Sheet("<p>x</p>" * 50_000)] * 2, tick=stop)
    assert [child.process.poll() is not None for child in children] == [True] * len(children)
    assert told[-1] > 0


def test_hostile_text_is_printed_as_typed_and_asks_for_nothing(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    typed = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    made = document.set_pages(a_small_report(first=typed))
    text = text_of(made)
    wanted = ["<b>bold</b>", "{{ 7*7 }}", "javascript:alert(1)", "file:///etc/passwd", "http://127.0.0.1:9/x"]
    assert [each for each in wanted if each not in text] == []
    assert text.replace("\n", "").count("x" * 100) > 0
    assert re.sub(r"\s", "", text).count("x") >= 20_000
    assert {"שלום", "םולש"} & set(re.split(r"[\s\u200e\u200f\u202a-\u202e]+", text)) != set()
    assert caplog.records == []
    with pikepdf.open(io.BytesIO(made)) as opened:
        assert [note for page in opened.pages for note in page.obj.get("/Annots", ()) if "/A" in note] == []
    assert "No syntax or stream encoding errors found" in checked(made, tmp_path)


def test_an_archival_report_claims_what_it_is_and_carries_its_data(tmp_path: Path) -> None:
    options = Options(is_archival=True)
    made = document.set_pages(a_small_report(), options=options)
    assert document.set_pages(a_small_report(), options=options) == made
    assert "No syntax or stream encoding errors found" in checked(made, tmp_path)
    with pikepdf.open(io.BytesIO(made)) as opened:
        root = opened.Root
        with opened.open_metadata() as said:
            assert (said["pdfaid:part"], said["pdfaid:conformance"], said["pdfuaid:part"]) == ("3", "A", "1")
            assert said["dc:title"] == str(opened.docinfo["/Title"])
        assert (str(root.OutputIntents[0].S), opened.is_encrypted, bool(root.MarkInfo.Marked)) == ("/GTS_PDFA1", False, True)
        assert int(root.OutputIntents[0].DestOutputProfile.N) == 3
        assert str(root.StructTreeRoot.K[0].S) == "/Document"
        spec = opened.attachments["report-data.json"]
        assert str(spec.relationship) == "/Data"
        assert [each.objgen for each in root.AF] == [spec.obj.objgen]
        data = json.loads(spec.get_file().read_bytes())
        fonts = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor"]
        assert [each for each in fonts if "/FontFile2" not in each] == []
        notes = [note for page in opened.pages for note in page.obj.get("/Annots", ())]
        assert {int(note.F) for note in notes} == {4}
    matrix = data["tables"][1]
    assert (data["title"], matrix["under"], matrix["heads"], matrix["rows"][0]) == (
        "Small report INV-1", ["3 Matrix"], ["No.", "Text"], ["R1", "a line"]
    )  # fmt: skip
    assert [re.findall(r"page (\d+) of 5", page) for page in pages_of(made)] == [[], ["2"], ["3"], ["4"], ["5"]]


def test_paper_logo_and_accent_are_the_companys(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    logo = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>x()</script>'
        '<rect width="9" height="9" fill="#ff0000"/>'
        '<image href="http://127.0.0.1:9/x.png" width="5" height="5"/><image href="file:///etc/passwd" width="5" height="5"/></svg>'
    )
    identity = Identity("Nordpont", accent="#ffd500", logo=logo.encode(), logo_type="image/svg+xml")
    shown = f'<p><img src="{looks.logo(identity)}" alt="Nordpont"></p><p class="cover-org'
    page = a_small_report().replace('<p class="cover-org', shown)
    made = document.preview(page, identity=identity, options=Options(paper=Paper.LETTER))
    with pikepdf.open(io.BytesIO(made)) as opened:
        assert ([float(each) for each in opened.pages[0].mediabox], len(opened.pages)) == ([0, 0, 612, 792], 1)
        assert b"1 0 0 rg" in opened.pages[0].Contents.read_bytes() + b"".join(
            each.read_bytes() for each in opened.objects if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Form"
        )
    assert sorted("passwd" in each.getMessage() for each in caplog.records) == [False, True]


def test_a_first_page_unpacks_no_font_and_is_the_same_as_in_the_report(tmp_path: Path) -> None:
    alone = document.preview(a_small_report(), home=tmp_path)
    assert [each.stat().st_size for each in tmp_path.rglob("*") if each.is_file()] == [len(alone) + 32]  # with its hash
    assert document.preview(a_small_report()) == alone


def test_an_accent_is_darkened_until_it_can_be_read() -> None:
    assert looks.readable("#14595a") == "#14595a"
    shade = looks.readable("#ffd500")
    assert looks.contrast(shade, "#ffffff") >= 4.5 > looks.contrast("#ffd500", "#ffffff")
    css = looks.style(accent="#ffd500").css
    assert [colour for colour in ("#14595a", "#0d4243") if colour in css.split(":root")[1]] == []
    assert looks.style(accent="not a colour").css == looks.style().css


def test_a_part_depends_on_style_and_engine() -> None:
    page = parts.cut(a_small_report()).body[0]
    keys = {looks.style_for(page, Identity(""), paper).depends_on(page) for paper in Paper}
    assert len(keys) == 2
    assert "weasyprint" in pdf.engine()
