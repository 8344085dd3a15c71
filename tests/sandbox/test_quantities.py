"""Package versus extra: the golden case to the unit and the cent, and every trap of the field."""
from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sandbox.connectors.csv.connector import read_csv
from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.reconciliation.bills import psa_view
from sandbox.reconciliation.reasons import Row, money, why
from sandbox.reconciliation.records import entries_from
from sandbox.reconciliation.transport import from_record, to_record
from tests.sandbox.cases import BAKERY, FEBRUARY, JANUARY, LINES, LIST, P1, counted, reconciled

NUMBERS = ("included", "extra", "entitled", "used", "included_used", "extra_used", "over", "unused")


def by_service(usage, **files):
    rows = reconciled(usage, **files).as_json()["rows"]
    return {row["service"]: (*(row[name] for name in NUMBERS), row["verdict"], row["amount_over"]) for row in rows}


def test_golden_january_is_exact():
    result = reconciled(counted(JANUARY), prices=LIST)
    assert by_service(counted(JANUARY), prices=LIST) == {
        "S1": (10, 0, 10, 10, 10, 0, 0, 0, "equal", "0.00"),
        "S2": (10, 0, 10, 10, 10, 0, 0, 0, "equal", "0.00"),
        "S3": (10, 7, 17, 17, 10, 7, 0, 0, "equal", "0.00"),
        "S4": (10, 0, 10, 10, 10, 0, 0, 0, "equal", "0.00"),
        "S5": (10, 5, 15, 15, 10, 5, 0, 0, "equal", "0.00"),
    }
    assert result.totals == {"included": 50, "extra": 12, "entitled": 62, "used": 62, "over": 0, "unused": 0}
    view = psa_view(result, BAKERY)
    assert (view.right.packages, view.right.separate_units) == (10, 12)
    assert view.right.amounts == (("EUR", Decimal("345.50")),)
    assert (view.synced.separate_units, view.synced.amounts) == (62, (("EUR", Decimal("570.50")),))
    assert view.units_too_many == 50


def test_golden_february_is_exact():
    result = reconciled(counted(FEBRUARY), prices=LIST)
    assert by_service(counted(FEBRUARY), prices=LIST) == {
        "S1": (10, 0, 10, 10, 10, 0, 0, 0, "equal", "0.00"),
        "S2": (10, 0, 10, 9, 9, 0, 0, 1, "unused", "0.00"),
        "S3": (10, 7, 17, 19, 10, 7, 2, 0, "over", "8.00"),
        "S4": (10, 0, 10, 10, 10, 0, 0, 0, "equal", "0.00"),
        "S5": (10, 5, 15, 14, 10, 4, 0, 1, "unused", "0.00"),
        "S6": (0, 0, 0, 2, 0, 0, 2, 0, "not_in_contract", None),
    }
    assert result.totals == {"included": 50, "extra": 12, "entitled": 62, "used": 64, "over": 4, "unused": 2}
    assert result.unknown_services == ("S6",)
    view = psa_view(result)
    assert view.right.amounts == (("EUR", Decimal("345.50")),)
    assert (view.synced.separate_units, view.units_too_many, view.synced.without_price) == (64, 52, 2)


def test_a_row_explains_itself_and_names_its_lines():
    rows = {row.service: row for row in reconciled(counted(FEBRUARY), prices=LIST).rows}
    assert why(rows["S3"]) == "19 used = 10 in package P1 + 7 extra + 2 not billed"
    assert why(rows["S3"], "fr") == "19 utilisés = 10 dans le forfait P1 + 7 en supplément + 2 non facturés"
    assert why(rows["S5"]) == "14 used = 10 in package P1 + 4 extra; 1 unused"
    assert why(rows["S6"], "fr") == "2 utilisés = 2 hors contrat"
    assert rows["S3"].origins == ("usage.csv:4", "contracts.csv:2", "contracts.csv:3")
    assert rows["S6"].origins == ("usage.csv:7",)


def test_the_json_keeps_its_keys_and_their_order():
    written = reconciled(counted(FEBRUARY), prices=LIST).as_json()
    Draft202012Validator(schema("reconciliation")).validate(written)
    assert list(written) == ["rows", "totals", "unmatched", "refused", "proposed_aliases"]
    assert list(written["rows"][0]) == [
        "client", "service", *NUMBERS, "verdict", "amount_over", "currency", "why", "from"]


