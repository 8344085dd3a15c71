"""What a step leaves behind in words: each kind is one frozen dataclass; form, page and report lines come from its fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date
from typing import Any, ClassVar, NamedTuple

from flask_babel import gettext as _

from workbench.web.filters import on

Pair = tuple[str, str]  # (English, French)
Row = dict[str, str]
YES_NO: dict[str, Pair] = {"yes": ("yes", "oui"), "no": ("no", "non")}


class Fault(NamedTuple):
    """What is wrong with a field, or with one cell of its table (row from 1; 0 and "" for the field itself)."""

    field: str
    message: str
    row: int = 0
    column: str = ""


class Table(NamedTuple):
    """Rows as people read them."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Said(NamedTuple):
    """One question of an artefact with its answer: a text, a list of lines, or a table."""

    name: str
    question: str
    value: str | tuple[str, ...] | Table


@dataclass(frozen=True)
class Column:
    """One column of a table. `kind`: text, long, choice (with `options`), evidence, tool, person, need or pack."""

    name: str
    en: str
    fr: str
    kind: str = "text"
    options: Mapping[str, Pair] = field(default_factory=dict)
    required: bool = False

    def label(self, language: str) -> str:
        """Its heading."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True)
class Artefact:
    """Base of every kind. `KEY` is its name in the database, `TITLE` (English, French) what people read.

    `CONFIRMED`: each hub of the team is to sign that the newest revision is right.
    """

    KEY: ClassVar[str] = ""
    TITLE: ClassVar[Pair] = ("", "")
    CONFIRMED: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Rows that an earlier version kept as plain lines become rows with their first column only."""
        for each in fields(self):
            if each.metadata["kind"] == "rows":
                first = each.metadata["columns"][0].name
                kept = ({first: row} if isinstance(row, str) else dict(row) for row in getattr(self, each.name))
                object.__setattr__(self, each.name, tuple(kept))

    def body(self) -> dict[str, Any]:
        """The fields as JSON holds them."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    def missing(self) -> tuple[str, ...]:
        """The names of the fields that are asked for and still empty."""
        return tuple(each.name for each in fields(self) if each.metadata["required"] and not getattr(self, each.name))

    def faults(self, tools: Collection[str] = ()) -> list[Fault]:
        """What cannot be kept as it is. `tools` are the names of the tools in scope. Each kind adds its own rules."""
        found: list[Fault] = []
        for each in fields(self):
            value = getattr(self, each.name)
            if each.metadata["kind"] == "rows":
                found.extend(_half_filled(each, value))
            elif each.metadata["kind"] in ("day", "number") and value:
                found.extend(_unreadable(each, value))
        return found

    def needs_sponsor(self) -> bool:
        """Whether the sponsor is to sign the newest revision."""
        return False

    def concluded(self, language: str) -> list[Said]:
        """What follows from the answers, said beside them."""
        return []


def _plain(value: Any) -> Any:
    return [dict(each) if isinstance(each, dict) else each for each in value] if isinstance(value, tuple) else value


def _half_filled(each: Field[Any], rows: Sequence[Row]) -> list[Fault]:
    return [
        Fault(each.name, _("Row %(number)s: this cell is needed.", number=number), number, column.name)
        for number, row in enumerate(rows, start=1)
        for column in each.metadata["columns"]
        if column.required and not row.get(column.name)
    ]


def _unreadable(each: Field[Any], value: str) -> list[Fault]:
    if each.metadata["kind"] == "number":
        good = value.isascii() and value.isdecimal()
        return [] if good else [Fault(each.name, _("A whole number is expected."))]
    return [] if day_of(value) else [Fault(each.name, _("A day is expected, such as 2026-03-31."))]


def day_of(value: str) -> date | None:
    """The day that a day field holds, or None."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _asked_for(kind: str, english: str, french: str, *, required: bool, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "en": english, "fr": french, "required": required, "old": False, **more}


