"""Named reads about runs of mappings: what a run can read, the runs of a project, and one run with its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from workbench.database import db
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.queries import ids_seen_by
from workbench.trials.models import (
    Crosswalk,
    CrosswalkDecision,
    MappingRun,
    MappingVersion,
    MirrorSnapshot,
    MirrorSource,
    OverlayEdit,
    Pull,
)
from workbench.trials.models import Mapping as MappingRow
from workbench.trials.rules import runs as rules
from workbench.trials.rules.runs import CROSSWALK
from workbench.web.paging import Page
from workbench.web.refusals import NotThere

NEWEST = 20  # snapshots of one table that are offered


@dataclass(frozen=True)
class Version:
    """A version of a mapping as a run is bound to it."""

    id: int
    number: int
    name: str
    title: str
    text: str
    sha256: str
    is_withdrawn: bool = False  # its mapping was put aside


@dataclass(frozen=True)
class SnapshotLine:
    """A received table that a run may read."""

    id: int
    source: str
    table: str
    pulled_at: datetime
    rows: int
    columns: tuple[str, ...]
    overlaid: int  # edits and fake records on top of it
    reading: int  # which of its source brought it


@dataclass(frozen=True)
class RunRecipe:
    """What a run was made of, to run it again: its title and version, its inputs by source, its parameters."""

    number: int
    title: str
    version_id: int
    recipe: Mapping[str, Any]


@dataclass(frozen=True)
class MappingRunLine:
    """One run in a list."""

    number: int
    title: str
    period_on: date | None
    mapping: str
    version: int
    counts: dict[str, int]
    is_live_unchanged: bool
    run_at: datetime
    run_by: str
    fakes: bool


@dataclass(frozen=True)
class MappingRunPage:
    """One run with what its page shows beside its rows."""

    project: Project
    run: MappingRun
    version: Version
    run_by: str
    again_of: MappingRun | None
    same_as: int | None  # the first run of the same inputs
    others: list[tuple[int, str]]  # numbers and titles of runs to compare with
    newest_version: int
    evidence: list[tuple[int, int]]  # ids and numbers
    snapshots: dict[int, SnapshotLine]
    pulls: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def result(self) -> Mapping[str, Any]:
        """What run.json holds."""
        return self.run.result

    @property
    def counts(self) -> dict[str, int]:
        """Rows by kind over all targets."""
        return rules.counts(self.run.result)

    @property
    def counts_before(self) -> dict[str, int]:
        """The same of the run whose recipe this is; nothing where it repeats none."""
        return rules.counts(self.again_of.result) if self.again_of else {}

    def target(self, table: str) -> Mapping[str, Any]:
        """The target of that table, else the first one."""
        targets: list[dict[str, Any]] = self.result["details"]["targets"]
        return next((one for one in targets if one["table"] == table), targets[0])

    def origin(self, source: str) -> Mapping[str, Any]:
        """Where an input came from: its part of the recipe."""
        found: Mapping[str, Any] = self.run.recipe["inputs"].get(source, {})
        return found

    @property
    def fakes(self) -> int:
        """Fake records that went in."""
        return sum(int(one.get("overlay", {}).get("fake", 0)) for one in self.run.recipe["inputs"].values())


def version(project_id: int, version_id: int) -> Version | None:
    """One version of a mapping of this project."""
    found = db.session.execute(_versions(project_id).where(MappingVersion.id == version_id)).first()
    return Version(*found) if found else None


def _versions(project_id: int) -> Select[Any]:
    columns: tuple[Any, ...] = (MappingVersion.id, MappingVersion.number, MappingRow.name, MappingRow.title, MappingVersion.text,
               MappingVersion.sha256, MappingRow.withdrawn_at.is_not(None))
    wanted = select(*columns).join(MappingRow, MappingRow.id == MappingVersion.mapping_id)
    return wanted.where(MappingVersion.project_id == project_id)


def version_choices(project_id: int) -> list[tuple[int, str, int]]:
    """(id, title of the mapping, number) of the versions that can be run, newest first."""
    columns = (MappingVersion.id, MappingRow.title, MappingVersion.number)
    wanted = _versions(project_id).with_only_columns(*columns).where(MappingRow.withdrawn_at.is_(None))
    return [(row[0], row[1], row[2]) for row in db.session.execute(wanted.order_by(MappingVersion.id.desc()).limit(200))]


def _snapshots(project_id: int) -> Select[Any]:
    edits = select(func.count(OverlayEdit.id)).where(
        OverlayEdit.source_id == MirrorSnapshot.source_id, OverlayEdit.table_name == MirrorSnapshot.table_name,
        OverlayEdit.withdrawn_at.is_(None)).scalar_subquery()
    columns = (MirrorSnapshot.id, MirrorSource.name, MirrorSnapshot.table_name, Pull.pulled_at, MirrorSnapshot.row_count,
               MirrorSnapshot.columns, edits, Pull.number)
    joined = select(*columns).join(MirrorSource, MirrorSource.id == MirrorSnapshot.source_id)
    return joined.join(Pull, Pull.id == MirrorSnapshot.pull_id).where(MirrorSnapshot.project_id == project_id)


def _snapshot_line(row: Any) -> SnapshotLine:
    return SnapshotLine(row[0], row[1], row[2], row[3], row[4], tuple(row[5]), row[6], row[7])


def snapshots_of(project_id: int, tables: Sequence[str]) -> dict[str, list[SnapshotLine]]:
    """The newest snapshots of these tables, written `source.table`, newest first. One query."""
    full = MirrorSource.name + "." + MirrorSnapshot.table_name
    wanted = _snapshots(project_id).where(full.in_(list(tables)), MirrorSnapshot.removed_at.is_(None))
    found: dict[str, list[SnapshotLine]] = {}
    for row in db.session.execute(wanted.order_by(MirrorSnapshot.id.desc()).limit(NEWEST * max(1, len(tables)))):
        line = _snapshot_line(row)
        found.setdefault(f"{line.source}.{line.table}", []).append(line)
    return {name: lines[:NEWEST] for name, lines in found.items()}


def newest_snapshots(project_id: int, limit: int) -> list[SnapshotLine]:
    """The newest snapshots of the project's mirror that are still kept, of any table. One query."""
    wanted = _snapshots(project_id).where(MirrorSnapshot.removed_at.is_(None)).order_by(MirrorSnapshot.id.desc()).limit(limit)
    return [_snapshot_line(row) for row in db.session.execute(wanted)]


