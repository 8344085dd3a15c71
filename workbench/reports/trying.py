"""What trials come to, as reports print it: bills side by side, and what a run of a mapping would change, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.reports.rules import Options
from workbench.trials.forms import said
from workbench.trials.queries import Filter, RunPage
from workbench.trials.queries.whole import MappingRunTold, PlanTold, Snapshot, mapping_runs_told, plans_told, snapshots
from workbench.trials.rules.runs import ROW_KINDS
from workbench.trials.store import runs as store
from workbench.web.refusals import Refused

SHOWN = 200  # rows of each kind of a target


@dataclass(frozen=True)
class Bill:
    """What the contract bills one client beside what a PSA would bill that syncs every count as a line."""

    client: str
    view: Any


@dataclass(frozen=True)
class Field:
    """One field of a row: as it is live, and as the run would have it."""

    name: str
    live: Any
    trial: Any
    is_amount: bool

    @property
    def moves(self) -> bool:
        """Whether both sides differ."""
        return bool(self.live != self.trial)


@dataclass(frozen=True)
class Changed:
    """One row of a difference: its key, its fields, why, and the rows it comes from."""

    kind: str
    key: tuple[Any, ...]
    fields: tuple[Field, ...]
    why: str
    origins: tuple[str, ...]
    is_fake: bool
    is_masked: bool


@dataclass(frozen=True)
class Target:
    """A table that a run would change: counts by kind, the first rows of each, and why there are none where they are gone."""

    table: str
    key: tuple[str, ...]
    counts: Mapping[str, int]
    rows: tuple[Changed, ...]
    gone: str

    @property
    def changed(self) -> int:
        """How many rows are not as they are live."""
        return sum(count for kind, count in self.counts.items() if kind != "unchanged")


@dataclass(frozen=True)
class Tried:
    """What the mirror holds and what was tried on it: tables received, runs of mappings, plans."""

    runs: tuple[MappingRunTold, ...]
    snapshots: tuple[Snapshot, ...]
    plans: tuple[PlanTold, ...]


def tried(project_id: int, options: Options) -> Tried:
    """What the options take of it. Six queries."""
    if not options.takes_step(5):
        return Tried((), (), ())
    received = snapshots(project_id)
    runs = tuple(each for each in mapping_runs_told(project_id, received) if options.period.holds(each.row.run_at))
    plans = tuple(each for each in plans_told(project_id) if options.period.holds(each.row.made_at))
    return Tried(runs, tuple(each for each in received if options.period.holds(each.pulled_at)), plans)


def bills_of(page: RunPage) -> tuple[Bill, ...]:
    """By client, those first whom the sync would bill too much; the total last, under no name."""
    found = [(client, *page.bills(Filter(client=client))) for client in page.clients]
    # The filter looks for a part of a name: where it finds more than one client it answers for all of them.
    clients = [Bill(client, view) for client, named, view in found if named == client and view.synced.separate_units]
    ordered = sorted(clients, key=lambda each: (-each.view.units_too_many, each.client))
    return (*ordered, Bill("", page.bills(Filter())[1]))


def targets_of(run: MappingRunTold, *, home: Path, key: str) -> tuple[Target, ...]:
    """The targets of a run. Reads the folder of the run, not the database."""
    folder: Path | None
    try:
        folder, gone = store.run_folder(home, key, run.row.run_id, run.row.result), ""
    except Refused as refusal:
        folder, gone = None, said(refusal.message)
    return tuple(_target(one, run, folder, gone) for one in run.row.result["details"]["targets"])


def _target(one: Mapping[str, Any], run: MappingRunTold, folder: Path | None, gone: str) -> Target:
    counts: Mapping[str, int] = run.row.result["targets"][one["table"]]
    rows: list[Changed] = []
    for kind in ROW_KINDS:
        if folder is not None and counts[kind]:
            found, _total = store.difference_page(folder, one["table"], store.Rows(kinds=(kind,)), page=1, per_page=SHOWN)
            rows += [_changed(each, one) for each in found]
    return Target(one["table"], tuple(one["key"]), counts, tuple(rows), gone)


def _changed(row: Mapping[str, Any], target: Mapping[str, Any]) -> Changed:
    names: Sequence[str] = row["_changed"] if row["_kind"] == "update" else target["compare"]
    return Changed(
        kind=row["_kind"],
        key=tuple(row[name] for name in target["key"]),
        fields=tuple(
            Field(name, row[f"live.{name}"], row[f"trial.{name}"], str(target["types"][name]).startswith("decimal"))
            for name in names
        ),
        why=row["_why"] or "",
        origins=tuple(row["_from"] or ()),
        is_fake=bool(row["_fake"]),
        is_masked=bool(row["_masked"]),
    )
