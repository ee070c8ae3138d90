"""What was searched for a record that was not found, and what may be the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sync.clock import iso
from sync.entities import KINDS
from sync.mirror import facts
from sync.mirror.finding import LIKELIEST
from sync.mirror.records import rows_sql
from sync.openshop import OpenShop, opened_shop
from sync.plan import PlanInputs
from sync.store import Desk, StoreRow


@dataclass(frozen=True)
class Why:
    """Why a record may not be in the local copy: `off` (`setting` lets none be read), `unread`
    (nobody read the shop yet), `older` (of orders: none placed before `since` are in it),
    `incomplete` (the last read of them broke off), `newer` or, of orders, `newly_placed` (it was
    made after `since`). `since` is ISO 8601 UTC."""

    code: str
    since: str | None = None
    setting: str | None = None


@dataclass(frozen=True)
class Searched:
    """A kind of record (plural) that was searched in vain: how many of it the local copy has, and
    why one may not be among them."""

    entity: str
    count: int
    whys: tuple[Why, ...]


def searched(desk: Desk, store: StoreRow) -> list[Searched]:
    """Every kind of record that `lookup` searches for a store, the likeliest first."""
    with opened_shop(desk, store) as shop:
        inputs = shop.plan_inputs(desk.settings(store).settings)
        return [_searched(shop, inputs, entity) for entity in LIKELIEST]


def _searched(shop: OpenShop, inputs: PlanInputs, entity: str) -> Searched:
    sql = f"SELECT count(*) FROM {rows_sql(entity)}"
    row = shop.mirror.conn.execute(sql, {"lang": shop.store.language}).fetchone()
    count = int(row[0])
    if not count and not inputs.wants(entity):
        return Searched(entity, count, (Why("off", setting=_switch(inputs, entity)),))
    if not inputs.was_read(entity):
        return Searched(entity, count, (Why("unread"),))
    return Searched(entity, count, tuple(_whys(shop, inputs, entity)))


def _whys(shop: OpenShop, inputs: PlanInputs, entity: str) -> Iterator[Why]:
    """Of what was read: the newest first, which is the commonest."""
    orders = shop.mirror.fact(facts.ORDERS_STATE) if entity == "orders" else {}
    if not inputs.complete(entity):
        yield Why("incomplete")
    else:
        read = orders.get("since") or shop.mirror.fact(facts.as_of(shop.store.language))
        yield Why("newly_placed" if entity == "orders" else "newer", iso(read or None))
    if orders.get("older"):
        yield Why("older", iso(orders["from"]))


def _switch(inputs: PlanInputs, entity: str) -> str:
    """The setting that leaves a kind out."""
    kind = KINDS[entity]
    imported = getattr(inputs.settings, kind.imported_by)
    return kind.included_by if imported and kind.included_by else kind.imported_by
