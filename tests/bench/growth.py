"""How a run's cost grows with the shop: CPU seconds and calls of a first sync, of an unchanged one
and of one after 1 % of the products changed, each `sync run` in a process of its own, and the most
memory that one of them held. The stand-ins run beside them; nothing is awaited, and order lines, a
call each, are not asked for.

Run as `python -m tests.bench.growth [products] [orders]`.
"""

from __future__ import annotations

import sys

from sync.store import RunRow
from tests.bench.stand_in import Bench, serving
from tests.bench.start import RUN, Cost, cost


def main() -> None:
    """Print a row of docs/performance.md."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    with serving(products, orders) as bench:
        bench.set(include_orders="all", accepted_order_statuses="")
        runs = [_run(bench), _run(bench)]
        _change(bench, products // 100)
        runs.append(_run(bench))
    cells = [f"{products:,}", f"{orders:,}"]
    cells += [f"{spent.cpu:.1f} s, {_calls(done)}" for spent, done in runs]
    cells += [" / ".join(f"{spent.peak:.0f}" for spent, _ in runs)]
    print(f"| {' | '.join(cells)} |", flush=True)


def _run(bench: Bench) -> tuple[Cost, RunRow]:
    """What a sync cost, and what it did."""
    spent = cost(RUN, bench.desk.data_dir)
    [done] = bench.desk.runs(bench.store, limit=1)
    return spent, done


def _change(bench: Bench, n: int) -> None:
    """Give so many visible products another title."""
    sql = (
        "SELECT id FROM records WHERE kind = 'product'"
        " AND json_extract(CAST(record AS TEXT), '$.isVisible') ORDER BY id LIMIT ?"
    )
    with bench.state.read() as db:
        chosen = [number for (number,) in db.execute(sql, [n])]
    for number in chosen:
        bench.state.edit("product", number, title=f"Changed {number}")


def _calls(done: RunRow) -> str:
    return " + ".join(f"{done.calls[side]['total']:,}" for side in ("lightspeed", "clerk"))


if __name__ == "__main__":
    main()
