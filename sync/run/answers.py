"""What an advance says comes next."""

from __future__ import annotations

from dataclasses import dataclass

from sync import guard
from sync.errors import Message
from sync.store import Refused, State


class StalePlan(Refused):
    """The plan that was to be run is not the plan any more."""

    def __init__(self) -> None:
        super().__init__("stale_plan")


class HeldRun(Exception):
    """The plan needs a person before its first write."""

    def __init__(self, holds: list[guard.Hold]) -> None:
        super().__init__("held")
        self.holds = holds


@dataclass(frozen=True)
class More:
    """There is more to do at once; `paused`: the run stands at a checkpoint and can be left."""

    paused: bool = False


@dataclass(frozen=True)
class Done:
    """The run has ended in `state`: succeeded, partial or failed."""

    state: State


@dataclass(frozen=True)
class Wait:
    """Nothing can be called before `until` (unix s): `window` is spent, or the `side` at `host`
    does not answer, as `why` says."""

    until: float
    window: str | None
    side: str | None = None
    host: str | None = None
    why: Message | None = None


@dataclass(frozen=True)
class Held:
    """A person must approve before the first write."""

    holds: list[guard.Hold]


@dataclass(frozen=True)
class Failed:
    """The run stopped, and why."""

    message: Message


@dataclass(frozen=True)
class Cancelled:
    """The run was ended at a checkpoint because somebody asked."""


Result = More | Done | Wait | Held | Failed | Cancelled
