"""Orders decided together: those that the same facts decide share one decision."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import orjson

from sync import mapping
from sync.entities import Id
from sync.ledger import LOST
from sync.plan.decision import Decision, one_of, unreadable
from sync.plan.inputs import PlanInputs
from sync.plan.orders import (
    ALL,
    COLUMNS,
    ON,
    decide_each_order,
    final_status,
    order_decision,
    sql_of,
)

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
_CODE = f"""(o.created < ?3) + 2 * (o.returned <> 0) + 4 * ifnull(3 + %(lines)s, 7)
    + CASE l.status WHEN 'CANCELLED' THEN 32 WHEN 'RETURNED' THEN 64 ELSE 0 END + 128 * ({_WHAT})
    + 1024 * (o.created <= 0)"""
_ALIKE = f"""
SELECT count(*), o.created, o.status, o.custom_status, %(lines)s, o.returned <> 0, l.status,
  {_CODE} AS code
FROM orders o INDEXED BY orders_plan LEFT JOIN ledger l ON {ON} WHERE NOT %(apart)s
GROUP BY CASE WHEN o.custom_status IS NULL THEN code ELSE code || ',' || o.custom_status END,
  o.status
"""
# One row of another mapping key is enough to look at the wide columns; without any, the index alone
# answers.
_OTHERS = """SELECT EXISTS
(SELECT 1 FROM ledger WHERE store = ? AND entity = 'orders' AND mapkey <> ?)"""
_TO_COMPARE = f"""
SELECT {COLUMNS} FROM orders o CROSS JOIN ledger l ON {ON}
WHERE %(lines)s = 1 AND o.created > 0 AND (?3 = 0 OR o.created >= ?3) AND {_WHAT} = 3
  AND NOT %(apart)s
"""
# Every order with what decides it; by id, as the rows of a plan are kept.
_EACH = f"""
SELECT o.id, o.number, CASE WHEN NOT l.hidden THEN l.hash END, o.created, o.status,
  o.custom_status, %(lines)s, o.returned <> 0, l.status, {_CODE} AS code
FROM orders o LEFT JOIN ledger l ON {ON} WHERE NOT %(apart)s AND %(among)s ORDER BY o.id
"""
_BETWEEN = "SELECT id FROM orders WHERE created >= ? AND created < ?"
_TOGETHER = 10_000  # orders that are read before those alike are handed on
_OF_STATUSES = """
SELECT o.id FROM json_each(?) s JOIN orders o ON o.status = s.value ->> 0
  AND o.custom_status IS s.value ->> 1
