"""Finding a record by any name, its answer in one sentence, and what happened to it."""

import re

import pytest

from sync import explain
from sync.entities import PLURALS, SINGULARS
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.sandbox.faults import Fault
from sync.texts import LANGUAGES, catalogue
from tests.conftest import Place

pytestmark = pytest.mark.after("sync", include_customers="yes", include_pages="yes")


@pytest.fixture
def read(place: Place) -> Place:
    """A place whose shop was synced, with customers and pages."""
    return place


def every(place: Place, sql: str) -> list[tuple]:
    with opened_shop(place.desk, place.store) as shop:
        return shop.mirror.conn.execute(sql).fetchall()


WAYS = {
    "id": ("product", "id", "SELECT id, id FROM product"),
    "sku": ("product", "sku", "SELECT product, lower(sku) FROM variant WHERE sku <> ''"),
    "ean": ("product", "ean", "SELECT product, ean FROM variant WHERE ean <> ''"),
    "url": ("product", "url", "SELECT id, 'https://x.example/nl/' || slug || '.html' FROM product"),
    "title": ("product", "title", "SELECT id, upper(title) FROM product"),
    "order number": ("order", "number", "SELECT id, number FROM orders"),
    "order id": ("order", "id", "SELECT id, id FROM orders"),
    "category": ("category", "title", "SELECT id, title FROM category"),
    "customer id": ("customer", "id", "SELECT id, id FROM customer"),
    "e-mail": ("customer", "email", "SELECT id, upper(email) FROM customer WHERE email <> ''"),
    "page": ("page", "title", "SELECT id, title FROM page WHERE lang = 'nl'"),
    "page id": ("page", "id", "SELECT id, id FROM page WHERE lang = 'nl'"),
}


@pytest.mark.parametrize("way", WAYS)
def test_everything_is_found_by_every_name(read: Place, way: str):
    entity, matched, sql = WAYS[way]
    source, key = every(read, sql)[0]
    found = explain.lookup(read.desk, read.store, f" {key} ")
    assert (entity, source, matched) in [(f["entity"], f["id"], f["matched"]) for f in found]
    assert "@" not in str(found)


def test_exact_matches_come_before_parts_of_titles(read: Place):
    found = explain.lookup(read.desk, read.store, "fiets", limit=50)
    lengths = [len(f["title"]) for f in found]
    assert lengths == sorted(lengths)
    assert len(lengths) > 3
    title = found[-1]["title"]
    assert explain.lookup(read.desk, read.store, title)[0]["title"] == title


@pytest.mark.parametrize("between", [" ", "   "])
def test_a_title_is_found_by_its_words_in_any_order(read: Place, between: str):
    sql = "SELECT id, title FROM product WHERE title LIKE '% % %' ORDER BY id"
    number, title = every(read, sql)[0]
    typed = between.join(reversed(title.split()))
    assert number in [hit["id"] for hit in explain.lookup(read.desk, read.store, typed)]


TYPOS = {
    "one too few": "Linnen zakdek",
    "one too many": "linnen zakdoeek",
    "another one": "linnen zakdoel",
    "two exchanged": "linnen zakdeok",
    "exchanged in the middle": "linnen zadkoek",
    "in the first word": "lipnen zakdoek",
    "without the blank": "linnenzakdoek",
    "in another order": "zakdek linnen",
}


@pytest.mark.parametrize("typo", TYPOS)
def test_one_typing_error_in_a_title_is_forgiven_and_named(read: Place, typo: str):
    (source, _), (other, _) = every(read, "SELECT id, title FROM product ORDER BY id LIMIT 2")
    with opened_shop(read.desk, read.store) as shop, shop.mirror.conn as conn:
        sql = "UPDATE product SET title = ? WHERE id = ?"
        conn.executemany(sql, [("Linnen zakdoek, wit", source), ("Linnen zak", other)])
    [found] = explain.lookup(read.desk, read.store, TYPOS[typo])
    assert (found["id"], found["matched"]) == (source, "typo")
    assert sorted(found["read_as"].split()) == ["linnen", "zakdoek"]
    assert explain.lookup(read.desk, read.store, TYPOS[typo], typos=False) == []
    assert explain.lookup(read.desk, read.store, "lipnen zakdek") == []


