"""What a run has still to send, as the table `work` holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One thing a run has still to send, with the table's columns in their order. `payload` are
    the bytes that go out."""

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
    def of(cls, columns: Sequence[Any]) -> OutboxRow:
        """The row that has these columns."""
        values: Any = (*columns[:-1], split_reasons(columns[-1]))
        return cls(*values)

    def columns(self) -> tuple[object, ...]:
        """The row as it is written."""
        return (
            self.n,
            self.entity,
            self.source,
            self.key,
            self.action,
            self.method,
            self.payload,
            self.hash,
            self.rev,
            self.mapkey,
            self.status,
            ",".join(self.reasons),
        )


def split_reasons(reasons: str) -> tuple[str, ...]:
    """Reason codes as outcomes keep them, joined by commas."""
    return tuple(reasons.split(",")) if reasons else ()
