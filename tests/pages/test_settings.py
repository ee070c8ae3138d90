"""The settings page: draft, validation, pickers, effect, saving, history, copying."""

import json
import random
import re
import time
from datetime import date

import pytest
import streamlit as st

from pages.components.settings import lists
from sync import run
from sync.access import Person
from sync.clock import SystemClock
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.settings import GROUPS, SETTINGS
from sync.store import Desk
from sync.texts import text
from tests.pages.conftest import draft, propose, texts

WIDGETS = ("toggle", "radio", "number_input", "selectbox", "text_input")

STATUSES = "accepted_order_statuses"


def said(app) -> str:
    """What the page says, without the marks that keep Markdown from reading it."""
    return texts(app).replace("\\", "")


def field(app, kind: str, key: str, part: str = ""):
    """A setting's widget; the end of a name depends on the labels."""
    begin = f"field:main:{key}:{part}"
    return next(each for each in app.get(kind) if (each.key or "").startswith(begin))


def choices(app, kind: str, key: str) -> list:
    """A list's buttons that `drop` a name or `add` one."""
    return [each for each in app.button if (each.key or "").startswith(f"{kind}:main:{key}:")]


def listed(app, key: str) -> list[str]:
    """The names of a list."""
    return [each.key.split(":", 3)[3] for each in choices(app, "drop", key)]


def type_in(app, key: str, typed: str):
    """Type into a list's line and press Enter."""
    return field(app, "text_input", key, "line").set_value(typed).run()


def drop_all(app, key: str):
    """Take every name out of a list."""
    while names := choices(app, "drop", key):
        names[-1].click().run()
    return app


def list_only(app, key: str, typed: str):
    """Take every name out of a list, then type others."""
    return type_in(drop_all(app, key), key, typed)


def button(app, code: str, lang: str = "en", **values: object):
    label = text(code, lang, **values)
    return next(each for each in app.button if each.label.replace("\\", "") == label)


def save_button(app):
    return app.button(key="settings-save")


def opened(app, name: str, slug: str = "main"):
    """Open a popover that is drawn only while it is open."""
    app.session_state[f"{name}:{slug}"] = True
    return app.run()


def effect(app) -> dict[str, dict]:
    """The table of the effect, by kind of record."""
    rows = app.dataframe[0].value.to_dict("records")
    return {row["entity"]: row for row in rows}


@pytest.fixture
def form(data, visit):
    """Opens the page with every group unfolded."""

    def opened(**query):
        app = visit("settings", **query)
        return app.button(key="settings-rare").click().run()

    return opened


def test_every_setting_has_a_field(form):
    """A new setting that the form does not draw would be reachable by scripts alone."""
    app = form()
    keys = [each.key for kind in WIDGETS for each in app.get(kind) if each.key]
    drawn = {key.split(":")[2] for key in keys if key.startswith("field:")}
    assert drawn == SETTINGS.keys()


@pytest.mark.parametrize(
    ("kind", "key", "part", "typed", "drafted"),
    [
        ("toggle", "include_out_of_stock", "", True, "yes"),
        ("radio", "variant_stock_tracking", "", "no", "no"),
        ("radio", "price_tax", "", "excl", "excl"),
        ("number_input", "page_size", "", 100, "100"),
        ("number_input", "image_size", "width", 500, "500x400x1"),
        ("number_input", "image_size", "zoom", 2, "300x400x2"),
        ("selectbox", "include_orders", "", "3m", "3m"),
        ("selectbox", "sync_time", "", "7", "7"),
        ("text_input", "custom_attributes", "line", "Materiaal, Merk", "Materiaal, Merk"),
    ],
)
def test_what_a_field_says_goes_into_the_draft(data, form, kind, key, part, typed, drafted):
    app = form()
    field(app, kind, key, part).set_value(typed).run()
    assert not app.exception
    assert draft(app) == {key: drafted}
    assert text("settings.unsaved.one", "en") in said(app)


def test_a_field_set_back_leaves_the_draft(data, visit):
    app = visit("settings")
    for value in (True, False):
        field(app, "toggle", "include_pages").set_value(value).run()
    assert draft(app) == {}
    assert text("settings.unsaved.one", "en") not in said(app)


