"""What the reference run works on: rows that know where they come from, and what was refused."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.formula.tree import Value
from sandbox.mapping.checked import CheckedMapping

Origin = tuple[str, int]  # source and line


@dataclass(frozen=True)
class Row:
    """A row of a relation. `line` is where its row of the step's origin stands; None for groups."""

    values: Mapping[str, Value]
    origins: tuple[Origin, ...]
    fake: bool = False
    line: Origin | None = None
    edited: bool = False


@dataclass(frozen=True)
class Refused:
    """A row that left: at which step, over which item, and what kind of item that is."""

    step: str
    item: str
    kind: str  # source | lookup | where | field | check | side | target
    line: Origin | None
    message: str = ""


@dataclass
class Book:
    """All that a run keeps while it goes from step to step."""

    mapping: CheckedMapping
    parameters: Mapping[str, Value] = field(default_factory=dict)
    relations: dict[str, list[Row]] = field(default_factory=dict)
    masked: dict[str, frozenset[str]] = field(default_factory=dict)  # of each relation, the columns from masked ones
    refused: list[Refused] = field(default_factory=list)
    matched: dict[str, tuple[int, int]] = field(default_factory=dict)
    warned: Counter[tuple[str, str]] = field(default_factory=Counter)

    def refuse(self, step: str, item: str, kind: str, line: Origin | None, message: str) -> None:
        """Notes one refusal."""
        self.refused.append(Refused(step, item, kind, line, message))

    def merged(self, rows: list[Row]) -> tuple[Origin, ...]:
        """The origins of all those rows, each once: by the order of the sources, then by line."""
        order = {name: number for number, name in enumerate(self.mapping.sources)}
        return tuple(sorted({one for row in rows for one in row.origins}, key=lambda one: (order[one[0]], one[1])))
