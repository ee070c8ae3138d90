"""How stores stand: one sentence each, the worst first, and when they are due."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync import engine
from sync.budget import Budget
from sync.cli import main
from sync.engine import upkeep
from sync.engine.claiming import one_probe
from sync.errors import Message
from sync.fleet import standings
from sync.schedule import start_second
from sync.status import fleet, store_status
from sync.store import Desk, DeskBook, RunRow, StoreRow, UsageError, os_lock
from sync.store.retention import KINDS, usual_days
from sync.texts import text

HOUR, DAY = 3600.0, 86400.0
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp()


class HandClock:
    """A clock that a test sets."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += max(0.0, seconds)

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, clock=HandClock(NOON))


def add_store(desk: Desk, name: str) -> StoreRow:
    shop = desk.add_shop(name, domain="www.shop.example", cluster="eu1")
    desk.add_key(shop, "5a" * 16, "6b" * 16)
    keys = {"public": f"public-{name}", "private": f"private-{name}"}
    return desk.add_store(shop, name, language="nl", **keys)


def set_sync_time(desk: Desk, store: StoreRow, value: str, **more: str) -> None:
    changed = desk.settings(store).settings.changed({"sync_time": value, **more})
    desk.save_settings(store, changed, note="")


def add_run(desk: Desk, store: StoreRow, **columns: Any) -> RunRow:
    """A run as it would stand in the table after `columns` were written."""
    trigger = columns.pop("trigger", "manual")
    options = columns.pop("options", None)
    run = desk.queue_run(store, "sync", trigger=trigger, options=options)
    desk.update_run(run.id, columns)
    return desk.run(run.id)


def ended(at: float, minutes: float = 5, **columns: Any) -> dict[str, Any]:
    return {"state": "succeeded", "started": at - minutes * 60, "finished": at, **columns}


def due(desk: Desk, store: StoreRow) -> float | None:
    [standing] = standings(desk, store.id)
    return standing.due(desk.clock.now())


FAILED_BOOK = {"products": {"failed": 3}, "orders": {"failed": 1}}
STANDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "failed": (ended(NOON - 60, state="failed", message="no way"), "red", "no way"),
    "held": ({"state": "held", "started": NOON - 60}, "amber", "decision"),
    "stuck": ({"due": NOON - 2 * HOUR}, "amber", "2026-03-10 10:00 UTC"),
    "late": (ended(NOON - 5 * HOUR), "amber", "due on 2026-03-10 08:00 UTC"),
    "partial": (ended(NOON - 60, state="partial", books=FAILED_BOOK), "amber", "4 records"),
    "rejected": (ended(NOON - 60, state="rejected"), "amber", "rejected"),
    "cancelled": (ended(NOON - 60, state="cancelled"), "amber", "cancelled"),
    "queued": ({}, "green", "queued"),
    "running": ({"state": "running", "started": NOON - DAY, "due": NOON - DAY}, "green", "way"),
    "approved": ({"state": "approved"}, "green", "approved"),
    "succeeded": (ended(NOON - 60), "green", "2026-03-10 11:59 UTC"),
    "waiting": (
        {"state": "waiting", "phase": "lines", "until": NOON + 600, "window": "hour"},
        "green",
        "2026-03-10 12:10 UTC for the hour window",
    ),
}


@pytest.mark.parametrize(("code", "stand"), STANDS.items())
def test_a_store_says_in_a_sentence_how_it_is(desk: Desk, code: str, stand: Any):
    store = add_store(desk, "one")
    columns, level, words = stand
    add_run(desk, store, **columns)
    with os_lock(desk.data_dir / "worker.lock"):  # else what is running is dead
        found = store_status(desk, store)
    assert (found["code"], found["level"]) == (code, level)
    assert words in found["sentence"]
    with os_lock(desk.data_dir / "worker.lock"):
        german = store_status(desk, store, "de")["sentence"]
    assert german != found["sentence"]
    assert ("2026" in german) == ("2026" in found["sentence"])


