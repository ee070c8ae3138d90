"""The Preview page: answer first, records page by page, drafts that nobody saved, exact runs."""

import json
import random
import re
from dataclasses import replace

import orjson
import pytest
from babel.lists import format_list

from pages.components.preview import columns, filters, flow
from pages.components.preview import table as records_table
from pages.components.texts import plain
from sync import answers, preview, run
from sync.access import Person
from sync.answers.patterns import FEWEST
from sync.documents import as_json
from sync.entities import ENTITIES
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.preview import outlook
from sync.shapes import catalog_product
from sync.store import shop_lock
from sync.texts import numbers, text
from tests.bench import synthetic
from tests.pages.conftest import draft, propose, refused, texts, unfolded, variant_rows

TAB = "preview.entity"
DONE = ("create", "update", "remove")


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


def ids(app, entity="products"):
    """The ids of the records on the page, whose column has to be chosen."""
    app.session_state[f"preview.columns:{entity}"] = ["title", "id"]
    return list(table(app.run())["id"])


def opened(app, *names):
    """The page with these of its lists open."""
    for name in names:
        app.session_state[name] = True
    return app.run()


def trying(visit, **query):
    """The page with its panel of settings open."""
    return opened(visit("preview", **query), "preview.try")


def answer(app):
    """The page's first line without its colours."""
    return re.sub(r":\w+\[|\]|\*", "", app.title[0].value)


def would(sums, lang, draft=""):
    """The sentence of these numbers."""
    does = [text(f"preview.does.{each}", lang, n=sums[each]) for each in DONE if sums[each]]
    known = numbers.number(sums["known"], lang)
    listed = format_list(does, locale=numbers.LOCALES[lang])
    return text(f"preview.would{draft}", lang, does=listed, known=known)


def pills(app, part):
    return next(w for w in app.get("pills") if f".{part}:" in str(w.key))


def field(widgets, key):
    """A setting's field; the end of its name follows its labels."""
    return next(w for w in widgets if str(w.key).startswith(f"field:main:{key}:"))


def settings(desk, store, **values):
    changed = desk.settings(store).settings.changed(values)
    return run.change_settings(desk, store, changed, note="")


def never_read(desk):
    return desk.add_store(desk.shop("shop"), "Neu", language="de", public="p" * 8, private="q" * 8)


# -- the answer -----------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_first_line_says_what_a_sync_would_do(desk, store, visit, lang):
    settings(desk, store, include_out_of_stock="yes")
    sums = outlook.totals(preview.prepared(desk, store).preview)
    assert sums["create"] > 0
    app = visit("preview", lang=lang)
    assert answer(app) == f"{would(sums, lang)}."
    assert len(app.title) == 1


def test_nothing_to_do_is_said_as_such(data, visit, shown):
    sums = outlook.totals(shown)
    assert answer(visit("preview")) == text("preview.nothing", **sums)


ALL_OFF = {f"import_{entity}": "no" for entity in ENTITIES}


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("off", [ALL_OFF, {"import_products": "no"}])
def test_what_a_switch_leaves_in_clerk_is_not_told_as_nothing(desk, store, visit, off, lang):
    app = visit("preview", lang=lang)
    propose(app, **off)
    app.run()
    with opened_shop(desk, store) as shop:
        held = shop.ledger.counts()
    assert held["products"]
    sums = outlook.totals(preview.prepared(desk, store, off).preview)
    kept = sum(held.values()) - sums["unchanged"]
    assert kept >= held["products"]
    nothing = text("preview.nothing_draft", lang, **sums)
    assert answer(app) == f"{nothing} {text('preview.kept', lang, n=kept)}"


@pytest.mark.parametrize("lang", ["en", "de"])
def test_what_was_never_read_is_not_called_nothing(desk, store, visit, lang):
    settings(desk, store, include_review_score="yes")
    shown = preview.prepared(desk, store).preview
    sums = outlook.totals(shown)
    app = visit("preview", lang=lang)
    assert answer(app) == text("preview.nothing_known", lang, **sums)
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
    assert text("preview.complete") in texts(visit("preview"))
    assert text("preview.older", n=known.older) in texts(visit("preview", entity="order"))


