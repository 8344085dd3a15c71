"""The bookmarks of a joined report: gathered part by part with the levels of their headings, written as one tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf, String

OPEN = 1  # bookmarks down to this level show what is below them


@dataclass
class Bookmark:
    """A heading: its level from 1, the number of its page from 0, the place on it, and what stands below."""

    level: int
    label: str
    page: int
    x: float
    y: float
    below: list[Bookmark] = field(default_factory=list)


def read(source: Pdf) -> Iterator[Bookmark]:
    """The bookmarks that the child left in a part (pdf.py), their pages counted from the part's first."""
    held = list(source.Root.get("/Bookmarks", ()))
    for at in range(0, len(held), 5):
        level, label, page, x, y = held[at:at + 5]
        yield Bookmark(int(level), str(label), int(page), float(x), float(y))


def write(pdf: Pdf, bookmarks: Sequence[Bookmark]) -> None:
    """Hang the tree of all bookmarks into the file."""
    top: list[Bookmark] = []
    above: list[Bookmark] = []
    for each in bookmarks:
        while above and above[-1].level >= each.level:
            above.pop()
        (above[-1].below if above else top).append(each)
        above.append(each)
    if not top:
        return
    root = pdf.make_indirect(Dictionary(Type=Name.Outlines))
    root.Count = _hang(pdf, root, top, 1)
    pdf.Root.Outlines = root
    pdf.Root.PageMode = Name.UseOutlines


def _hang(pdf: Pdf, parent: Any, children: Sequence[Bookmark], depth: int) -> int:
    """Link the children to their parent and to one another; says how many entries are shown."""
    made = []
    shown = len(children)
    for each in children:
        target = Array([pdf.pages[each.page].obj, Name.XYZ, each.x, each.y, 0])
        item = pdf.make_indirect(Dictionary(Title=String(each.label), Parent=parent, Dest=target))
        if each.below:
            below = _hang(pdf, item, each.below, depth + 1)
            item.Count = below if depth <= OPEN else -below
            shown += below if depth <= OPEN else 0
        made.append(item)
    for before, after in pairwise(made):
        before.Next, after.Prev = after, before
    parent.First, parent.Last = made[0], made[-1]
    return shown
