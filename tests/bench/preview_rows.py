"""How long a page waits for a plan's rows: made for the first time, found again, read, compared.

Run as `python -m tests.bench.preview_rows [products] [orders]`.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sync import preview, survey
from sync.openshop import opened_shop
from sync.store import Desk, StoreRow
from tests.bench.synthetic import confirm_all, fill, make_store

T = TypeVar("T")
DRAFTS: tuple[dict[str, str], ...] = (
    {"include_out_of_stock": "yes"},
    {"include_orders": "6m"},
    {"image_size": "600x600x1"},
    {"image_size": "90x90x1", "include_orders": "3m", "include_out_of_stock": "yes"},
)
READS: tuple[dict[str, Any], ...] = (
    {},
    {"search": "999"},
    {"sort": "price", "descending": True},
    {"sort": "title", "actions": ["skip"]},
    {"offset": 9_000},
)


def main() -> None:
    """Print one row for each thing that a page asks for: seconds by the clock and of CPU."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        desk, store = make_store(Path(folder))
        with opened_shop(desk, store) as shop:
            fill(shop, products=products, variants=3, orders=orders)
            confirm_all(shop, desk.settings(store).settings.changed({"include_orders": "2y"}))
        _measure(desk, store)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.db"))
    print(f"{'files, MiB':60} {size / 2**20:7.0f}")
    print(
        f"{'peak memory, MiB':60} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:7.0f}"
    )


def _measure(desk: Desk, store: StoreRow) -> None:
    key = _timed("first prepare", lambda: preview.prepared(desk, store)).key
    _timed("prepare again", lambda: preview.prepared(desk, store))
    for entity in ("products", "orders"):
        for ways in READS:
            _timed(f"rows: {entity} {ways}", lambda e=entity, w=ways: _rows(desk, store, key, e, w))
        _timed(f"flow: {entity}", lambda e=entity: preview.flow(desk, store, key, e))
    for draft in DRAFTS:
        _timed(f"effect: {draft}", lambda d=draft: preview.effect(desk, store, d))
        _timed("effect again", lambda d=draft: preview.effect(desk, store, d))
    _timed("record", lambda: preview.record(desk, store, "products", 5000))
    _timed("order costs", lambda: preview.order_costs(desk, store))
    _timed("attributes", lambda: survey.attributes(desk, store))
    _timed("attributes again", lambda: survey.attributes(desk, store))


def _rows(desk: Desk, store: StoreRow, key: str, entity: str, ways: dict[str, Any]) -> preview.Rows:
    return preview.rows(desk, store, key, entity, **ways)


def _timed(name: str, ask: Callable[[], T]) -> T:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = ask()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name[:70]:70} {wall:6.3f} s  {cpu:6.3f} s CPU", flush=True)
    return answer


if __name__ == "__main__":
    main()
