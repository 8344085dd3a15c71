"""Named reads about the mirror of a project: its sources, what was received, and whether live stayed as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, or_, select

import sandbox
from workbench import jobs
from workbench.database import db
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.tools.models import Tool
from workbench.trials import rules
from workbench.trials.models import (
    MappingRun,
    MirrorSnapshot,
    MirrorSource,
    PlanCheck,
    PlanRehearsal,
    PromotionPlan,
    Pull,
    TrialRun,
)
from workbench.web.paging import Page

PULL_JOB = "mirror_pull"


@dataclass(frozen=True)
class SourceLine:
    """A source in a list: its tool, its newest reading and the newest snapshot of each table."""

    source: MirrorSource
    tool: Tool | None
    pull: Pull | None
    snapshots: tuple[MirrorSnapshot, ...]

    @property
    def rows(self) -> int:
        """Rows of the newest snapshots together."""
        return sum(each.row_count for each in self.snapshots)


@dataclass(frozen=True)
class PullLine:
    """One reading with what a page says of it."""

    pull: Pull
    by: str
    snapshots: tuple[MirrorSnapshot, ...]

    @property
    def verbs(self) -> dict[str, int]:
        """How often each verb was sent."""
        return rules.verbs(self.pull.requests)

    @property
    def others(self) -> int:
        """How many requests were not reading ones."""
        return rules.other_verbs(self.pull.requests)

    @property
    def live(self) -> str:
        """The state of the source: unchanged, changed, or not_checked where it was not read again."""
        return live_state(self.pull)


class _Columns:
    """What changed in the columns of a table."""

    changed: sandbox.Held | None

    @property
    def renamed(self) -> list[tuple[str, str]]:
        """(earlier name, likely new name) of columns that seem to be renamed."""
        return [(old, new) for old, new in self.changed.missing.items() if new] if self.changed else []

    @property
    def gone(self) -> list[str]:
        """Columns that are no longer there."""
        return [old for old, new in self.changed.missing.items() if not new] if self.changed else []

    @property
    def new(self) -> list[str]:
        """Columns that were not there before."""
        if self.changed is None:
            return []
        return [column for column in self.changed.new if column not in self.changed.missing.values()]


@dataclass(frozen=True)
class SnapshotLine(_Columns):
    """A snapshot with what changed in its columns since the one before it."""

    snapshot: MirrorSnapshot
    pull_number: int
    changed: sandbox.Held | None


@dataclass(frozen=True)
class HeaderLine(_Columns):
    """The header of an upload against the last snapshot of its table: what changed, whether that stops the reading, which
    masked columns did not come, the columns whose cells nobody is to see before they are received, and those left out.
    """

    last: MirrorSnapshot | None
    contract: str
    changed: sandbox.Held | None
    unmasked: tuple[str, ...]
    hidden: frozenset[str]
    left_out: tuple[str, ...]

    @property
    def stops(self) -> bool:
        """Whether the reading would stop unless a person accepts the columns."""
        return self.changed is not None and self.changed.stops


def live_state(pull: Pull) -> str:
    """What the hashes before and after say of the source."""
    if not pull.source_after:
        return "not_checked"
    return "unchanged" if pull.source_before == pull.source_after else "changed"


def source(project_id: int, name: str) -> MirrorSource | None:
    """One source of this project."""
    return db.session.scalar(select(MirrorSource).where(MirrorSource.project_id == project_id, MirrorSource.name == name))


def source_by_id(source_id: int) -> MirrorSource | None:
    """One source by its number."""
    return db.session.get(MirrorSource, source_id)


def tool_of(found: MirrorSource) -> Tool | None:
    """The tool that a source mirrors."""
    return db.session.get(Tool, found.tool_id) if found.tool_id else None


def sources(project_id: int, *, withdrawn: bool = False) -> list[SourceLine]:
    """The sources of a project by name, each with its newest reading and snapshots. Three queries."""
    wanted = select(MirrorSource, Tool).join(Tool, Tool.id == MirrorSource.tool_id, isouter=True)
    wanted = wanted.where(MirrorSource.project_id == project_id)
    if not withdrawn:
        wanted = wanted.where(MirrorSource.withdrawn_at.is_(None))
    found = db.session.execute(wanted.order_by(MirrorSource.withdrawn_at.is_not(None), MirrorSource.name)).all()
    pulls = {each.source_id: each for each in newest_pulls(project_id)}
    kept: dict[int, list[MirrorSnapshot]] = {}
    for each in newest_snapshots(project_id):
        kept.setdefault(each.source_id, []).append(each)
    return [SourceLine(one, tool, pulls.get(one.id), tuple(kept.get(one.id, ()))) for one, tool in found]


def newest_pulls(project_id: int) -> Sequence[Pull]:
    """The newest reading of each source. One query."""
    newest = select(func.max(Pull.id)).where(Pull.project_id == project_id).group_by(Pull.source_id)
    return db.session.scalars(select(Pull).where(Pull.id.in_(newest)).order_by(Pull.id)).all()


def newest_snapshots(project_id: int, source_id: int | None = None) -> Sequence[MirrorSnapshot]:
    """The newest snapshot that is kept of each table, by source and table. One query."""
    kept = select(func.max(MirrorSnapshot.id)).where(
        MirrorSnapshot.project_id == project_id, MirrorSnapshot.removed_at.is_(None))
    if source_id is not None:
        kept = kept.where(MirrorSnapshot.source_id == source_id)
    newest = kept.group_by(MirrorSnapshot.source_id, MirrorSnapshot.table_name)
    wanted = select(MirrorSnapshot).where(MirrorSnapshot.id.in_(newest))
    return db.session.scalars(wanted.order_by(MirrorSnapshot.source_id, MirrorSnapshot.table_name)).all()


def snapshot(project_id: int, snapshot_id: int) -> MirrorSnapshot | None:
    """One snapshot of this project, removed or not."""
    same = (MirrorSnapshot.project_id == project_id, MirrorSnapshot.id == snapshot_id)
    return db.session.scalar(select(MirrorSnapshot).where(*same))


def tables(found: MirrorSource) -> dict[str, list[str]]:
    """{table: its columns as last received}, also of tables that were never received yet."""
    named = sandbox.source_tables(found.connector, found.settings)
    declared = dict.fromkeys([*named, *found.contracts, *found.masks])
    known: dict[str, list[str]] = {name: [] for name in declared}
    for each in newest_snapshots(found.project_id, found.id):
        known[each.table_name] = [*each.columns, *(name for name in each.masked if name not in each.columns)]
    for name, columns in found.masks.items():
        known[name] += [column for column in columns if column not in known[name]]
    return known


def header_of(found: MirrorSource, table: str, columns: Sequence[str]) -> HeaderLine:
    """The header of a file that is to be received as this table, as the reading will take it. One query."""
    last = next((each for each in newest_snapshots(found.project_id, found.id) if each.table_name == table), None)
    masks, contract = dict(found.masks.get(table, {})), found.contracts.get(table, rules.Contract.ALLOW)
    # What is dropped on the way in was not in the last snapshot either, and is not new for that.
    come = [column for column in columns if masks.get(column) != rules.Mask.DROP]
    changed = sandbox.held(come, last.columns, contract) if last is not None else None
    missing = tuple(column for column in masks if column not in columns)
    is_other = last is None and table not in found.masks  # it may be a masked table under another name
    masked = {column for each in found.masks.values() for column in each} if is_other else set(masks)
    hidden = {column for column in columns if column in masked} | {sandbox.nearest(each, columns, 0.5) for each in masked}
    if changed is not None and (missing or contract == rules.Contract.DISCARD):  # any new column may be the masked one
        hidden.update(changed.new)
    left_out = (*(column for column in columns if column not in come), *(changed.discarded if changed is not None else ()))
    return HeaderLine(last, contract, changed, missing, frozenset(hidden), left_out)


def snapshots(source_id: int, *, page: int = 1, per_page: int = 50) -> Page[SnapshotLine]:
    """A page of a source's snapshots, newest first, each against the one before of its table. Three queries."""
    wanted = select(MirrorSnapshot, Pull.number).join(Pull, Pull.id == MirrorSnapshot.pull_id)
    wanted = wanted.where(MirrorSnapshot.source_id == source_id)
    total = db.session.scalar(select(func.count(MirrorSnapshot.id)).where(MirrorSnapshot.source_id == source_id)) or 0
    shown = wanted.order_by(MirrorSnapshot.id.desc()).limit(per_page).offset((page - 1) * per_page)
    rows = db.session.execute(shown).all()
    earlier = _before([each for each, _number in rows])
    return Page([SnapshotLine(each, number, _changed(each, earlier.get(each.id))) for each, number in rows], page, total, per_page)


