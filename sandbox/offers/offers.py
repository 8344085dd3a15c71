"""Two or more offers side by side: what each costs, which is cheaper where, and at which use they are equal."""
from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.naming import nearest

_MOST_STEPS = 1000


@dataclass(frozen=True)
class Fee:
    """A fixed amount for each line, or once for the account."""

    name: str
    amount: Fraction
    is_per_line: bool


@dataclass(frozen=True)
class Tier:
    """The price of a unit beyond the allowance, up to so many units beyond it; the last tier has no end."""

    up_to: Fraction | None
    price: Fraction


@dataclass(frozen=True)
class Offer:
    """Fees, units included, and what a unit beyond them costs; no tiers where use is unlimited."""

    name: str
    fees: tuple[Fee, ...]
    allowance: Fraction
    is_shared: bool
    tiers: tuple[Tier, ...]

    def cost(self, uses: Sequence[Fraction]) -> Fraction:
        """What an account pays whose lines use so much each."""
        total = sum((fee.amount * (len(uses) if fee.is_per_line else 1) for fee in self.fees), Fraction())
        beyond = [sum(uses, Fraction()) - self.allowance] if self.is_shared else [use - self.allowance for use in uses]
        return total + sum((self._overage(units) for units in beyond if units > 0), Fraction())

    def bends(self, lines: int) -> list[Fraction]:
        """The uses of a line at which the price of the next unit changes, where every line uses the same."""
        if not self.tiers:
            return []
        ends = [self.allowance, *(self.allowance + tier.up_to for tier in self.tiers if tier.up_to is not None)]
        return [end / lines if self.is_shared else end for end in ends]

    def _overage(self, units: Fraction) -> Fraction:
        cost, begun = Fraction(), Fraction()
        for tier in self.tiers:
            if units > begun:
                end = units if tier.up_to is None else min(units, tier.up_to)
                cost += (end - begun) * tier.price
            begun = tier.up_to or begun
        return cost


@dataclass(frozen=True)
class Question:
    """What a file asks: the offers, the currency, the unit of use, how many lines, their uses, and the range."""

    title: str
    unit: str
    currency: str
    count: int
    uses: tuple[tuple[str, Fraction], ...]
    first: Fraction
    last: Fraction
    step: Fraction
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class BreakEven:
    """A use at which two offers cost the same, and that cost."""

    offers: tuple[str, str]
    use: Fraction
    cost: Fraction


@dataclass(frozen=True)
class Stretch:
    """From one use to another these offers are the cheapest; `gap` is what the next one costs more, at each end."""

    first: Fraction
    last: Fraction
    cheapest: tuple[str, ...]
    gap: tuple[Fraction, Fraction] | None


@dataclass(frozen=True)
class FeeBreakEven:
    """The amount of one fee at which the offer costs as much as another one, at the use with which the range begins."""

    offer: str
    fee: str
    against: str
    use: Fraction
    amount: Fraction


@dataclass(frozen=True)
class OfferComparison:
    """The answer; every number is exact. `points` are the corners of each offer's line in a chart."""

    question: Question
    points: Mapping[str, tuple[tuple[Fraction, Fraction], ...]]
    break_evens: tuple[BreakEven, ...]
    stretches: tuple[Stretch, ...]
    fee_break_evens: tuple[FeeBreakEven, ...]

    def cost(self, offer: Offer, use: Fraction) -> Fraction:
        """What the account pays where every line uses so much."""
        return offer.cost([use] * self.question.count)

    def gaps(self, part: Stretch) -> tuple[Fraction, Fraction] | None:
        """By how much the cheapest is cheaper in this part, least and most: between its ends it may be more than at them."""
        costs = {name: dict(line) for name, line in self.points.items()}
        best, others = costs[part.cheapest[0]], [costs[name] for name in costs if name not in part.cheapest]
        gaps = [min(line[use] for line in others) - best[use]
                for use in best if part.first <= use <= part.last] if others else []
        return (min(gaps), max(gaps)) if gaps else None

    def steps(self) -> list[Fraction]:
        """The uses of the table: the range by its step, its end included."""
        asked = self.question
        whole = int((asked.last - asked.first) / asked.step)
        found = [asked.first + asked.step * number for number in range(whole + 1)]
        return found if found[-1] == asked.last else [*found, asked.last]


