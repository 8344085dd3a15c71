"""Judging whether the actions worked, closing, deciding on what is no nonconformity, and opening again."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.findings import proofs, queries
from workbench.findings.actions.standing import check_open
from workbench.findings.actions.treating import check_evidence
from workbench.findings.models import EffectivenessCheck, Finding
from workbench.findings.rules import (
    BEST_SCORE,
    FLOW,
    NONCONFORMITIES,
    Disposition,
    FindingState,
    Verdict,
)
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.filters import on
from workbench.web.refusals import BadValue, Refused


def check_effectiveness(
    *, project: Project, finding: Finding, score: int, verdict: Verdict, note: str, by: Person,
    evidence_id: int | None = None,
) -> EffectivenessCheck:
    """Judge, on evidence, whether the actions worked. Where they did not, the finding goes back to its cause.

    Only somebody who had no part may judge, once every action is done and the set delay has passed.
    """
    _check_ready(finding, by)
    if not 0 <= score <= BEST_SCORE:
        raise BadValue("score", _("From 0 to %(most)s.", most=BEST_SCORE))
    if not note.strip():
        raise BadValue("note", _("Say what was looked at and what was seen."))
    check_evidence(project, evidence_id)
    if verdict == Verdict.EFFECTIVE and evidence_id is None:
        raise BadValue("evidence_id", _("Name the evidence that shows it."))
    made = EffectivenessCheck(
        finding_id=finding.id, round=finding.rounds[0], score=score, verdict=verdict, note=note.strip(),
        evidence_id=evidence_id, checked_by_id=by.id, checked_at=clock.now(),
    )
    db.session.add(made)
    if verdict == Verdict.NOT_EFFECTIVE:
        finding.state = FLOW.target("send_back", FindingState(finding.state))
        finding.round, finding.check_due_on = finding.rounds[0] + 1, None
    after = {"code": finding.code, "score": score, "verdict": verdict, "evidence": evidence_id, "state": finding.state}
    record(
        "finding_effectiveness_judged", finding, by=by, project=project.key, after=after, reason=note.strip(), also=[made]
    )
    return made


def _check_ready(finding: Finding, by: Person) -> None:
    """Every action is done, the day has come, and the judge had no part in them."""
    check_open(finding)
    if finding.state != FindingState.ACTED:
        raise _refusal(finding, _("%(code)s cannot be judged yet: %(missing)s."))
    if proofs.treatment(finding).is_effective:
        raise Refused(_("%(code)s is judged effective already.", code=finding.code))
    if by.id in queries.had_a_part(finding):
        raise Refused(_("Somebody who had no part in the actions judges whether they worked."))
    if finding.check_due_on is not None and clock.today() < finding.check_due_on:
        raise Refused(_("Whether it worked can be judged from %(day)s.", day=on(finding.check_due_on)))


def _refusal(finding: Finding, sentence: str) -> Refused:
    missing = proofs.lacking_to_close(finding)
    return Refused(sentence % {"code": finding.code, "missing": "; ".join(missing)}, tuple(missing))


def close_finding(*, project: Project, finding: Finding, by: Person) -> None:
    """Close a finding whose cure is proven; refused with everything that is missing."""
    check_open(finding)
    if proofs.lacking_to_close(finding):
        raise _refusal(finding, _("%(code)s cannot be closed yet: %(missing)s."))
    before = {"state": finding.state}
    finding.state = FLOW.target("close", FindingState(finding.state))
    finding.closed_at, finding.check_due_on = clock.now(), None
    after = {"code": finding.code, "state": finding.state}
    record("finding_closed", finding, by=by, project=project.key, before=before, after=after)


def dispose_finding(
    *, project: Project, finding: Finding, disposition: Disposition, reason: str, by: Person
) -> None:
    """Close an opportunity or an observation by accepting or declining it, with the reason. Open actions come first."""
    if finding.kind in NONCONFORMITIES:
        raise Refused(_("A nonconformity is closed once its cure is proven; it is neither accepted nor declined."))
    target = FLOW.target("dispose", FindingState(finding.state))
    if not reason.strip():
        raise BadValue("reason", _("Say why; the reason stays beside the finding."))
    if proofs.treatment(finding).actions_open:
        raise _refusal(finding, _("%(code)s cannot be closed yet: %(missing)s."))
    before = {"state": finding.state}
    finding.state, finding.closed_at = target, clock.now()
    finding.disposition, finding.disposition_reason = disposition, reason.strip()
    after = {"code": finding.code, "state": target, "disposition": disposition}
    record("finding_disposed", finding, by=by, project=project.key, before=before, after=after, reason=reason.strip())


def reopen_finding(*, project: Project, finding: Finding, reason: str, by: Person) -> None:
    """Open a closed finding again, with the reason; its treatment begins anew, what was done before stays readable."""
    target = FLOW.target("reopen", FindingState(finding.state))
    if not reason.strip():
        raise BadValue("reason", _("Say why it is opened again."))
    before = {"state": finding.state, "closed_at": finding.closed_at}
    finding.state, finding.closed_at, finding.check_due_on = target, None, None
    finding.reopened_at = clock.now()
    finding.round = finding.opened_round = finding.rounds[0] + 1
    finding.disposition = finding.disposition_reason = None
    after = {"code": finding.code, "state": target}
    record("finding_reopened", finding, by=by, project=project.key, before=before, after=after, reason=reason.strip())
