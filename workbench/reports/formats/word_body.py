"""Blocks of a report (blocks.py) as the elements of a Word document: headings, texts, lists, tables whose heads come again.

It runs in the child of docx.py and knows no database.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from workbench.reports.formats import keeping

# The styles that a template should have, by what they are for; the first it has is taken. Without one the text is as usual.
STYLES: Mapping[str, tuple[str, ...]] = {
    "h1": ("heading 1",), "h2": ("heading 2",), "h3": ("heading 3",), "h4": ("heading 4", "heading 3"),
    "text": ("Body Text", "Normal"), "key": ("Ninefold Key", "Intense Quote", "Normal"),
    "note": ("Ninefold Note", "Normal"), "small": ("Ninefold Note", "Normal"), "bar": ("Ninefold Label", "Normal"),
    "code": ("Ninefold Code", "HTML Preformatted", "Normal"), "caption": ("caption", "Normal"),
    "bullet": ("List Bullet", "List Paragraph", "Normal"), "number": ("List Paragraph", "Normal"),
    "cell": ("Ninefold Cell", "Normal"), "head": ("Ninefold Head", "Ninefold Cell", "Normal"),
    "table": ("Ninefold Table", "Table Grid"),
}
BULLETED = frozenset({"List Bullet"})  # what brings its own bullets
_SIZES = {"d": "13", "h": "15", "s": "16"}  # of marks, in half points: in a dense table, a hash, a small word
_NAME = re.compile(r"\W")
LONGEST_NAME = 40  # of a bookmark
MANY = 9  # columns; where there are more, the letters are smaller, so that no word breaks
SHORT = 600  # characters of a text that is kept on the page of the table after it


@dataclass
class Paper:
    """What the template says: its styles by name, its last section, and how wide its text is, in twentieths of a point."""

    styles: Mapping[str, str]
    section: Any
    linked: frozenset[str] = frozenset()
    marks: int = 0
    is_wide: bool = False
    has_turned: bool = False
    is_dense: bool = False  # in the table at hand
    taken: dict[str, str] = field(default_factory=dict)

    def style(self, use: str) -> str:
        """The id of the style for a use; empty where the template has none."""
        return next((self.styles[name] for name in STYLES[use] if name in self.styles), "")

    def brings_bullets(self) -> bool:
        """Whether its list style draws the bullet."""
        return next((name in BULLETED for name in STYLES["bullet"] if name in self.styles), False)

    def width(self, is_wide: bool) -> int:
        """How wide the text is on an upright page, or on one that lies."""
        size, margins = self.section.find(qn("w:pgSz")), self.section.find(qn("w:pgMar"))
        is_turned = is_wide and not self.lies()
        # A page turned round has the margins of its sides above and below.
        sides = ("w:top", "w:bottom") if is_turned else ("w:left", "w:right")
        whole = _number(size, "w:h", 16838) if is_turned else _number(size, "w:w", 11906)
        return whole - sum(_number(margins, each, 1134) for each in sides)

    def lies(self) -> bool:
        """Whether the template's own pages lie; then all do."""
        size = self.section.find(qn("w:pgSz"))
        return _number(size, "w:w", 11906) > _number(size, "w:h", 16838)

    def bookmark(self, place: str) -> str:
        """The name of a place in this document: letters, digits and underscores, no two alike."""
        if place not in self.taken:
            self.taken[place] = f"nf{len(self.taken)}_{_NAME.sub('_', place)}"[:LONGEST_NAME]
        return self.taken[place]


def _number(element: Any, name: str, usual: int) -> int:
    value = element.get(qn(name)) if element is not None else None
    return int(value) if value and value.lstrip("-").isdigit() else usual