@pytest.mark.parametrize("typed", ["QQ-1O234", "qq-10243", "QQ-1023", "QQ-102344", "QQ10234"])
def test_one_typing_error_in_a_sku_is_forgiven(read: Place, typed: str):
    product = min(read.objects("products"))
    with opened_shop(read.desk, read.store) as shop, shop.mirror.conn as conn:
        conn.execute("UPDATE variant SET sku = 'QQ-10234' WHERE product = ?", [product])
    [found] = explain.lookup(read.desk, read.store, typed)
    assert (found["id"], found["matched"]) == (product, "typo")
    assert found["read_as"] == "QQ-10234"


def test_one_typing_error_in_an_order_number_is_forgiven(read: Place):
    number, source = every(read, "SELECT number, id FROM orders ORDER BY id")[0]
    for typed in (number + "7", number[:2] + number[3:], f"#{number[1]}{number[0]}{number[2:]}"):
        assert source in [hit["id"] for hit in explain.lookup(read.desk, read.store, typed)], typed


def test_an_e_mail_address_is_taken_letter_by_letter(read: Place):
    [(email,)] = every(read, "SELECT email FROM customer WHERE email <> '' LIMIT 1")
    assert explain.lookup(read.desk, read.store, f"x{email}") == []


def test_what_clerk_refused_last_is_not_said_to_be_confirmed(read: Place):
    product = min(read.objects("products"))
    assert explain.lookup(read.desk, read.store, str(product))[0]["state"] == "sent"
    read.state.edit("product", product, title="Other")
    refused = Fault(
        "clerk", "soft_error", "POST", "/v2/products", message="no", type="ParsingError"
    )
    read.state.faults.add(refused)
    read.run()
    story = explain.explain(read.desk, read.store, "product", product)
    assert story.refused is not None
    told = explain.sentence(story)
    assert "which refused its last update on 2" in told
    assert "still has what it confirmed on 2" in told
    assert explain.lookup(read.desk, read.store, str(product))[0]["state"] == "refused"
    read.state.faults.clear()
    read.run()
    story = explain.explain(read.desk, read.store, "product", product)
    assert story.refused is None
    assert "which confirmed it last on" in explain.sentence(story)


def test_lookup_says_what_goes_as_explain_does(read: Place):
    found = explain.lookup(read.desk, read.store, "e", limit=200)
    assert {f["goes"] for f in found} == {True, False}
    assert {f["state"] for f in found} >= {"sent", "left_out"}
    for f in found:
        story = explain.explain(read.desk, read.store, f["entity"], f["id"])
        assert f["goes"] == (story.decision == "include"), f


def test_nothing_is_found_for_nothing(read: Place):
    assert explain.lookup(read.desk, read.store, "  ") == []
    assert explain.lookup(read.desk, read.store, "no such thing") == []


@pytest.mark.parametrize(("lang", "no"), [("en", " does not go "), ("de", " geht nicht an ")])
def test_a_sentence_says_first_whether_the_record_goes(read: Place, lang: str, no: str):
    for record in read.records():
        entity = SINGULARS[record["entity"]]
        story = explain.explain(read.desk, read.store, entity, record["id"])
        told = explain.sentence(story, lang)
        assert told.startswith(catalogue(lang)[f"a_record.{entity}"])
        assert (no in told) == (record["action"] != "unchanged"), told
        assert told.endswith(".")


def test_a_timeline_begins_with_now_and_ends_with_the_first_run(read: Place):
    source, *_ = every(read, "SELECT source FROM outcome WHERE entity = 'products'")[0]
    read.set(image_size="111x111x2")
    read.run()
    events = explain.timeline(read.desk, read.store, "product", source)
    assert [event["outcome"] for event in events] == ["goes", "updated", "created"]
    assert [event["settings_version"] for event in events] == [3, 3, 2]
    read.set(import_products="no")
    assert explain.timeline(read.desk, read.store, "product", source)[0]["reasons"] == [
        "import_off"
    ]


def test_a_timeline_is_in_order_where_a_run_went_on_long_after_its_read(read: Place):
    source, *_ = every(read, "SELECT source FROM outcome WHERE entity = 'products'")[0]
    with opened_shop(read.desk, read.store) as shop:
        shop.mirror.conn.execute("UPDATE outcome SET at = at + 600")
    times = [x["at"] for x in explain.timeline(read.desk, read.store, "product", source)]
    assert times == sorted(times, reverse=True)


def story_of(place: Place, product: int) -> tuple[str, list[str]]:
    """The sentence about a product and the outcomes on its timeline."""
    story = explain.explain(place.desk, place.store, "product", product)
    events = explain.timeline(place.desk, place.store, "product", product)
    return explain.sentence(story), [event["outcome"] for event in events]


