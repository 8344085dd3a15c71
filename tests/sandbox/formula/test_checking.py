"""What a formula may be, and what is said, at which character, where it may not."""
from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.formula.check import typed
from sandbox.formula.duckdb import compiled, quoted
from sandbox.formula.faults import FormulaFault
from sandbox.formula.functions import FUNCTION_NAMES, formula_reference
from sandbox.formula.tree import Literal
from sandbox.formula.types import BOOL, DATE, DECIMAL, INT, TEXT, Kind, Type, type_named

COLUMNS = {
    "units": INT, "name": TEXT, "code": TEXT, "price": DECIMAL, "day": DATE, "active": BOOL, "lines.code": TEXT,
    "packages.code": TEXT, "Unit price": TEXT, "client_id": INT, "account": TEXT,
}
D2 = Type(Kind.DECIMAL, 2)


def fault(text: str, wanted: Type | None = None) -> FormulaFault:
    with pytest.raises(FormulaFault) as caught:
        typed(text, COLUMNS, parameters={"period": DATE}, wanted=wanted)
    return caught.value


@pytest.mark.parametrize(("text", "kind"), [
    ("units", "int"), ("12.50", "decimal(2)"), ("'it''s'", "text"), ('"Unit price"', "text"), ("lines.code", "text"),
    ('lines."code"', "text"), (":period", "date"), ("date('2026-01-31')", "date"), ("units + price", "decimal(4)"),
    ("units * 0.2", "decimal(1)"), ("price * price", "decimal(8)"), ("price * price * price", "decimal(9)"),
    ("units / 2", "decimal(4)"), ("1.23456 / units", "decimal(5)"), ("-units", "int"), ("- price", "decimal(4)"),
    ("round(price)", "int"), ("round(price, 2)", "decimal(2)"), ("round(units)", "int"), ("decimal(name)", "decimal(4)"),
    ("decimal(name, ',', 2)", "decimal(2)"), ("decimal(name, 6)", "decimal(6)"), ("decimal(price)", "decimal(4)"),
    ("coalesce(units, price)", "decimal(4)"), ("coalesce(nothing, name)", "text"), ("nothing", "text"),
    ("if(active, nothing, units)", "int"), ("CASE WHEN active THEN 1 ELSE 2.50 END", "decimal(2)"),
    ("case when active then 'a' end", "text"), ("units not in (1, 2) OR NOT active", "bool"),
    ("name is not nothing and units not between 1 and 2", "bool"), ("units between 1 and 2 and active", "bool"),
    ("least(units, price, 0)", "decimal(4)"), ("1 - -1", "int"), ("-9223372036854775808", "int"), ("'a' < name", "bool"),
    ("not (active = true)", "bool"), ("month_end(day)", "date"), ("startswith(name, '')", "bool"),
])
def test_formula_has_the_type_that_the_table_says(text: str, kind: str) -> None:
    assert typed(text, COLUMNS, parameters={"period": DATE}).type == type_named(kind)


def test_formula_names_the_columns_it_reads() -> None:
    assert typed('concat(lines.code, "Unit price", name, name)', COLUMNS).columns == {"lines.code", "Unit price", "name"}


