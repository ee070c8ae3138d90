"""Order lines: one call an order, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sync.database import immediate
from sync.errors import Message
from sync.extract.narrow import MOST_LOST, PAGE, asked
from sync.extract.reading import Reading
from sync.ledger import Outcome
from sync.lenient import Damaged
from sync.lightspeed import LightspeedError
from sync.mirror import OddRow
from sync.shapes import Line, ShapeError, order_lines


def fetch_lines(r: Reading, order_ids: Sequence[int]) -> Iterator[int]:
    """Fetch and store lines; yields each order whose lines are in the mirror now. One that could
    not be read is noted and stays pending; one whose lines cannot be used has failed. Where many in
    a row could not be read, no more are asked for."""
    if r.lines_failed >= MOST_LOST:
        return
    paths = [f"orders/{oid}/products" for oid in order_ids]
    for index, answer in asked(r, paths, person=False, refusals=True, limit=PAGE):
        oid = order_ids[index]
        if isinstance(answer, LightspeedError):
            r.problem("orders", Message("read.lines", why=answer))
            r.lines_failed += 1
            if r.lines_failed < MOST_LOST:
                continue
            r.problem("orders", Message("read.lines_many"))
            return
        r.lines_failed = 0
        rows = _all_rows(r, oid, answer)
        try:
            lines = _lines(rows)
        except ShapeError as error:
            _set_aside(r, oid, error.message)
            continue
        with immediate(r.mirror.db):
            r.mirror.put_lines(oid, lines)
        yield oid


def _all_rows(r: Reading, oid: int, answer: Any) -> list[Any]:
    rows = list(answer) if isinstance(answer, list) else [answer] if answer else []
    page = 1
    while len(rows) == PAGE * page:
        page += 1
        rows += r.client.get(f"orders/{oid}/products", person=False, limit=PAGE, page=page)
    return rows


def _lines(rows: list[Any]) -> list[Line]:
    """The lines, if each of them can be used: an order without one of them would be wrong."""
    for row in rows:
        if isinstance(row, Damaged):
            raise ShapeError(row.message)
        if not isinstance(row, dict):
            raise ShapeError("shape.no_object", kind="order lines")
    return order_lines(rows)


def _set_aside(r: Reading, oid: int, why: Message) -> None:
    """The order fails in this run, and is left alone until it changes."""
    what = Message("read.row", path=f"orders/{oid}/products", why=why)
    row = OddRow("order_lines", "", "orders", oid, what, r.journal.run)
    with immediate(r.mirror.db):
        r.mirror.put_odd(row, b"", 0, apart=False)
        r.mirror.moved("orders")
        r.journal.count("orders", Outcome.SKIPPED, -1)
        r.journal.count("orders", "reason:lines_pending", -1)
        r.journal.record("orders", oid, oid, Outcome.FAILED, r.clock.now(), message=what)
    r.log("warning", what)
