"""The parts of a mapping as an editor shows them: lists and keys as texts in fields, and back without loss."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_UNSAID, _BARE = re.compile(r"[^a-z0-9_-]+"), re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = {"and", "or", "not", "between", "in", "is", "nothing", "case", "when", "then", "else", "end", "true", "false"}
Part = dict[str, Any]
Flat = dict[str, Any]  # field of a form -> what it holds
Row = dict[str, Any]

STEP_KINDS = ("map", "join", "aggregate", "union", "reconcile")
KINDS = ("head", "source", *STEP_KINDS, "target")
SIDES = ("used", "included", "extra")
MEASURES = ("sum", "min", "max", "count")
TYPES = ("text", "int", "decimal", "decimal(2)", "date", "bool")
SPLIT = ("included", "extra", "entitled", "used", "included_used", "extra_used", "over", "unused")
# The plain fields of each kind: their key in the file, and how they are written in a form.
_SINGLES: dict[str, tuple[tuple[str, str], ...]] = {
    "head": (("purpose", "text"),),
    "source": (("table", "text"), ("contract", "text")),
    "map": (("from", "text"), ("where", "text"), ("why", "text")),
    "join": (("left", "text"), ("right", "text"), ("match", "pairs"), ("keep", "text"), ("where", "text"), ("why", "text")),
    "aggregate": (("from", "text"), ("by", "names"), ("why", "text")),
    "union": (("of", "names"), ("why", "text")),
    "reconcile": (("by", "names"), ("why", "text")),
    "target": (("table", "text"), ("from", "text"), ("key", "names"), ("compare", "names"), ("missing", "text")),
}
# The tables of each kind: key in the file, prefix in the form, and its columns; the first column heads the row.
TABLES: dict[str, tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]] = {
    "head": (("parameters", "parameter", (("name", "text"), ("type", "text"))),),
    "source": (("fields", "column", (("name", "text"), ("type", "text"), ("mask", "text"))),),
    "map": (
        ("lookups", "lookup", (("in", "text"), ("match", "pairs"), ("take", "names"), ("required", "flag"))),
        ("fields", "field", (("name", "text"), ("formula", "text"), ("type", "text"), ("why", "text"))),
        ("checks", "check", (("name", "text"), ("that", "text"), ("level", "text"), ("why", "text"))),
    ),
    "join": (
        ("fields", "field", (("name", "text"), ("formula", "text"), ("type", "text"), ("why", "text"))),
        ("checks", "check", (("name", "text"), ("that", "text"), ("level", "text"), ("why", "text"))),
    ),
    "aggregate": (
        ("measures", "measure", (("name", "text"), ("how", "text"), ("column", "text"))),
        ("checks", "check", (("name", "text"), ("that", "text"), ("level", "text"), ("why", "text"))),
    ),
}
_DEFAULTS = {"contract": "freeze", "keep": "matched", "level": "error", "missing": "flag"}


def names_in(names: Sequence[str]) -> str:
    """Names one after the other with commas; one that holds a comma, a sign of equality or a quotation mark is quoted."""
    return ", ".join(_quoted(name) for name in names)


def pairs_in(pairs: Mapping[str, str]) -> str:
    """Pairs such as `code = package`, with commas."""
    return ", ".join(f"{_quoted(one)} = {_quoted(other)}" for one, other in pairs.items())


def _quoted(name: str) -> str:
    needs = not name or name != name.strip() or any(mark in name for mark in ',="\n')
    return '"' + name.replace('"', '""') + '"' if needs else name


def names_from(text: str) -> list[str]:
    """The names of a text that `names_in` wrote, or a person; new lines count as commas."""
    return [found for found in ("".join(token).strip() if not quoted else "".join(token)
                                for token, quoted in _tokens(text, ",\n")) if found]


def pairs_from(text: str) -> dict[str, str]:
    """The pairs of a text; a name alone stands for itself on both sides."""
    found: dict[str, str] = {}
    for part in _cut(text, ",\n"):
        sides = [side[0] if side else "" for side in (names_from(piece) for piece in _cut(part, "="))]
        if sides and sides[0]:
            found[sides[0]] = sides[1] if len(sides) > 1 and sides[1] else sides[0]
    return found


def _cut(text: str, marks: str) -> list[str]:
    """The text cut at those marks outside of quotation marks."""
    parts, inside = [""], False
    for sign in text:
        inside ^= sign == '"'
        if sign in marks and not inside:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _tokens(text: str, marks: str) -> list[tuple[list[str], bool]]:
    found = []
    for part in _cut(text, marks):
        bare = part.strip()
        quoted = len(bare) > 1 and bare[0] == bare[-1] == '"'
        found.append((list(bare[1:-1].replace('""', '"') if quoted else bare), quoted))
    return found


def kind_of(step: Any) -> str:
    """The kind of a step of the file; empty where it has none."""
    return next((kind for kind in STEP_KINDS if isinstance(step, dict) and kind in step), "")


def name_of(step: Any) -> str:
    """What a step is called; empty where it has no name."""
    return text(step.get(kind_of(step))) if isinstance(step, dict) else ""


def text(value: Any) -> str:
    """A value as a text; anything that is none is empty."""
    return value if isinstance(value, str) else ""


def keyed(value: Any) -> dict[str, Any]:
    """The value where it has keys, else nothing."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The value where it is a list, else nothing."""
    return value if isinstance(value, list) else []


