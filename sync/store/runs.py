"""Runs: the run table is the queue."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

import orjson

from sync.errors import Message
from sync.store.errors import Gone, Refused, RunActive
from sync.store.rows import RunRow, StoreRow
from sync.store.states import ACTIVE, Ending, State, in_sql, write_run
from sync.store.versions import Versions

_RUNS = (
    'SELECT r.*, v."values" AS settings FROM run r'
    " JOIN settings_version v ON v.store_id = r.store_id AND v.version = r.settings_version"
)
_ACTIVE = in_sql(ACTIVE)
# Runs whose end says something of the shop: what people ended does not.
_TELLING = f"state NOT IN ('{State.CANCELLED}', '{State.REJECTED}')"
_ACTIVE_OF = f"SELECT id FROM run WHERE store_id = ? AND state IN ({_ACTIVE})"


class Runs(Versions):
    """The runs of a desk's stores, made under their settings."""

    def queue_run(
        self,
        store: StoreRow,
        kind: str,
        *,
        trigger: str,
        who: str | None = None,
        options: Mapping[str, Any] | None = None,
        plan: str | None = None,
        instead_of: Iterable[Ending] = (),
    ) -> RunRow:
        """A queued run, by the person unless `who` says otherwise. RunActive if the store has one
        other than those that it comes instead of: they end in the same transaction, but for those
        that went on meanwhile."""
        self.must(f"run {kind}", store)
        self.settle_numbers()
        version = self.settings(store).version
        now = self.clock.now()
        row = {
            "store_id": store.id,
            "shop_id": store.shop_id,
            "kind": kind,
            "trigger": trigger,
            "who": who or self.person.name,
            "state": State.QUEUED,
            "queued": now,
            "due": now,
            "settings_version": version,
            "plan": plan,
            "options": orjson.dumps(dict(options or {})).decode(),
        }
        with self.together() as db:
            self.still_there(store)
            for ending in instead_of:
                # Read inside the transaction: a worker may have claimed it since the page was
                # drawn.
                if self.run(ending.run).state == ending.expected:
                    write_run(db, ending.run, ending.columns)
            if active := db.conn.execute(_ACTIVE_OF, [store.id]).fetchone():
                raise RunActive(active[0])
            run_id = db.insert("run", row)
            if trigger != "schedule":
                asked = {"run": run_id, "trigger": trigger, **dict(options or {})}
                self.audit(f"run {kind}", store.slug, after=asked)
        return self.run(run_id)

    def end_run(self, ending: Ending) -> RunRow:
        """End a run that nobody works on; UsageError if it went on meanwhile."""
        return self.change_state(ending.run, [ending.expected], ending.columns)

    def run(self, run_id: int) -> RunRow:
        """The run of that id; UsageError if there is none."""
        row = self._one(f"{_RUNS} WHERE r.id = ?", [run_id])
        if row is None:
            raise Gone("unknown_run", run=run_id)
        return RunRow.of(row)

    def runs(self, store: StoreRow, *, limit: int = 200) -> list[RunRow]:
        """Runs of a store, newest first."""
        rows = self._rows(
            f"{_RUNS} WHERE r.store_id = ? ORDER BY r.id DESC LIMIT ?", [store.id, limit]
        )
        return [RunRow.of(row) for row in rows]

    def run_before(self, store: StoreRow, run_id: int, kind: str) -> int | None:
        """The store's run of that kind before another one, else the one before it; None if it was
        the first."""
        before = "SELECT max(id) FROM run WHERE store_id = ?1 AND id < ?2"
        found = self._one(
            f"SELECT ifnull(({before} AND kind = ?3), ({before})) AS id",
            [store.id, run_id, kind],
        )
        return found["id"] if found else None

    def confirmed_before(self, store: StoreRow) -> dict[str, int]:
        """How many records of each entity the newest whole sync that has ended left in Clerk.io;
        entities of which it left none are left out."""
        row = self._one(
            "SELECT books FROM run WHERE store_id = ? AND kind = 'sync' AND finished IS NOT NULL"
            " AND books <> '{}' AND json_extract(options, '$.only') IS NULL"
            " ORDER BY id DESC LIMIT 1",
            [store.id],
        )
        books = orjson.loads(row["books"]) if row else {}
        left = {
            entity: sum(book.get(name, 0) for name in ("created", "updated", "unchanged"))
            for entity, book in books.items()
        }
        return {entity: n for entity, n in left.items() if n}

    def newest_books(self, store: StoreRow) -> int:
        """The store's newest sync that has ended and has books; 0 if there is none."""
        found = self._one(
            "SELECT max(id) AS id FROM run WHERE store_id = ? AND kind = 'sync'"
            " AND finished IS NOT NULL AND books <> '{}'",
            [store.id],
        )
        return int(found["id"] or 0) if found else 0

    def troubled_runs(self, since: float, store: StoreRow | None) -> Iterator[dict[str, Any]]:
        """Runs that ended since then (unix s) and in which something went wrong, in their order:
        id, store_id, kind, finished, state, errors, message, detail."""
        for row in self._rows(
            f"SELECT id, store_id, kind, finished, state, errors, message, detail FROM run"
            f" WHERE finished >= ?1 AND {_TELLING} AND store_id = ifnull(?2, store_id)"
            f" AND (errors <> '[]' OR state = '{State.FAILED}') ORDER BY id",
            [since, None if store is None else store.id],
        ):
            yield {**row, "errors": orjson.loads(row["errors"])}

    def ended_runs(self, store_id: int, kind: str, since: float) -> list[int]:
        """The runs of a store and kind that ended since then, in their order."""
        rows = self._rows(
            f"SELECT id FROM run WHERE store_id = ? AND kind = ? AND finished >= ? AND {_TELLING}"
            " ORDER BY id",
            [store_id, kind, since],
        )
        return [row["id"] for row in rows]

    def active_run(self, store: StoreRow) -> RunRow | None:
        """The store's active run, if any."""
        row = self._one(f"{_RUNS} WHERE r.store_id = ? AND r.state IN ({_ACTIVE})", [store.id])
        return None if row is None else RunRow.of(row)

    def held_runs(self, store: StoreRow) -> list[RunRow]:
        """Runs of the store that wait for a person."""
        rows = self._rows(f"{_RUNS} WHERE r.store_id = ? AND r.state = '{State.HELD}'", [store.id])
        return [RunRow.of(row) for row in rows]

    def unended_run(self, store: StoreRow) -> int | None:
        """A run of the store that may still send something, also once a person lets it."""
        row = self._one(
            f"{_ACTIVE_OF} UNION ALL SELECT id FROM run WHERE store_id = ?"
            f" AND state = '{State.HELD}'",
            [store.id, store.id],
        )
        return None if row is None else int(row["id"])

    def update_run(self, run_id: int, changes: Mapping[str, Any]) -> None:
        """Write columns of a run; dicts and lists are stored as JSON."""
        with self._opened() as db:
            write_run(db, run_id, changes)

    def change_state(
        self, run_id: int, expected: Container[State], changes: Mapping[str, Any]
    ) -> RunRow:
        """Write columns if the run is in one of the `expected` states, else UsageError."""
        with self.together() as db:
            run = self.run(run_id)
            if run.state not in expected:
                raise Refused("run_state", run=run_id, state=Message(f"state.{run.state}"))
            write_run(db, run_id, changes)
        return self.run(run_id)
