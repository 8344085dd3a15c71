"""Named reads about requests for change: the list, one with its answers, the calendar; and the exceptions of a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from workbench.changes import rules
from workbench.changes.models import (
    AcceptanceException,
    Approval,
    ApprovalAsked,
    PostImplementationReview,
    Rehearsal,
    RequestForChange,
)
from workbench.changes.rules import RequestState, Verdict, Vote
from workbench.database import db
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.evidence.queries import is_newest
from workbench.people.models import Membership, Person
from workbench.people.queries import team
from workbench.people.rules import EVERYWHERE, Role
from workbench.projects.models import Project
from workbench.tools.models import Tool
from workbench.trail.queries import people_who
from workbench.trials.queries import plans as sandbox_plans
from workbench.web.paging import Page

# What a request may lack, in words.
LACKING = {
    "reason": _l("reason"), "likelihood": _l("likelihood"), "impact_level": _l("impact"), "items": _l("items touched"),
    "affected": _l("customers and users affected"), "data_involved": _l("personal or confidential data"),
    "implementation_plan": _l("implementation plan"), "tests": _l("tests and acceptance limits"),
    "back_out_plan": _l("back-out plan"), "window": _l("planned start and end"), "communication": _l("who is told, when"),
    "plan": _l("promotion plan, attached as evidence"), "plan_newer": _l("the newest version of the promotion plan"),
    "plan_clean": _l("a plan without fake rows and without personal data in the clear"),
    "plan_stale": _l("a plan that is not stale: resolve its conflicts in the sandbox, then attach the new plan"),
    "plan_outdated": _l("a new check of the plan against live, which was received anew"),
    "plan_replaced": _l("the plan that took the place of this one, attached in its stead"),
    "back_out_other": _l("a back-out plan for this plan: its text was written for another one"),
    "low_risk": _l("a low risk, since only those are standard; or another type"),
    "rehearsal": _l("a rehearsal of the way back that went well, since the risk is critical"),
}
COLUMNS = ("code", "title", "change_type", "state", "planned_on", "window_start")


@dataclass(frozen=True)
class Answer:
    """Somebody asked in one round, and what they signed, if they did."""

    request_id: int
    round: int
    person_id: int
    name: str
    hub: str
    function: str
    due_on: date
    signed: Approval | None

    @property
    def vote(self) -> Vote | None:
        """The answer as the rule counts it."""
        if self.signed is None:
            return None
        bound = rules.bound(self.round, self.signed.content_sha256, self.signed.plan_sha256)
        approves = self.signed.verdict == "approved"
        return Vote(self.person_id, self.hub, frozenset(self.signed.functions), approves, bound)


@dataclass(frozen=True)
class Plan:
    """The evidence that holds a promotion plan, with its newest version."""

    evidence_id: int
    code: str
    title: str
    number: int
    sha256: str
    added_at: datetime


@dataclass(frozen=True)
class Entry:
    """One window in the calendar, with what it clashes with."""

    row: Any
    key: str
    tools: tuple[str, ...]
    clashes: tuple[Clash, ...] = field(default=())


@dataclass(frozen=True)
class Clash:
    """Another change in the same hours on the same tools."""

    key: str
    request_id: int
    code: str
    tools: tuple[str, ...]


def carriers(project_id: int, evidence_id: int) -> Sequence[RequestForChange]:
    """The requests that carry the plan of this evidence, newest first."""
    same = (RequestForChange.project_id == project_id, RequestForChange.plan_evidence_id == evidence_id)
    return db.session.scalars(select(RequestForChange).where(*same).order_by(RequestForChange.id.desc())).all()


def requests_for_change(project_id: int) -> Sequence[RequestForChange]:
    """The requests for change of a project in the order in which they were drafted."""
    wanted = select(RequestForChange).where(RequestForChange.project_id == project_id)
    return db.session.scalars(wanted.order_by(RequestForChange.id)).all()


def request_for_change(project_id: int, request_id: int) -> RequestForChange | None:
    """One request for change of this project."""
    return db.session.scalar(
        select(RequestForChange).where(RequestForChange.project_id == project_id, RequestForChange.id == request_id)
    )


def standing() -> ColumnElement[str]:
    """Where a request stands, as a column; one from before the flow is a draft."""
    return func.coalesce(RequestForChange.state, RequestState.DRAFT.value)


def _wanted(project_id: int, asked: Mapping[str, str]) -> Select[RequestForChange]:
    wanted = select(RequestForChange).where(RequestForChange.project_id == project_id)
    search, sort = asked.get("q", "").strip(), asked.get("sort", "")
    if search:
        columns = (RequestForChange.code, RequestForChange.title, RequestForChange.reason)
        wanted = wanted.where(or_(*(each.icontains(search, autoescape=True) for each in columns)))
    if asked.get("state"):
        wanted = wanted.where(standing() == asked["state"])
    if asked.get("change_type"):
        wanted = wanted.where(RequestForChange.change_type == asked["change_type"])
    name = sort.removeprefix("-")
    column: Any = standing() if name == "state" else getattr(RequestForChange, name if name in COLUMNS[1:] else "id")
    return wanted.order_by(column.desc() if sort.startswith("-") else column.asc(), RequestForChange.id)


def page_of(project_id: int, asked: Mapping[str, str], *, page: int = 1, per_page: int = 50) -> Page[RequestForChange]:
    """A page of a project's requests; `asked` holds q, state, change_type and sort. Two queries."""
    wanted = _wanted(project_id, asked)
    total = db.session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
    rows = db.session.scalars(wanted.limit(per_page).offset((page - 1) * per_page)).all()
    return Page(rows, page, total, per_page)


