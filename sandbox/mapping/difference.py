"""What changed from one version of a mapping to the next, part by part, in sentences."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.mapping.model import STEPS, MappingSpec, Step, name_of

# Lists of parts that have names; every other list is a value. Values: what one part is called, the key of its name.
_NAMED = {"steps": ("step", ""), "targets": ("target", "table"), "lookups": ("lookup", "in"), "checks": ("check", "name")}
_PARTS = {"sources": "source", "parameters": "parameter", "fields": "field", "measures": "measure"} | {
    key: called for key, (called, _) in _NAMED.items()}
_SIDES = ("used", "included", "extra")
_MAIN = "formula"  # the value that stands for its whole part in a sentence


@dataclass(frozen=True)
class Change:
    """One change. `place` leads to it, such as ("steps", "usage_clean", "fields", "units", "formula").

    `kind` is added, removed, changed, renamed or moved. `before` and `after` are values as in the file, None where
    there is none; for `renamed` they are names, for `moved` lists of names. `words` is the sentence.
    """

    place: tuple[str, ...]
    kind: str
    before: Any
    after: Any
    words: str


def difference(old: MappingSpec, new: MappingSpec) -> list[Change]:
    """The changes in the order of the file; empty exactly where the two are equal."""
    renamed = _renames(old, new)
    before, after = _data(old, renamed), _data(new, {})
    changes = [Change(("steps", one), "renamed", one, other, f"step {one} is now called {other}")
               for one, other in renamed.items()]
    return changes + _between((), before, after)


def _renames(old: MappingSpec, new: MappingSpec) -> dict[str, str]:
    """Steps that are gone under one name and there, otherwise the same, under another."""
    was, now = {name_of(step): step for step in old.steps}, {name_of(step): step for step in new.steps}
    gone, come = [name for name in was if name not in now], [name for name in now if name not in was]
    found: dict[str, str] = {}
    for name in gone:
        like = [other for other in come if other not in found.values() and _body(was[name]) == _body(now[other])]
        if like:
            found[name] = like[0]
    return found


def _body(step: Step) -> tuple[str, dict[str, Any]]:
    """The kind of a step, and all of it but its name."""
    kind = next(kind for kind, model in STEPS.items() if isinstance(step, model))
    return kind, {key: value for key, value in step.model_dump(by_alias=True).items() if key != kind}


def _data(spec: MappingSpec, renamed: Mapping[str, str]) -> dict[str, Any]:
    """The file as keys, where lists of named parts are keys too, and steps have their new names."""
    data = spec.model_dump(by_alias=True, exclude_none=True)
    steps = [{key: _renamed(key, value, renamed) for key, value in step.items()} for step in data["steps"]]
    targets = [{key: _renamed(key, value, renamed) for key, value in target.items()} for target in data["targets"]]
    names = [renamed.get(name_of(step), name_of(step)) for step in spec.steps]
    return data | {"steps": _by_name(names, [_keyed(step) for step in steps]),
                   "targets": _by_name([target["table"] for target in targets], targets)}


def _renamed(key: str, value: Any, names: Mapping[str, str]) -> Any:
    """The value of a step's or target's key, with the new names of steps (not inside of formulas)."""
    if key in ("from", "in", "left", "right", *STEPS):
        return names.get(value, value)
    if key == "of":
        return [names.get(one, one) for one in value]
    if key == "lookups":
        return [one | {"in": names.get(one["in"], one["in"])} for one in value]
    if key in _SIDES:
        return value | {"from": names.get(value["from"], value["from"])}
    return value


def _keyed(step: dict[str, Any]) -> dict[str, Any]:
    """The step with its lookups and checks by name."""
    return {key: _by_name([one[_NAMED[key][1]] for one in value], value) if key in _NAMED else value
            for key, value in step.items()}


def _by_name(names: list[str], parts: list[Any]) -> dict[str, Any]:
    """The parts by name; the second of one name is called `name (2)`."""
    found: dict[str, Any] = {}
    for number, (name, part) in enumerate(zip(names, parts, strict=True)):
        before = names[:number].count(name)
        found[f"{name} ({before + 1})" if before else name] = part
    return found


def _between(place: tuple[str, ...], old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    changes: list[Change] = []
    for key in [*new, *(key for key in old if key not in new)]:
        at, was, now = (*place, key), old.get(key), new.get(key)
        if key in old and key in new and isinstance(was, dict) and isinstance(now, dict):
            changes += _between(at, was, now)
        elif was != now or (key in old) != (key in new):
            kind = "changed" if key in old and key in new else "added" if key in new else "removed"
            changes.append(Change(at, kind, was, now, _words(at, kind, was, now)))
    return changes + _moved(place, old, new)


def _moved(place: tuple[str, ...], old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """A change where parts whose order means something stand in another one."""
    was, now = [key for key in old if key in new], [key for key in new if key in old]
    if was == now or not place or place[-1] not in _NAMED:
        return []
    called, at = _NAMED[place[-1]][0], _where(place[:-1])
    words = f"{at}{': ' if at else ''}the {called}s now stand in the order {', '.join(now)} (was {', '.join(was)})"
    return [Change(place, "moved", was, now, words)]


def _where(place: tuple[str, ...]) -> str:
    """The place in words: `step usage_clean`."""
    words, number = [], 0
    while number < len(place):
        part = place[number]
        if part in _PARTS and number + 1 < len(place):
            words.append(f"{_PARTS[part]} {place[number + 1]}")
            number += 2
        else:
            words.append(f"side {part}" if part in _SIDES and number == 2 else part)
            number += 1
    return ": ".join([words[0], ", ".join(words[1:])]) if len(words) > 1 else "".join(words)


def _words(place: tuple[str, ...], kind: str, before: Any, after: Any) -> str:
    at = _where(place[:-1] if place[-1] == _MAIN else place)
    if kind == "changed":
        return f"{at} is now {_shown(after)} (was {_shown(before)})"
    value = after if kind == "added" else before
    given = "" if isinstance(value, dict) and _MAIN not in value else f": {_shown(value)}"
    return f"{at} is {'new' if kind == 'added' else 'gone'}{given}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return _shown(value[_MAIN]) if _MAIN in value else ", ".join(f"{key} to {one}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(f"`{one}`" for one in value) or "none"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return f"`{value}`" if value != "" else "empty"