@pytest.mark.parametrize("kind", ["sync", "refresh", "compare"])
@pytest.mark.parametrize("driver", ["worker.lock", "shops/{shop}.lock", None])
def test_a_run_that_nobody_is_at_is_not_under_way(desk: Desk, kind: str, driver: str | None):
    store = add_store(desk, "one")
    add_run(desk, store, **ended(NOON - HOUR))
    dead = desk.queue_run(store, kind, trigger="manual")
    desk.update_run(dead.id, {"state": "running", "due": NOON - 60})
    if driver:
        path = desk.data_dir / driver.format(shop=desk.shop_by_id(store.shop_id).slug)
        with os_lock(path):
            assert store_status(desk, store)["level"] == "green"
    for found in (store_status(desk, store), *fleet(desk)):
        assert (found["code"], found["level"]) == ("stuck", "amber")
        assert f"Run {dead.id}" in found["sentence"]


def test_a_run_that_made_way_says_nothing_of_its_store(desk: Desk):
    store = add_store(desk, "one")
    add_run(desk, store, **ended(NOON - HOUR))
    gave_way = add_run(desk, store, **ended(NOON - 60, state="cancelled"))
    desk.update_run(gave_way.id, {"ended": "superseded"})
    assert store_status(desk, store)["code"] == "succeeded"


def test_a_partial_run_without_failed_records_names_none(desk: Desk):
    store = add_store(desk, "one")
    add_run(desk, store, **ended(NOON - 60, state="partial", books={"products": {"failed": 0}}))
    for lang in ("en", "de"):
        sentence = store_status(desk, store, lang)["sentence"]
        assert sentence == text("status.partial_read", lang, run=1)


def test_only_a_real_store_has_a_sync_of_clerk_s_own_to_switch_off(desk: Desk):
    store = add_store(desk, "one")
    assert "my.clerk.io" in store_status(desk, store)["sentence"]
    shop = desk.add_shop("Demo", domain="www.demo.example", cluster="eu1", demo=True)
    demo = desk.add_store(shop, "Demo", language="nl", public="pd", private="qd")
    found = store_status(desk, demo)
    assert (found["code"], "my.clerk.io" in found["sentence"]) == ("never", False)


def test_the_fleet_comes_worst_first(desk: Desk):
    for code in reversed(STANDS):
        add_run(desk, add_store(desk, code), **STANDS[code][0])
    add_store(desk, "never")
    with os_lock(desk.data_dir / "worker.lock"):
        worst = [row["code"] for row in fleet(desk)]
    urgent = ["failed", "held", "stuck", "late", "partial", "rejected", "cancelled", "never"]
    assert worst[:8] == urgent
    assert worst[8:] == sorted(worst[8:])


def test_a_row_of_the_fleet_has_what_the_overview_shows(desk: Desk):
    store = add_store(desk, "one")
    add_run(desk, store, **ended(NOON - 2 * HOUR))
    waiting, _, _ = STANDS["waiting"]
    run = add_run(desk, store, **waiting, why="spent")
    [row] = fleet(desk, "de", lambda at: f"<{at:.0f}>")
    assert row["active"] == {
        "run": run.id,
        "kind": "sync",
        "state": "waiting",
        "phase": "lines",
        "waiting": {
            "until": "2026-03-10T12:10:00+00:00",
            "window": "hour",
            "side": None,
            "why": "spent",
        },
    }
    assert f"<{NOON + 600:.0f}>" in row["sentence"]
    assert "Stundenfenster" in row["sentence"]
    assert row["last_success"] == "2026-03-10T10:00:00+00:00"
    assert (row["store"], row["shop"], row["language"], row["held"]) == ("one", "one", "nl", None)


def test_the_budget_is_told_as_the_desk_has_it(desk: Desk):
    store = add_store(desk, "one")
    [key] = desk.keys(desk.shop("one"))
    budget = Budget(DeskBook(desk), [key.id], reserve=0.1, clock=desk.clock)
    triple = {"limit": "300/3000/12000", "remaining": "299/2999/9000", "reset": "299/3000/40000"}
    headers = {f"x-ratelimit-{name}": value for name, value in triple.items()}
    budget.record_result(budget.book(person=True), headers, 200)
    assert store_status(desk, store)["budget"] == budget.windows()


