"""Time as the rest of the house sees it, so that a test can bring its own."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where times and pauses come from."""

    def now(self) -> float:
        """Unix seconds, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds; at once for zero and less."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...


class SystemClock:
    """The computer's own clock."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)

    def monotonic(self) -> float:
        return time.monotonic()


def iso(at: float | None) -> str | None:
    """Unix seconds as ISO 8601 in UTC, whole seconds; None stays None."""
    return None if at is None else datetime.fromtimestamp(int(at), UTC).isoformat()
