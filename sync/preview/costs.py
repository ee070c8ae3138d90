"""What settings cost before anybody saves them: calls, finish times, whether an hour is enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import orjson

from sync import forecast, mapping, schedule
from sync.clock import iso
from sync.openshop import OpenShop, opened_shop
from sync.plan import PlanInputs
from sync.preview.plans import Draft, opened_snapshot, planned, preview_at
from sync.run.price import (
    ORDERS_AT_ONCE,
    Calls,
    calls_of,
    clerk_seconds,
    older_orders,
    reads_of,
)
from sync.settings import SETTINGS
from sync.shapes import Product
from sync.store import Desk, Refused, StoreRow

_HOUR: Final = 3600.0


@dataclass(frozen=True)
class _Reach:
    """How far back an option asks: accepted orders of the mirror, and of how many of them the
    lines are missing."""

    orders: int
    lines_missing: int


@dataclass(frozen=True)
class OrderCost:
    """What an option of include_orders costs: `orders` that would be sent, `lines_missing` of
    them, Lightspeed `calls` of a run that fetches these, the span `about` in which they lie where
    the mirror does not reach back so far, `finish` (ISO 8601 UTC) if it began now (None if the
    windows never let it end), `finish_one` with the first API key alone and `finish_two` with two.
    `fits`: it ends within the hour in which it starts by the drafted schedule, without one within
    an hour from now. A longer one ends soonest after its start if that is `best_start`, at
    `best_finish`. Where nobody has counted the orders, no number is known."""

    option: str
    estimated: bool
    orders: int | None = None
    lines_missing: int | None = None
    calls: int | None = None
    about: tuple[int, int] | None = None
    finish: str | None = None
    finish_one: str | None = None
    finish_two: str | None = None
    fits: bool | None = None
    best_start: str | None = None
    best_finish: str | None = None


def order_costs(desk: Desk, store: StoreRow, draft: Draft = None) -> list[OrderCost]:
    """The cost of every option of include_orders under the other settings of the draft."""
    settings = desk.settings(store).settings.changed({**(draft or {}), "import_orders": "yes"})
    known = SETTINGS["include_orders"].options
    options = known if settings.include_orders in known else (*known, settings.include_orders)
    with opened_shop(desk, store) as shop:
        inputs = [
            shop.plan_inputs(settings.changed({"include_orders": option})) for option in options
        ]
        times = _Times(shop, settings.sync_time)
        return [_cost(shop, times, *each) for each in zip(inputs, _reaches(inputs), strict=True)]


class _Times:
    """When a shop's keys let runs end, in ISO 8601 UTC."""

    def __init__(self, shop: OpenShop, sync_time: str) -> None:
        self._now = shop.desk.clock.now()
        self._reserve = shop.shop.reserve / 100
        self._windows = shop.windows()
        self._hour = int(sync_time) if sync_time.isdigit() else None
        self._second = schedule.start_second(shop.store.slug)

    def of(self, calls: Calls) -> dict[str, Any]:
        """The times of a run with these calls, by the names of `OrderCost`."""
        last = clerk_seconds(calls)
        ends = {
            name: forecast.finish(calls.lightspeed, keys, now=self._now, reserve=self._reserve)
            for name, keys in (
                ("finish", self._windows),
                ("finish_one", forecast.with_keys(self._windows, 1)),
                ("finish_two", forecast.with_keys(self._windows, 2)),
            )
        }
        told: dict[str, Any] = {name: _iso(end.finish + last) for name, end in ends.items()}
        told["fits"] = self._fits(calls.lightspeed, ends["finish"].finish, last)
        if ends["finish"].finish - self._now > _HOUR:
            best = forecast.best_start(
                calls.lightspeed, self._windows, now=self._now, reserve=self._reserve
            )
            told |= {"best_start": iso(best.start), "best_finish": _iso(best.finish + last)}
        return told

    def _fits(self, calls: int, finish: float, last: float) -> bool:
        if self._hour is None:
            return finish + last <= self._now + _HOUR
        fit = forecast.fits(
            self._hour,
            calls,
            self._windows,
            now=self._now,
            reserve=self._reserve,
            second=self._second,
        )
        return fit.finish + last <= fit.start // _HOUR * _HOUR + _HOUR


