"""Words can be read in both themes."""

import pytest
from playwright.sync_api import Page, expect

from sync.texts import text

# WCAG's contrast of a text with all that lies behind it.
CONTRAST = """element => {
  const channels = color => color.match(/[\\d.]+/g).map(Number);
  const layers = [];
  for (let each = element; each; each = each.parentElement)
    layers.push(channels(getComputedStyle(each).backgroundColor));
  let behind = [255, 255, 255];
  for (const [r, g, b, alpha = 1] of layers.reverse())
    behind = [r, g, b].map((value, i) => value * alpha + behind[i] * (1 - alpha));
  const light = color => {
    const [r, g, b] = color.map(value => value / 255)
      .map(value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const both = [light(channels(getComputedStyle(element).color).slice(0, 3)), light(behind)];
  return Math.max(...both) / Math.min(...both);
}"""
READABLE = 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_chosen_and_what_is_pressed_first_can_be_read(
    theme, looked_at, page: Page, settled
):
    page.emulate_media(color_scheme=theme)
    page.goto(looked_at.at("preview", lang="de", store="demo"))
    expect(page.get_by_role("button", name=text("preview.run_exactly", "de"))).to_be_visible()
    settled()
    chosen = page.locator("[data-selected=true] p")
    expect(chosen).to_have_count(2)
    pressed = page.get_by_test_id("stBaseButton-primary").locator("p")
    for words in (*chosen.all(), pressed.first, page.get_by_role("heading", level=1).first):
        assert words.evaluate(CONTRAST) >= READABLE, words.inner_text()
