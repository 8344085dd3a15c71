"""Month against month: every change is found, with its reason in words."""
from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sandbox.formats import schema
from sandbox.reconciliation.answers import answer_json
from sandbox.reconciliation.months import compare
from tests.sandbox.cases import BAKERY, FEBRUARY, JANUARY, LINES, LIST, P1, counted, reconciled

PACKAGE, S3, S5 = LINES


def drift(usage=JANUARY, then=JANUARY, **later):
    """(item, reasons, why) of each change between golden January and the same with these files."""
    before = reconciled(counted(usage), prices=LIST)
    after = reconciled(counted(then), **{"prices": LIST, **later})
    found = compare(before, after)
    Draft202012Validator(schema("reconciliation")).validate(answer_json(after, found))
    return [(one.item, one.reasons, one.why) for one in found]


def test_the_same_month_does_not_drift():
    assert drift() == []


def test_use_that_changed_is_the_reason_in_the_golden_case():
    assert drift(then=FEBRUARY) == [
        ("S2", ("usage",), "used 10 → 9 (-1)"), ("S3", ("usage",), "used 17 → 19 (+2)"),
        ("S5", ("usage",), "used 15 → 14 (-1)"), ("S6", ("usage",), "used 0 → 2 (+2)")]
    [change] = [one for one in compare(reconciled(counted(JANUARY), prices=LIST), reconciled(
        counted(FEBRUARY), prices=LIST)) if one.item == "S3"]
    assert change.as_json() == {
        "client": BAKERY, "contract": "", "kind": "service", "item": "S3", "reasons": ["usage"],
        "why": "used 17 → 19 (+2)",
        "before": {"used": 17, "entitled": 17, "verdict": "equal", "amount_over": "0.00", "amount": "28.00",
                   "currency": "EUR"},
        "after": {"used": 19, "entitled": 17, "verdict": "over", "amount_over": "8.00", "amount": "28.00",
                  "currency": "EUR"}}


def test_lines_added_ended_and_changed_are_the_reason():
    assert drift(contracts=[PACKAGE, (*S3[:4], 9, *S3[5:])]) == [
        ("S3", ("contract",), "S3 lines 7 → 9"), ("S5", ("contract",), "S5 lines ended: 5 before")]
    assert drift(contracts=[*LINES, (BAKERY, "C-7", "service", "S1", 1, "", "")]) == [
        ("S1", ("contract",), "S1 lines added: 1")]


def test_more_packages_are_the_reason_for_each_service_they_hold():
    changed = drift(contracts=[(*PACKAGE[:4], 11, *PACKAGE[5:]), S3, S5])
    assert changed == [(f"S{number}", ("contract",), "package P1 10 → 11") for number in range(1, 6)] + [
        ("P1", ("contract",), "package P1 10 → 11")]


def test_what_a_package_holds_is_the_reason():
    assert drift(packages=[*P1[:3], ("P1", "S4", 2), P1[4]]) == [("S4", ("package",), "one package P1 holds 1 → 2")]
    assert drift(packages=P1[:4]) == [("S5", ("contract",), "package P1 ended: 10 before")]


def test_a_price_is_the_reason_for_services_and_packages():
    prices = [("P1", "32.00", "EUR"), ("S1", "5.50", "EUR"), *LIST[2:]]
    assert drift(prices=prices, contracts=[(*PACKAGE[:5], "", ""), S3, S5]) == [
        ("S1", ("price",), "price of S1 5.00 EUR → 5.50 EUR"), ("P1", ("price",), "price of P1 30.00 EUR → 32.00 EUR")]


def test_several_reasons_stand_in_one_sentence():
    assert drift(then={**JANUARY, "S3": 20}, contracts=[PACKAGE, (*S3[:4], 8, "4.20", "EUR"), S5]) == [
        ("S3", ("contract", "price", "usage"),
         "S3 lines 7 → 8; price of S3 4.00 EUR → 4.20 EUR; used 17 → 20 (+3)")]


def test_a_refused_count_is_said():
    assert drift(then={**JANUARY, "S1": -1}) == [
        ("S1", ("usage",), "used 10 → 0 (-10); usage of the later month refused at usage.csv:2")]


@settings(max_examples=50, deadline=None)
@given(*[st.fixed_dictionaries({name: st.integers(0, 20) for name in JANUARY})] * 2)
def test_every_difference_of_use_is_found_and_nothing_else(one, two):
    found = compare(*(reconciled(counted(each), prices=LIST) for each in (one, two)))
    assert {change.item: change.after.used - change.before.used for change in found} == {
        name: two[name] - one[name] for name in JANUARY if two[name] != one[name]}
