"""The three roles."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """What somebody may do, each more than the one before."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    def __str__(self) -> str:
        return self.name.lower()
