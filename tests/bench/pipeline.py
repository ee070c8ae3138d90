"""Read, plan and deliver a shop through the stand-ins with their windows off: products a second,
peak memory. The stand-ins run in a process of their own.

Run as `python -m tests.bench.pipeline [products] [orders]`; orders are read too, but without lines,
which cost a call each.
"""

from __future__ import annotations

import sys
import time

from tests.bench.stand_in import serving
from tests.bench.table import peak_mib, row


def main() -> None:
    """Print the rate, the CPU it took here, and the peak memory with and without the orders."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    of = f"{products:,} products"
    with serving(products, orders) as bench:
        bench.set(import_orders="no")
        cpu = time.process_time()
        _, seconds = bench.run()
        row(f"read, plan, deliver, {of}: products/s", round(products / seconds), ">= 1,500")
        row(f"read, plan, deliver, {of}: CPU seconds here", time.process_time() - cpu, "-")
        row(f"read, plan, deliver, {of}: peak MiB", peak_mib(), "<= 300")
        bench.set(import_orders="yes", include_orders="all", accepted_order_statuses="")
        bench.run()
        row(f"... with {orders:,} orders: peak MiB", peak_mib(), "<= 300, flat in orders")


if __name__ == "__main__":
    main()
