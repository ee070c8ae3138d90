"""The demo shop "Buiten & Fiets": outdoor and bicycle goods, sold from Zwolle in three languages.

`generate` makes the shop, `known_faults` says which of its records carry which fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sync.sandbox.generate.assortment import Assortment
from sync.sandbox.generate.buyers import Buyers
from sync.sandbox.generate.catalogue import Catalogue
from sync.sandbox.generate.dice import DAY, YEAR
from sync.sandbox.generate.faults import KNOWN_FAULTS, known_faults
from sync.sandbox.generate.pages import languages as language_rows
from sync.sandbox.generate.pages import page_records, shop
from sync.sandbox.generate.scope import Scope
from sync.sandbox.generate.trade import Trade
from sync.sandbox.generate.words import LANGUAGES
from sync.sandbox.world import World

__all__ = ["KNOWN_FAULTS", "generate", "known_faults"]


def generate(
    products: int = 600,
    orders: int = 4000,
    seed: int = 1,
    now: datetime | None = None,
    languages: Sequence[str] = LANGUAGES,
) -> World:
    """A shop of this size as of `now` (aware; the present moment if left out), the same for the
    same arguments. The first language is the default one.

    Each value of `records` is a sequence. Products, variants, links, orders, lines, customers and
    subscriptions are made anew on each pass over them, which keeps a million orders out of memory;
    what a reader changes in such a record is not kept.
    Raises ValueError for a naive `now`, a negative size, or a language other than nl, en, de.
    """
    scope = _scope(seed, now, tuple(languages))
    if products < 0 or orders < 0:
        raise ValueError("products and orders must not be negative")
    assortment = Assortment(scope, products)
    buyers = Buyers(scope, orders)
    return World(
        shop=shop(scope),
        cluster="eu1",
        languages=language_rows(scope),
        records={
            **Catalogue(scope, assortment).records(),
            **Trade(scope, assortment, buyers).records(),
            **buyers.records(assortment.articles),
            **page_records(scope),
        },
    )


def _scope(seed: int, now: datetime | None, languages: tuple[str, ...]) -> Scope:
    moment = now or datetime.now(UTC)
    if moment.tzinfo is None:
        raise ValueError("now must know its time zone")
    if not languages or set(languages) - set(LANGUAGES):
        raise ValueError(f"languages must be some of {', '.join(LANGUAGES)}")
    at = int(moment.timestamp())
    return Scope(
        seed=seed,
        languages=languages,
        opened=at - 6 * YEAR + 3 * DAY,
        first_order=at - 3 * YEAR,
        now=at,
    )