"""


class AlikeOrder(NamedTuple):
    """An order, and the hash that Clerk.io shows of it."""

    source: int | str
    key: int | str
    known: bytes | None


class AlikeOrders(NamedTuple):
    """Orders that one decision stands for."""

    decision: Decision
    orders: list[AlikeOrder]


def count_orders(inputs: PlanInputs) -> Iterator[tuple[Decision, int]]:
    """Decisions that stand for all orders which the same facts decide, with their number. Those
    that no facts decide are decided one by one, and so are those whose key another one owns."""
    mapkey, compare = inputs.mapkey("orders"), False
    differs, keys = _differs(inputs, mapkey)
    apart, ids = _apart(inputs, 4 + len(keys))
    args = (inputs.ledger.store, mapkey, inputs.cutoff, *keys, *ids)
    sql = sql_of(inputs, _ALIKE, differs=differs, apart=apart)
    for n, *facts in inputs.mirror.stream(sql, *args):
        decision = _of_all_alike(inputs, *facts)
        if decision is None:
            compare = True
        else:
            yield decision, n
    if compare:
        sql = sql_of(inputs, _TO_COMPARE, differs=differs, apart=apart)
        for row in inputs.mirror.stream(sql, *args):
            if not inputs.order_rules.reasons(*row[2:6]):
                yield order_decision(inputs, row, mapkey), 1
    taken = inputs.taken_orders.keys() - inputs.odd("orders").keys()
    yield from ((decision, 1) for decision in decide_each_order(inputs, taken))
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
    what = code >> 7 & 7  # bits 7 to 9 of the code are _WHAT: the place of the action
    reasons, action = inputs.order_rules.reasons(created, status, custom, lines), _ACTIONS[what]
    if reasons:
        known = action != "create" and what != _LOST
        patched = known and final_status(reasons, status, back, sent) is not None
        return Decision("orders", 0, 0, "update" if patched else "skip", tuple(reasons))
    return None if action is None else Decision("orders", 0, 0, action)


def decide_alike(inputs: PlanInputs, ids: Collection[Id] | None = None) -> Iterator[AlikeOrders]:
    """As `decide_orders`, in another order. What is left out or unchanged shares the decision of
    all that are alike, which names no record, some thousand at a time; what would be sent has one
    of its own. With `ids` only those orders, and the few that no facts decide."""
    alone: list[int] = []
    seen: dict[tuple[Any, ...], AlikeOrders | None] = {}
    mapkey, kept = inputs.mapkey("orders"), inputs.kept_keys
    by_id = inputs.settings.order_id == "id"
    differs, keys = _differs(inputs, mapkey)
    apart, listed = _apart(inputs, 4 + len(keys))
    among, chosen = ("true", []) if ids is None else _listed(ids, 4 + len(keys) + len(listed))
    sql = sql_of(inputs, _EACH, differs=differs, apart=apart, among=among)
    args = (inputs.ledger.store, mapkey, inputs.cutoff, *keys, *listed, *chosen)
    for n, (oid, number, known, *facts) in enumerate(inputs.mirror.stream(sql, *args), 1):
        alike = facts[1], facts[2], facts[-1]
        if alike not in seen:
            seen[alike] = _shared(_of_all_alike(inputs, *facts))
        group = seen[alike]
        if group is None:
            alone.append(oid)
        else:
            key = oid if by_id else kept.get(oid, number) or str(oid)
            group.orders.append(AlikeOrder(oid, key, known))
        if n % _TOGETHER == 0:
            yield from _emptied(seen.values())
    yield from _emptied(seen.values())
    alone += inputs.taken_orders.keys() - inputs.odd("orders").keys()
    yield from _decide_alone(inputs, alone, mapkey)
    for decision in unreadable(inputs, "orders"):
        known = inputs.ledger.hashes("orders", [decision.source]).get(decision.source)
        yield _one(decision, known)


def _shared(decision: Decision | None) -> AlikeOrders | None:
    """The place of the orders that share a decision; None for those that have their own."""
    if decision is None or decision.action not in ("skip", "unchanged"):
        return None
    return AlikeOrders(decision, [])


def _emptied(groups: Iterable[AlikeOrders | None]) -> Iterator[AlikeOrders]:
    for group in groups:
        if group is not None and group.orders:
            yield AlikeOrders(group.decision, group.orders.copy())
            group.orders.clear()


def _one(decision: Decision, known: bytes | None) -> AlikeOrders:
    return AlikeOrders(decision, [AlikeOrder(decision.source, decision.key, known)])


def orders_otherwise(inputs: PlanInputs, before: PlanInputs) -> set[int]:
    """Orders that lie between the two borders, or have a status that only one of them accepts."""
    borders = sorted([inputs.cutoff, before.cutoff])
    ids = {row[0] for row in inputs.mirror.stream(_BETWEEN, *borders)}
    if inputs.settings.accepted_order_statuses != before.settings.accepted_order_statuses:
        now, then = inputs.order_rules.accepts_status, before.order_rules.accepts_status
        every = [each[:2] for each in inputs.mirror.order_statuses()]
        statuses = [pair for pair in every if now(*pair) != then(*pair)]
        rows = inputs.mirror.stream(_OF_STATUSES, orjson.dumps(statuses).decode())
        ids.update(row[0] for row in rows)
    return ids


def _decide_alone(inputs: PlanInputs, ids: Sequence[int], mapkey: str) -> Iterator[AlikeOrders]:
    among, listed = one_of("o.id", ids)
    sql = sql_of(inputs, ALL, among=among)
    for row in inputs.mirror.stream(sql, inputs.ledger.store, listed):
        yield _one(order_decision(inputs, row, mapkey), None if row[12] else row[8])


def _apart(inputs: PlanInputs, place: int) -> tuple[str, list[str]]:
    """A condition, with its parameter at that place, for the orders whose key another one owns,
    and those of which the last row could not be used."""
    ids = {*inputs.taken_orders, *inputs.odd("orders")}
    return _listed(ids, place) if ids else ("false", [])


def _listed(ids: Collection[Id], place: int) -> tuple[str, list[str]]:
    """A condition, with its parameter at that place, for the orders of these ids."""
    listed = orjson.dumps([*ids]).decode()
    return f"o.id IN (SELECT value FROM json_each(?{place}))", [listed]


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
