"""What a desk keeps of how fresh each store's Clerk.io is, and of when nothing was promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from sync.database import Database
from sync.freshness import PERIOD, History, Pause, as_json
from sync.store.base import DeskFile
from sync.store.states import State

_LASTING: Final = float("inf")
# Whole syncs that ended well enough, or have only order lines left, with what they were made from:
# one that carries out a plan has read nothing itself.
_WENT: Final = f"""
r.kind = 'sync' AND json_extract(r.options, '$.only') IS NULL AND r.started IS NOT NULL
  AND (r.state IN ('{State.SUCCEEDED}', '{State.PARTIAL}')
    OR (r.state = '{State.WAITING}' AND r.phase = 'lines'))
"""
_PASSES: Final = f"""
SELECT r.started, r.finished, r.waited, r.ended,
  json_extract(r.progress, '$.rested') AS rested,
  CASE WHEN r.state = '{State.PARTIAL}' THEN r.errors ELSE '[]' END AS errors,
  CASE WHEN r.plan IS NULL THEN r.started ELSE (SELECT max(q.started) FROM run q
    WHERE q.store_id = r.store_id AND q.id < r.id AND q.plan IS NULL
      AND q.kind IN ('refresh', 'sync') AND q.state IN ('{State.SUCCEEDED}', '{State.PARTIAL}'))
    END AS as_of
FROM run r WHERE r.store_id = :store AND {_WENT} AND r.id >= ifnull(
  (SELECT max(r.id) FROM run r WHERE r.store_id = :store AND {_WENT} AND r.finished < :since), 0)
ORDER BY r.id
"""


class FreshnessBook(DeskFile):
    """The freshness of a desk's stores."""

    def whole_syncs(self, store_id: int) -> list[dict[str, Any]]:
        """A store's whole syncs of the last 30 days and the one before them: started, finished,
        waited, ended, rested, as_of, and the errors of those that were partial."""
        args = {"store": store_id, "since": self.clock.now() - PERIOD}
        return [
            {
                **row,
                "rested": row["rested"] and orjson.loads(row["rested"]),
                "errors": orjson.loads(row["errors"]),
            }
            for row in self._rows(_PASSES, args)
        ]

    def keep_freshness(self, store_id: int, groups: Mapping[str, History]) -> None:
        """Keep what is known of each group of a store."""
        with self._opened() as db:
            db.update("store", store_id, {"freshness": orjson.dumps(as_json(groups)).decode()})

    def pauses(self, store_id: int | None = None) -> dict[int, Sequence[Pause]]:
        """The pauses of the last 30 days by store, or those of one store."""
        found: dict[int, list[Pause]] = {}
        for row in self._rows(
            "SELECT store_id, since, until FROM pause WHERE store_id = ifnull(?1, store_id)"
            " AND (until IS NULL OR until > ?2) ORDER BY store_id, since",
            [store_id, self.clock.now() - PERIOD],
        ):
            until = _LASTING if row["until"] is None else row["until"]
            found.setdefault(row["store_id"], []).append(Pause(row["since"], until))
        return dict(found)

    def _note_pause(self, db: Database, store_id: int, paused: bool) -> None:
        """In the transaction that begins or ends it."""
        now = self.clock.now()
        if paused:
            db.conn.execute("INSERT OR REPLACE INTO pause VALUES (?, ?, NULL)", [store_id, now])
        else:
            db.conn.execute(
                "UPDATE pause SET until = ? WHERE store_id = ? AND until IS NULL", [now, store_id]
            )
