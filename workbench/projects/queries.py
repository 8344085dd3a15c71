"""Named reads about projects and the parties around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from workbench.database import Base, db
from workbench.people.models import Membership, Person
from workbench.people.rules import EVERYWHERE, Function
from workbench.projects.models import Participant, Project, Threshold
from workbench.projects.rules import THRESHOLDS
from workbench.web.paging import Page


@dataclass(frozen=True)
class Line:
    """One project in the list: what it is, where it stands, who manages it."""

    id: int
    key: str
    name: str
    state: str
    current_step: int
    steps_passed: int
    kind: str


def project(project_id: int) -> Project:
    """One project; it is there, since the guard found it."""
    return db.session.get_one(Project, project_id)


def project_with_key(key: str) -> Project | None:
    """The project with this key, or None."""
    return db.session.scalar(select(Project).where(Project.key == key))


def _visible(person: Person) -> Select[Project]:
    wanted = select(Project)
    if person.access in EVERYWHERE:
        return wanted
    mine = select(Membership.project_id).where(Membership.person_id == person.id)
    return wanted.where(Project.id.in_(mine))


def visible(person: Person, *, search: str = "", state: str = "", page: int = 1, per_page: int = 50) -> Page[Line]:
    """The projects this person may see, newest first; `search` looks in key and name. Two queries whatever the number."""
    wanted = _visible(person)
    if search:
        columns = (Project.key, Project.name)
        wanted = wanted.where(or_(*(each.icontains(search, autoescape=True) for each in columns)))
    if state:
        wanted = wanted.where(Project.state == state)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    shown = (Project.id, Project.key, Project.name, Project.state, Project.current_step, Project.steps_passed, Project.kind)
    chosen = (
        wanted.with_only_columns(*shown).order_by(Project.id.desc()).limit(per_page).offset((page - 1) * per_page)
    )
    return Page([Line(*row) for row in db.session.execute(chosen)], page, total, per_page)


def ids_seen_by(person: Person) -> Select[int]:
    """A select of the numbers of the projects this person may see."""
    return _visible(person).with_only_columns(Project.id)


def thresholds(project_id: int) -> dict[str, int]:
    """{name: value} of every threshold: the project's own where one was set, else the usual one."""
    wanted = select(Threshold.name, Threshold.value).where(Threshold.project_id == project_id)
    return {**THRESHOLDS, **{name: value for name, value in db.session.execute(wanted)}}


def threshold(project_id: int, name: str) -> Threshold | None:
    """A threshold that the project set for itself."""
    return db.session.scalar(select(Threshold).where(Threshold.project_id == project_id, Threshold.name == name))


def participants(project_id: int) -> Sequence[Participant]:
    """The parties around a project, by layer and name."""
    wanted = select(Participant).where(Participant.project_id == project_id)
    return db.session.scalars(wanted.order_by(Participant.layer, Participant.name)).all()


def participant(project_id: int, participant_id: int) -> Participant | None:
    """One party of this project."""
    return db.session.scalar(
        select(Participant).where(Participant.project_id == project_id, Participant.id == participant_id)
    )


def choices_of_participants(project_id: int) -> list[tuple[int, str]]:
    """The parties around a project as a list to choose from: (id, name); a confidential one by number and layer only."""
    return [
        (each.id, each.name if not each.is_confidential else f"#{each.id} ({each.layer})")
        for each in participants(project_id)
    ]


def holders(project_id: int) -> dict[Function, list[str]]:
    """Who holds which function: {function: [names]}."""
    wanted = select(Person.name, Membership.functions).join(Membership, Membership.person_id == Person.id)
    found: dict[Function, list[str]] = {}
    for name, functions in db.session.execute(wanted.where(Membership.project_id == project_id).order_by(Person.name)):
        for each in functions:
            found.setdefault(Function(each), []).append(name)
    return found


def next_key(prefix: str) -> str:
    """The first free key with this prefix, such as INV-2."""
    taken = set(db.session.scalars(select(Project.key).where(Project.key.like(f"{prefix}-%"))))
    number = 1
    while f"{prefix}-{number}" in taken:
        number += 1
    return f"{prefix}-{number}"


def next_code(table_name: str, project_id: int, prefix: str, *, digits: int = 1) -> str:
    """The next free code of a project's records of one kind, such as N-4 or L-04; numbers are never given twice."""
    table = Base.metadata.tables[table_name]
    numbered = re.compile(re.escape(prefix) + r"(\d+)")
    codes = db.session.scalars(select(table.c.code).where(table.c.project_id == project_id))
    taken = [int(found.group(1)) for code in codes if (found := numbered.match(code))]
    return f"{prefix}{max(taken, default=0) + 1:0{digits}d}"
