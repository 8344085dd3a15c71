"""What a finding still lacks before it can be closed, read from its actions and judgements."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from workbench.database import db
from workbench.findings.models import EffectivenessCheck, Finding, FindingAction
from workbench.findings.rules import (
    AT_ONCE,
    ActionKind,
    ActionState,
    FindingKind,
    Treatment,
    Verdict,
    lacking,
)


def treatment(found: Finding) -> Treatment:
    """What was done about a finding so far; two queries."""
    now, since = found.rounds
    wanted = select(FindingAction.kind, FindingAction.state, FindingAction.round)
    actions = db.session.execute(wanted.where(FindingAction.finding_id == found.id)).all()
    judged = select(EffectivenessCheck.verdict).where(
        EffectivenessCheck.finding_id == found.id, EffectivenessCheck.round == now
    )
    counted = {
        state: (
            sum(kind in AT_ONCE and each == state and number >= since for kind, each, number in actions),
            sum(kind == ActionKind.CORRECTIVE and each == state and number == now for kind, each, number in actions),
        )
        for state in (ActionState.DONE, ActionState.OPEN)
    }
    return Treatment(
        kind=FindingKind(found.kind),
        corrections_done=counted[ActionState.DONE][0],
        is_cause_stated=bool(found.cause) and (found.cause_round or 0) >= since,
        correctives_done=counted[ActionState.DONE][1],
        corrections_planned=counted[ActionState.OPEN][0],
        correctives_planned=counted[ActionState.OPEN][1],
        actions_open=sum(state == ActionState.OPEN for _kind, state, _round in actions),
        is_effective=Verdict.EFFECTIVE in set(db.session.scalars(judged)),
        is_disposed=found.disposition is not None,
    )


def lacking_to_close(found: Finding) -> list[str]:
    """What is missing before the finding can be closed, in words; [] where nothing is."""
    return in_words(treatment(found))


def in_words(seen: Treatment) -> list[str]:
    """What a treatment lacks, as people read it."""
    words = {
        "correction": _("no correction or containment done"),
        "cause": _("cause not stated"),
        "corrective": _("no corrective action on the cause done"),
        "effectiveness": _("effectiveness not evaluated"),
        "disposition": _("not decided whether it is accepted or declined"),
        "open_actions": ngettext("%(num)s action open", "%(num)s actions open", seen.actions_open),
    }
    return [str(words[code]) for code in lacking(seen)]
