"""Planning an audit: its plan, its team, and the signature under it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.audits import proofs, queries
from workbench.audits.actions.programme import programme_of
from workbench.audits.actions.said import against_in_words, lacking_in_words
from workbench.audits.models import AgendaLine, Audit, AuditMember, AuditSignature
from workbench.audits.rules import AHEAD, AUDITS, FLOW, PLAN, AuditKind, MemberRole, digest_of, number_of
from workbench.checklists.actions import reserve_checklists, start_checklist
from workbench.database import db
from workbench.people import queries as people
from workbench.people.actions import confirm_identity
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trail.rules import plain
from workbench.web.refusals import BadValue, Refused


def plan_audit(*, project: Project, facts: Mapping[str, Any], by: Person) -> Audit:
    """Plan an audit of a project; it gets the next number of the year in which it begins."""
    _check_plan(project, facts)
    programme = programme_of(facts["planned_from"].year, by=by)
    serial = queries.next_serial(programme.id)
    made = Audit(
        number=number_of(programme.year, serial), serial=serial, programme_id=programme.id, project_id=project.id,
        planned_at=clock.now(), planned_by_id=by.id, **facts,
    )
    db.session.add(made)
    record("audit_planned", made, by=by, project=project.key, after={"number": made.number, **facts})
    return made


def _check_plan(project: Project, facts: Mapping[str, Any], own: int | None = None) -> None:
    if facts["planned_to"] < facts["planned_from"]:
        raise BadValue("planned_to", _("An audit does not end before it begins."))
    since, until = facts.get("period_from"), facts.get("period_to")
    if since and until and until < since:
        raise BadValue("period_to", _("The period ends before it begins."))
    followed = facts.get("follows_id")
    if facts["kind"] == AuditKind.FOLLOW_UP and followed is None:
        raise BadValue("follows_id", _("Say which audit this one follows up."))
    if followed is not None and (followed == own or queries.audit(project.id, followed) is None):
        raise BadValue("follows_id", _("Choose an audit of this project."))


def change_audit(*, project: Project, audit: Audit, facts: Mapping[str, Any], by: Person) -> None:
    """Say the plan anew. A plan that was agreed has to be agreed again; the number stays."""
    target = FLOW.target("change", audit.standing)
    _check_plan(project, facts, audit.id)
    before = {"state": audit.state, **{name: getattr(audit, name) for name in facts}}
    for name, value in facts.items():
        setattr(audit, name, value)
    audit.state = target
    record("audit_changed", audit, by=by, project=project.key, before=before, after={"state": target, **facts})


def add_member(
    *, project: Project, audit: Audit, role: MemberRole, person: Person | None = None, name: str = "",
    organisation: str = "", by: Person,
) -> AuditMember:
    """Put somebody in the team. Refused, with what they did, where an auditor would audit their own work."""
    _check_ahead(audit)
    called = person.name if person is not None else name.strip()
    if not called:
        raise BadValue("person_id", _("Choose a person, or write the name of somebody from outside."))
    if person is None and called.casefold() in {each.name.casefold() for each in people.active_persons()}:
        raise BadValue("name", _("%(name)s signs in here: choose the person from the list.", name=called))
    team = queries.members(audit.id)
    if any(each.name == called if person is None else each.person_id == person.id for each in team):
        raise BadValue("person_id", _("%(name)s is in the team already.", name=called))
    if role is MemberRole.LEAD and any(each.role == MemberRole.LEAD for each in team):
        raise BadValue("role", _("The team has a lead auditor already."))
    if role in AUDITS and person is not None:
        _check_independence(project, audit, person)
    made = AuditMember(
        audit_id=audit.id, person_id=person.id if person else None, name=called, organisation=organisation, role=role
    )
    db.session.add(made)
    after = {"audit": audit.number, "name": called, "role": role}
    record("audit_member_added", made, by=by, project=project.key, after=after)
    _reserve(project, audit, by)
    return made


def _check_independence(project: Project, audit: Audit, person: Person) -> None:
    found = queries.conflicts(project, [person.id], since=audit.period_from, until=audit.period_to)[person.id]
    if found:
        raise Refused(
            _("Nobody audits their own work. What %(name)s did on %(key)s:", name=person.name, key=project.key),
            tuple(against_in_words(each) for each in found),
        )


def remove_member(*, project: Project, audit: Audit, member: AuditMember, reason: str, by: Person) -> None:
    """Take somebody off the team, with the reason. Their answers and notes stay."""
    _check_ahead(audit)
    if member.removed_at is not None:
        raise Refused(_("%(name)s has left the team already.", name=member.name))
    if not reason.strip():
        raise BadValue("reason", _("Say why; the trail keeps the reason."))
    member.removed_at, member.removed_reason = clock.now(), reason.strip()
    after = {"audit": audit.number, "name": member.name}
    record("audit_member_removed", member, by=by, project=project.key, after=after, reason=reason.strip())
    _reserve(project, audit, by)


def _check_ahead(audit: Audit) -> None:
    if audit.standing not in AHEAD:
        raise Refused(_("The audit %(number)s is over; this is not changed any more.", number=audit.number))


def _reserve(project: Project, audit: Audit, by: Person) -> None:
    """Keep the audit's checklists to those who audit."""
    team = proofs.auditing(queries.members(audit.id))
    reserve_checklists(project=project, occasion=audit.number, reserved_for=team, by=by)