def crosswalks_of(project_id: int, tables: Sequence[str]) -> dict[str, tuple[int, str, int]]:
    """The crosswalks that sources such as `crosswalk.clients` mean: {table: (id, title, newest decision)}. One query."""
    names = [table.removeprefix(CROSSWALK) for table in tables if table.startswith(CROSSWALK)]
    newest = select(func.max(CrosswalkDecision.id)).where(CrosswalkDecision.crosswalk_id == Crosswalk.id).scalar_subquery()
    wanted = select(Crosswalk.name, Crosswalk.id, Crosswalk.title, newest).where(
        Crosswalk.project_id == project_id, Crosswalk.name.in_(names), Crosswalk.withdrawn_at.is_(None))
    return {f"{CROSSWALK}{name}": (id_, title, at or 0) for name, id_, title, at in db.session.execute(wanted)}


def crosswalk_as_of(project_id: int, crosswalk_id: int, decision_id: int) -> tuple[Crosswalk, list[tuple[str, str]]]:
    """A crosswalk and its mapped names as they stood after that decision. Raises NotThere."""
    found = db.session.get(Crosswalk, crosswalk_id)
    if found is None or found.project_id != project_id:
        raise NotThere
    newest = select(func.max(CrosswalkDecision.id)).where(
        CrosswalkDecision.crosswalk_id == crosswalk_id, CrosswalkDecision.id <= decision_id).group_by(CrosswalkDecision.left)
    rows = db.session.scalars(select(CrosswalkDecision).where(CrosswalkDecision.id.in_(newest)))
    return found, sorted((each.left, right) for each in rows if each.state == "mapped" for right in each.rights)


def snapshot_of(project_id: int, snapshot_id: int) -> tuple[MirrorSnapshot, MirrorSource, Pull] | None:
    """A snapshot that is still kept, with its source and the pull that received it."""
    wanted = select(MirrorSnapshot, MirrorSource, Pull).join(MirrorSource, MirrorSource.id == MirrorSnapshot.source_id)
    wanted = wanted.join(Pull, Pull.id == MirrorSnapshot.pull_id).where(
        MirrorSnapshot.project_id == project_id, MirrorSnapshot.id == snapshot_id, MirrorSnapshot.removed_at.is_(None))
    found = db.session.execute(wanted).first()
    return (found[0], found[1], found[2]) if found else None


