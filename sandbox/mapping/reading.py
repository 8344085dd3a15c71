"""Reads a mapping file: YAML to the models of `model.py`, and every fault of shape in our own words."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from sandbox.errors import InputRefused
from sandbox.mapping.faults import Fault, MappingFaults
from sandbox.mapping.model import (
    STEPS,
    CheckName,
    MappingName,
    MappingSpec,
    Name,
    TableName,
    TypeName,
)
from sandbox.mapping.tree import MAX_BYTES, Document, Path, document
from sandbox.naming import nearest

_NAME = "small letters, digits and _, a letter first, 63 at most"
# What a text must look like, by the pattern of the model.
_SHAPES = {
    Name: ("name", _NAME),
    TableName: ("table", "a name such as lines, or two with a point between such as psa.lines"),
    TypeName: ("type", "text, int, date, bool, decimal or decimal(0) to decimal(9)"),
    CheckName: ("name of a check", "small letters, digits and -, a letter first, 63 at most"),
    MappingName: ("name of a mapping", "small letters, digits and -, 100 at most"),
}
_BY_PATTERN = {
    part.pattern: said for kind, said in _SHAPES.items() for part in get_args(kind)[1].metadata
    if hasattr(part, "pattern")
}
_KINDS = {
    "string_type": "a text", "dict_type": "keys with values", "model_type": "keys with values", "list_type": "a list",
    "bool_type": "true or false",
}


@dataclass(frozen=True)
class Read:
    """A file as read: its models, and the document that knows its lines."""

    spec: MappingSpec
    document: Document


def text_of(data: bytes, name: str) -> str:
    """The text of a file's bytes, of at most 1 MB; its newlines and byte order mark stay as they are."""
    if len(data) > MAX_BYTES:
        raise InputRefused(f"{name}: {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputRefused(f"{name}:{line}: the file is not UTF-8 text; save it as UTF-8") from error


def read(text: str, name: str = "mapping.yaml") -> Read:
    """The specification in `text`; raises MappingFaults with every fault of shape."""
    found = document(text, name)
    faults: list[Fault] = []
    data = _converted(found.data)
    steps = _steps(found, data, faults)
    # Steps are checked each by its own kind; the whole is checked without them.
    whole = {key: value for key, value in data.items() if key != "steps"} | ({"steps": steps} if steps else {})
    if "steps" in data and not steps and not faults:
        faults.append(found.fault(("steps",), "there is no step", expected="a list with one step or more"))
    spec = _validated(found, (), MappingSpec, whole, faults, skip="steps" if "steps" in data and not steps else "")
    if faults or not isinstance(spec, MappingSpec):
        raise MappingFaults(name, faults)
    return Read(spec, found)


def _converted(data: dict[str, Any]) -> dict[str, Any]:
    """The two keys that are no texts: `mapping: 1` and `required: true`."""
    given = dict(data)
    if given.get("mapping") == "1":
        given["mapping"] = 1
    return {key: _with_flags(value) if key == "steps" else value for key, value in given.items()}


def _with_flags(steps: Any) -> Any:
    if isinstance(steps, list):
        return [_with_flags(step) for step in steps]
    if not isinstance(steps, dict):
        return steps
    flags = {"true": True, "false": False}
    return {key: flags.get(value, value) if key == "required" and isinstance(value, str)
            else _with_flags(value) if key == "lookups" else value for key, value in steps.items()}


def _steps(found: Document, data: dict[str, Any], faults: list[Fault]) -> list[BaseModel]:
    given = data.get("steps")
    if not isinstance(given, list):
        if given is not None:
            faults.append(found.fault(("steps",), "this is not a list", expected="a list of steps"))
        return []
    steps = []
    for number, step in enumerate(given):
        path: Path = ("steps", number)
        kinds = [kind for kind in STEPS if isinstance(step, dict) and kind in step]
        if len(kinds) != 1:
            said = f"a step is of one kind, this one is of {len(kinds)}: {', '.join(kinds)}" if kinds else \
                "the step does not say what it does"
            near = [] if kinds or not isinstance(step, dict) else [nearest(str(key), STEPS) for key in step]
            faults.append(found.fault(path, said, expected="one of the keys map, join, aggregate, union, reconcile",
                                      nearest=next(filter(None, near), "")))
        elif (model := _validated(found, path, STEPS[kinds[0]], step, faults)) is not None:
            steps.append(model)
    return steps


def _validated(found: Document, path: Path, model: type[BaseModel], data: Any, faults: list[Fault],
               skip: str = "") -> BaseModel | None:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if skip and detail["loc"] == (skip,):
                continue
            faults.append(_in_words(found, path, model, detail))
        return None


def _in_words(found: Document, start: Path, model: type[BaseModel], detail: Any) -> Fault:
    """Pydantic's finding as a fault of ours: what stands there, what was expected, the nearest known name."""
    loc, kind, context = tuple(detail["loc"]), detail["type"], detail.get("ctx", {})
    if loc[-1:] == ("[key]",):
        loc = loc[:-1]
    path, last = (*start, *loc), str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        keys = _keys(model, loc[:-1])
        return _unknown_key(found, path, last, keys)
    if kind == "missing":
        return found.fault(path[:-1], f"the key {last} is missing")
    message, expected, near = _value_fault(kind, context, detail.get("input"), last)
    return found.fault(path, message, expected=expected, nearest=near)


def _unknown_key(found: Document, path: Path, key: str, keys: list[str]) -> Fault:
    at = found.fault(path[:-1], f"the key {key} is not known here", expected=f"one of {', '.join(keys)}",
                     nearest=nearest(key, keys))
    return Fault(found.line(path), at.step, at.place, 0, 0, at.message, at.expected, at.nearest)


def _value_fault(kind: str, context: dict[str, Any], value: Any, key: str) -> tuple[str, str, str]:
    """Message, what was expected, and the nearest known value."""
    shown = "nothing" if value is None else repr(value) if isinstance(value, str) else "this"
    if kind == "literal_error":
        return _not_one_of(shown, value, context["expected"])
    if kind == "string_pattern_mismatch":
        called, expected = _BY_PATTERN[context["pattern"]]
        known = ("text", "int", "date", "bool", "decimal") if called == "type" else ()
        return f"{shown} is not a {called}", expected, nearest(str(value), known)
    if kind == "string_too_long":
        return f"the text has {len(value)} characters", f"{context['max_length']} at most", ""
    if kind in ("string_too_short", "too_short"):
        return "this is empty", "one or more" if kind == "too_short" else "a text", ""
    return f"{shown} cannot stand here", _KINDS.get(kind, f"what the format says of {key}"), ""


def _not_one_of(shown: str, value: Any, expected: str) -> tuple[str, str, str]:
    known = [one.strip("'") for one in expected.replace(" or ", ", ").split(", ")]
    return f"{shown} is not known here", " or ".join(known), nearest(str(value), known)


def _keys(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    """The keys of the model that stands at `loc` inside of `model`."""
    schema = model.model_json_schema(by_alias=True)
    at: dict[str, Any] = schema
    for part in loc:
        # A mapping of names to parts says what a part is under the pattern of its names.
        named = next(iter(at.get("patternProperties", {}).values()), None)
        at = at.get("properties", {}).get(part) or at.get("items") or at.get("additionalProperties") or named or {}
        at = schema["$defs"][at["$ref"].rsplit("/", 1)[1]] if "$ref" in at else at
    return list(at.get("properties", {}))
