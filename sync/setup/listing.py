"""How every shop stands: its keys, its rights, its stores, and what is wrong; a few queries for
all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from sync import causes
from sync.database import Scope, folded, written_at
from sync.entities import ENTITIES, wants
from sync.errors import Message
from sync.store import ACTIVE, Desk, KeyCheck, ShopRow, State, StoreRow, in_sql
from sync.store.rows import settings_of

Row = dict[str, Any]
Level = Literal["red", "orange", "blue", "gray", "green"]
STANDINGS: Final[dict[str, Level]] = {
    "sealed": "red",
    "no_key": "red",
    "wrong_cluster": "red",
    "keys_refused": "red",
    "clerk_refused": "red",
    "key_refused": "orange",
    "right_missing": "orange",
    "language_inactive": "orange",
    "no_store": "orange",
    "reading": "blue",
    "unchecked": "gray",
    "fits": "green",
}
"""What can be said of a shop, the worst first, and its colour."""
_PLACE: Final = {code: place for place, code in enumerate(STANDINGS)}
_GOOD: Final = ("reading", "unchecked", "fits")
NEEDED_BY: Final = {
    "products": ("products", "categories"),
    "orders": ("orders",),
    "customers": ("customers",),
    "content": ("pages",),
    "settings": ENTITIES,
}
"""The entities for which an area of rights is needed."""

_KEYS: Final = """
SELECT k.id, k.shop_id, k.secret, ifnull(json_extract(b.state, '$.refused_at'), 0) AS refused
FROM api_key k LEFT JOIN budget b ON b.key_id = k.id
"""
_NEWEST: Final = """
JOIN settings_version v ON v.store_id = s.id
  AND v.version = (SELECT max(m.version) FROM settings_version m WHERE m.store_id = s.id)
"""
# `ended`: how the last run ended that came to an end of its own.
_STORES: Final = f"""
SELECT s.*, json_extract(v."values", '$.sync_time') AS sync_time,
  e.finished, e.state AS ended, e.message, e.detail,
  EXISTS (SELECT 1 FROM run r WHERE r.store_id = s.id
    AND r.state IN ({in_sql(ACTIVE)})) AS active,
  EXISTS (SELECT 1 FROM run r WHERE r.store_id = s.id
    AND r.state IN ({in_sql((State.SUCCEEDED, State.PARTIAL))})) AS read
