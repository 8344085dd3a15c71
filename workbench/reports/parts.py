"""A report's HTML cut into parts that begin a new page each, so that they can be set apart and kept; and put together again.

Only markup of our own templates comes in: it is well formed (tests/contract/test_reports.py), and typed text holds no `<`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workbench.reports.pdf import ELSEWHERE

LONG_TABLE, ROWS = 180, 120  # a table of more rows is cut after each so many: by count, so that a longer text moves no other cut
MOST_ROWS = 1000
# Characters of HTML after which a part ends before the next section or h2, and before the next h3: about five and eight pages.
CHAPTER, TITLE = 20_000, 30_000
NEAR = 3_000  # no cut so soon after the heading above
SHORT = 6_000  # less than a page or two: never a part of its own, or the pages before and after it would stand half empty
_TAG = re.compile(r"<(/?)(section|div|article|figure|ul|ol|dl|pre|svg|table|thead|tbody|tr|h2|h3)\b([^>]*)>")
_SECTION = re.compile(r"<section\b([^>]*)>")
_NESTS = frozenset({"section", "div", "article", "figure", "ul", "ol", "dl", "pre", "svg", "table", "thead", "tbody"})
_CUTTABLE = frozenset({"section", "div"})
_CLASS = re.compile(r'class="([^"]*)"')
_ID = re.compile(r'\sid="([^"]*)"')
_LINK = re.compile(r'(<a\b[^>]*\bhref=")#([^"]+)"')
_CAPTION = re.compile(r"<caption.*?</caption>", re.DOTALL)


@dataclass(frozen=True)
class Report:
    """A report taken apart: what stands before the body, the cover, the contents, the parts of the body."""

    head: str
    language: str
    cover: str
    contents: str
    body: tuple[str, ...]
    ids: frozenset[str]

    def meta(self, name: str) -> str:
        """A meta of the head, as written (escaped); empty where there is none."""
        found = re.search(rf'<meta name="{re.escape(name)}" content="([^"]*)"', self.head)
        return found[1] if found else ""

    @property
    def title(self) -> str:
        """The title of the document, as written."""
        found = re.search(r"<title>(.*?)</title>", self.head, re.DOTALL)
        return found[1].strip() if found else ""

    def shell(self, body: str) -> str:
        """A page with this body and nothing in its head that changes from one building to the next."""
        return (
            f'<!doctype html>\n<html lang="{self.language}"><head><meta charset="utf-8"><title>{self.language}</title></head>'
            f'<body class="document">{body}</body></html>'
        )

    def page_of(self, body: str) -> str:
        """The page of one part: every link within the report is left to the joining."""
        return self.shell(_LINK.sub(lambda link: self._led(link[1], link[2]), body))

    def contents_with(self, pages: Mapping[str, int]) -> str:
        """The contents with the numbers of the pages, counted from 1."""
        def numbered(link: re.Match[str]) -> str:
            return f'{self._led(link[1], link[2])} data-page="{pages.get(link[2], "")}"'

        return self.shell(f'<div class="numbered">{_LINK.sub(numbered, self.contents)}</div>')

    def _led(self, before: str, name: str) -> str:
        return f'{before}{ELSEWHERE if name in self.ids else "#"}{name}"'

    def whole(self) -> str:
        """The report in one piece, its pages broken as those of the parts."""
        return f"{self.head}{self.cover}{self.contents}<main>{''.join(self.body)}</main></body></html>"


def cut(page: str) -> Report:
    """Take a report apart. A page that is not one of our documents becomes one part."""
    head, opened, rest = page.partition("<body")
    attributes, _closed, rest = rest.partition(">")
    rest = rest.rpartition("</body>")[0]
    front, is_report, main = rest.partition("<main>")
    if not is_report:
        front, main = "", rest
    main, _end, colophon = main.rpartition("</main>") if is_report else (main, "", "")
    cover, opens, contents = front.partition('<nav class="contents">')
    language = re.search(r'<html[^>]*\blang="([^"]*)"', head)
    return Report(
        head=f"{head}{opened}{attributes}>", language=language[1] if language else "en", cover=cover.strip(),
        contents=f"{opens}{contents}" if opens else "", body=tuple(_Cutter(main + colophon).parts()),
        ids=frozenset(_ID.findall(rest)),
    )  # fmt: skip


@dataclass
class _Table:
    """The table at hand: its opening with everything before its first row, and where its rows stand."""

    start: int
    rows: int
    opening: str = ""
    row: int = 0
    is_held: bool = True  # the row before wants this one on its page


@dataclass
class _Cutter:
    """Walks once over the body and notes where parts begin, with the elements that are open there."""

    text: str
    open: list[tuple[str, str]] = field(default_factory=list)  # (name, attributes)
    table: _Table | None = None
    begun: int = 0  # of the part at hand
    rows: int = 0  # in the part at hand
    prefix: str = ""
    is_wide: bool | None = None
    section_at: int = 0
    chapter_at: int = 0

    def parts(self) -> Iterator[str]:
        """The body, part by part, each well formed."""
        for tag in _TAG.finditer(self.text):
            is_end, name, attributes = bool(tag[1]), tag[2], tag[3]
            if not is_end and self._begins(name, attributes, tag.start()):
                yield self._part(tag.start())
            self._note(name, attributes, tag, is_end)
        if self.text[self.begun:].strip() or self.prefix:
            yield self._marked(self.prefix + self.text[self.begun:])

    def _begins(self, name: str, attributes: str, at: int) -> bool:
        if name == "section" and not self.open:
            return self._new_section(attributes, at)
        if name == "tr":
            return self._new_row()
        if name in ("h2", "h3", "div") and all(each in _CUTTABLE for each, _rest in self.open):
            return self._new_title(name, attributes, at)
        return False

    def _new_section(self, attributes: str, at: int) -> bool:
        classes = _classes(attributes)
        was_wide, self.is_wide = self.is_wide, "wide" in classes
        size = at - self.begun + len(self.prefix)
        self.section_at = self.chapter_at = at
        has_text = bool(self.text[self.begun:at].strip())
        is_other = was_wide is not None and was_wide != self.is_wide
        length = self.text.find("</section>", at) - at
        is_due = (length >= CHAPTER and size >= SHORT) or (size >= CHAPTER and length >= SHORT) or size >= TITLE
        return has_text and (_is_page(classes) or is_other or (is_due and self._stretch(at) >= SHORT))

    def _stretch(self, at: int) -> int:
        """How much follows a section's beginning before one that begins a new page whatever stands above it."""
        for each in _SECTION.finditer(self.text, at + 1):
            classes = _classes(each[1])
            if _is_page(classes) or ("wide" in classes) != self.is_wide:
                return each.start() - at
        return len(self.text) - at

    def _new_title(self, name: str, attributes: str, at: int) -> bool:
        size = at - self.begun + len(self.prefix)
        if name == "h3":
            is_last = self.text.find("</section>", at) - at < SHORT
            return size >= TITLE and at - self.chapter_at >= NEAR and not is_last
        if name == "div":
            return "next" in _classes(attributes) and at - self.section_at >= NEAR
        is_near = at - self.section_at < NEAR or self.text.find("</section>", at) - at < SHORT
        self.chapter_at = at
        return size >= CHAPTER and not is_near

    def _new_row(self) -> bool:
        table = self.table
        if table is None or not table.opening or table.is_held or not table.rows:
            return False
        is_due = table.rows > LONG_TABLE and table.row % ROWS == 0 and table.rows - table.row >= ROWS // 3
        return table.row > 0 and (is_due or self.rows >= MOST_ROWS)

    def _part(self, at: int) -> str:
        closing = "".join(f"</{name}>" for name, _rest in reversed(self.open))
        part = self._marked(self.prefix + self.text[self.begun:at] + closing)
        self.begun, self.rows = at, 0
        again = [self._opened(name, attributes) for name, attributes in self.open if name not in ("table", "tbody")]
        self.prefix = "".join(again) + (self.table.opening if self.table is not None else "")
        return part

    def _opened(self, name: str, attributes: str) -> str:
        return f"<{name}{_ID.sub('', attributes)}>"

    def _marked(self, part: str) -> str:
        """The first section of a part begins a page, also where the report is set in one piece."""
        return re.sub(r"<section\b([^>]*)>", _begin, part, count=1)

    def _note(self, name: str, attributes: str, tag: re.Match[str], is_end: bool) -> None:
        if name == "tr" and not is_end:
            self._note_row(tag)
        if name not in _NESTS:
            return
        if is_end:
            if self.open and self.open[-1][0] == name:
                self.open.pop()
            if name == "table":
                self.table = None
            return
        self.open.append((name, attributes))
        if name == "table":
            end = self.text.find("</table>", tag.start())
            inside = self.text[tag.start():end]
            # A cell over several rows cannot be cut, nor a table within a table.
            rows = 0 if "rowspan=" in inside else inside.count("<tr")
            self.table = _Table(tag.start(), rows)
        if name == "tbody" and self.table is not None:
            self.table.opening = _ID.sub("", _CAPTION.sub("", self.text[self.table.start:tag.end()]))

    def _note_row(self, tag: re.Match[str]) -> None:
        if self.table is not None and self.table.opening:
            self.rows += 1
            self.table.row += 1
            follows = _TAG.search(self.text, self.text.find("</tr>", tag.end()) + 5)
            is_more = follows is not None and follows[2] == "tr" and "more" in _classes(follows[3])
            self.table.is_held = is_more or "chapter-row" in _classes(tag[3])


def _begin(section: re.Match[str]) -> str:
    classes = " ".join(["begins", *_classes(section[1])])
    others = _CLASS.sub("", section[1]).strip()
    return f'<section class="{classes}"{" " + others if others else ""}>'


def _is_page(classes: list[str]) -> bool:
    """Whether a section begins a new page wherever it stands."""
    return "chapter" in classes or ("wide" in classes and "flows" not in classes)


def _classes(attributes: str) -> list[str]:
    found = _CLASS.search(attributes)
    return found[1].split() if found else []
