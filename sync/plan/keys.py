"""One key, one owner: which of several records that would get one key in Clerk.io has it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeVar

import orjson

from sync.entities import Id
from sync.ledger import Ledger
from sync.mapping import Side
from sync.mirror import UNCOUNTED, UNPRICED, UNPRICED_ON, Mirror
from sync.rules import NO_PRICE, NO_QUANTITY, OrderRules


def _lines(unpriced_here: int) -> str:
    """How many lines of an order `o` can be sent, at most 1; below 0, as the rules know it, if the
    total of one cannot be read on the side that is sent, or a quantity; NULL if they were not
    fetched."""
    unpriced = (UNPRICED, unpriced_here)
    neither = tuple(UNCOUNTED + each for each in unpriced)
    return (
        f"CASE WHEN o.items >= 0 THEN min(o.items, 1) WHEN o.items IN {unpriced} THEN {-NO_PRICE}"
        f" WHEN o.items IN {neither} THEN {-NO_PRICE - NO_QUANTITY}"
        f" WHEN o.items <= {UNCOUNTED} THEN {-NO_QUANTITY} WHEN o.items < 0 THEN 1 END"
    )


LINES: Final = {side: _lines(here) for side, here in UNPRICED_ON.items()}
_KEY: Final = "CASE o.number WHEN '' THEN CAST(o.id AS TEXT) ELSE o.number END"
# An order without a number goes by its id, which may be the number of another.
_TWICE: Final = """
SELECT number FROM orders WHERE number <> '' GROUP BY number HAVING count(*) > 1
UNION SELECT CAST(o.id AS TEXT) FROM orders o WHERE o.number = ''
  AND EXISTS (SELECT 1 FROM orders WHERE number = CAST(o.id AS TEXT))
UNION SELECT value FROM json_each(?3)
"""
# Of some orders: all that have the same keys as they, by id or number in ?3.
_THEIRS: Final = f"""
SELECT {_KEY} FROM orders o WHERE o.id IN (SELECT value FROM json_each(?3) WHERE type = 'integer')
UNION SELECT value FROM json_each(?3) WHERE type = 'text'
"""
# An order that changed after ?2 may have gone then, and one whose lines came waited for them.
_CLAIMS: Final = f"""
WITH shared(key) AS MATERIALIZED (%s)
SELECT o.id, {_KEY} AS key, o.created, o.status, o.custom_status,
  CASE WHEN o.lines_seq > ?2 THEN NULL ELSE %s END, l.key IS {_KEY}, o.changed_seq > ?2
FROM orders o LEFT JOIN ledger l ON l.store = ?1 AND l.entity = 'orders' AND l.source = +o.id
WHERE o.id IN (SELECT id FROM orders WHERE number IN shared
  UNION ALL SELECT id FROM orders WHERE number = '' AND CAST(id AS TEXT) IN shared)
