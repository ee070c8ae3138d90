"""The order list, and returns. Lines are fetched apart, for orders that the settings accept."""

from __future__ import annotations

from typing import Any

from sync import rules
from sync.database import immediate
from sync.extract.reading import Reading, Steps, api_time, at_least
from sync.lightspeed import NoPermission
from sync.plan.case import wants
from sync.shapes import order, order_return

MOST_PASSES = 3


def read_orders(r: Reading) -> Steps[None]:
    """Bring the order list up to date: backfill to the widest include_orders of the shop's
    stores, then what changed since."""
    if not wants(r.settings, "orders"):
        return
    try:
        yield from _read_orders(r)
        yield from _read_returns(r)
    except NoPermission as error:
        r.problem("orders", f"orders could not be read: {error}")


def _read_orders(r: Reading) -> Steps[None]:
    started = int(r.journal.cursor("order_list").get("started") or r.now())
    r.journal.move("order_list", {"started": started})
    state: dict[str, Any] = r.mirror.meta("orders_state", {})
    if state.get("since", 0) > r.now():  # noted by a clock that was wrong
        state["complete"] = False
    wanted = _widest(r)
    if state.get("complete"):
        yield from _read_changed(r, state)
    if not state.get("complete"):
        complete = yield from _backfill(r, {"created_at_min": wanted})
    elif wanted < state["from"]:
        complete = yield from _backfill(
            r, {"created_at_min": wanted, "created_at_max": state["from"]}
        )
    else:
        r.mirror.set_meta("orders_state", {**state, "since": started})
        return
    oldest = min(wanted, state.get("from", wanted))
    older = _older(r, state, oldest)
    with immediate(r.mirror.db):
        fresh = {"from": oldest, "since": started, "older": older, "complete": complete}
        if state.get("older") != older:
            r.mirror.moved("orders")
        r.mirror.set_meta("orders_state", fresh)
        r.mirror.set_meta("complete:orders", complete)
        r.mirror.set_meta("read:orders", True)
    if not complete:
        r.problem("orders", "the order list changed while it was read; it is read again next time")


def _older(r: Reading, state: dict[str, Any], oldest: int) -> int:
    """How many orders lie before the oldest one that is listed; asked for once, and then what has
    been listed of them is taken off."""
    if oldest <= 0:
        return 0
    if "older" not in state or oldest >= state["from"]:
        return r.client.count("orders", created_at_max=api_time(oldest - 1))
    bounds = {"created_at_min": oldest, "created_at_max": state["from"] - 1}
    return max(0, int(state["older"]) - _in_mirror(r, bounds))


def _widest(r: Reading) -> int:
    """The oldest moment that any store of the shop wants orders from; 0 for all of them."""
    wanted = [s for s in r.shop_settings if wants(s, "orders")]
    return min(rules.order_cutoff(s.include_orders, r.now()) or 0 for s in wanted)


def _backfill(r: Reading, bounds: dict[str, int]) -> Steps[bool]:
    params: dict[str, Any] = {name: api_time(at) for name, at in bounds.items() if at > 0}
    for _ in range(MOST_PASSES):
        cursor = r.journal.cursor("order_pages")
        if "before" not in cursor:
            cursor = {"before": r.client.count("orders", **params), "page": 0}
        yield from _pages(r, params, cursor)
        held = _in_mirror(r, bounds)
        after = r.client.count("orders", **params)
        r.journal.move("order_pages", {})
        if held >= after:
            return True
        r.log("warning", f"orders: counted {cursor['before']}, have {held}, counted {after}")
    return False


def _pages(r: Reading, params: dict[str, Any], cursor: dict[str, Any]) -> Steps[None]:
    pages = r.client.pages(
        "orders",
        start=cursor["page"] + 1,
        limit=r.settings.page_size,
        expect=cursor["before"],
        **params,
    )
    for page, rows in pages:
        with immediate(r.mirror.db):
            _put(r, rows)
            cursor["page"] = page
            r.journal.move("order_pages", cursor)
        yield


def _put(r: Reading, rows: list[Any]) -> None:
    parsed = [row for row, _ in r.parse("orders", rows, order)]
    if parsed:
        r.mirror.put_orders(parsed)


def _in_mirror(r: Reading, bounds: dict[str, int]) -> int:
    upper = bounds.get("created_at_max", 1 << 62)
    sql = "SELECT count(*) FROM orders WHERE created BETWEEN ? AND ?"
    return r.mirror.number(sql, bounds["created_at_min"], upper)


def _read_changed(r: Reading, state: dict[str, Any]) -> Steps[None]:
    """Changed orders; older ones than the mirror reaches stay out of it."""
    since = at_least(state["since"])
    for _, rows in r.client.pages("orders", limit=r.settings.page_size, updated_at_min=since):
        parsed = [row for row, _ in r.parse("orders", rows, order)]
        known = r.mirror.known_orders([row["id"] for row in parsed])
        kept = [row for row in parsed if row["created"] >= state["from"] or row["id"] in known]
        if kept:
            r.mirror.put_orders(kept)
        yield


def _read_returns(r: Reading) -> Steps[None]:
    if not r.due_today("returns"):
        return
    started = r.now()
    since = r.mirror.meta("returns_since")
    params: dict[str, Any] = {} if since is None else {"updated_at_min": at_least(since)}
    for _, rows in r.client.pages("returns", **params):
        parsed = [row for row, _ in r.parse("returns", rows, order_return)]
        if parsed:
            r.mirror.put_returns(parsed)
        yield
    r.mirror.set_meta("returns_since", started)
    r.did_today("returns")
