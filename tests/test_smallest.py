"""The least that would let a record go: each way is enough, and no part of it is."""

import json
from itertools import combinations

import orjson
import pytest

from sync import explain
from sync.cli import main
from sync.explain import cures
from sync.explain.edits import tried
from sync.explain.ways import remaining, ways
from sync.openshop import opened_shop
from sync.settings import Settings
from tests.conftest import Place

pytestmark = pytest.mark.after("sync")
ANSWERED = {
    "products": ("out_of_stock", "free_product", "hidden", "import_off"),
    "orders": ("too_old", "status_not_accepted", "import_off"),
    "categories": ("hidden", "hidden_parent", "import_off"),
    "pages": ("hidden", "unpublished", "empty", "not_included", "import_off"),
    "customers": ("not_included", "import_off"),
}


def ids(place: Place, sql: str) -> list[int]:
    with opened_shop(place.desk, place.store) as shop:
        return [row[0] for row in shop.mirror.conn.execute(sql).fetchall()]


def told(place: Place, entity: str, source: int) -> list[tuple[dict | None, list[str]]]:
    found = explain.smallest(place.desk, place.store, entity, source)
    return [(way.settings, [each.text() for each in way.shop or ()]) for way in found]


def variant_of(place: Place, product: int) -> int:
    return ids(place, f"SELECT id FROM variant WHERE product = {product} ORDER BY id")[0]


def sold_out(place: Place, *, stock: int = 1, minimum: int = 3) -> int:
    """A product whose only variants lack a little, or much."""
    product = min(place.objects("products"))
    for n, variant in enumerate(ids(place, f"SELECT id FROM variant WHERE product = {product}")):
        level = stock if n == 0 else -5
        place.state.edit(
            "variant", variant, stockTracking="enabled", stockLevel=level, stockMinimum=minimum
        )
    place.run("refresh")
    return product


def test_stock_is_raised_where_least_is_missing(place: Place):
    product = sold_out(place)
    found = told(place, "product", product)
    assert [bool(settings) for settings, _ in found] == [False, False, False, True]
    assert "from 1 to 4." in found[0][1][0]
    assert "minimum stock" in found[1][1][0]
    assert found[1][1][0].endswith("from 3 to 0.")
    assert "tracking off" in found[2][1][0]
    assert found[3] == ({"include_out_of_stock": "yes"}, [])


def test_what_is_told_for_the_shop_lets_the_record_go_once_it_is_done(place: Place):
    product = sold_out(place)
    place.state.edit("variant", variant_of(place, product), stockLevel=4)
    place.run("refresh")
    assert explain.explain(place.desk, place.store, "product", product).goes
    assert told(place, "product", product) == []


def test_two_reasons_need_two_changes(place: Place):
    product = sold_out(place)
    place.state.edit("product", product, isVisible=False)
    place.run("refresh")
    found = told(place, "product", product)
    assert {len(settings or ()) + len(shop) for settings, shop in found} == {2}
    assert all("Make it visible." in shop for _, shop in found)
    assert found[-1][0] == {"include_out_of_stock": "yes"}


def test_nothing_is_told_for_a_cancelled_order_nor_for_what_goes_or_nobody_knows(place: Place):
    [cancelled, *_] = ids(place, "SELECT id FROM orders WHERE status = 'cancelled'")
    assert told(place, "order", cancelled) == []
    assert told(place, "product", min(place.objects("products"))) == []
    assert told(place, "product", 1) == []


def test_an_order_is_accepted_or_brought_on_its_way(place: Place):
    [order, *_] = ids(place, "SELECT id FROM orders WHERE status = 'on_hold'")
    (_, [brought]), (settings, _) = told(place, "order", order)
    assert "completed_shipped" in brought
    assert settings is not None
    assert settings["accepted_order_statuses"].endswith(", on_hold")


def test_a_kind_that_is_switched_off_is_switched_on(place: Place):
    place.set(import_products="no")
    for source in ids(place, "SELECT id FROM product WHERE NOT visible")[:1]:
        assert told(place, "product", source) == [
            ({"import_products": "yes"}, ["Make it visible."])
        ]


def left_out(place: Place) -> list[tuple[str, int]]:
    """Records that are left out, one of each combination of reasons and kind."""
    alike = {
        (record["entity"], tuple(record["reasons"])): record["id"]
        for record in place.records()
        if record["action"] in ("skip", "remove")
    }
    return [(entity, source) for (entity, _), source in alike.items()]


OFF = (
    {},
    {"import_orders": "no"},
    {"include_orders": "1m", "import_categories": "no"},
    {"include_pages": "no", "include_customers": "no"},
)


