"""Reads the diary of the demo project: persons, dated acts and trial runs, in one language at a time."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from workbench import layout
from workbench.config import LANGUAGES

CAST, TRIAL, SANDBOX = "0-cast.toml", "trial.toml", "sandbox.toml"
MORNING, EVENING = time(9, 0), time(17, 30)
SATURDAY = 5
LONGEST_PAUSE = timedelta(minutes=11)
_HEAD = frozenset({"do", "by", "on", "at", "as"})


@dataclass(frozen=True)
class Role:
    """Somebody of the cast: how they are named in the diary, their name, access role, and what they do in the story."""

    key: str
    name: str
    role: str
    does: str

    @property
    def email(self) -> str:
        """The address they sign in with; example.test belongs to nobody."""
        return f"{self.key}@example.test"


@dataclass(frozen=True)
class Act:
    """One thing somebody does: `do` names the action, `by` the person, `name` what later acts call its result.

    `on` counts working days before the day of loading; `at` is a time of day, or empty for the next free one.
    """

    do: str
    by: str
    on: int
    at: str = ""
    name: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def told(self, language: str) -> dict[str, Any]:
        """The facts in one language."""
        return dict(in_language(self.facts, language))


@dataclass(frozen=True)
class Run:
    """One trial run, and what was decided about its rows."""

    by: str
    period_on: date
    usage: str
    title: dict[str, str]
    decisions: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Diary:
    """The whole story. `acts` lead to step 5; `runs`, `afterwards` and `sandbox` happen on the day of loading."""

    company: str
    cast: tuple[Role, ...]
    acts: tuple[Act, ...]
    runs: tuple[Run, ...]
    afterwards: tuple[Act, ...]
    sandbox: tuple[Act, ...]

    def person(self, key: str) -> Role:
        """Somebody of the cast. Raises StopIteration for a name that is not in it."""
        return next(each for each in self.cast if each.key == key)


@cache
def diary(folder: Path = layout.DEMO / "records") -> Diary:
    """The diary of a folder: the cast, one file a step and one beside them, told together day by day, and the trial."""
    trial = _table(folder / TRIAL)
    return Diary(
        company=_table(folder / CAST)["company"],
        cast=tuple(Role(**each) for each in _table(folder / CAST)["person"]),
        acts=tuple(sorted(acts_of(folder), key=lambda act: -act.on)),
        runs=tuple(_run(each) for each in trial["run"]),
        afterwards=tuple(_acts(trial["act"])),
        sandbox=tuple(_acts(_table(folder / SANDBOX)["act"])),
    )


@cache
def acts_of(folder: Path) -> tuple[Act, ...]:
    """The acts of a folder, file by file in the order of their names."""
    steps = [each for each in sorted(folder.glob("*.toml")) if each.name not in (CAST, TRIAL, SANDBOX)]
    return tuple(_acts([act for file in steps for act in _table(file)["act"]]))


def _table(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _acts(tables: list[dict[str, Any]]) -> Iterator[Act]:
    """An act that says no day happens on the day of the one before it."""
    on = 0
    for table in tables:
        on = table.get("on", on)
        facts = {key: value for key, value in table.items() if key not in _HEAD}
        yield Act(table["do"], table["by"], on, table.get("at", ""), table.get("as", ""), facts)


def _run(table: dict[str, Any]) -> Run:
    return Run(
        table["by"], date.fromisoformat(table["period_on"]), table["usage"], table["title"], tuple(table["decision"])
    )


def in_language(value: Any, language: str) -> Any:
    """A value of the diary with each {en, fr} in it replaced by the text of one language."""
    if isinstance(value, dict):
        if set(value) == set(LANGUAGES):
            return _plain(value[language])
        return {key: in_language(each, language) for key, each in value.items()}
    if isinstance(value, list):
        return [in_language(each, language) for each in value]
    return value


def _plain(text: Any) -> Any:
    return text.strip() if isinstance(text, str) else text


def moments(acts: tuple[Act, ...], today: date) -> list[datetime]:
    """When each act happens, seen from `today`: never on a weekend, and in the order of the diary.

    Acts of one day follow each other through the working day; those with a time of their own happen then.
    """
    by_day: dict[int, int] = {}
    for act in acts:
        by_day[act.on] = by_day.get(act.on, 0) + 1
    found: list[datetime] = []
    for act in acts:
        start = datetime.combine(working_day(today, act.on), MORNING, UTC)
        pause = min(LONGEST_PAUSE, (datetime.combine(start, EVENING, UTC) - start) / by_day[act.on])
        wanted = datetime.combine(start, time.fromisoformat(act.at), UTC) if act.at else start
        earliest = found[-1] + pause if found else start
        found.append(max(wanted, earliest))
    return found


def working_day(today: date, before: int) -> date:
    """The day that lies so many working days before today; 0 is today itself, whatever day it is."""
    day = today
    for _step in range(before):
        day -= timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day -= timedelta(days=1)
    return day


def day_of(words: str, today: date) -> date:
    """A day as the diary writes it: 2015-09-15, or from the day of loading -12b (working days), +9d (days), -38m (months)."""
    if words[0] not in "+-":
        return date.fromisoformat(words)
    number, unit = int(words[:-1]), words[-1]
    if unit == "b" and number <= 0:
        return working_day(today, -number)
    if unit == "d":
        return today + timedelta(days=number)
    if unit == "m":
        return _months_from(today, number)
    raise ValueError(f"{words!r} is no day of the diary: write -12b, +9d or -38m")


def _months_from(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))
