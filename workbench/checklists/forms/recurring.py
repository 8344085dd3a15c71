"""What may be typed about a checklist that comes again, and the cells of its heat map."""

from __future__ import annotations

from typing import Any, Self

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange

from workbench import clock
from workbench.checklists import queries
from workbench.checklists.actions import STATES
from workbench.checklists.queries import Heat, HeatMap, Run
from workbench.checklists.rules import Unit
from workbench.people import queries as people
from workbench.registers.forms import RecordForm, Reference, choice
from workbench.web.forms import line

UNITS = {Unit.WEEKS: _l("weeks"), Unit.MONTHS: _l("months")}
# How much of a row satisfies, as the look of its cell beside the words.
HEAT_LOOKS = ((100, "all"), (75, "most"), (50, "half"), (0, "few"))


class Recur(RecordForm):
    """A checklist that comes again."""

    title = line(_l("Title"), DataRequired(), maximum=150)
    pack_id = SelectField(_l("Pack"), validators=[InputRequired()])
    part = line(
        _l("Chapter or step"), maximum=20,
        description=_l("Such as 8 of a standard, or a step of the gates. Empty asks all of the pack."),
    )
    every = IntegerField(_l("Every"), default=1, validators=[InputRequired(), NumberRange(min=1, max=60)])
    unit = choice(_l("Weeks or months"), UNITS)
    starts_on = DateField(_l("First on"), default=clock.today, validators=[InputRequired()])
    person_id = Reference(_l("Who answers"), people.choices, validators=[InputRequired()])
    days_to_answer = IntegerField(
        _l("Days to answer"), default=14, validators=[InputRequired(), NumberRange(min=0, max=365)]
    )

    def offer(self, project_id: int) -> Self:
        """Fill the lists of packs and of persons."""
        super().offer(project_id)
        spoken = str(get_locale())[:2]
        self.pack_id.choices = [SelectChoice(each.id, each.title.in_(spoken)) for each in queries.packs_to_start([])]
        return self


def heat_look(cell: Heat) -> str:
    """The look of a cell by the share that satisfies."""
    return next(look for limit, look in HEAT_LOOKS if cell.percent >= limit)


def heat_cells(found: HeatMap, language: str) -> list[tuple[str, ...]]:
    """The heat map as rows of a spreadsheet, with its head: for each run the worst answer and the share that satisfies."""
    head = [str(_("Clause")), str(_("Title"))]
    for run in found.runs:
        head += [run.date.isoformat(), str(_("%(date)s, satisfied", date=run.date.isoformat()))]
    lines = [tuple(head)]
    for row in found.rows:
        cells: list[Any] = [row.ref, row.title.in_(language)]
        for cell in row.cells:
            cells += ["", ""] if cell is None else [str(STATES[cell.worst]), f"{cell.satisfied}/{cell.total}"]
        lines.append(tuple(cells))
    return lines


def last_run_head() -> list[str]:
    """The head of the list of recurrences."""
    return [
        str(each) for each in (
            _("Code"), _("Title"), _("Pack"), _("Chapter or step"), _("Last run"), _("Answered"), _("Questions"), _("Satisfied"),
        )
    ]  # fmt: skip


def last_run_cells(recurrence: Any, pack_title: str, run: Run | None) -> list[Any]:
    """One recurrence with how far its last run is."""
    done = [run.date, run.answered, run.checklist.total, run.satisfied] if run else [None, None, None, None]
    return [recurrence.code, recurrence.title, pack_title, recurrence.part, *done]


def run_head() -> list[str]:
    """The head of the list of runs: after the sums each answer by its word."""
    sums = (_("Run"), _("Questions"), _("Answered"), _("Satisfied"), _("Waiting"), _("Overdue"))
    return [str(each) for each in (*sums, *STATES.values())]


def run_cells(run: Run) -> list[Any]:
    """One run and how often each answer was given."""
    sums = [run.date, run.checklist.total, run.answered, run.satisfied, run.waiting, run.overdue]
    return [*sums, *(run.checklist.counts.get(state, 0) for state in STATES)]
