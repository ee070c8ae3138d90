"""Who is meant, and all by which this desk knows the person: ids, addresses, names, orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any, Final
from urllib.parse import quote

import orjson

from sync.errors import Message
from sync.forgotten import address_in
from sync.ledger import past_payloads
from sync.mirror import Mirror, keys
from sync.openshop import OpenShop
from sync.store import Refused

_MANY: Final = 20  # marks of a person; more of them are looked for in each record
_SHORTEST_NAME: Final = 6  # letters; a shorter one stands in too many words


@dataclass
class Person:
    """What a person is known by in one shop. `customers` are the keys under which stores may have
    the person at Clerk.io, by the store's id; `orders` are ids of Lightspeed."""

    ids: set[int] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    orders: set[int] = field(default_factory=set)
    customers: dict[int, set[int | str]] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Person:
        """The person that `as_json` gave."""
        sets = {name: set(told[name]) for name in ("ids", "addresses", "names", "orders")}
        customers = {int(store): set(some) for store, some in told["customers"].items()}
        return cls(**sets, customers=customers)

    def as_json(self) -> dict[str, Any]:
        """The same in JSON's types."""
        told = {
            name: sorted(some, key=str)
            for name, some in asdict(self).items()
            if name != "customers"
        }
        customers = {str(store): sorted(some, key=str) for store, some in self.customers.items()}
        return {**told, "customers": customers}

    @property
    def known(self) -> bool:
        """Whether anybody is meant."""
        return bool(self.ids or self.addresses)

    def add(self, other: Person) -> None:
        """The other is the same person."""
        for name in ("ids", "addresses", "names", "orders"):
            getattr(self, name).update(getattr(other, name))
        for store, some in other.customers.items():
            self.customers.setdefault(store, set()).update(some)

    def is_customer_of(self, payload: Mapping[str, Any]) -> bool:
        """Whether an order as Clerk.io has it names the person."""
        return payload.get("customer") in self.ids or self.has(payload.get("email"))

    def has(self, address: object) -> bool:
        """Whether it is one of the person's addresses."""
        return isinstance(address, str) and address_in(address) in self.addresses

    def meets(self, other: Person) -> bool:
        """Whether the two have an id, an address or an order in common."""
        return not (
            self.ids.isdisjoint(other.ids)
            and self.addresses.isdisjoint(other.addresses)
            and self.orders.isdisjoint(other.orders)
        )

    def texts(self) -> list[str]:
        """Addresses and whole names: what gives the person away in a line of a log."""
        whole = [name for name in self.names if " " in name and len(name) >= _SHORTEST_NAME]
        quoted = [quote(address, safe="") for address in self.addresses]
        written = map(_in_json, (*self.addresses, *whole))
        return sorted({*self.addresses, *quoted, *whole, *written}, key=len, reverse=True)


def person_named(shop: OpenShop, key: str) -> Person:
    """The person of that id, e-mail address or order number. UsageError if the shop's copy knows
    none, or if a number may mean two people; what was asked for is not in its text."""
    named = keys.readable(key)
    if "@" in named:
        return _known(shop, Person(addresses={address_in(named)}))
    orders = _orders_numbered(shop, named)
    by_id, by_order = _by_id(shop, named), _who_placed(shop, orders)
    if by_id and by_order and not by_id.meets(by_order):
        raise Refused("two_people", number=named, other=_named(by_order))
    found = by_id or by_order
    if found is None:
        raise Refused("nobody_in_order" if orders else "nobody")
    return found


def person_of(shop: OpenShop, entity: str, source: int) -> Person | None:
    """The person of a customer or an order, by Lightspeed's id; None where it names nobody."""
    if entity == "customers":
        return whole_person(shop, Person(ids={source})) if source > 0 else None
    sql = "SELECT customer, email FROM orders WHERE id = ?"
    return _who_placed(shop, shop.mirror.conn.execute(sql, [source]).fetchall())


def _known(shop: OpenShop, asked: Person) -> Person:
    """All that is known of the person; UsageError if that is nothing."""
    listed = shop.mirror.forgotten
    on_list = any(map(listed.address, asked.addresses)) or any(map(listed.customer, asked.ids))
    found = whole_person(shop, asked)
    if not (found.ids or found.orders or found.names or on_list or _subscribed(shop, found)):
        raise Refused("nobody")
    return found


