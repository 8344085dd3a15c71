"""What may be typed about what a tool can do, and the words for it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import RadioField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired

from workbench.registers.forms import RecordForm, Reference
from workbench.tools.forms import ABLE as ABLE
from workbench.tools.forms import ABLE_LOOKS as ABLE_LOOKS
from workbench.tools.forms import CAPABILITIES as CAPABILITIES
from workbench.tools.queries import choices as tool_choices
from workbench.trials.forms.runs import snapshot_said
from workbench.trials.queries.runs import newest_snapshots
from workbench.web.forms import text

OUTCOMES = {
    "open": _l("not decided"), "confirmed": _l("confirmed"), "dismissed": _l("dismissed"),
    "replaced": _l("replaced by a newer one"),
}
LOOKS = {"open": "open", "confirmed": "pass", "dismissed": "rejected", "replaced": "withdrawn"}


def _snapshots(project_id: int) -> list[tuple[int, str]]:
    """(row, name) of what the mirror received: a table received twice stands twice, told apart by its reading."""
    return [(one.id, f"{one.source}.{one.table} · {snapshot_said(one)}") for one in newest_snapshots(project_id, 100)]


class Learn(RecordForm):
    """What to learn from: a description of the tool, or a table of the mirror."""

    tool_id = Reference(_l("Tool"), tool_choices, validators=[InputRequired()], description=_l("One of the tools in scope."))
    file = FileField(_l("OpenAPI description"), description=_l("JSON or YAML, version 2 or 3. It becomes evidence of the project."))
    snapshot_id = Reference(_l("Or a snapshot of the mirror"), _snapshots)

    def validate_snapshot_id(self, field: Any) -> None:
        """One of the two."""
        if bool(self.file.data) == bool(field.data):
            raise ValidationError(_l("Choose a description or a snapshot, one of the two."))


class DecideProposal(RecordForm):
    """Whether a proposal goes into the register of tools."""

    decision = RadioField(
        _l("Decision"), validators=[InputRequired()],
        choices=[
            SelectChoice("confirm", _l("confirm it: the register of tools says so")), SelectChoice("dismiss", _l("dismiss it")),
        ],
    )
    note = text(_l("How it is known, or why it is dismissed"), DataRequired(), maximum=2000)
