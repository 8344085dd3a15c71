"""Audits after ISO 19011 as rules: kinds, states, who is in a team, what counts as own work, and the risk-based order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from workbench.flow import Flow, Transition
from workbench.people.rules import Function
from workbench.people.rules import Permission as P


class AuditKind(StrEnum):
    """Who audits whom, and why."""

    INTERNAL = "internal"
    SUPPLIER = "supplier"
    FOLLOW_UP = "follow_up"
    EXTERNAL = "external"


class AuditState(StrEnum):
    """Where an audit stands."""

    PLANNED = "planned"
    AGREED = "agreed"
    UNDER_WAY = "under_way"
    CONCLUDED = "concluded"
    REPORTED = "reported"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Method(StrEnum):
    """Where the auditors look."""

    ON_SITE = "on_site"
    REMOTE = "remote"
    MIXED = "mixed"


class MemberRole(StrEnum):
    """What somebody does in an audit team. Only the first two audit."""

    LEAD = "lead"
    AUDITOR = "auditor"
    EXPERT = "expert"
    OBSERVER = "observer"
    GUIDE = "guide"


class MeetingKind(StrEnum):
    """The two meetings that frame an audit."""

    OPENING = "opening"
    CLOSING = "closing"


class Drawn(StrEnum):
    """How a sample was drawn."""

    JUDGEMENT = "judgement"
    RANDOM = "random"
    EVERY_NTH = "every_nth"
    ALL = "all"


class Recommendation(StrEnum):
    """What the conclusion comes to."""

    CONFORM = "conform"
    CONFORM_WITH_FINDINGS = "conform_with_findings"
    NOT_CONFORM = "not_conform"


S = AuditState
FLOW = Flow(
    Transition("change", S.PLANNED, S.PLANNED, needs=P.AUDIT_CONDUCT),
    Transition("change", S.AGREED, S.PLANNED, needs=P.AUDIT_CONDUCT),  # a plan that changes is agreed anew
    Transition("agree", S.PLANNED, S.AGREED, needs=P.AUDIT_CONDUCT),
    Transition("open", S.AGREED, S.UNDER_WAY, needs=P.AUDIT_CONDUCT),
    Transition("conclude", S.UNDER_WAY, S.CONCLUDED, needs=P.AUDIT_CONDUCT),
    Transition("report", S.CONCLUDED, S.REPORTED, needs=P.AUDIT_CONDUCT),
    Transition("close", S.REPORTED, S.CLOSED, needs=P.AUDIT_CONDUCT),
    Transition("cancel", S.PLANNED, S.CANCELLED, needs=P.AUDIT_PLAN),
    Transition("cancel", S.AGREED, S.CANCELLED, needs=P.AUDIT_PLAN),
    Transition("cancel", S.UNDER_WAY, S.CANCELLED, needs=P.AUDIT_PLAN),
)
AHEAD = frozenset({S.PLANNED, S.AGREED, S.UNDER_WAY})  # the team, its checklists and what it notes can change
HELD = frozenset({S.CONCLUDED, S.REPORTED, S.CLOSED})
OPEN = frozenset({*AHEAD, S.CONCLUDED, S.REPORTED})
AUDITS = frozenset({MemberRole.LEAD, MemberRole.AUDITOR})
SIGNED_BY_LEAD = frozenset({"agree", "conclude"})
# What a plan says; the signature of the lead auditor stands for exactly this.
PLAN = (
    "title", "kind", "objectives", "scope", "criteria", "packs", "chapters", "method", "method_note", "sampling",
    "language", "client", "planned_from", "planned_to", "period_from", "period_to", "confidentiality_note",
    "follows_id",
)

# Acts that are no work of the audited kind: looking, judging, filing, and saying who belongs to the team. Who answered
# what is asked of the answers themselves, since only those to the area's own checklists are its work.
NEUTRAL_STARTS = (
    "answers_", "audit_", "bundle_", "checklist_", "clause_", "comment_", "effectiveness_", "evidence_", "finding_", "item_",
    "items_", "member_", "questions_", "recurring_checklist_", "report_", "work_handed_over",
)
OWN_ACTS = frozenset({"finding_action_done", "finding_cause_stated"})  # who cured something does not audit the cure
# What changes an area enough to look at it again.
CHANGES = ("gate_decided", "change_implemented", "change_backed_out", "tool_put_in_scope")


def is_own_work(act: str) -> bool:
    """Whether an entry of the trail tells of work on the area itself; answers are looked at by their checklist."""
    return act in OWN_ACTS or not act.startswith(NEUTRAL_STARTS)


def belongs_to_area(functions: Collection[str]) -> bool:
    """Whether a member of an area's team works there: everybody but who is its internal auditor and nothing else."""
    return set(functions) != {Function.INTERNAL_AUDITOR.value}


@dataclass(frozen=True)
class AreaFacts:
    """What the records say of one area."""

    importance: int = 3
    majors: int = 0
    minors: int = 0
    months: int | None = None  # since the last audit was concluded; None: never audited
    changes: int = 0
    last_majors: int = 0
    last_minors: int = 0


@dataclass(frozen=True)
class Component:
    """One part of a score: which, the number it was told by, and its points."""

    name: str
    number: int
    points: int


NEVER_AUDITED, MOST = 5, 5


def score(facts: AreaFacts) -> list[Component]:
    """The parts of an area's score, those without points left out, importance always first."""
    since = NEVER_AUDITED if facts.months is None else min(MOST, facts.months // 6)
    waited = "never" if facts.months is None else "since"
    parts = [
        Component("majors", facts.majors, 3 * facts.majors),
        Component("minors", facts.minors, facts.minors),
        Component(waited, facts.months or 0, since),
        Component("changes", facts.changes, min(MOST, (facts.changes + 1) // 2)),
        Component("last_majors", facts.last_majors, 2 if facts.last_majors else 0),
        Component("last_minors", facts.last_minors, 1 if facts.last_minors and not facts.last_majors else 0),
    ]
    return [Component("importance", facts.importance, facts.importance), *(each for each in parts if each.points)]


def months_between(earlier: date, later: date) -> int:
    """Whole months from one day to another."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months - (later.day < earlier.day)


def number_of(year: int, serial: int) -> str:
    """How an audit is called: A-2026-01."""
    return f"A-{year}-{serial:02d}"


def missing_words(facts: Mapping[str, object], names: Collection[str]) -> list[str]:
    """Of these names, those whose value says nothing."""
    return [name for name in names if facts.get(name) in (None, "", [], ())]


def digest_of(content: Mapping[str, object]) -> str:
    """SHA-256 of what was signed."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
