"""One box for everything a record may be named by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sync.entities import SINGULARS
from sync.explain.deciding import goes
from sync.explain.story import refusal
from sync.explain.typos import Near, nearly
from sync.mirror import matches, title_of
from sync.mirror.finding import LIKELIEST, Match
from sync.mirror.keys import number_from, readable
from sync.openshop import OpenShop, opened_shop
from sync.plan import Decision, decide
from sync.settings import Settings
from sync.store import Desk, StoreRow


def lookup(
    desk: Desk, store: StoreRow, text: str, limit: int = 20, *, typos: bool = True
) -> list[dict[str, Any]]:
    """Records of all kinds that `text` may mean: an id, SKU, EAN, article code, order number, URL,
    title or part of one, or a customer's whole e-mail address (which is not in the answer). Where
    there is none, with `typos` those that one typing error parts from it.

    Best first: {"entity": "product", "id", "title" (an order's number), "matched": "id|sku|ean|
    code|url|title|number|email|typo", "read_as" (None but for typo: the text as it was meant),
    "goes", "state"}; exact matches before parts of titles. Records that are gone from the shop and
    still in Clerk.io are found by id.

    `state`: `sent` (goes, and Clerk.io has it), `refused` (goes, but Clerk.io refused it last),
    `goes` (the next sync sends it), `follows` (once its lines are read), `left_out`, `still_there`
    (left out, and not removed yet), `gone` (from the shop).
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
        best: Sequence[Match | Near] = sorted(candidates, key=_rank)[:limit]
        if not best and typos:
            best = nearly(shop.mirror, store.language, key, limit)
        states = _states(shop, desk.settings(store).settings, best)
    return [_hit(match, states.get((match.entity, match.id), "gone")) for match in best]


def _hit(match: Match | Near, state: str) -> dict[str, Any]:
    return {
        "entity": SINGULARS[match.entity],
        "id": match.id,
        "title": match.title,
        "matched": match.matched if isinstance(match, Match) else "typo",
        "read_as": match.read_as if isinstance(match, Near) else None,
        "goes": state in _GOING,
        "state": state,
    }


_GOING: Final = ("sent", "goes", "refused")


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


def _states(
    shop: OpenShop, settings: Settings, candidates: Iterable[Match | Near]
) -> dict[tuple[str, int | str], str]:
    """How each of the records stands under the store's settings."""
    ids: dict[str, set[int | str]] = {}
    for match in candidates:
        ids.setdefault(match.entity, set()).add(match.id)
    inputs = shop.plan_inputs(settings, {entity: frozenset(some) for entity, some in ids.items()})
    made = (decision for entity in ids for decision in decide(inputs, entity))
    return {(each.entity, each.source): _state(shop, each) for each in made}


def _state(shop: OpenShop, made: Decision) -> str:
    entry = shop.ledger.entry(made.entity, made.source)
    there = entry is not None and not entry.hidden
    if made.gone:
        return "gone"
    if goes(made):
        refused = refusal(shop, made, entry) is not None
        return "refused" if refused else "sent" if there else "goes"
    if made.follows:
        return "follows"
    return "still_there" if there else "left_out"
