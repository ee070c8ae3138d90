"""Custom attributes that only metafields have: when they are read, at what price, and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync import preview, run, survey
from sync.openshop import opened_shop
from sync.sandbox.lightspeed import set_switches
from sync.sandbox.windows import Limits
from tests.conftest import HastyClock, Place, placed
from tests.test_forecast_of_calls import check

ATTRIBUTE = "Montage Minuten"


@pytest.fixture(params=["apart", "named", "nameless"])
def shop(request: pytest.FixtureRequest, place: Place) -> Place:
    """The shop with its three ways of listing metafields; some products have one."""
    set_switches(place.state, metafields=request.param)
    products = [row["id"] for row in place.state.all("product") if row["isVisible"]]
    stamp = "2026-01-01T00:00:00+00:00"
    about = {"createdAt": stamp, "updatedAt": stamp}
    rows = [{"id": 1, **about, "owner": "shop", "ownerId": None, "key": "color", "value": "red"}]
    for at, (pid, value) in enumerate(zip(products, (45, 12.5, "20 of 30"), strict=False)):
        mine = {"owner": "product", "ownerId": pid, "key": "montage_minuten", "value": value}
        rows.append({"id": 90_000_000 + at, **about, **mine})
    place.state.put_many("metafield", rows)
    return place


def metafield_calls(place: Place) -> int:
    return sum("metafields" in call.path for call in place.state.calls(side="lightspeed"))


def sent(place: Place) -> dict[int, object]:
    return {
        pid: row["montage_minuten"]
        for pid, row in place.objects("products").items()
        if "montage_minuten" in row
    }


def test_a_saved_attribute_that_nothing_else_has_is_read_from_metafields(shop: Place):
    shop.run()
    assert sent(shop) == {}
    check(shop, {"custom_attributes": ATTRIBUTE, "include_out_of_stock": "yes"})
    assert set(sent(shop).values()) >= {"45", "12.5", "20 of 30"}
    assert all(isinstance(value, str) for value in sent(shop).values())


@pytest.mark.parametrize(
    ("typed", "value"), [(" Gr&ouml;n\n&amp;\u00adCo ", "Grön &Co"), (True, "1"), (1.5, "1.5")]
)
def test_values_are_plain_and_sent_once(shop: Place, typed: object, value: str):
    shop.set(custom_attributes=ATTRIBUTE, include_out_of_stock="yes")
    for row in shop.state.all("metafield"):
        if row["key"] == "montage_minuten":
            shop.state.edit("metafield", row["id"], value=typed)
    shop.run()
    assert set(sent(shop).values()) == {value}
    with opened_shop(shop.desk, shop.store) as opened:  # as earlier versions kept them
        sql = "SELECT id, updated FROM product WHERE id IN (SELECT product FROM product_metafield)"
        rows = opened.mirror.conn.execute(sql).fetchall()
        raw = [("montage_minuten", str(typed))]
        opened.mirror.put_metafields([(pid, updated, raw) for pid, updated in rows])
        opened.mirror.conn.execute("UPDATE product_metafield SET updated = 0")
    again = shop.run()
    assert again.books["products"]["updated"] == 0
    assert set(sent(shop).values()) == {value}
    assert shop.run(full=True).books["products"]["updated"] == 0


def test_a_draft_pays_for_none_and_says_the_price(shop: Place):
    shop.run()
    before = metafield_calls(shop)
    document = shop.preview({"custom_attributes": ATTRIBUTE})
    unknown = document["entities"]["products"]["unknown"]["metafields"]
    assert unknown["calls"] > 0
    assert unknown["records"] > 0
    found = preview.effect(shop.desk, shop.store, {"custom_attributes": ATTRIBUTE})
    assert next(iter(found.unread.values())) == unknown["calls"]
    draft = {"custom_attributes": ATTRIBUTE}
    assert preview.metafield_calls(shop.desk, shop.store, draft) == unknown["calls"]
    shop.run()
    assert metafield_calls(shop) == before


def test_once_read_they_are_offered_and_cost_nothing(shop: Place):
    shop.set(custom_attributes=ATTRIBUTE)
    shop.run()
    assert "unknown" not in shop.preview()["entities"]["products"]
    (use,) = survey.attribute_uses(shop.desk, shop.store, [ATTRIBUTE])
    assert use["kinds"].keys() == {"metafield"}
    assert preview.metafield_calls(shop.desk, shop.store) == 0
    assert any("metafield" in row["kinds"] for row in survey.attributes(shop.desk, shop.store))
    before = metafield_calls(shop)
    assert shop.run().books["products"]["updated"] == 0
    assert metafield_calls(shop) == before


def test_only_a_changed_product_is_read_again(shop: Place):
    shop.set(custom_attributes=ATTRIBUTE, include_out_of_stock="yes")
    shop.run()
    before, (pid, *_) = metafield_calls(shop), sent(shop)
    (field,) = [
        row
        for row in shop.state.all("metafield")
        if row["ownerId"] == pid and row["key"] == "montage_minuten"
    ][:1]
    shop.state.edit("metafield", field["id"], value="99")
    shop.state.edit("product", pid, title="Anders")
    shop.run()
    assert metafield_calls(shop) == before + 1
    assert "99" in sent(shop)[pid]


def test_an_attribute_found_elsewhere_reads_none(place: Place):
    place.run()
    offered = survey.attributes(place.desk, place.store)
    name = next(row["name"] for row in offered if "specification" in row["kinds"])
    before = metafield_calls(place)
    place.set(custom_attributes=f"{name}, data01")
    place.run()
    assert metafield_calls(place) == before


def test_where_the_windows_end_the_products_do_not_wait(filled: Path, tmp_path: Path):
    limits = Limits(second=1000, five_minutes=70, hour=10_000, day=100_000)
    with placed(filled, tmp_path, limits, HastyClock()) as place:
        place.set(import_orders="no", custom_attributes=ATTRIBUTE)
        row = run.request(place.desk, place.store, "sync")
        row = place.drive(row.id, wait=False)
        assert row.state == "waiting"
        assert len(place.objects("products")) > 10
        row = place.drive(row.id)
        assert row.state == "succeeded"
        assert "unknown" not in place.preview()["entities"]["products"]
        asked = [c.path for c in place.state.calls(side="lightspeed") if "/metafields" in c.path]
        assert len(asked) == len(set(asked))
