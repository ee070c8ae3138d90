"""Products: one decision each, or counted by what decides them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import orjson

from sync import mapping, rules
from sync.plan.decision import (
    Decision,
    LedgerSide,
    among,
    confirmed,
    gone,
    included,
    unreadable,
)
from sync.plan.inputs import PlanInputs, may_remove

# The parameters of every query here: ?1 store, ?2 language, ?3 mapping key.
_FACTS = "p.id, p.rev, p.visible, p.sellable, p.free, p.invalid"
_LEDGER = "l.hash, l.rev, l.mapkey, l.status, l.hidden"
# The `+` keeps the ledger's key usable for ids of two types, as in orders.
_ON = "l.store = ?1 AND l.entity = 'products' AND l.source = +p.id"
_SAME = "l.rev = p.rev AND l.mapkey = ?3 AND NOT l.hidden"
# The wide record only where its payload has to be made: most products are unchanged.
_MATERIAL = "e.rating, ifnull(e.reviews, 0)"
_ONE_BY_ONE = f"""
SELECT {_FACTS}, {_LEDGER}, %(sent)s, {_MATERIAL}, CASE WHEN {_SAME} THEN NULL ELSE p.flat END
FROM product p LEFT JOIN ledger l ON {_ON} LEFT JOIN product_extra e ON e.id = p.id %(beside)s
WHERE p.lang = ?2 %(among)s ORDER BY p.id
"""
# The payload of what was sent under the mapping key ?4 and is as it was.
_SENT = {
    "sent": """CASE WHEN l.rev = p.rev AND l.mapkey = ?4 AND NOT l.hidden AND l.hash <> x''
    THEN c.payload END""",
    "beside": """LEFT JOIN ledger_payload c
    ON c.store = l.store AND c.entity = l.entity AND c.source = l.source""",
}
_NOTHING_SENT = {"sent": "NULL", "beside": ""}
_ALIKE = f"""
SELECT count(*), {_FACTS}, {_LEDGER},
  CASE WHEN l.hash IS NULL THEN 'create' WHEN l.hidden OR l.hash = x'' THEN 'update'
    WHEN {_SAME} THEN 'unchanged' ELSE 'compare' END AS action
FROM product p LEFT JOIN ledger l ON {_ON} WHERE p.lang = ?2 %s
GROUP BY p.visible, p.sellable, p.free, p.invalid, action
"""
# The few that differ are compared field by field with what was sent, which costs less than to make
# their payloads and hash them. CROSS JOIN keeps SQLite from beginning with the ledger.
_TO_COMPARE = f"""
SELECT {_FACTS}, {_MATERIAL}, p.flat, c.payload
FROM product p CROSS JOIN ledger l ON {_ON}
CROSS JOIN ledger_payload c ON c.store = l.store AND c.entity = l.entity AND c.source = l.source
LEFT JOIN product_extra e ON e.id = p.id
WHERE p.lang = ?2 AND NOT l.hidden AND l.hash <> x'' AND (l.rev <> p.rev OR l.mapkey <> ?3) %s
"""
_FACTS_OF_ANY = "SELECT DISTINCT visible, sellable, free, invalid FROM product WHERE lang = ?"
_OF_FACTS = """
SELECT id FROM product
WHERE lang = ? AND (visible, sellable, free, invalid) IN (SELECT value ->> 0, value ->> 1,
  value ->> 2, value ->> 3 FROM json_each(?))
