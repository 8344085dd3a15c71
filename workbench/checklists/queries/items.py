"""Named reads about checklists: those started, a page of items with answers, a gate's items, the clause matrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import func, select

from workbench import clock
from workbench.checklists import library
from workbench.checklists.library import Item, Pack
from workbench.checklists.models import Answer, AnswerEvidence, Checklist
from workbench.checklists.queries.applicability import off_by
from workbench.checklists.queries.editions import Offer, exact_pack, exact_packs, installed, offers
from workbench.checklists.rules import GATES_PACK, NEEDS_EVIDENCE, SATISFYING, Also, AnswerState, Proposal
from workbench.checklists.store import Text
from workbench.database import db
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.evidence.queries import is_newest, standing
from workbench.people.models import Person
from workbench.web.paging import Page

# A page of so many items stays under 60 kB of HTML; a step of the gates pack is at most two such pages.
PER_PAGE = 10
# From worst to best: what a clause as a whole is said to be.
WORST_FIRST = (
    AnswerState.MAJOR,
    AnswerState.MINOR,
    AnswerState.PARTLY,
    AnswerState.NOT_CHECKED,
    AnswerState.OPPORTUNITY,
    AnswerState.CONFORM,
    AnswerState.NOT_APPLICABLE,
)


@dataclass(frozen=True)
class EvidenceRef:
    """Evidence bearing on an answer, as it stands today."""

    id: int
    code: str
    title: str
    state: str  # current | expired | withdrawn
    valid_until: date | None
    sha256: str  # of the newest version; "" for a link


@dataclass(frozen=True)
class ItemAnswer:
    """One item with its answer; an item nobody answered is not checked, at version 0."""

    item: Item
    answer_id: int | None = None
    answer_state: AnswerState = AnswerState.NOT_CHECKED
    note: str = ""
    answered_by_id: int | None = None
    answered_by_name: str = ""
    answered_at: datetime | None = None
    evidence: tuple[EvidenceRef, ...] = ()
    version: int = 0
    off: str = ""  # the clause above it that is switched off
    also: tuple[Also, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def key(self) -> str:
        """The item's key."""
        return self.item.key

    @property
    def is_proven(self) -> bool:
        """Whether at least one piece of evidence is neither withdrawn nor expired."""
        return any(each.state == "current" for each in self.evidence)

    @property
    def is_bare(self) -> bool:
        """Said to be satisfied, but without valid evidence."""
        return self.answer_state in NEEDS_EVIDENCE and not self.is_proven

    @property
    def is_satisfied(self) -> bool:
        """Whether a gate may pass on this answer."""
        return self.answer_state in SATISFYING and not self.is_bare


@dataclass(frozen=True)
class Started:
    """A checklist in the list, with the pack it is pinned to; no pack where that one is not installed."""

    checklist: Checklist
    pack: Pack | None
    is_pinned: bool  # the pack installed now is the very one the answers were given to


@dataclass(frozen=True)
class Opened:
    """A checklist with its pack, in the wording it was started with where that was kept."""

    checklist: Checklist
    pack: Pack
    is_pinned: bool  # the wording is the very one the answers were given to
    newer: str = ""  # the version installed now, where it is another one


@dataclass(frozen=True)
class Wanted:
    """Which items of a checklist are asked for. Empty means all."""

    step: int = 0
    chapter: str = ""
    state: str = ""
    search: str = ""
    keys: frozenset[str] | None = None  # only these items; None asks for no certain ones


@dataclass(frozen=True)
class MatrixRow:
    """One clause of a standard, or one step of the gates, with what its items were answered."""

    ref: str
    title: Text
    depth: int  # 0 for a chapter
    answered: int
    total: int
    worst: AnswerState | None  # None where nothing is asked
    evidence: int
    bare: int  # conform without evidence
    off: str = ""  # the clause at or above it that is switched off


@dataclass
class _Sum:
    states: list[AnswerState] = field(default_factory=list)
    evidence: set[int] = field(default_factory=set)
    bare: int = 0


def checklist_in(project_id: int, checklist_id: int) -> Checklist | None:
    """One checklist of this project."""
    return db.session.scalar(select(Checklist).where(Checklist.project_id == project_id, Checklist.id == checklist_id))


def newest_checklist(project_id: int, pack_id: str, occasion: str = "") -> Checklist | None:
    """The checklist of this pack that was started last; of the standing ones, unless an occasion is named."""
    wanted = select(Checklist).where(
        Checklist.project_id == project_id, Checklist.pack_id == pack_id, Checklist.occasion == occasion
    )
    return db.session.scalars(wanted.order_by(Checklist.id.desc()).limit(1)).first()


def gates_checklist(project_id: int) -> Checklist | None:
    """The checklist of the gates' criteria."""
    return newest_checklist(project_id, GATES_PACK)


