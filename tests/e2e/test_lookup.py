"""The look-up in the browser, and what language and theme do to every page."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from pages.components.frame import SPECS
from sync.database import sqlite3
from sync.texts import text
from tests.e2e.conftest import Server


def hidden_product(server: Server) -> int:
    with sqlite3.connect(server.data / "shops" / "demo.db") as db:
        return int(db.execute("SELECT id FROM product WHERE NOT visible").fetchone()[0])


def test_why_it_is_missing_takes_one_click_among_several(
    looked_at: Server, page: Page, settled: Callable[[], None]
):
    """One typing error, several matches: the answer and its evidence, by mouse and by keyboard."""
    name, typed = several_titles(looked_at)
    page.goto(looked_at.at("lookup", lang="de", store="demo"))
    box = page.get_by_label(text("lookup.box", "de"))
    box.fill(typed)
    box.press("Enter")
    answer = page.get_by_role("heading", level=1)
    expect(page.get_by_text("Ein Zeichen weicht ab")).to_be_visible()
    expect(answer).to_contain_text(name)
    first = answer.inner_text()
    grid = page.get_by_test_id("stDataFrame").first
    place = grid.bounding_box() or {}
    page.mouse.click(place["x"] + 150, place["y"] + 88)  # the name in the second row
    expect(answer).not_to_have_text(first)
    expect(page.get_by_role("heading", name=text("lookup.evidence", "de"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"entity=product&id=\d+"))
    page.keyboard.press("ArrowUp")
    expect(answer).to_have_text(first)
    page.get_by_role("button", name=text("lookup.copy", "de")).click()
    told = page.get_by_test_id("stCode")
    expect(told).to_contain_text(text("merchant.hello", "de"))
    expect(told).to_contain_text(text("merchant.bye", "de"))
    page.get_by_test_id("stPopoverBody").get_by_text("English").click()
    expect(told).to_contain_text(text("merchant.hello", "en"))
    settled()
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    settled()
    assert Axe().run(page).response["violations"] == []


def several_titles(server: Server) -> tuple[str, str]:
    """A word that several titles of at least six letters begin with, and the same mistyped."""
    with sqlite3.connect(server.data / "shops" / "demo.db") as db:
        sql = (
            "SELECT substr(title, 1, instr(title, ' ') - 1) AS word FROM product"
            " WHERE instr(title, ' ') > 6 GROUP BY word HAVING count(*) > 2 ORDER BY word"
        )
        word = str(db.execute(sql).fetchone()[0])
    return word, f"{word[:-2]}{word[-1]}{word[-2]}"


def test_an_answer_survives_a_reload_and_a_miss_says_what_was_searched(
    looked_at: Server, page: Page, settled: Callable[[], None]
):
    number = hidden_product(looked_at)
    page.goto(looked_at.at("lookup", lang="de", store="demo"))
    box = page.get_by_label(text("lookup.box", "de"))
    box.fill(str(number))
    box.press("Enter")
    answer = page.get_by_role("heading", level=1)
    expect(answer).to_contain_text("geht nicht an Clerk.io: in Lightspeed versteckt")
    expect(page.get_by_text(text("reason.hidden.why", "de")).first).to_be_visible()
    assert f"q={number}" in page.url
    page.reload()
    expect(answer).to_contain_text("geht nicht an Clerk.io: in Lightspeed versteckt")
    box.fill("jan.nobody@shop.example")
    box.press("Enter")
    expect(page.get_by_role("heading", name="Nichts gefunden für „j…@")).to_be_visible()
    assert "nobody" not in page.url
    settled()
    assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_language_and_theme_hold_on_every_page(
    looked_at: Server, browser: Browser, browser_context_args, scheme
):
    """The reader's browser decides first; the switch in the sidebar then holds everywhere."""
    with browser.new_context(**{**browser_context_args, "color_scheme": scheme}) as context:
        page = context.new_page()
        page.goto(looked_at.at())
        expect(page.locator("html")).to_have_attribute("lang", "de")
        page.get_by_test_id("stSidebar").get_by_text("English").click()
        for spec in (spec for spec in SPECS if spec.in_menu):
            name = text(f"page.{spec.name}", "en")
            page.locator(".st-key-menu").get_by_role("link", name=name).click()
            path = "" if spec is SPECS[0] else spec.name
            expect(page).to_have_url(looked_at.at(path, lang="en", store="demo"))
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            expect(page.locator("html")).to_have_attribute("lang", "en")
        dark = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
        assert (dark == "rgb(18, 25, 26)") == (scheme == "dark")


def test_the_pages_are_readable_on_a_phone(
    looked_at: Server, browser: Browser, browser_context_args
):
    """Nothing but tables may scroll sideways at 390 pixels."""
    narrow = {**browser_context_args, "viewport": {"width": 390, "height": 800}}
    with browser.new_context(**narrow) as context:
        page = context.new_page()
        for spec in SPECS:
            page.goto(looked_at.at(spec.name, lang="de", store="demo", run="1"))
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            wide = page.evaluate(
                "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
            )
            assert wide <= 0, spec.name


def test_numbers_are_written_as_the_page_is(looked_at: Server, page: Page, settled):
    """Streamlit asks the browser for its languages wherever a table or chart writes a number."""
    written = "new Intl.NumberFormat(navigator.languages).format(1192.5)"
    for asked, number in (
        ({}, "1.192,5"),
        ({"lang": "en"}, "1,192.5"),
        ({"lang": "xx"}, "1.192,5"),
    ):
        page.goto(looked_at.at("preview", store="demo", **asked))
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        settled()
        assert page.evaluate(written) == number, asked
    page.get_by_test_id("stSidebar").get_by_text("English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.evaluate(written) == "1,192.5"


def test_back_shows_what_was_searched_before(looked_at: Server, page: Page):
    page.goto(looked_at.at("lookup", lang="de", store="demo"))
    box = page.get_by_label(text("lookup.box", "de"))
    for words in ("Fiets", "Helm"):
        box.fill(words)
        box.press("Enter")
        expect(page).to_have_url(re.compile(f"[?&]q={words}"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"[?&]q=Fiets"))
    expect(box).to_have_value("Fiets")


def test_who_searches_faster_than_the_page_answers_sees_the_last_answer(
    looked_at: Server, page: Page, settled: Callable[[], None]
):
    page.goto(looked_at.at("lookup", lang="de", store="demo"))
    box = page.get_by_label(text("lookup.box", "de"))
    for _ in range(6):
        for words in ("Fiets", "zzz", "Helm"):
            box.fill(words)
            box.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]q=Helm"))
    settled()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("helm", re.I))


def test_back_shows_the_kind_of_record_before(looked_at: Server, page: Page):
    page.goto(looked_at.at("preview", lang="de", store="demo"))
    tabs = page.get_by_test_id("stButtonGroup").get_by_role("radio")
    orders = tabs.filter(has_text=text("entity.orders", "de"))
    products = tabs.filter(has_text=text("entity.products", "de"))
    expect(products).to_be_checked()
    orders.click()
    expect(page).to_have_url(re.compile(r"[?&]entity=order"))
    expect(orders).to_be_checked()
    page.go_back()
    expect(products).to_be_checked()
    expect(page).not_to_have_url(re.compile(r"entity=order"))
