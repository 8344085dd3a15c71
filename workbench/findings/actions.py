"""What happens to a finding: raising and withdrawing it."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.findings import queries
from workbench.findings.models import Finding
from workbench.findings.rules import FLOW, FindingKind, FindingState
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue


def raise_finding(
    *, project: Project, kind: FindingKind, requirement: str, evidence: str, statement: str, by: Person,
    checklist_id: int | None = None, item_key: str = "",
) -> Finding:
    """Raise a finding in its three parts; it gets the next number of the project (F-1 …).

    `checklist_id` must be a checklist of this project; with `item_key` it says which line the finding comes from.
    """
    parts = {"requirement": requirement.strip(), "evidence": evidence.strip(), "statement": statement.strip()}
    for name, value in parts.items():
        if not value:
            raise BadValue(name, _("A finding needs the requirement, the evidence and the statement."))
    made = Finding(
        project_id=project.id, number=queries.next_number(project.id), kind=kind, state=FindingState.RAISED,
        checklist_id=checklist_id, item_key=item_key, raised_at=clock.now(), raised_by_id=by.id, **parts,
    )
    db.session.add(made)
    after = {"code": made.code, "kind": kind, "checklist": checklist_id, "item": item_key, **parts}
    record("finding_raised", made, by=by, project=project.key, after=after)
    return made


def withdraw_finding(*, project: Project, finding: Finding, reason: str, by: Person) -> None:
    """Withdraw a finding that does not hold, with the reason. It stays readable and is counted no more."""
    target = FLOW.target("withdraw", FindingState(finding.state))
    if not reason.strip():
        raise BadValue("reason", _("Say why it does not hold; the reason stays beside the finding."))
    before = {"state": finding.state}
    finding.state = target
    after = {"code": finding.code, "state": target}
    record("finding_withdrawn", finding, by=by, project=project.key, before=before, after=after, reason=reason.strip())
