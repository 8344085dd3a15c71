"""Named reads over many subjects."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from workbench.database import db
from workbench.jobs import Job
from workbench.lifecycle.models import DecisionCondition
from workbench.people.models import Person
from workbench.people.queries import project_ids_of
from workbench.people.rules import EVERYWHERE
from workbench.projects.models import Project


def open_conditions_of(person: Person) -> Sequence[tuple[DecisionCondition, str]]:
    """The conditions a person owns that are not met, on the projects they may see, with its key, the next due first."""
    wanted = (
        select(DecisionCondition, Project.key)
        .join(Project, Project.id == DecisionCondition.project_id)
        .where(DecisionCondition.owner_id == person.id, DecisionCondition.met_on.is_(None))
        .order_by(DecisionCondition.due_on)
    )
    if person.access not in EVERYWHERE:
        wanted = wanted.where(Project.id.in_(project_ids_of(person.id)))
    return [(condition, key) for condition, key in db.session.execute(wanted)]


def jobs_of(person: Person) -> Sequence[Job]:
    """The last pieces of long work a person started."""
    return db.session.scalars(select(Job).where(Job.person_id == person.id).order_by(Job.id.desc()).limit(10)).all()
