"""Figures of a review about conformity: findings, audits, suppliers, people, clients, means, and whether actions worked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from workbench.audits.models import Audit
from workbench.audits.rules import OPEN as OPEN_AUDITS
from workbench.audits.rules import AuditState
from workbench.checklists.models import Assignment, Checklist
from workbench.checklists.rules import WAITING
from workbench.findings.models import EffectivenessCheck, Finding, FindingAction
from workbench.findings.rules import OPEN, ActionKind, ActionState, FindingKind, FindingState, Source, Verdict, median
from workbench.oversight.queries.spans import Read, Span, found, iso
from workbench.oversight.rules.reviews import A_YEAR, TRIAL_ENDS, Figure, Row
from workbench.people.models import Person
from workbench.practices.models import (
    Acknowledgement,
    Competence,
    InstructionEdition,
    PracticeTask,
    PracticeUser,
    Question,
    TaskDone,
)
from workbench.projects.models import Project
from workbench.risks.models import Risk, RiskAcceptance
from workbench.tools.models import Limitation, ProjectTool, Promise, Tool
from workbench.tools.rules import Decision, PromiseState, Standing

STANDS = Finding.state.in_(OPEN)
NOT_WITHDRAWN = Finding.state != FindingState.WITHDRAWN


def _findings(span: Span, *conditions: Any) -> Iterator[Row]:
    for key, each in found(span.of(Finding, Finding).where(*conditions).order_by(Finding.id)):
        yield Row(key, each.code, each.statement, iso(each.raised_at), "kind", each.kind, *_finding(key, each.number))


def _finding(key: str, number: int) -> tuple[str, dict[str, Any]]:
    return "findings.show", {"key": key, "number": number}


def findings_raised(span: Span) -> Iterator[Row]:
    """Findings raised in the period and not withdrawn."""
    return _findings(span, span.holds(Finding.raised_at), NOT_WITHDRAWN)


def findings_closed(span: Span) -> Figure:
    """Findings closed in the period, with the days it took."""
    model, rows, days = Finding, [], []
    closed = (model.state == FindingState.CLOSED, span.holds(model.closed_at))
    for key, each in found(span.of(model, model).where(*closed).order_by(model.id)):
        took = (each.closed_at.date() - each.raised_at.date()).days
        days.append(took)
        note = ("days_to_close", str(took), *_finding(key, each.number))
        rows.append(Row(key, each.code, each.statement, iso(each.closed_at), *note))
    middle = median(days)
    sums = {} if middle is None else {"median_days": middle, "longest_days": max(days)}
    return Figure("findings_closed", tuple(rows), sums)


def findings_open(span: Span) -> Iterator[Row]:
    """Findings that stand now."""
    return _findings(span, STANDS)


def findings_past_their_day(span: Span) -> Iterator[Row]:
    """Findings that stand and whose own day has passed."""
    for key, each in found(span.of(Finding, Finding).where(STANDS, Finding.due_on < span.today).order_by(Finding.id)):
        yield _late(span, key, each, each.due_on)


def findings_overdue(span: Span) -> Iterator[Row]:
    """Findings that the register marks as overdue: their own day, that of an open action or that of the judgement has passed."""
    waits = (FindingAction.finding_id == Finding.id, FindingAction.state == ActionState.OPEN)
    first = select(func.min(FindingAction.due_on)).where(*waits).scalar_subquery()
    for key, each, action in found(span.of(Finding, Finding, first).where(STANDS).order_by(Finding.id)):
        judged = each.check_due_on if each.state == FindingState.ACTED else None
        passed = [day for day in (each.due_on, action, judged) if day is not None and day < span.today]
        if passed:
            yield _late(span, key, each, min(passed))


def _late(span: Span, key: str, row: Finding, day: date) -> Row:
    late = str((span.today - day).days)
    return Row(key, row.code, row.statement, iso(day), "days_late", late, *_finding(key, row.number))


def supplier_findings(span: Span) -> Iterator[Row]:
    """Findings about suppliers that stand."""
    about = or_(Finding.source == Source.SUPPLIER, Finding.participant_id.is_not(None))
    return _findings(span, STANDS, about)


def complaints(span: Span) -> Iterator[Row]:
    """Findings raised in the period out of a client's complaint."""
    return _findings(span, Finding.source == Source.COMPLAINT, span.holds(Finding.raised_at), NOT_WITHDRAWN)


def opportunities(span: Span) -> Iterator[Row]:
    """Opportunities to improve raised in the period."""
    return _findings(span, Finding.kind == FindingKind.OPPORTUNITY, span.holds(Finding.raised_at), NOT_WITHDRAWN)


