"""What may be typed when files are shared with a guest, and the words for where a link stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, NumberRange
from wtforms.widgets import ListWidget

from workbench.people.rules import LONGEST_NAME
from workbench.reports.rules import LONGEST_SHARING, SharingState
from workbench.web.forms import Box, Form, line, text

SHARING_STATES = {
    SharingState.OPEN: _l("open"),
    SharingState.ENDED: _l("ended"),
    SharingState.REVOKED: _l("revoked"),
}
SHARING_LOOKS = {SharingState.OPEN: "open", SharingState.ENDED: "ended", SharingState.REVOKED: "withdrawn"}
SHARING_ORDERS = {"newest": _l("newest first"), "ending": _l("ending soonest"), "guest": _l("by guest")}


class Share(Form):
    """Which built files, for whom, why and how long."""

    files = SelectMultipleField(
        _l("Files"), choices=[], coerce=int, validators=[InputRequired(_l("Choose at least one file."))],
        widget=ListWidget(prefix_label=False), option_widget=Box(),
    )
    guest = line(
        _l("For whom"), DataRequired(), maximum=LONGEST_NAME,
        description=_l("The person and where they work, such as “Jeanne Roy, Certifier SA”."),
    )
    reason = text(_l("Reason"), DataRequired(), maximum=1000, description=_l("Kept in the trail; the guest does not see it."))
    days = IntegerField(
        _l("Days until the link ends"), default=14,
        validators=[
            InputRequired(_l("Type a whole number.")),
            NumberRange(1, LONGEST_SHARING, _l("Choose 1 to %(days)s days.", days=LONGEST_SHARING)),
        ],
    )

    @classmethod
    def offered(cls, files: Sequence[tuple[int, str]], ticked: Sequence[int]) -> Self:
        """The form with the files there are to choose among, as (number, label)."""
        form = cls.of_request(data={"files": list(ticked), "days": 14})
        form.files.choices = list(files)
        return form
