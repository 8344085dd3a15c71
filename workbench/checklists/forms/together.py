"""What may be typed about several items at once, about what is asked of a person, and as a comment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired

from workbench import clock
from workbench.checklists.actions import ASKED as ASKED
from workbench.checklists.actions import LONGEST_COMMENT, STATES
from workbench.checklists.rules import AssignmentState
from workbench.web.addresses import row_number
from workbench.web.forms import Form, text

ASKED_LOOKS = {
    AssignmentState.ASKED: "open",
    AssignmentState.SUBMITTED: "upcoming",
    AssignmentState.ACCEPTED: "done",
    AssignmentState.SENT_BACK: "back",
    AssignmentState.TAKEN_BACK: "withdrawn",
}
# How the checklist's page filters by what was asked of whom.
FILTERS = {
    AssignmentState.ASKED.value: ASKED[AssignmentState.ASKED],
    AssignmentState.SUBMITTED.value: ASKED[AssignmentState.SUBMITTED],
    AssignmentState.ACCEPTED.value: ASKED[AssignmentState.ACCEPTED],
    AssignmentState.SENT_BACK.value: ASKED[AssignmentState.SENT_BACK],
    "overdue": _l("overdue"),
    "nobody": _l("asked of nobody"),
}
MOST = 2000  # items in one form


class Ticks(SelectMultipleField):
    """The items ticked, each as its key, or as key:version where the form says what the person saw."""

    def pre_validate(self, form: Any) -> None:
        """Any key may be sent: the action says of each item whether it is there."""
        if len(self.data or ()) > MOST:
            raise ValueError(_l("Tick fewer questions, please."))

    def keys(self) -> list[str]:
        """The keys alone, each once."""
        return list(self.seen())

    def seen(self) -> dict[str, int | None]:
        """{item key: version seen}; None where the form carries none."""
        found: dict[str, int | None] = {}
        for each in self.data or ():
            key, _colon, version = str(each)[:60].partition(":")
            found[key] = row_number(version)
        return found


class Together(Form):
    """Base: which items."""

    items = Ticks(_l("Questions"), choices=(), validators=[DataRequired(_l("Tick at least one question."))])


class AnswerTogether(Together):
    """The same answer to several items."""

    state = SelectField(
        _l("Answer"),
        choices=[SelectChoice("", _l("choose")), *(SelectChoice(state.value, word) for state, word in STATES.items())],
        validators=[InputRequired(_l("Choose an answer."))],
    )
    note = text(_l("Note"))


class AskTogether(Together):
    """Several items asked of one person."""

    person_id = SelectField(_l("Who is to answer"), coerce=int, validators=[InputRequired()])
    due_on = DateField(_l("Answer by"), default=lambda: clock.today() + timedelta(days=14), validators=[InputRequired()])

    def offer(self, persons: Sequence[tuple[int, str]]) -> Self:
        """Fill the list of persons."""
        self.person_id.choices = [SelectChoice(*each) for each in persons]
        return self


class AttachTogether(Together):
    """One piece of evidence for several items."""

    evidence_id = SelectField(_l("Evidence of this project"), coerce=int, validators=[InputRequired()])

    def offer(self, choices: Iterable[tuple[int, str]]) -> Self:
        """Fill the list of evidence."""
        self.evidence_id.choices = [SelectChoice(*each) for each in choices]
        return self


class SubmitTogether(Form):
    """Which answers are handed in: those ticked, or all that are answered."""

    items = Ticks(_l("Questions"), choices=())
    which = SelectField(
        _l("Which"), choices=[SelectChoice("all", _l("all that are answered")), SelectChoice("ticked", _l("those ticked"))],
        default="all",
    )


class JudgeTogether(Together):
    """Submitted answers accepted or sent back, or questions taken back."""

    verb = SelectField(
        _l("What happens"),
        choices=[
            SelectChoice("accept", _l("accept")),
            SelectChoice("send_back", _l("send back")),
            SelectChoice("take_back", _l("take back")),
        ],
        validators=[InputRequired()],
    )
    reason = text(_l("Reason"), maximum=2000, description=_l("Needed where an answer is sent back: what is missing."))


class Say(Form):
    """A comment on an item."""

    text = text(_l("Comment"), DataRequired(), maximum=LONGEST_COMMENT)


class Strike(Form):
    """Why a comment is struck through."""

    reason = text(_l("Reason"), DataRequired(), maximum=2000)
