"""The shape of a mapping file, as pydantic models: what may be written, and the JSON Schema that editors use."""
from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", description="small letters, digits and _, a letter first")]
TableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}(\.[a-z][a-z0-9_-]{0,62})?$")]
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
TypeName = Annotated[str, Field(pattern=r"^(text|int|date|bool|decimal(\([0-9]\))?)$")]
CheckName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
MappingName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
Formula = Annotated[str, Field(min_length=1, max_length=4000)]
Why = Annotated[str, Field(max_length=2000)]


class _Part(BaseModel):
    """Every part is closed: a key that nobody knows is refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class SourceSpec(_Part):
    """A table of the mirror, the columns taken from it with their types, and what is done on the way in."""

    table: TableName
    fields: dict[ColumnName, TypeName] = Field(min_length=1)
    contract: Literal["freeze", "allow", "discard"] = "freeze"
    mask: dict[ColumnName, Literal["drop", "hash", "shape"]] = {}


class FieldSpec(_Part):
    """One column of a step: how it is computed, of what type it is, and why."""

    formula: Formula
    type: TypeName
    why: Why = ""


class LookupSpec(_Part):
    """Takes columns from the one row of another source or step that matches; `required` refuses rows without one."""

    in_: Name = Field(alias="in")
    match: dict[ColumnName, ColumnName] = Field(min_length=1)
    take: list[ColumnName] = Field(min_length=1)
    required: bool = True


class CheckSpec(_Part):
    """What must hold of each row: an `error` refuses the row, a `warning` counts it."""

    name: CheckName
    that: Formula
    level: Literal["error", "warning"] = "error"
    why: Why = ""


class MapStep(_Part):
    """Row by row: looks up, keeps the rows where a condition holds, computes, checks."""

    map: Name
    from_: Name = Field(alias="from")
    lookups: list[LookupSpec] = []
    where: Formula | None = None
    fields: dict[Name, FieldSpec] = Field(min_length=1)
    checks: list[CheckSpec] = []
    why: Why = ""


class JoinStep(_Part):
    """Every pair of rows that match; `keep: left` keeps left rows without a match, their right columns empty."""

    join: Name
    left: Name
    right: Name
    match: dict[ColumnName, ColumnName] = Field(min_length=1)
    keep: Literal["matched", "left"] = "matched"
    where: Formula | None = None
    fields: dict[Name, FieldSpec] = Field(min_length=1)
    checks: list[CheckSpec] = []
    why: Why = ""


class Measure(_Part):
    """One of sum, min, max (of a column) or count (of rows: `count: rows`, or of a column's filled cells)."""

    sum: ColumnName | None = None
    min: ColumnName | None = None
    max: ColumnName | None = None
    count: ColumnName | None = None


class AggregateStep(_Part):
    """One row for each combination of the `by` columns."""

    aggregate: Name
    from_: Name = Field(alias="from")
    by: list[ColumnName] = Field(min_length=1)
    measures: dict[Name, Measure] = Field(min_length=1)
    checks: list[CheckSpec] = []
    why: Why = ""


class UnionStep(_Part):
    """The rows of several steps one below the other; they must have the same columns of the same types."""

    union: Name
    of: list[Name] = Field(min_length=2)
    why: Why = ""


class Quantity(_Part):
    """Where a quantity of a reconciliation stands."""

    from_: Name = Field(alias="from")
    quantity: ColumnName
    where: Formula | None = None
    service: ColumnName | None = None  # the column that holds what the last `by` column is called elsewhere


class ReconcileStep(_Part):
    """Package versus extra: use consumes the included quantity first, then the extra one; what is left is over."""

    reconcile: Name
    used: Quantity
    included: Quantity
    extra: Quantity
    by: list[ColumnName] = Field(min_length=1)
    why: Why = ""


Step = MapStep | JoinStep | AggregateStep | UnionStep | ReconcileStep
STEPS: dict[str, type[_Part]] = {
    "map": MapStep, "join": JoinStep, "aggregate": AggregateStep, "union": UnionStep, "reconcile": ReconcileStep,
}


def name_of(step: Step) -> str:
    """The step's name, which stands behind the key that says its kind."""
    kind = next(kind for kind, model in STEPS.items() if isinstance(step, model))
    return str(getattr(step, kind))


class TargetSpec(_Part):
    """A live table that the result is held against: by `key`, column by column of `compare`.

    `missing` says what a live row without a trial row means: withdraw it, keep it as it is, or flag it for a person.
    """

    table: TableName
    from_: Name = Field(alias="from")
    key: list[ColumnName] = Field(min_length=1)
    compare: list[ColumnName] = []
    missing: Literal["withdraw", "keep", "flag"] = "flag"


class MappingSpec(_Part):
    """A whole mapping file. `parameters` are named values of a run, such as the date it is run for."""

    mapping: Literal[1]
    name: MappingName
    purpose: Why = ""
    parameters: dict[Name, TypeName] = {}
    sources: dict[Name, SourceSpec] = Field(min_length=1)
    steps: list[Step] = Field(min_length=1)
    targets: list[TargetSpec] = []


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a mapping file."""
    return MappingSpec.model_json_schema(by_alias=True)