def _before(shown: Sequence[MirrorSnapshot]) -> dict[int, MirrorSnapshot]:
    """The snapshot before each of these of the same table. One query."""
    this, other = MirrorSnapshot.__table__.alias("this"), MirrorSnapshot.__table__.alias("other")
    pairs = select(this.c.id, func.max(other.c.id).label("before")).join(
        other, (other.c.source_id == this.c.source_id) & (other.c.table_name == this.c.table_name) & (other.c.id < this.c.id))
    found = pairs.where(this.c.id.in_([each.id for each in shown])).group_by(this.c.id).subquery()
    wanted = select(found.c.id, MirrorSnapshot).join(MirrorSnapshot, MirrorSnapshot.id == found.c.before)
    return {number: before for number, before in db.session.execute(wanted)}


def _changed(later: MirrorSnapshot, earlier: MirrorSnapshot | None) -> sandbox.Held | None:
    if earlier is None or earlier.columns == later.columns:
        return None
    return sandbox.held(later.columns, earlier.columns, rules.Contract.ALLOW)


def _pull_lines(found: Select[Pull, str]) -> list[PullLine]:
    rows = db.session.execute(found).all()
    wanted = select(MirrorSnapshot).where(MirrorSnapshot.pull_id.in_([pull.id for pull, _by in rows]))
    kept: dict[int, list[MirrorSnapshot]] = {}
    for each in db.session.scalars(wanted.order_by(MirrorSnapshot.table_name)):
        kept.setdefault(each.pull_id, []).append(each)
    return [PullLine(pull, by, tuple(kept.get(pull.id, ()))) for pull, by in rows]


