"""Promotion plans where they meet the sandbox's files: choosing, checking, rehearsing, exporting. Knows no database."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

import sandbox
from workbench.trials.rules.plans import Choice, Wanted
from workbench.trials.store.reconciliations import uploaded
from workbench.trials.store.runs import run_folder
from workbench.web.refusals import Refused

_FORMS = ("csv", "json", "checklist", "steps")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same plan gives the same archive


@dataclass(frozen=True)
class Live:
    """A live table as it is now: its file, what messages call it, how it is written."""

    path: Path
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def refused(error: sandbox.SandboxError) -> Refused:
    """The sandbox's own words: the first line as the message, the others as details."""
    first, *others = str(error).splitlines() or [""]
    return Refused(first, tuple(others))


def choose(home: Path, key: str, run_id: str, choice: Choice, result: Mapping[str, Any] | None = None) -> sandbox.Plan:
    """The plan of the rows chosen of that run, whose sealed `result` says what its files are.

    Raises Refused naming rows that may not enter.
    """
    flagged = dict.fromkeys(choice.flagged, "withdraw")
    rows = None if choice.only else choice.rows
    try:
        return sandbox.make_plan(run_folder(home, key, run_id, result), only=choice.only, rows=rows, flagged=flagged,
                                 among=choice.among)
    except sandbox.SandboxError as error:
        raise refused(error) from error


def choosable(home: Path, key: str, run_id: str, target: Mapping[str, Any], wanted: Wanted, *, page: int,
              per_page: int) -> tuple[list[dict[str, Any]], int]:
    """A page of the rows that the filter shows, and how many there are. Raises Refused."""
    kinds, equal = _as_difference(target, wanted)
    try:
        found = sandbox.diff_rows(run_folder(home, key, run_id), wanted.table, kinds=kinds, equal=equal,
                                  offset=(page - 1) * per_page, limit=per_page, nearby=True)
    except sandbox.SandboxError as error:
        raise refused(error) from error
    return found["rows"], found["total"]


def _as_difference(target: Mapping[str, Any], wanted: Wanted) -> tuple[tuple[str, ...], dict[str, str]]:
    """The filter as the difference is asked: a compared field is the trial's, the live one where a row goes."""
    if not wanted.field:
        return wanted.kinds, {}
    value = _as_kept(wanted.value, str(target["types"][wanted.field]))
    if wanted.field in target["key"]:
        return wanted.kinds, {wanted.field: value}
    side = "live" if wanted.kind in ("withdraw", "flagged") else "trial"
    return wanted.kinds, {f"{side}.{wanted.field}": value}


def _as_kept(value: str, written: str) -> str:
    """The value as the difference holds it: 12.5 of a field with two places is 12.50."""
    if not written.startswith("decimal"):
        return value
    places = int(written[8:-1] or 4)
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    # A decimal has 18 digits: 1e999999999, written out, would fill the memory.
    return f"{number:.{places}f}" if number.is_finite() and number.adjusted() < 18 else value


def plan_bytes(plan: sandbox.Plan) -> bytes:
    """The plan's file."""
    return plan.as_bytes()


@lru_cache(maxsize=4)
def read_plan(text: str) -> sandbox.Plan:
    """The plan that was kept as this text; read once, since a plan never changes. Raises Refused."""
    try:
        return sandbox.read_plan(text.encode("utf-8", "surrogatepass"))
    except sandbox.SandboxError as error:
        raise refused(error) from error


def upload(home: Path, key: str, kept: str, decimal: str) -> Live:
    """An uploaded export of a live table; without a `decimal` mark that of the file is recognised."""
    path = uploaded(home, key, kept)
    return Live(path, path.name, {"decimal": decimal} if decimal else {})


def received(home: Path, key: str, store_id: str, name: str) -> Live:
    """A snapshot of a live table, checked against its hash. Raises Refused where it was altered or is gone."""
    from workbench.trials.store.mirror import parquet  # noqa: PLC0415 - the mirror's files are one part among several

    path, snapshot = parquet(home, key, store_id)
    decimal = snapshot.settings.get("decimal")
    return Live(path, name, {"decimal": decimal} if decimal else {})


def check(plan: sandbox.Plan, live: Mapping[str, Live]) -> sandbox.PlanCheck:
    """The plan against the live tables. Raises Refused in the sandbox's own words."""
    try:
        return sandbox.check_plan(plan, _sources(live))
    except sandbox.SandboxError as error:
        raise refused(error) from error


def resolve(plan: sandbox.Plan, found: sandbox.PlanCheck, decisions: Mapping[tuple[int, str], tuple[str, str]]
            ) -> sandbox.Plan:
    """The new plan over live as it is now. `decisions`: (taken, value) by row number and field. Raises Refused."""
    given = {place: sandbox.Decision(taken, value) for place, (taken, value) in decisions.items()}
    try:
        return sandbox.resolve_plan(plan, found, given)
    except sandbox.SandboxError as error:
        raise refused(error) from error


def inverse(plan: sandbox.Plan) -> sandbox.Plan:
    """The plan that takes that one back."""
    return sandbox.inverse_plan(plan)


def rehearse(home: Path, key: str, run_id: str, plan: sandbox.Plan, live: Mapping[str, Live]) -> dict[str, Any]:
    """The plan and its inverse on a copy of the live tables; without any, on those that the run read. Raises Refused."""
    try:
        sources = _sources(live) if live else sandbox.run_live(run_folder(home, key, run_id))
        return sandbox.rehearse_plan(plan, sources).as_json()
    except sandbox.SandboxError as error:
        raise refused(error) from error


def _sources(live: Mapping[str, Live]) -> dict[str, sandbox.Source]:
    return {table: sandbox.Source(one.path, one.name, dict(one.settings)) for table, one in live.items()}


def export(plan: sandbox.Plan, control: Mapping[str, Any] | None = None) -> bytes:
    """Everything a person needs to carry the plan out, as a ZIP: CSV and JSON by table and kind, checklist, steps, plan.

    `control` is what the newest check counted in the live tables.
    """
    files = {"plan.json": plan.as_bytes()}
    for form in _FORMS:
        files |= sandbox.export_plan(plan, form, control)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def texts(plan: sandbox.Plan) -> Iterator[list[str]]:
    """By row, every cell that is text: of the key, and of the values that would go live."""
    for row in plan.rows:
        kinds = plan.target(row.table).types
        cells = {**row.key, **{name: move.trial for name, move in row.fields.items()}}
        yield [str(value) for name, value in cells.items() if value is not None and kinds[name] == "text"]
