"""Named reads of step 9: measures and weeks, relapses, the ladder, surveys, and who looked again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import ngettext
from sqlalchemy import Integer, distinct, func, literal, select, union_all
from sqlalchemy.orm import joinedload

from workbench.adoption.models import (
    AdoptionMeasure,
    LadderObservation,
    Reading,
    Relapse,
    Survey,
    SurveyAnswer,
    SurveyTicket,
    Verification,
)
from workbench.adoption.rules import Answered, Level, Perspective, Results, Verdict, Week, results, verdict
from workbench.database import db
from workbench.inquiry.models import Baseline
from workbench.people.models import Person
from workbench.practices.models import Acknowledgement, Competence, PracticeRole, PracticeUser, TaskDone
from workbench.projects.models import Project
from workbench.projects.queries import thresholds
from workbench.trail.queries import people_who


@dataclass(frozen=True)
class Counted:
    """A measure with its weeks, oldest first, and what they show."""

    measure: AdoptionMeasure
    weeks: tuple[Week, ...]
    verdict: Verdict | None
    needed: int
    window: int


@dataclass(frozen=True)
class Judged:
    """What one measure shows, in a sentence; "" before the first week."""

    code: str
    behaviour: str
    verdict: Verdict | None
    sentence: str


def sentence(found: Verdict) -> str:
    """“within 5 % in 3 of the last 8 weeks”."""
    return str(
        ngettext(
            "within %(limit)s %% in %(within)s of the last %(num)s week",
            "within %(limit)s %% in %(within)s of the last %(num)s weeks",
            found.weeks, limit=found.limit_percent, within=found.within,
        )
    )


def measures(project_id: int) -> Sequence[AdoptionMeasure]:
    """The measures of a project in the order in which they were set."""
    wanted = select(AdoptionMeasure).where(AdoptionMeasure.project_id == project_id)
    return db.session.scalars(wanted.order_by(AdoptionMeasure.id)).all()


def counted(project_id: int) -> list[Counted]:
    """The measures with all their weeks and verdicts. Two queries whatever the number."""
    wanted = select(AdoptionMeasure, Reading).outerjoin(Reading, Reading.measure_id == AdoptionMeasure.id)
    wanted = wanted.where(AdoptionMeasure.project_id == project_id)
    rows: dict[AdoptionMeasure, list[Reading]] = {}
    for row in db.session.execute(wanted.order_by(AdoptionMeasure.id, Reading.week_of)):
        readings: list[Reading | None] = [row[1]]  # None for a measure without a week
        rows.setdefault(row[0], []).extend(each for each in readings if each is not None)
    usual = thresholds(project_id)
    return [_counted(each, found, usual) for each, found in rows.items()]


def counted_of(row: AdoptionMeasure) -> Counted:
    """One measure with its weeks and verdict."""
    readings = db.session.scalars(select(Reading).where(Reading.measure_id == row.id).order_by(Reading.week_of)).all()
    return _counted(row, readings, thresholds(row.project_id))


def _counted(row: AdoptionMeasure, readings: Sequence[Reading], usual: Mapping[str, int]) -> Counted:
    needed = row.needed_weeks or usual["habit_weeks"]
    window = row.window_weeks or usual["habit_window"]
    weeks = tuple(
        Week(each.id, each.week_of, each.new_way, each.old_way, row.limit_percent, each.errors, each.minutes,
             each.source or "typed")
        for each in readings
    )
    return Counted(row, weeks, verdict(row.limit_percent, weeks, needed=needed, window=window), needed, window)


def verdicts(project_id: int) -> list[Judged]:
    """What every measure of a project shows. Two queries."""
    return [
        Judged(each.measure.code, each.measure.behaviour, each.verdict, sentence(each.verdict) if each.verdict else "")
        for each in counted(project_id)
    ]


def measure(project_id: int, measure_id: int) -> AdoptionMeasure | None:
    """One measure of this project."""
    return db.session.scalar(
        select(AdoptionMeasure).where(AdoptionMeasure.project_id == project_id, AdoptionMeasure.id == measure_id)
    )


def reading(measure_id: int, reading_id: int) -> Reading | None:
    """One week's count of this measure."""
    return db.session.scalar(select(Reading).where(Reading.measure_id == measure_id, Reading.id == reading_id))


def readings_by_week(measure_id: int) -> dict[date, Reading]:
    """The counts of a measure by the week's Monday."""
    return {each.week_of: each for each in db.session.scalars(select(Reading).where(Reading.measure_id == measure_id))}


def relapses(project_id: int) -> Sequence[Relapse]:
    """Every loss of a habit after the project was closed, oldest first."""
    return db.session.scalars(select(Relapse).where(Relapse.project_id == project_id).order_by(Relapse.id)).all()


