"""Shops: the table, one shop beside it with its mends, and the guided set-up."""

from __future__ import annotations

import re
import threading

import pytest

from pages.components.specs import SPECS
from sync import engine, run
from sync.database import opened
from sync.openshop import budget_of, opened_shop
from sync.sandbox import clerk
from sync.store import Desk, KeyCheck
from sync.store.retention import KINDS
from sync.texts import text
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, Place
from tests.pages.conftest import refused, texts

WRONG = "7c" * 16
NEW_KEY, NEW_SECRET = "9e" * 16, "0f" * 16
GERMAN = ("public-of-the-german-store", "private-of-the-german-store")
SECRETS = (KEY, SECRET, PUBLIC, PRIVATE)


def said(app) -> str:
    """What the page says, without the marks that keep it from being Markdown."""
    return texts(app).replace("\\", "").replace("\u2060", "")


def press(app, code, lang="en", **values):
    [button] = [each for each in app.button if each.label == text(code, lang, **values)]
    return button.click().run()


def typed(app, values):
    """Fill the fields whose keys hold these names."""
    for name, value in values.items():
        [field] = [
            each for each in app.text_input if re.fullmatch(rf"shops:{name}(:\d+)?", each.key)
        ]
        field.set_value(value)
    return app


@pytest.fixture
def live(place: Place, monkeypatch) -> Place:
    """A shop whose stand-ins answer, in the folder that the pages work on."""
    monkeypatch.setenv("SYNC_DATA", str(place.desk.data_dir))
    return place


def managed(visit, lang="en"):
    return visit("shops", lang=lang, shop="shop")


# -- all shops ------------------------------------------------------------------------------


def test_a_first_visit_offers_a_shop_of_one_s_own_and_the_demo(nothing, visit):
    app = visit("shops", lang="de")
    labels = [button.label for button in app.button]
    assert {text("shops.connect", "de"), text("demo.make", "de")} <= set(labels)
    app = press(app, "shops.connect", "de")
    assert text("shops.new.keys", "de") in said(app)


def fleet(desk: Desk) -> None:
    """Three more shops: one with a dead key, one paused, one without a store."""
    for name in ("Dead", "Quiet", "Empty"):
        shop = desk.add_shop(name, domain=f"www.{name.lower()}.example", cluster="us1")
        desk.add_key(shop, name * 8, SECRET)
        if name != "Empty":
            keys = {"public": f"public-{name}", "private": f"private-{name}"}
            store = desk.add_store(shop, f"{name} NL", language="nl", **keys)
            desk.pause(store, name == "Quiet")
    budget_of(desk, desk.shop("dead")).refuse(2)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Dead", "Empty", "Quiet", "Shop"]),
        ({"search": "www.quiet"}, ["Quiet"]),
        ({"search": "US1"}, ["Dead", "Empty", "Quiet"]),
        ({"search": "quiet nl"}, ["Quiet"]),
        ({"search": "keys refused"}, ["Dead"]),
        ({"state": "paused"}, ["Quiet"]),
        ({"state": "no_store"}, ["Empty"]),
        ({"sort": "-name"}, ["Shop", "Quiet", "Empty", "Dead"]),
        ({"sort": "nonsense", "state": "nonsense"}, ["Dead", "Empty", "Quiet", "Shop"]),
    ],
)
def test_shops_are_found_filtered_and_sorted_by_the_url(desk, visit, query, names):
    fleet(desk)
    app = visit("shops", lang="en", **query)
    assert list(app.dataframe[0].value["name"]) == names
    assert "1 shop has keys that are refused" in app.title[0].value


def test_nothing_that_matches_is_said(desk, visit):
    fleet(desk)
    assert text("shops.none_match") in said(visit("shops", lang="en", search="nowhere"))


def test_the_table_stays_the_same_when_a_shop_is_closed(desk, visit):
    """Another one would begin at its top."""
    fleet(desk)
    app = visit("shops", lang="en", shop="quiet")
    drawn, table = app.dataframe[0].proto.id, app.dataframe[0].key
    assert app.session_state[table]["selection"]["cells"] == [(2, "name")]
    app.button(key="shops:close").click().run()
    assert app.dataframe[0].proto.id == drawn
    assert app.session_state[table]["selection"]["cells"] == [(2, "keys")]


