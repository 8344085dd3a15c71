"""The projects side by side, as management looks at them: step, gates held, waivers, habits, limits that wait, findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from workbench.adoption.models import AdoptionMeasure, Reading, Survey
from workbench.adoption.rules import Week, results, verdict
from workbench.database import db
from workbench.findings.models import Finding
from workbench.findings.rules import OPEN, FindingKind, FindingState
from workbench.lifecycle.conditions.case import Gate
from workbench.lifecycle.gates import gate_of
from workbench.lifecycle.models import GateDecision, Waiver
from workbench.lifecycle.rules import Outcome
from workbench.projects.models import Project, Threshold
from workbench.projects.rules import THRESHOLDS, ProjectKind
from workbench.reports.curing import Held
from workbench.reports.places import Place, nowhere, places
from workbench.reports.reads import survey_answers
from workbench.reports.rules import Brief
from workbench.tools.forms import age
from workbench.tools.models import Limitation, Tool
from workbench.tools.rules import Decision

HELD_LONG = timedelta(days=30)


@dataclass(frozen=True)
class Stuck:
    """A gate that is held for longer than thirty days."""

    project: str
    step: int
    code: str
    since: date
    days: int
    reason: str


@dataclass(frozen=True)
class InForce:
    """A waiver that has not ended on the day of the report."""

    project: str
    step: int
    called: str  # the number of an item, else what the system measures
    ends_on: date
    reason: str


@dataclass(frozen=True)
class Wait:
    """A limitation that waits for a vendor."""

    project: str
    code: str
    tool: str
    statement: str
    age: str
    promised: str
    promised_on: date | None


@dataclass(frozen=True)
class Side:
    """One project beside the others. `index` is the adoption index of its last closed survey that enough answered."""

    row: Project
    stuck: int
    waivers: int
    measures: int
    habits: int
    index: int | None
    waiting: int
    open: Mapping[str, int]

    @property
    def has_steps(self) -> bool:
        """Whether it walks the nine steps."""
        return self.row.kind != ProjectKind.SYSTEM


@dataclass(frozen=True)
class Portfolio:
    """All that management sees of the projects at once."""

    projects: tuple[Side, ...]
    stuck: tuple[Stuck, ...]
    waivers: tuple[InForce, ...]
    waiting: tuple[Wait, ...]
    clauses: tuple[Held, ...]

    @property
    def by_step(self) -> list[tuple[int, list[str]]]:
        """(step, keys of the projects that stand there); 0 for those that have passed all nine."""
        found: dict[int, list[str]] = {}
        for each in self.projects:
            if each.has_steps:
                found.setdefault(0 if each.row.steps_passed >= 9 else each.row.current_step, []).append(each.row.key)
        return sorted(found.items(), key=lambda each: (each[0] == 0, each[0]))


def portfolio(brief: Brief, project_ids: Collection[int] | None) -> Portfolio:
    """These projects, None for all of them. The number of queries grows neither with them nor their records, but with the gates
    of which something measured is waived.
    """
    chosen = select(Project) if project_ids is None else select(Project).where(Project.id.in_(project_ids))
    rows = db.session.scalars(chosen.order_by(Project.key)).all()
    keys, on = {each.id: each.key for each in rows}, brief.point.on
    stuck, waivers, waiting = _stuck(keys, on), _waivers(keys, on, brief.language), _waiting(keys)
    habits, indexes, findings = _habits(keys), _indexes(keys), _findings(keys)
    return Portfolio(
        tuple(
            Side(
                each, _count(stuck, each), _count(waivers, each), habits.get(each.id, (0, 0))[0], habits.get(each.id, (0, 0))[1],
                indexes.get(each.id), _count(waiting, each),
                {
                    kind.value: sum(one.project_id == each.id and one.kind == kind and one.state in OPEN for one in findings)
                    for kind in FindingKind
                },
            )
            for each in rows
        ),
        stuck, waivers, waiting, _clauses(findings, keys, brief.language),
    )


def _count(found: Iterable[Any], project: Project) -> int:
    return sum(each.project == project.key for each in found)


def _stuck(keys: Mapping[int, str], on: date) -> tuple[Stuck, ...]:
    """The gates whose last decision was to hold, long ago. One query."""
    wanted = select(GateDecision).where(GateDecision.project_id.in_(keys))
    last: dict[tuple[int, int], GateDecision] = {}
    for each in db.session.scalars(wanted.order_by(GateDecision.project_id, GateDecision.number)):
        last[each.project_id, each.step] = each
    return tuple(
        Stuck(keys[project_id], step, each.code, each.decided_at.date(), (on - each.decided_at.date()).days, each.reason)
        for (project_id, step), each in sorted(last.items(), key=lambda one: (keys[one[0][0]], one[0][1]))
        if each.outcome == Outcome.HOLD and on - each.decided_at.date() > HELD_LONG
    )


def _waivers(keys: Mapping[int, str], on: date, language: str) -> tuple[InForce, ...]:
    """In the order of their ends. What the system measures is named by its gate, which is read for it: such waivers are few."""
    wanted = select(Waiver).where(Waiver.project_id.in_(keys), Waiver.ends_on >= on).order_by(Waiver.ends_on, Waiver.id)
    found = db.session.scalars(wanted).all()
    measured = {(each.project_id, each.step) for each in found if not each.condition_key.startswith("item:")}
    gates = {
        (project_id, step): gate_of(project_id=project_id, key=keys[project_id], step=step, on=on, language=language)
        for project_id, step in sorted(measured)
    }
    return tuple(
        InForce(keys[each.project_id], each.step, _called(each, gates), each.ends_on, each.reason) for each in found
    )


def _called(waiver: Waiver, gates: Mapping[tuple[int, int], Gate]) -> str:
    gate = gates.get((waiver.project_id, waiver.step))
    return waiver.condition_key.removeprefix("item:") if gate is None else gate.called(waiver.condition_key)


def _waiting(keys: Mapping[int, str]) -> tuple[Wait, ...]:
    """The limitations that were decided to be waited for, and those undecided of which something was promised."""
    model = Limitation
    wanted = select(model, Tool.name).join(Tool, Tool.id == model.tool_id)
    mine = wanted.where(model.project_id.in_(keys), model.withdrawn_at.is_(None)).order_by(model.first_reported_on, model.id)
    return tuple(
        Wait(
            keys[each.project_id], each.code, tool, each.statement, age(each.first_reported_on), each.promise, each.promised_on
        )
        for each, tool in db.session.execute(mine)
        if each.decision == Decision.WAIT or (not each.decision and each.promise)
    )


def _habits(keys: Mapping[int, str]) -> dict[int, tuple[int, int]]:
    """{project: (measures, how many of them are a habit)}. Two queries."""
    limits: dict[int, dict[str, int]] = {}
    for each in db.session.scalars(select(Threshold).where(Threshold.project_id.in_(keys)).order_by(Threshold.id)):
        limits.setdefault(each.project_id, dict(THRESHOLDS))[each.name] = each.value
    wanted = select(AdoptionMeasure, Reading).outerjoin(Reading, Reading.measure_id == AdoptionMeasure.id)
    weeks: dict[AdoptionMeasure, list[Week]] = {}
    for measure, reading in db.session.execute(
        wanted.where(AdoptionMeasure.project_id.in_(keys)).order_by(AdoptionMeasure.id, Reading.week_of)
    ):
        known = weeks.setdefault(measure, [])
        if reading is not None:
            known.append(Week(reading.id, reading.week_of, reading.new_way, reading.old_way, measure.limit_percent))
    found: dict[int, tuple[int, int]] = {}
    for measure, counted in weeks.items():
        usual = limits.get(measure.project_id, THRESHOLDS)
        needed, window = measure.needed_weeks or usual["habit_weeks"], measure.window_weeks or usual["habit_window"]
        shown = verdict(measure.limit_percent, counted, needed=needed, window=window)
        many, kept = found.get(measure.project_id, (0, 0))
        found[measure.project_id] = many + 1, kept + (shown is not None and shown.is_habit)
    return found


def _indexes(keys: Mapping[int, str]) -> dict[int, int]:
    """{project: adoption index} of the surveys closed last. Two queries."""
    given = survey_answers(tuple(keys))
    wanted = select(Survey.project_id, Survey.id).where(Survey.project_id.in_(keys), Survey.closed_on.is_not(None))
    found: dict[int, int] = {}
    for project_id, survey_id in db.session.execute(wanted.order_by(Survey.closed_on, Survey.id)):
        index = results(given.get(survey_id, [])).index
        if index is not None:
            found[project_id] = index
    return found


def _findings(keys: Mapping[int, str]) -> Sequence[Finding]:
    wanted = select(Finding).where(Finding.project_id.in_(keys), Finding.state != FindingState.WITHDRAWN)
    return db.session.scalars(wanted.order_by(Finding.project_id, Finding.number)).all()


def _clauses(findings: Iterable[Finding], keys: Mapping[int, str], language: str) -> tuple[Held, ...]:
    """How many findings are held against each clause, of all projects together; codes with the project's key. Those that are
    held against no line of a checklist stand last, without a checklist.
    """
    lines, loose = places(tuple(keys), language), nowhere()
    groups: dict[tuple[str, str], list[tuple[Place, Finding]]] = {}
    for each in findings:
        place = lines.of(each.checklist_id, each.item_key) or loose
        groups.setdefault((place.pack, place.ref), []).append((place, each))
    ordered = sorted(
        groups.items(), key=lambda each: (not each[0][0], each[0][0], min(place.rank for place, _found in each[1]), each[0][1])
    )
    return tuple(
        Held(
            pack, ref, group[0][0].title,
            {kind.value: sum(one.kind == kind for _place, one in group) for kind in FindingKind},
            sum(one.state in OPEN for _place, one in group),
            tuple(f"{keys[one.project_id]} {one.code}" for _place, one in group),
        )
        for (pack, ref), group in ordered
    )
