"""Attributes that the settings name and a product has no value for: where they were looked for, and
what there is instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import orjson

from sync import survey
from sync.entities import Id
from sync.mapping.attributes import KINDS, product_attributes, sources
from sync.mirror import facts
from sync.names import name_key
from sync.openshop import OpenShop, opened_shop
from sync.shapes import Product
from sync.store import Desk, StoreRow

_MOST: Final = 3
_NEAR: Final = 0.6  # as `nearest` of the settings has it


@dataclass(frozen=True)
class Lacking:
    """A custom attribute as the settings name it. `looked_in` are the kinds of source that were
    looked through, `here` the nearest names that the product itself has, `elsewhere` those of
    other products of the shop, the nearest first."""

    typed: str
    looked_in: Sequence[str]
    here: Sequence[str]
    elsewhere: Sequence[str]


def lacking(desk: Desk, store: StoreRow, product: Id) -> list[Lacking]:
    """The custom attributes that a product lacks, in the order of the settings; [] for a product
    that the shop does not have."""
    with opened_shop(desk, store) as shop:
        inputs = shop.plan_inputs(desk.settings(store).settings)
        wanted = inputs.context.wanted
        found = _product(shop, product) if wanted else None
        if found is None:
            return []
        tags = inputs.tags.get(int(product), frozenset())
        made = product_attributes(found, tags, inputs.context).values()
        there = {name_key(each.title) for each in made if each.value is not False}
        missing = [each.typed for each in wanted if each.key not in there]
        looked = _looked_in(shop)
        own = {each.title for kind in looked for each in sources(found, tags, kind)}
    if not missing:
        return []
    others = {row["name"] for row in survey.attributes(desk, store)} - own
    return [Lacking(typed, looked, _near(typed, own), _near(typed, others)) for typed in missing]


def _product(shop: OpenShop, product: Id) -> Product | None:
    sql = "SELECT flat FROM product WHERE lang = ? AND id = ?"
    row = shop.mirror.conn.execute(sql, [shop.store.language, product]).fetchone()
    if row is None:
        return None
    found: Product = orjson.loads(row[0])
    fields = shop.mirror.metafields_of()
    if found["id"] in fields:
        found["metafields"] = fields[found["id"]]
    return found


def _looked_in(shop: OpenShop) -> list[str]:
    """The kinds that were read: of metafields and tags not all shops' are."""
    read = {
        "metafield": bool(shop.mirror.fact(facts.METAFIELDS_READ)),
        "tag": bool(shop.mirror.fact(facts.tags(shop.store.language))),
    }
    return [kind for kind in KINDS if read.get(kind, True)]


def _near(typed: str, names: Iterable[str]) -> list[str]:
    known = {name_key(name): name for name in sorted(names)}
    wanted = name_key(typed)
    close = get_close_matches(wanted, known, n=_MOST, cutoff=_NEAR)
    within = [name for name in known if wanted and (f"_{wanted}_" in f"_{name}_")]
    return [known[name] for name in dict.fromkeys([*close, *within])][:_MOST]