def test_a_shop_that_is_gone_is_said_and_opens_none(desk, visit):
    app = visit("shops", lang="en", shop="gone")
    assert refused("no_such_shop", slug="gone") in said(app)
    assert not [button for button in app.button if button.key == "shops:close"]


# -- one shop -------------------------------------------------------------------------------


def test_a_shop_shows_its_state_and_no_secret(desk, visit):
    desk.keep_key_check(desk.shop("shop"), KeyCheck(1.0, rights={"orders": True, "content": False}))
    shown = said(managed(visit))
    assert "…5a5a" in shown
    assert ":green[✓] orders" in shown
    assert "– content (only needed for Pages)" in shown
    assert all(secret not in shown for secret in SECRETS)


def test_a_shop_whose_keys_can_no_longer_be_opened_is_managed_all_the_same(desk, visit):
    (desk.data_dir / "secret.key").unlink()
    app = managed(visit)
    assert not app.exception
    assert "put it back or set SYNC_KEY" in said(app)
    assert app.button(key="shops:remove")


def test_a_refused_key_is_mended_where_it_is_said(live, visit):
    live.state.remove_key(KEY)
    live.run("refresh")
    app = managed(visit)
    assert "Lightspeed refuses key …5a5a" in said(app)
    typed(app, {"1:mend:0:key": WRONG, "1:mend:0:secret": NEW_SECRET})
    app = press(app, "shops.test_and_save")
    assert "refused the key" in said(app)
    live.state.add_key(NEW_KEY, NEW_SECRET)
    app = press(typed(app, {"1:mend:0:key": NEW_KEY}), "shops.test_and_save")
    assert text("shops.keys.saved") in said(app)
    assert "refuses key" not in said(app)
    assert [key.key.reveal() for key in live.desk.keys(live.desk.shop("shop"))] == [NEW_KEY]
    assert NEW_SECRET not in str(app.session_state._state.filtered_state)


def test_refused_clerk_keys_are_mended_where_they_are_said(live, visit):
    live.desk.set_clerk_keys(live.store, PUBLIC, "no longer the private key")
    app = press(managed(visit), "shops.check")
    assert "Clerk.io does not take the keys of Main" in said(app)
    typed(app, {"1:mend:0:public": PUBLIC, "1:mend:0:private": PRIVATE})
    app = press(app, "shops.test_and_save")
    assert text("shops.stores.saved", name="Main") in said(app)
    assert "does not take the keys" not in said(app)


def test_a_refusal_of_clerk_is_no_read_that_failed(live, visit):
    live.desk.set_clerk_keys(live.store, PUBLIC, "never the private key")
    assert live.run().state == "failed"
    app = managed(visit)
    assert "Clerk.io does not take the keys of Main" in said(app)
    assert text("shops.read.failed") not in said(app)


def test_a_check_says_that_all_is_well_and_what_may_be_read(live, visit):
    app = press(managed(visit), "shops.check")
    assert text("shops.checked") in said(app)
    assert ":green[✓] products" in said(app)
    assert "in 5 minutes" in said(app)


def test_a_check_says_until_when_no_call_can_be_made(desk, visit):
    blocked(desk)
    app = press(managed(visit), "shops.check")
    assert not app.exception
    assert "no call to Lightspeed can be made before" in said(app)


def blocked(desk: Desk, seconds: int = 1800) -> None:
    """Lightspeed told the shop's key to wait."""
    budget = budget_of(desk, desk.shop("shop"))
    budget.record_result(budget.book(person=True), {"retry-after": str(seconds)}, 429)


def test_a_block_is_forgotten_on_wish(desk, visit):
    blocked(desk)
    app = press(managed(visit, "de"), "shops.keys.unblock", "de")
    assert text("shops.keys.unblocked", "de") in said(app)
    assert budget_of(desk, desk.shop("shop")).blocks() == {}


