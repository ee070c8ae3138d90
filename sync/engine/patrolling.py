"""The patrol of all stores: a request here and there, between the runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sync.clerk import ClerkError, Stopped
from sync.database import kept, sqlite3
from sync.entities import ENTITIES, Id, wants
from sync.errors import CodedError, Message
from sync.inspection import Beat, Patrol, Piece, summary
from sync.openshop import OpenShop, opened_shop
from sync.store import Desk, Patrolled, shop_lock

REST: Final = 900.0  # seconds a store is left alone after Clerk.io said no
_BUSY: Final = 60.0  # seconds after which a shop that somebody works on is tried again
_LONGEST: Final = 86_400.0  # a look farther ahead than this was planned by another clock

logger = logging.getLogger("sync.engine")


class Patrolling:
    """Goes round the stores that want it. What it keeps in mind saves looks at their files."""

    def __init__(self, desk: Desk, stop: Callable[[], bool]) -> None:
        self._desk = desk
        self._stop = stop
        self._next: dict[int, float] = {}
        self._at_it = threading.Lock()

    def go_round(self) -> None:
        """One request for each store that is due for one; nothing if another thread is at it."""
        if not self._at_it.acquire(blocking=False):
            return
        try:
            for each in self._desk.patrolled():
                if self._stop():
                    return
                now = self._desk.clock.now()
                due = self._next.get(each.store.id, now)
                if due <= now or due - now > _LONGEST:
                    self._next[each.store.id] = self._watched(each, now)
        finally:
            self._at_it.release()

    def _watched(self, each: Patrolled, now: float) -> float:
        try:
            with kept():
                return self._piece(each, now)
        except (CodedError, sqlite3.Error, OSError) as error:  # the other stores go on
            logger.error("store %s could not be read back: %s", each.store.slug, error)
            return now + REST

    def _piece(self, each: Patrolled, now: float) -> float:
        """Ask for what is due; returns when to look at the store again."""
        with self._opened(each) as opened:
            if opened is None:
                return now + _BUSY
            patrol, shop = opened
            known = self._desk.outage("clerk", shop.hosts["clerk"])
            if known is not None and not known.due(now):
                return max(known.next, now + _BUSY)
            piece = patrol.next()
            if piece is None:
                return min(patrol.due(), now + _LONGEST)
            ask = self._asking(shop, piece)
        shown, calls, why = ask()
        with self._opened(each) as opened:
            if opened is None:  # a run has begun: the same is asked for after it
                return now + _BUSY
            patrol, _ = opened
            if shown is None:
                patrol.failed(why or Message("drift.spent"), calls)
            else:
                patrol.note(piece, shown, calls)
            self._tell(each, patrol)
            return max(patrol.due(), now + REST if shown is None else now)

    def _asking(
        self, shop: OpenShop, piece: Piece
    ) -> Callable[[], tuple[Mapping[Id, dict[str, Any]] | None, int, Message | None]]:
        """Asks Clerk.io, once the shop's file is closed: what it showed (None: nothing was found
        out), the calls that took, and why not."""
        client = shop.clerk(lambda: self._stop() or client.calls.total() >= piece.most)

        def ask() -> tuple[Mapping[Id, dict[str, Any]] | None, int, Message | None]:
            shown, why = None, None
            with client:
                try:
                    shown = client.read(piece.entity, piece.keys)
                except ClerkError as error:
                    why = error.message
                except Stopped:
                    pass
            return shown, client.calls.total(), why

        return ask

    @contextmanager
    def _opened(self, each: Patrolled) -> Iterator[tuple[Patrol, OpenShop] | None]:
        """The store's patrol in its shop's file, under the shop's lock; None if a run has it, or if
        there is nothing to look at."""
        desk = self._desk
        with shop_lock(desk.data_dir, each.shop) as free:
            if not free or not desk.shop_file(desk.shop_by_id(each.store.shop_id)).exists():
                yield None
                return
            settings = desk.settings(each.store).settings
            addresses = desk.collects_emails(each.store.id)
            entities = tuple(
                entity
                for entity in ENTITIES
                if wants(settings, entity) and (addresses or entity != "customers")
            )
            with opened_shop(desk, each.store) as shop:
                beat = Beat(entities, each.days, each.again)
                yield Patrol(shop.ledger, beat, desk.clock.now()), shop

    def _tell(self, each: Patrolled, patrol: Patrol) -> None:
        """Keep what a list of stores says of it where that is read from."""
        told = summary(patrol.book)
        if told is not None:
            self._desk.note_patrol(each.store, told)
