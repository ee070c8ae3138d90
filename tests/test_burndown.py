"""How a shop's calls run down: ours, others', planned, and the cone to the end."""

from __future__ import annotations

from pathlib import Path

from sync import run
from sync.clock import iso
from sync.openshop import budget_of
from sync.sandbox.windows import Limits
from tests.conftest import Place, placed
from tests.test_budget import headers


def ask(place: Place, remaining: str) -> None:
    """One call, whose answer tells what is left."""
    shop = place.desk.shop_by_id(place.store.shop_id)
    budget = budget_of(place.desk, shop)
    budget.record_result(budget.book(person=False), headers(remaining, "200/1800/43000"), 200)


def test_before_the_first_call_nothing_is_known(place: Place):
    assert run.burndown(place.desk, place.desk.shop_by_id(place.store.shop_id)) is None


def test_what_others_spent_is_the_limit_less_what_is_left_and_ours(place: Place):
    ask(place, "290/2900/11000")
    ask(place, "289/2899/10999")
    found = run.burndown(place.desk, place.desk.shop_by_id(place.store.shop_id))
    assert found is not None
    told = {window.window: window for window in found.windows}
    assert (told["day"].ours, told["day"].others, told["day"].left) == (2, 999, 10_999)
    assert (told["hour"].ours, told["hour"].others) == (2, 99)
    assert (found.planned, found.earliest, found.cone) == (0, None, [])


def test_the_cone_runs_from_what_is_planned_to_its_two_ends(filled: Path, tmp_path: Path):
    with placed(filled, tmp_path, Limits(five_minutes=60)) as place:
        place.set(include_orders="all")
        row = place.drive(run.request(place.desk, place.store, "sync").id, wait=False)
        while row.phase != "lines":
            place.desk.clock.sleep(301)
            row = place.drive(row.id, wait=False)
        shop = place.desk.shop_by_id(place.store.shop_id)
        alone = run.burndown(place.desk, shop)
        place.desk.clock.sleep(301)
        ask(place, "30/1500/5000")  # what is left by now is not what was used here
        beside = run.burndown(place.desk, shop)
    for found in (alone, beside):
        assert found is not None
        assert found.cone[0][2] == found.planned > 0
        assert found.cone[-1][2] == 0
        assert all(soon <= late for soon, late, _ in found.cone)
        assert found.cone == sorted(found.cone, key=lambda point: -point[2])
    assert alone is not None
    assert alone.earliest == alone.latest
    assert iso(alone.cone[-1][0]) == alone.earliest
    assert beside is not None
    assert sum(window.others for window in beside.windows) > 0
