"""How a file of weekly counts is read, and how the rows of a mirror become counts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from workbench import clock
from workbench.adoption import store
from workbench.adoption.rules import Count, Fault
from workbench.web.refusals import BadValue

GOOD = "week,new_way,old_way,errors,minutes\n2025-01-06,95,5,2,300\n2025-W03,90,10,,\n"


def test_weeks_are_read_by_monday_and_by_number(app: Flask) -> None:
    assert store.counts_of(GOOD) == (
        [Count(2, date(2025, 1, 6), 95, 5, 2, 300), Count(3, date(2025, 1, 13), 90, 10)], [],
    )


def test_header_in_french_with_semicolons_is_read(app: Flask) -> None:
    text = "Semaine;Nouvelle méthode;Ancienne méthode\r\n2025-01-06;95;5\r\n"
    assert store.counts_of(text) == ([Count(2, date(2025, 1, 6), 95, 5)], [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "iso-8859-15", "utf-16"])
def test_encoding_is_found(app: Flask, encoding: str) -> None:
    text = "semaine;nouvelle méthode;ancienne méthode\n2025-01-06;1;0\n"
    assert store.text_of(text.encode(encoding)) == text


def test_every_bad_line_is_named_with_its_number_and_why(app: Flask) -> None:
    coming = clock.today() + timedelta(days=14 - clock.today().weekday())
    text = (
        "week,new_way,old_way\n2025-01-07,1,1\nnever,1,1\n2025-W60,1,1\n2025-01-06,=1+1,1\n2025-01-06,-1,1\n2025-01-06,1\n"
        f"2025-01-06,1,\n\n{coming},1,1\n2025-01-13,2,1\n"
    )
    counts, faults = store.counts_of(text)
    week = "A week is written as its Monday, 2026-01-05, or as 2026-W02."
    assert counts == [Count(11, date(2025, 1, 13), 2, 1)]
    assert faults == [
        Fault(2, "2025-01-07, 1, 1", "A week is named by its Monday."), Fault(3, "never, 1, 1", week),
        Fault(4, "2025-W60, 1, 1", week),
        Fault(5, "2025-01-06, =1+1, 1", "new_way: A count is a whole number, 0 or more."),
        Fault(6, "2025-01-06, -1, 1", "new_way: A count is a whole number, 0 or more."),
        Fault(7, "2025-01-06, 1", "2 cells where the header has 3"),
        Fault(8, "2025-01-06, 1, ", "old_way: A count is a whole number, 0 or more."),
        Fault(10, f"{coming}, 1, 1", "This week is still to come."),
    ]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"week,new_way\n2025-01-06,1\n", "The header needs these columns once each: old_way."),
        (b"week,new_way,old_way\n", "The file holds no week"),
        (b"", "The file holds no week"),
        (b"PK\x03\x04\x00\x00", "This is not a text file"),
        (b"w" * 200_001, "more than 200 kB"),
        (b"week,new_way,old_way\n" + b"2025-01-06,1,1\n" * 601, "More than 600 weeks"),
        (b"\xff\xfe\x00", "cannot be read as text"),
    ],
)
def test_file_that_is_none_is_refused(app: Flask, data: bytes, told: str) -> None:
    with pytest.raises(BadValue, match=told) as refusal:
        store.counts_of(store.text_of(data))
    assert refusal.value.field == "file"


def test_rows_of_a_mirror_are_counted_by_week_and_marker(app: Flask) -> None:
    rows = [
        (2, {"on": "2025-01-06", "way": "Mapping"}), (3, {"on": "2025-01-08 10:00", "way": "mapping "}),
        (4, {"on": "2025-01-12", "way": "by hand"}), (5, {"on": "2025-01-13", "way": ""}), (6, {"on": "soon", "way": "mapping"}),
    ]
    counts, faults = store.counts_of_rows(rows, day="on", marker="way", new_way="mapping")
    assert counts == [Count(2, date(2025, 1, 6), 2, 1), Count(5, date(2025, 1, 13), 0, 1)]
    assert faults == [Fault(6, "soon, mapping", "This is no day: soon")]
