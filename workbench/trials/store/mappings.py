"""Mappings and crosswalks where they meet the sandbox's files: checks, previews, samples, names. Knows no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import sandbox
from workbench.trials.store.reconciliations import folder, uploaded
from workbench.web.refusals import Refused

PREVIEW_ROWS = 20
FILE = "file:"  # before the name of a kept upload, in a crosswalk's `left_at` and `right_at`


@dataclass(frozen=True)
class Checked:
    """What the check of a text says. `spec` is None where the text is no mapping at all."""

    faults: tuple[sandbox.Fault, ...] = ()
    warnings: tuple[str, ...] = ()
    mapping: sandbox.CheckedMapping | None = None
    parts: dict[str, Any] | None = None


@dataclass(frozen=True)
class Given:
    """A received table that a mapping reads: its Parquet file and what its snapshot says."""

    path: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    @property
    def decimal(self) -> str:
        """The decimal mark with which a run reads the table."""
        return str(self.settings.get("decimal", "."))


@dataclass(frozen=True)
class Cells:
    """A column: its type as the mapping has it, some of its cells, and their decimal mark."""

    type: str
    samples: Sequence[str] = ()
    decimal: str = "."


def checked(text: str) -> Checked:
    """All faults and warnings of a mapping's text, and its parts where it is YAML."""
    try:
        parts = sandbox.mapping_parts(text)
    except sandbox.MappingFaults as error:
        return Checked(error.faults)
    try:
        mapping = sandbox.checked(text)
    except sandbox.MappingFaults as error:
        return Checked(error.faults, parts=parts)
    return Checked((), mapping.warnings, mapping, parts)


def text_of_parts(parts: Mapping[str, Any]) -> str:
    """The mapping's text of these parts."""
    return sandbox.mapping_text(dict(parts))


def text_of_upload(data: bytes, name: str) -> str:
    """An uploaded mapping as text. Raises Refused where it is not UTF-8 or too large."""
    try:
        return sandbox.text_of(data, name).removeprefix("\ufeff").replace("\r\n", "\n")
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def changes(before: str, after: str) -> list[sandbox.Change]:
    """What changed from one text to another; both must be without faults of shape. Raises Refused."""
    try:
        return sandbox.difference(sandbox.checked(before).spec, sandbox.checked(after).spec)
    except sandbox.MappingFaults as error:
        raise Refused(str(error)) from error


def given(home: Path, key: str, store_id: str) -> Given:
    """The received table of a snapshot. Raises Refused where it was altered or is gone."""
    try:
        kept = sandbox.Mirror(folder(home, key)).store
        snapshot = kept.snapshot(store_id)
        return Given(kept.parquet(snapshot), snapshot.settings, snapshot.columns)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def crosswalk_table(home: Path, key: str, rows: Sequence[tuple[str, str]], columns: tuple[str, str]) -> Path:
    """A crosswalk's decisions as a received table, a Parquet of two text columns; the same rows give the same file."""
    records = tuple(sandbox.Record(line, dict(zip(columns, row, strict=True))) for line, row in enumerate(rows, 2))
    try:
        kept = sandbox.Mirror(folder(home, key)).store
        table = sandbox.Table(f"{columns[0]}-{columns[1]}.csv", columns, records)
        return kept.parquet(kept.keep("crosswalk", table, sandbox.csv_text(columns, rows).encode()))
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def expect_previews() -> None:
    """Has a process at hand for the next preview, for some minutes; returns at once."""
    sandbox.keep_ready()


def preview(text: str, inputs: Mapping[str, Given], step: str, parameters: Mapping[str, str], salt: str) -> dict[str, Any]:
    """The first rows of a step on samples (`sandbox.preview_step`). Raises Refused in the sandbox's words."""
    tables = {name: sandbox.TrialInput(one.path, name, dict(one.settings)) for name, one in inputs.items()}
    try:
        return sandbox.preview_step(text, tables, step, PREVIEW_ROWS, parameters=parameters, salt=salt)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


@lru_cache(maxsize=64)
def samples(path: Path) -> dict[str, list[str]]:
    """Some cells of each column; a received file never changes, so they are read once. Raises Refused."""
    try:
        return sandbox.sample_cells(path)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def types(table: Given) -> dict[str, str]:
    """The narrowest type as which a run reads the samples of each column; text where there are none."""
    return {name: sandbox.seen_type(cells, table.decimal) or "text" for name, cells in samples(table.path).items()}


def proposals(sources: Mapping[str, Cells], targets: Mapping[str, Cells]) -> list[sandbox.FieldSuggestion]:
    """For each target column the source column that suits best, each used once."""
    # A declared text may hold numbers: what the samples show says more, so that the field can be converted.
    left = [sandbox.Column(name, "" if one.type == "text" else one.type, one.samples, one.decimal)
            for name, one in sources.items()]
    found = sandbox.field_suggestions(
        left, [sandbox.Column(name, one.type, one.samples, one.decimal) for name, one in targets.items()])
    best = sandbox.best_fields(found)
    return [one for one in found if best.get(one.target) == one.source]


def unmatched(left: Given, columns: Sequence[str], right: Given, others: Sequence[str]
              ) -> tuple[int, int, list[tuple[tuple[str, ...], int]]]:
    """Rows, rows without a match, and the values most of them have. Raises Refused."""
    try:
        return sandbox.unmatched_values((left.path, columns), (right.path, others))
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


@lru_cache(maxsize=64)
def _values(path: Path, column: str) -> tuple[tuple[str, int], ...]:
    return tuple((cells[0], count) for cells, count in sandbox.column_values(path, [column]))


def names(path: Path, column: str) -> dict[str, int]:
    """The different names of a column and how many rows hold each. Raises Refused where there is no such column."""
    try:
        return dict(_values(path, column))
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def names_of_file(home: Path, key: str, kept: str, column: str) -> dict[str, int]:
    """The names of a kept CSV file: its column of that name, else its first one. Raises Refused."""
    path = uploaded(home, key, kept)
    try:
        table = sandbox.read_csv(path.read_bytes(), path.name)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error
    name = column if column in table.columns else table.columns[0]
    found: dict[str, int] = {}
    for record in table.records:
        if record.cells[name]:
            found[record.cells[name]] = found.get(record.cells[name], 0) + 1
    return found


@lru_cache(maxsize=8)
def suggested(left: tuple[str, ...], right: tuple[str, ...]) -> dict[str, tuple[sandbox.Suggestion, ...]]:
    """For each left name what it may stand for, best first. Thousands of names take seconds, so they are kept."""
    found: dict[str, list[sandbox.Suggestion]] = {}
    for one in sandbox.suggestions(left, right):
        found.setdefault(one.left, []).append(one)
    return {name: tuple(each) for name, each in found.items()}


def crosswalk_pairs(data: bytes, name: str) -> tuple[list[tuple[int, sandbox.Pair]], list[tuple[int, str]]]:
    """(the rows of an uploaded crosswalk file, the faults of the others), each with its line. Raises Refused for no table."""
    try:
        return sandbox.crosswalk_pairs(data, name)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def formula_reference() -> list[sandbox.FunctionDoc]:
    """Every function and operator with signature, explanation and example."""
    return sandbox.formula_reference()
