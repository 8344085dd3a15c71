"""Named reads about evidence: the list, one piece with what it proves, and what goes into a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, Table, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from workbench import clock
from workbench.database import Base, db
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.evidence.rules import EvidenceState
from workbench.people.models import Person
from workbench.web.paging import Page

SOON = timedelta(days=30)
STANDINGS = ("current", "expiring", "expired", "withdrawn")


@dataclass(frozen=True)
class Proof:
    """One answered item that a piece of evidence bears on."""

    checklist_id: int
    pack_id: str
    item_key: str
    state: str

    @property
    def ref(self) -> str:
        """The item with its pack, such as lifecycle_gates G5-03."""
        return f"{self.pack_id} {self.item_key}"


@dataclass(frozen=True)
class Line:
    """One piece of evidence in a list, with its newest version."""

    id: int
    code: str
    title: str
    kind: str
    state: str  # current | expired | withdrawn
    valid_until: date | None
    owner_name: str
    number: int
    filename: str
    media_type: str
    size: int
    sha256: str
    url: str
    added_at: datetime


@dataclass(frozen=True)
class File(Line):
    """One piece of evidence as a bundle or a report lists it, with what it proves."""

    proves: tuple[Proof, ...]


@dataclass(frozen=True)
class Shown:
    """Everything the page of one piece shows."""

    evidence: Evidence
    state: str
    versions: Sequence[tuple[EvidenceVersion, str]]  # each with the name of who added it, newest first
    proves: tuple[Proof, ...]

    @property
    def newest(self) -> EvidenceVersion:
        """The version that counts."""
        return self.versions[0][0]


def standing(state: str, valid_until: date | None, on: date) -> str:
    """What a piece is worth on a day: current, expired or withdrawn."""
    if state == EvidenceState.WITHDRAWN:
        return "withdrawn"
    return "expired" if valid_until is not None and valid_until < on else "current"


def evidence_in(project_id: int, evidence_id: int) -> Evidence | None:
    """One piece of this project's evidence."""
    return db.session.scalar(select(Evidence).where(Evidence.project_id == project_id, Evidence.id == evidence_id))


def newest_version(evidence_id: int) -> EvidenceVersion:
    """The version that counts."""
    wanted = select(EvidenceVersion).where(EvidenceVersion.evidence_id == evidence_id)
    return db.session.scalars(wanted.order_by(EvidenceVersion.number.desc()).limit(1)).one()


def version_in(project_id: int, evidence_id: int, number: int) -> tuple[Evidence, EvidenceVersion] | None:
    """One version of one piece of this project's evidence."""
    wanted = (
        select(Evidence, EvidenceVersion)
        .join(EvidenceVersion, EvidenceVersion.evidence_id == Evidence.id)
        .where(Evidence.project_id == project_id, Evidence.id == evidence_id, EvidenceVersion.number == number)
    )
    found = db.session.execute(wanted).first()
    return None if found is None else (found[0], found[1])


@cache
def is_newest() -> ColumnElement[bool]:
    """The condition that joins a piece with its newest version only; built once, since building it is not cheap."""
    inner = EvidenceVersion.__table__.alias("later")
    newest = select(func.max(inner.c.number)).where(inner.c.evidence_id == Evidence.id).scalar_subquery()
    return (EvidenceVersion.evidence_id == Evidence.id) & (EvidenceVersion.number == newest.correlate(Evidence))


def _lines(project_id: int) -> Select[Evidence, EvidenceVersion, str]:
    return (
        select(Evidence, EvidenceVersion, Person.name)
        .select_from(Evidence)
        .join(EvidenceVersion, is_newest())
        .join(Person, Person.id == Evidence.owner_id)
        .where(Evidence.project_id == project_id)
    )


def _line(piece: Evidence, version: EvidenceVersion, owner: str) -> Line:
    return Line(
        id=piece.id,
        code=piece.code,
        title=piece.title,
        kind=piece.kind,
        state=standing(piece.state, piece.valid_until, clock.today()),
        valid_until=piece.valid_until,
        owner_name=owner,
        number=version.number,
        filename=version.filename,
        media_type=version.media_type,
        size=version.size,
        sha256=version.sha256,
        url=version.url,
        added_at=version.added_at,
    )


def _that_stand(state: str, on: date) -> list[ColumnElement[bool]]:
    """The conditions of one of STANDINGS; none for any other word."""
    current = Evidence.state == EvidenceState.CURRENT
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "current": [current, or_(Evidence.valid_until.is_(None), Evidence.valid_until >= on)],
        "expiring": [current, Evidence.valid_until >= on, Evidence.valid_until <= on + SOON],
        "expired": [current, Evidence.valid_until < on],
        "withdrawn": [Evidence.state == EvidenceState.WITHDRAWN],
    }
    return conditions.get(state, [])


