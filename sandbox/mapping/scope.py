"""What the check of a mapping knows so far: the relations by name, the parameters, and the faults found."""
from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.formula.check import typed
from sandbox.formula.faults import FormulaFault
from sandbox.formula.tree import Typed
from sandbox.formula.types import Type
from sandbox.mapping.checked import Check, ComputedField, Schema
from sandbox.mapping.faults import Fault
from sandbox.mapping.model import CheckSpec, FieldSpec
from sandbox.mapping.tree import Document, Path
from sandbox.naming import nearest

# Columns of a received or staged table that are ours.
RESERVED = ("_line", "_fake", "_edited", "_masked")


@dataclass
class Scope:
    """`relations` holds None for a name whose columns are not known because its own part has a fault.

    `later` are names of steps that stand further down.
    """

    document: Document
    parameters: Schema = field(default_factory=dict)
    relations: dict[str, Schema | None] = field(default_factory=dict)
    later: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def fault(self, path: Path, message: str, *, expected: str = "", near: str = "") -> None:
        """Notes a fault at that place of the file."""
        self.faults.append(self.document.fault(path, message, expected=expected, nearest=near))

    def relation(self, path: Path, name: str) -> Schema | None:
        """The columns of a source or earlier step; None, and a fault noted, where there is none of that name."""
        self.used.add(name)
        if name in self.relations:
            return self.relations[name]
        if name in self.later:
            self.fault(path, f"the step {name} stands further down; a step reads sources and earlier steps only",
                       expected=f"one of {', '.join(self.relations)}")
        else:
            self.fault(path, f"there is no source or step {name}", expected=f"one of {', '.join(self.relations)}",
                       near=nearest(name, self.relations))
        return None

    def column(self, path: Path, of: str, schema: Schema | None, column: str) -> Type | None:
        """The type of a column; None where the relation is not known, or, with a fault, has no such column."""
        if schema is None:
            return None
        if column not in schema:
            self.fault(path, f"{of} has no column {column}", expected=f"one of {', '.join(schema)}",
                       near=nearest(column, schema))
        return schema.get(column)

    def once(self, path: Path, names: Sequence[str], what: str) -> None:
        """Notes a fault for each name that a list holds twice."""
        for number, name in enumerate(names):
            if name in names[:number]:
                self.fault((*path, number), f"the column {name} stands twice in {what}; remove one")

    def formula(self, path: Path, text: str, columns: Schema | None, wanted: Type | None,
                clashes: Mapping[str, str] | None = None) -> Typed | None:
        """The formula typed over those columns. `clashes` are bare names that two sides have, and what to write."""
        if columns is None:
            return None
        try:
            return typed(text, columns, parameters=self.parameters, wanted=wanted)
        except FormulaFault as fault:
            self.faults.append(self._placed(path, text, fault, clashes or {}))
            return None

    def _placed(self, path: Path, text: str, fault: FormulaFault, clashes: Mapping[str, str]) -> Fault:
        message, expected, near = fault.message, fault.expected, fault.nearest
        named = text[fault.position:fault.position + fault.length].strip('"')
        if named in clashes:
            message = f"both sides have a column {named}; write {clashes[named]}"
            expected = near = ""
        elif _said(near, message):
            near = ""
        document = self.document
        written = next((at for key in ("formula", "that") if (at := (*path, key)) in document.lines), path)
        return Fault(document.line(written), document.step(path), document.place(path), fault.position, fault.length,
                     message, "" if _said(expected, message) else expected, near, text)

    def fields(self, path: Path, specs: Mapping[str, FieldSpec], columns: Schema | None, types: Schema,
               clashes: Mapping[str, str] | None = None) -> tuple[ComputedField, ...]:
        """The computed fields of a step, those without a fault."""
        found = []
        for name, spec in specs.items():
            formula = self.formula((*path, "fields", name), spec.formula, columns, types[name], clashes)
            if formula is not None:
                found.append(ComputedField(name, formula, spec.why))
        return tuple(found)

    def checks(self, path: Path, specs: Sequence[CheckSpec], columns: Schema | None, bool_: Type) -> tuple[Check, ...]:
        """The checks of a step over its own columns."""
        found, names = [], [spec.name for spec in specs]
        for number, spec in enumerate(specs):
            at = (*path, "checks", number)
            if spec.name in names[:number]:
                self.fault(at, f"the check {spec.name} stands twice in this step; give one another name")
            that = self.formula(at, spec.that, columns, bool_)
            if that is not None:
                found.append(Check(spec.name, that, spec.level, spec.why))
        return tuple(found)

    def other_names(self, path: Path, names: Collection[str]) -> None:
        """Notes a fault for names that are ours, and for names that differ from another only by case."""
        seen: dict[str, str] = {}
        for name in names:
            if name.lower() in RESERVED:
                self.fault((*path, name), f"the column {name} is made by the sandbox; a mapping does not read it")
            if name.lower() in seen:
                self.fault((*path, name), f"the columns {seen[name.lower()]} and {name} differ only by case; "
                                          "rename one in the export, or leave it out")
            seen.setdefault(name.lower(), name)


def _said(words: str, message: str) -> bool:
    """Whether a message says these words already; `units` does not say `unit`."""
    return bool(words) and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", message) is not None
