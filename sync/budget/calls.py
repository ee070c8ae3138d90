"""A booked call, how it ended, and what the headers of its answer tell of the windows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sync.errors import CodedError, Message

WINDOWS: Final = ("second", "5min", "hour", "day")
HEADER_WINDOWS: Final = WINDOWS[1:]
# Seconds; what says more is junk.
LONGEST_RESET: Final = {"5min": 3600, "hour": 2 * 3600, "day": 25 * 3600}
_NUMBER = re.compile(r"-?[0-9]{1,10}")


class Spent(CodedError):
    """No key may call before `until` (unix s); `window` is the one that is waited for.

    Not a frozen dataclass: contextlib sets attributes on exceptions that pass through it.
    """

    def __init__(self, until: float, window: str) -> None:
        at = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%d %H:%M:%S")
        super().__init__("refusal.spent", until=f"{at} UTC", window=Message(f"window.{window}"))
        self.until = until
        self.window = window


@dataclass(frozen=True, slots=True)
class Booking:
    """One call that may be made now, with this key; record its result whatever happens."""

    id: str
    key_id: int
    at: float


class Result(NamedTuple):
    """How the call of a booking ended, and when (unix s). No headers at all: its fate is unknown,
    it stays counted until its windows end. No status: it never left this computer and is not
    counted."""

    booking: Booking
    headers: Mapping[str, str] | None
    status: int | None
    at: float


class Reading(NamedTuple):
    """One window as one answer told it; `reset` in seconds from the server's now."""

    limit: int
    remaining: int
    reset: int


def read_headers(headers: Mapping[str, str]) -> dict[str, Reading]:
    """The windows that the rate headers (lower-case keys) tell; junk and gaps are left out."""
    triples = [
        _numbers(headers.get(f"x-ratelimit-{part}", "")) for part in ("limit", "remaining", "reset")
    ]
    found = {}
    for place, name in enumerate(HEADER_WINDOWS):
        limit, remaining, reset = (t[place] if place < len(t) else None for t in triples)
        if limit is None or remaining is None or reset is None:
            continue
        if limit > 0 and 0 <= reset <= LONGEST_RESET[name]:
            found[name] = Reading(limit, min(remaining, limit), reset)
    return found


def _numbers(triple: str) -> list[int | None]:
    parts = [part.strip() for part in triple.split("/")]
    return [int(part) if _NUMBER.fullmatch(part) else None for part in parts]
