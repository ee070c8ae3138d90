"""Files that were lost, brought back or swapped, and numbers that are never given twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import run, setup
from sync.database import StorageError
from sync.ledger import Drift, balanced
from sync.openshop import opened_shop
from sync.store import Desk, Gone
from sync.vault import VaultError
from tests.conftest import PRIVATE, PUBLIC, Place, begun, connect


@pytest.fixture
def small(tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    with begun(request, tiny, tmp_path) as made:
        yield made


def saved(place: Place, name: str, folder: Path) -> Path:
    """A copy of one file of the data folder, which nobody has open."""
    folder.mkdir(exist_ok=True)
    for path in (place.desk.data_dir / name).parent.glob(f"{Path(name).name}*"):
        shutil.copy(path, folder / path.name)
    return folder


def brought_back(place: Place, name: str, folder: Path) -> None:
    target = place.desk.data_dir / name
    for path in target.parent.glob(f"{target.name}*"):
        path.unlink()
    for path in folder.iterdir():
        shutil.copy(path, target.parent / path.name)


# -- an older desk.db -------------------------------------------------------------------------


@pytest.mark.after("sync")
def test_a_desk_that_was_brought_back_goes_on_above_every_run(small: Place, tmp_path: Path):
    backup = saved(small, "desk.db", tmp_path / "backup")
    later = [small.run().id for _ in range(3)]
    brought_back(small, "desk.db", backup)
    small.desk = Desk(small.desk.data_dir)
    done = small.run()
    assert done.id > max(later)
    assert done.state == "succeeded"
    with opened_shop(small.desk, small.store) as shop:
        outcomes = list(shop.journal(done.id).outcomes())
    sent = sum(book[name] for book in done.books.values() for name in ("created", "updated"))
    assert len(outcomes) <= sent + sum(book["removed"] for book in done.books.values())
    assert balanced(done.books)


@pytest.mark.after("sync")
def test_a_desk_brought_back_under_a_living_process_is_noticed(small: Place, tmp_path: Path):
    backup = saved(small, "desk.db", tmp_path / "backup")
    later = [small.run().id for _ in range(2)]
    brought_back(small, "desk.db", backup)
    assert small.run().id > max(later)


@pytest.mark.after("sync")
def test_a_run_that_the_older_desk_holds_for_active_is_over(small: Place, tmp_path: Path):
    queued = run.request(small.desk, small.store, "sync")
    backup = saved(small, "desk.db", tmp_path / "backup")
    small.drive(queued.id)
    small.run()
    brought_back(small, "desk.db", backup)
    desk = Desk(small.desk.data_dir)
    old = desk.run(queued.id)
    assert (old.state, old.finished is not None) == ("cancelled", True)
    assert "brought back" in str(old.message)


@pytest.mark.parametrize("left", ["ledger", "question"])
def test_a_store_made_after_the_backup_leaves_its_number(small: Place, tmp_path: Path, left: str):
    """What is known of it would be another store's."""
    backup = saved(small, "desk.db", tmp_path / "backup")
    desk, shop = small.desk, small.desk.shop("shop")
    names = {"language": "nl", "api_url": small.sandbox.url}
    second = desk.add_store(shop, "Second", public="public-2", private="private-2", **names)
    with opened_shop(desk, second) as file:
        if left == "ledger":
            file.ledger.moved()
        else:
            Drift(file.ledger).note_asked("products", None, 0)
    brought_back(small, "desk.db", backup)
    desk = Desk(desk.data_dir)
    third = desk.add_store(shop, "Third", public="public-3", private="private-3", **names)
    assert third.id > second.id


@pytest.mark.parametrize("what", ["shop", "store", "key", "run"])
def test_a_number_is_never_given_twice(small: Place, what: str):
    desk, url = small.desk, small.sandbox.url
    small.run("refresh")
    shop = desk.shop("shop")
    before = {
        "shop": shop.id,
        "store": small.store.id,
        "key": desk.keys(shop)[0].id,
        "run": desk.runs(small.store)[0].id,
    }
    desk.remove_shop(shop)
    small.store = connect(desk, url)
    after = {
        "shop": desk.shop("shop").id,
        "store": small.store.id,
        "key": desk.keys(desk.shop("shop"))[0].id,
        "run": small.run("refresh").id,
    }
    assert after[what] > before[what]


# -- the shop's file --------------------------------------------------------------------------


@pytest.mark.after("sync")
def test_a_lost_file_is_said_by_the_preview_and_holds_the_run(small: Place):
    small.run()
    confirmed = len(small.confirmed("products"))
    for path in (small.desk.data_dir / "shops").glob("shop.db*"):
        path.unlink()
    small.run("refresh")
    [hold] = [h for h in small.preview()["holds"] if h["entity"] == "products"]
    assert hold == {
        "entity": "products",
        "reason": "ledger_lost",
        "count": confirmed,
        "of": confirmed,
        "limit": 10,
    }
    held = small.run()
    assert held.state == "held"
    run.approve(small.desk, held.id)
    assert small.drive(held.id).state == "succeeded"
    assert small.run().state == "succeeded"


@pytest.mark.after("sync")
def test_a_lost_file_stays_noticed_after_chosen_records_were_sent(small: Place):
    product = min(small.confirmed("products"))
    for path in (small.desk.data_dir / "shops").glob("shop.db*"):
        path.unlink()
    small.run("refresh")
    assert small.run(only=[f"products:{product}"]).state == "succeeded"
    assert small.run().state == "held"


