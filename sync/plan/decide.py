"""One decision for each record: what a sync would do with it, and every reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from sync import mapping, rules
from sync.plan.case import Case
from sync.settings import normal_status
from sync.shapes import Customer, Page, Product

FINAL_STATUSES = ("CANCELLED", "RETURNED")


@dataclass(slots=True)
class Decision:
    """What a sync would do with one record. `payload` are the bytes that would go out (the patch
    where the method is patch), `whole` the hash of the record as Clerk.io then has it."""

    entity: str
    source: int | str
    key: int | str
    action: str
    reasons: tuple[str, ...] = ()
    method: str = ""
    payload: bytes | None = None
    whole: bytes | None = None
    rev: int = 0
    mapkey: str = ""
    status: str | None = None
    gone: bool = False
    touch: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The ledger's side of a decision, as the join brings it."""

    hash: bytes
    rev: int
    mapkey: str
    status: str | None
    hidden: bool


Build = Callable[[], tuple[bytes, str | None]]


def decide(case: Case, entity: str) -> Iterator[Decision]:
    """Decisions for every record of an entity, in a stable order: records first, then what is
    gone from Lightspeed."""
    return _DECIDERS[entity](case)


# -- products -------------------------------------------------------------------------------


def _products(case: Case) -> Iterator[Decision]:
    mapkey, s = case.mapkey("products"), case.settings
    removable = _removable(case, "products", "product WHERE lang = ?", case.lang)
    sql = (
        "SELECT p.id, p.rev, p.visible, p.sellable, p.free, p.invalid, l.hash, l.rev, l.mapkey,"
        " l.status, l.hidden FROM product p LEFT JOIN ledger l ON l.store = ?"
        " AND l.entity = 'products' AND l.source = +p.id WHERE p.lang = ? ORDER BY p.id"
    )
    for row in case.mirror.stream(sql, case.ledger.store, case.lang):
        pid, rev, visible, sellable, free, invalid = row[:6]
        if not _chosen(case, "products", pid):
            continue
        facts = rules.ProductFacts(
            bool(visible), bool(sellable), bool(free), tuple(invalid.split(",")) if invalid else ()
        )
        reasons = tuple(rules.product_reasons(facts, s))
        known = _confirmed(row[6:])
        if reasons:
            yield _excluded_product(case, pid, reasons, known if removable else None)
        else:
            build = partial(_product_bytes, case, pid)
            yield _included("products", pid, pid, rev, mapkey, known, build)
    if removable and s.import_products:
        yield from _gone(case, "products", "product", _excluded_product)


def _product_bytes(case: Case, pid: int) -> tuple[bytes, str | None]:
    flat, rating, reviews = case.mirror.conn.execute(
        "SELECT p.flat, e.rating, ifnull(e.reviews, 0) FROM product p"
        " LEFT JOIN product_extra e ON e.id = p.id WHERE p.lang = ? AND p.id = ?",
        [case.lang, pid],
    ).fetchone()
    product: Product = orjson.loads(flat)
    extra = mapping.ProductExtra(rating, reviews, case.tags.get(pid, frozenset()))
    return mapping.payload_bytes(mapping.product_payload(product, extra, case.context)), None


def _excluded_product(
    case: Case, pid: int | str, reasons: tuple[str, ...], known: Confirmed | None
) -> Decision:
    hide = case.settings.removed_products == "hide"
    if known is None or reasons == ("import_off",) or (hide and known.hidden):
        return Decision("products", pid, pid, "skip", reasons)
    if hide:
        patch = mapping.payload_bytes({"id": pid, "index": False})
        return Decision("products", pid, pid, "remove", reasons, "hide", patch)
    return Decision("products", pid, pid, "remove", reasons, "delete")


# -- categories -----------------------------------------------------------------------------


def _categories(case: Case) -> Iterator[Decision]:
    mapkey = case.mapkey("categories")
    every = rules.category_reasons(case.categories, case.settings)
    sql = (
        "SELECT c.id, c.rev, l.hash, l.rev, l.mapkey, l.status, l.hidden FROM category c"
        " LEFT JOIN ledger l ON l.store = ? AND l.entity = 'categories' AND l.source = +c.id"
        " WHERE c.lang = ? ORDER BY c.id"
    )
    for row in case.mirror.stream(sql, case.ledger.store, case.lang):
        cid, known, reasons = row[0], _confirmed(row[2:]), tuple(every.get(row[0], ()))
        if not _chosen(case, "categories", cid):
            continue
        if reasons:
            left = known is not None and reasons != ("import_off",)
            more = (*reasons, "left_in_clerk") if left else reasons
            yield Decision("categories", cid, cid, "skip", more)
        else:
            build = partial(_category_bytes, case, cid)
            yield _included("categories", cid, cid, row[1], mapkey, known, build)