def checklists_of_project(project_id: int) -> list[Started]:
    """The standing checklists a project has started, oldest first."""
    wanted = select(Checklist).where(Checklist.project_id == project_id, Checklist.occasion == "").order_by(Checklist.id)
    return started_with(db.session.scalars(wanted).all())


def started_with(checklists: Sequence[Checklist]) -> list[Started]:
    """Checklists with the packs they are pinned to. A few queries whatever the number."""
    exact, now = exact_packs(checklists), {each.id: each.digest for each in offers()}
    return [
        Started(
            each,
            exact[each.pack_digest] or installed(each.pack_id),
            is_pinned=now.get(each.pack_id) == each.pack_digest,
        )
        for each in checklists
    ]


def packs_to_start(started: Sequence[Started]) -> list[Offer]:
    """The packs, shipped and of our own, that are not started in their present wording. One query."""
    taken = {each.checklist.pack_digest for each in started if not each.checklist.occasion}
    return [each for each in offers() if each.digest not in taken]


def answer_to(checklist_id: int, item_key: str) -> Answer | None:
    """The stored answer to one item."""
    return db.session.scalar(select(Answer).where(Answer.checklist_id == checklist_id, Answer.item_key == item_key))


def link_between(answer_id: int, evidence_id: int) -> AnswerEvidence | None:
    """The link between an answer and a piece of evidence."""
    wanted = select(AnswerEvidence).where(AnswerEvidence.answer_id == answer_id)
    return db.session.scalar(wanted.where(AnswerEvidence.evidence_id == evidence_id))


def counted(checklist: Checklist) -> dict[str, int]:
    """The number of items by state, counted anew; `Checklist.counts` must say the same."""
    wanted = select(Answer.state, func.count()).where(Answer.checklist_id == checklist.id).group_by(Answer.state)
    found: dict[str, int] = {state: number for state, number in db.session.execute(wanted)}
    found[AnswerState.NOT_CHECKED] = checklist.total - sum(
        number for state, number in found.items() if state != AnswerState.NOT_CHECKED
    )
    return {state.value: found.get(state, 0) for state in AnswerState}


def step_answers(project_id: int, step: int) -> list[ItemAnswer]:
    """The items of one gate with their answers and evidence, in the pack's order. Three queries."""
    items = library.pack(GATES_PACK).items_of_step(step)
    checklist = gates_checklist(project_id)
    if checklist is None:
        return [ItemAnswer(item) for item in items]
    return with_evidence(answered(checklist.id, items, step=step))


def item_answer(checklist: Checklist, item: Item) -> ItemAnswer:
    """One item with its answer and evidence. Two queries."""
    return with_evidence(answered(checklist.id, [item]))[0]


def checklist_page(
    checklist: Checklist, pack: Pack, wanted: Wanted, *, language: str, page: int = 1, per_page: int = PER_PAGE
) -> Page[ItemAnswer]:
    """A page of the items asked for, with answers and evidence. Two queries whatever the number of items."""
    items = [item for item in pack.items if _asked(item, wanted, language)]
    found = answered(checklist.id, items, step=wanted.step)
    if wanted.state:
        found = [each for each in found if each.answer_state == wanted.state]
    shown = found[(page - 1) * per_page : page * per_page]
    return Page(with_evidence(shown), page, len(found), per_page)


def checklist_all(checklist: Checklist, pack: Pack, wanted: Wanted, *, language: str = "en") -> list[ItemAnswer]:
    """Every item asked for with its answer, evidence left out. One query."""
    found = answered(checklist.id, [item for item in pack.items if _asked(item, wanted, language)], step=wanted.step)
    return [each for each in found if not wanted.state or each.answer_state == wanted.state]


def page_of(pack: Pack, item: Item, wanted: Wanted, *, per_page: int = PER_PAGE) -> int:
    """On which page of the items asked for an item stands; the answers' states play no part in it."""
    keys = [each.key for each in pack.items if _asked(each, wanted, "en")]
    return keys.index(item.key) // per_page + 1 if item.key in keys else 1


def chapter_of(ref: str) -> str:
    """The chapter a clause belongs to: 8 for 8.5.6, A.5 for A.5.9."""
    parts = ref.split(".")
    return ".".join(parts[:2]) if parts[0].isalpha() else parts[0]


def part_of(item: Item) -> str:
    """The chapter, or of the gates the step, that an item belongs to."""
    return str(item.step) if item.step else chapter_of(item.clause or "")


def item_in(pack: Pack, key: str) -> Item | None:
    """The item with this key, or None."""
    try:
        return pack.item(key)
    except KeyError:
        return None


def within(pack: Pack, parts: Sequence[str] | None) -> Pack:
    """The pack with the items of these chapters or steps only; all of it where None are named."""
    if parts is None:
        return pack
    return replace(pack, items=tuple(item for item in pack.items if part_of(item) in parts))


