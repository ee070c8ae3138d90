"""Search from any page by keyboard alone, the way back, and Streamlit's own words in German."""

import re

from playwright.sync_api import Page, expect

from sync.texts import text


def test_the_keyboard_finds_a_record_from_any_page_and_back_is_one_step(
    looked_at, page: Page, settled
):
    page.goto(looked_at.at("runs", lang="de", store="demo"))
    expect(page.locator(".st-key-search button")).to_be_visible()
    settled()
    page.keyboard.press("/")
    field = page.get_by_label(text("search.label", "de"))
    expect(field).to_be_focused()
    close = page.get_by_role("dialog").get_by_role("button", name=text("streamlit.close", "de"))
    expect(close).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    page.keyboard.press("Control+K")
    expect(field).to_be_focused()
    page.keyboard.type("fiets/")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    hit = page.locator("[class*=st-key-hit-record] button")
    expect(hit.first).to_be_visible()
    settled()
    page.keyboard.press("Tab")
    expect(hit.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/lookup\?.*entity=\w+&id=\d+"))
    expect(field).to_have_count(0)
    page.go_back()
    expect(page).to_have_url(looked_at.at("runs", lang="de", store="demo"))
