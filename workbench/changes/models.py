"""Step 6: the request for change with what was asked and signed, connections, acceptance runs, reviews."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workbench.changes.rules import ChangeType, RequestState, amount
from workbench.database import Base, UTCDateTime, Versioned
from workbench.registers.models import Record
from workbench.tools.rules import ConnectionKind


class RequestForChange(Versioned, Base):
    """What is to be changed live, why, with what effect, when, and how to go back.

    `plan_sha256` is the version of the plan that approvals are given on; `round` counts the submissions; `quorum` is the
    one in force when it was submitted. Columns that came with the flow are empty in requests drafted before it.
    """

    __tablename__ = "request_for_change"
    __table_args__ = (UniqueConstraint("project_id", "code"),)
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    change_type: Mapped[str] = mapped_column(String(20), default=ChangeType.NORMAL)
    reason: Mapped[str] = mapped_column(Text, default="")
    impact: Mapped[str] = mapped_column(Text, default="")
    planned_on: Mapped[date | None] = mapped_column(Date)
    back_out_plan: Mapped[str] = mapped_column(Text, default="")
    likelihood: Mapped[int | None] = mapped_column(Integer)
    impact_level: Mapped[int | None] = mapped_column(Integer)
    items_touched: Mapped[str | None] = mapped_column(Text)
    tool_ids: Mapped[list[int] | None] = mapped_column(JSON)
    affected: Mapped[str | None] = mapped_column(Text)
    data_involved: Mapped[str | None] = mapped_column(Text)
    outage: Mapped[str | None] = mapped_column(Text)
    window_start: Mapped[datetime | None] = mapped_column(UTCDateTime)
    window_end: Mapped[datetime | None] = mapped_column(UTCDateTime)
    implementation_plan: Mapped[str | None] = mapped_column(Text)
    tests: Mapped[str | None] = mapped_column(Text)
    communication: Mapped[str | None] = mapped_column(Text)
    cost_of_not_doing: Mapped[str | None] = mapped_column(Text)
    plan_evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    plan_sha256: Mapped[str | None] = mapped_column(String(64))
    plan_fake_rows: Mapped[int | None] = mapped_column(Integer)
    plan_sensitive_cells: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str | None] = mapped_column(String(20), default=RequestState.DRAFT)
    round: Mapped[int | None] = mapped_column(Integer)
    quorum: Mapped[int | None] = mapped_column(Integer)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    authorised_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    actual_start: Mapped[datetime | None] = mapped_column(UTCDateTime)
    actual_end: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)

    @property
    def standing(self) -> RequestState:
        """Where it stands; a request from before the flow is a draft."""
        return RequestState(self.state or RequestState.DRAFT)

    @property
    def authors(self) -> frozenset[int]:
        """Who may not approve it: who drafted and who submitted it."""
        return frozenset(each for each in (self.requested_by_id, self.submitted_by_id) if each is not None)


class ApprovalAsked(Base):
    """Somebody is asked to approve a request, in one round, for a hub and in a function, until a day."""

    __tablename__ = "approval_asked"
    __table_args__ = (UniqueConstraint("request_id", "round", "person_id"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request_for_change.id"))
    round: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    hub: Mapped[str] = mapped_column(String(30))
    function: Mapped[str] = mapped_column(String(30), default="")
    due_on: Mapped[date] = mapped_column(Date)


class Approval(Base):
    """A signed yes or no to a request for change, with the text and the plan it was given on. Never changes."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("request_id", "round", "person_id"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request_for_change.id"))
    round: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_name: Mapped[str] = mapped_column(String(120))
    hub: Mapped[str] = mapped_column(String(30))
    functions: Mapped[list[str]] = mapped_column(JSON, default=list)
    verdict: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    plan_sha256: Mapped[str] = mapped_column(String(64), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_sha256: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    meaning: Mapped[str] = mapped_column(String(300))


class Rehearsal(Base):
    """The way back was tried with one version of the plan. Never changes; another try is another row."""

    __tablename__ = "rehearsal"
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request_for_change.id"), index=True)
    plan_sha256: Mapped[str] = mapped_column(String(64))
    held_on: Mapped[date] = mapped_column(Date)
    observed_by: Mapped[str] = mapped_column(String(200))
    result: Mapped[str] = mapped_column(String(20))
    minutes: Mapped[int] = mapped_column(Integer)
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class PostImplementationReview(Base):
    """What came of a change, in answers to seven questions. Never changes."""

    __tablename__ = "post_implementation_review"
    __table_args__ = (UniqueConstraint("request_id"),)
    __sealed__ = True
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request_for_change.id"))
    answers: Mapped[dict[str, str]] = mapped_column(JSON)
    result: Mapped[str] = mapped_column(String(30))
    incidents: Mapped[str] = mapped_column(Text, default="")
    reviewed_on: Mapped[date] = mapped_column(Date)
    reviewed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_name: Mapped[str] = mapped_column(String(120))


class Connection(Record, Base):
    """How two tools are joined once the change is live. `key_custody` says where the key is kept, never the key."""

    __tablename__ = "connection"

    carries: Mapped[str] = mapped_column(String(500))
    source_tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    target_tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    kind: Mapped[str] = mapped_column(String(20), default=ConnectionKind.HAND)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    key_custody: Mapped[str] = mapped_column(String(300), default="")
    rate: Mapped[str] = mapped_column(String(200), default="")
    schedule: Mapped[str] = mapped_column(String(200), default="")
    failure_alert: Mapped[str] = mapped_column(String(500), default="")


class AcceptanceRun(Record, Base):
    """A month done the new way and compared with what was expected; amounts are decimals as text."""

    __tablename__ = "acceptance_run"

    period: Mapped[str] = mapped_column(String(7))
    trial_run_number: Mapped[int | None] = mapped_column(Integer)
    expected_units: Mapped[int] = mapped_column(Integer)
    got_units: Mapped[int] = mapped_column(Integer)
    expected_amount: Mapped[str] = mapped_column(String(30))
    got_amount: Mapped[str] = mapped_column(String(30))
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    note: Mapped[str] = mapped_column(Text, default="")
    exceptions_open: Mapped[int] = mapped_column(Integer, default=0)
    exceptions_decided: Mapped[int] = mapped_column(Integer, default=0)

    @property
    def totals(self) -> str:
        """Whether the control totals are equal."""
        same = self.expected_units == self.got_units and amount(self.expected_amount) == amount(self.got_amount)
        return "equal" if same else "different"

    @property
    def acceptance(self) -> str:
        """Accepted once no exception is undecided, and the totals are equal or their difference is explained by some."""
        explained = self.totals == "equal" or self.exceptions_decided > 0
        return "accepted" if explained and not self.exceptions_open else "open"


class AcceptanceException(Versioned, Base):
    """One thing in an acceptance run that is not as expected, and what was decided about it."""

    __tablename__ = "acceptance_exception"
    __watched__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("acceptance_run.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
