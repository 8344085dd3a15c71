"""What can be wrong: with a formula as it is written, and with the row it is used on."""
from __future__ import annotations

from sandbox.errors import SandboxError


class FormulaFault(SandboxError):
    """A formula that cannot be used; `position` and `length` are characters of the formula, counted from 0."""

    def __init__(self, message: str, formula: str, position: int, length: int = 1, *, expected: str = "",
                 nearest: str = "") -> None:
        said = message + (f"; expected {expected}" if expected else "") + (f"; nearest is {nearest}" if nearest else "")
        super().__init__(f"character {position + 1}: {said}")
        self.message, self.expected, self.nearest = message, expected, nearest
        self.formula, self.position, self.length = formula, position, max(1, length)

    def pointed(self) -> str:
        """The line of the formula that holds the fault, and below it a line of ^ under the characters meant."""
        start = self.formula.rfind("\n", 0, self.position) + 1
        line = self.formula[start:].split("\n", 1)[0]
        # Every sign takes one place, also a tab or a control sign, or the marks would stand elsewhere.
        shown = "".join(sign if sign.isprintable() else "·" for sign in line)
        at = self.position - start
        return f"{shown}\n{' ' * at}{'^' * max(1, min(self.length, len(line) - at))}"


class CellFault(SandboxError):
    """A formula that fails on the values of one row."""
