"""The offer comparator: the phone bundle of the thesis to the cent, break-evens as fractions, faults by key."""
from __future__ import annotations

import csv
import io
import json
from fractions import Fraction as F
from itertools import pairwise

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.offers.offers import Fee, Offer, Question, Tier, compare, offers_of
from sandbox.offers.shown import as_policy, exact, offers_json
from tests.sandbox.cases import DEMO
from workbench.trials.commands.offers import offers

BUNDLE = DEMO / "offers" / "phone-bundle.toml"
D = F(20)


def bundles(f, g=1):
    """Price d with fee f and g EUR a unit over, beside d + 2 without a limit."""
    return (Offer("limited", (Fee("bundle", D, True), Fee("fee", F(f), True)), F(0), False, (Tier(None, F(g)),)),
            Offer("unlimited", (Fee("bundle", D + 2, True),), F(0), False, ()))


def question(*of, first=0, last=10, step=1, count=1):
    return Question("t", "GB", "EUR", count, (), F(first), F(last), F(step), of)


@pytest.mark.parametrize(("f", "x", "cheaper", "by"), [
    ("2.50", 0, "unlimited", "0.50"), ("1.50", 0, "limited", "0.50"), ("1.50", 1, "unlimited", "0.50")])
def test_the_phone_bundle_is_exact(f, x, cheaper, by):
    answer = offers_json(compare(question(*bundles(F(f)))))
    step = answer["steps"][x]
    assert (step["use"], step["cheapest"], step["cheaper_by"]) == (str(x), [cheaper], by)


def test_the_fee_that_makes_both_equal_is_two():
    found = compare(question(*bundles(F("2.50"))))
    assert [(one.amount, one.use) for one in found.fee_break_evens if one.fee == "fee"] == [(F(2), F(0))]
    assert found.break_evens == ()
    assert [(one.first, one.last, one.cheapest) for one in found.stretches] == [(0, 10, ("unlimited",))]
    equal = compare(question(*bundles(2)))
    assert [(one.use, one.cost) for one in equal.break_evens] == [(F(0), F(22))]


def test_a_break_even_that_has_no_end_as_a_decimal_stays_a_fraction():
    found = compare(question(*bundles("1.5", 3)))
    assert [one.use for one in found.break_evens] == [F(1, 6)]
    assert offers_json(found)["break_evens"] == [{"offers": ["limited", "unlimited"], "use": "1/6", "cost": "22.00"}]


def test_offers_that_run_together_are_both_the_cheapest():
    one = Offer("one", (Fee("a", F(5), True),), F(4), False, (Tier(None, F(1)),))
    two = Offer("two", (Fee("a", F(5), True),), F(6), False, (Tier(None, F(1)),))
    found = compare(question(one, two))
    assert [(each.first, each.last, each.cheapest, each.gap) for each in found.stretches] == [
        (0, 4, ("one", "two"), None), (4, 10, ("two",), (0, 2))]
    assert [each.use for each in found.break_evens] == [0, 4]


def test_tiers_a_shared_allowance_and_fees_of_the_account_add_up():
    offer = Offer("o", (Fee("line", F(3), True), Fee("account", F(10), False)), F(6), True,
                  (Tier(F(2), F(4)), Tier(F(5), F(2)), Tier(None, F(1, 2))))
    # 3 lines, 12 units: 6 beyond the shared 6 are 2 × 4 + 3 × 2 + 1 × 0.50.
    assert offer.cost([F(1), F(5), F(6)]) == 9 + 10 + 8 + 6 + F(1, 2)
    assert offer.bends(3) == [F(2), F(8, 3), F(11, 3)]


amounts = st.integers(0, 400).map(lambda number: F(number, 4))


@st.composite
def an_offer(draw, name):
    fees = tuple(Fee(f"f{number}", draw(amounts), draw(st.booleans())) for number in range(draw(st.integers(0, 2))))
    ends = sorted(draw(st.sets(st.integers(1, 12), max_size=2)))
    tiers = tuple(Tier(None if end is None else F(end), draw(amounts)) for end in [*ends, None])
    return Offer(name, fees, F(draw(st.integers(0, 12)), 2), draw(st.booleans()), draw(st.sampled_from([tiers, ()])))