FROM store s {_NEWEST}
LEFT JOIN run e ON e.id = (SELECT r.id FROM run r WHERE r.store_id = s.id
  AND r.finished IS NOT NULL AND r.ended IS NULL ORDER BY r.id DESC LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with a shop: a code of `STANDINGS`; the store, the keys (ids), the
    areas that it is about; what was said, and when (unix s), as far as that is known."""

    code: str
    store: StoreRow | None = None
    keys: tuple[int, ...] = ()
    areas: tuple[str, ...] = ()
    said: Message | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class StoreStanding:
    """A store with its schedule, the last check of its keys, why its last run failed, if it did
    (`ended`: when), and whether one is `active` and one ever `read` the shop."""

    store: StoreRow
    sync_time: str
    check: KeyCheck | None
    said: Message | None
    ended: float | None
    active: bool
    read: bool

    @property
    def known(self) -> bool:
        """Whether its keys were ever tried, by a check or a run that did not fail."""
        return self.check is not None or (self.ended is not None and self.said is None)

    @property
    def refused(self) -> tuple[Message, float] | None:
        """What Clerk.io said last when it refused the keys, and when; None where it took them."""
        if self.said and self.ended and self.ended > _at(self.check):
            return (self.said, self.ended) if _caused(self.said, "clerk_key") else None
        if self.check is not None and self.check.said is not None:
            return self.check.said, self.check.at
        return None


@dataclass(frozen=True, slots=True)
class ShopStanding:
    """A shop, its key ids with those that Lightspeed refuses and since when (unix s), its stores,
    the last check of its keys, and what is wrong with it, the worst first."""

    shop: ShopRow
    keys: Mapping[int, float]
    stores: tuple[StoreStanding, ...]
    check: KeyCheck | None
    troubles: tuple[Trouble, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """What is to be said of it, each code once, the worst first."""
        if self.troubles:
            return tuple(dict.fromkeys(trouble.code for trouble in self.troubles))
        if any(each.active and not each.read for each in self.stores):
            return ("reading",)
        known = self.check is not None or any(each.known for each in self.stores)
        return ("fits",) if known else ("unchecked",)

    @property
    def paused(self) -> int:
        """How many of its stores have their schedule paused."""
        return sum(each.store.paused for each in self.stores)


_found: dict[tuple[Path, Scope], tuple[object, list[ShopStanding]]] = {}


def shop_standings(desk: Desk) -> list[ShopStanding]:
    """Every shop, those that need somebody first, then by name. Of a thousand shops that takes as
    long as drawing a page: what was found stands until somebody writes to the desk."""
    written, key, seen = written_at(desk.path), desk.vault.mark, (desk.path, desk.scope)
    known = _found.get(seen)
    if known is not None and known[0] == (written, key):
        return known[1]
    found = sorted(_standings(desk), key=_rank)
    if written is not None and written_at(desk.path) == written:
        _found.clear()
        _found[seen] = ((written, key), found)
    return found


def _rank(standing: ShopStanding) -> tuple[int, str, str]:
    code = standing.codes[0]
    place = len(_PLACE) if code in _GOOD else _PLACE[code]
    return place, folded(standing.shop.name), standing.shop.slug


def shop_standing(desk: Desk, shop: ShopRow) -> ShopStanding:
    """How one shop stands."""
    [found] = _standings(desk, shop.id)
    return found


def _standings(desk: Desk, only: int | None = None) -> Iterator[ShopStanding]:
    one = "" if only is None else "WHERE {} = ?"
    args = [] if only is None else [only]
    with desk.opened() as db:
        shops = list(db.query(f"SELECT * FROM shop {one.format('id')}", args))
        keys = _by_shop(db.query(f"{_KEYS} {one.format('k.shop_id')} ORDER BY k.id", args))
        stores = _by_shop(db.query(f"{_STORES} {one.format('s.shop_id')} ORDER BY s.slug", args))
    for row in shops:
        yield _standing(desk, row, keys.get(row["id"], []), stores.get(row["id"], []))


def _by_shop(rows: Iterator[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row["shop_id"], []).append(row)
    return found


def _standing(
    desk: Desk,
    row: Row,
    keys: Sequence[Row],
    stores: Sequence[Row],
) -> ShopStanding:
    standing = ShopStanding(
        ShopRow.of(row),
        {key["id"]: key["refused"] for key in keys},
        tuple(map(_store_standing, stores)),
        KeyCheck.of(row["key_check"]),
        (),
    )
    sealed = tuple(key["id"] for key in keys if not desk.vault.opens(key["secret"]))
    troubles = [*_sealed(desk, standing, sealed), *_troubles(desk, standing)]
    found = sorted(troubles, key=lambda trouble: _PLACE[trouble.code])
    return replace(standing, troubles=tuple(found))


def _store_standing(row: Row) -> StoreStanding:
    failed = row["ended"] == State.FAILED
    said = Message.of(row["detail"], row["message"]) if failed and row["message"] else None
    return StoreStanding(
        StoreRow.of(row),
        row["sync_time"] or "when_needed",
        KeyCheck.of(row["key_check"]),
        said,
        row["finished"],
        bool(row["active"]),
        bool(row["read"]),
    )


# -- what is wrong --------------------------------------------------------------------------


def _sealed(desk: Desk, standing: ShopStanding, keys: tuple[int, ...]) -> Iterator[Trouble]:
    """Stored keys that the vault cannot open: those of the shop, and of its stores."""
    if keys:
        yield Trouble("sealed", keys=keys)
    for each in standing.stores:
        if not desk.vault.opens(each.store.private_sealed):
            yield Trouble("sealed", each.store)


def _troubles(desk: Desk, standing: ShopStanding) -> Iterator[Trouble]:
    yield from _of_the_keys(standing)
    yield from _of_the_rights(desk, standing)
    if not standing.stores:
        yield Trouble("no_store")
    for each in standing.stores:
        if each.refused:
            said, at = each.refused
            yield Trouble("clerk_refused", each.store, said=said, at=at)
        languages = standing.check and standing.check.languages
        if languages and each.store.language not in languages:
            yield Trouble("language_inactive", each.store)


def _of_the_keys(standing: ShopStanding) -> Iterator[Trouble]:
    refused = {key: at for key, at in standing.keys.items() if at}
    if not standing.keys:
        yield Trouble("no_key")
    elif len(refused) == len(standing.keys):
        said = _said_of_keys(standing)
        code = "wrong_cluster" if _caused(said, "wrong_cluster") else "keys_refused"
        yield Trouble(code, keys=tuple(refused), said=said, at=max(refused.values()))
    elif refused:
        yield Trouble("key_refused", keys=tuple(refused), at=max(refused.values()))


def _said_of_keys(standing: ShopStanding) -> Message | None:
    """What Lightspeed said last of the keys that it refuses."""
    told = [(_at(standing.check), standing.check.said)] if standing.check else []
    told += [(each.ended or 0, each.said) for each in standing.stores]
    known = [
        (at, said)
        for at, said in told
        if _caused(said, "wrong_cluster") or _caused(said, "key_refused")
    ]
    return max(known, key=lambda each: each[0])[1] if known else None


def _of_the_rights(desk: Desk, standing: ShopStanding) -> Iterator[Trouble]:
    """Areas that no key may read and some store's settings need."""
    rights = (standing.check and standing.check.rights) or {}
    missing = [area for area, right in rights.items() if not right]
    needed = tuple(area for area in missing if needed_by(desk, standing, area))
    if needed:
        yield Trouble("right_missing", areas=needed)


def needed_by(desk: Desk, standing: ShopStanding, area: str) -> list[str]:
    """The entities of which an area is needed under the settings of the shop's stores."""
    sql = f"""SELECT v."values" FROM store s {_NEWEST} WHERE s.shop_id = ?"""
    with desk.opened() as db:
        wanted = [settings_of(text) for (text,) in db.execute(sql, [standing.shop.id])]
    return [
        entity for entity in NEEDED_BY[area] if any(wants(settings, entity) for settings in wanted)
    ]


def _caused(said: Message | None, *wanted: str) -> bool:
    return said is not None and causes.cause_of(said) in wanted


def _at(check: KeyCheck | None) -> float:
    return check.at if check else 0.0