@pytest.mark.parametrize(("text", "place", "words"), [
    ("", "0+1", "the formula is empty; expected a column, a value or a function"),
    ("unts * 2", "0+4", "there is no column unts; expected one of units, name, code, price, day, active, lines.code, "
                        "packages.code; nearest is units"),
    ("price + name", "8+4", "+ needs int or decimal, and name is text; expected int(name) or decimal(name)"),
    ("upper(units)", "6+5", "upper: text needs text, and units is int; expected text(units)"),
    ("name = 3", "7+1", "= needs values of one type: name is text and 3 is int; expected int(name)"),
    ("case when active then 1 else name end", "29+4",
     "case needs values of one type: 1 is int and name is text; expected int(name)"),
    ("substr(name, 1, 2)", "0+6", "there is no function substr; expected one of the functions in docs/formats/formula.md; "
                                  "nearest is substring"),
    ("min(units, 1)", "0+3", "there is no function min; expected one of the functions in docs/formats/formula.md; "
                             "nearest is least"),
    ("substring(name, 0, 2)", "16+1", "substring: start cannot be 0; expected a whole number from 1 to 1000000"),
    ("substring(name, units, 2)", "16+5", "substring: start cannot be units; expected a value written here, not computed"),
    ("substring(name, 1)", "0+18", "substring is given 2 arguments; expected substring(text, start, length)"),
    ("round(price, 10)", "13+2", "round: places cannot be 10; expected a whole number from 0 to 9"),
    ("date(name, 'YY-MM-DD')", "11+10", "date: pattern cannot be 'YY-MM-DD'; expected a pattern of YYYY, MM or M, DD or D "
                                        "with - / . , or spaces between, such as 'YYYY-MM-DD'"),
    ("decimal(name, ';')", "14+3", "decimal: mark cannot be ';'; expected the decimal mark, ',' or '.'"),
    ("name = ''", "7+2", "nothing is neither equal to a value nor less or more; expected is nothing"),
    ("name = null", "7+4", "null is not a word of the formula language; expected nothing"),
    ("code2", "0+5", "there is no column code2; expected one of units, name, code, price, day, active, lines.code, "
                     "packages.code; nearest is code"),
    ("a < 1", "0+1", "there is no column a; expected one of units, name, code, price, day, active, lines.code, packages.code"),
    ("0 < units < 5", "10+1", "comparisons do not follow one another; expected and, such as a < b and b < c"),
    ("active > false", "0+14", "> does not order true and false; expected = or <>"),
    ("units == 1", "6+2", "== cannot stand here: equality is written with one ="),
    ("units -- 1", "6+2", "-- cannot stand here: comments are not part of a formula; a minus before a negative value is "
                          "written a - (-b)"),
    ("name; drop", "4+1", "the character ; is not part of the formula language; expected ,"),
    ("units − 1", "6+1", "the character − (minus sign) is not part of the formula language; expected -"),
    ("‘a’", "0+1", "the character ‘ (left single quotation mark) is not part of the formula language; expected '"),
    ("nаme", "1+1", "the character а (cyrillic small letter a) is not part of the formula language (a column name with "
                    "other letters than A to Z goes in double quotes)"),
    ("'open", "0+5", "the quoted text has no end; expected a closing '"),
    ("(units + 1", "0+1", "( has no ); expected ) before the end of the formula"),
    ("units +", "7+1", "the formula ends too early; expected a column, a value, a function or ("),
    ("units 5", "6+1", "5 cannot stand here; expected the end of the formula or an operator"),
    ("12kg", "0+3", "12k is neither a number nor a name; expected digits, with a point in decimals, such as 1250 or 12.50"),
    ("'a\0b'", "2+1", "a quoted text holds the control character U+0000; expected characters that can be seen, tabs or line "
                      "ends"),
    (":perod", "0+6", "there is no parameter :perod; expected :period; nearest is :period"),
    ("9223372036854775808", "0+19", "9223372036854775808 is out of the range of whole numbers; expected "
                                    "-9223372036854775808 to 9223372036854775807"),
    ("0.1234567890", "0+12", "0.1234567890 has too many digits; expected 18 digits, at most 9 of them behind the point"),
    ("abs(-9223372036854775808)", "0+25", "this always fails: '9223372036854775808' is out of the range of whole numbers "
                                          "(-9223372036854775808 to 9223372036854775807)"),
    ("units + 1 / 0", "8+5", "this always fails: division by zero: 1 / 0"),
    ("units in ()", "9+2", "the list after in is empty; expected at least one value"),
    ("case units when 1 then 2 end", "5+5", "units cannot stand here; expected when and a condition"),
    ('name = "S3"', "7+4", "there is no column S3; expected a column of this name, or a text in single quotes"),
    ("if(active, 1)", "0+13", "if takes 3 arguments, and 2 are given; expected if(condition, value, otherwise)"),
    ("not units", "4+5", "not needs bool, and units is int; expected bool"),
])
def test_fault_points_at_the_characters_and_says_what_to_write(text: str, place: str, words: str) -> None:
    found = fault(text)
    assert (f"{found.position}+{found.length}", str(found)) == (place, f"character {found.position + 1}: {words}")


def test_fault_in_a_join_names_both_sides() -> None:
    columns = {"lines.code": TEXT, "packages.code": TEXT}
    with pytest.raises(FormulaFault) as caught:
        typed("code", columns)
    assert str(caught.value) == "character 1: the column code exists on both sides; expected lines.code or packages.code"


def test_fault_is_pointed_at_in_its_line() -> None:
    assert fault("units\n\t+ nam * 2").pointed() == "·+ nam * 2\n   ^^^"


@pytest.mark.parametrize(("text", "wanted", "words"), [
    ("name", INT, "the formula gives text, and int is wanted; expected int(name)"),
    ("price", INT, "the formula gives decimal(4), and int is wanted; expected round(price) or int(price)"),
    ("units", TEXT, "the formula gives int, and text is wanted; expected text(units)"),
    ("units", BOOL, "the formula gives int, and bool is wanted; expected a formula that gives bool"),
    ("name", D2, "the formula gives text, and decimal(2) is wanted; expected decimal(name)"),
])
def test_declared_type_is_never_reached_by_a_silent_conversion(text: str, wanted: Type, words: str) -> None:
    assert str(fault(text, wanted)) == f"character 1: {words}"


