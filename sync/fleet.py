"""How every store stands: its schedule, its last runs and its budget, in a few queries for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sync import schedule
from sync.database import opened
from sync.errors import Message
from sync.ledger import failures
from sync.lightspeed import Budget, KeyState, MemoryBook
from sync.store import ACTIVE, Desk, State, StoreRow, in_sql

# `chosen`: when the present sync time was chosen; other changes of the settings don't move it.
# `newest`: one that made way for another run says nothing of the store.
# `last`: the last run that had its turn; one of chosen records alone is none, nor one that made
# way for another before it had done its part.
_STORES = f"""
SELECT s.*, h.slug AS shop, h.name AS shop_name, h.demo, h.reserve,
  ifnull(json_extract(v."values", '$.sync_time'), 'when_needed') AS sync_time,
  (SELECT min(w.at) FROM settings_version w WHERE w.store_id = s.id AND w.version > ifnull(
    (SELECT max(o.version) FROM settings_version o WHERE o.store_id = s.id
      AND json_extract(o."values", '$.sync_time') IS NOT json_extract(v."values", '$.sync_time')
    ), 0)) AS chosen,
  (SELECT r.id FROM run r WHERE r.store_id = s.id AND r.kind = 'sync'
    AND (r.state != '{State.CANCELLED}' OR r.ended IS NULL)
    ORDER BY r.id DESC LIMIT 1) AS newest,
  (SELECT r.id FROM run r WHERE r.store_id = s.id AND r.kind = 'sync'
    AND json_extract(r.options, '$.only') IS NULL
    AND ((r.finished IS NOT NULL AND r.ended IS NULL)
      OR json_extract(r.progress, '$.rested') IS NOT NULL)
    ORDER BY r.id DESC LIMIT 1) AS last,
  (SELECT r.id FROM run r WHERE r.store_id = s.id AND r.state IN ({in_sql(ACTIVE)})) AS active,
  (SELECT r.finished FROM run r WHERE r.store_id = s.id AND r.kind = 'sync'
    AND r.state = '{State.SUCCEEDED}' AND json_extract(r.options, '$.only') IS NULL
    ORDER BY r.id DESC LIMIT 1) AS success
FROM store s
JOIN shop h ON h.id = s.shop_id
JOIN settings_version v ON v.store_id = s.id
  AND v.version = (SELECT max(m.version) FROM settings_version m WHERE m.store_id = s.id)
WHERE s.id = ifnull(?, s.id) ORDER BY s.slug
"""  # noqa: S608
_RUNS = f"""
SELECT id, kind, state, phase, queued, started, finished, due, until, window, side, why, waited,
  message, detail, progress,
  CASE WHEN state = '{State.PARTIAL}' THEN books ELSE '{{}}' END AS books,
  EXISTS (SELECT 1 FROM json_each(errors) WHERE value ->> '$.detail.code' = 'drift.other_writer')
    AS disputed
FROM run WHERE id IN (SELECT value FROM json_each(?))
"""  # noqa: S608
_KEYS = """
SELECT k.id, k.shop_id, b.state FROM api_key k LEFT JOIN budget b ON b.key_id = k.id ORDER BY k.id
"""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a list of stores tells of one run; times are unix seconds."""

    id: int
    kind: str
    state: State
    phase: str
    queued: float
    started: float | None
    finished: float | None
    due: float
    until: float | None
    window: str | None
    side: str | None
    why: str | None
    waited: float
    said: Message | None
    failed: int
    disputed: bool
    rested: dict[str, Any] | None

    @property
    def turn(self) -> tuple[float, float, float]:
        """Start, end and seconds of work as the schedule counts them: a run that is held or waits
        for order lines had its turn when it came to rest."""
        if self.finished is None and self.rested is not None:
            end, worked = self.rested["at"], self.rested["worked"]
            return end if self.started is None else self.started, end, worked
        end = self.due if self.finished is None else self.finished
        start = end if self.started is None else self.started
        return start, end, max(0.0, end - start - self.waited)


@dataclass(frozen=True, slots=True)
class Standing:
    """One store with its shop, its schedule (`since`: when that began to count), its newest run,
    the last one that had its turn, the active one and the time of the last success."""

    store: StoreRow
    shop: str
    shop_name: str
    demo: bool
    reserve: int
    sync_time: str
    since: float
    newest: Brief | None
    last: Brief | None
    active: Brief | None
    success: float | None

    def due(self, now: float) -> float | None:
        """When the schedule wants the store to run next (unix s), or None."""
        start, end, worked = self.last.turn if self.last else (None, None, None)
        return schedule.next_due(
            self.sync_time,
            store=self.store.slug,
            last_start=start,
            last_end=end,
            last_duration=worked,
            now=now,
            paused=self.store.paused,
            since=self.since,
        )


def standings(desk: Desk, store: StoreRow | None = None) -> list[Standing]:
    """Every store by slug, or the one."""
    with opened(desk.path) as db:
        rows = list(db.query(_STORES, [store.id if store else None]))
        wanted = {row[name] for row in rows for name in ("newest", "last", "active")}
        found = db.query(_RUNS, [orjson.dumps(sorted(wanted - {None})).decode()])
        runs = {row["id"]: _brief(row) for row in found}
    return [_standing(row, runs) for row in rows]


def budgets(desk: Desk, stands: Sequence[Standing]) -> dict[int, list[dict[str, Any]]]:
    """Rows as `Budget.windows` has them for the shops of these stores, by shop id; read only."""
    reserves = {standing.store.shop_id: standing.reserve for standing in stands}
    keys: dict[int, list[int]] = {}
    states: dict[int, KeyState] = {}
    with opened(desk.path) as db:
        for row in db.query(_KEYS):
            keys.setdefault(row["shop_id"], []).append(row["id"])
            if row["state"]:
                states[row["id"]] = KeyState.from_json(row["state"])
    return dict(_windows(desk, reserves, keys, MemoryBook(states)))


def _windows(
    desk: Desk, reserves: dict[int, int], keys: dict[int, list[int]], book: MemoryBook
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    for shop, reserve in reserves.items():
        if shop in keys:
            budget = Budget(book, keys[shop], reserve=reserve / 100, clock=desk.clock)
            yield shop, budget.windows()


def _standing(row: dict[str, Any], runs: dict[int, Brief]) -> Standing:
    return Standing(
        store=StoreRow.of(row),
        shop=row["shop"],
        shop_name=row["shop_name"],
        demo=bool(row["demo"]),
        reserve=row["reserve"],
        sync_time=row["sync_time"],
        since=max(row["chosen"], row["resumed"]),
        newest=runs.get(row["newest"]),
        last=runs.get(row["last"]),
        active=runs.get(row["active"]),
        success=row["success"],
    )


def _brief(row: dict[str, Any]) -> Brief:
    books, progress = orjson.loads(row.pop("books")), orjson.loads(row.pop("progress"))
    row |= {"state": State(row["state"]), "disputed": bool(row["disputed"])}
    message, detail = row.pop("message"), row.pop("detail")
    said = None if message is None else Message.of(detail, message)
    return Brief(**row, said=said, failed=failures(books), rested=progress.get("rested"))
