"""The least that would have to change for a record to go, in the settings or in the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sync.entities import Id
from sync.errors import Message
from sync.explain.cures import Cure, cures
from sync.explain.deciding import decision, goes, in_mirror, kind_named
from sync.explain.edits import tried
from sync.openshop import OpenShop, opened_shop
from sync.plan import count_groups
from sync.rules import LINES_PENDING
from sync.settings import Settings
from sync.store import Desk, StoreRow

MOST: Final = 6  # ways that are told
_DEEPEST: Final = 6  # changes in one way
_TRIES: Final = 300


@dataclass(frozen=True)
class Way:
    """Changes that together let a record go: of settings, as key and value, and what to do in the
    shop. Each way alone is enough, and no part of it is."""

    settings: Mapping[str, str] | None = None
    shop: Sequence[Message] | None = None


def smallest(desk: Desk, store: StoreRow, entity: str, source: Id) -> list[Way]:
    """The ways to let a record go that is left out, the one with the least changes first, those in
    the shop before those of settings, which touch other records too. [] where none is known, and
    where the record goes or follows."""
    plural = kind_named(entity)
    with opened_shop(desk, store) as shop:
        if not in_mirror(shop, plural, source):
            return []
        settings = desk.settings(store).settings
        found = ways(shop, settings, plural, source)
        return [_way(changes) for changes in found]


def brings(desk: Desk, store: StoreRow, entity: str, changes: Mapping[str, str]) -> int:
    """How many other records of the kind would go, or follow, under the changes."""
    plural = kind_named(entity)
    with opened_shop(desk, store) as shop:
        settings = desk.settings(store).settings
        before, after = (
            sum(
                number
                for made, number in count_groups(shop.plan_inputs(wanted), plural)
                if made.follows or goes(made)
            )
            for wanted in (settings, settings.changed(changes))
        )
    return max(0, after - before - 1)


def would_include(
    shop: OpenShop, settings: Settings, entity: str, source: Id
) -> dict[str, str] | None:
    """The smallest change of settings under which the record would go; None if there is none or
    none is needed (an order that only waits for its lines). `entity` is a plural."""
    found = ways(shop, settings, entity, source, shop_too=False)
    return {k: v for cure in found[0] for k, v in cure.settings.items()} if found else None


def ways(
    shop: OpenShop, settings: Settings, entity: str, source: Id, *, shop_too: bool = True
) -> list[list[Cure]]:
    """The sets of changes, each tried on the plan. Every set has to answer the first reason that
    is left, so those that do are all there are."""
    first = remaining(shop, settings, entity, source, [])
    if not first:
        return []
    found: list[list[Cure]] = []
    level: list[tuple[list[Cure], str]] = [([], first[0])]
    tries = 0
    for _ in range(_DEEPEST):
        deeper: dict[frozenset[str], tuple[list[Cure], str]] = {}
        for changes, reason in level:
            for cure in _answers(shop, settings, entity, source, changes, reason):
                if cure.edit and not shop_too:
                    continue
                more = [*changes, cure]
                names = frozenset(each.name for each in more)
                if names in deeper or _holds_one(names, found) or tries >= _TRIES:
                    continue
                tries += 1
                left = remaining(shop, settings, entity, source, more)
                if not left:
                    found.append(more)
                else:  # a reason may need several: two hidden categories above
                    deeper[names] = (more, left[0])
        level = list(deeper.values())
    return sorted(found, key=_cost)[:MOST]


def remaining(
    shop: OpenShop, settings: Settings, entity: str, source: Id, changes: Sequence[Cure]
) -> list[str]:
    """The reasons that are left under the changes; an order that waits for its lines has none."""
    wanted = changed(settings, changes)
    with tried(shop, [cure.edit for cure in changes if cure.edit]):
        made = decision(shop, wanted, entity, source)
        return [reason for reason in made.reasons if reason != LINES_PENDING]


def changed(settings: Settings, changes: Sequence[Cure]) -> Settings:
    """The settings with the changes that are of settings."""
    return settings.changed({k: v for cure in changes for k, v in cure.settings.items()})


def _answers(
    shop: OpenShop,
    settings: Settings,
    entity: str,
    source: Id,
    changes: Sequence[Cure],
    reason: str,
) -> list[Cure]:
    """The changes that may answer a reason beside those that are made already."""
    with tried(shop, [cure.edit for cure in changes if cure.edit]):
        return list(cures(shop, changed(settings, changes), entity, source, reason))


def _holds_one(names: frozenset[str], found: Sequence[Sequence[Cure]]) -> bool:
    return any(names >= {each.name for each in way} for way in found)


def _cost(way: Sequence[Cure]) -> tuple[int, int]:
    return len(way), sum(not cure.edit for cure in way)


def _way(changes: Sequence[Cure]) -> Way:
    values: dict[str, Any] = {key: v for cure in changes for key, v in cure.settings.items()}
    return Way(values or None, [cure.edit.what for cure in changes if cure.edit] or None)
