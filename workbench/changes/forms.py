"""What may be typed about a request for change, and the words for it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField
from wtforms.validators import DataRequired, InputRequired, Optional

from workbench.changes.rules import ChangeType
from workbench.tools.forms import choices
from workbench.web.forms import Form, line, text

TYPES = {ChangeType.STANDARD: _l("standard"), ChangeType.NORMAL: _l("normal"), ChangeType.EMERGENCY: _l("emergency")}


class DraftRequest(Form):
    """A request for change."""

    title = line(_l("Title"), DataRequired(), description=_l("What is to change live."))
    change_type = SelectField(
        _l("Type"), validators=[InputRequired()], choices=choices(TYPES), default=ChangeType.NORMAL,
        description=_l("Standard is authorised beforehand, normal is assessed each time, emergency afterwards."),
    )
    reason = text(_l("Reason"), description=_l("Why, and what happens if nothing changes."))
    impact = text(_l("Impact"), description=_l("Who and what is touched, and for how long anything stands still."))
    planned_on = DateField(_l("Planned on"), validators=[Optional()])
    back_out_plan = text(
        _l("Back-out plan"), description=_l("How to return to the state before, and by when one must decide.")
    )
