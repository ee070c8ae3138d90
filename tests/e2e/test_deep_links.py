"""A link straight to a page, as the first thing a fresh server sees, goes through app.py."""

import pytest
from playwright.sync_api import Page, expect

from pages.components.frame import SPECS
from sync.texts import text
from tests.e2e.conftest import serving


@pytest.mark.parametrize("name", [spec.name for spec in SPECS])
def test_a_fresh_server_opens_every_deep_link(name: str, fresh_demo, page: Page):
    with serving(fresh_demo, worker=False) as server:
        page.goto(server.at(name, lang="de", store="demo"))
        expect(
            page.get_by_test_id("stSidebar").get_by_text(text("frame.language", "de"))
        ).to_be_visible()
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        assert f"/{name}" in page.url or name == SPECS[0].name
        assert "lang=de" in page.url
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.locator("html")).to_have_attribute("lang", "de")
