"""How long finding a record, its story and a page of a run's records take.

Run as `python -m tests.bench.lookup [products] [orders]`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sync import explain, run
from sync.answers import merchant_answer
from sync.database import immediate
from sync.openshop import OpenShop, opened_shop
from sync.store import Desk, StoreRow
from tests.bench.synthetic import NOW, confirm_all, fill, make_store


def main() -> None:
    """Print one row for each question: seconds, the best of three."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        desk, store = make_store(Path(folder))
        queued = desk.queue_run(store, "sync", trigger="manual")
        with opened_shop(desk, store) as shop:
            fill(shop, products=products, variants=3, orders=orders)
            confirm_all(shop, desk.settings(store).settings)
            note_outcomes(shop, queued.id)
            product = shop.mirror.number("SELECT max(id) FROM product")
            order = shop.mirror.number("SELECT max(id) FROM orders")
            hidden = shop.mirror.number("SELECT max(id) FROM product WHERE NOT visible")
        for name, ask in questions(desk, store, queued.id, product, order, hidden).items():
            print(f"{name:40} {min(timed(ask) for _ in range(3)) * 1000:8.1f} ms")


def note_outcomes(shop: OpenShop, run_id: int) -> None:
    """Everything in the ledger as created by the run."""
    with immediate(shop.mirror.db):
        shop.mirror.conn.execute(
            "INSERT INTO outcome (run, entity, source, key, outcome, reasons, at)"
            " SELECT ?, entity, source, key, 'created', '', ? FROM ledger",
            [run_id, NOW],
        )


def questions(
    desk: Desk, store: StoreRow, run_id: int, product: int, order: int, hidden: int
) -> dict[str, Callable[[], object]]:
    """What a page asks, by name."""
    last = run.outcomes(desk, run_id, limit=1)["total"] - 100
    return {
        "lookup of a product id": lambda: explain.lookup(desk, store, str(product)),
        "lookup of a part of many titles": lambda: explain.lookup(desk, store, "prod"),
        "lookup with a typing error": lambda: explain.lookup(desk, store, "prodct 4711"),
        "lookup of nothing that exists": lambda: explain.lookup(desk, store, "no such thing"),
        "explain a product": lambda: explain.explain(desk, store, "product", product),
        "explain an order": lambda: explain.explain(desk, store, "order", order),
        "smallest change of a hidden product": lambda: explain.smallest(
            desk, store, "product", hidden
        ),
        "answer for the merchant": lambda: merchant_answer(desk, store, "product", hidden, "de"),
        "timeline of a product": lambda: explain.timeline(desk, store, "product", product),
        "progress": lambda: run.progress(desk, run_id),
        "first page of outcomes": lambda: run.outcomes(desk, run_id),
        "last page of outcomes": lambda: run.outcomes(desk, run_id, offset=last),
        "outcomes searched": lambda: run.outcomes(desk, run_id, search="no such thing"),
        "outcome counts": lambda: run.outcome_counts(desk, run_id),
        "outcomes as CSV": lambda: sum(map(len, run.export_outcomes(desk, run_id, "csv"))),
    }


def timed(ask: Callable[[], object]) -> float:
    began = time.process_time()
    ask()
    return time.process_time() - began


if __name__ == "__main__":
    main()
