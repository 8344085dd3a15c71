"""What the frame around every page shows: the main places and what waits there."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from flask import Flask, g, request, url_for
from flask_babel import lazy_gettext as _l

from workbench.desk.work import how_many
from workbench.people import queries as people
from workbench.people.rules import Permission as P
from workbench.web.paging import page_address

# label, icon, endpoint, the permission without which the place is not shown
PLACES = (
    (_l("My work"), "home", "desk.my_work", P.SESSION_USE),
    (_l("Projects"), "folders", "projects.index", P.SESSION_USE),
    (_l("Checklists"), "checklist", "desk.all_checklists", P.SESSION_USE),
    (_l("Audits"), "clipboard-check", "audits.programme", P.AUDIT_READ),
    (_l("Findings"), "flag", "findings.all_findings", P.SESSION_USE),
    (_l("Matrix"), "table", "oversight.matrix", P.SESSION_USE),
    (_l("Self-audit"), "list-check", "oversight.self_audit", P.SESSION_USE),
    (_l("Reviews"), "presentation", "oversight.reviews", P.AUDIT_READ),
    (_l("Packs"), "stack-2", "standards.index", P.PACK_READ),
    (_l("Tools"), "plug", "tools.index", P.TOOL_READ),
    (_l("Connectors"), "database-import", "trials.connectors", P.CONNECTOR_MANAGE),
    (_l("Letterhead"), "building", "reports.letterhead", P.LETTERHEAD_MANAGE),
    (_l("Registers"), "list-details", "tools.all_registers", P.SESSION_USE),
    (_l("People"), "users", "people.index", P.PERSON_READ),
    (_l("Trail"), "history", "desk.trail", P.TRAIL_READ),
)

# The place that pages with such an address belong to.
_UNDER = {
    "/registers/audits": "audits.programme",
    "/registers": "tools.all_registers",
    "/changes/calendar": "tools.all_registers",
    "/audits": "audits.programme",
    "/findings": "findings.all_findings",
    "/matrix": "oversight.matrix",
    "/reviews": "oversight.reviews",
    "/self-audit": "oversight.self_audit",
    "/hand-overs": "people.index",
    "/people": "people.index",
    "/connectors": "trials.connectors",
    "/letterhead": "reports.letterhead",
    "/imports": "projects.index",
}


def _nothing() -> int:
    return 0


@dataclass(frozen=True)
class Place:
    """One line of the side navigation. What waits there is counted when it is drawn, so not for a part of a page."""

    label: str
    url: str
    icon: str
    current: bool
    counted: Callable[[], int] = _nothing

    @cached_property
    def count(self) -> int:
        """How many things wait there."""
        return self.counted()


def navigation() -> list[Place]:
    """The places the person at hand may go to."""
    if g.get("person") is None:
        return []
    held = people.anywhere(g.person)  # not what the project at hand grants: these places belong to the installation
    here, counts = _place_at_hand(), {"desk.my_work": lambda: how_many(g.person)} if _at_the_desk() else {}
    return [
        Place(str(label), url_for(endpoint), icon, endpoint == here, counts.get(endpoint, _nothing))
        for label, icon, endpoint, permission in PLACES
        if permission in held
    ]


def _at_the_desk() -> bool:
    """Whether what waits is counted: on My work and Projects, since no page of a subject should cost a query more for it."""
    return request.endpoint in ("desk.my_work", "projects.index")


def _place_at_hand() -> str:
    """The place a page belongs to: every page of a project lies under Projects."""
    if request.path.startswith("/projects/"):
        return "projects.index"
    endpoint = request.endpoint or ""
    if endpoint in ("desk.all_checklists", "findings.all_findings", "oversight.matrix"):
        return endpoint
    found = next((place for start, place in _UNDER.items() if request.path.startswith(start)), None)
    if found is not None:
        return found
    return endpoint if endpoint.startswith("desk.") else f"{endpoint.partition('.')[0]}.index"


def init_app(app: Flask) -> None:
    """Give every template the frame's names."""
    app.jinja_env.globals["idempotency_key"] = lambda: secrets.token_urlsafe(18)
    app.jinja_env.globals["page_address"] = page_address
    app.context_processor(lambda: {"navigation": navigation()})
