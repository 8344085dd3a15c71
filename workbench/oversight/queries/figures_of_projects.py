"""Figures of a review about what the projects did: changes, objectives, gates, habits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from workbench.adoption.models import AdoptionMeasure, Reading, Relapse
from workbench.adoption.rules import Week, verdict
from workbench.changes.models import RequestForChange
from workbench.changes.rules import DONE
from workbench.database import db
from workbench.inquiry.models import Objective
from workbench.inquiry.rules import ObjectiveState
from workbench.lifecycle.models import DecisionCondition, GateDecision, Waiver
from workbench.lifecycle.rules import PASSING, criterion_code
from workbench.oversight.models import ManagementReview, ReviewAction
from workbench.oversight.queries.spans import Read, Span, found, iso
from workbench.oversight.rules.reviews import Figure, ReviewActionState, Row
from workbench.projects.models import Project, Threshold
from workbench.projects.rules import THRESHOLDS
from workbench.risks.models import Risk, RiskAcceptance
from workbench.risks.rules import HEAVY


def _actions(span: Span, *conditions: Any) -> Iterator[Row]:
    """The actions of the other reviews."""
    wanted = select(ManagementReview.number, ReviewAction).join(
        ReviewAction, ReviewAction.review_id == ManagementReview.id
    )
    mine = wanted.where(ReviewAction.review_id != span.review_id, *conditions).order_by(ReviewAction.id)
    for number, each in found(mine):
        late = (span.today - each.due_on).days
        note = ("days_late", str(late)) if each.state == ReviewActionState.OPEN and late > 0 else ("", "")
        address = ("oversight.review", {"number": number})
        yield Row("", f"{number} {each.code}", each.text, iso(each.done_on or each.due_on), *note, *address)


def actions_done(span: Span) -> Iterator[Row]:
    """Actions of earlier reviews that were done in the period."""
    return _actions(span, ReviewAction.state == ReviewActionState.DONE, span.has_day(ReviewAction.done_on))


def actions_open(span: Span) -> Iterator[Row]:
    """Actions of earlier reviews that are not done."""
    return _actions(span, ReviewAction.state == ReviewActionState.OPEN)


def actions_overdue(span: Span) -> Iterator[Row]:
    """Actions of earlier reviews whose day has passed."""
    return _actions(span, ReviewAction.state == ReviewActionState.OPEN, ReviewAction.due_on < span.today)


def projects_opened(span: Span) -> Iterator[Row]:
    """Projects opened in the period."""
    wanted = select(Project).where(span.holds(Project.opened_at)).order_by(Project.id)
    if span.project_ids is not None:
        wanted = wanted.where(Project.id.in_(span.project_ids))
    for (each,) in found(wanted):
        yield Row(each.key, "", each.name, iso(each.opened_at), "", "", "lifecycle.project", {"key": each.key})


def changes_live(span: Span) -> Iterator[Row]:
    """Changes carried out or backed out in the period."""
    model = RequestForChange
    wanted = span.of(model, model).where(model.state.in_(sorted(DONE)), span.holds(model.actual_end))
    for key, each in found(wanted.order_by(model.id)):
        address = ("changes.show", {"key": key, "request_id": each.id})
        yield Row(key, each.code, each.title, iso(each.actual_end), "change", str(each.state), *address)


def risks_accepted(span: Span) -> Iterator[Row]:
    """Risks whose remainder was accepted in the period."""
    model = RiskAcceptance
    wanted = span.of(model, model, Risk).join(Risk, Risk.id == model.risk_id).where(span.holds(model.accepted_at))
    for key, each, risk in found(wanted.order_by(model.id)):
        yield Row(key, risk.code, risk.statement, iso(each.accepted_at), "level", each.level, *_risk(key, risk))


def _risk(key: str, risk: Risk) -> tuple[str, dict[str, Any]]:
    return "risks.record", {"key": key, "register": "risks", "record_id": risk.id}


def risks_heavy(span: Span) -> Iterator[Row]:
    """Risks that are high or critical after their measures."""
    for key, each in found(span.of(Risk, Risk).where(Risk.withdrawn_at.is_(None)).order_by(Risk.id)):
        if each.residual_level in HEAVY:
            yield Row(key, each.code, each.statement, "", "level", each.residual_level.value, *_risk(key, each))


def _objectives(span: Span, *conditions: Any) -> Iterator[Row]:
    wanted = span.of(Objective, Objective).where(Objective.withdrawn_at.is_(None), *conditions).order_by(Objective.id)
    for key, each in found(wanted):
        address = ("inquiry.record", {"key": key, "register": "objectives", "record_id": each.id})
        note = (("days_late", str((span.today - each.due_on).days)) if _is_late(each, span) else ("", ""))
        yield Row(key, each.code, each.statement, iso(each.due_on), *note, *address)


def _is_late(row: Objective, span: Span) -> bool:
    return row.state == ObjectiveState.SET and row.due_on is not None and row.due_on < span.today


def objectives_met(span: Span) -> Iterator[Row]:
    """Objectives due in the period, or of no day, that were met."""
    return _objectives(span, Objective.state == ObjectiveState.MET, _due(span))


def objectives_missed(span: Span) -> Iterator[Row]:
    """Objectives due in the period, or of no day, that were missed."""
    return _objectives(span, Objective.state == ObjectiveState.NOT_MET, _due(span))


def objectives_due(span: Span) -> Iterator[Row]:
    """Objectives whose day came by the end of the period and that nobody judged."""
    return _objectives(span, Objective.state == ObjectiveState.SET, Objective.due_on <= span.last)


def _due(span: Span) -> Any:
    return Objective.due_on.is_(None) | span.has_day(Objective.due_on)


def _decisions(span: Span, *conditions: Any) -> Iterator[Row]:
    model = GateDecision
    wanted = span.of(model, model.number, model.step, model.outcome, model.reason, model.decided_at)
    for key, number, step, outcome, reason, decided_at in found(
        wanted.where(span.holds(model.decided_at), *conditions).order_by(model.id)
    ):
        address = ("lifecycle.decision", {"key": key, "number": number})
        yield Row(key, f"D-{number} ({step})", reason, iso(decided_at), "outcome", outcome, *address)


def gates_passed(span: Span) -> Iterator[Row]:
    """Gates passed in the period."""
    return _decisions(span, GateDecision.outcome.in_(sorted(PASSING)))


def gates_held(span: Span) -> Iterator[Row]:
    """Gates at which the decision was to wait, to go back or to stop."""
    return _decisions(span, GateDecision.outcome.not_in(sorted(PASSING)))


def _conditions(span: Span, *conditions: Any) -> Iterator[Row]:
    model = DecisionCondition
    wanted = span.of(model, model, GateDecision.number).join(GateDecision, GateDecision.id == model.decision_id)
    for key, each, number in found(wanted.where(model.met_on.is_(None), *conditions).order_by(model.id)):
        late = (span.today - each.due_on).days
        note = ("days_late", str(late)) if late > 0 else ("", "")
        address = ("lifecycle.decision", {"key": key, "number": number})
        yield Row(key, f"D-{number}", each.text, iso(each.due_on), *note, *address)


def conditions_open(span: Span) -> Iterator[Row]:
    """Conditions of gates that are not met."""
    return _conditions(span)


def conditions_overdue(span: Span) -> Iterator[Row]:
    """Conditions of gates whose day has passed."""
    return _conditions(span, DecisionCondition.due_on < span.today)


def waivers_granted(span: Span) -> Iterator[Row]:
    """Criteria of gates set aside in the period."""
    for key, each in found(span.of(Waiver, Waiver).where(span.holds(Waiver.granted_at)).order_by(Waiver.id)):
        address = ("lifecycle.gate", {"key": key, "number": each.step})
        code = criterion_code(each.step, each.condition_key)
        yield Row(key, code, each.reason, iso(each.granted_at), "until", iso(each.ends_on), *address)


def habits(span: Span) -> Figure:
    """The measures of adoption with what their weeks show; how many of them are habits. Three queries."""
    limits: dict[int, dict[str, int]] = {}
    for project_id, name, value in found(select(Threshold.project_id, Threshold.name, Threshold.value)):
        limits.setdefault(project_id, {})[name] = value
    model = AdoptionMeasure
    weeks: dict[int, list[Any]] = {}
    for each in db.session.scalars(select(Reading).order_by(Reading.measure_id, Reading.week_of)):
        weeks.setdefault(each.measure_id, []).append(each)
    rows, kept = [], 0
    for key, each in found(span.of(model, model).order_by(model.id)):
        usual = {**THRESHOLDS, **limits.get(each.project_id, {})}
        seen = [Week(one.id, one.week_of, one.new_way, one.old_way, each.limit_percent) for one in weeks.get(each.id, [])]
        needed, window = each.needed_weeks or usual["habit_weeks"], each.window_weeks or usual["habit_window"]
        shown = verdict(each.limit_percent, seen, needed=needed, window=window)
        kept += shown is not None and shown.is_habit
        told = "" if shown is None else f"{shown.limit_percent} {shown.within} {shown.weeks}"
        last = iso(seen[-1].week_of) if seen else ""
        rows.append(Row(key, each.code, each.behaviour, last, "habit", told, "adoption.index", {"key": key}))
    return Figure("habits", tuple(rows), {"are_habits": kept})


def relapses(span: Span) -> Iterator[Row]:
    """Habits lost again in the period."""
    wanted = span.of(Relapse, Relapse, AdoptionMeasure).join(AdoptionMeasure, AdoptionMeasure.id == Relapse.measure_id)
    for key, each, measure in found(wanted.where(span.holds(Relapse.noted_at)).order_by(Relapse.id)):
        yield Row(key, measure.code, measure.behaviour, iso(each.week_of), "", "", "adoption.index", {"key": key})


READS: dict[str, Read] = {
    each.__name__: each
    for each in (
        actions_done, actions_open, actions_overdue, projects_opened, changes_live, risks_accepted, risks_heavy,
        objectives_met, objectives_missed, objectives_due, gates_passed, gates_held, conditions_open,
        conditions_overdue, waivers_granted, habits, relapses,
    )
}
