"""Writes a pack as pack.toml, always in the same way, so that equal packs have equal bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.checklists.library import Clause, Grouping, Item, Pack, Step
from workbench.checklists.store import Text

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TABLES = ("clauses", "steps", "items", "groupings", "links")


def document(pack: Pack) -> dict[str, Any]:
    """A pack as the tables of its file; what is empty is left out where the format lets it be missing."""
    gates = pack.kind == "gates"
    head = {
        "id": pack.id, "kind": pack.kind, "edition": pack.edition, "version": pack.version,
        "languages": list(pack.languages), "wording": pack.wording, "title": text(pack.title),
        "source": text(pack.source), "notice": text(pack.notice),
    }  # fmt: skip
    found: dict[str, Any] = {"pack": head}
    if gates:
        found["vocabularies"] = {
            name: {key: text(words) for key, words in entries.items()} for name, entries in pack.vocabularies.items()
        }
        found["steps"] = [_step(step) for step in pack.steps]
    else:
        found["clauses"] = [_clause(clause) for clause in pack.clauses]
    found["items"] = [_gate_item(item) if gates else _item(item) for item in pack.items]
    if pack.groupings:
        found["groupings"] = [_grouping(grouping) for grouping in pack.groupings]
    return found


def text(words: Text) -> dict[str, str]:
    """A text in the languages it has."""
    return {language: said for language, said in (("en", words.en), ("fr", words.fr)) if said}


def _maybe(table: dict[str, Any], key: str, words: Text | None) -> None:
    if words is not None:
        table[key] = text(words)


def _clause(clause: Clause) -> dict[str, Any]:
    table: dict[str, Any] = {"ref": clause.ref}
    table |= {key: value for key, value in (("parent", clause.parent), ("kind", clause.kind)) if value}
    table |= {
        "title": text(clause.title), "title_origin": clause.title_origin, "title_fr_origin": clause.title_fr_origin,
        "bearing": clause.bearing,
    }  # fmt: skip
    if clause.grade:
        table["grade"] = clause.grade
    _maybe(table, "note", clause.note)
    return table


def _refs(item: Item) -> list[dict[str, str]]:
    return [{"standard": ref.standard, "clause": ref.clause} for ref in item.refs]


def _item(item: Item) -> dict[str, Any]:
    table: dict[str, Any] = {"key": item.key, "clause": item.clause, "question": text(item.question)}
    _maybe(table, "guidance", item.guidance)
    if item.expected_evidence:
        lists = {"en": [each.en for each in item.expected_evidence], "fr": [each.fr for each in item.expected_evidence]}
        table["expected_evidence"] = {language: entries for language, entries in lists.items() if any(entries)}
    if item.documented_information is not None:
        asked = item.documented_information
        table["documented_information"] = {"kind": asked.kind, **text(asked.note)}
    if item.refs:
        table["refs"] = _refs(item)
    return table


def _gate_item(item: Item) -> dict[str, Any]:
    table: dict[str, Any] = {"key": item.key, "step": item.step, "question": text(item.question)}
    _maybe(table, "guidance", item.guidance)
    table["mandatory"] = item.mandatory
    _maybe(table, "condition", item.condition)
    return {
        **table, "role": item.role, "evidence": list(item.evidence_kinds), "origin": item.origin, "refs": _refs(item),
    }  # fmt: skip


def _step(step: Step) -> dict[str, Any]:
    return {
        "number": step.number, "key": step.key, "gate": step.gate, "title": text(step.title),
        "purpose": text(step.purpose), "pdca": step.pdca, "bpm_phases": list(step.bpm_phases),
        "itil_ci_steps": list(step.itil_ci_steps), "itil5_lifecycle": list(step.itil5_lifecycle),
        "decisions": list(step.decisions),
    }  # fmt: skip


def _grouping(grouping: Grouping) -> dict[str, Any]:
    groups = [{"key": group.key, "title": text(group.title), "refs": list(group.refs)} for group in grouping.groups]
    return {"key": grouping.key, "title": text(grouping.title), "groups": groups}


def write(tables: Mapping[str, Any]) -> bytes:
    """The file's bytes: texts as `title.en = "…"`, one line for each value, no comment."""
    return ("\n".join(_lines(tables)).strip("\n") + "\n").encode("utf-8", "replace")


def _lines(tables: Mapping[str, Any]) -> Iterator[str]:
    # an empty list is a plain value, which TOML wants before the first heading
    yield from (f"{name} = []" for name, value in tables.items() if name in _TABLES and not value)
    for name, value in tables.items():
        if name in _TABLES:
            for table in value:
                yield from _table(f"[[{name}]]", name, table)
        elif name == "vocabularies":
            for inner, entries in value.items():
                yield from _table(f"[{name}.{_key(inner)}]", name, entries)
        else:
            yield from _table(f"[{name}]", name, value)


def _table(heading: str, name: str, table: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield heading
    for key, value in table.items():
        if name == "groupings" and key == "groups" and value:
            for group in value:
                yield from _table("[[groupings.groups]]", "groups", group)
        elif isinstance(value, Mapping):
            yield from (f"{_key(key)}.{_key(inner)} = {_value(said)}" for inner, said in value.items())
        else:
            yield f"{_key(key)} = {_value(value)}"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(inner)}' for key, inner in value.items())} }}"
    # a TOML string is a JSON string, but for DEL, which TOML wants escaped
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")
