"""Named reads about reports: what can be built, what was built, and the state of the trail to build from."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from workbench.config import Settings
from workbench.database import db
from workbench.people.rules import Permission
from workbench.projects.models import Project
from workbench.projects.rules import ProjectKind
from workbench.reports import catalogue as shelf
from workbench.reports.models import BuiltReport
from workbench.reports.queries.letterhead import letterhead, logo
from workbench.reports.rules import BUNDLE, NEUTRAL_ACTS, SHARED_OBJECTS, Brief, Identity, Point
from workbench.trail import log
from workbench.trail.actions import signing_key
from workbench.trail.models import Checkpoint, Entry
from workbench.web.paging import Page


class Report(Protocol):
    """What a file of the catalogue offers; its template is templates/reports/<KEY>.html."""

    KEY: str
    TITLE: Any
    NOTE: Any  # one sentence: for whom, and what it holds
    PERMISSION: Permission
    SECTIONS: Sequence[tuple[str, Any]]  # (id, title) of the body, in order
    ANNEXES: Sequence[tuple[str, Any]]  # those that may be left out
    SUBJECTS: Any  # what one may choose among, in words; empty where there is nothing to choose (NONE_CHOSEN says
    # what the report tells of where nothing is chosen and that is not all of them)

    def subjects(self, project_id: int) -> list[tuple[str, str]]:
        """(code, label) of what the report tells of and a person may choose among; empty where there is nothing to choose."""

    def build(self, brief: Brief) -> Any:
        """The context of the template: a frozen dataclass with `brief` and `sections`, read from lower queries only."""


@cache
def catalogue() -> dict[str, Report]:
    """Every report by its key: each module of reports/catalogue is one."""
    names = sorted(each.name for each in pkgutil.iter_modules(shelf.__path__))
    modules = [cast(Report, importlib.import_module(f"{shelf.__name__}.{name}")) for name in names]
    return {each.KEY: each for each in modules}


def needed_to_read(key: str) -> Permission:
    """What somebody must hold to open a built file: a bundle has the project's entries as they were written; a report names
    it as READ where seeing the project is not enough.
    """
    found: Permission = Permission.TRAIL_READ if key == BUNDLE else getattr(catalogue().get(key), "READ", Permission.PROJECT_READ)
    return found


def identity(home: Path, organisation: str, language: str = "") -> Identity:
    """The company's letterhead; where it says nothing, the name of the settings and our own accent.

    What the settings say where nobody named the company is told in `language`, or else in the one of the page.
    """
    row = letterhead()
    if organisation == Settings.organisation:
        with force_locale(language) if language else nullcontext():
            organisation = str(_("Our organisation"))
    if row is None:
        return Identity(organisation)
    picture = logo(row, home=home)
    return Identity(row.organisation or organisation, row.address, row.accent, picture, row.logo_type if picture else "")


def looks_at_all(key: str, project: Project) -> bool:
    """Whether a report on this project tells of every project: it says so as LOOKS_AT_ALL, and only the system's own does."""
    return project.kind == ProjectKind.SYSTEM and getattr(catalogue().get(key), "LOOKS_AT_ALL", False)


def last_change(project_key: str, *, everywhere: bool = False) -> int:
    """The number of the last entry that may change what a report on the project says; 0 where there is none.

    `everywhere`: the report tells of every project, so that the entries of all of them count.
    """
    relevant = select(func.max(Entry.seq)).where(Entry.act.not_in(NEUTRAL_ACTS))
    if everywhere:
        return db.session.scalar(relevant) or 0
    own, of_all = relevant.where(Entry.project.in_([project_key, ""])), relevant.where(Entry.object_type.in_(SHARED_OBJECTS))
    return max(number or 0 for number in db.session.scalars(own.union_all(of_all)))


def checkpoint_to_print(project_key: str, *, everywhere: bool = False) -> Checkpoint | None:
    """The first checkpoint that covers the project's last change, or None where none does yet.

    The first and not the newest: checkpoints signed later (for a bundle, or by the clock) cover the same content, and
    a report that printed them would differ from its twin built before. So the same data give the same bytes.
    """
    wanted = select(Checkpoint).where(Checkpoint.size >= last_change(project_key, everywhere=everywhere))
    return db.session.scalars(wanted.order_by(Checkpoint.size, Checkpoint.id).limit(1)).first()


def point_of(checkpoint: Checkpoint, keys: Path) -> Point:
    """A checkpoint as a report prints it, its signature checked once more."""
    key = signing_key(keys).verifier
    signed = log.parse_and_verify_checkpoint(checkpoint.note, str(key))
    root = checkpoint.note.split("\n")[2]
    return Point(size=signed.size, root=root, key_name=key.name, vkey=str(key), note=checkpoint.note, at=checkpoint.at)


def built_reports(project_id: int, *, page: int = 1, per_page: int = 50) -> Page[BuiltReport]:
    """What was built on a project, newest first."""
    wanted = select(BuiltReport).where(BuiltReport.project_id == project_id)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    newest = wanted.options(joinedload(BuiltReport.built_by)).order_by(BuiltReport.id.desc())
    rows = db.session.scalars(newest.limit(per_page).offset((page - 1) * per_page)).all()
    return Page(rows, page, total, per_page)


def latest_built(project_id: int) -> dict[str, BuiltReport]:
    """The newest file of each report and of the bundle."""
    newest = select(func.max(BuiltReport.id)).where(BuiltReport.project_id == project_id).group_by(BuiltReport.key)
    return {each.key: each for each in db.session.scalars(select(BuiltReport).where(BuiltReport.id.in_(newest)))}


def built_report(project_id: int, built_id: int) -> BuiltReport | None:
    """One built file of this project."""
    return db.session.scalar(
        select(BuiltReport).where(BuiltReport.project_id == project_id, BuiltReport.id == built_id)
    )
