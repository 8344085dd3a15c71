"""What may be typed in step 9, and the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, IntegerField, PasswordField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from workbench.adoption import queries
from workbench.adoption.rules import (
    ITEMS,
    LARGEST_COUNT,
    OBSERVED,
    Cadence,
    CountSource,
    Criterion,
    Level,
    Perspective,
    Results,
    Stage,
)
from workbench.adoption.store import LARGEST_FILE
from workbench.evidence.queries import choices as evidence_choices
from workbench.people.queries import choices as team_choices
from workbench.registers.forms import RecordForm, Reference, choice
from workbench.tools.forms import choices
from workbench.trials.forms import ROLES as TABLES
from workbench.trials.queries import choices as run_choices
from workbench.web.forms import Form, line, text

sentence = queries.sentence
_COUNT = (InputRequired(), NumberRange(0, LARGEST_COUNT))
_FURTHER_COUNT = (Optional(), NumberRange(0, LARGEST_COUNT))
SOURCES = {
    CountSource.TYPED: _l("typed each week"), CountSource.CSV: _l("imported from a file"),
    CountSource.MIRROR: _l("counted from a mirror"),
}
CADENCES = {
    Cadence.WEEKLY: _l("every week"), Cadence.FORTNIGHTLY: _l("every second week"), Cadence.MONTHLY: _l("every month"),
}
LEVELS = {
    Level.INFORMED: _l("informed"), Level.TRAINED: _l("trained"), Level.PRACTISED: _l("practised"),
    Level.USING: _l("using"), Level.HABIT: _l("habit"),
}
STAGES = {
    Stage.AWARENESS: _l("I know what changes and why"), Stage.WILLINGNESS: _l("I want it to work"),
    Stage.KNOW_HOW: _l("I know how to do it"), Stage.ABILITY: _l("I do it without help"),
    Stage.HABIT: _l("I do it without thinking of the old way"),
}
STATEMENTS = {
    "A1": _l("I can explain in one sentence what changed in this process."),
    "A2": _l("I know which problem the change is meant to solve."),
    "A3": _l("The new way helps me do my own work better."),
    "A4": _l("My manager expects and backs the new way."),
    "A5": _l("When in doubt I find the right instruction within two minutes."),
    "A6": _l("What I was shown was enough to begin."),
    "A7": _l("I finish the task without asking anyone."),
    "A8": _l("I know what to do when a figure looks wrong."),
    "A9": _l("I have the rights, the time and the tools needed."),
    "A10": _l("In the last two weeks I always used the new way."),
    "A11": _l("My colleagues use the new way too."),
    "A12": _l("When I report a difficulty, something happens."),
}
PERSPECTIVES = {
    Perspective.MANAGEMENT: _l("management"), Perspective.TECHNOLOGY: _l("technology"),
    Perspective.USERS: _l("users"), Perspective.IT_EMPLOYEES: _l("IT employees"),
}
ANSWERING = {
    Perspective.MANAGEMENT: _l("management: I answer for results, people or money"),
    Perspective.TECHNOLOGY: _l("technology: I choose, build or connect the tools"),
    Perspective.USERS: _l("users: I do the work the new way"),
    Perspective.IT_EMPLOYEES: _l("IT employees: I keep the tools running and help others"),
}
CRITERIA = {
    Criterion.EFFECTIVENESS: _l("effectiveness"), Criterion.CAPABILITY: _l("capability"),
    Criterion.EFFICIENCY: _l("efficiency"),
}
RATINGS = {
    Criterion.EFFECTIVENESS: _l("Effectiveness: seen from here, the new way gives the right result."),
    Criterion.CAPABILITY: _l("Capability: seen from here, people and tools can carry the new way, busy days included."),
    Criterion.EFFICIENCY: _l("Efficiency: seen from here, the new way is worth the time and money it takes."),
}
SCALE = {
    1: _l("1 not at all"), 2: _l("2 hardly"), 3: _l("3 partly"), 4: _l("4 mostly"), 5: _l("5 fully"),
}


class SetMeasure(RecordForm):
    """What is counted each week."""

    behaviour = line(
        _l("Behaviour"), DataRequired(), maximum=300,
        description=_l("What people do the new way, such as: invoice made from the mapping."),
    )
    source = choice(_l("Source of the count"), SOURCES, empty=_l("not said"))
    counted_from = line(_l("Counted from"), maximum=300, description=_l("Where both counts are read, and by whom."))
    limit_percent = IntegerField(
        _l("Limit in percent"), default=5, validators=[InputRequired(), NumberRange(0, 100)],
        description=_l("The largest share of the old way that still counts as a habit."),
    )
    needed_weeks = IntegerField(
        _l("Weeks within the limit"), validators=[Optional(), NumberRange(1, 52)],
        description=_l("Empty: as the project’s thresholds say."),
    )
    window_weeks = IntegerField(
        _l("Of the last so many weeks"), validators=[Optional(), NumberRange(1, 52)],
        description=_l("Empty: as the project’s thresholds say."),
    )
    cadence = choice(_l("Looked at together"), CADENCES, empty=_l("not said"))
    population_of = line(_l("Whose behaviour"), description=_l("The roles or hubs that are meant."))
    population = IntegerField(_l("How many people"), validators=[Optional(), NumberRange(1, 1_000_000)])
    baseline_id = Reference(_l("Baseline of step 1"), queries.baseline_choices)


class CorrectReading(RecordForm):
    """One week's count."""

    new_way = IntegerField(_l("Cases done the new way"), validators=[*_COUNT])
    old_way = IntegerField(_l("Cases done the old way"), validators=[*_COUNT])
    errors = IntegerField(_l("Errors"), validators=[*_FURTHER_COUNT], description=_l("Cases that had to be corrected."))
    minutes = IntegerField(_l("Minutes"), validators=[*_FURTHER_COUNT], description=_l("Time spent on all cases of the week."))
    evidence_id = Reference(_l("Evidence"), evidence_choices)


