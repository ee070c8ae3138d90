"""What the server sends to a browser holds no secret, whatever is opened and typed."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from sync.store import Desk
from sync.texts import text
from tests.e2e.canaries import secrets, told_of
from tests.e2e.conftest import Server
from tests.e2e.test_shops import field

TYPED = {"key": "7c" * 16, "secret": "8d" * 16, "public": "q" * 32, "private": "z3" * 16}


def test_no_secret_comes_back_from_dialogs_and_wizard(
    looked_at: Server, page: Page, settled: Callable[[], None], frames: list[bytes]
):
    canaries = secrets(Desk(looked_at.data)) | {f"typed {k}": v for k, v in TYPED.items()}
    page.goto(looked_at.at("shops", lang="en", shop="demo"))
    settled()
    _dialog(page, settled, text("shops.keys.replace"), ("key", "secret"))
    _dialog(page, settled, text("shops.stores.keys"), ("public", "private"))
    page.goto(looked_at.at("shops", lang="en", new="1"))
    settled()
    _fill(page, ("key", "secret"))
    page.get_by_role("button", name=text("shops.next")).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    settled()
    assert told_of(canaries, frames) == []
    assert canaries["key 1"][-4:].encode() in b"".join(frames)  # which is shown, and seen here


def _fill(page: Page, names: tuple[str, ...]) -> None:
    for name in names:
        field(page, text(f"shops.{name}")).fill(TYPED[name])


def _dialog(page: Page, settled: Callable[[], None], opener: str, names: tuple[str, ...]) -> None:
    """Open a dialog, type keys that are refused, and close it again."""
    page.get_by_role("button", name=opener).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for name in names:
        label = text(f"shops.{name}")
        dialog.locator("input").and_(dialog.get_by_label(label, exact=True)).fill(TYPED[name])
    dialog.get_by_role("button", name=text("shops.test_and_save")).click()
    expect(dialog.get_by_role("alert").first).to_be_visible()
    settled()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
