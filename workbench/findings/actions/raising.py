"""Raising a finding, saying who looks after it, and withdrawing one that does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.checklists import queries as checklists
from workbench.checklists.actions import check_open as check_answerable
from workbench.database import db
from workbench.findings import queries
from workbench.findings.actions.judging import reopen_finding
from workbench.findings.actions.standing import advance, check_open, check_owner
from workbench.findings.models import Finding, Grade
from workbench.findings.rules import (
    FLOW,
    LONGEST_DELAY,
    USUAL_DELAY,
    Disposition,
    FindingKind,
    FindingState,
    Source,
)
from workbench.people.models import Person
from workbench.projects import queries as projects
from workbench.projects.models import Project
from workbench.tools import queries as tools
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, NotThere

CHANGEABLE = (
    "owner_id", "due_on", "grade_id", "source", "source_ref", "participant_id", "tool_id", "effectiveness_after_days"
)


def raise_finding(
    *, project: Project, kind: FindingKind, requirement: str, evidence: str, statement: str, by: Person,
    checklist_id: int | None = None, item_key: str = "", grade: Grade | None = None, owner_id: int | None = None,
    due_on: date | None = None, source: str = "", source_ref: str = "", participant_id: int | None = None,
    tool_id: int | None = None, recurrence_of: Finding | None = None, effectiveness_after_days: int = USUAL_DELAY,
) -> Finding:
    """Raise a finding in its three parts; it gets the next number of the project (F-1 …).

    `checklist_id` must be a checklist of this project that is open to this person: not closed, nor kept to the persons of
    an audit. With `item_key` it says which line the finding comes from.
    `recurrence_of` names the earlier finding that came back; where that one was closed, it is opened again. A conformity
    asks for nothing more, so it is closed at once.
    """
    parts = {"requirement": requirement.strip(), "evidence": evidence.strip(), "statement": statement.strip()}
    for name, value in parts.items():
        if not value:
            raise BadValue(name, _("A finding needs the requirement, the evidence and the statement."))
    about = {
        "owner_id": owner_id, "due_on": due_on, "grade_id": None if grade is None else grade.id,
        "source": source or (Source.CHECKLIST if checklist_id else None), "source_ref": source_ref or None,
        "participant_id": participant_id, "tool_id": tool_id, "effectiveness_after_days": effectiveness_after_days,
    }
    _check_facts(project, FindingKind(kind), about)
    _check_earlier(project, recurrence_of)
    _check_checklist(project, checklist_id, by)
    made = Finding(
        project_id=project.id, number=queries.next_number(project.id), kind=kind, state=FindingState.RAISED,
        checklist_id=checklist_id, item_key=item_key, raised_at=clock.now(), raised_by_id=by.id, round=1, opened_round=1,
        recurrence_of_id=None if recurrence_of is None else recurrence_of.id, **parts, **about,
    )
    if kind == FindingKind.CONFORMITY:
        made.state, made.closed_at, made.disposition = FindingState.CLOSED, clock.now(), Disposition.ACCEPTED
    db.session.add(made)
    told = {name: value for name, value in about.items() if value is not None}
    after = {"code": made.code, "kind": kind, "checklist": checklist_id, "item": item_key, **parts, **told}
    record("finding_raised", made, by=by, project=project.key, after=after)
    if recurrence_of is not None and recurrence_of.state == FindingState.CLOSED:
        reason = _("It came back as %(code)s.", code=made.code)
        reopen_finding(project=project, finding=recurrence_of, reason=reason, by=by)
    return made


def _check_facts(project: Project, kind: FindingKind, about: Mapping[str, Any]) -> None:
    """Refuse what is not there, a grade of another kind, and a delay that makes no sense."""
    check_owner(about["owner_id"])
    grade = queries.grade(about["grade_id"])
    if about["grade_id"] is not None and (grade is None or grade.kind != kind):
        raise BadValue("grade_id", _("This grade stands for another kind of finding."))
    if about["source"] and about["source"] not in set(Source):
        raise BadValue("source", _("Choose one of the sources that are offered."))
    party, tool = about["participant_id"], about["tool_id"]
    if party is not None and projects.participant(project.id, party) is None:
        raise BadValue("participant_id", _("This party is not one of the project’s."))
    if tool is not None and tools.tool(tool) is None:
        raise BadValue("tool_id", _("This tool is not in the register."))
    if not 1 <= about["effectiveness_after_days"] <= LONGEST_DELAY:
        raise BadValue("effectiveness_after_days", _("From 1 to %(most)s days.", most=LONGEST_DELAY))


def _check_checklist(project: Project, checklist_id: int | None, by: Person) -> None:
    """An audit's findings are raised by its auditors alone, and no more once its conclusion is signed."""
    if checklist_id is None:
        return
    checklist = checklists.checklist_in(project.id, checklist_id)
    if checklist is None:
        raise NotThere
    check_answerable(checklist, by)


def _check_earlier(project: Project, earlier: Finding | None) -> None:
    if earlier is None:
        return
    if earlier.project_id != project.id or earlier.state == FindingState.WITHDRAWN:
        raise BadValue("recurrence_of_id", _("Choose a finding of this project that was not withdrawn."))


def change_finding(*, project: Project, finding: Finding, facts: Mapping[str, Any], by: Person) -> None:
    """Say anew who looks after a finding, by when, its grade and where it comes from. Its three parts stay as they are.

    `facts` are values of CHANGEABLE by name; what is left out stays.
    """
    check_open(finding)
    old = {name: getattr(finding, name) for name in CHANGEABLE}
    old["effectiveness_after_days"] = finding.delay
    new = {**old, **{name: value or None for name, value in facts.items() if name in CHANGEABLE}}
    new["effectiveness_after_days"] = new["effectiveness_after_days"] or 0
    _check_facts(project, FindingKind(finding.kind), new)
    if finding.state == FindingState.ACTED and new["effectiveness_after_days"] != finding.delay:
        raise BadValue("effectiveness_after_days", _("Once the actions are done, the delay stays as it is."))
    for name, value in new.items():
        setattr(finding, name, value)
    advance(finding)
    changed = [name for name in CHANGEABLE if old[name] != new[name]]
    before, after = ({name: facts[name] for name in changed} for facts in (old, new))
    record("finding_changed", finding, by=by, project=project.key, before=before, after={"code": finding.code, **after})


def withdraw_finding(*, project: Project, finding: Finding, reason: str, by: Person) -> None:
    """Withdraw a finding that does not hold, with the reason. It stays readable and is counted no more."""
    target = FLOW.target("withdraw", FindingState(finding.state))
    if not reason.strip():
        raise BadValue("reason", _("Say why it does not hold; the reason stays beside the finding."))
    before = {"state": finding.state}
    finding.state, finding.check_due_on = target, None
    after = {"code": finding.code, "state": target}
    record("finding_withdrawn", finding, by=by, project=project.key, before=before, after=after, reason=reason.strip())
