"""What products have sold, so that the ten that matter come first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from sync.plan import PlanInputs
from sync.rules import CANCELLED
from sync.statuses import normal_status

DAYS: Final = 90
_DAY: Final = 86400

# From the lines that the mirror has; what came back is not sold.
_SOLD: Final = """
SELECT line.value ->> 'product', count(DISTINCT o.id), sum(
  ifnull(line.value ->> ?, 0.0) * ((line.value ->> 'quantity') - (line.value ->> 'returned'))
  / max(line.value ->> 'quantity', 1))
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
    cancelled = [row[0] for row in statuses if normal_status(row[0]) == CANCELLED]
    since = inputs.as_of - days * _DAY
    listed = orjson.dumps(cancelled).decode()
    rows = inputs.mirror.stream(_SOLD, inputs.context.side, since, listed)
    return {product: Sold(orders, round(revenue, 2)) for product, orders, revenue in rows}
