"""Secrets that are left with the Tab key count, and no page asks a foreign host for anything."""

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, Request, expect

from pages.components.frame import SPECS
from sync.http import Http, HttpError
from sync.sandbox.state import State
from sync.store import Desk
from sync.texts import text


def field(page: Page, label: str) -> Locator:
    return page.locator("input").and_(page.get_by_label(label, exact=True)).first


def typed_and_left_with_tab(page: Page, label: str, value: str) -> None:
    """Tab leads from a secret field to its eye button."""
    field(page, label).click()
    page.keyboard.type(value)
    page.keyboard.press("Tab")


def stand_ins_answer(url: str, wait_for: Callable[[Callable[[], bool]], None]) -> None:
    """The server's worker serves them, once it has started."""
    with Http(url) as http:

        def healthy() -> bool:
            try:
                return http.send("GET", "/_sandbox/health").status == 200
            except HttpError:
                return False

        wait_for(healthy)


def test_secrets_count_however_their_fields_are_left(looked_at, page: Page, settled, wait_for):
    desk = Desk(looked_at.data)
    shop, store = desk.shop("demo"), desk.store("demo")
    [key, *_], (public, private) = desk.keys(shop), desk.clerk_keys(store)
    page.goto(looked_at.at("shops", lang="en"))
    page.get_by_role("button", name=text("shops.connect")).click()
    stand_ins_answer(shop.api_url or "", wait_for)
    page.get_by_text(text("shops.advanced")).click()
    field(page, text("shops.api_url")).fill(shop.api_url or "")
    typed_and_left_with_tab(page, text("shops.key"), key.key.reveal())
    typed_and_left_with_tab(page, text("shops.secret"), key.secret.reveal())
    page.get_by_role("button", name=text("shops.check")).click()
    expect(page.get_by_text("Lightspeed takes the key")).to_be_visible()
    settled()
    page.get_by_text(text("shops.advanced")).first.click()
    field(page, text("shops.clerk_url")).fill(shop.api_url or "")
    typed_and_left_with_tab(page, text("shops.public"), public.reveal())
    typed_and_left_with_tab(page, text("shops.private"), private.reveal())
    page.get_by_role("button", name=text("shops.test")).first.click()
    expect(page.get_by_text(text("shops.test_passed"))).to_be_visible()


def test_new_keys_of_a_store_count_too(server, page: Page, settled, wait_for):
    desk = Desk(server.data)
    public, private = desk.clerk_keys(desk.store("demo"))
    page.goto(server.at("shops", lang="en"))
    page.get_by_text(text("shops.manage")).click()
    stand_ins_answer(desk.shop("demo").api_url or "", wait_for)
    page.get_by_text(text("shops.clerk_keys"), exact=True).click()
    typed_and_left_with_tab(page, text("shops.public"), public.reveal())
    typed_and_left_with_tab(page, text("shops.private"), private.reveal())
    page.get_by_role("button", name=text("shops.key_save")).first.click()
    expect(page.get_by_text("uses the new Clerk.io keys")).to_be_visible()


def test_no_page_asks_another_computer_for_anything(looked_at, page: Page, settled, wait_for):
    page.goto(looked_at.at())  # the first page starts the worker, which serves the pictures
    stand_ins_answer(Desk(looked_at.data).shop("demo").api_url or "", wait_for)
    asked: list[str] = []

    def seen(request: Request) -> None:
        asked.append(request.url)

    page.on("request", seen)
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
