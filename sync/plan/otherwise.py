"""Which records other settings may decide otherwise, where the payloads stay what they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from sync.entities import Id, wants
from sync.plan.alike import orders_otherwise
from sync.plan.inputs import PlanInputs
from sync.plan.products import products_otherwise

# Settings of which it is known whom they concern; any other may concern every record.
_NARROW: Final[Mapping[str, frozenset[str]]] = {
    "products": frozenset({"include_out_of_stock", "include_free_products"}),
    "orders": frozenset({"include_orders", "accepted_order_statuses"}),
}
_OTHERWISE: Final[Mapping[str, Callable[[PlanInputs, PlanInputs], Collection[Id]]]] = {
    "products": products_otherwise,
    "orders": orders_otherwise,
}


def decided_otherwise(
    inputs: PlanInputs, entity: str, deciding: Mapping[str, str]
) -> Collection[Id] | None:
    """The records of an entity that may be decided otherwise than under these of the settings that
    decide on it, the state and the mapping being the same; None if any may. Of orders that another
    one owns the key of nothing is said."""
    settings = inputs.settings
    differing = {
        name for name, value in settings.values().items() if deciding.get(name, value) != value
    }
    if not differing:
        return ()  # another process has finished the same in this moment
    before = settings.from_values({**settings.values(), **deciding})
    if not differing <= _NARROW.get(entity, frozenset()):
        return None
    if not (wants(settings, entity) and wants(before, entity)):
        return None
    return _OTHERWISE[entity](inputs, inputs.under(before))
