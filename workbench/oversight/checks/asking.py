"""Checks of checklists as a whole: the edition, what was switched off, what was asked and did not come."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from workbench.checklists import library
from workbench.checklists.models import Checklist, Exclusion, PackEdition, Recurrence
from workbench.checklists.queries import offers
from workbench.checklists.rules import SHORTEST_REASON, Unit, due_run
from workbench.database import db
from workbench.oversight.checks.base import STANDS, Check, Look, Severity
from workbench.oversight.queries import figures_of_conformity as conformity
from workbench.oversight.queries.spans import found, iso
from workbench.oversight.rules.reviews import A_YEAR, Row
from workbench.projects.models import Project


def edition_old(look: Look) -> Iterator[Row]:
    """A standing checklist whose pack has a newer version, or whose standard has a next edition. Two queries."""
    installed = {each.id: each for each in offers()}
    model = Checklist
    for key, each in found(look.of(model, model).where(STANDS, model.occasion == "").order_by(model.id)):
        offer, later = installed.get(each.pack_id), _next_edition(each.pack_id)
        if later:
            args, endpoint = {"key": key, "checklist_id": each.id}, "checklists.transition"
            yield Row(key, "", each.pack_id, iso(each.started_at), "edition_next", later, endpoint, args)
        elif offer is not None and offer.digest != each.pack_digest:
            args, endpoint = {"key": key, "checklist_id": each.id}, "checklists.show"
            yield Row(key, "", each.pack_id, iso(each.started_at), "edition_newer", offer.version, endpoint, args)


def _next_edition(pack_id: str) -> str:
    """The shipped pack that takes this one's place; "" where none does."""
    walks = (each.to_pack for each in library.crosswalks() if each.kind == "transition" and each.from_pack == pack_id)
    return next(walks, "")


def exclusion_weak(look: Look) -> Iterator[Row]:
    """A clause switched off with no reason worth the name, or for more than a year."""
    model, day = Exclusion, look.span.start - A_YEAR
    wanted = look.of(model, model, Checklist.pack_id, project_id=Checklist.project_id)
    joined = wanted.join(Checklist, Checklist.id == model.checklist_id).join(Project, Project.id == Checklist.project_id)
    weak = (func.length(func.trim(model.reason)) < SHORTEST_REASON) | (model.excluded_at < day)
    for key, each, pack_id in found(joined.where(STANDS, model.ended_at.is_(None), weak).order_by(model.id)):
        note = "unreasoned" if len(each.reason.strip()) < SHORTEST_REASON else "excluded"
        args = {"key": key, "checklist_id": each.checklist_id}
        said = each.reason.strip() or pack_id
        yield Row(key, each.clause, said, iso(each.excluded_at), note, pack_id, "checklists.applicability", args)


def item_overdue(look: Look) -> Iterator[Row]:
    """A question asked of somebody who has not answered by the day."""
    return conformity.items_overdue(look.span)


def run_missing(look: Look) -> Iterator[Row]:
    """A checklist that comes again and was not started on its day. Three queries."""
    model = Recurrence
    known = {*library.pack_ids(), *db.session.scalars(select(PackEdition.pack_id).distinct())}
    due = [
        (key, each, day)
        for key, each in found(look.of(model, model).where(model.withdrawn_at.is_(None)).order_by(model.id))
        if (day := due_run(each.starts_on, each.every, Unit(each.unit), look.today)) and each.pack_id in known
    ]
    wanted = select(Checklist.occasion).where(Checklist.occasion.in_([_run(each.id, day) for _key, each, day in due]))
    there = set(db.session.scalars(wanted))
    for key, each, day in due:
        if _run(each.id, day) not in there:
            late = str((look.today - day).days)
            args = {"key": key, "record_id": each.id}
            yield Row(key, each.code, each.title, iso(day), "days_late", late, "checklists.runs", args)


def _run(number: int, day: object) -> str:
    return f"R{number}:{day}"


CHECKS = (
    Check("item_overdue", Severity.WARNING, item_overdue),
    Check("run_missing", Severity.WARNING, run_missing),
    Check("exclusion_weak", Severity.WARNING, exclusion_weak),
    Check("edition_old", Severity.SOON, edition_old),
)
