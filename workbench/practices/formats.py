"""Comparisons of offers as TOML (docs/formats/offers.md), which the sandbox answers; lists of practice as tables."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

import sandbox
from workbench.practices.models import OfferComparison, OfferLine
from workbench.practices.rules import OfferChart, amount, cells_of, offer_chart
from workbench.web.refusals import BadValue

PRICE, FEE, ACCOUNT_FEE = "price", "fee", "account fee"
NO_CURRENCY = "XXX"  # the code for none in ISO 4217
_LONGEST = {"title": 200, "unit": 40, "name": 120}


@dataclass(frozen=True)
class Priced:
    """What one offer costs at a usage: the price shown, the use beyond what it includes, a line with all, all lines.

    `record` is the row of the register that describes it; None before it is stored.
    """

    name: str
    price: Fraction
    over: Fraction | None
    a_line: Fraction
    all_lines: Fraction
    record: int | None = None

    @property
    def hidden(self) -> Fraction:
        """The part of a line's cost that the price shown does not tell."""
        return self.a_line - self.price


@dataclass(frozen=True)
class Compared:
    """A comparison answered by the sandbox: over its range, and at one usage, cheapest first."""

    found: sandbox.OfferComparison
    usage: Fraction
    rows: tuple[Priced, ...]
    fees: Sequence[Any]  # the fees at which two offers are equal at this usage

    @property
    def lines(self) -> int:
        """How many lines the account has."""
        return self.found.question.count

    def chart(self) -> OfferChart:
        """The costs over the range, laid out."""
        equal = [(one.use, one.cost) for one in self.found.break_evens]
        return offer_chart(
            self.found.points, equal, [(one.first, one.last, one.cheapest) for one in self.found.stretches]
        )


def compared(comparison: OfferComparison, offers: Sequence[OfferLine], usage: Decimal) -> Compared:
    """The answer for a comparison of two offers or more. Raises sandbox.InputRefused where it cannot be reckoned."""
    question = sandbox.offers_of(as_toml(comparison, offers), comparison.code)
    use = Fraction(usage)
    at_usage = sandbox.compare_offers(replace(question, first=use, last=use + 1, step=Fraction(1)))
    rows = []
    for known, offer in zip(offers, question.offers, strict=True):
        total = offer.cost([use] * question.count)
        over = None if offer.is_shared or not offer.tiers else max(use - offer.allowance, Fraction())
        rows.append(Priced(offer.name, Fraction(_number(known.price)), over, total / question.count, total, known.id))
    rows.sort(key=lambda row: row.all_lines)
    return Compared(sandbox.compare_offers(question), use, tuple(rows), at_usage.fee_break_evens)


def as_toml(comparison: OfferComparison, offers: Sequence[OfferLine]) -> str:
    """The comparison and its offers in the format of `workbench offers compare`."""
    uses = cells_of(comparison.uses, 2)
    parts = [
        f"title = {_text(comparison.title)}", f"unit = {_text(comparison.unit or 'unit')}",
        f"currency = {_text(comparison.currency or NO_CURRENCY)}",
        *([f"count = {comparison.lines}"] if comparison.lines else []), "", "[range]", *_range(comparison, offers),
    ]
    for name, use in uses:
        parts += ["", "[[lines]]", f"name = {_text(name)}", f"use = {_text(_number(use))}"]
    for offer in offers:
        parts += ["", "[[offers]]", *_offer(offer)]
    return "\n".join(parts) + "\n"


def _range(comparison: OfferComparison, offers: Sequence[OfferLine]) -> Iterator[str]:
    """The range that was asked for, else from nothing to twice the usage, or twice what an offer includes, 10 at least."""
    known = [comparison.usage, *(offer.allowance for offer in offers), *(use for _name, use in cells_of(comparison.uses, 2))]
    last = max([Decimal(10), *(2 * (amount(each) or Decimal(0)) for each in known)])
    yield f"from = {_text(_number(comparison.use_from))}"
    yield f"to = {_text(_number(comparison.use_to) if comparison.use_to else f'{last:f}')}"
    if comparison.use_step:
        yield f"step = {_text(_number(comparison.use_step))}"


def _offer(offer: OfferLine) -> Iterator[str]:
    yield f"name = {_text(offer.name)}"
    fees = [(PRICE, offer.price, "line")]
    fees += [(name, fee, per) for name, fee, per in ((FEE, offer.fee, "line"), (ACCOUNT_FEE, offer.account_fee, "account")) if fee]
    fees += [(name, fee, per or "line") for name, fee, per in (row[:3] for row in cells_of(offer.fees, 3))]
    told = ", ".join(f"{{name = {_text(name)}, amount = {_text(_number(fee))}, per = {_text(per)}}}" for name, fee, per in fees)
    yield f"fees = [{told}]"
    tiers = cells_of(offer.tiers, 2)
    if not offer.allowance and not tiers:
        yield "unlimited = true"  # nothing is said of a limit
        return
    yield f"allowance = {_text(_number(offer.allowance))}"
    if offer.allowance_per == "account":
        yield 'allowance_per = "account"'
    if tiers:
        told = ", ".join(
            "{" + (f"up_to = {_text(_number(end))}, " if end else "") + f"price = {_text(_number(price))}}}" for end, price in tiers
        )
        yield f"tiers = [{told}]"
    else:
        yield f"overage = {_text(_number(offer.overage))}"