def by_hand(offer, use, count):
    """The price of every quarter of a unit, one after the other."""
    cost = sum((fee.amount * (count if fee.is_per_line else 1) for fee in offer.fees), F(0))
    pools = [use * count] if offer.is_shared else [use] * count
    for pool in pools:
        for quarter in range(int(pool * 4)):
            beyond = F(quarter, 4) - offer.allowance
            if beyond >= 0 and offer.tiers:
                cost += next(tier.price for tier in offer.tiers if tier.up_to is None or beyond < tier.up_to) / 4
    return cost


@settings(max_examples=50, deadline=None)
@given(an_offer("a"), an_offer("b"), an_offer("c"), st.integers(1, 3))
def test_costs_and_the_cheapest_offer_equal_the_count_by_hand(a, b, c, count):
    found = compare(question(a, b, c, last=8, step=F(1, 2), count=count))
    for use in found.steps():
        costs = {offer.name: by_hand(offer, use, count) for offer in (a, b, c)}
        assert {offer.name: found.cost(offer, use) for offer in (a, b, c)} == costs
        lowest = {name for name, cost in costs.items() if cost == min(costs.values())}
        for stretch in found.stretches:
            if stretch.first < use < stretch.last:
                assert set(stretch.cheapest) <= lowest
                assert lowest == set(stretch.cheapest) or use in {one.use for one in found.break_evens}
    assert [one.last for one in found.stretches[:-1]] == [one.first for one in found.stretches[1:]]
    for one in found.break_evens:
        left, right = (offer for offer in (a, b, c) if offer.name in one.offers)
        assert found.cost(left, one.use) == found.cost(right, one.use) == one.cost
    # Between two corners no pair changes its order.
    corners = [use for use, _ in found.points["a"]]
    for left, right in pairwise(corners):
        thirds = [left + (right - left) * F(part, 3) for part in (1, 2)]
        for one, other in ((a, b), (a, c), (b, c)):
            signs = {(found.cost(one, use) > found.cost(other, use)) - (found.cost(one, use) < found.cost(other, use))
                     for use in thirds}
            assert len(signs) == 1


def run(*arguments):
    return CliRunner().invoke(offers, ["compare", *(str(one) for one in arguments)])


def test_the_command_writes_the_demo_as_json():
    done = run(BUNDLE, "--format", "json")
    answer = json.loads(done.stdout)
    rules = schema("offers")
    Draft202012Validator({"$ref": "#/$defs/comparison", "$defs": rules["$defs"]}).validate(answer)
    assert done.exit_code == 0
    assert answer["break_evens"] == [
        {"offers": ["Data with a limit", "Data without a limit"], "use": "0.5", "cost": "66.00"}]
    assert [(line["name"], line["cheapest"]) for line in answer["lines"]] == [
        ("Reception", ["Data with a limit"]), ("Van 1", ["Data with a limit", "Data without a limit"]),
        ("Van 2", ["Data without a limit"])]
    assert answer["account"]["costs"] == {"Data with a limit": "68.00", "Data without a limit": "66.00"}
    assert answer["offers"][0]["points"] == [
        {"use": "0", "cost": "64.50"}, {"use": "0.5", "cost": "66.00"}, {"use": "5", "cost": "79.50"}]
    assert answer["policy"]["text"] == (
        'From 0 to 0.5 GB over a line, offer "Data with a limit": 0.00 to 1.50 EUR less than the next for 3 lines. '
        'From 0.5 to 5 GB over a line, offer "Data without a limit": 0.00 to 13.50 EUR less than the next for 3 lines. '
        'At 0.5 GB over "Data with a limit" and "Data without a limit" both cost 66.00 EUR.')


def test_the_command_writes_a_table_and_csv():
    table = run(BUNDLE).stdout.splitlines()
    assert table[0] == "Phone bundle, in EUR, 3 lines"
    assert table[4] == "      0              64.50                 66.00  Data with a limit      1.50"
    assert "Data with a limit equals Data without a limit at 0 GB over with work for an overrun at 2.00 EUR" in table
    rows = list(csv.reader(io.StringIO(run(BUNDLE, "--format", "csv").stdout)))
    assert rows[:2] == [["use", "Data with a limit", "Data without a limit", "cheapest", "cheaper_by"],
                        ["0", "64.50", "66.00", "Data with a limit", "1.50"]]