def _category_bytes(case: Case, cid: int) -> tuple[bytes, str | None]:
    payload = mapping.category_payload(case.categories[cid], case.context)
    return mapping.payload_bytes(payload), None


def left_in_clerk(case: Case) -> list[int]:
    """Categories that Clerk.io still has and the shop does not: its API has no delete for them."""
    sql = (
        "SELECT source FROM ledger WHERE store = ? AND entity = 'categories'"
        " AND source NOT IN (SELECT id FROM category WHERE lang = ?) ORDER BY source"
    )
    return [row[0] for row in case.mirror.stream(sql, case.ledger.store, case.lang)]


# -- orders ---------------------------------------------------------------------------------

_ORDER_COLUMNS = (
    "o.id, o.number, o.created, o.status, o.custom_status, o.items, o.returned, o.rev,"
    " l.hash, l.rev, l.mapkey, l.status, l.hidden"
)
_ORDER_JOIN = (
    "FROM orders o LEFT JOIN ledger l ON l.store = ? AND l.entity = 'orders' AND l.source = +o.id"
)


def _orders(case: Case) -> Iterator[Decision]:
    sql = f"SELECT {_ORDER_COLUMNS} {_ORDER_JOIN} ORDER BY o.created DESC, o.id DESC"
    mapkey = case.mapkey("orders")
    chosen = None if case.only is None else case.only.get("orders", frozenset())
    for row in case.mirror.stream(sql, case.ledger.store):
        if chosen is None or row[0] in chosen or row[1] in chosen:
            yield _order(case, row, mapkey)


def decide_order(case: Case, order_id: int) -> Decision:
    """The decision for one order as the mirror has it now."""
    sql = f"SELECT {_ORDER_COLUMNS} {_ORDER_JOIN} WHERE o.id = ?"
    row = next(case.mirror.stream(sql, case.ledger.store, order_id))
    return _order(case, row, case.mapkey("orders"))


def _order(case: Case, row: Sequence[Any], mapkey: str) -> Decision:
    oid, number, created, status, custom, items, returned, rev = row[:8]
    reasons = case.order_rules.reasons(created, status, custom, items)
    key = mapping.order_key(oid, number, case.settings)
    hashed = row[8]
    if not reasons:
        if hashed is not None and row[9] == rev and row[10] == mapkey:
            return Decision("orders", oid, key, "unchanged", rev=rev, mapkey=mapkey)
        build = partial(_order_bytes, case, oid)
        return _order_included(case, oid, key, rev, mapkey, _confirmed(row[8:]), build)
    final = None if hashed is None else _final_status(status, returned)
    if final is None or reasons == ["import_off"] or row[11] == final:
        return Decision("orders", oid, key, "skip", tuple(reasons))
    return _order_patch(case, oid, key, rev, mapkey, final, tuple(reasons))


def _order_included(
    case: Case,
    oid: int,
    key: int | str,
    rev: int,
    mapkey: str,
    known: Confirmed | None,
    build: Build,
) -> Decision:
    made = _included("orders", oid, key, rev, mapkey, known, build)
    if made.action != "update" or known is None or made.status not in FINAL_STATUSES:
        return made
    before = orjson.loads(case.ledger.payload("orders", oid) or b"{}")
    after = orjson.loads(made.payload or b"{}")
    if {**before, "status": made.status} != after:
        return made
    return _order_patch(case, oid, key, rev, mapkey, str(made.status), ())


def _order_patch(
    case: Case,
    oid: int,
    key: int | str,
    rev: int,
    mapkey: str,
    status: str,
    reasons: tuple[str, ...],
) -> Decision:
    whole = orjson.loads(case.ledger.payload("orders", oid) or b"{}")
    whole["status"] = status
    patch = mapping.payload_bytes({"id": key, "status": status})
    return Decision(
        "orders",
        oid,
        key,
        "update",
        reasons,
        "patch",
        patch,
        mapping.payload_hash(mapping.payload_bytes(whole)),
        rev,
        mapkey,
        status,
    )


def _final_status(status: str, returned: int) -> str | None:
    if normal_status(status) == rules.CANCELLED:
        return "CANCELLED"
    return "RETURNED" if returned else None


