"""Audits, plainly made, at each point of their way."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.factories.people import PASSWORD
from workbench import clock
from workbench.audits import actions
from workbench.audits.models import Audit, AuditMember
from workbench.audits.registers import PARTS
from workbench.audits.rules import AuditKind, MemberRole, Method, Recommendation
from workbench.people.models import Person
from workbench.projects.models import Project

PLAN: dict[str, Any] = {
    "title": "Invoicing against ISO 9001", "kind": AuditKind.INTERNAL, "client": "Management",
    "objectives": "Whether the invoices follow the usage.", "scope": "Invoicing, January to March.",
    "criteria": "Own procedure P-12, version 3", "packs": [], "chapters": "8", "method": Method.ON_SITE,
    "method_note": "", "sampling": "Ten invoices of each month, at random.", "language": "en",
    "planned_from": date(2026, 12, 1), "planned_to": date(2026, 12, 2), "period_from": None, "period_to": None,
    "confidentiality_note": "", "follows_id": None,
}
LINES: dict[str, dict[str, Any]] = {
    "agenda": {
        "day": date(2026, 12, 1), "starts": "09:00", "ends": "10:30", "subject": "How usage is read", "clauses": "8.5",
        "auditor": "Auditor", "auditees": "Billing", "place": "Room 2",
    },
    "met": {"name": "Billing clerk", "role": "billing", "about": "reading the export"},
    "samples": {
        "population": "Invoices of February", "out_of": 120, "drawn": 10, "method": "random", "which": "every twelfth",
        "result": "Two differ.", "clause": "8.5",
    },
    "notes": {"text": "The export is opened by hand.", "clause": "8.5", "evidence_id": None},
    "disagreements": {
        "point": "Whether the list counts", "auditor_view": "It does.", "auditee_view": "It does not.",
        "is_settled": False, "settlement": "",
    },
    "distribution": {"name": "Director", "role": "client", "sent_on": None, "how": "by hand"},
}


def an_audit(project: Project, *, by: Person, **facts: Any) -> Audit:
    """An audit that is planned, with a plan that says all."""
    return actions.plan_audit(project=project, facts={**PLAN, **facts}, by=by)


def an_audit_member(
    project: Project, audit: Audit, person: Person | None, *, by: Person, role: MemberRole = MemberRole.LEAD, name: str = ""
) -> AuditMember:
    """Somebody in the team, as its lead unless another role is given."""
    return actions.add_member(project=project, audit=audit, role=role, person=person, name=name, by=by)


def a_line(project: Project, audit: Audit, part: str, *, by: Person, **facts: Any) -> Any:
    """A line of one of the tables of an audit."""
    return actions.add_line(
        project=project, audit=audit, register=PARTS[part], facts={**LINES[part], **facts}, by=by
    )


def an_agreed_audit(project: Project, *, by: Person, lead: Person, **facts: Any) -> Audit:
    """An audit whose plan the lead auditor has signed; they sign with tests.factories.people.PASSWORD."""
    audit = an_audit(project, by=by, **facts)
    an_audit_member(project, audit, lead, by=by)
    a_line(project, audit, "agenda", by=by)
    actions.agree_plan(
        project=project, audit=audit, told="Billing lead", told_on=clock.today(), password=PASSWORD, by=lead
    )
    return audit


def an_opened_audit(project: Project, *, by: Person, lead: Person, **facts: Any) -> Audit:
    """An audit that is under way."""
    audit = an_agreed_audit(project, by=by, lead=lead, **facts)
    actions.open_audit(
        project=project, audit=audit, held_at=clock.now(), attendees="Billing lead", points="Scope", questions="", by=lead
    )
    return audit


def a_concluded_audit(project: Project, *, by: Person, lead: Person, **facts: Any) -> Audit:
    """An audit whose conclusion is signed; without a checklist unless packs are given, which must hold an answer then."""
    audit = an_opened_audit(project, by=by, lead=lead, **facts)
    conclude(project, audit, lead)
    return audit


def conclude(project: Project, audit: Audit, lead: Person) -> None:
    """Somebody met, the closing meeting, the conclusion."""
    a_line(project, audit, "met", by=lead)
    meeting = {"held_at": clock.now(), "attendees": "Billing lead", "points": "Findings", "questions": ""}
    actions.conclude_audit(
        project=project, audit=audit, meeting=meeting, conclusion="The criteria are met but for the findings.",
        recommendation=Recommendation.CONFORM_WITH_FINDINGS, limits="A sample of thirty.", not_seen="December",
        follow_up_on=None, password=PASSWORD, by=lead,
    )
