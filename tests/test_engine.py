"""The worker in this process, against the stand-ins: whose turn it is, and what survives."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from typing import Any

import pytest

from sync import engine, run
from sync.database import sqlite3
from sync.engine import serving
from sync.engine.places import LEAST
from sync.http import Http
from sync.sandbox import clerk
from sync.store import RunRow, StoreRow, UsageError, worker_alive
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, Place


def wait_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    ends, tick = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < ends, "it did not come about"
        tick.wait(0.05)


@contextmanager
def working(place: Place) -> Iterator[threading.Event]:
    """A worker on a thread; at the end it is told to stop and has stopped."""
    stop = threading.Event()
    thread = threading.Thread(target=serving.work, args=(place.desk,), kwargs={"stop": stop})
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


def second_store(place: Place, language: str = "de") -> StoreRow:
    """Another store of the same shop."""
    clerk.add_store(place.state, f"public-{language}", f"private-{language}", language)
    return place.desk.add_store(
        place.desk.shop("shop"),
        language,
        language=language,
        public=f"public-{language}",
        private=f"private-{language}",
        api_url=place.sandbox.url,
    )


def other_shop(place: Place, name: str) -> StoreRow:
    """A shop of its own on this desk, with one store; the same stand-ins answer."""
    desk, url = place.desk, place.sandbox.url
    shop = desk.add_shop(name, domain="www.shop.example", cluster="eu1", api_url=url)
    desk.add_key(shop, KEY, SECRET)
    keys = {"public": PUBLIC, "private": PRIVATE}
    return desk.add_store(shop, name, language="nl", api_url=url, **keys)


def queue(place: Place, store: StoreRow, trigger: str = "schedule", kind: str = "sync") -> RunRow:
    return place.desk.queue_run(store, kind, trigger=trigger)


def by_hand(place: Place, *stores: StoreRow) -> None:
    """No scheduled runs of their own."""
    for store in stores:
        changed = place.desk.settings(store).settings.changed({"sync_time": "off"})
        place.desk.save_settings(store, changed, note="")


def ended(place: Place, *runs: RunRow) -> bool:
    return all(place.desk.run(row.id).finished is not None for row in runs)


def most_often_fetched_lines(place: Place) -> int:
    """How often the lines of the order were fetched for which that was most often."""
    paths = (call.path.split("/", 2)[2] for call in place.state.calls(side="lightspeed"))
    return max(
        Counter(path for path in paths if path.startswith("orders/") and "/pr" in path).values()
    )


def test_two_stores_of_a_shop_take_turns(place: Place, monkeypatch: pytest.MonkeyPatch):
    """Fails when one store keeps the shop until it is done; also when turns in the midst of a
    refresh spoil either store's books."""
    monkeypatch.setattr("sync.run.session.SLICE", 0.05)
    other = second_store(place)
    by_hand(place, place.store, other)
    runs = [queue(place, place.store), queue(place, other)]
    with working(place):
        wait_for(lambda: ended(place, *runs))
    assert [place.desk.run(row.id).state for row in runs] == ["succeeded", "succeeded"]
    languages = [call.path.split("/")[1] for call in place.state.calls(side="lightspeed")]
    assert sum(a != b for a, b in pairwise(languages)) > 3
    assert most_often_fetched_lines(place) == 1
    assert len(clerk.objects(place.state, "public-de", "products")) == len(
        place.objects("products")
    )


