"""Random formulas of a wanted type, and rows with the values at which engines differ."""
from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from sandbox.formula.tree import Value
from sandbox.formula.types import BOOL, DATE, INT, TEXT, Kind, Type

MAX, MIN = 2**63 - 1, -2**63
D2, D4, D9 = (Type(Kind.DECIMAL, places) for places in (2, 4, 9))
COLUMNS: Mapping[str, Type] = {
    "t1": TEXT, "t2": TEXT, "written": TEXT, "i1": INT, "i2": INT, "small": INT, "d2": D2, "d4": D4, "d9": D9,
    "on": DATE, "to": DATE, "b1": BOOL, "b2": BOOL,
}
PARAMETERS: Mapping[str, Type] = {"who": TEXT, "many": INT, "rate": D4, "day": DATE}
GIVEN: Mapping[str, Value] = {"who": "Noé's", "many": 3, "rate": Decimal("0.0750"), "day": date(2026, 2, 28)}
_TEXTS = ("Bakery Noé", "a", "  padded\u00a0", " ", "ß straße", "İ", "ﬁ", "it's", 'quo"te', "A-B-C", "\u202f", "😀x", "x\ty ",
          "ΑΣ", "ᾳ", "-- ; /*", "%_\\", "é", None)
_WRITTEN = ("1", "-3", "007", "1.5", "1e3", "0x10", "1_000", " 12", "12 ", "+5", "9223372036854775807", "-9223372036854775808",
            "9223372036854775808", "1.23456", "1.500000", "1 234,50", "1\u00a0234,50", "1\u202f234.50", "12 34", ".5", "5.",
            "2026-01-31", "2026-02-30", "26-01-31", "31/01/2026", "31/1/26", "1/2/2026", "20260131", "infinity", "epoch",
            "2026-1-31", "0026-01-01", "true", "OUI", "non", "0", "--1", "１２", "99999999999999.99999", "-0", "-0.00", "inf",
            "nan", "1e2", "2024-02-29", "29/02/2023", None)
_INTS = (0, 1, -1, 7, 10, MAX, MIN, MAX - 1, 3037000500, -999999999, 10**14, 10**17, 10**18, None)
_D2 = ("0.00", "0.01", "-0.05", "12.50", "9999999999999999.99", "-9999999999999999.99", "33.33", None)
_D4 = ("0.0000", "0.0001", "1.2345", "-2.5000", "2.5000", "0.5000", "99999999999999.9999", "-99999999999999.9999", None)
_D9 = ("0.000000000", "0.000000001", "-0.500000000", "999999999.999999999", "1.005000000", None)
_DATES = (date(2026, 1, 31), date(2024, 2, 29), date(1000, 1, 1), date(9999, 12, 31), date(2025, 12, 1), None)


def rows(count: int = 97) -> list[dict[str, Value]]:
    """Rows that walk through every value of every column; the lists have different lengths, so the pairs change."""
    lists: dict[str, tuple[object, ...]] = {
        "t1": _TEXTS, "t2": _TEXTS[::-1][3:], "written": _WRITTEN, "i1": _INTS, "i2": _INTS[::-1][1:], "small": (0, 1, 2, -3, 12),
        "d2": _D2, "d4": _D4, "d9": _D9, "on": _DATES, "to": _DATES[:-2], "b1": (True, False, None), "b2": (None, True),
    }
    ways = {name: itertools.cycle(values) for name, values in lists.items()}
    return [{name: _value(COLUMNS[name], next(way)) for name, way in ways.items()} for _ in range(count)]


def _value(kind: Type, value: object) -> Value:
    return Decimal(str(value)) if kind.kind is Kind.DECIMAL and value is not None else value  # type: ignore[return-value]


_NAMES = {TEXT: ["t1", "t2", "written", ":who", "'S3'", "'a'", "'it''s'", "''"],
          INT: ["i1", "i2", "small", ":many", "0", "-7", "3"],
          DATE: ["on", "to", ":day", "date('2026-01-31')"], BOOL: ["b1", "b2", "true", "false"]}
_DECIMALS = ["d2", "d4", "d9", ":rate", "0.00", "12.50", "0.125", "-0.000000001"]
_FORMS: dict[Type, list[str]] = {
    TEXT: ["trim({t})", "clean({t})", "upper({t})", "lower({t})", "replace({t}, 'a', '')", "replace({t}, ' ', '--')",
           "substring({t}, 2, 3)", "split({t}, '-', 2)", "split({t}, '/', 1)", "concat({t}, {t}, {t})", "text({n})", "text({t})",
           "text({d})", "text({b})"],
    INT: ["int({t})", "int({n})", "{i} + {i}", "{i} - {i}", "{i} * {i}", "-{i}", "abs({i})", "round({n})", "days({d}, {d})",
          "months({d}, {d})", "year({d})", "month({d})", "day({d})"],
    DATE: ["date({t})", "date({t}, 'D/M/YYYY')", "date({t}, 'YYYYMMDD')", "date({t}, 'DD/MM/YYYY')", "month_start({d})",
           "month_end({d})"],
    BOOL: ["{n} = {n}", "{n} <> {n}", "{n} < {n}", "{n} >= {n}", "{t} = {t}", "{t} < {t}", "{d} <= {d}", "{b} = {b}", "not {b}",
           "{b} and {b}", "{b} or {b}", "{b} and {b} and {b}", "{n} between {n} and {n}", "{t} in ({t}, {t})", "{i} in ({i}, 1, 7)",
           "{n} not in ({n}, {n})", "{t} is nothing", "{n} is not nothing", "startswith({t}, {t})", "endswith({t}, {t})",
           "contains({t}, {t})", "bool({t})", "{d} not between {d} and {d}"],
}
_NUMBERS = ["decimal({t})",
            "decimal({t}, ',', 2)", "decimal({i}, 2)", "decimal({n}, 9)", "decimal({t}, 0)", "{n} + {q}", "{q} - {n}",
            "{n} * {q}", "{q} * {q}", "{n} / {n}", "-{q}", "abs({q})", "round({n}, 2)", "round({q}, 1)"]
_ANY = ["case when {b} then {x} else {x} end", "case when {b} then {x} when {b} then {x} end", "if({b}, {x}, {x})",
        "coalesce({x}, {x})", "coalesce({x}, {x}, {x})", "if({b}, nothing, {x})"]
_ORDERED = ["least({x}, {x})", "greatest({x}, {x}, {x})"]


@st.composite
def formulas(draw: st.DrawFn, deepest: int = 4) -> str:
    """The text of a well-typed formula of any type; some always fail, which the check then says."""
    return _formula(draw, draw(st.sampled_from("tidbq")), deepest)


def _formula(draw: st.DrawFn, letter: str, left: int) -> str:
    kind = {"t": TEXT, "i": INT, "d": DATE, "b": BOOL}.get(letter)
    if letter == "n":
        return _formula(draw, draw(st.sampled_from("iq")), left)
    if left == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(_NAMES[kind] if kind else _DECIMALS))
    own = _FORMS[kind] if kind else _NUMBERS
    form = draw(st.sampled_from(own * 2 + _ANY + ([] if letter == "b" else _ORDERED)))
    while "{" in form:
        at = form.index("{")
        wanted = form[at + 1]
        inner = _formula(draw, letter if wanted == "x" else wanted, left - 1)
        form = f"{form[:at]}({inner}){form[at + 3:]}"
    return form
