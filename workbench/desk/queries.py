"""Named reads over many subjects: what a person is on the open projects, and the long work they started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, exists, func, select

from workbench.checklists.library import Item, pack
from workbench.checklists.models import Answer, AnswerEvidence, Checklist
from workbench.checklists.rules import GATES_PACK, NEEDS_EVIDENCE, SATISFYING, AnswerState
from workbench.database import db
from workbench.jobs import Job
from workbench.paths.models import Path
from workbench.people.models import Membership, Person
from workbench.people.rules import Function, Permission, Role, granted
from workbench.projects.models import Project
from workbench.projects.rules import ProjectKind, ProjectState
from workbench.tools import queries as tools
from workbench.tools.models import Limitation

UNDER_WAY = (ProjectState.OPEN, ProjectState.WATCH)
# Who is told of a relapse: those who can have it cured.
CURING = frozenset({Function.SPONSOR, Function.PROJECT_MANAGER, Function.PROCESS_OWNER, Function.ADOPTION_LEAD})
Answers = Mapping[str, tuple[str, bool]]  # {item: (state, with evidence)}


def still_open(step: int, answers: Answers) -> list[tuple[Item, str]]:
    """The mandatory items of a gate that keep it shut, each with its answer, in the pack's order."""
    asked = [each for each in pack(GATES_PACK).items_of_step(step) if each.mandatory != "no"]
    stand = [(each, *answers.get(each.key, (AnswerState.NOT_CHECKED, False))) for each in asked]
    return [
        (item, state)
        for item, state, proven in stand
        if state not in SATISFYING or (state in NEEDS_EVIDENCE and not proven)
    ]


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
    """What a person is on one project under way: its gate checklist and how the items of the gate at hand stand."""

    key: str
    name: str
    state: str
    step: int
    role: str
    functions: frozenset[Function]
    checklist_id: int | None
    answers: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def decides(self, access: Role) -> bool:
        """Whether the person may sign the gate at hand."""
        return Permission.GATE_DECIDE in granted(access, Role(self.role), self.functions)

    @property
    def unproven(self) -> int | None:
        """How many mandatory items keep the gate shut, whoever answers them; None before its checklist is started."""
        return None if self.checklist_id is None else len(still_open(self.step, self.answers))

    @property
    def cures(self) -> bool:
        """Whether the project relapsed and the person is one of those who can have that cured."""
        return self.state == ProjectState.WATCH and (
            bool(self.functions & CURING) or Role(self.role) is Role.PROJECT_MANAGER
        )

    def open_items(self) -> list[OpenItem]:
        """The items asked of the person's functions that keep the gate shut, in the pack's order."""
        if self.checklist_id is None:
            return []
        return [
            OpenItem(self.key, self.checklist_id, self.step, item, state)
            for item, state in still_open(self.step, self.answers)
            if item.role in self.functions
        ]


def seats_of(person: Person) -> list[Seat]:
    """The person's places on projects under way, newest project first. One query whatever the number."""
    proven = exists().where(AnswerEvidence.answer_id == Answer.id)
    place = (Project.key, Project.name, Project.state, Project.current_step, Membership.role, Membership.functions)
    wanted = (
        select(*place, Checklist.id, Answer.item_key, Answer.state, proven)
        .join(Membership, Membership.project_id == Project.id)
        .outerjoin(Checklist, and_(Checklist.project_id == Project.id, Checklist.pack_id == GATES_PACK))
        .outerjoin(Answer, and_(Answer.checklist_id == Checklist.id, Answer.step == Project.current_step))
        .where(Membership.person_id == person.id, Project.state.in_(UNDER_WAY), Project.kind == ProjectKind.INTEGRATION)
        .order_by(Project.id.desc(), Checklist.id.desc())
    )
    seats: dict[str, Seat] = {}
    for *facts, functions, checklist_id, item_key, state, has_evidence in db.session.execute(wanted):
        key, name, stands, step, role = facts
        held = frozenset(Function(each) for each in functions)
        seat = seats.setdefault(key, Seat(key, name, stands, step, role, held, checklist_id))
        if item_key and seat.checklist_id == checklist_id:
            seat.answers[item_key] = (state, bool(has_evidence))
    return list(seats.values())


def jobs_of(person: Person) -> Sequence[Job]:
    """The last pieces of long work a person started."""
    return db.session.scalars(select(Job).where(Job.person_id == person.id).order_by(Job.id.desc()).limit(10)).all()


def limitations(projects: Select[int]) -> Select[Any]:
    """The limitations of these projects with the codes of the paths that each killed."""
    killed = select(func.aggregate_strings(Path.code, ", ")).where(Path.killed_by_id == Limitation.id)
    return tools.all_limitations(projects).add_columns(killed.correlate(Limitation).scalar_subquery().label("killed"))


def all_checklists(projects: Select[int]) -> Select[Any]:
    """The checklists of these projects with how far their answers are."""
    counted = {state: Checklist.counts[state.value].as_integer() for state in AnswerState}
    return (
        select(
            Checklist.id,
            Checklist.pack_id,
            Project.key.label("project"),
            Project.kind,
            func.trim(Checklist.occasion + " " + Checklist.title).label("title"),
            (Checklist.total - counted[AnswerState.NOT_CHECKED]).label("answered"),
            Checklist.total,
            (counted[AnswerState.MINOR] + counted[AnswerState.MAJOR]).label("nonconform"),
            Checklist.started_at,
            Checklist.closed_at,
        )
        .join(Project, Project.id == Checklist.project_id)
        .where(Checklist.project_id.in_(projects))
    )