def _audits(span: Span, day: Any, *conditions: Any) -> Iterator[Row]:
    for key, each in found(span.of(Audit, Audit).where(*conditions).order_by(Audit.id)):
        note = ("recommendation", each.recommendation) if each.recommendation else ("audit", each.state)
        address = ("audits.show", {"key": key, "audit_id": each.id})
        yield Row(key, each.number, each.title, iso(getattr(each, day)), *note, *address)


def audits_concluded(span: Span) -> Iterator[Row]:
    """Audits concluded in the period, with what they recommend."""
    return _audits(span, "concluded_at", span.holds(Audit.concluded_at), Audit.state != AuditState.CANCELLED)


def audits_open(span: Span) -> Iterator[Row]:
    """Audits that are neither closed nor cancelled."""
    return _audits(span, "planned_to", Audit.state.in_(sorted(OPEN_AUDITS)))


def audits_late(span: Span) -> Iterator[Row]:
    """Audits whose days have passed and that did not begin."""
    ahead = Audit.state.in_((AuditState.PLANNED, AuditState.AGREED))
    return _audits(span, "planned_to", ahead, Audit.planned_to < span.today)


def limitations_old(span: Span) -> Iterator[Row]:
    """Limitations known for more than a year and not given up."""
    model = Limitation
    stands = (model.withdrawn_at.is_(None), or_(model.decision.is_(None), model.decision != Decision.DROP))
    old = model.first_reported_on < span.today - A_YEAR
    for key, each in found(span.of(model, model).where(*stands, old).order_by(model.id)):
        days = str((span.today - each.first_reported_on).days)
        address = ("tools.record", {"key": key, "register": "limitations", "record_id": each.id})
        yield Row(key, each.code, each.statement, iso(each.first_reported_on), "days_known", days, *address)


def promises_overdue(span: Span) -> Iterator[Row]:
    """Promises that nobody kept by their day."""
    model = Promise
    late = (model.withdrawn_at.is_(None), model.state == PromiseState.OPEN, model.due_on < span.today)
    for key, each in found(span.of(model, model).where(*late).order_by(model.id)):
        days = str((span.today - each.due_on).days)
        address = ("tools.record", {"key": key, "register": "promises", "record_id": each.id})
        yield Row(key, each.code, each.feature, iso(each.due_on), "days_late", days, *address)


def readings(span: Span) -> Iterator[Row]:
    """Work instructions read in the period."""
    model, edition = Acknowledgement, InstructionEdition
    wanted = span.of(model, edition.title, edition.number, model.at).join(edition, edition.id == model.edition_id)
    for key, title, number, at in found(wanted.where(span.holds(model.at)).order_by(model.id)):
        yield Row(key, "", title, iso(at), "edition", str(number), "practices.reading", {"key": key})


def practised(span: Span) -> Iterator[Row]:
    """Practice tasks done in the period under somebody's eyes."""
    model, task = TaskDone, PracticeTask
    wanted = span.of(model, task.code, task.title, model.done_on).join(task, task.id == model.task_id)
    for key, code, title, done_on in found(wanted.where(span.has_day(model.done_on)).order_by(model.id)):
        yield Row(key, code, title, iso(done_on), "", "", "practices.familiarisation", {"key": key})


def assessed(span: Span) -> Iterator[Row]:
    """Competences assessed in the period."""
    model = Competence
    wanted = span.of(model, model, PracticeUser.code).join(PracticeUser, PracticeUser.id == model.user_id)
    stands = (model.withdrawn_at.is_(None), span.has_day(model.assessed_on))
    for key, each, user in found(wanted.where(*stands).order_by(model.id)):
        address = ("practices.record", {"key": key, "register": "competences", "record_id": each.id})
        yield Row(key, f"{each.code} ({user})", each.skill, iso(each.assessed_on), "", "", *address)


def _questions(span: Span, *conditions: Any) -> Iterator[Row]:
    model = Question
    for key, each in found(span.of(model, model).where(model.withdrawn_at.is_(None), *conditions).order_by(model.id)):
        waits = "days_open" if each.answered_on is None else "days_to_answer"
        address = ("practices.record", {"key": key, "register": "questions", "record_id": each.id})
        yield Row(key, each.code, each.question, iso(each.asked_on), waits, str(each.days), *address)


def questions_asked(span: Span) -> Iterator[Row]:
    """Questions asked in the period."""
    return _questions(span, span.has_day(Question.asked_on))


def questions_open(span: Span) -> Iterator[Row]:
    """Questions that nobody answered."""
    return _questions(span, Question.answered_on.is_(None))


def _finding_actions(span: Span, day: Any, *conditions: Any) -> Iterator[Row]:
    model = FindingAction
    wanted = span.of(model, model, Finding.number, Person.name, project_id=Finding.project_id)
    joined = wanted.join(Finding, Finding.id == model.finding_id).join(Project, Project.id == Finding.project_id)
    named = joined.join(Person, Person.id == model.owner_id).where(*conditions, NOT_WITHDRAWN)
    for key, each, number, name in found(named.order_by(model.id)):
        yield Row(key, each.code, each.what, iso(getattr(each, day)), "owner", name, *_finding(key, number))


