"""Which days and spans a period tells of, and what a checklist was made for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask_babel import force_locale

from workbench.reports.places import Place
from workbench.reports.rules import Period

MAY = Period(date(2026, 5, 1), date(2026, 5, 31))


@pytest.mark.parametrize(
    ("first", "last", "is_told"),
    [
        (date(2026, 4, 1), date(2026, 6, 30), True),  # all through it
        (date(2026, 4, 1), datetime(2026, 5, 1, 8, tzinfo=UTC), True),
        (date(2026, 5, 31), None, True),
        (date(2026, 6, 1), None, False),
        (date(2026, 4, 1), date(2026, 4, 30), False),
    ],
)
def test_what_went_on_within_a_period_is_told(first: date, last: date | None, is_told: bool) -> None:
    assert MAY.meets(first, last) is is_told


def test_checklist_of_a_run_is_called_by_its_day_and_that_of_an_audit_by_its_number(app: Flask) -> None:
    with force_locale("en"):
        told = [Place(1, "p", "P", occasion, "1").occasion_told for occasion in ("", "A-2026-01", "R1:2026-10-12", "R1:x")]
    assert told == ["", "A-2026-01", "run of 12 Oct 2026", "R1:x"]
