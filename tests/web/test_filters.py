"""What the filters print, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask_babel import force_locale

from workbench.web.filters import at, on, size

NB = "\u00a0"


@pytest.mark.parametrize(("language", "day", "moment"), [
    ("en", "1 Oct 2026", "1 Oct 2026 09:05 UTC"), ("fr", "1er oct. 2026", "1er oct. 2026 09:05 UTC"),
])
def test_first_of_a_month_is_an_ordinal_in_french(app: Flask, language: str, day: str, moment: str) -> None:
    with app.test_request_context(), force_locale(language):
        assert (on(date(2026, 10, 1)), at(datetime(2026, 10, 1, 9, 5, tzinfo=UTC))) == (day, moment)
        assert on(date(2026, 10, 11))[:5] == ("11 Oc" if language == "en" else "11 oc")


@pytest.mark.parametrize(("language", "small", "large"), [("en", "12 kB", "1.5 MB"), ("fr", f"12{NB}ko", f"1,5{NB}Mo")])
def test_sizes_are_told_in_the_units_of_the_language(app: Flask, language: str, small: str, large: str) -> None:
    with app.test_request_context(), force_locale(language):
        assert (size(12_345), size(1_500_000)) == (small, large)
