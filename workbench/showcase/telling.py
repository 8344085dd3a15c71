"""What an act of the diary is told with: the story so far, and its words turned into what an action wants."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from sqlalchemy import Date, DateTime

from workbench import layout
from workbench.database import Base
from workbench.lifecycle.artefacts import Artefact
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.showcase.records import day_of


@dataclass
class Story:
    """One telling of a diary: a project in one language. `named` holds the rows that later acts refer to."""

    key: str
    language: str
    home: Path
    keys: Path
    today: date
    password: str
    people: dict[str, Person]
    project: Project | None = None
    named: dict[str, Any] = field(default_factory=dict)
    files: Path | None = None  # where the files of its acts lie, where it is not the folder of its language

    @property
    def opened(self) -> Project:
        """The project, once the first act opened it."""
        if self.project is None:
            raise LookupError("the diary opens its project first")
        return self.project

    def file(self, name: str) -> Path:
        """A file that an act names."""
        return (self.files or layout.DEMO / "evidence" / self.language) / name

    def row(self, name: str) -> Any:
        """Whom or what a word of the diary means: a person, else the row of an earlier act. Raises LookupError."""
        found = self.people.get(name, self.named.get(name))
        if found is None:
            raise LookupError(f"{self.key}: no person and no earlier act is called {name!r}")
        return found


Doing = Callable[[Story, Person, dict[str, Any]], Any]


def call(action: Callable[..., Any], story: Story, by: Person, facts: dict[str, Any]) -> Any:
    """Call an action with what the diary says; where it changes a row, what the diary leaves out stays as it is.

    Project, password, folders and language are those of the story.
    """
    hints, asked = get_type_hints(action), inspect.signature(action).parameters
    further = next((name for name, each in asked.items() if each.kind is each.VAR_KEYWORD), "")
    given = {name: converted(story, name, hints.get(name, hints.get(further)), value) for name, value in facts.items()}
    changed = next((value for value in given.values() if isinstance(value, Base)), None)
    if action.__name__.startswith("change_"):
        for name in asked.keys() - given.keys() - {"by", "project", further}:
            given[name] = converted(story, name, hints[name], getattr(changed, name, asked[name].default))
    if "project" in asked:
        given["project"] = story.opened
    for name in ("password", "home", "keys", "language"):
        if name in asked and name not in given:
            given[name] = getattr(story, name)
    return action(by=by, **given)


def converted(story: Story, name: str, hint: Any, value: Any) -> Any:
    """A word of the diary as the action wants it: a choice, a day, an hour, a row, the number of a row or a person."""
    if isinstance(value, list):
        return _several(story, name, value)
    if not isinstance(value, str):
        return value
    if name.startswith("window_") or hint is datetime:
        return moment_of(value, story.today)
    if name.endswith("_id"):
        return story.row(value).id
    return next((_of_kind(story, kind, value) for kind in _kinds(hint) if issubclass(kind, Enum | Base | date)), value)


def _of_kind(story: Story, kind: type[Any], word: str) -> Any:
    if issubclass(kind, Enum):
        return kind(word)
    return story.row(word) if issubclass(kind, Base) else day_of(word, story.today)


def _several(story: Story, name: str, words: list[Any]) -> list[Any]:
    """Persons who are asked and tools by their numbers; capabilities that a path relies on, each “tool:kind”."""
    if name in ("asked", "tool_ids"):
        return [story.row(each).id if isinstance(each, str) else each for each in words]
    return [_capability(story, each) for each in words] if name == "needs" else words


def _capability(story: Story, words: str) -> str:
    """“psa:export” with the number of the tool in the place of its name."""
    tool, _colon, kind = words.partition(":")
    return f"{story.row(tool).id}:{kind}"


def _kinds(hint: Any) -> list[type[Any]]:
    return [each for each in (get_args(hint) if get_origin(hint) is UnionType else (hint,)) if isinstance(each, type)]


def moment_of(words: str, today: date) -> datetime:
    """A day of the diary with an hour, such as “-12b 18:00”, in UTC."""
    day, _space, hour = words.partition(" ")
    return datetime.combine(day_of(day, today), time.fromisoformat(hour or "09:00"), UTC)


def stored(story: Story, column: Any, value: Any) -> Any:
    """A word of the diary as a column holds it: a day, an hour, or the number of a person or of a row that was named."""
    if column.foreign_keys and isinstance(value, str):
        return story.row(value).id
    if column.name == "capability" and value:
        return _capability(story, value)
    if column.name == "period" and value[:1] in ("+", "-"):  # a month, such as 2026-05
        return f"{day_of(value, story.today):%Y-%m}"
    if isinstance(column.type, Date) and isinstance(value, str):
        return day_of(value, story.today)
    if isinstance(column.type, DateTime) and isinstance(value, str):
        return moment_of(value, story.today)
    return value


def empty(column: Any) -> Any:
    """What an empty form leaves in a column."""
    if column.default is not None and column.default.is_scalar:
        return column.default.arg
    return None if column.nullable else ""


def body_of(story: Story, kind: type[Artefact], told: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a document as it is kept: days as dates; evidence, needs, tools and people as their forms keep them."""
    asked = {each.name: each.metadata for each in fields(kind)}
    return {name: _field(story, asked.get(name, {}), value) for name, value in told.items()}


def _field(story: Story, asked: Mapping[str, Any], value: Any) -> Any:
    if asked.get("kind") == "day":
        return day_of(value, story.today).isoformat()
    if asked.get("kind") == "rows":
        return [_row(story, asked["columns"], each) for each in value]
    return value


def _row(story: Story, columns: Sequence[Any], told: Any) -> Any:
    if isinstance(told, str):
        return told
    kinds = {each.name: each.kind for each in columns}
    return {name: _cell(story, kinds.get(name, ""), value) for name, value in told.items()}


def _cell(story: Story, kind: str, value: Any) -> Any:
    """Evidence and needs are kept by their code, tools and people by their name; a word that names no row stays."""
    row: Any = (story.people if kind == "person" else story.named).get(value)
    if row is None or kind not in ("evidence", "need", "tool", "person"):
        return value
    return row.code if kind in ("evidence", "need") else row.name
