"""The Preview page: answer first, records page by page, drafts that nobody saved, exact runs."""

from dataclasses import replace

import pytest

from pages.components.preview import columns
from pages.components.preview import table as records_table
from sync import preview, run
from sync.documents import as_json
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.preview import outlook
from sync.store import shop_lock
from sync.texts import text
from tests.pages.conftest import draft, propose, texts


@pytest.fixture
def shown(desk, store):
    return preview.prepared(desk, store).preview


def button(app, code, lang="en", **values):
    label = text(code, lang, **values)
    return next(each for each in app.button if each.label == label)


def labels(app):
    return [each.label for each in app.button]


def table(app):
    return app.dataframe[0].value


def trying(visit, **query):
    """The page with its panel of settings open."""
    app = visit("preview", **query)
    app.session_state["preview.try"] = True
    return app.run()


def field(widgets, key):
    """A setting's field; the end of its name follows its labels."""
    return next(w for w in widgets if str(w.key).startswith(f"field:main:{key}:"))


def settings(desk, store, **values):
    changed = desk.settings(store).settings.changed(values)
    return run.change_settings(desk, store, changed, who="test", note="")


def never_read(desk):
    return desk.add_store(
        desk.shop("shop"), "Neu", language="de", public="p" * 8, private="q" * 8, who="test"
    )


# -- the answer -----------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_first_line_says_what_a_sync_would_do(desk, store, visit, lang):
    settings(desk, store, include_out_of_stock="yes")
    sums = outlook.totals(preview.prepared(desk, store).preview)
    assert sums["create"] > 0
    told = visit("preview", lang=lang).subheader[0].value
    assert told == text("preview.would", lang, **sums)


def test_nothing_to_do_is_said_as_such(data, visit, shown):
    sums = outlook.totals(shown)
    assert visit("preview").subheader[0].value == text("preview.nothing", **sums)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_what_was_never_read_is_not_called_nothing(desk, store, visit, lang):
    settings(desk, store, include_review_score="yes")
    shown = preview.prepared(desk, store).preview
    sums = outlook.totals(shown)
    app = visit("preview", lang=lang)
    assert app.subheader[0].value == text("preview.nothing_known", lang, **sums)
    told = texts(app)
    assert text("preview.read_first", lang, n=shown.unread_calls()) in told
    (sentence,) = shown.entities["products"].silent_about(lang)
    assert sentence in told


def test_orders_that_wait_for_lines_are_not_called_unsent(shown):
    counts = shown.entities["orders"]
    waiting = replace(counts, skip=counts.skip + 7, reasons={"lines_pending": 7})
    sums = outlook.totals(replace(shown, entities={**shown.entities, "orders": waiting}))
    assert sums["follow"] == 7
    assert sums["unsent"] == outlook.totals(shown)["unsent"]


def test_age_and_coverage_are_said_plainly(desk, store, visit):
    known = outlook.coverage(desk, store)
    assert known.as_of is not None
    said = texts(visit("preview"))
    assert text("preview.complete") in said
    assert text("preview.older", n=known.older) in said


def test_an_incomplete_read_is_named(desk, store, visit):
    with opened_shop(desk, store) as shop:
        shop.mirror.note(facts.complete("products", "nl"), False)
    assert "not read completely: Products, Categories" in texts(visit("preview"))


def test_a_hold_is_announced_before_the_run(desk, store, visit):
    with opened_shop(desk, store) as shop:
        shop.mirror.drop_products(store.language, 2**40)
    assert preview.prepared(desk, store).preview.holds
    app = visit("preview")
    assert text("preview.would_hold") in app.warning[0].value


def test_without_a_hold_none_is_announced(data, visit):
    assert not visit("preview").warning


# -- first use, errors ----------------------------------------------------------------------


def test_a_store_that_was_never_read_offers_the_read(desk, visit):
    new = never_read(desk)
    app = visit("preview", store=new.slug)
    assert text("preview.never_read.text") in texts(app)
    button(app, "preview.first_read").click().run()
    assert desk.active_run(new).kind == "refresh"
    assert not app.exception


def test_an_entity_that_was_never_read_says_what_reading_costs(desk, store, visit):
    app = visit("preview", entity="customer")
    propose(app, include_customers="yes")
    app.run()
    assert any("saved settings do not ask for it" in each.value for each in app.info)


