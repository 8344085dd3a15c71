"""Everything that a person may hold, as a table: which column names them, while it is open, what it is called, where it is.

A test compares the table with every column that names a person: what it does not list is in NO_WORK with the reason, or
ends in _by_id, which says who did something and never who has to do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, literal, or_, select

from workbench import clock
from workbench.adoption.models import Lesson, Reevaluation
from workbench.audits.models import Audit, AuditMember
from workbench.audits.rules import OPEN as OPEN_AUDITS
from workbench.changes.models import Approval, ApprovalAsked, Connection, RequestForChange
from workbench.changes.rules import RequestState
from workbench.checklists.models import Assignment, Checklist, Recurrence
from workbench.checklists.rules import AssignmentState
from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.evidence.rules import EvidenceState
from workbench.findings.models import Finding, FindingAction
from workbench.findings.rules import OPEN as OPEN_FINDINGS
from workbench.findings.rules import ActionState
from workbench.inquiry.models import GuestLink
from workbench.lifecycle.models import DecisionCondition
from workbench.oversight.models import ManagementReview, PassedApproval, ReviewAction
from workbench.oversight.rules.reviews import AHEAD, ReviewActionState
from workbench.people.models import Membership
from workbench.people.rules import Permission as P
from workbench.practices.models import Channel
from workbench.projects.models import Project
from workbench.risks.models import Risk
from workbench.tools.models import Customisation, Limitation, Promise, Tool
from workbench.tools.rules import Decision, PromiseState, Standing
from workbench.trials.models import Weakness

Reached = tuple[Any, ColumnElement[bool]]


@dataclass(frozen=True)
class Holding:
    """One kind of thing that a person may hold.

    `reach` joins the tables between it and its project; `project_id` names the project, None where there is none. `args`
    are the arguments of its address by the column that fills them. `needs` is what a receiver must be allowed to do.
    """

    key: str
    model: type[Any]
    column: str
    is_open: Any
    code: Any
    text: Any
    endpoint: str
    args: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    due: Any = None
    project_id: Any = None
    reach: tuple[Reached, ...] = ()
    needs: P = P.RECORD_WRITE

    @property
    def holder(self) -> Any:
        """The column that names who holds it."""
        return getattr(self.model, self.column)


@dataclass(frozen=True)
class Held:
    """One open thing that somebody holds."""

    holding: Holding
    row: Any
    project_id: int | None
    project: str
    code: str
    text: str
    due_on: date | None
    args: Mapping[str, Any]

    @property
    def pick(self) -> str:
        """Its name in a form."""
        return f"{self.holding.key}:{self.row.id}"

    def told(self) -> dict[str, Any]:
        """As it is kept in the record of a hand-over."""
        return {
            "holding": self.holding.key, "id": int(self.row.id), "project": self.project, "code": self.code,
            "text": self.text, "due_on": self.due_on.isoformat() if self.due_on else "",
            "endpoint": self.holding.endpoint, "args": dict(self.args),
        }


def _numbered(prefix: str, column: Any) -> Any:
    return literal(prefix, String).concat(cast(column, String))


def _register(
    key: str, model: type[Any], text: Any, endpoint: str, *, register: str, column: str = "owner_id", due: Any = None,
    more: Any = None,
) -> Holding:
    """A record of a register that names its owner and stands."""
    is_open = model.withdrawn_at.is_(None) if more is None else and_(model.withdrawn_at.is_(None), more)
    return Holding(
        key, model, column, is_open, model.code, text, endpoint, {"record_id": model.id}, {"register": register},
        due=due, project_id=model.project_id,
    )


_UNANSWERED = and_(
    RequestForChange.state == RequestState.SUBMITTED,
    ApprovalAsked.round == RequestForChange.round,
    ~select(Approval.id)
    .where(
        Approval.request_id == ApprovalAsked.request_id, Approval.round == ApprovalAsked.round,
        Approval.person_id == ApprovalAsked.person_id,
    )
    .exists(),
    ~select(PassedApproval.id).where(PassedApproval.asked_id == ApprovalAsked.id).exists(),
)
_FINDING: Reached = (Finding, Finding.id == FindingAction.finding_id)
_REQUEST: Reached = (RequestForChange, RequestForChange.id == ApprovalAsked.request_id)
_AUDIT: Reached = (Audit, Audit.id == AuditMember.audit_id)
_CHECKLIST: Reached = (Checklist, Checklist.id == Assignment.checklist_id)
_REVIEW: Reached = (ManagementReview, ManagementReview.id == ReviewAction.review_id)

# In the order of handing over: functions first, since they bring rights, then audits, since their checklists are kept to the team.
HOLDINGS: tuple[Holding, ...] = (
    Holding(
        "functions", Membership, "person_id", Membership.functions.is_not(None), literal("", String), Membership.functions,
        "projects.team", project_id=Membership.project_id, needs=P.PROJECT_READ,
    ),
    Holding(
        "audits", AuditMember, "person_id", and_(AuditMember.removed_at.is_(None), Audit.state.in_(sorted(OPEN_AUDITS))),
        Audit.number, Audit.title, "audits.show", {"audit_id": Audit.id}, due=Audit.planned_from,
        project_id=Audit.project_id, reach=(_AUDIT,), needs=P.AUDIT_CONDUCT,
    ),
    Holding(
        "items", Assignment, "person_id",
        and_(Assignment.state.in_((AssignmentState.ASKED, AssignmentState.SENT_BACK, AssignmentState.SUBMITTED)),
             Checklist.closed_at.is_(None)),
        Assignment.item_key, Checklist.pack_id + " " + Assignment.item_key, "checklists.item",
        {"checklist_id": Assignment.checklist_id, "item_key": Assignment.item_key},
        due=Assignment.due_on, project_id=Assignment.project_id, reach=(_CHECKLIST,), needs=P.ANSWER_GIVE,
    ),
    _register(
        "recurrences", Recurrence, Recurrence.title, "checklists.record", register="recurrences", column="person_id",
    ),
    Holding(
        "findings", Finding, "owner_id", Finding.state.in_(OPEN_FINDINGS), _numbered("F-", Finding.number),
        Finding.statement, "findings.show", {"number": Finding.number}, due=Finding.due_on,
        project_id=Finding.project_id, needs=P.FINDING_TREAT,
    ),
    Holding(
        "finding_actions", FindingAction, "owner_id",
        and_(FindingAction.state == ActionState.OPEN, Finding.state.in_(OPEN_FINDINGS)), FindingAction.code,
        FindingAction.what, "findings.show", {"number": Finding.number}, due=FindingAction.due_on,
        project_id=Finding.project_id, reach=(_FINDING,), needs=P.FINDING_TREAT,
    ),
    Holding(
        "evidence", Evidence, "owner_id", Evidence.state == EvidenceState.CURRENT, _numbered("E-", Evidence.number),
        Evidence.title, "evidence.show", {"evidence_id": Evidence.id}, due=Evidence.valid_until,
        project_id=Evidence.project_id, needs=P.EVIDENCE_ADD,
    ),
    Holding(
        "conditions", DecisionCondition, "owner_id", DecisionCondition.met_on.is_(None),
        _numbered("S", DecisionCondition.step), DecisionCondition.text, "lifecycle.gate",
        {"number": DecisionCondition.step}, due=DecisionCondition.due_on, project_id=DecisionCondition.project_id,
    ),
    Holding(
        "approvals", ApprovalAsked, "person_id", _UNANSWERED, RequestForChange.code, RequestForChange.title,
        "changes.show", {"request_id": RequestForChange.id}, due=ApprovalAsked.due_on,
        project_id=RequestForChange.project_id, reach=(_REQUEST,), needs=P.PROJECT_READ,
    ),
    _register("risks", Risk, Risk.statement, "risks.record", register="risks", due=Risk.review_on),
    _register(
        "limitations", Limitation, Limitation.statement, "tools.record", register="limitations", column="chaser_id",
        due=Limitation.next_chase_on, more=or_(Limitation.decision.is_(None), Limitation.decision != Decision.DROP),
    ),
    _register(
        "promises", Promise, Promise.feature, "tools.record", register="promises", due=Promise.due_on,
        more=Promise.state == PromiseState.OPEN,
    ),
    _register("customisations", Customisation, Customisation.what, "tools.record", register="customisations"),
    _register("connections", Connection, Connection.carries, "changes.record", register="connections"),
    _register("weaknesses", Weakness, Weakness.statement, "trials.record", register="weaknesses"),
    _register("channels", Channel, Channel.message, "practices.record", register="channels"),
    _register("lessons", Lesson, Lesson.happened, "adoption.record", register="lessons"),
    _register(
        "reevaluations", Reevaluation, Reevaluation.look_at, "adoption.record", register="reevaluations",
        column="who_id", due=Reevaluation.due_on, more=Reevaluation.done_on.is_(None),
    ),
    Holding(
        "guest_links", GuestLink, "created_by_id", and_(GuestLink.answered_at.is_(None), GuestLink.closed_at.is_(None)),
        GuestLink.code, GuestLink.organisation, "inquiry.guest_links", due=GuestLink.expires_on,
        project_id=GuestLink.project_id,
    ),
    Holding(
        "tools", Tool, "owner_id", Tool.standing != Standing.ENDED, literal("", String), Tool.name, "tools.show",
        {"tool_id": Tool.id}, due=Tool.trial_ends_on, needs=P.TOOL_MANAGE,
    ),
    Holding(
        "review_actions", ReviewAction, "owner_id", ReviewAction.state == ReviewActionState.OPEN,
        ManagementReview.number, ReviewAction.text, "oversight.review", {"number": ManagementReview.number},
        due=ReviewAction.due_on, reach=(_REVIEW,), needs=P.SESSION_USE,
    ),
    Holding(
        "reviews", ManagementReview, "chair_id", ManagementReview.state.in_(AHEAD), ManagementReview.number,
        ManagementReview.participants, "oversight.review", {"number": ManagementReview.number},
        due=ManagementReview.planned_on, needs=P.SESSION_USE,
    ),
)
BY_KEY = {each.key: each for each in HOLDINGS}

# Columns that name a person and are no work of theirs: (table, column) with the reason.
NO_WORK: dict[tuple[str, str], str] = {
    ("practice_user", "person_id"): "who works by the practice in a role; whoever comes next is another user",
    ("survey_ticket", "person_id"): "who is asked for an opinion of their own",
    ("job", "person_id"): "who started it; it runs by itself",
    ("submission", "person_id"): "who sent a form",
    ("named_report", "owner_id"): "in whose name it is built; it stops, and says so, once they may not build reports any more",
}


def held_by(person_id: int) -> list[Held]:
    """Every open thing that a person holds, in the order of HOLDINGS, what is due first, first. One query for each kind."""
    found: list[Held] = []
    for each in HOLDINGS:
        rows = [_held(each, row) for row in db.session.execute(_wanted(each).where(each.holder == person_id))]
        found += sorted(rows, key=lambda one: (one.due_on or date.max, one.project, one.row.id))
    return [each for each in found if not _is_idle(each)]


def _wanted(holding: Holding) -> Any:
    model = holding.model
    columns = [model, holding.code, holding.text, _day(holding), *holding.args.values()]
    if holding.project_id is not None:
        columns += [Project.id, Project.key]
    wanted = select(*columns).select_from(model)
    for table, on in holding.reach:
        wanted = wanted.join(table, on)
    if holding.project_id is not None:
        wanted = wanted.join(Project, Project.id == holding.project_id)
    return wanted.where(holding.is_open)


def _day(holding: Holding) -> Any:
    return literal(None) if holding.due is None else holding.due


def _held(holding: Holding, found: Any) -> Held:
    row, code, text, due, *rest = found
    args = dict(zip(holding.args, rest, strict=False)) | dict(holding.fixed)
    project_id, key = rest[-2:] if holding.project_id is not None else (None, "")
    if key:
        args["key"] = key
    said = ", ".join(text) if isinstance(text, list) else str(text or "")
    return Held(holding, row, project_id, key, str(code or ""), said, due, args)


def _is_idle(held: Held) -> bool:
    """A place on a team without a function, and a link that has run out, hold no work."""
    if held.holding.key == "functions":
        return not held.row.functions
    return held.holding.key == "guest_links" and held.row.expires_on < clock.today()


def count_held_by(person_id: int) -> int:
    """How many open things a person holds."""
    return len(held_by(person_id))