def _order_bytes(case: Case, oid: int) -> tuple[bytes, str | None]:
    side = case.context.side
    row = case.mirror.conn.execute(
        f"SELECT id, number, created, status, pickup, shipment, customer, email, items_{side},"  # noqa: S608
        " returned FROM orders WHERE id = ?",
        [oid],
    ).fetchone()
    status = mapping.order_status(row[3], row[5], bool(row[4]), bool(row[9]))
    payload = mapping.order_payload(
        id=row[0],
        number=row[1],
        created=row[2],
        customer=row[6],
        email=row[7],
        status=status,
        items=orjson.Fragment(row[8]),
        c=case.context,
    )
    return mapping.payload_bytes(payload), status


def pending_orders(
    case: Case, plan_seq: int, after: tuple[int, int] | None, limit: int
) -> list[tuple[int, int]]:
    """(created, id) of orders, newest first from below `after`, that the plan took for accepted
    but for their missing lines, and whose lines are still missing."""
    sql = (
        "SELECT id, created, status, custom_status FROM orders WHERE items IS NULL"
        " AND (created, id) < (?, ?) AND created >= ? AND pending_seq <= ? AND changed_seq <= ?"
        " ORDER BY created DESC, id DESC"
    )
    created, below = after or (1 << 62, 0)
    rows = case.mirror.stream(sql, created, below, case.cutoff, plan_seq, plan_seq)
    found: list[tuple[int, int]] = []
    for oid, created, status, custom in rows:
        if _waits_for_lines(case, oid, created, status, custom):
            found.append((created, oid))
            if len(found) == limit:
                break
    return found


def _waits_for_lines(case: Case, oid: int, created: int, status: str, custom: int | None) -> bool:
    reasons = case.order_rules.reasons(created, status, custom, None)
    return reasons == ["lines_pending"] and _chosen(case, "orders", oid)


def arrived_orders(case: Case, plan_seq: int, after: int, limit: int) -> list[tuple[int, int]]:
    """(lines_seq, id) of orders that were pending in the plan and whose lines came since."""
    sql = (
        "SELECT lines_seq, id, created, status, custom_status FROM orders WHERE lines_seq > ?"
        " AND lines_seq > ? AND pending_seq <= ? AND changed_seq <= ? ORDER BY lines_seq"
    )
    found: list[tuple[int, int]] = []
    rows = case.mirror.stream(sql, plan_seq, after, plan_seq, plan_seq)
    for seq, oid, created, status, custom in rows:
        if _waits_for_lines(case, oid, created, status, custom):
            found.append((seq, oid))
            if len(found) == limit:
                break
    return found


# -- customers and pages --------------------------------------------------------------------


def _customers(case: Case) -> Iterator[Decision]:
    mapkey = case.mapkey("customers")
    reasons = tuple(rules.customer_reasons(case.settings))
    removable = _removable(case, "customers", "customer WHERE ? <> ''", case.lang)
    sql = (
        "SELECT c.id, c.rev + c.subscribed, c.subscribed, c.flat, l.hash, l.rev, l.mapkey,"
        " l.status, l.hidden FROM customer c LEFT JOIN ledger l ON l.store = ?"
        " AND l.entity = 'customers' AND l.source = +c.id ORDER BY c.id"
    )
    for row in case.mirror.stream(sql, case.ledger.store):
        cid, known = row[0], _confirmed(row[4:])
        if not _chosen(case, "customers", cid):
            continue
        if reasons:
            yield _excluded("customers", cid, reasons, known if removable else None)
        else:
            build = partial(_customer_bytes, case, row[3], bool(row[2]))
            made = _included("customers", cid, cid, row[1], mapkey, known, build)
            if made.action == "update" and _keys_differ(case, cid, made.payload):
                made.method = "replace"
            yield made
    if removable and reasons != ("import_off",):
        yield from _gone(case, "customers", "customer", _excluded_gone)


def _customer_bytes(case: Case, flat: bytes, subscribed: bool) -> tuple[bytes, str | None]:
    customer: Customer = orjson.loads(flat)
    payload = mapping.customer_payload(customer, subscribed, case.context)
    return mapping.payload_bytes(payload), None


def _keys_differ(case: Case, cid: int, payload: bytes | None) -> bool:
    """Clerk.io holds customerid and email fixed: a changed one means delete and create."""
    before = orjson.loads(case.ledger.payload("customers", cid) or b"{}")
    after = orjson.loads(payload or b"{}")
    return any(before.get(name) != after.get(name) for name in ("customerid", "email"))


