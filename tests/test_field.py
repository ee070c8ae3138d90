"""What comes in from shops in the field, in tables: paths that are blocked or refused, statuses as
merchants type them, addresses as people paste them, names with odd marks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import explain, survey
from sync.entities import ENTITIES
from sync.ledger import balanced
from sync.openshop import opened_shop
from sync.plan.sales import sold
from sync.sandbox.faults import Fault
from sync.sandbox.lightspeed.switchboard import set_switches
from sync.sandbox.oddities import Oddity, set_oddities
from sync.statuses import standard_status
from tests.conftest import Place, begun
from tests.test_forecast_of_calls import check

EVERYTHING = {"include_customers": "yes", "include_pages": "yes", "include_orders": "all"}
EVERYTHING |= {"collect_emails": "yes", "include_review_score": "yes"}
EVERYTHING |= {"custom_attributes": "sale, wasadvies"}
CHEAP = 45  # calls of a run that meets one blocked path


@pytest.fixture
def shop(tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A small shop with all entities on, where no pause takes time."""
    with begun(request, tiny, tmp_path, settings=EVERYTHING) as made:
        yield made


def block(path: str, word: str) -> Fault:
    """The path answers `html403` with a web page, `json404` with an error of Lightspeed's own."""
    kind = "html" if word.startswith("html") else "status"
    return Fault("lightspeed", kind, path=f"^/nl{path}", code=int(word[4:]))  # type: ignore[arg-type]


# path, word, the state of the run after a first one, entities that lack nothing in a first run
BLOCKED = [
    (r"/catalog/count", "html403", "succeeded"),
    (r"/products/count", "html404", "succeeded"),
    (r"/products/count", "json404", "succeeded"),
    (r"/variants/count", "html405", "succeeded"),
    (r"/orders/count", "html403", "succeeded"),
    (r"/orders/count", "json405", "succeeded"),
    (r"/orders\.json", "html404", "partial"),
    (r"/orders\.json", "json404", "partial"),
    (r"/orders/\d+/products", "html403", "partial"),
    (r"/orders/\d+/products", "json405", "partial"),
    (r"/customers\.json", "html405", "partial"),
    (r"/customers\.json", "json405", "partial"),
    (r"/customers/count", "html403", "partial"),
    (r"/customers/count", "json404", "partial"),
    (r"/subscriptions", "html403", "partial"),
    (r"/subscriptions", "json404", "partial"),
    (r"/account/permissions", "html403", "succeeded"),
    (r"/account/permissions", "json404", "succeeded"),
    (r"/languages", "html404", "partial"),
    (r"/languages", "json405", "partial"),
    (r"/shop\.json", "html403", "partial"),
    (r"/filters", "html405", "partial"),
    (r"/filters", "json405", "succeeded"),
    (r"/categories\.json", "html403", "partial"),
    (r"/categories\.json", "json404", "partial"),
    (r"/textpages", "json404", "partial"),
    (r"/blogs\.json", "html403", "partial"),
    (r"/reviews\.json", "json405", "partial"),
    (r"/tags\.json", "html404", "partial"),
    (r"/returns", "json404", "partial"),
    (r"/customstatuses", "json405", "succeeded"),
    (r"/metafields", "html403", "partial"),
]


@pytest.mark.after("sync")
@pytest.mark.parametrize(("path", "word", "state"), BLOCKED)
def test_a_path_that_is_blocked_costs_itself_alone(shop: Place, path: str, word: str, state: str):
    """Nothing leaves Clerk.io, what is edited elsewhere goes, and the run makes few calls."""
    held = {entity: shop.objects(entity).keys() for entity in ENTITIES}
    product = min(held["products"])
    shop.state.edit("product", product, title={"nl": "Andere titel"})
    order = shop.state.all("order")[-1]
    shop.state.edit("order", order["id"], priceIncl=order["priceIncl"] + 1)
    shop.state.faults.add(block(path, word))
    seen = shop.calls()
    done = shop.run(full=True)
    assert done.state == state, (done.message, done.errors)
    assert state == "succeeded" or done.errors
    assert balanced(done.books)
    assert {entity: shop.objects(entity).keys() for entity in ENTITIES} == held
    assert shop.objects("products")[product]["name"] == "Andere titel"
    assert shop.calls() - seen <= CHEAP
    shop.state.faults.clear()
    healed = shop.run()
    assert healed.state == "succeeded", (healed.message, healed.errors)
    assert all(book["removed"] == 0 for book in healed.books.values())