def pulls(source_id: int, *, most: int = 12) -> list[PullLine]:
    """The newest readings of a source. Two queries."""
    wanted = select(Pull, Person.name).join(Person, Person.id == Pull.pulled_by_id).where(Pull.source_id == source_id)
    return _pull_lines(wanted.order_by(Pull.id.desc()).limit(most))


def pull_line(source_id: int, number: int) -> PullLine | None:
    """One reading of a source."""
    wanted = select(Pull, Person.name).join(Person, Person.id == Pull.pulled_by_id)
    return next(iter(_pull_lines(wanted.where(Pull.source_id == source_id, Pull.number == number))), None)


def queue(project_id: int) -> None:
    """From here to the end of the transaction nobody else seals a reading of this project or removes its files."""
    db.session.execute(select(Project.id).where(Project.id == project_id).with_for_update())


def next_pull_number(found: MirrorSource) -> int:
    """The number of the source's next reading; two that ask at once queue."""
    queue(found.project_id)
    return (db.session.scalar(select(func.max(Pull.number)).where(Pull.source_id == found.id)) or 0) + 1


def evidence_of_pull(pull: Pull) -> tuple[int, int] | None:
    """(id, number) of the evidence that a reading left."""
    wanted = select(Evidence.id, Evidence.number).join(EvidenceVersion, EvidenceVersion.evidence_id == Evidence.id)
    same = (Evidence.project_id == pull.project_id, EvidenceVersion.sha256 == pull.result_sha256)
    found = db.session.execute(wanted.where(*same).order_by(Evidence.id.desc()).limit(1)).first()
    return (found[0], found[1]) if found else None


def last_job(found: MirrorSource, key: str) -> jobs.Job | None:
    """The newest piece of work that reads this source."""
    wanted = select(jobs.Job).where(jobs.Job.kind == PULL_JOB, jobs.Job.project_key == key)
    recent = db.session.scalars(wanted.order_by(jobs.Job.id.desc()).limit(50))
    return next((each for each in recent if each.payload.get("source_id") == found.id), None)


def uses_of(found: MirrorSnapshot) -> list[str]:
    """What still needs a snapshot: runs of mappings, the plans that were held against it or rehearsed on it. Three queries."""
    wanted = select(MappingRun.number, MappingRun.recipe).where(MappingRun.project_id == found.project_id)
    runs = [
        _("run of a mapping %(number)s", number=number) for number, recipe in db.session.execute(wanted.order_by(MappingRun.number))
        if any(_is_of(each, found) for each in recipe.get("inputs", {}).values())
    ]
    return runs + [words for words, live in _plan_uses(found.project_id) if any(_is_of(each, found) for each in live)]


def _plan_uses(project_id: int) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """By plan, what its checks and what its rehearsals read, in words and as kept: a check must stay repeatable."""
    told: dict[str, list[Mapping[str, Any]]] = {}
    for model, live, words in (
        (PlanCheck, PlanCheck.live, _l("check of plan %(number)s")),
        (PlanRehearsal, PlanRehearsal.result["live"], _l("rehearsal of plan %(number)s")),
    ):
        wanted = select(PromotionPlan.number, live).join(PromotionPlan, PromotionPlan.id == model.plan_id)
        rows = db.session.execute(wanted.where(PromotionPlan.project_id == project_id).order_by(PromotionPlan.number, model.id))
        for number, tables in rows:
            kept = [each for each in (tables or {}).values() if isinstance(each, dict)]
            told.setdefault(str(words % {"number": number}), []).extend(kept)
    return list(told.items())


