"""What may be typed at a gate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, PasswordField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from workbench.lifecycle.actions import Asked
from workbench.lifecycle.queries import Altered
from workbench.lifecycle.rules import ALSO, Outcome
from workbench.people.queries import team
from workbench.projects.forms import options
from workbench.web.forms import Form, line, text

OUTCOMES = {
    Outcome.PASS: _l("pass"),
    Outcome.PASS_WITH_CONDITIONS: _l("pass with conditions"),
    Outcome.HOLD: _l("hold"),
    Outcome.BACK: _l("back to an earlier step"),
    Outcome.STOP: _l("stop the project"),
}
ALSO_WORDS = {
    "wait_for_vendor": _l("wait for the vendor"),
    "skip_with_reason": _l("skip, with reason"),
    "roll_back": _l("roll back"),
    "semi_automation": _l("fall back to semi-automation"),
    "close": _l("close"),
    "close_with_actions": _l("close with open actions"),
}
SIGNED_WORDS = {  # the columns of `queries.TOLD`, as the trail recorded them
    "outcome": _l("Decision, as recorded"),
    "back_to": _l("Back to step, as recorded"),
    "reason": _l("Reason, as recorded"),
    "meaning": _l("Meaning, as recorded"),
    "snapshot_sha256": _l("SHA-256 of the snapshot, as recorded"),
}
CONDITIONS = 3  # rows offered; more can be added by deciding again


class Decide(Form):
    """A gate decision with its signature."""

    outcome = RadioField(_l("Decision"), choices=options(OUTCOMES), validators=[InputRequired()])
    back_to = SelectField(_l("Back to step"), coerce=int, validators=[Optional()])
    also = SelectMultipleField(
        _l("Noted beside the decision"),
        choices=options(ALSO_WORDS),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    reason = text(_l("Reason"), DataRequired(), maximum=5000)
    condition_1_text = line(_l("Condition 1"), maximum=500)
    condition_1_owner = SelectField(_l("Owner of condition 1"), coerce=int, validators=[Optional()])
    condition_1_due = DateField(_l("Condition 1 due on"), validators=[Optional()])
    condition_2_text = line(_l("Condition 2"), maximum=500)
    condition_2_owner = SelectField(_l("Owner of condition 2"), coerce=int, validators=[Optional()])
    condition_2_due = DateField(_l("Condition 2 due on"), validators=[Optional()])
    condition_3_text = line(_l("Condition 3"), maximum=500)
    condition_3_owner = SelectField(_l("Owner of condition 3"), coerce=int, validators=[Optional()])
    condition_3_due = DateField(_l("Condition 3 due on"), validators=[Optional()])
    password = PasswordField(_l("Your password, to sign"), validators=[InputRequired()])

    def offer(self, *, project_id: int, step: int, decisions: tuple[str, ...]) -> Decide:
        """Fill the lists: earlier steps, team members, and the further outcomes the gates pack names for this step."""
        earlier = {each: gettext("step %(number)s", number=each) for each in range(1, step)}
        self.back_to.choices = options({0: "–", **earlier})
        members = options({0: "–", **{each.person_id: each.person.name for each in team(project_id)}})
        for number in range(1, CONDITIONS + 1):
            self[f"condition_{number}_owner"].choices = members
        self.also.choices = options({key: ALSO_WORDS[key] for key in ALSO if key in decisions})
        return self

    def conditions(self) -> list[Asked] | None:
        """The conditions typed; None, with the fields blamed, where one is only half there."""
        found = []
        for number in range(1, CONDITIONS + 1):
            words, owner, due = (self[f"condition_{number}_{part}"] for part in ("text", "owner", "due"))
            if not words.data and not owner.data and not due.data:
                continue
            if not (words.data and owner.data and due.data):
                self.blame(words.name, gettext("A condition needs its text, an owner and a date."))
                return None
            found.append(Asked(words.data, owner.data, due.data))
        return found


class Waive(Form):
    """A waiver with its signature."""

    reason = text(_l("Reason"), DataRequired(), maximum=5000)
    risk_accepted = text(_l("Risk accepted"), DataRequired(), maximum=5000)
    ends_on = DateField(_l("Until"), validators=[InputRequired()])
    password = PasswordField(_l("Your password, to sign"), validators=[InputRequired()])


class Meet(Form):
    """A condition is met."""

    note = line(_l("How one sees it"), DataRequired(), maximum=500)


def conditions_table(rows: Iterable[Any]) -> list[list[Any]]:
    """What passes with conditions ask for, met or not, as a table, head first."""
    head = [gettext("Gate"), gettext("Condition"), gettext("Owner"), gettext("Due"), gettext("Met"), gettext("How one sees it")]
    return [head, *([each.step, each.text, each.owner.name, each.due_on, each.met_on, each.met_note] for each in rows)]


def waivers_table(rows: Iterable[Any]) -> list[list[Any]]:
    """What was set aside at gates, for how long and by whom, as a table, head first."""
    head = [
        gettext("Gate"), gettext("Criterion"), gettext("Reason"), gettext("Risk accepted"), gettext("Until"),
        gettext("Granted by"), gettext("Granted"),
    ]
    return [head, *(
        [each.step, each.condition_key.removeprefix("item:"), each.reason, each.risk_accepted, each.ends_on,
         each.granted_by.name, each.granted_at]
        for each in rows
    )]


def altered_in_words(found: Altered) -> str:
    """What is wrong with a decision that does not stand as it was signed, and which entry of the trail shows it."""
    if not found.seq:
        return str(gettext(
            "%(code)s stands in the database without an entry in the trail: nothing shows that it was signed.", code=found.code
        ))  # fmt: skip
    return str(gettext(
        "%(code)s was changed in the database after entry %(entry)s of the trail recorded it: it does not stand as it was signed.",
        code=found.code, entry=found.seq,
    ))  # fmt: skip


def recorded_in_words(found: Altered) -> list[tuple[Any, Any]]:
    """(label, value) of what the entry says otherwise than the row."""
    shown = {"outcome": lambda value: OUTCOMES.get(value, value)}
    return [(SIGNED_WORDS[name], shown.get(name, str)(value) or "–") for name, value in found.recorded.items()]