def rows_of(project_id: int, asked: Mapping[str, str]) -> Sequence[RequestForChange]:
    """Every request that is wanted, for an export."""
    return db.session.scalars(_wanted(project_id, asked)).all()


def answers(project_id: int, request_id: int | None = None) -> dict[int, list[Answer]]:
    """{request id: everybody asked, of every round, with what they signed}; one query."""
    wanted = (
        select(ApprovalAsked, Person.name, Approval)
        .join(RequestForChange, RequestForChange.id == ApprovalAsked.request_id)
        .join(Person, Person.id == ApprovalAsked.person_id)
        .outerjoin(
            Approval,
            (Approval.request_id == ApprovalAsked.request_id)
            & (Approval.round == ApprovalAsked.round)
            & (Approval.person_id == ApprovalAsked.person_id),
        )
        .where(RequestForChange.project_id == project_id)
        .order_by(ApprovalAsked.id)
    )
    if request_id is not None:
        wanted = wanted.where(RequestForChange.id == request_id)
    found: dict[int, list[Answer]] = {}
    for asked, name, signed in db.session.execute(wanted):
        told = Answer(
            asked.request_id, asked.round, asked.person_id, name, asked.hub, asked.function, asked.due_on, signed
        )
        found.setdefault(asked.request_id, []).append(told)
    return found


def verdict(row: RequestForChange, given: Sequence[Answer]) -> Verdict:
    """What the answers to a request amount to now, of this round, on what it says now."""
    now = [each for each in given if each.round == row.round]
    return rules.outcome(
        {each.person_id for each in now},
        [each.vote for each in now if each.vote is not None],
        given_on=rules.given_on(row),
        authors=row.authors,
        terms=terms_of(row),
    )


def terms_of(row: RequestForChange) -> rules.Terms:
    """What a yes to this request takes."""
    return rules.terms(row.change_type, rules.level_of(row), row.quorum or 2)


def candidates(project_id: int, row: RequestForChange, *, also: int = 0) -> list[Membership]:
    """Who can be asked: active members who are neither authors nor the person `also`, no admin, no guest without a function.

    Whoever changed the text or attached a plan is an author too: any such change asks for another round.
    """
    authors = row.authors | {also} | _hands(row)
    return [
        each
        for each in team(project_id)
        if each.person.active
        and each.person.access is not Role.ADMIN
        and each.person_id not in authors
        and (each.role != Role.GUEST or each.functions)
    ]