FIRST = [
    (r"/orders/count", "html403", "succeeded", set()),
    (r"/customers/count", "json405", "succeeded", set()),
    (r"/catalog/count", "html405", "succeeded", set()),
    (r"/products/count", "html403", "succeeded", set()),
    (r"/orders\.json", "json405", "partial", {"orders"}),
    (r"/customers\.json", "html404", "partial", {"customers"}),
    (r"/filters", "html403", "partial", set()),
    (r"/metafields", "html404", "partial", set()),
    (r"/account/permissions", "html405", "succeeded", set()),
]


@pytest.mark.parametrize(("path", "word", "state", "lacking"), FIRST)
def test_a_first_run_brings_all_that_is_not_blocked(
    shop: Place, path: str, word: str, state: str, lacking: set[str]
):
    shop.state.faults.add(block(path, word))
    done = shop.run()
    assert done.state == state, (done.message, done.errors)
    assert balanced(done.books)
    assert {entity for entity in ENTITIES if not shop.objects(entity)} == lacking
    shop.state.faults.clear()
    assert shop.run().state == "succeeded"
    assert all(shop.objects(entity) for entity in ENTITIES)


@pytest.mark.after("sync")
@pytest.mark.parametrize("path", [r"/products\.json", r"/variants\.json"])
@pytest.mark.parametrize("word", ["html403", "json404"])
def test_where_lists_of_changes_are_blocked_the_catalogue_is_read(
    shop: Place, path: str, word: str
):
    product = min(shop.objects("products"))
    shop.state.edit("product", product, title={"nl": "Andere titel"})
    shop.state.faults.add(block(path, word))
    assert shop.run().state == "succeeded"
    assert shop.objects("products")[product]["name"] == "Andere titel"


def test_blocked_order_lines_are_not_asked_for_one_after_the_other(shop: Place):
    shop.state.faults.add(block(r"/orders/\d+/products", "json405"))
    done = shop.run()
    assert done.state == "partial"
    assert len(done.errors) == 11
    calls = [call for call in shop.state.calls() if call.path.endswith("/products.json")]
    assert len({call.path for call in calls if "/orders/" in call.path}) <= 14


@pytest.mark.after("sync")
@pytest.mark.parametrize("path", ["/account/permissions", "/products/count"])
def test_the_other_way_of_reading_bears_what_is_blocked_beside_it(shop: Place, path: str):
    held = shop.objects("products").keys()
    set_switches(shop.state, catalog="403")
    shop.run(full=True)
    shop.state.faults.add(block(path, "html403"))
    done = shop.run()
    assert done.state in ("succeeded", "partial"), done.message
    assert shop.objects("products").keys() == held


# path, what it answers: nothing that can be used, where something is needed
EMPTIED = [
    (r"/shop\.json", {"shop": []}),
    (r"/shop\.json", {"shop": {"id": None}}),
    (r"/languages", {"languages": "x"}),
    (r"/languages", {"languages": []}),
    (r"/languages", {"languages": [None, {}]}),
    (r"/customers/count", {"count": "veel"}),
    (r"/customers/count", {"count": None}),
    (r"/customers/count", {"count": -1}),
    (r"/customers\.json", {"customers": {"1": {"id": 1}}}),
    (r"/account/permissions", {"permissions": [1]}),
]


@pytest.mark.after("sync")
@pytest.mark.parametrize(("path", "body"), EMPTIED)
def test_an_answer_without_sense_is_kept_apart(shop: Place, path: str, body: dict[str, object]):
    held = {entity: shop.objects(entity).keys() for entity in ENTITIES}
    fault = Fault("lightspeed", "status", path=f"^/nl{path}", code=200, body=body)
    shop.state.faults.add(fault)
    done = shop.run(full=True)
    assert done.state in ("succeeded", "partial"), done.message
    assert balanced(done.books)
    assert {entity: shop.objects(entity).keys() for entity in ENTITIES} == held


