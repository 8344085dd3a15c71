"""Named reads about promotion plans: the list, one with its check and rehearsal, and what requests for change ask of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from workbench.database import db
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.evidence.queries import is_newest
from workbench.evidence.rules import EvidenceKind
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trials.models import (
    MappingRun,
    MappingVersion,
    MirrorSnapshot,
    MirrorSource,
    PlanCheck,
    PlanRehearsal,
    PromotionPlan,
    Pull,
)
from workbench.trials.queries.moved import moved_said
from workbench.trials.rules.plans import STATES, came_of, control_now, newer_tables, plan_state, read_at
from workbench.web.paging import Page
from workbench.web.refusals import NotThere


@dataclass(frozen=True)
class PlanLine:
    """One plan in a list, where it stands."""

    number: int
    title: str
    run: int
    counts: dict[str, Any]
    sha256: str
    made_at: datetime
    made_by: str
    is_rehearsed: bool | None
    replaced_by: int | None
    inverse_of: int | None
    state: str  # where it stands, as a word of STATES


@dataclass(frozen=True)
class PlanPage:
    """One plan with everything its page says beside its rows."""

    project: Project
    plan: PromotionPlan
    run: MappingRun
    made_by: str
    evidence: tuple[int, int, str]  # its id, its number, the SHA-256 of the plan's file
    check: PlanCheck | None
    checked_by: str
    rehearsal: PlanRehearsal | None
    rehearsed_by: str
    replaces: int | None
    replaced_by: int | None
    inverse_of: int | None
    inverse: int | None
    newer: tuple[str, ...] = ()  # live tables that were received anew, and otherwise, since the newest check
    version: int = 0  # of the mapping, with which the run was done
    newest_version: int = 0

    @property
    def state(self) -> str:
        """Where it stands, as a word of STATES."""
        return plan_state(
            replaced_by=self.replaced_by, is_stale=self.check.is_stale if self.check is not None else None, newer=self.newer,
            came_of=_came_of(self.check.result if self.check is not None else None),
        )

    @property
    def is_stale(self) -> bool:
        """Whether live moved, by the newest check."""
        return self.check is not None and self.check.is_stale

    def state_of(self, number: int) -> Mapping[str, Any] | None:
        """What the newest check says of a row, where it is not as it was."""
        rows = self.check.result["rows"] if self.check is not None else []
        found: Mapping[str, Any] | None = next((row for row in rows if row["number"] == number), None)
        return found


@dataclass(frozen=True)
class Held:
    """A plan of the sandbox as a request for change sees it, by its evidence."""

    plan_id: int
    number: int
    title: str
    sha256: str  # of the plan's file
    is_stale: bool | None
    moved: tuple[str, ...]  # the fields that moved, as `contract C-007 price 12.00 → 12.50`
    checked_at: datetime | None
    replaced_by: int | None
    newer: tuple[str, ...] = ()  # live tables that were received anew, and otherwise, since that check
    came_of: str = ""  # what that check found after the work: done or partly
    read: tuple[tuple[str, datetime], ...] = ()  # the tables it took from the mirror, and when each was last received

    @property
    def state(self) -> str:
        """Where it stands, as a word of STATES."""
        return plan_state(replaced_by=self.replaced_by, is_stale=self.is_stale, newer=self.newer, came_of=self.came_of)


def _came_of(result: Mapping[str, Any] | None) -> str:
    return came_of(result.get("is_after"), result.get("is_done")) if result is not None else ""


def _newest(model: Any) -> ColumnElement[int]:
    """The newest row about the plan at hand."""
    newest = aliased(model)
    found: ColumnElement[int] = select(func.max(newest.id)).where(newest.plan_id == PromotionPlan.id).scalar_subquery()
    return found


_LATER = aliased(PromotionPlan)
_REPLACED = select(func.max(_LATER.number)).where(_LATER.replaces_id == PromotionPlan.id).scalar_subquery()


def next_plan(project_id: int) -> int:
    """The number of the project's next plan; two that ask at once queue, so that each number is given once."""
    db.session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
    return (db.session.scalar(select(func.max(PromotionPlan.number)).where(PromotionPlan.project_id == project_id)) or 0) + 1


def plan(project_id: int, number: int) -> PromotionPlan | None:
    """One plan of this project."""
    same = (PromotionPlan.project_id == project_id, PromotionPlan.number == number)
    return db.session.scalar(select(PromotionPlan).where(*same))


def plan_by_id(plan_id: int) -> PromotionPlan | None:
    """One plan by its id."""
    return db.session.get(PromotionPlan, plan_id)


