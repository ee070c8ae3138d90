"""Orders: one decision each, or counted by what decides them; and those that wait for lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import orjson

from sync import mapping, rules
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
from sync.statuses import normal_status

FINAL_STATUSES = ("CANCELLED", "RETURNED")

# %(lines)s stands for the lines that can be sent, by the side that is sent.
_COLUMNS = (
    "o.id, o.number, o.created, o.status, o.custom_status, %(lines)s, o.returned, o.rev,"
    " l.hash, l.rev, l.mapkey, l.status, l.hidden"
)
# The `+` takes away that o.id is a number: else SQLite would make numbers of l.source, which may
# hold text, before it compares, and could not look it up in the ledger's key.
_ON = "l.store = ?1 AND l.entity = 'orders' AND l.source = +o.id"
_JOIN = f"FROM orders o LEFT JOIN ledger l ON {_ON}"
_ALL = f"SELECT {_COLUMNS} {_JOIN} WHERE %(among)s ORDER BY o.created DESC, o.id DESC"
_ONE = f"SELECT {_COLUMNS} {_JOIN} WHERE o.id = ?2"

# What decides an order. ?2 is the mapping key, ?3 the moment before which it is too old,
# %(differs)s says what differs, %(apart)s which orders are decided one by one. All of it but the
# two statuses of Lightspeed is one number, for SQLite sorts by that in half the time. _WHAT is the
# place of the action in _ACTIONS.
_ACTIONS = ("create", "unchanged", "update", None, "update")
_LOST = 4
_WHAT = f"""CASE WHEN l.hash IS NULL THEN 0 WHEN l.rev = {LOST} THEN {_LOST}
    WHEN l.rev <> o.rev THEN 3 WHEN l.mapkey = ?2 THEN 1
    WHEN NOT l.hidden AND l.status NOT IN ('CANCELLED', 'RETURNED')
      THEN ifnull(1 + %(differs)s, 3)
    ELSE 3 END"""  # an order that Clerk.io lost goes whole or not at all
_CODE = f"""(o.created < ?3) + 2 * (o.returned <> 0) + 4 * ifnull(1 + %(lines)s, 3)
    + CASE l.status WHEN 'CANCELLED' THEN 16 WHEN 'RETURNED' THEN 32 ELSE 0 END + 64 * ({_WHAT})
    + 512 * (o.created <= 0)"""
_ALIKE = f"""
SELECT count(*), o.created, o.status, o.custom_status, %(lines)s, o.returned <> 0, l.status,
  {_CODE} AS code
FROM orders o INDEXED BY orders_plan LEFT JOIN ledger l ON {_ON} WHERE NOT %(apart)s
GROUP BY CASE WHEN o.custom_status IS NULL THEN code ELSE code || ',' || o.custom_status END,
  o.status
"""
# One row of another mapping key is enough to look at the wide columns; without any, the index alone
# answers.
_OTHERS = """SELECT EXISTS
(SELECT 1 FROM ledger WHERE store = ? AND entity = 'orders' AND mapkey <> ?)"""
_TO_COMPARE = f"""
SELECT {_COLUMNS} FROM orders o CROSS JOIN ledger l ON {_ON}
WHERE %(lines)s = 1 AND o.created > 0 AND (?3 = 0 OR o.created >= ?3) AND {_WHAT} = 3
  AND NOT %(apart)s
"""
# Every order with what decides it; by id, as the rows of a plan are kept.
_EACH = f"""
SELECT o.id, o.number, CASE WHEN NOT l.hidden THEN l.hash END, o.created, o.status,
  o.custom_status, %(lines)s, o.returned <> 0, l.status, {_CODE} AS code
FROM orders o LEFT JOIN ledger l ON {_ON} WHERE NOT %(apart)s ORDER BY o.id
"""
_READABLE = "AND o.id NOT IN (SELECT id FROM odd_row WHERE entity = 'orders')"


class AlikeOrder(NamedTuple):
    """An order's decision, which may be that of many, and the hash that Clerk.io shows of it."""

    source: int | str
    key: int | str
    known: bytes | None
    decision: Decision


