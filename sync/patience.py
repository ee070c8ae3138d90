"""How long is waited: for one answer, before the next try, and as long as a server asks."""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from sync.errors import BadEnvironment

DEFAULT_TIMEOUT: Final = 60.0
LONGEST_TIMEOUT: Final = 3600.0
LONGEST_BACKOFF: Final = 60.0
LOOK_EVERY: Final = 0.25
_AFTER_STOP: Final = 5.0


def default_timeout() -> float:
    """SYNC_HTTP_TIMEOUT in seconds, else 60; BadEnvironment if it is no number above 0."""
    text = os.environ.get("SYNC_HTTP_TIMEOUT", "").strip()
    if not text:
        return DEFAULT_TIMEOUT
    if (
        not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text)
        or not 0 < float(text) <= LONGEST_TIMEOUT
    ):
        raise BadEnvironment("refusal.timeout")
    return float(text)


class Patience:
    """How long one answer is waited for, on the clock: `seconds`, and after a stop a little."""

    def __init__(self, seconds: float, stop: Callable[[], bool]) -> None:
        self._began = time.monotonic()
        self._seconds = seconds
        self._stop = stop
        self._stopped_at: float | None = None
        self._looked = -math.inf

    def left(self) -> float:
        """Seconds; 0 and less once it is over."""
        now = time.monotonic()
        end = self._began + self._seconds
        if self._stopped(now) is not None:
            end = min(end, (self._stopped_at or now) + _AFTER_STOP)
        return end - now

    def passed(self) -> float:
        return time.monotonic() - self._began

    @property
    def stopped(self) -> bool:
        """Whether it is over because somebody asked to stop."""
        return self._stopped_at is not None

    def _stopped(self, now: float) -> float | None:
        if self._stopped_at is None and now - self._looked >= LOOK_EVERY:
            self._looked = now
            if self._stop():
                self._stopped_at = now
        return self._stopped_at


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """How long the server asks to wait, in seconds from `now` (unix), at least 0.

    Retry-After holds seconds or an HTTP date (RFC 9110, section 10.2.3); None if it is missing or
    neither of them.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    at = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, at.timestamp() - now)


def backoff(attempt: int) -> float:
    """Seconds to wait after failed attempt 0, 1, 2, …: 1, 2, 4, 8, 16, … at most 60."""
    return min(LONGEST_BACKOFF, 2.0 ** min(max(attempt, 0), 6))