def test_a_product_that_left_the_selection_says_since_when(read: Place):
    product = min(read.objects("products"))
    read.state.edit("product", product, isVisible=False)
    read.run("refresh")
    told, events = story_of(read, product)
    assert "no longer goes to Clerk.io, which still has it" in told
    assert events == ["stays_out", "created"]
    read.run()
    told, events = story_of(read, product)
    assert "was removed there on 2" in told
    assert "it is hidden in Lightspeed" in told
    assert events == ["stays_out", "removed", "created"]


def test_a_product_that_is_gone_is_found_as_long_as_clerk_has_it(read: Place):
    product, title = next((key, made["name"]) for key, made in read.objects("products").items())
    read.state.delete("product", product)
    read.run("refresh")
    [found] = explain.lookup(read.desk, read.store, str(product))
    assert found == {
        "entity": "product",
        "id": product,
        "title": title,
        "matched": "id",
        "read_as": None,
        "goes": False,
        "state": "gone",
    }
    told, events = story_of(read, product)
    assert "is no longer in the shop; Clerk.io still has it" in told
    assert events == ["gone", "created"]
    read.run()
    assert explain.lookup(read.desk, read.store, str(product)) == []
    told, events = story_of(read, product)
    assert "is no longer in the shop and was removed from Clerk.io on 2" in told
    assert events == ["gone", "removed", "created"]


def test_what_nobody_knows_is_said_to_be_unknown(read: Place):
    told, events = story_of(read, 1)
    assert "was not found" in told
    assert events == ["unknown"]


@pytest.mark.parametrize("written", ["{}.0", "+{}", "{}.5", "{}e0", "0x{:x}", "-{}"])
@pytest.mark.parametrize("entity", SINGULARS.values())
def test_what_only_looks_like_an_id_is_answered(read: Place, entity: str, written: str):
    table = {"order": "orders"}.get(entity, entity)
    [(number,), *_] = every(read, f"SELECT id FROM {table}")
    key = str(number) if isinstance(number, str) else written.format(number)
    found = explain.explain(read.desk, read.store, entity, key)
    assert found.id in (number, None)


@pytest.mark.parametrize("key", ["5", "7", "-5", "0", "25", "a", "e", "de"])
@pytest.mark.parametrize("entity", ["product", "category", "page"])
def test_a_key_that_many_titles_hold_names_none(read: Place, entity: str, key: str):
    assert not explain.explain(read.desk, read.store, entity, key).found


def test_words_of_one_title_alone_name_it(read: Place):
    titles = [title for (title,) in every(read, "SELECT title FROM product WHERE title <> ''")]
    words = {word for title in titles for word in title.split() if word.isalpha()}
    alone = [w for w in words if sum(w.casefold() in t.casefold() for t in titles) == 1]
    assert alone
    for word in alone[:5]:
        found = explain.explain(read.desk, read.store, "product", word)
        assert word.casefold() in (found.title or "").casefold()


def test_an_order_s_id_is_not_taken_for_another_order_s_number(read: Place):
    first, second = sorted(number for (number,) in every(read, "SELECT id FROM orders"))[:2]
    read.state.edit("order", first, number=str(second))
    read.run("refresh")
    assert explain.explain(read.desk, read.store, "order", str(second)).id == first
    assert explain.explain(read.desk, read.store, "order", second).id == second


def test_an_outcome_of_another_store_is_not_on_the_timeline(read: Place):
    shop = read.desk.shop_by_id(read.store.shop_id)
    other = read.desk.add_store(shop, "Other", language="nl", public="p" * 9, private="q" * 9)
    product = min(read.objects("products"))
    assert len(explain.timeline(read.desk, read.store, "product", product)) == 2
    [now] = explain.timeline(read.desk, other, "product", product)
    assert now["outcome"] == "goes"