def test_an_incomplete_read_is_named(desk, store, visit):
    with opened_shop(desk, store) as shop:
        shop.mirror.note(facts.complete("products", "nl"), False)
    assert "not read completely: Products, Categories" in texts(visit("preview"))


def test_a_hold_is_announced_before_the_run(desk, store, visit):
    with opened_shop(desk, store) as shop:
        shop.mirror.drop_products(store.language, 2**40)
    assert preview.prepared(desk, store).preview.holds
    app = visit("preview")
    assert text("preview.would_hold") in texts(app)


def test_without_a_hold_none_is_announced(data, visit):
    assert text("preview.would_hold") not in texts(visit("preview"))


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
    said = texts(opened(app, "preview.try"))
    assert text("settings.effect.follow", lang, count=later) in said
    assert text("preview.no_effect", lang) not in said
    assert f"{text('action.follow', lang)} {later}" in pills(app, "action").options
    assert text("preview.follow", lang, follow=later) in answer(app)


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
    said = texts(opened(app, "preview.try"))
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


@pytest.mark.parametrize("lang", ["en", "de"])
def test_each_action_is_a_pill_with_its_number(shown, visit, lang):
    counts = as_json(shown.entities["products"])
    told = {
        f"{text(f'action.{name}', lang)} {counts[name]}"
        for name in ("create", "update", "unchanged", "remove", "skip")
        if counts[name]
    }
    assert set(pills(visit("preview", lang=lang), "action").options) == told


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_tab_says_what_is_read_and_what_is_off(shown, visit, lang):
    [tabs] = [w for w in visit("preview", lang=lang).segmented_control if w.key == TAB]
    products, customers = (text(f"entity.{each}", lang) for each in ("products", "customers"))
    assert f"{products} {shown.entities['products'].read}" in tabs.options
    assert f"{customers} {text('preview.tab.off', lang)}" in tabs.options


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
    first = ids(app)
    app.get("pagination")[0].set_value(2).run()
    second = ids(app)
    assert len(first) == len(second) == 8
    assert first == sorted(first)
    assert second == sorted(second)
    assert first[-1] < second[0]


def test_a_filter_begins_at_the_first_page_again(data, visit, monkeypatch):
    monkeypatch.setattr(records_table, "PAGE", 8)
    app = visit("preview")
    first = ids(app)
    app.get("pagination")[0].set_value(5).run()
    app.text_input[0].set_value("1").run()
    app.text_input[0].set_value("").run()
    assert ids(app) == first


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


def test_a_search_without_a_hit_says_so_and_leads_back(shown, visit):
    app = visit("preview", search="no such thing", reason="hidden")
    assert not app.dataframe
    assert text("preview.no_rows") in texts(app)
    button(app, "preview.clear").click().run()
    assert len(table(app)) == shown.entities["products"].read
    assert not {"search", "reason"} & set(app.query_params)


def test_records_that_do_not_exist_are_not_called_filtered_away(data, visit):
    app = visit("preview", entity="customer")
    assert text("preview.no_records") in texts(app)
    assert text("preview.clear") not in labels(app)


@pytest.mark.parametrize("reason", ["out_of_stock", "hidden"])
def test_a_link_can_name_a_reason(shown, visit, reason):
    app = visit("preview", reason=reason)
    assert len(table(app)) == shown.entities["products"].reasons[reason]


def test_a_reason_that_nobody_has_is_left_out(shown, visit):
    app = visit("preview", reason="lines_pending", step="nowhere")
    assert not app.exception
    assert len(table(app)) == shown.entities["products"].read


def parts(desk, store, entity="products", draft=None):
    key = preview.prepared(desk, store, draft).key
    return [each for each in preview.flow(desk, store, key, entity).parts if each.count]


def chart(app):
    return json.loads(app.get("echarts_chart")[0].proto.spec)


def drawn(app):
    """What the picture's parts say, bar by bar."""
    series = chart(app)["series"]
    return [[each["data"][bar] for each in series] for bar in range(len(series[0]["data"]))]


def test_the_picture_has_every_record_but_those_that_stay(desk, store, visit, shown):
    [bar] = drawn(visit("preview"))
    told = [f"{flow.part_name(each)}: {each.count}" for each in parts(desk, store)]
    assert [each["name"] for each in bar] == told
    counts = shown.entities["products"]
    left_out = sum(each.count for each in parts(desk, store) if each.action == "skip")
    assert left_out == counts.skip


