"""What may be typed in steps 7 and 8, and the words for it."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, IntegerField, PasswordField, ValidationError
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from workbench import clock
from workbench.evidence.queries import choices as choices_of_evidence
from workbench.people.queries import choices as choices_of_people
from workbench.practices import queries
from workbench.practices.rules import InstructionKind, Level, QuestionState, TestResult, amount, cells_of
from workbench.projects.forms import HUBS
from workbench.registers.forms import RecordForm, Reference, choice
from workbench.web.forms import Form, line, text

KINDS = {InstructionKind.INSTRUCTION: _l("work instruction"), InstructionKind.SELLING_POLICY: _l("selling policy")}
LEVELS = {
    Level.SHOWN: _l("has been shown it"), Level.WITH_HELP: _l("does it with help"), Level.ALONE: _l("does it alone"),
    Level.CAN_TEACH: _l("can teach it"),
}
RESULTS = {TestResult.WORKED: _l("worked"), TestResult.FAILED: _l("did not work")}
QUESTION_STATES: dict[str, Any] = {
    QuestionState.ANSWERED: _l("answered"), QuestionState.OPEN: _l("open"), QuestionState.OVERDUE: _l("waits too long"),
}
QUESTION_LOOKS = {"answered": "done", "open": "open", "overdue": "overdue"}


class Amount:
    """A sum with a point or a comma, not below zero."""

    def __call__(self, form: Any, field: Any) -> None:
        """Raise a ValidationError where it is none."""
        if field.data and amount(field.data) is None:
            raise ValidationError(_l("A number such as 2.50, please."))


class NotLater:
    """A day that has come."""

    def __call__(self, form: Any, field: Any) -> None:
        """Raise a ValidationError where it is in the future."""
        if field.data and field.data > clock.today():
            raise ValidationError(_l("This day has not come yet."))


def _whole(label: Any, **kwargs: Any) -> IntegerField:
    return IntegerField(label, validators=[Optional(), NumberRange(min=0, max=1_000_000)], **kwargs)


def _day(label: Any, *validators: Any, **kwargs: Any) -> DateField:
    return DateField(label, validators=[Optional(), *validators], **kwargs)


def _needed_day(label: Any, *validators: Any, **kwargs: Any) -> DateField:
    return DateField(label, validators=[InputRequired(), *validators], **kwargs)


class WriteInstruction(RecordForm):
    """A work instruction."""

    title = line(_l("Title"), DataRequired())
    role_id = Reference(
        _l("Role"), queries.choices_of_roles, description=_l("One of the roles of this project, where it is listed."),
    )
    role = line(
        _l("Role, in words"), maximum=120, description=_l("Where it is not listed: who works by it, such as billing clerk."),
    )
    body = text(_l("Text"), DataRequired(), description=_l("One page: what to do, in which order, and whom to ask."))

    def validate_role(self, field: Any) -> None:
        """A role is named one way or the other."""
        if not field.data and self.role_id.data is None:
            raise ValidationError(_l("Choose a role, or name it in words."))


class ReviseInstruction(WriteInstruction):
    """A new edition."""

    what_changed = text(
        _l("What changed"), DataRequired(), maximum=2000,
        description=_l("Those who have read the edition before are shown this beside the text."),
    )


class SignInstruction(Form):
    """The signature under an edition."""

    password = PasswordField(_l("Your password, to sign"), validators=[InputRequired()])


class NameRole(RecordForm):
    """A role that works by the new practice."""

    name = line(_l("Role"), DataRequired(), maximum=120, description=_l("Such as billing clerk."))
    is_critical = BooleanField(
        _l("Critical"), description=_l("Each regular user of a critical role practises once before the step ends."),
    )
    changes = text(_l("What changes for this role"), DataRequired())
    headcount = _whole(_l("How many"))


class NameUser(RecordForm):
    """One person in one role."""

    role_id = Reference(_l("Role"), queries.choices_of_roles, validators=[InputRequired()])
    person_id = Reference(_l("Member of the team"), choices_of_people)
    name = line(_l("Name, of somebody not on the team"), maximum=120)
    hub = choice(_l("Hub"), HUBS, empty=_l("none"))
    is_occasional = BooleanField(_l("Works by it only now and then"))
    is_champion = BooleanField(_l("Champion: helps the others"))


class DescribeTask(RecordForm):
    """A practice task."""

    role_id = Reference(_l("Role"), queries.choices_of_roles, validators=[InputRequired()])
    title = line(_l("Task"), DataRequired())
    steps = text(_l("How it is done"))
    in_sandbox = BooleanField(_l("Done in the sandbox"), default=True)
    instruction_id = Reference(_l("By the instruction"), queries.choices_of_instructions)


class RecordTask(RecordForm):
    """A practice task that was done."""

    user_id = Reference(_l("Who did it"), queries.choices_of_users, validators=[InputRequired()])
    task_id = Reference(_l("Task"), queries.choices_of_tasks, validators=[InputRequired()])
    done_on = _needed_day(_l("Done on"))
    observer_id = Reference(_l("Seen by"), choices_of_people, validators=[InputRequired()])
    in_sandbox = BooleanField(_l("Done in the sandbox"), default=True)
    note = text(_l("Note"), maximum=2000)


class AssessCompetence(RecordForm):
    """How well somebody masters a skill."""

    user_id = Reference(_l("User"), queries.choices_of_users, validators=[InputRequired()])
    skill = line(_l("Skill"), DataRequired())
    level = choice(_l("Level"), LEVELS)
    assessed_on = _needed_day(_l("Assessed on"), NotLater())
    assessed_by_id = Reference(_l("Assessed by"), choices_of_people)
    evidence_id = Reference(_l("Evidence"), choices_of_evidence)


class AskQuestion(RecordForm):
    """A question about the new practice."""

    question = text(_l("Question"), DataRequired(), maximum=2000)
    asked_on = _needed_day(_l("Asked on"), NotLater())
    asked_by = line(_l("Asked by"), maximum=120, description=_l("The role, or the name where the person agrees."))
    hub = choice(_l("Hub"), HUBS, empty=_l("none"))


class AnswerQuestion(Form):
    """The answer to a question."""

    answer = text(_l("Answer"), DataRequired(), maximum=4000)
    answered_on = _needed_day(_l("Answered on"))
    is_faq = BooleanField(_l("Show it among the frequent questions"))


class NameSupport(RecordForm):
    """A support contact."""

    who = line(_l("Whom to ask, or where"), DataRequired())
    channel = line(_l("How to reach them"), DataRequired())
    hours = line(_l("Hours"), maximum=120)
    procedure = text(_l("What to do when it fails"), DataRequired())
    tested_on = _day(_l("Tested on"), NotLater())
    tested_by_id = Reference(_l("Tested by"), choices_of_people)
    result = choice(_l("Result of the test"), RESULTS, empty=_l("not tested"))


class PlanChannel(RecordForm):
    """One way for one message to one audience."""

    message = line(_l("Message"), DataRequired())
    audience = line(_l("Audience"), DataRequired())
    channel = line(_l("Channel"), DataRequired(), maximum=120, description=_l("Such as the team meeting, mail, the intranet."))
    criterion = line(_l("When this channel and no other"), DataRequired(), maximum=300)
    owner_id = Reference(_l("Answered for by"), choices_of_people)
    cadence = line(_l("How often"), maximum=120)
    minutes_per_month = _whole(_l("Minutes a month"), description=_l("What sending it on this channel costs."))
    is_primary = BooleanField(_l("The primary channel of this message"))


class Announce(RecordForm):
    """What was told."""

    text = text(_l("What was told"), DataRequired())
    sent_on = _needed_day(_l("Sent on"), NotLater())
    audience = line(_l("Audience"), DataRequired())
    channel_id = Reference(_l("Channel"), queries.choices_of_channels)
    instruction_id = Reference(_l("About the instruction"), queries.choices_of_instructions)
    edition_number = IntegerField(_l("Its edition"), validators=[Optional(), NumberRange(min=1, max=10_000)])
    tells_old_way_stop = BooleanField(_l("Tells when the old way stops"))
    go_live_on = _day(_l("Date of going live that it tells"))


class PlanReminder(RecordForm):
    """What is called to mind again."""

    what = text(_l("What is called to mind"), DataRequired(), maximum=2000)
    due_on = _needed_day(_l("Due on"))
    audience = line(_l("Audience"), DataRequired())
    channel_id = Reference(_l("Channel"), queries.choices_of_channels)
    done_on = _day(_l("Done on"), NotLater())


class EndOldWay(RecordForm):
    """An old way that stops."""

    what = line(_l("What stops"), DataRequired(), maximum=300)
    stops_on = _day(_l("Stops on"))
    disabled = text(_l("What is disabled"), description=_l("What makes the old way impossible, such as a right taken away."))
    exceptions = text(_l("Exceptions"))
    told_on = _day(_l("Told on"), NotLater())
    announcement_id = Reference(_l("Told by"), queries.choices_of_announcements)
    closed_on = _day(_l("Closed on"), NotLater())


class RecordReading(RecordForm):
    """That somebody else has read an edition."""

    reason = text(_l("How you know it"), DataRequired(), maximum=2000, description=_l("Who told you, and when."))
    evidence_id = Reference(_l("Evidence"), choices_of_evidence)


class Rows:
    """A row for each thing, cells between semicolons: names, and numbers that may be left out where `may_lack` says so."""

    def __init__(self, *kinds: str, may_lack: str = "") -> None:
        self.kinds, self.may_lack = kinds, may_lack

    def __call__(self, form: Any, field: Any) -> None:
        """Raise a ValidationError that names the row and the cell."""
        for number, row in enumerate(cells_of(field.data, len(self.kinds)), start=1):
            if len(row) > len(self.kinds) or not all(map(self._fits, self.kinds, row)):
                raise ValidationError(_l("Row %(number)s is not of the form %(form)s.", number=number, form=field.description))

    def _fits(self, kind: str, cell: str) -> bool:
        if kind == "name":
            return 0 < len(cell) <= 200
        if kind == "per":
            return cell in ("", "line", "account")
        return (cell == self.may_lack == "" and kind == "end") or amount(cell) is not None


class CompareOffers(RecordForm):
    """What is compared, at which usage and over which range."""

    title = line(_l("What is compared"), DataRequired())
    usage = line(
        _l("Usage of a line in a month"), DataRequired(), Amount(), maximum=20, description=_l("The expected amount."),
    )
    unit = line(_l("Unit of the usage"), maximum=40, description=_l("Such as GB."))
    currency = line(_l("Currency"), maximum=3, description=_l("Three capital letters, such as EUR."))
    lines = _whole(_l("Number of lines"))
    use_from = line(_l("Range of usage, from"), Amount(), maximum=20, description=_l("Empty: from nothing."))
    use_to = line(
        _l("Range of usage, to"), Amount(), maximum=20, description=_l("Empty: twice the usage, or what an offer includes.")
    )
    use_step = line(_l("Step of the table"), Amount(), maximum=20, description=_l("Empty: a tenth of the range."))
    uses = text(_l("Lines with their own usage"), Rows("name", "amount"), maximum=4000, description=_l("name; usage"))
    note = text(_l("Note"), maximum=2000)

    def validate_currency(self, field: Any) -> None:
        """Three capital letters, where one is named."""
        if field.data and not re.fullmatch("[A-Z]{3}", field.data):
            raise ValidationError(_l("A currency is three capital letters, such as EUR."))

    def validate_use_to(self, field: Any) -> None:
        """A range ends after it begins."""
        last, first = (amount(each.data) for each in (field, self.use_from))
        if last is not None and last <= (first or 0):
            raise ValidationError(_l("The range ends after it begins."))


PER = {"line": _l("each line by itself"), "account": _l("all lines together")}


class DescribeOffer(RecordForm):
    """One offer; every sum is for a line and a month, unless it says that it is for all lines."""

    name = line(_l("Offer"), DataRequired(), maximum=120)
    comparison_id = Reference(_l("Comparison"), queries.choices_of_comparisons, validators=[InputRequired()])
    price = line(_l("Price shown"), DataRequired(), Amount(), maximum=20, description=_l("For a line and a month."))
    fee = line(_l("Fee beside it"), Amount(), maximum=20, description=_l("What each line costs on top of the price shown."))
    account_fee = line(
        _l("Fee for all lines"), Amount(), maximum=20, description=_l("Paid once a month, however many lines there are.")
    )
    fees = text(
        _l("More fees"), Rows("name", "amount", "per"), maximum=2000,
        description=_l("name; amount; line or account"),
    )
    allowance = line(_l("Included usage"), Amount(), maximum=20, description=_l("Empty: without limit."))
    allowance_per = choice(_l("It is included for"), PER, empty=_l("each line, as usual"))
    overage = line(_l("Price of each unit over it"), Amount(), maximum=20)
    tiers = text(
        _l("Or prices by tier"), Rows("end", "amount"), maximum=1000,
        description=_l("units over it, up to; price of each. The last row begins with its semicolon: it has no end"),
    )
    seen_in = line(_l("Where the fee is written"), maximum=300)

    def validate_overage(self, field: Any) -> None:
        """One price beyond the allowance, or tiers."""
        if field.data and self.tiers.data:
            raise ValidationError(_l("Give one price, or prices by tier."))

    def validate_tiers(self, field: Any) -> None:
        """Tiers rise, and the last has no end."""
        ends = [amount(end) if end else None for end, *_price in cells_of(field.data, 2)]
        rising = [each for each in ends[:-1] if each is not None]
        if ends and (ends[-1] is not None or len(rising) != len(ends) - 1 or rising != sorted(set(rising)) or 0 in rising):
            raise ValidationError(_l("Each tier ends later than the one before it, and the last row has no end."))


class ImportComparison(Form):
    """A comparison as a TOML file."""

    file = FileField(_l("TOML file"), description=_l("As the page of a comparison exports it, or as docs/formats/offers.md says."))
