"""What would be sent of a record that is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from sync.plan.deciders import category_bytes, customer_bytes, page_bytes
from sync.plan.decision import FORGOTTEN, UNREADABLE, Decision
from sync.plan.inputs import PlanInputs
from sync.plan.orders import order_bytes
from sync.plan.products import product_bytes
from sync.rules import LINES_PENDING

_NEVER: Final = frozenset({"gone", "invalid", FORGOTTEN, UNREADABLE, "no_lines", LINES_PENDING})
Sent = tuple[bytes, str | None]


def if_sent(inputs: PlanInputs, made: Decision) -> Any:
    """The payload that a record of the mirror would go with if no rule kept it out; None where
    parts of it are missing."""
    if any(reason.partition(":")[0] in _NEVER for reason in made.reasons):
        return None
    sent = _BUILT[made.entity](inputs, made.source)
    return None if sent is None else orjson.loads(sent[0])


def _product(inputs: PlanInputs, source: int | str) -> Sent | None:
    row = inputs.mirror.conn.execute(
        "SELECT e.rating, ifnull(e.reviews, 0), p.flat FROM product p"
        " LEFT JOIN product_extra e ON e.id = p.id WHERE p.lang = ? AND p.id = ?",
        [inputs.lang, source],
    ).fetchone()
    return row and product_bytes(inputs, int(source), *row)


def _category(inputs: PlanInputs, source: int | str) -> Sent | None:
    known = int(source) in inputs.categories
    return category_bytes(inputs, int(source)) if known else None


def _order(inputs: PlanInputs, source: int | str) -> Sent | None:
    sql = f"SELECT items_{inputs.context.side} FROM orders WHERE id = ? AND items <> 0"
    row = inputs.mirror.conn.execute(sql, [source]).fetchone()
    return order_bytes(inputs, int(source)) if row and row[0] else None


def _customer(inputs: PlanInputs, source: int | str) -> Sent | None:
    row = inputs.mirror.conn.execute(
        "SELECT flat, subscribed FROM customer WHERE id = ?", [source]
    ).fetchone()
    return row and customer_bytes(inputs, row[0], bool(row[1]))


def _page(inputs: PlanInputs, source: int | str) -> Sent | None:
    row = inputs.mirror.conn.execute(
        "SELECT flat FROM page WHERE lang = ? AND id = ?", [inputs.lang, source]
    ).fetchone()
    return row and page_bytes(inputs, orjson.loads(row[0]))


_BUILT: Final[Mapping[str, Callable[[PlanInputs, int | str], Sent | None]]] = {
    "products": _product,
    "categories": _category,
    "orders": _order,
    "customers": _customer,
    "pages": _page,
}
