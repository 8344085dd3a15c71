"""What waits for a person, from every subject: one query, whatever waits; the count beside “My work” is the same query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from workbench import clock
from workbench.adoption.models import Reevaluation
from workbench.changes.models import Approval, ApprovalAsked, PostImplementationReview, RequestForChange
from workbench.changes.rules import ChangeType, RequestState
from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.evidence.rules import EvidenceState
from workbench.inquiry.models import GuestLink, Objective
from workbench.lifecycle.models import DecisionCondition
from workbench.people.models import Person
from workbench.practices.models import (
    Acknowledgement,
    Channel,
    InstructionEdition,
    PracticeRole,
    PracticeUser,
    Reminder,
    WorkInstruction,
)
from workbench.practices.queries import newest_approved
from workbench.projects.models import Project
from workbench.projects.queries import ids_seen_by
from workbench.projects.rules import ProjectState
from workbench.risks.models import Risk
from workbench.tools.models import Customisation, Limitation, Promise, Tool
from workbench.tools.queries import retest_of
from workbench.tools.rules import Decision, PromiseState, Retest

AHEAD = timedelta(days=7)  # what falls due within a week is shown already
NEWS = timedelta(days=14)  # an answer by link is news for so long


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


@dataclass(frozen=True)
class Task:
    """One thing that waits: of which project, what it is called and says, until when. `place` completes its address."""

    kind: Kind
    project: str
    code: str
    text: str
    due_on: date | None
    record_id: int
    place: int


@dataclass(frozen=True)
class _Eyes:
    """Whose work it is, on which projects, on which day."""

    person_id: int
    projects: Select[int]
    today: date

    @property
    def horizon(self) -> date:
        return self.today + AHEAD


def _line(
    kind: Kind, model: Any, eyes: _Eyes, *, text: Any, due: Any = None, code: Any = None, record_id: Any = None, place: Any = 0
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


def _conditions(eyes: _Eyes) -> Select[Any]:
    model = DecisionCondition
    line = _line(
        Kind.CONDITION, model, eyes, code=literal("", String), text=model.text, due=model.due_on, place=model.step
    )
    return line.where(model.owner_id == eyes.person_id, model.met_on.is_(None))


def unanswered() -> ColumnElement[bool]:
    """That somebody asked in the round at hand of a submitted request has not signed an answer yet."""
    signed = select(Approval.id).where(
        Approval.request_id == ApprovalAsked.request_id,
        Approval.round == ApprovalAsked.round,
        Approval.person_id == ApprovalAsked.person_id,
    )
    return and_(
        RequestForChange.state == RequestState.SUBMITTED,
        ApprovalAsked.round == RequestForChange.round,
        ~signed.exists(),
    )


def _approvals(eyes: _Eyes) -> Select[Any]:
    model = RequestForChange
    line = _line(Kind.APPROVAL, model, eyes, text=model.title, due=ApprovalAsked.due_on)
    asked = line.join(ApprovalAsked, ApprovalAsked.request_id == model.id)
    return asked.where(ApprovalAsked.person_id == eyes.person_id, unanswered())


def _readings(eyes: _Eyes) -> Select[Any]:
    """The editions in force of the person's roles that they have not read; an old edition names its role in words."""
    newest, edition, user = newest_approved().subquery(), InstructionEdition, PracticeUser
    line = _line(
        Kind.READING, WorkInstruction, eyes, text=edition.title, record_id=edition.id, place=user.id
    )
    same_name = func.lower(func.trim(edition.role)) == func.lower(func.trim(PracticeRole.name))
    meant = or_(edition.role_id == user.role_id, and_(edition.role_id.is_(None), same_name))
    read = select(Acknowledgement.id).where(Acknowledgement.edition_id == edition.id, Acknowledgement.user_id == user.id)
    joined = (
        line.join(newest, newest.c.instruction_id == WorkInstruction.id)
        .join(edition, and_(edition.instruction_id == newest.c.instruction_id, edition.number == newest.c.number))
        .join(user, user.project_id == WorkInstruction.project_id)
        .join(PracticeRole, PracticeRole.id == user.role_id)
    )
    stands = (user.withdrawn_at.is_(None), PracticeRole.withdrawn_at.is_(None))
    return joined.where(user.person_id == eyes.person_id, *stands, meant, ~read.exists())


def _dated(kind: Kind, model: Any, eyes: _Eyes, *, text: Any, due: Any, owner: Any) -> Select[Any]:
    """The records of a register that name an owner and a day, and whose day has come or comes within a week."""
    line = _line(kind, model, eyes, text=text, due=due)
    return line.where(owner == eyes.person_id, due <= eyes.horizon, model.withdrawn_at.is_(None))