def test_the_schedule_is_paused_and_resumed(desk, store, visit):
    app = press(managed(visit), "shops.stores.pause")
    assert desk.store("main").paused
    press(app, "shops.stores.resume")
    assert not desk.store("main").paused


def test_the_last_key_cannot_be_removed(desk, visit):
    [key] = desk.keys(desk.shop("shop"))
    assert managed(visit).button(key=f"shops:key:remove:{key.id}").disabled


def test_name_domain_cluster_and_addresses_are_edited_and_checked(desk, visit):
    app = press(managed(visit), "shops.edit")
    typed(app, {"edit:name": "Fiets", "edit:domain": "no domain at all"})
    app = press(app, "shops.save")
    assert "not a host name" in said(app)
    assert desk.shop("shop").name == "Shop"
    typed(app, {"edit:domain": "www.fiets.example"})
    [radio] = [each for each in app.radio if "url_language" in each.key]
    radio.set_value("not_default")
    app = press(app, "shops.save")
    changed = desk.shop("shop")
    assert (changed.name, changed.domain) == ("Fiets", "www.fiets.example")
    assert changed.url_language == "not_default"
    assert text("shops.edit_saved", shop="Fiets") in said(app)


def test_a_language_is_added_and_read(live, visit):
    clerk.add_store(live.state, *GERMAN, "German")
    live.run("refresh")
    app = press(managed(visit), "shops.add")
    [language] = app.selectbox(key="shops:add:language:0").options[:1]
    typed(app, {"add:public": PUBLIC, "add:private": GERMAN[1], "add:api_url": live.sandbox.url})
    [button] = [each for each in app.button if each.form_id == "shops:add:0"]
    app = button.click().run()
    assert "Store main (Main) has this Clerk.io key already" in said(app)
    typed(app, {"add:public": GERMAN[0]})
    [button] = [each for each in app.button if each.form_id == "shops:add:0"]
    app = button.click().run()
    [added] = [each for each in live.desk.stores() if each.slug != "main"]
    assert added.language == language.lower() != "nl"
    assert live.desk.active_run(added).kind == "refresh"


def test_a_language_of_the_demo_talks_to_the_stand_in_and_to_nobody_else(live, visit):
    """Whatever keys are typed: nothing that is done with the demo leaves this computer."""
    live.run("refresh")
    made_a_demo(live)
    before = live.calls("clerk")
    app = press(managed(visit), "shops.add")
    typed(app, {"add:public": "nobody", "add:private": "knows"})
    [button] = [each for each in app.button if each.form_id == "shops:add:0"]
    app = button.click().run()
    assert text("cause.clerk_key.seen") in said(app)
    assert live.calls("clerk") > before
    clerk.add_store(live.state, *GERMAN, "German")
    typed(app, {"add:public": GERMAN[0], "add:private": GERMAN[1]})
    [button] = [each for each in app.button if each.form_id == "shops:add:0"]
    button.click().run()
    [added] = [each for each in live.desk.stores() if each.slug != "main"]
    assert added.api_url == live.sandbox.url


def made_a_demo(place: Place) -> None:
    with opened(place.desk.path) as db, db.conn:
        db.execute("UPDATE shop SET demo = 1")


def test_a_language_is_not_added_where_clerk_is_not_reached(live, visit):
    app = press(managed(visit), "shops.add")
    keys = {"add:public": GERMAN[0], "add:private": GERMAN[1]}
    typed(app, {**keys, "add:api_url": "https://nowhere.invalid"})
    [button] = [each for each in app.button if each.form_id == "shops:add:0"]
    shown = said(button.click().run())
    assert text("cause.address_unknown.asked") in shown
    assert not re.search(r"next run|next time|nothing is lost", shown)