def _hands(row: RequestForChange) -> set[int]:
    """Everybody who ever changed what a request says, or the plan it carries."""
    acts = ("change_request_changed", "plan_attached", "back_out_kept")
    return {person for act in acts for person in people_who(act, "request_for_change", [row.id])}


def verbs(row: RequestForChange, permissions: frozenset[Any]) -> set[str]:
    """What somebody with these permissions may do with a request where it stands."""
    found = {each.verb for each in rules.FLOW.open_to(row.standing, permissions)}
    return found if row.change_type == rules.ChangeType.EMERGENCY else found - {"implement_urgently"}


def plan_of(row: RequestForChange) -> Plan | None:
    """The plan attached to a request, with its newest version."""
    if row.plan_evidence_id is None:
        return None
    wanted = select(Evidence, EvidenceVersion).join(EvidenceVersion, is_newest())
    found = db.session.execute(wanted.where(Evidence.id == row.plan_evidence_id)).first()
    if found is None:
        return None
    piece, version = found
    return Plan(piece.id, piece.code, piece.title, version.number, version.sha256, version.added_at)


def rehearsals(request_id: int) -> Sequence[tuple[Rehearsal, str | None]]:
    """The rehearsals of a request, newest first, each with the code of its evidence."""
    wanted = select(Rehearsal, Evidence).outerjoin(Evidence, Evidence.id == Rehearsal.evidence_id)
    rows = db.session.execute(wanted.where(Rehearsal.request_id == request_id).order_by(Rehearsal.id.desc()))
    return [(row, piece.code if piece else None) for row, piece in rows]


def is_rehearsed(row: RequestForChange, tried: Sequence[Rehearsal], in_sandbox: Collection[str] = ()) -> bool:
    """Whether the last rehearsal of the plan as attached went well; `tried` holds the newest first.

    `in_sandbox` holds the SHA-256 of the plans that were rehearsed on the mirror: they count where nobody noted another.
    """
    last = next((each for each in tried if each.plan_sha256 == row.plan_sha256), None)
    return row.plan_sha256 in in_sandbox if last is None else last.result == "ok"


def held_plan(row: RequestForChange) -> sandbox_plans.Held | None:
    """The plan of the sandbox that is attached; None where the plan is another file."""
    return as_held(row, sandbox_plans.held_by_evidence(row.plan_evidence_id))


def as_held(row: RequestForChange, held: sandbox_plans.Held | None) -> sandbox_plans.Held | None:
    """The plan as this request asks of it: once it was carried out, live may well go on, and be received anew."""
    return replace(held, newer=()) if held is not None and row.standing in rules.DONE else held


def moved_in(held: sandbox_plans.Held | None) -> tuple[str, ...]:
    """Why a plan of the sandbox is not what it was: fields that moved live, tables received anew, a plan in its place."""
    if held is None:
        return ()
    later = (str(_("plan %(later)s took its place", later=held.replaced_by)),) if held.replaced_by else ()
    newer = (str(_("%(table)s was received anew; check the plan again", table=table)) for table in held.newer)
    return (*held.moved, *newer, *later)


def export_lacks(row: RequestForChange, held: sandbox_plans.Held | None, given: Sequence[Answer]) -> list[str]:
    """What is missing before the files of an attached plan may be exported."""
    if held is None:
        return [str(_("a plan of the sandbox, attached to this request"))]
    found = list(moved_in(held))
    if verdict(row, given) is not Verdict.AUTHORISED or held.sha256 != row.plan_sha256:
        found.append(str(_("the approval of this very plan: %(code)s is not authorised", code=row.code)))
    elif held.checked_at is None or row.authorised_at is None or held.checked_at < row.authorised_at:
        found.append(str(_("a check against live made after the approval")))
    else:  # a new check of an old reading says nothing of what happened to live meanwhile
        early = [table for table, received_at in held.read if received_at < row.authorised_at]
        found += [str(_("a reading of %(table)s received after the approval: receive it anew and check the plan again",
                        table=table)) for table in early]
    return found