def _is_of(given: Mapping[str, Any], found: MirrorSnapshot) -> bool:
    return given.get("snapshot") in (found.id, found.store_id)


def shares_files(found: MirrorSnapshot) -> bool:
    """Whether another snapshot that is kept, or a trial run, stands on the same stored table. Two queries."""
    same = (MirrorSnapshot.project_id == found.project_id, MirrorSnapshot.store_id == found.store_id)
    wanted = select(MirrorSnapshot.id).where(*same, MirrorSnapshot.id != found.id, MirrorSnapshot.removed_at.is_(None))
    if db.session.scalar(wanted.limit(1)) is not None:
        return True
    inputs = db.session.scalars(select(TrialRun.inputs).where(TrialRun.project_id == found.project_id))
    return any(each.get("snapshot") == found.store_id for one in inputs for each in one.values())


def projects_by_key() -> list[tuple[int, str]]:
    """(id, key) of every project. One query."""
    return [(number, key) for number, key in db.session.execute(select(Project.id, Project.key).order_by(Project.id))]


def removed_files(project_id: int) -> set[str]:
    """The stored tables of the snapshots of a project that were removed. One query."""
    gone = (MirrorSnapshot.project_id == project_id, MirrorSnapshot.removed_at.is_not(None))
    return set(db.session.scalars(select(MirrorSnapshot.store_id).where(*gone)))


def needed_files(project_id: int) -> set[str]:
    """The stored tables of a project that a snapshot, a trial run or a run of a mapping stands on. Three queries."""
    kept = select(MirrorSnapshot.store_id).where(
        MirrorSnapshot.project_id == project_id, MirrorSnapshot.removed_at.is_(None))
    inputs = [*db.session.scalars(select(TrialRun.inputs).where(TrialRun.project_id == project_id)),
              *(one.get("inputs", {}) for one in db.session.scalars(
                  select(MappingRun.recipe).where(MappingRun.project_id == project_id)))]
    return {*db.session.scalars(kept), *(str(each["snapshot"]) for one in inputs for each in one.values() if "snapshot" in each)}


def snapshots_with_limit() -> Sequence[tuple[MirrorSnapshot, int, datetime]]:
    """(snapshot, days it is kept, when it was received) of every snapshot whose source limits it. One query."""
    wanted = select(MirrorSnapshot, MirrorSource.keep_days, Pull.pulled_at)
    wanted = wanted.join(MirrorSource, MirrorSource.id == MirrorSnapshot.source_id).join(Pull, Pull.id == MirrorSnapshot.pull_id)
    wanted = wanted.where(MirrorSource.keep_days.is_not(None), MirrorSnapshot.removed_at.is_(None))
    found = db.session.execute(wanted.order_by(MirrorSnapshot.id))
    return [(each, days, at) for each, days, at in found if days is not None]


def sources_unchanged(project_id: int) -> tuple[bool | None, str]:
    """Whether every source was the same before and after its newest reading; None where none was read or not read again."""
    wanted = select(Pull, MirrorSource.name).join(MirrorSource, MirrorSource.id == Pull.source_id)
    newest = select(func.max(Pull.id)).where(Pull.project_id == project_id).group_by(Pull.source_id)
    held = or_(MirrorSource.withdrawn_at.is_(None), Pull.source_before != Pull.source_after)
    found = db.session.execute(wanted.where(Pull.id.in_(newest), held).order_by(MirrorSource.name)).all()
    named: dict[str, list[str]] = {"unchanged": [], "changed": [], "not_checked": []}
    for pull, name in found:
        named[live_state(pull)].append(_("%(source)s in reading %(number)s", source=name, number=pull.number))
    if named["changed"]:
        return False, _("Changed while it was read: %(sources)s.", sources=", ".join(named["changed"]))
    if named["not_checked"]:
        return None, _("Not read again afterwards, so that nothing shows it: %(sources)s.", sources=", ".join(named["not_checked"]))
    if not found:
        return None, _("No source of the mirror was read yet.")
    return True, _("%(count)s sources of the mirror have the same SHA-256 before and after they were read.", count=len(found))
