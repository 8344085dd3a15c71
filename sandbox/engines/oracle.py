"""The reference of a whole run in plain Python: every engine must give the same rows; slow, exact, meant to be read."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.engines.oracle_rows import Book, Refused, Row
from sandbox.engines.oracle_steps import masked_columns, rows_of
from sandbox.engines.oracle_targets import TargetResult, target_result
from sandbox.errors import InputRefused
from sandbox.formula.faults import CellFault
from sandbox.formula.oracle import read_cell
from sandbox.formula.tree import Value
from sandbox.mapping.checked import CheckedMapping, Source

# Received rows: every column as text (None or '' where empty), `_line`, and `_fake`, `_edited` where an overlay wrote it.
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class OracleResult:
    """All of a run. `relations` are the rows of every source and step; `coverage` is matched and unmatched by
    `<step>.<lookup>`; `warnings` counts by (step, check)."""

    relations: Mapping[str, Sequence[Row]]
    targets: Sequence[TargetResult]
    refused: Sequence[Refused]
    coverage: Mapping[str, tuple[int, int]]
    warnings: Mapping[tuple[str, str], int]

    @property
    def refused_counts(self) -> dict[tuple[str, str, str], int]:
        """How many rows were refused by (step, item, kind)."""
        return dict(Counter((one.step, one.item, one.kind) for one in self.refused))


def run(mapping: CheckedMapping, tables: Mapping[str, Rows], parameters: Mapping[str, str] | None = None, *,
        marks: Mapping[str, str] | None = None, masked: Mapping[str, Sequence[str]] | None = None) -> OracleResult:
    """The run of `mapping` on received `tables` (by the name of the source).

    `parameters` are texts, as on a command line; `marks` the decimal mark of each source ("." where it has none), and
    `masked` the names of its columns that were masked on the way in. Raises InputRefused where the run must stop.
    """
    book = Book(mapping, _parameters(mapping, parameters or {}))
    for name, source in mapping.sources.items():
        book.relations[name] = _read(book, source, tables[name], (marks or {}).get(name, "."))
        book.masked[name] = frozenset({*source.mask, *(masked or {}).get(name, ())})
    for step in mapping.steps:
        book.relations[step.name] = rows_of(book, step)
        book.masked[step.name] = masked_columns(book, step)
    targets = [target_result(book, target) for target in mapping.targets]
    # A warning-level check that was always held counts 0.
    return OracleResult(book.relations, targets, book.refused, book.matched, dict(book.warned))


def _parameters(mapping: CheckedMapping, given: Mapping[str, str]) -> dict[str, Value]:
    unknown = [name for name in given if name not in mapping.parameters]
    if unknown:
        raise InputRefused(f"the mapping has no parameter {unknown[0]}; it has {', '.join(mapping.parameters) or 'none'}")
    found = {}
    for name, kind in mapping.parameters.items():
        if name not in given:
            raise InputRefused(f"the parameter {name} ({kind}) has no value")
        try:
            found[name] = read_cell(kind, given[name], ".")
        except CellFault as fault:
            raise InputRefused(f"parameter {name}: {fault}") from fault
    return found


def _read(book: Book, source: Source, rows: Rows, mark: str) -> list[Row]:
    """The rows of which every cell converts; each cell that does not is a refusal."""
    found = []
    for row in rows:
        at, values = (source.name, row["_line"]), {}
        for name, kind in source.schema.items():
            try:
                values[name] = read_cell(kind, row[name], mark)
            except CellFault as fault:
                book.refuse(source.name, name, "source", at, str(fault))
        if len(values) == len(source.schema):
            found.append(Row(values, (at,), bool(row.get("_fake")), at, bool(row.get("_edited"))))
    return found
