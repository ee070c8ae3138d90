"""Which stores are read back between runs, and what each one's patrol last told of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sync.store.base import DeskFile
from sync.store.rows import StoreRow
from sync.store.states import State, in_sql

# A run that waits leaves its shop alone, one that a person holds too.
_BUSY: Final = (State.QUEUED, State.RUNNING, State.APPROVED)
_WANTED: Final = "ifnull(s.options ->> 'patrol_days', '0') + 0 > 0"
_PATROLLED: Final = f"""
SELECT s.*, h.slug AS shop, s.options ->> 'patrol_days' AS days,
  s.options ->> 'patrol_resend' AS again
FROM store s JOIN shop h ON h.id = s.shop_id
WHERE NOT s.paused AND {_WANTED}
  AND NOT EXISTS (SELECT 1 FROM run r WHERE r.shop_id = s.shop_id AND r.state IN ({in_sql(_BUSY)}))
ORDER BY s.id
"""


@dataclass(frozen=True, slots=True)
class Patrolled:
    """A store that is to be read back within so many `days`; what differs is sent `again`."""

    store: StoreRow
    shop: str
    days: int
    again: bool


class Patrols(DeskFile):
    """The stores of a desk that want a patrol, as `store set` says."""

    def patrolled(self) -> list[Patrolled]:
        """Those whose schedule is on and whose shop has nothing else to do now."""
        return [
            Patrolled(StoreRow.of(row), row["shop"], int(row["days"]), row["again"] == "yes")
            for row in self._rows(_PATROLLED)
        ]

    def note_patrol(self, store: StoreRow, told: Mapping[str, Any]) -> None:
        """Keep what a store's patrol tells of itself; the truth is in the shop's file."""
        with self._opened() as db:
            db.update("store", store.id, {"patrol": orjson.dumps(told).decode()})

    def patrol(self, store: StoreRow) -> dict[str, Any] | None:
        """What it last told; None before its first piece."""
        row = self._one("SELECT patrol FROM store WHERE id = ?", [store.id])
        return orjson.loads(row["patrol"]) if row and row["patrol"] else None

    def patrols(self, store: StoreRow | None = None) -> list[tuple[str, dict[str, Any]]]:
        """What all patrols last told, or one store's, by the store's slug; those that are switched
        off tell nothing."""
        sql = f"SELECT slug, patrol FROM store s WHERE patrol IS NOT NULL AND {_WANTED}"
        only, args = (" AND id = ?", [store.id]) if store else ("", [])
        rows = self._rows(f"{sql}{only} ORDER BY slug", args)
        return [(row["slug"], orjson.loads(row["patrol"])) for row in rows]