def review_of(request_id: int) -> PostImplementationReview | None:
    """The review of a change, once it was held."""
    return db.session.scalar(select(PostImplementationReview).where(PostImplementationReview.request_id == request_id))


def names(person_ids: Sequence[int | None]) -> dict[int, str]:
    """{person id: name}."""
    wanted = select(Person.id, Person.name).where(Person.id.in_({each for each in person_ids if each is not None}))
    return {number: name for number, name in db.session.execute(wanted)}


def tool_names(tool_ids: Sequence[int]) -> dict[int, str]:
    """{tool id: name}."""
    wanted = select(Tool.id, Tool.name).where(Tool.id.in_(set(tool_ids)))
    return {number: name for number, name in db.session.execute(wanted)}


# ── The calendar ──────────────────────────────────────────────────────────────


def calendar(person: Person, month: date, *, key: str = "", state: str = "", sort: str = "") -> list[Entry]:
    """The windows of a month in the projects this person may see, with their clashes. Two queries whatever the number."""
    first = datetime(month.year, month.month, 1, tzinfo=UTC)
    after = (first + timedelta(days=32)).replace(day=1)
    rows: list[tuple[Any, str]] = [(row, name) for row, name in db.session.execute(_windows(person, first, after))]
    known = tool_names([tool for row, _name in rows for tool in row.tool_ids or ()])
    where = {row.id: (row, name) for row, name in rows}
    found = rules.conflicts([_slot(row) for row, _name in rows])
    entries = [
        Entry(row, name, _named(row.tool_ids or (), known), tuple(_clashes(found.get(row.id, {}), where, known)))
        for row, name in rows
        if row.window_start < after and row.window_end >= first
    ]
    kept = [each for each in entries if key in ("", each.key) and state in ("", each.row.standing)]
    order = {"code": lambda each: (each.key, each.row.id), "state": lambda each: (each.row.standing, each.row.id)}
    kept.sort(key=order.get(sort.removeprefix("-"), lambda each: (each.row.window_start, each.row.id)))
    return kept[::-1] if sort.startswith("-") else kept


def _windows(person: Person, first: datetime, after: datetime) -> Select[RequestForChange, str]:
    """What lies in a month, and what overlaps a window that does: a month more on both sides."""
    margin = timedelta(days=31)
    wanted = (
        select(RequestForChange, Project.key)
        .join(Project, Project.id == RequestForChange.project_id)
        .where(
            standing().not_in(rules.GONE),
            RequestForChange.window_start < after + margin,
            RequestForChange.window_end >= first - margin,
        )
        .order_by(RequestForChange.window_start, RequestForChange.id)
    )
    if person.access in EVERYWHERE:
        return wanted
    mine = aliased(Membership)
    return wanted.join(mine, (mine.project_id == Project.id) & (mine.person_id == person.id))


def _slot(row: Any) -> rules.Slot:
    return rules.Slot(row.id, row.window_start, row.window_end, frozenset(row.tool_ids or ()))


def _named(tool_ids: Sequence[int] | frozenset[int], known: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(sorted(known[each] for each in tool_ids if each in known))


def _clashes(
    found: Mapping[int, frozenset[int]], where: Mapping[int, tuple[Any, str]], known: Mapping[int, str]
) -> list[Clash]:
    return [Clash(where[each][1], each, where[each][0].code, _named(shared, known)) for each, shared in found.items()]


# ── Acceptance ────────────────────────────────────────────────────────────────


def exceptions(run_id: int) -> Sequence[tuple[AcceptanceException, str | None]]:
    """The exceptions of an acceptance run, each with the name of who decided it."""
    wanted = select(AcceptanceException, Person.name).outerjoin(Person, Person.id == AcceptanceException.decided_by_id)
    rows = db.session.execute(wanted.where(AcceptanceException.run_id == run_id).order_by(AcceptanceException.id))
    return [(row, name) for row, name in rows]


def exception_in(run_id: int, exception_id: int) -> AcceptanceException | None:
    """One exception of this run."""
    return db.session.scalar(
        select(AcceptanceException).where(AcceptanceException.run_id == run_id, AcceptanceException.id == exception_id)
    )