def test_a_date_of_ones_own(data, visit):
    app = visit("settings")
    field(app, "selectbox", "include_orders").set_value("date").run()
    field(app, "date_input", "include_orders", "date").set_value(date(2025, 3, 1)).run()
    assert draft(app) == {"include_orders": "2025-03-01"}
    assert field(app, "selectbox", "include_orders").value == "date"


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [("page_size", 251, "250"), ("page_size", None, "250"), ("removal_limit_percent", 101, "10")],
)
def test_a_refused_number_is_said_at_its_field_and_kept_out_of_the_draft(
    data, form, key, typed, kept
):
    """Limits in the widget are the browser's; the server must hold them too."""
    app = form(lang="de")
    field(app, "number_input", key).set_value(typed).run()
    assert not app.exception
    assert draft(app).get(key, kept) == kept
    label = text(f"setting.{key}.label", "de")
    assert label in "".join(each.value for each in app.error).replace("\\", "")
    assert save_button(app).disabled


def test_a_refused_entry_stays_typed_until_it_is_mended(data, visit):
    app = visit("settings")
    long = "x" * 201
    type_in(app, "custom_attributes", f"Merk, {long}")
    assert listed(app, "custom_attributes") == ["Merk", long]
    app.switch_page("pages/runs.py").run()
    app.switch_page("pages/settings.py").run()
    assert listed(app, "custom_attributes") == ["Merk", long]
    choices(app, "drop", "custom_attributes")[1].click().run()
    assert draft(app) == {"custom_attributes": "Merk"}
    assert not app.error


def test_the_draft_outlives_leaving_the_page(data, visit):
    app = visit("settings")
    field(app, "toggle", "include_pages").set_value(True).run()
    app.switch_page("pages/runs.py").run()
    app.switch_page("pages/settings.py").run()
    assert field(app, "toggle", "include_pages").value is True
    assert text("settings.unsaved.one", "en") in said(app)


def test_saving_makes_a_version_with_its_note(desk, store, visit):
    app = visit("settings")
    field(app, "toggle", "include_pages").set_value(True).run()
    app.text_input(key="note:main").set_value("pages wanted").run()
    save_button(app).click().run()
    saved = desk.settings(store)
    assert (saved.version, saved.note, saved.who) == (2, "pages wanted", "tester")
    assert saved.settings.include_pages
    assert draft(app) == {}
    assert text("settings.saved_now", "en", version=2) in [each.value for each in app.toast]
    assert text("settings.unsaved.one", "en") not in said(app)


def test_discarding_shows_what_is_saved(desk, store, visit):
    app = visit("settings")
    field(app, "toggle", "include_pages").set_value(True).run()
    button(app, "settings.discard").click().run()
    assert field(app, "toggle", "include_pages").value is False
    assert desk.settings(store).version == 1


def test_a_save_that_is_refused_keeps_the_draft(desk, store, form):
    """The order id is fixed once an order was confirmed; the page switches the field off, but
    another page's draft may still name it."""
    app = form()
    field(app, "toggle", "include_pages").set_value(True).run()
    propose(app, order_id="id")
    app.run()
    save_button(app).click().run()
    assert "order_id" in said(app)
    assert draft(app) == {"order_id": "id", "include_pages": "yes"}
    assert desk.settings(store).version == 1


def test_a_setting_that_is_fixed_is_switched_off_and_says_why(data, form):
    app = form()
    assert field(app, "radio", "order_id").disabled
    assert text("settings.fixed.order_id", "en")[:30] in said(app)


def test_a_setting_without_effect_is_switched_off_and_says_why(data, form):
    app = form(lang="de")
    field(app, "toggle", "import_products").set_value(False).run()
    assert field(app, "number_input", "image_size", "width").disabled
    assert "Produkte importieren" in said(app)
    assert not field(app, "toggle", "import_products").disabled


def test_another_persons_save_stays_beside_the_draft(desk, store, visit):
    app = visit("settings")
    field(app, "toggle", "include_pages").set_value(True).run()
    other = desk.settings(store).settings.changed({"page_size": "50"})
    run.change_settings(desk.on_behalf(Person.local("somebody")), store, other, note="")
    app.run()
    save_button(app).click().run()
    saved = desk.settings(store).settings
    assert (saved.page_size, saved.include_pages) == (50, True)


