"""Somebody clicks on before the answer to their last click has come: both are done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from sync.texts import text
from tests.bench.clicks import cell
from tests.e2e.conftest import Server
from tests.e2e.test_settings import label, save, toggle

WaitFor = Callable[[Callable[[], bool]], None]


class Line:
    """The way of the server's answers to the page."""

    def __init__(self, page: Page) -> None:
        self.held: list[str | bytes] | None = None
        self.sent = self.answered = 0
        page.route_web_socket(re.compile("_stcore/stream"), self._join)

    def _join(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        self._page = page

        def answer(message: str | bytes) -> None:
            assert isinstance(message, bytes)
            if ForwardMsg.FromString(message).WhichOneof("type") == "script_finished":
                self.answered += 1
            if self.held is None:
                page.send(message)
            else:
                self.held.append(message)

        def ask(message: str | bytes) -> None:
            self.sent += 1
            server.send(message)

        server.on_message(answer)
        page.on_message(ask)

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Answers come when this ends."""
        self.held = []
        yield
        late, self.held = self.held, None
        for message in late:
            self._page.send(message)


Click = Callable[[Page], None]


def typed(label: str, words: str) -> Click:
    """Type into a box."""

    def act(page: Page) -> None:
        box = page.get_by_role("textbox", name=text(label, "de"))
        box.fill(words)
        box.press("Enter")

    return act


def filtered(action: str) -> Click:
    """Click on a filter."""

    def act(page: Page) -> None:
        group = page.get_by_test_id("stButtonGroup").get_by_role("button")
        group.filter(has_text=text(f"action.{action}", "de")).click()

    return act


def unfold(page: Page) -> None:
    """Click on what belongs to another search than the one that was just typed."""
    page.get_by_test_id("stExpander").get_by_text(text("lookup.source", "de")).click()


SEARCH, FILTER = typed("preview.search", "Fiets"), filtered("create")
BOTH = ["search=Fiets", "action=create"]
CLICKS: dict[str, tuple[str, Click, Click, list[str]]] = {
    "search, fold": ("lookup?q=Fiets&", typed("lookup.box", "Helm"), unfold, ["q=Helm"]),
    "search, filter": ("preview?", SEARCH, FILTER, BOTH),
    "filter, search": ("preview?", FILTER, SEARCH, BOTH),
}


@pytest.mark.parametrize("name", CLICKS)
def test_who_clicks_on_before_the_answer_comes_gets_both(
    looked_at: Server, page: Page, settled: Callable[[], None], wait_for: WaitFor, name: str
):
    where, first, second, wanted = CLICKS[name]
    line = Line(page)
    page.goto(looked_at.at(f"{where}lang=de&store=demo"))
    settled()
    with line.held_up():
        for asked, act in enumerate((first, second), line.sent + 1):
            act(page)
            wait_for(lambda asked=asked: page.evaluate("true") and line.sent == asked)
    settled()
    for part in wanted:
        expect(page).to_have_url(re.compile(rf"[?&]{part}"))


def test_back_on_a_slow_line_is_back(looked_at: Server, page: Page, settled: Callable[[], None]):
    """The address that Back brings was said before, too."""
    line = Line(page)
    page.goto(looked_at.at("preview?lang=de&store=demo"))
    settled()
    SEARCH(page)
    expect(page).to_have_url(re.compile(r"[?&]search=Fiets"))
    with line.held_up():
        page.go_back()
    expect(page.get_by_role("textbox", name=text("preview.search", "de"))).to_have_value("")
    expect(page).not_to_have_url(re.compile("search="))


def test_settings_changed_before_the_answer_comes_are_all_in_the_draft(
    looked_at: Server, page: Page, settled: Callable[[], None], wait_for: WaitFor
):
    line = Line(page)
    page.goto(looked_at.at("settings", lang="de", store="demo"))
    expect(page.get_by_text(text("settings.effect.preview", "de"))).to_be_visible()
    settled()
    keys = ("include_out_of_stock", "include_free_products", "include_pages")
    with line.held_up():
        for asked, key in enumerate(keys, line.sent + 1):
            toggle(page, key).click()
            wait_for(lambda asked=asked: page.evaluate("true") and line.sent == asked)
    expect(save(page, len(keys))).to_be_visible()
    settled()
    for key in keys:
        switch = page.get_by_role("switch", name=label(key))
        expect(switch.or_(page.get_by_role("checkbox", name=label(key)))).to_be_checked()


def test_a_click_meant_for_the_list_before_opens_nothing_of_the_next(
    looked_at: Server, page: Page, settled: Callable[[], None], wait_for: WaitFor
):
    line = Line(page)
    page.goto(looked_at.at("lookup?q=Fiets&lang=de&store=demo"))
    settled()
    with line.held_up():
        for asked, act in enumerate((typed("lookup.box", "Helm"), cell(150, 88)), line.sent + 1):
            act(page)
            wait_for(lambda asked=asked: page.evaluate("true") and line.sent == asked)
    settled()
    expect(page).to_have_url(re.compile(r"[?&]q=Helm"))
    expect(page).not_to_have_url(re.compile(r"[?&]id="))
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("helm", re.IGNORECASE))


FIETS, HELM, NONE = (typed("lookup.box", words) for words in ("Fiets", "Helm", "zzz"))
# What is marked; a click for whose answer the table goes, or the row moves; and another one.
MARKED: dict[str, tuple[str, Sequence[Click], Click, Click]] = {
    "the table goes": ("lookup?", (HELM, FIETS), NONE, HELM),
    "the row moves": (
        "preview?search=Fiets&",
        [cell(200, 120)],
        typed("preview.search", ""),
        FILTER,
    ),
}


@pytest.mark.parametrize("name", MARKED)
def test_a_mark_that_the_page_shows_still_is_not_clicked_once_more(
    looked_at: Server, page: Page, settled: Callable[[], None], wait_for: WaitFor, name: str
):
    where, marks, first, second = MARKED[name]
    line = Line(page)

    def click(act: Click) -> None:
        sent = line.sent
        act(page)
        wait_for(lambda: page.evaluate("true") and line.answered == line.sent > sent)

    page.goto(looked_at.at(f"{where}lang=de&store=demo"))
    settled()
    for act in marks:
        click(act)
        settled()
    opened = parse_qs(urlsplit(page.url).query).get("id")
    with line.held_up():
        click(first)
        click(second)
    settled()
    assert parse_qs(urlsplit(page.url).query).get("id") == opened
