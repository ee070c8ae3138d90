"""The order list, and returns. Lines are fetched apart, for orders that the settings accept."""

from __future__ import annotations

from functools import partial
from typing import Any

from sync import rules
from sync.database import immediate
from sync.entities import wants
from sync.errors import Message
from sync.extract.keep import Source, forget, keep
from sync.extract.narrow import counted, pages_of, spared
from sync.extract.passes import ListOf, read_list
from sync.extract.reading import Reading, Steps, api_time, at_least
from sync.mirror import facts
from sync.mirror.facts import OrdersState
from sync.shapes import order, order_return

_ORDERS = Source("orders", "orders", entity="orders", rank="record")
_RETURNS = Source("returns", "order_return", entity="orders", rank="note")


def read_orders(r: Reading) -> Steps[None]:
    """Bring the order list up to date: backfill to the widest include_orders of the shop's
    stores, then what changed since."""
    if wants(r.settings, "orders"):
        yield from spared(r, "orders", "read.orders", _orders_and_returns(r))


def _orders_and_returns(r: Reading) -> Steps[None]:
    yield from _read_orders(r)
    yield from _read_returns(r)


def _read_orders(r: Reading) -> Steps[None]:
    # A first read takes hours, waits included: its bounds must not move with the clock.
    cursor = r.journal.cursor("order_list")
    if "wanted" not in cursor:
        cursor = {"started": cursor.get("started") or r.now(), "wanted": _widest(r)}
        r.journal.move("order_list", cursor)
    started, wanted = int(cursor["started"]), int(cursor["wanted"])
    state = r.mirror.fact(facts.ORDERS_STATE).copy()
    ahead = state.get("since", 0) > r.now()  # noted by a clock that was wrong
    if ahead or (r.full and r.mirror.has_odd("orders", "")):
        state["complete"] = False
    if state.get("complete"):
        yield from _read_changed(r, state)
    if not state.get("complete"):
        complete = yield from _backfill(r, wanted)
    elif wanted < state["from"]:
        complete = yield from _backfill(r, wanted, state["from"])
    else:
        state["since"] = started
        r.mirror.note(facts.ORDERS_STATE, state)
        return
    oldest = min(wanted, state.get("from", wanted))
    older = _older(r, state, oldest)
    with immediate(r.mirror.db):
        fresh: OrdersState = {"from": oldest, "since": started, "complete": complete}
        if older is not None:
            fresh["older"] = older
        if state.get("older") != older:
            r.mirror.moved("orders")
        r.mirror.note(facts.ORDERS_STATE, fresh)
        r.mirror.note(facts.complete("orders", r.lang), complete)
        r.mirror.note(facts.was_read("orders", r.lang), True)
    if not complete:
        r.problem("orders", Message("read.orders_moved"))


def _older(r: Reading, state: OrdersState, oldest: int) -> int | None:
    """How many orders lie before the oldest one that is listed; asked for once, and then what has
    been listed of them is taken off. None where that is not to be had."""
    if oldest <= 0:
        return 0
    if "older" not in state or oldest >= state["from"]:
        return counted(r, "orders", created_at_max=api_time(oldest - 1))
    bounds = {"created_at_min": oldest, "created_at_max": state["from"] - 1}
    return max(0, int(state["older"]) - _in_mirror(r, bounds))


def _in_mirror(r: Reading, bounds: dict[str, int]) -> int:
    sql = "SELECT count(*) FROM orders WHERE created BETWEEN ? AND ?"
    return r.mirror.number(sql, bounds["created_at_min"], bounds["created_at_max"])


def _widest(r: Reading) -> int:
    """The oldest moment that any store of the shop wants orders from; 0 for all of them."""
    wanted = [s for s in r.shop_settings if wants(s, "orders")]
    return min(rules.order_cutoff(s.include_orders, r.now()) or 0 for s in wanted)


def _backfill(r: Reading, since: int, until: int = 0) -> Steps[bool]:
    put = partial(_put, r)
    kept = ListOf("order_pages", _ORDERS, put, counted=True, once=True, since=since, until=until)
    done = yield from read_list(r, kept)
    if done.complete and not until:
        forget(r, _ORDERS, done.seen)
    return done.complete


def _put(r: Reading, rows: list[Any], pass_id: int) -> None:
    parsed = [row for row, _ in r.parse("orders", rows, order)]
    if parsed:
        r.mirror.put_orders(parsed, pass_id)


def _read_changed(r: Reading, state: OrdersState) -> Steps[None]:
    """Changed orders; older ones than the mirror reaches stay out of it."""

    def put(rows: list[Any], pass_id: int) -> None:
        parsed = [row for row, _ in r.parse("orders", rows, order)]
        known = r.mirror.known_orders([row["id"] for row in parsed])
        kept = [row for row in parsed if row["created"] >= state["from"] or row["id"] in known]
        if kept:
            r.mirror.put_orders(kept, pass_id)

    since, pass_id = at_least(state["since"]), r.mirror.fact(facts.SEQ)
    for _, rows in pages_of(r, "orders", limit=r.settings.page_size, updated_at_min=since):
        with immediate(r.mirror.db):
            keep(r, _ORDERS, put, rows, pass_id, None)
        yield


def _read_returns(r: Reading) -> Steps[None]:
    """Returns since the newest stamp that Lightspeed gave one: no clock of ours has a say. All of
    them where some that the mirror has are gone."""
    if not r.due_today("returns"):
        return
    newest = r.mirror.fact(facts.RETURNS_STAMP)
    params: dict[str, Any] = {"updated_at_min": at_least(newest)} if newest else {}
    stamps = [newest]

    def put(rows: list[Any], pass_id: int) -> None:
        parsed = [row for row, _ in r.parse("returns", rows, order_return)]
        stamps.extend(row["updated"] for row in parsed)
        if parsed:
            r.mirror.put_returns(parsed, pass_id)

    for page, rows in pages_of(r, "returns", **params):
        with immediate(r.mirror.db):
            keep(r, _RETURNS, put, rows, 0, (page - 1) * 250)
        yield
    if newest and (r.full or _are_gone(r)):
        done = yield from read_list(r, ListOf("return_list", _RETURNS, put, single="returns"))
        if done.complete:
            r.mirror.drop_returns(done.seen)
            forget(r, _RETURNS, done.seen)
    r.mirror.note(facts.RETURNS_STAMP, max(stamps))
    r.did_today("returns")


def _are_gone(r: Reading) -> bool:
    """Whether the mirror has more returns than there are."""
    known = _RETURNS.known(r)
    there = counted(r, "returns") if known else None
    return there is not None and there < known