def test_the_list_of_stores_names_the_window_used_most_over_all_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    desk = Desk(tmp_path)
    add_store(desk, "one")
    shop = desk.shop("one")
    desk.add_key(shop, "7c" * 16, "8d" * 16)
    for key, left in zip(desk.keys(shop), ("300/600/12000", "300/3000/12000"), strict=True):
        budget = Budget(DeskBook(desk), [key.id], reserve=0.1, clock=desk.clock)
        triple = {"limit": "300/3000/12000", "remaining": left, "reset": "299/3000/40000"}
        headers = {f"x-ratelimit-{name}": value for name, value in triple.items()}
        budget.record_result(budget.book(person=True), headers, 200)
    assert main(["--json", "--data", str(tmp_path), "store", "list"]) == 0
    [listed] = json.loads(capsys.readouterr().out)
    assert listed["used"] == "hour 40 %"


def test_stores_of_one_shop_show_the_same_budget(desk: Desk):
    first = add_store(desk, "one")
    shop = desk.shop_by_id(first.shop_id)
    desk.add_store(shop, "two", language="de", public="p2", private="s2")
    one, two = fleet(desk)
    assert one["budget"] == two["budget"]
    assert [row["window"] for row in one["budget"]] == ["second", "5min", "hour", "day"]


# -- when a store is due ----------------------------------------------------------------------


def test_saving_other_settings_does_not_drop_a_missed_hour(desk: Desk):
    store = add_store(desk, "one")
    set_sync_time(desk, store, "3")
    desk.clock.at += DAY
    set_sync_time(desk, store, "3", page_size="100")
    slot = NOON + 15 * HOUR + start_second("one")
    assert due(desk, store) == slot
    set_sync_time(desk, store, "4")
    assert due(desk, store) == NOON + DAY + 16 * HOUR + start_second("one")
    set_sync_time(desk, store, "3")
    assert due(desk, store) == slot + DAY


def test_an_hour_that_passed_while_the_store_was_paused_is_not_made_up(desk: Desk):
    store = add_store(desk, "one")
    set_sync_time(desk, store, "3")
    desk.pause(store, True)
    assert due(desk, store) is None
    desk.clock.at += DAY
    desk.pause(store, False)
    slot = NOON + 15 * HOUR + start_second("one")
    assert due(desk, store) == slot + DAY
    desk.clock.at += 2 * DAY
    desk.pause(store, False)
    assert due(desk, store) == slot + 2 * DAY


REST = {"at": NOON - 60, "worked": 2100.0}
TURNS: dict[str, tuple[dict[str, Any], float]] = {
    "finished": (ended(NOON - 60), HOUR),
    "waits do not count": (ended(NOON - 60, 95, waited=60 * 60), 12.5 * HOUR),
    "failed": (ended(NOON - 60, state="failed"), HOUR),
    "held": ({"state": "held", "progress": {"rested": REST | {"phase": "plan"}}}, 12.5 * HOUR),
    "waits for lines": (
        {"state": "waiting", "phase": "lines", "progress": {"rested": REST | {"phase": "lines"}}},
        12.5 * HOUR,
    ),
    "cancelled before it began": ({"state": "cancelled", "finished": NOON - 60}, HOUR),
}


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_the_next_run_comes_after_the_last_ones_turn(desk: Desk, turn: Any):
    store = add_store(desk, "one")
    columns, pause = turn
    add_run(desk, store, **ended(NOON - DAY))
    add_run(desk, store, **columns)
    assert due(desk, store) == NOON - 60 + pause


def test_a_run_of_chosen_records_is_no_turn(desk: Desk):
    store = add_store(desk, "one")
    add_run(desk, store, **ended(NOON - DAY))
    add_run(desk, store, **ended(NOON - 60), options={"only": {"products": [1]}})
    assert due(desk, store) == NOON - DAY + HOUR


