"""What may be typed when work is handed over, and the words for what is held and for what stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, SelectField
from wtforms.validators import DataRequired, Optional

from workbench.checklists.queries import installed, item_in
from workbench.oversight.forms.reviews import Ticks, choices, numbered
from workbench.oversight.queries.holdings import HOLDINGS, Held
from workbench.oversight.rules.handover import Stays
from workbench.people.rules import Function
from workbench.projects.forms import FUNCTIONS
from workbench.web.forms import Form, text

MOST = 100  # things of a kind that are shown one by one; the whole kind can be ticked whatever its number
TITLES = {
    "functions": _l("Functions in teams"), "audits": _l("Places in audit teams"), "items": _l("Checklist items to answer"),
    "recurrences": _l("Recurring checklists"), "findings": _l("Findings"), "finding_actions": _l("Actions on findings"),
    "evidence": _l("Evidence"), "conditions": _l("Conditions of gates"), "approvals": _l("Approvals asked for"),
    "risks": _l("Risks"), "limitations": _l("Limitations to chase"), "promises": _l("Promises to chase"),
    "customisations": _l("Customisations"), "connections": _l("Connections"), "weaknesses": _l("Weaknesses"),
    "channels": _l("Channels"), "lessons": _l("Lessons"), "reevaluations": _l("Re-evaluations"),
    "guest_links": _l("Answers awaited by link"), "tools": _l("Tools"), "review_actions": _l("Actions of reviews"),
    "reviews": _l("Reviews to lead"),
}
REASONS = {
    Stays.GONE: _l("it was not held any more"),
    Stays.NOBODY: _l("no receiver was chosen"),
    Stays.SAME: _l("giver and receiver are the same person"),
    Stays.CLOSED: _l("the receiver cannot sign in"),
    Stays.NO_RIGHT: _l("the receiver may not do this there"),
    Stays.NOT_IN_TEAM: _l("the receiver is not on the team"),
    Stays.ADMIN: _l("an admin holds no function in a project"),
    Stays.OWN_RIGHTS: _l("nobody gives themselves a function that decides"),
    Stays.AUTHOR: _l("the receiver may not approve this: nobody approves what they wrote or submitted"),
    Stays.ASKED: _l("the receiver is asked for this approval already"),
    Stays.OWN_WORK: _l("the receiver would audit their own work"),
    Stays.IN_TEAM: _l("the receiver is in this audit team already"),
    Stays.RESERVED: _l("only the audit team answers this checklist"),
    Stays.AUDITS_IT: _l("the receiver audits this project, so they do not join its team"),
}


class HandWorkOver(Form):
    """What goes to whom. Beside the receiver of all, each kind may have a receiver of its own."""

    to = SelectField(_l("Who gets it"), coerce=numbered, validators=[Optional()])
    reason = text(_l("Reason"), DataRequired(), maximum=2000, description=_l("The record of the hand-over keeps it."))
    everything = BooleanField(_l("Everything on this page"))
    kinds = Ticks(_l("Whole kinds"), choices=choices((each.key, TITLES[each.key]) for each in HOLDINGS))
    picks = Ticks(_l("Single things"))
    add_to_team = BooleanField(
        _l("Add the receiver to teams"),
        description=_l("Where the receiver is not on a project’s team, they join it in the leaver’s role and hub."),
    )
    end_sign_in = BooleanField(
        _l("Take the leaver’s sign-in away"), description=_l("Their sessions end at once; nothing of theirs is erased.")
    )

    @classmethod
    def offered(cls, held: Sequence[Held], receivers: Sequence[Any], **data: Any) -> HandWorkOver:
        """The form for what somebody holds."""
        made = cls.of_request(**data)
        people = [(each.id, each.name) for each in receivers]
        made.to.choices = choices([("", _("choose")), *people])
        made.picks.choices = choices((each.pick, each.text) for each in held)
        for each in HOLDINGS:
            made.receiver(each.key).choices = choices([("", _("as chosen for all")), *people])
        return made

    def receiver(self, kind: str) -> Field:
        """The field that names who gets the things of a kind."""
        return self._fields[f"to_{kind}"]

    def chosen(self, held: Sequence[Held], receivers: Sequence[Any]) -> dict[str, Any]:
        """{thing: its receiver, or None where nobody was chosen} of what was ticked."""
        people = {each.id: each for each in receivers}
        kinds, picks = set(self.kinds.data or ()), set(self.picks.data or ())
        return {
            each.pick: people.get(self.receiver(each.holding.key).data or self.to.data)
            for each in held
            if self.everything.data or each.holding.key in kinds or each.pick in picks
        }


for _each in HOLDINGS:
    setattr(HandWorkOver, f"to_{_each.key}", SelectField(_l("Who gets these"), coerce=numbered, validators=[Optional()]))




def grouped(held: Sequence[Held]) -> dict[str, list[Held]]:
    """What somebody holds, by kind."""
    found: dict[str, list[Held]] = {}
    for each in held:
        found.setdefault(each.holding.key, []).append(each)
    return found


def text_of(kind: str, said: str) -> str:
    """What a thing says; functions are told in words, a checklist item by its question."""
    if kind == "items":
        return _question(said)
    if kind != "functions":
        return said
    return ", ".join(str(FUNCTIONS[Function(each)]) for each in said.split(", ") if each)


def _question(said: str) -> str:
    """The question of “pack item”, where that pack is installed and still asks it."""
    pack_id, _space, key = said.partition(" ")
    pack = installed(pack_id)
    item = item_in(pack, key) if pack is not None else None
    return item.question.in_(str(get_locale())) if item is not None else said


def address(item: Mapping[str, Any]) -> str:
    """Where a thing of a hand-over is looked at."""
    return url_for(item["endpoint"], **item["args"])


def address_of(held: Held) -> str:
    """Where a thing that is held is looked at."""
    return url_for(held.holding.endpoint, **dict(held.args))
