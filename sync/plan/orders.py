"""Orders: one decision each, or counted by what decides them; and those that wait for lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import orjson

from sync import mapping
from sync.ledger import LOST
from sync.plan.decision import (
    UNREADABLE,
    Build,
    Decision,
    LedgerSide,
    confirmed,
    included,
    one_of,
    unreadable,
)
from sync.plan.inputs import PlanInputs
from sync.plan.keys import LINES
from sync.statuses import CANCELLED, own_status

FINAL_STATUSES = ("CANCELLED", "RETURNED")

# %(lines)s stands for the lines that can be sent, by the side that is sent.
COLUMNS = (
    "o.id, o.number, o.created, o.status, o.custom_status, %(lines)s, o.returned, o.rev,"
    " l.hash, l.rev, l.mapkey, l.status, l.hidden"
)
# The `+` takes away that o.id is a number: else SQLite would make numbers of l.source, which may
# hold text, before it compares, and could not look it up in the ledger's key.
ON = "l.store = ?1 AND l.entity = 'orders' AND l.source = +o.id"
_JOIN = f"FROM orders o LEFT JOIN ledger l ON {ON}"
ALL = f"SELECT {COLUMNS} {_JOIN} WHERE %(among)s ORDER BY o.created DESC, o.id DESC"
_ONE = f"SELECT {COLUMNS} {_JOIN} WHERE o.id = ?2"

_READABLE = "AND o.id NOT IN (SELECT id FROM odd_row WHERE entity = 'orders')"


def sql_of(inputs: PlanInputs, template: str, **parts: str) -> str:
    return template % {"lines": LINES[inputs.context.side], **parts}


def decide_orders(inputs: PlanInputs) -> Iterator[Decision]:
    """Decisions for every order, newest first."""
    mapkey = inputs.mapkey("orders")
    restricted, listed = _among(inputs)
    sql = sql_of(inputs, ALL, among=f"{restricted} {_usable(inputs)}")
    for row in inputs.mirror.stream(sql, inputs.ledger.store, *listed):
        yield order_decision(inputs, row, mapkey)
    yield from unreadable(inputs, "orders")


def _among(inputs: PlanInputs) -> tuple[str, list[str]]:
    """A condition, with its parameters, for the orders that the plan is restricted to: an int is
    an id, a str a number."""
    if inputs.only is None:
        return "true", []
    named = inputs.only.get("orders", ())
    by_id, ids = one_of("o.id", (name for name in named if isinstance(name, int)))
    by_number, numbers = one_of("o.number", (name for name in named if isinstance(name, str)))
    return f"({by_id} OR {by_number})", [ids, numbers]


def _usable(inputs: PlanInputs) -> str:
    """A condition for orders of which the last row could be used: nearly always all of them."""
    return _READABLE if inputs.mirror.odd_rows("orders", inputs.lang) else ""


def decide_order(inputs: PlanInputs, order_id: int) -> Decision:
    """The decision for one order as the mirror has it now."""
    [decision] = decide_each_order(inputs, [order_id])
    return decision


def decide_each_order(inputs: PlanInputs, order_ids: Iterable[int]) -> Iterator[Decision]:
    """The decisions for these orders, in their order."""
    odd, mapkey = inputs.mirror.odd_rows("orders", inputs.lang), inputs.mapkey("orders")
    sql = sql_of(inputs, _ONE)
    for oid in order_ids:
        if oid in odd:
            yield Decision("orders", oid, oid, "skip", (UNREADABLE,))
        else:
            row = next(inputs.mirror.stream(sql, inputs.ledger.store, oid))
            yield order_decision(inputs, row, mapkey)


def order_decision(inputs: PlanInputs, row: Sequence[Any], mapkey: str) -> Decision:
    oid, number, created, status, custom, items, returned, rev = row[:8]
    owner = inputs.taken_orders.get(oid)
    reasons = inputs.order_rules.reasons(created, status, custom, items, owner is not None)
    key = mapping.order_key(oid, number, inputs.settings)
    if owner is not None:
        return Decision("orders", oid, key, "skip", tuple(reasons), owner=owner)
    known = confirmed(row[8:])
    if not reasons:
        if known is not None and (known.rev, known.mapkey) == (rev, mapkey):
            return Decision("orders", oid, key, "unchanged", rev=rev, mapkey=mapkey)
        build = partial(order_bytes, inputs, oid)
        return _order_included(inputs, oid, key, rev, mapkey, known, build)
    if known is None or known.rev == LOST:
        return Decision("orders", oid, key, "skip", tuple(reasons))
    final = final_status(reasons, status, returned, known.status)
    if final is None:
        return Decision("orders", oid, key, "skip", tuple(reasons))
    decision = _order_patch(inputs, oid, key, rev, mapkey, final, tuple(reasons))
    return _still_in_doubt(decision, known) if known.in_doubt else decision


def _still_in_doubt(decision: Decision, known: LedgerSide) -> Decision:
    """A patch confirms its own fields alone: what else Clerk.io has of the order is as open as it
    was, and goes whole once the order does again."""
    decision.whole, decision.rev = known.hash, known.rev
    return decision


def _order_included(
    inputs: PlanInputs,
    oid: int,
    key: int | str,
    rev: int,
    mapkey: str,
    known: LedgerSide | None,
    build: Build,
) -> Decision:
    decision = included("orders", oid, key, rev, mapkey, known, build)
    if decision.action != "update" or known is None or known.in_doubt:
        return decision
    if decision.status not in FINAL_STATUSES:
        return decision
    before = orjson.loads(inputs.ledger.payload("orders", oid) or b"{}")
    after = orjson.loads(decision.payload or b"{}")
    if {**before, "status": decision.status} != after:
        return decision
    return _order_patch(inputs, oid, key, rev, mapkey, str(decision.status), ())


def _order_patch(
    inputs: PlanInputs,
    oid: int,
    key: int | str,
    rev: int,
    mapkey: str,
    status: str,
    reasons: tuple[str, ...],
) -> Decision:
    whole = orjson.loads(inputs.ledger.payload("orders", oid) or b"{}")
    whole["status"] = status
    patch = mapping.payload_bytes({"id": key, "status": status})
    return Decision(
        "orders",
        oid,
        key,
        "update",
        reasons,
        "patch",
        patch,
        mapping.payload_hash(mapping.payload_bytes(whole)),
        rev,
        mapkey,
        status,
    )


def final_status(
    reasons: Sequence[str], status: str, returned: int, sent: str | None
) -> str | None:
    """The final status that an order has reached which is in Clerk.io and no longer goes; None
    if there is nothing to say of it."""
    if list(reasons) == ["import_off"]:
        return None
    final = "RETURNED" if returned else None
    if own_status(status) == CANCELLED:
        final = "CANCELLED"
    return None if final == sent else final


def order_bytes(inputs: PlanInputs, oid: int) -> tuple[bytes, str | None]:
    side = inputs.context.side
    row = inputs.mirror.conn.execute(
        f"SELECT id, number, created, status, pickup, shipment, customer, email, items_{side},"
        " returned FROM orders WHERE id = ?",
        [oid],
    ).fetchone()
    status = mapping.order_status(row[3], row[5], bool(row[4]), bool(row[9]))
    payload = mapping.order_payload(
        id=row[0],
        number=row[1],
        created=row[2],
        customer=row[6],
        email=row[7],
        status=status,
        items=orjson.Fragment(row[8]),
        c=inputs.context,
    )
    return mapping.payload_bytes(payload), status


def pending_orders(
    inputs: PlanInputs, plan_seq: int, after: tuple[int, int] | None, limit: int
) -> list[tuple[int, int]]:
    """(created, id) of orders, newest first from below `after`, that the plan took for accepted
    but for their missing lines, and whose lines are still missing."""
    restricted, listed = _among(inputs)
    sql = (
        "SELECT id, created, status, custom_status FROM orders o WHERE items IS NULL"
        " AND (created, id) < (?, ?) AND created >= ? AND pending_seq <= ? AND changed_seq <= ?"
        f" AND {restricted} {_usable(inputs)} ORDER BY created DESC, id DESC"
    )
    # Above every moment, so that the first page begins with the newest.
    created, below = after or (1 << 62, 0)
    rows = inputs.mirror.stream(sql, created, below, inputs.cutoff, plan_seq, plan_seq, *listed)
    pending: list[tuple[int, int]] = []
    for oid, created, status, custom in rows:
        if _waits_for_lines(inputs, oid, created, status, custom):
            pending.append((created, oid))
            if len(pending) == limit:
                break
    return pending


def _waits_for_lines(
    inputs: PlanInputs, oid: int, created: int, status: str, custom: int | None
) -> bool:
    taken = oid in inputs.taken_orders
    return inputs.order_rules.reasons(created, status, custom, None, taken) == ["lines_pending"]


def arrived_orders(
    inputs: PlanInputs, plan_seq: int, after: int, limit: int
) -> list[tuple[int, int]]:
    """(lines_seq, id) of orders that were pending in the plan and whose lines came since."""
    restricted, listed = _among(inputs)
    sql = (
        "SELECT lines_seq, id, created, status, custom_status FROM orders o"
        " WHERE lines_seq > ? AND lines_seq > ? AND pending_seq <= ? AND changed_seq <= ?"
        f" AND {restricted} {_usable(inputs)} ORDER BY lines_seq"
    )
    arrived: list[tuple[int, int]] = []
    rows = inputs.mirror.stream(sql, plan_seq, after, plan_seq, plan_seq, *listed)
    for seq, oid, created, status, custom in rows:
        if _waits_for_lines(inputs, oid, created, status, custom):
            arrived.append((seq, oid))
            if len(arrived) == limit:
                break
    return arrived
