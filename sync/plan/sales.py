"""What products have sold, so that the ten that matter come first."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from sync.mirror import facts
from sync.plan.inputs import PlanInputs
from sync.statuses import CANCELLED, own_status

DAYS: Final = 90
_DAY: Final = 86400

_KEPT: Final = 16  # shops of which what sold is kept in mind

# From the lines that the mirror has; what came back is not sold, nor is what nobody can count.
_SOLD: Final = """
SELECT line.value ->> 'product', count(DISTINCT o.id), total(
  ifnull(line.value ->> ?, 0.0) * ((line.value ->> 'quantity') - (line.value ->> 'returned'))
  / CASE WHEN line.value ->> 'quantity' > 0 THEN line.value ->> 'quantity' ELSE 1 END)
FROM orders o, json_each(o.lines) line
WHERE o.created >= ? AND o.lines IS NOT NULL AND line.value ->> 'product' IS NOT NULL
  AND o.status NOT IN (SELECT value FROM json_each(?))
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Sold:
    """Orders that hold a product, and what they brought, in the shop's currency and on the price
    side (with or without tax) that the settings send."""

    orders: int
    revenue: float


def sold(inputs: PlanInputs, days: int = DAYS) -> Mapping[int, Sold]:
    """What each product sold in the days before the shop was last read, by the lines that are
    known; cancelled orders sold nothing."""
    statuses = inputs.mirror.stream("SELECT DISTINCT status FROM orders")
    cancelled = [row[0] for row in statuses if own_status(row[0]) == CANCELLED]
    since = inputs.as_of - days * _DAY
    listed = orjson.dumps(cancelled).decode()
    rows = inputs.mirror.stream(_SOLD, inputs.context.side, since, listed)
    return {product: Sold(orders, round(revenue, 2)) for product, orders, revenue in rows}


_known: dict[tuple[object, ...], tuple[Mapping[int, Sold], str]] = {}
_changing = threading.Lock()


def known_sales(inputs: PlanInputs, file: str) -> Mapping[int, Sold]:
    """`sold`, added up once for each state of the shop's file."""
    return _once(inputs, file)[0]


def known_rows(inputs: PlanInputs, file: str) -> str:
    """The same as `as_rows` has it."""
    return _once(inputs, file)[1]


def _once(inputs: PlanInputs, file: str) -> tuple[Mapping[int, Sold], str]:
    mirror = inputs.mirror
    moved = (*mirror.versions(["orders"]), mirror.fact(facts.SEQ), inputs.as_of)
    key = (file, moved, inputs.context.side)
    with _changing:
        found = _known.get(key)
    if found is None:
        sales = sold(inputs)
        found = sales, as_rows(sales)
        with _changing:
            while len(_known) >= _KEPT:
                del _known[next(iter(_known))]
            _known[key] = found
    return found


def as_rows(found: Mapping[int, Sold], products: Iterable[int] | None = None) -> str:
    """What products sold as JSON, for SQL: [product, orders, revenue] each."""
    chosen = found if products is None else (each for each in products if each in found)
    return orjson.dumps([[p, found[p].orders, found[p].revenue] for p in chosen]).decode()


# A table for a FROM, with the parameter that `as_rows` makes. The limit makes it one, which gets an
# index: else all of the JSON is read again for each row that it is joined to.
SALES: Final = (
    "(SELECT value ->> 0 AS product, value ->> 1 AS sold_in, value ->> 2 AS revenue"
    " FROM json_each(?) LIMIT -1)"
)