@pytest.mark.after("sync")
def test_an_older_file_of_the_shop_is_said_and_everything_sent_again(small: Place, tmp_path: Path):
    backup = saved(small, "shops/shop.db", tmp_path / "backup")
    product = min(small.objects("products"))
    title = small.state.get("product", product)["title"]
    small.state.edit("product", product, title={**title, "nl": "Nieuw"})
    small.run()
    small.state.edit("product", product, title=title)
    brought_back(small, "shops/shop.db", backup)
    done = small.run()
    log = [line["message"] for line in small.desk.run_log(done.id)]
    assert any("older file of the shop" in line for line in log)
    assert small.objects("products")[product]["name"] == title["nl"]
    again = small.run()
    assert again.books["products"]["updated"] == 0


@pytest.mark.after("sync")
def test_the_file_of_another_shop_is_refused_in_words(small: Place, tmp_path: Path):
    desk = small.desk
    other = desk.add_shop("Other", domain="", cluster="eu1", api_url=small.sandbox.url)
    desk.add_key(other, "7c" * 16, "8d" * 16)
    store = desk.add_store(
        other,
        "Other",
        language="nl",
        public="public-of-other",
        private="private-of-other",
        api_url=small.sandbox.url,
    )
    shutil.copy(desk.data_dir / "shops/shop.db", desk.data_dir / "shops/other.db")
    with pytest.raises(StorageError, match="belongs to another shop"), opened_shop(desk, store):
        pass
    with opened_shop(desk, small.store) as mine:
        assert mine.ledger.version() > 0


# -- the key file -----------------------------------------------------------------------------


def test_no_new_key_is_made_while_there_are_sealed_secrets(small: Place):
    path = small.desk.data_dir / "secret.key"
    path.unlink()
    desk = Desk(small.desk.data_dir)
    with pytest.raises(VaultError, match="is missing in the data folder"):
        desk.add_key(desk.shop("shop"), "7c" * 16, "8d" * 16)
    assert not path.exists()
    desk.remove_shop(desk.shop("shop"))
    connect(desk, small.sandbox.url)
    assert path.exists()


def test_a_key_file_that_is_a_link_is_refused_and_its_target_left_alone(tmp_path: Path):
    target = tmp_path / "elsewhere"
    target.write_text("not ours\n")
    target.chmod(0o644)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret.key").symlink_to(target)
    desk = Desk(folder)
    shop = desk.add_shop("Shop", domain="", cluster="eu1")
    for _ in range(2):
        with pytest.raises(VaultError, match="is a link"):
            desk.add_key(shop, "7c" * 16, "8d" * 16)
        (folder / "secret.key").unlink()
        (folder / "secret.key").symlink_to(tmp_path / "nowhere")
    assert target.read_text() == "not ours\n"
    assert target.stat().st_mode & 0o777 == 0o644
    assert not (tmp_path / "nowhere").exists()


# -- what was removed meanwhile ---------------------------------------------------------------


def removed_and_connected_anew(place: Place) -> None:
    """Another merchant under the same slugs."""
    place.desk.remove_shop(place.desk.shop("shop"))
    connect(place.desk, place.sandbox.url)


ACTIONS = {
    "settings": lambda p, shop: run.change_settings(
        p.desk, p.store, p.desk.settings(p.desk.store("main")).settings, note=""
    ),
    "read settings": lambda p, shop: p.desk.settings(p.store),
    "run": lambda p, shop: run.request(p.desk, p.store, "sync"),
    "only": lambda p, shop: run.request(p.desk, p.store, "sync", only=["products:1"]),
    "refresh": lambda p, shop: run.request(p.desk, p.store, "refresh"),
    "preview": lambda p, shop: run.preview(p.desk, p.store),
    "pause": lambda p, shop: p.desk.pause(p.store, True),
    "resume": lambda p, shop: p.desk.pause(p.store, False),
    "clerk keys": lambda p, shop: p.desk.set_clerk_keys(p.store, PUBLIC, PRIVATE),
    "remove store": lambda p, shop: run.remove_store(p.desk, p.store),
    "reserve": lambda p, shop: p.desk.set_shop(shop, {"reserve": "5"}),
    "add key": lambda p, shop: p.desk.add_key(shop, "9e" * 16, "9f" * 16),
    "remove key": lambda p, shop: p.desk.remove_key(shop, 1),
    "remove shop": lambda p, shop: setup.remove_shop(p.desk, shop, "Shop"),
    "add store": lambda p, shop: p.desk.add_store(
        shop, "New", language="nl", public="public-new", private="private-new"
    ),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("anew", [False, True])
def test_what_was_removed_is_gone_also_where_its_name_is_taken_again(small: Place, action, anew):
    desk, shop = small.desk, small.desk.shop("shop")
    if anew:
        removed_and_connected_anew(small)
    else:
        desk.remove_shop(shop)
        if action == "settings":
            pytest.skip("there is no other store whose settings could be saved")
    before = state_of(desk)
    with pytest.raises(Gone, match="no longer exists"):
        ACTIONS[action](small, shop)
    assert state_of(desk) == before


def state_of(desk: Desk) -> list[object]:
    stores = desk.stores()
    return [desk.shops(), stores, [(desk.history(s), desk.runs(s)) for s in stores]]
