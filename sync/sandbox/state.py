"""All that the stand-ins know, in one SQLite file that several processes and threads share.

The rate windows of a key, fault plans and the call log live here too, so they survive a restart
and another process can set and read them. The Clerk.io side keeps its own tables in the same file.
"""

from __future__ import annotations

import sqlite3
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from sync.sandbox.faults import FaultPlans
from sync.sandbox.world import KINDS

Record = dict[str, Any]
Side = Literal["lightspeed", "clerk", "storefront"]

AREAS: Final = ("content", "products", "customers", "orders", "settings", "tracking")
OWNERS: Final[Mapping[str, tuple[str, ...]]] = {
    "variant": ("product",),
    "category": ("parent",),
    "category_product": ("product", "category"),
    "tag_product": ("product", "tag"),
    "metafield": ("ownerId",),
    "order": ("customer",),
    "order_product": ("order",),
    "product": ("brand",),
    "review": ("product", "customer"),
    "return": ("orderId", "customerId"),
    "article": ("blog",),
}
"""The foreign ids by which a kind is looked up: its columns `owner` and `other`."""
WORDS: Final = {"order": "number", "customer": "email", "subscription": "email"}
_DEPENDENTS: Final = {
    "product": ("variant", "category_product", "tag_product", "metafield", "review"),
    "category": ("category_product",),
    "tag": ("tag_product",),
    "order": ("order_product",),
    "blog": ("article",),
}
_UNSTAMPED: Final = {"category_product", "tag_product", "order_product", "attribute", "tax", "type"}
_OF_ONE_PRODUCT: Final = {"variant": "product", "category_product": "product", "review": "product"}
_IN_EVERY_PRODUCT: Final = {"brand", "category", "filter", "attribute", "supplier", "deliverydate"}
_BATCH: Final = 5_000

_SCHEMA: Final = """
create table if not exists facts (name text primary key, value text not null) strict;
create table if not exists records (
    kind text not null, id integer not null, created integer, updated integer,
    owner integer, other integer, word text, record text not null, primary key (kind, id)
) strict;
create index if not exists records_time on records (kind, id, created, updated);
create index if not exists records_updated on records (kind, updated) where updated is not null;
drop index if exists records_owner;
drop index if exists records_other;
drop index if exists records_word;
create index if not exists records_by_owner on records (kind, owner, id) where owner is not null;
create index if not exists records_by_other on records (kind, other, id) where other is not null;
create index if not exists records_by_word on records (kind, word, id) where word is not null;
create table if not exists rendered (
    id integer not null, language text not null, body blob not null, primary key (id, language)
) strict;
create table if not exists keys (
    key text primary key, secret text not null, permissions text not null
) strict;
create table if not exists windows (
    key text not null, window text not null, start integer not null, used integer not null,
    primary key (key, window)
) strict;
create table if not exists exceeded (
    seq integer primary key, at real not null, key text not null, window text not null,
    allowed integer not null
) strict;
create table if not exists calls (
    seq integer primary key, at real not null, side text not null, key text not null,
    method text not null, path text not null, query text not null, status integer not null
) strict;
create table if not exists faults (
    id integer primary key, side text not null, plan text not null,
    matched integer not null default 0, applied integer not null default 0
) strict;
"""


@dataclass(frozen=True)
class Call:
    """One answered call: `at` in unix seconds, `key` the key's last four characters, `status` 0 if
    the client got no whole answer. `query` holds neither keys nor e-mail addresses."""

    seq: int
    at: float
    side: str
    key: str
    method: str
    path: str
    query: dict[str, str]
    status: int


@dataclass(frozen=True)
class Exceeded:
    """A call beyond a window: `window` is second, 5min, hour or day, `key` its last four."""

    at: float
    key: str
    window: str
    limit: int


@dataclass(frozen=True)
class ApiKey:
    """A Lightspeed API key; `permissions` are the areas it may read."""

    key: str
    secret: str
    permissions: frozenset[str]


