"""The exact quotient of two numbers in SQL, rounded half away from zero, without floating-point numbers."""
from __future__ import annotations

from decimal import Decimal

from sandbox.formula.sql import sql_type
from sandbox.formula.types import INT, Type

_NARROW = 8  # more places leave no digits for the quick way


def quotient(kind: Type, types: tuple[Type, Type], top: str, bottom: str) -> str:
    """NULL where a part is NULL, the divisor zero, or the result too large for `kind`; writes each part twice.

    One digit more than wanted is computed and cut: what is behind it cannot change how half away from zero rounds.
    """
    scale = kind.scale + 1
    grown = f"CAST('{10 ** (scale + types[1].scale - types[0].scale)}' AS HUGEINT)"
    tiny = f"CAST('{Decimal(1).scaleb(-scale):f}' AS DECIMAL({scale + 1},{scale}))"
    exact = f"({_whole(types[0], top)} * {grown}) // ({_not_zero(_whole(types[1], bottom))})"
    slow = f"TRY_CAST(({exact}) * {tiny} AS {sql_type(kind)})"
    if max(types[0].scale, types[1].scale) > _NARROW:
        return slow
    # The dividend is a multiple of ten, hence never the least whole number, whose quotient by -1 would overflow.
    short = f"TRY_CAST(CAST({_short(types[0], top)} AS HUGEINT) * {grown} AS BIGINT)"
    divided = f"{short} // ({_not_zero(_short(types[1], bottom))})"
    quick = f"TRY_CAST(TRY_CAST({divided} AS DECIMAL(18,0)) * {tiny} AS {sql_type(kind)})"
    return f"COALESCE({quick}, {slow})"


def _not_zero(number: str) -> str:
    return f"CASE WHEN {number} <> 0 THEN {number} END"


def _whole(kind: Type, number: str) -> str:
    """All digits of the number as a whole number of 128 bits."""
    if kind == INT:
        return f"CAST({number} AS HUGEINT)"
    return f"CAST(CAST({number} AS DECIMAL(38,{kind.scale})) * CAST('{10 ** kind.scale}' AS DECIMAL(10,0)) AS HUGEINT)"


def _short(kind: Type, number: str) -> str:
    """All digits of the number as a whole number of 64 bits, NULL where they are more than 17 less twice the places."""
    if kind == INT:
        return number
    narrow = f"TRY_CAST({number} AS DECIMAL({17 - kind.scale},{kind.scale}))"
    return f"CAST(CAST({narrow} * CAST('{10 ** kind.scale}' AS DECIMAL({kind.scale + 1},0)) AS DECIMAL(18,0)) AS BIGINT)"
