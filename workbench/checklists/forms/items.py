"""What may be typed about a checklist, and the words and cells in which its items are shown."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from workbench.checklists.actions import STATES as STATES
from workbench.checklists.library import Item, Pack
from workbench.checklists.queries import Asked, ItemAnswer
from workbench.checklists.rules import AnswerState
from workbench.web.forms import Form, line, text

MANDATORY = {"yes": _l("mandatory"), "no": _l("recommended"), "conditional": _l("mandatory in one case")}
STANDARDS = {
    "iso9001_2015": "ISO 9001:2015",
    "iso9001_2026": "ISO 9001:2026",
    "iso20000_1_2018": "ISO 20000-1",
    "iso27001_2022": "ISO 27001",
    "cobit2019": "COBIT 2019",
    "itil": "ITIL",
}


class AnswerItem(Form):
    """The answer to one item."""

    state = RadioField(
        _l("Answer"),
        choices=[SelectChoice(state.value, word) for state, word in STATES.items()],
        validators=[InputRequired(_l("Choose an answer."))],
    )
    note = text(_l("Note"))


class StartChecklist(Form):
    """Which pack is put to the project."""

    pack_id = line(_l("Pack"), InputRequired(), maximum=60)


class AttachEvidence(Form):
    """Which evidence of the project bears on an item."""

    evidence_id = SelectField(_l("Evidence of this project"), coerce=int)

    def offer(self, choices: Sequence[tuple[int, str]], taken: Iterable[int]) -> AttachEvidence:
        """Fill the list, without what is attached already."""
        attached = set(taken)
        self.evidence_id.choices = [SelectChoice(*each) for each in choices if each[0] not in attached]
        return self


def also(item: Item) -> str:
    """The clauses of other standards that an item serves, by standard."""
    by_standard: dict[str, list[str]] = {}
    for ref in item.refs:
        clause = ref.clause.removeprefix("itil.").replace("_", " ") if ref.standard == "itil" else ref.clause
        by_standard.setdefault(STANDARDS.get(ref.standard, ref.standard), []).append(clause)
    return " · ".join(f"{standard} {', '.join(clauses)}" for standard, clauses in by_standard.items())


def tags(answer: ItemAnswer, pack: Pack, language: str) -> list[str]:
    """What is said about an item in one or two words: how much it counts, who should answer, what is missing."""
    found = []
    if pack.steps:
        found.append(str(MANDATORY[answer.item.mandatory]))
    if answer.item.role:
        found.append(pack.word("roles", answer.item.role).in_(language))
    if answer.off:
        found.append(str(_l("clause %(clause)s is switched off", clause=answer.off)))
    if answer.is_bare:
        found.append(str(_l("%(answer)s without evidence", answer=STATES[answer.answer_state])))
    return found


def shown(
    answer: ItemAnswer, pack: Pack, checklist: Any, key: str, kept: Mapping[str, Any], barred: bool | str, language: str,
    asked: Asked | None = None, comments: int = 0, tick: str = "",
) -> Hashable:
    """Everything that a row of the checklist page depends on: equal values look the same, whoever reads."""
    place = (key, checklist.id, pack.digest, tuple(sorted(kept.items())), bool(barred), language, asked, comments, tick)
    answered = (answer.answer_state, answer.note, answer.version, answer.answered_by_name, answer.answered_at)
    elsewhere = (answer.off, answer.also, answer.proposals)
    return (*place, answer.item.key, *answered, answer.evidence, *elsewhere)


HEAD = (
    "item",
    "clause_or_step",
    "question",
    "answer",
    "note",
    "evidence",
    "should_answer",
    "answered_by",
    "answered_at",
    "switched_off",
)


def cells(answers: Iterable[ItemAnswer], language: str) -> list[tuple[Any, ...]]:
    """The items as rows of a spreadsheet, under HEAD."""
    return [
        (
            each.key,
            each.item.clause or f"S{each.item.step}",
            each.item.question.in_(language),
            each.answer_state.value,
            each.note,
            " ".join(piece.code for piece in each.evidence),
            each.item.role or "",
            each.answered_by_name,
            each.answered_at,
            each.off,
        )
        for each in answers
    ]


def typed_state(value: str | None) -> AnswerState | None:
    """The state that was sent, or None where it is none."""
    return AnswerState(value) if value in set(AnswerState) else None
