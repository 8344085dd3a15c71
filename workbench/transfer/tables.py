"""The tables as the file knows them: which belong to a project and through what, and the value of each column as JSON."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import JSON, Boolean, Column, Date, Integer, Select, String, Table, UniqueConstraint, select

from workbench.changes.rules import digest
from workbench.database import Base, UTCDateTime
from workbench.transfer.rules import (
    DEEPEST,
    DIGESTED,
    HELD_BACK,
    LEFT_OUT,
    LINKS,
    LONGEST_TEXT,
    SHARED,
    SOFT,
    WHOLE,
    BadFile,
    renumber,
)
from workbench.web.refusals import Refused

Change = Callable[[str, int], int | None]  # (table, number) -> its other number, None where it does not come along


@cache
def kept_tables() -> tuple[Table, ...]:
    """The tables that a file holds, those that others refer to first."""
    return tuple(each for each in Base.metadata.sorted_tables if each.name not in LEFT_OUT)


def table(name: str) -> Table:
    """One table."""
    return Base.metadata.tables[name]


def columns(of: Table) -> list[Column[Any]]:
    """The columns that a file holds."""
    return [each for each in of.columns if each.name not in HELD_BACK.get(of.name, ())]


def target(column: Column[Any]) -> str:
    """The table that a column refers to; "" where it is no key."""
    return next((each.column.table.name for each in column.foreign_keys), "")


@cache
def owner_of(name: str) -> str:
    """The column through which a row belongs to a project: `project_id`, else the first key to a row that does; "" for none."""
    if name == "project":
        return "id"
    if name in SHARED or name in LEFT_OUT:
        return ""
    own = table(name).columns
    if "project_id" in own and target(own["project_id"]) == "project":
        return "project_id"
    leads = (each.name for each in own if target(each) not in ("", name) and not each.nullable and owner_of(target(each)))
    return next(leads, "")


def numbers_of(name: str, project_id: int) -> Select[Any]:
    """The numbers of the rows of a table that belong to a project."""
    own, through = table(name), owner_of(name)
    if through in ("id", "project_id"):
        return select(own.c.id).where(own.c[through] == project_id)
    return select(own.c.id).where(own.c[through].in_(numbers_of(target(own.c[through]), project_id)))


def as_json(of: Table, row: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """A row as the file holds it, its references in the file's numbers."""
    return _with_digest(of.name, {each.name: _json_of(of, each, row[each.name], change) for each in columns(of)}, row)


def _json_of(of: Table, column: Column[Any], value: Any, change: Change) -> Any:
    if value is None:
        return None
    if column.name == "id":
        return change(of.name, value)
    if target(column):
        return change(target(column), value)
    return value.isoformat() if isinstance(value, date) else _soft(of.name, column.name, value, change)


def _soft(name: str, column: str, value: Any, change: Change) -> Any:
    """The numbers that stand inside a value, changed."""
    for path, to in SOFT.get((name, column), ()):
        if isinstance(value, str):
            number, colon, rest = value.partition(":")
            if colon and number.isascii() and number.isdigit():
                value = f"{change(to, int(number)) or 0}:{rest}"
        else:
            value = renumber(value, path, lambda number, to=to: change(to, number))  # type: ignore[misc]
    return value


