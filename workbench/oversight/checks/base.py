"""What a standing check is: its severity, what it reads, and the projects it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select

from workbench import clock
from workbench.checklists.models import Checklist
from workbench.database import db
from workbench.oversight.queries.spans import Span
from workbench.oversight.rules.reviews import Row
from workbench.people.models import Membership, Person
from workbench.people.rules import EVERYWHERE, Function, Permission, Role, granted
from workbench.projects.models import Project
from workbench.projects.rules import ProjectState

STANDS: ColumnElement[bool] = Checklist.closed_at.is_(None)  # what is closed is kept as it was and cannot be mended


class Severity(StrEnum):
    """How pressing it is: wrong now, to be seen to, or coming soon."""

    SEVERE = "severe"
    WARNING = "warning"
    SOON = "soon"


@dataclass(frozen=True)
class Scope:
    """What one self-audit looks at: {project: what may be seen there}; `is_whole` where it is every project."""

    rights: dict[int, frozenset[Permission]]
    is_whole: bool

    def sees(self, needs: Permission) -> bool:
        """Whether this may be seen anywhere."""
        return needs is Permission.PROJECT_READ or any(needs in held for held in self.rights.values())

    def span(self, needs: Permission) -> Span:
        """Today, in the projects where this may be seen."""
        today = clock.today()
        chosen = tuple(number for number, held in sorted(self.rights.items()) if needs in held)
        return Span(today, today, chosen, 0)


def scope_of(person: Person | None, key: str = "") -> Scope:
    """What this person may see of the running projects, or of the one with this key; without a person: all. One query."""
    wanted = select(Project.id).where(Project.state != ProjectState.STOPPED)
    wanted = wanted.where(Project.key == key) if key else wanted
    if person is None:
        everything = frozenset(Permission)
        return Scope({number: everything for number in db.session.scalars(wanted)}, not key)
    team = (Membership.project_id == Project.id) & (Membership.person_id == person.id)
    joined = wanted.add_columns(Membership.role, Membership.functions).outerjoin(Membership, team)
    rights = {number: _held(person, role, functions) for number, role, functions in db.session.execute(joined)}
    seen = {number: held for number, held in rights.items() if Permission.PROJECT_READ in held}
    return Scope(seen, not key and person.access in EVERYWHERE)


def _held(person: Person, role: str | None, functions: list[str] | None) -> frozenset[Permission]:
    held = frozenset(Function(each) for each in functions or ())
    return granted(person.access, Role(role) if role else None, held)


@dataclass(frozen=True)
class Look:
    """What a check reads with: the day, the projects, and whether what belongs to no project is looked at too."""

    span: Span
    is_whole: bool

    @property
    def today(self) -> date:
        """The day."""
        return self.span.today

    def of(self, model: Any, *columns: Any, project_id: Any = None) -> Any:
        """The key of the project and these columns, of the projects looked at; see Span."""
        return self.span.of(model, *columns, project_id=project_id)


@dataclass(frozen=True)
class Check:
    """One standing check: its name, how pressing its rows are, what it reads, and what one must be allowed to see it."""

    key: str
    severity: Severity
    read: Callable[[Look], Iterable[Row]]
    needs: Permission = Permission.PROJECT_READ


@dataclass(frozen=True)
class Result:
    """A check with the rows it found; it counts exactly these."""

    check: Check
    rows: tuple[Row, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.rows)


def run(check: Check, scope: Scope) -> Result:
    """Make one check."""
    return Result(check, tuple(check.read(Look(scope.span(check.needs), scope.is_whole))))
