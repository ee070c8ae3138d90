"""A Lightspeed record as a Clerk.io record: pure functions of record, settings and shop facts."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson

from sync.mapping.attributes import product_attributes
from sync.mapping.common import (
    VERSION,
    Context,
    ShopFacts,
    Side,
    context,
    glance_key,
    mapping_key,
    price_side,
)
from sync.mapping.content import category_payload, page_payload
from sync.mapping.names import attribute_name
from sync.mapping.prices import money
from sync.mapping.product import (
    Glance,
    ProductExtra,
    product_changer,
    product_comparer,
    product_glance,
    product_payload,
    product_splicer,
)
from sync.mapping.sales import (
    customer_payload,
    order_items,
    order_key,
    order_payload,
    order_status,
    skipped_lines,
    uncounted,
    unpriced,
    wholly_returned,
    without_emails,
)
from sync.mapping.survey import (
    AttributeUse,
    Collision,
    attribute_sources,
    attributes_offered,
    collisions,
)
from sync.mapping.trace import FieldSource, field_sources

__all__ = [
    "VERSION",
    "AttributeUse",
    "Collision",
    "Context",
    "FieldSource",
    "Glance",
    "ProductExtra",
    "ShopFacts",
    "Side",
    "attribute_name",
    "attribute_sources",
    "attributes_offered",
    "category_payload",
    "collisions",
    "context",
    "customer_payload",
    "field_sources",
    "glance_key",
    "mapping_key",
    "money",
    "order_items",
    "order_key",
    "order_payload",
    "order_status",
    "page_payload",
    "payload_bytes",
    "payload_hash",
    "price_side",
    "product_attributes",
    "product_changer",
    "product_comparer",
    "product_glance",
    "product_payload",
    "product_splicer",
    "skipped_lines",
    "uncounted",
    "unpriced",
    "wholly_returned",
    "without_emails",
]


def payload_bytes(payload: Mapping[str, Any]) -> bytes:
    """Return a payload as JSON with sorted keys. One that is made of such JSON gives the same
    bytes again: the items of an order keep theirs as they are."""
    items = payload.get("products")
    if isinstance(items, list):
        payload = {**payload, "products": orjson.Fragment(orjson.dumps(items))}
    return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)


def payload_hash(b: bytes) -> bytes:
    """Return the 16 bytes by which a payload is compared with the confirmed one."""
    return blake2b(b, digest_size=16).digest()
