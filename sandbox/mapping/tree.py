"""YAML as keys, lists and texts, with the line of each: no aliases, no tags, no key twice, and a limit for each size."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from sandbox.mapping.faults import Fault, MappingFaults

MAX_BYTES = 1_000_000
MAX_DEPTH = 12
MAX_NODES = 50_000
Path = tuple[str | int, ...]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOTHING = {"", "~", "null", "Null", "NULL"}
_STEP_KINDS = ("map", "join", "aggregate", "union", "reconcile")
# A part of a path that holds named things: what one is called in words, and the key that holds its name in a list.
_PARTS = {
    "sources": ("source", ""), "parameters": ("parameter", ""), "fields": ("field", ""), "measures": ("measure", ""),
    "lookups": ("lookup", "in"), "checks": ("check", "name"), "targets": ("target", "table"), "steps": ("step", ""),
}
_SIDES = {"used", "included", "extra"}


@dataclass
class Document:
    """What a file holds. Every value is a text, None, a list or keys; `lines` gives the line of each path."""

    name: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=lambda: {(): 1})

    def line(self, path: Path) -> int:
        """The line of the path, or of the nearest part of it that the file holds."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def value(self, path: Path) -> Any:
        """What stands at the path; None where nothing does."""
        found = self.data
        for part in path:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def step(self, path: Path) -> str:
        """The name of the step that the path lies in; empty outside of steps."""
        if len(path) < 2 or path[0] != "steps":
            return ""
        given = self.value(path[:2])
        names = [given[kind] for kind in _STEP_KINDS if kind in given] if isinstance(given, dict) else []
        return names[0] if names and isinstance(names[0], str) else ""

    def place(self, path: Path) -> str:
        """The path in words, such as `step usage_clean, field units`."""
        words, at = [], 0
        while at < len(path):
            part = str(path[at])
            if part in _PARTS and at + 1 < len(path):
                words.append(f"{_PARTS[part][0]} {self._called(path[:at + 2])}")
                at += 2
            else:
                # A number in a list of names is left out: the message names what stands there.
                if isinstance(path[at], str):
                    words.append(f"side {part}" if part in _SIDES and at == 2 else part)
                at += 1
        return ", ".join(words) or "the file"

    def _called(self, path: Path) -> str:
        if isinstance(path[-1], str):
            return path[-1]
        number = f"number {path[-1] + 1}"
        if path[:-1] == ("steps",):
            return self.step(path) or number
        name = self.value((*path, _PARTS[str(path[-2])][1]))
        return name if isinstance(name, str) else number

    def fault(self, path: Path, message: str, *, expected: str = "", nearest: str = "") -> Fault:
        """A fault at that place."""
        return Fault(self.line(path), self.step(path), self.place(path), 0, 0, message, expected, nearest)


@dataclass
class _Frame:
    """A list or a mapping that is being read; `key` waits for its value."""

    holds: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None

    def child(self) -> Path:
        return (*self.path, len(self.holds) if isinstance(self.holds, list) else str(self.key))

    def put(self, value: Any) -> None:
        if isinstance(self.holds, list):
            self.holds.append(value)
        else:
            self.holds[str(self.key)] = value
            self.key = None


class _Builder:
    """Turns the events of the YAML parser into a Document; stops at the first fault, for what follows is a guess."""

    def __init__(self, name: str) -> None:
        self.document, self.nodes, self.documents = Document(name), 0, 0
        self.stack: list[_Frame] = []

    def take(self, event: Any) -> None:
        """One event; what is no value (the start of the stream and the like) passes."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self._stop(line, "a second document begins here; a mapping is one document")
        elif isinstance(event, yaml.AliasEvent):
            raise self._stop(line, f"the alias *{event.anchor} is not read here; write the value out")
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._node(event, line)

    def _node(self, event: Any, line: int) -> None:
        self.nodes += 1
        if event.anchor:
            raise self._stop(line, f"the anchor &{event.anchor} is not read here; write the value out")
        if event.tag and event.tag != "!":
            raise self._stop(line, f"the tag {event.tag} is not read here; write the value without it")
        if self.nodes > MAX_NODES or len(self.stack) > MAX_DEPTH:
            raise self._stop(line, f"the file is nested deeper than {MAX_DEPTH} levels or has over {MAX_NODES} values",
                             path=("",))
        top = self.stack[-1] if self.stack else None
        if top and isinstance(top.holds, dict) and top.key is None:
            self._key(top, event, line)
            return
        path = top.child() if top else ()
        self.document.lines.setdefault(path, line)
        if isinstance(event, yaml.ScalarEvent):
            is_nothing = event.implicit[0] and event.value in _NOTHING
            self._put(None if is_nothing else event.value)
        else:
            frame = _Frame({} if isinstance(event, yaml.MappingStartEvent) else [], path)
            self._put(frame.holds)
            self.stack.append(frame)

    def _key(self, frame: _Frame, event: Any, line: int) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._stop(line, "a key is a list or a mapping", "a name as key")
        assert isinstance(frame.holds, dict)  # noqa: S101 – only mappings have keys
        path = (*frame.path, event.value)
        if event.value in frame.holds:
            first = self.document.lines[path]
            raise self._stop(line, f"the key {event.value} stands twice, first on line {first}; remove one", path=path)
        frame.key = event.value
        self.document.lines[path] = line

    def _put(self, value: Any) -> None:
        if self.stack:
            self.stack[-1].put(value)
        else:
            self.document.data = value

    def _stop(self, line: int, message: str, expected: str = "", path: Path | None = None) -> MappingFaults:
        at = path[:-1] if path else (self.stack[-1].path if self.stack else ())
        place, step = self.document.place(at), self.document.step(at)
        return MappingFaults(self.document.name, [Fault(line, step, place, 0, 0, message, expected)])


def document(text: str, name: str) -> Document:
    """The YAML of `text`; raises MappingFaults where it cannot be read."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _whole(name, 1, f"the file is larger than {MAX_BYTES} bytes, the most that is read")
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _whole(name, line, "a character that YAML does not know stands here; remove it") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _whole(name, line, f"this is not YAML: {error.problem or error.context}") from error
    except (UnicodeError, yaml.YAMLError) as error:
        raise _whole(name, 1, "the file is not UTF-8 text; save it as UTF-8") from error
    if not isinstance(builder.document.data, Mapping):
        raise _whole(name, 1, "the file holds no mapping", "keys such as mapping, name, sources and steps")
    return builder.document


def _whole(name: str, line: int, message: str, expected: str = "") -> MappingFaults:
    return MappingFaults(name, [Fault(line, "", "the file", 0, 0, message, expected)])
