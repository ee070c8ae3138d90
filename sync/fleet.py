"""How every store stands: its schedule, its last runs and its budget, in a few queries for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from sync import freshness, schedule
from sync.budget import Budget, KeyState, MemoryBook
from sync.errors import Message
from sync.freshness import GROUPS, Freshness, Group, History, Pause
from sync.settings import SETTINGS
from sync.store import ACTIVE, MADE_NO_WAY, STORE_OPTIONS, TERMINAL, Desk, State, StoreRow, in_sql

OVERDUE = 3600.0  # seconds past its due time after which a store counts as late

# Each of a store's last runs is a query of its own that stops at the first row of an index: a
# window over the table would read every run that ever was.
# `chosen`: when the present sync time was chosen; other changes of the settings don't move it.
# `newest`: one that made way for another run says nothing of the store.
# `last`: the last run that had its turn; one of chosen records alone is none, nor one that made
# way for another before it had done its part.
_SYNC_TIME = """ifnull(json_extract(v."values", '$.sync_time'), 'when_needed')"""
_CHOSEN = """
(SELECT min(w.at) FROM settings_version w WHERE w.store_id = s.id AND w.version > ifnull(
  (SELECT max(o.version) FROM settings_version o WHERE o.store_id = s.id
    AND json_extract(o."values", '$.sync_time') IS NOT json_extract(v."values", '$.sync_time')
  ), 0))
"""
_LAST = """
(SELECT r.id FROM run r WHERE r.store_id = s.id AND r.kind = 'sync'
  AND json_extract(r.options, '$.only') IS NULL
  AND ((r.finished IS NOT NULL AND r.ended IS NULL)
    OR json_extract(r.progress, '$.rested') IS NOT NULL)
  ORDER BY r.id DESC LIMIT 1)
"""
# What decides whether records of a group go at all.
_SENDING = ", ".join(
    f"""ifnull(json_extract(v."values", '$.{key}'), '{SETTINGS[key].default}') AS {key}"""
    for key in ("import_products", "import_orders", "include_orders")
)
_SETTLED = """
JOIN settings_version v ON v.store_id = s.id
  AND v.version = (SELECT max(m.version) FROM settings_version m WHERE m.store_id = s.id)
"""
_STORES = f"""
SELECT s.*, h.slug AS shop, h.name AS shop_name, h.demo, h.reserve, {_SYNC_TIME} AS sync_time,
  {_CHOSEN} AS chosen, {_SENDING},
  (SELECT r.id FROM run r WHERE r.store_id = s.id AND r.kind = 'sync'
    AND {MADE_NO_WAY}
    ORDER BY r.id DESC LIMIT 1) AS newest,
  {_LAST} AS last,
  (SELECT r.id FROM run r WHERE r.store_id = s.id AND r.state IN ({in_sql(ACTIVE)})) AS active,
  (SELECT r.finished FROM run r WHERE r.store_id = s.id AND r.kind = 'sync'
    AND r.state = '{State.SUCCEEDED}' AND json_extract(r.options, '$.only') IS NULL
    ORDER BY r.id DESC LIMIT 1) AS success
FROM store s JOIN shop h ON h.id = s.shop_id {_SETTLED}
"""
# The stores that nothing keeps from a run but the time; a run that waits in its line phase makes
# way.
_TIMES = f"""
SELECT s.id, s.slug, {_SYNC_TIME} AS sync_time, max({_CHOSEN}, s.resumed) AS since,
  l.started, l.finished, l.due, l.waited, json_extract(l.progress, '$.rested') AS rested
FROM store s {_SETTLED} LEFT JOIN run l ON l.id = {_LAST}
WHERE NOT s.paused AND NOT EXISTS (SELECT 1 FROM run r WHERE r.store_id = s.id
  AND r.state IN ({in_sql(ACTIVE)})
  AND NOT (r.state = '{State.WAITING}' AND r.phase = 'lines' AND r.kind = 'sync'))
"""
# Books, the longest column, only of partial runs: no list says of others how many records failed.
_RUNS = f"""
SELECT id, kind, state, phase, queued, started, finished, due, until, window, side, host, why,
  waited, message, detail, progress, holds,
  CASE WHEN state = '{State.PARTIAL}' THEN books ELSE '{{}}' END AS books,
  EXISTS (SELECT 1 FROM json_each(errors) WHERE value ->> '$.detail.code' = 'drift.other_writer')
    AS disputed,
  CASE WHEN state = '{State.PARTIAL}' THEN json_extract(errors, '$[0]') END AS error
FROM run WHERE id IN (SELECT value FROM json_each(?))
"""
# What has ended of a store's syncs, but for those that made way before they had done their part:
# the words of the indexes `run_past` and `run_streak`.
_PAST = f"r.kind = 'sync' AND r.finished IS NOT NULL AND {MADE_NO_WAY}"
# A streak begins after the last run that ended otherwise; each way to end is looked up by itself,
# so that of a long streak only the ends are read.
_PASTS = f"""
WITH last AS MATERIALIZED (SELECT s.id AS store, (SELECT r.state FROM main.run r INDEXED BY run_past
  WHERE r.store_id = s.id AND {_PAST} ORDER BY r.id DESC LIMIT 1) AS state FROM store s)
