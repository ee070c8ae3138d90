"""What is usual comes from the days before, and what is not holds a run that is set so."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from sync import run as runs
from sync.store import State
from sync.usual import ENOUGH, usual
from tests.conftest import Place

MONDAY = date(2026, 11, 30)


def days(*values: float) -> dict[date, float]:
    """The values of the days before, the last one yesterday."""
    return {MONDAY - timedelta(days=n): value for n, value in enumerate(reversed(values), 1)}


def test_fewer_than_two_weeks_have_no_range():
    assert usual(days(*[10.0] * (ENOUGH - 1)), MONDAY, 4) is None
    found = usual(days(*[10.0] * ENOUGH), MONDAY, 4)
    assert found is not None
    assert (found.middle, found.low, found.high) == (10, 6, 14)  # some room, though none moved


def test_the_day_itself_says_nothing_of_what_is_usual():
    counted = days(*[100.0] * 20) | {MONDAY: 5000.0}
    found = usual(counted, MONDAY, 4)
    assert found is not None
    assert found.middle == 100
    assert not found.holds(5000)


def test_odd_days_move_neither_middle_nor_width():
    dice = random.Random(1)
    quiet = [1000 + dice.uniform(-5, 5) for _ in range(28)]
    odd = [*quiet[:10], 40.0, *quiet[11:20], 9000.0, *quiet[21:]]
    for values in (quiet, odd):
        found = usual(days(*values), MONDAY, 4)
        assert found is not None
        assert found.holds(1010)
        assert not found.holds(900)


def test_a_weekday_with_enough_days_is_held_against_its_own():
    counted = {
        MONDAY - timedelta(days=n): 10.0 if (MONDAY - timedelta(days=n)).weekday() == 0 else 500.0
        for n in range(1, 43)
    }
    found = usual(counted, MONDAY, 4)
    assert found is not None
    assert (found.middle, found.days) == (10, 6)
    assert found.distance(14) == 4


def lived(place: Place, products: int) -> None:
    """Three weeks of syncs that left so many products in Clerk.io."""
    now = place.desk.clock.now()
    for n in range(21, 0, -1):
        run = place.desk.queue_run(place.store, "sync", trigger="schedule")
        at = now - n * 86400
        books = {"products": {"read": products, "unchanged": products, "reasons": {}}}
        place.desk.update_run(
            run.id,
            {"state": State.SUCCEEDED, "started": at, "finished": at + 60, "books": books},
        )


@pytest.mark.after("sync")
@pytest.mark.parametrize("hold", ["yes", "no"])
def test_an_unusual_number_holds_the_run_before_its_first_write(place: Place, hold: str):
    place.set(removal_limit_percent="100")
    kept = place.preview()["entities"]["products"]["unchanged"]
    lived(place, kept)
    place.desk.set_options(place.store, {"outlier_hold": hold})
    assert place.run().state == "succeeded"
    leaving = [each["id"] for each in place.records() if each["payload"]][: kept // 2]
    for product in leaving:
        place.state.edit("product", product, isVisible=False, visibility="hidden")
    place.run("refresh")
    assert bool(place.preview()["holds"]) == (hold == "yes")
    before = place.calls("clerk")
    run = place.run()
    if hold == "no":
        assert run.state == "succeeded"
        assert any(line["detail"]["code"] == "log.outlier" for line in logged(place, run.id))
        return
    assert run.state == "held"
    assert place.calls("clerk") == before
    (told,) = run.holds
    assert (told["reason"], told["count"]) == ("outlier", kept - len(leaving))
    assert told["of"] <= kept <= told["limit"]
    place.desk.clock.sleep(1)
    approved = runs.approve(place.desk, run.id, note="")
    assert place.drive(approved.id).state == "succeeded"


def logged(place: Place, run: int) -> list[dict]:
    return [line for line in place.desk.run_log(run) if line["detail"]]