def text(english: str, french: str, *, required: bool = True) -> Any:
    """A field of running text, with its question in both languages."""
    return field(default="", metadata=_asked_for("text", english, french, required=required))


def lines(english: str, french: str, *, required: bool = True) -> Any:
    """A field of short lines, one entry a line."""
    return field(default=(), metadata=_asked_for("lines", english, french, required=required))


def choice(english: str, french: str, options: Mapping[str, Pair], *, required: bool = True) -> Any:
    """A field with one of a few answers: {key: (English, French)}."""
    return field(default="", metadata=_asked_for("choice", english, french, required=required, options=options))


def day(english: str, french: str, *, required: bool = True) -> Any:
    """A date, kept as ISO text."""
    return field(default="", metadata=_asked_for("day", english, french, required=required))


def number(english: str, french: str, *, required: bool = True) -> Any:
    """A whole number, kept as its digits."""
    return field(default="", metadata=_asked_for("number", english, french, required=required))


def rows(
    english: str, french: str, columns: Sequence[Column], *, required: bool = True, given: Mapping[str, Pair] | None = None
) -> Any:
    """A table. With `given` its rows stand beforehand, named by the first column; otherwise people add what they need."""
    more = {"columns": tuple(columns), "given": given or {}}
    return field(default=(), metadata=_asked_for("rows", english, french, required=required, **more))


def old(kind: str, english: str, french: str) -> Any:
    """A field of earlier revisions (text or lines): still read and shown, not asked any more."""
    default: Any = () if kind == "lines" else ""
    return field(default=default, metadata={**_asked_for(kind, english, french, required=False), "old": True})


def read(kind: type[Artefact], body: Mapping[str, Any]) -> Artefact:
    """The artefact of a stored body; a field added later is empty, one that is gone is left out."""
    known: dict[str, Any] = {}
    for each in fields(kind):
        value = body.get(each.name, None if each.default is MISSING else each.default)
        known[each.name] = tuple(value) if isinstance(value, list) else value
    return kind(**known)


def asked(kind: type[Artefact]) -> tuple[Field[Any], ...]:
    """The fields in the order in which they are asked."""
    return tuple(each for each in fields(kind) if not each.metadata["old"])


def said(artefact: Artefact, language: str, words: Mapping[str, Mapping[str, str]] | None = None) -> list[Said]:
    """Every question with its answer, in order; `words` turns the keys of a kind of column into words ("pack": {id: title})."""
    shown = []
    for each in fields(artefact):
        value = getattr(artefact, each.name)
        if value or not each.metadata["old"]:
            shown.append(Said(each.name, each.metadata[language], _in_words(each, value, language, words or {})))
    return [*shown, *artefact.concluded(language)]


def _in_words(
    each: Field[Any], value: Any, language: str, words: Mapping[str, Mapping[str, str]]
) -> str | tuple[str, ...] | Table:
    what = each.metadata["kind"]
    if what == "rows":
        columns = each.metadata["columns"]
        heads = tuple(column.label(language) for column in columns)
        return Table(heads, tuple(tuple(_cell(column, row, language, words) for column in columns) for row in value))
    if what == "choice":
        return word(each.metadata["options"], value, language)
    if what == "day":
        return _day(value)
    return value if what == "lines" else str(value)


def _day(value: str) -> str:
    """A day as people write it; what is none stays as it was written."""
    found = day_of(value)
    return on(found) if found else str(value)


def _cell(column: Column, row: Row, language: str, words: Mapping[str, Mapping[str, str]]) -> str:
    value = row.get(column.name, "")
    if column.kind == "choice":
        return word(column.options, value, language)
    return _day(value) if column.kind == "day" else words.get(column.kind, {}).get(value, value)


def word(options: Mapping[str, Pair], value: str, language: str) -> str:
    """The word for a key, the key itself where it is not known."""
    return options[value][language == "fr"] if value in options else value
