"""Named reads about needs, objectives, sources and consultations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from flask_babel import gettext as _
from sqlalchemy import select

from workbench.database import db
from workbench.inquiry.models import Consultation, Need, Objective, Source
from workbench.inquiry.rules import ContributionKind, code_order
from workbench.projects.rules import Layer

Row = TypeVar("Row", Need, Objective, Source, Consultation)


def _all(kind: type[Row], project_id: int) -> Sequence[Row]:
    return db.session.scalars(select(kind).where(kind.project_id == project_id).order_by(kind.id)).all()


def _one(kind: type[Row], project_id: int, number: int) -> Row | None:
    return db.session.scalar(select(kind).where(kind.project_id == project_id, kind.id == number))


def needs(project_id: int) -> Sequence[Need]:
    """The needs of a project in the order in which they were stated."""
    return _all(Need, project_id)


def need(project_id: int, need_id: int) -> Need | None:
    """One need of this project."""
    return _one(Need, project_id, need_id)


def objectives(project_id: int) -> Sequence[Objective]:
    """The objectives of a project, a revised one after the one it follows."""
    return sorted(_all(Objective, project_id), key=lambda each: code_order(each.code))


def objective(project_id: int, objective_id: int) -> Objective | None:
    """One objective of this project."""
    return _one(Objective, project_id, objective_id)


def sources(project_id: int) -> Sequence[Source]:
    """What was read for a project, in the order of noting."""
    return _all(Source, project_id)


def source(project_id: int, source_id: int) -> Source | None:
    """One source of this project."""
    return _one(Source, project_id, source_id)


def consultations(project_id: int) -> Sequence[Consultation]:
    """What was said to a project, in the order of noting. Show names through `shown_name` only."""
    return _all(Consultation, project_id)


def consultation(project_id: int, consultation_id: int) -> Consultation | None:
    """One consultation of this project."""
    return _one(Consultation, project_id, consultation_id)


def open_cautions(project_id: int) -> Sequence[Consultation]:
    """The cautions that nobody has disposed of yet."""
    wanted = select(Consultation).where(
        Consultation.project_id == project_id, Consultation.kind == ContributionKind.CAUTION,
        Consultation.disposition == "",
    )
    return db.session.scalars(wanted.order_by(Consultation.id)).all()


def shown_name(row: Consultation, *, sees_names: bool = False) -> str:
    """Who said it, as it may be shown: a confidential name only to those who write the project's records."""
    if not row.is_confidential or sees_names:
        return row.said_by
    unnamed = {
        Layer.INTERNAL: _("a person inside the company"), Layer.RESELLER: _("a person at the reseller"),
        Layer.SUPPLIER: _("a person at the supplier"), Layer.EDITOR: _("a person at the editor"),
    }
    return str(unnamed[Layer(row.layer)])
