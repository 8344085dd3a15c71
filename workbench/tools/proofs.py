"""What the gates ask of a project's tools: each function names what is lacking; nothing named means in order."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select

from workbench.database import db
from workbench.tools.models import Customisation, Limitation, Promise
from workbench.tools.rules import PromiseState, Retest


def _codes(model: type[Any], project_id: int, *conditions: ColumnElement[bool]) -> list[str]:
    wanted = select(model.code).where(model.project_id == project_id, model.withdrawn_at.is_(None), *conditions)
    return list(db.session.scalars(wanted.order_by(model.id)))


def promises_unowned(project_id: int) -> list[str]:
    """Open promises without a date or without somebody who asks again."""
    lacking = or_(Promise.owner_id.is_(None), Promise.due_on.is_(None))
    return _codes(Promise, project_id, Promise.state == PromiseState.OPEN, lacking)


def follow_ups_missing(project_id: int) -> list[str]:
    """Open promises for which nobody, or no day, is named to ask again."""
    lacking = or_(Promise.owner_id.is_(None), Promise.next_chase_on.is_(None))
    return _codes(Promise, project_id, Promise.state == PromiseState.OPEN, lacking)


def limitations_undecided(project_id: int) -> list[str]:
    """Limitations of which it is not said whether they are waited for, worked around or dropped."""
    return _codes(Limitation, project_id, func.coalesce(Limitation.decision, "") == "")


def limitations_missing(project_id: int) -> list[str]:
    """One line where the project records no limitation at all."""
    wanted = select(Limitation.id).where(Limitation.project_id == project_id, Limitation.withdrawn_at.is_(None))
    return [] if db.session.scalar(wanted.limit(1)) is not None else [_("no limitation recorded")]


def customisations_due(project_id: int) -> list[str]:
    """Customisations that were not tried with the version their tool has now, or failed when they were."""
    wanted = select(Customisation).where(Customisation.project_id == project_id, Customisation.withdrawn_at.is_(None))
    found = db.session.scalars(wanted.order_by(Customisation.id))
    return [each.code for each in found if each.retest is not Retest.FRESH]
