"""One box for everything a record may be named by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sync.entities import SINGULARS
from sync.explain.story import goes
from sync.mirror import matches, title_of
from sync.mirror.finding import LIKELIEST, Match
from sync.mirror.keys import number_from, readable
from sync.openshop import OpenShop, opened_shop
from sync.plan import decide
from sync.settings import Settings
from sync.store import Desk, StoreRow


def lookup(desk: Desk, store: StoreRow, text: str, limit: int = 20) -> list[dict[str, Any]]:
    """Records of all kinds that `text` may mean: an id, SKU, EAN, article code, order number, URL,
    title or part of one, or a customer's whole e-mail address (which is not in the answer).

    Best first: {"entity": "product", "id", "title" (an order's number), "matched": "id|sku|ean|
    code|url|title|number|email", "goes"}; exact matches before parts of titles. Records that are
    gone from the shop and still in Clerk.io are found by id.
    """
    key = readable(text)
    if not key:
        return []
    with opened_shop(desk, store) as shop:
        candidates = [
            match
            for entity in LIKELIEST
            for match in _matches(shop, store.language, entity, key, limit)
        ]
        best = sorted(candidates, key=_rank)[:limit]
        going = _going(shop, desk.settings(store).settings, best)
    return [
        {
            "entity": SINGULARS[match.entity],
            "id": match.id,
            "title": match.title,
            "matched": match.matched,
            "goes": (match.entity, match.id) in going,
        }
        for match in best
    ]


def _rank(match: Match) -> tuple[bool, bool, int]:
    """Ids and codes, then whole titles, then parts of titles from the shortest on."""
    return not match.exact, match.matched == "title", 0 if match.exact else len(match.title)


def _matches(shop: OpenShop, lang: str, entity: str, key: str, limit: int) -> Iterator[Match]:
    hits = matches(shop.mirror, lang, entity, key, limit)
    yield from hits
    known = {match.id for match in hits}
    for source, matched in _confirmed(shop, entity, key):
        if source not in known and title_of(shop.mirror, lang, entity, source) is None:
            known.add(source)
            yield Match(entity, source, shop.ledger.title(entity, source) or key, matched, True)


def _confirmed(shop: OpenShop, entity: str, key: str) -> Iterator[tuple[int | str, str]]:
    """Ids under which Clerk.io has confirmed a record of that id or order number."""
    number = number_from(key)
    for named in (key,) if number is None else (number, key):
        if shop.ledger.entry(entity, named) is not None:
            yield named, "id"
    source = shop.ledger.by_key(entity, key) if entity == "orders" else None
    if source is not None:
        yield source, "number"


def _going(
    shop: OpenShop, settings: Settings, candidates: Iterable[Match]
) -> set[tuple[str, int | str]]:
    """Those of the records that go under the store's settings."""
    ids: dict[str, set[int | str]] = {}
    for match in candidates:
        ids.setdefault(match.entity, set()).add(match.id)
    inputs = shop.plan_inputs(settings, {entity: frozenset(some) for entity, some in ids.items()})
    made = (decision for entity in ids for decision in decide(inputs, entity))
    return {(decision.entity, decision.source) for decision in made if goes(decision)}
