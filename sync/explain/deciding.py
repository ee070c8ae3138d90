"""What the plan says of one record."""

from __future__ import annotations

from typing import Any

import orjson

from sync.entities import PLURALS
from sync.mirror import title_of
from sync.openshop import OpenShop
from sync.plan import Decision, PlanInputs, decide, decide_order
from sync.settings import Settings
from sync.store import Refused


def kind_named(entity: str) -> str:
    """The kind that a singular names; UsageError for any other word."""
    if entity not in PLURALS:
        raise Refused("unknown_kind", kind=entity, known=", ".join(PLURALS))
    return PLURALS[entity]


def in_mirror(shop: OpenShop, entity: str, source: int | str) -> bool:
    """Whether the shop had the record, in the store's language, when it was last read."""
    if isinstance(source, str) and _is_number(source):  # SQLite takes `12.0` for the id 12
        return False
    return title_of(shop.mirror, shop.store.language, entity, source) is not None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def goes(made: Decision) -> bool:
    """Whether the record is, or would be, in Clerk.io under the settings."""
    return made.action in ("create", "update", "unchanged") and not made.reasons


def decision(shop: OpenShop, settings: Settings, entity: str, source: int | str) -> Decision:
    """What a sync would do with one record of the mirror under settings."""
    inputs = shop.plan_inputs(settings, {entity: frozenset([source])})
    return _decide(inputs, entity, source)


def _decide(inputs: PlanInputs, entity: str, source: int | str) -> Decision:
    if entity == "orders" and isinstance(source, int):  # a row without an id has another name
        return decide_order(inputs, source)
    return next(made for made in decide(inputs, entity) if made.source == source)


def whole_payload(shop: OpenShop, made: Decision) -> Any:
    """The whole record as it would be in Clerk.io, of one that goes."""
    stored = shop.ledger.payload(made.entity, made.source)
    if made.action == "unchanged":
        return orjson.loads(stored or b"null")
    sent = orjson.loads(made.payload or b"null")
    return {**orjson.loads(stored or b"{}"), **sent} if made.method == "patch" else sent