def test_a_record_gives_the_same_result_back():
    result = reconciled([*counted(FEBRUARY), ("ACME", "S1", "-3"), ("bakery noé", "S1", 1)], prices=LIST)
    assert from_record(to_record(result)) == result


quantities = st.integers(min_value=0, max_value=10**15)


@given(quantities, quantities, quantities)
def test_every_unit_is_counted_once(included, extra, used):
    row = Row("c", "s", included, extra, used, True, None, None, ())
    assert row.included_used + row.extra_used + row.over == used
    assert row.included + row.extra == row.entitled == row.included_used + row.extra_used + row.unused
    assert min(row.included_used, row.extra_used, row.over, row.unused) >= 0


@given(quantities, quantities, quantities, quantities)
def test_more_use_never_makes_a_part_smaller(included, extra, used, more):
    one, two = (Row("c", "s", included, extra, number, True, None, None, ()) for number in (used, used + more))
    assert (one.included_used, one.extra_used, one.over) == (
        min(one.included_used, two.included_used), min(one.extra_used, two.extra_used), min(one.over, two.over))
    assert two.unused <= one.unused


@given(quantities, st.decimals(min_value=0, max_value=10**12 - 1, places=6))
def test_amounts_are_never_rounded(used, price):
    row = Row("c", "s", 0, 0, used, False, price, "EUR", ())
    assert Decimal(money(row.amount_over)) == row.amount_over
    assert Fraction(row.amount_over) == used * Fraction(price)


def test_an_empty_package_includes_nothing():
    contracts = [("ACME", "C-1", "package", "P0", 4, "", "")]
    assert by_service([("ACME", "S1", 1)], packages=[("P0", "", "")], contracts=contracts) == {
        "S1": (0, 0, 0, 1, 0, 0, 1, 0, "not_in_contract", None)}
    assert by_service([("ACME", "S1", 1)], packages=[("P0", "S1", 0)], contracts=contracts) == {
        "S1": (0, 0, 0, 1, 0, 0, 1, 0, "over", None)}


def test_a_package_may_hold_two_of_a_service():
    contracts = [("ACME", "C-1", "package", "P1", 3, "", "")]
    rows = by_service([("ACME", "S4", 6)], packages=[("P1", "S4", 2)], contracts=contracts)
    assert rows == {"S4": (6, 0, 6, 6, 6, 0, 0, 0, "equal", None)}


def test_two_packages_share_a_service():
    result = reconciled([("ACME", "S3", 9)], packages=[("P1", "S3", 1), ("P2", "S3", 2)], contracts=[
        ("ACME", "C-1", "package", "P1", 4, "", ""), ("ACME", "C-2", "package", "P2", 2, "", "")])
    assert [(row.included, row.over) for row in result.rows] == [(8, 1)]
    assert why(result.rows[0]) == "9 used = 8 in packages P1 and P2 + 1 not billed"


@pytest.mark.parametrize("value", ["-3", "3.0", "1.5", "+3", "1e3", "0x10", "1_000", "٣", "", "three", "1 000"])
def test_a_quantity_that_is_no_whole_number_is_refused(value):
    result = reconciled([("ACME", "S1", value), (BAKERY, "S1", 10)])
    assert [one.as_json() for one in result.refused] == [{
        "file": "usage.csv", "row": 2, "field": "quantity", "value": value,
        "message": "a quantity is a whole number, 0 or more"}]
    assert [(row.client, row.service) for row in result.rows if row.used] == [(BAKERY, "S1")]
    assert result.clients_only_in_usage == ("ACME",)


def test_zero_is_a_quantity():
    contracts = [("ACME", "C-1", "service", "S1", 0, "", "")]
    assert by_service([("ACME", "S1", 0), ("ACME", "S9", 0)], contracts=contracts) == {
        "S1": (0, 0, 0, 0, 0, 0, 0, 0, "equal", None), "S9": (0, 0, 0, 0, 0, 0, 0, 0, "equal", None)}


