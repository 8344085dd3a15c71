"""Named reads through the crosswalks: what an answer or a piece of evidence counts for in the other standards of a project."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select

from workbench import clock
from workbench.checklists import library
from workbench.checklists.library import STRENGTHS, Item, Neighbour, Pack
from workbench.checklists.models import Answer, AnswerEvidence, Checklist
from workbench.checklists.queries.applicability import above, excluded_items, off_by
from workbench.checklists.queries.editions import exact_packs, installed
from workbench.checklists.queries.items import WORST_FIRST, ItemAnswer, answered, with_evidence, within
from workbench.checklists.rules import GATES_PACK, Also, AnswerState, Proposal
from workbench.database import db
from workbench.evidence.models import Evidence
from workbench.evidence.queries import standing


@dataclass(frozen=True)
class Through:
    """The way by which evidence counts for a clause it was not attached to: where it is attached, and how strong the tie is."""

    pack_id: str
    ref: str  # the clause there; for the gates the criterion
    strength: str


@dataclass(frozen=True)
class Mapped:
    """What speaks for one clause of a standard in one project."""

    direct: frozenset[int] = frozenset()  # numbers of the evidence attached to its own questions
    by_crosswalk: Mapping[int, Through] = field(default_factory=dict)  # evidence attached elsewhere, the strongest tie
    stale: frozenset[int] = frozenset()  # those of both that are expired or withdrawn
    answers: Mapping[str, AnswerState] = field(default_factory=dict)  # its own questions, answered or not

    @property
    def proving(self) -> frozenset[int]:
        """The evidence that proves something today."""
        return (self.direct | set(self.by_crosswalk)) - self.stale


@dataclass(frozen=True)
class Source:
    """Questions of another checklist that bear on a clause."""

    checklist: Checklist
    ref: str
    strength: str
    keys: tuple[str, ...]


@dataclass
class Reach:
    """Which clauses and criteria of the checklists started bear on a clause."""

    started: Mapping[str, tuple[Checklist, Pack]]
    gates: dict[tuple[str, str], list[tuple[str, str]]]

    def sources(self, pack: Pack, ref: str) -> list[Source]:
        """The strongest first."""
        found = []
        for each in ties(pack, ref):
            if each.pack_id in self.started:
                checklist, other = self.started[each.pack_id]
                found.append(Source(checklist, each.clause, each.strength, _asked_under(other, each.clause)))
        for key, strength in self.gates.get((pack.id, ref), ()):
            found.append(Source(self.started[GATES_PACK][0], key, strength, (key,)))
        return sorted((each for each in found if each.keys), key=lambda each: STRENGTHS.index(each.strength))

    def step_of(self, key: str) -> int:
        """The step that a criterion of the gates belongs to."""
        return self.started[GATES_PACK][1].item(key).step or 0


def ties(pack: Pack, ref: str) -> list[Neighbour]:
    """The clauses elsewhere that speak to a clause; where none does, those of the nearest clause above it, partly at best."""
    for each in above(pack, ref):
        found = library.neighbours(pack.id, each)
        if found:
            least = found[0].strength if each == ref else "partial"
            return [replace(one, strength=max(one.strength, least, key=STRENGTHS.index)) for one in found]
    return []


def _asked_under(pack: Pack, ref: str) -> tuple[str, ...]:
    """The questions of a clause; of those below it where it asks nothing itself."""
    own = tuple(item.key for item in pack.items_of_clause(ref))
    return own or tuple(item.key for item in pack.items if item.clause != ref and ref in above(pack, item.clause))


def packs_of(started: Iterable[Checklist]) -> dict[str, Pack]:
    """{digest: pack} of the wordings that checklists are pinned to."""
    return {digest: pack for digest, pack in exact_packs(list(started)).items() if pack is not None}


def reach_of(started: Mapping[str, Checklist], packs: Mapping[str, Pack]) -> Reach:
    """What the checklists of these packs may say about clauses elsewhere."""
    known = {
        name: (each, within(packs[each.pack_digest], each.parts))
        for name, each in started.items()
        if each.pack_digest in packs
    }
    return Reach(known, _by_clause(known[GATES_PACK][1]) if GATES_PACK in known else {})


def _by_clause(gates: Pack) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """{(standard, clause): [(criterion, strength)]} over the references of the gates, and what those clauses map to."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for item in gates.items:
        for ref in item.refs:
            found.setdefault((ref.standard, ref.clause), {})[item.key] = "direct"
            for each in library.neighbours(ref.standard, ref.clause):
                kept = found.setdefault((each.pack_id, each.clause), {})
                strength = max("direct", each.strength, key=STRENGTHS.index)
                kept[item.key] = min(kept.get(item.key, strength), strength, key=STRENGTHS.index)
    return {place: list(keys.items()) for place, keys in found.items()}