SELECT l.store,
  (SELECT json_group_array(state) FROM (SELECT r.state FROM main.run r INDEXED BY run_past
    WHERE r.store_id = l.store AND {_PAST} ORDER BY r.id DESC LIMIT {{most}})) AS states,
  (SELECT r.finished FROM run r WHERE r.store_id = l.store AND {_PAST} AND r.state = l.state
    AND r.id > (SELECT ifnull(max((SELECT r.id FROM run r WHERE r.store_id = l.store AND {_PAST}
        AND r.state = other.value ORDER BY r.id DESC LIMIT 1)), 0)
      FROM json_each(?) other WHERE other.value != l.state)
    ORDER BY r.id LIMIT 1) AS since
FROM last l WHERE l.state IS NOT NULL
"""
_KEYS = """
SELECT k.id, k.shop_id, b.state FROM api_key k LEFT JOIN budget b ON b.key_id = k.id
WHERE k.shop_id IN (SELECT value FROM json_each(?)) ORDER BY k.id
"""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a list of stores tells of one run; times are unix seconds, `error` is what a partial run
    met most often."""

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
    host: str | None
    why: str | None
    waited: float
    said: Message | None
    failed: int
    disputed: bool
    rested: dict[str, Any] | None
    holds: list[dict[str, Any]]
    error: Message | None

    @property
    def turn(self) -> Turn:
        """How the schedule counts it."""
        return Turn.of(self.started, self.finished, self.due, self.waited, self.rested)

    def is_under_way(self, now: float) -> bool:
        """Whether it goes on by itself soon: it waits for no side, and for nobody to drive it."""
        since = self.until if self.state is State.WAITING and self.until is not None else self.due
        driven = self.state is State.RUNNING or now - since <= OVERDUE
        return driven and self.side is None


class Past(NamedTuple):
    """How a store's last syncs ended, the newest first, and since when (unix s) they have ended
    like the newest."""

    states: Sequence[str]
    since: float


class Turn(NamedTuple):
    """Start, end (unix s) and seconds of work of a run as the schedule counts them."""

    start: float
    end: float
    worked: float

    @classmethod
    def of(
        cls,
        started: float | None,
        finished: float | None,
        due: float,
        waited: float,
        rested: Mapping[str, Any] | None,
    ) -> Turn:
        """A run that is held or waits for order lines had its turn when it came to rest."""
        if finished is None and rested is not None:
            end, worked = rested["at"], rested["worked"]
            return cls(end if started is None else started, end, worked)
        end = due if finished is None else finished
        start = end if started is None else started
        return cls(start, end, max(0.0, end - start - waited))


@dataclass(frozen=True, slots=True)
class Standing:
    """One store with its shop, its schedule (`chosen`: when its sync time was, `since`: when that
    began to count), its newest run, the last one that had its turn, the active one, the time of
    the last success, how many records of each entity Clerk.io holds as far as it has confirmed
    them, its options, which groups of entities it sends, how fresh these were, when nothing was
    promised of that, and how far its patrol is."""

    store: StoreRow
    shop: str
    shop_name: str
    demo: bool
    reserve: int
    sync_time: str
    chosen: float
    since: float
    newest: Brief | None
    last: Brief | None
    active: Brief | None
    success: float | None
    confirmed: Mapping[str, int]
    options: Mapping[str, str]
    sent: Mapping[Group, bool]
    history: Mapping[str, History]
    pauses: Sequence[Pause]
    patrol: Mapping[str, Any] | None

    @property
    def held(self) -> Brief | None:
        """The newest run, if it waits for a person."""
        return self.newest if self.newest and self.newest.state is State.HELD else None

    def due(self, now: float) -> float | None:
        """When the schedule wants the store to run next (unix s), or None."""
        turn = self.last.turn if self.last else None
        if self.store.paused:
            return None
        return _due(self.sync_time, self.store.slug, turn, now, self.since)

    def promises(self, due: float | None, now: float) -> dict[Group, Freshness]:
        """How fresh each group is, whose next run is `due`."""
        return {group: self._promise(group, due, now) for group in GROUPS}

    def _promise(self, group: Group, due: float | None, now: float) -> Freshness:
        run = self.active
        # What is left of a run that fetches order lines brings orders alone.
        helps = run is not None and run.kind == "sync" and (group, run.phase) != _LINES_ALONE
        goes_by = freshness.Schedule(
            option=self.options[f"fresh_{group}_h"],
            sync_time=self.sync_time,
            since=self.since,
            due=due,
            paused=self.store.paused,
            under_way=run is not None and helps and run.is_under_way(now),
            sent=self.sent[group],
        )
        return freshness.freshness(self.history.get(group), goes_by, self.pauses, now)


_LINES_ALONE = ("products", "lines")


def _due(sync_time: str, slug: str, turn: Turn | None, now: float, since: float) -> float | None:
    start, end, worked = turn or (None, None, None)
    return schedule.next_due(
        sync_time,
        store=slug,
        last_start=start,
        last_end=end,
        last_duration=worked,
        now=now,
        paused=False,
        since=since,
    )