def _pages(case: Case) -> Iterator[Decision]:
    mapkey = case.mapkey("pages")
    removable = _removable(case, "pages", "page WHERE lang = ?", case.lang)
    sql = (
        "SELECT p.id, p.rev, p.flat, l.hash, l.rev, l.mapkey, l.status, l.hidden FROM page p"
        " LEFT JOIN ledger l ON l.store = ? AND l.entity = 'pages' AND l.source = +p.id"
        " WHERE p.lang = ? ORDER BY p.id"
    )
    reasons: tuple[str, ...] = ()
    for row in case.mirror.stream(sql, case.ledger.store, case.lang):
        if not _chosen(case, "pages", row[0]):
            continue
        page: Page = orjson.loads(row[2])
        known = _confirmed(row[3:])
        reasons = tuple(rules.page_reasons(page, case.settings, case.as_of, case.lang))
        if reasons:
            yield _excluded("pages", row[0], reasons, known if removable else None)
        else:
            build = partial(_page_bytes, case, page)
            yield _included("pages", row[0], row[0], row[1], mapkey, known, build)
    if removable and case.settings.import_pages:
        yield from _gone(case, "pages", "page", _excluded_gone)


def _page_bytes(case: Case, page: Page) -> tuple[bytes, str | None]:
    return mapping.payload_bytes(mapping.page_payload(page, case.context)), None


# -- shared ---------------------------------------------------------------------------------


def _included(
    entity: str,
    source: int | str,
    key: int | str,
    rev: int,
    mapkey: str,
    known: Confirmed | None,
    build: Build,
) -> Decision:
    if known and not known.hidden and (known.rev, known.mapkey) == (rev, mapkey):
        return Decision(entity, source, key, "unchanged", rev=rev, mapkey=mapkey)
    payload, status = build()
    whole = mapping.payload_hash(payload)
    if known and not known.hidden and known.hash == whole:
        return Decision(entity, source, key, "unchanged", rev=rev, mapkey=mapkey, touch=True)
    if known and known.hidden:
        payload = mapping.payload_bytes({**orjson.loads(payload), "index": True})
    action = "update" if known else "create"
    return Decision(entity, source, key, action, (), "upsert", payload, whole, rev, mapkey, status)


def _excluded(
    entity: str, source: int | str, reasons: tuple[str, ...], known: Confirmed | None
) -> Decision:
    if known is None or reasons == ("import_off",):
        return Decision(entity, source, source, "skip", reasons)
    return Decision(entity, source, source, "remove", reasons, "delete")


def _gone(
    case: Case,
    entity: str,
    table: str,
    decide_gone: Callable[[Case, int | str, tuple[str, ...], Confirmed | None], Decision],
) -> Iterator[Decision]:
    by_lang = "" if table == "customer" else "lang = ? AND "
    sql = (
        "SELECT l.source, l.hash, l.rev, l.mapkey, l.status, l.hidden FROM ledger l"  # noqa: S608
        " WHERE l.store = ? AND l.entity = ? AND NOT EXISTS"
        f" (SELECT 1 FROM {table} WHERE {by_lang}id = l.source) ORDER BY l.source"
    )
    args: list[object] = [case.ledger.store, entity]
    if by_lang:
        args.append(case.lang)
    for row in case.mirror.stream(sql, *args):
        if not _chosen(case, entity, row[0]):
            continue
        made = decide_gone(case, row[0], ("gone",), _confirmed(row[1:]))
        if made.action == "remove":
            made.entity, made.gone = entity, True
            yield made


def _excluded_gone(
    case: Case, source: int | str, reasons: tuple[str, ...], known: Confirmed | None
) -> Decision:
    return _excluded("", source, reasons, known)


def _removable(case: Case, entity: str, rows: str, lang: str) -> bool:
    """An incomplete read and an empty source are never a reason to remove."""
    sql = f"SELECT EXISTS (SELECT 1 FROM {rows})"  # noqa: S608
    return case.complete(entity) and bool(case.mirror.number(sql, lang))


def _chosen(case: Case, entity: str, source: int | str) -> bool:
    return case.only is None or source in case.only.get(entity, ())


def _confirmed(row: Sequence[Any]) -> Confirmed | None:
    return None if row[0] is None else Confirmed(row[0], row[1], row[2], row[3], bool(row[4]))


_DECIDERS: dict[str, Callable[[Case], Iterator[Decision]]] = {
    "products": _products,
    "categories": _categories,
    "orders": _orders,
    "customers": _customers,
    "pages": _pages,
}
