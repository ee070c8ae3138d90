"""The states of a run, and what the row of one that has ended says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from sync.database import Database
from sync.errors import Message


class State(StrEnum):
    """Where a run stands; beside each who moves it next. The table `run` holds these words."""

    QUEUED = "queued"  # the loop: whoever works claims it, by rank and age
    RUNNING = "running"  # the process that holds the shop's lock; with the lock free it died
    WAITING = "waiting"  # time: a rate window opens, or a side that is out is asked again
    APPROVED = "approved"  # the loop: a person let a held run go on
    HELD = "held"  # a person, who approves or rejects; nothing was written yet
    SUCCEEDED = "succeeded"  # nobody, from here on: it has ended
    PARTIAL = "partial"  # what it could not read or send is noted
    FAILED = "failed"  # an error or too many deaths stopped it; its message says which
    CANCELLED = "cancelled"  # a person stopped it, or another run took over
    REJECTED = "rejected"  # it was held, and its removals were not wanted


# In the order of the index `run_active`: SQLite uses it only for a condition that is written alike.
ACTIVE: Final = (State.QUEUED, State.RUNNING, State.WAITING, State.APPROVED)
TERMINAL: Final = frozenset(
    {State.SUCCEEDED, State.PARTIAL, State.FAILED, State.CANCELLED, State.REJECTED}
)
# What the row of a run says only while it waits.
AT_REST: Final[dict[str, None]] = dict.fromkeys(("until", "window", "side", "host", "why"))
SUPERSEDED: Final = "superseded"
# Of runs `r`, those that did not make way for another one before they had done their part.
MADE_NO_WAY: Final = "(r.state != 'cancelled' OR r.ended IS NULL)"


def in_sql(states: Iterable[State]) -> str:
    """The states as SQL lists them: `'queued', 'running'`."""
    return ", ".join(f"'{state}'" for state in states)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run is to end that nobody works on: in this state, if it still is in the `expected`
    one; `columns` are all that its row gets."""

    run: int
    expected: State
    columns: dict[str, Any]


def ended(
    state: State, now: float, *, message: Message | str | None = None, by: str | None = None
) -> dict[str, Any]:
    """The columns of a run that has ended, whoever ended it. `message` is why, or a person's own
    words; `by` the code of what ended it from outside, if anything. Nothing is left of a wait."""
    said = None if message is None else str(message)
    detail = message.written() if isinstance(message, Message) else None
    ending = {"state": state, "finished": now, "message": said, "detail": detail, "ended": by}
    return {**ending, **AT_REST}


def write_run(db: Database, run: int, columns: Mapping[str, Any]) -> None:
    """Write columns of a run's row, if any; dicts and lists are stored as JSON."""
    if columns:
        db.update("run", run, {name: _plain(value) for name, value in columns.items()})


def _plain(value: object) -> object:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return int(value) if isinstance(value, bool) else value
