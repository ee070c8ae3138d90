"""Connecting a shop: tried first, stored whole or not at all, removed only by its name."""

from pathlib import Path

import pytest

from sync import setup
from sync.access import Person
from sync.clock import SystemClock
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.sandbox import clerk
from sync.store import Desk, UsageError, shop_lock
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, Place

NEW_KEY, NEW_SECRET = "7c" * 16, "8d" * 16
NEW_PUBLIC, NEW_PRIVATE = "public-of-another-store", "private-of-another-store"
OTHER_PAIR = ("public-of-a-third-store", "private-of-a-third-store")
SECRETS = (*OTHER_PAIR, KEY, SECRET, PUBLIC, PRIVATE, NEW_KEY, NEW_SECRET, NEW_PUBLIC, NEW_PRIVATE)


def try_lightspeed(place: Place, key: str = KEY, secret: str = SECRET, **more):
    asked = {"cluster": "eu1", "api_url": place.sandbox.url, "clock": place.desk.clock, **more}
    return setup.try_lightspeed(key=key, secret=secret, **asked)


def form(place: Place, **changes):
    place.state.add_key(NEW_KEY, NEW_SECRET)
    clerk.add_store(place.state, NEW_PUBLIC, NEW_PRIVATE, "Dutch")
    clerk.add_store(place.state, *OTHER_PAIR, "German")
    store = {
        "name": "Dutch",
        "language": "nl",
        "public": NEW_PUBLIC,
        "private": NEW_PRIVATE,
        "api_url": place.sandbox.url,
    }
    german = {**store, "name": "German", "language": "de"}
    german |= dict(zip(("public", "private"), OTHER_PAIR, strict=True))
    return {
        "name": "Fiets & Zo",
        "domain": "https://www.fiets.example/",
        "cluster": "eu1",
        "api_url": place.sandbox.url,
        "key": NEW_KEY,
        "secret": NEW_SECRET,
        "stores": [store, german],
        **changes,
    }


def stored(desk: Desk) -> tuple[int, ...]:
    return len(desk.shops()), len(desk.stores()), len(desk.queue())


# -- trying keys


def test_a_good_key_tells_what_the_shop_is(strict_place: Place):
    found = try_lightspeed(strict_place)
    assert found["cluster"] == "eu1"
    assert found["rights"] == dict.fromkeys(setup.AREAS, True)
    assert found["shop"]["domain"]
    assert {row["code"] for row in found["languages"] if row["active"]} >= {"nl"}
    assert {row["window"]: row["limit"] for row in found["limits"]} == {
        "5min": 300,
        "hour": 3000,
        "day": 12000,
    }


def test_a_key_without_rights_tells_which_are_missing(place: Place):
    place.state.add_key(NEW_KEY, NEW_SECRET, ["products", "settings"])
    found = try_lightspeed(place, NEW_KEY, NEW_SECRET)
    missing = [area for area, right in found["rights"].items() if not right]
    assert missing == ["orders", "customers", "content"]
    place.state.add_key("9e" * 16, NEW_SECRET, ["products"])
    assert try_lightspeed(place, "9e" * 16, NEW_SECRET)["shop"] is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "0f" * 16}, "refused the key"),
        ({"secret": "0f" * 16}, "refused the key"),
        ({"key": " "}, "both needed"),
        ({"cluster": "eu9"}, "allowed: eu1, us1"),
        ({"api_url": "http://127.0.0.1:9"}, "no connection"),
        ({"api_url": "http://shop.example"}, "by https"),
    ],
)
def test_a_bad_key_is_one_line(place: Place, changes, message: str):
    with pytest.raises(UsageError, match=message) as caught:
        try_lightspeed(place, **changes)
    assert "\n" not in str(caught.value)


def test_good_clerk_keys_are_proved(place: Place):
    found = setup.try_clerk(
        api_url=place.sandbox.url, public=PUBLIC, private=PRIVATE, clock=SystemClock()
    )
    assert found == {"public": True, "private": True}


@pytest.mark.parametrize("pair", [(PUBLIC, "wrong"), ("wrong", PRIVATE), (PUBLIC, "")])
def test_bad_clerk_keys_are_one_line(place: Place, pair):
    with pytest.raises(UsageError) as caught:
        setup.try_clerk(
            api_url=place.sandbox.url, public=pair[0], private=pair[1], clock=SystemClock()
        )
    assert "\n" not in str(caught.value)


