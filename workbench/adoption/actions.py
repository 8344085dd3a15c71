"""What happens in step 9: measures, weekly counts, relapses, what was seen, surveys, and the second look."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from workbench import clock
from workbench.adoption import queries
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
from workbench.adoption.rules import ITEMS, OBSERVED, CountSource, Criterion, Level, Perspective, Plan
from workbench.adoption.store import count_fault, week_fault
from workbench.database import db
from workbench.people import queries as people
from workbench.people.actions import confirm_identity
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.projects.rules import ProjectState
from workbench.trail.actions import record
from workbench.trail.rules import REQUEST
from workbench.web.refusals import BadValue, NotThere, Refused

FIELDS = (
    "behaviour", "counted_from", "limit_percent", "source", "baseline_id", "window_weeks", "needed_weeks", "cadence",
    "population_of", "population",
)


@dataclass(frozen=True)
class Unnamed:
    """Who answers a survey, as the trail may tell it."""

    id: int = 0
    name: str = "somebody who was asked"


def set_measure(
    *, project: Project, behaviour: str, by: Person, counted_from: str = "", limit_percent: int = 5,
    source: str | None = None, baseline_id: int | None = None, window_weeks: int | None = None,
    needed_weeks: int | None = None, cadence: str | None = None, population_of: str | None = None,
    population: int | None = None,
) -> AdoptionMeasure:
    """Set what is counted each week; it gets the next code (AM-1 …)."""
    given = {
        "source": source, "baseline_id": baseline_id, "window_weeks": window_weeks, "needed_weeks": needed_weeks,
        "cadence": cadence, "population_of": population_of, "population": population,
    }
    further = {name: value for name, value in given.items() if value is not None}
    facts = {"behaviour": behaviour, "counted_from": counted_from, "limit_percent": limit_percent, **further}
    _check_measure(facts)
    code = next_code("adoption_measure", project.id, "AM-")
    made = AdoptionMeasure(project_id=project.id, code=code, **facts)
    db.session.add(made)
    record("measure_set", made, by=by, project=project.key, after={"code": code, **facts})
    return made


def change_measure(
    *, project: Project, measure: AdoptionMeasure, behaviour: str, counted_from: str, limit_percent: int, by: Person,
    **further: str | int | None,
) -> None:
    """Change what is counted or its limit; every week is judged by the new limit, and the trail keeps the old one.

    Where a closed project shows no habit by the new limit, that is a relapse like any other.
    """
    was_habit = _is_closed_habit(project, measure)
    new = {"behaviour": behaviour, "counted_from": counted_from, "limit_percent": limit_percent, **further}
    _check_measure(new)
    old = {name: getattr(measure, name) for name in new}
    for name, value in new.items():
        setattr(measure, name, value)
    record("measure_changed", measure, by=by, project=project.key, before=old, after={"code": measure.code, **new})
    _note_relapse(project, measure, was_habit=was_habit, by=by)


def _check_measure(facts: Mapping[str, str | int | None]) -> None:
    unknown = sorted(facts.keys() - set(FIELDS))
    if unknown:
        raise BadValue(unknown[0], _("A measure has no such field."))
    if not 0 <= int(facts["limit_percent"] or 0) <= 100:
        raise BadValue("limit_percent", _("The limit is a whole number from 0 to 100."))
    window, needed = facts.get("window_weeks"), facts.get("needed_weeks")
    if (window is None) != (needed is None):
        raise BadValue("needed_weeks", _("Give both numbers of weeks, or neither: then the project’s thresholds hold."))
    if window is not None and needed is not None and not 1 <= int(needed) <= int(window):
        raise BadValue("needed_weeks", _("At least 1 week, and no more than the window has."))


def note_reading(
    *, project: Project, measure: AdoptionMeasure, week_of: date, new_way: int, old_way: int, by: Person,
    errors: int | None = None, minutes: int | None = None, evidence_id: int | None = None,
    source: CountSource = CountSource.TYPED,
) -> Reading:
    """Note one week's count, once per week; a wrong one is corrected instead."""
    fault = week_fault(week_of)
    if fault:
        raise BadValue("week_of", fault)
    _check_counts(new_way=new_way, old_way=old_way, errors=errors, minutes=minutes)
    wanted = select(Reading.id).where(Reading.measure_id == measure.id, Reading.week_of == week_of)
    if db.session.scalar(wanted) is not None:
        raise BadValue("week_of", _("This week is noted already; correct the reading in the table."))
    was_habit = _is_closed_habit(project, measure)
    made = _add(project, measure, by, source, evidence_id, week_of=week_of, new_way=new_way, old_way=old_way,
                errors=errors, minutes=minutes)
    _note_relapse(project, measure, was_habit=was_habit, by=by)
    return made