def test_a_draft_is_drawn_over_the_saved_settings(desk, store, visit):
    app = visit("preview")
    propose(app, include_out_of_stock="yes")
    app.run()
    live, draft = drawn(app)
    out = text("reason.out_of_stock.name")
    assert any(each and each["name"].startswith(out) for each in live)
    assert not any(each and each["name"].startswith(out) for each in draft)
    assert any(each and each["name"].startswith(text("action.create")) for each in draft)
    assert text("preview.bar.draft") in chart(app)["yAxis"]["data"]


def test_the_address_of_each_part_lists_its_records(desk, store, visit):
    for part in parts(desk, store):
        step = {"step": part.step} if part.step else {}
        app = visit("preview", action=part.action, **step)
        assert len(table(app)) == part.count
        [bar] = drawn(app)
        bright = [each["name"] for each in bar if each["itemStyle"]["opacity"] == 1]
        assert bright == [f"{flow.part_name(part)}: {part.count}"]


def test_what_stays_as_it_is_is_a_number_and_a_filter(shown, visit):
    app = visit("preview", search="e", reason="hidden")
    app.button(key="preview.unchanged.products").click().run()
    assert len(table(app)) == shown.entities["products"].unchanged
    assert app.query_params["action"] == "unchanged"
    assert "search" not in app.query_params


def test_a_step_in_the_address_names_itself_and_can_be_taken_off(desk, store, visit, shown):
    app = visit("preview", action="skip", step="in_stock")
    count = next(each.count for each in parts(desk, store) if each.step == "in_stock")
    assert len(table(app)) == count
    out = text("reason.out_of_stock.name")
    assert text("preview.reason", what=out) in [
        each.proto.popover.label for each in app.get("popover")
    ]
    app.button(key="preview.products.step_off").click().run()
    assert len(table(app)) == shown.entities["products"].read


def test_titles_are_sorted_in_both_directions(data, visit):
    app = opened(visit("preview"), "icon.preview.columns")
    app.selectbox(key="preview.products.sort").set_value("title").run()
    titles = [title.casefold() for title in table(app)["title"]]
    assert titles == sorted(titles)
    app.toggle(key="preview.products.descending").set_value(True).run()
    assert [title.casefold() for title in table(app)["title"]] == titles[::-1]


def test_the_order_is_in_the_address_and_comes_from_it(data, visit):
    app = opened(visit("preview"), "icon.preview.columns")
    app.selectbox(key="preview.products.sort").set_value("price").run()
    app.toggle(key="preview.products.descending").set_value(True).run()
    assert (app.query_params["sort"], app.query_params["order"]) == ("price", "desc")
    linked = visit("preview", sort="price", order="desc")
    assert ids(linked) == ids(app)
    strange = visit("preview", sort="colour", order="up")
    assert ids(strange) == sorted(ids(strange))


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


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_selection_can_be_downloaded_for_people_and_for_programs(data, visit, lang):
    app = opened(visit("preview", lang=lang), "icon.preview.export")
    names = [each.proto.label for each in app.get("download_button")]
    first, second = ("de", "en") if lang == "de" else ("en", "de")
    codes = (f"sheet_{first}", f"sheet_{second}", "csv", "ndjson")
    assert names == [text(f"preview.download.{code}", lang) for code in codes]


def test_columns_are_a_choice_of_the_person(desk, visit):
    app = opened(visit("preview"), "icon.preview.columns")
    assert {"brand", "why"} < set(table(app))
    assert "id" not in table(app)
    chooser = next(w for w in app.get("pills") if w.key == "preview.columns:products")
    chooser.set_value(["title", "id"]).run()
    assert list(table(app)) == ["place", "title", "id"]
    assert desk.choice(app.session_state["person"], "columns.products") == "title,id"