def relapse(project_id: int, relapse_id: int) -> tuple[Relapse, AdoptionMeasure] | None:
    """One relapse of this project with its measure."""
    wanted = select(Relapse, AdoptionMeasure).join(AdoptionMeasure, AdoptionMeasure.id == Relapse.measure_id)
    found = db.session.execute(wanted.where(Relapse.project_id == project_id, Relapse.id == relapse_id)).first()
    return None if found is None else (found[0], found[1])


def baseline_choices(project_id: int) -> list[tuple[int, str]]:
    """The baselines of step 1 to choose from."""
    wanted = select(Baseline).where(Baseline.project_id == project_id, Baseline.withdrawn_at.is_(None))
    found = db.session.scalars(wanted.order_by(Baseline.id))
    return [(each.id, f"{each.code} {each.measure}: {each.value} {each.unit}".strip()) for each in found]


# The ladder


@dataclass(frozen=True)
class Climber:
    """One user on the ladder: the rungs reached, and since when where somebody saw it."""

    id: int
    code: str
    name: str
    role_id: int
    hub: str
    reached: frozenset[Level]
    seen: Mapping[Level, date]

    @property
    def level(self) -> Level | None:
        """The highest rung reached."""
        return next((each for each in reversed(Level) if each in self.reached), None)


@dataclass(frozen=True)
class Rung:
    """One role: how many of its users reached each rung."""

    role: str
    users: int
    counts: Mapping[Level, int]


@dataclass(frozen=True)
class Ladder:
    """Where the people stand, by role and by person."""

    roles: tuple[Rung, ...]
    people: tuple[tuple[str, Climber], ...]


def ladder(project_id: int) -> Ladder:
    """The ladder of every standing user. Three queries whatever the number."""
    wanted = select(PracticeUser, PracticeRole.name, Person.name).join(PracticeRole, PracticeRole.id == PracticeUser.role_id)
    wanted = wanted.outerjoin(Person, Person.id == PracticeUser.person_id)
    standing = wanted.where(PracticeUser.project_id == project_id, PracticeUser.withdrawn_at.is_(None))
    rows = db.session.execute(standing.order_by(PracticeRole.id, PracticeUser.id)).all()
    reached, seen = _reached(project_id), _seen(project_id)
    climbers = [
        (role, Climber(user_.id, user_.code, person or user_.name, user_.role_id, user_.hub,
                       frozenset(reached.get(user_.id, set()) | seen.get(user_.id, {}).keys()), seen.get(user_.id, {})))
        for user_, role, person in rows
    ]
    by_role: dict[int, list[tuple[str, Climber]]] = {}
    for role, climber in climbers:
        by_role.setdefault(climber.role_id, []).append((role, climber))
    rungs = [
        Rung(group[0][0], len(group), {level: sum(level in each.reached for _role, each in group) for level in Level})
        for group in by_role.values()
    ]
    return Ladder(tuple(rungs), tuple(climbers))


def _reached(project_id: int) -> dict[int, set[Level]]:
    """{user id: the rungs that follow from what was read, shown and practised}."""
    skilled = select(literal(Level.TRAINED.value), Competence.user_id)
    skilled = skilled.where(Competence.project_id == project_id, Competence.withdrawn_at.is_(None))
    parts = (
        select(literal(Level.INFORMED.value), Acknowledgement.user_id).where(Acknowledgement.project_id == project_id),
        skilled,
        select(literal(Level.PRACTISED.value), TaskDone.user_id).where(TaskDone.project_id == project_id),
    )
    found: dict[int, set[Level]] = {}
    for level, user_id in db.session.execute(union_all(*(each.distinct() for each in parts))):
        found.setdefault(user_id, set()).add(Level(level))
    return found


def _seen(project_id: int) -> dict[int, dict[Level, date]]:
    """{user id: {rung: the last day on which somebody saw it}}."""
    last = func.max(LadderObservation.seen_on)
    wanted = select(LadderObservation.user_id, LadderObservation.level, last)
    wanted = wanted.where(LadderObservation.project_id == project_id)
    found: dict[int, dict[Level, date]] = {}
    for user_id, level, day in db.session.execute(wanted.group_by(LadderObservation.user_id, LadderObservation.level)):
        found.setdefault(user_id, {})[Level(level)] = day
    return found


def user(project_id: int, user_id: int) -> PracticeUser | None:
    """One standing user of this project."""
    mine = (PracticeUser.project_id == project_id, PracticeUser.withdrawn_at.is_(None))
    return db.session.scalar(select(PracticeUser).where(*mine, PracticeUser.id == user_id))


def user_name(row: PracticeUser) -> str:
    """How a user is called."""
    name = db.session.scalar(select(Person.name).where(Person.id == row.person_id)) if row.person_id else None
    return name or row.name or row.code


# Surveys


@dataclass(frozen=True)
class Asked:
    """One survey in the list: how many were asked, how many of them answered, how many answers there are in all."""

    survey: Survey
    asked: int
    answered: int
    answers: int
    mine: bool | None  # whether the person at hand has answered; None where they were not asked