WIDER = {"accepted_order_statuses": "completed_shipped, processing_awaiting_shipment, completed"}


@pytest.fixture
def later(desk, store):
    """How many orders follow under a draft that accepts more statuses."""
    found = preview.effect(desk, store, WIDER).entities["orders"]
    assert found.follow
    assert not (found.enter)
    assert not (found.leave)
    return found.follow


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_draft_that_accepts_more_orders_says_that_they_follow(later, visit, lang):
    app = visit("preview", entity="order", lang=lang)
    propose(app, **WIDER)
    app.run()
    said = texts(app)
    assert text("settings.effect.follow", lang, count=later) in said
    assert text("preview.no_effect", lang) not in said
    shown = {each.label: each.value for each in app.metric}
    assert shown[text("action.follow", lang)] == str(later)
    assert text("preview.follow", lang, follow=later) in app.subheader[0].value


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_table_calls_them_so_and_lists_them(later, visit, lang):
    app = visit("preview", entity="order", lang=lang, action="follow")
    propose(app, **WIDER)
    app.query_params["action"] = "follow"
    app.run()
    assert {tuple(cell) for cell in table(app)["action"]} == {(text("action.follow", lang),)}
    assert len(table(app)) == later


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("entity", ["customers", "pages"])
def test_a_draft_that_asks_for_what_was_never_read_says_the_price(desk, store, visit, entity, lang):
    app = visit("preview", lang=lang)
    propose(app, **{f"include_{entity}": "yes"})
    app.run()
    calls = preview.effect(desk, store, {f"include_{entity}": "yes"}).draft.unread_calls()
    said = texts(app)
    assert calls
    assert text("preview.read_first", lang, n=calls) in said
    assert text("preview.no_effect", lang) not in said


@pytest.mark.parametrize(
    ("entity", "reason", "lang", "said"),
    [
        ("product", "out_of_stock", "en", "cannot be sold"),
        ("product", "out_of_stock", "de", "nicht verkäuflich"),
        ("order", "status_not_accepted", "en", "Its status: "),
        ("order", "status_not_accepted", "de", "Ihr Status: "),
    ],
)
def test_each_left_out_row_says_what_stands_behind_its_reason(
    data, visit, entity, reason, lang, said
):
    told = list(table(visit("preview", entity=entity, reason=reason, lang=lang))["why"])
    assert told
    assert all(said in each for each in told)


# -- records --------------------------------------------------------------------------------


def test_the_numbers_are_those_of_the_plan(shown, visit):
    app = visit("preview")
    counts = as_json(shown.entities["products"])
    shown = [each.value for each in app.metric]
    names = ("read", "create", "update", "unchanged", "remove", "skip")
    assert shown == [str(counts[name]) for name in names]


@pytest.mark.parametrize("entity", ["product", "order", "category", "customer", "page"])
@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_link_opens_every_tab(data, visit, entity, lang):
    app = visit("preview", entity=entity, lang=lang)
    assert not app.exception
    assert app.query_params["entity"] == entity


@pytest.mark.parametrize("asked", ["products", "nonsense", ""])
def test_a_link_with_another_word_opens_the_products(data, visit, asked):
    app = visit("preview", entity=asked)
    assert not app.exception
    assert app.query_params["entity"] == "product"


def test_the_table_shows_one_page_and_the_total(shown, visit):
    app = visit("preview", entity="order")
    total = shown.entities["orders"].read
    assert len(table(app)) == min(total, 100)
    assert text("preview.found", n=total) in texts(app)


def test_the_second_page_goes_on_where_the_first_ends(data, visit, monkeypatch):
    monkeypatch.setattr(records_table, "PAGE", 8)
    app = visit("preview")
    first = list(table(app)["id"])
    app.get("pagination")[0].set_value(2).run()
    second = list(table(app)["id"])
    assert len(first) == len(second) == 8
    assert first == sorted(first)
    assert second == sorted(second)
    assert first[-1] < second[0]


def test_a_filter_begins_at_the_first_page_again(data, visit, monkeypatch):
    monkeypatch.setattr(records_table, "PAGE", 8)
    app = visit("preview")
    first = list(table(app)["id"])
    app.get("pagination")[0].set_value(5).run()
    app.text_input[0].set_value("1").run()
    app.text_input[0].set_value("").run()
    assert list(table(app)["id"]) == first


