"""What a changed catalogue costs and brings, whatever catalog makes of `updated_at_min`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync import run
from sync.extract.filtered import MONTH
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.sandbox.faults import Fault
from sync.sandbox.lightspeed.switchboard import set_switches
from tests.conftest import NO_LIMITS, HastyClock, Left, Place, again, placed
from tests.lives import KILLED, AfterCall, AtStatement, BeforeCall, Death, live

HOUR = 3600
SETTINGS = {"page_size": "10", "import_orders": "no", "removal_limit_percent": "100"}


@pytest.fixture(scope="module")
def left(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """What syncs of the shop in pages of ten left behind, hours ago."""
    folder, clock = tmp_path_factory.mktemp("left"), HastyClock()
    with placed(filled, folder, NO_LIMITS, clock, settings=SETTINGS) as made:
        made.run()
        settle(made)
    return Left(folder, clock.skipped)


@pytest.fixture
def shop(left: Left, tmp_path: Path) -> Iterator[Place]:
    with again(left, tmp_path) as made:
        yield made


def settle(place: Place) -> None:
    """Let so much time pass that nothing which was changed before is listed again."""
    later(place, 4 * HOUR)
    assert place.run().state == "succeeded"
    later(place, HOUR)


def later(place: Place, seconds: float) -> None:
    assert isinstance(place.desk.clock, HastyClock)
    place.desk.clock.sleep(seconds)


def lowest(place: Place, n: int) -> list[int]:
    """The first products of the shop, which the last page of catalog has."""
    return [row["id"] for row in place.state.all("product")[:n]]


def edit_products(place: Place, n: int) -> None:
    for pid in lowest(place, n):
        place.state.edit("product", pid, title={"nl": f"Anders {pid}"})


def edit_variants(place: Place, n: int) -> None:
    chosen = {each["product"]: each for each in place.state.all("variant")}
    for pid in lowest(place, n):
        place.state.edit("variant", chosen[pid]["id"], stockLevel=77, sku="anders")


def add_products(place: Place, n: int) -> None:
    model = place.state.all("product")[-1]
    bare = {name: value for name, value in model.items() if name not in ("createdAt", "updatedAt")}
    for number in range(1, n + 1):
        pid = place.state.put("product", {**bare, "id": model["id"] + number})
        variant = {"product": pid, "isDefault": True, "title": "Default", "tax": 0.21}
        place.state.put("variant", {**variant, "priceExcl": 10, "priceIncl": 12.1})


def delete_products(place: Place, n: int) -> None:
    for pid in lowest(place, n):
        place.state.delete("product", pid)


def orphan_variants(place: Place, n: int) -> None:
    for pid in lowest(place, n):
        mine = [each for each in place.state.all("variant") if each["product"] == pid]
        place.state.delete("product", pid, orphan=True)
        for each in mine:
            place.state.edit("variant", each["id"], stockLevel=3)


def edit_all_sorts(place: Place, n: int) -> None:
    edit_variants(place, 2 * n)
    edit_products(place, n)
    add_products(place, n)


KINDS: dict[str, Callable[[Place, int], None]] = {
    "products": edit_products,
    "variants": edit_variants,
    "new": add_products,
    "gone": delete_products,
    "orphans": orphan_variants,
    "all sorts": edit_all_sorts,
}


def catalog_calls(place: Place, since: int) -> tuple[int, int, int]:
    """Calls to catalog: by the filter, for single products, and pages of the whole list."""
    calls = [each for each in place.state.calls(since, "lightspeed") if "/catalog" in each.path]
    pages = [each for each in calls if each.path.endswith("/catalog.json")]
    single = sum("/catalog/" in each.path and "count" not in each.path for each in calls)
    filtered = sum("updated_at_min" in each.query for each in pages)
    return filtered, single, len(pages) - filtered


def last_call(place: Place) -> int:
    return place.state.calls()[-1].seq


def run_counted(place: Place, **options: Any) -> tuple[int, int, int]:
    since = last_call(place)
    done = place.run(**options)
    assert done.state == "succeeded", (done.message, done.errors)
    return catalog_calls(place, since)


def is_right(place: Place) -> None:
    """What was read is what a whole read brings."""
    sent, held = place.objects("products"), revisions(place)
    assert place.run(full=True).state == "succeeded"
    assert revisions(place) == held
    assert place.objects("products") == sent
    assert {row["id"] for row in place.state.all("product")} == held.keys()


def revisions(place: Place) -> dict[int, tuple[int, int]]:
    with opened_shop(place.desk, place.store) as opened:
        rows = opened.mirror.stream("SELECT id, rev, updated FROM product WHERE lang = 'nl'")
        return {row[0]: (row[1], row[2]) for row in rows}


def learnt(place: Place) -> set[str]:
    with opened_shop(place.desk, place.store) as opened:
        return {*opened.mirror.fact(facts.CATALOG_FILTER)}


# What catalog does with the filter, the kind of change, how many products, and the calls to
# catalog: by the filter, singly (one to compare with), whole pages (of which 60 products take six).
TABLE = [
    *((kept, kind, 0, (0, 0, 0)) for kept in ("kept", "ignored") for kind in ("products", "new")),
    *(
        (kept, kind, 3, (0, 3, 0))
        for kept in ("kept", "products", "ignored", "refused")
        for kind in ("products", "variants", "new")
    ),
    ("kept", "products", 12, (2, 1, 0)),
    ("products", "products", 12, (2, 1, 0)),
    ("ignored", "products", 12, (1, 0, 6)),
    ("refused", "products", 12, (1, 0, 6)),
    ("kept", "products", 60, (6, 1, 0)),
    ("products", "products", 60, (6, 1, 0)),
    ("ignored", "products", 60, (6, 1, 0)),
    ("refused", "products", 60, (1, 0, 6)),
    ("kept", "variants", 12, (2, 1, 0)),
    ("products", "variants", 12, (1, 0, 6)),
    ("ignored", "variants", 12, (1, 0, 6)),
    ("refused", "variants", 12, (1, 0, 6)),
    ("kept", "new", 25, (3, 1, 0)),
    ("products", "new", 25, (3, 1, 0)),
    ("ignored", "new", 25, (3, 0, 0)),
    ("refused", "new", 25, (1, 0, 9)),
    ("kept", "all sorts", 8, (3, 1, 0)),
    ("products", "all sorts", 8, (3, 9, 0)),
    ("ignored", "all sorts", 8, (1, 0, 7)),
    ("refused", "all sorts", 8, (1, 0, 7)),
    *((kept, "gone", 3, (0, 3, 6)) for kept in ("kept", "ignored")),
]


@pytest.mark.parametrize(("kept", "kind", "n", "calls"), TABLE)
def test_the_first_change(shop: Place, kept: str, kind: str, n: int, calls: tuple[int, int, int]):
    set_switches(shop.state, catalog_filters=kept)
    KINDS[kind](shop, n)
    assert run_counted(shop) == calls
    is_right(shop)


# What catalog does, what is known of that, and the calls to catalog for changes of each kind.
LATER = [
    ("kept", {"kept"}, {"products": (1, 0, 0), "variants": (1, 0, 0), "new": (1, 0, 0)}),
    ("products", {"kept", "variants"}, {"products": (1, 0, 0), "variants": (0, 5, 0)}),
    ("ignored", {"broken"}, {"products": (0, 5, 0), "variants": (0, 5, 0), "new": (0, 5, 0)}),
    ("refused", {"broken"}, {"products": (0, 5, 0), "variants": (0, 5, 0), "new": (0, 5, 0)}),
]


@pytest.mark.parametrize(("kept", "known", "kinds"), LATER)
def test_later_changes(
    shop: Place, kept: str, known: set[str], kinds: dict[str, tuple[int, int, int]]
):
    set_switches(shop.state, catalog_filters=kept)
    learn(shop)
    assert learnt(shop) == known
    for kind, calls in kinds.items():
        settle(shop)
        KINDS[kind](shop, 5)
        assert run_counted(shop) == calls, kind
        assert learnt(shop) == known
    is_right(shop)


def learn(place: Place) -> None:
    """Find out what catalog does."""
    edit_all_sorts(place, 12)
    place.run()
    settle(place)


def test_what_was_found_out_holds_for_a_month(shop: Place):
    set_switches(shop.state, catalog_filters="ignored")
    learn(shop)
    set_switches(shop.state, catalog_filters="kept")
    edit_products(shop, 11)
    assert run_counted(shop)[0] == 0
    later(shop, MONTH)
    settle(shop)
    edit_products(shop, 12)
    assert run_counted(shop) == (2, 1, 0)
    assert learnt(shop) == {"kept"}
    is_right(shop)


def test_variants_are_tried_again_after_a_month(shop: Place):
    set_switches(shop.state, catalog_filters="products")
    learn(shop)
    set_switches(shop.state, catalog_filters="kept")
    later(shop, MONTH)
    settle(shop)
    edit_variants(shop, 5)
    assert run_counted(shop) == (1, 0, 0)
    assert learnt(shop) == {"kept"}
    is_right(shop)


@pytest.mark.parametrize("then", ["products", "ignored", "refused"])
def test_who_kept_to_it_once_is_compared_each_time(shop: Place, then: str):
    set_switches(shop.state, catalog_filters="kept")
    learn(shop)
    assert learnt(shop) == {"kept"}
    set_switches(shop.state, catalog_filters=then)
    edit_variants(shop, 5)
    assert run_counted(shop) == (1, 5, 0)
    assert learnt(shop) == ({"kept", "variants"} if then == "products" else {"broken"})
    is_right(shop)


def test_a_product_as_it_was_is_not_believed(shop: Place):
    set_switches(shop.state, catalog_filters="kept")
    learn(shop)
    edit_products(shop, 5)
    old = Fault(
        "lightspeed", "bytes", path="/catalog\\.json", find='"updatedAt":"20', put='"updatedAt":"19'
    )
    shop.state.faults.add(old)
    assert run_counted(shop) == (1, 1, 0)
    assert learnt(shop) == {"broken"}
    shop.state.faults.clear()
    is_right(shop)


def test_a_product_that_is_another_one_singly_is_not_believed(shop: Place):
    set_switches(shop.state, catalog_filters="kept")
    edit_products(shop, 12)
    variants = [each["product"] for each in shop.state.all("variant")]
    product = max(lowest(shop, 12), key=variants.count)
    shop.state.edit("product", product, title={"nl": "Zo is het"})
    path, put = "/catalog[.]json", '"title":"Zo was het"'
    odd = Fault("lightspeed", "bytes", path=path, find='"title":"Zo is het"', put=put)
    shop.state.faults.add(odd)
    assert run_counted(shop) == (2, 1, 6)
    assert learnt(shop) == {"broken"}
    shop.state.faults.clear()
    assert shop.run(full=True).state == "succeeded"
    assert shop.objects("products").get(product, {"name": "Zo is het"})["name"] == "Zo is het"
    is_right(shop)


def test_a_product_without_a_variant_that_it_had_is_asked_for_singly(shop: Place):
    set_switches(shop.state, catalog_filters="kept")
    learn(shop)
    variants = [each["product"] for each in shop.state.all("variant")]
    product = next(pid for pid in lowest(shop, 60) if variants.count(pid) > 1)
    edit_products(shop, 5)
    shop.state.edit("product", product, title={"nl": "Weniger"})
    gone = [each["id"] for each in shop.state.all("variant") if each["product"] == product][-1]
    shop.state.delete("variant", gone)
    assert run_counted(shop)[:2] == (1, 1)
    assert learnt(shop) == {"kept"}
    is_right(shop)


@pytest.mark.parametrize("kept", ["kept", "products", "ignored"])
def test_an_api_that_ends_its_pages_early_leaves_nothing_out(shop: Place, kept: str):
    set_switches(shop.state, catalog_filters=kept, page_cap=4)
    edit_products(shop, 50)
    done = shop.run()
    assert done.state == ("partial" if kept == "ignored" else "succeeded")
    set_switches(shop.state, page_cap=0)
    assert shop.run().state == "succeeded"
    is_right(shop)


@pytest.mark.parametrize("kept", ["kept", "products", "ignored", "refused"])
@pytest.mark.parametrize("zone", ["utc", "shop"])
def test_a_stamp_read_in_another_zone_changes_nothing(shop: Place, kept: str, zone: str):
    set_switches(shop.state, catalog_filters=kept, filter_zone=zone)
    for kind in ("all sorts", "variants", "products"):
        KINDS[kind](shop, 11)
        run_counted(shop)
        later(shop, 2 * HOUR)
    is_right(shop)


@pytest.mark.parametrize("kept", ["kept", "products"])
def test_an_unusable_row_is_named_once_and_left_alone(shop: Place, kept: str):
    set_switches(shop.state, catalog_filters=kept)
    edit_products(shop, 12)
    odd, *_ = lowest(shop, 1)
    sent = shop.objects("products").get(odd)
    shop.state.edit("product", odd, data01="neu")
    shop.state.faults.add(
        Fault(
            "lightspeed",
            "bytes",
            path="/catalog(/[0-9]+)?[.]json",
            find='"data01":"neu',
            put='"data01":"\xff',
        )
    )
    since = last_call(shop)
    assert shop.run().state == "partial"
    assert catalog_calls(shop, since) == (2, 1, 0)
    assert run_counted(shop) == (0, 0, 0)
    assert shop.objects("products").get(odd) == sent
    shop.state.faults.clear()
    shop.state.edit("product", odd, data01="gut")
    assert run_counted(shop) == (0, 1, 0)
    is_right(shop)


@pytest.mark.parametrize("kept", ["kept", "ignored"])
def test_a_product_that_lightspeed_does_not_give_costs_itself_alone(shop: Place, kept: str):
    set_switches(shop.state, catalog_filters="kept")
    learn(shop)
    set_switches(shop.state, catalog_filters=kept)
    edit_products(shop, 5)
    poison = lowest(shop, 3)[-1]
    sent = shop.objects("products").get(poison)
    set_switches(shop.state, poison=poison)
    assert shop.run().state == "partial"
    assert shop.objects("products").get(poison) == sent
    set_switches(shop.state, poison=0)
    assert shop.run().state == "succeeded"
    is_right(shop)


def test_where_catalog_is_refused_altogether_nothing_is_learnt_of_the_filter(shop: Place):
    set_switches(shop.state, catalog="403", catalog_filters="kept")
    edit_products(shop, 12)
    assert shop.run().state == "succeeded"
    later(shop, 25 * HOUR)
    set_switches(shop.state, catalog="on")
    assert shop.run().state == "succeeded"
    assert learnt(shop) == set()
    settle(shop)
    edit_products(shop, 12)
    assert run_counted(shop) == (2, 1, 0)
    is_right(shop)


@pytest.mark.parametrize("kept", ["kept", "products", "ignored", "refused"])
def test_what_was_just_read_is_told_beforehand(shop: Place, kept: str):
    set_switches(shop.state, catalog_filters=kept)
    edit_all_sorts(shop, 11)
    shop.run()
    for _ in range(2):
        told = shop.preview()["calls"]["lightspeed"]
        assert shop.run().calls["lightspeed"]["total"] == told
        later(shop, HOUR)


@pytest.fixture
def killed(left: Left, tmp_path: Path) -> Callable[[str, Iterable[Death]], None]:
    """Runs of a changed shop with one death each, which go on to the end."""

    def each(kept: str, deaths: Iterable[Death]) -> None:
        for number, death in enumerate(deaths):
            with again(left, tmp_path / f"{kept}-{number}") as place:
                dies_once(place, kept, death)

    return each


def dies_once(place: Place, kept: str, death: Death) -> None:
    set_switches(place.state, catalog_filters=kept)
    edit_all_sorts(place, 8)
    queued = run.request(place.desk, place.store, "sync")
    assert isinstance(place.desk.clock, HastyClock)
    folder, ahead = place.desk.data_dir, place.desk.clock.skipped
    died = live(folder, queued.id, death, ahead=ahead) == KILLED
    assert died or isinstance(death, AtStatement), death
    assert not died or live(folder, queued.id, ahead=ahead) == 0, death
    done = place.desk.run(queued.id)
    assert (done.state, done.message) == ("succeeded", None), death
    is_right(place)


CALLS = 12  # such a run makes as many, or some more
STATEMENTS = 1_000


def test_a_read_that_is_killed_goes_on(killed: Callable[..., None]):
    killed("kept", [AfterCall(5), BeforeCall(7), AfterCall(7)])
    killed("products", [AfterCall(6), AtStatement(300), AtStatement(500)])
    killed("ignored", [AfterCall(5)])


@pytest.mark.soak
@pytest.mark.parametrize("kept", ["kept", "products", "ignored", "refused"])
def test_a_read_that_is_killed_anywhere_goes_on(killed: Callable[..., None], kept: str):
    killed(kept, [AfterCall(n) for n in range(1, CALLS + 1)])
    chosen = random.Random(kept).sample(range(1, STATEMENTS), 6)
    killed(kept, map(AtStatement, chosen))