def pasted(place: Place) -> dict[str, tuple[str, object, str]]:
    """What people paste → the record that is meant: (kind, id, what it was matched by)."""
    with opened_shop(place.desk, place.store) as shop:
        mirror = shop.mirror
        product, slug = mirror.conn.execute(
            "SELECT id, slug FROM product WHERE slug <> '' ORDER BY id"
        ).fetchone()
        category = mirror.conn.execute("SELECT id FROM category ORDER BY id").fetchone()[0]
        variant = mirror.conn.execute(
            "SELECT id FROM variant WHERE product = ?", [product]
        ).fetchone()[0]
        order, number = mirror.conn.execute("SELECT id, number FROM orders").fetchone()
        with mirror.conn:
            mirror.conn.execute(
                "UPDATE product SET title = ? WHERE id = ?",
                ["Wasch\u00admaschinen\u200bschrank", product],
            )
            mirror.conn.execute("UPDATE category SET slug = 'tv' WHERE id = ?", [category])
            mirror.conn.execute(
                "UPDATE variant SET ean = '0871234567890', sku = 'Ab 12-x' WHERE id = ?", [variant]
            )
            columns = [row[1] for row in mirror.conn.execute("PRAGMA table_info(product)")]
            german = {"lang": "'de'", "slug": "'fahrräder'"}
            values = ", ".join(german.get(name, name) for name in columns)
            mirror.conn.execute(
                f"INSERT INTO product SELECT {values} FROM product WHERE id = ? AND lang = 'nl'",
                [product],
            )
        languages = [
            {"code": "nl", "active": True, "default": True},
            {"code": "de", "active": False, "default": False},
        ]
        mirror.note(facts.LANGUAGES, languages)
    tail = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    a_product = ("product", product)
    return {
        f"https://www.shop.example/nl/{slug}.html?source=mail#top": (*a_product, "url"),
        f"SHOP.example/{slug}.html": (*a_product, "url"),
        f"/{slug}/": (*a_product, "url"),
        "https://shop.example/de/fahrr%C3%A4der.html": (*a_product, "url"),
        f"https://shop.example/nl/unknown.html?id={variant}": (*a_product, "id"),
        f"#{product}": (*a_product, "id"),
        str(variant): (*a_product, "id"),
        "871234567890": (*a_product, "ean"),
        "0 871234 567890": (*a_product, "ean"),
        "AB12-X": (*a_product, "sku"),
        "waschmaschinenschrank": (*a_product, "title"),
        "Wasch\u00admaschinen": (*a_product, "title"),
        "https://shop.example/tv/": ("category", category, "url"),
        "shop.example/nl/tv": ("category", category, "url"),
        f"#{number}": ("order", order, "number"),
        f" {number.lower()} ": ("order", order, "number"),
        f"{number[:4]} {number[4:]}": ("order", order, "number"),
        str(int(tail)): ("order", order, "number"),
    }


NOBODY = (
    "²",
    "9" * 30,
    "-1",
    "\x00",
    "x" * 10_000,
    "\N{BICYCLE}",
    "../",
    "%00",
    "\ud800",
    "#",
)
NOBODY += ("https://", "http://[::1", "a?" + "id=1&" * 500, "' OR 1=1 --", "%", "//", "1" * 5000)


def test_records_are_found_by_what_people_paste(read: Place):
    missed = {}
    for key, (entity, source, matched) in pasted(read).items():
        found = [
            (f["entity"], f["id"], f["matched"]) for f in explain.lookup(read.desk, read.store, key)
        ]
        story = explain.explain(read.desk, read.store, entity, key)
        if (entity, source, matched) not in found or story.id != source:
            missed[key] = (found, story.id)
    assert missed == {}
    for key in NOBODY:
        assert explain.lookup(read.desk, read.store, key) == [], key
        for entity in PLURALS:
            assert not explain.explain(read.desk, read.store, entity, key).found, key


def test_what_was_just_made_is_explained_for_every_kind_that_was_read(read: Place):
    """The commonest reason of all: it came after the last read, beside any other."""
    found = {kind.entity: [why.code for why in kind.whys] for kind in searched_for(read)}
    newer = {"orders": "newly_placed"}
    assert found == {
        kind: [newer.get(kind, "newer"), *(["older"] if kind == "orders" else [])] for kind in found
    }
    dated = [why for kind in searched_for(read) for why in kind.whys]
    assert all(why.since for why in dated)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_orders_before_the_period_nobody_says_that_they_were_never_read(read: Place, lang: str):
    """They may have been, and were let go when the period became shorter."""
    codes = ["lookup.why.older", "answer.not_read", "unknown.older", "unknown.older_uncounted"]
    codes += ["cli.explain.not_found_unread", "cli.counts.older.one", "cli.counts.older.many"]
    for code in codes:
        said = catalogue(lang)[code]
        assert not re.search(r"(not|never) (read|listed)|(gelesen|aufgelistet)\b", said), code


def searched_for(place: Place) -> list[explain.Searched]:
    return explain.searched(place.desk, place.store)
