"""What may be typed about what applies and what is taken over, and the words for clauses of other standards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.validators import DataRequired

from workbench.checklists.actions import STATES
from workbench.checklists.actions import TIES as TIES
from workbench.checklists.forms.items import STANDARDS
from workbench.checklists.queries import ItemAnswer, Line, Report
from workbench.checklists.rules import GATES_PACK, Also, Proposal
from workbench.web.forms import Form, line, text

MOST_PICKS = 2000
# Why a question of the later edition is asked again.
WHY = {
    "changed": _l("the clause changed"),
    "into_parent": _l("the clause went into the one above it"),
    "reworded": _l("the question asks something else"),
    "switched_off": _l("its clause was switched off: decide again whether it applies"),
    "same": _l("same clause, same question"),
    "moved": _l("the clause moved, same question"),
}
KINDS = {
    "carried": _l("carried over"),
    "again": _l("to be asked again"),
    "new": _l("new"),
    "gone": _l("fell away"),
}


class ExcludeClause(Form):
    """A clause that does not apply, and why."""

    clause = line(_l("Clause"), DataRequired(_l("Choose a clause.")), maximum=40)
    reason = text(_l("Why it does not apply"), DataRequired(_l("Write the reason.")), maximum=2000)


class IncludeClause(Form):
    """A clause that applies again."""

    clause = line(_l("Clause"), DataRequired(), maximum=40)


class Picks(SelectMultipleField):
    """The proposals ticked; the action says of each whether it is still proposed."""

    def pre_validate(self, form: Any) -> None:
        """Any name may be sent, but not without end."""
        if len(self.data or ()) > MOST_PICKS:
            raise ValueError(_l("Tick fewer proposals, please."))


class TakeOver(Form):
    """Which proposals become answers."""

    pick = Picks(_l("Proposals"), choices=(), validators=[DataRequired(_l("Tick at least one proposal."))])


class GoOver(Form):
    """To which edition a checklist goes over."""

    to_pack = line(_l("Later edition"), DataRequired(), maximum=60)


def standard(pack_id: str) -> str:
    """What a standard is called in a few letters."""
    return str(_("Gates")) if pack_id == GATES_PACK else STANDARDS.get(pack_id, pack_id)


def tie(each: Proposal) -> str:
    """A clause elsewhere with how strong the tie to it is: ISO 20000-1 8.5.1 (equivalent)."""
    return f"{standard(each.pack_id)} {each.ref} ({TIES[each.strength]})"


@dataclass(frozen=True)
class Elsewhere:
    """The clauses of one standard that an answer speaks to with one strength, and the checklist they are answered in."""

    label: str
    ref: str  # the first of them
    checklist_id: int  # 0 where the project has not started that standard


def elsewhere(answer: ItemAnswer) -> list[Elsewhere]:
    """The clauses of other standards that an answer also speaks to, by standard and strength, the strongest first."""
    found: dict[tuple[str, str], list[Also]] = {}
    for each in answer.also:
        found.setdefault((each.pack_id, each.strength), []).append(each)
    return [
        Elsewhere(
            f"{standard(pack_id)} {', '.join(each.ref for each in group)} ({TIES[strength]})",
            group[0].ref,
            group[0].checklist_id,
        )
        for (pack_id, strength), group in found.items()
    ]


def proposed(each: Proposal) -> str:
    """What a proposal says, in one line; what may not be taken over as it is says why to look first."""
    codes = ", ".join(code for _number, code in each.evidence)
    said = ", ".join(filter(None, [str(STATES[each.answer_state]), codes]))
    if each.is_sure:
        return str(_("Proposed from %(clause)s: %(answer)s", clause=tie(each), answer=said))
    if each.answered < each.total:
        said += str(_(" (%(answered)s of %(total)s questions answered)", answered=each.answered, total=each.total))
    return str(_("Look at %(clause)s: %(answer)s", clause=tie(each), answer=said))


TRANSITION_HEAD = ("what_becomes", "item", "clause", "question", "why", "note", "before", "answer_before", "evidence")


def transition_cells(report: Report, language: str) -> list[Sequence[str]]:
    """The report of a transition as rows of a spreadsheet, under TRANSITION_HEAD."""
    return [_cells(each, language) for each in report.lines]


def _cells(each: Line, language: str) -> Sequence[str]:
    return (
        each.kind,
        each.key,
        each.clause,
        each.question.in_(language),
        each.why,
        each.note.in_(language) if each.note else "",
        " ".join(origin.key for origin in each.origins),
        " ".join(origin.state for origin in each.origins),
        " ".join(dict.fromkeys(code for origin in each.origins for code in origin.evidence)),
    )