def _subscribed(shop: OpenShop, person: Person) -> bool:
    marks = ",".join("?" * len(person.addresses))
    sql = f"SELECT count(*) FROM subscription WHERE email IN ({marks})"
    return shop.mirror.number(sql, *person.addresses) > 0


def _by_id(shop: OpenShop, named: str) -> Person | None:
    number = keys.number_from(named)
    if number is None:
        return None
    known = shop.mirror.number(_CUSTOMER, number)
    if not known and not shop.mirror.forgotten.customer(number):
        return None
    return whole_person(shop, Person(ids={number}))


_CUSTOMER: Final = (
    "SELECT EXISTS (SELECT 1 FROM customer WHERE id = ?1)"
    " OR EXISTS (SELECT 1 FROM orders WHERE customer = ?1)"
    " OR EXISTS (SELECT 1 FROM ledger WHERE entity = 'customers' AND source = ?1)"
)


def _orders_numbered(shop: OpenShop, named: str) -> list[tuple[int | None, str]]:
    """Customer and address of the orders of that number."""
    numbers = keys.order_numbers(named)
    sql = f"SELECT customer, email FROM orders WHERE number IN ({','.join('?' * len(numbers))})"
    return shop.mirror.conn.execute(sql, numbers).fetchall()


def _who_placed(shop: OpenShop, orders: Sequence[tuple[int | None, str]]) -> Person | None:
    """Who placed these orders of one number; an address counts where there is no customer."""
    people = {customer or address_in(email) for customer, email in orders} - {""}
    if len(people) > 1:
        raise Refused("order_number_twice")
    for each in people:
        asked = Person(ids={each}) if isinstance(each, int) else Person(addresses={each})
        return whole_person(shop, asked)
    return None


def _named(person: Person) -> Message:
    """Somebody in a refusal, which names no address."""
    numbers = ", ".join(map(str, sorted(person.ids)))
    return Message("forget.customer", id=numbers) if numbers else Message("forget.guest")


def placed(shop: OpenShop, key: str) -> set[int]:
    """The ids of orders of that number."""
    numbers = keys.order_numbers(keys.readable(key))
    sql = f"SELECT id FROM orders WHERE number IN ({','.join('?' * len(numbers))})"
    return {row[0] for row in shop.mirror.conn.execute(sql, numbers)}


def listed_people(shop: OpenShop) -> Person:
    """All in the shop's file who are on the list of the forgotten, as one."""
    listed, mirror = shop.mirror.forgotten, shop.mirror
    if not listed:
        return Person()
    ids: set[object] = {number for number, _ in _customers(shop, None)}
    mails = {row[0] for row in mirror.stream(_ADDRESSES)}
    for _, told in chain(_customers(shop, None), _sent(shop, "orders", None)):
        ids.add(told.get("customer"))
        mails.add(told.get("email"))
    ids |= {row[0] for row in mirror.stream("SELECT DISTINCT customer FROM orders")}
    found = Person(
        {number for number in ids if isinstance(number, int) and listed.customer(number)},
        {address_in(mail) for mail in mails if isinstance(mail, str) and listed.address(mail)},
    )
    return whole_person(shop, found) if found.known else found


_ADDRESSES: Final = (
    "SELECT email FROM orders UNION SELECT email FROM customer UNION SELECT email FROM subscription"
)


# -- all that is known of somebody ------------------------------------------------------------


def whole_person(shop: OpenShop, asked: Person) -> Person:
    """The person with all customers of one address, the addresses that only the person's orders
    have, and every order of these."""
    found = Person(set(asked.ids), set(asked.addresses))
    _add_customers(shop, found)
    found.addresses |= _own_addresses(shop.mirror, found)
    _add_customers(shop, found)
    found.orders = {number for number, *_ in _orders_of(shop.mirror, found)}
    sent = _sent(shop, "orders", found)
    found.orders |= {source for source, told in sent if found.is_customer_of(told)}
    return found