def linked_places(sections: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The places that some link of the report leads to."""
    found = set()
    for section in sections:
        for block in section["blocks"]:
            rows = (*block.get("heads", ()), *block.get("rows", ()))
            runs = [*block.get("runs", ()), *(run for row in rows for cell in row["cells"] for run in cell["runs"])]
            found |= {run[2].removeprefix("#") for run in runs if len(run) > 2}
    return frozenset(found)


def body(paper: Paper, blocks: Iterable[Mapping[str, Any]], *, may_turn: bool) -> list[Any]:
    """The elements of a section's blocks. Pages lie from a "turn" on where they may."""
    made: list[Any] = []
    told = list(blocks)
    for block, after in zip_longest(told, told[1:]):
        if block["kind"] == "turn":
            made += turned(paper, bool(block["wide"])) if may_turn else []
        elif block["kind"] == "table":
            made += table(paper, block, paper.width(paper.is_wide))
        else:
            made.append(_text(paper, block, is_kept=_leads_on(block, after)))
    return made


def _leads_on(block: Mapping[str, Any], after: Mapping[str, Any] | None) -> bool:
    """Whether a text stays on the page of what follows: a heading, a label, and the words above a table."""
    is_head = block["kind"] == "heading" or block.get("look") == "bar"
    return after is not None and (is_head or (after["kind"] == "table" and len(_words_of(block)) < SHORT))


def _words_of(block: Mapping[str, Any]) -> str:
    return "".join(run[0] for run in block["runs"])


def turned(paper: Paper, is_wide: bool) -> list[Any]:
    """What ends the pages before, where from here on pages lie and did not, or the other way round."""
    if is_wide == paper.is_wide or paper.lies():
        return []
    ended = _end_of_pages(paper)
    paper.is_wide = is_wide
    return [ended]


def _end_of_pages(paper: Paper) -> Any:
    section = shaped(paper, paper.is_wide)
    if paper.has_turned:  # its first page was the first of the document
        for each in section.findall(qn("w:titlePg")):
            section.remove(each)
    paper.has_turned = True
    return _gap(0, section)


def shaped(paper: Paper, is_wide: bool) -> Any:
    """The template's last section with its pages upright, or lying."""
    section = copy.deepcopy(paper.section)
    for name in [name for name in section.attrib if "rsid" in name]:
        del section.attrib[name]
    size, margins = section.find(qn("w:pgSz")), section.find(qn("w:pgMar"))
    if size is None or not is_wide:
        return section
    wide, high = _number(size, "w:w", 11906), _number(size, "w:h", 16838)
    size.set(qn("w:w"), str(max(wide, high)))
    size.set(qn("w:h"), str(min(wide, high)))
    size.set(qn("w:orient"), "landscape")
    if margins is not None:
        sides = {name: margins.get(qn(f"w:{name}")) for name in ("top", "right", "bottom", "left")}
        for name, other in (("top", "left"), ("right", "top"), ("bottom", "right"), ("left", "bottom")):
            if sides[other] is not None:
                margins.set(qn(f"w:{name}"), sides[other])
    return section


def heading(paper: Paper, section: Mapping[str, Any]) -> Any:
    """The heading of a section with its number, as a place that links lead to."""
    runs = [[f"{section['number']} {section['title']}".strip(), ""]]
    return _text(paper, {"kind": "heading", "level": 1, "runs": runs, "ids": [section["id"]]})


def _text(paper: Paper, block: Mapping[str, Any], *, is_kept: bool = True) -> Any:
    if block["kind"] == "heading":
        use, runs = f"h{block['level']}", block["runs"]
    elif block["kind"] == "item":
        use, runs = _item(paper, block)
    else:
        use, runs = block.get("look") or "text", block["runs"]
    indent = 360 * block["level"] if block["kind"] == "item" else 0
    return _paragraph(paper, runs, paper.style(use), block.get("ids", ()), indent=indent, is_kept=is_kept)


def _item(paper: Paper, block: Mapping[str, Any]) -> tuple[str, list[list[str]]]:
    if block["number"]:
        return "number", [[f"{block['number']}. ", ""], *block["runs"]]
    return "bullet", block["runs"] if paper.brings_bullets() else [["• ", ""], *block["runs"]]


def _paragraph(
    paper: Paper, runs: Iterable[list[str]], style: str, ids: Iterable[str] = (), *, indent: int = 0, is_right: bool = False,
    is_kept: bool = False,
) -> Any:
    looks = [  # in the order of the format
        *([_element("w:pStyle", val=style)] if style else []),
        *([_element("w:keepNext")] if is_kept else []),
        *([_element("w:ind", left=str(indent), hanging="284")] if indent else []),
        *([_element("w:jc", val="right")] if is_right else []),
    ]
    paragraph = _with(_element("w:p"), *([_with(_element("w:pPr"), *looks)] if looks else []))
    places = [each for each in ids if each in paper.linked]
    for place in places:
        paper.marks += 1
        paragraph.append(_element("w:bookmarkStart", id=str(paper.marks), name=paper.bookmark(place)))
        paragraph.append(_element("w:bookmarkEnd", id=str(paper.marks)))
    for run in runs:
        if len(run) > 2:
            link = _element("w:hyperlink", anchor=paper.bookmark(run[2].removeprefix("#")), history="1")
            paragraph.append(_with(link, _run(*run[:2])))
        else:
            paragraph.append(_run(*run[:2]))
    return paragraph


def _run(text: str, marks: str) -> Any:
    run = _element("w:r")
    looks = _element("w:rPr")
    if set(marks) & {"c", "h"}:
        looks.append(_element("w:rFonts", ascii="Consolas", hAnsi="Consolas", cs="Consolas"))
    for mark, name in (("b", "w:b"), ("i", "w:i")):
        if mark in marks:
            looks.append(_element(name))
    if "h" in marks or "c" in marks:
        looks.append(_element("w:noProof"))
    if set(marks) & _SIZES.keys():
        looks.append(_element("w:sz", val=min(_SIZES[each] for each in marks if each in _SIZES)))
    if len(looks):
        run.append(looks)
    if text == "\n":
        run.append(_element("w:br"))
        return run
    words = _element("w:t")
    words.text = text
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.append(words)
    return run


def table(paper: Paper, block: Mapping[str, Any], width: int) -> list[Any]:
    """A table over the whole width with its caption before it; its head comes again on every page."""
    columns = _widths(block, width)
    if not columns:
        return []
    paper.is_dense = len(columns) > MANY
    made = _element("w:tbl")
    facts = _element("w:tblPr")
    style = paper.style("table")
    if style:
        facts.append(_element("w:tblStyle", val=style))
    facts.append(_element("w:tblW", w=str(sum(columns)), type="dxa"))
    facts.append(_element("w:tblLayout", type="fixed"))
    has_head = "1" if block["heads"] else "0"
    facts.append(_element("w:tblLook", val="0420" if block["heads"] else "0400", firstRow=has_head, lastRow="0", firstColumn="0",
                          lastColumn="0", noHBand="0", noVBand="1"))
    if block["caption"]:
        facts.append(_element("w:tblCaption", val=block["caption"][:250]))
    grid = _with(_element("w:tblGrid"), *(_element("w:gridCol", w=str(each)) for each in columns))
    made.append(facts)
    made.append(grid)
    over: dict[int, tuple[int, int]] = {}
    for row in block["heads"]:
        made.append(_row(paper, row, columns, over, is_head=True, is_kept=True))
    kept = keeping.rows(block, columns, is_wide=paper.is_wide)
    for number, row in enumerate(block["rows"]):
        made.append(_row(paper, row, columns, over, is_head=False, is_kept=number in kept))
    caption = [_paragraph(paper, [[block["caption"], ""]], paper.style("caption"), is_kept=True)] if block["caption"] else []
    # Without a paragraph between them two tables would be one.
    return [*caption, made, _gap(120)]


def _widths(block: Mapping[str, Any], width: int) -> list[int]:
    rows = [*block["heads"], *block["rows"]]
    count = max((sum(cell["span"] for cell in row["cells"]) for row in rows), default=0)
    shares = [each for each in block["widths"] if each] if len(block["widths"]) == count else []
    if len(shares) != count or not count:
        shares = [1] * count
    found = [width * each // sum(shares) for each in shares]
    if found:
        found[-1] += width - sum(found)
    return found


def _row(
    paper: Paper, row: Mapping[str, Any], columns: list[int], over: dict[int, tuple[int, int]], *, is_head: bool, is_kept: bool
) -> Any:
    """One row; `over` holds, by first column, how many rows a cell above still reaches down and over how many columns.

    A row that is kept stays on the page of the next.
    """
    made = _element("w:tr")
    facts = _with(_element("w:trPr"), _element("w:cantSplit"))
    if is_head:
        facts.append(_element("w:tblHeader"))
    made.append(facts)
    place, cells, is_strong = 0, list(row["cells"]), "chapter-row" in row["look"] or "total" in row["look"]
    while place < len(columns):
        left, span = over.get(place, (0, 1))
        if left:  # a cell of a row above reaches down to here
            over[place] = left - 1, span
            made.append(_cell(paper, None, columns[place : place + span], is_head, False))
            place += span
        elif cells:
            cell = cells.pop(0)
            span = min(cell["span"], len(columns) - place)
            over[place] = cell["rows"] - 1, span
            made.append(_cell(paper, cell, columns[place : place + span], is_head, is_strong))
            place += span
        else:
            made.append(_cell(paper, _EMPTY, columns[place:], is_head, False))
            place = len(columns)
    for facts in made.iter(qn("w:pPr")) if is_kept else ():
        facts.insert(1 if facts.find(qn("w:pStyle")) is not None else 0, _element("w:keepNext"))
    return made


_EMPTY: Mapping[str, Any] = {"runs": (), "span": 1, "rows": 1, "num": False, "head": False}


def _cell(paper: Paper, cell: Mapping[str, Any] | None, columns: list[int], is_head: bool, is_strong: bool) -> Any:
    """One cell; None goes on with the one above."""
    facts = _with(_element("w:tcPr"), _element("w:tcW", w=str(sum(columns)), type="dxa"))
    if len(columns) > 1:
        facts.append(_element("w:gridSpan", val=str(len(columns))))
    if cell is None:
        facts.append(_element("w:vMerge"))
    elif cell["rows"] > 1:
        facts.append(_element("w:vMerge", val="restart"))
    if is_strong:
        facts.append(_element("w:shd", val="clear", color="auto", fill="E3EBE8"))
    told = cell or _EMPTY
    runs = [[each[0], each[1] + "b", *each[2:]] for each in told["runs"]] if is_strong or told["head"] else told["runs"]
    if paper.is_dense:
        runs = [[each[0], each[1] + "d", *each[2:]] for each in runs]
    style = paper.style("head" if is_head else "cell")
    return _with(_element("w:tc"), facts, _paragraph(paper, runs, style, is_right=told["num"]))


def _gap(after: int, *inside: Any) -> Any:
    """A paragraph that is hardly to be seen, so that it never needs a page of its own."""
    spacing = _element("w:spacing", before="0", after=str(after), line="20", lineRule="exact")
    mark = _with(_element("w:rPr"), _element("w:sz", val="2"))
    return _with(_element("w:p"), _with(_element("w:pPr"), spacing, mark, *inside))


def _element(name: str, /, **facts: str) -> Any:
    made = OxmlElement(name)
    for key, value in facts.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _with(element: Any, *inside: Any) -> Any:
    for each in inside:
        element.append(each)
    return element
