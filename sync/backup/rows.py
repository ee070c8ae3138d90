"""What desk.db knows of one shop: taken out of a copy of it, and put into another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import orjson

from sync.database import Database
from sync.errors import Message
from sync.store import ACTIVE, State, ended
from sync.store.states import write_run

# Of one shop, in the order in which they refer to one another.
_OURS: Final = ("shop", "api_key", "store", "pause", "settings_version", "run", "run_log")
_ALWAYS: Final = ("desk", "_sqlite_migrations")
_SECRETS: Final = {"api_key": ("key", "secret"), "store": ("public_key", "private_key")}
Exchange = Callable[[str], str]


class Numbers(NamedTuple):
    """The new numbers of a shop, and those of its stores and runs by their old ones."""

    shop: int
    stores: Mapping[int, int]
    runs: Mapping[int, int]


def keep_one(db: Database, shop_id: int, sealed: Exchange) -> None:
    """Take everything out of a copy of desk.db but one shop, and exchange its secrets."""
    db.execute("DELETE FROM shop WHERE id != ?", [shop_id])
    for trigger in _named(db, "trigger"):
        db.execute(f"DROP TRIGGER {trigger}")
    for table in _named(db, "table"):
        if table not in (*_OURS, *_ALWAYS):
            db.execute(f'DELETE FROM "{table}"')
    for table in _SECRETS:
        for row in db.query(f"SELECT * FROM {table}"):
            db.update(table, row["id"], _exchanged(table, row, sealed))


def _named(db: Database, kind: str) -> list[str]:
    sql = "SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in db.execute(sql, [kind])]


def _exchanged(table: str, row: Mapping[str, Any], exchange: Exchange) -> dict[str, str]:
    return {name: exchange(row[name]) for name in _SECRETS.get(table, ())}


def put_in(db: Database, part: Database, now: float, sealed: Exchange) -> Numbers:
    """Add the shop of a part to a desk, inside the caller's transaction, under new numbers; what it
    was about is over. `sealed` exchanges its secrets."""
    (old,) = part.query("SELECT * FROM shop")
    shop = _insert(db, "shop", old)
    for row in part.query("SELECT * FROM api_key ORDER BY id"):
        secrets = _exchanged("api_key", row, sealed)
        _insert(db, "api_key", {**row, "shop_id": shop, **secrets})
    stores = {}
    for row in part.query("SELECT * FROM store ORDER BY id"):
        secrets = _exchanged("store", row, sealed)
        stores[row["id"]] = _insert(db, "store", {**row, "shop_id": shop, **secrets})
    for row in part.query("SELECT * FROM pause"):
        db.insert("pause", {**row, "store_id": stores[row["store_id"]]})
    for row in part.query("SELECT * FROM settings_version ORDER BY store_id, version"):
        moved = {"store_id": stores[row["store_id"]], "was": row["version"]}
        db.insert("settings_version", {**row, **moved})
    return Numbers(shop, stores, _put_runs(db, part, shop, stores, now))


def _put_runs(
    db: Database, part: Database, shop: int, stores: Mapping[int, int], now: float
) -> dict[int, int]:
    runs: dict[int, int] = {}
    for row in part.query("SELECT * FROM run ORDER BY id"):
        state = State(row["state"])
        moved = {"shop_id": shop, "store_id": stores[row["store_id"]], "was": row["id"]}
        options = orjson.loads(row["options"])
        if options.get("retry") in runs:
            options["retry"] = runs[options["retry"]]
        moved["options"] = orjson.dumps(options).decode()
        open_still = state in (*ACTIVE, State.HELD)
        if open_still:
            moved["state"] = State.CANCELLED
        runs[row["id"]] = _insert(db, "run", {**row, **moved})
        if open_still:
            message = Message("failed.put_back")
            write_run(db, runs[row["id"]], ended(State.CANCELLED, now, message=message))
    for row in part.query("SELECT * FROM run_log ORDER BY id"):
        _insert(db, "run_log", {**row, "run_id": runs[row["run_id"]]})
    return runs


def _insert(db: Database, table: str, row: Mapping[str, Any]) -> int:
    return db.insert(table, {name: value for name, value in row.items() if name != "id"})
