"""What applies of a checklist, line by line: applicable or not and why, how far it is answered, on what, by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from workbench.checklists.library import Pack
from workbench.checklists.models import Assignment, Checklist
from workbench.checklists.queries import ItemAnswer, MatrixRow, chapter_of, checklists_of_project, excluded_items
from workbench.checklists.queries.applicability import Excluded, all_exclusions
from workbench.checklists.rules import GATES_PACK, AnswerState, AssignmentState
from workbench.database import db
from workbench.people.models import Person
from workbench.reports.judging import Judged, judged_of
from workbench.reports.rules import Brief, Options

FIRST = "iso27001"  # the standard that asks for a statement of applicability stands first, whatever its edition
CONTROLS = "A"  # the chapter of its controls


@dataclass(frozen=True)
class Line:
    """One assessable line. `why_not` is the reason where it does not apply; `responsible` was asked for it, or answered it."""

    answer: ItemAnswer
    title: str
    applies: bool
    why_not: str
    responsible: str
    is_asked: bool

    @property
    def ref(self) -> str:
        """Its clause or control, or the step of a gate."""
        return self.answer.item.clause or str(self.answer.item.step or "")


@dataclass(frozen=True)
class Totals:
    """What the lines of a chapter, or of the whole checklist, come to."""

    title: str
    lines: int
    off: int
    conform: int
    partly: int
    not_conform: int
    unseen: int
    bare: int

    @property
    def applicable(self) -> int:
        """How many apply."""
        return self.lines - self.off


@dataclass(frozen=True)
class Chapter:
    """The lines of one chapter."""

    ref: str
    title: str
    lines: tuple[Line, ...]
    totals: Totals


@dataclass(frozen=True)
class Applied:
    """One checklist with its statement. Controls stand before the clauses that ask for the statement itself."""

    checklist: Checklist
    title: str
    is_pinned: bool
    chapters: tuple[Chapter, ...]
    totals: Totals
    excluded: Sequence[Excluded]
    matrix: tuple[MatrixRow, ...]
    unknown: int = 0  # lines of a pack that is not installed any more


def applied(brief: Brief) -> tuple[Applied, ...]:
    """The standing checklists that the options ask for. The number of queries grows neither with them nor their lines."""
    started = [each for each in checklists_of_project(brief.project.id) if _is_wanted(each.checklist, brief.options)]
    found = sorted(
        judged_of(started, brief.point.on), key=lambda each: (not each.checklist.pack_id.startswith(FIRST), each.checklist.id)
    )
    ids = [each.checklist.id for each in found]
    asked, off = _asked(ids), all_exclusions(ids)
    return tuple(_applied(each, asked.get(each.checklist.id, {}), off.get(each.checklist.id, ()), brief) for each in found)


def _asked(checklist_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """{checklist: {item key: the name of whoever was asked}}, without what was taken back. One query."""
    wanted = (
        select(Assignment.checklist_id, Assignment.item_key, Person.name)
        .join(Person, Person.id == Assignment.person_id)
        .where(Assignment.checklist_id.in_(checklist_ids), Assignment.state != AssignmentState.TAKEN_BACK)
        .order_by(Assignment.id)
    )
    found: dict[int, dict[str, str]] = {}
    for checklist_id, item_key, name in db.session.execute(wanted):
        found.setdefault(checklist_id, {})[item_key] = name
    return found


def _is_wanted(checklist: Checklist, options: Options) -> bool:
    """Those asked for; where none is, every standard. The gates have their own report."""
    if options.subjects:
        return checklist.pack_id in options.subjects
    return options.takes_pack(checklist.pack_id) and (bool(options.packs) or checklist.pack_id != GATES_PACK)


def _applied(judged: Judged, asked: Mapping[str, str], excluded: Sequence[Excluded], brief: Brief) -> Applied:
    checklist, pack = judged.checklist, judged.pack
    if pack is None:
        return Applied(checklist, checklist.pack_id, False, (), _sum("", ()), excluded, (), checklist.total)
    off, reasons = excluded_items(checklist, pack), checklist.excluded or {}
    lines = [
        _line(answer, pack, brief.language, reasons.get(off.get(answer.key, ""), ""), asked.get(answer.key, ""))
        for answer in judged.answers
        if brief.options.takes_step(answer.item.step)
    ]
    chapters = _chapters(pack, lines, brief.language)
    together = _sum(str(_("Together")), lines)
    return Applied(checklist, pack.title.in_(brief.language), judged.is_pinned, chapters, together, excluded, judged.rows)


def _line(answer: ItemAnswer, pack: Pack, language: str, why: str, asked: str) -> Line:
    item = answer.item
    known = bool(item.clause) and pack.has_clause(item.clause or "")
    title = pack.clause(item.clause or "").title if known else pack.step(item.step).title if item.step else None
    applies = not why and answer.answer_state is not AnswerState.NOT_APPLICABLE
    return Line(
        answer, title.in_(language) if title is not None else "", applies,
        "" if applies else why or answer.note, asked or answer.answered_by_name, bool(asked),
    )


def _chapters(pack: Pack, lines: Sequence[Line], language: str) -> tuple[Chapter, ...]:
    groups: dict[str, list[Line]] = {}
    for each in lines:
        ref = chapter_of(each.answer.item.clause) if each.answer.item.clause else str(each.answer.item.step)
        groups.setdefault(ref, []).append(each)
    found = []
    for ref, group in sorted(groups.items(), key=lambda each: not each[0].startswith(f"{CONTROLS}.")):
        title = pack.clause(ref).title.in_(language) if pack.has_clause(ref) else group[0].title
        found.append(Chapter(ref, title, tuple(group), _sum(f"{ref} {title}", group)))
    return tuple(found)


def _sum(title: str, lines: Sequence[Line]) -> Totals:
    on = [each.answer for each in lines if each.applies]
    states = [each.answer_state for each in on]
    good = (AnswerState.CONFORM, AnswerState.OPPORTUNITY)
    return Totals(
        title, len(lines), len(lines) - len(on), sum(each in good for each in states),
        states.count(AnswerState.PARTLY), sum(each in (AnswerState.MAJOR, AnswerState.MINOR) for each in states),
        states.count(AnswerState.NOT_CHECKED), sum(each.is_bare for each in on),
    )
