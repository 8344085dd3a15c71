"""Named reads over many subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, exists, select

from workbench.checklists.library import Item, pack
from workbench.checklists.models import Answer, AnswerEvidence, Checklist
from workbench.checklists.rules import GATES_PACK, NEEDS_EVIDENCE, SATISFYING, AnswerState
from workbench.database import db
from workbench.jobs import Job
from workbench.lifecycle.models import DecisionCondition
from workbench.people.models import Membership, Person
from workbench.people.queries import project_ids_of
from workbench.people.rules import EVERYWHERE, Function, Permission, Role, granted
from workbench.projects.models import Project


@dataclass(frozen=True)
class OpenItem:
    """A criterion of the gate at hand that is asked of a person's function and does not hold yet."""

    key: str
    checklist_id: int
    step: int
    item: Item
    state: str


@dataclass
class Seat:
    """What a person is on one open project: its gate checklist and how the items of the gate at hand stand."""

    key: str
    step: int
    role: str
    functions: frozenset[Function]
    checklist_id: int | None
    answers: dict[str, tuple[str, bool]] = field(default_factory=dict)  # {item: (state, with evidence)}

    def decides(self, access: Role) -> bool:
        """Whether the person may sign the gate at hand."""
        return Permission.GATE_DECIDE in granted(access, Role(self.role), self.functions)

    def open_items(self) -> list[OpenItem]:
        """The items asked of the person's functions that keep the gate shut, in the pack's order."""
        if self.checklist_id is None:
            return []
        mine = [
            each
            for each in pack(GATES_PACK).items_of_step(self.step)
            if each.role in self.functions and each.mandatory != "no"
        ]
        stand = [(each, *self.answers.get(each.key, (AnswerState.NOT_CHECKED, False))) for each in mine]
        return [
            OpenItem(self.key, self.checklist_id, self.step, item, state)
            for item, state, proven in stand
            if state not in SATISFYING or (state in NEEDS_EVIDENCE and not proven)
        ]


def seats_of(person: Person) -> list[Seat]:
    """The person's places on open projects, newest project first. One query whatever the number."""
    proven = exists().where(AnswerEvidence.answer_id == Answer.id)
    place = (Project.key, Project.current_step, Membership.role, Membership.functions)
    wanted = (
        select(*place, Checklist.id, Answer.item_key, Answer.state, proven)
        .join(Membership, Membership.project_id == Project.id)
        .outerjoin(Checklist, and_(Checklist.project_id == Project.id, Checklist.pack_id == GATES_PACK))
        .outerjoin(Answer, and_(Answer.checklist_id == Checklist.id, Answer.step == Project.current_step))
        .where(Membership.person_id == person.id, Project.state == "open")
        .order_by(Project.id.desc(), Checklist.id.desc())
    )
    seats: dict[str, Seat] = {}
    for key, step, role, functions, checklist_id, item_key, state, has_evidence in db.session.execute(wanted):
        made = Seat(key, step, role, frozenset(Function(each) for each in functions), checklist_id)
        seat = seats.setdefault(key, made)
        if item_key and seat.checklist_id == checklist_id:
            seat.answers[item_key] = (state, bool(has_evidence))
    return list(seats.values())


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