def _add(
    project: Project, measure: AdoptionMeasure, by: Person, source: CountSource, evidence_id: int | None,
    **count: date | int | None,
) -> Reading:
    made = Reading(measure_id=measure.id, noted_by_id=by.id, source=source, evidence_id=evidence_id, **count)
    db.session.add(made)
    told = {name: value for name, value in count.items() if value is not None}
    further = {} if source is CountSource.TYPED else {"source": source}
    after = {"measure": measure.code, **told, **further}
    record("reading_noted", made, by=by, project=project.key, after=after)
    return made


def correct_reading(
    *, project: Project, measure: AdoptionMeasure, reading: Reading, new_way: int, old_way: int, by: Person,
    errors: int | None = None, minutes: int | None = None, evidence_id: int | None = None,
) -> None:
    """Correct one week's count; the trail keeps what was noted first."""
    _check_counts(new_way=new_way, old_way=old_way, errors=errors, minutes=minutes)
    was_habit = _is_closed_habit(project, measure)
    facts = {"new_way": new_way, "old_way": old_way, "errors": errors, "minutes": minutes, "evidence_id": evidence_id}
    _correct(project, measure, reading, by, facts)
    _note_relapse(project, measure, was_habit=was_habit, by=by)


def _correct(
    project: Project, measure: AdoptionMeasure, reading: Reading, by: Person, facts: Mapping[str, int | str | None]
) -> None:
    changed = {name: value for name, value in facts.items() if getattr(reading, name) != value}
    told = {name: getattr(reading, name) for name in facts if name in changed or name in ("new_way", "old_way")}
    for name, value in changed.items():
        setattr(reading, name, value)
    reading.corrected_by_id = by.id
    after = {"measure": measure.code, "week_of": reading.week_of, **{name: facts[name] for name in told}}
    record("reading_corrected", reading, by=by, project=project.key, before=told, after=after)


def import_readings(
    *, project: Project, measure: AdoptionMeasure, plan: Plan, source: CountSource, by: Person, update: bool = False,
    evidence_id: int | None = None,
) -> tuple[int, int]:
    """Take the weeks of a plan: the new ones, and with `update` also those noted already. (added, corrected)."""
    if not plan.fresh and not (update and plan.known):
        raise Refused(_("The file holds no week that could be taken."))
    was_habit = _is_closed_habit(project, measure)
    for each in plan.fresh:
        _add(project, measure, by, source, evidence_id, week_of=each.week_of, new_way=each.new_way,
             old_way=each.old_way, errors=each.errors, minutes=each.minutes)
    noted = queries.readings_by_week(measure.id) if update else {}
    corrected = 0
    for each in plan.known if update else ():
        facts = {"new_way": each.new_way, "old_way": each.old_way}
        facts |= {name: value for name, value in (("errors", each.errors), ("minutes", each.minutes)) if value is not None}
        if any(getattr(noted[each.week_of], name) != value for name, value in facts.items()):
            _correct(project, measure, noted[each.week_of], by, {**facts, "source": source})
            corrected += 1
    _note_relapse(project, measure, was_habit=was_habit, by=by)
    return len(plan.fresh), corrected


def _check_counts(**counts: int | None) -> None:
    for name, value in counts.items():
        fault = count_fault(value)
        if fault:
            raise BadValue(name, fault)


def _is_closed_habit(project: Project, measure: AdoptionMeasure) -> bool:
    """Whether the habit could be lost now: the project is closed, and this measure shows one."""
    if project.state != ProjectState.CLOSED:
        return False
    found = queries.counted_of(measure).verdict
    return found is not None and found.is_habit


def _note_relapse(project: Project, measure: AdoptionMeasure, *, was_habit: bool, by: Person) -> Relapse | None:
    """Where a closed project's habit is lost: note it, and put the project under watch in the same act."""
    if not was_habit:
        return None
    db.session.flush()
    counted = queries.counted_of(measure)
    found = counted.verdict
    if found is None or found.is_habit:
        return None
    above = [each.week_of for each in counted.weeks if not each.is_within]
    made = Relapse(
        project_id=project.id, measure_id=measure.id, week_of=above[-1] if above else counted.weeks[-1].week_of,
        limit_percent=found.limit_percent, within=found.within, weeks=found.weeks, needed=found.needed,
        window=found.window, sentence=queries.sentence(found), noted_at=clock.now(),
    )
    db.session.add(made)
    before, project.state = {"state": project.state}, ProjectState.WATCH
    after = {"measure": measure.code, "week_of": made.week_of, "sentence": made.sentence, "state": project.state}
    record("relapse_noted", made, by=by, project=project.key, before=before, after=after, also=[project])
    return made


