"""The mirror's records as SQL: where the rows of a kind are, and what each is called."""

from __future__ import annotations

from typing import Final

import orjson

from sync.database import sqlite3
from sync.entities import ENTITIES, KINDS
from sync.mapping import without_emails
from sync.personal import masking
from sync.shapes import Customer

_TITLE_IN: Final = {"orders": "number", "customers": "customer_title(flat)"}  # else `title`
_ODD = "(SELECT what FROM odd_row WHERE entity = {entity} AND lang IN ('', :lang) AND id = {id})"


def rows_sql(entity: str) -> str:
    """SQL for the rows of a kind in the language `:lang`: a table and a condition, to be named
    after FROM."""
    kind = KINDS[entity]
    return f"{kind.table} WHERE {'lang = :lang' if kind.by_language else 'true'}"


def title_sql(entity: str, source: str) -> str:
    """SQL for a record's title in the language `:lang`; `entity` and `source` are SQL for its kind
    and Lightspeed id. An order's title is its number, a customer's the initials of name or company;
    of a row that could never be used it is what is wrong with it. NULL where the
    mirror has none."""
    cases = " ".join(f"WHEN '{name}' THEN {_title(name)}" for name in ENTITIES)
    odd = _ODD.replace("{entity}", entity).replace("{id}", source)
    return f"ifnull(CASE {entity} {cases.replace('{id}', source)} END, {odd})"


def _title(entity: str) -> str:
    return f"(SELECT {_TITLE_IN.get(entity, 'title')} FROM {rows_sql(entity)} AND id = {{id}})"


def teach(conn: sqlite3.Connection) -> None:
    """Give the connection the function that `title_sql` needs."""
    conn.create_function("customer_title", 1, _customer_title, deterministic=True)


def _customer_title(flat: bytes) -> str:
    customer: Customer = orjson.loads(flat)
    names = (without_emails(customer[part], customer["email"]) for part in ("name", "company"))
    return masking.initials(next((name for name in names if name), ""))
