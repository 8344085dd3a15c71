"""Writes Spark SQL from a checked formula; Spark runs in its ANSI mode, and nothing written here raises for a row."""
from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache

from sandbox.errors import InputRefused
from sandbox.formula import duckdb
from sandbox.formula.casing import lower, upper
from sandbox.formula.cells import BLANKS, FALSE, SPACES, TRUE, date_pattern, decimal_patterns
from sandbox.formula.duckdb import EMPTYING, Part, Writer, any_of
from sandbox.formula.functions import ISO, pattern_parts
from sandbox.formula.sql import NEVER, Names, Sql
from sandbox.formula.sql import sql_type as duckdb_type
from sandbox.formula.tree import Call, Literal, Node, Typed, Value
from sandbox.formula.types import INT, TEXT, Kind, Type

_PLAIN_TEXT = re.compile(r"[A-Za-z0-9 _.,-]*")
_GROUPING = "[ \u00a0\u202f]"  # what may set thousands apart
_SMALL = 240
_LETTERS = 0x20000  # no letter beyond has a capital
_LONGEST = 2000  # signs of a number; longer ones fail, as the reference says
_NUMBERS = {"year": "year", "month": "month", "day": "day"}
_PLAIN = {"month_end": "last_day", "startswith": "startswith", "endswith": "endswith", "contains": "contains"}
_WHOLE = {"+": "try_add", "-": "try_subtract", "*": "try_multiply"}
_KNOWN = frozenset({
    *_NUMBERS, *_PLAIN, *_WHOLE, *EMPTYING, "text", "int", "decimal", "date", "bool", "round", "as", "/", "neg", "abs",
    "=", "<>", "<", "<=", ">", ">=", "in", "between", "is nothing", "not", "and", "or", "case", "coalesce", "least",
    "greatest", "days", "months", "month_start"})


def compiled(typed: Typed, column: Callable[[str], str], parameter: Callable[[str], str]) -> Sql:
    """The formula as Spark SQL; `column` and `parameter` give the SQL of a name, of the type it was checked with."""
    writer = _SparkWriter(typed.text, column, parameter)
    part = writer.clean(writer.part(typed.root))
    return Sql(part.value, part.failed)


def text_literal(text: str) -> str:
    """A text as a constant: where a sign of it could mean something to Spark, as its bytes in UTF-8."""
    return f"'{text}'" if _PLAIN_TEXT.fullmatch(text) else f"CAST(X'{text.encode().hex()}' AS STRING)"


def sql_type(kind: Type) -> str:
    """The SQL type of a type of the language."""
    return "STRING" if kind.kind is Kind.TEXT else duckdb_type(kind)


def literal(kind: Type, value: Value) -> str:
    """A constant of the language as SQL of its very type."""
    return duckdb.literal(kind, value, text_literal, sql_type)


def wide(column: str, kind: Type) -> str:
    """A number as it can be summed and multiplied without passing 38 digits; whole numbers have at most 19."""
    return f"CAST({column} AS DECIMAL(19,0))" if kind == INT else column


def reading(kind: Type, column: str, mark: str = ".") -> Sql:
    """The strict conversion of a received text cell, `column` being its SQL; an empty text is nothing."""
    if kind.kind is Kind.TEXT:
        return Sql(f"NULLIF({column}, '')", NEVER)
    return from_text(kind, column, mark)


def from_text(kind: Type, text: str, mark: str = ".", pattern: str = ISO) -> Sql:
    """A text as an int, decimal, date or bool; an empty one is nothing and does not fail."""
    if kind.kind is Kind.INT:
        value = f"TRY_CAST(CASE WHEN {_number(text, '-?[0-9]+')} THEN {text} END AS BIGINT)"
    elif kind.kind is Kind.DECIMAL:
        value = _decimal(kind, text, mark)
    elif kind.kind is Kind.DATE:
        value = _date(text, pattern)
    else:
        small = f"translate({text}, {', '.join(map(text_literal, _cases(lower, True)))})"
        words = [", ".join(text_literal(word) for word in many) for many in (TRUE, FALSE)]
        value = f"CASE WHEN {small} IN ({words[0]}) THEN TRUE WHEN {small} IN ({words[1]}) THEN FALSE END"
    return Sql(value, f"((({value}) IS NULL) <> (NULLIF({text}, '') IS NULL))")


