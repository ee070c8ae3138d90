"""The settings form in a browser: a change from the first click to the saved version, typed lists,
the keyboard alone, and labels that change under the reader's hand."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from sync.store import Desk
from sync.texts import text
from tests.e2e.conftest import Server, free_port, serving


def de(code: str, **values: object) -> str:
    return text(code, "de", **values)


def label(key: str, lang: str = "de") -> re.Pattern[str]:
    """A setting's label in the form; in German Clerk.io's English one follows the own one."""
    return re.compile(f"^{re.escape(text(f'setting.{key}.label', lang))}")


def toggle(page: Page, key: str, lang: str = "de") -> Locator:
    """A switch of the form."""
    return page.get_by_text(label(key, lang))


def save(page: Page, count: int) -> Locator:
    return page.get_by_role("button", name=de("settings.save", count=count), exact=True)


def drawn(page: Page, server: Server, settled) -> Page:
    """The form of the demo store, drawn to its end."""
    page.goto(server.at("settings", lang="de", store="demo"))
    expect(page.get_by_text(de("settings.effect.preview"))).to_be_visible()
    settled()
    return page


@pytest.fixture
def form(page: Page, looked_at, settled) -> Page:
    """For tests that save nothing: a draft is its person's alone, and each tab another person."""
    return drawn(page, looked_at, settled)


@pytest.fixture
def server(fresh_demo) -> Iterator[Server]:
    """For tests that save."""
    with serving(fresh_demo, worker=False) as running:
        yield running


def test_a_change_shows_its_effect_and_is_saved_with_its_note(page: Page, server, settled):
    form = drawn(page, server, settled)
    toggle(form, "include_out_of_stock").click()
    expect(save(form, 1)).to_be_visible()
    expect(form.get_by_role("heading", level=1)).to_contain_text(re.compile(r"\+\d+ Produkte"))
    expect(form.get_by_text(de("settings.effect.blame"))).to_be_visible()
    sidebar = form.get_by_test_id("stSidebar")
    sidebar.get_by_text(de("page.runs"), exact=True).click()
    sidebar.get_by_role("link", name="ungespeichert").click()
    settled()
    form.get_by_label(de("settings.note")).fill("auch Vergriffene")
    save(form, 1).click()
    expect(form.get_by_text(de("settings.saved_now", version=2))).to_be_visible()
    desk = Desk(server.data)
    saved = desk.settings(desk.store("demo"))
    assert (saved.version, saved.note) == (2, "auch Vergriffene")
    assert saved.settings.include_out_of_stock


def test_unsaved_changes_outlive_the_server_and_are_saved(fresh_demo, page: Page, settled):
    desk, port = Desk(fresh_demo), free_port()
    with serving(fresh_demo, worker=False, port=port) as server:
        page.goto(server.at("settings", lang="de", store="demo"))
        toggle(page, "include_pages").click()
        expect(save(page, 1)).to_be_visible()
        settled()
    app = page.get_by_test_id("stApp")
    expect(app).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    with serving(fresh_demo, worker=False, port=port):
        expect(page.get_by_text(text("frame.reconnected", "de"))).to_be_visible()
        settled()
        page.reload()
        save(page, 1).click()
        expect(page.get_by_text(de("settings.saved_now", version=2))).to_be_visible()
    assert desk.settings(desk.store("demo")).settings.include_pages


def test_what_is_typed_into_a_list_is_kept_and_a_proposal_is_taken_by_a_click(form: Page, settled):
    """Enter and a comma take the text, never the nearest proposal; leaving the line keeps it."""
    line = form.get_by_label(re.compile(f"^{de('setting.custom_attributes.label')}"))
    block = form.locator(".st-key-group-attributes")
    chosen = block.locator("[class*='st-key-drop-']")
    line.fill("sale, Maat")
    line.press("Enter")
    expect(chosen).to_have_text([re.compile("sale"), re.compile("Maat")])
    line.press_sequentially("kleur,mer")  # typed on while the first one is added
    expect(chosen).to_have_count(3)
    settled()
    expect(line).to_have_value("mer")
    line.fill('"Maat, EU"')
    line.press("Tab")
    expect(chosen).to_have_count(4)
    block.locator("[class*='st-key-add-']").first.get_by_role("button").click()
    expect(chosen).to_have_count(5)
    chosen.first.get_by_role("button").click()
    expect(chosen).to_have_count(4)
    expect(chosen.first).not_to_contain_text("sale")
    expect(save(form, 1)).to_be_visible()


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(80):
        if wanted.evaluate("e => e.contains(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    pytest.fail("the keyboard does not get there")


def test_both_order_settings_are_changed_and_saved_by_keyboard(page: Page, server, settled):
    form = drawn(page, server, settled)
    tab_to(form, form.get_by_role("combobox", name=re.compile(de("setting.include_orders.label"))))
    form.keyboard.press("ArrowDown")
    form.keyboard.type(de("option.include_orders.3m"))
    form.keyboard.press("Enter")
    expect(save(form, 1)).to_be_visible()
    settled()
    tab_to(form, form.get_by_label(re.compile(f"^{de('setting.accepted_order_statuses.label')}")))
    form.keyboard.type("on_hold")
    form.keyboard.press("Enter")
    expect(save(form, 2)).to_be_visible()
    settled()
    form.get_by_role("heading", level=1).click()
    tab_to(form, save(form, 2))
    form.keyboard.press("Enter")
    expect(form.get_by_text(de("settings.saved_now", version=2))).to_be_visible()
    desk = Desk(server.data)
    saved = desk.settings(desk.store("demo")).settings
    assert (saved.include_orders, saved.accepted_order_statuses[-1]) == ("3m", "on_hold")


def test_another_language_leaves_the_draft_as_it_is(form: Page, settled):
    """The browser answers with labels; after a switch the old ones must not be taken for typed
    values."""
    period = form.get_by_role("combobox", name=re.compile(de("setting.include_orders.label")))
    period.click()
    form.get_by_role("option").filter(has_text=de("option.include_orders.3m")).click()
    expect(save(form, 1)).to_be_visible()
    form.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    expect(form.get_by_role("button", name=text("settings.save", "en", count=1))).to_be_visible()
    settled()
    toggle(form, "include_pages", "en").click()
    expect(form.get_by_role("button", name=text("settings.save", "en", count=2))).to_be_visible()
    expect(form.get_by_test_id("stAlert")).to_have_count(0)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_nobody_is_shut_out(form: Page, settled, scheme: str, width: int):
    """With a draft, everything unfolded and the history open."""
    form.emulate_media(color_scheme=scheme)
    form.set_viewport_size({"width": width, "height": 900})
    form.locator(".st-key-settings-rare button").click()
    toggle(form, "include_out_of_stock").click()
    expect(save(form, 1)).to_be_visible()
    form.get_by_role("button", name=de("settings.part.history")).click()
    expect(form.get_by_text(de("settings.history.only"))).to_be_visible()
    settled()
    form.mouse.move(0, 0)
    assert form.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(form).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
