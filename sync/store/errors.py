"""What can be wrong with what somebody asks of the desk."""

from __future__ import annotations

from sync.access import ACTIONS, Role
from sync.errors import CodedError, Message


class UsageError(CodedError, ValueError):
    """What was asked for cannot be: unknown name, bad value, stale plan."""


class Refused(UsageError):
    """A refusal with a text of its own, `refusal.<code>`."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(f"refusal.{code}", **values)


class Forbidden(Refused):
    """What was asked for is not the person's to do."""

    def __init__(self, who: str, role: Role | None, action: str) -> None:
        known = Message(f"role.{role or 'none'}")
        what = Message(f"audited.{action.replace(' ', '_')}")
        needed = Message(f"role.{ACTIONS[action]}")
        super().__init__("forbidden", who=who, role=known, needed=needed, action=what)


class KeysFailed(UsageError):
    """Keys that were tried and not taken, or whose API could not be asked."""


class Gone(Refused):
    """What was asked for is not there, or has been removed; one that took its place is not it."""


class RunActive(CodedError):
    """Another run of the store is active; `.run` is its id."""

    def __init__(self, run: int) -> None:
        super().__init__("refusal.run_active", run=run)
        self.run = run
