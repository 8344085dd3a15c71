"""What the editor of a mapping shows beside a part: faults, columns at hand, a preview, proposals, what is not matched."""

from __future__ import annotations

from collections.abc import Mapping as Keyed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from workbench.projects.models import Project
from workbench.trials import store
from workbench.trials.queries import crosswalks, mappings
from workbench.trials.rules import parts
from workbench.web.refusals import Refused

if TYPE_CHECKING:
    from sandbox import Fault

_SAMPLE_PARAMETERS = {"text": "", "int": "1", "date": "2026-01-31", "bool": "true"}


@dataclass(frozen=True)
class Preview:
    """The first rows of a step, or why there are none: faults of the part, or one sentence."""

    answer: Keyed[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    message: str = ""


@dataclass(frozen=True)
class Proposal:
    """A field that a step could have, and what speaks for it."""

    name: str
    formula: str
    type: str
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Unmatched:
    """What a lookup does not find in the newest tables."""

    lookup: str
    total: int
    count: int
    values: list[tuple[tuple[str, ...], int]]
    crosswalk_id: int | None


def of_part(faults: tuple[Fault, ...], kind: str, name: str) -> tuple[Fault, ...]:
    """The faults that lie in one part."""
    if kind in parts.STEP_KINDS:
        return tuple(fault for fault in faults if fault.step == name)
    words = {"source": f"source {name}", "target": f"target {name}"}.get(kind)
    if words is None:
        return tuple(fault for fault in faults if not fault.step and not fault.place.startswith(("source ", "target ")))
    return tuple(fault for fault in faults if fault.place == words or fault.place.startswith(f"{words},"))


def place_of(found: parts.Part, fault: Fault) -> tuple[str, int] | None:
    """The part in which a fault lies, as its kind and place; None where no form shows it."""
    if fault.step:
        steps = parts.listed(found.get("steps"))
        return next(((parts.kind_of(step), at) for at, step in enumerate(steps, 1) if parts.name_of(step) == fault.step), None)
    kind, _space, rest = fault.place.partition(" ")
    name = rest.partition(",")[0]
    if kind == "source":
        names = list(parts.keyed(found.get("sources")))
        return ("source", names.index(name) + 1) if name in names else None
    tables = [parts.text(parts.keyed(one).get("table")) for one in parts.listed(found.get("targets"))]
    return ("target", tables.index(name) + 1) if kind == "target" and name in tables else None


def preview(project: Project, found: parts.Part, name: str, home: Path, keys: Path) -> Preview:
    """The first rows of a source or step of the mapping at hand, on samples of the newest tables; masked as a run masks."""
    needed = parts.needed_for(found, name)
    only_source = not needed["steps"] and name in parts.keyed(needed.get("sources"))
    if only_source:  # a mapping has a step; this one only passes the source on
        fields = {f"c{at}": {"formula": parts.formula_of(column, "", ""), "type": kind} for at, (column, kind) in enumerate(
            parts.columns_of(needed)[name].items(), 1)}
        needed = {**needed, "steps": [{"map": "shown", "from": name, "fields": fields}]}
    text = store.text_of_parts(needed)
    checked = store.checked(text)
    if checked.mapping is None:
        return Preview(faults=checked.faults)
    mirrored, inputs = mappings.newest_tables(project.id), {}
    for key, source in checked.mapping.sources.items():
        given = mappings.input_of(project, source.table, home, mirrored)
        if given is None:
            return Preview(message=_("Nothing was received for %(table)s yet, so there are no rows to show.", table=source.table))
        inputs[key] = given
    values = {key: _SAMPLE_PARAMETERS.get(kind.kind.value, "1") for key, kind in checked.mapping.parameters.items()}
    try:
        return Preview(store.preview(text, inputs, name, values, store.salt(keys, project.id)))
    except Refused as error:
        return Preview(message=error.message)


def proposals(project: Project, found: parts.Part, place: int, home: Path) -> list[Proposal]:
    """Fields for the map step at that place: the columns its target has, each with the column that suits best."""
    steps = parts.listed(found.get("steps"))
    step = steps[place - 1] if 0 < place <= len(steps) else {}
    have = _cells(project, found, parts.text(step.get("from")), place, home)
    wanted = _wanted(project, found, parts.name_of(step), home)
    there = parts.keyed(step.get("fields"))
    if not wanted:
        return [Proposal(parts.field_named(name), parts.formula_of(name, "", ""), one.type or "text", 100, ())
                for name, one in have.items() if parts.field_named(name) not in there]
    return [
        Proposal(one.target, _formula(one.source, have[one.source], wanted[one.target].type), wanted[one.target].type or "text",
                 round(one.score), one.reasons)
        for one in store.proposals(have, wanted) if one.target not in there
    ]


def _formula(column: str, have: store.Cells, wanted: str) -> str:
    return parts.formula_of(column, have.type, wanted, have.decimal)


def _wanted(project: Project, found: parts.Part, step: str, home: Path) -> dict[str, store.Cells]:
    """The columns of the live table that this step is held against, or of the only target's."""
    targets = [parts.keyed(one) for one in parts.listed(found.get("targets"))]
    own = [one for one in targets if one.get("from") == step] or targets[:1]
    sources = parts.keyed(found.get("sources"))
    live = [name for name, one in sources.items() if own and parts.keyed(one).get("table") == own[0].get("table")]
    return _cells(project, found, live[0], None, home) if live else {}


def _cells(project: Project, found: parts.Part, name: str, before: int | None, home: Path) -> dict[str, store.Cells]:
    """The columns of a source or step with type and samples; a step has no samples."""
    columns = parts.columns_of(found, before).get(name, {})
    table = parts.text(parts.keyed(parts.keyed(found.get("sources")).get(name)).get("table"))
    given = mappings.input_of(project, table, home, mappings.newest_tables(project.id)) if table else None
    samples = store.samples(given.path) if given else {}
    mark = given.decimal if given else "."
    return {column: store.Cells(kind, samples.get(column, ()), mark) for column, kind in columns.items()}


def unmatched(project: Project, found: parts.Part, step: parts.Part, home: Path) -> list[Unmatched]:
    """For each lookup from one received table into another: how many rows find nothing, and with which values."""
    sources, mirrored, shown = parts.keyed(found.get("sources")), mappings.newest_tables(project.id), []
    tables = {name: parts.text(parts.keyed(one).get("table")) for name, one in sources.items()}
    for lookup in parts.listed(step.get("lookups")):
        sides = [tables.get(parts.text(name), "") for name in (step.get("from"), parts.keyed(lookup).get("in"))]
        given = [mappings.input_of(project, table, home, mirrored) if table else None for table in sides]
        match = parts.keyed(parts.keyed(lookup).get("match"))
        if given[0] is None or given[1] is None or not match:
            continue
        try:
            total, count, values = store.unmatched(given[0], list(match), given[1], list(match.values()))
        except Refused:
            continue  # a column that is not there is a fault, which stands above
        walk = crosswalks.crosswalk_named(project.id, sides[1].removeprefix(mappings.CROSSWALK)) \
            if sides[1].startswith(mappings.CROSSWALK) else None
        shown.append(Unmatched(lookup["in"], total, count, values, walk.id if walk else None))
    return shown


def fields_of_table(project: Project, table: str, home: Path) -> dict[str, str]:
    """The columns of a table with the types that its samples show; empty where nothing was received."""
    given = mappings.input_of(project, table, home, mappings.newest_tables(project.id))
    return store.types(given) if given else {}