def test_no_status_at_all_is_warned_about(data, visit):
    app = visit("settings")
    drop_all(app, STATUSES)
    assert text("settings.statuses.none", "en") in [each.value for each in app.warning]


def test_real_statuses_are_offered_with_their_counts(data, visit):
    app = visit("settings")
    known = [each.label.replace("\\", "") for each in choices(app, "drop", STATUSES)]
    shipped = next(each for each in known if each.startswith("completed_shipped"))
    assert "%" in shipped


@pytest.mark.parametrize(
    "typed", ["sale", "complete", "Sale & Co", "Wasch\u00admaschine", "Gr&ouml;&szlig;e"]
)
@pytest.mark.parametrize("key", [STATUSES, "custom_attributes"])
def test_what_is_typed_is_kept_letter_by_letter(data, visit, key, typed):
    """A list that takes its nearest proposal at Enter makes another word of it."""
    app = visit("settings")
    before = listed(app, key)
    type_in(app, key, typed)
    assert listed(app, key) == [*before, typed]
    assert field(app, "text_input", key, "line").value == ""


def test_a_name_that_is_there_already_is_not_added_twice(data, visit):
    app = visit("settings")
    before = listed(app, STATUSES)
    type_in(app, STATUSES, before[0])
    assert (listed(app, STATUSES), draft(app)) == (before, {})


@pytest.mark.parametrize("place", [0, -1])
def test_what_the_shop_has_is_added_by_a_click(data, visit, place):
    app = visit("settings")
    offered = choices(app, "add", "custom_attributes")[place]
    name = offered.key.split(":", 3)[3]
    offered.click().run()
    assert listed(app, "custom_attributes") == [name]
    assert offered.key not in [each.key for each in choices(app, "add", "custom_attributes")]


def test_a_misspelt_status_is_mended_with_one_click(data, visit):
    app = visit("settings")
    list_only(app, STATUSES, "completed_shiped, completed_picked_up")
    button(app, "settings.replace", nearest="completed_shipped").click().run()
    assert draft(app)["accepted_order_statuses"] == "completed_shipped, completed_picked_up"


def test_the_effect_counts_what_comes_in_and_leads_to_it(data, visit):
    app = visit("settings")
    field(app, "toggle", "include_out_of_stock").set_value(True).run()
    products = effect(app)[text("entity.products", "en")]
    gained = products["draft"] - products["saved"]
    assert (gained > 0, products["change"]) == (True, f"+{gained}")
    assert text("setting.include_out_of_stock.label", "en") in said(app)
    app.button(key="blame:include_out_of_stock:products:enter").click().run()
    assert app.query_params["entity"] in ("product", ["product"])
    assert app.query_params["move"] in ("enter", ["enter"])
    assert text("preview.draft", "en") in said(app)


def test_orders_that_follow_have_their_own_number(data, visit):
    """Their lines are not read yet: they are no orders that go now, and none that stay out."""
    app = visit("settings", lang="de")
    list_only(app, STATUSES, "completed_shipped, cancelled")
    orders = effect(app)[text("entity.orders", "de")]
    follow = int(re.match(r"\+(\d+) folgen", orders["change"])[1])
    assert re.search(rf"\+{follow} folgen, {follow} Aufrufe, fertig \d\d:\d\d", said(app))


def test_orders_that_leave_the_period_are_said_to_stay(data, visit):
    """They are never deleted; a smaller number alone would read as if they were."""
    app = visit("settings")
    field(app, "selectbox", "include_orders").set_value("1m").run()
    assert not effect(app)[text("entity.orders", "en")]["change"]
    assert re.search(r"\d+ stay in Clerk", said(app))


def test_what_was_never_read_is_read_first(data, visit):
    """Nobody knows how many there are: that is not nothing."""
    app = visit("settings")
    field(app, "toggle", "include_customers").set_value(True).run()
    assert effect(app)[text("entity.customers", "en")]["change"] == "read first"
    assert re.search(r"Customers: read first: \d+ calls?", said(app))
    assert re.search(r"read first: \d+ call", app.title[0].value)


