"""Words of a project: its state, the layers around it, how confidential it is."""

from __future__ import annotations

import re
from enum import StrEnum

KEY = re.compile(r"[A-Z][A-Z0-9]{0,9}-[0-9]{1,6}")
STEPS = 9


class ProjectState(StrEnum):
    """Where a project as a whole stands."""

    OPEN = "open"
    STOPPED = "stopped"
    CLOSED = "closed"
    WATCH = "watch"  # closed, then relapsed: the last gate is open again


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
