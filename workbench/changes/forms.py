"""What may be typed about a request for change, its plan, its approval and its review, and the words for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    DateTimeLocalField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional
from wtforms.widgets import ListWidget

from workbench import clock
from workbench.changes.queries import Clash
from workbench.changes.rules import URGENT_DAYS, ChangeType, RequestState, Terms, working_days_after
from workbench.evidence.queries import choices as evidence_choices
from workbench.people.queries import choices as people_choices
from workbench.people.rules import Function
from workbench.projects.forms import FUNCTIONS, HUBS
from workbench.registers.forms import RecordForm, Reference, choice
from workbench.risks.forms import IMPACTS, LIKELIHOODS
from workbench.tools.forms import CONNECTIONS, choices
from workbench.tools.queries import choices as tool_choices
from workbench.trials.queries.plans import attachable
from workbench.web.addresses import LARGEST, row_number
from workbench.web.forms import Box, Form, line, text

TYPES = {ChangeType.STANDARD: _l("standard"), ChangeType.NORMAL: _l("normal"), ChangeType.EMERGENCY: _l("emergency")}
STATES = {
    RequestState.DRAFT: _l("draft"), RequestState.SUBMITTED: _l("waiting for approval"),
    RequestState.AUTHORISED: _l("authorised"), RequestState.REJECTED: _l("rejected"),
    RequestState.SCHEDULED: _l("scheduled"), RequestState.IMPLEMENTED: _l("carried out"),
    RequestState.BACKED_OUT: _l("backed out"), RequestState.REVIEWED: _l("reviewed"),
    RequestState.WITHDRAWN: _l("withdrawn"),
}
LOOKS = {
    RequestState.DRAFT: "draft", RequestState.SUBMITTED: "open", RequestState.AUTHORISED: "pass",
    RequestState.REJECTED: "rejected", RequestState.SCHEDULED: "set", RequestState.IMPLEMENTED: "done",
    RequestState.BACKED_OUT: "back", RequestState.REVIEWED: "closed", RequestState.WITHDRAWN: "withdrawn",
}
VERDICTS = {"approved": _l("approved"), "rejected": _l("rejected")}
VERDICT_LOOKS = {"approved": "pass", "rejected": "rejected"}
REHEARSED = {"ok": _l("went well"), "failed": _l("failed")}
RESULTS = {
    "successful": _l("successful"), "successful_with_issues": _l("successful, with issues"),
    "rolled_back": _l("rolled back"), "failed": _l("failed"),
}
QUESTIONS = {
    "purpose": _l("Did it do what it was for?"),
    "surprises": _l("Did anything happen that nobody foresaw?"),
    "way_back": _l("Was the way back needed, and did it work?"),
    "time_and_cost": _l("Were time and cost as planned?"),
    "voices": _l("What do users and customers say?"),
    "updates": _l("Which record, document or risk has to be updated?"),
    "standard": _l("Can it become a standard change?"),
}
TOTALS = {"equal": _l("equal"), "different": _l("different")}
ACCEPTANCE = {"accepted": _l("accepted"), "open": _l("open")}


def _scale(words: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice("", _l("not rated yet")), *(SelectChoice(value, word) for value, word in words.items())]


def _number(value: Any) -> int | None:
    return value if value is None or isinstance(value, int) else row_number(str(value))


def moment(label: Any, *validators: Any, **kwargs: Any) -> DateTimeLocalField:
    """A day and an hour in UTC; the further format is the one in which a conflict sends the time back."""
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S+00:00"]
    return DateTimeLocalField(label, validators=[*(validators or (Optional(),))], format=formats, tz=UTC, **kwargs)


class Boxes(SelectMultipleField):
    """Rows of the project as boxes to tick; a conflict sends them back as one text."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        widget, box = ListWidget(prefix_label=False), Box()
        super().__init__(label, coerce=int, widget=widget, option_widget=box, **kwargs)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the numbers out of what was sent."""
        super().process_formdata([number for each in valuelist for number in re.findall(r"\d{1,9}", each)])


class DraftRequest(Form):
    """A request for change."""

    title = line(_l("Title"), DataRequired(), description=_l("What is to change live."))
    change_type = SelectField(
        _l("Type"), validators=[InputRequired()], choices=choices(TYPES), default=ChangeType.NORMAL,
        description=_l("Standard is authorised beforehand, normal is assessed each time, emergency afterwards."),
    )
    reason = text(_l("Reason"), description=_l("Why, and what happens if nothing changes."))
    cost_of_not_doing = text(_l("Cost of not doing it"))
    impact = text(_l("Impact"), description=_l("Who and what is touched, and for how long anything stands still."))
    likelihood = SelectField(_l("Likelihood that it goes wrong"), choices=_scale(LIKELIHOODS), coerce=_number)
    impact_level = SelectField(_l("Impact if it goes wrong"), choices=_scale(IMPACTS), coerce=_number)
    tool_ids = Boxes(_l("Tools touched"), description=_l("Of the tools in scope. Windows on the same tool are compared."))
    items_touched = text(_l("Other items touched"), description=_l("Links, documents, contracts."))
    affected = text(_l("Customers and users affected"))
    data_involved = text(_l("Personal or confidential data"), description=_l("Which, and how it is protected; or none."))
    outage = text(_l("Outage"), description=_l("What stands still, for whom, for how long."))
    planned_on = DateField(_l("Planned on"), validators=[Optional()])
    window_start = moment(_l("Planned start (UTC)"))
    window_end = moment(_l("Planned end (UTC)"))
    implementation_plan = text(_l("Implementation plan"), description=_l("The steps in their order, and who does them."))
    tests = text(_l("Tests and acceptance limits"))
    communication = text(_l("Who is told, when"))
    back_out_plan = text(
        _l("Back-out plan"), description=_l("How to return to the state before, and by when one must decide.")
    )

    def offer(self, project_id: int) -> Self:
        """Fill the list of tools."""
        self.tool_ids.choices = [SelectChoice(*each) for each in tool_choices(project_id)]
        return self

    def facts(self) -> dict[str, Any]:
        """What was typed, by column."""
        outside = {"csrf_token", "idempotency_key", "version"}
        found = {each.name: each.data for each in self if each.name not in outside}
        return {**found, "change_type": ChangeType(found["change_type"])}


class SubmitRequest(Form):
    """Who is asked to approve, and until when."""

    asked = Boxes(_l("Asked to approve"), validators=[InputRequired()])
    due_on = DateField(_l("Answer due on"), validators=[InputRequired()])

    def offer(self, members: Sequence[Any]) -> Self:
        """Fill the list of people, and say when an answer is usually due."""
        self.asked.choices = [SelectChoice(each.person_id, _who(each)) for each in members]
        if not self.is_submitted():
            self.due_on.data = working_days_after(clock.today(), URGENT_DAYS)
        return self


def _who(member: Any) -> str:
    held = [str(FUNCTIONS[each]) for each in sorted(member.held)]
    return ", ".join([member.person.name, str(HUBS[member.hub]), *held])


class DecideRequest(Form):
    """A signed answer."""

    verdict = RadioField(
        _l("Answer"), validators=[InputRequired()],
        choices=choices({"approved": _l("I approve"), "rejected": _l("I reject")}),
    )
    reason = text(_l("Reason"), DataRequired(), maximum=5000)
    password = PasswordField(_l("Your password, to sign"), validators=[InputRequired()])


class AttachPlan(Form):
    """Which evidence holds the promotion plan."""

    evidence_id = SelectField(
        _l("Promotion plan"), validators=[InputRequired()], coerce=_number,
        description=_l("A file among the evidence, best a table or a text: it is searched for fake rows and personal data."),
    )

    def offer(self, project_id: int) -> Self:
        """Fill the list of evidence."""
        plans = attachable(project_id)
        others = [each for each in evidence_choices(project_id) if each[0] not in {number for number, _title in plans}]
        groups = {str(_("Plans of the sandbox")): plans, str(_("Other evidence")): others}
        self.evidence_id.choices = [
            SelectChoice(*each, optgroup=group) for group, choices in groups.items() for each in choices
        ]
        return self


class Rehearse(RecordForm):
    """The way back was tried."""

    held_on = DateField(_l("Held on"), validators=[InputRequired()])
    observed_by = line(_l("Observed by"), DataRequired())
    result = choice(_l("Result"), REHEARSED)
    minutes = IntegerField(_l("Minutes it took"), validators=[InputRequired(), NumberRange(0, 100_000)])
    evidence_id = Reference(_l("Evidence"), evidence_choices)
    note = text(_l("Note"))


class Implement(Form):
    """When a change was carried out."""

    actual_start = moment(_l("Started (UTC)"), InputRequired())
    actual_end = moment(_l("Ended (UTC)"), InputRequired())


class BackOut(Form):
    """The way back was taken."""

    reason = text(_l("Reason"), DataRequired(), maximum=5000)
    actual_end = moment(_l("Back to the state before at (UTC)"), InputRequired())


class WithdrawRequest(Form):
    """Why a request is withdrawn."""

    reason = text(_l("Reason"), DataRequired(), maximum=2000)


class ReviewChange(Form):
    """The review after a change: seven questions."""

    purpose = text(QUESTIONS["purpose"], DataRequired())
    surprises = text(QUESTIONS["surprises"], DataRequired())
    way_back = text(QUESTIONS["way_back"], DataRequired())
    time_and_cost = text(QUESTIONS["time_and_cost"], DataRequired())
    voices = text(QUESTIONS["voices"], DataRequired())
    updates = text(QUESTIONS["updates"], DataRequired())
    standard = text(QUESTIONS["standard"], DataRequired())
    result = SelectField(_l("Result"), validators=[InputRequired()], choices=choices(RESULTS))
    incidents = text(_l("Incidents"))
    reviewed_on = DateField(_l("Reviewed on"), validators=[InputRequired()])


class DescribeConnection(RecordForm):
    """How two tools are joined."""

    carries = line(_l("What it carries"), DataRequired(), maximum=500)
    source_tool_id = Reference(_l("From"), tool_choices, validators=[InputRequired()])
    target_tool_id = Reference(_l("To"), tool_choices, validators=[InputRequired()])
    kind = choice(_l("How"), CONNECTIONS)
    owner_id = Reference(_l("Owner"), people_choices)
    key_custody = line(
        _l("Where the key is kept"), maximum=300, description=_l("A place such as “vault entry 12”, never the key itself.")
    )
    rate = line(_l("Rate"), description=_l("How many calls or rows are allowed, in what time."))
    schedule = line(_l("Schedule"), description=_l("When it runs."))
    failure_alert = line(_l("If it fails"), maximum=500, description=_l("Who is told, and how."))


def _count(label: Any) -> IntegerField:
    return IntegerField(label, validators=[InputRequired(), NumberRange(0, LARGEST)])


class DescribeAcceptance(RecordForm):
    """A month done the new way, compared with what was expected."""

    period = line(_l("Month"), DataRequired(), maximum=7, description=_l("Such as 2026-05."))
    trial_run_number = IntegerField(_l("Trial run"), validators=[Optional(), NumberRange(1, LARGEST)])
    expected_units = _count(_l("Units expected"))
    got_units = _count(_l("Units found"))
    expected_amount = line(_l("Amount expected"), DataRequired(), maximum=30)
    got_amount = line(_l("Amount found"), DataRequired(), maximum=30)
    currency = line(_l("Currency"), DataRequired(), maximum=3, default="EUR", description=_l("Three letters, such as EUR."))
    note = text(_l("Note"))


class NoteException(Form):
    """Something that is not as expected."""

    what = text(_l("What is not as expected"), DataRequired(), maximum=5000)


class DecideException(Form):
    """What is done about it."""

    decision = text(_l("Decision"), DataRequired(), maximum=5000)


def functions_in(terms: Terms) -> str:
    """The functions that a yes takes, in words."""
    return ", ".join(str(FUNCTIONS[Function(each)]) for each in sorted(terms.functions))


def clash(other: Clash) -> str:
    """Which change lies in the same hours on the same tools."""
    tools = ", ".join(other.tools)
    return str(_("%(key)s %(code)s, on %(tools)s", key=other.key, code=other.code, tools=tools))
