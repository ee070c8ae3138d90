"""What settings cost, told beforehand."""

from datetime import UTC, datetime
from itertools import product

import pytest

from sync import preview, run
from sync.schedule import start_second
from sync.store import UsageError
from tests.conftest import Place


def costs(place: Place, draft: dict[str, str] | None = None) -> dict[str, dict]:
    rows = preview.order_costs(place.desk, place.store, draft)
    return {row.option: vars(row) for row in rows}


def test_before_orders_were_read_their_cost_is_unknown(place: Place):
    found = costs(place)
    assert list(found) == ["none", "1m", "3m", "6m", "1y", "2y", "3y", "all"]
    assert found["1y"] == {
        "option": "1y",
        "orders": None,
        "lines_missing": None,
        "calls": None,
        "about": None,
        "finish": None,
        "finish_one": None,
        "finish_two": None,
        "fits": None,
        "best_start": None,
        "best_finish": None,
        "estimated": True,
    }
    assert (found["none"]["orders"], found["none"]["estimated"]) == (0, False)


@pytest.mark.after("refresh", include_orders="all")
def test_an_option_in_reach_costs_what_its_preview_says(place: Place):
    options = ("none", "1m", "6m", "1y", "all", "2025-01-15")
    statuses = ("completed_shipped, new", "completed", "cancelled")
    for option, accepted in product(options, statuses):
        draft = {"include_orders": option, "accepted_order_statuses": accepted}
        said, found = place.preview(draft), costs(place, draft)[option]
        assert found["lines_missing"] == said["entities"]["orders"]["lines_missing"]
        assert found["calls"] == said["calls"]["lightspeed"]
        assert found["orders"] == sum(
            not set(line["reasons"]) - {"lines_pending"}
            for line in place.records(draft)
            if line["entity"] == "orders"
        )
        assert not found["estimated"]


@pytest.mark.after("sync")
def test_after_a_run_lines_cost_nothing_any_more(place: Place):
    found = costs(place)["1y"]
    assert found["orders"] > 0
    assert found["lines_missing"] == 0


@pytest.mark.after("refresh", include_orders="6m")
def test_beyond_the_mirror_costs_are_estimated(place: Place):
    found = costs(place)
    state = place.preview()["entities"]["orders"]
    assert state["not_read"] > 0
    assert [option for option, row in found.items() if row["estimated"]] == [
        "1y",
        "2y",
        "3y",
        "all",
    ]
    rising = [found[option]["calls"] for option in ("6m", "1y", "2y", "3y", "all")]
    assert rising == sorted(rising)
    assert found["6m"]["orders"] <= found["all"]["orders"] <= state["read"] + state["not_read"]
    place.set(include_orders="all")
    place.run("refresh")
    really = costs(place)["all"]
    assert not really["estimated"]
    assert found["all"]["orders"] == pytest.approx(really["orders"], rel=0.35)


@pytest.mark.after("refresh")
def test_a_switched_off_import_is_costed_as_if_it_were_on(place: Place):
    off, on = costs(place, {"import_orders": "no"}), costs(place)
    assert [row["calls"] for row in off.values()] == [row["calls"] for row in on.values()]


def test_a_shop_without_a_key_is_never_done_but_previewed(place: Place):
    shop = place.desk.add_shop("Bare", domain="bare.example", cluster="eu1")
    keys = {"public": "p" * 16, "private": "q" * 16}
    store = place.desk.add_store(shop, "Bare", language="nl", **keys)
    assert run.preview(place.desk, store).finish is None
    assert preview.prepared(place.desk, store).preview.finish is None
    assert {row.finish for row in preview.order_costs(place.desk, store)} == {None}
    found = preview.hour_fit(place.desk, store, 3)
    assert (found.fits, found.finish) == (False, None)


@pytest.mark.after("refresh")
def test_an_hour_starts_at_the_store_s_own_second_and_says_whether_it_is_enough(place: Place):
    calls = place.preview()["calls"]["lightspeed"]
    for hour in (0, 7, 23):
        found = preview.hour_fit(place.desk, place.store, hour)
        start = datetime.fromisoformat(found.start)
        assert start.astimezone(UTC).hour == hour
        assert start.minute * 60 + start.second == start_second("main")
        assert start.timestamp() > place.desk.clock.now()
        assert found.calls == calls
        assert found.fits == (datetime.fromisoformat(found.finish).hour == hour)


@pytest.mark.parametrize("hour", [-1, 24])
def test_another_hour_is_refused(place: Place, hour: int):
    with pytest.raises(UsageError, match="not an hour"):
        preview.hour_fit(place.desk, place.store, hour)


def test_the_sample_image_has_the_size_that_is_asked_for(place: Place):
    assert preview.sample_image(place.desk, place.store) is None
    place.run("refresh")
    image = preview.sample_image(place.desk, place.store, {"image_size": "90x80x2"})
    assert "/90x80x2/" in image
    images = [line["payload"].get("image") for line in place.records() if line["payload"]]
    assert image.replace("90x80x2", "300x400x1") in images


@pytest.mark.after("refresh", include_orders="all")
def test_keys_and_starts_are_told_for_each_choice(hasty_place: Place):
    found = costs(hasty_place, {"sync_time": "3"})
    for row in found.values():
        assert row["finish"] == row["finish_one"] >= row["finish_two"]
        assert (row["best_start"] is None) == (row["best_finish"] is None)
    fit = preview.hour_fit(hasty_place.desk, hasty_place.store, 3, {"include_orders": "all"})
    assert found["all"]["fits"] == fit.fits
    assert found["none"]["fits"]