@pytest.mark.after("sync", include_pages="yes", include_customers="yes")
@pytest.mark.parametrize("off", OFF)
def test_every_way_is_enough_and_no_smaller_one_is(place: Place, off: dict[str, str]):
    """Held against every set of changes that anything could be answered with."""
    place.set(**off)
    settings = place.desk.settings(place.store).settings
    told = [_held_against_all(place, settings, *record) for record in left_out(place)]
    assert sum(told) > 5


def _held_against_all(place: Place, settings: Settings, entity: str, source: int) -> int:
    """How many ways there are, each of which was tried with all its parts."""
    with opened_shop(place.desk, place.store) as shop:

        def goes(*changes: cures.Cure) -> bool:
            return not remaining(shop, settings, entity, source, changes)

        found = ways(shop, settings, entity, source)
        for way in found:
            assert goes(*way)
            assert not any(goes(*part) for part in combinations(way, len(way) - 1))
        every = [
            cure
            for reason in ANSWERED.get(entity, ())
            for cure in cures.cures(shop, settings, entity, source, reason)
        ]
        for size in range(1, len(found[0]) if found else 0):
            assert not any(goes(*some) for some in combinations(every, size))
    return len(found)


def test_a_trial_leaves_nothing_behind(place: Place):
    product = sold_out(place)
    before = place.preview()["fingerprint"]
    with opened_shop(place.desk, place.store) as shop:
        settings = place.desk.settings(place.store).settings
        [way, *_] = ways(shop, settings, "products", product)
        with tried(shop, [each.edit for each in way if each.edit]):
            assert remaining(shop, settings, "products", product, ()) == []
        assert remaining(shop, settings, "products", product, ()) == ["out_of_stock"]
    assert place.preview()["fingerprint"] == before


def test_the_command_line_tells_it(place: Place, capsys: pytest.CaptureFixture[str]):
    def said(*words: str) -> str:
        assert main(["--data", str(place.desk.data_dir), "explain", "main", *words]) == 0
        return capsys.readouterr().out

    product = str(sold_out(place))
    capsys.readouterr()
    found = json.loads(said("product", product, "--smallest", "--json"))["smallest"]
    assert [list(way) for way in found] == [["shop"], ["shop"], ["shop"], ["settings"]]
    assert found[-1] == {"settings": {"include_out_of_stock": "yes"}}
    assert all(isinstance(line, str) for way in found[:-1] for line in way["shop"])
    assert "smallest" not in json.loads(said("product", product, "--json"))
    assert json.loads(said("product", "nothing", "--smallest", "--json"))["smallest"] == []
    german = said("product", product, "--smallest", "--lang", "de")
    assert "Jedes davon würde für sich allein genügen" in german
    assert 'include_out_of_stock="yes"' in german


@pytest.mark.after("sync", include_pages="yes")
def test_a_page_that_is_hidden_empty_and_not_out_yet_needs_all_three(place: Place):
    with opened_shop(place.desk, place.store) as shop, shop.mirror.conn as conn:
        source, flat = conn.execute("SELECT id, flat FROM page WHERE lang = 'nl'").fetchone()
        page = {**orjson.loads(flat), "visible": False, "published": False, "text": ""}
        conn.execute("UPDATE page SET flat = ? WHERE id = ?", [orjson.dumps(page), source])
    [(settings, shop_edits)] = told(place, "page", source)
    assert settings is None
    assert sorted(shop_edits) == [
        "Give it a title and a text.",
        "Make it visible.",
        "Publish the page.",
    ]


def test_a_category_below_two_hidden_ones_needs_both_or_the_setting(place: Place):
    with opened_shop(place.desk, place.store) as shop, shop.mirror.conn as conn:
        tree = shop.mirror.categories("nl")
        child = next(n for n, c in tree.items() if c["parent"] and tree[c["parent"]]["parent"])
        above = tree[child]["parent"]
        for each in (above, tree[above]["parent"], child):
            flat = orjson.dumps({**tree[each], "visible": each == child})
            conn.execute("UPDATE category SET flat = ? WHERE id = ?", [flat, each])
    (settings, [*none]), (_, both) = told(place, "category", child)
    assert (settings, none) == ({"include_hidden_categories": "yes"}, [])
    assert [line.startswith("Make the category") for line in both] == [True, True]


def test_a_product_that_is_marked_as_free_twice_loses_both_marks(place: Place):
    product = min(place.objects("products"))
    place.state.edit("product", product, data01="free_product=yes", data02="free_product")
    place.run("refresh")
    (settings, none), (_, both) = told(place, "product", product)
    assert (settings, none) == ({"include_free_products": "yes"}, [])
    assert [line.startswith("Take the mark") for line in both] == [True, True]
