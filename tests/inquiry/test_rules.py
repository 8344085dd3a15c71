"""Words and codes of steps 1 to 3."""

from __future__ import annotations

from datetime import date

import pytest

from workbench.inquiry.rules import code_order, is_number, limitations_named, link_state, next_revision


def test_revision_codes_follow_the_alphabet() -> None:
    assert [next_revision(code) for code in ("O1", "O1b", "O12c")] == ["O1b", "O1c", "O12d"]
    assert sorted(["O10", "O1b", "O2", "O1"], key=code_order) == ["O1", "O1b", "O2", "O10"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("140", True), ("12.5", True), ("12,5", True), ("1 250", True), ("1\u00a0250,75", True), ("-3", True), ("", False),
        ("about 12", False), ("12 h", False), ("1.2.3", False), ("٣", False), ("1e9", False),
    ],
)
def test_number_is_told_from_text(text: str, said: bool) -> None:
    assert is_number(text) is said


def test_limitations_are_read_from_a_text() -> None:
    assert limitations_named("L-03 and L-01.", "again L-01", "PL-7 L-x") == ["L-01", "L-03"]


@pytest.mark.parametrize(
    ("answered", "closed", "last", "state"),
    [
        (False, False, date(2026, 3, 2), "open"), (False, False, date(2026, 3, 1), "expired"),
        (False, True, date(2026, 3, 9), "closed"), (True, True, date(2026, 3, 1), "answered"),
    ],
)
def test_link_is_open_on_its_last_day(answered: bool, closed: bool, last: date, state: str) -> None:
    assert link_state(answered, closed, last, date(2026, 3, 2)) == state
