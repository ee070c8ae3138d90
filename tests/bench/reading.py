"""What reading costs in calls, and how long it takes when each answer takes a second.

Run as `python -m tests.bench.reading`.
"""

from __future__ import annotations

from collections import Counter

from sync.sandbox.lightspeed import set_switches
from sync.store import RunRow
from tests.bench.stand_in import Bench, serving
from tests.bench.table import row

ALL_ON = {
    "include_customers": "yes",
    "include_pages": "yes",
    "include_review_score": "yes",
    "include_hidden_categories": "yes",
}


def main() -> None:
    """Print the rows of the budget table that are about reading."""
    with serving(10_000, 2_000, windows="real") as bench:
        bench.set(import_orders="no")
        set_switches(bench.state, delay=1.0)
        done, seconds = bench.run("refresh")
        row("Lightspeed calls, full catalogue, 10,000 products", calls(done), "<= 60")
        row("full catalogue, each answer taking 1 s, seconds", seconds, "<= 20")
    for kept in ("kept", "ignored"):
        with serving(10_000, 100) as bench:
            set_switches(bench.state, catalog_filters=kept)
            bench.run("refresh")
            edit_products(bench, 100)
            done, _ = bench.run("refresh")
            row(
                f"Lightspeed calls after 1 % of 10,000 changed, filter {kept}",
                calls(done),
                "<= 14" if kept == "kept" else "-",
            )
    with serving(600, 400) as bench:
        bench.run()
        row("Lightspeed calls, unchanged, default settings", calls(bench.run()[0]), "<= 6")
        bench.set(**ALL_ON)
        bench.run()
        row("Lightspeed calls, unchanged, all entities on", calls(bench.run()[0]), "<= 10")
        restamp_orders(bench)
        bench.run()
        row("order lines fetched twice for unchanged totals", fetched_twice(bench), "0")


def calls(done: RunRow) -> int:
    """The run's calls to Lightspeed."""
    total: int = done.calls["lightspeed"]["total"]
    return total


def edit_products(bench: Bench, n: int) -> None:
    """Change every other of so many products, and a variant of each of the others."""
    chosen = {each["product"]: each for each in bench.state.all("variant")}
    products = bench.state.all("product")
    for number, product in enumerate(products[:: len(products) // n][:n]):
        if number % 2:
            bench.state.edit("product", product["id"], title={"nl": "Anders"})
        else:
            bench.state.edit("variant", chosen[product["id"]]["id"], stockLevel=77)


def restamp_orders(bench: Bench) -> None:
    """Let every tenth order change its status, and so its stamp."""
    for order in bench.state.all("order")[::10]:
        bench.state.edit("order", order["id"], status="completed_picked_up")


def fetched_twice(bench: Bench) -> int:
    """How many orders had their lines fetched more than once."""
    paths = Counter(call.path for call in bench.state.calls(side="lightspeed"))
    return sum(
        n > 1 for path, n in paths.items() if "/orders/" in path and path.endswith("/products.json")
    )


if __name__ == "__main__":
    main()
