"""The change that brings back most of a set, and the attributes that a product lacks."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from sync import answers, survey
from sync.cli import main
from sync.openshop import opened_shop
from tests.conftest import Place


def going(place: Place, draft: Mapping[str, str] | None = None) -> set[int]:
    return {
        line["id"]
        for line in place.records(dict(draft or {}) or None)
        if line["entity"] == "products" and line["action"] in ("create", "update", "unchanged")
    }


def going_orders(place: Place, draft: Mapping[str, str] | None = None) -> set[int]:
    """Those that go, or follow as soon as their lines are here."""
    return {
        line["id"]
        for line in place.records(dict(draft or {}) or None)
        if line["entity"] == "orders" and line["reasons"] in ([], ["lines_pending"])
    }


@pytest.mark.after("sync")
def test_the_change_brings_back_what_it_says_and_no_reason_s_own_brings_more(
    place: Place, capsys: pytest.CaptureFixture[str]
):
    now = going(place)
    left = {
        line["id"]
        for line in place.records()
        if line["entity"] == "products" and line["action"] in ("skip", "remove")
    }
    found = answers.brings_back(place.desk, place.store, "products", answers.by_action("skip"))
    assert found is not None
    then = going(place, found.settings)
    assert found.left_out == len(left) > 0
    assert found.records == len(then & left) > 0
    assert found.others == len(then - now - left)
    for change in ({"include_out_of_stock": "yes"}, {"include_free_products": "yes"}):
        assert len(going(place, change) & left) <= found.records
    words = ["contrast", "main", "products", "--action", "skip", "--cure", "--json"]
    assert main([*words, "--data", str(place.desk.data_dir)]) == 0
    assert json.loads(capsys.readouterr().out)["cure"]["settings"] == found.settings


@pytest.mark.after("sync")
@pytest.mark.parametrize(
    "accepted",
    ["completed", "completed_shipped", "completed, completed_shipped, completed_picked_up"],
)
def test_of_orders_no_single_status_brings_back_more(place: Place, accepted: str):
    place.set(accepted_order_statuses=accepted)
    first = min(place.state.all("order"), key=lambda order: order["id"])
    place.state.edit("order", first["id"], status="on_hold")  # the only one, and the first by id
    place.run()
    chosen = answers.by_reason("status_not_accepted")
    found = answers.brings_back(place.desk, place.store, "orders", chosen)
    assert found is not None
    now = going_orders(place)
    assert found.records == len(going_orders(place, found.settings) - now)
    for row in survey.statuses(place.desk, place.store):
        name = row["title"] or row["status"]
        change = {"accepted_order_statuses": f'{accepted}, "{name}"'}
        assert len(going_orders(place, change) - now) <= found.records


@pytest.mark.after("sync")
def test_what_goes_needs_no_change(place: Place):
    chosen = answers.by_action("unchanged")
    assert answers.brings_back(place.desk, place.store, "products", chosen) is None


@pytest.mark.after("sync")
def test_a_name_that_a_product_lacks_is_told_with_the_nearest_that_there_are(
    place: Place, capsys: pytest.CaptureFixture[str]
):
    with opened_shop(place.desk, place.store) as shop:
        (product,) = shop.mirror.conn.execute(
            "SELECT id FROM product WHERE lang = 'nl' AND json_array_length(flat, '$.specs') > 0"
            " ORDER BY id LIMIT 1"
        ).fetchone()
        (own,) = shop.mirror.conn.execute(
            "SELECT flat ->> '$.specs[0].name' FROM product WHERE lang = 'nl' AND id = ?", [product]
        ).fetchone()
    names = [row["name"] for row in survey.attributes(place.desk, place.store)]
    assert own in names
    place.set(custom_attributes=f"{own}, {own}x, Nothingofthekind")
    found = {each.typed: each for each in answers.lacking(place.desk, place.store, product)}
    assert list(found) == [f"{own}x", "Nothingofthekind"]
    assert own in found[f"{own}x"].here
    assert list(found["Nothingofthekind"].here) == []
    assert {"specification", "filter"} <= set(found[f"{own}x"].looked_in)
    words = ["explain", "main", "product", str(product), "--json"]
    main([*words, "--data", str(place.desk.data_dir)])
    told = json.loads(capsys.readouterr().out)["lacking"]
    assert [each["typed"] for each in told] == list(found)
