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


def _findings(look: Look, day: str, note: str, *conditions: Any) -> Iterator[Row]:
    chosen = look.of(Finding, Finding).where(Finding.state.in_(OPEN), *conditions)
    for key, each in found(chosen.order_by(Finding.id)):
        on = getattr(each, day)
        since = (look.today - (on if day == "check_due_on" else on.date())).days
        value = each.kind if note == "kind" else str(since)
        args = {"key": key, "number": each.number}
        yield Row(key, each.code, each.statement, iso(on), note, value, "findings.show", args)


def finding_ownerless(look: Look) -> Iterator[Row]:
    """Open, and nobody is named to see to it."""
    return _findings(look, "raised_at", "kind", Finding.owner_id.is_(None))


def cause_missing(look: Look) -> Iterator[Row]:
    """A nonconformity raised more than two weeks ago whose cause nobody has stated since it was last opened."""
    unknown = or_(
        Finding.cause.is_(None), Finding.cause == "",
        func.coalesce(Finding.cause_round, 0) < func.coalesce(Finding.opened_round, 1),
    )
    nonconform = Finding.kind.in_(sorted(NONCONFORMITIES))
    return _findings(look, "raised_at", "days_open", nonconform, unknown, Finding.raised_at < look.span.start - EXPLAINED_IN)


def check_due(look: Look) -> Iterator[Row]:
    """The day has come on which somebody judges whether the actions worked."""
    acted = Finding.state == FindingState.ACTED
    return _findings(look, "check_due_on", "days_late", acted, Finding.check_due_on <= look.today)


def action_overdue(look: Look) -> Iterator[Row]:
    """An action whose day has passed."""
    return conformity.finding_actions_overdue(look.span)


def finding_overdue(look: Look) -> Iterator[Row]:
    """A finding whose day has passed."""
    return conformity.findings_overdue(look.span)


CHECKS = (
    Check("action_overdue", Severity.SEVERE, action_overdue),
    Check("cause_missing", Severity.SEVERE, cause_missing),
    Check("finding_overdue", Severity.WARNING, finding_overdue),
    Check("finding_ownerless", Severity.WARNING, finding_ownerless),
    Check("check_due", Severity.WARNING, check_due),
)
