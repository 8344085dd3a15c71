"""One row of the reconciliation, and the sentence that explains it, in English or French."""
from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact

# Wide enough for any quantity and price the formats allow; anything that would round raises instead.
EXACT = Context(prec=80, traps=[Inexact])
EQUAL, OVER, UNUSED, NOT_IN_CONTRACT = "equal", "over", "unused", "not_in_contract"

_WORDS = {
    "en": {"used": ("used", "used"), "in": ("in package {}", "in packages {}"), "and": " and ", "extra": "extra",
           "over": ("not billed", "not billed"), NOT_IN_CONTRACT: "not in contract", "unused": ("unused", "unused"),
           "refused": "usage refused at {}", "elsewhere": "in force on other days only: {}",
           "prices": "prices differ: {}", "semicolon": "; "},
    "fr": {"used": ("utilisé", "utilisés"), "in": ("dans le forfait {}", "dans les forfaits {}"), "and": " et ",
           "extra": "en supplément", "over": ("non facturé", "non facturés"), NOT_IN_CONTRACT: "hors contrat",
           "unused": ("non utilisé", "non utilisés"), "refused": "relevé refusé en {}",
           "elsewhere": "en vigueur d'autres jours seulement : {}",
           "prices": "prix différents : {}", "semicolon": " ; "},
}


@dataclass(frozen=True)
class Row:
    """What one client has and uses of one service; the fields from `packages` on explain it or price its cost.

    `contract` is set where each contract has units of its own; `parts` are the packages with their number and the units
    in one of them; `elsewhere` are lines of the period that are not in force on the day that counts.
    """

    client: str
    service: str
    included: int
    extra: int
    used: int
    in_contract: bool
    unit_price: Decimal | None
    currency: str | None
    origins: tuple[str, ...]
    packages: tuple[str, ...] = ()
    refused_at: tuple[str, ...] = ()
    differing_prices: tuple[str, ...] = ()
    contract: str = ""
    parts: tuple[tuple[str, int, int], ...] = ()
    elsewhere: tuple[str, ...] = ()
    unit_cost: Decimal | None = None
    cost_currency: str | None = None

    @property
    def entitled(self) -> int:
        return self.included + self.extra

    @property
    def included_used(self) -> int:
        return min(self.used, self.included)

    @property
    def extra_used(self) -> int:
        return min(self.used - self.included_used, self.extra)

    @property
    def over(self) -> int:
        return max(self.used - self.entitled, 0)

    @property
    def unused(self) -> int:
        return max(self.entitled - self.used, 0)

    @property
    def verdict(self) -> str:
        if self.over:
            return OVER if self.in_contract else NOT_IN_CONTRACT
        return UNUSED if self.unused else EQUAL

    @property
    def amount_over(self) -> Decimal | None:
        """None where no price is known."""
        return None if self.unit_price is None else EXACT.multiply(Decimal(self.over), self.unit_price)

    def as_json(self) -> dict[str, object]:
        counts = ("included", "extra", "entitled", "used", "included_used", "extra_used", "over", "unused")
        return {
            "client": self.client, "service": self.service, **({"contract": self.contract} if self.contract else {}),
            **{name: getattr(self, name) for name in counts},
            "verdict": self.verdict, "amount_over": None if self.amount_over is None else money(self.amount_over),
            "currency": self.currency, "why": why(self), "from": list(self.origins),
        }


def money(amount: Decimal) -> str:
    """The exact amount with at least two decimals; never rounded."""
    text = f"{amount:f}"
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents.rstrip('0').ljust(2, '0')}"


def why(row: Row, language: str = "en") -> str:
    """Such as "19 used = 10 in package P1 + 7 extra + 2 not billed"."""
    words = _WORDS[language]
    parts = []
    if row.included_used:
        holder = _by_number(words["in"], len(row.packages))
        parts.append(f"{row.included_used} {holder.format(_listed(row.packages, str(words['and'])))}")
    if row.extra_used:
        parts.append(f"{row.extra_used} {words['extra']}")
    if row.over:
        kind = words[NOT_IN_CONTRACT] if row.verdict == NOT_IN_CONTRACT else _by_number(words["over"], row.over)
        parts.append(f"{row.over} {kind}")
    used = f"{row.used} {_by_number(words['used'], row.used)}"
    said = [f"{used} = {' + '.join(parts)}" if parts else used]
    if row.unused:
        said.append(f"{row.unused} {_by_number(words['unused'], row.unused)}")
    if row.refused_at:
        said.append(str(words["refused"]).format(", ".join(row.refused_at)))
    if row.elsewhere:
        said.append(str(words["elsewhere"]).format(", ".join(row.elsewhere)))
    if row.differing_prices:
        said.append(str(words["prices"]).format(", ".join(row.differing_prices)))
    return str(words["semicolon"]).join(said)


def _by_number(forms: object, number: int) -> str:
    one, many = forms if isinstance(forms, tuple) else (forms, forms)
    return str(many if number > 1 else one)


def _listed(names: tuple[str, ...], last: str) -> str:
    return last.join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
