"""Forgetting a person, from the list to Clerk.io, each step so that a repeat finishes it.

The list comes first: from then on no read and no run takes the person up. What is left to be done
is kept in desk.db, sealed, until all of it is done: then nothing here knows whom it was about.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sync.clerk import ClerkDown, ClerkError
from sync.database import sqlite3, wipe
from sync.errors import CodedError, Message
from sync.forget.clerk import AtClerk, Store
from sync.forget.local import remove_from_file
from sync.forget.person import Person, listed_people, person_named, person_of, placed, whole_person
from sync.forget.scrub import scrub_desk
from sync.forgotten import list_path
from sync.ledger import Ledger
from sync.mirror import facts
from sync.openshop import OpenShop, opened_shop
from sync.store import Desk, Refused, ShopRow, StoreRow, shop_lock

PATIENCE: Final = 20.0  # seconds for which a run of the shop is waited for
_POLL: Final = 0.5
logger = logging.getLogger("sync.forget")


@dataclass
class Done(AtClerk):
    """What was done in a store, and why not all of it; `waits` where Clerk.io does not answer."""

    error: Message | None = None
    waits: bool = False

    @property
    def finished(self) -> bool:
        return self.error is None

    def document(self) -> dict[str, Any]:
        """The numbers, and the error where there is one."""
        numbers = {name: getattr(self, name) for name in ("asked", "deleted", "resent")}
        return numbers | ({} if self.error is None else {"error": self.error.text()})


@dataclass
class Told:
    """What became of forgetting a person: rows by place, and each store at Clerk.io. `busy`: a run
    of the shop was on all the time; the list keeps the person out, the rest is left to be done."""

    shop: str
    forgotten: dict[str, int] = field(default_factory=dict)
    clerk: dict[str, Done] = field(default_factory=dict)
    busy: bool = False

    @property
    def finished(self) -> bool:
        return not self.busy and all(done.finished for done in self.clerk.values())

    @property
    def waits(self) -> bool:
        """Whether nothing but time keeps it from being finished."""
        failed = [done for done in self.clerk.values() if not done.finished]
        return self.busy or (bool(failed) and all(done.waits for done in failed))

    def document(self) -> dict[str, Any]:
        clerk = {slug: done.document() for slug, done in self.clerk.items()}
        told = {"shop": self.shop, "forgotten": self.forgotten, "clerk": clerk}
        return told | ({"error": Message("forget.busy").text()} if self.busy else {})


def forget(desk: Desk, store: StoreRow, key: str) -> Told:
    """Remove the person of that id, e-mail address or order number from the store's shop and from
    Clerk.io, for good. UsageError if nobody is meant, or two people may be."""
    desk.must("forget", store)
    shop = desk.shop_by_id(store.shop_id)
    return carry_on(desk, shop, _begun(desk, shop, store, key))


@dataclass(frozen=True)
class Outlook:
    """Whom forgetting the person of a record is about: how many customers, orders and e-mail
    addresses, and the stores at Clerk.io, by name."""

    customers: int
    orders: int
    addresses: int
    stores: tuple[str, ...]


def outlook(desk: Desk, store: StoreRow, entity: str, source: int) -> Outlook | None:
    """What `forget_record` would be about; None where the record names nobody."""
    desk.must("forget", store)
    with opened_shop(desk, store) as opened:
        person = person_of(opened, entity, source)
    if person is None:
        return None
    stores = tuple(each.name for each in desk.stores(desk.shop_by_id(store.shop_id)))
    return Outlook(len(person.ids), len(person.orders), len(person.addresses), stores)


def forget_record(desk: Desk, store: StoreRow, entity: str, source: int) -> Told:
    """As `forget`, by a customer's or an order's id of Lightspeed; `entity` is the plural."""
    desk.must("forget", store)
    shop = desk.shop_by_id(store.shop_id)
    with opened_shop(desk, store) as opened:
        person = person_of(opened, entity, source)
        if person is None:
            raise Refused("nobody_in_order")
        number = _taken_up(desk, opened, person)
    return carry_on(desk, shop, number)


def keep_out(desk: Desk, store: StoreRow) -> bool:
    """Take out of the shop's file whoever is on the list, where the list has grown since that was
    done last: a file that was put back brings people along. Returns whether it did. What is to be
    done at Clerk.io is left to a worker. The caller holds the shop's lock."""
    shop = desk.shop_by_id(store.shop_id)
    if not list_path(desk.data_dir, shop.slug).exists():
        return False
    with opened_shop(desk, store) as opened:
        mirror, size = opened.mirror, opened.mirror.forgotten.size
        if mirror.fact(facts.FORGOTTEN) == size:
            return False
        people = listed_people(opened)
        if not people.known:
            mirror.note(facts.FORGOTTEN, size)
            return False
        left = _left(people, mirror.fact(facts.FORGOTTEN), size)
    number = desk.begin_forgetting(shop, left)
    _out_of_files(desk, shop, number, left)
    logger.warning("the file of shop %s had brought back people who are forgotten", shop.slug)
    return True


def apply_lists(desk: Desk) -> None:
    """The same in every shop, as soon as it is free; one that cannot be looked through does not
    keep others from it."""
    for shop in desk.shops():
        try:
            with _locked(desk, shop, PATIENCE) as mine:
                for store in desk.stores(shop)[: int(mine)]:
                    keep_out(desk, store)
        except (CodedError, sqlite3.Error) as error:
            logger.error("people in shop %s may be back: %s", shop.slug, error)


