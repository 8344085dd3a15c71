"""Named reads of the lifecycle: where a project stands, derived from its gate decisions; waivers, conditions, artefacts."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from workbench import clock
from workbench.adoption.queries import relapses
from workbench.database import db
from workbench.evidence.queries import evidence_of_project, expired
from workbench.findings.queries import counts_by_kind
from workbench.lifecycle.models import ArtefactRevision, ArtefactSignature, DecisionCondition, GateDecision, Waiver
from workbench.lifecycle.rules import PASSING, Outcome, StepState, may_start
from workbench.lifecycle.steps import STEPS
from workbench.practices.models import Announcement
from workbench.projects.models import Project
from workbench.tools.queries import limitations_of_project, tools_of_project
from workbench.trail.models import Entry
from workbench.trail.queries import Event, event, row_state
from workbench.trail.rules import state_digest

TOLD = ("outcome", "back_to", "reason", "meaning", "snapshot_sha256")  # of a decision, what its entry says in so many words


@dataclass
class PassLine:
    """One pass through one step, with the decisions taken in it."""

    number: int
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    state: StepState = StepState.UPCOMING
    decisions: list[GateDecision] = field(default_factory=list)


@dataclass
class StepLine:
    """One step on the rail: its state now, every pass through it, and the waivers granted at its gate."""

    number: int
    key: str
    state: StepState
    passes: list[PassLine]
    waivers: list[Waiver] = field(default_factory=list)
    overdue: bool = False  # a condition of a pass through this gate was due before today and is not met

    @property
    def last_decision(self) -> GateDecision | None:
        """The newest decision at this gate, whichever pass it belongs to."""
        taken = [decision for each in self.passes for decision in each.decisions]
        return taken[-1] if taken else None

    @property
    def pass_number(self) -> int:
        """Which pass is under way, or was the last."""
        return self.passes[-1].number


def decisions_of_project(project_id: int) -> Sequence[GateDecision]:
    """Every gate decision, oldest first, with its conditions."""
    wanted = select(GateDecision).where(GateDecision.project_id == project_id).order_by(GateDecision.number)
    owners = selectinload(GateDecision.conditions).joinedload(DecisionCondition.owner)
    return db.session.scalars(wanted.options(owners)).all()


def decision(project_id: int, number: int) -> GateDecision | None:
    """One decision of this project."""
    wanted = select(GateDecision).where(GateDecision.project_id == project_id, GateDecision.number == number)
    return db.session.scalar(wanted.options(selectinload(GateDecision.conditions).joinedload(DecisionCondition.owner)))


def waivers_of_project(project_id: int) -> Sequence[Waiver]:
    """Every waiver granted, oldest first."""
    wanted = (
        select(Waiver).where(Waiver.project_id == project_id).order_by(Waiver.id).options(joinedload(Waiver.granted_by))
    )
    return db.session.scalars(wanted).all()


def conditions_of_project(project_id: int) -> Sequence[DecisionCondition]:
    """What passes with conditions still ask for, and what was met, by due date."""
    wanted = select(DecisionCondition).where(DecisionCondition.project_id == project_id)
    return db.session.scalars(
        wanted.order_by(DecisionCondition.due_on).options(joinedload(DecisionCondition.owner))
    ).all()


def condition(project_id: int, condition_id: int) -> DecisionCondition | None:
    """One condition of this project."""
    wanted = select(DecisionCondition).where(
        DecisionCondition.project_id == project_id, DecisionCondition.id == condition_id
    )
    return db.session.scalar(wanted)


def timeline(project_id: int) -> list[StepLine]:
    """The nine steps with all passes and decisions; a few queries whatever the history."""
    project, decisions, today = db.session.get_one(Project, project_id), decisions_of_project(project_id), clock.today()
    walk = walked(decisions, project.opened_at, [each.noted_at for each in relapses(project_id)])
    for condition in (each for taken in decisions for each in taken.conditions):
        if condition.met_on is None and condition.due_on < today:
            walk[condition.step - 1].overdue = True
    for waiver in waivers_of_project(project_id):
        walk[waiver.step - 1].waivers.append(waiver)
    return walk


def walked(
    decisions: Sequence[GateDecision], opened_at: datetime, relapses: Sequence[datetime] = ()
) -> list[StepLine]:
    """The nine steps as the decisions, taken in order, leave them. Looping back opens new passes and keeps the old ones.

    A relapse after the last gate was passed opens that gate again, in a new pass.
    """
    steps = [StepLine(each.number, each.key, StepState.UPCOMING, [PassLine(1)]) for each in STEPS]
    _open(steps[0], opened_at)
    left = list(relapses)
    for decision in decisions:
        while left and left[0] < decision.decided_at:
            _reopen(steps[-1], left.pop(0))
        here = steps[decision.step - 1]
        here.passes[-1].decisions.append(decision)
        _apply(decision, steps, here)
    for at in left:
        _reopen(steps[-1], at)
    return steps


def _reopen(step: StepLine, at: datetime) -> None:
    if step.state is StepState.PASSED:
        step.passes.append(PassLine(step.pass_number + 1, at, state=StepState.REOPENED))
        step.state = StepState.REOPENED


def _open(step: StepLine, at: datetime) -> None:
    if step.state is StepState.UPCOMING:
        step.state = step.passes[-1].state = StepState.CURRENT
        step.passes[-1].opened_at = at


def _close(step: StepLine, state: StepState, at: datetime) -> None:
    step.state = step.passes[-1].state = state
    step.passes[-1].closed_at = at


def _apply(decision: GateDecision, steps: list[StepLine], here: StepLine) -> None:
    outcome, at = Outcome(decision.outcome), decision.decided_at
    if outcome in PASSING:
        _close(here, StepState.PASSED, at)
        passed = passed_steps(steps)
        for each in steps:
            if may_start(each.number, passed):
                _open(each, at)
    elif outcome is Outcome.HOLD:
        here.state = here.passes[-1].state = StepState.HELD
    elif outcome is Outcome.STOP:
        _close(here, StepState.STOPPED, at)
    else:
        _loop_back(steps, decision.back_to or decision.step, at)


def _loop_back(steps: list[StepLine], target: int, at: datetime) -> None:
    """Open a new pass of the target step and, once reached, of every step after it that was walked before."""
    for step in steps[target - 1 :]:
        if step.state is StepState.UPCOMING:
            continue
        if step.passes[-1].closed_at is None:
            step.passes[-1].closed_at = at
        step.passes.append(PassLine(step.passes[-1].number + 1))
        step.state = StepState.UPCOMING
    passed = passed_steps(steps)
    for step in steps:
        if may_start(step.number, passed):
            _open(step, at)


def passed_steps(steps: Sequence[StepLine]) -> frozenset[int]:
    """The numbers of the steps that are passed now."""
    return frozenset(each.number for each in steps if each.state is StepState.PASSED)


def current_step(steps: Sequence[StepLine]) -> int:
    """The first step that is not passed, 9 when all are."""
    return next((each.number for each in steps if each.state is not StepState.PASSED), len(STEPS))


def artefacts_of_project(project_id: int) -> dict[str, ArtefactRevision]:
    """{kind: newest revision}."""
    wanted = select(ArtefactRevision).where(ArtefactRevision.project_id == project_id).order_by(ArtefactRevision.number)
    return {each.kind: each for each in db.session.scalars(wanted.options(joinedload(ArtefactRevision.written_by)))}


def revisions(project_id: int, kind: str) -> Sequence[ArtefactRevision]:
    """Every revision of one artefact, newest first."""
    wanted = select(ArtefactRevision).where(ArtefactRevision.project_id == project_id, ArtefactRevision.kind == kind)
    ordered = wanted.order_by(ArtefactRevision.number.desc()).options(joinedload(ArtefactRevision.written_by))
    return db.session.scalars(ordered).all()


def later_events(project: str, since: int, wanted: Mapping[str, Collection[int]]) -> list[Event]:
    """What the trail holds after entry `since` about these records, {table: ids}, newest first; one query, at most 50."""
    about = [and_(Entry.object_type == kind, Entry.object_id.in_(ids)) for kind, ids in wanted.items() if ids]
    if not about:
        return []
    chosen = select(Entry).where(Entry.project == project, Entry.seq > since, or_(*about))
    return [event(entry) for entry in db.session.scalars(chosen.order_by(Entry.seq.desc()).limit(50))]


def revision_ids(project_id: int, kinds: Collection[str]) -> Sequence[int]:
    """The revisions of some kinds of documents, by number in the database."""
    wanted = select(ArtefactRevision.id).where(ArtefactRevision.project_id == project_id)
    return db.session.scalars(wanted.where(ArtefactRevision.kind.in_(kinds))).all()


def signatures_of(project_id: int, kind: str) -> Sequence[ArtefactSignature]:
    """Who signed the newest revision of an artefact, first first; those of earlier revisions do not count any more."""
    newest = (
        select(ArtefactRevision.id)
        .where(ArtefactRevision.project_id == project_id, ArtefactRevision.kind == kind)
        .order_by(ArtefactRevision.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    wanted = select(ArtefactSignature).where(ArtefactSignature.revision_id == newest)
    return db.session.scalars(wanted.order_by(ArtefactSignature.id)).all()


def changed_since(project: str, seq: int, tables: Sequence[str]) -> dict[str, int]:
    """{table: how many of its records of this project the trail tells of after an entry}; one query."""
    wanted = select(Entry.object_type, func.count(Entry.object_id.distinct())).where(
        Entry.project == project, Entry.seq > seq, Entry.object_type.in_(tables)
    )
    found = db.session.execute(wanted.group_by(Entry.object_type))
    return {table: int(number) for table, number in found}


def go_live_told(project_id: int) -> bool:
    """Whether an announcement that stands names the day of going live."""
    wanted = select(Announcement.id).where(Announcement.project_id == project_id, Announcement.withdrawn_at.is_(None))
    return db.session.scalar(wanted.where(Announcement.go_live_on.is_not(None)).limit(1)) is not None


@dataclass(frozen=True)
class Glance:
    """The few figures beside the gate on the project page."""

    trials_ending: tuple[tuple[str, date], ...]
    limitations: int
    findings: int
    evidence: int
    evidence_expired: int


def glance(project_id: int, on: date) -> Glance:
    """Trial licences that end, open limitations and findings, evidence; one query each."""
    ending = tuple(
        (each.name, each.trial_ends_on) for each in tools_of_project(project_id) if each.trial_ends_on is not None
    )
    pieces = evidence_of_project(project_id, per_page=1).total
    return Glance(
        ending,
        len(limitations_of_project(project_id)),
        sum(counts_by_kind(project_id).values()),
        pieces,
        len(expired(project_id, on)),
    )


@dataclass(frozen=True)
class Altered:
    """A decision whose row is not what the trail recorded. `seq` is the entry that did, 0 where none does.

    `recorded` is what that entry says in so many words where the row says something else: {column: value}.
    """

    code: str
    step: int
    seq: int
    recorded: Mapping[str, str]


def altered(decisions: Sequence[GateDecision]) -> tuple[Altered, ...]:
    """Those of the decisions that were changed, or put into the database, past the trail. Two queries at most."""
    known = _entries(decisions)
    found = []
    for each in decisions:
        entry = known.get(each.id)
        if entry is None or entry["rows"][_name(each)] != state_digest(row_state(each)):
            found.append(Altered(each.code, each.step, entry["seq"] if entry else 0, _differing(each, entry)))
    return tuple(found)


def _entries(decisions: Sequence[GateDecision]) -> dict[int, dict[str, Any]]:
    """{number of a decision: the entry that recorded it last}: its own, or that of the import which brought it."""
    numbers = {_name(each): each.id for each in decisions}
    own = select(Entry.leaf).where(Entry.object_type == "gate_decision", Entry.object_id.in_(numbers.values()))
    found = _recording(own, numbers)
    missing = {name: number for name, number in numbers.items() if number not in found}
    if missing:
        found |= _recording(select(Entry.leaf).where(Entry.act == "project_imported"), missing)
    return found


def _recording(wanted: Any, numbers: Mapping[str, int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for data in db.session.scalars(wanted.order_by(Entry.seq)):
        leaf = json.loads(bytes(data))
        found.update({numbers[name]: leaf for name in leaf["rows"] if name in numbers})
    return found


def _name(decision: GateDecision) -> str:
    return f"{GateDecision.__tablename__}:{decision.id}"


def _differing(decision: GateDecision, entry: Mapping[str, Any] | None) -> dict[str, str]:
    if entry is None or entry["act"] != "gate_decided":
        return {}
    said = {**entry["new"], "reason": entry["reason"]}
    told = {name: said[name] for name in TOLD if name in said}
    return {name: str(value or "") for name, value in told.items() if value != getattr(decision, name)}
