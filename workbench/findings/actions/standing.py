"""What the acts on a finding have in common: whether it is still open, and where it stands after an act."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench.database import db
from workbench.findings import proofs, queries
from workbench.findings.models import Finding
from workbench.findings.rules import OPEN, FindingState, check_day, moved, standing
from workbench.people import queries as people
from workbench.web.refusals import BadValue, Refused


def check_open(finding: Finding) -> None:
    """Refuse to work on a finding that is closed or withdrawn."""
    if finding.state not in OPEN:
        raise Refused(_("%(code)s is not open any more.", code=finding.code))


def check_owner(owner_id: int | None, field: str = "owner_id") -> None:
    """An owner is somebody who is there and active."""
    person = None if owner_id is None else people.person(owner_id)
    if owner_id is not None and (person is None or not person.active):
        raise BadValue(field, _("Choose one of the persons that are offered."))


def advance(finding: Finding) -> None:
    """Put an open finding where what was done about it puts it, and set the day from which it can be judged."""
    db.session.flush()
    finding.state = moved(FindingState(finding.state), standing(proofs.treatment(finding)))
    last = queries.last_done(finding) if finding.state == FindingState.ACTED else None
    finding.check_due_on = None if last is None else check_day(last, finding.delay)
