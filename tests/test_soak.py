"""A fleet of shops for days: every one is served, no window exceeded, people never wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync import engine, run
from sync.clock import SystemClock
from sync.engine import serving
from sync.engine.upkeep import Upkeep
from sync.engine.worker import Worker
from sync.ledger import balanced
from sync.sandbox import clerk
from sync.sandbox.windows import Limits
from sync.store import Desk, StoreRow
from tests.conftest import HastyClock, Place, placed

HOUR, STEP = 3600, 300
LIMITS = Limits(five_minutes=60)  # narrow: the first sync of each shop has to wait


@dataclass
class Fleet:
    """Many shops with keys of their own, all of them with the stand-in's goods."""

    place: Place
    clock: HastyClock
    stores: list[StoreRow]

    @property
    def desk(self) -> Desk:
        return self.place.desk

    def serve(self, hours: int) -> None:
        """Let one worker do what is due, then the clock go on, for so many hours and a step: what
        becomes due in the last one is done too."""
        worker = Worker(self.desk, threading.Event(), upkeep=Upkeep(self.desk))
        end = self.clock.now() + hours * HOUR + STEP
        while self.clock.now() < end:
            worker.loop(once=True)
            before, step = self.clock.now(), STEP
            self.clock.sleep(step - before % step)
            if before // HOUR != self.clock.now() // HOUR:
                self._trade(int(before // HOUR))

    def _trade(self, n: int) -> None:
        """Every hour a product's stock and an order's state change."""
        variants, orders = self.place.state.all("variant"), self.place.state.all("order")
        self.place.state.edit("variant", variants[n % len(variants)]["id"], stockLevel=n % 7)
        status = ("completed_shipped", "cancelled", "new")[n % 3]
        self.place.state.edit("order", orders[n % len(orders)]["id"], status=status)


@contextmanager
def fleet(filled: Path, folder: Path, shops: int, clock: HastyClock) -> Iterator[Fleet]:
    with placed(filled, folder, LIMITS, clock) as place:
        place.desk.remove_shop(place.desk.shop("shop"))
        stores = [_shop(place, n) for n in range(shops)]
        yield Fleet(place, clock, stores)


def _shop(place: Place, n: int) -> StoreRow:
    """Every fourth syncs when needed, the others at an hour of their own."""
    desk, url = place.desk, place.sandbox.url
    key, public = f"{n:032x}", f"public-of-store-{n}"
    place.state.add_key(key, key[::-1])
    clerk.add_store(place.state, public, f"private-of-store-{n}", f"Store {n}")
    shop = desk.add_shop(f"Shop {n}", domain="", cluster="eu1", api_url=url)
    desk.add_key(shop, key, key[::-1])
    store = desk.add_store(
        shop,
        f"Store {n}",
        language="nl",
        public=public,
        private=f"private-of-store-{n}",
        api_url=url,
    )
    values = {"sync_time": str(n % 24) if n % 4 else "when_needed", "include_orders": "all"}
    changed = desk.settings(store).settings.changed(values)
    run.change_settings(desk, store, changed, note="")
    return store


def is_served(fleet: Fleet, hours: int) -> None:
    desk = fleet.desk
    for n, store in enumerate(fleet.stores):
        runs = desk.runs(store)
        ended = [row for row in runs if row.finished is not None]
        assert {row.state for row in ended} == {"succeeded"}, (store.slug, ended[0].message)
        assert all(balanced(row.books) for row in ended)
        # When needed: an hour from the end of one run to the next, and what the runs take.
        least = hours // 24 if n % 4 else hours * 2 // 3
        assert len(ended) >= least, store.slug
        assert all(row.finished - row.queued < HOUR for row in ended if row.finished), store.slug


def is_the_same_everywhere(fleet: Fleet) -> None:
    """Once more by hand: then every store has the same."""
    for store in fleet.stores:
        row = run.request(fleet.desk, store, "sync")
        for _ in range(20):
            row = engine.drive(fleet.desk, row.id, wait=False, stop=threading.Event())
            if row.finished is not None:
                break
            fleet.clock.sleep(STEP)
    have = [
        clerk.objects(fleet.place.state, f"public-of-store-{n}", "products")
        for n in range(len(fleet.stores))
    ]
    assert all(each == have[0] for each in have)
    assert have[0]


def served_for(filled: Path, folder: Path, shops: int, hours: int) -> None:
    with fleet(filled, folder, shops, HastyClock()) as ships:
        ships.serve(hours)
        is_served(ships, hours)
        is_the_same_everywhere(ships)
        assert ships.place.state.exceeded() == []


def test_a_few_shops_are_served_for_a_day(tiny: Path, tmp_path: Path):
    served_for(tiny, tmp_path, 4, 24)


@pytest.mark.soak
def test_two_hundred_shops_are_served_for_three_days(tiny: Path, tmp_path: Path):
    served_for(tiny, tmp_path, 200, 72)


@pytest.mark.soak
def test_a_person_s_run_begins_at_once_while_two_hundred_wait(
    tiny: Path, tmp_path: Path, wait_for: Callable[[Callable[[], bool]], None]
):
    with fleet(tiny, tmp_path, 200, HastyClock()) as ships:
        desk, stop = ships.desk, threading.Event()
        desk.clock = SystemClock()
        for store in ships.stores:
            desk.queue_run(store, "sync", trigger="schedule", who="schedule")
        worker = threading.Thread(target=serving.work, args=(desk,), kwargs={"stop": stop})
        worker.start()
        try:
            wait_for(lambda: any(row.state == "running" for row in desk.queue()))
            last = ships.stores[-1]
            waiting = desk.active_run(last)
            assert waiting is not None
            assert waiting.state == "queued"
            run.cancel(desk, waiting.id)
            asked = run.request(desk, last, "sync")
            wait_for(lambda: desk.run(asked.id).started is not None)
            begun = desk.run(asked.id)
            assert begun.started is not None
            assert begun.started - begun.queued < 2
            assert sum(row.state == "queued" for row in desk.queue()) > 100
        finally:
            stop.set()
            worker.join()
