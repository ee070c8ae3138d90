"""When a list is complete, and what is gone."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import run
from sync.openshop import opened_shop
from sync.sandbox.faults import Fault
from sync.sandbox.lightspeed.switchboard import set_switches, switches
from sync.sandbox.state import Record
from tests.conftest import HastyClock, Place, begun, fill_file

EVERYTHING = {"include_customers": "yes", "include_pages": "yes", "include_orders": "all"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state file of a shop that has some pages of everything, at ten rows a page."""
    return fill_file(tmp_path_factory.mktemp("filled") / "sandbox.db", products=60, orders=45)


@pytest.fixture(params=["catalog", "plain"])
def shop(filled: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """The shop in small pages, where no pause takes time, read in either way."""
    catalog, settings = "403" if request.param == "plain" else "", {"page_size": "10"}
    with begun(request, filled, tmp_path, catalog=catalog, settings=settings) as made:
        yield made


def messages(place: Place, run_id: int) -> list[str]:
    return [line["message"] for line in place.desk.run_log(run_id)]


def calls_of(place: Place, since: int, path: str) -> int:
    return sum(path in call.path for call in place.state.calls(since, "lightspeed"))


@pytest.mark.parametrize("ascending", [True, False])
def test_pages_that_shift_make_no_live_record_look_gone(shop: Place, ascending: bool):
    shop.set(**EVERYTHING)
    set_switches(shop.state, ascending=ascending)
    shop.run()
    set_switches(shop.state, drift="swap", drift_left=3)
    done = shop.run(full=True)
    set_switches(shop.state, drift="none")
    assert done.state in ("succeeded", "partial"), done.message
    live = {row["id"] for row in shop.state.all("product")}
    removed = done.books["products"]["removed"]
    assert removed <= 3
    assert shop.run(full=True).state == "succeeded"
    assert set(shop.objects("products")) <= live
    gone = {row["id"] for row in shop.records() if row["reasons"] == ["gone"]}
    assert not gone & live


@pytest.mark.parametrize("overtaken", [True, False])
@pytest.mark.parametrize("ascending", [True, False])
def test_a_busy_shop_ends_its_first_read_as_complete(
    shop: Place, *, ascending: bool, overtaken: bool
):
    """Also where pages that are under way together are answered the later ones first."""
    shop.set(**EVERYTHING)
    busy = {"drift": "insert", "drift_left": 10_000, "overtaken": overtaken}
    set_switches(shop.state, ascending=ascending, **busy)
    done = shop.run("refresh")
    assert done.state == "succeeded", done.errors
    set_switches(shop.state, drift="none", overtaken=False)
    seen = len(shop.state.calls())
    again = shop.run("refresh")
    assert again.state == "succeeded"
    assert calls_of(shop, seen, "/catalog.json") == 0
    assert calls_of(shop, seen, "/categories/products.json") < 20
    assert orders_of(shop) == {row["id"] for row in shop.state.all("order")}


def orders_of(place: Place) -> set[int]:
    """The orders that the mirror has."""
    with opened_shop(place.desk, place.store) as opened:
        return {row[0] for row in opened.mirror.stream("SELECT id FROM orders")}


@pytest.mark.parametrize("ascending", [True, False])
def test_no_change_of_an_order_is_missed_while_others_come_in(shop: Place, *, ascending: bool):
    """What is missed of a list of changes is not asked for again: the next one begins where this
    one began."""
    shop.set(**EVERYTHING)
    set_switches(shop.state, ascending=ascending)
    assert shop.run("refresh").state == "succeeded"
    for row in shop.state.all("order"):
        shop.state.edit("order", row["id"], status="cancelled")
    set_switches(shop.state, drift="insert", drift_left=10_000, overtaken=True)
    assert shop.run("refresh").state == "succeeded"
    set_switches(shop.state, drift="none", overtaken=False)
    with opened_shop(shop.desk, shop.store) as opened:
        kept = dict(opened.mirror.stream("SELECT id, status FROM orders"))
    changed = {row["id"]: "cancelled" for row in shop.state.all("order") if row["id"] in kept}
    assert kept == changed


@pytest.mark.parametrize(
    ("kind", "first"), [("product", True), ("product", False), ("variant", False)]
)
def test_what_goes_while_the_catalogue_is_read_is_gone_with_the_next_run(
    shop: Place, kind: str, *, first: bool
):
    """Nothing that is read later tells of it but the counts. Those of variants say so from the
    second read on: the shop has some without a product, of which nobody knows how many."""
    if not first:
        assert shop.run().state == "succeeded"
    row = run.request(shop.desk, shop.store, "sync", full=True)
    silent_after_the_pages(shop)
    assert shop.drive(row.id, wait=False).state == "waiting"
    product, variant = of_several_variants(shop)
    shop.state.delete(kind, variant if kind == "variant" else product)
    shop.state.faults.clear()
    assert shop.drive(row.id).state == "succeeded"
    assert shop.run().state == "succeeded"
    found, seen = shop.objects("products"), len(shop.state.calls())
    assert shop.run().state == "succeeded"
    assert calls_of(shop, seen, "/categories/products.json") == 0
    assert calls_of(shop, seen, "/catalog.json") == 0
    assert shop.run(full=True).state == "succeeded"
    assert shop.objects("products") == found


def of_several_variants(place: Place) -> tuple[int, int]:
    """A visible product in stock that has some, and one of them."""
    shown = {row["id"] for row in place.state.all("product") if row["isVisible"]}
    rows = [row for row in place.state.all("variant") if row["product"] in shown]
    stocked = Counter(row["product"] for row in rows if row["stockLevel"] > 0)
    product = stocked.most_common(1)[0][0]
    assert stocked[product] > 1
    return product, next(row["id"] for row in rows if row["product"] == product)


def silent_after_the_pages(place: Place) -> None:
    """Lightspeed goes out where products were read and are counted once more."""
    counted_before = 0 if switches(place.state).catalog == "on" else 3
    path = r"^/nl/(account|products/count|variants/count)\.json$"
    fault = Fault("lightspeed", "reset", path=path, after=counted_before)
    place.state.faults.add(fault)


@pytest.mark.parametrize("kind", ["product", "customer", "textpage", "order"])
def test_a_count_that_is_too_high_is_said_once_and_costs_one_pass(shop: Place, kind: str):
    shop.set(**EVERYTHING)
    set_switches(shop.state, lying_counts={kind: 1})
    first = shop.run(full=True)
    assert first.state == "succeeded", first.errors
    path = {"product": "(catalog|products)", "order": "orders"}.get(kind, f"{kind}s")
    said = [line for line in messages(shop, first.id) if "the count says" in line]
    if kind != "textpage":
        assert len(said) == 1, path
    if kind in ("product", "customer"):
        gone = min(shop.objects(f"{kind}s"))
        shop.state.delete(kind, gone)
        second = shop.run()
        assert second.state == "succeeded", second.errors
        assert gone not in shop.objects(f"{kind}s")
    third = shop.run(full=True)
    assert not [line for line in messages(shop, third.id) if "the count says" in line]
    assert third.state == "succeeded"


@pytest.mark.parametrize("ascending", [True, False])
def test_an_api_that_ends_its_pages_early_is_read_on_by_ranges(shop: Place, ascending: bool):
    shop.set(**EVERYTHING)
    set_switches(shop.state, page_cap=3, ascending=ascending, catalog_filters="kept")
    done = shop.run("refresh")
    said = [line for line in messages(shop, done.id) if "ends after page 3" in line]
    assert any(line.startswith("orders:") for line in said)
    with opened_shop(shop.desk, shop.store) as opened:
        for table, kind in (("product", "product"), ("orders", "order"), ("customer", "customer")):
            known = {row[0] for row in opened.mirror.stream(f"SELECT id FROM {table}")}
            assert known == {row["id"] for row in shop.state.all(kind)}, kind


@pytest.mark.after("sync")
def test_where_ranges_are_not_obeyed_no_live_record_is_touched(shop: Place):
    before = shop.objects("products")
    gone = min(before)
    shop.state.delete("product", gone)
    set_switches(shop.state, page_cap=2)
    done = shop.run(full=True)
    set_switches(shop.state, page_cap=0)
    assert done.state == "partial"
    live = {key: row for key, row in before.items() if key != gone}
    assert live.items() <= shop.objects("products").items()


@pytest.mark.after("sync", removal_limit_percent="100")
def test_much_that_is_gone_at_once_takes_a_second_pass(shop: Place):
    for row in shop.state.all("product")[:-5]:
        shop.state.delete("product", row["id"])
    seen = len(shop.state.calls())
    done = shop.run()
    assert done.state == "succeeded", done.message
    live = {row["id"] for row in shop.state.all("product")}
    assert set(shop.objects("products")) <= live
    asked = sum(1 for c in shop.state.calls(seen) if c.status == 404)
    assert asked == 0


@pytest.mark.after("sync")
def test_a_short_page_in_the_middle_is_no_end(shop: Place):
    before = shop.objects("products")
    path = "^/nl/(catalog|products)\\.json"
    body = {"products": []}
    shop.state.faults.add(Fault("lightspeed", "status", path=path, code=200, body=body, after=1))
    done = shop.run(full=True)
    assert done.state == "partial"
    assert shop.objects("products") == before
    shop.state.faults.clear()
    assert shop.run().state == "succeeded"


@pytest.mark.after("sync", **EVERYTHING)
def test_zero_rows_remove_nothing(shop: Place):
    before = {entity: shop.objects(entity) for entity in ("products", "customers", "pages")}
    for path, name in (
        ("^/nl/(catalog|products)\\.json", "products"),
        ("/customers\\.json", "customers"),
        ("/textpages\\.json", "textpages"),
        ("/articles\\.json", "blogArticles"),
    ):
        fault = Fault("lightspeed", "status", path=path, code=200, body={name: []})
        shop.state.faults.add(fault)
    shop.run(full=True)
    assert {entity: shop.objects(entity) for entity in before} == before


@pytest.mark.after("sync", include_customers="yes")
def test_a_customer_who_is_gone_is_gone_with_the_next_run(shop: Place):
    gone = min(shop.objects("customers"))
    shop.state.delete("customer", gone)
    assert shop.run().state == "succeeded"
    assert gone not in shop.objects("customers")


@pytest.mark.after("sync")
def test_a_failing_row_costs_itself_alone(shop: Place):
    product = sorted(shop.objects("products"))[7]
    sent = shop.objects("products")[product]
    other = sorted(shop.objects("products"))[8]
    shop.state.edit("product", other, title={"nl": "Andere titel"})
    set_switches(shop.state, poison=product)
    done = shop.run(full=True)
    assert done.state == "partial", done.message
    assert shop.objects("products")[product] == sent
    assert shop.objects("products")[other]["name"] == "Andere titel"
    assert done.books["products"]["removed"] == 0
    assert done.books["products"]["failed"] == 1
    assert shop.run(full=True).state == "succeeded"
    set_switches(shop.state, poison=0)
    mended = shop.run(full=True)
    assert "unreadable" not in mended.books["products"]["reasons"]


@pytest.mark.after("sync", include_hidden_categories="yes")
def test_a_category_with_another_parent_takes_its_products_along(shop: Place):
    tree = {row["id"]: row for row in shop.state.all("category")}
    links = shop.state.all("category_product")
    sent = shop.objects("products")
    leaf, old = next(
        (row["id"], row["parent"])
        for row in tree.values()
        if row.get("parent")
        and not any(each.get("parent") == row["id"] for each in tree.values())
        and any(link["category"] == row["id"] and link["product"] in sent for link in links)
    )
    products = {link["product"] for link in links if link["category"] == leaf} & sent.keys()
    new = next(i for i, row in tree.items() if not row.get("parent") and i != old)
    shop.state.edit("category", leaf, parent=new)
    for link in links:
        if link["product"] in products and link["category"] in (old, tree[old].get("parent")):
            shop.state.delete("category_product", link["id"])
    assert shop.run().state == "succeeded"
    for product in products:
        categories = shop.objects("products")[product]["categories"]
        assert new in categories
        assert old not in categories


@pytest.mark.after("sync")
def test_a_second_edit_in_the_same_second_is_seen(shop: Place):
    product = min(shop.objects("products"))
    stamp = shop.state.edit("product", product, title={"nl": "Eerste"})["updatedAt"]
    shop.run()
    shop.state.edit("product", product, title={"nl": "Tweede"}, updatedAt=stamp, touch=False)
    shop.run()
    assert shop.objects("products")[product]["name"] == "Tweede"


@pytest.mark.after("sync")
def test_a_return_is_found_though_the_clock_was_ahead(shop: Place):
    assert isinstance(shop.desk.clock, HastyClock)
    shop.desk.clock.sleep(40 * 3600)
    shop.run("refresh")
    shop.desk.clock.set_back(40 * 3600)
    [order] = some_sent(shop, 1)
    bring_back(shop, order)
    shop.desk.clock.sleep(25 * 3600)
    shop.run()
    assert status(shop, order) == "RETURNED"


def some_sent(place: Place, n: int) -> list[Record]:
    """Orders that Clerk.io knows as sent."""
    sent = place.objects("orders")
    orders = place.state.all("order")
    return [o for o in orders if sent.get(o["number"], {}).get("status") == "SENT"][:n]


def bring_back(place: Place, order: Record) -> int:
    """All of an order comes back; returns the id of that."""
    lines = [row for row in place.state.all("order_product") if row["order"] == order["id"]]
    rows = [{"id": line["id"], "quantity": line["quantityOrdered"]} for line in lines]
    return place.state.put("return", {"orderId": order["id"], "orderProducts": rows})


def status(place: Place, order: Record) -> str:
    return str(place.objects("orders")[order["number"]]["status"])


@pytest.mark.after("sync")
@pytest.mark.parametrize("full", [True, False])
def test_a_return_that_was_deleted_counts_no_longer(shop: Place, full: bool):
    orders = some_sent(shop, 3)
    ids = [bring_back(shop, order) for order in orders]
    shop.desk.clock.sleep(25 * 3600)
    shop.run()
    assert [status(shop, order) for order in orders] == ["RETURNED"] * 3
    shop.state.delete("return", ids[1])
    if not full:
        shop.desk.clock.sleep(25 * 3600)
    assert shop.run(full=full).state == "succeeded"
    assert [status(shop, order) for order in orders] == ["RETURNED", "SENT", "RETURNED"]


@pytest.mark.after("sync")
def test_a_return_that_moves_to_another_order_leaves_the_first(shop: Place):
    first, second = some_sent(shop, 2)
    number = bring_back(shop, first)
    shop.desk.clock.sleep(25 * 3600)
    shop.run()
    lines = [row for row in shop.state.all("order_product") if row["order"] == second["id"]]
    rows = [{"id": line["id"], "quantity": line["quantityOrdered"]} for line in lines]
    shop.state.edit("return", number, orderId=second["id"], orderProducts=rows)
    shop.desk.clock.sleep(25 * 3600)
    shop.run()
    assert (status(shop, first), status(shop, second)) == ("SENT", "RETURNED")