def test_a_shop_that_tells_nothing_of_itself_fails_in_words(shop: Place):
    fault = Fault("lightspeed", "status", path="/shop", code=200, body={"shop": []})
    shop.state.faults.add(fault)
    done = shop.run()
    assert done.state == "failed"
    assert "answer for shop cannot be used" in str(done.message)


@pytest.mark.after("sync")
def test_no_variants_at_all_are_no_reason_to_remove_products(shop: Place):
    held = shop.objects("products")
    set_switches(shop.state, catalog="403")
    fault = Fault("lightspeed", "status", path="/variants\\.json", code=200, body={"variants": []})
    shop.state.faults.add(fault)
    done = shop.run(full=True)
    assert done.state in ("partial", "failed")
    assert shop.objects("products") == held
    shop.state.faults.clear()
    assert shop.run(full=True).state == "succeeded"
    assert shop.objects("products") == held


def test_language_codes_are_read_in_any_case(shop: Place):
    set_oddities(shop.state, Oddity("/languages", at="code", raw='"NL"'))
    assert shop.run().state == "succeeded"


def test_records_are_found_by_what_people_paste(shop: Place):
    """Odd names and slugs, by the address that was sent and by the name that was sent."""
    odd = zip(sorted(shop.state.all("product"), key=lambda row: row["id"]), ODD_NAMES, strict=False)
    for row, (title, slug, _) in odd:
        fields = {"title": {"nl": title}, "fulltitle": {"nl": title}, "url": {"nl": slug}}
        shop.state.edit("product", row["id"], isVisible=True, **fields)
    shop.set(include_out_of_stock="yes", include_free_products="yes")
    assert shop.run().state == "succeeded"
    sent = shop.objects("products")
    for row, (_, _, name) in zip(shop.state.all("product"), ODD_NAMES, strict=False):
        found = sent[row["id"]]
        assert found["name"] == name
        url = found["url"]
        for pasted in (url, f"<{url}>", f" {url}#top", f"{url}?utm=a", url.replace("/nl/", "/")):
            story = explain.explain(shop.desk, shop.store, "product", pasted)
            assert story.id == row["id"], pasted
        assert explain.explain(shop.desk, shop.store, "product", name).id == row["id"]


ODD_NAMES = [
    ("Kabel &amp;amp; Stecker", "/tent", "Kabel &amp; Stecker"),
    ("A\tB\r\nC\x00D", "koepel tent", "A B C D"),
    ("\u202eevil\u202c name", "größe-xl", "evil name"),
    ("Fiets 👨\u200d👩\u200d👧", "50%-korting", "Fiets 👨\u200d👩\u200d👧"),
    ("<b>Vet</b>", "fiets-🚲", "<b>Vet</b>"),
    ("Wasch\u00admaschinen\u200bschrank", "a//b", "Waschmaschinenschrank"),
    ("&#x41;&#65;&nbsp;x", "x?y=1#z", "AA x"),
    ("=cmd()|x", "https://www.shop.example/nl/tent10.html", "=cmd()|x"),
    ("\u0085nel\u2028sep", "x+y&z", "nel sep"),
    ("100% & 5 < 6", "l'eau", "100% & 5 < 6"),
]

TYPED = {
    "completed": ["Fertig gestellt", "Afgerond", "Terminée", "complété"],
    "completed_shipped": [
        *("Abgeschlossen, verschickt", "abgeschlossen & versandt", "Voltooid & verstuurd"),
        *("Abgeschlossen (versendet)", "Terminé / expédié", "Completed + shipped"),
    ],
    "completed_picked_up": ["Terminé et récupéré", "Voltooid en opgehaald", "Completed, picked up"],
    "processing_awaiting_payment": ["In Bearbeitung & wartet auf Bezahlung"],
    "processing_ready_for_pickup": ["Klaar voor ophaling", "bereit für Abholung"],
    "processing_awaiting_pickup": ["wacht op ophaling", "wartet auf Abholung"],
    "processing_awaiting_shipment": ["en traitement, en attente d’expédition"],
    "cancelled": ["Storniert", "Geannuleerd", "Annulée"],
}