def chapters(pack: Pack) -> list[tuple[str, Text]]:
    """The chapters of a standard that ask something, in order, each with its title."""
    asked = dict.fromkeys(chapter_of(item.clause) for item in pack.items if item.clause)
    return [(ref, pack.clause(ref).title if pack.has_clause(ref) else Text(ref, ref)) for ref in asked]


def clause_matrix(project_id: int, pack_id: str) -> list[MatrixRow]:
    """Every clause (for the gates: every step) of the checklist started last with this pack; empty where none was."""
    checklist = newest_checklist(project_id, pack_id)
    return [] if checklist is None else matrix_of(checklist)


def matrix_of(checklist: Checklist) -> list[MatrixRow]:
    """Every clause, or step, of one checklist with what was answered. Two queries."""
    found = exact_pack(checklist) or installed(checklist.pack_id)
    if found is None:
        return []
    pack = within(found, checklist.parts)
    sums: dict[str, _Sum] = {}
    for each in with_evidence(answered(checklist.id, pack.items)):
        each_sum = sums.setdefault(each.item.clause or str(each.item.step), _Sum())
        each_sum.states.append(each.answer_state)
        each_sum.evidence |= {piece.id for piece in each.evidence}
        each_sum.bare += each.is_bare
    if pack.steps:
        return [_row(step.gate, step.title, 0, sums.get(str(step.number), _Sum())) for step in pack.steps]
    depths: dict[str, int] = {}
    for clause in pack.clauses:
        depths[clause.ref] = depths[clause.parent] + 1 if clause.parent in depths else 0
    rows = [_row(clause.ref, clause.title, depths[clause.ref], sums.get(clause.ref, _Sum())) for clause in pack.clauses]
    return [replace(row, off=off_by(checklist, pack, row.ref)) for row in rows]


def _row(ref: str, title: Text, depth: int, found: _Sum) -> MatrixRow:
    answered = sum(state is not AnswerState.NOT_CHECKED for state in found.states)
    worst = min(found.states, key=WORST_FIRST.index, default=None)
    return MatrixRow(ref, title, depth, answered, len(found.states), worst, len(found.evidence), found.bare)


def _asked(item: Item, wanted: Wanted, language: str) -> bool:
    if (wanted.step and item.step != wanted.step) or (wanted.keys is not None and item.key not in wanted.keys):
        return False
    if wanted.chapter and chapter_of(item.clause or "") != wanted.chapter:
        return False
    if not wanted.search:
        return True
    text = f"{item.key} {item.clause or ''} {item.question.in_(language)}".casefold()
    return wanted.search.casefold() in text


def answered(checklist_id: int, items: Iterable[Item], *, step: int = 0) -> list[ItemAnswer]:
    """The items with their answers, evidence still left out. One query."""
    asked = list(items)
    wanted = (
        select(
            Answer.item_key,
            Answer.id,
            Answer.state,
            Answer.note,
            Answer.answered_by_id,
            Person.name,
            Answer.answered_at,
            Answer.version,
        )
        .join(Person, Person.id == Answer.answered_by_id)
        .where(Answer.checklist_id == checklist_id)
    )
    if step:
        wanted = wanted.where(Answer.step == step)
    if len(asked) == 1:
        wanted = wanted.where(Answer.item_key == asked[0].key)
    rows = {row.item_key: row for row in db.session.execute(wanted)}
    return [
        ItemAnswer(
            item,
            row.id,
            AnswerState(row.state),
            row.note,
            row.answered_by_id,
            row.name,
            row.answered_at,
            version=row.version,
        )
        if (row := rows.get(item.key)) is not None
        else ItemAnswer(item)
        for item in asked
    ]


def with_evidence(answers: Sequence[ItemAnswer]) -> list[ItemAnswer]:
    """The same answers with the evidence bearing on them. One query."""
    today = clock.today()
    found: dict[int | None, list[EvidenceRef]] = {}
    wanted = (
        select(
            AnswerEvidence.answer_id,
            Evidence.id,
            Evidence.number,
            Evidence.title,
            Evidence.state,
            Evidence.valid_until,
            EvidenceVersion.sha256,
        )
        .join(Evidence, Evidence.id == AnswerEvidence.evidence_id)
        .join(EvidenceVersion, is_newest())
        .where(AnswerEvidence.answer_id.in_([each.answer_id for each in answers if each.answer_id is not None]))
        .order_by(Evidence.number)
    )
    for answer_id, piece_id, number, title, state, until, sha256 in db.session.execute(wanted):
        piece = EvidenceRef(piece_id, f"E-{number}", title, standing(state, until, today), until, sha256)
        found.setdefault(answer_id, []).append(piece)
    return [replace(each, evidence=tuple(found.get(each.answer_id, ()))) for each in answers]
