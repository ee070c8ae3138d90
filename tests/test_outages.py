"""A side that does not answer: runs wait for it, one asks again, and all go on by themselves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync import cli, engine, run, status
from sync.engine.claiming import one_probe
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import State
from sync.store import RunRow, StoreRow
from sync.store.outages import FIRST_PAUSE, LONGEST_PAUSE
from tests.conftest import NO_LIMITS, HastyClock, Place, placed
from tests.test_engine import by_hand, wait_for, working
from tests.test_laws import Killed, dying

SIDES = ("lightspeed", "clerk")
KINDS = {"status": {"code": 503}, "html": {}, "reset": {}}


class StillClock(HastyClock):
    """Time passes only where somebody sleeps."""

    def now(self) -> float:
        return BEGAN + self.skipped

    def monotonic(self) -> float:
        return self.skipped


BEGAN = time.time()


@pytest.fixture
def small(tiny: Path, tmp_path: Path) -> Iterator[Place]:
    with placed(tiny, tmp_path, clock=StillClock()) as made:
        yield made


def out(place: Place, side: str, kind: str = "status") -> None:
    place.state.faults.add(Fault(side, kind, **KINDS[kind]))


def driven(place: Place, row: RunRow) -> RunRow:
    return place.drive(row.id, wait=False)


def until_next(place: Place, row: RunRow) -> None:
    assert row.until is not None
    place.desk.clock.sleep(row.until - place.desk.clock.now())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", SIDES)
def test_a_run_waits_for_a_side_and_goes_on_when_it_answers(small: Place, side: str, kind: str):
    row = run.request(small.desk, small.store, "sync")
    out(small, side, kind)
    pauses, calls = [], []
    for _ in range(9):
        before = small.calls(side)
        row = driven(small, row)
        calls.append(small.calls(side) - before)
        assert (row.state, row.side, row.window) == ("waiting", side, None)
        pauses.append(round(row.until - small.desk.clock.now()))
        until_next(small, row)
    assert pauses == sorted(pauses)
    assert 0 < pauses[0] <= FIRST_PAUSE  # calls beside it still slept
    assert pauses[-1] == LONGEST_PAUSE
    assert set(calls[1:]) <= {0, 1}
    report = run.report(small.desk, row)
    assert report.waiting.side == side
    assert "has not answered since" in report.waiting.why
    small.state.faults.clear()
    row = driven(small, row)
    assert row.state == "succeeded"
    assert row.waited == pytest.approx(sum(pauses), abs=20)
    assert small.confirmed("products") == small.objects("products")
    assert small.desk.outages() == []


def test_a_server_that_is_gone_and_comes_back_is_an_outage(small: Place, tmp_path: Path):
    """Connections are refused, then accepted again at the same port."""
    small.sandbox.stop()
    row = driven(small, run.request(small.desk, small.store, "sync"))
    assert (row.state, row.side) == ("waiting", "lightspeed")
    until_next(small, row)
    with Sandbox(State(tmp_path / "sandbox.db"), port=small.sandbox.port, windows=NO_LIMITS):
        assert driven(small, row).state == "succeeded"


@pytest.mark.parametrize("side", SIDES)
def test_after_a_day_it_fails_saying_so(small: Place, side: str):
    row = run.request(small.desk, small.store, "sync")
    out(small, side)
    began = small.desk.clock.now()
    for _ in range(110):
        row = driven(small, row)
        if row.state != "waiting":
            break
        until_next(small, row)
    assert row.state == "failed"
    assert "has not answered since" in (row.message or "")
    assert 86_400 <= small.desk.clock.now() - began < 90_000
    again = driven(small, run.request(small.desk, small.store, "sync"))
    assert again.state == "failed"


def test_a_request_that_keeps_failing_while_the_side_answers_is_no_outage(small: Place):
    small.state.faults.add(Fault("clerk", "status", "POST", "/v2/products", code=503))
    row = driven(small, run.request(small.desk, small.store, "sync"))
    assert row.state != "waiting"
    assert small.desk.outages() == []


@pytest.mark.parametrize("words", [(), ("refresh",)])
def test_it_can_be_cancelled_or_give_way_meanwhile(small: Place, words: tuple[str, ...]):
    row = run.request(small.desk, small.store, "sync")
    out(small, "lightspeed")
    row = driven(small, row)
    if words:
        run.request(small.desk, small.store, "refresh")
    else:
        run.cancel(small.desk, row.id)
    ended = small.desk.run(row.id)
    assert ended.state == "cancelled"
    assert ended.side is ended.host is ended.until is None


def test_death_while_asking_again_loses_nothing(small: Place):
    row = run.request(small.desk, small.store, "sync")
    out(small, "clerk")
    row = driven(small, row)
    for _ in range(3):
        until_next(small, row)
        with pytest.raises(Killed), dying(1, answered=True):
            driven(small, row)
        row = driven(small, row)
        assert row.state == "waiting"
    small.state.faults.clear()
    until_next(small, row)
    assert driven(small, row).state == "succeeded"


def test_the_command_line_says_what_is_waited_for(small: Place, capsys):
    """The command's own clock is not skipped, so the outage is known before."""
    out(small, "lightspeed")
    driven(small, run.request(small.desk, small.store, "sync"))
    words = ["--data", str(small.desk.data_dir), "run", "main", "--no-wait"]
    assert cli.main([*words, "--json"]) == 5
    waiting = json.loads(capsys.readouterr().out)["waiting"]
    assert (waiting["window"], waiting["side"]) == (None, "lightspeed")
    assert cli.main(words) == 5
    assert "Lightspeed" in capsys.readouterr().out


