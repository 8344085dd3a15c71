"""A report's HTML as a plain list of blocks (headings, paragraphs, lists, tables) that other formats write anew.

It is read from what is printed, so it holds nothing that the reader's level withholds. Everything in it is JSON:

    run      [text, marks]; marks: b bold, i italic, s small, c code, h hash; a text "\\n" is a line end
             or [text, marks, "#place"] for a link within the report
    block    {"kind": "heading", "level": 1..4, "runs", "id"} · {"kind": "text", "runs", "look"} ·
             {"kind": "item", "runs", "level", "number"} · {"kind": "table", "widths", "heads", "rows", "look", "caption"} ·
             {"kind": "turn", "wide": true|false}
    cell     {"runs", "span", "rows", "num", "head"}; a row is {"cells", "look"}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from workbench.reports.formats import keeping

Run = list[str]
Block = dict[str, Any]
MARKS = {"strong": "b", "b": "b", "em": "i", "i": "i", "small": "s", "code": "c"}
LOOKS = {"key": "key", "none": "note", "small": "small", "note": "code", "words": "small", "bar": "bar"}
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4}
TEXTS = frozenset({"p", "figcaption", "pre"})
NO_END = frozenset({"br", "col", "img", "wbr", "meta", "link", "hr", "input"})
_SPACE = re.compile(r"\s+")
_WIDTH = re.compile(r"\bw(\d+)\b")
# Letters that XML does not know, and those that docx_child.py marks places with.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ue000-\uf8ff\ufffe\uffff]")


@dataclass(frozen=True)
class Told:
    """A report as blocks: what the cover says, and every section with its body."""

    title: str
    language: str
    meta: Mapping[str, str]
    cover: Mapping[str, str]
    facts: list[list[str]]
    seal: list[list[str]]
    sections: list[dict[str, Any]]


def told(page: str) -> Told:
    """The blocks of a report of the catalogue, from the HTML that document.html gives."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    facts = [_pairs(each) for each in reader.cover_tables]
    keeping.turn_for_tables(reader.sections)
    return Told(
        title=reader.title, language=reader.language, meta=reader.meta, cover=reader.cover,
        facts=facts[0] if facts else [], seal=facts[1] if len(facts) > 1 else [], sections=reader.sections,
    )


def plain(runs: list[Run]) -> str:
    """The words of runs."""
    return "".join(each[0] for each in runs).strip()


def _pairs(table: Block) -> list[list[str]]:
    """(label, text) of a table of facts; a row of one cell has no label."""
    rows = [[plain(cell["runs"]) for cell in row["cells"]] for row in table["rows"]]
    return [row if len(row) > 1 else ["", *row] for row in rows if row]