def test_declared_type_widens_and_rounds_numbers() -> None:
    assert typed("units", COLUMNS, wanted=D2).type == D2
    assert typed("2.345", COLUMNS, wanted=D2).root == Literal(D2, Decimal("2.35"))
    assert typed("-2.345", COLUMNS, wanted=D2).root == Literal(D2, Decimal("-2.35"))
    assert typed("nothing", COLUMNS, wanted=DATE).root == Literal(DATE, None)


@pytest.mark.parametrize("text", [
    "(" * 4000, "(" * 1999 + "1" + ")" * 1999, "not " * 999 + "active", "- " * 1999 + "1", "case when " * 399, "abs(" * 999,
    "+".join(["units"] * 600), "units" + " or units" * 400, "a" * 4001, "1" * 4000, "'" + "''" * 1999, '"' * 3999,
    "if(active," * 300, "units in (" + "1," * 600 + "1)", "x.y.z", "\ud800", "'\ud800'", "units is is nothing", "in in in",
    ",".join("1" * 20), "case case case", "coalesce(" * 60 + "1" + ",1)" * 60, "\ufeff1", "1\u00a0+ 1", "/* */ 1", "1/**/+1",
    "name)", "name' OR '1'='1", "system('id')", "read_csv('/etc/passwd')", "name::int", "(select 1)", "name || 'x'", "$1", "?",
    "{{name}}", "@name", "`name`", "#", "\\", "name[1]", "units % 2", "units ** 2", "extract(year from day)", "''''''' ",
])
def test_attack_is_refused_with_a_place(text: str) -> None:
    found = fault(text)
    assert 0 <= found.position <= len(text)
    assert found.pointed().count("\n") == 1


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("'\"();-/*.:=<>, 1aunits\0\n’é")) | st.characters(), max_size=60))
def test_any_text_is_a_formula_or_a_fault(text: str) -> None:
    try:
        place = len(typed(text, COLUMNS).text)
    except FormulaFault as found:
        place = found.position
    assert 0 <= place <= len(text)


@pytest.mark.parametrize("value", ["'; DROP TABLE given; --", "\\", "a\nb", "%", "$$", "E'\\x00'", "😀", "/* */", "\u2028", '"'])
def test_quoted_texts_and_names_arrive_whole_in_the_engine(value: str) -> None:
    text = "concat('" + value.replace("'", "''") + "', \"" + value.replace('"', '""') + '")'
    sql = compiled(typed(text, {value: TEXT}), quoted, quoted)
    with duckdb.connect() as engine:
        engine.execute(f"CREATE TABLE given ({quoted(value)} VARCHAR)")
        engine.execute("INSERT INTO given VALUES (?)", [value])
        assert engine.execute(f"SELECT {sql.value}, {sql.failed} FROM given").fetchall() == [(value + value, False)]


def test_longest_formulas_stay_small_enough_to_run() -> None:
    deep = ["name", "units"]
    for _ in range(22):
        deep = [f"coalesce(trim({deep[0]}), 'a')", f"7 / round({deep[1]})"]
    deep[1] = f"int(text({deep[1].replace('7 / round(', '7 - round(')}))"
    wide = " + ".join([f"int(split(name, '-', {number}))" for number in range(1, 48)])
    many = " or ".join([f"units / {number} > 1" for number in range(2, 80)])
    with duckdb.connect() as engine:
        for text in (*deep, wide, many):
            sql = compiled(typed(text, COLUMNS), quoted, quoted)
            assert max(len(sql.value), len(sql.failed)) < 150_000
            found = engine.execute(f"SELECT {sql.failed} FROM (SELECT 'x' AS name, 1::BIGINT AS units)").fetchall()
            assert found == [(text == wide,)]


def test_reference_names_every_function_once_and_its_examples_hold() -> None:
    docs = formula_reference()
    assert [one.name for one in docs][:len(FUNCTION_NAMES)] == list(FUNCTION_NAMES)
    assert len({one.name for one in docs}) == len(docs)
    texts = ("name", "code", "phone", "email", "first", "last", "nickname", "service", "verdict")
    given = {**dict.fromkeys(texts, TEXT), "account": TEXT, "starts_on": DATE, "ends_on": DATE, "day": DATE, "active": BOOL}
    numbers = dict.fromkeys(("units", "included", "extra", "used", "entitled", "unused", "over", "quantity", "client_id"), INT)
    numbers.update(dict.fromkeys(("amount", "unit_price", "difference"), D2))
    received = {"units": TEXT, "price": TEXT, "day": TEXT, "active": TEXT}
    for one in docs:
        columns = {**given, **numbers, **(received if one.name in ("int", "decimal", "date", "bool") else {})}
        assert typed(one.example, columns).text == one.example


def test_page_of_the_language_shows_the_reference_word_by_word() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "formula.md").read_text(encoding="utf-8").splitlines()
    shown = [line for line in page[page.index("## Functions"):] if line.startswith("| `")]
    assert shown == [f"| `{one.signature}` | {one.says} | `{one.example}` |" for one in formula_reference()]