def agree_plan(
    *, project: Project, audit: Audit, told: str, told_on: date, password: str, by: Person
) -> AuditSignature:
    """Sign the plan as lead auditor and say who of the audited area was told of it; the checklists are put up.

    Refused with everything that is missing, and with what speaks against anybody in the team.
    """
    target = FLOW.target("agree", audit.standing)
    team = queries.members(audit.id)
    against = proofs.conflicts_of(project, audit, team)
    check_complete(proofs.lacking_to_agree(audit, team, against), against, team)
    check_lead(team, by)
    if told_on > clock.today():
        raise BadValue("told_on", _("A day to come cannot be the day on which they were told."))
    confirm_identity(person=by, password=password)
    audit.state, audit.told, audit.told_on = target, told, told_on
    signature = sign(audit, "plan", plan_content(audit, team), by)
    after = {"number": audit.number, "told": told, "told_on": told_on, "sha256": signature.sha256}
    record("audit_agreed", audit, by=by, project=project.key, after=after, also=[signature])
    _start_checklists(project, audit, by)
    return signature


def check_complete(lacks: list[str], against: Mapping[int, Any], team: Any) -> None:
    """Refuse with everything that is missing, in words."""
    if lacks:
        names = {each.person_id: each.name for each in team}
        told = [lacking_in_words(each) for each in lacks]
        told += [
            f"{names[person_id]}: {against_in_words(each)}" for person_id, found in against.items() for each in found
        ]
        raise Refused(_("Not yet. What is missing:"), tuple(told))


def check_lead(team: Any, by: Person) -> None:
    """Refuse anybody but the lead auditor; for a lead from outside, who cannot sign in, those who plan audits sign."""
    if not any(each.role == MemberRole.LEAD and each.person_id in (by.id, None) for each in team):
        raise Refused(_("Only the lead auditor signs this."))


def plan_content(audit: Audit, team: Any) -> dict[str, Any]:
    """What the signature under a plan stands for: the plan, the team, the agenda."""
    agenda = [
        {"day": each.day, "starts": each.starts, "ends": each.ends, "subject": each.subject, "auditor": each.auditor}
        for each in queries.lines_of(audit.id, AgendaLine)
    ]
    people = [{"name": each.name, "role": each.role} for each in team]
    told = {"number": audit.number, **{name: getattr(audit, name) for name in PLAN}, "team": people, "agenda": agenda}
    return dict(plain(told))


def sign(audit: Audit, meaning: str, content: dict[str, Any], by: Person) -> AuditSignature:
    """A signature of this meaning under this content."""
    made = AuditSignature(
        audit_id=audit.id, meaning=meaning, person_id=by.id, signed_name=by.name, signed_at=clock.now(),
        content=content, sha256=digest_of(content),
    )
    db.session.add(made)
    return made


def _start_checklists(project: Project, audit: Audit, by: Person) -> None:
    """Put up a checklist for each pack that has none yet, for those who audit alone."""
    started = {each.checklist.pack_id for each in queries.checklists_of(audit)}
    team = proofs.auditing(queries.members(audit.id))
    for pack_id in audit.packs:
        if pack_id not in started:
            start_checklist(
                project=project, pack_id=pack_id, by=by, occasion=audit.number, title=audit.title[:200],
                reserved_for=team,
            )
