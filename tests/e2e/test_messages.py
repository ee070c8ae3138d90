"""What a server says over its socket reaches the page together, so that a click draws it once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route

from pages.components.web import shell

HOST = "http://desk.example/"
# A socket that says what a test lets it say, and turns of the browser in which the page heard it.
SOCKET = """
window.turn = 0
setInterval(() => window.turn++, 1)
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
  window.socket.addEventListener('message', ({data}) => {
    window.heard.push([data.byteLength, window.turn])
  })
}"""
LAST = 2  # bytes of the message that ends a run


@pytest.fixture
def heard(page: Page) -> Iterator[Page]:
    """A page that has our script and a socket, and nothing of Streamlit."""

    def answer(route: Route) -> None:
        script = f"<script type=module>{shell.SCRIPT}</script>"
        route.fulfill(body=f"<!doctype html><title>-</title>{script}", content_type="text/html")

    page.route(f"{HOST}**", answer)
    page.add_init_script(SOCKET)
    page.goto(HOST)
    page.evaluate(LISTEN)
    return page


def test_a_runs_messages_are_heard_in_one_turn(heard: Page):
    said = [10, 30, 20, LAST]
    for size in said[:-1]:
        heard.evaluate("size => socket.say([size])", size)
    heard.evaluate("size => socket.say([size])", LAST)
    heard.wait_for_function("heard.length === 4")
    sizes, turns = zip(*heard.evaluate("heard"), strict=True)
    assert list(sizes) == said
    assert len(set(turns)) == 1


def test_nothing_is_heard_before_the_run_has_ended(heard: Page):
    assert heard.evaluate("socket.say([10, 20]), heard.length") == 0
    assert heard.evaluate("socket.say([2]), heard.map(([size]) => size)") == [10, 20, LAST]
    assert heard.evaluate("socket.say([30, 2]), heard.map(([size]) => size)") == [
        *[10, 20, LAST],
        *[30, LAST],
    ]


def test_a_run_that_goes_on_shows_what_it_has(heard: Page):
    heard.evaluate("socket.say([10, 20])")
    heard.wait_for_function("heard.length === 2")
    heard.evaluate("socket.say([30])")
    heard.wait_for_function("heard.length === 3")
    assert [size for size, _ in heard.evaluate("heard")] == [10, 20, 30]


def test_of_a_socket_that_closes_nothing_is_lost(heard: Page):
    close = "socket.say([10, 20]), socket.dispatchEvent(new Event('close')), heard.length"
    assert heard.evaluate(close) == 2