@pytest.mark.parametrize(("name", "left"), [("Shop", 0), ("shop", 1), ("", 1)])
def test_a_shop_goes_only_with_its_name_typed(desk, visit, name, left):
    app = managed(visit).button(key="shops:remove").click().run()
    assert "all its runs (2), and these stores" in said(app)
    app = press(typed(app, {"remove:name": name}), "shops.remove_for_good")
    assert len(desk.shops()) == left
    assert not app.exception


def options(app, **values):
    """The form of a store's options, filled."""
    known = {each.key.split(":")[-2]: each for each in [*app.number_input, *app.checkbox]}
    for name, value in values.items():
        known[name].set_value(value)
    return app


def test_a_store_s_options_are_edited_one_by_one_and_noted(live: Place, visit):
    desk, store = live.desk, live.store
    desk.set_options(store, {"fresh_orders_h": "12", "outlier_k": "3.125"})
    app = managed(visit).button(key="shops:store:options:main").click().run()
    before = desk.options(store)
    app = press(
        options(app, patrol_days=7, fresh_products_h=1.5, fresh_orders_h=None), "shops.save"
    )
    assert text("shops.stores.options_saved", name="Main") in said(app)
    wanted = {"patrol_days": "7", "fresh_products_h": "1.5", "fresh_orders_h": "auto"}
    assert desk.options(store) == {**before, **wanted}
    [entry] = [each for each in desk.audited() if each.action == "store set"][:1]
    assert (entry.who, entry.after) == ("tester", wanted)


def test_options_that_somebody_else_changed_meanwhile_are_not_changed_back(live: Place, visit):
    desk, store = live.desk, live.store
    app = managed(visit).button(key="shops:store:options:main").click().run()
    desk.set_options(store, {"outlier_k": "6"})
    app = press(options(app, outlier_hold=True), "shops.save")
    assert (desk.options(store)["outlier_hold"], desk.options(store)["outlier_k"]) == ("yes", "6")
    app = app.button(key="shops:store:options:main").click().run()
    desk.set_options(store, {"outlier_k": "7"})
    app = press(options(app, outlier_k=5.0), "shops.save")
    assert refused("option_moved", option="outlier_k", value="7") in said(app)
    assert desk.options(store)["outlier_k"] == "7"


@pytest.mark.parametrize(("name", "left"), [("Main", 0), ("Other", 1)])
def test_a_store_goes_only_with_its_name_typed(desk, visit, name, left):
    app = managed(visit, "de").button(key="shops:store:remove:main").click().run()
    assert "alle Läufe (2)" in said(app)
    press(typed(app, {"remove:name": name}), "shops.remove_for_good", "de")
    assert len(desk.stores()) == left


def test_what_lightspeed_sends_and_nobody_knows_is_said_in_words(desk, store, visit):
    with opened_shop(desk, store) as shop:
        shop.mirror.count_unknown("products", {"newField": 1234})
        shop.mirror.conn.execute("UPDATE orders SET status = 'sent_by_pigeon' WHERE id % 2")
    shown = said(managed(visit))
    assert "Field of a product: newField (1,234)" in shown
    assert "Order status: sent_by_pigeon" in shown


# -- connecting -----------------------------------------------------------------------------


def started(visit, place: Place, lang="en", **other):
    """The first form, sent with these values."""
    app = visit("shops", lang=lang, new="1")
    typed(app, {"new:key": KEY, "new:secret": SECRET, "new:api_url": place.sandbox.url, **other})
    return press(app, "shops.next", lang)


def with_stores(app, place: Place, **other):
    """The second form, filled for Dutch."""
    values = {"new:public:nl": PUBLIC, "new:private:nl": PRIVATE}
    return typed(app, {**values, "new:api_url:nl": place.sandbox.url, **other})


