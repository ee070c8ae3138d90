"""How stores stand: one sentence each, the worst first, and when they are due."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.fleet import standings
from sync.lightspeed import Budget
from sync.status import fleet, store_status
from sync.store import Desk, DeskBook, RunRow, StoreRow

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
    shop = desk.add_shop(name, domain=f"{name}.example", cluster="eu1")
    desk.add_key(shop, "5a" * 16, "6b" * 16)
    keys = {"public": f"public-{name}", "private": f"private-{name}"}
    return desk.add_store(shop, name, language="nl", who="test", **keys)


def set_sync_time(desk: Desk, store: StoreRow, value: str, **more: str) -> None:
    changed = desk.settings(store).settings.changed({"sync_time": value, **more})
    desk.save_settings(store, changed, who="test", note="")


def add_run(desk: Desk, store: StoreRow, **columns: Any) -> RunRow:
    """A run as it would stand in the table after `columns` were written."""
    trigger = columns.pop("trigger", "manual")
    options = columns.pop("options", None)
    run = desk.queue_run(store, "sync", trigger=trigger, who="test", options=options)
    desk.update_run(run.id, columns)
    return desk.run(run.id)


def ended(at: float, minutes: float = 5, **columns: Any) -> dict[str, Any]:
    return {"state": "succeeded", "started": at - minutes * 60, "finished": at, **columns}


def due(desk: Desk, store: StoreRow) -> float | None:
    [standing] = standings(desk, store)
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
    found = store_status(desk, store)
    assert (found["code"], found["level"]) == (code, level)
    assert words in found["sentence"]
    german = store_status(desk, store, "de")["sentence"]
    assert german != found["sentence"]
    assert ("2026" in german) == ("2026" in found["sentence"])


def test_the_fleet_comes_worst_first(desk: Desk):
    for code in reversed(STANDS):
        add_run(desk, add_store(desk, code), **STANDS[code][0])
    add_store(desk, "never")
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
        "waiting": {"until": "2026-03-10T12:10:00+00:00", "window": "hour", "why": "spent"},
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
    budget.settle(budget.book(person=True), headers, 200)
    assert store_status(desk, store)["budget"] == budget.windows()


def test_stores_of_one_shop_show_the_same_budget(desk: Desk):
    first = add_store(desk, "one")
    shop = desk.shop_by_id(first.shop_id)
    desk.add_store(shop, "two", language="de", public="p2", private="s2", who="test")
    one, two = fleet(desk)
    assert one["budget"] == two["budget"]
    assert [row["window"] for row in one["budget"]] == ["second", "5min", "hour", "day"]
