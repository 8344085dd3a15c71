"""What a thing that waits for a person is: its kind, the columns that every kind is read with, whose eyes see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, Integer, Select, String, cast, literal, null, select

from workbench.projects.models import Project
from workbench.projects.rules import ProjectState

AHEAD = timedelta(days=7)  # what falls due within a week is shown already


class Kind(StrEnum):
    """What may wait for somebody."""

    CONDITION = "condition"
    APPROVAL = "approval"
    READING = "reading"
    PROMISE = "promise"
    LIMITATION = "limitation"
    RISK = "risk"
    RETEST = "retest"
    REMINDER = "reminder"
    REVIEW = "review"
    REEVALUATION = "reevaluation"
    OBJECTIVE = "objective"
    EVIDENCE = "evidence"
    GUEST = "guest"
    ASKED = "asked"
    ACTION = "action"
    FINDING = "finding"
    CHECK = "check"
    AUDIT = "audit"
    REVIEW_ACTION = "review_action"


@dataclass(frozen=True)
class Task:
    """One thing that waits: of which project ("" for a management review), what it is called and says, until when.

    `place` completes its address.
    """

    kind: Kind
    project: str
    code: str
    text: str
    due_on: date | None
    record_id: int
    place: int


@dataclass(frozen=True)
class Eyes:
    """Whose work it is, on which projects, on which day."""

    person_id: int
    projects: Select[int]
    today: date

    @property
    def horizon(self) -> date:
        """The last day of what falls due soon."""
        return self.today + AHEAD


def line(
    kind: Kind, model: Any, eyes: Eyes, *, text: Any, due: Any = None, code: Any = None, record_id: Any = None, place: Any = 0
) -> Select[Any]:
    """The columns of one kind, of the projects that the person may see and that were not stopped."""
    shown: Any = (
        literal(kind.value, String).label("kind"),
        Project.key.label("project"),
        (model.code if code is None else code).label("code"),
        text.label("text"),
        (cast(null(), Date) if due is None else due).label("due_on"),
        (model.id if record_id is None else record_id).label("record_id"),
        (literal(place, Integer) if isinstance(place, int) else place).label("place"),
    )
    wanted = select(*shown).select_from(model).join(Project, Project.id == model.project_id)
    found: Select[Any] = wanted.where(Project.id.in_(eyes.projects), Project.state != ProjectState.STOPPED)
    return found
