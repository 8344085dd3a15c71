"""Named reads about answers that come and go as a spreadsheet: the lines to write, and what a file would change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from workbench.checklists.formats.answer_sheet import Change, Line
from workbench.checklists.library import Item, Pack
from workbench.checklists.models import AnswerImport, Checklist
from workbench.checklists.queries.applicability import off_by
from workbench.checklists.queries.assigned import asked_of, why_item_not, why_not
from workbench.checklists.queries.items import ItemAnswer, Wanted, checklist_page
from workbench.checklists.rules import AnswerState, Barred, ImportState
from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.people.models import Person
from workbench.people.queries import Rights


@dataclass(frozen=True)
class Difference:
    """One row of a file beside the answer as it stands now, and why the person may not change it, if so."""

    change: Change
    item: Item
    now: ItemAnswer
    attach: tuple[str, ...]
    detach: tuple[str, ...]
    is_conflict: bool  # somebody saved another answer after the export
    barred: Barred | None
    off: str  # the clause that is switched off above it, "" where it applies

    @property
    def mine(self) -> AnswerState:
        """The answer in the file."""
        return AnswerState(self.change.state)

    @property
    def is_open(self) -> bool:
        """Whether this person may take it over."""
        return self.barred is None and not self.off


@dataclass(frozen=True)
class Preview:
    """What taking a file over would do now."""

    changes: tuple[Difference, ...]
    conflicts: tuple[Difference, ...]
    barred: tuple[Difference, ...]
    there_already: int

    @property
    def seen(self) -> str:
        """The version of each answer as this preview shows it, to be sent back with the form."""
        return " ".join(f"{each.item.key}={each.now.version}" for each in (*self.changes, *self.conflicts))


def sheet_lines(answers: Iterable[ItemAnswer], language: str) -> list[Line]:
    """The items as the lines of a workbook."""
    return [
        Line(
            item=each.key,
            clause=each.item.clause or f"S{each.item.step}",
            question=each.item.question.in_(language),
            guidance=each.item.guidance.in_(language) if each.item.guidance else "",
            expected=", ".join(kind.in_(language) for kind in each.item.expected_evidence),
            revision=each.version,
            state=each.answer_state.value,
            note=each.note,
            evidence=tuple(piece.code for piece in each.evidence),
        )
        for each in answers
    ]


def import_in(checklist_id: int, import_id: int) -> AnswerImport | None:
    """One file that was read for this checklist."""
    wanted = select(AnswerImport).where(AnswerImport.id == import_id, AnswerImport.checklist_id == checklist_id)
    return db.session.scalar(wanted)


def evidence_by_code(project_id: int, codes: Collection[str]) -> dict[str, Evidence]:
    """{code: evidence} of the project's pieces with these codes. One query."""
    numbers = [int(code[2:]) for code in codes if code[:2] == "E-" and code[2:].isdecimal() and len(code) < 11]
    wanted = select(Evidence).where(Evidence.project_id == project_id, Evidence.number.in_(numbers))
    return {each.code: each for each in db.session.scalars(wanted)}


def changes_of(sheet: AnswerImport) -> list[Change]:
    """The rows of a file that differ from what was exported."""
    return [
        Change(**{**row, "base_evidence": tuple(row["base_evidence"]), "evidence": tuple(row["evidence"])})
        for row in sheet.rows
    ]


def preview(checklist: Checklist, pack: Pack, sheet: AnswerImport, person: Person, rights: Rights) -> Preview:
    """What a file would change for this person as things stand now; nothing where it waits no more. Three queries."""
    waiting = changes_of(sheet) if sheet.state == ImportState.PREVIEWED else []
    found = differences(checklist, pack, waiting, person, rights)
    moving = [each for each in found if _moves(each)]
    free = [each for each in moving if each.is_open]
    return Preview(
        changes=tuple(each for each in free if not each.is_conflict),
        conflicts=tuple(each for each in free if each.is_conflict),
        barred=tuple(each for each in moving if not each.is_open),
        there_already=len(found) - len(moving),
    )


def differences(
    checklist: Checklist, pack: Pack, changes: Sequence[Change], person: Person, rights: Rights
) -> list[Difference]:
    """Each row of a file beside the answer as it stands now. Three queries."""
    wanted = Wanted(keys=frozenset(each.item for each in changes))
    page = checklist_page(checklist, pack, wanted, language="en", per_page=max(len(changes), 1))
    now = {each.key: each for each in page.rows}
    asked = asked_of(checklist, list(now))
    shut = why_not(checklist, person, rights)
    return [
        _difference(
            each,
            now[each.item],
            shut or why_item_not(asked.get(each.item), person, rights),
            off_by(checklist, pack, now[each.item].item.clause),
        )
        for each in changes
        if each.item in now
    ]


def _difference(change: Change, now: ItemAnswer, barred: Barred | None, off: str) -> Difference:
    there = {piece.code for piece in now.evidence}
    put = (code for code in change.evidence if code not in change.base_evidence and code not in there)
    taken = (code for code in change.base_evidence if code not in change.evidence and code in there)
    typed = (change.state, change.note)
    stale = now.version != change.revision and typed != (change.base_state, change.base_note)
    conflict = stale and typed != (now.answer_state, now.note)
    return Difference(change, now.item, now, tuple(put), tuple(taken), conflict, barred, off)


def answer_differs(difference: Difference) -> bool:
    """Whether taking the row over changes the answer or its note; a row may be about evidence alone."""
    change, now = difference.change, difference.now
    typed = (change.state, change.note)
    return typed not in ((change.base_state, change.base_note), (now.answer_state.value, now.note))


def _moves(difference: Difference) -> bool:
    return answer_differs(difference) or bool(difference.attach or difference.detach)