def _add_customers(shop: OpenShop, found: Person) -> None:
    """Ids by address and addresses by id, until neither brings anything new."""
    known: tuple[int, int] | None = None
    while known != (len(found.ids), len(found.addresses)):
        known = len(found.ids), len(found.addresses)
        for number, told in _customers(shop, found):
            if number in found.ids or found.has(told.get("email")):
                found.ids.add(number)
                found.names.update(
                    str(told[name]) for name in ("name", "company") if told.get(name)
                )
                if told.get("email"):
                    found.addresses.add(address_in(told["email"]))
    stores = shop.mirror.conn.execute(
        "SELECT store, key FROM ledger WHERE entity = 'customers' AND source IN"
        " (SELECT value FROM json_each(?1)) UNION SELECT store, key FROM attempt"
        " WHERE entity = 'customers' AND source IN (SELECT value FROM json_each(?1))",
        [_json(found.ids)],
    )
    for store, key in stores:
        found.customers.setdefault(store, set()).add(key)


def _customers(shop: OpenShop, person: Person | None) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Customers as the mirror has them, as Clerk.io has them, and as it had them: all, or those who
    may be the person."""
    held, args = _may_hold("flat", person)
    sql = f"SELECT id, flat FROM customer WHERE id > 0 AND {held}"
    for number, flat in shop.mirror.stream(sql, *args):
        yield number, orjson.loads(flat)
    yield from _sent(shop, "customers", person)


def _sent(
    shop: OpenShop, entity: str, person: Person | None
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    held, args = _may_hold("payload", person)
    sql = f"SELECT source, payload FROM ledger_payload WHERE entity = ? AND {held}"
    for source, payload in shop.mirror.stream(sql, entity, *args):
        yield source, orjson.loads(payload)
    for source, values in past_payloads(shop.ledger.db, entity):
        yield int(source), values


def _may_hold(column: str, person: Person | None) -> tuple[str, list[str]]:
    """A condition, with its parameters, for JSON that may hold an id or address of the person: no
    other has to be read. Of many marks, or letters beyond ASCII, it says nothing."""
    if person is None:
        return "true", []
    marks = [*(f":{number}" for number in person.ids), *map(_in_json, person.addresses)]
    if len(marks) > _MANY or not all(map(str.isascii, marks)):
        return "true", []
    held = [f"instr(lower(CAST({column} AS TEXT)), ?) > 0"] * len(marks)
    return f"({' OR '.join(held or ['false'])})", marks


def _in_json(text: str) -> str:
    """A text as it stands in JSON, where a quote is more than a quote."""
    return orjson.dumps(text).decode()[1:-1]


def _orders_of(mirror: Mirror, person: Person) -> Iterator[tuple[int, int | None, str]]:
    named, addresses = _json(person.ids), [*person.addresses]
    told = "lower(trim(email)) IN (SELECT value FROM json_each(?))"
    if not all(map(str.isascii, addresses)):
        told = "email <> '' AND ? <> ''"
    sql = (
        "SELECT id, customer, email FROM orders"
        f" WHERE customer IN (SELECT value FROM json_each(?)) OR {told}"
    )
    for number, customer, email in mirror.stream(sql, named, _json(addresses)):
        if customer in person.ids or person.has(email):
            yield number, customer, email


def _own_addresses(mirror: Mirror, person: Person) -> set[str]:
    """Addresses in orders of the person's that are in no order of another customer: such as a
    staff's own, which stands in many people's orders, is not the person's."""
    mine = {
        address_in(mail)
        for _, customer, mail in _orders_of(mirror, person)
        if customer in person.ids and mail
    }
    others = set[str]()
    if mine - person.addresses:
        sql = "SELECT customer, email FROM orders WHERE customer IS NOT NULL AND email <> ''"
        others = {
            address_in(mail) for customer, mail in mirror.stream(sql) if customer not in person.ids
        }
        rows = mirror.stream("SELECT id, email FROM customer WHERE email <> ''")
        others |= {address_in(mail) for number, mail in rows if number not in person.ids}
    return mine - others


def _json(values: Iterable[object]) -> str:
    return orjson.dumps([*values]).decode()