@dataclass
class _Reader(HTMLParser):
    """Reads a page of our own templates: well formed, nothing in it that browsers have to guess."""

    title: str = ""
    language: str = "en"
    meta: dict[str, str] = field(default_factory=dict)
    cover: dict[str, str] = field(default_factory=dict)
    cover_tables: list[Block] = field(default_factory=list)
    sections: list[dict[str, Any]] = field(default_factory=list)
    open: list[tuple[str, str]] = field(default_factory=list)  # (element, its classes)
    runs: list[Run] | None = None
    table: Block | None = None
    row: dict[str, Any] | None = None
    lists: list[list[Any]] = field(default_factory=list)  # [element, number of the last item]
    link: str = ""
    ids: list[str] = field(default_factory=list)
    is_wide: bool = False
    skipped: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        given = {name: value or "" for name, value in attrs}
        if tag in NO_END:
            self._single(tag, given)
            return
        self.open.append((tag, given.get("class", "")))
        if self.skipped or tag in ("svg", "nav", "style") or "cover-running" in given.get("class", ""):
            self.skipped += 1
            if tag == "svg" and self.skipped == 1 and given.get("aria-label"):
                self._block("text", [[f"[{given['aria-label']}]", "i"]], look="note")
            return
        self._begin(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content, such as those of drawings."""
        if tag in NO_END:
            self._single(tag, {name: value or "" for name, value in attrs})

    def handle_data(self, data: str) -> None:
        """Words, into whatever is open for them."""
        if self.skipped or self.runs is None:
            return
        is_code = any(tag == "pre" for tag, _classes in self.open)
        text = _UNFIT.sub("\ufffd", data if is_code else _SPACE.sub(" ", data))
        for place, line in enumerate(text.split("\n")):
            if place:
                self.runs.append(["\n", ""])
            self._say(line)

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if tag in NO_END or not self.open:
            return
        _tag, classes = self.open.pop()
        if self.skipped:
            self.skipped -= 1
            return
        self._end(tag, classes)

    def _say(self, text: str) -> None:
        runs = self.runs
        if runs is None or not text:
            return
        before = runs[-1][0] if runs else "\n"
        text = text.lstrip(" ") if before.endswith(("\n", " ")) else text
        if text:
            runs.append([text, self._marks(), *([self.link] if self.link else [])])

    def _marks(self) -> str:
        marks = {MARKS[tag] for tag, _classes in self.open if tag in MARKS}
        words = " ".join(classes for _tag, classes in self.open).split()
        marks |= {"b"} if "status" in words else set()
        marks |= {"h"} if "hash" in words and "words" not in words else set()
        return "".join(sorted(marks))

    def _single(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "meta" and "name" in given:
            self.meta[given["name"]] = given.get("content", "")
        elif tag == "br" and self.runs is not None and not self.skipped:
            self.runs.append(["\n", ""])
        elif tag == "col" and self.table is not None:
            found = _WIDTH.search(given.get("class", ""))
            self.table["widths"].append(int(found[1]) if found else 0)

    def _begin(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "html":
            self.language = given.get("lang", "en")
        elif tag == "section":
            self._turn("wide" in given.get("class", "").split())
        elif tag in ("ul", "ol"):
            self.lists.append([tag, 0])
        elif tag == "a":
            self.link = given["href"] if given.get("href", "").startswith("#") else ""
        elif tag in ("table", "thead", "tr", "td", "th", "caption"):
            self._begin_part_of_table(tag, given)
        elif (tag in TEXTS or tag in HEADINGS or tag in ("li", "title")) and self.row is None:
            self.runs = []
        if given.get("id") and tag not in ("span", "td", "section"):
            self.ids.append(given["id"])

    def _begin_part_of_table(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "table":
            self.table = {"kind": "table", "widths": [], "heads": [], "rows": [], "look": given.get("class", ""), "caption": ""}
        elif tag == "tr":
            self.row = {"cells": [], "look": given.get("class", "")}
        elif tag in ("td", "th", "caption"):
            self.runs = []
        if tag in ("td", "th") and self.row is not None:
            self.row["cells"].append({
                "runs": self.runs, "span": int(given.get("colspan", "1")), "rows": int(given.get("rowspan", "1")),
                "num": "num" in given.get("class", "").split(), "head": tag == "th",
            })

    def _end(self, tag: str, classes: str) -> None:
        if tag in ("table", "tr", "td", "th", "caption"):
            self._end_part_of_table(tag)
        elif tag in ("ul", "ol"):
            self.lists.pop()
        elif tag == "a":
            self.link = ""
        elif self.row is not None:
            if tag in (*TEXTS, "li") and self.runs:
                self.runs.append(["\n", ""])
        else:
            self._end_words(tag, classes)

    def _end_words(self, tag: str, classes: str) -> None:
        if tag == "title":
            self.title, self.runs = plain(self.runs or []), None
        elif tag in HEADINGS:
            self._heading(HEADINGS[tag])
        elif tag in TEXTS or tag == "li":
            self._text(tag, classes)

    def _end_part_of_table(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._trim(self.runs or [])
        elif tag == "caption" and self.table is not None:
            self.table["caption"] = plain(self.runs or [])
        elif tag == "tr" and self.table is not None and self.row is not None:
            is_head = any(name == "thead" for name, _classes in self.open)
            self.table["heads" if is_head else "rows"].append(self.row)
            self.row = None
        elif tag == "table" and self.table is not None:
            made, self.table = self.table, None
            if "cover" in made["look"]:
                self.cover_tables.append(made)
            else:
                self._append(made)
        self.runs = None

    def _heading(self, level: int) -> None:
        runs = self.runs or []
        self._trim(runs)
        self.runs = None
        if level == 1:
            number, _space, title = plain(runs).partition(" ")
            self.sections.append({
                "id": self.ids[-1] if self.ids else "", "number": number, "title": title, "blocks": [], "wide": self.is_wide,
            })
            self.ids = []
        else:
            self._block("heading", runs, level=level)

    def _text(self, tag: str, classes: str) -> None:
        runs, self.runs = self.runs or [], None
        self._trim(runs)
        part = next((name for name in classes.split() if name.startswith("cover-")), "")
        if part:
            self.cover[part.removeprefix("cover-")] = plain(runs)
        elif tag == "li" and self.lists:
            self.lists[-1][1] += 1
            number = str(self.lists[-1][1]) if self.lists[-1][0] == "ol" else ""
            self._block("item", runs, level=len(self.lists), number=number)
        elif runs:
            around = [name for _tag, words in self.open for name in words.split()] + classes.split()
            look = "code" if tag == "pre" else next((LOOKS[name] for name in reversed(around) if name in LOOKS), "")
            self._block("text", runs, look="caption" if tag == "figcaption" else look)

    def _turn(self, is_wide: bool) -> None:
        self.is_wide = is_wide

    def _block(self, kind: str, runs: list[Run], **more: Any) -> None:
        self._append({"kind": kind, "runs": runs, **more})

    def _append(self, block: Block) -> None:
        if not self.sections:
            return
        section = self.sections[-1]
        if section["blocks"] and section.get("now", section["wide"]) != self.is_wide:
            section["blocks"].append({"kind": "turn", "wide": self.is_wide})
        section["now"] = self.is_wide
        block["ids"], self.ids = self.ids, []
        section["blocks"].append(block)

    def _trim(self, runs: list[Run]) -> None:
        while runs and not runs[-1][0].strip():
            runs.pop()
        while runs and runs[0][0] == "\n":
            runs.pop(0)
        if runs:
            runs[-1][0] = runs[-1][0].rstrip()
