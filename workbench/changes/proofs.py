"""What the gates ask of changes: each function names what is lacking, nothing where all is in order.

They look at the requests that are neither withdrawn nor rejected; where there is none, that is what is lacking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from workbench import clock
from workbench.changes import queries, rules
from workbench.changes.models import AcceptanceRun, Connection, Rehearsal, RequestForChange
from workbench.changes.rules import RequestState, Verdict
from workbench.database import db
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.evidence.queries import is_newest
from workbench.projects.queries import thresholds
from workbench.trials.queries.plans import Held, held_of_project, rehearsed_files

CONNECTION_TEXTS = ("carries", "key_custody", "rate", "schedule", "failure_alert")


def _standing(project_id: int) -> Sequence[RequestForChange]:
    wanted = select(RequestForChange).where(
        RequestForChange.project_id == project_id, queries.standing().not_in(rules.GONE)
    )
    return db.session.scalars(wanted.order_by(RequestForChange.id)).all()


def _none_yet() -> list[str]:
    return [str(_("no request for change"))]


def _codes(project_id: int, lacks: Callable[[RequestForChange], bool]) -> list[str]:
    rows = _standing(project_id)
    return [each.code for each in rows if lacks(each)] if rows else _none_yet()


def _said(code: str, what: str) -> str:
    return str(_("%(code)s: %(what)s", code=code, what=what))


def request_missing(project_id: int) -> list[str]:
    """The requests that do not say yet what each has to say, with what is missing."""
    rows = _standing(project_id)
    lacking = {each.code: rules.missing_at_last(each) for each in rows}
    found = [
        _said(code, ", ".join(str(queries.LACKING[name]) for name in names)) for code, names in lacking.items() if names
    ]
    return found if rows else _none_yet()


def plan_missing(project_id: int) -> list[str]:
    """The requests without a promotion plan attached."""
    return _codes(project_id, lambda row: not row.plan_sha256)


def back_out_missing(project_id: int) -> list[str]:
    """The requests without a back-out plan."""
    return _codes(project_id, lambda row: not row.back_out_plan.strip())


def plan_not_rehearsed(project_id: int) -> list[str]:
    """The requests whose last rehearsal of the way back, with the plan as attached, did not go well or was not held."""
    wanted = select(Rehearsal).join(RequestForChange, RequestForChange.id == Rehearsal.request_id)
    tried: dict[int, list[Rehearsal]] = {}
    for each in db.session.scalars(wanted.where(RequestForChange.project_id == project_id).order_by(Rehearsal.id.desc())):
        tried.setdefault(each.request_id, []).append(each)
    rehearsed = rehearsed_files(project_id)
    return _codes(project_id, lambda row: not queries.is_rehearsed(row, tried.get(row.id, []), rehearsed))


def fake_in_plan(project_id: int) -> list[str]:
    """The plans that hold fake rows or personal data in the clear, or of which that is not known."""
    rows = _with_plan(project_id)
    found = [_said(row.code, told) for row, newest in rows if (told := _found_in(row, newest))]
    return found if rows else _none_yet()


def _found_in(row: RequestForChange, newest: EvidenceVersion | None) -> str:
    if not row.plan_sha256:
        return str(_("no plan attached"))
    if newest is None or newest.sha256 != row.plan_sha256:
        return str(_("the newest version of the plan is not searched yet; attach it again"))
    if row.plan_fake_rows is None or row.plan_sensitive_cells is None:
        return str(_("the plan cannot be searched; attach it as a table or a text"))
    if not row.plan_fake_rows and not row.plan_sensitive_cells:
        return ""
    return str(_(
        "fake rows: %(fake)s, cells with personal data: %(cells)s", fake=row.plan_fake_rows, cells=row.plan_sensitive_cells
    ))


def _with_plan(project_id: int) -> list[tuple[RequestForChange, EvidenceVersion | None]]:
    """The requests that stand, each with the newest version of its plan."""
    wanted = (
        select(RequestForChange, EvidenceVersion)
        .outerjoin(Evidence, Evidence.id == RequestForChange.plan_evidence_id)
        .outerjoin(EvidenceVersion, is_newest())
        .where(RequestForChange.project_id == project_id, queries.standing().not_in(rules.GONE))
        .order_by(RequestForChange.id)
    )
    return [(row, version) for row, version in db.session.execute(wanted)]


def plan_not_as_approved(project_id: int) -> list[str]:
    """The requests whose plan is not the one approved, or was approved so long ago that it is stale."""
    rows, days = _with_plan(project_id), thresholds(project_id)["stale_plan_days"]
    oldest = clock.today() - timedelta(days=days)
    held = held_of_project(project_id)
    moved = {row.id: _unfit(queries.as_held(row, held.get(row.plan_evidence_id or 0))) for row, _newest in rows}
    found = [_said(row.code, told) for row, newest in rows if (told := _differs(row, newest, oldest, moved[row.id]))]
    return found if rows else _none_yet()


def _unfit(held: Held | None) -> str:
    """What the newest check against live says of a plan of the sandbox; nothing where it is fresh, or no such plan."""
    moved = queries.moved_in(held)
    if moved:
        return str(_("the plan is stale: %(moved)s", moved=", ".join(moved[:5])))
    return str(_("the plan was not checked against live yet")) if held is not None and held.checked_at is None else ""


def _differs(row: RequestForChange, newest: EvidenceVersion | None, oldest: date, moved: str) -> str:
    if not row.plan_sha256 or newest is None:
        return str(_("no plan attached"))
    if newest.sha256 != row.plan_sha256:
        return str(_("the plan has a newer version than the one submitted"))
    if moved:
        return moved
    if row.authorised_at is None:
        return str(_("the plan is not approved"))
    if row.standing in rules.AGREED and newest.added_at.date() < oldest:
        return str(_("the plan is stale, it dates from %(day)s", day=newest.added_at.date().isoformat()))
    return ""


def approvals_missing(project_id: int) -> list[str]:
    """The requests that are not authorised as they stand, with who has not signed; a rejected one where no other stands."""
    given, rows = queries.answers(project_id), queries.requests_for_change(project_id)
    standing = [each for each in rows if each.standing not in rules.GONE]
    if not standing:
        rejected = [each for each in rows if each.standing is RequestState.REJECTED]
        return [_said(each.code, str(_("rejected"))) for each in rejected] or _none_yet()
    return [told for each in standing for told in _unsigned(each, given.get(each.id, []))]


def _unsigned(row: RequestForChange, given: Sequence[queries.Answer]) -> list[str]:
    verdict = queries.verdict(row, given)
    if verdict is Verdict.AUTHORISED:
        return []
    if verdict is Verdict.REJECTED:
        return [_said(row.code, str(_("rejected")))]
    if row.standing is RequestState.DRAFT:
        return [_said(row.code, str(_("not submitted")))]
    waiting = [each.name for each in given if each.round == row.round and each.signed is None]
    return [_said(row.code, name) for name in waiting] or [_said(row.code, str(_("the approvals are not enough")))]


def approvals_undecided(project_id: int, on: date | None = None) -> list[str]:
    """Who was asked to approve a request and has not answered; with a day only those past the day it was due."""
    given, rows = queries.answers(project_id), _standing(project_id)
    return [
        str(_("%(code)s: %(name)s, due %(day)s", code=row.code, name=each.name, day=each.due_on.isoformat()))
        for row in rows
        for each in given.get(row.id, [])
        if each.round == row.round and each.signed is None and (on is None or each.due_on < on) and _waits(row)
    ]


def _waits(row: RequestForChange) -> bool:
    done = row.standing in rules.DONE and row.change_type == rules.ChangeType.EMERGENCY
    return row.authorised_at is None and (row.standing is RequestState.SUBMITTED or done)


def acceptance_open(project_id: int) -> list[str]:
    """The acceptance runs that are not accepted: totals differ without an explanation, or an exception is undecided."""
    wanted = select(AcceptanceRun).where(AcceptanceRun.project_id == project_id, AcceptanceRun.withdrawn_at.is_(None))
    rows = db.session.scalars(wanted.order_by(AcceptanceRun.id)).all()
    return [each.code for each in rows if each.acceptance == "open"] if rows else [str(_("no acceptance run"))]


def secrets_found(project_id: int) -> list[str]:
    """The connections and requests in whose text something looks like a key or a password."""
    wanted = select(Connection).where(Connection.project_id == project_id, Connection.withdrawn_at.is_(None))
    rows: list[tuple[Any, tuple[str, ...]]] = []
    rows += [(each, CONNECTION_TEXTS) for each in db.session.scalars(wanted.order_by(Connection.id))]
    rows += [(each, rules.TEXTS) for each in queries.requests_for_change(project_id)]
    return [
        row.code for row, texts in rows if any(rules.looks_like_secret(getattr(row, name) or "") for name in texts)
    ]


def review_overdue(project_id: int, on: date) -> list[str]:
    """The changes carried out or backed out whose review was due before this day."""
    return [each.code for each in _standing(project_id) if (due := review_due(each)) is not None and due < on]


def review_due(row: RequestForChange) -> date | None:
    """Until when a change waits for its review; None where none is due."""
    if row.standing not in (RequestState.IMPLEMENTED, RequestState.BACKED_OUT) or row.actual_end is None:
        return None
    return rules.review_due(row.change_type, row.actual_end.date())
