"""The queue: what of the run table is to be worked on, and by whom it is taken up next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from sync.database import immediate
from sync.store.base import DeskFile
from sync.store.rows import QueuedRun, ShopRow
from sync.store.states import ACTIVE, State, in_sql

SET_BACK: Final = 60.0  # a wait that began this many seconds from now was begun by another clock

# The words of the indexes `run_queue` and `run_set_back`: SQLite uses them only for the same ones.
_ACTIVE: Final = f"state IN ({in_sql(ACTIVE)})"
_WAITS: Final = f"state = '{State.WAITING}'"
_RANK: Final = "(trigger = 'schedule' OR phase = 'lines')"
_AT: Final = f"(CASE WHEN cancel THEN 0 WHEN {_WAITS} THEN ifnull(until, 0) ELSE due END)"
_WAIT_FROM: Final = "json_extract(progress, '$.wait_from')"
_SINCE: Final = f"(CASE WHEN {_WAITS} THEN {_WAIT_FROM} ELSE due END)"
_RUNS: Final = f"""
SELECT r.id, r.shop_id, h.slug AS shop, r.state, r.phase, r.until, r.cancel,
  {_WAIT_FROM} AS wait_from, r.side, r.host, {_RANK} AS rank
FROM run r JOIN shop h ON h.id = r.shop_id WHERE {_ACTIVE}
"""
_ORDER: Final = f"ORDER BY {_RANK}, {_AT}, r.id"
_DUE_OF_RANK: Final = f"""
SELECT id FROM (SELECT id FROM run WHERE {_ACTIVE} AND {_RANK} = %d AND {_AT} <= :now
  AND (side IS NULL OR cancel OR NOT {_WAITS}) ORDER BY {_AT}, id LIMIT :most)
"""
# Of those that wait for a side one asks, and tells the others: the first by its time.
_PROBES: Final = f"""
SELECT (SELECT w.id FROM run w WHERE w.{_WAITS} AND w.side = o.side AND w.host = o.host
  AND w.until <= :now ORDER BY w.until LIMIT 1)
FROM (SELECT DISTINCT side, host FROM run WHERE {_WAITS} AND side IS NOT NULL) o
"""
# A moment that is still to come was told by a clock that was set back since.
_SET_BACK: Final = f"""
SELECT id FROM (SELECT id FROM run WHERE {_ACTIVE} AND {_SINCE} > :now LIMIT :most)
"""
_DUE: Final = f"""
{_RUNS} AND r.id IN (
  {_DUE_OF_RANK % 0} UNION ALL {_DUE_OF_RANK % 1} UNION ALL {_PROBES} UNION ALL {_SET_BACK}
  UNION ALL SELECT value FROM json_each(:named)
) {_ORDER}
"""


class Queue(DeskFile):
    """The active runs of a desk."""

    def queue(self) -> list[QueuedRun]:
        """Every active run by rank, then the longest due."""
        return [QueuedRun.of(row) for row in self._rows(f"{_RUNS} {_ORDER}")]

    def due_runs(self, most: int, named: Sequence[int] = ()) -> list[QueuedRun]:
        """Of each rank as many of the longest due as `most` says, and the runs `named` that are
        still active, in the queue's order. Finding them costs the same however many wait."""
        args = {"now": self.clock.now(), "most": most, "named": orjson.dumps(list(named)).decode()}
        return [QueuedRun.of(row) for row in self._rows(_DUE, args)]

    def requeue_dead(self, shop_id: int, but: int) -> None:
        """Put the shop's runs that say `running` back into the queue, each with its death counted,
        all but one. Only who holds the shop's lock knows that they are dead."""
        with self._opened() as db, immediate(db):
            db.conn.execute(
                "UPDATE run SET state = ?, deaths = deaths + 1"
                f" WHERE shop_id = ? AND id != ? AND {_ACTIVE} AND state = ?",
                [State.QUEUED, shop_id, but, State.RUNNING],
            )

    def end_waits(self, shop: ShopRow) -> None:
        """Runs of the shop that wait for a rate window look again now: its keys have changed."""
        with self._opened() as db, immediate(db):
            db.conn.execute(
                f"UPDATE run SET until = :now WHERE shop_id = :shop AND {_ACTIVE} AND {_WAITS}"
                " AND window IS NOT NULL AND until > :now",
                {"now": self.clock.now(), "shop": shop.id},
            )
