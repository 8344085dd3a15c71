"""The sandbox of a whole project, for reports: as many queries for one run, snapshot or plan as for thirty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

import sandbox
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trials.models import (
    Disposition,
    MappingRun,
    MappingVersion,
    MirrorSnapshot,
    MirrorSource,
    PlanCheck,
    PlanRehearsal,
    PromotionPlan,
    Pull,
    TrialRun,
)
from workbench.trials.models import Mapping as MappingRow
from workbench.trials.queries.drift import DriftPage
from workbench.trials.queries.moved import moved_said
from workbench.trials.queries.plans import Held, held_of_project
from workbench.trials.queries.reconciliations import RunPage, dispositions, page_of
from workbench.trials.rules import runs as rules


@dataclass(frozen=True)
class Snapshot:
    """A received table with the reading that brought it: what was refused, and whether the source stayed as it was."""

    row: MirrorSnapshot
    source: str
    number: int  # of the reading of its source
    pulled_at: datetime
    pulled_by: str
    before: str
    after: str  # empty where the source could not be read again

    @property
    def table(self) -> str:
        """How mappings call it."""
        return f"{self.source}.{self.row.table_name}"


@dataclass(frozen=True)
class Read:
    """One input of a run of a mapping: where it came from, its hashes, and what lay on top of it."""

    name: str
    table: str
    file: str
    rows: int
    before: str
    after: str
    snapshot: Snapshot | None
    is_crosswalk: bool
    overlay: Mapping[str, Any]
    masked: tuple[str, ...]

    @property
    def is_same(self) -> bool | None:
        """Whether it had the same bytes after; None where the source could not be read again."""
        return self.before == self.after if self.after else None


@dataclass(frozen=True)
class MappingRunTold:
    """One run of a mapping: its version, what it read, and the run to hold it against. `code` is M1, M2 …"""

    row: MappingRun
    mapping: str
    version: int
    version_sha256: str
    run_by: str
    reads: tuple[Read, ...]
    before: MappingRun | None  # whose recipe this is, else the run of the same mapping before it
    before_version: int

    @property
    def code(self) -> str:
        """How people name it."""
        return f"M{self.row.number}"

    @property
    def counts(self) -> dict[str, int]:
        """Rows by kind over all targets."""
        return rules.counts(self.row.result)

    @property
    def counts_before(self) -> dict[str, int]:
        """The same of the run it is held against."""
        return rules.counts(self.before.result) if self.before is not None else {}

    @property
    def is_repeated(self) -> bool:
        """Whether it was done by the recipe of the run it is held against."""
        return self.before is not None and self.before.id == self.row.again_of_id

    @property
    def fakes(self) -> int:
        """Fake records that went in."""
        return sum(int(each.overlay.get("fake", 0)) for each in self.reads)


@dataclass(frozen=True)
class PlanTold:
    """One promotion plan with its checks and rehearsals, oldest first. `code` is P1, P2 …"""

    row: PromotionPlan
    run: int
    made_by: str
    checks: tuple[tuple[PlanCheck, str], ...]
    rehearsals: tuple[tuple[PlanRehearsal, str], ...]
    held: Held
    replaces: int | None
    inverse_of: int | None

    @property
    def code(self) -> str:
        """How reports name it."""
        return f"P{self.row.number}"

    @property
    def check(self) -> PlanCheck | None:
        """The newest check."""
        return self.checks[-1][0] if self.checks else None

    @property
    def state(self) -> str:
        """Where it stands, as a word of STATES in rules/plans.py; the page and the list of plans say the same."""
        return self.held.state

    def moved_in(self, check: PlanCheck) -> list[str]:
        """What moved live, by one of its checks."""
        return moved_said(check.result, self.row.counts)


def run_pages(project_id: int, *, language: str) -> tuple[RunPage, ...]:
    """Every reconciliation of a project with its decisions, the first first; neither evidence nor neighbours. Three queries."""
    project = db.session.get_one(Project, project_id)
    wanted = select(TrialRun).options(joinedload(TrialRun.run_by)).where(TrialRun.project_id == project_id)
    rows = db.session.scalars(wanted.order_by(TrialRun.number)).all()
    decided: dict[int, dict[str, Disposition]] = {}
    for (run_id, key), each in dispositions([row.id for row in rows]).items():
        decided.setdefault(run_id, {})[key] = each
    return tuple(page_of(project, row, decided.get(row.id, {}), None, (), language) for row in rows)


def months(pages: Sequence[RunPage]) -> tuple[DriftPage, ...]:
    """The newest run of each month against that of the month before it. Asks the database nothing."""
    newest = {page.run.period_on: page for page in pages if page.run.period_on is not None}
    ordered = [page for _month, page in sorted(newest.items())]
    return tuple(_moved(*pair) for pair in pairwise(ordered))


def _moved(earlier: RunPage, later: RunPage) -> DriftPage:
    rows = sandbox.compare_months(earlier.result, later.result)
    moved = {(row.client, row.item, row.contract) for row in rows if row.kind == "service"}
    keys = {(row.client, row.service, row.contract) for row in (*later.result.rows, *earlier.result.rows)}
    return DriftPage(later.project, later.run, earlier.run, rows, len(keys - moved), ())


def snapshots(project_id: int) -> tuple[Snapshot, ...]:
    """Every received table of a project, also those removed, the first first. One query."""
    wanted = (
        select(MirrorSnapshot, MirrorSource.name, Pull.number, Pull.pulled_at, Person.name, Pull.source_before, Pull.source_after)
        .join(MirrorSource, MirrorSource.id == MirrorSnapshot.source_id)
        .join(Pull, Pull.id == MirrorSnapshot.pull_id)
        .join(Person, Person.id == Pull.pulled_by_id)
        .where(MirrorSnapshot.project_id == project_id)
    )
    return tuple(Snapshot(*row) for row in db.session.execute(wanted.order_by(MirrorSnapshot.id)))


def mapping_runs_told(project_id: int, received: Sequence[Snapshot]) -> tuple[MappingRunTold, ...]:
    """Every run of a mapping of a project, the first first. One query."""
    wanted = (
        select(MappingRun, MappingRow.id, MappingRow.title, MappingVersion.number, MappingVersion.sha256, Person.name)
        .join(MappingVersion, MappingVersion.id == MappingRun.version_id)
        .join(MappingRow, MappingRow.id == MappingVersion.mapping_id)
        .join(Person, Person.id == MappingRun.run_by_id)
        .where(MappingRun.project_id == project_id)
    )
    known = {each.row.id: each for each in received}
    done: dict[int, tuple[MappingRun, int]] = {}  # by the run's id, with the number of its version
    last: dict[int, int] = {}  # {mapping: its last run so far}
    found = []
    for row, mapping_id, title, version, sha256, name in db.session.execute(wanted.order_by(MappingRun.number)):
        before, before_version = done.get(row.again_of_id or last.get(mapping_id, 0), (None, 0))
        found.append(MappingRunTold(row, title, version, sha256, name, _reads(row, known), before, before_version))
        done[row.id], last[mapping_id] = (row, version), row.id
    return tuple(found)


def _reads(row: MappingRun, known: Mapping[int, Snapshot]) -> tuple[Read, ...]:
    found = []
    for name, one in row.result["details"]["inputs"].items():
        origin = row.recipe["inputs"].get(name, {})
        snapshot = known.get(origin.get("snapshot", 0))
        before, after = (snapshot.before, snapshot.after) if snapshot is not None else (one["sha256"], one["after"])
        found.append(Read(
            name, one["table"], one["file"], one["rows"], before, after, snapshot, "crosswalk" in origin,
            origin.get("overlay", {}), tuple(one.get("masked", ())),
        ))
    return tuple(found)


def plans_told(project_id: int) -> tuple[PlanTold, ...]:
    """Every promotion plan of a project, the first first. Five queries."""
    other, origin = aliased(PromotionPlan), aliased(PromotionPlan)
    wanted = (
        select(PromotionPlan, MappingRun.number, Person.name, other.number, origin.number)
        .join(MappingRun, MappingRun.id == PromotionPlan.run_id)
        .join(Person, Person.id == PromotionPlan.made_by_id)
        .outerjoin(other, other.id == PromotionPlan.replaces_id)
        .outerjoin(origin, origin.id == PromotionPlan.inverse_of_id)
        .where(PromotionPlan.project_id == project_id)
    )
    rows = db.session.execute(wanted.order_by(PromotionPlan.number)).all()
    ids = [row[0].id for row in rows]
    checks, tried = _about(PlanCheck, PlanCheck.checked_by_id, ids), _about(PlanRehearsal, PlanRehearsal.rehearsed_by_id, ids)
    held = held_of_project(project_id) if rows else {}
    return tuple(
        PlanTold(
            row, run, made_by, tuple(checks.get(row.id, ())), tuple(tried.get(row.id, ())),
            held[row.evidence_id or 0], replaces, inverse_of,
        )
        for row, run, made_by, replaces, inverse_of in rows
    )


def _about(model: Any, person: Any, plan_ids: Sequence[int]) -> dict[int, list[tuple[Any, str]]]:
    """What was done with these plans, oldest first, each with the name of who did it. One query."""
    wanted = select(model, Person.name).join(Person, Person.id == person).where(model.plan_id.in_(plan_ids))
    found: dict[int, list[tuple[Any, str]]] = {}
    for row, name in db.session.execute(wanted.order_by(model.id)):
        found.setdefault(row.plan_id, []).append((row, name))
    return found
