"""Requests for change with their plan and their approval, connections and acceptance runs, plainly made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.factories.evidence import a_file
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.tools import a_tool
from workbench.changes import actions
from workbench.changes.models import AcceptanceException, AcceptanceRun, Approval, Connection, RequestForChange
from workbench.changes.registers import ACCEPTANCE, CONNECTIONS
from workbench.people.models import Person
from workbench.people.rules import Function, Hub
from workbench.projects.models import Project
from workbench.registers.actions import add_record
from workbench.tools.rules import ConnectionKind

PLAN = b"client;service;quantity\nBakery;S3;17\nForge;S5;14\n"
WHOLE: dict[str, Any] = {
    "reason": "quantities are typed twice", "impact": "the invoice run", "likelihood": 2, "impact_level": 3,
    "items_touched": "the contract template", "affected": "no client", "data_involved": "none",
    "implementation_plan": "1 export 2 import 3 compare", "tests": "totals equal", "communication": "billing, the day before",
    "back_out_plan": "restore the price list", "window_start": datetime(2030, 5, 6, 18, tzinfo=UTC),
    "window_end": datetime(2030, 5, 6, 20, tzinfo=UTC),
}


def a_request_for_change(project: Project, *, by: Person, **facts: Any) -> RequestForChange:
    """A drafted request for change."""
    return actions.draft_request(project=project, by=by, **{"title": "Bill from the mapping", **facts})


def a_whole_request(project: Project, *, by: Person, home: Path, plan: bytes = PLAN, **facts: Any) -> RequestForChange:
    """A request that lacks nothing to be submitted; its risk is medium, so the change authority is asked for."""
    made = a_request_for_change(project, by=by, **{**WHOLE, **facts})
    piece = a_file(project, by=by, home=home, title="Promotion plan", data=plan, filename="plan.csv")
    actions.attach_plan(project=project, request_for_change=made, evidence_id=piece.id, home=home, by=by)
    return made


def two_approvers(project: Project) -> tuple[Person, Person]:
    """The owner's side with the change authority, and the technical lead; both can sign."""
    owner, technical = a_person(name="Olga Owner", password=PASSWORD), a_person(name="Tom Tech", password=PASSWORD)
    a_member(project, owner, hub=Hub.ADMINISTRATION, functions=[Function.CHANGE_AUTHORITY])
    a_member(project, technical, hub=Hub.TECHNICAL, functions=[Function.TECHNICAL_LEAD])
    return owner, technical


def submitted(project: Project, row: RequestForChange, asked: Sequence[Person], *, by: Person) -> RequestForChange:
    """That request, submitted to these people."""
    actions.submit_request(
        project=project, request_for_change=row, asked=[each.id for each in asked], due_on=date(2099, 1, 1), by=by
    )
    return row


def an_answer(project: Project, row: RequestForChange, *, by: Person, verdict: str = "approved") -> Approval:
    """A signed answer to a request."""
    return actions.decide_request(
        project=project, request_for_change=row, verdict=verdict, reason="as discussed", password=PASSWORD, by=by
    )


def a_connection(project: Project, *, by: Person, **facts: Any) -> Connection:
    """A connection of two tools in scope."""
    known: dict[str, Any] = {
        "carries": "counts per client", "kind": ConnectionKind.API, "owner_id": by.id, "key_custody": "vault entry 12",
        "rate": "", "schedule": "monthly", "failure_alert": "", **facts,
    }
    for name in ("source_tool_id", "target_tool_id"):
        if name not in known:
            known[name] = a_tool(by=by, project=project).id
    made: Connection = add_record(CONNECTIONS, project=project, facts=known, by=by)
    return made


def an_acceptance_run(project: Project, *, by: Person, **facts: Any) -> AcceptanceRun:
    """A month whose totals are equal."""
    known: dict[str, Any] = {
        "period": "2026-05", "trial_run_number": None, "expected_units": 31, "got_units": 31, "expected_amount": "124.00",
        "got_amount": "124", "currency": "EUR", "note": "", **facts,
    }
    made: AcceptanceRun = add_record(ACCEPTANCE, project=project, facts=known, by=by)
    return made


def an_exception(project: Project, run: AcceptanceRun, *, by: Person) -> AcceptanceException:
    """Something in a run that is not as expected."""
    return actions.add_exception(project=project, run=run, what="S3 counted twice for one client", by=by)