def test_a_list_is_told_by_what_came_and_went(data, visit):
    app = visit("settings")
    list_only(app, STATUSES, "completed_shipped, completed_picked_up, cancelled")
    assert "+ cancelled, − completed" in said(app)


def test_an_earlier_version_is_taken_into_the_draft(desk, store, visit):
    saved = desk.settings(store).settings
    run.change_settings(desk, store, saved.changed({"page_size": "50"}), note="smaller")
    app = opened(visit("settings"), "history")
    assert not app.exception
    chosen = next(each for each in app.selectbox if each.key.startswith("version:"))
    assert "smaller" in chosen.options[0]
    assert "250 records → 50 records" in said(app)
    chosen.set_value(1).run()
    button(app, "settings.history.restore", version=1).click().run()
    assert desk.settings(store).version == 2
    assert draft(app) == {"page_size": "250"}


def test_history_of_one_version_compares_nothing(data, visit):
    assert text("settings.history.only", "en") in said(opened(visit("settings"), "history"))


def test_copying_goes_into_the_draft_not_live(desk, store, visit):
    other = desk.add_store(
        desk.shop("shop"), "Other", language="de", public="p" * 8, private="q" * 8
    )
    theirs = desk.settings(other).settings.changed({"page_size": "50", "order_id": "id"})
    run.change_settings(desk, other, theirs, note="")
    app = opened(visit("settings", store="main"), "others")
    assert text("setting.page_size.label", "en") in said(app)
    button(app, "settings.copy.take").click().run()
    assert draft(app) == {"page_size": "50"}
    assert desk.settings(store).version == 1


def test_the_form_is_given_to_other_stores_as_drafts(desk, store, form):
    keys = {"public": "p" * 8, "private": "q" * 8}
    other = desk.add_store(desk.shop("shop"), "Other", language="de", **keys)
    app = form(store="main")
    field(app, "number_input", "page_size").set_value(50).run()
    opened(app, "others")
    app.multiselect(key="give:main").set_value(["other"]).run()
    button(app, "settings.copy.give", count=1).click().run()
    assert not app.exception
    assert draft(app, "other") == draft(app) == {"page_size": "50"}
    assert desk.settings(other).version == 1


def test_copying_needs_a_second_store(data, visit):
    assert text("settings.copy.none", "en") in said(opened(visit("settings"), "others"))


def test_a_shop_that_was_never_read_says_so_and_flags_nothing(nothing, visit):
    from tests.conftest import connect

    connect(Desk(nothing), "http://127.0.0.1:9")
    app = visit("settings", lang="de")
    assert not app.exception
    assert text("settings.effect.never_read", "de") in said(app)
    assert not field(app, "selectbox", "include_orders").disabled
    assert text("settings.replace", "de", nearest="")[:5] not in said(app)


def test_lists_have_a_picker_each():
    assert lists.LISTS.keys() == {k for k, s in SETTINGS.items() if s.kind == "list"}


@pytest.fixture
def comma(data, desk, store):
    """The shop has an own status and an attribute whose names hold a comma."""
    with opened_shop(desk, store) as shop:
        mirror = shop.mirror
        (flat,) = mirror.conn.execute("SELECT flat FROM product WHERE lang = 'nl'").fetchone()
        product = json.loads(flat)
        product["specs"] = [{"id": 1, "name": "Maat, EU", "value": "42"}]
        with mirror.conn:
            mirror.conn.execute(
                "UPDATE product SET flat = ? WHERE lang = 'nl' AND id = ?",
                [json.dumps(product).encode(), product["id"]],
            )
        own = mirror.conn.execute("SELECT DISTINCT custom_status FROM orders").fetchall()
        titles = [{"id": number, "title": "Betaald, verzonden"} for (number,) in own if number]
        mirror.note(facts.custom_statuses("nl"), titles)
        mirror.moved("catalog:nl")
    return desk