def inverse_of(found: PromotionPlan) -> PromotionPlan | None:
    """The way back of a plan, once it was made; the newest where conflicts were resolved."""
    wanted = select(PromotionPlan).where(PromotionPlan.inverse_of_id == found.id)
    return db.session.scalar(wanted.order_by(PromotionPlan.id.desc()).limit(1))


def newest_check(found: PromotionPlan) -> PlanCheck | None:
    """The newest check of a plan."""
    wanted = select(PlanCheck).where(PlanCheck.plan_id == found.id)
    return db.session.scalar(wanted.order_by(PlanCheck.id.desc()).limit(1))


def replaced_by(found: PromotionPlan) -> int | None:
    """The number of the plan that took the place of this one."""
    return db.session.scalar(select(func.max(PromotionPlan.number)).where(PromotionPlan.replaces_id == found.id))


def _lines(project_id: int, asked: Mapping[str, str], states: Mapping[int, str]) -> Select[Any]:
    inverse = aliased(PromotionPlan)
    wanted = (
        select(
            PromotionPlan.id, PromotionPlan.number, PromotionPlan.title, MappingRun.number, PromotionPlan.counts,
            PromotionPlan.sha256, PromotionPlan.made_at, Person.name, PlanRehearsal.is_equal, _REPLACED, inverse.number,
        )
        .join(MappingRun, MappingRun.id == PromotionPlan.run_id)
        .join(Person, Person.id == PromotionPlan.made_by_id)
        .outerjoin(PlanRehearsal, PlanRehearsal.id == _newest(PlanRehearsal))
        .outerjoin(inverse, inverse.id == PromotionPlan.inverse_of_id)
        .where(PromotionPlan.project_id == project_id)
    )
    if asked.get("state") in STATES:
        wanted = wanted.where(PromotionPlan.id.in_([each for each, state in states.items() if state == asked["state"]]))
    if asked.get("q", "").strip():
        wanted = wanted.where(PromotionPlan.title.icontains(asked["q"].strip(), autoescape=True))
    return wanted.order_by(PromotionPlan.number.desc())


def plans_of_project(project_id: int, asked: Mapping[str, str], *, page: int = 1, per_page: int = 50) -> Page[PlanLine]:
    """A page of the project's plans, newest first; `asked` holds q and state. Four queries."""
    states = _states(project_id)
    wanted = _lines(project_id, asked, states)
    total = db.session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
    found = db.session.execute(wanted.limit(per_page).offset((page - 1) * per_page))
    return Page([PlanLine(*[*row[1:], states[row[0]]]) for row in found], page, total, per_page)


def all_plans(project_id: int, asked: Mapping[str, str]) -> list[PlanLine]:
    """Every plan that is wanted, for an export. Three queries."""
    states = _states(project_id)
    return [PlanLine(*[*row[1:], states[row[0]]]) for row in db.session.execute(_lines(project_id, asked, states))]


def plan_page(project_id: int, number: int) -> PlanPage:
    """One plan with its run, evidence, newest check and rehearsal. Four queries. Raises NotThere."""
    maker, checker, rehearser = aliased(Person), aliased(Person), aliased(Person)
    later = aliased(MappingVersion)
    newest = select(func.max(later.number)).where(later.mapping_id == MappingVersion.mapping_id).scalar_subquery()
    wanted = (
        select(
            Project, PromotionPlan, MappingRun, maker.name, Evidence.id, Evidence.number, EvidenceVersion.sha256, PlanCheck,
            checker.name, PlanRehearsal, rehearser.name, MappingVersion.number, newest,
        )
        .join(Project, Project.id == PromotionPlan.project_id)
        .join(MappingRun, MappingRun.id == PromotionPlan.run_id)
        .join(MappingVersion, MappingVersion.id == MappingRun.version_id)
        .join(maker, maker.id == PromotionPlan.made_by_id)
        .join(Evidence, Evidence.id == PromotionPlan.evidence_id)
        .join(EvidenceVersion, is_newest())
        .outerjoin(PlanCheck, PlanCheck.id == _newest(PlanCheck))
        .outerjoin(checker, checker.id == PlanCheck.checked_by_id)
        .outerjoin(PlanRehearsal, PlanRehearsal.id == _newest(PlanRehearsal))
        .outerjoin(rehearser, rehearser.id == PlanRehearsal.rehearsed_by_id)
    )
    same = (PromotionPlan.project_id == project_id, PromotionPlan.number == number)
    found = db.session.execute(wanted.where(*same)).first()
    if found is None:
        raise NotThere
    project, row, run, made_by, *evidence, check, checked_by, rehearsal, rehearsed_by, version, last = found
    near, newer = _neighbours(row), newer_tables(check, _newest_tables(project.id)) if check is not None else ()
    return PlanPage(
        project, row, run, made_by, (evidence[0], evidence[1], evidence[2]), check, checked_by or "", rehearsal,
        rehearsed_by or "", near.get("replaces"), near.get("replaced_by"), near.get("inverse_of"), near.get("inverse"),
        newer, version, last,
    )


