"""Words of a project: its state, the layers around it, how confidential it is."""

from __future__ import annotations

import re
from enum import StrEnum

KEY = re.compile(r"[A-Z][A-Z0-9]{0,9}-[0-9]{1,6}")
STEPS = 9
# What the conditions of gates compare with, unless a project's quality lead sets another value; and what may be set.
THRESHOLDS: dict[str, int] = {
    "reading_share": 95,  # per cent of the readers whose acknowledgement an announcement needs
    "question_days": 14,  # days after which an open question counts as old
    "habit_weeks": 6,  # weeks within the limit …
    "habit_window": 8,  # … out of so many
    "quorum": 2,  # approvals that a normal change needs
    "stale_plan_days": 14,  # days after which a plan that was not tried again counts as stale
}
BOUNDS: dict[str, tuple[int, int]] = {
    "reading_share": (1, 100),
    "question_days": (1, 365),
    "habit_weeks": (1, 52),
    "habit_window": (1, 52),
    "quorum": (1, 9),
    "stale_plan_days": (1, 365),
}


class ProjectState(StrEnum):
    """Where a project as a whole stands."""

    OPEN = "open"
    STOPPED = "stopped"
    CLOSED = "closed"
    WATCH = "watch"  # closed, then relapsed: the last gate is open again


class ProjectKind(StrEnum):
    """What a project is: the integration of a tool over nine steps, or the standing management system itself."""

    INTEGRATION = "integration"
    SYSTEM = "system"  # no steps and no end: its checklists, audits, findings and evidence


class Layer(StrEnum):
    """Who stands between the company and a tool (thesis §4.5): inside, reseller, supplier, editor."""

    INTERNAL = "internal"
    RESELLER = "reseller"
    SUPPLIER = "supplier"
    EDITOR = "editor"


class Confidentiality(StrEnum):
    """Printed on the cover of every report."""

    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    PUBLIC = "public"
