"""What is asked is done: every state of a store's run, and every request beside it."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from sync import cli, engine, run
from sync.engine import serving
from sync.http import Http
from sync.ledger import balanced
from sync.store import Desk, RunActive, RunRow, UsageError, shop_lock
from tests.conftest import Place, begun
from tests.test_laws import Killed, dying

ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "sync": ("sync", {}),
    "full sync": ("sync", {"full": True}),
    "refresh": ("refresh", {}),
    "full refresh": ("refresh", {"full": True}),
    "some": ("sync", {"only": ["orders:5001,5002"]}),
}
WORDS = {
    "sync": ("run", "main"),
    "full sync": ("run", "main", "--full"),
    "refresh": ("refresh", "main"),
    "full refresh": ("refresh", "main", "--full"),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "full": {"full": True},
    "plan": {"plan": "0" * 24},
    "only": {"only": ["orders:5001"]},
    "retry": {"retry": 1},
    "resend": {"resend": "all"},
    "resend products": {"resend": "products"},
    "compare": {"kind": "compare"},
    "mend": {"mend": True},
    "record": {"record": True},
}
# What goes together; any other two are refused, as one of them would do nothing.
TOGETHER = {
    *(("full", name) for name in ("only", "retry", "resend", "resend products")),
    ("only", "resend"),
    ("resend", "resend products"),
    ("compare", "mend"),
    *((name, "record") for name in OPTIONS if name not in ("mend", "record")),
}
CONTRADICTIONS = {"plan_alone", "only_or_retry", "resend_with", "resend_only", "mend_with"} | {
    "compare_alone"
}
STATES = ("queued", "dead", "waiting", "waiting for lines", "dead in the lines")


@pytest.fixture
def still(connected: Path, tmp_path: Path) -> Place:
    """A desk on which nothing is driven, and so nobody is asked anything."""
    shutil.copytree(connected, tmp_path / "data")
    desk = Desk(tmp_path / "data")
    return Place(None, None, desk, desk.store("main"))


@pytest.fixture
def small(tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    with begun(request, tiny, tmp_path) as made:
        yield made


def ask(place: Place, name: str) -> RunRow:
    kind, options = ASKED[name]
    return run.request(place.desk, place.store, kind, **options)


def put(place: Place, row: RunRow, state: str) -> RunRow:
    """The run as it would stand there after a while."""
    now = place.desk.clock.now()
    columns: dict[str, Any] = {
        "queued": {},
        "dead": {"state": "running", "started": now, "phase": "catalogue"},
        "waiting": {"state": "waiting", "started": now, "phase": "orders", "until": now + 900},
        "waiting for lines": {
            "state": "waiting",
            "started": now,
            "phase": "lines",
            "until": now + 900,
        },
        "dead in the lines": {"state": "running", "started": now, "phase": "lines"},
    }[state]
    place.desk.update_run(row.id, columns)
    return place.desk.run(row.id)


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("was", ["sync", "refresh", "full sync", "some"])
def test_a_request_gets_what_it_asks_for(
    still: Place, was: str, state: str, name: str, monkeypatch: pytest.MonkeyPatch
):
    before = put(still, ask(still, was), state)
    after = ask(still, name)
    kind, options = ASKED[name]
    assert (after.kind, bool(after.options.get("full"))) == (kind, bool(options.get("full")))
    assert ("only" in after.options) == ("only" in options)
    assert after.settings_version == still.desk.settings(still.store).version
    ends_anyway = state == "waiting for lines" and before.kind == "sync"
    if was == name and not ends_anyway:
        assert after.id == before.id
        return
    left = still.desk.run(before.id)
    assert after.id != before.id
    assert left.ended == run.report(still.desk, left).ended == "superseded"
    assert left.state == ("succeeded" if "lines" in state else "cancelled")
    assert left.finished is not None
    assert left.until is left.window is left.why is None


@pytest.mark.parametrize("state", STATES)
def test_a_request_after_saved_settings_does_not_go_on_under_the_old_ones(still: Place, state: str):
    before = put(still, ask(still, "sync"), state)
    still.set(include_out_of_stock="yes")
    after = ask(still, "sync")
    assert after.id != before.id
    assert after.settings.include_out_of_stock
    assert still.desk.run(before.id).ended == "superseded"


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("was", ["sync", "refresh"])
def test_a_request_is_told_of_a_run_that_works(
    still: Place, was: str, name: str, monkeypatch: pytest.MonkeyPatch
):
    works = put(still, ask(still, was), "dead")
    with shop_lock(still.desk.data_dir, "shop"), pytest.raises(RunActive) as told:
        ask(still, name)
    assert told.value.run == works.id
    assert still.desk.run(works.id).state == "running"


def test_a_queued_run_whose_turn_comes_is_told_of(still: Place):
    queued = ask(still, "sync")
    with serving.worker_lock(still.desk):
        assert ask(still, "sync").id == queued.id
        with pytest.raises(RunActive):
            ask(still, "refresh")


@contextmanager
def killed(place: Place, name: str, nth: int) -> Iterator[RunRow]:
    row = ask(place, name)
    with pytest.raises(Killed), dying(nth, answered=True):
        place.drive(row.id)
    yield place.desk.run(row.id)


def command(place: Place, *words: str) -> int:
    words = ("--data", str(place.desk.data_dir), "--json", *words)
    return cli.main(words, clock=place.desk.clock)


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("was", WORDS)
def test_the_command_line_does_what_is_asked_after_a_crash(small: Place, was: str, name: str):
    with killed(small, was, 4) as dead:
        assert command(small, *WORDS[name]) == 0
        last = small.desk.runs(small.store, limit=1)[0]
        assert (last.id == dead.id) == (was == name)
        assert (last.kind, bool(last.options.get("full"))) == (
            ASKED[name][0],
            "full" in ASKED[name][1],
        )
        sent = any(small.objects(entity) for entity in ("products", "orders"))
        assert sent == (last.kind == "sync")


def test_what_a_dead_run_left_is_sent_by_the_one_in_its_place(small: Place):
    calls = 12
    while True:
        with killed(small, "sync", calls) as dead:
            pass
        calls += 1
        if small.objects("products"):
            break
        run.cancel(small.desk, dead.id)
    after = small.run(full=True)
    assert after.state == "succeeded"
    assert small.confirmed("products") == small.objects("products")
    left = small.desk.run(dead.id)
    assert (left.state, left.ended) == ("cancelled", "superseded")


@pytest.mark.after("sync")
def test_only_and_retry_go_beside_a_dead_run(small: Place):
    product = min(small.objects("products"))
    with killed(small, "full sync", 3) as dead:
        done = small.run(only=[f"products:{product}"])
    assert (done.state, small.desk.run(dead.id).state) == ("succeeded", "cancelled")


def test_a_dead_run_of_a_shop_whose_other_store_works_is_no_longer_said_to_run(still: Place):
    """Only one of a shop's runs can be in anybody's hands: who has the lock knows the others to be
    dead."""
    dead = put(still, ask(still, "sync"), "dead")
    keys = {"public": "public-b", "private": "private-b", "api_url": "http://127.0.0.1:9"}
    other = still.desk.add_store(still.desk.shop("shop"), "B", language="nl", **keys)
    works = run.request(still.desk, other, "refresh")
    with shop_lock(still.desk.data_dir, "shop"):
        assert engine.claim(still.desk, works.id) is not None
    left = still.desk.run(dead.id)
    assert (left.state, left.deaths) == ("queued", 1)


# -- people's decisions beside dead runs ------------------------------------------------------


@pytest.fixture
def held(small: Place) -> RunRow:
    small.run()
    small.set(removal_limit_min="1", removal_limit_percent="0")
    small.state.edit("product", min(small.objects("products")), isVisible=False)
    row = small.run()
    assert row.state == "held"
    return row


@pytest.mark.parametrize("state", ["queued", "dead", "waiting"])
def test_a_held_run_is_approved_beside_a_dead_refresh(small: Place, held: RunRow, state: str):
    beside = put(small, ask(small, "refresh"), state)
    assert run.approve(small.desk, held.id).state == "approved"
    assert small.drive(held.id).state == "succeeded"
    left = small.desk.run(beside.id)
    assert (left.state, left.ended) == ("cancelled", "superseded")


def test_a_held_run_is_not_approved_beside_a_refresh_that_works(small: Place, held: RunRow):
    put(small, ask(small, "refresh"), "dead")
    with shop_lock(small.desk.data_dir, "shop"), pytest.raises(RunActive):
        run.approve(small.desk, held.id)
    assert small.desk.run(held.id).state == "held"


def test_a_held_run_is_rejected_as_superseded(small: Place, held: RunRow):
    ask(small, "sync")
    row = small.desk.run(held.id)
    assert (row.state, row.ended) == ("rejected", "superseded")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("locked", [False, True])
def test_a_run_is_cancelled_wherever_it_stands(still: Place, state: str, locked: bool):
    row = put(still, ask(still, "sync"), state)
    with shop_lock(still.desk.data_dir, "shop" if locked else "another"):
        done = run.cancel(still.desk, row.id)
    in_hands = locked and "waiting" not in state
    assert (done.state == "cancelled") != in_hands
    assert done.cancel
    if in_hands:
        assert engine.claim(still.desk, row.id) is None
        assert still.desk.run(row.id).state == "cancelled"


@pytest.mark.parametrize("locked", [False, True])
def test_a_held_run_is_cancelled_while_another_store_works(
    small: Place, held: RunRow, locked: bool
):
    with shop_lock(small.desk.data_dir, "shop" if locked else "another"):
        assert run.cancel(small.desk, held.id).state == "cancelled"


# -- books of what ended early ----------------------------------------------------------------


@pytest.mark.parametrize("how", ["cancelled", "superseded", "failed"])
def test_the_books_of_a_run_that_ended_early_balance(
    small: Place, how: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sync.clerk.client.WRITE_OBJECTS", 4)
    small.set(include_out_of_stock="yes")
    row = ask(small, "sync")
    with pytest.raises(Killed), dying_at_the_second_batch():
        small.drive(row.id)
    if how == "cancelled":
        run.cancel(small.desk, row.id)
    elif how == "superseded":
        ask(small, "refresh")
    else:
        small.desk.update_run(row.id, {"deaths": engine.MOST_DEATHS})
        small.drive(row.id)
    done = small.desk.run(row.id)
    assert done.state == ("failed" if how == "failed" else "cancelled")
    assert balanced(done.books)
    book = done.books["products"]
    assert (book["created"], book["not_sent"] > 0) == (4, True)
    after = small.run()
    assert after.state == "succeeded"
    assert all(book["not_sent"] == 0 for book in after.books.values())
    assert small.confirmed("products") == small.objects("products")


@contextmanager
def dying_at_the_second_batch() -> Iterator[None]:
    sent, send = itertools.count(1), Http.send

    def counted(http: Http, method: str, *args: Any, **options: Any) -> Any:
        if method == "POST" and next(sent) == 2:
            raise Killed
        return send(http, method, *args, **options)

    with patch.object(Http, "send", counted):
        yield


@pytest.mark.parametrize("pair", list(itertools.combinations(OPTIONS, 2)), ids=" and ".join)
def test_two_options_both_do_something_or_are_refused(still: Place, pair: tuple[str, str]):
    one, other = (OPTIONS[name] for name in pair)
    told = None
    try:
        run.request(still.desk, still.store, **{"kind": "sync", **one, **other})
    except UsageError as error:
        told = error.message.code.removeprefix("refusal.")
    assert (told in CONTRADICTIONS) == (pair not in TOGETHER)
