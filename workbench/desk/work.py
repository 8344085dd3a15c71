"""What waits for a person, from every subject: one query, whatever waits; the count beside “My work” is the same query."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from workbench import clock
from workbench.adoption.models import Reevaluation
from workbench.changes.models import Approval, ApprovalAsked, PostImplementationReview, RequestForChange
from workbench.changes.rules import ChangeType, RequestState
from workbench.database import db
from workbench.desk import quality
from workbench.desk.waiting import Eyes, Kind, Task, line
from workbench.evidence.models import Evidence
from workbench.evidence.rules import EvidenceState
from workbench.inquiry.models import GuestLink, Objective
from workbench.lifecycle.models import DecisionCondition
from workbench.oversight.queries.handover import is_passed_on
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
from workbench.projects.queries import ids_seen_by
from workbench.risks.models import Risk
from workbench.tools.models import Customisation, Limitation, Promise, Tool
from workbench.tools.queries import retest_of
from workbench.tools.rules import Decision, PromiseState, Retest

NEWS = timedelta(days=14)  # an answer by link is news for so long


def _conditions(eyes: Eyes) -> Select[Any]:
    model = DecisionCondition
    found = line(
        Kind.CONDITION, model, eyes, code=literal("", String), text=model.text, due=model.due_on, place=model.step
    )
    return found.where(model.owner_id == eyes.person_id, model.met_on.is_(None))


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
        ~is_passed_on(ApprovalAsked.id),
    )


def _approvals(eyes: Eyes) -> Select[Any]:
    model = RequestForChange
    found = line(Kind.APPROVAL, model, eyes, text=model.title, due=ApprovalAsked.due_on)
    asked = found.join(ApprovalAsked, ApprovalAsked.request_id == model.id)
    return asked.where(ApprovalAsked.person_id == eyes.person_id, unanswered())


def _readings(eyes: Eyes) -> Select[Any]:
    """The editions in force of the person's roles that they have not read; an old edition names its role in words."""
    newest, edition, user = newest_approved().subquery(), InstructionEdition, PracticeUser
    found = line(
        Kind.READING, WorkInstruction, eyes, text=edition.title, record_id=edition.id, place=user.id
    )
    same_name = func.lower(func.trim(edition.role)) == func.lower(func.trim(PracticeRole.name))
    meant = or_(edition.role_id == user.role_id, and_(edition.role_id.is_(None), same_name))
    read = select(Acknowledgement.id).where(Acknowledgement.edition_id == edition.id, Acknowledgement.user_id == user.id)
    joined = (
        found.join(newest, newest.c.instruction_id == WorkInstruction.id)
        .join(edition, and_(edition.instruction_id == newest.c.instruction_id, edition.number == newest.c.number))
        .join(user, user.project_id == WorkInstruction.project_id)
        .join(PracticeRole, PracticeRole.id == user.role_id)
    )
    stands = (user.withdrawn_at.is_(None), PracticeRole.withdrawn_at.is_(None))
    return joined.where(user.person_id == eyes.person_id, *stands, meant, ~read.exists())


def _dated(kind: Kind, model: Any, eyes: Eyes, *, text: Any, due: Any, owner: Any) -> Select[Any]:
    """The records of a register that name an owner and a day, and whose day has come or comes within a week."""
    found = line(kind, model, eyes, text=text, due=due)
    return found.where(owner == eyes.person_id, due <= eyes.horizon, model.withdrawn_at.is_(None))


def _of_registers(eyes: Eyes) -> list[Select[Any]]:
    asked_again = func.coalesce(Promise.next_chase_on, Promise.due_on)
    reminders = line(Kind.REMINDER, Reminder, eyes, text=Reminder.what, due=Reminder.due_on)
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


def _retests(eyes: Eyes) -> Select[Any]:
    model = Customisation
    found = line(Kind.RETEST, model, eyes, text=model.what).join(Tool, Tool.id == model.tool_id)
    return found.where(model.owner_id == eyes.person_id, model.withdrawn_at.is_(None), retest_of() != Retest.FRESH.value)


def _reviews(eyes: Eyes) -> Select[Any]:
    """The changes done that the person asked for and that nobody has looked back at; a standard one needs no review."""
    model = RequestForChange
    held = select(PostImplementationReview.id).where(PostImplementationReview.request_id == model.id)
    return line(Kind.REVIEW, model, eyes, text=model.title).where(
        func.coalesce(model.submitted_by_id, model.requested_by_id) == eyes.person_id,
        model.state.in_((RequestState.IMPLEMENTED, RequestState.BACKED_OUT)),
        model.change_type != ChangeType.STANDARD, ~held.exists(),
    )


def _evidence(eyes: Eyes) -> Select[Any]:
    model = Evidence
    code: Any = literal("E-", String).concat(cast(model.number, String))
    found = line(Kind.EVIDENCE, model, eyes, code=code, text=model.title, due=model.valid_until)
    return found.where(
        model.owner_id == eyes.person_id, model.state == EvidenceState.CURRENT, model.valid_until <= eyes.horizon
    )


def _answers_by_link(eyes: Eyes) -> Select[Any]:
    found = line(Kind.GUEST, GuestLink, eyes, text=GuestLink.organisation)
    return found.where(GuestLink.created_by_id == eyes.person_id, GuestLink.answered_at >= clock.now() - NEWS)


def _waiting(person: Person) -> list[Select[Any]]:
    """What waits and counts."""
    eyes = Eyes(person.id, ids_seen_by(person), clock.today())
    return [
        _conditions(eyes), _approvals(eyes), _readings(eyes), *_of_registers(eyes), _retests(eyes), _reviews(eyes),
        _evidence(eyes), *quality.waiting(eyes, person),
    ]


def tasks_of(person: Person) -> dict[Kind, list[Task]]:
    """What waits for a person by kind, what is due first, first; what has no day comes last. One query."""
    eyes = Eyes(person.id, ids_seen_by(person), clock.today())
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
