"""What records can be told apart by: for each record its value in every dimension.

Values are codes or the shop's own titles, never translated; a band is `a-b`, from `a` to below
`b`. A record may have several values of a dimension (its categories), or none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import orjson

from sync.entities import Id
from sync.plan import PlanInputs
from sync.shapes import Product

Values = tuple[Id, list[tuple[str, str]]]  # a record, and its (dimension, value) pairs

_DAY: Final = 86400
_AGES: Final = (0, 7, 30, 90, 180, 365, 730, 1825, 3650, 36500)  # days
_AMOUNTS: Final = (0, *(n * 10**power for power in range(7) for n in (1, 2, 5)))


def values(inputs: PlanInputs, entity: str) -> Iterator[Values]:
    """Every record of the entity that the mirror holds, with its values."""
    return _READERS[entity](inputs)


def _products(inputs: PlanInputs) -> Iterator[Values]:
    titles = {number: each["title"] for number, each in inputs.categories.items()}
    sql = "SELECT id, flat FROM product WHERE lang = ?"
    for product_id, flat in inputs.mirror.stream(sql, inputs.lang):
        yield product_id, list(_of_product(orjson.loads(flat), titles, inputs))


def _of_product(
    product: Product, titles: Mapping[int, str], inputs: PlanInputs
) -> Iterator[tuple[str, str]]:
    variants = product["variants"]
    yield "brand", product["brand"]
    yield "supplier", product.get("supplier", "")
    for title in {titles[number] for number in product["categories"] if number in titles}:
        yield "category", title
    side = inputs.context.side
    prices = [price for each in variants if (price := each[side]) is not None]
    if prices:
        yield "price", band(min(prices), _AMOUNTS)
    if product["created"]:
        yield "age", band((inputs.as_of - product["created"]) / _DAY, _AGES)
    for tracking in {each["tracking"] for each in variants}:
        yield "tracking", tracking
    yield "variants", _how_many(len(variants))
    yield "picture", "yes" if product["image"] else "no"


def _how_many(variants: int) -> str:
    if variants < 2:
        return str(variants)
    return "2-5" if variants < 6 else "6+"


def _orders(inputs: PlanInputs) -> Iterator[Values]:
    titles = inputs.mirror.custom_statuses(inputs.lang)
    sql = f"SELECT id, status, custom_status, created, {inputs.context.side}, customer FROM orders"
    for order_id, status, custom, created, total, customer in inputs.mirror.stream(sql):
        told = [
            ("status", titles.get(custom, status)),
            ("value", band(total, _AMOUNTS)),
            ("customer", "no" if customer is None else "yes"),
        ]
        if created:
            month, weekday = _day(created // _DAY)
            told += [("month", month), ("weekday", weekday)]
        yield order_id, told


@lru_cache(maxsize=4096)
def _day(number: int) -> tuple[str, str]:
    """The month and the weekday (Monday is 1) of a day since 1970, in UTC."""
    day = datetime.fromtimestamp(number * _DAY, UTC)
    return f"{day:%Y-%m}", str(day.isoweekday())


def band(amount: float, edges: tuple[int, ...]) -> str:
    """The band between two of the edges that holds an amount; the last one holds what is more."""
    place = min(max(bisect_right(edges, amount), 1), len(edges) - 1)
    return f"{edges[place - 1]}-{edges[place]}"


_READERS: Final[Mapping[str, Callable[[PlanInputs], Iterator[Values]]]] = {
    "products": _products,
    "orders": _orders,
}
DIMENSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "products": (
        "brand",
        "category",
        "supplier",
        "price",
        "age",
        "tracking",
        "variants",
        "picture",
    ),
    "orders": ("status", "month", "weekday", "value", "customer"),
}
