"""Named reads of the lifecycle: where a project stands, derived from its gate decisions; waivers, conditions, artefacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from workbench.database import db
from workbench.evidence.queries import evidence_of_project, expired
from workbench.findings.queries import counts_by_kind
from workbench.lifecycle.models import ArtefactRevision, DecisionCondition, GateDecision, Waiver
from workbench.lifecycle.rules import PASSING, Outcome, StepState, may_start
from workbench.lifecycle.steps import STEPS
from workbench.projects.models import Project
from workbench.tools.queries import limitations_of_project, tools_of_project


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


def waivers_in_force(project_id: int, step: int, on: date) -> dict[str, Waiver]:
    """{condition key: waiver} of those that still hold on a day at one gate."""
    found = (each for each in waivers_of_project(project_id) if each.step == step and each.ends_on >= on)
    return {each.condition_key: each for each in found}


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
    """The nine steps with all passes and decisions; three queries whatever the history."""
    project = db.session.get_one(Project, project_id)
    walk = walked(decisions_of_project(project_id), project.opened_at)
    for waiver in waivers_of_project(project_id):
        walk[waiver.step - 1].waivers.append(waiver)
    return walk


def walked(decisions: Sequence[GateDecision], opened_at: datetime) -> list[StepLine]:
    """The nine steps as the decisions, taken in order, leave them. Looping back opens new passes and keeps the old ones."""
    steps = [StepLine(each.number, each.key, StepState.UPCOMING, [PassLine(1)]) for each in STEPS]
    _open(steps[0], opened_at)
    for decision in decisions:
        here = steps[decision.step - 1]
        here.passes[-1].decisions.append(decision)
        _apply(decision, steps, here)
    return steps


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
