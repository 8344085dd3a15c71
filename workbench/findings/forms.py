"""What may be typed about a finding, and the words for it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import DataRequired, InputRequired

from workbench.findings.rules import FindingKind, FindingState
from workbench.tools.forms import choices
from workbench.web.forms import Form, text

KINDS = {
    FindingKind.MAJOR: _l("major nonconformity"), FindingKind.MINOR: _l("minor nonconformity"),
    FindingKind.OPPORTUNITY: _l("opportunity for improvement"),
}
STATES = {FindingState.RAISED: _l("raised"), FindingState.WITHDRAWN: _l("withdrawn")}
ACTS = {"finding_raised": _l("raised"), "finding_withdrawn": _l("withdrawn")}
LOOKS = {FindingState.RAISED: "open", FindingState.WITHDRAWN: "not_applicable"}


class RaiseFinding(Form):
    """A finding in its three parts."""

    kind = RadioField(_l("Kind"), validators=[InputRequired()], choices=choices(KINDS))
    requirement = text(
        _l("Requirement"), DataRequired(),
        description=_l("What it is held against: a clause or gate with our question, a contract, an own procedure."),
    )
    evidence = text(_l("Evidence"), DataRequired(), description=_l("What was seen, where and when; name the record."))
    statement = text(
        _l("Statement"), DataRequired(), description=_l("In one sentence, how the evidence differs from the requirement.")
    )


class WithdrawFinding(Form):
    """Why a finding does not hold."""

    reason = text(_l("Reason"), DataRequired(), description=_l("Why it does not hold. It stays beside the finding."))
