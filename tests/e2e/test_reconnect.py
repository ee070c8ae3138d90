"""A page that stays open while its server or the line goes."""

from playwright.sync_api import Page, WebSocketRoute, expect

from sync.store import Desk
from sync.texts import text
from tests.e2e.conftest import free_port, serving

# Clicks in the very moment in which the line is back.
CLICK_AT_ONCE = """button => {
  const app = document.querySelector('[data-testid=stApp]')
  const look = new MutationObserver(() => {
    if (app.dataset.testConnectionState !== 'CONNECTED') return
    look.disconnect()
    button.click()
  })
  look.observe(app, { attributeFilter: ['data-test-connection-state'] })
}"""


def test_a_page_whose_server_was_restarted_takes_the_next_click(fresh_demo, page: Page, settled):
    desk, port = Desk(fresh_demo), free_port()
    with serving(fresh_demo, worker=False, port=port) as server:
        page.goto(server.at("runs", lang="de", store="demo"))
        settled()
    app = page.get_by_test_id("stApp")
    expect(app).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    start = page.get_by_role("button", name=text("runs.start", "de"))
    start.evaluate(CLICK_AT_ONCE)
    with serving(fresh_demo, worker=False, port=port):
        expect(page.get_by_text(text("frame.click_again", "de"))).to_be_visible()
        assert desk.active_run(desk.store("demo")) is None
        start.click()
        expect(page.get_by_text(text("frame.click_again", "de"))).to_have_count(0)
        assert desk.active_run(desk.store("demo")) is not None


def test_a_line_that_drops_loses_nothing(looked_at, page: Page, settled):
    lines: list[WebSocketRoute] = []

    def passed_on(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket("**/_stcore/stream", passed_on)
    page.goto(looked_at.at("lookup", lang="de", store="demo"))
    settled()
    page.get_by_role("textbox").first.fill("Fiets")
    lines[0].close()
    app = page.get_by_test_id("stApp")
    expect(app).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    page.get_by_role("textbox").first.press("Enter")
    settled()
    expect(page).to_have_url(looked_at.at("lookup", lang="de", store="demo", q="Fiets"))
    expect(page.get_by_text(text("frame.reconnected", "de"))).to_have_count(0)
