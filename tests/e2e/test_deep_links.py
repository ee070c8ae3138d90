"""A link straight to a page, as the first thing a fresh server sees, goes through app.py."""

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from pages.components.specs import SPECS
from sync.texts import text
from tests.e2e.conftest import serving

PICTURES = (".svg", ".png", ".jpg")


def ours(line: ConsoleMessage) -> bool:
    """Whether it is an error, and not one of the demo's pictures: their server is not running."""
    return line.type == "error" and not line.location["url"].endswith(PICTURES)


@pytest.mark.parametrize("name", [spec.name for spec in SPECS])
def test_a_fresh_server_opens_every_deep_link(name: str, fresh_demo, page: Page):
    errors: list[str] = []
    page.on("console", lambda line: errors.append(line.text) if ours(line) else None)
    with serving(fresh_demo, worker=False) as server:
        page.goto(server.at(name, lang="de", store="demo"))
        menu = page.locator(".st-key-menu")
        expect(menu.get_by_role("link", name=text("page.overview", "de"))).to_be_visible()
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        path = "" if name == SPECS[0].name else name
        assert page.url.startswith(server.at(path) + "?")
        assert "lang=de" in page.url
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("html")).to_have_attribute("lang", "de")
        assert errors == []
