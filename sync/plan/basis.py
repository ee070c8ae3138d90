"""What the decisions on each kind of record are made from, named once.

Whatever names a plan or keeps something of one goes by this: the fingerprint that a run is held
to, the rows that pages read, what a list shows beside them, what a survey of the shop found. A
thing that a plan begins to depend on is named here and nowhere else; a test watches what a plan
reads, and fails for what is not named.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import orjson

from sync import mapping, rules
from sync.entities import ENTITIES, KINDS, scope
from sync.mirror import Mirror
from sync.personal import masking
from sync.plan.counts import Counts
from sync.plan.inputs import PlanInputs

# Settings that decide which records of an entity go, and how they leave. Those that make their
# payloads are in the mapping key.
DECIDING: Final[Mapping[str, tuple[str, ...]]] = {
    "products": (
        "import_products",
        "include_out_of_stock",
        "include_free_products",
        "removed_products",
    ),
    "categories": ("import_categories", "include_hidden_categories"),
    "orders": ("import_orders", "include_orders", "accepted_order_statuses"),
    "customers": ("import_customers", "include_customers"),
    "pages": ("import_pages", "include_pages"),
}

Basis = dict[str, Any]


def digest(parts: object) -> str:
    """A short name for what `parts` hold."""
    return blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def state(inputs: PlanInputs, entity: str) -> Basis:
    """Everything beside the settings that decisions on an entity's records are made from. Arriving
    order lines are left out: they move nothing else, and would make every click plan anew."""
    return {
        "entity": entity,
        "rules": rules.VERSION,
        "content": content(inputs.mirror, inputs.lang, entity),
        "complete": inputs.complete(entity),
        "now": inputs.as_of if KINDS[entity].time_reason else None,
        "ledger": inputs.ledger.version(),
    }


def content(mirror: Mirror, lang: str, entity: str) -> list[int]:
    """Versions of the parts of the mirror that an entity's records and payloads come from."""
    return mirror.versions([scope(entity, lang), "shop"])


def choices(inputs: PlanInputs, entity: str) -> Basis:
    """What the settings, the store and its shop say of an entity's records."""
    values = inputs.settings.values()
    return {
        "mapping": inputs.mapkey(entity),
        "deciding": {key: values[key] for key in DECIDING[entity]},
    }


def shown(inputs: PlanInputs, entity: str) -> Basis:
    """What a list shows of an entity's records comes from this, beside their decisions."""
    return {
        "store": inputs.store.id,
        "entity": entity,
        "content": content(inputs.mirror, inputs.lang, entity),
        "glance": mapping.glance_key(entity, inputs.context),
        "masks": masking.VERSION,
    }


def surveyed(mirror: Mirror, lang: str, asked: object) -> str:
    """Names what a survey of a shop's products comes from; `asked` are the settings it goes by."""
    return digest([mapping.VERSION, content(mirror, lang, "products"), asked])


def part_key(inputs: PlanInputs, entity: str) -> str:
    """Names the decisions on an entity's records."""
    return digest(state(inputs, entity) | choices(inputs, entity))


def fingerprint(inputs: PlanInputs, counts: Mapping[str, Counts]) -> str:
    """Names a plan by all that it is made from. Time counts by what it decides alone, for reading
    a shop that has not changed moves nothing: with the content fixed, the numbers of what is too
    old or not yet published fix the records."""
    parts: Basis = {"store": inputs.store.id, "settings": inputs.settings.values()}
    for entity in ENTITIES:
        basis = state(inputs, entity) | choices(inputs, entity)
        by_time = KINDS[entity].time_reason
        basis["now"] = counts[entity].reasons[by_time] if by_time else None
        if not inputs.wants(entity):
            del basis["content"]  # whatever it holds, none of it goes
        parts[entity] = basis
    return digest(parts)