def test_a_policy_of_offers_that_never_differ_says_so():
    one, two = bundles(2, 0)
    assert as_policy(compare(question(one, two)))["rules"] == [
        {"from": "0", "to": "10", "offers": ["limited", "unlimited"],
         "sentence": 'From 0 to 10 GB a line, offer "limited" or "unlimited": all cost the same.'}]


@pytest.mark.parametrize(("number", "text"), [
    (F(1, 3), "1/3"), (F(-1, 8), "-0.125"), (F(7), "7"), (F(5, 2), "2.5"), (F(0), "0"), (F(-10, 3), "-10/3")])
def test_a_number_is_written_exactly(number, text):
    assert exact(number) == text
    assert F(exact(number, 2)) == number


HEAD = 'title = "T"\nunit = "GB"\ncurrency = "EUR"\n'
GOOD = '[[offers]]\nname = "a"\noverage = 1.10\nfees = []\n[[offers]]\nname = "b"\nunlimited = true\nfees = []\n'


def test_a_decimal_of_the_file_is_taken_as_written():
    assert offers_of(HEAD + GOOD, "f.toml").offers[0].tiers == (Tier(None, F(11, 10)),)


@pytest.mark.parametrize(("text", "message"), [
    ("title = \n", "not a TOML file: Invalid value (at line 1, column 9)"),
    (HEAD, "offers is missing"),
    (HEAD + '[[offers]]\nname = "a"\nfees = []\noverage = 1\n',
     "offers: a list of 2 to 20 offers, each under [[offers]]"),
    (HEAD + GOOD.replace("overage = 1.10", "overrage = 1"), "offers[1]: unknown key overrage; the nearest is overage; "
     "known: allowance, allowance_per, currency, fees, name, overage, tiers, unlimited"),
    (HEAD + GOOD.replace("1.10", '"1,10"'), "offers[1].overage: '1,10'; a price is a number, 0 or more"),
    (HEAD + GOOD.replace("1.10", "-1"), "offers[1].overage: -1; a price is a number, 0 or more"),
    (HEAD + GOOD.replace("1.10", "inf"), "offers[1].overage: 'Infinity'; a price is a number, 0 or more"),
    (HEAD + GOOD.replace("fees = []", 'fees = [{name = "x", amount = 1, per = "year"}]', 1),
     "offers[1].fees[1].per: 'year'; a fee is per line or per account"),
    (HEAD + GOOD.replace("overage = 1.10\n", ""),
     "offers[1]: it has none of them; an offer has one of overage, tiers and unlimited = true"),
    (HEAD + GOOD.replace("unlimited", "overage = 1\nunlimited"),
     "offers[2]: it has overage and unlimited; an offer has one of overage, tiers and unlimited = true"),
    (HEAD + GOOD.replace('"b"', '"a"'), 'offers[2].name: "a" is the name of offers[1] too'),
    (HEAD + GOOD.replace('"b"', '"b"\ncurrency = "USD"'), "offers[2].currency: USD; all offers are compared in EUR"),
    (HEAD + GOOD.replace("overage = 1.10", "tiers = [{up_to = 3, price = 1}]"),
     "offers[1].tiers[1].up_to: the last tier has no end"),
    (HEAD + GOOD.replace("overage = 1.10", "tiers = [{up_to = 3, price = 1}, {up_to = 3, price = 1}, {price = 1}]"),
     "offers[1].tiers[2].up_to: 3; it is greater than 3"),
    (HEAD + GOOD + "[range]\nfrom = 5\nto = 5\n", "range.to: 5; it is greater than range.from, 5"),
    (HEAD + GOOD + "[range]\nto = 5\nstep = 0.001\n",
     "range.step: 1/1000; it is greater than 0 and makes at most 1000 steps"),
])
def test_a_fault_of_the_file_names_its_key(tmp_path, text, message):
    with pytest.raises(InputRefused) as refusal:
        offers_of(text, "f.toml")
    assert str(refusal.value) == f"f.toml: {message}"
    path = tmp_path / "f.toml"
    path.write_text(text, encoding="utf-8")
    done = run(path)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"Error: f.toml: {message}\n")
