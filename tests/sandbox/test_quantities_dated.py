"""Dates, rules that change the bill, costs: worked cases to the unit and the cent."""
from __future__ import annotations

from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator

from sandbox.connectors.csv.connector import read_csv
from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.reconciliation.answers import answer_json, answer_sheets
from sandbox.reconciliation.bills import psa_view
from sandbox.reconciliation.policies import earlier_rules, rules_from
from sandbox.reconciliation.quantities import reconcile
from sandbox.reconciliation.reasons import why
from sandbox.reconciliation.records import entries_from
from sandbox.reconciliation.transport import from_record, to_record
from tests.sandbox.cases import FEBRUARY, JANUARY, LINES, LIST, P1, counted, file_text, reconciled

CONTRACTS = "client,contract,kind,item,quantity,unit_price,currency,starts_on,ends_on"
PACKAGES = "package,service,units,starts_on,ends_on"
PRICES = "service,unit_price,currency,from_on,unit_cost"
USAGE = "client,service,quantity,contract"
ONE = [("P1", "S1", 1, "", "")]


def of(usage, contracts, packages=ONE, prices=(), rules=None, usage_header=""):
    """The result of files with all optional columns, for January 2026 unless the rules name another month or none."""
    rows = {"packages": (packages, PACKAGES), "contracts": (contracts, CONTRACTS), "usage": (usage, usage_header)}
    if prices:
        rows["prices"] = (prices, PRICES)
    tables = {role: read_csv(file_text(role, lines, header).encode(), f"{role}.csv")
              for role, (lines, header) in rows.items()}
    return reconcile(entries_from(tables), rules=rules_from({"period": "2026-01", **(rules or {})}))


def service(quantity, price, starts_on="", ends_on="", contract="C-1"):
    return ("A", contract, "service", "S3", quantity, price, "EUR" if price else "", starts_on, ends_on)


CHANGE = [service(7, "4.00", "", "2026-01-14"), service(9, "4.00", "2026-01-15")]


@pytest.mark.parametrize(("snapshot", "extra", "over"), [("at_end", 9, 0), ("at_start", 7, 1), ("any", 9, 0)])
def test_an_effective_date_change_in_the_middle_of_a_month_counts_on_the_day_chosen(snapshot, extra, over):
    result = of([("A", "S3", 8)], CHANGE, rules={"snapshot": snapshot})
    [row] = result.rows
    assert (row.extra, row.over) == (extra, over)
    # 7 × 4.00 × 14/31 = 12.645… and 9 × 4.00 × 17/31 = 19.741…, each rounded once.
    assert [(line.days, line.of_days, line.amount) for line in result.lines] == [
        (14, 31, Decimal("12.65")), (17, 31, Decimal("19.74"))]
    assert psa_view(result).right.as_json() == {
        "packages": 0, "separate_units": extra, "amounts": {"EUR": "32.39"}, "without_price": 0}


def test_a_line_outside_the_period_does_not_count_and_without_a_period_it_does():
    lines = [service(7, "4.00", "2025-01-01", "2025-12-31"), service(1, "4.00", "2026-02-01")]
    result = of([("A", "S3", 1)], lines)
    assert [(row.extra, row.over, row.verdict) for row in result.rows] == [(0, 1, "not_in_contract")]
    assert (result.lines, result.clients_only_in_usage) == ((), ("A",))
    assert [row.extra for row in of([("A", "S3", 1)], lines, rules={"period": ""}).rows] == [8]


def test_a_line_that_ended_before_the_last_day_is_named_and_billed_by_day():
    result = of([("A", "S3", 2)], [service(2, "3.10", "", "2026-01-10")])
    assert [(row.verdict, why(row), why(row, "fr")) for row in result.rows] == [(
        "not_in_contract", "2 used = 2 not in contract; in force on other days only: contracts.csv:2",
        "2 utilisés = 2 hors contrat ; en vigueur d'autres jours seulement : contracts.csv:2")]
    assert [(line.amount, line.is_counted) for line in result.lines] == [(Decimal("2.00"), False)]
    assert psa_view(result).right.separate_units == 0