def test_duplicate_counts_are_refused_and_both_named():
    result = reconciled([*counted(JANUARY), (BAKERY, "S1", 10)])
    assert [(one.row, one.field, one.value, one.message) for one in result.refused] == [
        (row, "client,service", "Bakery Noé, S1", "the same client and service stand on rows 2 and 7")
        for row in (2, 7)]
    assert why(result.rows[0]) == "0 used; 10 unused; usage refused at usage.csv:2, usage.csv:7"


def test_duplicate_counts_add_up_when_asked():
    result = reconciled([*counted(JANUARY), (BAKERY, "S1", 3)], sum_duplicates=True)
    assert (result.refused, result.rows[0].used, result.rows[0].origins) == (
        (), 13, ("usage.csv:2", "usage.csv:7", "contracts.csv:2"))


def test_an_alias_joins_two_spellings():
    result = reconciled(counted(JANUARY, "BAKERY N."), clients=[("BAKERY N.", BAKERY)])
    assert {row.client for row in result.rows} == {BAKERY}
    assert (result.clients_only_in_usage, result.proposed_aliases) == ((), ())
    # One spelling may lead to another: each stands for the client at the end, whatever the order of the rows.
    chain = [("BN", "B. NOE"), ("B. NOE", "BAKERY N."), ("BAKERY N.", BAKERY), (BAKERY, BAKERY)]
    for clients in (chain, chain[::-1]):
        result = reconciled(counted(JANUARY, "BN"), clients=clients)
        assert ({row.client for row in result.rows}, result.clients_only_in_usage, result.refused) == ({BAKERY}, (), ())


def test_an_alias_of_two_clients_is_refused():
    result = reconciled([("B", "S1", 1)], clients=[("B", BAKERY), ("B", "ACME")])
    assert [(one.row, one.message) for one in result.refused] == [
        (row, "the same spelling stands for two clients on rows 2 and 3") for row in (2, 3)]
    assert result.clients_only_in_usage == ("B",)
    # Nor is one followed that leads back to itself, or into such a circle; what does not touch it is.
    result = reconciled([("X", "S1", 1), ("B", "S1", 1)], clients=[("X", "A"), ("A", "Y"), ("Y", "A"), ("B", BAKERY)])
    assert [(one.row, one.message) for one in result.refused] == [
        (row, "the spellings on rows 3, 4 lead back to one another") for row in (2, 3, 4)]
    assert result.clients_only_in_usage == ("X",)


@pytest.mark.parametrize(("name", "reason"), [
    ("bakery noé", "differs only by case"), ("Bakery  Noé", "differs only by spaces"),
    ("Bakery Noé ", "differs only by spaces"),
    ("BAKERY NOÉ", "differs only by case"), ("bakerynoé", "differs only by case and spaces"),
    ("Bakery Noe\u0301", "differs only by how its accents are stored")])
def test_a_name_that_nearly_equals_a_client_is_proposed_not_merged(name, reason):
    result = reconciled([(name, "S1", 1)])
    assert [one.as_json() for one in result.proposed_aliases] == [{"alias": name, "client": BAKERY, "reason": reason}]
    assert result.clients_only_in_usage == (name,)
    assert [row.over for row in result.rows if row.client == name] == [1]


def test_clients_on_one_side_only_are_listed():
    result = reconciled([("Studio Halloy", "S3", 2)])
    assert (result.clients_only_in_usage, result.clients_only_in_contracts) == (("Studio Halloy",), (BAKERY,))
    assert sorted({(row.client, row.verdict) for row in result.rows}) == [
        (BAKERY, "unused"), ("Studio Halloy", "not_in_contract")]


def test_a_line_of_an_unknown_package_is_refused():
    result = reconciled(counted(JANUARY), contracts=[*LINES, ("ACME", "C-9", "package", "P9", 1, "", "")])
    assert [one.as_json() for one in result.refused] == [{
        "file": "contracts.csv", "row": 5, "field": "item", "value": "P9",
        "message": "no such package in the packages file"}]


def test_the_clients_own_price_goes_before_the_list():
    contracts = [(BAKERY, "C-1", "service", "S3", 1, "3.80", "EUR")]
    usage = [(BAKERY, "S3", 3), (BAKERY, "S1", 1)]
    rows = by_service(usage, contracts=contracts, prices=LIST)
    assert {service: row[-1] for service, row in rows.items()} == {"S1": "5.00", "S3": "7.60"}


