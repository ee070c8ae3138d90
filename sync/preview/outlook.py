"""A preview in few numbers, and how far the local copy behind it reaches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sync.clock import iso
from sync.entities import ENTITIES
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.run.previews import Preview
from sync.store import Desk, StoreRow


@dataclass(frozen=True)
class Coverage:
    """What the mirror holds for a store. `as_of` and `orders_from` are ISO 8601 UTC, None where
    nothing was read; `older` orders lie before `orders_from`; `incomplete` are entities whose last
    read was not complete; `currency` is the shop's code, "" where it is unknown."""

    as_of: str | None
    orders_from: str | None
    older: int
    incomplete: tuple[str, ...]
    currency: str


def coverage(desk: Desk, store: StoreRow) -> Coverage:
    """How old and how complete the mirror is."""
    with opened_shop(desk, store) as shop:
        mirror, lang = shop.mirror, store.language
        known = mirror.fact(facts.SHOP)
        orders = mirror.fact(facts.ORDERS_STATE)
        return Coverage(
            as_of=iso(mirror.fact(facts.as_of(lang))),
            orders_from=iso(orders.get("from") or None),
            older=orders.get("older", 0),
            incomplete=tuple(
                entity for entity in ENTITIES if mirror.fact(facts.complete(entity, lang)) is False
            ),
            currency=known.get("currency", "") if known else "",
        )


def totals(shown: Preview) -> dict[str, int]:
    """A preview's numbers over all entities: create, update, unchanged, remove; `follow`: orders
    that go as soon as their lines are fetched; `unsent`: what is left out and not removed;
    `known`: all of these together, each record once."""
    found: Counter[str] = Counter(create=0, update=0, unchanged=0, remove=0, follow=0, unsent=0)
    for plan in shown.planned().values():
        found.update(create=plan.create, update=plan.update, unchanged=plan.unchanged)
        found.update(remove=plan.remove, follow=plan.follow, unsent=plan.unsent - plan.leaving)
    return {**found, "known": found.total()}


def kept(desk: Desk, store: StoreRow, shown: Preview) -> int:
    """How many records Clerk.io has that a preview which changes nothing does not send: they stay
    there as they are."""
    with opened_shop(desk, store) as shop:
        held = shop.ledger.counts()
    plans = shown.planned().items()
    return sum(max(0, held.get(entity, 0) - plan.unchanged) for entity, plan in plans)