def scheduled(desk: Desk, store: StoreRow) -> RunRow | None:
    """What the schedule queues now."""
    upkeep.queue_due(desk)
    run = desk.active_run(store)
    return run if run and run.trigger == "schedule" else None


def test_a_missed_run_is_made_up_once_and_says_so(desk: Desk):
    store = add_store(desk, "one")
    add_run(desk, store, **ended(NOON - 3 * DAY))
    run = scheduled(desk, store)
    assert run is not None
    [line] = desk.run_log(run.id)
    assert line["level"] == "warning"
    assert "2026-03-07T13:00" in line["message"]
    assert scheduled(desk, store) == run
    desk.update_run(run.id, ended(NOON))
    assert scheduled(desk, store) is None


def test_a_scheduled_run_leaves_a_held_one_its_time(desk: Desk):
    store = add_store(desk, "one")
    held = add_run(desk, store, **TURNS["held"][0])
    assert scheduled(desk, store) is None
    assert desk.run(held.id).state == "held"
    desk.clock.at += DAY
    assert scheduled(desk, store) is not None
    assert desk.run(held.id).message == "superseded"


@pytest.mark.parametrize(("phase", "makes_way"), [("lines", True), ("orders", False)])
def test_a_scheduled_run_takes_over_from_one_that_waits_for_lines(
    desk: Desk, phase: str, makes_way: bool
):
    store = add_store(desk, "one")
    columns = TURNS["waits for lines"][0] | {"phase": phase, "until": NOON + 2 * DAY}
    waiting = add_run(desk, store, **columns)
    assert scheduled(desk, store) is None
    desk.clock.at += DAY
    assert (scheduled(desk, store) is not None) == makes_way
    assert desk.run(waiting.id).state == ("succeeded" if makes_way else "waiting")


def test_many_due_stores_are_queued_in_portions_the_longest_due_first(desk: Desk):
    stores = [add_store(desk, f"store{n:02}") for n in range(upkeep.AT_ONCE + 10)]
    for n, store in enumerate(stores):
        add_run(desk, store, **ended(NOON - DAY - n))
    assert upkeep.queue_due(desk)
    assert [run.id for run in desk.queue()] != []
    assert desk.active_run(stores[0]) is None
    assert desk.active_run(stores[-1]) is not None
    assert not upkeep.queue_due(desk)
    assert len(desk.queue()) == len(stores)


# -- the queue --------------------------------------------------------------------------------


def test_what_a_person_waits_for_comes_first_and_order_lines_never_do(desk: Desk):
    runs = {
        "scheduled, long due": {"trigger": "schedule", "due": NOON - 900},
        "a person's order lines": {"state": "waiting", "phase": "lines", "until": NOON - 600},
        "scheduled": {"trigger": "schedule", "due": NOON - 300},
        "a person's": {"due": NOON},
        "a person's, approved": {"state": "approved", "due": NOON - 60},
    }
    ids = {
        add_run(desk, add_store(desk, name), **columns).id: name for name, columns in runs.items()
    }
    assert [ids[run.id] for run in desk.queue()] == [
        "a person's, approved",
        "a person's",
        "scheduled, long due",
        "a person's order lines",
        "scheduled",
    ]


WAITS: dict[str, tuple[dict[str, Any], bool]] = {
    "its time has come": ({"until": NOON}, True),
    "its time has not come": ({"until": NOON + 1}, False),
    "somebody wants it ended": ({"until": NOON + 1, "cancel": True}, True),
    "the clock was set back": ({"until": NOON + DAY, "progress": {"wait_from": NOON + 900}}, True),
}


@pytest.mark.parametrize("case", WAITS.values(), ids=WAITS)
def test_a_waiting_run_goes_on_by_itself(desk: Desk, case: Any):
    columns, expected = case
    run = add_run(desk, add_store(desk, "one"), state="waiting", **columns)
    [queued] = desk.queue()
    assert engine.is_due(desk, queued) == engine.is_due(desk, run) == expected


