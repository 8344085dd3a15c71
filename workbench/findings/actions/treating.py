"""Treating a finding: its actions from adding to done, and the cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.evidence import queries as evidence
from workbench.findings import proofs, queries
from workbench.findings.actions.standing import advance, check_open, check_owner
from workbench.findings.models import Finding, FindingAction
from workbench.findings.rules import (
    MOST_WHYS,
    NONCONFORMITIES,
    ActionKind,
    ActionState,
    CauseKind,
    CauseMethod,
)
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused


def add_action(
    *, project: Project, finding: Finding, kind: ActionKind, what: str, owner_id: int, due_on: date, by: Person,
    note: str = "",
) -> FindingAction:
    """Say what is to be done about a finding, by whom and by when. A corrective action needs a stated cause to act on."""
    check_open(finding)
    seen = proofs.treatment(finding)
    if seen.is_effective:
        raise Refused(_("The actions on %(code)s were judged effective. Close it, and raise what is new.", code=finding.code))
    if kind == ActionKind.CORRECTIVE and not seen.is_cause_stated:
        raise BadValue("kind", _("A corrective action acts on the cause: state the cause first."))
    _check_action(what, owner_id)
    number = queries.next_action_number(finding.id)
    made = FindingAction(
        finding_id=finding.id, number=number, code=f"{finding.code}.{number}", round=finding.rounds[0], kind=kind,
        what=what.strip(), owner_id=owner_id, due_on=due_on, note=note.strip(), state=ActionState.OPEN,
    )
    db.session.add(made)
    advance(finding)
    after = {"code": made.code, "kind": kind, "what": made.what, "owner": owner_id, "due_on": due_on}
    record("finding_action_added", finding, by=by, project=project.key, after=after, also=[made])
    return made


def _check_action(what: str, owner_id: int | None) -> None:
    if not what.strip():
        raise BadValue("what", _("Say what is to be done."))
    if owner_id is None:
        raise BadValue("owner_id", _("Say who does it."))
    check_owner(owner_id)


def _check_open_action(finding: Finding, action: FindingAction) -> None:
    check_open(finding)
    if action.state != ActionState.OPEN:
        raise Refused(_("%(code)s is done or cancelled already.", code=action.code))


def change_action(
    *, project: Project, finding: Finding, action: FindingAction, what: str, owner_id: int, due_on: date, by: Person,
    note: str = "",
) -> None:
    """Say an open action anew. Its kind stays."""
    _check_open_action(finding, action)
    _check_action(what, owner_id)
    before = {"what": action.what, "owner": action.owner_id, "due_on": action.due_on, "note": action.note}
    action.what, action.owner_id, action.due_on, action.note = what.strip(), owner_id, due_on, note.strip()
    after = {"code": action.code, "what": action.what, "owner": owner_id, "due_on": due_on, "note": action.note}
    record("finding_action_changed", finding, by=by, project=project.key, before=before, after=after, also=[action])


def finish_action(
    *, project: Project, finding: Finding, action: FindingAction, done_on: date, by: Person, note: str = "",
    evidence_id: int | None = None,
) -> None:
    """Mark an action done, with the day and what shows it. The finding moves on where this was the last thing missing."""
    _check_open_action(finding, action)
    if done_on > clock.today():
        raise BadValue("done_on", _("An action is done today or earlier."))
    if done_on < finding.raised_at.date():
        raise BadValue("done_on", _("The finding was raised after that day."))
    if done_on < queries.round_began(finding):
        raise BadValue("done_on", _("The finding was opened again or sent back to its cause after that day."))
    check_evidence(project, evidence_id)
    action.state, action.done_on, action.done_by_id = ActionState.DONE, done_on, by.id
    action.overseen_by_id = finding.owner_id
    action.evidence_id, action.note = evidence_id, note.strip() or action.note
    advance(finding)
    after = {"code": action.code, "done_on": done_on, "evidence": evidence_id, "note": action.note, "state": finding.state}
    record("finding_action_done", finding, by=by, project=project.key, after=after, also=[action])


def check_evidence(project: Project, evidence_id: int | None) -> None:
    """Evidence is a piece of this project's."""
    if evidence_id is not None and evidence.evidence_in(project.id, evidence_id) is None:
        raise BadValue("evidence_id", _("Choose one of the project’s pieces of evidence."))


def cancel_action(*, project: Project, finding: Finding, action: FindingAction, reason: str, by: Person) -> None:
    """Give an action up, with the reason; it stays readable."""
    _check_open_action(finding, action)
    if not reason.strip():
        raise BadValue("reason", _("Say why it is not done; the reason stays beside the action."))
    action.state, action.cancelled_reason = ActionState.CANCELLED, reason.strip()
    advance(finding)
    after = {"code": action.code, "state": finding.state}
    record(
        "finding_action_cancelled", finding, by=by, project=project.key, after=after, reason=reason.strip(), also=[action]
    )


def state_cause(
    *, project: Project, finding: Finding, kind: CauseKind, method: CauseMethod, cause: str, by: Person,
    whys: Sequence[str] = (), fishbone: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Say what made it happen: the family of the cause, how it was looked for, and the root cause itself.

    `whys` are the answers to “why?” one after the other, `fishbone` is {family: lines}.
    """
    check_open(finding)
    if finding.kind not in NONCONFORMITIES:
        raise Refused(_("Only a nonconformity is asked for its cause."))
    if proofs.treatment(finding).is_effective:
        raise Refused(_("The actions on %(code)s were judged effective: their cause stays as it is.", code=finding.code))
    answers, bones = _lines(whys), _bones(fishbone or {})
    _check_cause(cause, method, answers, bones)
    before = {"cause": finding.cause, "kind": finding.cause_kind}
    finding.cause_kind, finding.cause_method, finding.cause = kind, method, cause.strip()
    finding.whys, finding.fishbone = answers or None, bones or None
    finding.cause_round = finding.rounds[0]
    advance(finding)
    after = {
        "code": finding.code, "cause": finding.cause, "kind": kind, "method": method, "whys": answers, "fishbone": bones,
        "state": finding.state,
    }
    record("finding_cause_stated", finding, by=by, project=project.key, before=before, after=after)


def _lines(texts: Sequence[str]) -> list[str]:
    return [each.strip() for each in texts if each.strip()]


def _bones(fishbone: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found = {str(family): _lines(lines) for family, lines in fishbone.items() if family in set(CauseKind)}
    return {family: lines for family, lines in found.items() if lines}


def _check_cause(cause: str, method: CauseMethod, whys: list[str], bones: dict[str, list[str]]) -> None:
    if not cause.strip():
        raise BadValue("cause", _("Say what made it happen."))
    if len(whys) > MOST_WHYS:
        raise BadValue("whys", _("At most %(most)s answers.", most=MOST_WHYS))
    if method == CauseMethod.FIVE_WHYS and not whys:
        raise BadValue("whys", _("Write at least one answer to “why?”."))
    if method == CauseMethod.FISHBONE and not bones:
        raise BadValue("cause_method", _("Write at least one line beside one of the families."))