def token_hash(token: str) -> str:
    """What is kept of the secret in a survey's link."""
    return hashlib.sha256(token.encode()).hexdigest()


def surveys(project_id: int, person_id: int) -> list[Asked]:
    """The surveys of a project, newest first. Three queries whatever the number."""
    rows = db.session.scalars(select(Survey).where(Survey.project_id == project_id).order_by(Survey.id.desc())).all()
    mine = func.max(SurveyTicket.answered.cast(Integer)).filter(SurveyTicket.person_id == person_id)
    tickets = select(
        SurveyTicket.survey_id, func.count(), func.sum(SurveyTicket.answered.cast(Integer)), mine
    ).join(Survey, Survey.id == SurveyTicket.survey_id)
    tickets = tickets.where(Survey.project_id == project_id).group_by(SurveyTicket.survey_id)
    asked = {row[0]: row[1:] for row in db.session.execute(tickets)}
    answers = select(SurveyAnswer.survey_id, func.count(distinct(SurveyAnswer.id)))
    answers = answers.join(Survey, Survey.id == SurveyAnswer.survey_id).where(Survey.project_id == project_id)
    given = {number: count for number, count in db.session.execute(answers.group_by(SurveyAnswer.survey_id))}
    found = []
    for each in rows:
        count, answered, own = asked.get(each.id, (0, 0, None))
        found.append(Asked(each, count, answered or 0, given.get(each.id, 0), None if own is None else bool(own)))
    return found


def survey(project_id: int, survey_id: int) -> Survey | None:
    """One survey of this project."""
    return db.session.scalar(select(Survey).where(Survey.project_id == project_id, Survey.id == survey_id))


def survey_of_link(token: str) -> tuple[Survey, Project] | None:
    """The open survey whose link holds this secret, with its project."""
    wanted = select(Survey, Project).join(Project, Project.id == Survey.project_id)
    mine = (Survey.token_sha256 == token_hash(token), Survey.closed_on.is_(None))
    found = db.session.execute(wanted.where(*mine)).first()
    return None if found is None else (found[0], found[1])


def ticket(survey_id: int, person_id: int) -> SurveyTicket | None:
    """Whether somebody was asked, and whether they answered."""
    mine = (SurveyTicket.survey_id == survey_id, SurveyTicket.person_id == person_id)
    return db.session.scalar(select(SurveyTicket).where(*mine))


def _answers(survey_id: int) -> Sequence[SurveyAnswer]:
    return db.session.scalars(select(SurveyAnswer).where(SurveyAnswer.survey_id == survey_id).order_by(SurveyAnswer.id)).all()


def results_of(row: Survey) -> Results | None:
    """What a survey shows; None while it is open, since each answer could be told from the difference."""
    if row.closed_on is None:
        return None
    return results([Answered(Perspective(each.perspective), each.scores, each.ratings) for each in _answers(row.id)])


def answers_digest(survey_id: int) -> tuple[int, str]:
    """(how many answers, the SHA-256 over all of them)."""
    rows = [[each.id, each.perspective, each.scores, each.ratings] for each in _answers(survey_id)]
    return len(rows), _digest(rows)


# The second look


def _digest(rows: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(rows, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def readings_digest(project_id: int) -> str:
    """The SHA-256 over every count of a project and what it is judged by; "" where nothing is counted yet."""
    measure = AdoptionMeasure
    judged = (measure.code, measure.behaviour, measure.limit_percent, measure.needed_weeks, measure.window_weeks)
    columns = (*judged, Reading.week_of, Reading.new_way, Reading.old_way, Reading.errors, Reading.minutes)
    wanted = select(*columns).join(Reading, Reading.measure_id == AdoptionMeasure.id)
    wanted = wanted.where(AdoptionMeasure.project_id == project_id).order_by(AdoptionMeasure.id, Reading.week_of)
    rows = [[str(cell) for cell in row] for row in db.session.execute(wanted)]
    return _digest(rows) if rows else ""


def noters(project_id: int) -> set[int]:
    """Everybody who entered or corrected a count of this project."""
    wanted = select(Reading.id, Reading.noted_by_id, Reading.corrected_by_id).join(
        AdoptionMeasure, AdoptionMeasure.id == Reading.measure_id
    )
    rows = db.session.execute(wanted.where(AdoptionMeasure.project_id == project_id)).all()
    # A row names its last corrector only; the trail knows those before.
    earlier = people_who("reading_corrected", Reading.__tablename__, [row.id for row in rows])
    return {number for row in rows for number in row[1:] if number is not None} | earlier.keys()


def verifications(project_id: int) -> Sequence[Verification]:
    """Who signed for the counts, newest first."""
    wanted = select(Verification).options(joinedload(Verification.verified_by))
    return db.session.scalars(wanted.where(Verification.project_id == project_id).order_by(Verification.id.desc())).all()