def test_a_package_in_two_versions_holds_what_it_held_on_the_day():
    packages = [("P1", "S4", 1, "", "2026-01-14"), ("P1", "S4", 2, "2026-01-15", "")]
    line = ("A", "C-1", "package", "P1", 3, "10.00", "EUR", "", "")
    for snapshot, held in [("at_start", 3), ("at_end", 6), ("any", 6)]:
        result = of([("A", "S4", 6)], [line], packages, rules={"snapshot": snapshot})
        assert [row.included for row in result.rows] == [held]
    clash = of([("A", "S4", 6)], [line], [("P1", "S4", 1, "", "2026-01-15"), packages[1]])
    assert [(one.row, one.message) for one in clash.refused] == [
        (row, "the same package and service stand on rows 2 and 3 with dates that overlap") for row in (2, 3)]
    both = of([("A", "S4", 6)], [line], packages, rules={"period": ""})
    assert [one.message for one in both.refused] == ["the same package and service stand on rows 2 and 3"] * 2


def test_a_price_that_changes_in_the_month_is_billed_by_its_days():
    prices = [("S3", "4.00", "EUR", "", ""), ("S3", "4.65", "EUR", "2026-01-22", "")]
    result = of([("A", "S3", 5)], [service(3, "")], prices=prices)
    # 3 × (4.00 × 21 + 4.65 × 10) / 31 = 12.629…; what is over costs the price of the last day.
    assert [(line.amount, line.unit_price) for line in result.lines] == [(Decimal("12.63"), Decimal("4.65"))]
    assert [row.amount_over for row in result.rows] == [Decimal("9.30")]
    undated = of([("A", "S3", 5)], [service(3, "")], prices=prices, rules={"period": ""})
    assert undated.refused[0].message == "the same service stands on rows 2 and 3; name a period to choose by date"
    late = of([("A", "S3", 5)], [service(3, "")], prices=prices[1:])
    assert ([line.amount for line in late.lines], psa_view(late).right.without_price) == ([None], 3)


def test_pools_are_per_client_or_per_contract():
    lines = [service(5, "4.00"), service(5, "3.00", contract="C-2")]
    usage = [("A", "S3", 8, "C-1"), ("A", "S3", 1, "C-2")]
    shared = of(usage[:1], lines, usage_header=USAGE)
    assert [(row.contract, row.over, row.unused) for row in shared.rows] == [("", 0, 2)]
    own = of(usage, lines, rules={"pool": "contract"}, usage_header=USAGE)
    assert [(row.contract, row.over, row.unused, row.amount_over) for row in own.rows] == [
        ("C-1", 3, 0, Decimal("12.00")), ("C-2", 0, 4, Decimal("0.00"))]
    assert from_record(to_record(own)) == own
    nameless = of([("A", "S3", 8, "")], lines, rules={"pool": "contract"}, usage_header=USAGE)
    assert [(one.field, one.message) for one in nameless.refused] == [
        ("contract", "a contract is missing; by the rule pool = contract each count names its own")]
    twice = of([usage[0], usage[0]], lines, rules={"pool": "contract"}, usage_header=USAGE)
    assert [(one.value, one.message) for one in twice.refused] == [
        ("A, S3, C-1", "the same client, service and contract stand on rows 2 and 3")] * 2


@pytest.mark.parametrize(("under_use", "units", "amount"), [("contract", 10, "35.00"), ("use", 6, "23.00")])
def test_what_is_not_used_is_billed_by_contract_or_by_use(under_use, units, amount):
    lines = [service(5, "4.00"), service(5, "3.00", contract="C-2")]
    result = of([("A", "S3", 6)], lines, rules={"under_use": under_use, "period": ""})
    assert psa_view(result).right.as_json() == {
        "packages": 0, "separate_units": units, "amounts": {"EUR": amount}, "without_price": 0}
    assert from_record(to_record(result)) == result


