"""What is asked before a request for change goes on: of the plan it carries, of its back-out text, of those who approve it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from workbench.changes.models import RequestForChange
from workbench.changes.queries import moved_in
from workbench.changes.rules import Terms
from workbench.people.models import Membership
from workbench.trail.queries import Event, history
from workbench.trials.forms.plans import way_back
from workbench.trials.queries.plans import Held, plan_by_id
from workbench.web.refusals import BadValue, Refused

SHOWN = 20  # rows of the way back that a proposed text names
_SAID = ("change_requested", "change_request_changed")


def plan_lacks(row: RequestForChange, held: Held | None, events: Iterable[Event]) -> list[str]:
    """What the attached plan wants before the request is submitted, as keys of queries.LACKING; `events` tell of the request."""
    found = []
    if held is not None and moved_in(held):
        found.append("plan_replaced" if held.replaced_by else "plan_stale" if held.is_stale else "plan_outdated")
    return [*found, *(["back_out_other"] if is_of_other_plan(row, events) else [])]


def is_of_other_plan(row: RequestForChange, events: Iterable[Event]) -> bool:
    """Whether the back-out text was last written, or kept by somebody, before another plan took the place of the one then."""
    other = False
    for each in events:
        if each.act == "plan_attached":
            other = other or each.old.get("plan") not in (None, "", each.new["plan"])
        elif each.act == "back_out_kept" or (each.act in _SAID and _says_anew(each)):
            other = False
    return other and bool(row.back_out_plan.strip())


def _says_anew(event: Event) -> bool:
    return "back_out_plan" in event.new and event.new["back_out_plan"] != event.old.get("back_out_plan")


def proposed_text(held: Held | None) -> str:
    """A back-out text out of the plan's own way back; empty where no plan of the sandbox is attached."""
    found = plan_by_id(held.plan_id) if held is not None else None
    if found is None:
        return ""
    rows = way_back(found.text)
    first = ngettext(
        "The way back of plan %(plan)s, %(num)s row:", "The way back of plan %(plan)s, %(num)s rows:", len(rows),
        plan=found.number,
    )
    more = [_("and %(count)s more, in the plan of the way back", count=len(rows) - SHOWN)] if len(rows) > SHOWN else []
    return "\n".join(str(each) for each in (first, *rows[:SHOWN], *more))


def check_plan_seen(row: RequestForChange, plan: str) -> None:
    """Raise Refused where another plan was attached since the page was opened, or the text is of the plan at hand."""
    if plan != (row.plan_sha256 or ""):
        raise Refused(_("Another plan was attached to %(code)s meanwhile. Look at it first.", code=row.code))
    if not is_of_other_plan(row, history("request_for_change", row.id)):
        raise Refused(_("The back-out text of %(code)s was written for the plan it carries.", code=row.code))


def check_enough(terms: Terms, chosen: Sequence[Membership]) -> None:
    """Whether those asked can say yes at all: enough of them, from the hubs and with the functions it takes."""
    if len(chosen) < terms.quorum:
        raise BadValue("asked", _("Ask at least %(count)s people.", count=terms.quorum))
    if not terms.hubs <= {each.hub for each in chosen}:
        raise BadValue("asked", _("Ask somebody of the administration hub and somebody of the technical hub."))
    if not terms.functions <= {function for each in chosen for function in each.functions}:
        raise BadValue("asked", _("The risk asks for a function that nobody chosen here holds; see above who authorises."))
