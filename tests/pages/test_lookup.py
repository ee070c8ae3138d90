"""The look-up: one box, the answer first."""

import re

import orjson
import pytest
from streamlit.testing.v1 import AppTest

from sync import run
from sync.entities import ENTITIES
from sync.explain import brings, lookup, smallest
from sync.openshop import opened_shop
from sync.texts import text
from tests.pages.conftest import draft, texts, unfolded, variant_rows


@pytest.fixture
def products(desk, store):
    """Ids of a product that goes, one that is hidden and one that is sold out."""
    wanted = {
        "goes": "visible AND sellable AND NOT free AND invalid = ''",
        "hidden": "NOT visible",
        "sold_out": "visible AND NOT sellable AND NOT free",
    }
    with opened_shop(desk, store) as shop:
        return {
            name: next(iter(shop.mirror.stream(f"SELECT id, title FROM product WHERE {where}")))
            for name, where in wanted.items()
        }


def asked(visit, words, lang="en"):
    app = visit("lookup", lang=lang)
    return app.text_input(key="lookup:box").set_value(str(words)).run()


def looked_for(app):
    """What the address says was looked for."""
    value = app.query_params.get("q", "")
    return value[0] if isinstance(value, list) else value


def said(app):
    return texts(app).replace("\\", "")


@pytest.mark.parametrize("lang", ["en", "de"])
def test_an_empty_box_says_what_to_type(data, visit, lang):
    assert text("lookup.empty.title", lang) in texts(visit("lookup", lang=lang))


def test_without_a_store_the_page_says_what_to_do_first(nothing, visit):
    assert text("frame.no_store.title") in texts(visit("lookup", lang="en"))


def test_a_product_that_goes(products, visit):
    number, title = products["goes"]
    shown = said(asked(visit, number))
    assert "goes to Clerk.io, which confirmed it last" in shown
    assert title in shown


@pytest.mark.parametrize(("lang", "why"), [("en", "hidden in Lightspeed"), ("de", "versteckt")])
def test_a_hidden_product_says_why_first(products, visit, lang, why):
    shown = said(asked(visit, products["hidden"][0], lang))
    assert why in shown
    assert text("shop_edit.visible", lang) in shown


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_product_that_is_sold_out_shows_its_variants_and_what_would_be_sent(
    products, visit, lang
):
    number, _ = products["sold_out"]
    app = asked(visit, number, lang)
    assert {"en": "can be sold", "de": "keine Variante verkäuflich"}[lang] in said(app)
    assert {row["sellable"] for row in variant_rows(app, lang)} == {text("option.no", lang)}
    assert text("lookup.if_sent", lang) in [each.label for each in app.expander]
    assert f'"id":{number}' in unfolded(app).replace(" ", "")


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_cancelled_order_is_rightly_left_out_and_nothing_is_proposed(desk, store, visit, lang):
    with opened_shop(desk, store) as shop:
        sql = "SELECT id FROM orders WHERE status = 'cancelled'"
        order = next(iter(shop.mirror.stream(sql)))[0]
    app = visit("lookup", entity="order", id=str(order), lang=lang)
    shown = said(app)
    assert text("because.cancelled", lang, status="cancelled") in shown
    assert text("evidence.rightly", lang) in shown
    assert text("cure.try", lang) not in shown


@pytest.mark.parametrize("lang", ["en", "de"])
def test_an_order_whose_lines_are_missing_follows(desk, store, visit, lang):
    with opened_shop(desk, store) as shop:
        sql = "SELECT source FROM ledger WHERE entity = 'orders'"
        order = next(iter(shop.mirror.stream(sql)))[0]
        shop.mirror.conn.execute("UPDATE orders SET items = NULL WHERE id = ?", [order])
    shown = said(visit("lookup", entity="order", id=str(order), lang=lang))
    assert text("reason.lines_pending.name", lang) in shown
    assert {"en": "does not go", "de": "geht nicht"}[lang] not in shown


