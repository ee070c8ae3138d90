"""Runs looked for: which fit and in what order, how many of each state, what each day had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from sync.entities import ENTITIES
from sync.store.base import DeskFile
from sync.store.rows import RunRow
from sync.store.states import State, in_sql

_AT: Final = "ifnull(r.started, r.queued)"  # the words of the indexes `run_at` and `run_of_day`
_WORST: Final = (
    *(State.FAILED, State.PARTIAL, State.HELD, State.RUNNING, State.WAITING, State.APPROVED),
    *(State.QUEUED, State.CANCELLED, State.REJECTED, State.SUCCEEDED),
)
_RANKS: Final = " ".join(f"WHEN '{state}' THEN {n}" for n, state in enumerate(_WORST))


def _booked(*names: str) -> str:
    """The sum of these numbers over a run's books. Written out: a join with `json_each` takes
    many times as long."""
    paths = (f"'$.{entity}.{name}'" for entity in ENTITIES for name in names)
    return " + ".join(f"ifnull(r.books ->> {path}, 0)" for path in paths)


SORTS: Final = {
    "run": "r.id",
    "state": f"CASE r.state {_RANKS} END",
    "started": _AT,
    "took": "r.finished - r.started",
    "kind": "r.kind",
    "by": "r.trigger = 'schedule', r.who",
    "store": "(SELECT folded(s.name) FROM store s WHERE s.id = r.store_id)",
    "changed": _booked("created", "updated", "removed"),
    "failed": _booked("failed"),
    "calls": "ifnull(r.calls ->> '$.lightspeed.total', 0)",
}
_FROM: Final = "FROM run r WHERE"
_SETTINGS: Final = (
    '(SELECT v."values" FROM settings_version v WHERE v.store_id = r.store_id'
    " AND v.version = r.settings_version) AS settings"
)
_TOLD: Final = f"(r.message IS NOT NULL OR r.errors <> '[]' OR r.state = '{State.HELD}')"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs are looked for; what is empty or None lets all through. `since` and `until` are
    unix seconds of their begin (of their queueing before that), the end not among them."""

    store: int | None = None
    states: Sequence[str] = ()
    kinds: Sequence[str] = ()
    triggers: Sequence[str] = ()
    since: float | None = None
    until: float | None = None
    ids: Sequence[int] | None = None

    def where(self) -> tuple[str, list[object]]:
        """The condition in SQL and its values."""
        parts, args = ["1"], list[object]()
        for term, value in (
            ("r.store_id = ?", self.store),
            (f"{_AT} >= ?", self.since),
            (f"{_AT} < ?", self.until),
        ):
            if value is not None:
                parts.append(term)
                args.append(value)
        columns = {"state": self.states, "kind": self.kinds, "trigger": self.triggers}
        lists = {name: values or None for name, values in columns.items()} | {"id": self.ids}
        for name, values in lists.items():
            if values is not None:
                parts.append(f"r.{name} IN (SELECT value FROM json_each(?))")
                args.append(orjson.dumps(list(values)).decode())
        return " AND ".join(parts), args


