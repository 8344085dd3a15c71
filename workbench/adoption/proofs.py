"""What the gate of step 9 asks of adoption: each function lists what is lacking."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, select

from workbench.adoption import queries
from workbench.adoption.models import Benefit, Reevaluation, Verification
from workbench.database import db
from workbench.inquiry.models import Baseline
from workbench.registers.queries import standing


def habit_missing(project_id: int) -> list[str]:
    """Every measure that shows no habit yet, each in a sentence."""
    counted = queries.counted(project_id)
    if not counted:
        return [_("no measure set")]
    return [_not_yet(each) for each in counted if each.verdict is None or not each.verdict.is_habit]


def _not_yet(counted: queries.Counted) -> str:
    if counted.verdict is None:
        return str(_("%(code)s: no week noted", code=counted.measure.code))
    return str(
        _("%(code)s: %(sentence)s, a habit is %(needed)s of %(window)s", code=counted.measure.code,
          sentence=queries.sentence(counted.verdict), needed=counted.needed, window=counted.window)
    )


def benefit_missing(project_id: int) -> list[str]:
    """Every baseline of step 1 that was not measured again."""
    again = (Benefit.baseline_id == Baseline.id) & Benefit.withdrawn_at.is_(None)
    wanted = select(Baseline.code, func.count(Benefit.id)).outerjoin(Benefit, again)
    mine = wanted.where(Baseline.project_id == project_id, Baseline.withdrawn_at.is_(None))
    rows = db.session.execute(mine.group_by(Baseline.id, Baseline.code).order_by(Baseline.id)).all()
    if not rows:
        return [_("no baseline of step 1 to compare with")]
    return [code for code, benefits in rows if not benefits]


def reevaluation_missing(project_id: int, on: date) -> list[str]:
    """The re-evaluations that are overdue on a day, and that none is set to come."""
    waiting = [each for each in standing(Reevaluation, project_id) if each.done_on is None]
    overdue = [each.code for each in waiting if each.due_on < on]
    return overdue if any(each.due_on >= on for each in waiting) else [*overdue, str(_("no date set"))]


def verification_missing(project_id: int) -> list[str]:
    """That nobody signed for the counts as they stand now."""
    wanted = select(Verification.readings_sha256).where(Verification.project_id == project_id)
    signed = db.session.scalar(wanted.order_by(Verification.id.desc()).limit(1))
    if signed is None:
        return [_("no second person has verified the counts")]
    if signed != queries.readings_digest(project_id):
        return [_("the counts or their limit changed after they were verified")]
    return []
