"""What each piece of evidence bears on, wherever a record names it: findings, actions, limitations, measures and so on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Select, String, Table, cast, literal, select, union_all

from workbench.database import Base, db
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.evidence.queries import File, files_of_project
from workbench.people.models import Person
from workbench.reports.judging import as_of
from workbench.reports.places import Place, places
from workbench.reports.rules import Brief, Options

# Told apart from the rest: the answers, which have their own table in the report, and a piece's own versions.
OWN = frozenset({"answer_evidence", "evidence_version"})
# Rows without a code are called by that of the row they belong to: {table: (foreign key, table it names)}.
CALLED_BY = {
    "effectiveness_check": ("finding_id", "finding"),
    "rehearsal": ("request_id", "request_for_change"),
    "adoption_reading": ("measure_id", "adoption_measure"),
    "capability": ("tool_id", "tool"),
    "capability_proposal": ("tool_id", "tool"),
    "acknowledgement": ("user_id", "practice_user"),
}
NUMBERED = {"finding": "F-"}  # how a row that has a number for its code is called


@dataclass(frozen=True)
class Cited:
    """A record that names a piece of evidence: its table and what it is called."""

    table: str
    code: str


@dataclass(frozen=True)
class Version:
    """An earlier or present version of a piece."""

    code: str
    number: int
    filename: str
    size: int
    sha256: str
    added_by: str
    added_at: datetime
    note: str


@dataclass(frozen=True)
class Piece:
    """One piece of evidence as the index prints it: `lines` of checklists and other records that rest on it."""

    file: File
    added_by: str
    withdrawn_because: str
    lines: tuple[tuple[Place, str], ...]  # with the state of the answer
    cited: tuple[Cited, ...]

    @property
    def is_used(self) -> bool:
        """Whether anything rests on it."""
        return bool(self.lines or self.cited)


@dataclass(frozen=True)
class Resting:
    """One line of a checklist with the pieces that bear on it; `is_bare` where none of them is valid any more."""

    place: Place
    state: str
    pieces: tuple[Piece, ...]

    @property
    def is_bare(self) -> bool:
        """Whether nothing valid bears on it."""
        return all(each.file.state != "current" for each in self.pieces)


def pieces(brief: Brief) -> tuple[Piece, ...]:
    """The evidence that the options ask for, by number. The number of queries does not grow with the pieces."""
    number, on = brief.project.id, brief.point.on
    files = [as_of(each, on) for each in files_of_project(number)]
    spots = places([number], brief.language)
    adders, reasons, cited = _adders(number), _reasons(number), cited_of(number)
    found = []
    for each in files:
        lines = [(spots.of(proof.checklist_id, proof.item_key), proof.state) for proof in each.proves]
        placed = tuple((place, state) for place, state in lines if place is not None)
        piece = Piece(each, adders.get(each.id, ""), reasons.get(each.id, ""), placed, tuple(cited.get(each.id, ())))
        if _is_wanted(piece, brief.options):
            found.append(piece)
    return tuple(found)


def _is_wanted(piece: Piece, options: Options) -> bool:
    """Of the steps and checklists asked for: what bears on one of them, and what bears on none at all."""
    steps = [place.step for place, _state in piece.lines if place.step]
    packs = [place.pack_id for place, _state in piece.lines]
    return (
        options.takes(piece.file.code) and options.period.holds(piece.file.added_at)
        and (not steps or any(options.takes_step(each) for each in steps))
        and (not packs or any(options.takes_pack(each) for each in packs))
    )


def versions(brief: Brief, found: Collection[Piece]) -> tuple[Version, ...]:
    """Every version of the pieces that have more than one, first first. One query."""
    several = [each.file.id for each in found if each.file.number > 1]
    wanted = (
        select(EvidenceVersion, Evidence.number, Person.name)
        .join(Evidence, Evidence.id == EvidenceVersion.evidence_id)
        .join(Person, Person.id == EvidenceVersion.added_by_id)
        .where(Evidence.project_id == brief.project.id, Evidence.id.in_(several))
        .order_by(Evidence.number, EvidenceVersion.number)
    )
    return tuple(
        Version(f"E-{number}", row.number, row.filename or row.url, row.size, row.sha256, name, row.added_at, row.note)
        for row, number, name in db.session.execute(wanted)
    )


def resting(found: Sequence[Piece], options: Options) -> tuple[tuple[str, tuple[Resting, ...]], ...]:
    """(checklist, its lines that evidence bears on), turned round from the pieces; in the order of the packs' lines."""
    lines: dict[tuple[int, str], Resting] = {}
    for piece in found:
        for place, state in piece.lines:
            if options.takes_step(place.step) and options.takes_pack(place.pack_id):
                known = lines.get((place.checklist_id, place.item), Resting(place, state, ()))
                lines[place.checklist_id, place.item] = replace(known, pieces=(*known.pieces, piece))
    ordered = sorted(lines.values(), key=lambda each: (each.place.checklist_id, each.place.rank, each.place.item))
    groups: dict[str, list[Resting]] = {}
    for each in ordered:
        called = f"{each.place.pack}, {each.place.occasion_told}" if each.place.occasion else each.place.pack
        groups.setdefault(called, []).append(each)
    return tuple((called, tuple(group)) for called, group in groups.items())