def test_a_shop_with_two_languages_is_connected_and_its_first_reads_queued(nothing, place, visit):
    clerk.add_store(place.state, *GERMAN, "German")
    app = started(visit, place)
    app.button_group[0].set_value(["nl", "de"]).run()
    german = dict(zip(("new:public:de", "new:private:de"), GERMAN, strict=True))
    app = with_stores(app, place, **german, **{"new:api_url:de": place.sandbox.url})
    app = press(app, "shops.new.connect")
    assert not app.exception
    desk = Desk(nothing)
    stores = desk.stores()
    assert sorted(each.language for each in stores) == ["de", "nl"]
    assert all(each.paused for each in stores)
    reads = [desk.active_run(each) for each in stores]
    assert [each.kind for each in reads] == ["refresh"] * 2
    assert text("shops.read.on") in said(app)
    assert app.sidebar.selectbox[0].value in [each.slug for each in stores]
    kept = str(app.session_state._state.filtered_state)
    assert all(secret not in kept for secret in (SECRET, PRIVATE, GERMAN[1]))
    for each in reads:
        engine.drive(desk, each.id, stop=threading.Event())
    assert text("shops.read.on") not in said(app.run())


def test_a_first_read_that_failed_is_said(nothing, place, visit):
    app = press(with_stores(started(visit, place), place), "shops.new.connect")
    desk = Desk(nothing)
    run.cancel(desk, desk.active_run(desk.stores()[0]).id)
    assert text("shops.read.failed") in said(app.run())


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"new:key": WRONG}, "refused the key"),
        ({"new:key": ""}, "both needed"),
        ({"new:api_url": "ftp://x"}, "must name a host"),
        ({"new:api_url": "http://127.0.0.1:9"}, "no connection"),
    ],
)
def test_a_bad_key_is_said_and_nothing_typed_is_lost(nothing, place, visit, other, words):
    app = started(visit, place, **other)
    assert words in said(app)
    assert app.text_input(key="shops:new:secret").value == SECRET
    good = {"new:key": KEY, "new:api_url": place.sandbox.url}
    app = press(typed(app, good), "shops.next")
    assert words not in said(app)
    assert text("shops.new.stores") in said(app)
    assert Desk(nothing).shops() == []


@pytest.mark.parametrize("url", ["https://nowhere.invalid", "http://127.0.0.1:9"])
@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_server_that_is_not_reached_says_what_to_do_and_nothing_of_a_run(
    nothing, place, visit, url, lang
):
    """Nothing is sent and nothing goes on by itself: somebody tries a key, or adds a language."""
    shown = said(started(visit, place, lang, **{"new:api_url": url}))
    code = "address_unknown" if "nowhere" in url else "no_connection"
    assert text(f"cause.{code}.asked", lang) in shown
    assert text(f"cause.{code}.next", lang) not in shown


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"new:key": WRONG}, "cause.key_refused.means"),
        ({"new:key": ""}, "refusal.key_and_secret"),
        ({"new:api_url": "http://127.0.0.1:9"}, "cause.no_connection.means"),
    ],
)
def test_a_bad_key_is_said_in_german(nothing, place, visit, other, code):
    shown = said(started(visit, place, "de", **other))
    assert text(code, "de") in shown
    assert "refused" not in shown


def test_tested_keys_do_not_come_back_to_the_browser_and_are_kept(nothing, place, visit):
    app = press(started(visit, place), "shops.back")
    assert "Key …5a5a is tested" in said(app)
    fields = {each.key: each.value for each in app.text_input}
    assert (fields["shops:new:key"], fields["shops:new:secret"]) == ("", "")
    assert text("shops.new.stores") in said(press(app, "shops.next"))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"new:name": "!!!"}, "letter or digit"),
        ({"new:domain": "no domain at all"}, "not a host name"),
        ({"new:private:nl": ""}, "private Clerk.io key is needed"),
        ({"new:private:nl": "wrong"}, text("cause.clerk_key.next")),
        ({"new:name:nl": "…"}, "letter or digit"),
        ({"new:api_url:nl": "ftp://x"}, "must name a host"),
    ],
)
def test_a_bad_field_has_its_line_until_it_is_mended(nothing, place, visit, other, words):
    app = with_stores(started(visit, place), place)
    good = {name: app.text_input(key=f"shops:{name}").value for name in other}
    app = press(typed(app, other), "shops.new.connect")
    assert words in said(app)
    assert text("shops.new.wrong", number="1") in said(app)
    assert Desk(nothing).shops() == []
    app = press(typed(app, good), "shops.new.connect")
    assert words not in said(app)
    assert len(Desk(nothing).shops()) == 1


