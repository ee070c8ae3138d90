"""Every page, drawer and dialog in both themes: nothing that axe finds, no error in the console,
and no request that leaves this computer."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from pages.components.specs import SPECS
from sync.texts import text

PLACES: tuple[tuple[str, dict[str, str]], ...] = (
    *((spec.name, {}) for spec in SPECS),
    ("overview", {"row": "demo"}),
    ("preview", {"entity": "product", "id": "141000108"}),
    ("settings", {"tab": "history"}),
    ("settings", {"tab": "copy"}),
    ("lookup", {"q": "Fiets"}),
    ("lookup", {"entity": "product", "id": "141000108"}),
    ("shops", {"new": "1"}),
    ("shops", {"shop": "demo"}),
    ("run", {"run": "1"}),
)
COLORS = {"runOnly": ["color-contrast", "link-in-text-block"]}
RULES: dict[str, dict[str, Any]] = {"light": {}, "dark": COLORS}


def found(page: Page, rules: dict[str, Any], within: str | None = None) -> list[str]:
    """Each violation on the page, or in a part of it, with the first elements that show it."""
    told = []
    for each in Axe().run(page, context=within, options=rules).response["violations"]:
        nodes = [f"{node['html'][:160]} {node['failureSummary']}" for node in each["nodes"][:3]]
        told.append(f"{page.url} {each['id']}: {nodes}")
    return told


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_found_on_any_page(theme: str, looked_at, page: Page, settled):
    wrong: list[str] = []
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on("request", lambda asked: hosts.add(urlsplit(asked.url).hostname))
    hosts: set[str | None] = set()
    page.emulate_media(color_scheme=theme)
    for name, more in PLACES:
        page.goto(looked_at.at(name, lang="de", store="demo", **more))
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        settled()
        wrong += found(page, RULES[theme])
    page.keyboard.press("/")
    expect(page.get_by_label(text("search.label", "de"))).to_be_focused()
    wrong += found(page, RULES[theme])
    assert wrong == []
    assert hosts - {None} == {"127.0.0.1"}


def test_nothing_is_found_in_what_opens(looked_at, page: Page, settled):
    """Every popover of every page, and what is folded."""
    wrong: list[str] = []
    opened = 0
    body = page.get_by_test_id("stPopoverBody")
    for name, more in PLACES:
        page.goto(looked_at.at(name, lang="de", store="demo", **more))
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        settled()
        buttons = page.get_by_test_id("stPopoverButton").filter(visible=True)
        for place in range(buttons.count()):
            if buttons.nth(place).is_enabled():
                buttons.nth(place).click()
                expect(body).not_to_be_empty()  # the answer has come, which says that it is open
                settled()
                wrong += found(page, {}, "[data-testid=stPopoverBody]")
                page.keyboard.press("Escape")
                expect(body).to_have_count(0)
                opened += 1
        folds = page.locator("[data-testid=stExpander] details:not([open]) > summary")
        if folds.filter(visible=True).count():
            while folds.filter(visible=True).count():
                folds.filter(visible=True).first.click()
                settled()
            wrong += found(page, {}, "[data-testid=stExpander]")
    assert wrong == []
    assert opened > 10
