"""Named reads about persons and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from workbench.database import Base, db
from workbench.people.models import Membership, Person
from workbench.people.rules import GRANTS, GRANTS_ANYWHERE, Function, Permission, Role, granted
from workbench.web.paging import Page


@dataclass(frozen=True)
class Rights:
    """What one person may do on one project."""

    project_id: int
    project_key: str
    permissions: frozenset[Permission]
    functions: frozenset[Function] = frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether the permission is held."""
        return permission in self.permissions


def anybody_there() -> bool:
    """Whether the installation has a person yet; without one the set-up page is open."""
    return db.session.scalar(select(Person.id).limit(1)) is not None


def anywhere(person: Person) -> frozenset[Permission]:
    """The permissions a person holds without a project at hand."""
    return GRANTS_ANYWHERE[person.access]


def rights_on(person: Person, project_key: str) -> Rights | None:
    """The person's rights on the project with this key, in one query; None where it is not there."""
    project = Base.metadata.tables["project"]
    wanted = (
        select(project.c.id, Membership.role, Membership.functions)
        .select_from(project)
        .outerjoin(Membership, (Membership.project_id == project.c.id) & (Membership.person_id == person.id))
        .where(project.c.key == project_key)
    )
    found = db.session.execute(wanted).first()
    if found is None:
        return None
    functions = frozenset(Function(each) for each in found.functions or ())
    membership = Role(found.role) if found.role else None
    return Rights(found.id, project_key, granted(person.access, membership, functions), functions)


def person_with_email(email: str) -> Person | None:
    """The person who signs in with this address, whatever its case."""
    return db.session.scalar(select(Person).where(func.lower(Person.email) == func.lower(email)))


def person(person_id: int) -> Person | None:
    """One person."""
    return db.session.get(Person, person_id)


def persons(*, search: str = "", page: int = 1, per_page: int = 50) -> Page[Person]:
    """A page of persons by name; `search` looks in name and address."""
    wanted = select(Person)
    if search:
        columns = (Person.name, Person.email)
        wanted = wanted.where(or_(*(each.icontains(search, autoescape=True) for each in columns)))
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(Person.name, Person.id).limit(per_page).offset((page - 1) * per_page)
    ).all()
    return Page(rows, page, total, per_page)


def active_persons() -> Sequence[Person]:
    """Everybody who can be chosen for something, by name."""
    return db.session.scalars(select(Person).where(Person.active).order_by(Person.name, Person.id)).all()


def team(project_id: int) -> Sequence[Membership]:
    """The project's members with their persons, by hub and name."""
    wanted = select(Membership).options(joinedload(Membership.person)).where(Membership.project_id == project_id)
    return sorted(db.session.scalars(wanted), key=lambda each: (each.hub, each.person.name))


def choices(project_id: int) -> list[tuple[int, str]]:
    """The project's members as a list to choose from: (person id, name), by name."""
    wanted = select(Person.id, Person.name).join(Membership, Membership.person_id == Person.id)
    found = db.session.execute(wanted.where(Membership.project_id == project_id).order_by(Person.name, Person.id))
    return [(number, name) for number, name in found]


def approvers(project_id: int) -> dict[int, str]:
    """{person id: name} of those who may decide this project's gates: quality leads, and members by their function."""
    return allowed(project_id, Permission.GATE_DECIDE)


def allowed(project_id: int, permission: Permission) -> dict[int, str]:
    """{person id: name} of those who may do this in the project: quality leads, and members by their role or function."""
    leads = select(Person.id, Person.name).where(Person.active, Person.role == Role.QUALITY_LEAD)
    found = {}
    if permission in GRANTS[Role.QUALITY_LEAD]:
        found = {person_id: name for person_id, name in db.session.execute(leads)}
    for each in team(project_id):
        if permission in granted(each.person.access, Role(each.role), each.held) and each.person.active:
            found[each.person_id] = each.person.name
    return found


def membership(project_id: int, person_id: int) -> Membership | None:
    """One person's membership on a project."""
    return db.session.scalar(
        select(Membership).where(Membership.project_id == project_id, Membership.person_id == person_id)
    )


def project_ids_of(person_id: int) -> Sequence[int]:
    """The projects a person is a member of."""
    return db.session.scalars(select(Membership.project_id).where(Membership.person_id == person_id)).all()


def admins_left(*, without: int) -> int:
    """How many active admins there are beside this person."""
    wanted = select(func.count()).where(Person.role == Role.ADMIN, Person.active, Person.id != without)
    return db.session.scalar(wanted) or 0
