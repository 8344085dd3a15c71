"""When a practice counts as a habit: the share of the old way over a window of weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

WINDOW_WEEKS, NEEDED_WEEKS = 8, 6
MONDAY = 0


@dataclass(frozen=True)
class Week:
    """One week's count, judged against the limit."""

    reading_id: int
    week_of: date
    new_way: int
    old_way: int
    limit_percent: int

    @property
    def share(self) -> Decimal | None:
        """The old way in percent of all cases, to one decimal; None for a week without a case."""
        cases = self.new_way + self.old_way
        if not cases:
            return None
        return (Decimal(self.old_way * 100) / cases).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def is_within(self) -> bool:
        """Whether the old way stays within the limit, compared exactly; a week without a case shows nothing."""
        cases = self.new_way + self.old_way
        return cases > 0 and self.old_way * 100 <= self.limit_percent * cases


@dataclass(frozen=True)
class Verdict:
    """How many of the last weeks were within the limit. A week nobody counted lies in the window and is not within."""

    limit_percent: int
    within: int
    weeks: int

    @property
    def is_habit(self) -> bool:
        """Whether enough of the last weeks were within the limit."""
        return self.within >= NEEDED_WEEKS


def verdict(limit_percent: int, weeks: Sequence[Week]) -> Verdict | None:
    """The verdict over the window that ends with the last week counted; None before the first count."""
    if not weeks:
        return None
    last, first = max(each.week_of for each in weeks), min(each.week_of for each in weeks)
    length = min(WINDOW_WEEKS, (last - first).days // 7 + 1)
    within = sum(1 for each in weeks if each.is_within and (last - each.week_of).days < length * 7)
    return Verdict(limit_percent, within, length)