def finding_actions_overdue(span: Span) -> Iterator[Row]:
    """Actions on findings whose day has passed."""
    late = FindingAction.due_on < span.today
    return _finding_actions(span, "due_on", FindingAction.state == ActionState.OPEN, late)


def improvements_open(span: Span) -> Iterator[Row]:
    """Preventive actions and improvements under way."""
    kinds = FindingAction.kind.in_((ActionKind.PREVENTIVE, ActionKind.IMPROVEMENT))
    return _finding_actions(span, "due_on", FindingAction.state == ActionState.OPEN, kinds)


def items_overdue(span: Span) -> Iterator[Row]:
    """Items of checklists asked of somebody, whose day has passed."""
    model = Assignment
    wanted = span.of(model, model, Person.name).join(Person, Person.id == model.person_id)
    waits = (model.state.in_(sorted(WAITING)), model.due_on < span.today, Checklist.closed_at.is_(None))
    joined = wanted.join(Checklist, Checklist.id == model.checklist_id)
    for key, each, name in found(joined.where(*waits).order_by(model.id)):
        address = ("checklists.show", {"key": key, "checklist_id": each.checklist_id})
        yield Row(key, each.item_key, "", iso(each.due_on), "owner", name, *address)


def trials_ending(span: Span) -> Iterator[Row]:
    """Trial licences that end within two months, or have ended, of tools in scope."""
    wanted = select(Tool).where(Tool.standing == Standing.TRIAL, Tool.trial_ends_on <= span.today + TRIAL_ENDS)
    if span.project_ids is not None:
        wanted = wanted.where(Tool.id.in_(select(ProjectTool.tool_id).where(ProjectTool.project_id.in_(span.project_ids))))
    for (each,) in found(wanted.order_by(Tool.id)):
        yield Row("", "", each.name, iso(each.trial_ends_on), "", "", "tools.show", {"tool_id": each.id})


def _checks(span: Span, verdict: Verdict) -> Iterator[Row]:
    model = EffectivenessCheck
    wanted = span.of(model, model, Finding, project_id=Finding.project_id).join(Finding, Finding.id == model.finding_id)
    joined = wanted.join(Project, Project.id == Finding.project_id)
    mine = joined.where(span.holds(model.checked_at), model.verdict == verdict)
    for key, each, finding in found(mine.order_by(model.id)):
        address = _finding(key, finding.number)
        yield Row(key, finding.code, finding.statement, iso(each.checked_at), "score", str(each.score), *address)


def checks_effective(span: Span) -> Iterator[Row]:
    """Judgements of the period that actions worked."""
    return _checks(span, Verdict.EFFECTIVE)


def checks_not_effective(span: Span) -> Iterator[Row]:
    """Judgements of the period that actions did not work."""
    return _checks(span, Verdict.NOT_EFFECTIVE)


def risks_review_late(span: Span) -> Iterator[Row]:
    """Risks that nobody looked at again by their day."""
    stands = (Risk.withdrawn_at.is_(None), Risk.review_on < span.today)
    for key, each in found(span.of(Risk, Risk).where(*stands).order_by(Risk.id)):
        yield _risk(key, each, each.review_on, span)


def acceptances_over(span: Span) -> Iterator[Row]:
    """Risks whose newest acceptance has ended."""
    newest: dict[int, tuple[str, RiskAcceptance, Risk]] = {}
    model = RiskAcceptance
    wanted = span.of(model, model, Risk).join(Risk, Risk.id == model.risk_id).where(Risk.withdrawn_at.is_(None))
    for key, each, risk in found(wanted.order_by(model.id)):
        newest[risk.id] = (key, each, risk)
    for key, each, risk in newest.values():
        if each.until is not None and each.until < span.today:
            yield _risk(key, risk, each.until, span)


def _risk(key: str, risk: Risk, day: Any, span: Span) -> Row:
    address = ("risks.record", {"key": key, "register": "risks", "record_id": risk.id})
    return Row(key, risk.code, risk.statement, iso(day), "days_late", str((span.today - day).days), *address)


READS: dict[str, Read] = {
    each.__name__: each
    for each in (
        findings_raised, findings_closed, findings_open, findings_overdue, audits_concluded, audits_open, audits_late,
        limitations_old, promises_overdue, supplier_findings, readings, practised, assessed, questions_asked,
        questions_open, complaints, finding_actions_overdue, items_overdue, trials_ending, checks_effective,
        checks_not_effective, risks_review_late, acceptances_over, opportunities, improvements_open,
    )
}
