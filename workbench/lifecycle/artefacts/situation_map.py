"""The situation map: tools, processes, actors and data with what passes between them, and how it is drawn (step 1)."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

from flask_babel import gettext as _

from workbench.lifecycle.artefacts import Artefact, Column, Fault, Row, rows

KINDS = {
    "tool": ("tool", "outil"),
    "process": ("process", "processus"),
    "actor": ("actor", "acteur"),
    "data": ("data", "données"),
}
HUBS = {
    "administration": ("administration", "administration"),
    "technical": ("technical", "technique"),
    "sales": ("sales", "ventes"),
}
SENSITIVITIES = {
    "none": ("none", "aucune"),
    "internal": ("internal", "interne"),
    "confidential": ("confidential", "confidentielle"),
    "personal": ("personal data", "données personnelles"),
}
HOW = {"api": ("interface", "interface"), "file": ("file", "fichier"), "hand": ("by hand", "à la main")}


@dataclass(frozen=True)
class SituationMap(Artefact):
    """What there is before anything changes. One person of each hub confirms it."""

    KEY: ClassVar[str] = "situation_map"
    TITLE: ClassVar[tuple[str, str]] = ("Situation map", "Carte de la situation")
    CONFIRMED: ClassVar[bool] = True

    elements: tuple[Row, ...] = rows(
        "Which tools, processes, actors and data are there?",
        "Quels outils, processus, acteurs et données y a-t-il ?",
        (
            Column("name", "Name", "Nom", required=True),
            Column("kind", "Kind", "Nature", "choice", KINDS, required=True),
            Column("hub", "Hub", "Pôle", "choice", HUBS),
            Column("holds", "What it holds or does", "Ce qu’il contient ou fait", "long"),
            Column("sensitivity", "Sensitivity", "Sensibilité", "choice", SENSITIVITIES),
        ),
    )
    connections: tuple[Row, ...] = rows(
        "What passes between them, and how?",
        "Qu’est-ce qui passe de l’un à l’autre, et comment ?",
        (
            Column("source", "From", "De", required=True),
            Column("target", "To", "Vers", required=True),
            Column("passes", "What passes", "Ce qui passe", required=True),
            Column("how", "How", "Comment", "choice", HOW, required=True),
        ),
        required=False,
    )

    def faults(self, tools: Collection[str] = ()) -> list[Fault]:
        """Each element is named once; both ends of a connection are elements of the map or tools in scope."""
        found, seen = super().faults(tools), set()
        for number, each in enumerate(self.elements, start=1):
            name = _plain(each.get("name", ""))
            if name and name in seen:
                message = _("Row %(number)s: “%(name)s” stands on the map already.", number=number, name=each["name"])
                found.append(Fault("elements", message, number, "name"))
            seen.add(name)
        known = seen | {_plain(each) for each in tools}
        for number, each in enumerate(self.connections, start=1):
            for end in ("source", "target"):
                if each.get(end) and _plain(each[end]) not in known:
                    message = _(
                        "Row %(number)s: “%(name)s” is neither an element of this map nor a tool in scope.",
                        number=number, name=each[end],
                    )
                    found.append(Fault("connections", message, number, end))
        return found


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


@dataclass(frozen=True)
class Thing:
    """One element of the map. `given`: it comes from the tool register, not from what was typed."""

    name: str
    kind: str
    hub: str = ""
    holds: str = ""
    sensitivity: str = ""
    given: bool = False


@dataclass(frozen=True)
class Link:
    """Something that passes from one element to another."""

    source: str
    target: str
    passes: str
    how: str
    given: bool = False


def merged(
    artefact: SituationMap | None, tools: Iterable[Thing], links: Iterable[Link]
) -> tuple[list[Thing], list[Link]]:
    """What was typed with the tools in scope and their connections; what stands in both is told once, as typed."""
    typed = artefact or SituationMap()
    things = [
        Thing(each["name"], each.get("kind", ""), each.get("hub", ""), each.get("holds", ""), each.get("sensitivity", ""))
        for each in typed.elements
        if each.get("name")
    ]
    names = {_plain(each.name): each.name for each in things}
    for tool in tools:
        if _plain(tool.name) not in names:
            names[_plain(tool.name)] = tool.name
            things.append(tool)
    written = [
        Link(each.get("source", ""), each.get("target", ""), each.get("passes", ""), each.get("how", ""))
        for each in typed.connections
    ]
    ways = {(_plain(each.source), _plain(each.target), each.how) for each in written}
    told = [*written, *(each for each in links if (_plain(each.source), _plain(each.target), each.how) not in ways)]
    return things, [
        replace(each, source=names[_plain(each.source)], target=names[_plain(each.target)])
        for each in told
        if _plain(each.source) in names and _plain(each.target) in names
    ]


# How it is drawn. Whole numbers in the units of the drawing; a letter is about seven wide.
WIDE, GUTTER, APART, MARGIN, TALLEST = 172, 152, 26, 16, 8
NARROW = 84  # between two columns where numbers stand for the words on the lines
LINE, LETTER, SLANT = 17, 6, 14
PORT = 13  # a line that reaches a box below another one
ORDER = ("actor", "process", "tool", "data")
SLOT = "slot"  # the place of a line between two boxes
Port = tuple[int, int, bool]  # x, y, on the right side of its box
Place = tuple[int, int, int, int]  # of a label: middle, top, half its width, its height


@dataclass(frozen=True)
class Box:
    """One element with its place. `points` are the corners of a slanted box."""

    name: str
    kind: str
    x: int
    y: int
    height: int
    lines: tuple[str, ...]
    width: int = WIDE

    @property
    def middle(self) -> tuple[int, int]:
        """Its centre."""
        return self.x + self.width // 2, self.y + self.height // 2

    @property
    def points(self) -> str:
        """The corners of the slanted box that stands for data."""
        right, bottom = self.x + self.width, self.y + self.height
        return f"{self.x + SLANT},{self.y} {right},{self.y} {right - SLANT},{bottom} {self.x},{bottom}"

    @property
    def first_line(self) -> int:
        """Where the first line of its text stands."""
        return self.middle[1] - (len(self.lines) - 1) * LINE // 2 + 5


@dataclass(frozen=True)
class Arrow:
    """One connection: its line, its label and where the label stands. `number` is its place in the list, 0 where words label it."""

    link: Link
    path: str
    x: int
    y: int
    lines: tuple[str, ...]
    number: int = 0


@dataclass(frozen=True)
class Drawing:
    """The whole map with its size."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def drawn(things: Sequence[Thing], links: Sequence[Link], *, is_numbered: bool = False) -> Drawing:
    """The places of boxes, lines and labels: a column for each kind, ordered so that few lines cross.

    Numbered, each line carries its number in the list of connections, so that the drawing is narrow and cuts no word off.
    """
    columns = _columns(things, links)
    at = {each.name: number for number, column in enumerate(columns) for each in column}
    known = [each for each in links if each.source in at and each.target in at]
    ways = [_way(number, each, at, columns) for number, each in enumerate(known)]
    _untangle(columns, [pair for way in ways for pair in pairwise(way)])
    gutter = NARROW if is_numbered else GUTTER
    boxes = _boxes(columns, gutter, _busy(at, known))
    arrows = _arrows(boxes, at, known, ways, is_numbered=is_numbered)
    shown = [each for each in boxes.values() if each.kind != SLOT]
    right = max([each.x + WIDE for each in shown] + [each.x + gutter // 2 for each in arrows], default=0)
    bottom = max([each.y + each.height for each in boxes.values()] + [each.y + LINE * 2 for each in arrows], default=0)
    return Drawing(right + MARGIN, bottom + MARGIN, tuple(shown), tuple(arrows))


def _columns(things: Sequence[Thing], links: Sequence[Link]) -> list[list[Thing]]:
    """A column for each kind; one that grows too tall is cut."""
    kinds = [[each for each in things if each.kind == kind] for kind in ORDER]
    columns = [column for column in [*kinds, [each for each in things if each.kind not in ORDER]] if column]
    _untangle(columns, [(each.source, each.target) for each in links])
    return [column[start : start + TALLEST] for column in columns for start in range(0, len(column), TALLEST)]


def _way(number: int, link: Link, at: Mapping[str, int], columns: list[list[Thing]]) -> list[str]:
    """The names a line passes: in each column between its ends it gets an empty slot, so that it crosses no box."""
    first, last = at[link.source], at[link.target]
    between = range(first + 1, last) if first < last else range(first - 1, last, -1)
    slots = [(column, f"\n{number} {column}") for column in between]  # no element's name holds a new line
    for column, name in slots:
        columns[column].append(Thing(name, SLOT))
    return [link.source, *(name for _column, name in slots), link.target]


def _untangle(columns: Sequence[list[Thing]], pairs: Iterable[tuple[str, str]]) -> None:
    """Sort each column by where its neighbours stand, going through them four times."""
    near: dict[str, list[str]] = defaultdict(list)
    for source, target in pairs:
        near[source].append(target)
        near[target].append(source)
    for _turn in range(4):
        for column in columns:
            places = {each.name: (row + 1) / (len(other) + 1) for other in columns for row, each in enumerate(other)}
            wished = {each.name: _mean([places[name] for name in near[each.name] if name in places]) for each in column}
            column.sort(key=lambda each: (wished[each.name] or places[each.name]))


def _mean(places: Sequence[float]) -> float:
    return sum(places) / len(places) if places else 0.0


def _busy(at: Mapping[str, int], links: Iterable[Link]) -> Mapping[str, int]:
    """How many lines reach the busier side of each element."""
    ends: dict[tuple[str, bool], int] = defaultdict(int)
    for each in links:
        ends[each.source, at[each.target] >= at[each.source]] += 1
        ends[each.target, at[each.target] <= at[each.source]] += 1
    return {name: max(ends[name, True], ends[name, False]) for name, _side in list(ends)}


def _boxes(columns: Sequence[Sequence[Thing]], gutter: int, busy: Mapping[str, int]) -> dict[str, Box]:
    texts = {
        each.name: () if each.kind == SLOT else _wrapped(each.name, 20 if each.kind in ("tool", "process") else 16, 4)
        for column in columns
        for each in column
    }
    heights = {
        name: max(24 + LINE * len(text), PORT * (busy.get(name, 0) + 1)) if text else 10 for name, text in texts.items()
    }
    totals = [sum(heights[each.name] for each in column) + APART * (len(column) - 1) for column in columns]
    made = {}
    for number, column in enumerate(columns):
        y = MARGIN + (max(totals) - totals[number]) // 2
        for each in column:
            x = MARGIN + number * (WIDE + gutter)
            made[each.name] = Box(each.name, each.kind, x, y, heights[each.name], texts[each.name])
            y += heights[each.name] + APART
    return made


def _wrapped(text: str, width: int, most: int) -> tuple[str, ...]:
    return tuple(textwrap.wrap(text, width, max_lines=most, placeholder=" …")) or ("",)


def _arrows(
    boxes: Mapping[str, Box], at: Mapping[str, int], links: Sequence[Link], ways: Sequence[Sequence[str]], *, is_numbered: bool
) -> list[Arrow]:
    """The lines leave and reach a box one below the other, in the order of where they go next."""
    ends: dict[tuple[str, bool], list[tuple[int, int, str]]] = defaultdict(list)
    for number, (each, way) in enumerate(zip(links, ways, strict=True)):
        out, into = at[each.target] >= at[each.source], at[each.target] <= at[each.source]  # on the right side of the box
        ends[each.source, out].append((boxes[way[1]].middle[1], number, "out"))
        ends[each.target, into].append((boxes[way[-2]].middle[1], number, "in"))
    ports: dict[tuple[int, str], Port] = {}
    for (name, right), found in ends.items():
        box = boxes[name]
        for place, (_y, number, end) in enumerate(sorted(found), start=1):
            y = box.y + box.height * place // (len(found) + 1)
            ports[number, end] = (box.x + box.width if right else box.x, y, right)
    shown = [each for each in boxes.values() if each.kind != SLOT]  # a label covers no box and no other label
    taken: list[Place] = [(each.middle[0], each.y, each.width // 2, each.height) for each in shown]
    return [
        _arrow(
            each, ports[number, "out"], ports[number, "in"], [boxes[name] for name in ways[number][1:-1]], taken,
            number + 1 if is_numbered else 0,
        )
        for number, each in enumerate(links)
    ]


def _arrow(link: Link, start: Port, end: Port, slots: Sequence[Box], taken: list[Place], number: int) -> Arrow:
    (x, y, out), (last_x, last_y, into) = start, end
    path, middle = f"M{x} {y}", (0, 0)
    for slot in (*slots, None):
        near = last_x if slot is None else slot.x + (0 if out else WIDE)
        level = last_y if slot is None else slot.middle[1]
        reach = max(48, abs(near - x) // 2)
        turns = x + (reach if out else -reach), near + (reach if (into if slot is None else not out) else -reach)
        path += f"C{turns[0]} {y} {turns[1]} {level} {near} {level}"
        middle = middle if any(middle) else ((x + 3 * turns[0] + 3 * turns[1] + near) // 8, (y + level) // 2)
        x, y = near, level
        if slot is not None:
            x = slot.x + (WIDE if out else 0)
            path += f"H{x}"
    lines = (str(number),) if number else _wrapped(link.passes, 18, 2)
    half, tall = LETTER * max(map(len, lines)) // 2 + 4 + 3 * bool(number), 15 * len(lines) + 5 * bool(number)
    return Arrow(link, path, middle[0], _free(middle[0], middle[1] - 4, half, tall, taken), lines, number)


def _free(x: int, y: int, half: int, tall: int, taken: list[Place]) -> int:
    """The nearest height, below or above, where this label covers no other one."""
    near = (max(0, y + side * 6 * turn) for turn in range(60) for side in (1, -1))
    free = (top for top in near if not any(_cover((x, top, half, tall), other) for other in taken))
    y = next(free, y)
    taken.append((x, y, half, tall))
    return y


def _cover(one: Place, other: Place) -> bool:
    beside = abs(one[0] - other[0]) >= one[2] + other[2]
    return not (beside or one[1] + one[3] <= other[1] or other[1] + other[3] <= one[1])