@pytest.mark.parametrize("lang", ["en", "de"])
def test_every_way_back_is_told_in_the_shop_and_here(desk, store, products, visit, lang):
    number, _ = products["sold_out"]
    ways = smallest(desk, store, "product", number)
    shown = said(asked(visit, number, lang))
    for way in ways:
        assert all(each.text(lang) in shown for each in way.shop or ())
    assert text("setting.include_out_of_stock.label", lang) in shown
    assert text("lookup.each_alone", lang) in shown
    more = brings(desk, store, "product", {"include_out_of_stock": "yes"})
    assert text("cure.brings", lang, count=more) in shown


def test_the_smallest_change_is_tried_in_the_preview(desk, products, visit):
    app = asked(visit, products["sold_out"][0])
    assert text("setting.include_out_of_stock.label") in said(app)
    app.button(key="cure:try").click().run()
    assert draft(app) == {"include_out_of_stock": "yes"}
    assert app.query_params["id"] == str(products["sold_out"][0])
    assert text("preview.record.create") in said(app)


def test_several_matches_are_listed_with_their_state_and_the_first_is_open(desk, store, visit):
    found = lookup(desk, store, "e", 20)
    app = asked(visit, "e")
    [rows] = [each for each in app.dataframe if each.key == "lookup:found"]
    assert app.session_state["lookup:found"]["selection"]["cells"][0][0] == 0
    [states, _] = [rows.value[column] for column in rows.value]
    assert len(states) == len(found) == 20
    assert {state for [state] in states} >= {
        text("lookup.state.sent"),
        text("lookup.state.left_out"),
    }
    assert str(found[0]["title"]) in app.title[0].value.replace("\\", "")
    assert "20 categories" in said(app)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_one_wrong_character_is_read_as_what_was_meant(desk, store, visit, lang):
    with opened_shop(desk, store) as shop, shop.mirror.conn as conn:
        conn.execute(
            "UPDATE product SET title = 'Linnen zakdoek' WHERE id = (SELECT min(id) FROM product)"
        )
    app = asked(visit, "linen zakdoek", lang)
    assert text("lookup.read_as", lang, text="linnen zakdoek") in said(app)
    assert "Linnen zakdoek" in app.title[0].value


def test_a_link_opens_the_record(products, visit):
    number, title = products["hidden"]
    app = visit("lookup", lang="en", entity="product", id=str(number))
    assert title in said(app)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_link_to_a_record_that_is_nowhere_names_it_and_claims_no_more(data, visit, lang):
    app = visit("lookup", lang=lang, entity="product", id="999999")
    shown = said(app)
    assert text("answer.unknown", lang, record=text("a_record.product", lang), when="") in shown
    assert "999999" in shown
    assert "None" not in shown
    assert {"en": "does not go", "de": "geht nicht"}[lang] not in shown


@pytest.mark.parametrize("words", ["no such thing at all", "99999999999999999999", "'; DROP", "%"])
def test_nothing_found_says_of_each_kind_what_was_searched_and_why_it_may_be_missing(
    data, visit, words
):
    app = asked(visit, words)
    assert not app.exception
    shown = texts(app)
    for kind in ENTITIES:
        assert f"**{text(f'entity.{kind}')}** (" in shown
        assert text(f"lookup.by.{kind}") in shown
    off = text("lookup.why.off", since="", setting=text("setting.include_pages.label"))
    assert off in shown
    assert text("lookup.read_again") in shown


@pytest.mark.parametrize("lang", ["en", "de"])
def test_an_order_of_the_last_minutes_is_said_to_be_too_new(data, visit, lang):
    before, _, after = text("lookup.why.newly_placed", lang, since="|").partition("|")
    shown = said(asked(visit, "ORD99999", lang))
    assert re.search(f"{re.escape(before)}[^.]+.*{re.escape(after)}", shown)


@pytest.mark.parametrize(
    ("words", "helps"), [("ORD99999", True), ("#99999", True), ("Fietsx", False)]
)
def test_a_longer_period_is_said_to_help_for_an_order_alone(data, visit, words, helps):
    assert (text("lookup.older_orders") in texts(asked(visit, words))) == helps


def test_an_e_mail_address_is_in_no_address_and_on_no_page(data, visit):
    app = asked(visit, "jan.nobody@shop.example")
    assert "q" not in app.query_params
    assert "jan.nobody" not in texts(app)
    assert "j…@shop.example" in said(app).replace("\u2060", "")


