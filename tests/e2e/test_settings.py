"""The settings form in a browser: a change from the first click to the saved version, and labels
that change under the reader's hand."""

import re

import pytest
from playwright.sync_api import Page, expect

from sync.store import Desk
from sync.texts import text


def de(code: str, **values: object) -> str:
    return text(code, "de", **values)


@pytest.fixture
def form(page: Page, server, settled) -> Page:
    """The form of the demo store, drawn to its end."""
    page.goto(server.at("settings", lang="de", store="demo"))
    expect(page.get_by_text(de("settings.effect.preview"))).to_be_visible()
    settled()
    return page


def test_a_change_shows_its_effect_outlives_the_page_and_is_saved(form: Page, server, settled):
    form.get_by_text(de("setting.include_out_of_stock.label"), exact=True).click()
    expect(form.get_by_text(de("settings.unsaved.one"))).to_be_visible()
    expect(form.get_by_text(de("settings.effect.blame"))).to_be_visible()
    sidebar = form.get_by_test_id("stSidebar")
    sidebar.get_by_text(de("page.runs"), exact=True).click()
    sidebar.get_by_text(de("settings.unsaved.one")).click()
    settled()
    form.get_by_role("button", name=de("settings.review")).click()
    note = form.get_by_label(de("settings.note"))
    note.fill("auch Vergriffene")
    form.get_by_role("button", name=de("settings.save"), exact=True).click()
    expect(form.get_by_text(de("settings.saved_now", version=2))).to_be_visible()
    expect(form.get_by_text(de("settings.unsaved.one"))).to_have_count(0)
    desk = Desk(server.data)
    saved = desk.settings(desk.store("demo"))
    assert (saved.version, saved.note) == (2, "auch Vergriffene")
    assert saved.settings.include_out_of_stock


def test_what_is_typed_into_a_list_is_kept_and_a_proposal_is_taken_by_a_click(form: Page, settled):
    """Enter takes the text, never the nearest proposal; leaving the line keeps it too."""
    line = form.get_by_label(de("setting.custom_attributes.label"), exact=True)
    block = form.locator(".stVerticalBlock").filter(has=line).last
    chosen = block.locator("[class*='st-key-drop-']")
    line.fill("sale, Maat")
    line.press("Enter")
    expect(chosen).to_have_text([re.compile("sale"), re.compile("Maat")])
    line.fill("complete")
    line.press("Tab")
    expect(chosen).to_have_count(3)
    block.locator("[class*='st-key-add-']").first.get_by_role("button").click()
    expect(chosen).to_have_count(4)
    chosen.first.get_by_role("button").click()
    expect(chosen).to_have_count(3)
    expect(chosen.last).not_to_contain_text("sale")
    expect(form.get_by_text(de("settings.unsaved.one"))).to_be_visible()


def test_another_language_leaves_the_draft_as_it_is(form: Page, settled):
    """The browser answers with labels; after a switch the old ones must not be taken for typed
    values."""
    period = form.get_by_role("combobox", name=de("setting.include_orders.label"))
    period.evaluate("field => field.scrollIntoView({block: 'center'})")  # room for its list
    period.click()
    form.get_by_role("option").filter(has_text=de("option.include_orders.3m")).click()
    expect(form.get_by_text(de("settings.unsaved.one"))).to_be_visible()
    form.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    expect(form.get_by_text(text("settings.unsaved.one", "en"))).to_be_visible()
    settled()
    form.get_by_text(text("setting.include_pages.label", "en"), exact=True).click()
    expect(form.get_by_text(text("settings.unsaved.many", "en", count=2))).to_be_visible()
    expect(form.get_by_test_id("stAlert")).to_have_count(0)
