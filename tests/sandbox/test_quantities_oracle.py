"""Package versus extra against an independent oracle that counts unit by unit and day by day, in fractions."""
from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.reconciliation.bills import psa_view
from sandbox.reconciliation.policies import Rules
from sandbox.reconciliation.proration import Period, cents
from sandbox.reconciliation.quantities import reconcile
from sandbox.reconciliation.records import Alias, ContractLine, Count, Entries, PackagePart, Price

PERIOD = Period(date(2026, 2, 1), date(2026, 2, 28))
DAYS = [PERIOD.first + timedelta(days=number) for number in range(28)]
CLIENTS, CONTRACTS, SERVICES, PACKAGES = ("A", "B"), ("C-1", "C-2"), ("S1", "S2", "S3"), ("P1", "P2")

days = st.dates(date(2026, 1, 25), date(2026, 3, 5))
spans = st.tuples(st.none() | days, st.none() | days).filter(lambda span: None in span or span[0] <= span[1])
prices = st.integers(0, 9999).map(lambda number: Decimal(number).scaleb(-2))
small = st.integers(0, 6)


@st.composite
def entries(draw):
    """Random files: packages that share services or are empty, overlaps, gaps, zeros, dates, prices that change."""
    parts = []
    for package in PACKAGES:
        for service in draw(st.sets(st.sampled_from(SERVICES))):
            units, change = draw(st.integers(0, 3)), draw(st.none() | days)
            parts.append(PackagePart(package, service, units, "packages", len(parts) + 2,
                                     None, change and change - timedelta(days=1)))
            if change:
                parts.append(PackagePart(package, service, draw(small), "packages", len(parts) + 2, change, None))
        parts.append(PackagePart(package, "", 0, "packages", len(parts) + 2))
    lines = []
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(("package", "service")))
        starts_on, ends_on = draw(spans)
        price = draw(st.none() | prices)
        lines.append(ContractLine(
            draw(st.sampled_from(CLIENTS)), draw(st.sampled_from(CONTRACTS)), kind,
            draw(st.sampled_from(PACKAGES if kind == "package" else SERVICES)), draw(small), price,
            "EUR" if price is not None else "", starts_on, ends_on, "contracts", len(lines) + 2))
    listed = [Price(item, draw(prices), "EUR", "prices", 2, from_on)
              for item in draw(st.sets(st.sampled_from((*SERVICES, *PACKAGES))))
              for from_on in draw(st.sets(st.none() | days, min_size=1, max_size=3))]
    used = st.sets(st.tuples(st.sampled_from(CLIENTS), st.sampled_from(SERVICES), st.sampled_from(CONTRACTS)))
    counts = [Count(client, service, draw(st.integers(0, 20)), "usage", number + 2, contract)
              for number, (client, service, contract) in enumerate(sorted(draw(used)))]
    return Entries(parts, lines, counts, [], listed)


rules = st.builds(Rules, st.sampled_from(("client", "contract")), st.sampled_from(("contract", "use")),
                  st.sampled_from(("at_end", "at_start", "any")), st.none() | st.just(PERIOD))


def holds(one, day):
    begun = day is None or one.starts_on is None or one.starts_on <= day
    return begun and (day is None or one.ends_on is None or day <= one.ends_on)


def in_period(line, given_rules):
    return given_rules.period is None or any(holds(line, day) for day in DAYS)


def own_contract(one, given_rules):
    return one.contract if given_rules.pool == "contract" else ""


def units_on(case, given_rules, key, day):
    """Each unit of one client and service on one day, as a list of words."""
    found = []
    for line in case.contracts:
        if (line.client, own_contract(line, given_rules)) != (key[0], key[2]) or not holds(line, day):
            continue
        for _ in range(line.quantity):
            if line.kind == "service" and line.item == key[1]:
                found.append("extra")
            for part in case.packages:
                if line.kind == "package" and (part.package, part.service) == (line.item, key[1]) and holds(part, day):
                    found += ["included"] * part.units
    return sorted(found, reverse=True)


def the_day(case, given_rules, key):
    if given_rules.period is None:
        return None
    if given_rules.snapshot != "any":
        return DAYS[0] if given_rules.snapshot == "at_start" else DAYS[-1]
    # Of days that hold nothing, one on which a line names the service at all goes first.
    return max(DAYS, key=lambda day: (
        len(units_on(case, given_rules, key, day)), is_named(case, given_rules, key, day), day))


def is_named(case, given_rules, key, day):
    lines = [line for line in case.contracts
             if (line.client, own_contract(line, given_rules)) == (key[0], key[2]) and holds(line, day)]
    packages = {part.package for part in case.packages if part.service == key[1] and holds(part, day)}
    return any(line.item == key[1] if line.kind == "service" else line.item in packages for line in lines)


def split(case, given_rules, key):
    """(included, extra, included_used, extra_used, over, unused) by handing out one unit after the other."""
    left = units_on(case, given_rules, key, the_day(case, given_rules, key))
    tally = {"included": left.count("included"), "extra": left.count("extra")}
    taken = {"included": 0, "extra": 0, "over": 0}
    for count in case.usage:
        if (count.client, count.service, own_contract(count, given_rules)) == key:
            for _ in range(count.quantity):
                taken[left.pop(0) if "included" in left else left.pop() if left else "over"] += 1
    return (tally["included"], tally["extra"], taken["included"], taken["extra"], taken["over"], len(left))