@pytest.mark.parametrize(
    ("key", "name", "more"),
    [
        ("accepted_order_statuses", "Betaald, verzonden", "completed"),
        ("custom_attributes", "Maat, EU", "Materiaal"),
    ],
)
@pytest.mark.parametrize("typed", ["{name}", '"{name}"'])
def test_a_name_with_a_comma_is_chosen_or_typed_saved_shown_and_copied(
    comma, store, visit, key, name, more, typed
):
    app = visit("settings")
    list_only(app, key, more)
    type_in(app, key, typed.format(name=name))
    assert not app.exception
    assert listed(app, key) == [more, name]
    assert draft(app) == {key: f'{more}, "{name}"'}
    save_button(app).click().run()
    saved = comma.settings(store).settings
    assert getattr(saved, key) == (more, name)
    other = comma.add_store(
        comma.shop("shop"), "Other", language="nl", public="p" * 8, private="q" * 8
    )
    app = opened(visit("settings", store=other.slug), "others", other.slug)
    button(app, "settings.copy.take").click().run()
    assert draft(app, "other")[key] == f'{more}, "{name}"'


def test_a_comma_list_is_pasted_as_one_entry(data, visit):
    app = visit("settings")
    list_only(app, STATUSES, "abgeschlossen, abgeschlossen und versendet")
    names = ["abgeschlossen", "abgeschlossen und versendet"]
    assert listed(app, STATUSES) == names
    understood = text(
        "settings.statuses.understood", "en", typed=names[1], status="completed_shipped"
    )
    assert understood in said(app)


def test_a_misspelt_name_with_a_comma_is_mended_with_one_click(comma, visit):
    app = visit("settings")
    list_only(app, STATUSES, 'completed, "Betald, verzonden"')
    button(app, "settings.replace", nearest="Betaald, verzonden").click().run()
    assert draft(app)["accepted_order_statuses"] == 'completed, "Betaald, verzonden"'


# -- two people at once -----------------------------------------------------------------------


def saved_by_somebody(desk, store, **values):
    settings = desk.settings(store).settings.changed(values)
    run.change_settings(desk.on_behalf(Person.local("somebody")), store, settings, note="")


@pytest.mark.parametrize(("chosen", "kept"), [("mine", 100), ("theirs", 50)])
def test_a_conflict_is_shown_and_decided_before_anything_is_saved(desk, store, form, chosen, kept):
    app = form()
    field(app, "number_input", "page_size").set_value(100).run()
    app.run()  # a click leaves the tree of what it drew
    field(app, "toggle", "include_pages").set_value(True).run()
    saved_by_somebody(desk, store, page_size="50", include_customers="yes")
    app.run()
    assert text("settings.conflict", who="somebody", version=2) in said(app)
    assert save_button(app).disabled
    assert desk.settings(store).version == 2
    button(app, f"settings.conflict_{chosen}").click().run()
    save_button(app).click().run()
    saved = desk.settings(store).settings
    assert (saved.page_size, saved.include_pages, saved.include_customers) == (kept, True, True)


def test_a_conflict_that_came_after_the_page_was_drawn_is_refused(desk, store, form):
    app = form()
    field(app, "number_input", "page_size").set_value(100).run()
    saved_by_somebody(desk, store, page_size="50")
    save_button(app).click().run()
    assert desk.settings(store).settings.page_size == 50
    assert "page_size=50" in said(app)
    assert draft(app) == {"page_size": "100"}


def test_a_value_typed_on_a_page_that_was_out_of_date_is_a_conflict_too(desk, store, form):
    app = form()
    saved_by_somebody(desk, store, page_size="50")
    field(app, "number_input", "page_size").set_value(100).run()
    assert text("settings.conflict", who="somebody", version=2) in said(app)


def test_both_peoples_entries_of_a_list_are_saved(desk, store, visit):
    app = visit("settings")
    saved_by_somebody(desk, store, custom_attributes="Merk")
    type_in(app, "custom_attributes", "Materiaal")
    save_button(app).click().run()
    assert desk.settings(store).settings.custom_attributes == ("Merk", "Materiaal")


