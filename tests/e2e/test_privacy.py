"""What the server sends to a browser names nobody until a person asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
from playwright.sync_api import Page, expect

from sync import run
from sync.openshop import opened_shop
from sync.store import Desk
from sync.texts import text
from tests.e2e.conftest import serving

WHO = {"name": "Canarina Vogelzangster", "company": "Kanariehuis", "zip": "9876ZX"}
ADDRESS = "canarina@piepmail.example"
WORDS = (*map(str.encode, WHO.values()), b"Canarina", b"Vogelzangster", b"piepmail")


def canary(data: Path) -> tuple[int, int]:
    """Put a customer into the demo's local copy, with the first order; returns both ids."""
    desk = Desk(data)
    store = desk.store("demo")
    wanted = {"include_customers": "yes", "collect_emails": "yes", "include_orders": "all"}
    run.change_settings(desk, store, desk.settings(store).settings.changed(wanted), note="")
    person = {**WHO, "id": 4711, "email": ADDRESS, "gender": "", "is_company": True, "created": 0}
    with opened_shop(desk, store) as shop, shop.mirror.conn as conn:
        row = [4711, 2, ADDRESS, 1, 0, orjson.dumps(person), 1]
        conn.execute("INSERT INTO customer VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        (order,) = conn.execute("SELECT min(id) FROM orders").fetchone()
        conn.execute("UPDATE orders SET email = ?, customer = 4711 WHERE id = ?", [ADDRESS, order])
    return 4711, order


def came(frames: list[bytes]) -> list[bytes]:
    whole = b"".join(frames)
    return [word for word in WORDS if word in whole]


def test_a_name_comes_to_the_browser_once_it_is_asked_for(
    fresh_demo: Path, page: Page, settled: Callable[[], None], frames: list[bytes]
):
    customer, order = canary(fresh_demo)
    with serving(fresh_demo, worker=False) as server:
        places = {
            "preview": {"entity": "order", "id": str(order)},
            "lookup": {"entity": "customer", "id": str(customer)},
        }
        for name, query in places.items():
            page.goto(server.at(name, lang="en", store="demo", **query))
            asking = page.get_by_role("button", name=text("reveal.customers"))
            asking = asking.or_(page.get_by_role("button", name=text("reveal.orders")))
            expect(asking).to_be_visible()
            settled()
        assert came(frames) == []
        asking.click()
        expect(page.get_by_text(text("reveal.shown.customers"))).to_be_visible()
        settled()
        assert {b"Canarina", b"piepmail"} <= {*came(frames)}
        frames.clear()
        page.goto(server.at("preview", lang="en", store="demo", entity="order", id=str(order)))
        expect(page.get_by_role("button", name=text("reveal.orders"))).to_be_visible()
        settled()
        assert came(frames) == []
