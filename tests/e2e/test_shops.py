"""A shop connected by keyboard alone; no page asks a foreign host for anything."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from pages.components.frame import SPECS
from sync.http import Http, HttpError
from sync.sandbox import clerk
from sync.sandbox.state import State
from sync.store import Desk
from sync.texts import text
from tests.bench.clicks import cell
from tests.e2e.canaries import secrets, told_of


def field(page: Page, label: str) -> Locator:
    return page.locator("input").and_(page.get_by_label(label, exact=True)).first


def stand_ins_answer(url: str, wait_for: Callable[[Callable[[], bool]], None]) -> None:
    """The server's worker serves them, once it has started."""
    with Http(url) as http:

        def healthy() -> bool:
            try:
                return http.send("GET", "/_sandbox/health").status == 200
            except HttpError:
                return False

        wait_for(healthy)


def reach(page: Page, name: str) -> None:
    """Go with the Tab key to what has that accessible name."""
    wanted = f"""() => {{
      const at = document.activeElement, labels = at.labels ? [...at.labels] : [];
      const told = [at.getAttribute('aria-label'), ...labels.map(each => each.textContent.trim())];
      const acts = ['BUTTON', 'SUMMARY'].includes(at.tagName);
      return told.includes({name!r}) || (acts && at.textContent.trim().endsWith({name!r}));
    }}"""
    there = page.get_by_label(name).or_(page.get_by_text(name))
    expect(there.locator("visible=true").first).to_be_visible()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(wanted):
            return
    pytest.fail(f"no Tab leads to {name}")


def fill(page: Page, name: str, value: str) -> None:
    reach(page, name)
    page.keyboard.press("Control+A")
    page.keyboard.type(value)


PRIVATE = {"nl": "4c" * 16, "de": "9e" * 16}


def test_a_shop_with_two_languages_is_connected_by_keyboard_alone(
    server, page: Page, settled, wait_for, frames: list[bytes]
):
    """Tab leads from a secret field to its eye button; what was typed counts all the same, and no
    secret comes back, of neither form."""
    demo = Desk(server.data).shop("demo")
    url = demo.api_url or ""
    page.goto(server.at("shops", lang="en", new="1"))
    stand_ins_answer(url, wait_for)
    state = State(server.data / "sandbox.db")
    state.add_key("5a" * 16, "6b" * 16)
    for language in ("nl", "de"):
        clerk.add_store(state, f"public-of-{language}-store", PRIVATE[language], "New")
    state.close()
    fill(page, text("shops.key"), "5a" * 16)
    fill(page, text("shops.secret"), "wrong")
    reach(page, text("shops.advanced"))
    page.keyboard.press("Enter")
    fill(page, text("shops.api_url"), url)
    reach(page, text("shops.next"))
    page.keyboard.press("Enter")
    expect(page.get_by_text(text("cause.key_refused.next"))).to_be_visible()
    settled()
    fill(page, text("shops.secret"), "6b" * 16)
    reach(page, text("shops.next"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Lightspeed takes the key")).to_be_visible()
    settled()
    reach(page, "(nl)")
    while not page.evaluate("document.activeElement.textContent.endsWith('(de)')"):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text(text("shops.new.store_in", language="DE"))).to_be_visible()
    settled()
    for language in ("nl", "de"):
        fill(page, text("shops.public"), f"public-of-{language}-store")
        fill(page, text("shops.private"), PRIVATE[language] if language == "de" else "7d" * 16)
        reach(page, text("shops.advanced"))
        page.keyboard.press("Enter")
        fill(page, text("shops.clerk_url"), url)
    reach(page, text("shops.new.connect"))
    page.keyboard.press("Enter")
    expect(page.get_by_text(text("shops.new.wrong.one"))).to_be_visible()
    settled()
    field(page, text("shops.private")).fill(PRIVATE["nl"])
    page.get_by_role("button", name=text("shops.new.connect")).click()
    expect(page.get_by_text("is connected and is being read")).to_be_visible()
    typed = {"secret": "6b" * 16, "key": "5a" * 16, "wrong": "7d" * 16, **PRIVATE}
    assert told_of(typed, frames) == []
    languages = {each.language for each in Desk(server.data).stores() if each.shop_id != demo.id}
    assert languages == {"nl", "de"}


def test_a_shop_that_was_closed_opens_again_by_the_same_cell(looked_at, page: Page, settled):
    page.goto(looked_at.at("shops", lang="en"))
    heading = page.get_by_role("heading", level=2, name="Demo")
    for _ in range(2):
        expect(page.get_by_test_id("stDataFrame")).to_be_visible()
        settled()
        cell(160, 50)(page)
        expect(heading).to_be_visible()
        page.get_by_role("button", name=text("shops.close")).click()
        expect(heading).to_have_count(0)
        expect(page.get_by_test_id("stDataFrame").locator(":focus")).to_have_count(1)


def test_no_page_asks_another_computer_for_anything_or_is_told_a_secret(
    looked_at, page: Page, settled, wait_for, frames
):
    page.goto(looked_at.at())  # the first page starts the worker, which serves the pictures
    stand_ins_answer(Desk(looked_at.data).shop("demo").api_url or "", wait_for)
    asked: list[str] = []

    def seen(request: Request) -> None:
        asked.append(request.url)

    page.on("request", seen)
    with page.expect_request(lambda request: "/files/" in request.url):
        page.goto(looked_at.at("preview", lang="de", store="demo"))
    for spec in SPECS:
        page.goto(looked_at.at(spec.name, lang="de", store="demo"))
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        settled()
    pictures = [url for url in asked if "/files/" in url]
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}
    assert pictures
    state = State(looked_at.data / "sandbox.db")
    told = [call.query for call in state.calls(side="storefront")]
    state.close()
    assert told
    assert [query for query in told if "referer" in query] == []
    assert len(frames) > len(SPECS)
    assert told_of(secrets(Desk(looked_at.data)), frames) == []
