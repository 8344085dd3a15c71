"""Hand-overs as tables, as their pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from workbench.oversight.forms.handover import REASONS, TITLES, text_of
from workbench.oversight.rules.handover import Stays

Table = list[list[Any]]


def hand_overs_table(rows: Sequence[Any]) -> Table:
    """Each hand-over with how much went and how much was left, head first."""
    head = [_("On"), _("From"), _("Handed over"), _("Left"), _("By"), _("Reason")]
    return [head, *(
        [each.made_at, each.from_name, len(each.items), each.held_after, each.made_by_name, each.reason] for each in rows
    )]


def hand_over_table(row: Any) -> Table:
    """Every thing of one hand-over, head first; the reason says why it stays with whom it was."""
    head = [_("Kind"), _("Project"), _("Code"), _("What"), _("To"), _("Why it stays")]
    return [head, *(_thing(each) for each in (*row.left, *row.items))]


def _thing(item: Mapping[str, Any]) -> list[Any]:
    """One thing; of one that was gone when it was handed over only kind and number are known."""
    kind = item["holding"]
    what = text_of(kind, item["text"]) if "text" in item else str(item["id"])
    why = REASONS[Stays(item["reason"])] if item.get("reason") else ""
    return [TITLES[kind], item.get("project", ""), item.get("code", ""), what, item.get("to_name") or "", why]


def project_table(found: Sequence[Any], key: str) -> Table:
    """Every thing of a project that was handed over, the newest hand-over first, head first."""
    head = [_("On"), _("From"), _("To"), _("Kind"), _("Code"), _("What"), _("By"), _("Reason")]
    return [head, *(
        [each.row.made_at, each.row.from_name, item["to_name"], TITLES[item["holding"]], item["code"],
         text_of(item["holding"], item["text"]), each.row.made_by_name, each.row.reason]
        for each in reversed(found)
        for item in each.row.items
        if item["project"] == key
    )]


def inherited_table(waits: Sequence[Any]) -> Table:
    """What one inherited and still holds, head first."""
    head = [_("Kind"), _("Project"), _("Code"), _("What"), _("Due"), _("From")]
    return [head, *(
        [TITLES[each.item["holding"]], each.item["project"], each.item["code"], text_of(each.item["holding"], each.item["text"]),
         each.due_on, each.from_name]
        for each in waits
    )]