"""
_READABLE = "AND p.id NOT IN (SELECT id FROM odd_row WHERE entity = 'products' AND lang = ?2)"


def decide_products(inputs: PlanInputs) -> Iterator[Decision]:
    """Decisions for every product, then for those that are gone."""
    mapkey, removable = inputs.mapkey("products"), _removable(inputs)
    restricted, listed = among(inputs, "products", "p.id")
    parts, keys = _sent_before(inputs, mapkey)
    sql = _ONE_BY_ONE % {**parts, "among": f"{restricted} {_usable(inputs)}"}
    args = (inputs.ledger.store, inputs.lang, mapkey, *keys, *listed)
    reasons_of, made_anew = _Reasons(inputs), _made_anew(inputs)
    for row in inputs.mirror.stream(sql, *args):
        reasons = reasons_of[row[2:6]]
        known = confirmed(row[6:11])
        if reasons:
            yield _excluded(inputs, row[0], reasons, known if removable else None)
        else:
            if row[11] is None:
                build = partial(product_bytes, inputs, row[0], *row[12:])
            else:
                build = partial(made_anew, row[0], *row[11:])
            yield included("products", row[0], row[0], row[1], mapkey, known, build)
    yield from unreadable(inputs, "products")
    yield from _gone(inputs, removable)


def count_products(inputs: PlanInputs) -> Iterator[tuple[Decision, int]]:
    """Decisions that stand for all products which the same facts decide, with their number. Only
    a payload that may have changed is looked at one by one."""
    mapkey, removable, compare = inputs.mapkey("products"), _removable(inputs), False
    args = (inputs.ledger.store, inputs.lang, mapkey)
    reasons_of = _Reasons(inputs)
    for n, *row, action in inputs.mirror.stream(_ALIKE % _usable(inputs), *args):
        reasons = reasons_of[tuple(row[2:6])]
        if reasons:
            known = confirmed(row[6:]) if removable else None
            yield _excluded(inputs, row[0], reasons, known), n
        elif action == "compare":
            compare = True
        else:
            yield Decision("products", row[0], row[0], action), n
    if compare:
        yield from _compared(inputs, mapkey)
    yield from ((decision, 1) for decision in unreadable(inputs, "products"))
    yield from ((decision, 1) for decision in _gone(inputs, removable))


def _compared(inputs: PlanInputs, mapkey: str) -> Iterator[tuple[Decision, int]]:
    """Products that Clerk.io has from another revision or other settings."""
    differs = mapping.product_comparer(inputs.context)
    numbers = {True: 0, False: 0}
    reasons_of = _Reasons(inputs)
    for row in inputs.mirror.stream(
        _TO_COMPARE % _usable(inputs), inputs.ledger.store, inputs.lang, mapkey
    ):
        if not reasons_of[row[2:6]]:
            extra = _extra(inputs, row[0], *row[6:8])
            product = inputs.whole(orjson.loads(row[8]))
            numbers[differs(product, extra, orjson.loads(row[9]))] += 1
    yield Decision("products", 0, 0, "update"), numbers[True]
    yield Decision("products", 0, 0, "unchanged"), numbers[False]


def products_otherwise(inputs: PlanInputs, before: PlanInputs) -> list[int]:
    """Products whose facts are reasons under one of these settings and not under the other."""
    now, then = _Reasons(inputs), _Reasons(before)
    facts = inputs.mirror.stream(_FACTS_OF_ANY, inputs.lang)
    differing = [row for row in facts if now[row] != then[row]]
    rows = inputs.mirror.stream(_OF_FACTS, inputs.lang, orjson.dumps(differing).decode())
    return [row[0] for row in rows]


def _usable(inputs: PlanInputs) -> str:
    """A condition for products of which the last row could be used: nearly always all of them."""
    return _READABLE if inputs.mirror.odd_rows("products", inputs.lang) else ""


def _removable(inputs: PlanInputs) -> bool:
    return may_remove(inputs, "products")


def _gone(inputs: PlanInputs, removable: bool) -> Iterator[Decision]:
    if removable and inputs.settings.import_products:
        yield from gone(inputs, "products", _excluded)


class _Reasons(dict[tuple[Any, ...], tuple[str, ...]]):
    """Why products of the same facts do not go, worked out once for all of them."""

    def __init__(self, inputs: PlanInputs) -> None:
        self._settings, self._side = inputs.settings, inputs.context.side

    def __missing__(self, row: tuple[Any, ...]) -> tuple[str, ...]:
        visible, sellable, free, invalid = row
        why = tuple(invalid.split(",")) if invalid else ()
        facts = rules.ProductFacts(bool(visible), bool(sellable), bool(free), why)
        self[row] = reasons = tuple(rules.product_reasons(facts, self._settings, self._side))
        return reasons


def product_bytes(
    inputs: PlanInputs, pid: int, rating: float | None, reviews: int, flat: bytes
) -> tuple[bytes, str | None]:
    product = inputs.whole(orjson.loads(flat))
    extra = _extra(inputs, pid, rating, reviews)
    return mapping.payload_bytes(mapping.product_payload(product, extra, inputs.context)), None


def _extra(
    inputs: PlanInputs, pid: int, rating: float | None, reviews: int
) -> mapping.ProductExtra:
    return mapping.ProductExtra(rating, reviews, inputs.tags.get(pid, frozenset()))


def _sent_before(inputs: PlanInputs, mapkey: str) -> tuple[Mapping[str, str], list[str]]:
    """What the query has to ask for payloads that were sent before, with its parameter."""
    key = mapkey if inputs.before is None else inputs.before.mapkey("products")
    return (_NOTHING_SENT, []) if key == mapkey else (_SENT, [key])


def _made_anew(inputs: PlanInputs) -> Callable[..., tuple[bytes, str | None]]:
    """A function that does as `product_bytes` with a payload that was sent before."""
    before, now = (inputs.before or inputs).context, inputs.context
    spliced, changed = mapping.product_splicer(before, now), mapping.product_changer(before, now)

    def made(
        pid: int, sent: bytes, rating: float | None, reviews: int, flat: bytes
    ) -> tuple[bytes, str | None]:
        product = inputs.whole(orjson.loads(flat))
        extra = _extra(inputs, pid, rating, reviews)
        payload = spliced(product, extra, sent)
        if payload is None:
            payload = mapping.payload_bytes(changed(product, extra, orjson.loads(sent)))
        return payload, None

    return made


def _excluded(
    inputs: PlanInputs, pid: int | str, reasons: tuple[str, ...], known: LedgerSide | None
) -> Decision:
    hide = inputs.settings.removed_products == "hide"
    if known is None or reasons == ("import_off",) or (hide and known.hidden):
        return Decision("products", pid, pid, "skip", reasons)
    if hide:
        patch = mapping.payload_bytes({"id": pid, "index": False})
        return Decision("products", pid, pid, "remove", reasons, "hide", patch)
    return Decision("products", pid, pid, "remove", reasons, "delete")
