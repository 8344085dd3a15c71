"""JSON as it was written: numbers keep their digits, a key that comes twice is refused, nested records become columns."""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sandbox.errors import InputRefused

MAX_DEPTH = 64
MAX_COLUMNS = 2000


class Number(str):
    """A number exactly as it was written."""

    __slots__ = ()


def parsed(data: bytes | str, name: str) -> Any:
    """The document in these bytes (UTF-8); `name` is what messages call it. Raises InputRefused."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_no_number, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise InputRefused(f"{name}: not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise InputRefused(f"{name}: not JSON at line {error.lineno}, column {error.colno} ({error.msg})") from error
    except RecursionError as error:
        raise InputRefused(f"{name}: nested deeper than {MAX_DEPTH} levels") from error
    except _Fault as error:
        raise InputRefused(f"{name}: {error}") from error


def inside(document: Any, path: str) -> Any:
    """What stands at a path such as `data.items`; None where a part is missing, the document for an empty path."""
    for part in filter(None, path.split(".")):
        if not isinstance(document, Mapping) or part not in document:
            return None
        document = document[part]
    return document


def flat(record: Mapping[str, Any]) -> dict[str, str | None]:
    """Cells by column: nested records as `address.city`, lists as JSON text, None where nothing stands.

    Raises InputRefused for two values of one column, text that is not Unicode, and records nested too deep or wide.
    """
    cells: dict[str, str | None] = {}
    _fill(cells, record, "", 0)
    if len(cells) > MAX_COLUMNS:
        raise InputRefused(f"a record has {len(cells)} fields; at most {MAX_COLUMNS} are read")
    return cells


def _fill(cells: dict[str, str | None], record: Mapping[str, Any], prefix: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InputRefused(f"a record is nested deeper than {MAX_DEPTH} levels")
    for key, value in record.items():
        name = prefix + key
        if isinstance(value, Mapping) and value:
            _fill(cells, value, name + ".", depth + 1)
            continue
        if name in cells:
            raise InputRefused(f'the field "{name}" stands twice in a record')
        cells[_sound(name, name)] = None if value is None or value == {} else _sound(cell_text(value), name)


def cell_text(value: Any) -> str:
    """One value as text: as written, true and false, a list as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str) else json_text(value)


def json_text(value: Any) -> str:
    """Compact JSON with numbers as they were written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json_text(key)}:{json_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _sound(text: str, field: str) -> str:
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        # The text itself is not quoted: its column may be masked.
        raise InputRefused(f"the field {field[:40]!a} holds half of a character")
    return text


class _Fault(Exception):
    """Said by the hooks of the JSON reader, which do not know the name of the document."""


def _no_number(text: str) -> Any:
    raise _Fault(f"{text} is not a number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise _Fault(f'the field "{twice}" stands twice in one record')
    return found
