"""Many records in few requests: how large a batch may be, and which record spoils it.

Clerk.io refuses a batch whole if one record in it is bad, and publishes no limit of size. Both are
found by halving, one request after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sync.clerk.answers import Accepted, Problem, RequestRejected, TooLarge

PATIENCE: Final = 4
LONGEST_PATIENCE: Final = 64


@dataclass(frozen=True, slots=True)
class Record:
    """What is sent: `n` is the caller's own number for it, `key` its id in Clerk.io, `payload` its
    JSON (a deletion needs none)."""

    n: int
    key: int | str
    payload: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Clerk.io answered "ok" to exactly these records."""

    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class RecordFailed:
    """Clerk.io refused this record when it stood alone."""

    record: Record
    problem: Problem


WriteResult = Confirmed | RecordFailed


class Limits:
    """How much one request may carry, learnt from the answers; never above where it began."""

    def __init__(self, objects: int, size: int) -> None:
        self.most_objects = self.objects = objects
        self.most_size = self.size = size
        self._patience = PATIENCE
        self._clean = 0
        self._bad_before = False

    def fit(self, sizes: Sequence[int], start: int, most: int) -> int:
        """How many records from `start` on go together: at least one, at most `most`."""
        count = total = 0
        for size in sizes[start : start + min(most, self.objects)]:
            total += size
            if count and total > self.size:
                break
            count += 1
        return count

    def confirmed(self) -> None:
        """A batch went through at once; after several in a row more is tried."""
        self._bad_before = False
        self._clean += 1
        if self._clean >= self._patience:
            self._clean = 0
            self.objects = min(self.most_objects, self.objects * 2)
            self.size = min(self.most_size, self.size * 2)

    def too_large(self, answer: TooLarge, sizes: Sequence[int]) -> None:
        """So much was too much: half of it next, and growing back more slowly than before."""
        if answer.late:
            self.at_most(len(sizes) // 2)
        else:
            self.size = min(self.size, sum(sizes) // 2)
            self._slow_down()

    def at_most(self, objects: int) -> None:
        """More than so many objects were too many, good as each of them may be."""
        self.objects = max(1, min(self.objects, objects))
        self._slow_down()

    def isolated(self) -> None:
        """A bad record was found; where they stand close together, large batches only waste."""
        if self._bad_before:
            self.objects = max(1, self.objects // 2)
        self._bad_before = True
        self._clean = 0

    def _slow_down(self) -> None:
        self._clean = 0
        self._patience = min(LONGEST_PATIENCE, self._patience * 2)


class Delivery:
    """Sends the records in their order and tells of each exactly once."""

    def __init__(
        self,
        records: Sequence[Record],
        limits: Limits,
        send: Callable[[Sequence[Record]], Accepted | RequestRejected | TooLarge],
        measure: Callable[[Record], int],
    ) -> None:
        self.records = records
        self.limits = limits
        self.send = send
        self.sizes = [measure(record) for record in records]
        self.at = 0
        # The next `suspects` records were refused together, so one of them is bad (or all of them
        # are too many); `passed` is the largest batch confirmed since the search for it began.
        self.suspects = 0
        self.passed = 0

    def outcomes(self) -> Iterator[WriteResult]:
        """One outcome per confirmed request and per record that fails alone.

        A request is sent only when the next outcome is asked for.
        """
        while self.at < len(self.records):
            most = max(1, self.suspects // 2) if self.suspects else self.limits.objects
            count = self.limits.fit(self.sizes, self.at, most)
            batch = self.records[self.at : self.at + count]
            answer = self.send(batch)
            if isinstance(answer, Accepted):
                self._advance(count)
                yield Confirmed(tuple(batch))
            elif count == 1:
                self._isolate()
                yield RecordFailed(batch[0], answer.problem)
            else:
                self._narrow(answer, count)

    def _advance(self, count: int) -> None:
        self.at += count
        if not self.suspects:
            self.limits.confirmed()
            return
        self.suspects -= count
        self.passed = max(self.passed, count)
        if not self.suspects:
            self.limits.at_most(self.passed)

    def _isolate(self) -> None:
        self.at += 1
        self.suspects = 0
        self.limits.isolated()

    def _narrow(self, answer: RequestRejected | TooLarge, count: int) -> None:
        if isinstance(answer, TooLarge):
            self.limits.too_large(answer, self.sizes[self.at : self.at + count])
            return
        if not self.suspects:
            self.passed = 0
        self.suspects = count
