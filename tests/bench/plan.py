"""How long a preview's counts take under settings that are not saved, and in how much memory.

Run as `python -m tests.bench.plan [products] [orders]`.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from sync.database import immediate
from sync.deliver import work_row
from sync.ledger import Work
from sync.plan import Decision, build
from sync.workshop import Workshop, opened_shop
from tests.bench.synthetic import NOW, fill, make_store

DRAFTS: dict[str, dict[str, str]] = {
    "saved settings": {},
    "include_out_of_stock=yes": {"include_out_of_stock": "yes"},
    "include_orders=2y": {"include_orders": "2y"},
    "image_size changed": {"image_size": "600x600x1"},
    "price_tax=excl (all payloads)": {"price_tax": "excl"},
}


def main() -> None:
    """Print one row for each draft: seconds and peak memory."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        desk, store = make_store(Path(folder))
        with opened_shop(desk, store) as shop:
            began = time.perf_counter()
            fill(shop, products=products, variants=3, orders=orders)
            print(f"filled in {time.perf_counter() - began:.1f} s")
            settings = desk.settings(store).settings
            confirm_all(shop, settings_orders := settings.changed({"include_orders": "2y"}))
            print(f"ledger: {settings_orders.include_orders} of orders confirmed")
            for name, draft in DRAFTS.items():
                began = time.perf_counter()
                plan = build(shop.case(settings.changed(draft)))
                took = time.perf_counter() - began
                counts = {e: (c.create, c.update, c.unchanged) for e, c in plan.counts.items()}
                print(f"{name:32} {took:6.2f} s  {counts['products']} {counts['orders']}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MiB")


def confirm_all(shop: Workshop, settings: object) -> None:
    """Put everything the plan would send into the ledger, as confirmed."""
    rows: list[Work] = []

    def take(made: Decision) -> None:
        if made.method == "upsert":
            rows.append(Work(*work_row(0, made)[:-1], reasons=()))  # type: ignore[arg-type]

    build(shop.case(settings), take)  # type: ignore[arg-type]
    with immediate(shop.mirror.db):
        shop.ledger.confirm(rows, 1, NOW)


if __name__ == "__main__":
    main()