def overlay_of(source_id: int, table: str, ids: Sequence[int] | None = None) -> list[OverlayEdit]:
    """The overlay's edits of a table in their order: those that hold now, or the ones with these ids."""
    wanted = select(OverlayEdit).where(OverlayEdit.source_id == source_id, OverlayEdit.table_name == table)
    wanted = wanted.where(OverlayEdit.withdrawn_at.is_(None)) if ids is None else wanted.where(OverlayEdit.id.in_(ids))
    return list(db.session.scalars(wanted.order_by(OverlayEdit.id)))


def mapping_run(project_id: int, number: int) -> MappingRun | None:
    """One run of a mapping of this project."""
    return db.session.scalar(select(MappingRun).where(MappingRun.project_id == project_id, MappingRun.number == number))


def recipe_of(project_id: int, number: int) -> RunRecipe | None:
    """The recipe of one run."""
    found = mapping_run(project_id, number)
    return RunRecipe(number, found.title, found.version_id, found.recipe) if found else None


def next_mapping_run(project_id: int) -> int:
    """The number of the project's next run; two that ask at once queue, so that each number is given once."""
    db.session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
    wanted = select(func.max(MappingRun.number)).where(MappingRun.project_id == project_id)
    return (db.session.scalar(wanted) or 0) + 1


def mapping_runs(project_id: int, *, name: str = "", text: str = "", page: int = 1, per_page: int = 50
                 ) -> Page[MappingRunLine]:
    """A page of the project's runs, newest first; `name` is a mapping's, `text` a part of a run's title. One query."""
    columns: tuple[Any, ...] = (MappingRun.number, MappingRun.title, MappingRun.period_on, MappingRow.title, MappingVersion.number,
               MappingRun.result["targets"], MappingRun.is_live_unchanged, MappingRun.run_at, Person.name,
               MappingRun.recipe["overlay"], MappingRun.result["refused"], func.count().over())
    wanted = select(*columns).join(MappingVersion, MappingVersion.id == MappingRun.version_id)
    wanted = wanted.join(MappingRow, MappingRow.id == MappingVersion.mapping_id).join(Person, Person.id == MappingRun.run_by_id)
    wanted = wanted.where(MappingRun.project_id == project_id)
    if name:
        wanted = wanted.where(MappingRow.name == name)
    if text:
        wanted = wanted.where(MappingRun.title.icontains(text, autoescape=True))
    found = db.session.execute(
        wanted.order_by(MappingRun.number.desc()).limit(per_page).offset((page - 1) * per_page)).all()
    lines = [MappingRunLine(row[0], row[1], row[2], row[3], row[4], rules.counts({"targets": row[5], "refused": row[10]}), row[6],
                            row[7], row[8], bool(row[9])) for row in found]
    return Page(lines, page, found[0][11] if found else 0, per_page)


def mapping_run_titles(project_id: int) -> list[tuple[int, str]]:
    """(number, title) of the newest runs of mappings, to name one. One query."""
    wanted = select(MappingRun.number, MappingRun.title).where(MappingRun.project_id == project_id)
    found = db.session.execute(wanted.order_by(MappingRun.number.desc()).limit(50))
    return [(number, title) for number, title in found]


def run_mappings(project_id: int) -> list[tuple[str, str]]:
    """(name, title) of the mappings that were run, for a filter."""
    wanted = select(MappingRow.name, MappingRow.title).where(MappingRow.project_id == project_id, MappingRow.id.in_(
        select(MappingVersion.mapping_id).join(MappingRun, MappingRun.version_id == MappingVersion.id)))
    return [(name, title) for name, title in db.session.execute(wanted.order_by(MappingRow.title))]


def mapping_run_page(project_id: int, number: int) -> MappingRunPage:
    """One run with its mapping, the run it repeats, its evidence and its neighbours. Raises NotThere."""
    earlier = aliased(MappingRun)
    wanted = select(MappingRun, Project, Person.name, earlier).join(Project, Project.id == MappingRun.project_id)
    wanted = wanted.join(Person, Person.id == MappingRun.run_by_id).outerjoin(earlier, earlier.id == MappingRun.again_of_id)
    found = db.session.execute(wanted.where(MappingRun.project_id == project_id, MappingRun.number == number)).first()
    if found is None:
        raise NotThere
    run, project, run_by, again_of = found
    bound = version(project_id, run.version_id)
    assert bound is not None  # noqa: S101 - a foreign key says so
    mine = select(MappingVersion.mapping_id).where(MappingVersion.id == bound.id).scalar_subquery()
    newest = db.session.scalar(select(func.max(MappingVersion.number)).where(MappingVersion.mapping_id == mine))
    same = db.session.scalar(select(func.min(MappingRun.number)).where(
        MappingRun.project_id == project_id, MappingRun.run_id == run.run_id, MappingRun.number < number))
    others = db.session.execute(select(MappingRun.number, MappingRun.title).where(
        MappingRun.project_id == project_id, MappingRun.number != number).order_by(MappingRun.number.desc()).limit(50))
    read = [one["snapshot"] for one in run.recipe["inputs"].values() if "snapshot" in one]
    lines = [_snapshot_line(row) for row in db.session.execute(
        _snapshots(project_id).where(MirrorSnapshot.id.in_(read)))] if read else []
    return MappingRunPage(project, run, bound, run_by, again_of, same, [(row[0], row[1]) for row in others], newest or 0,
                          _evidence(run), {line.id: line for line in lines}, _pulls(read))


