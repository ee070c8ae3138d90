"""What settings cost before anybody saves them: calls, finish times, whether an hour is enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import orjson

from sync import forecast, mapping, schedule
from sync.clock import iso
from sync.extract import unchanged_calls
from sync.plan import Case
from sync.preview.plans import Draft, opened_room, planned
from sync.run.documents import CLERK_BATCH, clerk_seconds, finish_of
from sync.settings import SETTINGS
from sync.shapes import Product
from sync.store import Desk, Refused, StoreRow
from sync.workshop import Workshop, opened_shop


@dataclass(frozen=True)
class _Reach:
    """How far back an option asks: accepted orders, how many of them lack their lines, orders
    that must be listed first, and whether these numbers are an estimate."""

    orders: int
    lines_missing: int
    unlisted: int = 0
    estimated: bool = False


def order_costs(desk: Desk, store: StoreRow, draft: Draft = None) -> list[dict[str, Any]]:
    """For every option of include_orders, under the other settings of the draft: `option`,
    `orders` that would be sent, `lines_missing` of them, Lightspeed `calls` of a run that fetches
    these, `finish` (ISO 8601 UTC) if it began now (None if the windows never let it end), and
    `estimated` where the mirror does not reach back far enough to count. Where orders were never
    read, all numbers are None."""
    settings = desk.settings(store).settings.changed({**(draft or {}), "import_orders": "yes"})
    known = SETTINGS["include_orders"].options
    options = known if settings.include_orders in known else (*known, settings.include_orders)
    with opened_shop(desk, store) as shop:
        cases = [shop.case(settings.changed({"include_orders": option})) for option in options]
        reaches = _reaches(cases)
        return [_cost(shop, case, reach) for case, reach in zip(cases, reaches, strict=True)]


def _cost(shop: Workshop, case: Case, reach: _Reach | None) -> dict[str, Any]:
    found: dict[str, Any] = {"option": case.settings.include_orders}
    if reach is None:
        return found | dict.fromkeys(_NUMBERS) | {"estimated": True}
    pages = ceil(reach.unlisted / case.settings.page_size)
    calls = reach.lines_missing + pages + unchanged_calls(case.settings)
    told = {"lightspeed": calls, "clerk": ceil(reach.lines_missing / CLERK_BATCH)}
    return found | {
        "orders": reach.orders,
        "lines_missing": reach.lines_missing,
        "calls": calls,
        "finish": finish_of(shop, told),
        "estimated": reach.estimated,
    }


_NUMBERS = ("orders", "lines_missing", "calls", "finish")


def _reaches(cases: list[Case]) -> list[_Reach | None]:
    mirror = cases[0].mirror
    if not mirror.meta("read:orders", False):
        none = _Reach(0, 0)
        return [None if case.wants("orders") else none for case in cases]
    counted = _counted(cases)
    total = mirror.number("SELECT count(*) FROM orders")
    return [_stretched(case, *numbers, total) for case, numbers in zip(cases, counted, strict=True)]


def _counted(cases: list[Case]) -> list[tuple[int, int, int]]:
    """(accepted, of them without lines, accepted whatever their age) of the mirror's orders, for
    each case, in one pass."""
    sums = ", ".join(["sum(created >= ?)"] * len(cases))
    sql = (
        f"SELECT status, custom_status, items IS NULL, count(*), {sums} FROM orders"  # noqa: S608
        " WHERE ifnull(items, 1) > 0 GROUP BY 1, 2, 3"
    )
    found = [[0, 0, 0] for _ in cases]
    accepts = cases[0].order_rules.accepts_status
    for status, custom, missing, n, *within in cases[0].mirror.stream(
        sql, *(case.cutoff for case in cases)
    ):
        if accepts(status, custom):
            for numbers, some in zip(found, within, strict=True):
                numbers[0] += some
                numbers[1] += some * missing
                numbers[2] += n
    return [(a, b, c) for a, b, c in found]


def _stretched(case: Case, orders: int, missing: int, accepted: int, total: int) -> _Reach:
    """With what lies before the mirror's first order: accepted at the mirror's own share."""
    if not case.wants("orders"):
        return _Reach(0, 0)
    unlisted = _unlisted(case)
    more = round(unlisted * accepted / total) if total else unlisted
    return _Reach(orders + more, missing + more, unlisted, bool(unlisted))


def _unlisted(case: Case) -> int:
    """Orders between the option's cut-off and the mirror's first day: all that are older than
    the mirror if the shop is not older than the cut-off, else a share of them by time."""
    state = case.mirror.meta("orders_state", {})
    first, older = int(state.get("from", 0)), int(state.get("older", 0))
    if case.cutoff >= first or not older:
        return 0
    opened = int((case.mirror.meta("shop") or {}).get("created") or 0)
    span = first - opened
    if case.cutoff <= opened or span <= 0:
        return older
    return ceil(older * (first - case.cutoff) / span)


def hour_fit(desk: Desk, store: StoreRow, hour: int, draft: Draft = None) -> dict[str, Any]:
    """Whether a sync under the draft fits into the hour (0 … 23 UTC) if it had to begin there
    next: `{"fits", "start", "finish" (ISO 8601 UTC; None: never), "calls"}`; `calls` are those to
    Lightspeed. UsageError for another hour."""
    if hour not in range(24):
        raise Refused("hour", hour=hour)
    with opened_room(desk, store) as room:
        calls = planned(room, draft).document["calls"]
        found = forecast.fits(
            hour,
            calls["lightspeed"],
            room.shop.windows(),
            now=desk.clock.now(),
            reserve=room.shop.shop.reserve / 100,
            second=schedule.start_second(store.slug),
        )
    done = found.finish + clerk_seconds(calls)
    return {
        "fits": done <= found.start // 3600 * 3600 + 3600,
        "start": iso(found.start),
        "finish": None if done == float("inf") else iso(done),
        "calls": calls["lightspeed"],
    }


def sample_image(desk: Desk, store: StoreRow, draft: Draft = None) -> str | None:
    """The image address of one product as its payload would have it, a product that can be bought
    before others; None if no product has an image."""
    settings = desk.settings(store).settings.changed(draft or {})
    with opened_shop(desk, store) as shop:
        case = shop.case(settings)
        found = (mapping.product_glance(p, case.context).image for p in _products(case))
        return next((image for image in found if image), None)


def _products(case: Case) -> Iterator[Product]:
    sql = "SELECT flat FROM product WHERE lang = ? AND visible = ? AND sellable = ? ORDER BY id"
    for visible, sellable in ((1, 1), (1, 0), (0, 1), (0, 0)):
        for (flat,) in case.mirror.stream(sql, case.lang, visible, sellable):
            yield orjson.loads(flat)
