"""Rows of a prepared plan: searched, filtered, sorted and paged by SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sync.clock import iso
from sync.database import folded
from sync.entities import ENTITIES
from sync.openshop import opened_shop
from sync.plan import Sold
from sync.plan.sales import SALES, known_rows
from sync.preview.cache import Cache, Part
from sync.preview.detail import image_at
from sync.preview.moves import MOVES, move_of
from sync.preview.plans import opened_cache, part_of, rows_of, stored
from sync.store import Desk, Refused, StoreRow

SORTS: Final = {
    "id": "source",
    "title": "search",  # begins with the title, case folded
    "price": "price",
    "stock": "stock",
    "created": "created",
    "action": "action",
    "reasons": "reasons",
    "sku": "sku",
    "status": "status",
    "updated": "updated",
    "variants": "variants",
    "brand": "brand",
    "sold": "revenue",
}
COLUMNS: Final = (
    ("id", "source"),
    *((name, name) for name in ("key", "action", "reasons", "title", "image", "price", "stock")),
    *((name, name) for name in ("sku", "status", "created")),
    *((name, name) for name in ("updated", "variants", "brand")),
)


@dataclass(frozen=True)
class Rows:
    """One page of rows, and how many there are in all."""

    total: int
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class RowFilter:
    """Which rows; empty choices leave all. `step` is that of a `FlowPart`, `moves` some of `MOVES`,
    held against the part `saved`; `among` are the Lightspeed ids that are let through."""

    search: str = ""
    actions: Sequence[str] = ()
    reasons: Sequence[str] = ()
    step: str | None = None
    moves: Sequence[str] = ()
    saved: int | None = None
    among: frozenset[int | str] | None = None

    def sql(self, part: Part, beside: str = "") -> tuple[str, list[Any]]:
        """FROM and WHERE of the rows with their details and what is joined `beside`, and the values
        of the WHERE."""
        terms: list[tuple[str, Sequence[object]]] = [
            ("part = ? AND details = ?", [part.id, part.details])
        ]
        if self.search.strip():
            terms.append(("instr(search, ?) > 0", [folded(self.search)]))
        if self.actions:
            terms.append((f"action IN ({','.join('?' * len(self.actions))})", self.actions))
        if self.reasons:
            any_of = " OR ".join(["instr(reasons, ?) > 0"] * len(self.reasons))
            terms.append((f"({any_of})", [f",{reason}," for reason in self.reasons]))
        if self.step is not None:
            terms.append(("step = ?", [self.step]))
        if self.moves:
            terms.append(
                (f"{_MOVE} IN ({','.join('?' * len(self.moves))})", [self.saved, *self.moves])
            )
        if self.among is not None:
            listed = orjson.dumps(list(self.among)).decode()
            terms.append(("source IN (SELECT value FROM json_each(?))", [listed]))
        condition = " AND ".join(term for term, _ in terms)
        return f"{_FROM} {beside} WHERE {condition}", [
            value for _, values in terms for value in values
        ]


_FROM: Final = "FROM plan_row JOIN plan_detail USING (source)"

# What a draft does to a row, held against the part of the saved settings.
_MOVE: Final = f"""(
SELECT {move_of("plan_row")}
FROM (SELECT 1) LEFT JOIN plan_row a ON a.part = ? AND a.source = plan_row.source
)"""


def filtered(
    cache: Cache,
    entity: str,
    *,
    search: str = "",
    actions: Sequence[str] = (),
    reasons: Sequence[str] = (),
    step: str | None = None,
    moves: Sequence[str] = (),
    saved: str | None = None,
    among: frozenset[int | str] | None = None,
) -> RowFilter:
    """A filter from what a page asks for; `saved` is the key of the plan under the saved settings.
    PlanGone if that was thrown away."""
    part = rows_of(cache, saved, known_entity(entity)).id if saved else None
    return RowFilter(search, actions, reasons, step, moves if part else (), part, among)


def rows(
    desk: Desk,
    store: StoreRow,
    key: str,
    entity: str,
    *,
    sort: str = "id",
    descending: bool = False,
    limit: int = 100,
    offset: int = 0,
    sold: bool = False,
    **chosen: Any,
) -> Rows:
    """One page of a prepared plan's rows; `chosen` as in `filtered`. Each has `id`, `key`,
    `action`, `reasons` (list), `title`, `image`, `price`, `stock`, `sku`, `status` (orders),
    `created`, `updated` (ISO 8601 UTC), `variants` (how many), `brand`, `move` (what a draft does
    to it, where `saved` is given) and `sold` (what a product sold of late, where that is asked
    for), None where something does not apply; never an e-mail address. `search` is a part of title,
    id, key, SKU, EAN, article code, slug, brand or order number, in any letter case. What has no
    value sorts last. PlanGone if the rows were thrown away: prepare anew."""
    sales = _sales(desk, store, entity) if sold or sort == "sold" else None
    with _opened(desk, store, entity, key, chosen.get("saved")) as cache:
        part = part_of(cache, key, entity)
        where = filtered(cache, entity, **chosen)
        total, size = _total(cache, part, where), _image_size(cache, key)
        page = _select(cache, part, where, _Order(sort, descending, sales), limit, offset)
        return Rows(total, [_row(row, size) for row in page])


def all_rows(
    desk: Desk,
    store: StoreRow,
    key: str,
    entity: str,
    sort: str,
    descending: bool,
    chosen: Mapping[str, Any],
) -> Iterator[dict[str, Any]]:
    """Every row of a filter, one at a time."""
    order = _Order(sort, descending, _sales(desk, store, entity) if sort == "sold" else None)
    with _opened(desk, store, entity, key, chosen.get("saved")) as cache:
        part = part_of(cache, key, entity)
        where, size = filtered(cache, entity, **chosen), _image_size(cache, key)
        for row in _select(cache, part, where, order, -1, 0):
            yield _row(row, size)


def moved(desk: Desk, store: StoreRow, key: str, saved: str, entity: str) -> dict[str, int]:
    """How many rows of a draft's plan it lets `enter` (or `follow`), lets `leave` or would
    `change`, held against the plan under the saved settings."""
    with _opened(desk, store, entity, key, saved) as cache:
        part, before = (part_of(cache, each, entity) for each in (key, saved))
        if part.id == before.id:
            return {}
        sql = f"SELECT {_MOVE} AS move, count(*) FROM plan_row WHERE part = ? GROUP BY move"
        found = dict(cache.conn.execute(sql, [before.id, part.id]).fetchall())
    return {move: found[move] for move in MOVES if move in found}


def _opened(
    desk: Desk, store: StoreRow, entity: str, *keys: str | None
) -> AbstractContextManager[Cache]:
    """The cache with the rows of these plans."""
    wanted = [key for key in keys if key]
    return opened_cache(desk, store, known_entity(entity), wanted)


def sources(cache: Cache, part: Part, where: RowFilter) -> frozenset[int | str]:
    """Lightspeed ids of a filter's rows."""
    chosen, values = where.sql(part)
    page = cache.conn.execute(f"SELECT source {chosen}", values)
    return frozenset(row[0] for row in page)


