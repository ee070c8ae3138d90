"""Chance, ids and times that come out the same for the same seed, and rows made on demand."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate, islice
from typing import Any, TypeVar, overload

DAY = 86_400
HOUR = 3_600
_HOURS = (1, 1, 0, 0, 0, 1, 3, 6, 9, 11, 12, 11, 12, 12, 11, 11, 11, 12, 13, 16, 19, 18, 11, 4)
_MONTHS = (6, 7, 10, 12, 13, 12, 11, 10, 9, 9, 12, 12)
YEAR = 365 * DAY

Record = dict[str, Any]
Item = TypeVar("Item")


class Dice(random.Random):
    """A source of chance that starts over from (seed, topic, number), so that any record can be
    made again alone. Only `random()` is drawn from, whose sequence Python keeps between versions.
    """

    def start(self, seed: int, topic: int, number: int) -> Dice:
        # Straight to the generator's own seeding: the wrapper in between doubles its price.
        super(random.Random, self).seed((seed << 48) ^ (topic << 40) ^ number)
        return self

    def below(self, limit: int) -> int:
        return int(self.random() * limit)

    def between(self, low: int, high: int) -> int:
        return low + int(self.random() * (high - low + 1))

    def one(self, items: Sequence[Item]) -> Item:
        return items[int(self.random() * len(items))]

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        """At most `count` different items in the order they are given."""
        left = list(items)
        while len(left) > count:
            del left[int(self.random() * len(left))]
        return left

    def hit(self, probability: float) -> bool:
        return self.random() < probability


class Rows(Sequence[Record]):
    """The records of one kind, made anew by `make(number)` on each pass, so that a million of them
    cost no memory. What a reader changes in a record is not kept. `len`, and so `list`, makes one
    pass more if the length was not told.
    """

    def __init__(
        self, units: int, make: Callable[[int], Iterable[Record]], length: int | None = None
    ) -> None:
        self._units = units
        self._make = make
        self._length = length

    def __iter__(self) -> Iterator[Record]:
        make = self._make
        for number in range(self._units):
            yield from make(number)

    def __len__(self) -> int:
        if self._length is None:
            self._length = sum(1 for _ in self)
        return self._length

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        for record in islice(self, max(index, 0), None):
            if index >= 0:
                return record
        raise IndexError(index)


def spread_id(base: int, number: int, step: int, seed: int) -> int:
    """The id of the `number`-th record of a kind: rising, with gaps of different width."""
    return base + number * step + ((number * 2_654_435_761 + seed * 40_503) >> 7) % step


@lru_cache(maxsize=8_192)
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * DAY, UTC).strftime("%Y-%m-%dT")


def iso(at: int) -> str:
    """`YYYY-MM-DDTHH:MM:SS+00:00` of unix seconds."""
    day, rest = divmod(at, DAY)
    minutes, seconds = divmod(rest, 60)
    return f"{_day(day)}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}+00:00"


class Demand:
    """How orders lie over three years: two that grow, a quieter one; seasons, evenings, nights."""

    def __init__(self, start: int, end: int) -> None:
        self._hours = list(range(start - start % HOUR, end, HOUR))
        self._start, self._end = start, end
        self._sums = list(accumulate(self._weight(at) for at in self._hours))

    def _weight(self, at: int) -> float:
        month = int(iso(at)[5:7]) - 1
        years = (at - self._start) / YEAR
        trade = 1 + 0.2 * years if years < 2 else 1.02
        return _MONTHS[month] * (_HOURS[at // HOUR % 24] + 0.5) * trade

    def at(self, share: float) -> int:
        """Unix seconds before which this share (0 to 1) of all orders was placed."""
        wanted = share * self._sums[-1]
        index = min(bisect_left(self._sums, wanted), len(self._sums) - 1)
        before = self._sums[index - 1] if index else 0.0
        part = (wanted - before) / (self._sums[index] - before)
        return min(max(self._hours[index] + int(part * HOUR), self._start), self._end)

    def share(self, at: int) -> float:
        """The share of all orders placed before the hour of `at`."""
        index = bisect_right(self._hours, at) - 1
        return self._sums[index - 1] / self._sums[-1] if index > 0 else 0.0