def _of_registers(eyes: _Eyes) -> list[Select[Any]]:
    asked_again = func.coalesce(Promise.next_chase_on, Promise.due_on)
    reminders = _line(Kind.REMINDER, Reminder, eyes, text=Reminder.what, due=Reminder.due_on)
    waits = or_(Limitation.decision.is_(None), Limitation.decision != Decision.DROP)
    return [
        _dated(
            Kind.PROMISE, Promise, eyes, text=Promise.feature, due=asked_again, owner=Promise.owner_id
        ).where(Promise.state == PromiseState.OPEN),
        _dated(
            Kind.LIMITATION, Limitation, eyes, text=Limitation.statement, due=Limitation.next_chase_on,
            owner=Limitation.chaser_id,
        ).where(waits),
        _dated(Kind.RISK, Risk, eyes, text=Risk.statement, due=Risk.review_on, owner=Risk.owner_id),
        _dated(
            Kind.REEVALUATION, Reevaluation, eyes, text=Reevaluation.look_at, due=Reevaluation.due_on,
            owner=Reevaluation.who_id,
        ).where(Reevaluation.done_on.is_(None)),
        _dated(
            Kind.OBJECTIVE, Objective, eyes, text=Objective.statement, due=Objective.follow_up_on,
            owner=Objective.decided_by_id,
        ),
        reminders.join(Channel, Channel.id == Reminder.channel_id).where(
            Channel.owner_id == eyes.person_id, Reminder.done_on.is_(None), Reminder.withdrawn_at.is_(None),
            Reminder.due_on <= eyes.horizon,
        ),
    ]


def _retests(eyes: _Eyes) -> Select[Any]:
    model = Customisation
    line = _line(Kind.RETEST, model, eyes, text=model.what).join(Tool, Tool.id == model.tool_id)
    return line.where(model.owner_id == eyes.person_id, model.withdrawn_at.is_(None), retest_of() != Retest.FRESH.value)


def _reviews(eyes: _Eyes) -> Select[Any]:
    """The changes done that the person asked for and that nobody has looked back at; a standard one needs no review."""
    model = RequestForChange
    held = select(PostImplementationReview.id).where(PostImplementationReview.request_id == model.id)
    return _line(Kind.REVIEW, model, eyes, text=model.title).where(
        func.coalesce(model.submitted_by_id, model.requested_by_id) == eyes.person_id,
        model.state.in_((RequestState.IMPLEMENTED, RequestState.BACKED_OUT)),
        model.change_type != ChangeType.STANDARD, ~held.exists(),
    )


def _evidence(eyes: _Eyes) -> Select[Any]:
    model = Evidence
    code: Any = literal("E-", String).concat(cast(model.number, String))
    line = _line(Kind.EVIDENCE, model, eyes, code=code, text=model.title, due=model.valid_until)
    return line.where(
        model.owner_id == eyes.person_id, model.state == EvidenceState.CURRENT, model.valid_until <= eyes.horizon
    )


def _answers_by_link(eyes: _Eyes) -> Select[Any]:
    line = _line(Kind.GUEST, GuestLink, eyes, text=GuestLink.organisation)
    return line.where(GuestLink.created_by_id == eyes.person_id, GuestLink.answered_at >= clock.now() - NEWS)


def _waiting(person: Person) -> list[Select[Any]]:
    """What waits and counts."""
    eyes = _Eyes(person.id, ids_seen_by(person), clock.today())
    return [
        _conditions(eyes), _approvals(eyes), _readings(eyes), *_of_registers(eyes), _retests(eyes), _reviews(eyes),
        _evidence(eyes),
    ]


def tasks_of(person: Person) -> dict[Kind, list[Task]]:
    """What waits for a person by kind, what is due first, first; what has no day comes last. One query."""
    eyes = _Eyes(person.id, ids_seen_by(person), clock.today())
    rows = db.session.execute(union_all(*_waiting(person), _answers_by_link(eyes)))
    found: dict[Kind, list[Task]] = {each: [] for each in Kind}
    for kind, *rest in rows:
        found[Kind(kind)].append(Task(Kind(kind), *rest))
    for tasks in found.values():
        tasks.sort(key=lambda each: (each.due_on or date.max, each.project, each.record_id))
    return found


def how_many(person: Person) -> int:
    """How many things wait for a person beside gates and their items; news do not count. One query."""
    with db.session.no_autoflush:
        rows = union_all(*_waiting(person)).subquery()
        return db.session.scalar(select(func.count()).select_from(rows)) or 0