_SHOW: dict[str, Callable[[Any], Any]] = {"text": text, "names": lambda value: names_in([text(one) for one in listed(value)]),
         "pairs": lambda value: pairs_in({key: text(one) for key, one in keyed(value).items()}),
         "flag": lambda value: value not in (False, "false", "False", "FALSE")}
_READ: dict[str, Callable[[Any], Any]] = {"text": str, "names": names_from, "pairs": pairs_from, "flag": bool}


def flat(kind: str, name: str, part: Part) -> tuple[Flat, dict[str, list[Row]]]:
    """A part as its plain fields and its tables of rows, by prefix."""
    singles: Flat = {} if kind in ("head", "target") else {"name": name}
    for key, how in _SINGLES[kind]:
        singles[key] = _SHOW[how](part.get(key)) or _DEFAULTS.get(key, "")
    for side in SIDES if kind == "reconcile" else ():
        given = keyed(part.get(side))
        singles |= {f"{side}_{key}": text(given.get(key)) for key in ("from", "quantity", "where", "service")}
    tables = {prefix: _rows(kind, key, columns, part) for key, prefix, columns in TABLES.get(kind, ())}
    return singles, tables


def _rows(kind: str, key: str, columns: Sequence[tuple[str, str]], part: Part) -> list[Row]:
    given = part.get(key)
    if key in ("lookups", "checks"):
        return [{name: _SHOW[how](one.get(name)) or _DEFAULTS.get(name, "") if how != "flag" else _SHOW[how](one.get(name))
                 for name, how in columns} for one in listed(given) if isinstance(one, dict)]
    if kind == "source":
        fields, mask = keyed(given), keyed(part.get("mask"))
        names = [*fields, *(name for name in mask if name not in fields)]
        return [{"name": name, "type": text(fields.get(name)), "mask": text(mask.get(name))} for name in names]
    if kind == "head":
        return [{"name": name, "type": text(one)} for name, one in keyed(given).items()]
    if key == "measures":
        return [{"name": name, "how": how, "column": text(column)}
                for name, one in keyed(given).items() for how, column in keyed(one).items()]
    return [{"name": name, **{each: text(keyed(one).get(each)) for each in ("formula", "type", "why")}}
            for name, one in keyed(given).items()]


def part_from(kind: str, singles: Flat, tables: Mapping[str, Sequence[Row]]) -> tuple[str, Part]:
    """The name and the part of a form's fields; what is empty or as by default is left out."""
    part: Part = {} if kind in ("head", "source", "target") else {kind: singles["name"]}
    for key, how in _SINGLES[kind]:
        value = _READ[how](singles.get(key) or "")
        if value and value != _DEFAULTS.get(key):
            part[key] = value
    for side in SIDES if kind == "reconcile" else ():
        part[side] = {key: value for key in ("from", "quantity", "where", "service")
                      if (value := singles.get(f"{side}_{key}") or "")}
    for key, prefix, columns in TABLES.get(kind, ()):
        rows = [row for row in tables.get(prefix, ()) if row.get(columns[0][0])]
        part |= _of_rows(kind, key, columns, rows)
    return singles.get("name") or "", part


