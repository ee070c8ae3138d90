"""What a record is called, as SQL."""

from __future__ import annotations

import orjson

from sync.database import sqlite3
from sync.mapping import without_emails
from sync.shapes import Customer

_TITLES = {
    "products": "(SELECT title FROM product WHERE lang = :lang AND id = {id})",
    "categories": "(SELECT title FROM category WHERE lang = :lang AND id = {id})",
    "orders": "(SELECT number FROM orders WHERE id = {id})",
    "customers": "(SELECT customer_title(flat) FROM customer WHERE id = {id})",
    "pages": "(SELECT title FROM page WHERE lang = :lang AND id = {id})",
}
_ODD = "(SELECT what FROM odd_row WHERE entity = {entity} AND lang IN ('', :lang) AND id = {id})"


def title_sql(entity: str, source: str) -> str:
    """SQL for a record's title in the language `:lang`; `entity` and `source` are SQL for its kind
    and Lightspeed id. An order's title is its number, a customer's the name or company without an
    e-mail address; of a row that could never be used it is what is wrong with it. NULL where the
    mirror has none."""
    cases = " ".join(f"WHEN '{name}' THEN {sql}" for name, sql in _TITLES.items())
    odd = _ODD.replace("{entity}", entity).replace("{id}", source)
    return f"ifnull(CASE {entity} {cases.replace('{id}', source)} END, {odd})"


def teach(conn: sqlite3.Connection) -> None:
    """Give the connection the function that `title_sql` needs."""
    conn.create_function("customer_title", 1, _customer_title, deterministic=True)


def _customer_title(flat: bytes) -> str:
    customer: Customer = orjson.loads(flat)
    names = (without_emails(customer[part], customer["email"]) for part in ("name", "company"))
    return next((name for name in names if name), "")
