"""What tests, the demo and the command line do with the Clerk.io side besides talking HTTP to it.

`store` is always a store's public key. All of it lives in the stand-ins' state file, so another
process sees and sets the same.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

from sync.sandbox.clerk import tables
from sync.sandbox.clerk.shapes import ENTITIES, Id, Object
from sync.sandbox.state import State


@dataclass(frozen=True)
class Switches:
    """Where Clerk.io's behaviour is unknown or varies; None switches a limit off.

    auth_errors: HTTP status of an AuthenticationError; mixed is 401 for a missing key and 200 for
    a wrong one, as both were observed. refusals: status of the other refusals, 400 as the
    published specification declares, or 200 with the error envelope. Clerk.io publishes no limit:
    max_bytes is of a body, max_query of a query string, per_second counts a store's requests.
    modifier: a text attribute that the store's own modifier turns to capitals in every object that
    is written. stale_reads: so many reads of a written object still show it as it was before.
    keep_unnamed: a POST leaves what it does not name of a stored object, as a PATCH does.
    forget_orders: privacy/forget takes address and customer out of the person's orders.
    """

    auth_errors: Literal["mixed", "401", "200"] = "mixed"
    refusals: Literal["400", "200"] = "400"
    max_bytes: int | None = 4_000_000
    max_query: int | None = 8_192
    max_objects: int | None = None
    per_second: int | None = None
    modifier: str | None = None
    stale_reads: int = 0
    keep_unnamed: bool = False
    forget_orders: bool = True
    retry_after: Literal["none", "seconds", "date"] = "none"


@dataclass(frozen=True)
class Request:
    """One answered request of a store: `at` in unix seconds, `path` below /v2, `objects` as sent,
    `ignored` misnamed attributes, `error` the envelope's type or None."""

    seq: int
    at: float
    store: str
    method: str
    path: str
    objects: int
    ignored: int
    bytes: int
    status: int
    error: str | None


def prepare(state: State) -> None:
    """Make the Clerk.io side's tables where they are missing."""
    with state.write() as db:
        for statement in tables.SCHEMA.split(";"):
            db.execute(statement)


def add_store(state: State, public: str, private: str, name: str) -> None:
    """Make the store, or rename it, and let `private` be one of its private keys."""
    prepare(state)
    with state.write() as db:
        db.execute(
            "insert into clerk_stores values (?, ?)"
            " on conflict (public) do update set name = excluded.name",
            (public, name),
        )
        db.execute("insert or replace into clerk_keys values (?, ?)", (private, public))


def revoke(state: State, private: str) -> None:
    """Take a private key away; the store's other ones stay good."""
    with state.write() as db:
        db.execute("delete from clerk_keys where private = ?", (private,))


def set_switches(state: State, **changes: object) -> Switches:
    """The switches after these changes, from the next request on."""
    changed = replace(switches(state), **changes)  # type: ignore[arg-type]
    with state.write() as db:
        db.executemany(
            "insert or replace into clerk_switches values (?, ?)", asdict(changed).items()
        )
    return changed


def switches(state: State) -> Switches:
    """The switches in force."""
    with state.read() as db:
        return Switches(**dict(db.execute("select name, value from clerk_switches").fetchall()))


def objects(state: State, store: str, entity: str) -> dict[Id, Object]:
    """All stored objects of one kind (products, categories, orders, customers, pages) by id; a
    customer without customerid by e-mail address."""
    with state.read() as db:
        return tables.everything(db, store, ENTITIES[entity])


def counts(state: State, store: str) -> dict[str, int]:
    """How many objects of each kind the store holds."""
    with state.read() as db:
        rows = db.execute(
            "select entity, count(*) from clerk_objects where store = ? group by entity", (store,)
        )
        return dict.fromkeys(ENTITIES, 0) | {row[0]: row[1] for row in rows}


def lose(state: State, store: str, entity: str, ids: Iterable[Id]) -> None:
    """Objects vanish, and nobody is told."""
    with state.write() as db:
        db.executemany(
            "delete from clerk_objects where store = ? and entity = ? and key = ?",
            [(store, entity, key) for key in ids],
        )


def overwrite(state: State, store: str, entity: str, values: Mapping[Id, Object]) -> None:
    """Somebody writes these objects past the API."""
    with state.write() as db:
        at = time.time()
        tables.store_objects(db, store, ENTITIES[entity], values, at)


def rival_sync(state: State, store: str, entity: str, holds: Mapping[Id, Object]) -> None:
    """Another sync fills the store, as Clerk.io's own does: what it does not hold is deleted, and
    all that it holds is sent."""
    lose(state, store, entity, objects(state, store, entity).keys() - holds.keys())
    overwrite(state, store, entity, holds)


def deindexed(state: State, store: str) -> set[Id]:
    """The ids of the products that are kept as history but hidden from results (index false)."""
    products = objects(state, store, "products")
    return {key for key, value in products.items() if value.get("index") is False}


def deleted(state: State, store: str, entity: str) -> list[Id]:
    """The ids of objects that a DELETE really took away, oldest first; repeats are possible."""
    with state.read() as db:
        rows = db.execute(
            "select key from clerk_deleted where store = ? and entity = ? order by seq",
            (store, entity),
        )
        return [row[0] for row in rows]


def forgotten(state: State, store: str) -> list[tuple[str, str]]:
    """Whom the store was asked to forget, by what and which value, oldest first."""
    with state.read() as db:
        sql = "select name, value from clerk_forgotten where store = ? order by rowid"
        return db.execute(sql, (store,)).fetchall()


def requests(state: State, store: str, since: int = 0) -> list[Request]:
    """The store's answered requests after `since`, oldest first, the refused ones too."""
    with state.read() as db:
        rows = db.execute(
            "select seq, at, store, method, path, objects, ignored, bytes, status, error"
            " from clerk_requests where store = ? and seq > ? order by seq",
            (store, since),
        )
        return [Request(*row) for row in rows]
