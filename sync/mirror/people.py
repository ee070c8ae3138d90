"""Customers and subscribers in the mirror, once for all languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from sync.database import immediate
from sync.mirror import facts
from sync.mirror.base import MirrorFile
from sync.mirror.facts import CustomersState
from sync.mirror.nameless import is_forgotten, nameless
from sync.mirror.packing import revision
from sync.shapes import Customer, Subscription


class People(MirrorFile):
    """The customers and subscriptions of a mirror."""

    def put_customers(self, customers: Sequence[Customer], pass_id: int) -> None:
        """Store customers; in the place of each who is forgotten a row that names nobody."""
        if self.forgotten:
            customers = self._without_forgotten(customers)
        with immediate(self.db):
            ids = [customer["id"] for customer in customers]
            marks = ",".join("?" * len(ids))
            sql = f"SELECT id, rev, subscribed FROM customer WHERE id IN ({marks})"
            known = {row[0]: row[1:] for row in self.conn.execute(sql, ids)}
            records, moved = [], False
            for customer in customers:
                flat = orjson.dumps(customer | {"updated": 0})
                rev, email = revision(flat), customer["email"].casefold()
                old = known.get(customer["id"], (None, 0))
                moved = moved or old[0] != rev
                records.append(
                    (customer["id"], rev, email, old[1], customer["updated"], flat, pass_id)
                )
            self.conn.executemany(
                "INSERT OR REPLACE INTO customer VALUES (?, ?, ?, ?, ?, ?, ?)", records
            )
            if moved:
                self.moved("customers")

    def addresses(self) -> Iterator[str]:
        """Every e-mail address of a person that the shop knows: customers, subscribers, buyers."""
        for table in ("customer", "subscription", "orders"):
            for (address,) in self.stream(f"SELECT DISTINCT email FROM {table} WHERE email <> ''"):
                yield address

    def _without_forgotten(self, customers: Sequence[Customer]) -> list[Customer]:
        gone = [each for each in customers if is_forgotten(self.forgotten, each)]
        if not gone:
            return list(customers)
        marks = ",".join("?" * len(gone))
        numbers = [each["id"] for each in gone]
        self.conn.execute(f"DELETE FROM customer WHERE id IN ({marks})", numbers)
        left = {each["id"]: nameless(self.forgotten, each) for each in gone}
        return [left.get(each["id"], each) for each in customers]

    def drop_customers(self, pass_id: int) -> None:
        """Forget customers that the pass did not meet."""
        with immediate(self.db):
            if self.conn.execute("DELETE FROM customer WHERE seen <> ?", [pass_id]).rowcount:
                self.moved("customers")

    def drop_people(self) -> int:
        """Forget all customers and subscriptions, as if they had never been read; returns how many
        customers."""
        with immediate(self.db):
            self.conn.execute("DELETE FROM subscription")
            dropped = self.conn.execute("DELETE FROM customer").rowcount
            if dropped:
                never: CustomersState = {}
                self.note(facts.CUSTOMERS_STATE, never)
                self.note(facts.was_read("customers", ""), False)
                self.note(facts.complete("customers", ""), False)
                self.moved("customers")
        return dropped

    def put_subscriptions(self, rows: Sequence[Subscription], pass_id: int) -> None:
        """Store newsletter subscriptions; they count with `mark_subscribed`."""
        if self.forgotten:
            rows = [row for row in rows if not self.forgotten.address(row["email"])]
        self.conn.executemany(
            "INSERT OR REPLACE INTO subscription VALUES (?, ?, ?, ?)",
            [(row["id"], row["email"].casefold(), int(row["confirmed"]), pass_id) for row in rows],
        )

    def drop_subscriptions(self, pass_id: int) -> None:
        """Forget subscriptions that the pass did not meet."""
        self.conn.execute("DELETE FROM subscription WHERE seen <> ?", [pass_id])

    def mark_subscribed(self) -> None:
        """Set each customer's flag: a confirmed subscription with that e-mail, case folded."""
        # Subscriptions come in a list of their own, by e-mail: all flags are set in one statement,
        # and only those that move are written.
        confirmed = (
            "EXISTS (SELECT 1 FROM subscription s WHERE s.email = customer.email"
            " AND s.confirmed AND s.email <> '')"
        )
        with immediate(self.db):
            changed = self.conn.execute(
                f"UPDATE customer SET subscribed = {confirmed} WHERE subscribed <> {confirmed}"
            ).rowcount
            if changed:
                self.moved("customers")
