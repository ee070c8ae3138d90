"""A mirror of any size without a network: for benchmarks of deciding alone.

`python -m tests.bench.synthetic FOLDER PRODUCTS ORDERS` makes one whose ledger has confirmed it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sync.database import immediate
from sync.ledger import OutboxRow
from sync.mirror import Mirror, facts
from sync.openshop import OpenShop, opened_shop
from sync.plan import Decision, build
from sync.settings import Settings
from sync.shapes import Order, catalog_product, category
from sync.store import Desk, StoreRow

NOW = 1_795_000_000
SPAN = 2 * 365 * 86_400  # seconds of orders
STAMP = "2026-01-01T00:00:00+00:00"
STATUSES = ("completed_shipped",) * 7 + ("cancelled", "on_hold", "completed")


def make_store(data_dir: Path) -> tuple[Desk, StoreRow]:
    """A desk with one shop and store whose keys nobody uses."""
    desk = Desk(data_dir)
    shop = desk.add_shop("Bench", domain="bench.example", cluster="eu1")
    store = desk.add_store(shop, "Bench", language="nl", public="p" * 16, private="q" * 16)
    return desk, store


def fill(shop: OpenShop, *, products: int, variants: int, orders: int) -> None:
    """Put products with that many variants each, and orders with lines, into the mirror."""
    mirror, dice = shop.mirror, random.Random(1)
    with immediate(mirror.db):
        mirror.note(facts.SHOP, {"id": 1, "domain": "bench.example", "b2b": False})
        mirror.note(facts.LANGUAGES, [{"code": "nl", "active": True, "default": True}])
        mirror.put_categories("nl", [(category(c), c) for c in _categories()], 1)
        for start in range(0, products, 250):
            rows = [product(n, variants, dice) for n in range(start, min(start + 250, products))]
            mirror.put_products("nl", [(catalog_product(row), row) for row in rows], 1)
        _orders(mirror, orders, products, dice)
        for entity in ("products", "orders"):
            mirror.note(facts.was_read(entity, "nl"), True)
            mirror.note(facts.complete(entity, "nl"), True)
        mirror.note(facts.catalog_state("nl"), {"full_at": NOW, "since": NOW, "beyond": [0, 0]})
        mirror.note(facts.as_of("nl"), NOW)
        mirror.note(facts.ORDERS_STATE, {"from": NOW - SPAN, "since": NOW, "complete": True})


def _orders(mirror: Mirror, orders: int, products: int, dice: random.Random) -> None:
    batch: list[Order] = []
    for n in range(orders):
        batch.append(order(n, orders, products, dice))
        if len(batch) == 250 or n == orders - 1:
            mirror.put_orders(batch)
            batch = []


def confirm_all(shop: OpenShop, settings: Settings) -> None:
    """Put everything that the plan would send into the ledger, as confirmed."""
    rows: list[OutboxRow] = []

    def take(made: Decision) -> None:
        if made.method == "upsert":
            rows.append(made.row(0))

    with immediate(shop.mirror.db):
        build(shop.plan_inputs(settings), take)
        shop.ledger.confirm(rows, 1, NOW)


def multiply(shop: OpenShop, times: int) -> None:
    """Let every product and order, sent or not, be there so many times, under other ids and
    numbers: a number that two orders share is a question of its own."""
    copies = (
        ("product", "id"),
        ("orders", "id"),
        ("ledger", "source"),
        ("ledger_payload", "source"),
    )
    with immediate(shop.mirror.db) as conn:
        for table, key in copies:
            names = [column[1] for column in conn.execute(f"PRAGMA table_info({table})")]
            others = {key: f"{key} + ?1 * 1000000"}
            if table == "orders":
                others["number"] = "number || '-' || ?1"
            if table == "ledger":
                number = "CASE entity WHEN 'orders' THEN key || '-' || ?1"
                others["key"] = f"{number} ELSE key + ?1 * 1000000 END"
            taken = ", ".join(others.get(name, name) for name in names)
            only = "WHERE entity IN ('products', 'orders')" if key == "source" else ""
            conn.execute(f"CREATE TEMP TABLE own AS SELECT * FROM {table} {only}")
            for copy in range(1, times):
                conn.execute(f"INSERT INTO {table} SELECT {taken} FROM own", [copy])
            conn.execute("DROP TABLE own")


def main() -> None:
    """Fill a new data folder; more than 10,000 products are copies of the first."""
    folder, products, orders = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    times = max(1, products // 10_000)
    desk, store = make_store(folder)
    with opened_shop(desk, store) as shop:
        fill(shop, products=products // times, variants=3, orders=orders // times)
        confirm_all(shop, desk.settings(store).settings.changed({"include_orders": "2y"}))
        multiply(shop, times)


def _categories() -> Iterator[dict[str, Any]]:
    for cid in range(1, 41):
        yield {
            "id": cid,
            "createdAt": STAMP,
            "updatedAt": STAMP,
            "isVisible": True,
            "depth": 1,
            "url": f"c{cid}",
            "title": f"Category {cid}",
            "parent": False,
        }


def product(n: int, variants: int, dice: random.Random) -> dict[str, Any]:
    stamps = {"createdAt": STAMP, "updatedAt": STAMP}
    price = round(dice.uniform(5, 300), 2)
    return {
        "id": 1000 + n,
        **stamps,
        "isVisible": n % 20 != 0,
        "url": f"product-{n}",
        "title": f"Product {n}",
        "fulltitle": f"Product {n}",
        "description": "Waterdicht en licht, gemaakt voor lange tochten. " * 4,
        "content": "<p>Uitgebreide tekst.</p>" * 20,
        "brand": {"id": n % 50, "title": f"Brand {n % 50}"},
        "image": {"id": n, "src": f"https://cdn.example/shops/1/files/{n}/file.jpg"},
        "categories": {str(n % 40 + 1): {"id": n % 40 + 1}},
        "variants": {
            str(10_000_000 + n * variants + v): {
                "id": 10_000_000 + n * variants + v,
                **stamps,
                "isDefault": v == 0,
                "sortOrder": v,
                "sku": f"SKU-{n}-{v}",
                "ean": f"87{n:08d}{v:03d}",
                "articleCode": "",
                "priceExcl": round(price / 1.21, 4),
                "priceIncl": price,
                "oldPriceExcl": 0,
                "oldPriceIncl": 0,
                "stockTracking": "enabled",
                "stockLevel": dice.randrange(-1, 20),
                "stockMinimum": 0,
                "title": f'"Kleur: Kleur {v}","Maat: M"',
            }
            for v in range(variants)
        },
        "filters": [],
        "specifications": [{"id": 1, "name": "Materiaal", "value": "katoen"}],
    }


def order(n: int, orders: int, products: int, dice: random.Random) -> Order:
    lines: Any = [
        {
            "id": n * 4 + i,
            "product": 1000 + dice.randrange(products),
            "quantity": 1,
            "returned": 0,
            "excl": 82.6,
            "incl": 99.95,
        }
        for i in range(dice.randrange(1, 4))
    ]
    return {
        "id": 50_000_000 + n,
        "number": f"B{n:07d}",
        "status": dice.choice(STATUSES),
        "custom_status": None,
        "created": NOW - (orders - n) * (SPAN // orders),
        "updated": NOW,
        "incl": 99.95,
        "excl": 82.6,
        "customer": n % 1000,
        "email": f"c{n % 1000}@example.org",
        "pickup": False,
        "shipment": "shipped",
        "lines": lines,
    }


if __name__ == "__main__":
    main()