def standing_checklists(project_ids: Collection[int], occasion: str = "") -> dict[int, dict[str, Checklist]]:
    """{project: {pack: the checklist of it started last}} of one occasion. One query."""
    wanted = select(Checklist).where(Checklist.project_id.in_(project_ids), Checklist.occasion == occasion)
    found: dict[int, dict[str, Checklist]] = {number: {} for number in project_ids}
    for each in db.session.scalars(wanted.order_by(Checklist.id)):
        found[each.project_id][each.pack_id] = each
    return found


def with_off(checklist: Checklist, pack: Pack, rows: Iterable[ItemAnswer]) -> list[ItemAnswer]:
    """The same rows, each with the clause that is switched off above it."""
    return [replace(each, off=off_by(checklist, pack, each.item.clause)) for each in rows]


def with_mapped(checklist: Checklist, pack: Pack, rows: Iterable[ItemAnswer]) -> list[ItemAnswer]:
    """The same rows with the clauses they also answer and, where not checked, what other answers propose. Three queries."""
    shown = with_off(checklist, pack, rows)
    if pack.steps:
        return shown
    started = standing_checklists([checklist.project_id])[checklist.project_id]
    proposed = _proposed(pack, started, [each for each in shown if _is_bare(checklist, each)])
    return [
        replace(each, also=_also(pack, each.item, started), proposals=tuple(proposed.get(each.key, ())))
        for each in shown
    ]


def proposals_of(checklist: Checklist, pack: Pack) -> list[ItemAnswer]:
    """Every question that is not checked and that other answers of the project speak about, with them. Four queries."""
    rows = with_off(checklist, pack, answered(checklist.id, pack.items))
    started = standing_checklists([checklist.project_id])[checklist.project_id]
    bare = [] if pack.steps else [each for each in rows if _is_bare(checklist, each)]
    proposed = _proposed(pack, started, bare)
    return [replace(each, proposals=tuple(proposed[each.key])) for each in bare if each.key in proposed]


def _is_bare(checklist: Checklist, row: ItemAnswer) -> bool:
    """Whether something may be proposed: an audit's checklist takes nothing over from what it audits."""
    is_standing = not checklist.occasion and checklist.closed_at is None
    return is_standing and row.answer_state is AnswerState.NOT_CHECKED and not row.off


def _also(pack: Pack, item: Item, started: Mapping[str, Checklist]) -> tuple[Also, ...]:
    found = ties(pack, item.clause or "")
    return tuple(
        Also(each.pack_id, each.clause, each.strength, started[each.pack_id].id if each.pack_id in started else 0)
        for each in found
    )


def _proposed(pack: Pack, started: Mapping[str, Checklist], rows: Sequence[ItemAnswer]) -> dict[str, list[Proposal]]:
    """{item key: what is proposed, the strongest first}. Two queries."""
    if not rows:
        return {}
    others = {pack_id: each for pack_id, each in started.items() if pack_id != pack.id}
    reach = reach_of(others, packs_of(others.values()))
    sources = {row.key: reach.sources(pack, row.item.clause or "") for row in rows}
    given = _given(reach, [each for found in sources.values() for each in found])
    proposed = {}
    for key, found in sources.items():
        made = (_proposal(key, each, given) for each in found)
        proposed[key] = [each for each in made if each is not None]
    return {key: found for key, found in proposed.items() if found}


def _given(reach: Reach, sources: Iterable[Source]) -> dict[tuple[int, str], ItemAnswer]:
    """{(checklist, item): answer with its evidence} of the questions that bear on something; switched-off ones left out."""
    items: dict[tuple[int, str], Item] = {}
    for source in sources:
        pack = reach.started[source.checklist.pack_id][1]
        off = excluded_items(source.checklist, pack) if source.checklist.excluded else {}
        items |= {(source.checklist.id, key): pack.item(key) for key in source.keys if key not in off}
    wanted = select(Answer.checklist_id, Answer.id, Answer.item_key, Answer.state, Answer.note).where(
        Answer.checklist_id.in_({number for number, _key in items}),
        Answer.item_key.in_({key for _number, key in items}),
        Answer.state != AnswerState.NOT_CHECKED,
    )
    found = {
        (row.checklist_id, row.item_key): ItemAnswer(
            items[row.checklist_id, row.item_key], row.id, AnswerState(row.state), row.note
        )
        for row in db.session.execute(wanted)
        if (row.checklist_id, row.item_key) in items
    }
    return dict(zip(found, with_evidence(list(found.values())), strict=True))