def _pulls(snapshots: Sequence[int]) -> dict[int, tuple[str, str]]:
    """The hashes of the sources before and after their reading, by snapshot."""
    wanted = select(MirrorSnapshot.id, Pull.source_before, Pull.source_after).join(Pull, Pull.id == MirrorSnapshot.pull_id)
    found = db.session.execute(wanted.where(MirrorSnapshot.id.in_(snapshots))) if snapshots else ()
    return {row[0]: (row[1], row[2]) for row in found}


def _evidence(run: MappingRun) -> list[tuple[int, int]]:
    """Ids and numbers of what the run filed."""
    wanted = select(Evidence.id, Evidence.number).join(EvidenceVersion, EvidenceVersion.evidence_id == Evidence.id)
    filed = [run.result_sha256, *run.recipe.get("filed", ())]
    same = (Evidence.project_id == run.project_id, EvidenceVersion.sha256.in_(filed))
    newest = db.session.execute(wanted.where(*same).order_by(Evidence.id.desc()).limit(len(filed))).all()
    return sorted((row[0], row[1]) for row in newest)


@dataclass(frozen=True)
class ToolRecipe:
    """The newest run of a mapping that reads a tool: whose project, and what came out."""

    project_key: str
    mapping: str
    version: int
    number: int
    run_at: datetime
    counts: dict[str, int]
    drift: int


def recipes_of_tool(tool_id: int, person: Person) -> list[ToolRecipe]:
    """The recipes that read this tool, in the projects that the person may see: the newest run of each mapping. Two queries."""
    reads = select(MirrorSnapshot.id).join(MirrorSource, MirrorSource.id == MirrorSnapshot.source_id)
    mine = set(db.session.scalars(reads.where(MirrorSource.tool_id == tool_id,
                                              MirrorSource.project_id.in_(ids_seen_by(person)))))
    if not mine:
        return []
    newest = select(func.max(MappingRun.id)).join(MappingVersion, MappingVersion.id == MappingRun.version_id).where(
        MappingRun.project_id.in_(ids_seen_by(person))).group_by(MappingVersion.mapping_id)
    wanted = select(Project.key, MappingRow.title, MappingVersion.number, MappingRun)
    wanted = wanted.join(Project, Project.id == MappingRun.project_id).join(
        MappingVersion, MappingVersion.id == MappingRun.version_id).join(MappingRow, MappingRow.id == MappingVersion.mapping_id)
    rows = db.session.execute(wanted.where(MappingRun.id.in_(newest)).order_by(Project.key, MappingRow.title))
    return [
        ToolRecipe(key, title, number, run.number, run.run_at, rules.counts(run.result), len(run.drift))
        for key, title, number, run in rows
        if any(one.get("snapshot") in mine for one in run.recipe["inputs"].values())
    ]


def runs_unchanged(project_id: int) -> tuple[bool | None, str]:
    """Whether every live input kept its bytes during the newest run of each mapping; None before the first. One query."""
    newest = select(func.max(MappingRun.id)).join(MappingVersion, MappingVersion.id == MappingRun.version_id)
    newest = newest.where(MappingRun.project_id == project_id).group_by(MappingVersion.mapping_id)
    wanted = select(MappingRun.number, MappingRun.is_live_unchanged).where(MappingRun.id.in_(newest))
    found = db.session.execute(wanted.order_by(MappingRun.number)).all()
    if not found:
        return None, _("No mapping was run yet.")
    changed = ", ".join(str(number) for number, same in found if not same)
    if changed:
        return False, _("Changed while these runs of mappings read them: %(runs)s.", runs=changed)
    return True, _("Newest runs of the mappings that left their sources as they were: %(count)s.", count=len(found))
