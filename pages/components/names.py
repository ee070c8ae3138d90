"""Names of shops and stores to pick from: no two alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sync.database import folded
from sync.store import Desk, ShopRow, StoreRow


def shops(desk: Desk) -> dict[str, str]:
    """Return slug → name of every shop, with the slug where two share a name."""
    return distinct({row.slug: of_shop(row) for row in desk.shops()})


def of_shop(row: ShopRow) -> tuple[str, str]:
    """Return what a shop may be called, the shortest first."""
    return row.name, f"{row.name} · {row.slug}"


def stores(desk: Desk, rows: Iterable[StoreRow] | None = None) -> dict[str, str]:
    """Return slug → name of every store, or of these: shop · name · language where two share a
    name, and the slug too where that is not enough."""
    of_shop = {row.id: row.name for row in desk.shops()}
    known = {}
    for row in desk.stores() if rows is None else rows:
        whole = f"{of_shop[row.shop_id]} · {row.name} · {row.language.upper()}"
        known[row.slug] = (row.name, whole, f"{whole} · {row.slug}")
    return distinct(known)


def distinct(known: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return for each key the first of its names that no other key has; at worst its last."""
    level = dict.fromkeys(known, 0)
    while True:
        named = {key: names[level[key]] for key, names in known.items()}
        often = Counter(map(folded, named.values()))
        alike = [
            key
            for key, name in named.items()
            if often[folded(name)] > 1 and level[key] + 1 < len(known[key])
        ]
        if not alike:
            return named
        for key in alike:
            level[key] += 1