def _matches(text: str, pattern: str) -> str:
    """Whether the whole text is written so; `$` would allow a line end behind it."""
    whole = text_literal(rf"\A(?:{pattern})\z")
    return f"regexp_like({text}, {whole})"


def _number(text: str, pattern: str) -> str:
    return f"(length({text}) < {_LONGEST} AND {_matches(text, pattern)})"


def _decimal(kind: Type, text: str, mark: str) -> str:
    _, plain, grouped = decimal_patterns(mark, kind.scale)
    point = text if mark == "." else f"replace({text}, {text_literal(mark)}, '.')"
    joined = f"regexp_replace({point}, {text_literal(_GROUPING)}, '')"
    return (f"TRY_CAST(CASE WHEN {_number(text, plain)} THEN {point} WHEN {_number(text, grouped)} THEN {joined} END "
            f"AS {sql_type(kind)})")


def _date(text: str, pattern: str) -> str:
    """The parts are put in the order of ISO; the cast then knows the calendar."""
    shape = re.sub(r"\?P<[YMD]>", "", date_pattern(pattern))
    order = [part[0] for part in pattern_parts(pattern) if part[0] in "YMD"]
    iso = "-".join(f"${order.index(letter) + 1}" for letter in "YMD")
    whole = text_literal(rf"\A{shape}\z")
    put = f"regexp_replace({text}, {whole}, {text_literal(iso)})"
    return f"TRY_CAST(CASE WHEN {_matches(text, shape)} THEN {put} END AS DATE)"


@cache
def _cases(change: Callable[[str], str], ascii_only: bool = False) -> tuple[str, str]:
    """The letters that the function changes, and what they become: Spark's own functions know other pairs."""
    signs = [chr(code) for code in range(_LETTERS) if not 0xD800 <= code < 0xE000]
    pairs = [(sign, change(sign)) for sign in signs if change(sign) != sign]
    kept = [(sign, to) for sign, to in pairs if to.isascii() or not ascii_only]
    return "".join(sign for sign, _ in kept), "".join(to for _, to in kept)


class _SparkNames(Names):
    def used(self, sql: str, work: Callable[[str], str]) -> str:
        if len(sql) <= _SMALL:
            return work(sql)
        self.count += 1
        name = f"v{self.count}"
        return f"transform(array({sql}), {name} -> {work(name)})[0]"