def _sql(inputs: PlanInputs, template: str, **parts: str) -> str:
    return template % {"lines": LINES[inputs.context.side], **parts}


def decide_orders(inputs: PlanInputs) -> Iterator[Decision]:
    """Decisions for every order, newest first."""
    mapkey = inputs.mapkey("orders")
    restricted, listed = _among(inputs)
    sql = _sql(inputs, _ALL, among=f"{restricted} {_usable(inputs)}")
    for row in inputs.mirror.stream(sql, inputs.ledger.store, *listed):
        yield _order(inputs, row, mapkey)
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


def count_orders(inputs: PlanInputs) -> Iterator[tuple[Decision, int]]:
    """Decisions that stand for all orders which the same facts decide, with their number. Those
    that no facts decide are decided one by one, and so are those whose key another one owns."""
    mapkey, compare = inputs.mapkey("orders"), False
    differs, keys = _differs(inputs, mapkey)
    apart, ids = _apart(inputs, 4 + len(keys))
    args = (inputs.ledger.store, mapkey, inputs.cutoff, *keys, *ids)
    sql = _sql(inputs, _ALIKE, differs=differs, apart=apart)
    for n, *facts in inputs.mirror.stream(sql, *args):
        decision = _of_all_alike(inputs, *facts)
        if decision is None:
            compare = True
        else:
            yield decision, n
    if compare:
        sql = _sql(inputs, _TO_COMPARE, differs=differs, apart=apart)
        for row in inputs.mirror.stream(sql, *args):
            if not inputs.order_rules.reasons(*row[2:6]):
                yield _order(inputs, row, mapkey), 1
    for oid in inputs.taken_orders.keys() - inputs.odd("orders").keys():
        yield decide_order(inputs, oid), 1
    yield from ((decision, 1) for decision in unreadable(inputs, "orders"))


def _of_all_alike(
    inputs: PlanInputs,
    created: int,
    status: str,
    custom: int | None,
    lines: int | None,
    back: int,
    sent: str | None,
    code: int,
) -> Decision | None:
    """What the same facts decide, without a record; None where the payload decides."""
    what = code >> 6 & 7  # bits 6 to 8 of the code are _WHAT: the place of the action
    reasons, action = inputs.order_rules.reasons(created, status, custom, lines), _ACTIONS[what]
    if reasons:
        known = action != "create" and what != _LOST
        patched = known and _patched_to(reasons, status, back, sent) is not None
        return Decision("orders", 0, 0, "update" if patched else "skip", tuple(reasons))
    return None if action is None else Decision("orders", 0, 0, action)


def decide_alike(inputs: PlanInputs) -> Iterator[AlikeOrder]:
    """As `decide_orders`, in another order. What is left out or unchanged shares the decision of
    all that are alike, which names no record; what would be sent has one of its own."""
    alone: list[int] = []
    seen: dict[tuple[Any, ...], Decision | None] = {}
    by_id, mapkey = inputs.settings.order_id == "id", inputs.mapkey("orders")
    differs, keys = _differs(inputs, mapkey)
    apart, ids = _apart(inputs, 4 + len(keys))
    sql = _sql(inputs, _EACH, differs=differs, apart=apart)
    args = (inputs.ledger.store, mapkey, inputs.cutoff, *keys, *ids)
    for oid, number, known, *facts in inputs.mirror.stream(sql, *args):
        alike = facts[1], facts[2], facts[-1]
        if alike not in seen:
            seen[alike] = _of_all_alike(inputs, *facts)
        decision = seen[alike]
        if decision is None or decision.action not in ("skip", "unchanged"):
            alone.append(oid)
        else:
            yield AlikeOrder(oid, oid if by_id else number or str(oid), known, decision)
    alone += inputs.taken_orders.keys() - inputs.odd("orders").keys()
    yield from _decide_alone(inputs, alone, mapkey)
    for decision in unreadable(inputs, "orders"):
        known = inputs.ledger.hashes("orders", [decision.source]).get(decision.source)
        yield AlikeOrder(decision.source, decision.key, known, decision)


