"""Who orders what when: customers, guests, subscribers and reviewers of one shop."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from sync.sandbox.generate import scope as ids
from sync.sandbox.generate.assortment import Article
from sync.sandbox.generate.dice import Demand, Dice, Record, Rows, iso, spread_id
from sync.sandbox.generate.people import Crowd, contact
from sync.sandbox.generate.prose import OPINIONS
from sync.sandbox.generate.scope import Scope, in_language

_ORDERS_A_PERSON = 2.25
_BROWSING = 25


class Buyers(Crowd):
    """The crowd behind `orders` orders. Person n is the n-th who came to the shop; every
    `_BROWSING`-th never ordered, a good half are registered, the others order once as guests."""

    def __init__(self, scope: Scope, orders: int) -> None:
        super().__init__(scope)
        self.orders = orders
        self._post = Dice()
        self._people = ceil(orders / _ORDERS_A_PERSON)
        self._demand = Demand(scope.first_order, scope.now - 300)

    def records(self, articles: Sequence[Article]) -> dict[str, Sequence[Record]]:
        return {
            "customer": Rows(self._people, self._customer),
            "subscription": Rows(self._people, self._subscription),
            "review": self._reviews(articles),
        }

    def at(self, number: int) -> int:
        """When order `number` was placed, in unix seconds; rises with the number."""
        jitter = ((number * 2_654_435_761 + self._scope.seed * 97) & 0xFFFF) / 0x10000
        return self._demand.at((number + 0.05 + 0.9 * jitter) / self.orders)

    def registered(self, person: int) -> bool:
        mixed = ((person + 1) * 2_654_435_761 + self._scope.seed * 7_919) & 0xFFFFFFFF
        return person == 0 or (mixed >> 9) % 100 < 55

    def newest(self, number: int) -> int:
        """The last person who had come by order `number`; -1 before the first."""
        return number * self._people // self.orders if number >= 0 else -1

    def first_order(self, person: int) -> int:
        """The order with which the person came, of `newest` the inverse."""
        return ceil(person * self.orders / self._people)

    def buyer(self, dice: Dice, number: int) -> int:
        """A person who orders for the first time, or a customer who comes back."""
        newest = self.newest(number)
        if newest > self.newest(number - 1) and newest % _BROWSING != _BROWSING - 1:
            return newest
        person = newest - int((newest + 1) * dice.random() ** 1.6)
        while not self.registered(person) or person % _BROWSING == _BROWSING - 1:
            person -= 1
        return person

    def customer_id(self, person: int) -> int | None:
        """The customer's id, None for a guest."""
        if not self.registered(person):
            return None
        return spread_id(ids.CUSTOMER, person, 31, self._scope.seed)

    def _customer(self, number: int) -> list[Record]:
        if not self.registered(number):
            return []
        person = self.person(number)
        dice = self._post.start(self._scope.seed, ids.MAILINGS, number)
        created = self.at(self.first_order(number))
        return [
            {
                "id": self.customer_id(number),
                "createdAt": iso(created),
                "updatedAt": iso(created + int((self._scope.now - created) * dice.random() ** 3)),
                "isConfirmed": dice.hit(0.9),
                "type": "guest" if dice.hit(0.02) else "registered",
                **contact(person, self.elsewhere(dice, person)),
                "language": person.language if dice.hit(0.95) else None,
                "memo": "Belt liever dan dat hij mailt" if dice.hit(0.02) else None,
            }
        ]

    def _subscription(self, number: int) -> list[Record]:
        """Of two in five customers and a tenth of the others, in the spelling they typed."""
        dice = self._post.start(self._scope.seed, ids.MAILINGS, number + 100_000_000)
        if not dice.hit(0.4 if self.registered(number) else 0.1):
            return []
        person = self.person(number)
        spelling = dice.random()
        email = person.email.upper() if spelling < 0.04 else person.email
        created = iso(self.at(self.first_order(number)))
        return [
            {
                "id": spread_id(ids.SUBSCRIPTION, number, 7, self._scope.seed),
                "createdAt": created,
                "updatedAt": created,
                "isConfirmed": dice.hit(0.85),
                "email": email.title() if 0.04 <= spelling < 0.12 else email,
                "firstname": person.first,
                "lastname": " ".join(part for part in (person.middle, person.last) if part),
                "language": person.language,
            }
        ]

    def _reviews(self, articles: Sequence[Article]) -> list[Record]:
        dice = Dice().start(self._scope.seed, ids.REVIEWS, 0)
        moments = []
        for article in articles:
            if dice.hit(0.25):
                for _ in range(1 + int(6 * dice.random() ** 2)):
                    at = article.created + int((self._scope.now - article.created) * dice.random())
                    moments.append((at, article.id))
        moments.sort()
        return [self._review(dice, at, *each) for at, each in enumerate(moments)]

    def _review(self, dice: Dice, number: int, at: int, product: int) -> Record:
        known = self.newest(int(self._demand.share(at) * self.orders) - 1) + 1
        writer = dice.below(known) if known > 0 and dice.hit(0.7) else -1
        person = self.person(writer if writer >= 0 else 500_000_000 + number)
        score = dice.one((5, 5, 5, 5, 4, 4, 4, 3, 3, 2, 1))
        return {
            "id": spread_id(ids.REVIEW, number, 5, self._scope.seed),
            "createdAt": iso(at),
            "updatedAt": iso(at),
            "isVisible": not dice.hit(0.12),
            "score": score,
            "name": person.name if dice.hit(0.6) else person.first,
            "content": in_language(dice.one(OPINIONS[score]), person.language),
            "customer": self.customer_id(writer) if writer >= 0 else None,
            "language": person.language,
            "product": product,
        }