# -- connecting


def test_a_form_makes_shop_key_stores_and_their_first_refreshes(place: Place):
    desk = place.desk.on_behalf(Person.local("anna"))
    shop = setup.connect(desk, form(place))
    assert (shop.slug, shop.domain) == ("fiets-zo", "www.fiets.example")
    stores = place.desk.stores(shop)
    assert [store.slug for store in stores] == ["dutch", "german"]
    assert [key.key.reveal() for key in place.desk.keys(shop)] == [NEW_KEY]
    for store in stores:
        queued = place.desk.active_run(store)
        assert (queued.kind, queued.state, queued.who) == ("refresh", "queued", "anna")
        assert place.drive(queued.id).state == "succeeded"


BAD = {
    "name": ({"name": "!"}, ["name"]),
    "taken name": ({"name": "shop"}, ["name"]),
    "cluster": ({"cluster": ""}, ["cluster"]),
    "domain": ({"domain": "a b"}, ["domain"]),
    "known key": ({"key": KEY}, ["key"]),
    "keys": ({"key": "", "secret": " "}, ["key", "secret"]),
    "no store": ({"stores": []}, ["stores"]),
    "everything": (
        {"name": "", "stores": [{}]},
        ["name", "stores.0.name", "stores.0.language", "stores.0.public", "stores.0.private"],
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_form_names_every_bad_field_and_stores_nothing(place: Place, bad: str):
    changes, fields = BAD[bad]
    before = stored(place.desk)
    with pytest.raises(setup.FormError) as caught:
        setup.connect(place.desk, form(place, **changes))
    assert list(caught.value.errors) == fields
    assert stored(place.desk) == before


def test_clerk_is_asked_for_each_stores_keys_before_anything_is_stored(place: Place):
    good = form(place)
    stores = [{**row, "private": f"wrong-{n}"} for n, row in enumerate(good["stores"])]
    before = stored(place.desk)
    with pytest.raises(setup.FormError) as caught:
        setup.connect(place.desk, {**good, "domain": "a b", "stores": stores})
    assert list(caught.value.errors) == ["domain", "stores.0.private", "stores.1.private"]
    assert stored(place.desk) == before


def test_what_was_said_of_the_keys_is_kept(place: Place):
    good = form(place)
    shop = setup.connect(place.desk, good, try_lightspeed(place, NEW_KEY, NEW_SECRET))
    check = place.desk.key_check(shop)
    assert check.rights == dict.fromkeys(setup.AREAS, True)
    assert "nl" in check.languages
    assert [place.desk.key_check(store).private for store in place.desk.stores(shop)] == [True] * 2


def test_two_stores_of_one_name_or_one_public_key_are_refused(place: Place):
    good = form(place)
    twice = {**good, "stores": [good["stores"][0]] * 2}
    assert set(setup.form_errors(place.desk, twice)) == {"stores.1.name", "stores.1.public"}
    taken = {**good, "stores": [{**good["stores"][0], "public": PUBLIC}]}
    assert set(setup.form_errors(place.desk, taken)) == {"stores.0.public"}


def test_what_fails_half_way_leaves_nothing(place: Place, monkeypatch):
    monkeypatch.setattr(Desk, "queue_run", full_disk)
    before = stored(place.desk)
    with pytest.raises(OSError, match="disk is full"):
        setup.connect(place.desk, form(place))
    assert stored(place.desk) == before
    assert [shop.slug for shop in place.desk.shops()] == ["shop"]


def full_disk(*_: object, **__: object) -> None:
    raise OSError("disk is full")


# -- changing and removing


def test_a_key_is_replaced_only_by_one_that_works(place: Place):
    desk, shop = place.desk, place.desk.shop("shop")
    place.run("refresh")
    [old] = desk.keys(shop)
    with pytest.raises(UsageError, match="refused the key"):
        setup.rotate_key(desk, shop, old.id, NEW_KEY, NEW_SECRET)
    assert [key.id for key in desk.keys(shop)] == [old.id]
    place.state.add_key(NEW_KEY, NEW_SECRET)
    added = setup.rotate_key(desk, shop, old.id, NEW_KEY, NEW_SECRET)
    assert [(key.id, key.key.reveal()) for key in desk.keys(shop)] == [(added, NEW_KEY)]
    assert place.run("refresh").state == "succeeded"


def test_a_key_of_another_shop_is_refused(place: Place):
    desk, shop = place.desk, place.desk.shop("shop")
    place.run("refresh")
    [old] = desk.keys(shop)
    place.state.add_key(NEW_KEY, NEW_SECRET)
    become_another_shop(place)
    with pytest.raises(UsageError, match="another shop"):
        setup.rotate_key(desk, shop, old.id, NEW_KEY, NEW_SECRET)
    assert [key.id for key in desk.keys(shop)] == [old.id]


def become_another_shop(place: Place) -> None:
    with opened_shop(place.desk, place.store) as shop:
        known = shop.mirror.fact(facts.SHOP)
        shop.mirror.note(facts.SHOP, {**known, "id": known["id"] + 1})


def test_a_key_in_use_stays(place: Place):
    desk, shop = place.desk, place.desk.shop("shop")
    [old] = desk.keys(shop)
    place.state.add_key(NEW_KEY, NEW_SECRET)
    with shop_lock(desk.data_dir, shop.slug), pytest.raises(UsageError, match="is using the key"):
        setup.rotate_key(desk, shop, old.id, NEW_KEY, NEW_SECRET)
    assert [key.id for key in desk.keys(shop)] == [old.id]


@pytest.mark.after("sync")
def test_clerk_keys_are_replaced_only_by_ones_that_work(place: Place):
    clerk.add_store(place.state, NEW_PUBLIC, NEW_PRIVATE, "Another")
    for pair, message in (((PUBLIC, "wrong"), "private"), ((NEW_PUBLIC, NEW_PRIVATE), "new store")):
        with pytest.raises(UsageError, match=message):
            setup.rotate_clerk_keys(place.desk, place.store, *pair)
    assert place.desk.clerk_keys(place.store)[1].reveal() == PRIVATE
    changed = setup.rotate_clerk_keys(place.desk, place.store, PUBLIC, PRIVATE)
    assert place.desk.clerk_keys(changed)[0].reveal() == PUBLIC


def test_the_public_key_may_change_before_anything_was_sent(place: Place):
    clerk.add_store(place.state, NEW_PUBLIC, NEW_PRIVATE, "Another")
    changed = setup.rotate_clerk_keys(place.desk, place.store, NEW_PUBLIC, NEW_PRIVATE)
    assert place.desk.clerk_keys(changed)[0].reveal() == NEW_PUBLIC


def test_a_shop_is_edited_whole_or_not_at_all(place: Place):
    desk, shop = place.desk, place.desk.shop("shop")
    with pytest.raises(setup.FormError) as caught:
        setup.edit_shop(desk, shop, {"name": "Other", "domain": "a b", "cluster": "x"})
    assert list(caught.value.errors) == ["domain", "cluster"]
    assert desk.shop("shop") == shop
    changed = setup.edit_shop(desk, shop, {"name": "Other", "reserve": "25"})
    assert (changed.slug, changed.name, changed.reserve) == ("shop", "Other", 25)


def test_a_shop_is_removed_only_by_its_name(place: Place):
    desk, shop = place.desk, place.desk.shop("shop")
    place.run("refresh")
    path: Path = desk.shop_file(shop)
    for typed in ("", "shop", "Sho"):
        with pytest.raises(UsageError, match="type its name"):
            setup.remove_shop(desk, shop, typed)
    assert path.exists()
    setup.remove_shop(desk, shop, " Shop ")
    assert stored(desk) == (0, 0, 0)
    assert not path.exists()


def test_nothing_that_is_returned_shows_a_key(place: Place):
    clerk.add_store(place.state, NEW_PUBLIC, NEW_PRIVATE, "Another")
    told = [try_lightspeed(place)]
    for attempt in (
        lambda: try_lightspeed(place, NEW_KEY, NEW_SECRET),
        lambda: setup.connect(place.desk, form(place, name="", stores=[{}])),
        lambda: setup.try_clerk(
            api_url=place.sandbox.url, public=PUBLIC, private=SECRET, clock=SystemClock()
        ),
    ):
        with pytest.raises(UsageError) as caught:
            attempt()
        told += [caught.value, vars(caught.value)]
    told.append(setup.connect(place.desk, form(place)))
    shown = repr(told) + str(told)
    assert not [secret for secret in SECRETS if secret in shown]
