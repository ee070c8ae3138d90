"""The Clerk.io side's objects in the stand-ins' SQLite file.

Every function works inside the caller's transaction, so a refused request leaves nothing behind.
Ids keep their type: a column of type ANY holds 1 and "1" apart.
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from sync.sandbox.clerk.shapes import CUSTOMER, ORDER, Entity, Id, Object, Refusal, key_of

SCHEMA = """
create table if not exists clerk_stores (
    public text primary key, name text not null
) strict;
create table if not exists clerk_keys (
    private text primary key, public text not null references clerk_stores (public)
) strict;
create table if not exists clerk_id_types (
    store text not null, entity text not null, type text not null check (type in ('int', 'str')),
    primary key (store, entity)
) strict;
create table if not exists clerk_objects (
    store text not null, entity text not null, key any not null, email text, object blob not null,
    at real not null, primary key (store, entity, key)
) strict;
create index if not exists clerk_objects_email on clerk_objects (store, entity, email)
    where email is not null;
create table if not exists clerk_stale (
    store text not null, entity text not null, key any not null, object blob,
    reads integer not null, primary key (store, entity, key)
) strict;
create table if not exists clerk_deleted (
    seq integer primary key, store text not null, entity text not null, key any not null,
    at real not null
) strict;
create table if not exists clerk_requests (
    seq integer primary key, at real not null, store text not null, method text not null,
    path text not null, objects integer not null, ignored integer not null,
    bytes integer not null, status integer not null, error text
) strict;
create index if not exists clerk_requests_at on clerk_requests (store, at);
create table if not exists clerk_forgotten (
    store text not null, name text not null, value text not null, at real not null
) strict;
create table if not exists clerk_switches (
    name text primary key, value any
) strict;
"""


def upsert(
    db: sqlite3.Connection,
    store: str,
    entity: Entity,
    batch: Sequence[Object],
    at: float,
    partial: bool = False,
) -> None:
    """Store each object whole or, if `partial`, merge it into the stored one; the last one wins.

    Raises Refusal for an id of another type than the store's first, for a partial object that is
    not stored, and for a customer whose customerid or e-mail address would change.
    """
    _hold_id_type(db, store, entity, batch)
    changed = _merged(db, store, entity, batch, partial)
    if name := _switch(db, "modifier"):
        changed = {key: _modified(value, name) for key, value in changed.items()}
    if reads := _switch(db, "stale_reads"):
        _remember(db, store, entity, changed, int(reads))
    store_objects(db, store, entity, changed, at)


def _switch(db: sqlite3.Connection, name: str, usual: object = None) -> Any:
    row = db.execute("select value from clerk_switches where name = ?", (name,)).fetchone()
    return row[0] if row else usual


def _modified(value: Object, name: str) -> Object:
    text = value.get(name)
    return {**value, name: text.upper()} if isinstance(text, str) else value


def _remember(
    db: sqlite3.Connection, store: str, entity: Entity, keys: Iterable[Id], reads: int
) -> None:
    db.executemany(
        "insert or replace into clerk_stale values (?1, ?2, ?3, (select object from clerk_objects"
        " where store = ?1 and entity = ?2 and key = ?3), ?4)",
        [(store, entity.name, key, reads) for key in keys],
    )


def _as_before(
    db: sqlite3.Connection, store: str, entity: Entity, current: dict[Id, Object]
) -> dict[Id, Object]:
    """What is found as a read shows it that comes too early."""
    for key, old in db.execute(
        "update clerk_stale set reads = reads - 1 where store = ? and entity = ? and reads > 0"
        " and key in (select value from json_each(?)) returning key, object",
        (store, entity.name, _json(current)),
    ).fetchall():
        if old is None:
            current.pop(key)
        else:
            current[key] = orjson.loads(old)
    return current


def store_objects(
    db: sqlite3.Connection,
    store: str,
    entity: Entity,
    changed: Mapping[Id, Object],
    at: float,
) -> None:
    """Write the objects, whatever was there."""
    db.executemany(
        "insert into clerk_objects (store, entity, key, email, object, at)"
        " values (?, ?, ?, ?, ?, ?) on conflict (store, entity, key)"
        " do update set object = excluded.object, email = excluded.email, at = excluded.at",
        [
            (store, entity.name, key, _email(entity, value), orjson.dumps(value), at)
            for key, value in changed.items()
        ],
    )


def delete(
    db: sqlite3.Connection, store: str, entity: Entity, ids: Sequence[Id], at: float
) -> None:
    """Delete the objects with these ids; unknown ids are no error. Ids are matched as in `find`."""
    rows = db.execute(
        "delete from clerk_objects where store = ? and entity = ?"
        " and key in (select value from json_each(?)) returning key",
        (store, entity.name, _json(_typed(db, store, entity, ids))),
    ).fetchall()
    db.executemany(
        "insert into clerk_deleted (store, entity, key, at) values (?, ?, ?, ?)",
        [(store, entity.name, row[0], at) for row in rows],
    )


def forget(db: sqlite3.Connection, store: str, name: str, value: str, at: float) -> None:
    """Note that somebody is to be forgotten; orders lose what names the person, if the switch for
    it is on. Addresses are compared without case."""
    db.execute("insert into clerk_forgotten values (?, ?, ?, ?)", (store, name, value, at))
    if name == "visitor" or not _switch(db, "forget_orders", True):
        return
    changed = {
        key: {field: kept for field, kept in order.items() if field not in ("email", "customer")}
        for key, order in everything(db, store, ORDER).items()
        if str(order.get(name, "")).casefold() == value.casefold()
    }
    store_objects(db, store, ORDER, changed, at)


def find(db: sqlite3.Connection, store: str, entity: Entity, ids: Sequence[Id]) -> list[Object]:
    """The stored objects with these ids, in their order, without the unknown ones.

    A text of digits finds an integer id (Clerk.io's own extensions send ids as texts here);
    any other mismatch of types raises Refusal. Customers are found by e-mail address.
    """
    column = "email" if entity is CUSTOMER else "key"
    wanted = list(ids) if entity is CUSTOMER else _typed(db, store, entity, ids)
    by_key: dict[Id, list[Object]] = {}
    rows = _rows(db, store, entity, column, wanted)
    shown = _as_before(db, store, entity, {key_of(entity, value): value for _, value in rows})
    for key, value in rows:
        if (now := shown.get(key_of(entity, value))) is not None:
            by_key.setdefault(key, []).append(now)
    return [value for key in dict.fromkeys(wanted) for value in by_key.get(key, [])]


def everything(db: sqlite3.Connection, store: str, entity: Entity) -> dict[Id, Object]:
    """All the store's objects of one kind by key, in the order in which they were created."""
    rows = db.execute(
        "select key, object from clerk_objects where store = ? and entity = ? order by rowid",
        (store, entity.name),
    )
    return {row[0]: orjson.loads(row[1]) for row in rows}


def _merged(
    db: sqlite3.Connection, store: str, entity: Entity, batch: Sequence[Object], partial: bool
) -> dict[Id, Object]:
    merges = partial or bool(_switch(db, "keep_unnamed"))
    stored = _Stored(db, store, entity, batch, needed=merges or entity is CUSTOMER)
    changed: dict[Id, Object] = {}
    for position, new in enumerate(batch):
        old = stored.find(new)
        if partial and old is None:
            raise Refusal("LogicalError", f"{entity.name}[{position}] does not exist")
        if old is not None:
            _hold_keys(entity, position, old, new, partial)
        value = {**old, **new} if merges and old is not None else new
        stored.add(value)
        changed[key_of(entity, value)] = value
    return changed


class _Stored:
    """The objects that a batch may touch. A customer without customerid is known by its address."""

    def __init__(
        self,
        db: sqlite3.Connection,
        store: str,
        entity: Entity,
        batch: Sequence[Object],
        needed: bool,
    ) -> None:
        self.entity = entity
        self.by_key: dict[Id, Object] = {}
        self.by_email: dict[str, Object] = {}
        if needed:
            for column in ("key", "email") if entity is CUSTOMER else ("key",):
                wanted = _wanted(entity, column, batch)
                for _, value in _rows(db, store, entity, column, wanted):
                    self.add(value)

    def add(self, value: Object) -> None:
        self.by_key[key_of(self.entity, value)] = value
        if (email := _email(self.entity, value)) is not None:
            self.by_email[email] = value

    def find(self, value: Object) -> Object | None:
        known = self.by_key.get(key_of(self.entity, value))
        if known is not None or self.entity is not CUSTOMER:
            return known
        other = self.by_email.get(value.get("email", ""))
        two_people = other is not None and "customerid" in other and "customerid" in value
        return None if two_people else other


def _wanted(entity: Entity, column: str, batch: Sequence[Object]) -> list[Id]:
    if column == "key":
        return [key_of(entity, value) for value in batch]
    return [value["email"] for value in batch if "email" in value]


def _email(entity: Entity, value: Object) -> str | None:
    return value.get("email") if entity is CUSTOMER else None


def _hold_keys(entity: Entity, position: int, old: Object, new: Object, partial: bool) -> None:
    for name in entity.keys:
        if partial and name not in new:
            continue
        if old.get(name) != new.get(name):
            place = f"{entity.name}[{position}].{name}"
            raise Refusal("LogicalError", f"{place} cannot be changed after creation")


def _rows(
    db: sqlite3.Connection, store: str, entity: Entity, column: str, wanted: Iterable[Id]
) -> list[tuple[Id, Object]]:
    rows = db.execute(
        f"select {column}, object from clerk_objects where store = ? and entity = ?"
        f" and {column} in (select value from json_each(?))",
        (store, entity.name, _json(wanted)),
    )
    return [(row[0], orjson.loads(row[1])) for row in rows]


def _json(values: Iterable[Id]) -> str:
    return orjson.dumps(list(values)).decode()


def _id_type(db: sqlite3.Connection, store: str, entity: Entity) -> str | None:
    row = db.execute(
        "select type from clerk_id_types where store = ? and entity = ?", (store, entity.name)
    ).fetchone()
    return None if row is None else str(row[0])


def _hold_id_type(
    db: sqlite3.Connection, store: str, entity: Entity, batch: Sequence[Object]
) -> None:
    name = entity.keys[0]
    first = known = _id_type(db, store, entity)
    for position, value in enumerate(batch):
        if name not in value:
            continue
        known = known or type(value[name]).__name__
        if type(value[name]).__name__ != known:
            place = f"{entity.name}[{position}].{name}"
            expected = f"{place} must be of type {known} like this store's other ids"
            raise Refusal("ParsingError", f"Invalid Syntax In Argument: {entity.name}: {expected}")
    if known and not first:
        db.execute("insert into clerk_id_types values (?, ?, ?)", (store, entity.name, known))


def _typed(db: sqlite3.Connection, store: str, entity: Entity, ids: Sequence[Id]) -> list[Id]:
    known = _id_type(db, store, entity)
    typed: list[Id] = [
        int(value)
        if known == "int" and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value)
        else value
        for value in ids
    ]
    if known and any(type(value).__name__ != known for value in typed):
        raise Refusal("ParsingError", f"Invalid Syntax In Argument: {entity.name}")
    return typed