class Searched(DeskFile):
    """The runs of a desk as they are looked for."""

    def find_runs(
        self, wanted: Wanted, *, sort: str = "run", down: bool = True, limit: int, offset: int = 0
    ) -> tuple[int, list[RunRow]]:
        """How many runs fit, and a page of them, sorted by one of `SORTS`, else newest first."""
        where, args = wanted.where()
        total = self._rows(f"SELECT count(*) AS n {_FROM} {where}", args)[0]["n"]
        order = f"{SORTS[sort]} {'DESC' if down else 'ASC'}, r.id DESC"
        page = f"SELECT r.*, {_SETTINGS} {_FROM} {where} ORDER BY {order} LIMIT ? OFFSET ?"
        return total, [RunRow.of(row) for row in self._rows(page, [*args, limit, offset])]

    def count_states(self, wanted: Wanted) -> dict[str, int]:
        """How many of these runs are in which state, whatever states are wanted."""
        where, args = replace(wanted, states=()).where()
        rows = self._rows(f"SELECT state, count(*) AS n {_FROM} {where} GROUP BY state", args)
        return {row["state"]: row["n"] for row in rows}

    def last_states(self, store: int, most: int) -> list[str]:
        """The states of a store's last syncs that have ended by themselves, newest first."""
        states = in_sql((State.SUCCEEDED, State.PARTIAL, State.FAILED))
        sql = (
            "SELECT state FROM run WHERE store_id = ? AND kind = 'sync'"
            f" AND state IN ({states}) ORDER BY id DESC LIMIT ?"
        )
        return [row["state"] for row in self._rows(sql, [store, most])]

    def told_runs(self, wanted: Wanted, who: str) -> list[dict[str, Any]]:
        """Of these runs those that have something to say, or that somebody started whose name has
        `who` (folded) in it: id, who, state, message, detail, errors, holds (both decoded)."""
        where, args = wanted.where()
        sql = (
            "SELECT r.id, r.who, r.state, r.message, r.detail, r.errors, r.holds"
            f" {_FROM} {where} AND ({_TOLD} OR instr(folded(r.who), ?))"
        )
        rows = self._rows(sql, [*args, who])
        return [
            {**row, "errors": orjson.loads(row["errors"]), "holds": orjson.loads(row["holds"])}
            for row in rows
        ]

    def run_times(self, store: int, since: float) -> list[dict[str, Any]]:
        """A store's runs that began since then, oldest first: id, at (when they began), finished,
        state, and `whole` if they sent all that there was to send."""
        sql = (
            f"SELECT r.id, {_AT} AS at, r.finished, r.state, r.kind = 'sync' AND r.books <> '{{}}'"
            " AND r.finished IS NOT NULL AND json_extract(r.options, '$.only') IS NULL AS whole"
            f" {_FROM} r.store_id = ? AND {_AT} >= ? ORDER BY {_AT}, r.id"
        )
        return self._rows(sql, [store, since])

    def states_by_quarter(self, since: float) -> list[tuple[int, str, int]]:
        """How many runs of all stores began in which quarter of an hour (unix time / 900), by
        state."""
        sql = (
            f"SELECT CAST({_AT} / 900 AS INTEGER) AS quarter, state, count(*) AS n"
            f" {_FROM} {_AT} >= ? GROUP BY quarter, state ORDER BY quarter"
        )
        return [(row["quarter"], row["state"], row["n"]) for row in self._rows(sql, [since])]

    def efforts_of(self, runs: Sequence[int]) -> dict[int, tuple[float, int]]:
        """Seconds of work, and calls to Lightspeed, of these ended runs by run."""
        sql = (
            "SELECT id, max(0.0, finished - started - waited) AS worked,"
            " ifnull(json_extract(calls, '$.lightspeed.total'), 0) AS calls FROM run"
            " WHERE started IS NOT NULL AND finished IS NOT NULL"
            " AND id IN (SELECT value FROM json_each(?))"
        )
        rows = self._rows(sql, [orjson.dumps(list(runs)).decode()])
        return {row["id"]: (row["worked"], row["calls"]) for row in rows}

    def books_of(self, runs: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The books of these runs by run."""
        sql = "SELECT id, books FROM run WHERE id IN (SELECT value FROM json_each(?))"
        rows = self._rows(sql, [orjson.dumps(list(runs)).decode()])
        return {row["id"]: orjson.loads(row["books"]) for row in rows}

    def runs_after(self, store: int, run: int) -> list[int]:
        """The store's later runs."""
        sql = "SELECT id FROM run WHERE store_id = ? AND id > ? ORDER BY id"
        return [row["id"] for row in self._rows(sql, [store, run])]

    def runs_before(self, store: int, run: int, kind: str, most: int) -> list[dict[str, Any]]:
        """The store's earlier runs of a kind that ended by themselves, newest first: id, at,
        message, detail, errors (decoded)."""
        states = in_sql((State.SUCCEEDED, State.PARTIAL, State.FAILED))
        sql = (
            f"SELECT r.id, {_AT} AS at, r.message, r.detail, r.errors {_FROM} r.store_id = ?"
            f" AND r.id < ? AND r.kind = ? AND r.state IN ({states}) ORDER BY r.id DESC LIMIT ?"
        )
        rows = self._rows(sql, [store, run, kind, most])
        return [{**row, "errors": orjson.loads(row["errors"])} for row in rows]