def test_margins_are_exact_and_unknown_where_a_cost_is():
    prices = [("P1", "30.00", "EUR", "", ""), ("S1", "5.00", "EUR", "", "2.155"), ("S3", "4.00", "EUR", "", "2.50"),
              ("S4", "6.00", "USD", "", "1.00"), ("S5", "1.00", "EUR", "", "")]
    lines = [("A", "C-1", "package", "P1", 2, "", "", "", ""), service(7, ""),
             ("A", "C-1", "service", "S4", 1, "5.00", "EUR", "", ""), ("A", "C-1", "service", "S5", 1, "", "", "", "")]
    result = of([("A", "S1", 2), ("A", "S3", 9), ("A", "S4", 1), ("A", "S5", 1)], lines, prices=prices)
    answer = answer_json(result)
    Draft202012Validator(schema("reconciliation")).validate(answer)
    assert [(one["item"], one["amount"], one["cost"], one["margin"]) for one in answer["margins"]["rows"]] == [
        ("P1", "60.00", "4.31", "55.69"), ("S3", "28.00", "22.50", "5.50"), ("S4", "5.00", None, None),
        ("S5", "1.00", None, None)]
    assert answer["margins"]["totals"] == [
        {"currency": "EUR", "amount": "88.00", "cost": "26.81", "margin": "61.19"}]
    assert answer["margins"]["without_margin"] == 2
    assert from_record(to_record(result)) == result


def test_a_loss_is_a_negative_margin():
    result = of([("A", "S3", 2)], [service(1, "1.00")], prices=[("S3", "4.00", "EUR", "", "2.50")])
    assert answer_json(result)["margins"]["rows"][0]["margin"] == "-4.00"


def test_the_answer_holds_rules_and_the_view_of_the_psa():
    answer = answer_json(reconciled(counted(JANUARY), prices=LIST))
    Draft202012Validator(schema("reconciliation")).validate(answer)
    assert answer["rules"] == {"pool": "client", "under_use": "contract", "snapshot": "at_end", "period": None}
    assert answer["psa"] == {
        "right": {"packages": 10, "separate_units": 12, "amounts": {"EUR": "345.50"}, "without_price": 0},
        "synced": {"packages": 10, "separate_units": 62, "amounts": {"EUR": "570.50"}, "without_price": 0},
        "units_too_many": 50}
    assert "margins" not in answer


def test_the_sheets_hold_every_part_with_exact_amounts():
    found = answer_sheets(reconciled(counted(FEBRUARY), prices=LIST), [])
    assert list(found) == ["Rows", "Totals", "Rules", "Unmatched", "Refused", "Bills", "PSA", "Drift"]
    assert found["Rows"][3][3:5] == [7, 17]
    assert found["Rows"][3][11:13] == [Decimal("8.00"), "EUR"]
    assert found["PSA"][1] == ["Bakery Noé", 10, 12, 64, 52, "EUR", Decimal("345.50"), Decimal("571.00"), 2]
    assert [name for name, rows in found.items() if {len(row) for row in rows} != {len(rows[0])}] == []


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "26-01", "2026-01-01", "0000-01", "x"])
def test_a_period_is_a_month(text):
    with pytest.raises(InputRefused) as refusal:
        rules_from({}, text)
    assert str(refusal.value) == f'period "{text}": a month is written year-month, such as 2026-01'


def test_rules_are_said_and_the_earlier_month_is_the_one_before():
    rules = rules_from({"pool": "contract", "under_use": "use", "snapshot": "any"}, "2026-01")
    assert rules.in_words() == ("each contract has units of its own; extra units are billed as used; period 2026-01: "
                                "units count on its day that holds most, amounts by day")
    assert [earlier_rules(rules, named).period.name for named in (None, "2024-02")] == ["2025-12", "2024-02"]
    assert rules_from(rules.as_json()) == rules
    with pytest.raises(InputRefused, match=r"^\[rules\] pool = 'all': it is one of client, contract$"):
        rules_from({"pool": "all"})


def test_a_faulty_date_or_cost_refuses_its_record():
    result = of([("A", "S3", 1)], [service(1, "")], [("P1", "S1", 1, "2026-02-01", "2026-01-01")],
                [("S3", "4.00", "EUR", "2026-02-30", ""), ("S1", "4.00", "EUR", "", "-1")])
    assert [(one.file, one.field, one.message) for one in result.refused] == [
        ("packages.csv", "ends_on", "ends before it starts on 2026-02-01"),
        ("prices.csv", "from_on", "no such day in the calendar"),
        ("prices.csv", "unit_cost", "a cost is a number, 0 or more, with the decimal mark of the file's settings")]


def test_without_rules_the_record_is_what_it_was():
    details = to_record(reconciled(counted(JANUARY), packages=P1, contracts=LINES, prices=LIST))["details"]
    assert sorted(details) == ["lines", "rows"]
    assert sorted(details["lines"][0]) == [
        "client", "contract", "currency", "item", "kind", "origin", "quantity", "unit_price"]
