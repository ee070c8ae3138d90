"""What is different about these records: the values that set them apart from the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sync.answers.dimensions import DIMENSIONS, values
from sync.answers.fisher import chance, passing
from sync.answers.sets import Chosen
from sync.preview.plans import Snapshot, opened_snapshot
from sync.store import Desk, Refused, StoreRow

FEWEST: Final = 5  # records that a pattern needs
FALSE: Final = 0.01  # share of the patterns found that chance may have made


@dataclass(frozen=True)
class Pattern:
    """A value that `in_set` records of a set have, and `in_rest` of all others."""

    dimension: str
    value: str
    in_set: int
    in_rest: int


@dataclass(frozen=True)
class Contrast:
    """A set of a store's records, and what sets it apart, the strongest first: by the share of the
    set that has a value less the share of the rest."""

    store: str
    entity: str
    set: int
    rest: int
    patterns: list[Pattern]


def contrast(desk: Desk, store: StoreRow, entity: str, chosen: Chosen) -> Contrast:
    """Hold a set's records against all others of the entity that the shop has now. UsageError for
    an entity that has no dimensions."""
    if entity not in DIMENSIONS:
        raise Refused("contrast_entity", entity=entity)
    with opened_snapshot(desk, store) as snapshot:
        return _contrast(snapshot, entity, chosen)


def _contrast(snapshot: Snapshot, entity: str, chosen: Chosen) -> Contrast:
    ids = chosen(snapshot, entity)
    settings = snapshot.desk.settings(snapshot.shop.store).settings
    inputs = snapshot.shop.plan_inputs(settings)
    in_set: Counter[tuple[str, str]] = Counter()
    in_all: Counter[tuple[str, str]] = Counter()
    of_set = of_all = 0
    for record, told in values(inputs, entity):
        of_all += 1
        in_all.update(told)
        if record in ids:
            of_set += 1
            in_set.update(told)
    found = _significant(in_set, in_all, of_set, of_all)
    patterns = sorted(found, key=lambda each: -_weight(each, of_set, of_all - of_set))
    return Contrast(snapshot.shop.store.slug, entity, of_set, of_all - of_set, patterns)


def _significant(
    in_set: Mapping[tuple[str, str], int],
    in_all: Mapping[tuple[str, str], int],
    of_set: int,
    of_all: int,
) -> Iterator[Pattern]:
    """The values that are more frequent in the set than chance would make them."""
    chances = {
        value: chance(n, of_set, in_all[value], of_all)
        for value, n in in_set.items()
        if n >= FEWEST
    }
    limit = passing(list(chances.values()), len(in_all), FALSE)
    for (dimension, value), each in chances.items():
        if each <= limit:
            n = in_set[dimension, value]
            yield Pattern(dimension, value, n, in_all[dimension, value] - n)


def _weight(pattern: Pattern, of_set: int, of_rest: int) -> float:
    return pattern.in_set / of_set - (pattern.in_rest / of_rest if of_rest else 0)
