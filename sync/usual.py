"""The usual range of a number that is counted every day, from the days before.

The middle is the median, the width a multiple of the median absolute deviation (Hampel, Journal of
the American Statistical Association 69 (1974), 383 to 393): a few odd days move neither. A shop's
weekends may differ, so a weekday with enough days of its own is held against those alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Final

ENOUGH: Final = 14  # days that a range needs
OF_A_WEEKDAY: Final = 4
_STILL: Final = 0.01  # of the median: numbers that never move have some room all the same


@dataclass(frozen=True, slots=True)
class Range:
    """What is usual: from `low` to `high`, around the `middle`, made from so many `days`; `spread`
    is what one `k` widens it by on either side."""

    middle: float
    spread: float
    k: float
    days: int

    @property
    def low(self) -> float:
        return max(0.0, self.middle - self.k * self.spread)

    @property
    def high(self) -> float:
        return self.middle + self.k * self.spread

    def holds(self, value: float) -> bool:
        """Whether a value is usual."""
        return self.low <= value <= self.high

    def distance(self, value: float) -> float:
        """How many spreads a value lies from the middle: it is flagged below that k."""
        return abs(value - self.middle) / self.spread


def usual(counted: Mapping[date, float], day: date, k: float, least: float = 1.0) -> Range | None:
    """The usual range of a day, from the days before it; None from fewer than ENOUGH. `least` is
    the smallest spread."""
    before = {each: value for each, value in counted.items() if each < day}
    if len(before) < ENOUGH:
        return None
    alike = [value for each, value in before.items() if each.weekday() == day.weekday()]
    values: Sequence[float] = alike if len(alike) >= OF_A_WEEKDAY else list(before.values())
    middle = median(values)
    spread = median(abs(value - middle) for value in values)
    return Range(middle, max(spread, middle * _STILL, least), k, len(values))