def _neighbours(row: PromotionPlan) -> dict[str, int]:
    """The numbers of the plans that this one replaces, is the way back of, and the other way round. One query."""
    columns = (PromotionPlan.id, PromotionPlan.number, PromotionPlan.replaces_id, PromotionPlan.inverse_of_id)
    near = (
        PromotionPlan.id.in_([each for each in (row.replaces_id, row.inverse_of_id) if each is not None])
        | (PromotionPlan.replaces_id == row.id) | (PromotionPlan.inverse_of_id == row.id)
    )
    found: dict[str, int] = {}
    for id_, number, replaces_id, inverse_of_id in db.session.execute(select(*columns).where(near).order_by(PromotionPlan.id)):
        for name, is_it in (
            ("replaces", id_ == row.replaces_id), ("inverse_of", id_ == row.inverse_of_id),
            ("replaced_by", replaces_id == row.id), ("inverse", inverse_of_id == row.id),
        ):
            if is_it:
                found[name] = number
    return found


def run_choices(project_id: int) -> list[tuple[int, str]]:
    """(number, title) of the newest runs that a plan can be made from. One query."""
    wanted = select(MappingRun.number, MappingRun.title).where(MappingRun.project_id == project_id)
    found = db.session.execute(wanted.order_by(MappingRun.number.desc()).limit(50))
    return [(number, title) for number, title in found]


def live_snapshot(project_id: int, snapshot_id: int) -> tuple[str, str, str, int] | None:
    """(id in the store, hash of its content, its name, records left out of it) of a snapshot that is kept. One query."""
    named = (MirrorSource.name, MirrorSnapshot.table_name)
    wanted = select(MirrorSnapshot.store_id, MirrorSnapshot.content_sha256, *named, MirrorSnapshot.refused_count)
    wanted = wanted.join(MirrorSource, MirrorSource.id == MirrorSnapshot.source_id)
    same = (MirrorSnapshot.project_id == project_id, MirrorSnapshot.id == snapshot_id, MirrorSnapshot.removed_at.is_(None))
    found = db.session.execute(wanted.where(*same)).first()
    return (found[0], found[1], f"{found[2]}.{found[3]}", found[4]) if found else None


def _newest_tables(project_id: int) -> dict[str, tuple[int, str, datetime]]:
    """{table: (id, hash of its content, when it was received) of its newest snapshot that is kept}. One query."""
    newest = select(func.max(MirrorSnapshot.id)).where(
        MirrorSnapshot.project_id == project_id, MirrorSnapshot.removed_at.is_(None))
    newest = newest.group_by(MirrorSnapshot.source_id, MirrorSnapshot.table_name)
    named = (MirrorSource.name, MirrorSnapshot.table_name, MirrorSnapshot.id, MirrorSnapshot.content_sha256, Pull.pulled_at)
    wanted = select(*named).join(MirrorSource, MirrorSource.id == MirrorSnapshot.source_id)
    found = db.session.execute(wanted.join(Pull, Pull.id == MirrorSnapshot.pull_id).where(MirrorSnapshot.id.in_(newest)))
    return {f"{row[0]}.{row[1]}": (row[2], row[3], row[4]) for row in found}


def _states(project_id: int) -> dict[int, str]:
    """Where each plan of a project stands. Two queries."""
    tables, told = _newest_tables(project_id), PlanCheck.result
    columns = (PlanCheck.is_stale, PlanCheck.live, PlanCheck.checked_at)
    after = (told["is_after"].as_boolean().label("is_after"), told["is_done"].as_boolean().label("is_done"))
    wanted = select(PromotionPlan.id, _REPLACED.label("replaced_by"), *columns, *after)
    wanted = wanted.outerjoin(PlanCheck, PlanCheck.id == _newest(PlanCheck)).where(PromotionPlan.project_id == project_id)
    return {
        row.id: plan_state(
            replaced_by=row.replaced_by, is_stale=row.is_stale, came_of=came_of(row.is_after, row.is_done),
            newer=newer_tables(row, tables) if row.live is not None else (),
        )
        for row in db.session.execute(wanted)
    }


def check_is_outdated(found: PromotionPlan, check: PlanCheck) -> tuple[str, ...]:
    """The live tables that were received anew, and otherwise, since this check of the plan. One query."""
    return newer_tables(check, _newest_tables(found.project_id))


# ── What requests for change ask ──────────────────────────────────────────────