@dataclass(frozen=True)
class Facets:
    """How many rows have each action and each reason."""

    actions: Mapping[str, int]
    reasons: Mapping[str, int]


def facets(desk: Desk, store: StoreRow, key: str, entity: str) -> Facets:
    """What the rows of a prepared plan can be filtered by."""
    with opened_cache(desk, store) as cache:
        part = part_of(cache, key, known_entity(entity))
    actions: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for action, joined, _, n in part.kinds:
        actions[action] += n
        for reason in _split(joined):
            reasons[reason] += n
    return Facets(dict(actions), dict(reasons.most_common()))


def known_entity(entity: str) -> str:
    if entity not in ENTITIES:
        raise Refused("unknown_entity", entity=entity, known=", ".join(ENTITIES))
    return entity


def _total(cache: Cache, part: Part, where: RowFilter) -> int:
    if where == RowFilter(saved=where.saved):
        return sum(kind[-1] for kind in part.kinds)
    chosen, values = where.sql(part)
    return int(cache.conn.execute(f"SELECT count(*) {chosen}", values).fetchone()[0])


@dataclass(frozen=True)
class _Order:
    """By what rows are sorted; `sales` are what products sold, as `as_rows` has it, where they are
    shown."""

    sort: str
    descending: bool
    sales: str | None


def _sales(desk: Desk, store: StoreRow, entity: str) -> str:
    if entity != "products":
        return "[]"
    with opened_shop(desk, store) as shop:
        inputs = shop.plan_inputs(desk.settings(store).settings)
        return known_rows(inputs, str(shop.path))


def _select(
    cache: Cache, part: Part, where: RowFilter, order_by: _Order, limit: int, offset: int
) -> Iterator[Sequence[Any]]:
    sort, sales = order_by.sort, order_by.sales
    if sort not in SORTS:
        raise Refused("sort", sort=sort, known=", ".join(SORTS))
    beside = f"LEFT JOIN {SALES} ON product = plan_row.source" if sales is not None else ""
    chosen, values = where.sql(part, beside)
    if sales is not None:
        values = [sales, *values]
    column, way = SORTS[sort], "DESC" if order_by.descending else "ASC"
    move, held = (_MOVE, [where.saved]) if where.saved else ("NULL", [])
    sold = "sold_in, revenue" if sales is not None else "NULL, NULL"
    columns = ", ".join([*(column for _, column in COLUMNS), move, sold])
    first = "" if sort == "id" else f"{column} {way} NULLS LAST, "
    order = f"ORDER BY {first}source {way}"
    page = [limit, max(offset, 0)]
    if sort == "id" or limit < 0 or sales is not None:
        sql = f"SELECT {columns} {chosen} {order} LIMIT ? OFFSET ?"
        return iter(cache.conn.execute(sql, [*held, *values, *page]))
    # Only what a page shows is carried along while all of it is sorted.
    shown = f"SELECT source {chosen} {order} LIMIT ? OFFSET ?"
    sql = f"SELECT {columns} {chosen} AND source IN ({shown}) {order}"
    return iter(cache.conn.execute(sql, [*held, *values, *values, *page]))


def _image_size(cache: Cache, key: str) -> str:
    return stored(cache, key).settings["image_size"]


def _row(row: Sequence[Any], size: str) -> dict[str, Any]:
    *told, move, orders, revenue = row
    record = {name: value for (name, _), value in zip(COLUMNS, told, strict=True)}
    record["move"] = move
    record["image"] = image_at(record["image"], size)
    record["sold"] = None if orders is None else Sold(orders, revenue)
    record["reasons"] = _split(record["reasons"])
    record |= {name: iso(record[name]) for name in ("created", "updated")}
    return record


def _split(joined: str) -> list[str]:
    return [reason for reason in joined.split(",") if reason]