def test_a_draft_outlives_the_session_and_the_server(desk, store, visit):
    """A reload, or a server that was started again: the browser's cookie is all that is left."""
    app = visit("settings")
    field(app, "toggle", "include_pages").set_value(True).run()
    app.run()
    type_in(app, "custom_attributes", "x" * 201)
    app.text_input(key="note:main").set_value("pages wanted").run()
    st.cache_resource.clear()
    again = visit("settings", person=app.session_state["person"])
    assert field(again, "toggle", "include_pages").value is True
    assert listed(again, "custom_attributes") == ["x" * 201]
    assert again.text_input(key="note:main").value == "pages wanted"
    assert field(visit("settings"), "toggle", "include_pages").value is False


def test_a_link_shows_anothers_draft_and_lets_it_be_taken_over(desk, store, form):
    theirs = form()
    field(theirs, "number_input", "page_size").set_value(100).run()
    (kept,) = desk.drafts(store)
    app = form(draft=kept.id)
    title = text("settings.link.title", "en", who="tester", when="", count=1).partition(",")[0]
    assert title in said(app)
    assert text("setting.page_size.label", "en") in said(app)
    assert field(app, "number_input", "page_size").value == 250
    button(app, "settings.link.take").click().run()
    assert draft(app) == draft(theirs) == {"page_size": "100"}
    assert field(app, "number_input", "page_size").value == 100
    assert title not in said(app)
    button(app, "settings.discard").click().run()
    assert draft(theirs) == {"page_size": "100"}


def test_a_link_to_a_draft_that_is_gone_says_so(data, visit):
    app = visit("settings", draft="0123456789abcdef")
    assert text("settings.link.gone", "en", days=30) in said(app)
    button(app, "settings.link.close").click().run()
    assert text("settings.link.gone", "en", days=30) not in said(app)


def test_a_draft_says_what_others_saved_under_it(desk, store, visit):
    app = visit("settings")
    field(app, "toggle", "include_pages").set_value(True).run()
    saved_by_somebody(desk, store, page_size="50")
    app.run()
    head = text("settings.news", "en", who="somebody", version=2)
    assert head in said(app)
    assert "Page size: 250 records → 50 records" in said(app)
    button(app, "settings.news_seen").click().run()
    assert head not in said(app)
    assert draft(app) == {"include_pages": "yes"}


def test_what_changed_in_another_window_is_not_saved_unseen(desk, store, visit):
    app = visit("settings")
    field(app, "toggle", "include_pages").set_value(True).run()
    propose(app, page_size="50")  # the same person in another window
    save_button(app).click().run()
    assert desk.settings(store).version == 1
    assert text("settings.other_window", "en") in said(app)
    save_button(app).click().run()
    assert desk.settings(store).settings.page_size == 50


def test_a_value_set_back_after_others_saved_another_is_a_conflict(desk, store, form):
    """The page shows their value by then; going back to the old one is a wish, not the absence of
    one."""
    app = form()
    field(app, "number_input", "page_size").set_value(100).run()
    saved_by_somebody(desk, store, page_size="50")
    app.run()
    field(app, "number_input", "page_size").set_value(250).run()
    assert field(app, "number_input", "page_size").value == 250
    assert save_button(app).disabled
    button(app, "settings.conflict_mine").click().run()
    save_button(app).click().run()
    assert desk.settings(store).settings.page_size == 250


# -- what a click draws ---------------------------------------------------------------------------


def described(node) -> list[tuple[object, ...]]:
    """What a reader sees of a part of the page, in its order."""
    children = getattr(node, "children", None)
    if children is not None:
        label = getattr(node, "label", "")
        return [(node.type, label), *(row for each in children.values() for row in described(each))]
    names = ("label", "value", "disabled", "help", "options", "placeholder")
    return [(node.type, *(str(getattr(node, name, "")) for name in names))]


PLACES = re.compile(r"(group-\w+|answer|settings-version|settings-effect)$")


def places(app) -> dict[str, list[tuple[object, ...]]]:
    """The parts that are drawn, by their names."""
    found, todo = {}, [*app._tree.children.values()]
    while todo:
        node = todo.pop()
        name = PLACES.search(getattr(getattr(node, "proto", None), "id", ""))
        if name:
            found[name[1]] = described(node)
        todo += getattr(node, "children", {}).values()
    rare = [described(each) for each in app.button if each.key == "settings-rare"]
    return found | dict(zip(["rare"], rare, strict=False))