@pytest.mark.parametrize(("status", "names"), TYPED.items())
def test_statuses_as_merchants_type_them(status: str, names: list[str]):
    assert {name: standard_status(name) for name in names} == dict.fromkeys(names, status)


def tag(shop: Place, title: dict[str, str] | str, *products: int) -> int:
    """A tag of that title (a text: in Dutch), which the products carry."""
    named = {"nl": title} if isinstance(title, str) else title
    made = shop.state.put("tag", {"isVisible": True, "url": {"nl": "x"}, "title": named})
    for product in products:
        shop.state.put("tag_product", {"tag": made, "product": product})
    return made


def settled(shop: Place) -> dict[int, dict[str, object]]:
    """The products in Clerk.io after a run of another day."""
    shop.desk.clock.sleep(90_000)
    done = shop.run(full=True)
    assert done.state == "succeeded", (done.message, done.errors)
    return shop.objects("products")


# The titles of tags of one name.
ALIKE: list[list[dict[str, str] | str]] = [
    ["actie", "actie"],
    ["actie", "actie", "actie"],
    ["actie", "ac\u00adtie"],
    ["Actie", "ACTIE"],
    [{"nl": "actie", "en": "offer"}, {"nl": "actie", "en": "deal"}],
    ["caf&eacute;", "Café"],
    ["★", "★\u200b"],
    ["Новинка", "НОВИНКА"],
]


def plainly(title: dict[str, str] | str) -> str:
    return title if isinstance(title, str) else title["nl"]


@pytest.mark.after("sync")
@pytest.mark.parametrize("titles", ALIKE, ids=str)
def test_tags_of_one_name_count_together(shop: Place, titles: list[dict[str, str] | str]):
    """Whoever carries any of them has the attribute, and no longer once none is left."""
    products = sorted(shop.objects("products"))
    first = [tag(shop, each, at) for each, at in zip(titles, products, strict=False)]
    carry = products[: len(first)]
    shop.set(custom_attributes=plainly(titles[0]))
    sent = settled(shop)
    (name,) = {key for key in sent[products[0]] if sent[products[0]][key] is True} - {"on_sale"}
    assert {product for product, made in sent.items() if made[name] is True} == set(carry)
    assert {made[name] for made in sent.values()} == {True, False}
    shop.state.delete("tag", first[0])
    sent = settled(shop)
    left = [key for key in sent[carry[1]] if sent[carry[1]][key] is True and key != "on_sale"]
    kept = {product for product, made in sent.items() if made[left[0]] is True}
    assert kept == set(carry[1:])


@pytest.mark.after("sync")
def test_any_tag_called_free_product_keeps_its_products_back(shop: Place):
    products = sorted(shop.objects("products"))[:3]
    for at, product in enumerate(products):
        tag(shop, "free\u00ad_product" if at else "free_product", product)
    sent = settled(shop)
    assert not sent.keys() & set(products)
    story = explain.explain(shop.desk, shop.store, "product", str(products[0]))
    assert story.reasons == ["free_product"]


@pytest.mark.after("sync")
def test_tags_of_one_name_are_as_before_while_one_of_their_lists_fails(shop: Place):
    products = sorted(shop.objects("products"))[:2]
    for product in products:
        tag(shop, "actie", product)
    shop.set(custom_attributes="actie")
    settled(shop)
    shop.state.faults.add(
        Fault("lightspeed", "status", path=r"/tags/products", code=403, after=1, times=1)
    )
    shop.desk.clock.sleep(90_000)
    assert shop.run().state in ("partial", "succeeded")
    assert [shop.objects("products")[product]["actie"] for product in products] == [True, True]


