"""Reads YAML and JSON as plain values that know where they stand. Safe: no objects, bounded depth and size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from workbench.checklists.store import PackInvalid
from workbench.standards.formats.base import DEEPEST, Faults, walked

MOST_VALUES = 2_000_000
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRUE = {"yes", "true", "on"}
_KINDS = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
    type(None): "empty",
}


class Table(dict[str, Any]):
    """A mapping with the line on which each of its keys stands; `lines` is empty for JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.line = 0
        self.lines: dict[str, int] = {}


def of_yaml(data: bytes, faults: Faults) -> Any:
    """The value of a YAML file. Faults name the line."""
    try:
        text = data.decode("utf-8-sig")
        _check_depth(text, faults)
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except PackInvalid:
        raise
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise faults.stop(f"line {line}", "is not UTF-8", "save the file as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise faults.stop(place, f"is not YAML: {error.problem or error.context}", "correct the syntax there") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise faults.stop("", f"is not YAML: {str(error).splitlines()[0][:120]}", "correct the syntax") from None
    if root is None:
        raise faults.stop("", "is empty", "choose another file")
    found = _Plain(faults).value(root, 0)
    faults.check()
    return found


def _check_depth(text: str, faults: Faults) -> None:
    """Refuse what lies too deep before it is put together: the C library would end the whole process over it."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST + 1:
            place = f"line {event.start_mark.line + 1}"
            raise faults.stop(place, f"lies more than {DEEPEST} levels deep", "write the file flatter")


class _Plain:
    """Turns YAML nodes into values; what an alias repeats counts each time, so that no few lines grow without end."""

    def __init__(self, faults: Faults) -> None:
        self.faults, self.count = faults, 0

    def value(self, node: Any, depth: int) -> Any:
        """One node with all inside it."""
        self.count += 1
        place = f"line {node.start_mark.line + 1}"
        if self.count > MOST_VALUES:
            raise self.faults.stop(
                place, f"has more than {MOST_VALUES:,} values", "split the file, and write no aliases"
            )
        if depth > DEEPEST:
            raise self.faults.stop(place, f"lies more than {DEEPEST} levels deep", "write the file flatter")
        if isinstance(node, yaml.MappingNode):
            return self._table(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, depth + 1) for each in node.value]
        return self._scalar(node, place)

    def _table(self, node: Any, depth: int) -> Table:
        table = Table()
        table.line = node.start_mark.line + 1
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if not key or key in table:
                problem = f'"{key}" stands twice in one table' if key else "a key is no plain text"
                self.faults.add(f"line {line}", problem, "keep one of them" if key else "write the key as a text")
                continue
            table[key] = self.value(value_node, depth + 1)
            table.lines[key] = line
        return table

    def _scalar(self, node: Any, place: str) -> Any:
        tag = node.tag.removeprefix("tag:yaml.org,2002:")
        if tag == "null":
            return None
        if tag == "bool":
            return node.value.lower() in _TRUE
        if tag == "int" and node.value.lstrip("+-").isdecimal() and len(node.value) < 20:
            return int(node.value)
        if tag not in {"str", "int", "float", "timestamp", "merge", "value"}:
            self.faults.add(place, f'the tag "{tag[:60]}" asks for more than plain values', "remove the tag")
        return str(node.value)


def of_json(data: bytes, faults: Faults) -> Any:
    """The value of a JSON file. Faults of syntax name line and column."""
    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=lambda pairs: _object(pairs, faults))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise faults.stop(f"line {line}", "is not UTF-8", "save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise faults.stop(place, f"is not JSON: {error.msg}", "correct the syntax there") from None
    except (RecursionError, ValueError):
        problem = f"lies more than {DEEPEST} levels deep or holds a number too long"
        raise faults.stop("", problem, "write the file flatter") from None
    if any(depth > DEEPEST for depth in walked(found)):
        raise faults.stop("", f"lies more than {DEEPEST} levels deep", "write the file flatter")
    faults.check()
    return found


def _object(pairs: list[tuple[str, Any]], faults: Faults) -> Table:
    table = Table()
    for key, value in pairs:
        if key in table:
            faults.add("", f'"{key[:60]}" stands twice in one object', "keep one of them")
        table[key] = value
    return table


class Cursor:
    """A table of the file that is read field by field; what is of the wrong kind becomes a fault with its place."""

    def __init__(self, value: Any, path: str, faults: Faults, line: int = 0) -> None:
        self.path, self.faults = path, faults
        self.table: Table = value if isinstance(value, Table) else Table()
        self.line = self.table.line or line
        self.seen: set[str] = set()
        if not isinstance(value, Table):
            faults.add(self.place(), f"is {kind_of(value)}, expected a table", "correct it")

    def place(self, key: str = "") -> str:
        """Where the table, or one of its fields, stands: the line where the format has lines, and the path."""
        line = self.table.lines.get(key, self.line)
        path = ".".join(part for part in (self.path, key) if part)
        return ", ".join(part for part in (f"line {line}" if line else "", path) if part)

    def fault(self, key: str, problem: str, remedy: str) -> None:
        """A fault at a field of this table."""
        self.faults.add(self.place(key), problem, remedy)

    def text(self, key: str, *, required: bool = False) -> str:
        """A text; a number counts as one. Missing or empty gives ""."""
        self.seen.add(key)
        value = self.table.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.fault(key if key in self.table else "", f'"{key}" is missing or empty', f"write {key}")
            return ""
        if not isinstance(value, str):
            self.fault(key, f"is {kind_of(value)}, expected a text", f"correct {key}")
            return ""
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()

    def truth(self, key: str) -> bool:
        """True or false; missing is false."""
        self.seen.add(key)
        value = self.table.get(key)
        if value is not None and not isinstance(value, bool):
            self.fault(key, f"is {kind_of(value)}, expected true or false", f"correct {key}")
        return value is True

    def inner(self, key: str) -> Cursor:
        """A table inside; missing or empty gives one without fields."""
        self.seen.add(key)
        value = self.table.get(key)
        path = ".".join(part for part in (self.path, key) if part)
        return Cursor(Table() if value is None else value, path, self.faults, self.table.lines.get(key, self.line))

    def values(self, key: str) -> list[Any]:
        """A list; missing or empty gives none."""
        self.seen.add(key)
        value = self.table.get(key)
        if value is None or isinstance(value, list):
            return value or []
        self.fault(key, f"is {kind_of(value)}, expected a list", f"correct {key}")
        return []

    def each(self, key: str) -> Iterator[Cursor]:
        """The tables of a list, each with its place, counted from 0 as in a JSON path."""
        path = ".".join(part for part in (self.path, key) if part)
        for number, value in enumerate(self.values(key)):
            yield Cursor(value, f"{path}[{number}]", self.faults, self.table.lines.get(key, self.line))

    def words(self, key: str) -> list[str]:
        """A list of short texts."""
        found = self.values(key)
        if not all(isinstance(each, str | int) for each in found):
            self.fault(key, "holds something else than texts", f"correct {key}")
        return [str(each) for each in found if isinstance(each, str | int)]

    def rest(self) -> list[str]:
        """The fields nobody asked for and that say something."""
        return [key for key, value in self.table.items() if key not in self.seen and value not in (None, "", [], {})]


def kind_of(value: Any) -> str:
    """A value's kind in words."""
    return _KINDS.get(dict if isinstance(value, dict) else type(value), "something else")