def _adders(project_id: int) -> dict[int, str]:
    """{piece: who added its newest version}."""
    wanted = (
        select(EvidenceVersion.evidence_id, Person.name)
        .join(Evidence, Evidence.id == EvidenceVersion.evidence_id)
        .join(Person, Person.id == EvidenceVersion.added_by_id)
        .where(Evidence.project_id == project_id)
        .order_by(EvidenceVersion.number)
    )
    return {number: name for number, name in db.session.execute(wanted)}


def _reasons(project_id: int) -> dict[int, str]:
    """{piece: why it was withdrawn}."""
    wanted = select(Evidence.id, Evidence.withdrawn_reason).where(Evidence.project_id == project_id)
    return {number: reason for number, reason in db.session.execute(wanted) if reason}


def naming() -> list[tuple[Table, Column[int]]]:
    """Every column of every table that names a piece of evidence, but the answers'; a new one is found by itself."""
    target = Base.metadata.tables["evidence"].c.id
    return [
        (table, column)
        for _name, table in sorted(Base.metadata.tables.items())
        if table.name not in OWN
        for column in table.c
        if any(key.column is target for key in column.foreign_keys)
    ]


def cited_of(project_id: int) -> Mapping[int, list[Cited]]:
    """{piece: the records that name it}. One query over all tables."""
    mine = select(Evidence.id).where(Evidence.project_id == project_id)
    parts = [_naming(table, column).where(column.in_(mine)) for table, column in naming()]
    found: dict[int, list[Cited]] = {}
    if parts:
        every = union_all(*parts).subquery()
        for evidence_id, table, code in db.session.execute(select(every).order_by(*every.c)):
            known = found.setdefault(evidence_id, [])
            if Cited(table, code) not in known:
                known.append(Cited(table, code))
    return found


def _naming(table: Table, column: Column[int]) -> Select[int, str, str]:
    parent = CALLED_BY.get(table.name)
    if parent is None:
        return select(column.label("piece"), literal(table.name).label("named"), _called(table).label("code"))
    key, name = parent
    above = Base.metadata.tables[name]
    wanted = select(column.label("piece"), literal(table.name).label("named"), _called(above).label("code"))
    return wanted.join(above, above.c.id == table.c[key])


def _called(table: Table) -> ColumnElement[str]:
    """The code of a row, else its name or title, else its number."""
    if "code" in table.c or "number" not in table.c:
        return cast(table.c[next(each for each in ("code", "name", "title", "id") if each in table.c)], String)
    return literal(NUMBERED.get(table.name.partition("_")[0], "")) + cast(table.c.number, String)