def test_a_person_need_not_wait_for_a_scheduled_run_of_the_same_shop(
    strict_place: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sync.run.session.SLICE", 600)
    other = second_store(strict_place)
    by_hand(strict_place, strict_place.store, other)
    strict_place.set(include_orders="all")  # more lines than some seconds' windows allow
    scheduled = queue(strict_place, strict_place.store)
    with working(strict_place):
        wait_for(lambda: strict_place.calls() >= 20)
        wanted = queue(strict_place, other, "manual", "refresh")
        wait_for(lambda: ended(strict_place, wanted, scheduled))
    first, last = strict_place.desk.run(wanted.id), strict_place.desk.run(scheduled.id)
    assert first.state == last.state == "succeeded"
    assert first.finished < last.finished


def test_a_person_need_not_wait_for_the_scheduled_runs_of_many_shops(
    place: Place,
):
    stores = [other_shop(place, f"shop{n:02}") for n in range(5 * LEAST)]
    by_hand(place, place.store, *stores)
    scheduled = [queue(place, store, kind="refresh") for store in stores]
    with working(place):
        wait_for(lambda: any(place.desk.run(row.id).started for row in scheduled))
        wanted = queue(place, place.store, "manual", "refresh")
        wait_for(lambda: place.desk.run(wanted.id).started is not None)
        seen = [place.desk.run(row.id).started for row in scheduled]
        wait_for(lambda: ended(place, wanted, *scheduled))
    began = place.desk.run(wanted.id).started
    assert began is not None
    overtook = [at for at in seen if at is not None and wanted.queued < at < began]
    assert len(overtook) <= LEAST
    assert {place.desk.run(row.id).state for row in (wanted, *scheduled)} == {"succeeded"}


def test_a_person_s_run_is_taken_up_before_the_scheduled_ones_of_64_shops(place: Place):
    stores = [other_shop(place, f"shop{n:02}") for n in range(64)]
    by_hand(place, place.store, *stores)
    scheduled = [queue(place, store, kind="refresh") for store in stores]
    with working(place):
        wait_for(lambda: any(place.desk.run(row.id).started for row in scheduled))
        wanted = queue(place, place.store, "manual", "refresh")
        wait_for(lambda: place.desk.run(wanted.id).started is not None)
    begun = [place.desk.run(row.id).started for row in scheduled]
    taken_up = place.desk.run(wanted.id).started
    assert taken_up is not None
    assert len([at for at in begun if at is None or at > taken_up]) > 32


def test_a_worker_that_stops_leaves_runs_at_their_checkpoint(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    by_hand(place, place.store)
    row = queue(place, place.store)
    send, midway = Http.send, threading.Event()

    def tapped(http: Http, *args: Any, **more: Any) -> Any:
        if place.calls() >= 15 and not midway.is_set():
            stop.set()
            midway.set()
        return send(http, *args, **more)

    with monkeypatch.context() as patched, working(place) as stop:
        patched.setattr(Http, "send", tapped)
        assert midway.wait(90)
    left = place.desk.run(row.id)
    assert (left.state, left.finished, left.deaths) == ("queued", None, 0)
    said = [line["message"] for line in place.desk.run_log(row.id)]
    assert said[-1] == "left at its checkpoint: the worker stops"
    with working(place):
        wait_for(lambda: ended(place, row))
    assert place.desk.run(row.id).state == "succeeded"
    assert most_often_fetched_lines(place) == 1


def test_an_error_in_the_worker_is_logged_and_loses_no_run(
    place: Place, caplog: pytest.LogCaptureFixture
):
    """The settings of one store are damaged: no thread dies of it silently, the other store goes
    on, and the run is done once they are whole again."""
    caplog.set_level(logging.ERROR)
    other = other_shop(place, "other")
    by_hand(place, place.store, other)
    damaged, sound = queue(place, place.store), queue(place, other)
    whole = settings_text(place, '{"image_size": "no size"}')
    with working(place):
        wait_for(lambda: place.desk.run(sound.id).finished is not None)
        wait_for(lambda: place.desk.run_log(damaged.id) != [])
        [queued] = [row for row in place.desk.queue() if row.id == damaged.id]
        assert queued.state == "queued"
        settings_text(place, whole)
        wait_for(lambda: ended(place, damaged))
    assert place.desk.run(damaged.id).state == "succeeded"
    told = place.desk.run_log(damaged.id)[0]
    error_id = told["message"].split()[1]
    assert told["level"] == "error"
    assert any(error_id in record.getMessage() and record.exc_info for record in caplog.records)


def settings_text(place: Place, text: str) -> str:
    """Put this text in place of the store's settings; what was there."""
    with closing(sqlite3.connect(place.desk.path)) as db, db:
        [before] = db.execute(
            'SELECT "values" FROM settings_version WHERE store_id = ? ORDER BY version DESC',
            [place.store.id],
        ).fetchone()
        db.execute(
            'UPDATE settings_version SET "values" = ? WHERE store_id = ? AND version = ('
            "SELECT max(version) FROM settings_version WHERE store_id = ?)",
            [text, place.store.id, place.store.id],
        )
        return str(before)


def test_a_second_worker_is_refused(place: Place):
    with working(place):
        wait_for(lambda: worker_alive(place.desk.data_dir))
        with pytest.raises(UsageError, match="already"):
            serving.work(place.desk, stop=threading.Event())


def test_outcomes_of_old_runs_are_forgotten_and_their_books_stay(place: Place):
    old = place.run()
    place.state.edit("product", min(place.objects("products")), isVisible=False)
    young = place.run()
    place.desk.update_run(old.id, {"finished": place.desk.clock.now() - 91 * 86400})
    assert engine.forget_old(place.desk, 90) == 1
    with run_outcomes(place) as outcomes:
        assert outcomes(old) == 0
        assert outcomes(young) > 0
    assert place.desk.run(old.id).books == old.books
    assert place.run().state == "succeeded"


@contextmanager
def run_outcomes(place: Place) -> Iterator[Callable[[RunRow], int]]:
    file = place.desk.shop_file(place.desk.shop("shop"))
    with closing(sqlite3.connect(file)) as db:

        def count(row: RunRow) -> int:
            sql = "SELECT count(*) FROM outcome WHERE run = ?"
            return int(db.execute(sql, [row.id]).fetchone()[0])

        yield count


@pytest.mark.after("sync")
def test_time_on_hold_is_no_time_of_work(place: Place):
    place.set(removal_limit_min="1", removal_limit_percent="0", import_orders="no")
    place.state.edit("product", min(place.objects("products")), isVisible=False)
    held = place.run()
    assert held.state == "held"
    rested = held.progress["rested"]
    assert rested["worked"] <= rested["at"] - (held.started or 0)
    earlier = {**held.progress, "wait_from": held.progress["wait_from"] - 3000}
    place.desk.update_run(held.id, {"progress": earlier, "started": (held.started or 0) - 3000})
    run.approve(place.desk, held.id, note="they are sold out")
    done = place.drive(held.id)
    assert done.state == "succeeded"
    assert 3000 <= done.waited < 3060
    worked = sum(run.phase_times(place.desk, done).values())
    assert worked <= done.finished - done.started - 3000 + 1
    assert f"approved by {place.desk.person.name}: they are sold out" in [
        line["message"] for line in place.desk.run_log(held.id)
    ]