def test_two_own_prices_give_no_amount():
    contracts = [(BAKERY, "C-1", "service", "S3", 1, "3.80", "EUR"), (BAKERY, "C-2", "service", "S3", 1, "4.00", "EUR")]
    row = reconciled([(BAKERY, "S3", 3)], contracts=contracts, prices=LIST).rows[0]
    assert (row.amount_over, why(row)) == (
        None, "3 used = 2 extra + 1 not billed; prices differ: 3.80 EUR, 4.00 EUR")


@pytest.mark.parametrize(("cells", "field", "message"), [
    (("bundle", "S3", 1, "", "", "", ""), "kind", "a kind is package or service"),
    (("service", "S3", 1, "-4.00", "EUR", "", ""), "unit_price",
     "a price is a number, 0 or more, with the decimal mark of the file's settings"),
    (("service", "S3", 1, "4.00", "", "", ""), "currency", "a price needs its currency"),
    (("service", "S3", 1, "4.00", "eur", "", ""), "currency", "a currency is three capital letters, such as EUR"),
    (("service", "S3", 1, "", "", "26-01-01", ""), "starts_on", "a date is written year-month-day, such as 2026-01-31"),
    (("service", "S3", 1, "", "", "2026-02-30", ""), "starts_on", "no such day in the calendar"),
    (("service", "S3", 1, "", "", "2026-02-01", "2026-01-31"), "ends_on", "ends before it starts on 2026-02-01"),
])
def test_a_faulty_contract_line_is_refused_by_itself(cells, field, message):
    header = ("client", "contract", "kind", "item", "quantity", "unit_price", "currency", "starts_on", "ends_on")
    rows = [(*line, "", "") for line in LINES]
    refused = refused_of([header, *rows, ("ACME", "C-1", *cells)])
    assert [(one.row, one.field, one.message) for one in refused] == [(5, field, message)]


def refused_of(contract_rows):
    """What is refused of a contracts file of these rows, its header first."""
    text = "\n".join(",".join(str(cell) for cell in row) for row in contract_rows)
    tables = {"contracts": read_csv(text.encode(), "contracts.csv")}
    others = {"packages": "package,service,units\nP1,S1,1\n", "usage": "client,service,quantity\nACME,S1,1\n"}
    for role, line in others.items():
        tables[role] = read_csv(line.encode(), f"{role}.csv")
    return entries_from(tables).refused


def test_dates_are_carried_and_lines_count_in_full():
    header = ("client", "contract", "kind", "item", "quantity", "unit_price", "currency", "starts_on", "ends_on")
    assert refused_of([header, ("ACME", "C-1", "service", "S1", 2, "", "", "2026-01-15", "2026-01-20")]) == []


def test_a_renamed_column_stops_the_run_and_is_named():
    with pytest.raises(InputRefused) as refusal:
        refused_of([("client", "contract", "kind", "item", "quantité", "unit_price", "currency"),
                    ("A", "C", "service", "S1", 1, "", "")])
    assert str(refusal.value) == (
        'contracts.csv: column "quantity" is missing; the nearest is "quantité"; '
        "the header holds: client, contract, kind, item, quantité, unit_price, currency")
    with pytest.raises(InputRefused, match='"quantity" is missing; the nearest is "qty"; '):  # more letters of unit agree
        refused_of([("client", "contract", "kind", "item", "unit", "qty", "unit_price", "currency"),
                    ("A", "C", "service", "S1", "pc", 1, "", "")])


def test_a_file_with_a_header_alone_is_refused():
    with pytest.raises(InputRefused, match=r"^usage\.csv: a header and no records$"):
        reconciled([])


def test_a_service_twice_in_a_package_and_twice_in_the_list_is_refused():
    result = reconciled(counted(JANUARY), packages=[*P1, ("P1", "S1", 2)], prices=[*LIST, ("S1", "6.00", "EUR")])
    assert [(one.file, one.row) for one in result.refused] == [
        ("packages.csv", 2), ("packages.csv", 7), ("prices.csv", 3), ("prices.csv", 8)]
