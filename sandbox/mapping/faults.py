"""What is wrong with a mapping file, said so that a person finds the line and knows what to write instead."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.errors import SandboxError


@dataclass(frozen=True)
class Fault:
    """One fault. `line` counts from 1; `position` and `length` are characters of `formula`, from 0, where there is one.

    `step` is the step's name (empty outside of steps), `place` the whole place in words; `expected` and `nearest` may
    be empty.
    """

    line: int
    step: str
    place: str
    position: int
    length: int
    message: str
    expected: str = ""
    nearest: str = ""
    formula: str = ""

    def in_words(self, name: str) -> str:
        """The fault in one line, and below it the formula with ^ under the character where it has one."""
        said = f"{name}:{self.line}: {self.place}: {self.message}"
        said += f"; expected {self.expected}" if self.expected else ""
        said += f"; the nearest is {self.nearest}" if self.nearest else ""
        return "\n".join([said, *self._pointed()])

    def _pointed(self) -> list[str]:
        """The line of the formula that holds the position, and the marks below it."""
        if not self.formula:
            return []
        start = self.formula.rfind("\n", 0, self.position) + 1
        line = self.formula[start:].split("\n", 1)[0]
        marks = max(1, min(self.length, len(line) - (self.position - start)))
        shown = "".join(sign if sign.isprintable() else "·" for sign in line)
        return [f"    {shown}", f"    {' ' * (self.position - start)}{'^' * marks}"]


class MappingFaults(SandboxError):
    """A mapping that cannot be run: `faults` are all that were found, in the order of the file."""

    def __init__(self, name: str, faults: Iterable[Fault]) -> None:
        self.name = name
        self.faults = tuple(sorted(faults, key=lambda one: (one.line, one.position)))
        super().__init__(self.in_words())

    def in_words(self) -> str:
        """Every fault, one below the other."""
        return "\n".join(fault.in_words(self.name) for fault in self.faults)
