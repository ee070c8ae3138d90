"""Orders and customers as Clerk.io gets them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from math import floor
from typing import Any, Final

from sync.mapping.common import Context, Side
from sync.mapping.prices import unit_price
from sync.mapping.product import LARGEST
from sync.settings import Settings
from sync.shapes import Customer, Line
from sync.statuses import CANCELLED, normal_status, own_status


def order_items(lines: list[Line], side: Side) -> list[dict[str, Any]]:
    """Return an order's `products`: {id, quantity, price}, the price of one piece after discount.
    Lines of one product at one rounded price are joined; lines without a product, without a
    quantity above 0 or without a readable total are left out."""
    joined: dict[tuple[int, float], int] = {}
    for line in lines:
        product, quantity, total = line["product"], line["quantity"], line[side]
        if product is not None and quantity is not None and quantity > 0 and total is not None:
            pieces = _pieces(quantity)
            key = (product, unit_price(total, pieces))
            joined[key] = min(joined.get(key, 0) + pieces, LARGEST)
    return [{"id": p, "quantity": n, "price": price} for (p, price), n in joined.items()]


def _pieces(quantity: float) -> int:
    """Clerk.io counts whole pieces: half up, at least one."""
    return quantity if isinstance(quantity, int) else max(floor(quantity + 0.5), 1)


def _has_to_go(line: Line) -> bool:
    """Whether a line has to be sent for all that can be read of it."""
    quantity = line["quantity"]
    return line["product"] is not None and (quantity is None or quantity > 0)


def unpriced(lines: list[Line], side: Side) -> bool:
    """Return whether a line that has to be sent has no readable total."""
    return any(line[side] is None and _has_to_go(line) for line in lines)


def uncounted(lines: list[Line]) -> bool:
    """Return whether a line that has to be sent has no readable quantity."""
    return any(line["quantity"] is None and _has_to_go(line) for line in lines)


def skipped_lines(lines: list[Line]) -> int:
    """Return the number of free-text lines, which name no product."""
    return sum(line["product"] is None for line in lines)


def wholly_returned(lines: list[Line], returns: Mapping[int, float]) -> bool:
    """Return whether every ordered line came back as a whole, by its own count or by the sum of
    its rows in returns.json (line id → quantity). Nobody can say it of a line without a readable
    quantity that has to be sent."""
    ordered = [
        (max(line["returned"], returns.get(line["id"], 0)), quantity)
        for line in lines
        if (quantity := line["quantity"]) is not None and quantity > 0
    ]
    whole = all(0 < back >= quantity - _BREATH for back, quantity in ordered)
    return bool(ordered) and whole and not uncounted(lines)


_BREATH: Final = 1e-9  # sums of fractions miss the whole by so much at most


_BY_STATUS: Final = {
    CANCELLED: "CANCELLED",
    "completed_shipped": "SENT",
    "completed_picked_up": "DELIVERED",
}


def order_status(status: str, shipment: str, pickup: bool, returned: bool) -> str:
    """Return Clerk.io's order status from Lightspeed's status and shipmentStatus, whether the
    order is picked up, and whether it was wholly returned."""
    own = own_status(status)
    if returned and own != CANCELLED:
        return "RETURNED"
    if own == "completed":
        if pickup:
            return "DELIVERED"
        return "SENT" if normal_status(shipment) == "shipped" else "CONFIRMED"
    return _BY_STATUS.get(own, "CONFIRMED")


def order_key(id: int, number: str, s: Settings) -> int | str:
    """Return the order's id in Clerk.io: the number as text, or Lightspeed's integer id."""
    return id if s.order_id == "id" else number or str(id)


def order_payload(
    *,
    id: int,
    number: str,
    created: int,
    customer: int | None,
    email: str,
    status: str,
    items: object,
    c: Context,
) -> dict[str, Any]:
    """Return the order for POST /orders. `items` is what `order_items` gave, or an
    `orjson.Fragment` of it; `status` is Clerk.io's."""
    payload: dict[str, Any] = {
        "id": order_key(id, number, c.settings),
        "products": items,
        "time": created,
        "status": status,
    }
    if customer is not None:
        payload["customer"] = customer
    if email and c.settings.collect_emails:
        payload["email"] = email
    return payload


def customer_payload(cust: Customer, subscribed: bool, c: Context) -> dict[str, Any]:
    """Return the customer for POST /customers; without collect_emails no text in it holds an
    e-mail address."""
    texts = {"zip": cust["zip"], "gender": cust["gender"], "email": cust["email"]}
    names = [cust["name"], cust["company"]]
    if not c.settings.collect_emails:
        del texts["email"]
        texts = {field: without_emails(text, cust["email"]) for field, text in texts.items()}
        names = [without_emails(name, cust["email"]) for name in names]
    texts["name"] = names[0] or names[1]
    return {
        "customerid": cust["id"],
        "subscribed": subscribed,
        "is_b2b": cust["is_company"],
        **{field: text for field, text in texts.items() if text},
    }


_ADDRESS: Final = re.compile(r"\S*[^\s@]@[^\s@]\S*")


def without_emails(text: str, address: str = "") -> str:
    """Return a text without its words that look like an e-mail address, and nothing of a text
    that spells out `address` in another way (blanks between, other letter case)."""
    plain = unicodedata.normalize("NFKC", text)
    if "@" not in plain:
        return text
    left = " ".join(_ADDRESS.sub(" ", plain).split())
    return "" if "@" in address and _squeezed(address) in _squeezed(left) else left


def _squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
