"""The projects a person may see, with where each stands and whom it waits for. As many queries for one as for a hundred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, and_, case, cast, exists, func, null, or_, select, union_all
from sqlalchemy.orm import load_only

from workbench import clock
from workbench.adoption.models import Relapse
from workbench.changes.models import ApprovalAsked, RequestForChange
from workbench.checklists.models import Answer, AnswerEvidence, Checklist
from workbench.checklists.rules import GATES_PACK
from workbench.database import db
from workbench.desk.queries import Seat, seats_of, still_open
from workbench.desk.waiting import Kind
from workbench.desk.work import tasks_of, unanswered
from workbench.lifecycle.models import DecisionCondition, GateDecision
from workbench.lifecycle.queries import StepLine, walked
from workbench.lifecycle.rules import Outcome
from workbench.people.models import Membership, Person
from workbench.people.rules import FUNCTION_GRANTS, Function, Permission, Role
from workbench.projects.models import Project
from workbench.projects.queries import ids_seen_by
from workbench.projects.rules import STEPS, ProjectKind, ProjectState
from workbench.tools.models import ProjectTool, Tool
from workbench.tools.rules import Standing
from workbench.trail.models import Entry
from workbench.trail.queries import event
from workbench.web.paging import Page

PER_PAGE, PER_BOARD = 25, 100
HELD = "held"  # open, and the last decision at its gate was to wait
DECIDING = {each.value for each, grants in FUNCTION_GRANTS.items() if Permission.GATE_DECIDE in grants}
STATES = (ProjectState.OPEN, HELD, ProjectState.WATCH, ProjectState.STOPPED, ProjectState.CLOSED)
SORTS = ("moved", "key", "name", "step", "overdue")


@dataclass(frozen=True)
class Asked:
    """What the list is filtered and ordered by; `sort` begins with a minus where it is turned round."""

    words: str = ""
    state: str = ""
    step: int | None = None
    mine: bool = False
    sort: str = "-moved"


@dataclass
class Waits:
    """Whom a project waits for: names asked to approve a change, open items by function, who may decide by function.

    `items` is None before the gate's checklist is started.
    """

    approvals: list[str] = field(default_factory=list)
    items: Counter[str] | None = None
    deciders: dict[str, list[str]] = field(default_factory=dict)

    @property
    def decider(self) -> list[str]:
        """Who is asked first to decide the gate: the sponsor, else the change authority."""
        return next((self.deciders[each] for each in (Function.SPONSOR, *DECIDING) if each in self.deciders), [])


@dataclass(frozen=True)
class Line:
    """One project as the portfolio shows it."""

    key: str
    name: str
    state: str
    step: int
    overdue: int
    approvals: int
    licence: str
    licence_ends_on: date | None
    moved_at: datetime | None
    walk: list[StepLine]
    waits: Waits

    @property
    def pass_number(self) -> int:
        """Which pass of its step is under way, or was the last."""
        return self.walk[self.step - 1].pass_number

    @property
    def is_under_way(self) -> bool:
        """Whether somebody can be waited for."""
        return self.state not in (ProjectState.STOPPED, ProjectState.CLOSED)


# What the database can filter and order by ------------------------------------------------------------------------------


def _state() -> ColumnElement[str]:
    at_the_gate = or_(GateDecision.step == Project.current_step, GateDecision.outcome == Outcome.BACK)
    newest = (
        select(GateDecision.outcome)
        .where(GateDecision.project_id == Project.id, at_the_gate)
        .order_by(GateDecision.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return case((and_(Project.state == ProjectState.OPEN, newest == Outcome.HOLD), HELD), else_=Project.state)


def _licences(what: Any) -> Any:
    """Of the trial licence that ends soonest among the tools in scope."""
    in_scope = select(what).join(ProjectTool, ProjectTool.tool_id == Tool.id)
    trial = (ProjectTool.project_id == Project.id, Tool.standing == Standing.TRIAL, Tool.trial_ends_on.is_not(None))
    return in_scope.where(*trial).order_by(Tool.trial_ends_on, Tool.id).limit(1).scalar_subquery()


def _columns() -> tuple[Any, ...]:
    count = func.count()
    overdue = select(count).where(
        DecisionCondition.project_id == Project.id, DecisionCondition.met_on.is_(None),
        DecisionCondition.due_on < clock.today(),
    )
    asked = select(count).select_from(ApprovalAsked).join(RequestForChange, RequestForChange.id == ApprovalAsked.request_id)
    moved = select(func.max(Entry.seq)).where(Entry.project == Project.key)
    return (
        Project.id, Project.key, Project.name, Project.opened_at, _state().label("state"),
        Project.current_step.label("step"), overdue.scalar_subquery().label("overdue"),
        asked.where(RequestForChange.project_id == Project.id, unanswered()).scalar_subquery().label("approvals"),
        _licences(Tool.name).label("licence"), _licences(Tool.trial_ends_on).label("licence_ends_on"),
        moved.scalar_subquery().label("moved"),
    )


def _wanted(person: Person, asked: Asked) -> Any:
    """Every project that is asked for, each with its place in the order and how many there are."""
    seen = select(*_columns()).where(Project.id.in_(ids_seen_by(person)), Project.kind == ProjectKind.INTEGRATION)
    if asked.words:
        columns = (Project.key, Project.name)
        seen = seen.where(or_(*(each.icontains(asked.words, autoescape=True) for each in columns)))
    if asked.step is not None:
        seen = seen.where(Project.current_step == asked.step)
    if asked.mine:
        seen = seen.where(Project.key.in_(_keys_waiting_for(person)))
    table = seen.subquery()
    column = table.c[asked.sort.removeprefix("-")]
    order = (column.desc() if asked.sort.startswith("-") else column, table.c.id.desc())
    place = func.row_number().over(order_by=order).label("place")
    wanted = select(table, func.count().over().label("total"), place).order_by(place)
    return wanted.where(table.c.state == asked.state) if asked.state else wanted


def _keys_waiting_for(person: Person) -> set[str]:
    """The projects in which something waits for the person: as many queries as My work needs."""
    tasks = {task.project for kind, found in tasks_of(person).items() if kind is not Kind.GUEST for task in found}
    seats = {each.key for each in seats_of(person) if each.cures or each.open_items() or _is_ready(each, person)}
    return tasks | seats


def _is_ready(seat: Seat, person: Person) -> bool:
    return seat.unproven == 0 and seat.decides(person.access)


def projects_of(person: Person, asked: Asked, *, page: int = 1, per_page: int | None = PER_PAGE) -> Page[Line]:
    """A page of the projects that the person may see and asks for; with `per_page` None all of them."""
    table = _wanted(person, asked)
    if per_page is not None:
        table = table.limit(per_page).offset((page - 1) * per_page)
    part = table.subquery()
    wanted = select(part, Entry).outerjoin(Entry, Entry.seq == part.c.moved).order_by(part.c.place)
    rows = [(row, row[-1]) for row in db.session.execute(wanted)]
    walks, waits = _walks([row for row, _entry in rows]), _waits([row for row, _entry in rows])
    lines = [
        Line(
            row.key, row.name, row.state, row.step, row.overdue, row.approvals, row.licence or "", row.licence_ends_on,
            event(entry).at if entry is not None else None, walks[row.id], waits[row.id],
        )
        for row, entry in rows
    ]
    total = rows[0][0].total if rows else 0
    return Page(lines, page, total, per_page or max(total, 1))


# What is told beside ----------------------------------------------------------------------------------------------------


def _walks(rows: Sequence[Any]) -> dict[int, list[StepLine]]:
    """{project: its nine steps}; two queries."""
    ids = [row.id for row in rows]
    told = (GateDecision.project_id, GateDecision.step, GateDecision.outcome, GateDecision.back_to, GateDecision.decided_at)
    decisions: dict[int, list[GateDecision]] = {}
    chosen = select(GateDecision).where(GateDecision.project_id.in_(ids)).order_by(GateDecision.number)
    for each in db.session.scalars(chosen.options(load_only(*told, raiseload=True))):
        decisions.setdefault(each.project_id, []).append(each)
    relapses: dict[int, list[datetime]] = {}
    noted = select(Relapse.project_id, Relapse.noted_at).where(Relapse.project_id.in_(ids)).order_by(Relapse.id)
    for project_id, at in db.session.execute(noted):
        relapses.setdefault(project_id, []).append(at)
    return {row.id: walked(decisions.get(row.id, ()), row.opened_at, relapses.get(row.id, ())) for row in rows}


def _waits(rows: Sequence[Any]) -> dict[int, Waits]:
    """{project: whom it waits for}; two queries."""
    ids = [row.id for row in rows]
    found = {each: Waits() for each in ids}
    for project_id, name, functions in db.session.execute(_people(ids)):
        if functions is None:
            found[project_id].approvals.append(name)
        for function in DECIDING & set(functions or ()):
            found[project_id].deciders.setdefault(function, []).append(name)
    answers = _answers(ids)
    for row in rows:
        if row.id in answers:
            left = still_open(row.step, answers[row.id])
            found[row.id].items = Counter(item.role or "" for item, _state in left)
    return found


def _people(ids: Collection[int]) -> Any:
    """The members with their functions, and (without any) those who have not answered a request for change yet."""
    members = (
        select(Membership.project_id, Person.name, Membership.functions)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.project_id.in_(ids), Person.active, Person.role != Role.ADMIN)
    )
    asked = (
        select(RequestForChange.project_id, Person.name, cast(null(), JSON))
        .join(ApprovalAsked, ApprovalAsked.request_id == RequestForChange.id)
        .join(Person, Person.id == ApprovalAsked.person_id)
        .where(RequestForChange.project_id.in_(ids), unanswered())
    )
    return union_all(members, asked)


def _answers(ids: Collection[int]) -> dict[int, dict[str, tuple[str, bool]]]:
    """{project: answers at its gate} of the newest checklist of the gates; a project without one is not in it."""
    newest = (
        select(func.max(Checklist.id))
        .where(Checklist.project_id.in_(ids), Checklist.pack_id == GATES_PACK)
        .group_by(Checklist.project_id)
    )
    proven = exists().where(AnswerEvidence.answer_id == Answer.id)
    wanted = (
        select(Checklist.project_id, Answer.item_key, Answer.state, proven)
        .join(Project, Project.id == Checklist.project_id)
        .outerjoin(Answer, and_(Answer.checklist_id == Checklist.id, Answer.step == Project.current_step))
        .where(Checklist.id.in_(newest))
    )
    found: dict[int, dict[str, tuple[str, bool]]] = {}
    for project_id, item_key, state, has_evidence in db.session.execute(wanted):
        known = found.setdefault(project_id, {})
        if item_key:
            known[item_key] = (state, bool(has_evidence))
    return found


def by_step(lines: Sequence[Line]) -> dict[int, list[Line]]:
    """{step: the projects that stand there}, all nine of them."""
    return {number: [each for each in lines if each.step == number] for number in range(1, STEPS + 1)}
