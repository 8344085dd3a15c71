"""Where adoption stands: each measure with its weeks and verdict, the ladder, what people answered, and what still waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from workbench.adoption.queries import measures, surveys
from workbench.adoption.registers import BENEFITS, LESSONS, REEVALUATIONS
from workbench.adoption.rules import Results, Stage, Week, results
from workbench.people.rules import Permission
from workbench.practices.models import OldWay, Question
from workbench.practices.registers import OLD_WAYS, QUESTIONS, SUPPORT
from workbench.registers.queries import standing
from workbench.reports.boards import Adoption, Habit, habits_of
from workbench.reports.headings import Headed
from workbench.reports.reads import survey_answers
from workbench.reports.records import Sheet, sheet_of
from workbench.reports.rules import Brief, Options, numbered

KEY = "adoption_status"
TITLE = _l("Adoption status")
NOTE = _l("For sponsor and management: whether the new way is a habit, measure by measure, and what still pulls back.")
PERMISSION = Permission.REPORT_BUILD
SECTIONS = (
    ("summary", _l("Summary")),
    ("measures", _l("Measures")),
    ("ladder", _l("Ladder by role")),
    ("surveys", _l("What people answered")),
    ("relapses", _l("Relapses")),
    ("support", _l("Questions and support")),
    ("old_ways", _l("Old ways")),
    ("verifications", _l("Second look at the counts")),
    ("benefits", _l("Benefits")),
)
ANNEXES = (("weeks", _l("Every week that was counted")), ("lessons", _l("Lessons and re-evaluations")))
SUBJECTS = _l("Measures")


@dataclass(frozen=True)
class Answers:
    """One survey. `results` are None while it is open; of less than four answers they say nothing."""

    row: Any
    asked: int
    answered: int
    answers: int
    results: Results | None


@dataclass(frozen=True)
class Status(Headed):
    """Everything the template prints."""

    seen: Adoption
    surveys: tuple[Answers, ...]
    open_questions: tuple[Any, ...]
    questions_asked: int
    open_ways: tuple[Any, ...]
    questions: Sheet
    support: Sheet
    old_ways: Sheet
    benefits: Sheet
    lessons: tuple[Sheet, ...]

    @property
    def kept(self) -> list[Habit]:
        """The measures that are a habit."""
        return [each for each in self.seen.habits if each.counted.verdict is not None and each.counted.verdict.is_habit]

    @property
    def uncounted(self) -> list[Habit]:
        """The measures that nobody counted yet."""
        return [each for each in self.seen.habits if each.counted.verdict is None]

    @property
    def in_short(self) -> str:
        """How many measures are a habit, how many are not yet, and how many nobody counted."""
        if len(self.kept) == len(self.seen.habits):
            return str(_("Every measure shows a habit: the old way stays within its limit in enough of the last weeks."))
        late, unseen = len(self.seen.habits) - len(self.kept) - len(self.uncounted), len(self.uncounted)
        told = (
            (late, ngettext("%(num)s measure does not show a habit yet.", "%(num)s measures do not show a habit yet.", late)),
            (unseen, ngettext("%(num)s measure was not counted yet.", "%(num)s measures were not counted yet.", unseen)),
        )
        return " ".join(str(text) for count, text in told if count)

    @property
    def index(self) -> int | None:
        """The adoption index of the last closed survey that enough people answered."""
        found = (each.results.index for each in self.surveys if each.results is not None and each.results.index is not None)
        return next(found, None)

    def last(self, habit: Habit) -> Week | None:
        """The last week of a measure."""
        return habit.counted.weeks[-1] if habit.counted.weeks else None

    def weeks(self, habit: Habit) -> list[Week]:
        """The weeks of a measure that lie in the period of the report."""
        return [each for each in habit.counted.weeks if self.brief.options.period.holds(each.week_of)]

    def weakest(self, found: Results) -> tuple[Stage, Decimal] | None:
        """The stage with the lowest score; None where too few answered."""
        if found.stages is None or found.weakest is None:
            return None
        return found.weakest, found.stages[found.weakest]


def build(brief: Brief) -> Status:
    """Read everything the report says, as it stands at the checkpoint of the brief."""
    number, options = brief.project.id, brief.options
    seen = _chosen(habits_of(number), options)
    questions, ways = standing(Question, number), standing(OldWay, number)
    kept = sum(each.counted.verdict is not None and each.counted.verdict.is_habit for each in seen.habits)
    told = ngettext("%(kept)s of %(num)s is a habit", "%(kept)s of %(num)s are a habit", len(seen.habits), kept=kept)
    return Status(
        brief=brief,
        sections=numbered(SECTIONS, ANNEXES, options),
        cover=((str(_("Measures")), str(told if seen.habits else _("none yet"))),),
        seen=seen,
        surveys=_surveys(number, options),
        open_questions=tuple(each for each in questions if each.answered_on is None),
        questions_asked=len(questions),
        open_ways=tuple(each for each in ways if each.closed_on is None),
        questions=sheet_of(QUESTIONS, number, options),
        support=sheet_of(SUPPORT, number, options),
        old_ways=sheet_of(OLD_WAYS, number, options),
        benefits=sheet_of(BENEFITS, number, options),
        lessons=tuple(sheet_of(each, number, options) for each in (LESSONS, REEVALUATIONS)),
    )


def _chosen(seen: Adoption, options: Options) -> Adoption:
    """The measures asked for with their relapses; what lies outside the period is left out, but the counts that a verdict needs."""
    return replace(
        seen,
        habits=tuple(each for each in seen.habits if options.takes(each.counted.measure.code)),
        relapses=tuple(
            each for each in seen.relapses if options.takes(each[1]) and options.period.holds(each[0].week_of)
        ),
        verifications=tuple(each for each in seen.verifications if options.period.holds(each.verified_at)),
    )


def _surveys(project_id: int, options: Options) -> tuple[Answers, ...]:
    """Newest first. Four queries."""
    given = survey_answers([project_id])
    found: Sequence[Any] = surveys(project_id, 0)
    return tuple(
        Answers(
            each.survey, each.asked, each.answered, each.answers,
            None if each.survey.closed_on is None else results(given.get(each.survey.id, [])),
        )
        for each in found
        if options.period.meets(each.survey.opened_on, each.survey.closed_on)
    )


def subjects(project_id: int) -> list[tuple[str, str]]:
    """The measures, in the order in which they were set: (code, code and behaviour)."""
    return [(each.code, f"{each.code} {each.behaviour}") for each in measures(project_id)]
