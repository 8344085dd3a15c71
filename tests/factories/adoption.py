"""What step 9 holds, plainly made."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from workbench import clock
from workbench.adoption import actions
from workbench.adoption.models import AdoptionMeasure, Reading, Relapse, Survey
from workbench.adoption.registers import BENEFITS, LESSONS, REEVALUATIONS
from workbench.adoption.rules import ITEMS, Criterion, Perspective
from workbench.database import db
from workbench.people.models import Person
from workbench.practices.models import PracticeRole, PracticeUser
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.registers.actions import add_record
from workbench.trail.actions import record

MONDAY = date(2025, 1, 6)


def a_measure(project: Project, *, by: Person, **facts: Any) -> AdoptionMeasure:
    """A measure with a limit of 5 percent."""
    return actions.set_measure(project=project, by=by, **{"behaviour": "invoice made from the mapping", **facts})


def a_reading(
    project: Project, measure: AdoptionMeasure, *, by: Person, week: int = 0, new_way: int = 95, old_way: int = 5
) -> Reading:
    """The count of the week that lies `week` weeks after the first."""
    day = MONDAY + timedelta(weeks=week)
    return actions.note_reading(project=project, measure=measure, week_of=day, new_way=new_way, old_way=old_way, by=by)


def a_relapse(project: Project, measure: AdoptionMeasure, *, by: Person) -> Relapse:
    """A relapse of this measure, as a closed project's pages would note it."""
    made = Relapse(
        project_id=project.id, measure_id=measure.id, week_of=MONDAY, limit_percent=5, within=5, weeks=8, needed=6, window=8,
        sentence="within 5 % in 5 of the last 8 weeks", noted_at=clock.now(),
    )
    db.session.add(made)
    record("relapse_noted", made, by=by, project=project.key)
    return made


def a_climber(
    project: Project, *, by: Person, role: str = "billing clerk", name: str = "Hélène", person: Person | None = None
) -> PracticeUser:
    """A user of the new practice in a role of that name, which is made if it is not there."""
    known = db.session.scalar(select(PracticeRole).where(PracticeRole.project_id == project.id, PracticeRole.name == role))
    if known is None:
        known = PracticeRole(project_id=project.id, code=next_code("practice_role", project.id, "RO-"), name=role)
        db.session.add(known)
        record("practice_role_added", known, by=by, project=project.key)
    code = next_code("practice_user", project.id, "U-")
    made = PracticeUser(
        project_id=project.id, code=code, role_id=known.id, name="" if person else name, person_id=person.id if person else None
    )
    db.session.add(made)
    record("practice_user_added", made, by=by, project=project.key)
    return made


def a_survey(project: Project, *, by: Person, title: str = "four weeks after the start") -> tuple[Survey, str]:
    """An open survey of the team, and the secret of its link."""
    return actions.open_survey(project=project, title=title, by=by)


def an_answer_to(
    project: Project, survey: Survey, *, person: Person | None = None, score: int = 4, rating: int = 4,
    perspective: Perspective = Perspective.USERS,
) -> None:
    """The same score for every statement, the same rating for every criterion."""
    actions.answer_survey(
        project=project, survey=survey, person=person, perspective=perspective, scores=dict.fromkeys(ITEMS, score),
        ratings={each.value: rating for each in Criterion},
    )


def a_lesson(project: Project, *, by: Person, **facts: Any) -> Any:
    """A lesson."""
    typed = {"happened": "the list was late", "keep": "", "change": "a deputy", "for_whom": "billing", "owner_id": None}
    return add_record(LESSONS, project=project, facts={**typed, **facts}, by=by)


def a_benefit(project: Project, *, baseline_id: int, by: Person, **facts: Any) -> Any:
    """A baseline measured again."""
    typed = {"baseline_id": baseline_id, "value_now": "20", "measured_on": MONDAY, "saving": "two hours a month"}
    return add_record(BENEFITS, project=project, facts={**typed, **facts}, by=by)


def a_reevaluation(project: Project, *, by: Person, **facts: Any) -> Any:
    """A day to look again."""
    typed = {"due_on": date(2099, 1, 5), "who_id": None, "look_at": "the share of the old way", "done_on": None, "found": ""}
    return add_record(REEVALUATIONS, project=project, facts={**typed, **facts}, by=by)