def due_stores(desk: Desk) -> list[int]:
    """The ids of the stores whose schedule wants a run now and that have none in the way, the
    longest due first."""
    now = desk.clock.now()
    due: list[tuple[float, str, int]] = []
    with desk.opened() as db:
        for store, slug, sync_time, since, *run in db.execute(_TIMES):
            at = _due(sync_time, slug, _turn(*run), now, since)
            if at is not None and at <= now:
                due.append((at, slug, store))
    return [store for _, _, store in sorted(due)]


def _turn(
    started: float | None,
    finished: float | None,
    due: float | None,
    waited: float | None,
    rested: str | None,
) -> Turn | None:
    """The turn of a joined run; None where there is no run."""
    if due is None or waited is None:
        return None
    return Turn.of(started, finished, due, waited, orjson.loads(rested) if rested else None)


def standings(desk: Desk, store: int | None = None) -> list[Standing]:
    """Every store by slug, or the one of that id, if it is there."""
    only, args = ("WHERE s.id = ?", [store]) if store is not None else ("", [])
    with desk.opened() as db:
        rows = list(db.query(f"{_STORES} {only} ORDER BY s.slug", args))
        # One list for all stores: a query a store would be a thousand for a thousand.
        wanted = {row[name] for row in rows for name in ("newest", "last", "active")}
        rows_of_runs = db.query(_RUNS, [orjson.dumps(sorted(wanted - {None})).decode()])
        runs = {row["id"]: _brief(row) for row in rows_of_runs}
    pauses = desk.pauses(store)
    return [_standing(row, runs, pauses.get(row["id"], ())) for row in rows]


def pasts(desk: Desk, most: int) -> dict[int, Past]:
    """The ends of each store's last syncs, `most` at most, by the store's id; stores that have
    ended none are left out."""
    with desk.opened() as db:
        rows = db.execute(_PASTS.format(most=most), [orjson.dumps(sorted(TERMINAL)).decode()])
        return {store: Past(orjson.loads(states), since) for store, states, since in rows}


def budgets(desk: Desk, stands: Sequence[Standing]) -> dict[int, list[dict[str, Any]]]:
    """Rows as `Budget.windows` has them for the shops of these stores, by shop id; read only."""
    reserves = {standing.store.shop_id: standing.reserve for standing in stands}
    keys: dict[int, list[int]] = {}
    states: dict[int, KeyState] = {}
    with desk.opened() as db:
        for row in db.query(_KEYS, [orjson.dumps(list(reserves)).decode()]):
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


def _standing(row: dict[str, Any], runs: dict[int, Brief], pauses: Sequence[Pause]) -> Standing:
    return Standing(
        store=StoreRow.of(row),
        shop=row["shop"],
        shop_name=row["shop_name"],
        demo=bool(row["demo"]),
        reserve=row["reserve"],
        sync_time=row["sync_time"],
        chosen=row["chosen"],
        since=max(row["chosen"], row["resumed"]),
        newest=runs.get(row["newest"]),
        last=runs.get(row["last"]),
        active=runs.get(row["active"]),
        success=row["success"],
        confirmed=orjson.loads(row["confirmed"]),
        options={**STORE_OPTIONS, **orjson.loads(row["options"])},
        sent={
            "products": row["import_products"] == "yes",
            "orders": row["import_orders"] == "yes" and row["include_orders"] != "none",
        },
        history=freshness.of_json(orjson.loads(row["freshness"])),
        pauses=pauses,
        patrol=patrol_of(orjson.loads(row["options"]), orjson.loads(row["patrol"] or "null")),
    )


def patrol_of(options: Mapping[str, str], told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """How far a store's patrol is, as it last told: {"days", "resend", "began", "finished" (ISO
    UTC: this round, the end of the last whole one), "asked", "of", "missing", "different"
    (records), "problem" (a message's code and values, or None)}; None where it is off."""
    days = int(options.get("patrol_days", "0"))
    if not days:
        return None
    told = told or {"began": None, "finished": None, "asked": 0, "of": 0, "problem": None}
    groups = told.get("groups", ())
    counted = {
        kind: sum(group["records"] for group in groups if group["kind"] == kind)
        for kind in ("missing", "different")
    }
    names = ("began", "finished", "asked", "of")
    return {
        "days": days,
        "resend": options.get("patrol_resend") == "yes",
        **{name: told[name] for name in names},
        **counted,
        "problem": told["problem"],
    }


def _brief(row: dict[str, Any]) -> Brief:
    books, progress = orjson.loads(row.pop("books")), orjson.loads(row.pop("progress"))
    row |= {"state": State(row["state"]), "disputed": bool(row["disputed"])}
    message, detail = row.pop("message"), row.pop("detail")
    said = None if message is None else Message.of(detail, message)
    error, holds = orjson.loads(row.pop("error") or "null"), orjson.loads(row.pop("holds"))
    return Brief(
        **row,
        said=said,
        failed=sum(book["failed"] for book in books.values()),
        rested=progress.get("rested"),
        holds=holds,
        error=error and Message.of(error.get("detail"), error["message"]),
    )