SIDE = {"state": "waiting", "side": "clerk", "host": "api.clerk.io"}
QUEUED: dict[str, dict[str, Any]] = {
    "a person's": {},
    "scheduled": {"trigger": "schedule", "due": NOON - 300},
    "to come": {"due": NOON + 60},
    "running": {"state": "running", "due": NOON - 900},
    "approved": {"state": "approved", "due": NOON - 60},
    "order lines": {"state": "waiting", "phase": "lines", "until": NOON - 600},
    "ended": ended(NOON - 60),
    "held": {"state": "held"},
    "first to ask": SIDE | {"until": NOON - 20},
    "next to ask": SIDE | {"until": NOON - 10},
    "not to ask yet": SIDE | {"until": NOON + 60, "host": "elsewhere"},
    "to be ended": SIDE | {"until": NOON + 90, "cancel": True},
} | {name: {"state": "waiting"} | columns for name, (columns, _) in WAITS.items()}


def test_what_is_due_is_found_by_itself(desk: Desk):
    """All that the whole queue has to be taken up now, and nothing that is not."""
    names = {
        add_run(desk, add_store(desk, name), **columns).id: name for name, columns in QUEUED.items()
    }
    found = [run for run in desk.due_runs(100) if engine.is_due(desk, run)]
    assert found == one_probe(run for run in desk.queue() if engine.is_due(desk, run))
    told = {names[run.id] for run in found}
    assert told >= {"a person's", "first to ask", "to be ended", "the clock was set back"}
    assert told.isdisjoint({"next to ask", "not to ask yet", "its time has not come", "held"})


def test_a_look_at_the_queue_takes_so_many_of_each_rank_and_those_it_names(desk: Desk):
    for n in range(10):
        for trigger in ("manual", "schedule"):
            store = add_store(desk, f"{trigger} {n}")
            add_run(desk, store, trigger=trigger, due=NOON - n)
    everything = desk.queue()
    found = desk.due_runs(3, [everything[9].id, 12345])
    assert found == [*everything[:3], everything[9], *everything[10:13]]


# -- what is forgotten ------------------------------------------------------------------------


def test_old_logs_are_forgotten_and_runs_stay(desk: Desk):
    store = add_store(desk, "one")
    old = add_run(desk, store, **ended(NOON - 91 * DAY), books={"products": {"failed": 0}})
    young = add_run(desk, store, **ended(NOON - 89 * DAY))
    for run in (old, young):
        desk.log(run.id, "info", "", Message("log.held"))
    assert engine.forget_old(desk, 90) == 1
    assert desk.run_log(old.id) == []
    assert len(desk.run_log(young.id)) == 1
    assert desk.run(old.id).books == {"products": {"failed": 0}}
    assert engine.forget_old(desk, 90) == 0


def test_days_to_keep_come_from_the_environment():
    assert usual_days("runs", {}) == KINDS["runs"].days
    assert usual_days("runs", {"SYNC_KEEP_DAYS": " 7 "}) == 7


@pytest.mark.parametrize("wrong", ["0", "-1", "1.5", "ten", "٣", "1000000"])
def test_a_wrong_number_of_days_is_refused(wrong: str):
    with pytest.raises(UsageError, match="SYNC_KEEP_DAYS"):
        usual_days("runs", {"SYNC_KEEP_DAYS": wrong})


def test_the_run_before_is_the_last_of_its_kind_else_the_last(desk: Desk):
    store = add_store(desk, "one")
    first, refresh, other, last = (
        _ended(desk, store, kind) for kind in ("sync", "refresh", "sync", "compare")
    )
    pairs = ((other, first.id), (refresh, first.id), (last, other.id), (first, None))
    for run, before in pairs:
        assert desk.run_before(store, run.id, run.kind) == before


def _ended(desk: Desk, store: StoreRow, kind: str) -> RunRow:
    run = desk.queue_run(store, kind, trigger="manual")
    desk.update_run(run.id, ended(NOON))
    return desk.run(run.id)
