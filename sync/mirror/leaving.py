"""Taking a person out of a mirror that has read the person before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson

from sync.database import immediate
from sync.forgotten import address_in
from sync.mirror.nameless import nameless
from sync.mirror.orders import Orders
from sync.mirror.people import People
from sync.shapes import Customer


class Leaving(Orders, People):
    """People who leave a mirror. They are on its list of the forgotten already."""

    def forget_people(
        self, customers: Collection[int], addresses: Collection[str], orders: Collection[int]
    ) -> int:
        """Put rows that name nobody in the place of these customers, take customer and address out
        of the orders, and forget the subscriptions. Returns how many rows that were."""
        with immediate(self.db):
            changed = self._stand_in(customers)
            changed += self._unsubscribe(addresses)
            changed += self._unname(orders)
            sql = "DELETE FROM odd_row WHERE list = 'customers' AND id IN (SELECT value FROM"
            changed += self.conn.execute(f"{sql} json_each(?))", [_json(customers)]).rowcount
            return changed

    def _stand_in(self, customers: Collection[int]) -> int:
        sql = "SELECT id, flat, seen FROM customer WHERE id IN (SELECT value FROM json_each(?))"
        rows = self.conn.execute(sql, [_json(customers)]).fetchall()
        for number, flat, seen in rows:
            customer: Customer = orjson.loads(flat)
            self.conn.execute("DELETE FROM customer WHERE id = ?", [number])
            self.put_customers([nameless(self.forgotten, customer)], seen)
        return len(rows)

    def _unsubscribe(self, addresses: Collection[str]) -> int:
        rows = self.conn.execute("SELECT id, email FROM subscription").fetchall()
        gone = [(number,) for number, email in rows if address_in(email) in addresses]
        self.conn.executemany("DELETE FROM subscription WHERE id = ?", gone)
        return len(gone)

    def _unname(self, orders: Collection[int]) -> int:
        named = "(customer IS NOT NULL OR email <> '')"
        sql = f"SELECT id FROM orders WHERE {named} AND id IN (SELECT value FROM json_each(?))"
        rows: list[Any] = self.conn.execute(sql, [_json(orders)]).fetchall()
        if not rows:
            return 0
        seq = self.next_seq()
        for (number,) in rows:
            sql = "UPDATE orders SET customer = NULL, email = '', changed_seq = ? WHERE id = ?"
            self.conn.execute(sql, [seq, number])
            self._stamp_order(number)
        self.moved("orders")
        return len(rows)


def _json(values: Collection[int]) -> str:
    return orjson.dumps([*values]).decode()