def test_a_person_finds_the_columns_again(desk, visit):
    app = visit("preview")
    desk.choose(app.session_state["person"], "columns.products", "title,nonsense,stock")
    assert list(table(app.run())) == ["place", "title", "stock"]


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
    assert next(iter(fields["new"])) == row["title"]
    number, shown = f'"id":{row["id"]}', unfolded(app).replace(" ", "")
    assert shown.count(number) == 2
    assert [each.value for each in app.header] == [plain(row["title"])]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_values_are_written_as_a_reader_writes_them(desk, store, visit, lang):
    """Money as money, a date as a date, categories by name."""
    row = product(desk, store, "unchanged")
    sent = preview.record(desk, store, "products", row["id"])
    fields = visit("preview", entity="product", id=str(row["id"]), lang=lang).dataframe[-1].value
    shown = dict(zip(fields["name"], fields["new"], strict=True))
    assert "€" in shown[text("field.price", lang)]
    categories = shown[text("field.categories", lang)].split(", ")
    assert categories == [sent.names[each] for each in sent.payload["categories"]]
    assert str(sent.payload["created_at"]) not in shown[text("field.created_at", lang)]


def test_a_closed_record_leaves_the_table_as_it_was(desk, store, visit):
    """The same table, with the row marked where a click opens nothing: it can be opened again."""
    row = product(desk, store, "unchanged")
    app = visit("preview", entity="product", id=str(row["id"]), search=row["title"])
    name, place = app.session_state["preview.row"]
    assert place == 0
    assert app.session_state[name]["selection"]["cells"] == [(0, "title")]
    app.button(key="preview.close").click().run()
    assert "id" not in app.query_params
    assert app.session_state["preview.row"] == (name, None)
    assert app.session_state[name]["selection"]["cells"] == [(0, columns.PLACE)]
    assert app.query_params["search"] == row["title"]


def test_a_record_that_stays_out_shows_why_and_what_would_change_it(desk, store, visit):
    key = preview.prepared(desk, store).key
    row = preview.rows(desk, store, key, "products", reasons=["out_of_stock"]).rows[0]
    app = visit("preview", entity="product", id=str(row["id"]))
    said = texts(app)
    assert text("reason.out_of_stock.why") in said
    assert text("reason.out_of_stock.change") in said
    rows = variant_rows(app)
    variants = preview.record(desk, store, "products", row["id"]).evidence.variants
    assert [int(row["stock"]) for row in rows] == [each.stock for each in variants]
    assert {row["sellable"] for row in rows} == {text("option.no")}


def test_the_change_that_would_include_it_can_be_tried_at_once(desk, store, visit):
    key = preview.prepared(desk, store).key
    found = preview.rows(desk, store, key, "products", reasons=["out_of_stock"]).rows
    row = next(row for row in found if row["reasons"] == ["out_of_stock"])
    app = visit("preview", entity="product", id=str(row["id"]))
    app.button(key="cure:try").click().run()
    assert draft(app) == {"include_out_of_stock": "yes"}
    assert text("preview.record.create") in texts(app)


def test_the_fields_can_be_narrowed_to_what_changes(desk, store, visit):
    row = product(desk, store, "unchanged")
    app = visit("preview", entity="product", id=str(row["id"]))
    propose(app, image_size="500x500x1")
    app.run()
    fields = app.dataframe[-1].value
    assert list(fields["name"]) == [text("field.image")]
    assert list(fields["setting"]) == [text("setting.image_size.label")]
    app.toggle(key="preview.only_changed").set_value(False).run()
    assert len(app.dataframe[-1].value) > 1


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
    create = drafted.entities["products"].create
    assert create > 0
    assert f"{text('action.create')} {create}" in pills(app, "action").options
    assert answer(app) == f"{would(outlook.totals(drafted), 'en', '_draft')}."
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
    assert text("preview.draft_drop") not in labels(app)


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
    assert text("preview.draft_drop") not in labels(app)


