"""What may be typed in steps 1 to 3, and the words for it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional

from workbench.inquiry.rules import ContributionKind, ObjectiveState, Priority, SourceKind
from workbench.projects.forms import HUBS, LAYERS
from workbench.projects.rules import Layer
from workbench.registers.forms import RecordForm, choice
from workbench.tools.forms import choices
from workbench.web.forms import Form, line, text

PRIORITIES = {Priority.MUST: _l("must"), Priority.SHOULD: _l("should"), Priority.COULD: _l("could")}
STATES = {ObjectiveState.SET: _l("set"), ObjectiveState.MET: _l("met"), ObjectiveState.NOT_MET: _l("not met")}
LOOKS = {ObjectiveState.SET: "open", ObjectiveState.MET: "pass", ObjectiveState.NOT_MET: "fail"}
SOURCES = {
    SourceKind.CASE: _l("case"), SourceKind.METHOD: _l("method"), SourceKind.STANDARD: _l("standard"),
    SourceKind.VENDOR: _l("vendor document"), SourceKind.FORUM: _l("forum"),
    SourceKind.NOTHING_FOUND: _l("searched, nothing found"),
}
CONTRIBUTIONS = {
    ContributionKind.OPINION: _l("opinion"), ContributionKind.ADVICE: _l("advice"),
    ContributionKind.CAUTION: _l("caution"),
}


class StateNeed(RecordForm):
    """A need."""

    statement = text(_l("What is needed"), DataRequired())
    priority = choice(_l("Priority"), PRIORITIES, default=Priority.MUST)
    source = line(_l("Said by"), maximum=300, description=_l("Who needs it, or where it is written."))
    acceptance = text(_l("How to tell that it is met"))


class SetObjective(Form):
    """An objective; once set, its text stays."""

    statement = text(_l("Objective"), DataRequired())
    measure = line(_l("Measure"), DataRequired(), maximum=300, description=_l("What is counted or timed."))
    unit = line(_l("Unit"), maximum=40)
    baseline = line(_l("Baseline"), maximum=80, description=_l("Today’s value."))
    target = line(_l("Target"), maximum=80)
    due_on = DateField(_l("Due on"), validators=[Optional()])


class JudgeObjective(Form):
    """Whether an objective was reached."""

    state = RadioField(
        _l("Verdict"), validators=[InputRequired()],
        choices=choices({each: STATES[each] for each in (ObjectiveState.MET, ObjectiveState.NOT_MET)}),
    )
    state_reason = text(
        _l("Reason"), DataRequired(), description=_l("What shows it. Name the limitation where one is the cause.")
    )


class NoteSource(Form):
    """Something read."""

    reference = text(
        _l("Reference"), DataRequired(), description=_l("Author, title, address; for a search, its terms.")
    )
    kind = SelectField(_l("Kind"), validators=[InputRequired()], choices=choices(SOURCES))
    dated_on = DateField(_l("Dated"), validators=[Optional()])
    claim = text(_l("What it claims"))
    fit = line(
        _l("How close it is to our case"), maximum=300,
        description=_l("Size, country, kind of company, and the need it answers."),
    )
    is_independent = BooleanField(_l("Independent of the vendor"), default=True)


class NoteConsultation(Form):
    """What somebody said."""

    said_by = line(_l("Who said it"), DataRequired())
    layer = SelectField(_l("Layer"), validators=[InputRequired()], choices=choices(LAYERS), default=Layer.INTERNAL)
    hub = SelectField(
        _l("Hub"), choices=[SelectChoice("", _l("none")), *choices(HUBS)], description=_l("Only for somebody inside the company.")
    )
    held_on = DateField(_l("Held on"), validators=[InputRequired()])
    kind = SelectField(_l("Kind"), validators=[InputRequired()], choices=choices(CONTRIBUTIONS))
    statement = text(_l("What was said"), DataRequired())
    has_consent = BooleanField(_l("The person agrees to being quoted"))
    is_confidential = BooleanField(
        _l("Keep the name confidential"),
        description=_l("The name is then shown only to those who write this project’s records."),
    )
    disposition = text(_l("Disposition"), description=_l("For a caution: what became of it. It may follow later."))


class DisposeCaution(Form):
    """What became of a caution."""

    disposition = text(
        _l("Disposition"), DataRequired(),
        description=_l("A constraint on a path, a risk, or accepted and by whom."),
    )
