"""What may be typed about a management review, and the words for its states, inputs, figures and rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import DateField, Field, PasswordField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from workbench import clock
from workbench.adoption.queries import sentence
from workbench.adoption.rules import Verdict
from workbench.audits.forms import RECOMMENDATIONS
from workbench.oversight.queries import reviews as queries
from workbench.oversight.rules.reviews import (
    INPUTS,
    MONTHS_BETWEEN,
    DecisionKind,
    ReviewActionState,
    ReviewState,
    Row,
    months_after,
)
from workbench.tools.forms import age
from workbench.web.addresses import row_number
from workbench.web.filters import on
from workbench.web.forms import Form, text

STATES = {
    ReviewState.PLANNED: _l("planned"), ReviewState.PREPARED: _l("prepared"), ReviewState.HELD: _l("has been held"),
    ReviewState.CLOSED: _l("closed"),
}
LOOKS = {
    ReviewState.PLANNED: "upcoming", ReviewState.PREPARED: "filled", ReviewState.HELD: "set", ReviewState.CLOSED: "closed",
}
ACTION_STATES = {
    ReviewActionState.OPEN: _l("open"), ReviewActionState.DONE: _l("done"), ReviewActionState.CANCELLED: _l("cancelled"),
}
KINDS = {
    DecisionKind.IMPROVEMENT: _l("improvement"), DecisionKind.CHANGE: _l("change to the management system"),
    DecisionKind.RESOURCES: _l("resources"),
}
INPUT_TITLES = {
    "earlier": _l("Actions of earlier reviews"),
    "context": _l("What changed inside and outside"),
    "climate": _l("Climate"),
    "objectives": _l("Objectives"),
    "gates": _l("Gates of the projects"),
    "adoption": _l("Habits"),
    "findings": _l("Findings and their cure"),
    "audits": _l("Audits"),
    "suppliers": _l("Suppliers"),
    "competence": _l("Reading, practice and competence"),
    "clients": _l("Clients"),
    "resources": _l("Means"),
    "risks": _l("Whether actions on risks worked"),
    "improvement": _l("Opportunities to improve"),
}
PROMPTS = {
    "earlier": _l("Which of them worked, and which keep coming back?"),
    "context": _l("Which changes around the company bear on what it promises?"),
    "climate": _l("Does climate change bear on what the company does, or do clients and others ask for something about it?"),
    "objectives": _l("Why were some missed, and which ones should be set anew?"),
    "gates": _l("What holds projects up?"),
    "adoption": _l("Where does the old way still run?"),
    "findings": _l("What do the findings have in common?"),
    "audits": _l("What do the audits say beside their findings?"),
    "suppliers": _l("Which supplier is to be talked to, and about what?"),
    "competence": _l("Who still needs what?"),
    "clients": _l("What do clients ask for, and how content are they?"),
    "resources": _l("Are people, tools and time enough?"),
    "risks": _l("Which measures did not do what they were for?"),
    "improvement": _l("Which of them is worth doing now?"),
}
FIGURE_NAMES = {
    "actions_done": _l("actions done"), "actions_open": _l("actions open"), "actions_overdue": _l("actions overdue"),
    "projects_opened": _l("projects opened"), "changes_live": _l("changes carried out"),
    "risks_accepted": _l("risks accepted"), "risks_heavy": _l("risks high or critical after measures"),
    "objectives_met": _l("objectives met"), "objectives_missed": _l("objectives missed"),
    "objectives_due": _l("objectives due and not judged"), "gates_passed": _l("gates passed"),
    "gates_held": _l("gates held, sent back or stopped"), "conditions_open": _l("conditions open"),
    "conditions_overdue": _l("conditions overdue"), "waivers_granted": _l("waivers granted"),
    "habits": _l("measures of adoption"), "relapses": _l("relapses"), "findings_raised": _l("findings raised"),
    "findings_closed": _l("findings closed"), "findings_open": _l("findings open"),
    "findings_overdue": _l("findings overdue"), "audits_concluded": _l("audits concluded"),
    "audits_open": _l("audits not closed"), "audits_late": _l("audits late to begin"),
    "limitations_old": _l("limitations older than a year"), "promises_overdue": _l("promises overdue"),
    "supplier_findings": _l("findings about suppliers"), "readings": _l("instructions read"),
    "practised": _l("practice tasks done"), "assessed": _l("competences assessed"),
    "questions_asked": _l("questions asked"), "questions_open": _l("questions unanswered"),
    "complaints": _l("complaints"), "finding_actions_overdue": _l("actions on findings overdue"),
    "items_overdue": _l("checklist items overdue"), "trials_ending": _l("trial licences that end"),
    "checks_effective": _l("actions judged effective"), "checks_not_effective": _l("actions judged not effective"),
    "risks_review_late": _l("risks to look at again"), "acceptances_over": _l("acceptances that have ended"),
    "opportunities": _l("opportunities raised"), "improvements_open": _l("improvements under way"),
}
# What is looked at over the period; every other figure says how things stand now.
OF_PERIOD = frozenset({
    "actions_done", "projects_opened", "changes_live", "risks_accepted", "gates_passed", "gates_held", "waivers_granted",
    "relapses", "findings_raised", "findings_closed", "audits_concluded", "readings", "practised", "assessed",
    "questions_asked", "complaints", "checks_effective", "checks_not_effective", "opportunities", "objectives_met",
    "objectives_missed",
})
WORDS = {
    "pass": _l("pass"), "pass_with_conditions": _l("pass with conditions"), "hold": _l("hold"),
    "back": _l("back to an earlier step"), "stop": _l("stop"), "low": _l("low"), "medium": _l("medium"),
    "high": _l("high"), "critical": _l("critical"), "implemented": _l("carried out"), "backed_out": _l("backed out"),
    "reviewed": _l("reviewed"), "major": _l("major nonconformity"), "minor": _l("minor nonconformity"),
    "opportunity": _l("opportunity"), "observation": _l("observation"), "conformity": _l("conformity"),
    "planned": _l("planned"), "agreed": _l("plan agreed"), "under_way": _l("under way"), "concluded": _l("concluded"),
    "reported": _l("reported"), **{str(each): told for each, told in RECOMMENDATIONS.items()},
}


def said(row: Row) -> str:
    """What is to be said of a row, in the language of the page; "" where there is nothing."""
    if not row.note or not row.value:
        return ""
    if row.note == "days_known":
        since = date.fromisoformat(row.on)
        return str(_("known for %(age)s", age=age(since, since + timedelta(days=int(row.value)))))
    if row.note.startswith("days_"):
        return _days(row.note, int(row.value))
    if row.note == "habit":
        limit, within, weeks = (int(each) for each in row.value.split())
        return sentence(Verdict(limit, within, weeks))
    if row.note == "score":
        return str(_("%(score)s of 100", score=row.value))
    if row.note == "edition":
        return str(_("edition %(number)s", number=row.value))
    if row.note == "until":
        return str(_("until %(day)s", day=on(date.fromisoformat(row.value))))
    return str(WORDS.get(row.value, row.value.replace("_", " ")))


def _days(note: str, days: int) -> str:
    if note == "days_late":
        return str(ngettext("%(num)s day late", "%(num)s days late", days))
    if note == "days_to_close":
        return str(ngettext("closed after %(num)s day", "closed after %(num)s days", days))
    if note == "days_to_answer":
        return str(ngettext("answered after %(num)s day", "answered after %(num)s days", days))
    return str(ngettext("open for %(num)s day", "open for %(num)s days", days))


def summed(name: str, value: int) -> str:
    """A further number about the rows of a figure."""
    if name == "are_habits":
        return str(ngettext("%(num)s is a habit", "%(num)s are habits", value))
    if name == "median_days":
        return str(ngettext("half of them within %(num)s day", "half of them within %(num)s days", value))
    return str(ngettext("the longest took %(num)s day", "the longest took %(num)s days", value))


def day_of(row: Row) -> str:
    """The day of a row."""
    return on(date.fromisoformat(row.on)) if row.on else "–"


def address(row: Row) -> str:
    """Where a row is looked at."""
    return url_for(row.endpoint, **dict(row.args)) if row.endpoint else ""


def choices(pairs: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Pairs of value and word, as a field offers them."""
    return [SelectChoice(value, word) for value, word in pairs]