def _proposal(item_key: str, source: Source, given: Mapping[tuple[int, str], ItemAnswer]) -> Proposal | None:
    answers = [given[source.checklist.id, key] for key in source.keys if (source.checklist.id, key) in given]
    if not answers:
        return None
    pieces = {piece.id: piece.code for each in answers for piece in each.evidence if piece.state != "withdrawn"}
    return Proposal(
        item_key=item_key,
        checklist_id=source.checklist.id,
        pack_id=source.checklist.pack_id,
        ref=source.ref,
        strength=source.strength,
        answer_state=min((each.answer_state for each in answers), key=WORST_FIRST.index),
        notes=tuple(each.note for each in answers if each.note),
        evidence=tuple(pieces.items()),
        answered=len(answers),
        total=len(source.keys),
    )


def mapped_evidence(project_id: int, pack_id: str, *, occasion: str = "") -> dict[str, Mapped]:
    """{clause: what speaks for it} over the clauses of a pack, evidence of other standards counted in. Two queries."""
    return mapped_evidence_of([project_id], pack_id, occasion=occasion)[project_id]


def mapped_evidence_of(
    project_ids: Collection[int], pack_id: str, *, occasion: str = ""
) -> dict[int, dict[str, Mapped]]:
    """{project: {clause: what speaks for it}}. Two queries however many projects."""
    started = standing_checklists(project_ids, occasion)
    cells = cells_of([each.id for own in started.values() for each in own.values()])
    packs = packs_of(each for own in started.values() for each in own.values())
    asked = installed(pack_id)
    return {number: _of_project(pack_id, asked, started[number], packs, cells) for number in project_ids}


@dataclass
class Cell:
    """One answer: its state, its evidence, and which of that proves nothing any more."""

    answer_state: AnswerState
    evidence: set[int] = field(default_factory=set)
    stale: set[int] = field(default_factory=set)

    def add(self, number: int, state: str, until: date | None, today: date) -> None:
        """Count a piece of evidence in."""
        self.evidence.add(number)
        if standing(state, until, today) != "current":
            self.stale.add(number)


def cells_of(checklist_ids: Collection[int]) -> dict[tuple[int, str], Cell]:
    """{(checklist, item): its answer}. One query."""
    wanted = (
        select(Answer.checklist_id, Answer.item_key, Answer.state, Evidence.id, Evidence.state, Evidence.valid_until)
        .outerjoin(AnswerEvidence, AnswerEvidence.answer_id == Answer.id)
        .outerjoin(Evidence, Evidence.id == AnswerEvidence.evidence_id)
        .where(Answer.checklist_id.in_(checklist_ids))
    )
    today = clock.today()
    found: dict[tuple[int, str], Cell] = {}
    for checklist_id, key, state, number, piece_state, until in db.session.execute(wanted):
        cell = found.setdefault((checklist_id, key), Cell(AnswerState(state)))
        if number is not None:
            cell.add(number, piece_state, until, today)
    return found


def _of_project(
    pack_id: str,
    asked: Pack | None,
    started: Mapping[str, Checklist],
    packs: Mapping[str, Pack],
    cells: Mapping[tuple[int, str], Cell],
) -> dict[str, Mapped]:
    own = started.get(pack_id)
    pack = packs.get(own.pack_digest, asked) if own is not None else asked
    if pack is None:
        return {}
    reach = reach_of({name: each for name, each in started.items() if name != pack_id}, packs)
    return {clause.ref: _of_clause(pack, clause.ref, own, reach, cells) for clause in pack.clauses}


def _of_clause(
    pack: Pack, ref: str, own: Checklist | None, reach: Reach, cells: Mapping[tuple[int, str], Cell]
) -> Mapped:
    answers, direct, stale = {}, set[int](), set[int]()
    for item in pack.items_of_clause(ref):
        cell = cells.get((own.id, item.key)) if own is not None else None
        answers[item.key] = cell.answer_state if cell is not None else AnswerState.NOT_CHECKED
        direct |= cell.evidence if cell is not None else set()
        stale |= cell.stale if cell is not None else set()
    through: dict[int, Through] = {}
    for source in reach.sources(pack, ref):  # the strongest first: the first way by which a piece comes stays
        for cell in (cells[source.checklist.id, key] for key in source.keys if (source.checklist.id, key) in cells):
            stale |= cell.stale
            for number in cell.evidence - direct - set(through):
                through[number] = Through(source.checklist.pack_id, source.ref, source.strength)
    return Mapped(frozenset(direct), through, frozenset(stale & (direct | set(through))), answers)
