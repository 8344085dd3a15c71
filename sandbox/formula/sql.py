"""Pieces of DuckDB SQL that other compilers need too: names, texts, types, and the strict reading of a received cell."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.formula.cells import FALSE, TRUE, date_pattern, decimal_patterns
from sandbox.formula.functions import ISO, pattern_parts
from sandbox.formula.types import Kind, Type

NEVER = "FALSE"
_SMALL = 240
_TYPES = {Kind.TEXT: "VARCHAR", Kind.INT: "BIGINT", Kind.DATE: "DATE", Kind.BOOL: "BOOLEAN"}
_FORMATS = {"YYYY": "%Y", "MM": "%m", "M": "%m", "DD": "%d", "D": "%d"}


@dataclass(frozen=True)
class Sql:
    """Two SQL expressions: `value` raises for no row; `failed` says, never NULL, whether the row failed.

    Where `failed` is true, `value` means nothing. `failed` is the text FALSE where no row can fail.
    """

    value: str
    failed: str


def quoted(name: str) -> str:
    """A name of a column or relation as an identifier."""
    if "\0" in name:
        raise ValueError("a name cannot hold the character U+0000")
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as a constant."""
    plain = ["'" + part.replace("'", "''") + "'" for part in text.split("\0")]
    return plain[0] if len(plain) == 1 else "(" + " || chr(0) || ".join(plain) + ")"


def sql_type(kind: Type) -> str:
    """The SQL type of a type of the language."""
    return f"DECIMAL(18,{kind.scale})" if kind.kind is Kind.DECIMAL else _TYPES[kind.kind]


def reading(kind: Type, column: str, mark: str = ".") -> Sql:
    """The strict conversion of a received text cell, `column` being its SQL; an empty text is nothing."""
    if kind.kind is Kind.TEXT:
        return Sql(f"NULLIF({column}, '')", NEVER)
    return from_text(kind, column, mark)


def from_text(kind: Type, text: str, mark: str = ".", pattern: str = ISO) -> Sql:
    """A text as an int, decimal, date or bool; an empty one is nothing and does not fail."""
    if kind.kind is Kind.INT:
        return _int(text)
    if kind.kind is Kind.DATE and pattern == ISO:
        return _iso_date(text)
    if kind.kind is Kind.DECIMAL:
        value = _decimal(kind, text, mark)
    elif kind.kind is Kind.DATE:
        value = _date(text, pattern)
    else:
        words = [", ".join(text_literal(word) for word in many) for many in (TRUE, FALSE)]
        value = f"CASE WHEN lower({text}) IN ({words[0]}) THEN TRUE WHEN lower({text}) IN ({words[1]}) THEN FALSE END"
    # A comparison of two tests, not AND: DuckDB computes what stands inside of AND and OR once more.
    return Sql(value, f"(({value}) IS NULL) <> (NULLIF({text}, '') IS NULL)")


def _int(text: str) -> Sql:
    """The cast takes 1.5, 1e3, 0x10 and 1_000 too. A number written back as it was is right; only others are looked at."""
    value = f"TRY_CAST({text} AS BIGINT)"
    other = f"{text} <> '' AND ({value} IS NULL OR NOT regexp_full_match({text}, '-?[0-9]+'))"
    return Sql(value, f"CASE WHEN {text} IS NOT DISTINCT FROM CAST({value} AS VARCHAR) THEN FALSE ELSE {other} END")


def _decimal(kind: Type, text: str, mark: str) -> str:
    plain, padded, grouped = decimal_patterns(mark, kind.scale)
    point = text if mark == "." else f"replace({text}, {text_literal(mark)}, '.')"
    joined = f"regexp_replace({point}, '[ \u00a0\u202f]', '', 'g')"
    return (f"TRY_CAST(CASE WHEN regexp_full_match({text}, {text_literal(plain)}) THEN {point} "
            f"WHEN regexp_full_match({text}, {text_literal(padded)}) THEN {point} "
            f"WHEN regexp_full_match({text}, {text_literal(grouped)}) THEN {joined} END AS {sql_type(kind)})")


def _iso_date(text: str) -> Sql:
    """The cast takes spaces and other signs too. What DuckDB writes back as it was, with four digits of the year, is right."""
    value = f"TRY_CAST({text} AS DATE)"
    is_right = f"{text} IS NOT DISTINCT FROM CAST({value} AS VARCHAR) AND length({text}) = 10 AND {text} >= '1'"
    return Sql(value, f"CASE WHEN {is_right} THEN FALSE ELSE coalesce({text} <> '', FALSE) END")


def _date(text: str, pattern: str) -> str:
    shape = date_pattern(pattern)
    for group in ("Y", "M", "D"):
        shape = shape.replace(f"?P<{group}>", "?:")
    checked = f"CASE WHEN regexp_full_match({text}, {text_literal(shape)}) THEN {text} END"
    written = "".join(_FORMATS.get(part, part) for part in pattern_parts(pattern))
    return f"CAST(try_strptime({checked}, {text_literal(written)}) AS DATE)"


class Names:
    """Names for values used more than once: a long expression is computed once and named, not written again."""

    def __init__(self) -> None:
        self.count = 0

    def used(self, sql: str, work: Callable[[str], str]) -> str:
        """`work` applied to the expression, which it may write any number of times."""
        if len(sql) <= _SMALL:
            return work(sql)
        self.count += 1
        name = f"v{self.count}"
        return f"list_transform([{sql}], lambda {name}: {work(name)})[1]"