def test_a_page_beyond_the_last_shows_the_last(data, visit, monkeypatch):
    """A plan that has become smaller must not leave the reader on an empty page."""
    monkeypatch.setattr(records_table, "PAGE", 8)
    app = visit("preview")
    app.session_state["preview.products.page"] = 999
    app.run()
    assert not app.exception
    assert 0 < len(table(app)) <= 8


def test_a_search_narrows_the_table_and_stands_in_the_url(data, visit):
    app = visit("preview")
    title = table(app)["title"][0]
    app.text_input[0].set_value(title.upper()).run()
    assert title in set(table(app)["title"])
    assert app.query_params["search"] == title.upper()


def test_a_search_without_a_hit_says_so(data, visit):
    app = visit("preview", search="no such thing")
    assert not app.dataframe
    assert text("preview.no_rows") in texts(app)


@pytest.mark.parametrize("reason", ["out_of_stock", "hidden"])
def test_a_link_can_name_a_reason(shown, visit, reason):
    app = visit("preview", reason=reason)
    assert len(table(app)) == shown.entities["products"].reasons[reason]


def test_a_reason_that_nobody_has_is_left_out(shown, visit):
    app = visit("preview", reason="lines_pending", step="nowhere")
    assert not app.exception
    assert len(table(app)) == shown.entities["products"].read


def opener(app, step):
    return app.button(key=f"preview.step.products.{step}")


def test_a_step_is_named_by_what_it_shows(desk, store, visit):
    app = visit("preview")
    steps = preview.waterfall(desk, store, preview.prepared(desk, store).key, "products")
    count = next(step.dropped for step in steps if step.step == "in_stock")
    assert opener(app, "in_stock").label == f"{text('reason.out_of_stock.name')} ({count})"


@pytest.mark.parametrize("action", ["unchanged", "skip"])
def test_a_number_lists_its_records(shown, visit, action):
    app = visit("preview", search="e", reason="hidden")
    app.button(key=f"preview.number.products.{action}").click().run()
    count = getattr(shown.entities["products"], action)
    assert text("preview.found", n=count) in texts(app)
    assert app.query_params["action"] == action
    assert "search" not in app.query_params


def test_a_click_that_chooses_records_brings_them_into_view_once(data, visit):
    app = visit("preview")
    scrolled = []
    for click in (False, True, False):
        (opener(app, "in_stock").click() if click else app).run()
        scrolled.append(sum("scrollIntoView()" in each.proto.body for each in app.get("html")))
    assert scrolled == [0, 1, 0]


def test_each_step_opens_the_records_that_it_dropped(desk, store, visit):
    prepared = preview.prepared(desk, store)
    steps = preview.waterfall(desk, store, prepared.key, "products")
    dropping = [step for step in steps if step.dropped]
    assert dropping
    app = visit("preview")
    for step in dropping:
        opener(app, step.step).click()
        app.run()
        assert len(table(app)) == step.dropped
    off = app.button(key="preview.products.step_off")
    assert off.label == opener(app, dropping[-1].step).label
    off.click()
    app.run()
    assert len(table(app)) == steps[0].left


def test_titles_are_sorted_in_both_directions(data, visit):
    app = visit("preview")
    app.selectbox(key="preview.products.sort").set_value("title").run()
    titles = [title.casefold() for title in table(app)["title"]]
    assert titles == sorted(titles)
    app.toggle(key="preview.products.descending").set_value(True).run()
    assert [title.casefold() for title in table(app)["title"]] == titles[::-1]


def test_the_order_is_in_the_address_and_comes_from_it(data, visit):
    app = visit("preview")
    app.selectbox(key="preview.products.sort").set_value("price").run()
    app.toggle(key="preview.products.descending").set_value(True).run()
    assert (app.query_params["sort"], app.query_params["order"]) == ("price", "desc")
    linked = visit("preview", sort="price", order="desc")
    assert list(table(linked)["id"]) == list(table(app)["id"])
    strange = visit("preview", sort="colour", order="up")
    assert list(table(strange)["id"]) == sorted(table(strange)["id"])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://cdn.example/a.jpg", True),
        ("http://cdn.example/a.jpg", False),
        ("data:image/png;base64,AAAA", False),
        ("", False),
        (None, False),
    ],
)
def test_pictures_come_only_over_https(url, shown):
    assert columns.picture(url) == (url if shown else None)