class NoteReading(CorrectReading):
    """One week's count and its week."""

    week_of = DateField(_l("Week (its Monday)"), validators=[InputRequired()])


class ImportReadings(RecordForm):
    """A file of weekly counts, first looked at, then taken."""

    file = FileField(
        _l("File"), description=_l(
            "CSV with the columns week, new_way, old_way and, if counted, errors and minutes; at most %(size)s kB. "
            "A week is its Monday, 2026-01-05, or 2026-W02.", size=LARGEST_FILE // 1000,
        ),
    )
    evidence_id = Reference(_l("Evidence"), evidence_choices)
    update = BooleanField(_l("Correct the weeks that are noted already"), description=_l("The trail keeps what was noted first."))
    text = HiddenField()


class CountFromMirror(RecordForm):
    """Which rows of a trial run's table are cases, and which of them were done the new way."""

    run = SelectField(_l("Trial run"), coerce=int, choices=[], description=_l("Its received copy is read; nothing is sent."))
    table = choice(_l("Table"), TABLES)
    day = line(_l("Column with the day"), DataRequired(), description=_l("Each row is one case of the week of this day."))
    marker = line(_l("Column that tells the way"), DataRequired())
    new_way = line(_l("Its value for the new way"), DataRequired(), description=_l("Every other value counts as the old way."))
    update = BooleanField(_l("Correct the weeks that are noted already"), description=_l("The trail keeps what was noted first."))

    def offer(self, project_id: int) -> CountFromMirror:
        """Fill the list of runs."""
        super().offer(project_id)
        self.run.choices = [SelectChoice(str(number), f"{number} {title}") for number, title in run_choices(project_id)]
        return self


class Observe(Form):
    """What somebody saw of a user's work."""

    level = RadioField(
        _l("What was seen"), validators=[InputRequired()], choices=choices({each: LEVELS[each] for each in OBSERVED})
    )
    seen_on = DateField(_l("Seen on"), validators=[InputRequired()])
    note = text(
        _l("Note"), DataRequired(), maximum=2000,
        description=_l("What was seen: which case, which tool, without help or not."),
    )


class OpenSurvey(Form):
    """A survey of the team."""

    title = line(_l("Title"), DataRequired(), description=_l("What it is about, such as: four weeks after the start."))


class AnswerSurvey(Form):
    """The twelve statements and the three ratings."""

    perspective = RadioField(_l("From where do you look at it?"), validators=[InputRequired()], choices=choices(ANSWERING))

    def scores(self) -> dict[str, int]:
        """The answers by statement."""
        return {item: self[item].data for item in ITEMS}

    def ratings(self) -> dict[str, int]:
        """The answers by criterion."""
        return {each.value: self[each.value].data for each in Criterion}


def _scale(label: Any) -> RadioField:
    listed = [SelectChoice(str(value), word) for value, word in SCALE.items()]
    return RadioField(label, coerce=int, choices=listed, validators=[InputRequired()])