class _SparkWriter(Writer):
    """What Spark calls otherwise, computes otherwise, or would raise for."""

    def __init__(self, shown: str, column: Callable[[str], str], parameter: Callable[[str], str]) -> None:
        super().__init__(column, parameter)
        self.names, self.shown = _SparkNames(), shown

    def part(self, node: Node) -> Part:
        if isinstance(node, Literal):
            return Part(literal(node.type, node.value), NEVER, node.type, constant=node.value is not None)
        if isinstance(node, Call) and node.name not in _KNOWN:
            raise InputRefused(f"the engine spark cannot compute {node.name} exactly, which stands in {self.shown!r}; "
                               "run this mapping with the engine duckdb")
        return super().part(node)

    def plain(self, call: Call, parts: list[Part]) -> Part:
        if call.type != TEXT:
            parts = self.cleaned(parts)
        values = [part.value for part in parts]
        failed = any_of([part.failed for part in parts])
        if call.name in _NUMBERS:
            return Part(f"CAST({_NUMBERS[call.name]}({values[0]}) AS BIGINT)", failed, INT)
        if call.name == "trim":
            return Part(f"btrim({values[0]}, {text_literal(SPACES)})", failed, TEXT, True)
        if call.name in ("upper", "lower"):
            signs = ", ".join(map(text_literal, _cases(upper if call.name == "upper" else lower)))
            return Part(f"translate({values[0]}, {signs})", failed, TEXT, True)
        return Part(f"{_PLAIN[call.name]}({', '.join(values)})", failed, call.type)

    def texts(self, call: Call, parts: list[Part]) -> Part:
        values = [part.value for part in parts]
        listed = ", ".join(values)
        if call.name == "clean":
            value = f"btrim(regexp_replace({values[0]}, {text_literal(f'[{BLANKS}]+')}, ' '), ' ')"
        elif call.name == "replace":
            to = call.arguments[2]
            new = text_literal(str(to.value or "")) if isinstance(to, Literal) else values[2]
            value = f"replace({values[0]}, {values[1]}, {new})"
        elif call.name == "concat":
            value = f"concat_ws('', {listed})"
        elif call.name == "split":
            value = f"split_part({values[0]}, {values[1]}, CAST({values[2]} AS INT))"
        else:
            value = f"substring({values[0]}, CAST({values[1]} AS INT), CAST({values[2]} AS INT))"
        return Part(value, any_of([part.failed for part in parts]), TEXT, True)

    def text(self, call: Call, parts: list[Part]) -> Part:
        return Part(f"CAST({parts[0].value} AS STRING)", parts[0].failed, TEXT, parts[0].empty)

    def from_text(self, call: Call, parts: list[Part]) -> Part:
        mark, pattern = ".", ISO
        if len(call.arguments) > 1 and isinstance(call.arguments[1], Literal):
            given = str(call.arguments[1].value)
            mark, pattern = (given, pattern) if call.name == "decimal" else (mark, given)
        given = parts[0].value
        value = self.names.used(given, lambda text: from_text(call.type, text, mark, pattern).value)
        failed = self.names.used(given, lambda text: from_text(call.type, text, mark, pattern).failed)
        return Part(value, any_of([parts[0].failed, failed]), call.type)

    def arithmetic(self, call: Call, parts: list[Part]) -> Part:
        values = [part.value for part in parts]
        if call.type == INT:
            return self.checked(INT, f"{_WHOLE[call.name]}({', '.join(values)})", parts)
        # Exact: at most 38 digits come out of 18 and 19, so that Spark rounds nothing before the cast does.
        numbers = [wide(part.value, part.type) for part in parts]
        return self.checked(call.type, f"TRY_CAST(({numbers[0]} {call.name} {numbers[1]}) AS {sql_type(call.type)})", parts)

    def division(self, call: Call, parts: list[Part]) -> Part:
        types = (parts[0].type, parts[1].type)
        value = self.names.used(parts[0].value, lambda top: self.names.used(
            parts[1].value, lambda bottom: _quotient(call.type, types, top, bottom)))
        return self.checked(call.type, value, parts)

    def signed(self, call: Call, parts: list[Part]) -> Part:
        name = "-" if call.name == "neg" else "abs"
        if call.type != INT:
            return self.unfailing(call.type, f"({name}({parts[0].value}))", parts)
        return self.checked(INT, f"TRY_CAST(({name}({wide(parts[0].value, INT)})) AS BIGINT)", parts)

    def dates(self, call: Call, parts: list[Part]) -> Part:
        failed, first = any_of([part.failed for part in parts]), parts[0].value
        if call.name == "month_start":
            return Part(f"CAST(trunc({first}, 'MM') AS DATE)", failed, call.type)
        if call.name == "days":
            return Part(f"CAST(datediff({parts[1].value}, {first}) AS BIGINT)", failed, call.type)
        value = self.names.used(first, lambda one: self.names.used(
            parts[1].value, lambda two: f"CAST((year({two}) - year({one})) * 12 + month({two}) - month({one}) AS BIGINT)"))
        return Part(value, failed, call.type)


def _quotient(kind: Type, types: tuple[Type, Type], top: str, bottom: str) -> str:
    """One digit more than wanted, cut, then rounded half away from zero; NULL where it fails.

    Digits are divided as whole numbers: Spark rounds the quotient of two decimals, so what does not divide is taken
    off first. A quotient beyond 32 digits is NULL, and far beyond what any decimal holds.
    """
    scale = kind.scale + 1
    power = scale + types[1].scale - types[0].scale
    grown = f"({_digits(types[0], top)} * CAST('{10 ** power}' AS DECIMAL({power + 1},0)))"
    by = f"NULLIF({_digits(types[1], bottom)}, CAST(0 AS DECIMAL(19,0)))"
    tiny = f"CAST('{Decimal(1).scaleb(-scale):f}' AS DECIMAL({scale + 1},{scale}))"
    cut = f"TRY_CAST(try_divide({grown} - {grown} % {by}, {by}) AS DECIMAL(20,0))"
    return f"TRY_CAST(({cut} * {tiny}) AS {sql_type(kind)})"


def _digits(kind: Type, number: str) -> str:
    """All digits of the number as a whole number."""
    if kind == INT:
        return f"CAST({number} AS DECIMAL(19,0))"
    return f"CAST({number} * CAST('{10 ** kind.scale}' AS DECIMAL({kind.scale + 1},0)) AS DECIMAL(19,0))"