"""
_KEPT: Final = f"""
SELECT o.id, l.key FROM renumbered JOIN orders o USING (id)
JOIN ledger l ON l.store = ? AND l.entity = 'orders' AND l.source = +o.id
WHERE typeof(l.key) = 'text' AND l.key <> {_KEY}
"""
_NEVER: Final = 1 << 62


class _Claim(NamedTuple):
    """A record that would get the key, or has it; the owner is the one with the smallest rank."""

    source: int
    has: bool
    rank: tuple[bool, int, int]


def kept_keys(mirror: Mirror, ledger: Ledger) -> dict[int, str]:
    """Orders that have another number than Clerk.io knows them by, with that one: it deletes no
    order, and under a second key the sale would stand there twice."""
    return dict(mirror.stream(_KEPT, ledger.store))


def taken_orders(
    mirror: Mirror,
    ledger: Ledger,
    rules: OrderRules,
    side: Side,
    seq: int | None,
    kept: Mapping[int, str],
    only: Collection[Id] | None = None,
) -> dict[int, int]:
    """Orders whose number another order owns, with that order's id: the one that Clerk.io has
    under it, else of those that go the one made first. `seq` is the mirror's clock of the plan
    if orders are decided after it; `kept` has the keys of those that are known by an earlier
    number. With `only`, of the orders that it names by id or number and of those that share a
    number with them."""
    claims: dict[str, list[_Claim]] = {}
    every: dict[str, list[int]] = {}
    since = _NEVER if seq is None else seq
    named = [] if only is None else [*only]
    listed = orjson.dumps([*named, *kept.values()]).decode()
    sql = _CLAIMS % (_TWICE if only is None else _THEIRS, LINES[side])
    for row in mirror.stream(sql, ledger.store, since, listed):
        source, key, created, status, custom, lines, has, changed = row
        every.setdefault(key, []).append(source)
        if source in kept:
            continue
        if has or changed or _goes(rules.reasons(created, status, custom, lines)):
            claims.setdefault(key, []).append(_Claim(source, bool(has), (False, created, source)))
    for source, key in kept.items():
        claims.setdefault(key, []).append(_Claim(source, True, (False, 0, source)))
    return _taken(claims, every)


def _goes(reasons: list[str]) -> bool:
    return not reasons or reasons == ["lines_pending"]


_SHARED: Final = """
SELECT c.id, c.email, c.flat, c.rev + c.subscribed = l.rev AND l.mapkey = ?2 FROM customer c
LEFT JOIN ledger l ON l.store = ?1 AND l.entity = 'customers' AND l.source = +c.id
WHERE c.email IN (SELECT value FROM json_each(?3))
"""
# Of those who are gone, or are no longer as they were sent.
_MOVED: Final = """
SELECT l.source, p.payload FROM ledger l JOIN ledger_payload p USING (store, entity, source)
WHERE l.store = ? AND l.entity = 'customers'
  AND NOT EXISTS (SELECT 1 FROM customer WHERE id = l.source AND rev + subscribed = l.rev)
"""


def taken_customers(
    mirror: Mirror, ledger: Ledger, mapkey: str, stays: Callable[[int], bool]
) -> dict[int, int]:
    """Customers whose e-mail address another one owns, with that one's id: the one that Clerk.io
    has under it, else a registered one, else the newest. One who is gone from the shop owns it as
    long as he `stays` in Clerk.io."""
    claims: dict[str, list[_Claim]] = {}
    for source, payload in mirror.stream(_MOVED, ledger.store):
        if stays(source) and (email := _email(payload)):
            claims.setdefault(email, []).append(_Claim(source, True, (True, 0, source)))
    twice = "SELECT email FROM customer WHERE email <> '' GROUP BY email HAVING count(*) > 1"
    # Nearly every shop has none: then no customer's record is read.
    asked = {*claims, *(row[0] for row in mirror.stream(twice))}
    if not asked:
        return {}
    every: dict[str, list[int]] = {}
    rows = mirror.stream(_SHARED, ledger.store, mapkey, orjson.dumps([*asked]).decode())
    for source, email, flat, current in rows:
        customer = orjson.loads(flat)
        has = bool(current) or _email(ledger.payload("customers", source)) == email
        rank = (not _is_registered(customer["type"]), -customer["created"], -source)
        every.setdefault(email, []).append(source)
        claims.setdefault(email, []).append(_Claim(source, has, rank))
    return _taken(claims, every)


def _email(payload: bytes | None) -> str:
    return str(orjson.loads(payload or b"{}").get("email", "")).casefold()


def _is_registered(kind: str) -> bool:
    return kind.casefold() == "registered"


K = TypeVar("K")


def _taken(claims: dict[K, list[_Claim]], every: dict[K, list[int]]) -> dict[int, int]:
    owners = {
        key: min(each, key=lambda one: (not one.has, one.rank)) for key, each in claims.items()
    }
    return dict(_others(owners, every))


def _others(owners: dict[K, _Claim], every: dict[K, list[int]]) -> Iterator[tuple[int, int]]:
    for key, owner in owners.items():
        others: Iterable[int] = every.get(key, ())
        yield from ((source, owner.source) for source in others if source != owner.source)