def _held() -> Select[Any]:
    return (
        select(
            PromotionPlan.evidence_id, PromotionPlan.id, PromotionPlan.number, PromotionPlan.title, EvidenceVersion.sha256,
            PlanCheck.is_stale, PlanCheck.result, PlanCheck.checked_at, _REPLACED, PlanCheck.live, PromotionPlan.project_id,
            PromotionPlan.counts,
        )
        .join(Evidence, Evidence.id == PromotionPlan.evidence_id)
        .join(EvidenceVersion, is_newest())
        .outerjoin(PlanCheck, PlanCheck.id == _newest(PlanCheck))
    )


def _as_held(row: Any, tables: Mapping[str, tuple[int, str, datetime]]) -> Held:
    moved = tuple(moved_said(row.result, row.counts)) if row.is_stale else ()
    newer = newer_tables(row, tables) if row.live is not None else ()
    read = read_at(row.live or {}, tables)
    return Held(row[1], row[2], row[3], row[4], row[5], moved, row[7], row[8], newer, _came_of(row.result), read)


def held_of_project(project_id: int) -> dict[int, Held]:
    """Every plan of a project by its evidence. Two queries."""
    found = db.session.execute(_held().where(PromotionPlan.project_id == project_id).order_by(PromotionPlan.id)).all()
    tables = _newest_tables(project_id) if found else {}
    return {row[0]: _as_held(row, tables) for row in found}


def held_by_evidence(evidence_id: int | None) -> Held | None:
    """The plan whose file this evidence is; None for other evidence. Two queries."""
    if evidence_id is None:
        return None
    found = db.session.execute(_held().where(PromotionPlan.evidence_id == evidence_id)).first()
    return _as_held(found, _newest_tables(found.project_id)) if found else None


def attachable(project_id: int) -> list[tuple[int, str]]:
    """(evidence, title) of the plans that none took the place of, newest first. One query."""
    columns = (PromotionPlan.evidence_id, PromotionPlan.number, PromotionPlan.title)
    wanted = select(*columns).where(PromotionPlan.project_id == project_id, _REPLACED.is_(None))
    rows = db.session.execute(wanted.order_by(PromotionPlan.number.desc()).limit(100))
    named = [(evidence, _("plan %(number)s: %(title)s", number=number, title=title)) for evidence, number, title in rows]
    return [(evidence, words) for evidence, words in named if evidence is not None]


def rehearsed_files(project_id: int) -> frozenset[str]:
    """The SHA-256 of the files of plans whose newest rehearsal came back the same; it proves the way back too. One query."""
    plans, tried = aliased(PromotionPlan), aliased(PromotionPlan)
    last = select(func.max(PlanRehearsal.id)).group_by(PlanRehearsal.plan_id).scalar_subquery()
    same = (tried.id == plans.id) | (tried.id == plans.inverse_of_id) & (plans.replaces_id.is_(None))
    wanted = (
        select(EvidenceVersion.sha256)
        .select_from(plans)
        .join(Evidence, Evidence.id == plans.evidence_id)
        .join(EvidenceVersion, is_newest())
        .join(tried, same)
        .join(PlanRehearsal, (PlanRehearsal.plan_id == tried.id) & PlanRehearsal.id.in_(last))
        .where(plans.project_id == project_id, PlanRehearsal.is_equal.is_(True))
    )
    return frozenset(db.session.scalars(wanted))


def plan_counts_of(held: Held | None) -> dict[str, Any]:
    """The counts and control totals of a plan as its newest check found live; none where there is no plan. One query."""
    if held is None:
        return {}
    wanted = select(PromotionPlan.counts, PlanCheck.result).outerjoin(PlanCheck, PlanCheck.plan_id == PromotionPlan.id)
    rows = db.session.execute(wanted.where(PromotionPlan.id == held.plan_id).order_by(PlanCheck.id.desc()).limit(1))
    counts, checked = rows.one()
    control, is_counted = control_now(counts, checked)
    return {**counts, "control": control, "is_counted": is_counted}


def exports_of(project_id: int, held: Held | None) -> Sequence[Any]:
    """The exports of a plan, newest first: id, number, file name, SHA-256, size, when, by whom. One query."""
    if held is None:
        return []
    version = (EvidenceVersion.sha256, EvidenceVersion.size, EvidenceVersion.added_at)
    wanted = select(Evidence.id, Evidence.number, Evidence.title, *version, Person.name).select_from(Evidence)
    wanted = wanted.join(EvidenceVersion, is_newest()).join(Person, Person.id == Evidence.owner_id)
    # Of the system alone: an upload may bear any name.
    own = (Evidence.project_id == project_id, Evidence.kind == EvidenceKind.SYSTEM)
    named = (*own, EvidenceVersion.filename.endswith(f"-plan-{held.number}.zip"))
    return db.session.execute(wanted.where(*named).order_by(Evidence.id.desc())).all()
