"""How long a preview's counts take under settings that are not saved, and in how much memory.

Run as `python -m tests.bench.plan [products] [orders]`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sync.openshop import opened_shop
from sync.plan import build
from sync.store import Desk
from tests.bench.table import peak_mib, row

DRAFTS: dict[str, dict[str, str]] = {
    "saved settings": {},
    "include_out_of_stock": {"include_out_of_stock": "yes"},
    "include_orders=2y": {"include_orders": "2y"},
    "image_size": {"image_size": "600x600x1"},
    "price_tax (every payload)": {"price_tax": "excl"},
    "custom_attributes (every product)": {"custom_attributes": "Materiaal"},
}


def main() -> None:
    """Print one row for each draft, and the peak memory."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    small = products <= 10_000
    of = f"counts, {products:,} products, {orders:,} orders"
    with tempfile.TemporaryDirectory() as folder:
        fill = [sys.executable, "-m", "tests.bench.synthetic", folder, str(products), str(orders)]
        subprocess.run(fill, check=True)
        desk = Desk(Path(folder))
        store = desk.store("bench")
        settings = desk.settings(store).settings
        with opened_shop(desk, store) as shop:
            build(shop.plan_inputs(settings))
            for name, draft in DRAFTS.items():
                began, cpu = time.perf_counter(), time.process_time()
                build(shop.plan_inputs(settings.changed(draft)))
                took, cpu = time.perf_counter() - began, time.process_time() - cpu
                target = f"<= {1 if small else 8}   (CPU {cpu:.2f})"
                row(f"{of}: {name}, s", took, target)
    row(f"{of}: peak MiB", peak_mib(), "<= 1,024")


if __name__ == "__main__":
    main()
