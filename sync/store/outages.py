"""Sides that do not answer, known once for all stores of a host: one run at a time asks again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.database import Database, immediate
from sync.store.base import DeskFile
from sync.store.states import State

FIRST_PAUSE: Final = 15.0  # seconds; each pause is twice the one before it, up to the longest
LONGEST_PAUSE: Final = 900.0
GIVEN_UP_AFTER: Final = 86_400.0
FORGOTTEN: Final = 3_600.0  # nobody has asked for so long that nothing is known any more

_WAITS: Final = f"state = '{State.WAITING}' AND side = ? AND host = ?"
_OUTAGES: Final = f"""
SELECT o.*, (SELECT count(*) FROM run r WHERE r.state = '{State.WAITING}' AND r.side = o.side
  AND r.host = o.host) AS waiting FROM outage o
"""


@dataclass(frozen=True, slots=True)
class Outage:
    """A host of one side that does not answer; `next` is when it is asked again, `waiting` how many
    runs wait for it."""

    side: str
    host: str
    since: float
    next: float
    pause: float
    waiting: int

    def given_up(self, now: float) -> bool:
        """Whether runs have waited for it long enough."""
        return now - self.since >= GIVEN_UP_AFTER

    def due(self, now: float) -> bool:
        """Whether it is time to ask again; also if the clock was set back."""
        return now >= self.next or self.next - now > 2 * LONGEST_PAUSE


class Outages(DeskFile):
    """What a desk knows of sides that do not answer."""

    def outages(self) -> list[Outage]:
        """All of them, the longest first."""
        return [Outage(**row) for row in self._rows(f"{_OUTAGES} ORDER BY o.since, o.side")]

    def outage(self, side: str, host: str) -> Outage | None:
        """What is known of a host; None if it is not known to be out."""
        row = self._one(f"{_OUTAGES} WHERE o.side = ? AND o.host = ?", [side, host])
        return None if row is None else Outage(**row)

    def take_probe(self, side: str, host: str) -> bool:
        """Whether the caller is the one to ask again now; the others wait for what it finds."""
        now = self.clock.now()
        with self._opened() as db, immediate(db):
            known = self.outage(side, host)
            if known is None or not known.due(now):
                return False
            since = now if now - known.next > FORGOTTEN else known.since
            # The next one is asked after a pause even if the prober dies on the way.
            _write(db, Outage(side, host, since, now + known.pause, known.pause, 0))
        return True

    def side_failed(self, side: str, host: str, *, probe: bool, at_least: float = 0) -> Outage:
        """A host did not answer, nor to a `probe` of it; it is asked again after a pause of
        `at_least` so many seconds."""
        now = self.clock.now()
        with self._opened() as db, immediate(db):
            known = self.outage(side, host)
            # Calls that were under way when it failed: they tell nothing new and double no pause.
            if known is not None and not probe and not known.due(now):
                return known
            pause = FIRST_PAUSE if known is None else min(2 * known.pause, LONGEST_PAUSE)
            pause = max(pause, min(at_least, LONGEST_PAUSE))
            since = now if known is None else known.since
            _write(db, Outage(side, host, since, now + pause, pause, 0))
        return Outage(side, host, since, now + pause, pause, 0)

    def side_answers(self, side: str, host: str) -> None:
        """It answers again: whoever waits for it goes on now."""
        with self._opened() as db, immediate(db):
            db.conn.execute("DELETE FROM outage WHERE side = ? AND host = ?", [side, host])
            _release(db, side, host, self.clock.now())


def _write(db: Database, known: Outage) -> None:
    row = [known.side, known.host, known.since, known.next, known.pause]
    db.conn.execute("INSERT OR REPLACE INTO outage VALUES (?, ?, ?, ?, ?)", row)
    db.conn.execute(
        f"UPDATE run SET until = ? WHERE {_WAITS}",
        [known.next, known.side, known.host],
    )


def _release(db: Database, side: str, host: str, now: float) -> None:
    db.conn.execute(
        f"UPDATE run SET until = ?, side = NULL, host = NULL, why = NULL WHERE {_WAITS}",
        [now, side, host],
    )
