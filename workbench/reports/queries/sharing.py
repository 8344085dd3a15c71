"""Named reads about what is shared with guests: the links of a project, their files, who opened what and when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from workbench import clock
from workbench.database import db
from workbench.people.models import Membership, Person
from workbench.people.rules import Function, Permission, Role, granted
from workbench.projects.models import Project
from workbench.reports.models import BuiltReport, SharedFile, SharedOpening, Sharing
from workbench.reports.rules import SharingState
from workbench.web.paging import PER_PAGE, Page

# How the list of links may be sorted: the first is the usual one.
SHARING_SORTS: dict[str, tuple[Any, ...]] = {
    "newest": (Sharing.id.desc(),),
    "ending": (Sharing.ends_at, Sharing.id),
    "guest": (func.lower(Sharing.guest), Sharing.id.desc()),
}


@dataclass(frozen=True)
class WantedSharings:
    """Which links are listed, and in which order. `search` is a part of the guest's name."""

    state: str = ""
    search: str = ""
    sort: str = "newest"


@dataclass(frozen=True)
class SharingLine:
    """A link, how many files it opens, how often it was opened and last when, and whether who made it could make it today."""

    row: Sharing
    files: int
    openings: int
    last_opened_at: datetime | None
    maker_may_share: bool


@dataclass(frozen=True)
class Shared:
    """What a secret opens: the link, its project and its files."""

    row: Sharing
    project: Project
    files: Sequence[BuiltReport]

    def file(self, built_id: int) -> BuiltReport | None:
        """The file of that number, where the link opens it."""
        return next((each for each in self.files if each.id == built_id), None)