def test_leaving_the_wizard_forgets_what_was_typed(nothing, place, visit):
    app = press(started(visit, place), "shops.cancel")
    assert "new" not in app.query_params
    assert SECRET not in str(app.session_state._state.filtered_state)


@pytest.mark.parametrize("page", ["overview", "preview", "settings", "runs", "lookup", "shops"])
@pytest.mark.parametrize("value", ["abc", "0", "-1", "inf", "nan", "1e9"])
def test_a_time_out_that_is_none_is_said_in_words(desk, visit, monkeypatch, page, value):
    monkeypatch.setenv("SYNC_HTTP_TIMEOUT", value)
    app = visit(page, lang="de")
    assert not app.exception
    assert text("refusal.timeout", "de") in texts(app).replace("\\", "")


@pytest.mark.parametrize("lang", ["en", "de"])
def test_what_is_kept_is_shown_and_set_by_an_administrator(desk, visit, lang):
    app = visit("shops", lang=lang)
    app.button(key="retention").click().run()
    shown = texts(app)
    for kind in KINDS:
        assert text(f"retention.kind.{kind}", lang) in shown
    assert app.number_input(key="retention:history").value == 400
    app.number_input(key="retention:history").set_value(30)
    desk.keep({"audit": 400})  # somebody else, meanwhile
    save = next(each for each in app.button if each.label == text("retention.save", lang))
    save.click().run()
    assert not app.exception
    assert (desk.days_kept("history"), desk.days_kept("audit")) == (30, 400)
    assert desk.audited()[0].after == {"history": 30}
    assert text("retention.saved", lang) in texts(app)


# -- keys that cannot be opened, and everything at once -------------------------------------


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_lost_main_key_is_said_and_the_keys_are_entered_again_in_place(live, visit, lang):
    """The history of both stays."""
    live.run("refresh")
    (live.desk.data_dir / "secret.key").unlink()
    app = managed(visit, lang)
    assert not app.exception
    assert text("shops.wrong.sealed.one", lang) in said(app)
    assert "vault rotate --lost" in said(app)
    app = press(app, "shops.new_main_key", lang)
    assert text("shops.main_key_made", lang) in said(app)
    shop, [key] = live.desk.shop("shop"), live.desk.key_ids(live.desk.shop("shop"))
    mend = f"{shop.id}:mend:0"  # the next one takes its place
    app = typed(app, {f"{mend}:key": KEY, f"{mend}:secret": SECRET})
    app = press_first(app, "shops.test_and_save", lang)
    assert text("shops.keys.saved", lang) in said(app)
    assert live.desk.key_ids(shop) != [key]
    fields = {f"{mend}:public": PUBLIC, f"{mend}:private": PRIVATE}
    app = press_first(typed(app, fields), "shops.test_and_save", lang)
    assert text("shops.stores.saved", lang, name="Main") in said(app)
    assert "sealed" not in said(app)
    assert Desk(live.desk.data_dir).unopened() == []
    assert live.run("refresh").state == "succeeded"
    assert len(live.desk.runs(live.store)) == 2


def press_first(app, code, lang):
    return next(each for each in app.button if each.label == text(code, lang)).click().run()


@pytest.mark.parametrize("page", [spec.name for spec in SPECS if spec.in_menu])
def test_every_page_opens_without_the_main_key(desk, visit, page):
    (desk.data_dir / "secret.key").unlink()
    app = visit(page, store="main")
    assert not app.exception
    assert "secret.key" not in said(app) or page == "shops"


@pytest.mark.parametrize("lang", ["en", "de"])
def test_everything_is_checked_on_demand(live, visit, lang):
    app = visit("shops", lang=lang)
    app = press(app, "doctor.check", lang)
    assert not app.exception
    assert text("doctor.no_worker_todo", lang) in said(app)
    assert text("doctor.name.vault", lang) in said(app)