def _with_digest(name: str, made: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Where a digest over content with numbers held before they changed, it holds after."""
    if name in DIGESTED:
        content, sealed = DIGESTED[name]
        if given[sealed] == digest(given[content]):
            made[sealed] = digest(made[content])
    return made


def as_row(of: Table, given: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """A row of the file as the database holds it, its references in the numbers used here."""
    made = {}
    for column in columns(of):
        value = given[column.name]
        if value is not None and target(column):
            value = change(target(column), value)
        elif value is not None and column.name != "id":
            value = _soft(of.name, column.name, _value_of(column, value), change)
        made[column.name] = value
    return _with_digest(of.name, made, given)


def _value_of(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, UTCDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value


def check(of: Table, column: Column[Any], value: Any, place: str) -> None:
    """Raise BadFile where the value is none that this column can hold."""
    if value is None:
        if not column.nullable and not isinstance(column.type, JSON):
            raise BadFile(place, _("a value is missing"))
        return
    kind = next((each for each in _CHECKS if isinstance(column.type, each)), None)
    if kind is None:
        raise BadFile(place, _("this version cannot read such a column"))
    _CHECKS[kind](column, value, place)
    _fits(column, value, place)
    if (of.name, column.name) in LINKS and value and not value.lower().startswith(("http://", "https://")):
        raise BadFile(place, _("only addresses that begin with http:// or https:// are links"))


def _fits(column: Column[Any], value: Any, place: str) -> None:
    """What a model demands of a column beyond its kind, as a function that raises ValueError or TypeError."""
    demands = column.info.get("check")
    try:
        if demands is not None:
            demands(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise BadFile(place, _("what stands here cannot be read")) from error


def _whole(column: Column[Any], value: Any, place: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadFile(place, _("a whole number was expected"))
    if abs(value) > WHOLE:
        raise BadFile(place, _("the number is too large: at most %(most)s", most=WHOLE))


def _yes_or_no(column: Column[Any], value: Any, place: str) -> None:
    if not isinstance(value, bool):
        raise BadFile(place, _("true or false was expected"))


def _text(column: Column[Any], value: Any, place: str) -> None:
    if not isinstance(value, str):
        raise BadFile(place, _("text was expected"))
    longest = getattr(column.type, "length", None) or LONGEST_TEXT
    if len(value) > longest:
        raise BadFile(place, _("the text has %(length)s characters; at most %(most)s fit", length=len(value), most=longest))
    offered = _words_of(column)
    if offered and value not in offered:
        raise BadFile(place, _("“%(word)s” is none of: %(words)s", word=value[:60], words=", ".join(sorted(offered))))


def _words_of(column: Column[Any]) -> frozenset[str]:
    """The words that a column may hold, where its default is one of an enumeration's."""
    preset = getattr(column.default, "arg", None)
    return frozenset(str(each.value) for each in type(preset)) if isinstance(preset, Enum) else frozenset()


def _moment(column: Column[Any], value: Any, place: str) -> None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None or found.isoformat() != value or value[-6:] != "+00:00":
        raise BadFile(place, _("a time in UTC was expected, such as 2026-03-01T08:00:00+00:00"))


def _day(column: Column[Any], value: Any, place: str) -> None:
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError):
        found = None
    if found is None or found.isoformat() != value:
        raise BadFile(place, _("a date was expected, such as 2026-03-01"))


def _any_json(column: Column[Any], value: Any, place: str) -> None:
    """Of the shape that the column's default has, where it has one."""
    preset = getattr(getattr(column.default, "arg", None), "__name__", "")
    shape = {"dict": dict, "list": list}.get(preset)
    if shape is not None and not isinstance(value, shape):
        raise BadFile(place, _("an object was expected") if shape is dict else _("a list was expected"))


_CHECKS: dict[Any, Callable[[Column[Any], Any, str], None]] = {
    Integer: _whole, Boolean: _yes_or_no, UTCDateTime: _moment, Date: _day, JSON: _any_json, String: _text,
}


def check_plain(value: Any, place: str, depth: int = 0) -> None:
    """Raise BadFile where something nests too deep, or holds what no database keeps: NUL, half a character, no number."""
    if depth > DEEPEST:
        raise BadFile(place, _("nested too deeply: at most %(most)s levels", most=DEEPEST))
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= each <= "\udfff" for each in value)):
        raise BadFile(place, _("the text holds a character that cannot be kept"))
    if isinstance(value, float) and not math.isfinite(value):
        raise BadFile(place, _("this is not a number"))
    if isinstance(value, dict):
        for key, each in value.items():
            check_plain(key, place, depth)
            check_plain(each, f"{place}/{pointed(key)}", depth + 1)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            check_plain(each, f"{place}/{at}", depth + 1)


def pointed(name: str) -> str:
    """A name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")[:100]


def unique_sets(of: Table) -> list[tuple[str, ...]]:
    """The sets of columns in which no two rows are alike, of those that a file holds."""
    held = {each.name for each in columns(of)}
    found = [
        tuple(each.name for each in constraint.columns)
        for constraint in of.constraints if isinstance(constraint, UniqueConstraint)
    ]
    return sorted(each for each in found if set(each) <= held)


def parents_first(of: Table, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows that refer to others of their table come after these. Raises Refused where they go round in a circle."""
    own = [each.name for each in of.columns if target(each) == of.name]
    waiting = list(rows)
    left = {row["id"] for row in rows}
    while waiting:
        ready = [row for row in waiting if not any(row[name] in left for name in own)] if own else waiting
        if not ready:
            raise Refused(
                _("The file is not taken in: nothing was saved."), (_("/tables/%(name)s: rows refer to one another", name=of.name),)
            )
        yield from ready
        left -= {row["id"] for row in ready}
        waiting = [row for row in waiting if row["id"] in left]


def written(document: Mapping[str, Any]) -> bytes:
    """The bytes of a file."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def from_base64(text: Any) -> bytes:
    """Bytes of strict base64. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError(text)
    return base64.b64decode(text.encode("ascii"), validate=True)


def check_moment(text: Any, place: str) -> None:
    """Raise BadFile where the text is no time in UTC as the database writes it."""
    _moment(table("project").c.opened_at, text, place)
