"""What the products of a store sold lately, for lists that begin with those that matter."""

from __future__ import annotations

from collections.abc import Mapping

from sync.entities import Id
from sync.openshop import opened_shop
from sync.plan import Sold, known_sales
from sync.store import Desk, StoreRow


def sales(desk: Desk, store: StoreRow) -> Mapping[Id, Sold]:
    """What each product sold in the last 90 days, by its id; those that sold nothing are left
    out."""
    with opened_shop(desk, store) as shop:
        inputs = shop.plan_inputs(desk.settings(store).settings)
        return dict(known_sales(inputs, str(shop.path)).items())
