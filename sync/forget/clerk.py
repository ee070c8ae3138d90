"""Taking a person out of one store at Clerk.io: the customer goes, orders come without the person.

Every step can be repeated: an unknown id counts as deleted, and an order without anybody stays one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from sync.clerk import ClerkClient, ClerkRejected, Confirmed, Record, RecordFailed
from sync.database import immediate
from sync.forget.local import NAMING, anonymous
from sync.forget.person import Person
from sync.ledger import LOST, OutboxRow
from sync.mapping import payload_hash
from sync.openshop import OpenShop

SECOND_LOOK: Final = 5.0  # seconds; what was just written may show late
LOOKS: Final = 3


@dataclass
class AtClerk:
    """What was done in a store: how often Clerk.io was `asked` to forget, customers `deleted`,
    orders `resent`. `left` are orders that still name the person, however they were sent."""

    asked: int = 0
    deleted: int = 0
    resent: int = 0
    left: int = 0


@dataclass(frozen=True)
class _Order:
    """An order as Clerk.io is to have it: `payload` names nobody."""

    source: int
    key: int | str
    payload: bytes
    status: str | None
    in_doubt: bool


class Store:
    """One store while a person is taken out of it; the caller holds the shop's lock."""

    def __init__(self, shop: OpenShop, client: ClerkClient, person: Person) -> None:
        self.shop = shop
        self.client = client
        self.person = person
        self.done = AtClerk()
        self._sent: set[int] = set()

    def forget(self) -> AtClerk:
        """Do it all. Raises as the client does; what was done until then is in `done`."""
        self._delete_customers()
        self._ask_to_forget()
        self._see_to(list(self._orders()))
        return self.done

    def _delete_customers(self) -> None:
        known = sorted(self.person.customers.get(self.shop.store.id, ()), key=str)
        for answer in self.client.delete("customers", _records(known or self.person.ids)):
            if isinstance(answer, Confirmed):
                self.done.deleted += len(answer.records) if known else 0
            elif known:
                raise _refused(answer)

    def _ask_to_forget(self) -> None:
        """By address where addresses may leave, else by id."""
        may_leave = self.shop.desk.settings(self.shop.store).settings.collect_emails
        if may_leave and self.person.addresses:
            for address in sorted(self.person.addresses):
                self.client.forget(email=address)
                self.done.asked += 1
            return
        for number in sorted(self.person.ids):
            self.client.forget(customer=number)
            self.done.asked += 1

    # -- orders -------------------------------------------------------------------------------

    def _orders(self) -> Iterator[_Order]:
        """The person's orders that Clerk.io has, or may have."""
        ledger = self.shop.ledger
        for source in sorted(self.person.orders):
            entry, payload = ledger.entry("orders", source), ledger.payload("orders", source)
            if entry is not None and payload is not None:
                bare, doubt = anonymous(payload), not entry.hash
                yield _Order(source, entry.key, bare, entry.status, doubt)
        tried = [each for each in ledger.unanswered("orders") if each.source in self.person.orders]
        shown = self.client.read("orders", [each.key for each in tried]) if tried else {}
        for each in tried:
            if each.key in shown and _names_somebody(shown[each.key]):
                told = shown[each.key]
                bare = anonymous(orjson.dumps(told))
                yield _Order(int(each.source), each.key, bare, told.get("status"), True)

    def _send(self, orders: Sequence[_Order]) -> None:
        """Send these whole; one that Clerk.io refuses is taken out there, and goes anew."""
        by_n = dict(enumerate(orders))
        records = [Record(n, order.key, order.payload) for n, order in by_n.items()]
        refused = []
        for answer in self.client.upsert("orders", records):
            if isinstance(answer, Confirmed):
                self._confirm(by_n[record.n] for record in answer.records)
            else:
                refused.append(by_n[answer.record.n])
        self._take_out(refused)

    def _confirm(self, orders: Iterable[_Order]) -> None:
        ledger, now = self.shop.ledger, self.shop.desk.clock.now()
        with immediate(ledger.db):
            for order in orders:
                self._sent.add(order.source)
                if (entry := ledger.entry("orders", order.source)) is not None:
                    ledger.confirm([_row(order)], entry.run, now)

    def _take_out(self, orders: Sequence[_Order]) -> None:
        """Delete these; they are known as lost, so that a run sends them anew."""
        for answer in self.client.delete("orders", _records(order.key for order in orders)):
            if not isinstance(answer, Confirmed):
                raise _refused(answer)
        with immediate(self.shop.ledger.db):
            for order in orders:
                self.shop.ledger.distrust("orders", order.source, LOST)

    def _see_to(self, orders: Sequence[_Order]) -> None:
        """Send what is in doubt and read all of them back: what still names somebody is sent once
        more if it was not, else deleted and sent anew."""
        doubtful = [order for order in orders if order.in_doubt]
        self._send(doubtful)
        naming = self._looked_through(orders)
        if unsent := [order for order in naming if not order.in_doubt]:
            self._send(unsent)
            naming = self._looked_through(naming)
        if naming:
            self._take_out(naming)
            self._send(naming)
            naming = self._looked_through(naming)
        self.done.resent = len(self._sent)
        self.done.left = len(naming)

    def _looked_through(self, orders: Sequence[_Order]) -> list[_Order]:
        """Those that Clerk.io goes on showing with somebody, when asked some times."""
        left = list(orders)
        for look in range(LOOKS):
            if left and look:
                self.client.pause(SECOND_LOOK)
            shown = self.client.read("orders", [order.key for order in left]) if left else {}
            left = [order for order in left if _names_somebody(shown.get(order.key, {}))]
        return left


def _row(order: _Order) -> OutboxRow:
    # Revision and mapping key of no mirror: the next plan makes the payload and compares.
    digest = payload_hash(order.payload)
    return OutboxRow(
        0,
        "orders",
        order.source,
        order.key,
        "update",
        "upsert",
        order.payload,
        digest,
        -1,
        "",
        order.status,
        (),
    )


def _records(keys: Iterable[int | str]) -> list[Record]:
    return [Record(n, key) for n, key in enumerate(keys)]


def _names_somebody(shown: object) -> bool:
    return isinstance(shown, dict) and not shown.keys().isdisjoint(NAMING)


def _refused(answer: RecordFailed) -> ClerkRejected:
    return ClerkRejected(answer.problem)
