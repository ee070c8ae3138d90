"""A refresh: everything but order lines, in the order in which a run reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sync.extract.ahead import read_counts
from sync.extract.catalogue import read_catalogue
from sync.extract.metafields import read_metafields
from sync.extract.orders import read_orders
from sync.extract.others import read_access, read_customers, read_pages, read_reviews
from sync.extract.reading import Reading, Steps

PHASES: dict[str, Callable[[Reading], Steps[None]]] = {
    "access": read_access,
    "catalogue": read_catalogue,
    "orders": read_orders,
    "customers": read_customers,
    "pages": read_pages,
    "reviews": read_reviews,
    "metafields": read_metafields,
    "counts": read_counts,
}


def refresh(r: Reading) -> Iterator[str]:
    """Run the phases that are not behind the run yet; yields the phase at each checkpoint."""
    for phase, steps in PHASES.items():
        if r.journal.done(f"read:{phase}"):
            continue
        yield phase
        for _ in steps(r):
            yield phase
        r.journal.move(f"read:{phase}", {"incomplete": r.incomplete}, done=True)
