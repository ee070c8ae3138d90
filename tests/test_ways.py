"""Both ways of reading products, and what decides between them."""

import pytest

from sync.mirror import facts
from sync.openshop import opened_shop
from sync.sandbox.faults import Fault
from sync.sandbox.lightspeed.switchboard import set_switches
from sync.sandbox.state import AREAS
from tests.conftest import KEY, SECRET, Place


@pytest.fixture
def hasty(place: Place) -> Place:
    """The shop with windows off, where no pause takes time."""
    return place


def refused(place: Place) -> bool:
    with opened_shop(place.desk, place.store) as shop:
        return bool(shop.mirror.fact(facts.CATALOG_REFUSED))


@pytest.mark.parametrize("status", ["403", "404", "405"])
@pytest.mark.parametrize("read_before", [True, False])
def test_where_catalog_is_refused_products_are_read_the_other_way(
    hasty: Place, status: str, read_before: bool
):
    if read_before:
        hasty.run()
    before = hasty.objects("products")
    set_switches(hasty.state, catalog=status)
    done = hasty.run(full=True)
    assert done.state == "succeeded", done.message
    assert refused(hasty)
    assert hasty.objects("products")
    if read_before:
        assert hasty.objects("products") == before


@pytest.mark.after("sync")
@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_web_page_is_no_refusal(hasty: Place, status: int):
    before = hasty.objects("products")
    block = Fault("lightspeed", "html", path="/catalog", code=status, times=4)
    hasty.state.faults.add(block)
    done = hasty.run(full=True)
    assert done.state == "succeeded", done.message
    assert not refused(hasty)
    hasty.state.faults.add(Fault("lightspeed", "html", path="/catalog", code=status))
    done = hasty.run(full=True)
    assert done.state not in ("succeeded", "partial")
    assert not refused(hasty)
    assert hasty.objects("products") == before


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_that_is_not_repeated_changes_nothing(hasty: Place, status: int):
    fault = Fault("lightspeed", "status", path="/(catalog|orders|customers)", code=status, times=1)
    hasty.state.faults.add(fault)
    hasty.set(include_customers="yes")
    done = hasty.run()
    assert done.state == "succeeded", done.message
    assert not refused(hasty)


@pytest.mark.after("sync")
def test_a_key_without_the_right_to_read_products_fails_and_says_so(hasty: Place):
    before = hasty.objects("products")
    hasty.state.remove_key(KEY)
    hasty.state.add_key(KEY, SECRET, [area for area in AREAS if area != "products"])
    done = hasty.run(full=True)
    assert done.state == "failed"
    assert "read products" in str(done.message)
    assert not refused(hasty)
    assert hasty.objects("products") == before


def test_catalog_is_tried_again_the_next_day(hasty: Place):
    set_switches(hasty.state, catalog="403")
    hasty.run()
    set_switches(hasty.state, catalog="on")
    hasty.run()
    assert refused(hasty)
    lacking = hasty.objects("products")
    hasty.desk.clock.sleep(90_000)
    assert hasty.run().state == "succeeded"
    assert not refused(hasty)
    # What only catalog has in bulk is there now, as after a whole read.
    found = hasty.objects("products")
    assert found != lacking
    assert hasty.run(full=True).state == "succeeded"
    assert hasty.objects("products") == found


@pytest.mark.after("sync")
def test_catalog_that_is_refused_between_whole_reads_is_noticed(hasty: Place):
    product = min(hasty.objects("products"))
    for status in ("404", "403"):
        set_switches(hasty.state, catalog=status)
        hasty.state.edit("product", product, title={"nl": f"Titel {status}"})
        done = hasty.run()
        assert done.state == "succeeded", done.message
        assert hasty.objects("products")[product]["name"] == f"Titel {status}"


def test_on_the_other_way_changes_are_read_singly(hasty: Place):
    set_switches(hasty.state, catalog="403")
    hasty.run()
    product = min(hasty.objects("products"))
    variants = [v for v in hasty.state.all("variant") if v["product"] == product]
    hasty.state.edit("product", product, title={"nl": "Andere titel"})
    hasty.state.edit("variant", variants[0]["id"], priceIncl=1.5, priceExcl=1.25)
    link = next(v for v in hasty.state.all("category_product") if v["product"] == product)
    hasty.state.delete("category_product", link["id"])
    done = hasty.run()
    assert done.state == "succeeded", done.message
    assert done.books["products"]["updated"] == 1
    sent = hasty.objects("products")[product]
    assert sent["name"] == "Andere titel"
    assert 1.5 in [*sent["variant_prices"], sent["price"]]
    quiet = hasty.run()
    assert quiet.calls["lightspeed"]["total"] <= 6
    hasty.run(full=True)
    assert hasty.objects("products")[product] == sent


def test_what_is_new_on_the_other_way_has_its_brand(hasty: Place):
    set_switches(hasty.state, catalog="403")
    hasty.run()
    product = hasty.state.get("product", min(hasty.objects("products")))
    brand = hasty.state.put("brand", {"title": {"nl": "Nieuw merk"}, "url": {"nl": "nieuw"}})
    hasty.state.edit("product", product["id"], brand=brand)
    assert hasty.run().state == "succeeded"
    assert hasty.objects("products")[product["id"]]["brand"] == "Nieuw merk"