def observe(
    *, project: Project, user_id: int, level: Level, seen_on: date, note: str, by: Person
) -> LadderObservation:
    """Note that somebody was seen to work the new way, or to have the habit; nobody observes themselves."""
    user = queries.user(project.id, user_id)
    if user is None:
        raise NotThere
    if level not in OBSERVED:
        raise BadValue("level", _("Only “using” and “habit” are observed; the rungs below follow from the records."))
    if user.person_id == by.id:
        raise BadValue("level", _("Somebody else says what they saw; nobody observes themselves."))
    if seen_on > clock.today():
        raise BadValue("seen_on", _("This day is still to come."))
    made = LadderObservation(
        project_id=project.id, user_id=user_id, level=level, seen_on=seen_on, seen_by_id=by.id, note=note
    )
    db.session.add(made)
    after = {"user": user.code, "level": level, "seen_on": seen_on, "note": note}
    record("user_observed", made, by=by, project=project.key, after=after)
    return made


def open_survey(*, project: Project, title: str, by: Person) -> tuple[Survey, str]:
    """Put the survey to the team; gives it with the secret of the link for people without an account, told this once."""
    token = secrets.token_urlsafe(24)
    code = next_code("survey", project.id, "SU-")
    made = Survey(
        project_id=project.id, code=code, title=title, opened_on=clock.today(), token_sha256=queries.token_hash(token)
    )
    db.session.add(made)
    db.session.flush()
    asked = sorted({each.person_id for each in people.team(project.id)})
    db.session.add_all(SurveyTicket(survey_id=made.id, person_id=each) for each in asked)
    after = {"code": code, "title": title, "asked": len(asked)}
    record("survey_opened", made, by=by, project=project.key, after=after)
    return made, token


def answer_survey(
    *, project: Project, survey: Survey, perspective: Perspective, scores: Mapping[str, int], ratings: Mapping[str, int],
    person: Person | None = None,
) -> None:
    """Answer for good. Neither the answer nor the trail says who; only the ticket of `person` says that they did.

    Without a person the answer came by the link. Raises Refused where the survey is closed or the ticket is used.
    """
    _check_answer(scores, ITEMS)
    _check_answer(ratings, list(Criterion))
    if survey.closed_on is not None:
        raise Refused(_("This survey is closed."))
    if person is not None:
        ticket = queries.ticket(survey.id, person.id)
        if ticket is None:
            raise Refused(_("You are not among those who were asked."))
        if ticket.answered:
            raise Refused(_("You have answered this survey already. Thank you."))
        ticket.answered = True
    number = secrets.randbits(31)
    while db.session.get(SurveyAnswer, number) is not None:
        number = secrets.randbits(31)
    db.session.add(
        SurveyAnswer(id=number, survey_id=survey.id, perspective=perspective, scores=dict(scores), ratings=dict(ratings))
    )
    request = REQUEST.set("")  # the request's number stands in the server's log beside the person
    try:
        record("survey_answered", survey, by=Unnamed(), project=project.key, after={"code": survey.code})
    finally:
        REQUEST.reset(request)


def _check_answer(given: Mapping[str, int], wanted: object) -> None:
    expected = set(wanted)  # type: ignore[call-overload]
    for name in sorted(expected - set(given)):
        raise BadValue(name, _("An answer from 1 to 5 is needed."))
    for name, value in given.items():
        if name not in expected or not 1 <= value <= 5:
            raise BadValue(name, _("An answer from 1 to 5 is needed."))


def close_survey(*, project: Project, survey: Survey, by: Person) -> None:
    """Close it: nobody answers any more, the results are shown, and the trail pins all answers by one hash."""
    if survey.closed_on is not None:
        raise Refused(_("This survey is closed already."))
    survey.closed_on = clock.today()
    count, digest = queries.answers_digest(survey.id)
    after = {"code": survey.code, "answers": count, "answers_sha256": digest}
    record("survey_closed", survey, by=by, project=project.key, after=after)


def verify_adoption(*, project: Project, statement: str, password: str, by: Person) -> Verification:
    """Sign that the counts were looked at again, by somebody who entered none of them. Raises BadValue, Refused."""
    digest = queries.readings_digest(project.id)
    if not digest:
        raise Refused(_("No week is noted yet; there is nothing to verify."))
    if by.id in queries.noters(project.id):
        raise Refused(_("You entered or corrected a count of this project; a second person verifies."))
    confirm_identity(person=by, password=password)
    rights = people.rights_on(by, project.key)
    functions = sorted(rights.functions) if rights else []
    made = Verification(
        project_id=project.id, verified_by_id=by.id, functions=functions, statement=statement,
        readings_sha256=digest, verified_at=clock.now(),
    )
    db.session.add(made)
    after = {"statement": statement, "functions": functions, "readings_sha256": digest}
    record("adoption_verified", made, by=by, project=project.key, after=after)
    return made