@pytest.mark.parametrize(
    ("currency", "lang", "sign"), [("EUR", "de", "€"), ("EUR", "en", "€"), ("", "de", "")]
)
def test_prices_carry_the_shops_currency(desk, store, visit, currency, lang, sign):
    with opened_shop(desk, store) as shop:
        known = shop.mirror.fact(facts.SHOP)
        shop.mirror.note(facts.SHOP, {**known, "currency": currency})
    key = preview.prepared(desk, store).key
    amount = f"{preview.rows(desk, store, key, 'products').rows[0]['price']:.2f}"
    told = table(visit("preview", lang=lang))["price"][0]
    assert told.strip("€\u00a0 ").replace(",", ".") == amount
    assert ("€" in told) == bool(sign)


def test_the_selection_can_be_downloaded(data, visit):
    names = [each.proto.label for each in visit("preview").get("download_button")]
    assert names == ["CSV", "NDJSON"]


# -- one record -----------------------------------------------------------------------------


def product(desk, store, action):
    key = preview.prepared(desk, store).key
    return preview.rows(desk, store, key, "products", actions=[action]).rows[0]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_link_opens_a_record_that_stays(desk, store, visit, lang):
    row = product(desk, store, "unchanged")
    app = visit("preview", entity="product", id=str(row["id"]), lang=lang)
    assert text("preview.record.unchanged", lang) in texts(app)
    fields = app.dataframe[-1].value
    assert list(fields["new"])[list(fields["name"]).index("name")] == row["title"]
    assert not fields["changed"].any()
    assert len(app.json) == 2


def test_a_record_that_stays_out_shows_why_and_what_would_change_it(desk, store, visit):
    key = preview.prepared(desk, store).key
    row = preview.rows(desk, store, key, "products", reasons=["out_of_stock"]).rows[0]
    app = visit("preview", entity="product", id=str(row["id"]))
    said = texts(app)
    assert text("reason.out_of_stock.why") in said
    assert text("reason.out_of_stock.change") in said


def test_the_change_that_would_include_it_can_be_tried_at_once(desk, store, visit):
    key = preview.prepared(desk, store).key
    found = preview.rows(desk, store, key, "products", reasons=["out_of_stock"]).rows
    row = next(row for row in found if row["reasons"] == ["out_of_stock"])
    app = visit("preview", entity="product", id=str(row["id"]))
    button(app, "preview.try_it").click().run()
    assert draft(app) == {"include_out_of_stock": "yes"}
    assert text("preview.record.create") in texts(app)


def test_the_fields_can_be_narrowed_to_what_changes(desk, store, visit):
    row = product(desk, store, "unchanged")
    app = visit("preview", entity="product", id=str(row["id"]))
    propose(app, image_size="500x500x1")
    app.run()
    app.toggle(key="preview.only_changed").set_value(True).run()
    fields = app.dataframe[-1].value
    assert list(fields["name"]) == ["image"]
    assert list(fields["setting"]) == [text("setting.image_size.label")]


@pytest.mark.parametrize("asked", ["999999", "9" * 30, "textpage-1", "x'; --"])
def test_a_record_that_nobody_knows_is_one_line(data, visit, asked):
    app = visit("preview", entity="product", id=asked)
    assert not app.exception
    assert len(app.warning) == 1


# -- drafts ---------------------------------------------------------------------------------


def test_a_tried_setting_changes_the_numbers_and_saves_nothing(desk, store, visit, shown):
    app = trying(visit)
    app.toggle(key="field:main:include_out_of_stock:").set_value(True).run()
    assert text("preview.draft") in texts(app)
    drafted = preview.prepared(desk, store, {"include_out_of_stock": "yes"}).preview
    assert app.metric[1].value == str(drafted.entities["products"].create)
    assert drafted.entities["products"].create > 0
    assert desk.settings(store).settings.values()["include_out_of_stock"] == "no"


def test_a_draft_cannot_be_run(data, visit):
    app = trying(visit)
    app.toggle(key="field:main:include_out_of_stock:").set_value(True).run()
    assert button(app, "preview.run_exactly").disabled


def test_taking_a_change_back_ends_the_draft(data, visit):
    app = trying(visit)
    switch = "field:main:include_free_products:"
    app.toggle(key=switch).set_value(True).run()
    app.toggle(key=switch).set_value(False).run()
    assert text("preview.draft_reset") not in labels(app)


