"""The way from the text of a mapping to what engines run; every fault is found, not only the first."""
from __future__ import annotations

import hashlib

from sandbox.formula.types import TEXT, Type
from sandbox.mapping.check_steps import checked_step, declared
from sandbox.mapping.checked import CheckedMapping, Source, Step, Target
from sandbox.mapping.faults import MappingFaults
from sandbox.mapping.model import MappingSpec, SourceSpec, TargetSpec, name_of
from sandbox.mapping.reading import read
from sandbox.mapping.scope import Scope
from sandbox.mapping.tree import Path
from sandbox.naming import nearest


def checked(text: str, name: str = "mapping.yaml") -> CheckedMapping:
    """The mapping in `text`, which messages call `name`; raises MappingFaults with all that is wrong."""
    found = read(text, name)
    spec = found.spec
    scope = Scope(found.document, {key: declared(kind) for key, kind in spec.parameters.items()})
    sources = {key: _source(scope, ("sources", key), key, source) for key, source in spec.sources.items()}
    steps = _steps(scope, spec)
    targets = tuple(target for number, one in enumerate(spec.targets)
                    if (target := _target(scope, ("targets", number), spec, one, number)) is not None)
    if scope.faults:
        raise MappingFaults(name, scope.faults)
    return CheckedMapping(spec, hashlib.sha256(text.encode("utf-8")).hexdigest(), scope.parameters, sources, steps,
                          targets, text, _warnings(scope, spec))


def _source(scope: Scope, path: Path, name: str, spec: SourceSpec) -> Source:
    schema = {column: declared(kind) for column, kind in spec.fields.items()}
    scope.other_names((*path, "fields"), spec.fields)
    for column, how in spec.mask.items():
        at = (*path, "mask", column)
        if how == "drop" and column in schema:
            scope.fault(at, f"the column {column} is dropped on the way in and named in fields; remove one of the two")
        elif how != "drop" and column not in schema:
            scope.fault(at, f"the masked column {column} is not named in fields", expected="drop, or a field of that name",
                        near=nearest(column, schema))
        elif how != "drop" and schema[column] != TEXT:
            scope.fault(at, f"the column {column} is {schema[column]}; a masked column is a text",
                        expected=f"{column}: text")
    scope.relations[name] = schema
    return Source(name, spec.table, schema, spec.contract, spec.mask)


def _steps(scope: Scope, spec: MappingSpec) -> tuple[Step, ...]:
    names, steps = [name_of(step) for step in spec.steps], []
    for number, one in enumerate(spec.steps):
        scope.later = tuple(names[number:])
        step = checked_step(scope, ("steps", number), one)
        if names[number] in scope.relations:
            what = "source" if names[number] in spec.sources else "step"
            scope.fault(("steps", number), f"there is a {what} {names[number]} already; give the step another name")
        else:
            scope.relations[names[number]] = step.schema if step else None
        if step is not None:
            steps.append(step)
    scope.later = ()
    return tuple(steps)


def _target(scope: Scope, path: Path, spec: MappingSpec, target: TargetSpec, number: int) -> Target | None:
    staged = scope.relation((*path, "from"), target.from_)
    if target.table in [one.table for one in spec.targets[:number]]:
        scope.fault(path, f"the table {target.table} is a target already; a table has one target")
    live = [name for name, source in spec.sources.items() if source.table == target.table]
    scope.used.update(live)
    if len(live) != 1:
        said = f"the sources {', '.join(live)} have" if live else "no source has"
        scope.fault((*path, "table"), f"{said} the table {target.table}", expected="exactly one source, the live side",
                    near="" if live else nearest(target.table, [one.table for one in spec.sources.values()]))
    if staged is None or len(live) != 1:
        return None
    other = scope.relations[live[0]] or {}
    compare = target.compare or [column for column in staged if column in other and column not in target.key]
    schema = _columns(scope, path, target, live[0], compare)
    return Target(target.table, target.from_, tuple(target.key), tuple(compare), target.missing, live[0], schema)


def _columns(scope: Scope, path: Path, target: TargetSpec, live: str, compare: list[str]) -> dict[str, Type]:
    """The types of the key and compared columns; both sides must hold each, of one kind."""
    staged, other = scope.relations[target.from_] or {}, scope.relations[live] or {}
    schema: dict[str, Type] = {}
    scope.once((*path, "key"), target.key, "key")
    scope.once((*path, "compare"), target.compare, "compare")
    places = [((*path, "key", number), name) for number, name in enumerate(target.key)]
    places += [((*path, "compare", number), name) for number, name in enumerate(compare)]
    for number, (at, column) in enumerate(places):
        mine = scope.column(at, target.from_, staged, column)
        theirs = scope.column(at, live, other, column)
        if mine and theirs and mine.kind is not theirs.kind:
            scope.fault(at, f"{target.from_}.{column} is {mine} and {live}.{column} is {theirs}",
                        expected="one kind on both sides")
        if number >= len(target.key) and column in target.key:
            scope.fault(at, f"the column {column} is part of the key; it cannot be compared as well")
        if mine:
            schema[column] = mine
    return schema


def _warnings(scope: Scope, spec: MappingSpec) -> tuple[str, ...]:
    """What is no fault but rarely meant."""
    document, said = scope.document, []
    for name in spec.sources:
        if name not in scope.used:
            line = document.line(("sources", name))
            said.append(f"{document.name}:{line}: source {name}: no step and no target reads it")
    for number, step in enumerate(spec.steps):
        if name_of(step) not in scope.used:
            line = document.line(("steps", number))
            said.append(f"{document.name}:{line}: step {name_of(step)}: no later step and no target reads it")
    return tuple(said)
