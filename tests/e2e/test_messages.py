"""What a server says over its socket reaches the page together, so that a click draws it once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route

from pages.components.web import shell

HOST = "http://desk.example/"
# A socket that says what a test lets it say, and a clock that stands still until it is told.
STAND_INS = """
const later = window.setTimeout
window.late = []
window.setTimeout = (act, delay, ...given) =>
  delay === 50 ? window.late.push(act) : later(act, delay, ...given)
window.WebSocket = class extends EventTarget {
  say(sizes) {
    for (const size of sizes) {
      const data = new ArrayBuffer(size)
      this.dispatchEvent(new MessageEvent('message', { data }))
    }
  }
}
"""
LISTEN = """() => {
  window.heard = []
  window.socket = new WebSocket('ws://desk.example')
  window.socket.addEventListener('message', ({data}) => window.heard.push(data.byteLength))
}"""
SAY = "sizes => { socket.say(sizes); return heard.splice(0) }"  # and what was heard by then
TIME_IS_UP = "() => { late.splice(0).forEach(act => act()); return heard.splice(0) }"
LAST = 2  # bytes of the message that ends a run


@pytest.fixture
def heard(page: Page) -> Iterator[Page]:
    """A page that has our script and a socket, and nothing of Streamlit."""

    def answer(route: Route) -> None:
        script = f"<script type=module>{shell.SCRIPT}</script>"
        route.fulfill(body=f"<!doctype html><title>-</title>{script}", content_type="text/html")

    page.route(f"{HOST}**", answer)
    page.add_init_script(STAND_INS)
    page.goto(HOST)
    page.evaluate(LISTEN)
    return page


def test_nothing_is_heard_before_the_run_has_ended_and_then_all(heard: Page):
    assert heard.evaluate(SAY, [10]) == []
    assert heard.evaluate(SAY, [30, 20]) == []
    assert heard.evaluate(SAY, [LAST]) == [10, 30, 20, LAST]
    assert heard.evaluate(SAY, [40, LAST, 50]) == [40, LAST]
    assert heard.evaluate(SAY, [LAST]) == [50, LAST]


def test_a_run_that_goes_on_shows_what_it_has(heard: Page):
    assert heard.evaluate(SAY, [10, 20]) == []
    assert heard.evaluate(TIME_IS_UP) == [10, 20]
    assert heard.evaluate(SAY, [30]) == []
    assert heard.evaluate(TIME_IS_UP) == [30]
    assert heard.evaluate(TIME_IS_UP) == []


def test_of_a_socket_that_closes_nothing_is_lost(heard: Page):
    assert heard.evaluate(SAY, [10, 20]) == []
    close = "() => { socket.dispatchEvent(new Event('close')); return heard }"
    assert heard.evaluate(close) == [10, 20]