def test_the_draft_of_the_settings_page_is_shown_here(data, visit):
    app = trying(visit)
    propose(app, include_orders="2020-05-01", removed_products="hide")
    app.run()
    said = texts(app)
    assert text("setting.removed_products.label") in said
    assert field(app.date_input, "include_orders").value.isoformat() == "2020-05-01"


def test_a_draft_that_was_saved_meanwhile_is_none_any_more(desk, store, visit):
    app = visit("preview")
    propose(app, include_out_of_stock="yes")
    settings(desk, store, include_out_of_stock="yes")
    app.run()
    assert text("preview.draft_reset") not in labels(app)


def test_statuses_are_tried_as_a_list(desk, store, visit):
    app = trying(visit)
    field(app.text_input, "accepted_order_statuses").set_value("offer").run()
    before = desk.settings(store).settings.values()["accepted_order_statuses"]
    assert draft(app) == {"accepted_order_statuses": f"{before}, offer"}


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_records_that_a_draft_lets_in_are_listed_and_marked(desk, store, visit, lang):
    app = visit("preview", lang=lang, entity="order", search="ORD", reason="too_old")
    propose(app, include_out_of_stock="yes")
    app.run()
    app.button(key="preview.move.products.enter").click().run()
    effect = preview.effect(desk, store, {"include_out_of_stock": "yes"})
    enter = effect.entities["products"].enter
    assert enter > 0
    assert app.query_params["entity"] == "product"
    assert app.query_params["move"] == "enter"
    assert len(table(app)) == enter
    assert {tuple(each) for each in table(app)["move"]} == {(text("preview.move.enter", lang),)}


def test_without_a_draft_no_record_is_marked(data, visit):
    app = visit("preview", move="enter")
    assert not app.exception
    assert "move" not in table(app)


# -- runs -----------------------------------------------------------------------------------


def test_a_refresh_is_queued_and_followed(desk, store, visit):
    app = visit("preview")
    button(app, "preview.refresh").click().run()
    active = desk.active_run(store)
    assert (active.kind, active.who) == ("refresh", "tester")
    assert button(app, "preview.refresh").disabled
    assert text("state.queued") in texts(app)


def test_exactly_this_plan_is_queued_and_its_run_opened(desk, store, visit, shown):
    app = visit("preview")
    button(app, "preview.run_exactly").click().run()
    active = desk.active_run(store)
    assert active.plan == shown.fingerprint
    assert app.title[0].value != text("page.preview")


def test_a_plan_that_moved_is_refused_and_made_anew(desk, store, visit):
    """The click names the plan that the reader saw, not the one that is true now."""
    app = visit("preview")
    settings(desk, store, include_out_of_stock="yes")
    button(app, "preview.run_exactly").click().run()
    assert desk.active_run(store) is None
    assert [each.value for each in app.warning] == [text("preview.stale")]
    sums = outlook.totals(preview.prepared(desk, store).preview)
    assert app.subheader[0].value == text("preview.would", **sums)


def test_a_second_run_is_not_started_but_linked(desk, store, visit):
    app = visit("preview")
    first = run.request(desk, store, "sync", who="somebody")
    with shop_lock(desk.data_dir, "shop"):
        button(app, "preview.run_exactly").click().run()
    assert desk.active_run(store).id == first.id
    assert text("frame.run_active", run=first.id) in [each.value for each in app.info]
    assert text("runs.open", run=first.id) in [each.proto.label for each in app.get("page_link")]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_record_that_is_nowhere_is_said_in_the_reader_s_language(data, visit, lang):
    app = visit("preview", lang=lang, entity="product", id="999999")
    products = text("entity.products", lang)
    said = text("refusal.unknown_record", lang, entity=products, id=999999)
    assert said in texts(app).replace("\\", "")


def test_filters_survive_a_switch_of_the_language(data, visit):
    """A browser answers with labels: those of the old language would be read as unknown codes."""
    app = visit("preview", lang="de", reason="hidden")
    [old] = [each for each in app.multiselect if each.label == text("preview.filter.reason", "de")]
    app.segmented_control(key="lang").set_value("en").run()
    [new] = [each for each in app.multiselect if each.label == text("preview.filter.reason", "en")]
    assert (old.value, new.value) == (["hidden"], ["hidden"])
    assert old.key != new.key
    assert not app.exception
