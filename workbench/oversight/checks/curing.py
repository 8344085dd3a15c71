"""Checks of findings: owned, explained, acted upon and judged in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_

from workbench.findings.models import Finding
from workbench.findings.rules import NONCONFORMITIES, OPEN, FindingState
from workbench.oversight.checks.base import Check, Look, Severity
from workbench.oversight.queries import figures_of_conformity as conformity
from workbench.oversight.queries.spans import found, iso
from workbench.oversight.rules.reviews import Row

EXPLAINED_IN = timedelta(days=14)


_opened = func.coalesce(Finding.reopened_at, Finding.raised_at)


def _findings(look: Look, note: str, *conditions: Any) -> Iterator[Row]:
    """Open findings; the day is that of the judgement for "days_late", else that of raising or reopening."""
    chosen = look.of(Finding, Finding).where(Finding.state.in_(OPEN), *conditions)
    for key, each in found(chosen.order_by(Finding.id)):
        on = each.check_due_on if note == "days_late" else (each.reopened_at or each.raised_at).date()
        value = each.kind if note == "kind" else str((look.today - on).days)
        args = {"key": key, "number": each.number}
        yield Row(key, each.code, each.statement, iso(on), note, value, "findings.show", args)


def finding_ownerless(look: Look) -> Iterator[Row]:
    """Open, and nobody is named to see to it."""
    return _findings(look, "kind", Finding.owner_id.is_(None))


def cause_missing(look: Look) -> Iterator[Row]:
    """A nonconformity raised more than two weeks ago whose cause nobody has stated since it was last opened."""
    unknown = or_(
        Finding.cause.is_(None), Finding.cause == "",
        func.coalesce(Finding.cause_round, 0) < func.coalesce(Finding.opened_round, 1),
    )
    nonconform = Finding.kind.in_(sorted(NONCONFORMITIES))
    return _findings(look, "days_open", nonconform, unknown, _opened < look.span.start - EXPLAINED_IN)


def check_due(look: Look) -> Iterator[Row]:
    """The day has come on which somebody judges whether the actions worked."""
    acted = Finding.state == FindingState.ACTED
    return _findings(look, "days_late", acted, Finding.check_due_on <= look.today)


def action_overdue(look: Look) -> Iterator[Row]:
    """An action whose day has passed."""
    return conformity.finding_actions_overdue(look.span)


def finding_overdue(look: Look) -> Iterator[Row]:
    """A finding whose day has passed."""
    return conformity.findings_past_their_day(look.span)


CHECKS = (
    Check("action_overdue", Severity.SEVERE, action_overdue),
    Check("cause_missing", Severity.SEVERE, cause_missing),
    Check("finding_overdue", Severity.WARNING, finding_overdue),
    Check("finding_ownerless", Severity.WARNING, finding_ownerless),
    Check("check_due", Severity.WARNING, check_due),
)
