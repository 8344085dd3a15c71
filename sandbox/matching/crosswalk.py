"""The crosswalk: which name of one tool stands for which of another, who decided so and when."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jsonschema import Draft202012Validator

from sandbox.connectors.csv.connector import read_csv
from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.tables import csv_text, plain_text

_STATES = ("unmapped", "mapped", "ignored")


class _CellRefused(InputRefused):
    """A cell of a row that cannot be taken, and the name of its column."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column


@dataclass(frozen=True)
class Pair:
    """One row of a crosswalk. `state`: unmapped, mapped (to `right`) or ignored (with the reason)."""

    left: str
    right: str | None
    state: str
    by: str = ""
    at: str = ""
    reason: str = ""


class Crosswalk:
    """What people decided: rows of left and right names, the state of each, who said so and when. Immutable."""

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self.pairs = tuple(dict.fromkeys(pairs))
        self._states: dict[str, str] = {}
        rights: set[tuple[str, str | None]] = set()
        for pair in self.pairs:
            _check_pair(pair)
            _check_beside(pair, self._states, rights)

    def state(self, left: str) -> str:
        """`mapped`, `ignored` or `unmapped`, also for a name never seen."""
        return self._states.get(left, "unmapped")

    def accepted(self, left: str, right: str | Sequence[str], *, by: str, at: str, reason: str = "") -> Crosswalk:
        """With that name mapped; several right names split it, one row each. What was said before is replaced."""
        rights = [right] if isinstance(right, str) else list(right)
        if not rights:
            raise InputRefused(f"{left!r}: a name to map it to is missing")
        return self._with(left, [Pair(left, one, "mapped", by, at, reason) for one in rights])

    def ignored(self, left: str, *, by: str, at: str, reason: str) -> Crosswalk:
        """With that name left aside; the reason is kept with it."""
        return self._with(left, [Pair(left, None, "ignored", by, at, reason)])

    def reopened(self, left: str) -> Crosswalk:
        """Without any decision on that name."""
        return self._with(left, [])

    def _with(self, left: str, rows: Sequence[Pair]) -> Crosswalk:
        return Crosswalk([*(pair for pair in self.pairs if pair.left != left), *rows])

    def decided(self) -> dict[str, str | None]:
        """For `suggestions`: the names that need no suggestion, with one right name or None."""
        return {pair.left: pair.right for pair in self.pairs if pair.state != "unmapped"}

    def lookup(self, left_column: str = "left", right_column: str = "right") -> str:
        """CSV of the mapped names, as a lookup source of a mapping reads it; columns named as asked."""
        rows = sorted((pair.left, pair.right) for pair in self.pairs if pair.state == "mapped")
        return csv_text([left_column, right_column], rows)

    def as_csv(self) -> str:
        """Every row with its state, who and when: the crosswalk file."""
        rows = sorted((pair.left, pair.right or "", pair.state, pair.by, pair.at, pair.reason) for pair in self.pairs)
        return csv_text(["left", "right", "state", "by", "at", "reason"], rows)


def _check_pair(pair: Pair) -> None:
    if pair.state not in _STATES:
        raise InputRefused(f"{pair.left!r}: the state {pair.state!r} is none of {', '.join(_STATES)}")
    if (pair.right is not None) != (pair.state == "mapped") or pair.right == "":
        raise InputRefused(f"{pair.left!r} is {pair.state}: a right name belongs to a mapped one, and only to it")
    if pair.state == "ignored" and not pair.reason.strip():
        raise InputRefused(f"{pair.left!r} is ignored: the reason is missing")


def _check_beside(pair: Pair, states: dict[str, str], rights: set[tuple[str, str | None]]) -> None:
    """That a row goes together with those before it, which it joins."""
    if states.setdefault(pair.left, pair.state) != pair.state:
        raise InputRefused(f"{pair.left!r} is both {states[pair.left]} and {pair.state}")
    if (pair.left, pair.right) in rights:
        raise InputRefused(f"{pair.left!r} is {pair.state} twice" + (f" to {pair.right!r}" if pair.right else ""))
    rights.add((pair.left, pair.right))


def with_exact(known: Crosswalk, left: Sequence[str], right: Sequence[str], *, at: str) -> Crosswalk:
    """With every left name that stands letter for letter on the right mapped to it; nothing else is matched."""
    offered = set(right)
    same = dict.fromkeys(name for name in left if name and name in offered and known.state(name) == "unmapped")
    return Crosswalk([*(pair for pair in known.pairs if pair.left not in same),
                      *(Pair(name, name, "mapped", "", at, "the same name") for name in same)])


def read_crosswalk(content: bytes, name: str = "crosswalk.csv") -> Crosswalk:
    """The crosswalk of a CSV file that `as_csv` wrote, or that a person made. Raises InputRefused naming the row."""
    pairs, faults = crosswalk_pairs(content, name)
    if faults:
        raise InputRefused(faults[0][1])
    return Crosswalk(pair for _line, pair in pairs)


def crosswalk_pairs(content: bytes, name: str) -> tuple[list[tuple[int, Pair]], list[tuple[int, str]]]:
    """(the rows of a crosswalk file, what is wrong with those that cannot be taken), each with the line on which it begins.

    Raises InputRefused for a file that is no table.
    """
    table = read_csv(content, name)
    for column in schema("crosswalk")["required"]:
        if column not in table.columns:
            raise InputRefused(f'{name}: column "{column}" is missing')
    validator, columns = Draft202012Validator(schema("crosswalk")), tuple(schema("crosswalk")["properties"])
    found: dict[Pair, int] = {}
    faults = [(one.row, f"{name}: row {one.row}, {one.field}: {one.message}") for one in table.refused]
    states: dict[str, str] = {}
    rights: set[tuple[str, str | None]] = set()
    for record in table.records:
        cells = {column: plain_text(record.cells.get(column, "")) for column in columns if column in table.columns}
        try:
            pair = _pair_of(cells, validator)
            if pair not in found:
                _check_pair(pair)
                _check_beside(pair, states, rights)
                found[pair] = record.line
        except InputRefused as error:
            place = f", {error.column}" if isinstance(error, _CellRefused) else ""
            faults.append((record.line, f"{name}: row {record.line}{place}: {error}"))
    return [(line, pair) for pair, line in found.items()], sorted(faults)


def _pair_of(cells: dict[str, str], validator: Draft202012Validator) -> Pair:
    fault = next(iter(validator.iter_errors(cells)), None)
    if fault is not None:
        raise _CellRefused(str(fault.path[0]), fault.schema.get("message", fault.message))
    return Pair(cells["left"], cells.get("right") or None, cells["state"], cells.get("by", ""), cells.get("at", ""),
                cells.get("reason", ""))
