"""What may be typed about a way forward, and the words for it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from workbench.paths.rules import PathState
from workbench.web.forms import Form, line, text

STATES = {PathState.OPEN: _l("open"), PathState.CHOSEN: _l("chosen"), PathState.REJECTED: _l("rejected")}
LOOKS = {PathState.OPEN: "open", PathState.CHOSEN: "pass", PathState.REJECTED: "fail"}


class DescribePath(Form):
    """A way forward."""

    name = line(_l("Name"), DataRequired())
    description = text(_l("Description"), description=_l("Which tools it touches, and who does what."))
    needs_covered = line(_l("Needs covered"), maximum=500, description=_l("Their codes, such as N-1, N-3."))
    cost = line(_l("Cost and effort"))
    way_back = text(_l("Way back"), description=_l("How to return to the present way if it fails."))


class GiveReason(Form):
    """Why a way forward is chosen or rejected."""

    reason = text(
        _l("Reason"), DataRequired(), description=_l("Name the limitation, the need or the cost that decided.")
    )
