"""The diary itself: dates, languages, files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from workbench import layout
from workbench.showcase.acts import PLAIN, SPECIAL
from workbench.showcase.records import day_of, diary, in_language, moments, working_day
from workbench.showcase.sandbox import VERBS

TODAY = date(2026, 11, 21)  # a Saturday
# Names and codes are the same in both languages; every other text stands in both.
SAME = {"kind", "layer", "hub", "person", "said_by", "organisation", "vendor", "sponsor"}
ENGLISH = re.compile(r"\b(the|and|of|is|are|with|from|which|not|was|were|be)\b", re.IGNORECASE)
HOUR = re.compile(r"[+-]\d+[bdm] \d\d:\d\d")  # of a window, such as “+45d 07:00”
FRENCH = re.compile(r"\b(le|les|des|une|est|sont|avec|pas|qui|dans)\b")  # not Le, which begins a name


def texts(language: str) -> Iterator[str]:
    """Every text of the diary and of its files in one language."""
    for act in (*diary().acts, *diary().afterwards, *diary().sandbox):
        yield from _words(act.facts, language)
    for run in diary().runs:
        yield run.title[language]
        yield from (in_language(each, language)["reason"] for each in run.decisions)
    for file in (layout.DEMO / "evidence" / language).iterdir():
        if file.suffix != ".png":
            yield file.read_text(encoding="utf-8")


def _words(value: Any, language: str) -> Iterator[str]:
    if isinstance(value, dict) and set(value) == {"en", "fr"}:
        said = value[language]
        yield from said if isinstance(said, list) else [said]
    elif isinstance(value, dict):
        for each in value.values():
            yield from _words(each, language)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each, language)


def test_moments_lie_on_working_days_in_the_order_of_the_diary() -> None:
    found = moments(diary().acts, TODAY)
    assert [each.weekday() for each in found if each.weekday() >= 5] == []
    assert found == sorted(set(found))
    assert found[-1].date() < TODAY


def test_working_day_steps_over_weekends() -> None:
    assert [working_day(TODAY, each) for each in (0, 1, 5, 6)] == [
        TODAY, date(2026, 11, 20), date(2026, 11, 16), date(2026, 11, 13)
    ]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2015-09-15", date(2015, 9, 15)), ("+12d", date(2026, 12, 3)), ("-1b", date(2026, 11, 20)),
        ("-38m", date(2023, 9, 21)), ("-11m", date(2025, 12, 21)),
    ],
)
def test_day_of_reads_days_months_and_working_days(words: str, day: date) -> None:
    assert day_of(words, TODAY) == day


def test_day_of_refuses_other_units() -> None:
    with pytest.raises(ValueError, match="is no day of the diary"):
        day_of("+3w", TODAY)


def test_diary_names_only_acts_and_persons_that_exist() -> None:
    acts = (*diary().acts, *diary().afterwards, *diary().sandbox)
    assert {each.do for each in acts} - PLAIN.keys() - SPECIAL.keys() - VERBS.keys() == set()
    assert {each.by for each in acts} - {each.key for each in diary().cast} == set()


def test_every_sentence_of_the_diary_stands_in_both_languages() -> None:
    lonely = [
        (file.name, act["do"], key, value)
        for file in sorted((layout.DEMO / "records").glob("*.toml"))
        for act in tomllib.loads(file.read_text(encoding="utf-8")).get("act", [])
        for key, value in [*act.items(), *(act["body"].items() if set(act.get("body", "")) - {"en", "fr"} else ())]
        if isinstance(value, str) and " " in value and key not in SAME and not HOUR.fullmatch(value)
    ]
    assert lonely == []


@pytest.mark.parametrize(("language", "other"), [("en", FRENCH), ("fr", ENGLISH)])
def test_texts_hold_no_word_of_the_other_language(language: str, other: re.Pattern[str]) -> None:
    assert [(each[:80], found.group()) for each in texts(language) if (found := other.search(each))] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_file_of_evidence_is_named_by_the_diary(language: str) -> None:
    acts = [each.told(language) for each in (*diary().acts, *diary().afterwards)]
    named = {each["file"] for each in acts if "file" in each}
    assert named == {each.name for each in Path(layout.DEMO / "evidence" / language).iterdir()}
