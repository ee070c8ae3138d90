"""One decision for each record: what a sync would do with it, and every reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import orjson

from sync import mapping, rules
from sync.ledger import LOST
from sync.plan.alike import count_orders
from sync.plan.decision import (
    FORGOTTEN,
    Decision,
    among,
    confirmed,
    excluded,
    excluded_gone,
    gone,
    included,
    unreadable,
)
from sync.plan.inputs import PlanInputs, may_remove
from sync.plan.orders import decide_orders
from sync.plan.products import count_products, decide_products
from sync.shapes import Customer, Page


def decide(inputs: PlanInputs, entity: str) -> Iterator[Decision]:
    """Decisions for every record of an entity, in a stable order: records first, then what is
    gone from Lightspeed."""
    return _DECIDERS[entity](inputs)


def count_groups(inputs: PlanInputs, entity: str) -> Iterator[tuple[Decision, int]]:
    """What `decide` decides, in numbers: decisions that each stand for so many records. They say
    action and reasons alone."""
    if inputs.only is None and entity in _COUNTERS:
        return _COUNTERS[entity](inputs)
    return ((decision, 1) for decision in decide(inputs, entity))


# -- categories -----------------------------------------------------------------------------


def _categories(inputs: PlanInputs) -> Iterator[Decision]:
    mapkey = inputs.mapkey("categories")
    every = rules.category_reasons(inputs.categories, inputs.settings)
    restricted, listed = among(inputs, "categories", "c.id")
    sql = (
        "SELECT c.id, c.rev, l.hash, l.rev, l.mapkey, l.status, l.hidden FROM category c"
        " LEFT JOIN ledger l ON l.store = ? AND l.entity = 'categories' AND l.source = +c.id"
        f" WHERE c.lang = ? {restricted} ORDER BY c.id"
    )
    odd = inputs.odd("categories")
    for row in inputs.mirror.stream(sql, inputs.ledger.store, inputs.lang, *listed):
        if row[0] in odd:
            continue
        cid, known, reasons = row[0], confirmed(row[2:]), tuple(every.get(row[0], ()))
        if reasons:
            there = known is not None and known.rev != LOST
            # Clerk.io's API deletes no category, so one that no longer goes is only told of.
            left = there and reasons != ("import_off",)
            more = (*reasons, "left_in_clerk") if left else reasons
            yield Decision("categories", cid, cid, "skip", more)
        else:
            build = partial(category_bytes, inputs, cid)
            yield included("categories", cid, cid, row[1], mapkey, known, build)
    yield from unreadable(inputs, "categories")


def category_bytes(inputs: PlanInputs, cid: int) -> tuple[bytes, str | None]:
    payload = mapping.category_payload(inputs.categories[cid], inputs.context)
    return mapping.payload_bytes(payload), None


def left_in_clerk(inputs: PlanInputs) -> list[int]:
    """Categories that Clerk.io still has and the shop does not: its API has no delete for them."""
    sql = (
        "SELECT source FROM ledger WHERE store = ? AND entity = 'categories' AND rev <> ?"
        " AND source NOT IN (SELECT id FROM category WHERE lang = ?) ORDER BY source"
    )
    odd = inputs.odd("categories")
    rows = inputs.mirror.stream(sql, inputs.ledger.store, LOST, inputs.lang)
    return [row[0] for row in rows if row[0] not in odd]


# -- customers and pages --------------------------------------------------------------------


def _customers(inputs: PlanInputs) -> Iterator[Decision]:
    mapkey = inputs.mapkey("customers")
    reasons = tuple(rules.customer_reasons(inputs.settings))
    removable = may_remove(inputs, "customers")
    restricted, listed = among(inputs, "customers", "c.id")
    sql = (
        # Revisions are even: subscribing moves the last bit, and no stored record is made anew for
        # it.
        "SELECT c.id, c.rev + c.subscribed, c.subscribed, c.flat, l.hash, l.rev, l.mapkey,"
        " l.status, l.hidden FROM customer c LEFT JOIN ledger l ON l.store = ?"
        f" AND l.entity = 'customers' AND l.source = +c.id WHERE true {restricted} ORDER BY c.id"
    )
    odd = inputs.odd("customers")
    for row in inputs.mirror.stream(sql, inputs.ledger.store, *listed):
        if row[0] in odd:
            continue
        cid, known = row[0], confirmed(row[4:])
        if cid < 0:  # stands in for one who was forgotten
            more = reasons if "import_off" in reasons else (*reasons, FORGOTTEN)
            yield Decision("customers", cid, cid, "skip", more)
        elif reasons:
            yield excluded("customers", cid, reasons, known if removable else None)
        elif cid in inputs.taken_customers:
            # What Clerk.io has of them is under an address of before, which may be another's now.
            decision = excluded("customers", cid, ("key_taken",), known if removable else None)
            decision.owner = inputs.taken_customers[cid]
            yield decision
        else:
            build = partial(customer_bytes, inputs, row[3], bool(row[2]))
            decision = included("customers", cid, cid, row[1], mapkey, known, build)
            if decision.action == "update" and _keys_differ(inputs, cid, decision.payload):
                decision.method = "replace"
            yield decision
    yield from unreadable(inputs, "customers")
    # What is switched off stays in Clerk.io: a switch is no order to delete.
    if removable and reasons != ("import_off",):
        yield from gone(inputs, "customers", excluded_gone)


def customer_bytes(inputs: PlanInputs, flat: bytes, subscribed: bool) -> tuple[bytes, str | None]:
    customer: Customer = orjson.loads(flat)
    payload = mapping.customer_payload(customer, subscribed, inputs.context)
    return mapping.payload_bytes(payload), None


def _keys_differ(inputs: PlanInputs, cid: int, payload: bytes | None) -> bool:
    """Clerk.io holds customerid and email fixed: a changed one means delete and create."""
    before = orjson.loads(inputs.ledger.payload("customers", cid) or b"{}")
    after = orjson.loads(payload or b"{}")
    return any(before.get(name) != after.get(name) for name in ("customerid", "email"))


def _pages(inputs: PlanInputs) -> Iterator[Decision]:
    mapkey = inputs.mapkey("pages")
    removable = may_remove(inputs, "pages")
    restricted, listed = among(inputs, "pages", "p.id")
    sql = (
        "SELECT p.id, p.rev, p.flat, l.hash, l.rev, l.mapkey, l.status, l.hidden FROM page p"
        " LEFT JOIN ledger l ON l.store = ? AND l.entity = 'pages' AND l.source = +p.id"
        f" WHERE p.lang = ? {restricted} ORDER BY p.id"
    )
    reasons: tuple[str, ...] = ()
    odd = inputs.odd("pages")
    for row in inputs.mirror.stream(sql, inputs.ledger.store, inputs.lang, *listed):
        if row[0] in odd:
            continue
        page: Page = orjson.loads(row[2])
        known = confirmed(row[3:])
        reasons = tuple(rules.page_reasons(page, inputs.settings, inputs.as_of, inputs.lang))
        if reasons:
            yield excluded("pages", row[0], reasons, known if removable else None)
        else:
            build = partial(page_bytes, inputs, page)
            yield included("pages", row[0], row[0], row[1], mapkey, known, build)
    yield from unreadable(inputs, "pages")
    if removable and inputs.settings.import_pages:
        yield from gone(inputs, "pages", excluded_gone)


def page_bytes(inputs: PlanInputs, page: Page) -> tuple[bytes, str | None]:
    return mapping.payload_bytes(mapping.page_payload(page, inputs.context)), None


_DECIDERS: dict[str, Callable[[PlanInputs], Iterator[Decision]]] = {
    "products": decide_products,
    "categories": _categories,
    "orders": decide_orders,
    "customers": _customers,
    "pages": _pages,
}
_COUNTERS: dict[str, Callable[[PlanInputs], Iterator[tuple[Decision, int]]]] = {
    "products": count_products,
    "orders": count_orders,
}
