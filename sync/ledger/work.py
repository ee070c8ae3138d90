"""What a run has still to send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Work:
    """One thing a run has still to send. `payload` are the bytes that go out."""

    n: int
    entity: str
    source: int | str
    key: int | str
    action: str
    method: str
    payload: bytes | None
    hash: bytes | None
    rev: int
    mapkey: str
    status: str | None
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, row: Sequence[Any]) -> Work:
        """The work in a row that has these columns in this order."""
        values: Any = (*row[:-1], split_reasons(row[-1]))
        return cls(*values)


def split_reasons(reasons: str) -> tuple[str, ...]:
    """Reason codes as outcomes keep them, joined by commas."""
    return tuple(reasons.split(",")) if reasons else ()