def price_on(case, item, day):
    known = [one for one in case.prices
             if one.service == item and (one.from_on is None or day is None or one.from_on <= day)]
    return max(known, key=lambda one: one.from_on or date.min).unit_price if known else None


def due(case, line, units, given_rules):
    """The line's money, day by day; None where a day has no price."""
    span = DAYS if given_rules.period else [None]
    priced = [line.unit_price if line.unit_price is not None else price_on(case, line.item, day)
              for day in span if holds(line, day)]
    if None in priced:
        return None
    exact = sum(Fraction(price) * units for price in priced) / len(span)
    return Fraction(math.floor(2 * exact * 100 + 1) // 2, 100) if given_rules.period else exact


def undated(case, given_rules):
    """Without a period, a list or a package in two versions contradicts itself; the case then keeps the first one."""
    if given_rules.period:
        return case
    first_price = {one.service: one for one in reversed(case.prices)}
    first_part = {(one.package, one.service): one for one in reversed(case.packages)}
    return replace(case, prices=[replace(one, from_on=None) for one in first_price.values()],
                   packages=list(first_part.values()), contracts=list(case.contracts))


@settings(max_examples=100, deadline=None)
@given(entries(), rules)
def test_every_row_and_amount_equals_the_count_by_hand(case, given_rules):
    case = undated(case, given_rules)
    result = reconcile(case, rules=given_rules, sum_duplicates=True)
    assert result.refused == ()
    keys = [(row.client, row.service, row.contract) for row in result.rows]
    assert keys == sorted(set(keys))
    for row, key in zip(result.rows, keys, strict=True):
        assert (row.included, row.extra, row.included_used, row.extra_used, row.over, row.unused) == split(
            case, given_rules, key)
        assert row.included_used + row.extra_used + row.over == row.used
        assert row.entitled == row.included_used + row.extra_used + row.unused
    assert {key for count in case.usage
            for key in [(count.client, count.service, own_contract(count, given_rules))]} - set(keys) == set()
    left = dict(zip(keys, (row.extra_used for row in result.rows), strict=True))
    lines = [line for line in case.contracts if in_period(line, given_rules)]
    for line, priced in zip(lines, result.lines, strict=True):
        units, key = line.quantity, (line.client, line.item, own_contract(line, given_rules))
        if given_rules.under_use == "use" and line.kind == "service" and priced.is_counted:
            units = min(units, left[key])
            left[key] -= units
        expected = due(case, line, units, given_rules)
        assert (None if priced.amount is None else Fraction(priced.amount)) == expected
        if line.kind == "service":
            assert priced.is_counted == holds(line, the_day(case, given_rules, key))


@settings(max_examples=60, deadline=None)
@given(entries(), rules.filter(lambda one: one.pool == "client"), st.randoms(use_true_random=False))
def test_order_splitting_and_renaming_change_nothing(case, given_rules, chance: random.Random):
    case = undated(case, given_rules)
    case.usage = [replace(one, contract="") for one in case.usage if one.contract == "C-1"]
    before = reconcile(case, rules=given_rules)
    shuffled = Entries(*(chance.sample(part, len(part)) for part in (case.packages, case.contracts, case.usage)),
                       [], chance.sample(case.prices, len(case.prices)))
    assert numbers(reconcile(shuffled, rules=given_rules)) == numbers(before)

    cuts = [chance.randint(0, line.quantity) for line in case.contracts]
    halves = [replace(line, quantity=part) for line, cut in zip(case.contracts, cuts, strict=True)
              for part in (cut, line.quantity - cut)]
    after = reconcile(replace(case, contracts=halves), rules=given_rules)
    assert numbers(after) == numbers(before)
    if given_rules.period is None:
        assert psa_view(after).right.amounts == psa_view(before).right.amounts

    spelled = replace(case, usage=[replace(one, client=f"{one.client} bis") for one in case.usage],
                      aliases=[Alias(f"{name} bis", name, "clients", place) for place, name in enumerate(CLIENTS, 2)])
    assert numbers(reconcile(spelled, rules=given_rules)) == numbers(before)


def numbers(result):
    return [(row.client, row.service, row.included, row.extra, row.used, row.over, row.unused, row.verdict,
             row.unit_price, set(row.packages)) for row in result.rows], psa_view(result).right.separate_units


@settings(max_examples=50, deadline=None)
@given(entries(), rules, st.integers(1, 5))
def test_more_use_moves_no_part_down(case, given_rules, more):
    case = undated(case, given_rules)
    after = replace(case, usage=[replace(one, quantity=one.quantity + more) for one in case.usage])
    for one, two in zip(*(reconcile(each, rules=given_rules, sum_duplicates=True).rows for each in (case, after)),
                        strict=True):
        assert (two.included_used >= one.included_used, two.extra_used >= one.extra_used, two.over >= one.over,
                two.unused <= one.unused) == (True, True, True, True)


@pytest.mark.parametrize(("amount", "rounded"), [
    (Fraction(1, 200), "0.01"), (Fraction(1, 201), "0.00"), (Fraction(0), "0.00"), (Fraction(100, 3), "33.33"),
    (Fraction(200, 3), "66.67"), (Fraction(2005, 1000), "2.01"),
    (Fraction(10**15) + Fraction(1, 200), "1000000000000000.01")])
def test_half_a_cent_goes_away_from_zero(amount, rounded):
    assert str(cents(amount)) == rounded
