"""How shops stand: what is wrong with keys, rights and stores, and what counts as mended."""

from __future__ import annotations

import pytest

from sync import setup
from sync.errors import Message
from sync.openshop import budget_of
from sync.store import KeyCheck
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, Place

NEW_KEY, NEW_SECRET = "7c" * 16, "8d" * 16


def standing(place: Place) -> setup.ShopStanding:
    return setup.shop_standing(place.desk, place.desk.shop("shop"))


def test_a_shop_that_nobody_asked_about_is_unchecked_and_fits_once_it_is_read(place: Place):
    assert standing(place).codes == ("unchecked",)
    place.run("refresh")
    assert standing(place).codes == ("fits",)


def test_the_first_read_is_said_while_it_goes_on(place: Place):
    place.desk.queue_run(place.store, "refresh", trigger="manual")
    assert standing(place).codes == ("reading",)


def test_a_refused_key_is_said_until_another_one_is_taken(place: Place):
    place.state.remove_key(KEY)
    place.run("refresh")
    [trouble] = standing(place).troubles
    assert (trouble.code, len(trouble.keys)) == ("keys_refused", 1)
    assert trouble.said is not None
    place.state.add_key(NEW_KEY, NEW_SECRET)
    shop = place.desk.shop("shop")
    setup.rotate_key(place.desk, shop, trouble.keys[0], NEW_KEY, NEW_SECRET)
    assert standing(place).codes == ("fits",)


def test_one_of_two_keys_that_is_refused_is_said_too(place: Place):
    place.desk.add_key(place.desk.shop("shop"), NEW_KEY, NEW_SECRET)
    setup.check_shop(place.desk, place.desk.shop("shop"))
    [trouble] = standing(place).troubles
    assert (trouble.code, trouble.keys) == ("key_refused", (2,))


def test_a_key_of_the_other_cluster_is_told_from_a_dead_one(place: Place):
    shop = place.desk.shop("shop")
    budget_of(place.desk, shop).refuse(1)
    said = Message("lightspeed.wrong_cluster", key="•••5a5a", cluster="eu1", other="us1")
    place.desk.keep_key_check(shop, KeyCheck(place.desk.clock.now(), said))
    assert standing(place).codes == ("wrong_cluster",)


@pytest.mark.parametrize(
    ("settings", "codes"),
    [({"include_customers": "no"}, ("fits",)), ({"include_customers": "yes"}, ("right_missing",))],
)
def test_a_right_is_missing_only_where_settings_need_it(place: Place, settings, codes):
    place.state.add_key(KEY, SECRET, ["products", "orders", "content", "settings"])
    place.set(**settings)
    setup.check_shop(place.desk, place.desk.shop("shop"))
    assert standing(place).codes == codes
    assert standing(place).check.rights["customers"] is False


def test_refused_clerk_keys_are_said_until_they_are_taken(place: Place):
    place.run("refresh")
    place.desk.set_clerk_keys(place.store, PUBLIC, "no longer the private key")
    assert place.run().state == "failed"
    [trouble] = standing(place).troubles
    assert (trouble.code, trouble.store.slug) == ("clerk_refused", "main")
    setup.rotate_clerk_keys(place.desk, place.store, PUBLIC, PRIVATE)
    assert standing(place).codes == ("fits",)


def test_a_language_that_the_shop_no_longer_has_and_a_shop_without_store_are_said(place: Place):
    shop = place.desk.shop("shop")
    place.desk.keep_key_check(shop, KeyCheck(1.0, languages=("de", "en")))
    assert standing(place).codes == ("language_inactive",)
    place.desk.remove_store(place.store)
    assert standing(place).codes == ("no_store",)


def test_the_worst_comes_first(place: Place):
    for name in ("Aa", "Zz"):
        place.desk.add_key(place.desk.add_shop(name, domain="", cluster="eu1"), name * 16, SECRET)
    budget_of(place.desk, place.desk.shop("zz")).refuse(3)
    found = [each.shop.slug for each in setup.shop_standings(place.desk)]
    assert found == ["zz", "aa", "shop"]