def _iso(at: float) -> str | None:
    return None if at == float("inf") else iso(at)


def _cost(shop: OpenShop, times: _Times, inputs: PlanInputs, reach: _Reach) -> OrderCost:
    settings = inputs.settings
    older = older_orders(shop, settings)
    clerk = ceil(reach.lines_missing / ORDERS_AT_ONCE)
    calls = calls_of(settings, reads_of(shop, settings), older, reach.lines_missing, clerk)
    if not older.counted:
        return OrderCost(settings.include_orders, estimated=True)
    return OrderCost(
        settings.include_orders,
        estimated=bool(older.orders.high),
        orders=reach.orders + older.lines.likely,
        lines_missing=reach.lines_missing + older.lines.likely,
        calls=calls.lightspeed,
        about=calls.about,
        **times.of(calls),
    )


def _reaches(options: list[PlanInputs]) -> list[_Reach]:
    """Orders of the mirror that each option accepts, in one pass."""
    sums = ", ".join(["sum(created >= ?)"] * len(options))
    sql = (
        f"SELECT status, custom_status, items IS NULL, {sums} FROM orders"
        " WHERE ifnull(items, 1) > 0 GROUP BY 1, 2, 3"
    )
    counts = [[0, 0] for _ in options]
    accepts = options[0].order_rules.accepts_status
    for status, custom, missing, *within in options[0].mirror.stream(
        sql, *(option.cutoff for option in options)
    ):
        if accepts(status, custom):
            for numbers, some in zip(counts, within, strict=True):
                numbers[0] += some
                numbers[1] += some * missing
    nothing = _Reach(0, 0)
    return [
        _Reach(*numbers) if option.wants("orders") else nothing
        for option, numbers in zip(options, counts, strict=True)
    ]


@dataclass(frozen=True)
class HourFit:
    """Whether a sync fits into an hour; times are ISO 8601 UTC (`finish` None: never), `calls`
    those to Lightspeed."""

    fits: bool
    start: str | None
    finish: str | None
    calls: int


def hour_fit(desk: Desk, store: StoreRow, hour: int, draft: Draft = None) -> HourFit:
    """Whether a sync under the draft fits into the hour (0 … 23 UTC) if it had to begin there
    next. UsageError for another hour."""
    if hour not in range(24):
        raise Refused("hour", hour=hour)
    with opened_snapshot(desk, store) as snapshot:
        calls = preview_at(snapshot, planned(snapshot, draft)).calls
        fit = forecast.fits(
            hour,
            calls.lightspeed,
            snapshot.shop.windows(),
            now=desk.clock.now(),
            reserve=snapshot.shop.shop.reserve / 100,
            second=schedule.start_second(store.slug),
        )
    done = fit.finish + clerk_seconds(calls)
    return HourFit(
        fits=done <= fit.start // 3600 * 3600 + 3600,
        start=iso(fit.start),
        finish=None if done == float("inf") else iso(done),
        calls=calls.lightspeed,
    )


def metafield_calls(desk: Desk, store: StoreRow, draft: Draft = None) -> int:
    """Calls for metafields that the custom attributes of the draft may be and that were not read;
    0 if there are none."""
    settings = desk.settings(store).settings.changed(draft or {})
    with opened_shop(desk, store) as shop:
        reads = reads_of(shop, settings)
    return sum(read.likely for read in reads if read.new and read.name == "metafields")


def sample_image(desk: Desk, store: StoreRow, draft: Draft = None) -> str | None:
    """The image address of one product as its payload would have it, a product that can be bought
    before others; None if no product has an image."""
    settings = desk.settings(store).settings.changed(draft or {})
    with opened_shop(desk, store) as shop:
        inputs = shop.plan_inputs(settings)
        size = settings.image_size
        glances = (mapping.product_glance(p, inputs.context, size) for p in _products(inputs))
        return next((each.image for each in glances if each.image), None)


def _products(inputs: PlanInputs) -> Iterator[Product]:
    sql = "SELECT flat FROM product WHERE lang = ? AND visible = ? AND sellable = ? ORDER BY id"
    for visible, sellable in ((1, 1), (1, 0), (0, 1), (0, 0)):
        for (flat,) in inputs.mirror.stream(sql, inputs.lang, visible, sellable):
            yield orjson.loads(flat)