def _of_rows(kind: str, key: str, columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> Part:
    found: Part
    if key in ("lookups", "checks"):
        found = {key: [_row(columns, row) for row in rows]}
    elif kind == "source":
        found = {key: {row["name"]: row["type"] for row in rows if row["type"]},
                 "mask": {row["name"]: row["mask"] for row in rows if row["mask"]}}
    elif kind == "head":
        found = {key: {row["name"]: row["type"] for row in rows}}
    elif key == "measures":
        found = {key: {row["name"]: {row["how"] or "sum": row["column"]} for row in rows}}
    else:
        found = {key: {row["name"]: {each: row[each] for each in ("formula", "type", "why") if row.get(each)}
                       for row in rows}}
    return {name: value for name, value in found.items() if value}


def _row(columns: Sequence[tuple[str, str]], row: Row) -> Part:
    found: Part = {}
    for name, how in columns:
        value = _READ[how](row.get(name) or "")
        if how == "flag":
            found |= {} if value else {name: "false"}
        elif value and value != _DEFAULTS.get(name):
            found[name] = value
    return found


def is_shown_whole(kind: str, name: str, part: Part) -> bool:
    """Whether the form shows all that the part holds, so that storing the form loses nothing."""
    again = part_from(kind, *flat(kind, name, part))[1]
    whole = {key: value for key, value in part.items() if kind != "head" or key in again}
    return bool(_known(again) == _known(whole))


def _known(value: Any) -> Any:
    """The value without defaults and what is empty, to compare."""
    if isinstance(value, dict):
        kept = {key: _known(one) for key, one in value.items()}
        return {key: one for key, one in kept.items()
                if one not in ("", None, [], {}) and _DEFAULTS.get(key) != one and (key, one) != ("required", "true")}
    return [_known(one) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Shown:
    """A part as a page shows it: every plain field as a text, every table as rows; what has the wrong shape is left out."""

    kind: str
    place: int
    name: str
    singles: Flat
    tables: Mapping[str, Sequence[Row]]


def every(parts: Part) -> list[Shown]:
    """The sources, steps and targets of a file, also of one with faults."""
    found = [("source", place, name, one) for place, (name, one) in enumerate(keyed(parts.get("sources")).items(), 1)]
    found += [(kind_of(one), place, name_of(one), one) for place, one in enumerate(listed(parts.get("steps")), 1) if kind_of(one)]
    targets = enumerate(listed(parts.get("targets")), 1)
    found += [("target", place, text(keyed(one).get("table")), one) for place, one in targets]
    return [Shown(kind, place, name, *flat(kind, name, keyed(one))) for kind, place, name, one in found]


def part_at(parts: Part, kind: str, place: int) -> tuple[str, Part] | None:
    """The part of that kind at that place, counted from 1 (steps among all steps), with its name; None where none is."""
    if kind == "head":
        return text(parts.get("name")), parts
    if kind == "source":
        sources = list(keyed(parts.get("sources")).items())
        return (sources[place - 1][0], keyed(sources[place - 1][1])) if 0 < place <= len(sources) else None
    held = listed(parts.get("targets" if kind == "target" else "steps"))
    if not 0 < place <= len(held) or not isinstance(held[place - 1], dict):
        return None
    found = held[place - 1]
    if kind == "target":
        return text(found.get("table")), found
    return (name_of(found), found) if kind_of(found) == kind else None


def put(parts: Part, kind: str, place: int, name: str, part: Part) -> Part:
    """The parts with this one at its place, or as the last of its kind at place 0."""
    if kind == "head":
        kept = {key: value for key, value in parts.items() if key not in ("purpose", "parameters")}
        return _in_order({**kept, **part})
    if kind == "source":
        sources = list(keyed(parts.get("sources")).items())
        sources[place - 1 if place else len(sources):place or len(sources)] = [(name, part)]
        return _in_order({**parts, "sources": dict(sources)})
    key = "targets" if kind == "target" else "steps"
    held = list(listed(parts.get(key)))
    held[place - 1 if place else len(held):place or len(held)] = [part]
    return _in_order({**parts, key: held})


def moved(parts: Part, kind: str, place: int, direction: str) -> Part:
    """The parts with this one a place up or down, or gone."""
    key = "targets" if kind == "target" else "sources" if kind == "source" else "steps"
    held: list[Any] = list(keyed(parts.get(key)).items()) if key == "sources" else list(listed(parts.get(key)))
    if not 0 < place <= len(held):
        return parts
    one = held.pop(place - 1)
    if direction != "remove":
        held.insert(max(0, place - 2) if direction == "up" else place, one)
    return _in_order({**parts, key: dict(held) if key == "sources" else held})


def table_named(source: str, table: str) -> str:
    """What a mapping calls a mirrored table: `<source>.<table>` in small letters, digits, _ and -."""
    plain = _UNSAID.sub("_", table.lower()).strip("_") or "table"
    return f"{source}.{plain if plain[0].isalpha() else 't_' + plain}"[:126]


def field_named(column: str) -> str:
    """A name for a field after a column: small letters, digits and _, a letter first."""
    plain = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")[:60]
    return plain if plain and plain[0].isalpha() else f"c_{plain}".rstrip("_")


def repeated(names: Sequence[str]) -> str:
    """The first name that stands twice; empty where none does."""
    return next((name for place, name in enumerate(names) if name in names[:place]), "")


def formula_of(column: str, has: str, wanted: str, mark: str = ".") -> str:
    """A formula that takes a column over as the wanted type, with the conversion that a text with that decimal mark needs."""
    name = column if _BARE.fullmatch(column) and column not in _WORDS else '"' + column.replace('"', '""') + '"'
    if has not in ("", "text") or wanted in ("", "text") or wanted == has:
        return name
    if wanted.startswith("decimal"):
        return f"decimal({name})" if mark == "." else f"decimal({name}, '{mark}')"
    return {"int": f"int({name})", "date": f"date({name}, 'YYYY-MM-DD')", "bool": f"{name} = 'true'"}.get(wanted, name)


def _in_order(parts: Part) -> Part:
    order = ("mapping", "name", "purpose", "parameters", "sources", "steps", "targets")
    return {key: parts[key] for key in (*order, *parts) if key in parts}


def columns_of(parts: Part, before: int | None = None) -> dict[str, dict[str, str]]:
    """What each source, and each step before that number (from 1), offers: {relation: {column: type}}."""
    found = {name: {column: text(one) for column, one in keyed(keyed(source).get("fields")).items()}
             for name, source in keyed(parts.get("sources")).items()}
    for number, step in enumerate(listed(parts.get("steps")), 1):
        if (before is not None and number >= before) or not name_of(step):
            continue
        found[name_of(step)] = _columns(step, found)
    return found


def _columns(step: Part, known: Mapping[str, dict[str, str]]) -> dict[str, str]:
    kind = kind_of(step)
    if kind in ("map", "join"):
        return {name: text(keyed(one).get("type")) for name, one in keyed(step.get("fields")).items()}
    if kind == "union":
        return dict(known.get(text(next(iter(listed(step.get("of"))), "")), {}))
    origin = text(step.get("from") if kind == "aggregate" else keyed(step.get("used")).get("from"))
    by = {text(name): known.get(origin, {}).get(text(name), "") for name in listed(step.get("by"))}
    if kind == "reconcile":
        return {**by, **dict.fromkeys(SPLIT, "int"), "verdict": "text"}
    return {**by, **dict.fromkeys(keyed(step.get("measures")), "")}


def reads(step: Any) -> list[str]:
    """The relations that a step reads."""
    if not isinstance(step, dict):
        return []
    direct = [step.get(key) for key in ("from", "left", "right")] + listed(step.get("of"))
    inside = [one.get("in") for one in listed(step.get("lookups")) if isinstance(one, dict)]
    sides = [keyed(step.get(side)).get("from") for side in SIDES]
    return [name for name in map(text, (*direct, *inside, *sides)) if name]


def needed_for(parts: Part, name: str) -> Part:
    """The mapping cut down to one relation and all that it reads, so that faults elsewhere do not stand in its way."""
    steps = [step for step in listed(parts.get("steps")) if name_of(step)]
    wanted, kept = {name}, list[Part]()
    at = next((number for number, step in enumerate(steps) if name_of(step) == name), -1)
    for step in reversed(steps[:at + 1]):
        if name_of(step) in wanted:
            wanted.update(reads(step))
            kept.insert(0, step)
    sources = keyed(parts.get("sources"))
    fewer = {key: source for key, source in sources.items() if key in wanted}
    return {**{key: value for key, value in parts.items() if key != "targets"}, "sources": fewer or sources, "steps": kept}