@pytest.mark.parametrize(
    ("words", "there"), [("Jan de Nobody", False), ("Fietsx", True), ("kist 12", True)]
)
def test_what_may_be_a_person_s_name_is_in_no_address(data, visit, words, there):
    app = asked(visit, words)
    assert looked_for(app) == (words if there else "")
    assert words in said(app)


def test_words_that_name_a_record_are_in_the_address(products, visit):
    _, title = products["goes"]
    assert len(title.split()) > 1
    assert looked_for(asked(visit, title)) == title


def test_what_another_store_has_is_said_with_its_store(desk, products, visit):
    other = desk.add_store(
        desk.shop("shop"), "Deutsch", language="de", public="p" * 8, private="q" * 8
    )
    number, title = products["goes"]
    app = visit("lookup", lang="en", store=other.slug)
    app.text_input(key="lookup:box").set_value(str(number)).run()
    assert text("lookup.elsewhere") in said(app)
    [link] = [x for x in app.get("page_link") if f"id={number}" in x.proto.query_string]
    assert "store=main" in link.proto.query_string
    assert link.proto.label.replace("\\", "") == title


def test_a_kind_of_record_that_there_is_not_is_ignored(data, visit):
    """As other pages do with parameters that make no sense."""
    app = visit("lookup", lang="en", entity="spaceship", id="1")
    assert not app.exception
    assert not app.error
    assert text("lookup.empty.title") in texts(app)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_what_cannot_be_read_is_said_with_the_record(desk, store, products, visit, lang):
    number, _ = products["goes"]
    with opened_shop(desk, store) as shop:
        row = ["nl", number, 1010, "stockTracking", '"preorder"', 0]
        shop.mirror.conn.execute("INSERT INTO odd_value VALUES (?, ?, ?, ?, ?, ?)", row)
        shop.mirror.conn.commit()
    shown = said(visit("lookup", lang=lang, entity="product", id=str(number)))
    told = text("warning.unknown_tracking", lang, variant=1010, value='"preorder"')
    assert told in shown


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_customer_is_shown_by_the_number_alone(desk, store, visit, lang):
    run.change_settings(
        desk,
        store,
        desk.settings(store).settings.changed(
            {"include_customers": "yes", "collect_emails": "yes"}
        ),
        note="",
    )
    names = {"name": "Jan Canary", "company": "Canary BV", "zip": "1234AB", "gender": "male"}
    kept = {**names, "id": 4711, "email": "jan@canary.example", "is_company": True, "created": 0}
    with opened_shop(desk, store) as shop, shop.mirror.conn as conn:
        row = [4711, 2, kept["email"], 1, 0, orjson.dumps(kept), 1]
        conn.execute("INSERT INTO customer VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    app = asked(visit, "jan@canary.example", lang)
    shown = said(app) + str([each.value for each in app.dataframe])
    shown += unfolded(app)
    assert "4711" in app.title[0].value
    assert "anary" not in shown.replace(text("lookup.box", lang), "")
    assert "q" not in app.query_params


def test_the_other_stores_are_searched_too_once_that_is_asked_for(desk, products, visit):
    desk.add_store(desk.shop("shop"), "Second", language="nl", public="p" * 8, private="q" * 8)
    number, title = products["goes"]
    app = asked(visit, number)
    assert text("lookup.elsewhere") not in said(app)
    app.button(key="lookup:others").click().run()
    assert text("lookup.elsewhere") in said(app)
    [link] = [x for x in app.get("page_link") if "store=second" in x.proto.query_string]
    assert link.proto.label.replace("\\", "") == title


def test_of_many_variants_those_after_the_first_few_are_folded():
    def page():
        from pages.components import variants
        from sync.explain import VariantEvidence

        each = [VariantEvidence(n, f"Size {n}", n, 0, "enabled", n > 0) for n in range(20)]
        variants.show(each)

    app = AppTest.from_function(page).run()
    assert [row["title"] for row in variant_rows(app)] == [f"Size {n}" for n in range(20)]
    assert [each.label for each in app.expander] == [text("evidence.more", "en", count=12)]
