"""What a page is held to whenever a test fetches one."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
OPTIONAL = {"li", "p", "td", "th", "tr", "option", "dt", "dd"}


class _Reader(HTMLParser):
    """Follows the tags of a page and notes what is wrong."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.ids: Counter[str] = Counter()
        self.faults: list[str] = []
        self.texts: dict[str, str] = {"title": "", "h1": ""}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if "id" in given:
            self.ids[given["id"] or ""] += 1
        if "style" in given:
            self.faults.append(f"<{tag}> has an inline style")
        self.faults += [f"<{tag}> has {name}" for name in given if name.startswith("on")]
        if tag == "script" and not given.get("src"):
            self.faults.append("an inline script")
        if tag == "img" and "alt" not in given:
            self.faults.append("an image without alt")
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        while self.stack and self.stack[-1] != tag and self.stack[-1] in OPTIONAL:
            self.stack.pop()
        if not self.stack or self.stack.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        for tag in self.texts:
            if tag in self.stack and "svg" not in self.stack:  # a drawing has a title of its own
                self.texts[tag] += data


def inspect_page(html: str, path: str) -> None:
    """Fail where a page does not parse, repeats an id, runs inline code, or is titled unlike its heading."""
    if not html.lstrip().lower().startswith("<!doctype"):
        return  # a fragment
    reader = _Reader()
    reader.feed(html)
    reader.close()
    faults = reader.faults + [f"id “{name}” stands {count} times" for name, count in reader.ids.items() if count > 1]
    title, heading = (re.sub(r"\s+", " ", reader.texts[tag]).strip() for tag in ("title", "h1"))
    if title.removesuffix(" · Ninefold") != heading:
        faults.append(f"the title “{title}” is not the heading “{heading}”")
    if reader.stack and set(reader.stack) - OPTIONAL:
        faults.append(f"not closed: {reader.stack}")
    assert not faults, f"{path}: {faults}"
