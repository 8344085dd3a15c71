"""A comparison of offers as JSON, as the rows of a table, and as a proposal for a selling policy."""
from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sandbox.offers.offers import Offer, OfferComparison, Stretch


def exact(number: Fraction, decimals: int = 0) -> str:
    """Such as `12.50`, and `1/3` for what has no end as a decimal; at least so many decimals."""
    twos = fives = 0
    rest = number.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{number.numerator}/{number.denominator}"
    places = max(twos, fives, decimals)
    digits = f"{abs(number.numerator) * 10**places // number.denominator:0{places + 1}d}"
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def money_of(amount: Fraction) -> str:
    """The exact amount with at least two decimals, or as a fraction."""
    return exact(amount, 2)


def in_words(number: Fraction, decimals: int = 0) -> str:
    """As a sentence says it: exact, or `about 0.33` for what has no end as a decimal."""
    said = exact(number, decimals)
    return f"about {exact(Fraction(round(number * 100), 100), 2)}" if "/" in said else said


def offers_json(found: OfferComparison) -> dict[str, Any]:
    """What `workbench offers compare --format json` writes (schema `offers`, comparison); numbers are exact texts."""
    asked = found.question
    return {
        "title": asked.title, "unit": asked.unit, "currency": asked.currency, "count": asked.count,
        "range": {"from": exact(asked.first), "to": exact(asked.last)},
        "offers": [{"name": name, "points": [{"use": exact(use), "cost": money_of(cost)} for use, cost in points]}
                   for name, points in found.points.items()],
        "steps": [{"use": exact(use), **_costs({offer.name: found.cost(offer, use) for offer in asked.offers})}
                  for use in found.steps()],
        "lines": _lines(found),
        "account": _account(found),
        "break_evens": [{"offers": list(one.offers), "use": exact(one.use), "cost": money_of(one.cost)}
                        for one in found.break_evens],
        "fee_break_evens": [{"offer": one.offer, "fee": one.fee, "against": one.against, "use": exact(one.use),
                             "amount": money_of(one.amount)} for one in found.fee_break_evens],
        "cheapest": [{"from": exact(one.first), "to": exact(one.last), "offers": list(one.cheapest),
                      "cheaper_by": one.gap and {"from": money_of(one.gap[0]), "to": money_of(one.gap[1])}}
                     for one in found.stretches],
        "policy": as_policy(found),
    }


def as_policy(found: OfferComparison) -> dict[str, Any]:
    """A proposal to keep as a selling policy: a rule for each stretch of use, with its numbers, and all as text."""
    asked = found.question
    rules = [{"from": exact(one.first), "to": exact(one.last), "offers": list(one.cheapest),
              "sentence": _sentence(found, one)} for one in found.stretches]
    equal = [f'At {in_words(one.use)} {asked.unit} "{one.offers[0]}" and "{one.offers[1]}" both cost '
             f"{in_words(one.cost, 2)} {asked.currency}." for one in found.break_evens]
    return {"title": asked.title, "currency": asked.currency, "unit": asked.unit, "rules": rules,
            "text": " ".join([*(str(rule["sentence"]) for rule in rules), *equal])}


def _sentence(found: OfferComparison, one: Stretch) -> str:
    asked = found.question
    names = " or ".join(f'"{name}"' for name in one.cheapest)
    said = f"From {in_words(one.first)} to {in_words(one.last)} {asked.unit} a line, offer {names}"
    gaps = found.gaps(one)
    if gaps is None:
        return f"{said}: all cost the same."
    low, high = gaps
    by = in_words(low, 2) if low == high else f"{in_words(low, 2)} to {in_words(high, 2)}"
    of = "" if asked.count == 1 else f" for {asked.count} lines"
    return f"{said}: {by} {asked.currency} less than the next{of}."


def _costs(costs: Mapping[str, Fraction]) -> dict[str, Any]:
    """Costs by offer, the cheapest ones, and by how much; nothing where all cost the same."""
    lowest = min(costs.values())
    dearer = [cost for cost in costs.values() if cost > lowest]
    return {"costs": {name: money_of(cost) for name, cost in costs.items()},
            "cheapest": [name for name, cost in costs.items() if cost == lowest],
            "cheaper_by": money_of(min(dearer) - lowest) if dearer else None}


def _lines(found: OfferComparison) -> list[dict[str, Any]]:
    """What each line costs by itself, without the fees of the account."""
    told = []
    for name, use in found.question.uses:
        costs = {offer.name: _of_a_line(offer, use) for offer in found.question.offers}
        known = [cost for cost in costs.values() if cost is not None]
        # Units that all lines share belong to no line: then no offer is called the cheapest for one.
        cheapest = [offer for offer, cost in costs.items() if cost == min(known)] if len(known) == len(costs) else []
        told.append({
            "name": name, "use": exact(use), "cheapest": cheapest,
            "costs": {offer: None if cost is None else money_of(cost) for offer, cost in costs.items()},
        })
    return told


def _of_a_line(offer: Offer, use: Fraction) -> Fraction | None:
    if offer.is_shared and offer.tiers:
        return None
    return offer.cost([use]) - sum((fee.amount for fee in offer.fees if not fee.is_per_line), Fraction())


def _account(found: OfferComparison) -> dict[str, Any] | None:
    """What the account costs with the lines named in the file, fees of the account included."""
    uses = [use for _, use in found.question.uses]
    if not uses:
        return None
    return {"use": exact(sum(uses, Fraction())),
            **_costs({offer.name: offer.cost(uses) for offer in found.question.offers})}