class State:
    """The stand-ins' memory at `path`; `now` gives unix seconds and stamps what is edited.

    Every operation is a transaction of its own. Connections are kept for the next operation and
    closed by `close`, or when the State is garbage.
    """

    def __init__(self, path: Path | str, *, now: Callable[[], float] = time.time) -> None:
        self.path = Path(path)
        self.now = now
        self.faults = FaultPlans(self)
        self._idle: list[sqlite3.Connection] = []
        self._closer = weakref.finalize(self, _close_all, self._idle)
        with self.write() as db:
            for statement in _SCHEMA.split(";"):
                db.execute(statement)

    def close(self) -> None:
        """Close the kept connections; the State can still be used."""
        _close_all(self._idle)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection whose statements all see the same moment."""
        with self._transaction("begin") as db:
            yield db

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a transaction that may write; an exception undoes all of it."""
        with self._transaction("begin immediate") as db:
            yield db

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        db = self._connection()
        try:
            db.execute(begin)
            yield db
            db.execute("commit")
        except BaseException:
            db.close()
            raise
        self._idle.append(db)

    def _connection(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return _connected(self.path)

    def set_fact(self, name: str, value: object) -> None:
        """Remember any JSON value under a name, such as the shop or the switches."""
        with self.write() as db:
            row = (name, orjson.dumps(value).decode())
            db.execute("insert or replace into facts values (?, ?)", row)
            if name in ("shop", "cluster", "languages"):
                db.execute("delete from rendered")

    def fact(self, name: str, default: object = None) -> Any:
        """The remembered value, or `default`."""
        with self.read() as db:
            return fact(db, name, default)

    def put(self, kind: str, record: Mapping[str, Any]) -> int:
        """Add the record, or replace the one with its id; returns the id. A missing id or stamp is
        given: the next id, and now."""
        with self.write() as db:
            complete = self._completed(db, kind, record)
            _insert(db, kind, [complete])
            _forget_rendered(db, kind, complete)
            return int(complete["id"])

    def put_many(self, kind: str, records: Iterable[Mapping[str, Any]]) -> int:
        """Add or replace complete records in bulk; returns how many."""
        total = 0
        rows = iter(records)
        while batch := [dict(record) for record in islice(rows, _BATCH)]:
            with self.write() as db:
                _insert(db, kind, batch)
                if kind in _OF_ONE_PRODUCT or kind in _IN_EVERY_PRODUCT or kind == "product":
                    db.execute("delete from rendered")
            total += len(batch)
        return total

    def edit(self, kind: str, id: int, *, touch: bool = True, **fields: object) -> Record:
        """Change some fields of a record and return it; `touch` stamps its updatedAt.

        Raises KeyError for an unknown id.
        """
        with self.write() as db:
            old = _found(db, kind, id)
            stamp = {"updatedAt": _iso(self.now())} if touch and kind not in _UNSTAMPED else {}
            new = {**old, **stamp, **fields, "id": id}
            _insert(db, kind, [new])
            for record in (old, new):
                _forget_rendered(db, kind, record)
            if (
                kind == "variant"
                and stamp
                and fact(db, "switches", {}).get("variant_bumps_product")
            ):
                _bump_product(db, new, stamp)
            return new

    def delete(self, kind: str, id: int, *, orphan: bool = False) -> None:
        """Remove a record without a trace, and what belongs to it; `orphan` leaves a product's
        variants behind. Raises KeyError for an unknown id."""
        with self.write() as db:
            old = _found(db, kind, id)
            db.execute("delete from records where kind = ? and id = ?", (kind, id))
            for dependent in _DEPENDENTS.get(kind, ()):
                if not (orphan and dependent == "variant"):
                    field = "ownerId" if dependent == "metafield" else kind
                    column = _column(dependent, field)
                    db.execute(
                        f"delete from records where kind = ? and {column} = ?",
                        (dependent, id),
                    )
            _forget_rendered(db, kind, old)

    def get(self, kind: str, id: int) -> Record:
        """The record. Raises KeyError for an unknown id."""
        with self.read() as db:
            return _found(db, kind, id)

    def all(self, kind: str) -> list[Record]:
        """All records of a kind, the lowest id first."""
        with self.read() as db:
            rows = db.execute("select record from records where kind = ? order by id", (kind,))
            return [orjson.loads(row[0]) for row in rows]

    def count(self, kind: str) -> int:
        """How many records of a kind there are."""
        with self.read() as db:
            row = db.execute("select count(*) from records where kind = ?", (kind,)).fetchone()
            return int(row[0])

    def add_key(self, key: str, secret: str, permissions: Iterable[str] = AREAS) -> None:
        """Let a Lightspeed API key in, with the areas (see AREAS) that it may read."""
        areas = orjson.dumps(sorted(permissions)).decode()
        with self.write() as db:
            db.execute("insert or replace into keys values (?, ?, ?)", (key, secret, areas))

    def remove_key(self, key: str) -> None:
        """Take a Lightspeed API key away."""
        with self.write() as db:
            db.execute("delete from keys where key = ?", (key,))

    def api_keys(self) -> list[ApiKey]:
        """The Lightspeed API keys."""
        with self.read() as db:
            rows = db.execute("select key, secret, permissions from keys order by rowid").fetchall()
        return [ApiKey(key, secret, frozenset(orjson.loads(areas))) for key, secret, areas in rows]

    def add_call(
        self,
        side: Side,
        key: str,
        method: str,
        path: str,
        query: Mapping[str, str],
        status: int,
        at: float,
    ) -> None:
        """Log one answered call; only the key's last four characters are kept."""
        text = orjson.dumps(_presentable(query)).decode()
        with self.write() as db:
            db.execute(
                "insert into calls (at, side, key, method, path, query, status)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (at, side, key[-4:], method, path, text, status),
            )

    def calls(self, since: int = 0, side: Side | None = None) -> list[Call]:
        """The logged calls with a higher `seq` than `since`, oldest first, of one side or both."""
        with self.read() as db:
            rows = db.execute(
                "select seq, at, side, key, method, path, query, status from calls"
                " where seq > ? and side = coalesce(?, side) order by seq",
                (since, side),
            ).fetchall()
        return [_call(*row) for row in rows]

    def exceeded(self) -> list[Exceeded]:
        """Every call that was refused because its window was spent, oldest first."""
        with self.read() as db:
            rows = db.execute("select at, key, window, allowed from exceeded order by seq")
            return [Exceeded(*row) for row in rows]

    def _completed(self, db: sqlite3.Connection, kind: str, record: Mapping[str, Any]) -> Record:
        stamp = _iso(self.now())
        stamps = {} if kind in _UNSTAMPED else {"createdAt": stamp, "updatedAt": stamp}
        if record.get("id") is not None:
            return {**stamps, **record}
        sql = "select coalesce(max(id), 0) + 1 from records where kind = ?"
        return {**stamps, **record, "id": db.execute(sql, (kind,)).fetchone()[0]}


def fact(db: sqlite3.Connection, name: str, default: object = None) -> Any:
    """The remembered value inside the caller's transaction, or `default`."""
    row = db.execute("select value from facts where name = ?", (name,)).fetchone()
    return default if row is None else orjson.loads(row[0])


def seconds(stamp: str | None) -> int | None:
    """Unix seconds of an ISO text with its offset; None for None."""
    return None if stamp is None else int(datetime.fromisoformat(stamp).timestamp())


def _iso(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat()


def _connected(path: Path) -> sqlite3.Connection:
    path.touch(0o600)
    db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = off")
    db.execute("pragma cache_size = -16000")
    return db


def _close_all(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()


def _found(db: sqlite3.Connection, kind: str, id: int) -> Record:
    sql = "select record from records where kind = ? and id = ?"
    row = db.execute(sql, (_known(kind), id)).fetchone()
    if row is None:
        raise KeyError(f"{kind} {id}")
    record: Record = orjson.loads(row[0])
    return record


def _bump_product(db: sqlite3.Connection, variant: Record, stamp: Mapping[str, str]) -> None:
    sql = "select record from records where kind = 'product' and id = ?"
    row = db.execute(sql, (variant["product"],)).fetchone()
    if row is not None:
        _insert(db, "product", [{**orjson.loads(row[0]), **stamp}])


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind}")
    return kind


def _column(kind: str, field: str) -> str:
    return ("owner", "other")[OWNERS[kind].index(field)]


def _insert(db: sqlite3.Connection, kind: str, records: Iterable[Record]) -> None:
    owners = (*OWNERS.get(_known(kind), ()), "", "")[:2]
    word = WORDS.get(kind, "")
    db.executemany(
        "insert or replace into records (kind, id, created, updated, owner, other, word, record)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                kind,
                record["id"],
                seconds(record.get("createdAt")),
                seconds(record.get("updatedAt")),
                record.get(owners[0]),
                record.get(owners[1]),
                record.get(word),
                orjson.dumps(record).decode(),
            )
            for record in records
        ],
    )


def _forget_rendered(db: sqlite3.Connection, kind: str, record: Record) -> None:
    if kind in _IN_EVERY_PRODUCT:
        db.execute("delete from rendered")
    elif kind == "product":
        db.execute("delete from rendered where id = ?", (record["id"],))
    elif kind in _OF_ONE_PRODUCT:
        db.execute("delete from rendered where id = ?", (record[_OF_ONE_PRODUCT[kind]],))


def _call(
    seq: int, at: float, side: str, key: str, method: str, path: str, query: str, status: int
) -> Call:
    return Call(seq, at, side, key, method, path, orjson.loads(query), status)


def _presentable(query: Mapping[str, str]) -> dict[str, str]:
    return {
        name: "(e-mail)" if "@" in value else value
        for name, value in query.items()
        if name not in ("key", "private_key")
    }
