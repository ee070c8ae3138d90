"""Parsers of orders, returns, customers and newsletter subscriptions."""

from __future__ import annotations

from sync.shapes.plain import name
from sync.shapes.records import Customer, CustomStatus, Line, Order, Return, Subscription
from sync.shapes.values import (
    birth,
    code,
    decimal,
    embedded,
    flag,
    identifier,
    number,
    quantity,
    record,
    reference,
    rows,
    stamp,
    text,
)


def order(raw: object) -> Order:
    """Return a row of orders.json, with its lines where they are embedded; ShapeError without an
    id."""
    order_id, row = record("orders", raw)
    return {
        "id": order_id,
        "number": text(row.get("number")),
        "status": text(row.get("status")),
        "custom_status": identifier(row.get("customStatusId")),
        "created": birth(row.get("createdAt")),
        "updated": stamp(row.get("updatedAt")),
        "incl": number(row.get("priceIncl")),
        "excl": number(row.get("priceExcl")),
        "customer": reference(row.get("customer")),
        "email": text(row.get("email")),
        "pickup": flag(row.get("shipmentIsPickup")),
        "shipment": text(row.get("shipmentStatus")),
        "lines": _embedded_lines(embedded(row.get("products"))),
    }


def _embedded_lines(raw: object) -> list[Line] | None:
    """An empty list says nothing: the single order may have lines all the same."""
    return order_lines(raw) if raw and isinstance(raw, (list, dict)) else None


def order_lines(raw: object) -> list[Line]:
    """Return the rows of orders/{id}/products.json; ShapeError for one without an id."""
    return [_line(row) for row in rows(raw)]


def _line(raw: object) -> Line:
    line_id, row = record("order lines", raw)
    return {
        "id": line_id,
        "product": reference(row.get("product")),
        "quantity": quantity(row.get("quantityOrdered")),
        "returned": quantity(row.get("quantityReturned")) or 0,
        "excl": decimal(row.get("priceExcl")),
        "incl": decimal(row.get("priceIncl")),
    }


def order_return(raw: object) -> Return:
    """Return a row of returns.json, `order` 0 if it has none; ShapeError without an id. Names come
    in camel and in snake case there."""
    return_id, row = record("returns", raw)
    lines = row.get("orderProducts", row.get("order_products"))
    return {
        "id": return_id,
        "order": reference(row.get("orderId", row.get("order_id", row.get("order")))) or 0,
        "updated": stamp(row.get("updatedAt", row.get("updated_at"))),
        "lines": [
            [line, quantity(each.get("quantity")) or 0]
            for each in rows(lines)
            if (line := identifier(each.get("id"))) is not None
        ],
    }


def custom_status(raw: object) -> CustomStatus:
    """Return a row of orders/customstatuses.json; ShapeError without an id."""
    status_id, row = record("custom statuses", raw)
    return {"id": status_id, "title": name(row.get("title"))}


def customer(raw: object) -> Customer:
    """Return a row of customers.json; ShapeError without an id."""
    customer_id, row = record("customers", raw)
    names = (name(row.get(part)) for part in ("firstname", "middlename", "lastname"))
    postcodes = (code(row.get(f"address{kind}Zipcode")) for kind in ("Billing", "Shipping"))
    return {
        "id": customer_id,
        "email": text(row.get("email")),
        "name": " ".join(part for part in names if part),
        "company": name(row.get("companyName")),
        "zip": next((postcode for postcode in postcodes if postcode), ""),
        "gender": text(row.get("gender")),
        "is_company": flag(row.get("isCompany")),
        "created": stamp(row.get("createdAt")),
        "updated": stamp(row.get("updatedAt")),
        "type": text(row.get("type")),
    }


def subscription(raw: object) -> Subscription:
    """Return a row of subscriptions.json; ShapeError without an id."""
    subscription_id, row = record("subscriptions", raw)
    confirmed = flag(row.get("isConfirmed"))
    return {"id": subscription_id, "email": text(row.get("email")), "confirmed": confirmed}