def steps_table(found: Compared) -> list[list[str]]:
    """The costs over the range by its step, exact, with the cheapest offers; its head first."""
    answer = sandbox.offers_json(found.found)
    names = [offer["name"] for offer in answer["offers"]]
    steps = [
        [step["use"], *(step["costs"][name] for name in names), ", ".join(step["cheapest"]), step["cheaper_by"] or ""]
        for step in answer["steps"]
    ]
    return [["use", *names, "cheapest", "cheaper_by"], *steps]


Line = tuple[str, str, dict[str, str | None], list[str]]


def lines_table(found: Compared) -> tuple[list[Line], Line | None]:
    """(line, its use, what it costs by offer, the cheapest ones) for the lines with a usage of their own; exact texts.

    Beside them all these lines together, with the fees paid once; None where no line has a usage of its own.
    """
    answer = sandbox.offers_json(found.found)
    account = answer["account"]
    together = account and ("", account["use"], account["costs"], account["cheapest"])
    return [(one["name"], one["use"], one["costs"], one["cheapest"]) for one in answer["lines"]], together


def from_toml(text: str, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(what the comparison says, what each offer says) by the fields of the register. Raises BadValue, naming the key."""
    try:
        sandbox.offers_of(text, name)
    except sandbox.SandboxError as error:
        raise BadValue("file", str(error)) from error
    loaded = tomllib.loads(text, parse_float=Decimal)
    texts = [(key, loaded[key]) for key in ("title", "unit")] + [("name", each["name"]) for each in loaded["offers"]]
    for key, value in texts:
        if len(value) > _LONGEST[key]:
            told = {"key": key, "start": value[:40], "most": _LONGEST[key]}
            raise BadValue("file", _("%(key)s: “%(start)s…” has more than %(most)s characters.", **told))
    span, lines = loaded.get("range", {}), loaded.get("lines", [])
    comparison = {
        "title": loaded["title"], "unit": loaded["unit"], "usage": _plain(span.get("from", 0)), "note": "",
        "currency": "" if loaded["currency"] == NO_CURRENCY else loaded["currency"], "lines": loaded.get("count"),
        "use_from": _plain(span.get("from", "")), "use_to": _plain(span.get("to", "")), "use_step": _plain(span.get("step", "")),
        "uses": "\n".join(f"{_cell(each['name'])}; {_plain(each['use'])}" for each in lines),
    }
    return comparison, [_facts(each) for each in loaded["offers"]]


def _facts(offer: dict[str, Any]) -> dict[str, Any]:
    """The first fee of a line is the price shown; fees of our own names go back to their fields."""
    left = list(offer["fees"])
    price = _taken(left, PRICE, "line") or next((each for each in left if each["per"] == "line"), None)
    left = [each for each in left if each is not price]
    fee, account = _taken(left, FEE, "line"), _taken(left, ACCOUNT_FEE, "account")
    rest = [each for each in left if each is not fee and each is not account]
    tiers = "\n".join(f"{_plain(each.get('up_to', ''))}; {_plain(each['price'])}" for each in offer.get("tiers", []))
    return {
        "name": offer["name"], "price": _plain(price["amount"]) if price else "0", "fee": _plain(fee["amount"]) if fee else "",
        "account_fee": _plain(account["amount"]) if account else "", "seen_in": "",
        "fees": "\n".join(f"{_cell(each['name'])}; {_plain(each['amount'])}; {each['per']}" for each in rest),
        "allowance": "" if offer.get("unlimited") else _plain(offer.get("allowance", 0)),
        "allowance_per": offer.get("allowance_per", "line"), "overage": _plain(offer.get("overage", "")), "tiers": tiers,
    }


def _taken(fees: Sequence[dict[str, Any]], name: str, per: str) -> dict[str, Any] | None:
    return next((each for each in fees if each["name"] == name and each["per"] == per), None)


def _cell(name: str) -> str:
    """A name in a row of cells: a semicolon would end it."""
    return " ".join(name.replace(";", ",").split())


def _number(text: str | None) -> str:
    """A number of the register in plain notation; nothing counts as 0."""
    value = amount(text) if text else None
    return f"{value or Decimal(0):f}"


def _plain(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _text(value: str) -> str:
    """A text as a basic TOML string."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\U{ord(sign):08X}" for sign in escaped) + '"'


def channel_plan_table(messages: Iterable[Any]) -> list[list[Any]]:
    """The channel plan as a table, head first: a line a channel, the primary one of each message first."""
    head = [
        _("Message"), _("Audience"), _("Code"), _("Channel"), _("Primary channel"), _("When this channel and no other"),
        _("Answered for by"), _("How often"), _("Minutes a month"),
    ]
    return [head, *(
        [row.message, row.audience, way.code, way.channel, way.is_primary, way.criterion, owner, way.cadence, way.minutes_per_month]
        for row in messages for way, owner in row.ways
    )]


def practised_table(grids: Iterable[Any]) -> list[list[Any]]:
    """Who did which practice task as a table, head first: a line for each user of a role and task of it."""
    head = [
        _("Role"), _("User"), _("Name"), _("Practice task"), _("Title"), _("Done on"), _("Seen by"), _("In the sandbox"),
    ]
    rows: list[list[Any]] = [head]
    for grid in grids:
        for user in grid.users:
            for task in grid.tasks:
                done = grid.cells.get((user.id, task.id))
                told = [done.on, done.observer, done.in_sandbox] if done else [None, "", None]
                rows.append([grid.role.name, user.code, user.name, task.code, task.title, *told])
    return rows