def test_statuses_are_tried_as_a_list(desk, store, visit):
    app = trying(visit)
    field(app.text_input, "accepted_order_statuses").set_value("offer").run()
    before = desk.settings(store).settings.values()["accepted_order_statuses"]
    assert draft(app) == {"accepted_order_statuses": f"{before}, offer"}


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_records_that_a_draft_lets_in_are_listed_and_marked(desk, store, visit, lang):
    app = visit("preview", lang=lang, entity="order", search="ORD", reason="too_old")
    propose(app, include_out_of_stock="yes")
    opened(app, "preview.try")
    app.button(key="preview.move.products.enter").click().run()
    effect = preview.effect(desk, store, {"include_out_of_stock": "yes"})
    enter = effect.entities["products"].enter
    assert enter > 0
    assert app.query_params["entity"] == "product"
    assert app.query_params["move"] == "enter"
    assert len(table(app)) == enter
    assert {tuple(each) for each in table(app)["move"]} == {(text("preview.move.enter", lang),)}
    out = text("reason.out_of_stock.name", lang)
    assert set(table(app)["why"]) == {text("preview.why.entered", lang, reasons=out)}


def test_one_pill_lists_all_that_a_draft_changes(desk, store, visit):
    app = visit("preview", search="e")
    drafted = {"include_out_of_stock": "yes", "image_size": "500x500x1"}
    propose(app, **drafted)
    app.run()
    moves = preview.effect(desk, store, drafted).entities["products"]
    assert moves.change
    [pill] = pills(app, "changed").options
    assert pill == f"{text('preview.changed')} {moves.enter + moves.change}"
    app.text_input[0].set_value("").run()
    pills(app, "changed").set_value(["draft"]).run()
    assert text("preview.found", n=moves.enter + moves.change) in texts(app)
    assert app.query_params["changed"] == "draft"


@pytest.mark.parametrize("lang", ["en", "de"])
def test_an_update_says_which_fields_it_changes(desk, store, visit, lang):
    app = visit("preview", lang=lang, action="update")
    propose(app, image_size="500x500x1")
    app.query_params["action"] = "update"
    app.run()
    assert set(table(app)["why"]) == {text("field.image", lang)}


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


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize(
    ("wanted", "entity", "partly"),
    [
        ({}, None, False),
        ({"include_customers": "yes"}, "customers", False),
        ({"include_review_score": "yes"}, "products", True),
        ({"include_orders": "all"}, "orders", True),
    ],
)
def test_what_just_this_plan_leaves_out_and_costs_stands_beside_the_button(
    desk, store, visit, wanted, entity, partly, lang
):
    settings(desk, store, **wanted)
    exactly = preview.prepared(desk, store).preview.exactly
    app = visit("preview", lang=lang)
    said = texts(app)
    assert text("preview.cost_exactly", lang, **vars(exactly)) in said
    name = text(f"entity.{entity}", lang) if entity else ""
    what = text("preview.in_part", lang, what=name) if partly else name
    before, after = text("preview.exactly_without", lang, what="\n").split("\n")
    assert (before in said) == (entity is not None)
    assert (f"{before}{what}{after}" in said) == (entity is not None)
    propose(app, include_pages="yes")
    app.run()
    assert text("preview.cost_exactly", lang, **vars(exactly)) not in texts(app)


def test_a_plan_that_moved_is_refused_and_made_anew(desk, store, visit):
    """The click names the plan that the reader saw, not the one that is true now."""
    app = visit("preview")
    settings(desk, store, include_out_of_stock="yes")
    button(app, "preview.run_exactly").click().run()
    assert desk.active_run(store) is None
    assert [each.value for each in app.warning] == [text("preview.stale")]
    sums = outlook.totals(preview.prepared(desk, store).preview)
    assert answer(app) == f"{would(sums, 'en')}."


def test_a_second_run_is_not_started_but_linked(desk, store, visit):
    app = visit("preview")
    first = run.request(desk.on_behalf(Person.local("somebody")), store, "sync")
    with shop_lock(desk.data_dir, "shop"):
        button(app, "preview.run_exactly").click().run()
    assert desk.active_run(store).id == first.id
    assert text("frame.run_active", run=first.id) in [each.value for each in app.info]
    assert text("runs.open", run=first.id) in [each.proto.label for each in app.get("page_link")]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_record_that_is_nowhere_is_said_in_the_reader_s_language(data, visit, lang):
    app = visit("preview", lang=lang, entity="product", id="999999")
    products = text("entity.products", lang)
    said = refused("unknown_record", lang, entity=products, id=999999)
    assert said in texts(app).replace("\\", "")


