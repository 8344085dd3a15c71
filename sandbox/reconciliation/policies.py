"""The rules of a reconciliation that change the bill: each is chosen, and each is shown with the result."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.reconciliation.proration import Period, month

AT_END, AT_START, ANY = "at_end", "at_start", "any"
_POOL = {"client": "units are pooled per client", "contract": "each contract has units of its own"}
_UNDER_USE = {"contract": "extra units are billed as contracted", "use": "extra units are billed as used"}
_SNAPSHOT = {AT_END: "units count on its last day", AT_START: "units count on its first day",
             ANY: "units count on its day that holds most"}


@dataclass(frozen=True)
class Rules:
    """What counts: units of all of a client's contracts or of each one; the contract or the use; which day."""

    pool: str = "client"
    under_use: str = "contract"
    snapshot: str = AT_END
    period: Period | None = None

    def as_json(self) -> dict[str, str | None]:
        """The key `rules` of the reconciliation's JSON; `rules_from` gives them back."""
        return {"pool": self.pool, "under_use": self.under_use, "snapshot": self.snapshot,
                "period": self.period.name if self.period else None}

    def in_words(self) -> str:
        """One sentence, such as "units are pooled per client; …"."""
        dated = f"period {self.period.name}: {_SNAPSHOT[self.snapshot]}, amounts by day" if self.period \
            else "no period: every line counts in full"
        return f"{_POOL[self.pool]}; {_UNDER_USE[self.under_use]}; {dated}"


DEFAULT = Rules()


def rules_from(chosen: Mapping[str, Any], period: str | None = None) -> Rules:
    """The rules of the settings' section `[rules]`, for a month such as `2026-01`. Raises InputRefused."""
    known = schema("settings")["$defs"]["rules"]["properties"]
    for name, value in chosen.items():
        allowed = known[name]["enum"] if name in known else []
        if name != "period" and value not in allowed:
            raise InputRefused(f"[rules] {name} = {value!r}: it is one of {', '.join(allowed) or sorted(known)}")
    wanted = period or chosen.get("period") or ""
    named = {name: str(value) for name, value in chosen.items() if name != "period"}
    return Rules(**named, period=month(wanted) if wanted else None)


def earlier_rules(rules: Rules, period: str | None = None) -> Rules:
    """The same rules for an earlier month: the one named, else the month before theirs. Raises InputRefused."""
    if period is None:
        return replace(rules, period=rules.period.month_before()) if rules.period else rules
    return replace(rules, period=month(period))
