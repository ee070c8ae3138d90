"""Order lines: one call an order, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.database import immediate
from sync.extract.reading import Reading
from sync.lightspeed import LightspeedError
from sync.shapes import order_lines

PAGE = 250


def fetch_lines(r: Reading, order_ids: Sequence[int]) -> Iterator[int]:
    """Fetch and store lines; yields each order whose lines are in the mirror now. One that could
    not be read is noted and stays pending."""
    wanted = [(f"orders/{oid}/products", {"limit": PAGE}) for oid in order_ids]
    answers = r.client.each(wanted, person=False)
    for index, answer in answers:
        oid = order_ids[index]
        if isinstance(answer, LightspeedError):
            r.problem("orders", f"order lines could not be read: {answer}")
            continue
        rows = list(answer)
        page = 1
        while len(rows) == PAGE * page:
            page += 1
            rows += r.client.get(f"orders/{oid}/products", person=False, limit=PAGE, page=page)
        with immediate(r.mirror.db):
            r.mirror.put_lines(oid, order_lines(rows))
        yield oid
