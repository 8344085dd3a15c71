"""The difference between staged and live rows in plain Python: by key, column by column."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.engines.oracle_rows import Book, Origin, Row
from sandbox.formula.tree import Value
from sandbox.mapping.checked import Target, why_of

COUNTED = ("create", "update", "withdraw", "unchanged", "refused", "flagged")
SHOWN_ORIGINS = 20
Key = tuple[Value, ...]


@dataclass(frozen=True)
class DiffRow:
    """A row of the difference; `live` and `trial` hold key and compared columns, None where that side has no row."""

    kind: str
    key: Key
    live: Mapping[str, Value] | None
    trial: Mapping[str, Value] | None
    changed: tuple[str, ...]
    why: str
    origins: tuple[Origin, ...]
    fake: bool
    masked: bool
    edited: bool = False


@dataclass(frozen=True)
class TargetResult:
    """Staged and live rows of a target, what differs, and the counts of `COUNTED`."""

    table: str
    staged: tuple[Row, ...]
    live: tuple[Row, ...]
    diff: tuple[DiffRow, ...]
    counts: Mapping[str, int]
    masked: bool


def target_result(book: Book, target: Target) -> TargetResult:
    """The difference of one target; refusals go into the book."""
    return _Comparison(book, target).result()


def _ordering(key: Key) -> tuple[tuple[bool, str | int | Decimal | date], ...]:
    return tuple((value is not None, 0 if value is None else value) for value in key)


class _Comparison:
    """One target's two sides."""

    def __init__(self, book: Book, target: Target) -> None:
        self.book, self.target = book, target
        self.columns = (*target.key, *target.compare)
        self.staged, self.live = self._rows(target.origin), self._rows(target.live)
        self.masked = bool(book.masked[target.origin].union(book.masked[target.live]).intersection(self.columns))
        self.found: list[tuple[DiffRow, tuple[Any, ...]]] = []  # with what it is ordered by

    def _rows(self, relation: str) -> list[Row]:
        """Key and compared columns only; an empty text is nothing."""
        return [replace(row, values={column: None if row.values[column] == "" else row.values[column]
                                     for column in self.columns}) for row in self.book.relations[relation]]

    def _key(self, row: Row) -> Key:
        return tuple(row.values[column] for column in self.target.key)

    def result(self) -> TargetResult:
        """Refuses keys that are empty or stand twice, then compares the rest."""
        in_staged, in_live = Counter(map(self._key, self.staged)), Counter(map(self._key, self.live))
        staged, live = {}, {}
        for row in self.staged:
            key = self._key(row)
            rule = ("key-empty" if None in key else "key-twice" if in_staged[key] > 1
                    else "live-key-twice" if in_live[key] > 1 else "")
            if rule:
                self._refuse(row, rule, is_live=False)
            else:
                staged[key] = row
        for row in self.live:
            key = self._key(row)
            rule = "live-key-empty" if None in key else "live-key-twice" if in_live[key] > 1 else ""
            if rule:
                self._refuse(row, rule, is_live=True)
            elif in_staged[key] < 2:
                live[key] = row
        counts = Counter({"refused": len(self.found)})
        for key in {**staged, **live}:
            counts[self._compare(key, live.get(key), staged.get(key))] += 1
        ordered = [row for row, _ in sorted(self.found, key=lambda one: one[1])]
        return TargetResult(self.target.table, tuple(self.staged), tuple(self.live), tuple(ordered),
                            {kind: counts[kind] for kind in COUNTED}, self.masked)

    def _refuse(self, row: Row, rule: str, *, is_live: bool) -> None:
        said = {"key-empty": "a column of the key holds nothing", "key-twice": "the key stands twice in the staged rows",
                "live-key-empty": "a column of the key holds nothing in the live table",
                "live-key-twice": "the key stands twice in the live table"}[rule]
        self.book.refuse(self.target.table, rule, "target", row.line, said)
        self._add("refused", self._key(row), row if is_live else None, None if is_live else row, (), rule)

    def _compare(self, key: Key, live: Row | None, staged: Row | None) -> str:
        """Adds the row of the difference where there is one; its kind."""
        if live is None and staged is not None:
            self._add("create", key, None, staged, (), why_of(self.book.mapping, self.target, self.columns))
            return "create"
        if live is None or staged is None:
            kind = {"withdraw": "withdraw", "flag": "flagged", "keep": "unchanged"}[self.target.missing]
            if kind != "unchanged":
                self._add(kind, key, live, None, (), "")
            return kind
        changed = tuple(name for name in self.target.compare if live.values[name] != staged.values[name])
        if not changed:
            return "unchanged"
        self._add("update", key, live, staged, changed, why_of(self.book.mapping, self.target, changed))
        return "update"

    def _add(self, kind: str, key: Key, live: Row | None, staged: Row | None, changed: tuple[str, ...],
             why: str) -> None:
        rows = [row for row in (live, staged) if row is not None]
        # A row that the mapping made says what it was made of; a live row alone says where it stands.
        origins = (staged or rows[0]).origins[:SHOWN_ORIGINS]
        row = DiffRow(kind, key, live.values if live else None, staged.values if staged else None, changed, why,
                      origins, any(one.fake for one in rows), self.masked,
                      any(one.edited for one in rows))
        line = rows[0].line[1] if rows[0].line else 0
        values = _ordering(tuple(rows[0].values[column] for column in self.target.compare))
        self.found.append((row, (_ordering(key), live is None, line, values)))