def _decide_alone(inputs: PlanInputs, ids: Sequence[int], mapkey: str) -> Iterator[AlikeOrder]:
    among, listed = one_of("o.id", ids)
    sql = _sql(inputs, _ALL, among=among)
    for row in inputs.mirror.stream(sql, inputs.ledger.store, listed):
        decision = _order(inputs, row, mapkey)
        shown = None if row[12] else row[8]
        yield AlikeOrder(decision.source, decision.key, shown, decision)


def _apart(inputs: PlanInputs, place: int) -> tuple[str, list[str]]:
    """A condition, with its parameter at that place, for the orders whose key another one owns,
    and those of which the last row could not be used."""
    ids = {*inputs.taken_orders, *inputs.odd("orders")}
    if not ids:
        return "false", []
    listed = orjson.dumps([*ids]).decode()
    return f"o.id IN (SELECT value FROM json_each(?{place}))", [listed]


def _usable(inputs: PlanInputs) -> str:
    """A condition for orders of which the last row could be used: nearly always all of them."""
    return _READABLE if inputs.mirror.odd_rows("orders", inputs.lang) else ""


def _differs(inputs: PlanInputs, mapkey: str) -> tuple[str, list[str]]:
    """An SQL expression, with its parameters from ?4 on: whether payloads from one revision differ
    under the ledger's mapping key and under this one; NULL for a key of other origin. One that was
    sent whole differs exactly where the mapping settings it was sent with say so."""
    if not inputs.mirror.number(_OTHERS, inputs.ledger.store, mapkey):
        return "NULL", []  # and the wide rows are not looked at
    now = inputs.context
    whens: list[str] = []
    keys: list[str] = []
    sides: tuple[mapping.Side, ...] = ("incl", "excl")
    # A mapping key is a hash: what it was made from can only be found by making all eight again.
    for side, order_id, emails in product(sides, ("number", "id"), (True, False)):
        then = replace(now.settings, order_id=order_id, collect_emails=emails)
        key = mapping.mapping_key("orders", replace(now, settings=then, side=side))
        if key == mapkey:
            continue
        parts = (
            (side != now.side, "o.items_incl IS NOT o.items_excl"),
            (order_id != now.settings.order_id, "1"),
            (emails != now.settings.collect_emails, "o.email <> ''"),
        )
        keys.append(key)
        sql = " OR ".join(expression for changed, expression in parts if changed)
        whens.append(f"WHEN ?{len(keys) + 3} THEN ({sql})")
    return f"(CASE l.mapkey {' '.join(whens)} END)", keys


def decide_order(inputs: PlanInputs, order_id: int) -> Decision:
    """The decision for one order as the mirror has it now."""
    if order_id in inputs.mirror.odd_rows("orders", inputs.lang):
        return Decision("orders", order_id, order_id, "skip", (UNREADABLE,))
    row = next(inputs.mirror.stream(_sql(inputs, _ONE), inputs.ledger.store, order_id))
    return _order(inputs, row, inputs.mapkey("orders"))


def _order(inputs: PlanInputs, row: Sequence[Any], mapkey: str) -> Decision:
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
    final = _patched_to(reasons, status, returned, known.status)
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


def _patched_to(reasons: Sequence[str], status: str, returned: int, sent: str | None) -> str | None:
    """The final status that an order has reached which is in Clerk.io and no longer goes; None
    if there is nothing to say of it."""
    if list(reasons) == ["import_off"]:
        return None
    final = "RETURNED" if returned else None
    if normal_status(status) == rules.CANCELLED:
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