for _item, _words in {**STATEMENTS, **{each.value: words for each, words in RATINGS.items()}}.items():
    setattr(AnswerSurvey, _item, _scale(_words))


class Verify(Form):
    """The signature of a second person."""

    statement = text(
        _l("Statement"), DataRequired(), maximum=2000,
        description=_l("What you looked at and found, such as: five invoices of each week compared with the list."),
    )
    password = PasswordField(_l("Your password, to sign"), validators=[InputRequired()])


class MeasureBenefit(RecordForm):
    """What a baseline measures now."""

    baseline_id = Reference(_l("Baseline of step 1"), queries.baseline_choices, validators=[InputRequired()])
    value_now = line(_l("Value now"), DataRequired(), maximum=40, description=_l("In the unit of the baseline."))
    measured_on = DateField(_l("Measured on"), validators=[InputRequired()])
    saving = text(_l("What it saves"), maximum=2000, description=_l("Time, money or errors, and for whom."))


class NoteLesson(RecordForm):
    """A lesson."""

    happened = text(_l("What happened"), DataRequired(), maximum=4000)
    keep = text(_l("What we keep"), maximum=4000)
    change = text(_l("What we change"), maximum=4000)
    for_whom = line(_l("For whom"), description=_l("Who should know it: a team, a role, the next project."))
    owner_id = Reference(_l("Owner"), team_choices)


class SetReevaluation(RecordForm):
    """A day to look again."""

    due_on = DateField(_l("Due on"), validators=[InputRequired()])
    who_id = Reference(_l("Who looks"), team_choices)
    look_at = text(_l("What to look at"), DataRequired(), maximum=4000)
    done_on = DateField(_l("Done on"), validators=[Optional()])
    found = text(_l("What was found"), maximum=4000)


def surveys_table(rows: Sequence[queries.Asked]) -> list[list[Any]]:
    """Surveys with how many answered as a table, head first."""
    head = [_("Code"), _("Title"), _("Opened on"), _("Closed on"), _("Answers of the team"), _("Asked in the team"), _("Answers")]
    return [head, *(
        [each.survey.code, each.survey.title, each.survey.opened_on, each.survey.closed_on, each.answered, each.asked, each.answers]
        for each in rows
    )]


def results_table(found: Results | None) -> list[list[Any]]:
    """What a survey shows as a table, head first; groups of fewer than four answers have no line."""
    rows: list[list[Any]] = [[_("Part"), _("Stage or perspective"), _("Criterion"), _("Score")]]
    if found is None:
        return rows
    statements, perspectives = _("The twelve statements"), _("Four perspectives")
    if found.stages is not None:
        rows += [[statements, word, "", found.stages[stage]] for stage, word in STAGES.items()]
    for each, word in PERSPECTIVES.items():
        scores = found.grid[each]
        if scores is not None:
            rows += [[perspectives, word, label, scores[criterion]] for criterion, label in CRITERIA.items()]
    return rows


def weeks_table(found: Sequence[queries.Counted]) -> list[list[Any]]:
    """Every week of every measure as a table, head first."""
    head = [
        _("Measure"), _("Behaviour"), _("Week of"), _("New way"), _("Old way"), _("Share of the old way"), _("Limit"),
        _("Within the limit"), _("Errors"), _("Minutes"), _("Source of the count"),
    ]
    return [head, *(
        [each.measure.code, each.measure.behaviour, week.week_of, week.new_way, week.old_way, week.share, week.limit_percent,
         None if week.share is None else week.is_within, week.errors, week.minutes, SOURCES[CountSource(week.source)]]
        for each in found for week in each.weeks
    )]


def ladder_table(found: queries.Ladder, *, names: bool) -> list[list[Any]]:
    """The ladder as a table, head first: by person where they may be named, by role else."""
    levels = [str(word) for word in LEVELS.values()]
    if names:
        people = [
            [each.code, each.name, role, *(each.seen.get(level, level in each.reached) for level in LEVELS)]
            for role, each in found.people
        ]
        return [[_("Code"), _("Name"), _("Role"), *levels], *people]
    rows = [[each.role, *(each.counts[level] for level in LEVELS), each.users] for each in found.roles]
    return [[_("Role"), *levels, _("Users")], *rows]


def verifications_table(rows: Sequence[Any]) -> list[list[Any]]:
    """Who signed for the counts, as a table, head first; the SHA-256 says for which counts."""
    head = [_("Verified"), _("By"), _("Statement"), "SHA-256"]
    return [head, *([each.verified_at, each.verified_by.name, each.statement, each.readings_sha256] for each in rows)]
