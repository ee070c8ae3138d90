"""How a run's cost grows with the shop: CPU seconds and calls of a first sync, of an unchanged one
and of one after 1 % of the products changed, and the most memory that any of them held. The
stand-ins run in a process of their own; nothing is awaited, and order lines, a call each, are not
asked for.

Run as `python -m tests.bench.growth [products] [orders]`.
"""

from __future__ import annotations

import sys
import time

from sync.store import RunRow
from tests.bench.stand_in import Bench, serving
from tests.bench.table import peak_mib


def main() -> None:
    """Print a row of docs/performance.md."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    with serving(products, orders) as bench:
        bench.set(include_orders="all", accepted_order_statuses="")
        cells = [f"{products:,}", f"{orders:,}", _cost(bench)]
        cells.append(_cost(bench))
        sold = [product for product in bench.state.all("product") if product["isVisible"]]
        for product in sold[: products // 100]:
            bench.state.edit("product", product["id"], title=f"Changed {product['id']}")
        cells.append(_cost(bench))
        cells.append(str(peak_mib()))
    print(f"| {' | '.join(cells)} |", flush=True)


def _cost(bench: Bench) -> str:
    """CPU seconds and calls (Lightspeed + Clerk.io) of a sync."""
    before = time.process_time()
    done, _ = bench.run()
    return f"{time.process_time() - before:.1f} s, {_calls(done)}"


def _calls(done: RunRow) -> str:
    return " + ".join(f"{done.calls[side]['total']:,}" for side in ("lightspeed", "clerk"))


if __name__ == "__main__":
    main()
