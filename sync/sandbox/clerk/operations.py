"""The endpoints of Clerk.io's REST API v2 that a catalogue and order sync uses.

An operation runs inside the request's transaction and returns what follows `"status": "ok"`, or
raises Refusal. Source: Clerk.io's published OpenAPI description, which has no DELETE /categories.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sync.sandbox.clerk import tables
from sync.sandbox.clerk.shapes import ENTITIES, Entity, Refusal, checked, checked_ids, is_id

Answer = dict[str, Any]


@dataclass(frozen=True)
class Arguments:
    """A request's arguments; from a query they are texts, whose lists are encoded as JSON."""

    values: Mapping[str, Any]
    from_query: bool = False

    def text(self, name: str) -> str:
        """The text `name`; "" if it is missing or of another type."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def decoded(self, name: str) -> object:
        """What `name` holds, unchecked. Raises Refusal if it is missing or not encoded."""
        if name not in self.values:
            raise Refusal("ParsingError", f"Missing Argument {name}")
        if not self.from_query:
            return self.values[name]
        try:
            return orjson.loads(self.values[name])
        except orjson.JSONDecodeError:
            raise Refusal("ParsingError", f"Invalid Syntax In Argument: {name}") from None


@dataclass
class Exchange:
    """One request on its way, and what the store's history will tell of it."""

    method: str
    path: str
    at: float
    bytes: int
    arguments: Arguments = Arguments({})
    max_objects: int | None = None
    store: str = ""
    objects: int = 0
    ignored: int = 0

    def items(self, name: str) -> object:
        """The list `name`, counted but not checked. Raises Refusal if it passes `max_objects`."""
        values = self.arguments.decoded(name)
        self.objects = len(values) if isinstance(values, list) else 0
        if self.max_objects is not None and self.objects > self.max_objects:
            raise Refusal("LogicalError", f"Too many {name}: at most {self.max_objects} a request")
        return values


@dataclass(frozen=True)
class Operation:
    """What answers one method of one path; `private` if it needs the private key."""

    answer: Callable[[sqlite3.Connection, Exchange], Answer]
    private: bool = True


def _upserting(entity: Entity, partial: bool) -> Operation:
    def upsert(db: sqlite3.Connection, exchange: Exchange) -> Answer:
        batch = checked(entity, exchange.items(entity.name), partial)
        exchange.ignored = batch.ignored
        tables.upsert(db, exchange.store, entity, batch.objects, exchange.at, partial)
        return {}

    return Operation(upsert)


def _finding(entity: Entity) -> Operation:
    def find(db: sqlite3.Connection, exchange: Exchange) -> Answer:
        ids = checked_ids(entity, exchange.items(entity.name))
        return {entity.name: tables.find(db, exchange.store, entity, ids)}

    return Operation(find)


def _deleting(entity: Entity) -> Operation:
    def delete(db: sqlite3.Connection, exchange: Exchange) -> Answer:
        ids = checked_ids(entity, exchange.items(entity.name))
        tables.delete(db, exchange.store, entity, ids, exchange.at)
        return {}

    return Operation(delete)


def _forget(db: sqlite3.Connection, exchange: Exchange) -> Answer:
    """Of whom is asked for, by e-mail address, customer's id or visitor. The address goes from
    orders, which stay; nothing says that the customer goes too."""
    values = exchange.arguments.values
    named = {name: values[name] for name in ("email", "customer", "visitor") if name in values}
    if not named:
        raise Refusal("ParsingError", "Missing Argument email")
    for name, value in named.items():
        if not is_id(value):
            raise Refusal("ParsingError", f"Invalid Syntax In Argument: {name}")
        tables.forget(db, exchange.store, name, str(value), exchange.at)
    return {}


def _account(db: sqlite3.Connection, exchange: Exchange) -> Answer:
    return {}


def _facets(db: sqlite3.Connection, exchange: Exchange) -> Answer:
    """Attribute → how many products carry it. Only that attributes are the keys is documented."""
    products = tables.everything(db, exchange.store, ENTITIES["products"])
    return {"facets": dict(Counter(name for value in products.values() for name in value))}


def _popular(db: sqlite3.Connection, exchange: Exchange) -> Answer:
    products = tables.everything(db, exchange.store, ENTITIES["products"])
    shown = [key for key, value in products.items() if value.get("index", True)]
    limit = exchange.arguments.values.get("limit", 20)
    if not str(limit).isdecimal():
        raise Refusal("ParsingError", "Invalid Syntax In Argument: limit")
    return {"result": shown[: int(limit)], "count": len(shown)}


def _of_entities() -> dict[str, dict[str, Operation]]:
    operations = {}
    for entity in ENTITIES.values():
        operations[entity.name] = {
            "GET": _finding(entity),
            "POST": _upserting(entity, partial=False),
            "PATCH": _upserting(entity, partial=True),
        }
        if entity.deletable:
            operations[entity.name]["DELETE"] = _deleting(entity)
    return operations


OPERATIONS: Final[Mapping[str, Mapping[str, Operation]]] = {
    **_of_entities(),
    "client/account/info": {"GET": Operation(_account), "POST": Operation(_account)},
    "privacy/forget": {"GET": Operation(_forget), "POST": Operation(_forget)},
    "product/facets": {"GET": Operation(_facets, private=False)},
    "recommendations/popular": {
        "GET": Operation(_popular, private=False),
        "POST": Operation(_popular, private=False),
    },
}
"""Path below /v2 → method → operation."""
