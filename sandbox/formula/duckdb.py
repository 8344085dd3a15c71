"""Writes DuckDB SQL from a checked formula; nothing of its text gets there but quoted names and constants."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sandbox.formula.cells import BLANKS
from sandbox.formula.quotient import quotient
from sandbox.formula.sql import NEVER, Names, Sql, from_text, quoted, reading, sql_type, text_literal
from sandbox.formula.tree import Call, ColumnRef, Literal, Node, Parameter, Typed, Value
from sandbox.formula.types import INT, TEXT, Kind, Type

__all__ = ["Part", "Sql", "Writer", "compiled", "literal", "quoted", "reading", "sql_type", "text_literal"]

COMPARED = "DECIMAL(38,9)"  # holds every whole number and every decimal
_PLAIN = {"year": "year", "month": "month", "day": "day", "month_end": "last_day", "upper": "upper", "lower": "lower",
          "startswith": "starts_with", "endswith": "ends_with", "contains": "contains", "trim": "trim"}
EMPTYING = frozenset({"trim", "clean", "replace", "substring", "split", "concat", "upper", "lower"})


@dataclass(frozen=True)
class Part:
    """A compiled node; a text that may be empty where the language knows nothing is `empty`.

    A computed number that fails is NULL; `leaves` are the parts that its whole computation starts from.
    """

    value: str
    failed: str
    type: Type
    empty: bool = False
    leaves: tuple[Part, ...] = ()
    constant: bool = False


def compiled(typed: Typed, column: Callable[[str], str], parameter: Callable[[str], str]) -> Sql:
    """The formula as SQL; `column` and `parameter` give the SQL of a name, whose value has the type it was checked with.

    Keep `failed` a column of its own where it can be: DuckDB then computes what it shares with `value` only once.
    """
    writer = Writer(column, parameter)
    part = writer.clean(writer.part(typed.root))
    return Sql(part.value, part.failed)


def literal(kind: Type, value: Value, text: Callable[[str], str] = text_literal,
            named: Callable[[Type], str] = sql_type) -> str:
    """A constant of the language as SQL of its very type; `text` and `named` write a text and the name of a type."""
    if value is None:
        return f"CAST(NULL AS {named(kind)})"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return text(value)
    shown = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return f"CAST('{shown}' AS {named(kind)})"


def any_of(failed: list[str]) -> str:
    able = [one for one in failed if one != NEVER]
    return NEVER if not able else able[0] if len(able) == 1 else f"({' OR '.join(able)})"


def _steps(steps: list[tuple[str, str]], otherwise: str) -> str:
    """A CASE over conditions; those that are never true are left out."""
    able = [(when, then) for when, then in steps if when != NEVER]
    while able and able[-1][1] == otherwise:
        able.pop()
    told = "".join(f" WHEN {when} THEN {then}" for when, then in able)
    return f"CASE{told} ELSE {otherwise} END" if told else otherwise


class Writer:
    """Writes one formula; other engines say what they write differently."""

    def __init__(self, column: Callable[[str], str], parameter: Callable[[str], str]) -> None:
        self.column, self.parameter, self.names = column, parameter, Names()

    def part(self, node: Node) -> Part:
        if isinstance(node, Literal):
            return Part(literal(node.type, node.value), NEVER, node.type, constant=node.value is not None)
        if isinstance(node, ColumnRef):
            return Part(self.column(node.name), NEVER, node.type)
        if isinstance(node, Parameter):
            return Part(self.parameter(node.name), NEVER, node.type, node.type == TEXT)
        parts = [self.part(one) for one in node.arguments]
        write = getattr(self, _WRITERS.get(node.name, ""), None)
        if write is not None:
            return write(node, parts)  # type: ignore[no-any-return]
        return self.plain(node, parts)

    def clean(self, part: Part) -> Part:
        """The part with NULL for an empty text."""
        if not part.empty:
            return part
        value = self.names.used(part.value, lambda text: f"CASE WHEN {text} <> '' THEN {text} END")
        return Part(value, part.failed, part.type)

    def cleaned(self, parts: list[Part]) -> list[Part]:
        return [self.clean(part) for part in parts]

    def checked(self, kind: Type, value: str, parts: list[Part]) -> Part:
        """A computed number; it failed where it is NULL and nothing of what its computation starts from is."""
        leaves = self.leaves(parts)
        tests = dict.fromkeys(f"({leaf.value}) IS NULL" for leaf in leaves if not leaf.constant)
        # A comparison of two tests, not AND: DuckDB computes what stands inside of AND and OR once more.
        failed = f"((({value}) IS NULL) > ({' OR '.join(tests) or NEVER}))"
        return Part(value, any_of([*dict.fromkeys(leaf.failed for leaf in leaves), failed]), kind, leaves=leaves)

    def leaves(self, parts: list[Part]) -> tuple[Part, ...]:
        return tuple(leaf for part in parts for leaf in part.leaves or (part,))

    def unfailing(self, kind: Type, value: str, parts: list[Part]) -> Part:
        """A computed number of an operation that fits for every value; what it is made of can still have failed."""
        if any(part.leaves for part in parts):
            return self.checked(kind, value, parts)
        return Part(value, any_of([part.failed for part in parts]), kind, leaves=tuple(parts))

    def plain(self, call: Call, parts: list[Part]) -> Part:
        """A function of DuckDB that does the very same."""
        if call.type != TEXT:
            parts = self.cleaned(parts)
        values = ", ".join(part.value for part in parts)
        failed = any_of([part.failed for part in parts])
        return Part(f"{_PLAIN[call.name]}({values})", failed, call.type, call.name in EMPTYING)

    def texts(self, call: Call, parts: list[Part]) -> Part:
        first, values = parts[0].value, [part.value for part in parts]
        if call.name == "clean":
            value = f"trim(regexp_replace({first}, '[{BLANKS}]+', ' ', 'g'))"
        elif call.name == "replace":
            to = call.arguments[2]
            new = text_literal(str(to.value or "")) if isinstance(to, Literal) else values[2]
            value = f"replace({first}, {values[1]}, {new})"
        else:
            # Not split_part: DuckDB 2.0 stops at `x = split_part(…)` where the text turns out to be always NULL.
            value = f"string_split({first}, {values[1]})[{values[2]}]" if call.name == "split" \
                else f"{call.name}({', '.join(values)})"
        return Part(value, any_of([part.failed for part in parts]), TEXT, True)

    def text(self, call: Call, parts: list[Part]) -> Part:
        return Part(f"CAST({parts[0].value} AS VARCHAR)", parts[0].failed, TEXT, parts[0].empty)

    def from_text(self, call: Call, parts: list[Part]) -> Part:
        mark, pattern = ".", "YYYY-MM-DD"
        if len(call.arguments) > 1 and isinstance(call.arguments[1], Literal):
            given = str(call.arguments[1].value)
            mark, pattern = (given, pattern) if call.name == "decimal" else (mark, given)
        given = parts[0].value
        value = self.names.used(given, lambda text: from_text(call.type, text, mark, pattern).value)
        failed = self.names.used(given, lambda text: from_text(call.type, text, mark, pattern).failed)
        return Part(value, any_of([parts[0].failed, failed]), call.type)

    def to_int(self, call: Call, parts: list[Part]) -> Part:
        if parts[0].type == TEXT:
            return self.from_text(call, parts)
        number = parts[0].value
        whole = f"CAST({number} AS DECIMAL(18,0))"
        cut = self.names.used(number, lambda one: f"(CAST({one} AS {COMPARED}) IS DISTINCT FROM "
                                                  f"CAST(CAST({one} AS DECIMAL(18,0)) AS {COMPARED}))")
        failed = NEVER if parts[0].type.scale == 0 else cut
        return Part(f"CAST({whole} AS BIGINT)", any_of([parts[0].failed, failed]), INT)

    def rounded(self, call: Call, parts: list[Part]) -> Part:
        return self.unfailing(INT, f"CAST(CAST({parts[0].value} AS DECIMAL(18,0)) AS BIGINT)", parts)

    def as_decimal(self, call: Call, parts: list[Part]) -> Part:
        source, value = parts[0].type, f"TRY_CAST({parts[0].value} AS {sql_type(call.type)})"
        if source.kind is Kind.DECIMAL and source.scale >= call.type.scale:
            return self.unfailing(call.type, value, parts)
        return self.checked(call.type, value, parts)

    def arithmetic(self, call: Call, parts: list[Part]) -> Part:
        values = [part.value for part in parts]
        if call.type == INT:
            # 128 bits hold every sum and product of 64: nothing overflows, the way back tells.
            wide = f"CAST({values[0]} AS HUGEINT) {call.name} {values[1]}"
        elif call.name == "*":
            wide = f"{self.wide(parts[0])} * {values[1]}"
        else:
            wide = " ".join((self.wide(parts[0], call.type.scale), call.name, self.wide(parts[1], call.type.scale)))
        return self.checked(call.type, f"TRY_CAST({wide} AS {sql_type(call.type)})", parts)

    def wide(self, part: Part, scale: int | None = None) -> str:
        """A number in 38 digits, so that what is made of it does not overflow."""
        return f"CAST({part.value} AS DECIMAL(38,{part.type.scale if scale is None else scale}))"

    def division(self, call: Call, parts: list[Part]) -> Part:
        """Whole numbers divided, with one digit more than wanted, which rounds half away from zero; never doubles.

        Where all of it fits in 64 bits, DuckDB is ten times quicker than in 128.
        """
        types = (parts[0].type, parts[1].type)
        value = self.names.used(parts[0].value, lambda top: self.names.used(
            parts[1].value, lambda bottom: quotient(call.type, types, top, bottom)))
        return self.checked(call.type, value, parts)

    def signed(self, call: Call, parts: list[Part]) -> Part:
        name = "-" if call.name == "neg" else "abs"
        if call.type != INT:
            return self.unfailing(call.type, f"{name}({parts[0].value})", parts)
        return self.checked(INT, f"TRY_CAST({name}(CAST({parts[0].value} AS HUGEINT)) AS BIGINT)", parts)

    def comparable(self, parts: list[Part]) -> list[str]:
        """The values as they can be compared: numbers of different types in one that holds them all."""
        if len({part.type for part in parts}) == 1:
            return [f"({part.value})" for part in self.cleaned(parts)]
        return [f"CAST({part.value} AS {COMPARED})" for part in parts]

    def compared(self, call: Call, parts: list[Part]) -> Part:
        first, *others = self.comparable(parts)
        if call.name == "in":
            value = f"({first} IN ({', '.join(others)}))"
        elif call.name == "between":
            value = f"({first} BETWEEN {others[0]} AND {others[1]})"
        else:
            value = f"({first} {call.name} {others[0]})"
        return Part(value, any_of([part.failed for part in parts]), call.type)

    def is_nothing(self, call: Call, parts: list[Part]) -> Part:
        part = self.clean(parts[0])
        return Part(f"(({part.value}) IS NULL)", part.failed, call.type)

    def negated(self, call: Call, parts: list[Part]) -> Part:
        return Part(f"(NOT {parts[0].value})", parts[0].failed, call.type)

    def logic(self, call: Call, parts: list[Part]) -> Part:
        deciding = "FALSE" if call.name == "and" else "TRUE"
        value = "(" + f" {call.name.upper()} ".join(part.value for part in parts) + ")"
        steps = [step for part in parts
                 for step in ((part.failed, "TRUE"), (f"({part.value} IS NOT DISTINCT FROM {deciding})", "FALSE"))]
        return Part(value, _steps(steps, NEVER), call.type)

    def case(self, call: Call, parts: list[Part]) -> Part:
        *pairs, otherwise = parts
        chosen = list(zip(pairs[::2], pairs[1::2], strict=True))
        told = "".join(f" WHEN {when.value} THEN {then.value}" for when, then in chosen)
        steps = [step for when, then in chosen for step in ((when.failed, "TRUE"), (when.value, then.failed))]
        failed = NEVER if all(part.failed == NEVER for part in parts) else _steps(steps, otherwise.failed)
        empty = any(part.empty for part in (*pairs[1::2], otherwise))
        return Part(f"CASE{told} ELSE {otherwise.value} END", failed, call.type, empty)

    def coalesce(self, call: Call, parts: list[Part]) -> Part:
        parts = self.cleaned(parts)
        steps = [step for part in parts
                 for step in ((part.failed, "TRUE"), (f"(({part.value}) IS NOT NULL)", "FALSE"))]
        return Part(f"COALESCE({', '.join(part.value for part in parts)})", _steps(steps, NEVER), call.type)

    def extreme(self, call: Call, parts: list[Part]) -> Part:
        parts = self.cleaned(parts)
        return Part(f"{call.name}({', '.join(part.value for part in parts)})",
                     any_of([part.failed for part in parts]), call.type)

    def dates(self, call: Call, parts: list[Part]) -> Part:
        failed = any_of([part.failed for part in parts])
        if call.name == "month_start":
            return Part(f"CAST(date_trunc('month', {parts[0].value}) AS DATE)", failed, call.type)
        unit = call.name.removesuffix("s")
        return Part(f"date_diff('{unit}', {parts[0].value}, {parts[1].value})", failed, call.type)


_WRITERS = {
    **dict.fromkeys(("clean", "replace", "substring", "split", "concat"), "texts"), "text": "text",
    "int": "to_int", **dict.fromkeys(("decimal", "date", "bool"), "from_text"), "round": "rounded", "as": "as_decimal",
    **dict.fromkeys(("+", "-", "*"), "arithmetic"), "/": "division", **dict.fromkeys(("neg", "abs"), "signed"),
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">=", "in", "between"), "compared"), "is nothing": "is_nothing",
    "not": "negated", **dict.fromkeys(("and", "or"), "logic"), "case": "case", "coalesce": "coalesce",
    **dict.fromkeys(("least", "greatest"), "extreme"), **dict.fromkeys(("days", "months", "month_start"), "dates"),
}