def carry_on_all(desk: Desk) -> None:
    """Go on with whatever is left of forgetting people; what fails is left for the next time."""
    for shop in desk.shops():
        if shop.id in desk.shops_forgetting():
            try:
                for number in desk.forgetting(shop):
                    carry_on(desk, shop, number, patience=0)
            except CodedError as error:
                logger.error("somebody of shop %s is not wholly forgotten: %s", shop.slug, error)


def _begun(desk: Desk, shop: ShopRow, store: StoreRow, key: str) -> int:
    """Take up whom the key names, unless that is done; returns the number of what is left."""
    with opened_shop(desk, store) as opened:
        left = desk.forgetting(shop)
        named = placed(opened, key)
        try:
            person = person_named(opened, key)
        except Refused:
            known = [n for n, each in left.items() if named & set(each["person"]["orders"])]
            if not known:
                raise
            return known[0]
        return _taken_up(desk, opened, person)


def _taken_up(desk: Desk, opened: OpenShop, person: Person) -> int:
    """Put the person on the list, and note what is to be done; returns its number, which is the old
    one where it was begun before."""
    for number, each in desk.forgetting(opened.shop).items():
        if (known := Person.of(each["person"])).meets(person):
            known.add(person)
            opened.mirror.forgotten.add(known.ids, known.addresses)
            desk.note_forgetting(number, each | {"person": known.as_json()})
            return number
    before = opened.mirror.forgotten.size
    grown = opened.mirror.forgotten.add(person.ids, person.addresses)
    with desk.together():
        desk.audit("forget", opened.shop.slug)
        return desk.begin_forgetting(opened.shop, _left(person, before, before + grown))


def _left(person: Person, before: int, after: int) -> dict[str, Any]:
    """What is to be done of a person, for whom the list grew from so many bytes to so many."""
    told = {"person": person.as_json(), "list": [before, after]}
    return {**told, "local": None, "wiped": False, "clerk": {}}


def carry_on(desk: Desk, shop: ShopRow, number: int, *, patience: float = PATIENCE) -> Told:
    """Do what is left of forgetting a person."""
    with _locked(desk, shop, patience) as mine:
        if not mine:
            return Told(shop.slug, busy=True)
        left = desk.forgetting(shop).get(number)
        if left is None:  # another process was quicker
            return Told(shop.slug)
        told = _carried_on(desk, shop, number, left)
    if told.finished:
        with desk.together():
            desk.end_forgetting(number)
            desk.audit("forget", shop.slug, after=told.document())
    return told


@contextmanager
def _locked(desk: Desk, shop: ShopRow, patience: float) -> Iterator[bool]:
    """The shop's lock, as soon as it is free; False where it is not in time."""
    until = desk.clock.monotonic() + patience
    while True:
        with shop_lock(desk.data_dir, shop.slug) as mine:
            if mine or desk.clock.monotonic() >= until:
                yield mine
                return
        desk.clock.sleep(_POLL)


def _carried_on(desk: Desk, shop: ShopRow, number: int, left: dict[str, Any]) -> Told:
    person, stores = _out_of_files(desk, shop, number, left), desk.stores(shop)
    told = Told(shop.slug, left["local"] or {})
    down: dict[str, Message] = {}
    for store in stores:
        done = _done_before(left["clerk"], store) or _at_clerk(desk, store, person, down)
        told.clerk[store.slug] = done
        if done.finished:
            left["clerk"][str(store.id)] = asdict(done)
            desk.note_forgetting(number, left)
    return told


def _out_of_files(desk: Desk, shop: ShopRow, number: int, left: dict[str, Any]) -> Person:
    """Take the person out of the shop's file and desk.db, unless that is done; returns all that is
    known of the person."""
    person, stores = Person.of(left["person"]), desk.stores(shop)
    if left["local"] is None and stores:
        left["local"] = _out_of_here(desk, shop, stores[0], person, left["list"])
        left["person"] = person.as_json()
        desk.note_forgetting(number, left)
    if not left["wiped"]:
        left["wiped"] = all([wipe(desk.shop_file(shop)), wipe(desk.path)])
        desk.note_forgetting(number, left)
    return person


def _out_of_here(
    desk: Desk, shop: ShopRow, store: StoreRow, person: Person, grown: list[int]
) -> dict[str, int]:
    with opened_shop(desk, store) as opened:
        mirror, (before, after) = opened.mirror, grown
        person.add(whole_person(opened, person))
        after += mirror.forgotten.add(person.ids, person.addresses)
        counts = remove_from_file(opened, person)
        if mirror.fact(facts.FORGOTTEN) == before:  # else others of the list may still be here
            mirror.note(facts.FORGOTTEN, after)
        for each in desk.stores(shop):
            desk.note_confirmed(each.id, Ledger(opened.ledger.db, each.id).counts())
    counts["logs"] = scrub_desk(desk, shop, person)
    return dict(counts)


def _done_before(done: Mapping[str, Any], store: StoreRow) -> Done | None:
    told = done.get(str(store.id))
    return None if told is None else Done(**told)


def _at_clerk(desk: Desk, store: StoreRow, person: Person, down: dict[str, Message]) -> Done:
    with opened_shop(desk, store) as opened:
        host = opened.hosts["clerk"]
        if host in down:
            return Done(error=down[host], waits=True)
        with opened.clerk(lambda: False) as client:
            work = Store(opened, client, person)
            try:
                done = Done(**asdict(work.forget()))
            except ClerkDown as error:
                down[host] = error.message
                return Done(**asdict(work.done), error=error.message, waits=True)
            except ClerkError as error:
                return Done(**asdict(work.done), error=error.message)
    if done.left:
        done.error = Message("forget.left", n=done.left)
    return done