# -- many stores ------------------------------------------------------------------------------


def more_stores(place: Place, count: int) -> list[StoreRow]:
    stores = []
    for n in range(count):
        public, private = f"public-{n}", f"private-{n}"
        clerk.add_store(place.state, public, private, f"store {n}")
        shop = place.desk.add_shop(f"shop{n}", domain="", cluster="eu1", api_url=place.sandbox.url)
        for key in place.desk.keys(place.desk.shop("shop")):
            place.desk.add_key(shop, key.key.reveal(), key.secret.reveal())
        keys: dict[str, Any] = {"public": public, "private": private}
        url = place.sandbox.url
        stores.append(place.desk.add_store(shop, f"store{n}", language="nl", api_url=url, **keys))
    return stores


def due(place: Place) -> list[int]:
    """The runs that a worker would take up now."""
    desk = place.desk
    return [each.id for each in one_probe(q for q in desk.queue() if engine.is_due(desk, q))]


def test_thirty_stores_ask_once_each_time(small: Place):
    out(small, "lightspeed")
    rows = [run.request(small.desk, store, "refresh") for store in more_stores(small, 30)]
    first = driven(small, rows[0])
    calls = small.calls()
    for row in rows[1:]:
        assert driven(small, row).until == first.until
    assert small.calls() == calls
    [said] = status.outages(small.desk)
    assert (said["side"], said["waiting"]) == ("lightspeed", 30)
    for _ in range(6):
        assert due(small) == []
        until_next(small, small.desk.run(rows[0].id))
        [prober] = due(small)
        calls = small.calls()
        small.drive(prober, wait=False)
        assert small.calls() == calls + 1
        assert len({small.desk.run(row.id).until for row in rows}) == 1
    small.state.faults.clear()
    until_next(small, small.desk.run(rows[0].id))
    [prober] = due(small)
    assert small.drive(prober, wait=False).state == "succeeded"
    assert len(due(small)) == 29
    assert status.outages(small.desk) == []


def test_after_a_day_all_of_them_fail(small: Place):
    out(small, "lightspeed")
    rows = [run.request(small.desk, store, "refresh") for store in more_stores(small, 4)]
    for row in rows:
        driven(small, row)
    for _ in range(400):
        for number in due(small):
            small.drive(number, wait=False)
        small.desk.clock.sleep(300)
    assert [small.desk.run(row.id).state for row in rows] == ["failed"] * 4


def test_a_worker_goes_on_by_itself(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sync.store.outages.FIRST_PAUSE", 0.2)
    monkeypatch.setattr("sync.store.outages.LONGEST_PAUSE", 0.4)
    monkeypatch.setattr("sync.lightspeed.calls.backoff", lambda n: 0.0)
    with placed(tiny, tmp_path) as place:
        by_hand(place, place.store)
        out(place, "lightspeed")
        row = run.request(place.desk, place.store, "refresh")
        with working(place):
            wait_for(lambda: place.desk.run(row.id).state == "waiting")
            wait_for(lambda: place.desk.run(row.id).state == "running")
            place.state.faults.clear()
            wait_for(lambda: place.desk.run(row.id).state == "succeeded")


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_store_says_what_it_waits_for(small: Place, lang: str):
    out(small, "clerk")
    driven(small, run.request(small.desk, small.store, "sync"))
    told = status.store_status(small.desk, small.store, lang)
    assert (told["code"], told["level"]) == ("outage", "amber")
    assert "Clerk.io" in told["sentence"]
    assert told["active"]["waiting"]["side"] == "clerk"