def secret_hash(secret: str) -> str:
    """How a secret is kept. It is looked up by this hash alone, so the time it takes tells nothing of other secrets."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _found(project_id: int, wanted: WantedSharings) -> Select[Sharing]:
    found = select(Sharing).where(Sharing.project_id == project_id)
    if wanted.state == SharingState.REVOKED:
        found = found.where(Sharing.revoked_at.is_not(None))
    elif wanted.state == SharingState.ENDED:
        found = found.where(Sharing.revoked_at.is_(None), Sharing.ends_at <= clock.now())
    elif wanted.state == SharingState.OPEN:
        found = found.where(Sharing.revoked_at.is_(None), Sharing.ends_at > clock.now())
    if wanted.search:
        found = found.where(func.lower(Sharing.guest).contains(wanted.search.lower(), autoescape=True))
    return found


def _ordered(found: Select[Sharing], wanted: WantedSharings) -> Select[Sharing]:
    people = (joinedload(Sharing.made_by), joinedload(Sharing.revoked_by))
    return found.options(*people).order_by(*SHARING_SORTS.get(wanted.sort, SHARING_SORTS["newest"]))


def sharings_page(project_id: int, wanted: WantedSharings, *, page: int = 1, per_page: int = PER_PAGE) -> Page[SharingLine]:
    """A page of the links of a project. Five queries."""
    found = _found(project_id, wanted)
    total = db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = db.session.scalars(_ordered(found, wanted).limit(per_page).offset((page - 1) * per_page)).all()
    return Page(_lines(project_id, rows), page, total, per_page)


def sharings_all(project_id: int, wanted: WantedSharings) -> list[SharingLine]:
    """All of them, for an export. Four queries."""
    return _lines(project_id, db.session.scalars(_ordered(_found(project_id, wanted), wanted)).all())


def sharing_line(row: Sharing) -> SharingLine:
    """One link with what was counted. Three queries."""
    return _lines(row.project_id, [row])[0]


def _lines(project_id: int, rows: Sequence[Sharing]) -> list[SharingLine]:
    if not rows:
        return []
    ids = [each.id for each in rows]
    counted = select(SharedFile.sharing_id, func.count()).where(SharedFile.sharing_id.in_(ids)).group_by(SharedFile.sharing_id)
    files = {number: count for number, count in db.session.execute(counted)}
    opened = (
        select(SharedOpening.sharing_id, func.count(), func.max(SharedOpening.opened_at))
        .where(SharedOpening.sharing_id.in_(ids)).group_by(SharedOpening.sharing_id)
    )
    openings = {number: (count, last) for number, count, last in db.session.execute(opened)}
    never: tuple[int, datetime | None] = (0, None)
    able = _who_may_share(project_id, {each.made_by_id: each.made_by for each in rows}.values())
    return [
        SharingLine(
            each, files.get(each.id, 0), openings.get(each.id, never)[0], openings.get(each.id, never)[1], each.made_by_id in able
        )
        for each in rows
    ]


def _who_may_share(project_id: int, people: Iterable[Person]) -> set[int]:
    """The numbers of those who may build reports on the project today. One query."""
    asked = list(people)
    wanted = select(Membership.person_id, Membership.role, Membership.functions).where(
        Membership.project_id == project_id, Membership.person_id.in_([each.id for each in asked])
    )
    places = {
        number: (Role(role), frozenset(map(Function, functions or ())))
        for number, role, functions in db.session.execute(wanted)
    }
    return {
        each.id for each in asked
        if each.active and Permission.REPORT_BUILD in granted(each.access, *places.get(each.id, (None, frozenset())))
    }


def sharing(project_id: int, sharing_id: int) -> Sharing | None:
    """One link of this project, with who made it and who revoked it."""
    wanted = select(Sharing).options(joinedload(Sharing.made_by), joinedload(Sharing.revoked_by))
    return db.session.scalar(wanted.where(Sharing.project_id == project_id, Sharing.id == sharing_id))


def built_of(project_id: int, numbers: Iterable[int]) -> Sequence[BuiltReport]:
    """The built files of this project with these numbers, newest first."""
    wanted = select(BuiltReport).where(BuiltReport.project_id == project_id, BuiltReport.id.in_(set(numbers)))
    return db.session.scalars(wanted.order_by(BuiltReport.id.desc())).all()


def files_of(sharing_id: int) -> Sequence[BuiltReport]:
    """The files a link opens, newest first."""
    wanted = select(BuiltReport).options(joinedload(BuiltReport.built_by)).join(SharedFile, SharedFile.built_id == BuiltReport.id)
    return db.session.scalars(wanted.where(SharedFile.sharing_id == sharing_id).order_by(BuiltReport.id.desc())).all()


def openings_page(sharing_id: int, *, page: int = 1, per_page: int = PER_PAGE) -> Page[tuple[SharedOpening, str]]:
    """A page of the openings of a link, newest first, each with the name of its file; "" for the list. Two queries."""
    of_link = SharedOpening.sharing_id == sharing_id
    total = db.session.scalar(select(func.count()).select_from(SharedOpening).where(of_link)) or 0
    found = db.session.execute(_openings(sharing_id).limit(per_page).offset((page - 1) * per_page))
    return Page([(row, name or "") for row, name in found], page, total, per_page)


def openings_all(sharing_id: int) -> list[tuple[SharedOpening, str]]:
    """All of them, for an export."""
    return [(row, name or "") for row, name in db.session.execute(_openings(sharing_id))]


def _openings(sharing_id: int) -> Select[SharedOpening, str]:
    wanted = select(SharedOpening, BuiltReport.filename).outerjoin(BuiltReport, BuiltReport.id == SharedOpening.built_id)
    return wanted.where(SharedOpening.sharing_id == sharing_id).order_by(SharedOpening.id.desc())


def shared_by(secret: str) -> Shared | None:
    """What a secret opens now; None for an unknown, ended or revoked link alike."""
    wanted = (
        select(Sharing, Project).options(joinedload(Sharing.made_by)).join(Project, Project.id == Sharing.project_id)
        .where(Sharing.secret_sha256 == secret_hash(secret), Sharing.revoked_at.is_(None), Sharing.ends_at > clock.now())
        .execution_options(populate_existing=True)
    )
    found = db.session.execute(wanted).first()
    return None if found is None else Shared(found[0], found[1], files_of(found[0].id))


def was_listed_since(sharing_id: int, address: str, since: datetime) -> bool:
    """Whether the list of a link was opened from this network address at or after a moment."""
    wanted = select(SharedOpening.id).where(
        SharedOpening.sharing_id == sharing_id, SharedOpening.built_id.is_(None), SharedOpening.address == address,
        SharedOpening.opened_at >= since,
    )
    return db.session.scalar(wanted.limit(1)) is not None