@pytest.mark.after("sync")
def test_what_several_tags_of_one_name_cost_is_said_before(shop: Place):
    for product in sorted(shop.objects("products"))[:3]:
        tag(shop, "actie", product)
    settled(shop)
    check(shop, {"custom_attributes": "actie"})
    shop.desk.clock.sleep(90_000)
    check(shop, {})


@pytest.mark.after("sync")
@pytest.mark.parametrize("name", ["%", "★", "Новинка", "尺寸", "!?"])
def test_a_tag_without_latin_letters_is_called_after_its_id(shop: Place, name: str):
    product = min(shop.objects("products"))
    number = tag(shop, name, product)
    shop.set(custom_attributes=name)
    sent = settled(shop)
    assert {key: made[f"attr_{number}"] for key, made in sent.items()} == {
        key: key == product for key in sent
    }
    (use,) = survey.attribute_uses(shop.desk, shop.store, [name])
    assert use["kinds"] == {"tag": 1}


# Names with marks that nobody sees, and with entities.
AS_THE_SHOP_HAS_THEM = [
    "Ré\u00adservé",
    "Klaar\u200bgezet",
    "Gr&ouml;&szlig;e klaar",
    "A &amp; B",
    "Kabel &amp;amp; Stecker",
    "5 &#60; 6",
    "\u202eAf\u202c",
    "Haal\u00a0maar  op",
    "Ха\u00adлат",
]


@pytest.mark.after("sync")
@pytest.mark.parametrize("title", AS_THE_SHOP_HAS_THEM)
def test_what_is_pasted_from_the_shop_matches_as_it_stands_there(shop: Place, title: str):
    product = min(shop.objects("products"))
    order = next(o for o in shop.state.all("order") if o["number"] in shop.objects("orders"))
    custom = shop.state.put("custom_status", {"title": title, "color": "#f"})
    shop.state.edit("order", order["id"], status="on_hold", customStatusId=custom)
    named = shop.state.put("attribute", {"title": {"nl": title}, "defaultValue": ""})
    shop.state.edit("product", product, specifications=[{"attribute": named, "value": "v"}])
    shop.set(accepted_order_statuses=title, custom_attributes=title)
    sent = settled(shop)
    assert "v" in sent[product].values()
    assert explain.explain(shop.desk, shop.store, "order", order["number"]).reasons == []
    entries = survey.entries(shop.desk, shop.store, shop.desk.settings(shop.store).settings)
    for (entry,) in entries.values():
        assert entry["typed"] == title
        assert entry["matched"]


@pytest.mark.after("sync")
@pytest.mark.parametrize("status", ["canceled", "Cancelled", "CANCELED", "Geannuleerd", "annulée"])
def test_a_cancelled_order_is_one_in_every_spelling(shop: Place, status: str):
    order = next(o for o in shop.state.all("order") if o["number"] in shop.objects("orders"))
    custom = shop.state.put("custom_status", {"title": "Klaar", "color": "#f"})
    shop.set(accepted_order_statuses="completed, completed_shipped, completed_picked_up, Klaar")
    before = orders_sold(shop)
    shop.state.edit("order", order["id"], status=status, customStatusId=custom)
    settled(shop)
    assert shop.objects("orders")[order["number"]]["status"] == "CANCELLED"
    story = explain.explain(shop.desk, shop.store, "order", order["number"])
    assert story.reasons == ["status_not_accepted"]
    assert story.would_include is None
    unknown = survey.unknown(shop.desk, shop.desk.shop_by_id(shop.store.shop_id))
    assert status not in {row["name"] for row in unknown}
    assert orders_sold(shop) < before
    shop.set(accepted_order_statuses="cancelled")
    (entry,) = survey.entries(shop.desk, shop.store, shop.desk.settings(shop.store).settings)[
        "accepted_order_statuses"
    ]
    assert entry["matched"]


def orders_sold(shop: Place) -> int:
    with opened_shop(shop.desk, shop.store) as opened:
        inputs = opened.plan_inputs(shop.desk.settings(shop.store).settings)
        return sum(each.orders for each in sold(inputs, days=10_000).values())