def changed(app, key: str, dice: random.Random) -> None:
    """Give a setting another value, as a click on its field or a key would."""
    kind = SETTINGS[key].kind
    if kind == "list":
        names = choices(app, "add", key) + choices(app, "drop", key)
        if names and dice.random() < 0.5:
            dice.choice(names).click().run()
        else:
            type_in(app, key, dice.choice(["Materiaal", "completed", "kleurr", "x" * 201]))
    elif kind == "image_size":
        field(app, "number_input", key, "width").set_value(dice.choice([100, 200, 300])).run()
    elif kind == "number":
        field(app, "number_input", key).set_value(dice.choice([20, 50, None])).run()
    elif kind in ("period", "hour"):
        field(app, "selectbox", key).select(dice.choice(SETTINGS[key].options)).run()
    elif any((each.key or "").startswith(f"field:main:{key}:") for each in app.toggle):
        toggle = field(app, "toggle", key)
        toggle.set_value(not toggle.value).run()
    else:
        field(app, "radio", key).set_value(dice.choice(SETTINGS[key].options)).run()


def disabled(app, key: str) -> bool:
    """Whether a setting's field is switched off."""
    fields = [each for kind in WIDGETS for each in app.get(kind) if each.key]
    return any(each.disabled for each in fields if each.key.startswith(f"field:main:{key}:"))


@pytest.mark.parametrize("seed", range(3))
def test_what_a_click_does_not_draw_shows_what_it_would(form, seed, monkeypatch):
    """A field draws what it stands in, the effect, and what else follows from it: all the rest of
    the page is as the whole page would be."""
    at_hand(monkeypatch)  # finish times are said anew each minute
    app, dice = form(), random.Random(seed)
    shown = places(app.run())
    assert len(shown) == len(GROUPS) + 4
    for key in dice.sample(list(SETTINGS), len(SETTINGS)):
        if disabled(app, key):
            continue
        changed(app, key, dice)
        shown |= places(app)
        assert shown == places(app.run()), key


def at_hand(monkeypatch) -> list[float]:
    """The clock of the pages stands still; what is put into the list passes."""
    now, passed = time.time(), [0.0]
    monkeypatch.setattr(SystemClock, "now", lambda _: now + sum(passed))
    return passed


def test_when_a_draft_would_be_done_is_said_of_now(form, monkeypatch):
    passed = at_hand(monkeypatch)
    app = form()
    propose(app, include_orders="all")
    before = finish(app)
    passed.append(3 * 3600.0)
    app.run()
    assert finish(app) != before


def finish(app) -> list[str]:
    """What the page says of when something would be done."""
    said = [each.value for kind in ("caption", "markdown") for each in app.get(kind)]
    found = [line for line in said if " done " in line]
    assert found
    return found


def test_a_click_on_a_field_leaves_other_groups_alone(form, monkeypatch):
    at_hand(monkeypatch)
    app = form()
    field(app, "toggle", "include_pages").set_value(True).run()
    # What *Include orders* costs is another sum now.
    assert {name for name in places(app) if name.startswith("group-")} == {
        *["group-data", "group-orders_and_stock"]
    }
    field(app, "toggle", "include_pages").set_value(False).run()
    app.run()
    field(app, "toggle", "import_orders").set_value(
        False
    ).run()  # *Include orders* does nothing now
    assert {"group-import", "group-orders_and_stock"} <= places(app).keys()


def test_a_click_after_somebody_saved_draws_all_of_it(desk, store, form):
    app = form()
    saved_by_somebody(desk, store, include_customers="yes")
    field(app, "toggle", "include_pages").set_value(True).run()
    assert len(places(app)) == len(GROUPS) + 4
    assert field(app, "toggle", "include_customers").value


def test_a_part_alone_is_drawn_only_beside_others_of_the_same_draft(form):
    """What changed in another window is shown whole, or a save would take it unseen."""
    app = form()
    propose(app, include_customers="yes")
    opened(app, "history")
    assert field(app, "toggle", "include_customers").value
