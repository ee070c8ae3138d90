"""A run that has ended keeps nothing of a wait and nothing to go on with, whoever ended it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync import engine, run
from sync.openshop import opened_shop
from sync.store import AT_REST, TERMINAL, Desk, RunRow, State
from tests.conftest import Place, connect, placed

WAITS = {"until": 4e9, "window": None, "side": "clerk", "host": "api.example", "why": "no answer"}


@pytest.fixture
def still(tmp_path: Path) -> Place:
    """A desk on which nothing is driven, and so nobody is asked anything."""
    desk = Desk(tmp_path / "data")
    return Place(None, None, desk, connect(desk, "http://127.0.0.1:9"))


@pytest.fixture
def small(tiny: Path, tmp_path: Path) -> Iterator[Place]:
    with placed(tiny, tmp_path) as made:
        yield made


def waiting(place: Place, **more: Any) -> RunRow:
    """A run that waits for a side, as its row stands then."""
    asked = run.request(place.desk, place.store, "sync")
    columns = {"state": State.WAITING, "started": 1.0, "phase": "orders", **WAITS, **more}
    place.desk.update_run(asked.id, columns)
    return place.desk.run(asked.id)


def cancel(place: Place) -> RunRow:
    return run.cancel(place.desk, waiting(place).id)


def cancel_before_its_turn(place: Place) -> RunRow:
    asked = waiting(place, cancel=True)
    engine.claim(place.desk, asked.id)
    return place.desk.run(asked.id)


def give_up(place: Place) -> RunRow:
    asked = waiting(place, deaths=engine.MOST_DEATHS)
    engine.claim(place.desk, asked.id)
    return place.desk.run(asked.id)


def leave(place: Place) -> RunRow:
    """Ctrl-C in the command that drives it."""
    stop = threading.Event()
    stop.set()
    return engine.drive(place.desk, waiting(place).id, stop=stop)


def supersede(place: Place) -> RunRow:
    asked = waiting(place)
    run.request(place.desk, place.store, "refresh")
    return place.desk.run(asked.id)


def bring_back_an_older_desk(place: Place) -> RunRow:
    asked, folder = waiting(place), place.desk.data_dir
    with opened_shop(place.desk, place.store) as shop:
        shop.journal(asked.id + 1).count("products", "read", 1)
    other = shutil.copytree(folder, folder.with_name("other"))
    return Desk(other).run(asked.id)


@pytest.mark.parametrize(
    "end",
    [cancel, cancel_before_its_turn, give_up, leave, supersede, bring_back_an_older_desk],
    ids=lambda end: end.__name__,
)
def test_nothing_of_a_wait_stays(still: Place, end: Callable[[Place], RunRow]):
    row = end(still)
    assert row.state in TERMINAL
    assert row.finished is not None
    assert {name: getattr(row, name) for name in AT_REST} == AT_REST


@pytest.mark.parametrize("how", ["rejected", "cancelled", "superseded"])
def test_the_list_of_a_held_run_goes_with_it(small: Place, how: str):
    small.run()
    small.set(removal_limit_min="1", removal_limit_percent="0")
    small.state.edit("product", min(small.objects("products")), isVisible=False)
    held = small.run()
    assert held.state == "held"
    assert run.hold_rows(small.desk, held.id)["total"] > 0
    if how == "rejected":
        run.reject(small.desk, held.id)
    elif how == "cancelled":
        run.cancel(small.desk, held.id)
    else:
        run.request(small.desk, small.store, "sync")
    assert run.hold_rows(small.desk, held.id)["total"] == 0
    assert small.desk.run(held.id).holds == held.holds