def numbered(value: Any) -> int | None:
    """The number of a row, as it stands in a choice or as it is sent."""
    return row_number(str(value or ""))


class Ticks(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PlanReview(Form):
    """What a review looks at, when it is held, and who takes part."""

    period_from = DateField(_l("Period from"), validators=[InputRequired()])
    period_to = DateField(_l("Period to"), validators=[InputRequired()])
    planned_on = DateField(_l("Planned on"), validators=[InputRequired()])
    chair_id = SelectField(_l("Led by"), coerce=numbered, validators=[InputRequired()])
    participants = text(_l("Who takes part"), maximum=2000, description=_l("Functions or names, one a line."))
    project_ids = Ticks(
        _l("Projects"), coerce=numbered, description=_l("Tick some to limit the review to them; with none ticked all are in.")
    )
    next_on = DateField(
        _l("The review after this one"), validators=[Optional()],
        description=_l("Left empty, it is four months after this one is held."),
    )

    @classmethod
    def offered(cls, row: Any = None) -> PlanReview:
        """The form with its choices; a new one proposes the days since the last review."""
        made = cls.of_request(**(_since_last() if row is None else {}), obj=row)
        people = queries.people_to_choose()
        if row is not None and row.chair_id not in dict(people):
            people.append((row.chair_id, row.chair.name))
        made.chair_id.choices = choices(people)
        made.project_ids.choices = choices(queries.projects_to_choose())
        return made

    def facts(self) -> dict[str, Any]:
        """What was typed, by the names of the columns."""
        names = ("period_from", "period_to", "planned_on", "chair_id", "participants", "project_ids", "next_on")
        return {name: self._fields[name].data for name in names}


def _since_last() -> dict[str, date]:
    last, today = queries.last_held(), clock.today()
    first = months_after(today, -MONTHS_BETWEEN) if last is None else last.period_to + timedelta(days=1)
    return {"period_from": min(first, today), "period_to": today, "planned_on": today}


class NoteInputs(Form):
    """What is said about each input beside its figures."""

    def notes(self) -> dict[str, str]:
        """{input: what was said}."""
        return {key: self._fields[f"note_{key}"].data or "" for key in INPUTS}

    def noted(self) -> Sequence[tuple[str, Field]]:
        """The fields by input."""
        return [(key, self._fields[f"note_{key}"]) for key in INPUTS]


for _key in INPUTS:
    setattr(NoteInputs, f"note_{_key}", text(INPUT_TITLES[_key], maximum=5000, description=PROMPTS[_key]))


class HoldReview(Form):
    """The signature under the inputs of a review."""

    held_on = DateField(_l("Held on"), validators=[InputRequired()], default=clock.today)
    participants = text(_l("Who took part"), DataRequired(), maximum=2000)
    next_on = DateField(
        _l("The next review"), validators=[Optional()], description=_l("Left empty, it is four months after this one.")
    )
    password = PasswordField(_l("Your password"), validators=[DataRequired()])


class Decide(Form):
    """What a review decided."""

    kind = SelectField(_l("What it is about"), choices=choices((key.value, word) for key, word in KINDS.items()))
    text = text(_l("Decision"), DataRequired(), maximum=5000)


class AddAction(Form):
    """Something to do that a review decided."""

    text = text(_l("What is to be done"), DataRequired(), maximum=5000)
    decision_id = SelectField(_l("Decision it carries out"), coerce=numbered, validators=[Optional()])
    owner_id = SelectField(_l("Who does it"), coerce=numbered, validators=[InputRequired()])
    due_on = DateField(_l("Due"), validators=[InputRequired()])

    @classmethod
    def offered(cls, decisions: Sequence[Any]) -> AddAction:
        """The form with its choices."""
        made = cls.of_request()
        told = [(each.id, f"{each.code} {each.text[:80]}") for each in decisions]
        made.decision_id.choices = choices([("", _("none")), *told])
        made.owner_id.choices = choices(queries.people_to_choose())
        return made


class EndAction(Form):
    """That an action is done, or will not be."""

    state = SelectField(
        _l("What became of it"),
        choices=choices((each.value, ACTION_STATES[each]) for each in (ReviewActionState.DONE, ReviewActionState.CANCELLED)),
    )
    done_on = DateField(_l("On"), validators=[InputRequired()], default=clock.today)
    note = text(
        _l("What shows it, or why it is cancelled"), DataRequired(), maximum=5000,
        description=_l("Name the evidence with its code, such as E-12."),
    )


def reviews_table(lines: Sequence[Any]) -> list[list[Any]]:
    """Reviews with their open actions as a table, head first."""
    head = [
        _("Number"), _("State"), _("Period from"), _("Period to"), _("Planned on"), _("Held on"), _("Led by"), _("Open actions"),
        _("Overdue"),
    ]
    return [head, *(
        [each.row.number, STATES[each.row.standing], each.row.period_from, each.row.period_to, each.row.planned_on,
         each.row.held_on, each.row.chair.name, each.open, each.overdue]
        for each in lines
    )]