def load_offers(path: Path) -> Question:
    """The question in a TOML file. Raises InputRefused, naming the key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputRefused(f"{path.name}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputRefused(f"{path.name}: not UTF-8 text") from error
    return offers_of(text, path.name)


def offers_of(text: str, name: str) -> Question:
    """The question in this TOML text. Raises InputRefused, naming the key."""
    try:
        # Amounts stay exactly as written: a float would turn 0.1 into something else.
        loaded = _plain(tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise InputRefused(f"{name}: not a TOML file: {error}") from error
    errors = sorted(Draft202012Validator(schema("offers")).iter_errors(loaded),
                    key=lambda error: (list(map(str, error.path)), error.validator != "additionalProperties"))
    if errors:
        raise InputRefused(f"{name}: {_in_words(errors[0])}")
    question = _question(loaded)
    _check(question, loaded, name)
    return question


def compare_offers(question: Question) -> OfferComparison:
    """Costs, break-even points and the cheapest offer over the whole range."""
    ends = {question.first, question.last}
    bends = {use for offer in question.offers for use in offer.bends(question.count)
             if question.first < use < question.last}
    costs = {offer.name: {use: offer.cost([use] * question.count) for use in ends | bends} for offer in question.offers}
    found = [BreakEven((one.name, other.name), use, one.cost([use] * question.count))
             for one, other in combinations(question.offers, 2)
             for use in _crossings(costs[one.name], costs[other.name])]
    corners = sorted(ends | bends | {one.use for one in found})
    points = {offer.name: tuple((use, offer.cost([use] * question.count)) for use in corners)
              for offer in question.offers}
    return OfferComparison(question, points, tuple(sorted(found, key=lambda one: (one.use, one.offers))),
                      tuple(_stretches(points, corners)), tuple(_fee_break_evens(question)))


def _crossings(one: Mapping[Fraction, Fraction], other: Mapping[Fraction, Fraction]) -> list[Fraction]:
    """Uses at which both lines meet; where they run together, the two ends of that part.

    `one` and `other` hold the costs at the corners, between which both lines are straight.
    """
    corners = sorted(one)
    gaps = {use: one[use] - other[use] for use in corners}
    found = {use for place, use in enumerate(corners) if gaps[use] == 0 and not (
        0 < place < len(corners) - 1 and gaps[corners[place - 1]] == 0 == gaps[corners[place + 1]])}
    for left, right in pairwise(corners):
        if gaps[left] * gaps[right] < 0:
            found.add(left + (right - left) * gaps[left] / (gaps[left] - gaps[right]))
    return sorted(found)


def _stretches(points: Mapping[str, Sequence[tuple[Fraction, Fraction]]], corners: Sequence[Fraction]) -> list[Stretch]:
    """The cheapest offers between two corners, neighbours with the same ones joined."""
    costs = {name: dict(line) for name, line in points.items()}
    parts: list[tuple[Fraction, Fraction, tuple[str, ...]]] = []
    for left, right in pairwise(corners):
        # Between two corners lines neither bend nor cross: what is cheapest in the middle is so throughout.
        middle = {name: line[left] + line[right] for name, line in costs.items()}
        names = tuple(name for name, cost in middle.items() if cost == min(middle.values()))
        if parts and parts[-1][2] == names:
            parts[-1] = (parts[-1][0], right, names)
        else:
            parts.append((left, right, names))
    return [Stretch(left, right, names, _gap(costs, names, left, right)) for left, right, names in parts]


def _gap(costs: Mapping[str, Mapping[Fraction, Fraction]], names: Sequence[str], left: Fraction,
         right: Fraction) -> tuple[Fraction, Fraction] | None:
    others = [name for name in costs if name not in names]
    if not others:
        return None
    at_left, at_right = (min(costs[name][use] for name in others) - costs[names[0]][use] for use in (left, right))
    return at_left, at_right


def _fee_break_evens(question: Question) -> Iterable[FeeBreakEven]:
    uses = [question.first] * question.count
    for offer in question.offers:
        for other in question.offers:
            for fee in offer.fees if other is not offer else ():
                gap = (other.cost(uses) - offer.cost(uses)) / (question.count if fee.is_per_line else 1)
                if fee.amount + gap >= 0:
                    yield FeeBreakEven(offer.name, fee.name, other.name, question.first, fee.amount + gap)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, dict) else value


def _question(loaded: Mapping[str, Any]) -> Question:
    uses = tuple((line["name"], Fraction(line["use"])) for line in loaded.get("lines", []))
    span = loaded.get("range", {})
    first = Fraction(span.get("from", 0))
    last = Fraction(span.get("to", max([first + 10, *(use for _, use in uses)])))
    return Question(
        loaded["title"], loaded["unit"], loaded["currency"], loaded.get("count", max(len(uses), 1)), uses,
        first, last, Fraction(span.get("step", max((last - first) / 10, Fraction(1, 100)))),
        tuple(_offer(offer) for offer in loaded["offers"]))


def _offer(offer: Mapping[str, Any]) -> Offer:
    fees = tuple(Fee(fee["name"], Fraction(fee["amount"]), fee["per"] == "line") for fee in offer["fees"])
    tiers = tuple(Tier(Fraction(tier["up_to"]) if "up_to" in tier else None, Fraction(tier["price"]))
                  for tier in offer.get("tiers", []))
    if "overage" in offer:
        tiers = (Tier(None, Fraction(offer["overage"])),)
    is_shared = offer.get("allowance_per") == "account"
    return Offer(offer["name"], fees, Fraction(offer.get("allowance", 0)), is_shared, tiers)


def _check(question: Question, loaded: Mapping[str, Any], name: str) -> None:
    """What the schema cannot say: names once, one currency, tiers that rise, a range that ends after it begins."""
    names = [offer.name for offer in question.offers]
    for number, offer in enumerate(loaded["offers"], start=1):
        at = f"{name}: offers[{number}]"
        earlier = names.index(offer["name"]) + 1
        if earlier != number:
            raise InputRefused(f'{at}.name: "{offer["name"]}" is the name of offers[{earlier}] too')
        if offer.get("currency", question.currency) != question.currency:
            raise InputRefused(f"{at}.currency: {offer['currency']}; all offers are compared in {question.currency}")
        _check_overage(offer, at)
    if question.count < len(question.uses):
        raise InputRefused(f"{name}: count: {question.count}; {len(question.uses)} lines are named, the count is that or more")
    if question.last <= question.first:
        raise InputRefused(f"{name}: range.to: {_short(question.last)}; it is greater than range.from, "
                           f"{_short(question.first)}")
    if question.step <= 0 or (question.last - question.first) / question.step > _MOST_STEPS:
        raise InputRefused(f"{name}: range.step: {_short(question.step)}; it is greater than 0 and makes at most "
                           f"{_MOST_STEPS} steps")


def _check_overage(offer: Mapping[str, Any], at: str) -> None:
    given = [key for key in ("overage", "tiers", "unlimited") if offer.get(key, False) is not False]
    if len(given) != 1:
        said = " and ".join(given) or "none of them"
        raise InputRefused(f"{at}: it has {said}; an offer has one of overage, tiers and unlimited = true")
    tiers, last = offer.get("tiers", []), Fraction()
    for number, tier in enumerate(tiers, start=1):
        if ("up_to" in tier) == (number == len(tiers)):
            wanted = "the last tier has no end" if number == len(tiers) else "every tier but the last has one"
            raise InputRefused(f"{at}.tiers[{number}].up_to: {wanted}")
        if "up_to" in tier and Fraction(tier["up_to"]) <= last:
            raise InputRefused(f"{at}.tiers[{number}].up_to: {tier['up_to']}; it is greater than {_short(last)}")
        last = Fraction(tier.get("up_to", 0))


def _in_words(error: ValidationError) -> str:
    """Where it is and what was expected there, such as `offers[2].fees[1].per`."""
    where = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in error.path).lstrip(".")
    rule: Any = error.schema
    if error.validator == "additionalProperties":
        known = sorted(rule["properties"])
        unknown = sorted(set(error.instance) - set(known))[0]
        near = nearest(unknown, known)
        hint = f"; the nearest is {near}" if near else ""
        return f"{where + ': ' if where else ''}unknown key {unknown}{hint}; known: {', '.join(known)}"
    if error.validator == "required":
        missing = next(key for key in rule["required"] if key not in error.instance)
        return f"{where + '.' if where else ''}{missing} is missing"
    shown = "" if isinstance(error.instance, list | dict) else f"{error.instance!r}; "
    return f"{where or 'the file'}: {shown}{rule.get('message', error.message)}"


def _short(number: Fraction) -> str:
    return str(number)


compare = compare_offers
