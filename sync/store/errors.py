"""What can be wrong with what somebody asks of the desk."""

from __future__ import annotations


class UsageError(ValueError):
    """What was asked for cannot be: unknown name, bad value, stale plan. One line."""


class RunActive(Exception):
    """Another run of the store is active; `.run` is its id."""

    def __init__(self, run: int) -> None:
        super().__init__(f"run {run} of this store is active")
        self.run = run