def test_filters_survive_a_switch_of_the_language(data, visit):
    """A browser answers with labels: those of the old language would be read as unknown codes."""
    app = visit("preview", lang="de", reason="hidden")
    old = pills(app, "reason")
    app.segmented_control(key="lang").set_value("en").run()
    new = pills(app, "reason")
    assert (old.value, new.value) == (["hidden"], ["hidden"])
    assert old.key != new.key
    assert not app.exception


def test_the_records_that_one_setting_moves_are_listed_alone(desk, store, visit):
    draft = {"include_out_of_stock": "yes", "image_size": "500x500x1"}
    found = preview.blamed(desk, store, draft)
    entered = found.by("products", ["include_out_of_stock"])
    changed = found.by("products", ["image_size"])
    assert entered
    assert changed
    app = visit("preview", lang="en", entity="product", because="include_out_of_stock")
    propose(app, **draft)
    app.query_params["because"] = "include_out_of_stock"
    app.run()
    assert len(table(app)) == len(entered)
    assert {tuple(each) for each in table(app)["move"]} == {(text("preview.move.enter"),)}


# -- what sets records apart ----------------------------------------------------------------


def planted(desk, store):
    """Thirty more products, of which all those of one brand are hidden, and no other."""
    rows = []
    for number in range(30):
        made = synthetic.product(number + 10_000, 1, random.Random(number))
        brand = {"resource": {}, "title": "Gazelle" if number < 12 else "Vaude"}
        rows.append({**made, "isVisible": number >= 12, "brand": brand})
    with opened_shop(desk, store) as shop:
        shop.mirror.put_products("nl", [(catalog_product(each), each) for each in rows], 1)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_what_sets_the_shown_records_apart_is_said_when_asked(desk, store, visit, lang):
    planted(desk, store)
    app = visit("preview", lang=lang, reason="hidden")
    found = answers.contrast(desk, store, "products", answers.by_reason("hidden"))
    first = found.patterns[0]
    assert (first.dimension, first.value) == ("brand", "Gazelle")
    sentence = plain(answers.what_is_different(found, lang))
    assert sentence not in texts(app)
    opened(app, "preview.contrast")
    assert sentence in texts(app)
    bars = app.dataframe[0].value
    assert bars["set"][0] == round(100 * first.in_set / found.set)
    assert bars["rest"][0] == 0
    button(app, "preview.contrast.open", lang, what="Gazelle").click().run()
    assert sentence not in texts(app)
    assert len(table(app)) == first.in_set
    assert app.query_params["search"] == "Gazelle"


def test_what_cannot_be_compared_is_said_as_such(data, visit):
    def asked(**query):
        return texts(opened(visit("preview", lang="en", **query), "preview.contrast"))

    few = text("preview.contrast.few", fewest=FEWEST)
    one = ids(visit("preview", lang="en"))[0]
    assert few in asked(search=str(one))
    everything = text("preview.contrast.all")
    actions = [*filters.ACTIONS]
    assert everything in asked(action=actions)
    assert text("preview.contrast.title") not in asked()  # nothing is filtered
    assert text("preview.contrast.title") not in asked(entity="page", search="a")


def test_what_names_a_person_is_searched_and_not_in_the_address(desk, store, visit):
    person = {"name": "Jan Canary", "company": "", "zip": "", "gender": "", "is_company": False}
    kept = {**person, "id": 4711, "email": "jan@canary.example", "created": 0}
    with opened_shop(desk, store) as shop, shop.mirror.conn as conn:
        row = [4711, 2, kept["email"], 1, 0, orjson.dumps(kept), 1]
        conn.execute("INSERT INTO customer VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        shop.mirror.note(facts.was_read("customers", ""), True)
    run.change_settings(
        desk, store, desk.settings(store).settings.changed({"include_customers": "yes"}), note=""
    )
    app = visit("preview", entity="customer")
    box = app.text_input(key=filters.name_of("customers", "search"))
    box.set_value("canary").run()
    assert app.text_input(key=filters.name_of("customers", "search")).value == "canary"
    assert "search" not in app.query_params
    [row] = app.dataframe[0].value.to_dict("records")
    assert row["title"] == "J\u2026 C\u2026"
    app.text_input(key=filters.name_of("customers", "search")).set_value("4711").run()
    assert app.query_params["search"] == "4711"
