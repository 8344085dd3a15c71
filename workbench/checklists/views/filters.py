"""The filter of a checklist's page: read from the address, and put into addresses that lead back to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from workbench.checklists import forms, queries
from workbench.checklists.queries import Asked, ItemAnswer, Opened, Wanted
from workbench.web.addresses import row_number

NAMES = ("step", "chapter", "state", "q", "page", "who", "asked", "back")


def wanted_of(started: Opened, default_step: int, asked: Mapping[str, Asked]) -> Wanted:
    """The filter in the address; the gates open at the project's own step."""
    step = request.args.get("step", str(default_step))
    state = request.args.get("state", "")
    return Wanted(
        step=int(step) if started.pack.steps and step in set("123456789") else 0,
        chapter=request.args.get("chapter", "")[:50],
        state=state if forms.typed_state(state) else "",
        search=request.args.get("q", "")[:100],
        keys=_keys(started, asked),
    )


def _keys(started: Opened, asked: Mapping[str, Asked]) -> frozenset[str] | None:
    """The items that the filter by person and by what was asked leaves; None where it asks for neither."""
    if request.args.get("asked") == "nobody":
        return frozenset(each.key for each in started.pack.items if each.key not in asked)
    if row_number(request.args.get("who")) is None and request.args.get("asked") not in forms.FILTERS:
        return None
    return frozenset(key for key, each in asked.items() if is_wanted(each))


def is_wanted(asked: Asked) -> bool:
    """Whether the filter by person and by state in the address lets this through."""
    person, state = row_number(request.args.get("who")), request.args.get("asked", "")
    if person is not None and asked.person_id != person:
        return False
    if state == "overdue":
        return asked.is_overdue
    return state not in forms.FILTERS or asked.assignment_state == state


def kept_of(wanted: Wanted, page: int) -> dict[str, Any]:
    """The filter as it goes into addresses, so that a saved answer leads back to where it was given."""
    named = {"chapter": wanted.chapter, "state": wanted.state, "q": wanted.search, "page": page if page > 1 else ""}
    if wanted.keys is not None:
        named |= {"who": row_number(request.args.get("who")) or "", "asked": request.args.get("asked", "")}
    return {"step": wanted.step or "all"} | {name: value for name, value in named.items() if value}


def sent_filter() -> dict[str, Any]:
    """The filter that a form's own address carries."""
    return {name: value for name, value in request.args.items() if name in NAMES}


def place_of(started: Opened, answer: ItemAnswer) -> dict[str, Any]:
    """Where in the checklist an item stands: the filter of its step or chapter, and the page."""
    pack, item = started.pack, answer.item
    wanted = Wanted(step=item.step or 0, chapter=queries.chapter_of(item.clause) if item.clause else "")
    return kept_of(wanted, queries.page_of(pack, item, wanted))
