"""The traps, one by one, and always in both: the oracle and DuckDB."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from sandbox.formula.casing import lower, upper
from sandbox.formula.check import typed
from sandbox.formula.duckdb import compiled, literal, quoted, reading, sql_type, text_literal
from sandbox.formula.faults import CellFault
from sandbox.formula.oracle import evaluate, read_cell
from sandbox.formula.tree import Value
from sandbox.formula.types import BOOL, DATE, DECIMAL, INT, TEXT, Kind, Type

D0, D2 = Type(Kind.DECIMAL, 0), Type(Kind.DECIMAL, 2)
MAX, MIN = 2**63 - 1, -2**63
WRONG = "fails"


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def both(engine: duckdb.DuckDBPyConnection, text: str, row: dict[str, tuple[Type, Value]]) -> object:
    """The value of a formula in the oracle, after DuckDB gave the very same; `fails` where it fails."""
    formula = typed(text, {name: kind for name, (kind, _) in row.items()})
    columns = ", ".join(f"{literal(kind, value)} AS {quoted(name)}" for name, (kind, value) in row.items())
    sql = compiled(formula, quoted, quoted)
    found = engine.execute(f"SELECT {sql.value}, {sql.failed} FROM (SELECT {columns})").fetchone()
    try:
        value: object = evaluate(formula, {name: value for name, (_, value) in row.items()})
    except CellFault:
        value = WRONG
    assert found is not None
    assert (WRONG if found[1] else found[0]) == value
    return str(value) if isinstance(value, Decimal) else value


CELLS: list[tuple[Type, str, str, object]] = [
    (INT, "12", ".", 12), (INT, "-3", ".", -3), (INT, "007", ".", 7), (INT, "-0", ".", 0), (INT, "", ".", None),
    *((INT, text, ".", WRONG) for text in (
        "1.5", "1e3", "1E2", "1e2", "0x10", "0b1", "1_000", " 12", "12 ", "\t1", "+5", "1 234", "--1", "-", "1.", ".5", "１２", "١",
        "9223372036854775808", "-9223372036854775809", "9" * 5000, "inf", "nan", "1\n", "1\0", "twelve", "5-")),
    (INT, str(MAX), ".", MAX), (INT, str(MIN), ".", MIN), (INT, "0" * 40 + "1", ".", 1),
    (DECIMAL, "1.2345", ".", Decimal("1.2345")), (DECIMAL, "1.23456", ".", WRONG), (DECIMAL, "1.500000", ".", Decimal("1.5000")),
    (DECIMAL, "12", ".", Decimal("12.0000")), (DECIMAL, "-0.00", ".", Decimal("0.0000")), (DECIMAL, "", ",", None),
    *((DECIMAL, text, ".", WRONG) for text in (
        "1,5", ".5", "5.", "1e3", "1_0.5", "0x1", " 1.5", "1.5 ", "+1.5", "1.2.3", "inf", "NaN", "123456789012345.0", "9" * 3000,
        "1 23.5", "12345 678.0", "1  234.0", "1 234 5")),
    (DECIMAL, "99999999999999.9999", ".", Decimal("99999999999999.9999")), (D0, "1.5", ".", WRONG), (D0, "1.00", ".", Decimal(1)),
    *((D2, f"1{space}234{space}567,50", ",", Decimal("1234567.50")) for space in (" ", "\u00a0", "\u202f")),
    (D2, "-1 234,5", ",", Decimal("-1234.50")), (D2, "1.5", ",", WRONG), (D2, "1.234,50", ",", WRONG),
    (D2, "1\u2009234,50", ",", WRONG), (D2, "12,5", ",", Decimal("12.50")), (D2, "12,505", ",", WRONG),
    (DATE, "2026-01-31", ".", date(2026, 1, 31)), (DATE, "2024-02-29", ".", date(2024, 2, 29)), (DATE, "", ".", None),
    *((DATE, text, ".", WRONG) for text in (
        "2026-02-30", "26-01-31", "0026-01-31", "2026-1-31", "2026/01/31", "2026-01-1 ", " 026-01-31", "infinity", "-infinity",
        "epoch", "12026-01-01", "2026-13-01", "2026-01-31 00:00", "２０２６-01-31", "2026-00-10", "0000-01-01", "+026-01-01")),
    (BOOL, "true", ".", True), (BOOL, "OUI", ".", True), (BOOL, "Vrai", ".", True), (BOOL, "0", ".", False),
    (BOOL, "non", ".", False), (BOOL, "t", ".", WRONG), (BOOL, "2", ".", WRONG), (BOOL, "", ".", None),
    (TEXT, "", ".", None), (TEXT, " ", ".", " "), (TEXT, "a", ".", "a"),
]


def test_received_cells_are_read_strictly_and_alike(engine: duckdb.DuckDBPyConnection) -> None:
    for kind, text, mark, wanted in CELLS:
        sql = reading(kind, "cell", mark)
        query = f"SELECT {sql.value}, {sql.failed}, typeof({sql.value}) FROM (SELECT CAST(? AS VARCHAR) AS cell)"
        found = engine.execute(query, [text]).fetchall()
        try:
            value: object = read_cell(kind, text, mark)
        except CellFault:
            value = WRONG
        assert (text, value, str(value)) == (text, wanted, str(wanted))
        assert (text, WRONG if found[0][1] else found[0][0], found[0][2]) == (text, wanted, sql_type(kind))
        assert engine.execute(query, [None]).fetchall() == [(None, False, sql_type(kind))]
        assert read_cell(kind, None, mark) is None


@pytest.mark.parametrize(("kind", "text", "mark", "words"), [
    (INT, "1.5", ".", "'1.5' is not a whole number; expected digits only, such as 12 or -3"),
    (D2, "1,505", ",", "'1,505' is not a decimal(2); expected digits, the decimal mark ',', at most 2 digits behind it"),
    (DATE, "31/01/2026", ".", "'31/01/2026' is not a date written YYYY-MM-DD with a year from 1000 to 9999"),
    (DATE, "2026-02-30", ".", "'2026-02-30' is not a day of the calendar"),
    (BOOL, "ja", ".", "'ja' is neither true nor false; expected one of true, yes, oui, vrai, 1, false, no, non, faux, 0"),
])
def test_refused_cell_says_what_was_expected(kind: Type, text: str, mark: str, words: str) -> None:
    with pytest.raises(CellFault) as caught:
        read_cell(kind, text, mark)
    assert str(caught.value) == words


def test_numbers_are_exact_and_never_overflow_silently(engine: duckdb.DuckDBPyConnection) -> None:
    largest = Decimal("99999999999999.9999")
    row = {"most": (INT, MAX), "least_": (INT, MIN), "seven": (INT, 7), "zero": (INT, 0), "none": (INT, None),
           "big": (DECIMAL, largest), "half": (DECIMAL, Decimal("0.5000")), "two": (D2, Decimal("7.00"))}
    cases = {
        "most + 1": WRONG, "least_ - 1": WRONG, "-least_": WRONG, "abs(least_)": WRONG, "most * most": WRONG, "most * 1": MAX,
        "most * 0.5": WRONG, "seven * big": WRONG, "seven * half": "3.5000", "big + 0.0001": WRONG, "big * big": WRONG,
        "-big": f"-{largest}", "two / 2": "3.5000", "seven / 2": "3.5000", "-1 / 3 * seven": "-2.3331", "2 / 3 + half": "1.1667",
        "seven / zero": WRONG, "none / zero": None, "zero / none": None, "seven / 0.0001": "70000.0000", "most / half": WRONG,
        "round(half)": 1, "round(-half)": -1, "round(half + half + half)": 2, "round(0.125 * seven, 2)": "0.88",
        "round(-0.125 * 1 * seven, 2)": "-0.88", "int(half)": WRONG, "int(two)": 7, "decimal(most, 0)": WRONG,
        "decimal(seven, 9)": "7.000000000", "decimal(big, 9)": WRONG, "round(big, 0)": 100000000000000, "most > big": True,
        "seven = two": True, "seven in (1, 7.00)": True, "none = none": None, "none in (1)": None, "seven in (1, none)": None,
        "least(seven, none)": 7, "text(half)": "0.5000", "text(-seven)": "-7", "int(text(least_))": MIN,
        "seven / zero + none": None, "none * (most + 1)": None, "-(most + 1)": WRONG, "coalesce(most + 1, none)": WRONG,
        "abs(round(half)) + int('1')": 2, "int(half) + none": WRONG,
    }
    assert {text: both(engine, text, row) for text in cases} == cases


def test_failure_in_a_branch_not_taken_does_not_count(engine: duckdb.DuckDBPyConnection) -> None:
    row = {"zero": (INT, 0), "one": (INT, 1), "word": (TEXT, "abc"), "none": (TEXT, None), "sure": (BOOL, True),
           "unsure": (BOOL, None)}
    cases = {
        "if(zero = 0, 0, one / zero)": "0.0000", "if(zero = 0, one / zero, 0)": WRONG, "if(one / zero > 1, 1, 2)": WRONG,
        "case when one = 1 then 1 when int(word) = 1 then 2 end": 1, "case when unsure then int(word) else 5 end": 5,
        "coalesce(one, int(word))": 1, "coalesce(int(none), int(word))": WRONG, "coalesce(int(word), 1)": WRONG,
        "zero = 1 and int(word) = 1": False, "sure or int(word) = 1": True, "unsure and int(word) = 1": WRONG,
        "unsure or int(word) = 1": WRONG, "int(word) = 1 or sure": WRONG, "sure and zero = 1 and int(word) = 1": False,
        "one between int(word) and 2": WRONG, "not (zero = 1 and int(word) = 1)": True, "int(word) is nothing": WRONG,
        "unsure and false": False, "unsure or true": True, "not unsure": None, "unsure and true": None,
    }
    assert {text: both(engine, text, row) for text in cases} == cases


def test_texts_and_dates_are_alike_in_both(engine: duckdb.DuckDBPyConnection) -> None:
    row = {"name": (TEXT, " \u00a0\u202fNoé\tß \u3000"), "blank": (TEXT, " \u202f"), "none": (TEXT, None), "code": (TEXT, "A--B-C"),
           "day": (DATE, date(2024, 2, 29)), "last": (DATE, date(9999, 12, 31)), "fr": (TEXT, "1/2/2026"),
           "compact": (TEXT, "20260131")}
    cases = {
        "trim(name)": "Noé\tß", "clean(name)": "Noé ß", "upper(trim(name))": "NOÉ\tẞ", "trim(blank)": None, "clean(blank)": None,
        "trim(blank) is nothing": True, "coalesce(trim(blank), 'x')": "x", "concat(none, trim(blank))": None,
        "concat(code, none, '!')": "A--B-C!", "replace(code, '-', '')": "ABC", "replace(code, '-', nothing)": "ABC",
        "replace('-', '-', '')": None, "split(code, '-', 2)": None, "split(code, '-', 3)": "B", "split(code, '--', 2)": "B-C",
        "split(code, '-', 9)": None, "substring(code, 2, 2)": "--", "substring(name, 4, 3)": "Noé", "substring(code, 7, 1)": None,
        "startswith(code, 'A-')": True, "startswith(code, trim(blank))": None, "endswith(code, 'c')": False,
        "contains(code, '-B-')": True, "name > 'A'": False, "int(trim(blank))": None, "date(fr, 'D/M/YYYY')": date(2026, 2, 1),
        "date(fr, 'DD/MM/YYYY')": WRONG, "date(compact, 'YYYYMMDD')": date(2026, 1, 31), "date(compact)": WRONG,
        "months(day, last)": 95710, "days(last, day)": -2913114, "month_end(day)": date(2024, 2, 29),
        "month_start(last)": date(9999, 12, 1), "month_end(last)": date(9999, 12, 31), "text(day)": "2024-02-29",
        "year(day) * 100 + month(day)": 202402, "day(day)": 29, "text(1 = 1)": "true", "trim(blank) in ('x', none)": None,
    }
    assert {text: both(engine, text, row) for text in cases} == cases


def test_case_functions_agree_on_every_character_of_unicode(engine: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT c, upper(chr(c)), lower(chr(c)) FROM (SELECT c::INTEGER AS c FROM range(1, 1114112) r(c) " \
            "WHERE c NOT BETWEEN 55296 AND 57343) WHERE c < 131072 OR upper(chr(c)) <> chr(c) OR lower(chr(c)) <> chr(c)"
    found = engine.execute(query).fetchall()
    signs = "".join(chr(code) for code, _, _ in found)
    assert upper(signs) == "".join(large for _, large, _ in found)
    assert lower(signs) == "".join(small for _, _, small in found)
    others = "".join(map(chr, range(131072, 1114112)))
    assert max(code for code, _, _ in found) == 131071
    assert (others.upper(), others.lower()) == (others, others)


def test_trim_takes_the_same_spaces_in_both(engine: duckdb.DuckDBPyConnection) -> None:
    signs = [chr(code) for code in (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, 0x180E, *range(0x2000, 0x2010),
                                    0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF)]
    for sign in signs:
        both(engine, "concat('<', trim(cell), '>', clean(cell), '>')", {"cell": (TEXT, f"{sign}a{sign}{sign}b{sign}")})


def test_text_literal_keeps_every_character(engine: duckdb.DuckDBPyConnection) -> None:
    for text in ("it's", "a\0b", "\0", "\\'", "", "\u2028😀"):
        assert engine.execute(f"SELECT {text_literal(text)}").fetchall() == [(text,)]
    with pytest.raises(ValueError, match=r"cannot hold the character U\+0000"):
        quoted("a\0b")
