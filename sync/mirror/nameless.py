"""What the mirror holds of people who are to stay forgotten: rows that name nobody."""

from __future__ import annotations

from typing import Any, cast

from sync.forgotten import Forgotten
from sync.shapes import Customer, Order


def is_forgotten(forgotten: Forgotten, customer: Customer) -> bool:
    """Whether the customer is on the list, by id or by address."""
    return forgotten.customer(customer["id"]) or forgotten.address(customer["email"])


def nameless(forgotten: Forgotten, customer: Customer) -> Customer:
    """What stands in for a forgotten customer: counted like the row that Lightspeed has, and found
    by those who know id or address."""
    empty: dict[str, Any] = {name: type(value)() for name, value in customer.items()}
    address = customer["email"]
    mark = {"mark": forgotten.mark(address)} if address else {}
    return cast(Customer, empty | mark | {"id": forgotten.stand_in(customer["id"])})


def without_person(forgotten: Forgotten, order: Order) -> Order:
    """The order; without customer and address if either is on the list."""
    customer, email = order["customer"], order["email"]
    if forgotten.address(email) or (customer is not None and forgotten.customer(customer)):
        return {**order, "customer": None, "email": ""}
    return order