def evidence_of_project(
    project_id: int, *, search: str = "", state: str = "", page: int = 1, per_page: int = 50
) -> Page[Line]:
    """A page of a project's evidence, newest first; `search` looks in title, file name and code. Two queries."""
    wanted = _lines(project_id).where(*_that_stand(state, clock.today()))
    if search:
        found: list[ColumnElement[bool]] = [Evidence.title.icontains(search, autoescape=True)]
        found.append(EvidenceVersion.filename.icontains(search, autoescape=True))
        number = search.lower().removeprefix("e-")
        if number.isdecimal() and len(number) < 10:
            found.append(Evidence.number == int(number))
        wanted = wanted.where(or_(*found))
    total = db.session.scalar(select(func.count()).select_from(wanted.with_only_columns(Evidence.id).subquery())) or 0
    rows = db.session.execute(wanted.order_by(Evidence.number.desc()).limit(per_page).offset((page - 1) * per_page))
    return Page([_line(*row) for row in rows], page, total, per_page)


def choices(project_id: int, *, limit: int = 300) -> list[tuple[int, str]]:
    """What can be attached: (id, code and title) of what is not withdrawn, newest first."""
    wanted = select(Evidence).where(Evidence.project_id == project_id, Evidence.state == EvidenceState.CURRENT)
    newest = db.session.scalars(wanted.order_by(Evidence.number.desc()).limit(limit))
    return [(each.id, f"{each.code} {each.title}") for each in newest]


def evidence_page(project_id: int, evidence_id: int) -> Shown | None:
    """One piece with its owner, its versions and what it proves. Three queries and one for the versions' names."""
    wanted = select(Evidence).options(joinedload(Evidence.owner), selectinload(Evidence.versions))
    piece = db.session.scalar(wanted.where(Evidence.project_id == project_id, Evidence.id == evidence_id))
    if piece is None:
        return None
    who = select(Person.id, Person.name).where(Person.id.in_({each.added_by_id for each in piece.versions}))
    names: dict[int, str] = {number: name for number, name in db.session.execute(who)}
    return Shown(
        evidence=piece,
        state=standing(piece.state, piece.valid_until, clock.today()),
        versions=[(each, names[each.added_by_id]) for each in reversed(piece.versions)],
        proves=_proofs([piece.id]).get(piece.id, ()),
    )


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _proofs(evidence_ids: Sequence[int] | Select[int]) -> dict[int, tuple[Proof, ...]]:
    """The answers that evidence bears on. Their tables belong to checklists, a floor above: named, not imported."""
    link, answer, checklist = _table("answer_evidence"), _table("answer"), _table("checklist")
    wanted = (
        select(link.c.evidence_id, checklist.c.id, checklist.c.pack_id, answer.c.item_key, answer.c.state)
        .join(answer, answer.c.id == link.c.answer_id)
        .join(checklist, checklist.c.id == answer.c.checklist_id)
        .where(link.c.evidence_id.in_(evidence_ids))
        .order_by(checklist.c.id, answer.c.item_key)
    )
    found: dict[int, list[Proof]] = {}
    for evidence_id, *rest in db.session.execute(wanted):
        found.setdefault(evidence_id, []).append(Proof(*rest))
    return {evidence_id: tuple(proofs) for evidence_id, proofs in found.items()}


def files_of_project(project_id: int) -> list[File]:
    """Every piece of a project's evidence with its newest version and what it proves, by number. Two queries."""
    proofs = _proofs(select(Evidence.id).where(Evidence.project_id == project_id))
    rows = db.session.execute(_lines(project_id).order_by(Evidence.number))
    lines = [_line(*row) for row in rows]
    return [File(**vars(line), proves=proofs.get(line.id, ())) for line in lines]


def expired(project_id: int, on: date) -> list[Line]:
    """What is not withdrawn but no longer valid on a day, longest expired first."""
    wanted = _lines(project_id).where(*_that_stand("expired", on)).order_by(Evidence.valid_until, Evidence.number)
    return [_line(*row) for row in db.session.execute(wanted)]


def next_number(project_id: int) -> int:
    """The number the next piece gets."""
    return (db.session.scalar(select(func.max(Evidence.number)).where(Evidence.project_id == project_id)) or 0) + 1
