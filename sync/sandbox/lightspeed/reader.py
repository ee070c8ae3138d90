"""Reads the state for one request and writes the body of its answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

import orjson
from starlette.requests import Request

from sync.sandbox.lightspeed import parts, query, shapes
from sync.sandbox.lightspeed.catalog import catalog_bytes
from sync.sandbox.lightspeed.drift import drift
from sync.sandbox.lightspeed.query import Page, Refused, Where
from sync.sandbox.lightspeed.resources import GENERAL, RESOURCES, Part, Resource
from sync.sandbox.lightspeed.shop import Shop
from sync.sandbox.lightspeed.switchboard import Switches
from sync.sandbox.state import ApiKey, Record, State
from sync.sandbox.windows import Verdict

# When a product or one of its variants was edited last.
_NEWEST = (
    "max(updated, ifnull((select max(v.updated) from records v"
    " where v.kind = 'variant' and v.owner = records.id), 0))"
)

Row = TypeVar("Row")
Rows = list[Record]
Ids = list[int]


class Reader:
    """One request's view of the shop. Its methods return whole bodies or raise Refused."""

    def __init__(
        self,
        state: State,
        shop: Shop,
        request: Request,
        switches: Switches,
        now: Callable[[], float],
    ) -> None:
        self.shop = shop
        self.key: ApiKey = request.scope["sandbox.api_key"]
        self.verdict: Verdict | None = request.scope["sandbox.verdict"]
        self.now = now
        self._state = state
        self._query: Mapping[str, str] = request.query_params
        self._switches = switches

    def list(self, resource: Resource) -> bytes:
        """A page of a list, the highest id first; a page beyond the end is empty."""
        page = query.page(self._query, self._switches)
        where = self._where(resource)
        with self._state.read() as db:
            ids = self._page(db, where, page)
            records = _records(db, where, ids)
            shop = _informed(db, self.shop, resource)
            rows = [resource.shape.row(record, shop) for record in records]
            if resource.single == "metafield" and self._switches.metafields == "named":
                rows = [{**row, **_owner(each)} for row, each in zip(rows, records, strict=True)]
            if resource.single == "order" and self._switches.embed_lines:
                for row, record in zip(rows, records, strict=True):
                    parts.embed(db, row, record, shop)
        self._drift(resource.kind, page, len(rows))
        return encoded({resource.plural: self._chosen(rows)})

    def count(self, resource: Resource) -> bytes:
        """How many rows the list has under the same filters."""
        where = self._where(resource)
        with self._state.read() as db:
            return encoded({"count": _count(db, where) + self._lie(resource.kind)})

    def one(self, resource: Resource, id: int) -> bytes:
        """One object; an order comes with what belongs to it embedded."""
        self._hold_poison([id])
        with self._state.read() as db:
            record = _one(db, resource, id)
            shop = _informed(db, self.shop, resource)
            row = resource.shape.row(record, shop)
            if resource.single == "order":
                parts.embed(db, row, record, shop)
        return encoded({resource.single: self._chosen([row])[0]})

    def part(self, part: Part, resource: Resource, id: int, asked: str) -> bytes:
        """The list below one record, its count, or one row of it."""
        page = query.page(self._query, self._switches)
        with self._state.read() as db:
            rows = parts.rows(db, part, _one(db, resource, id), self.shop)
        if asked == "count":
            return encoded({"count": len(rows)})
        if asked:
            chosen = [row for row in rows if row["id"] == int(asked)]
            return encoded({part.single: self._chosen(_some(chosen))[0]})
        return encoded({part.plural: self._chosen(rows[page.offset : page.offset + page.limit])})

    def catalog(self) -> bytes:
        """A page of whole products."""
        self._hold_catalog()
        page = query.page(self._query, self._switches)
        with self._state.read() as db:
            ids = self._page(db, self._catalog_where(), page)
        rows = catalog_bytes(self._state, self.shop, ids)
        self._drift("product", page, len(rows))
        if self._obeys and query.fields(self._query):
            return encoded({"products": self._chosen([orjson.loads(row) for row in rows])})
        return b'{"products":[' + b",".join(rows) + b"]}"

    def catalog_one(self, id: int) -> bytes:
        """One whole product, in a list of one as the live answer has it."""
        self._hold_catalog()
        self._hold_poison([id])
        return b'{"products":[' + _some(catalog_bytes(self._state, self.shop, [id]))[0] + b"]}"

    def catalog_count(self) -> bytes:
        """How many products there are."""
        self._hold_catalog()
        where = self._catalog_where()
        with self._state.read() as db:
            return encoded({"count": _count(db, where) + self._lie("product")})

    def languages(self, id: int | None) -> bytes:
        """The shop's languages, or the one with this id."""
        rows = [shapes.LANGUAGE.row(row, self.shop) for row in self.shop.languages]
        if id is not None:
            return encoded({"language": _some([row for row in rows if row["id"] == id])[0]})
        page = query.page(self._query, self._switches)
        return encoded({"languages": rows[page.offset : page.offset + page.limit]})

    def languages_count(self) -> bytes:
        """How many languages the shop has."""
        return encoded({"count": len(self.shop.languages)})

    def _lie(self, kind: str) -> int:
        return self._switches.lying_counts.get(kind, 0)

    @property
    def _obeys(self) -> bool:
        return self._switches.catalog_filters in ("kept", "products")

    def _catalog_where(self) -> Where:
        if self._switches.catalog_filters == "refused" and self._query.keys() & query.STAMPS:
            raise query.bad_input()
        general = GENERAL if self._obeys else frozenset[str]()
        where = self._where(replace(RESOURCES["products"], filters={}, general=general))
        if self._switches.catalog_filters != "kept":
            return where
        return replace(where, sql=where.sql.replace("updated", _NEWEST))

    def _hold_catalog(self) -> None:
        if self._switches.catalog != "on":
            refusals = {"403": "Forbidden.", "404": "Not found.", "405": "Method not allowed."}
            raise Refused(int(self._switches.catalog), refusals[self._switches.catalog])

    def _page(self, db: sqlite3.Connection, where: Where, page: Page) -> Ids:
        """The ids of a page, in the order that the switches say."""
        cap, ascending = self._switches.page_cap, self._switches.ascending
        ids = [] if cap and page.number > cap else _ids(db, where, page, ascending=ascending)
        self._hold_poison(ids)
        return ids

    def _hold_poison(self, ids: Iterable[int]) -> None:
        if self._switches.poison in ids:
            raise Refused(500, "Internal server error.")

    def _where(self, resource: Resource) -> Where:
        zone = self.shop.zone if self._switches.filter_zone == "shop" else None
        where = query.where(resource.kind, self._query, resource.filters, resource.general, zone)
        if not resource.only or (resource.kind == "metafield" and self._products_too):
            return where
        return replace(where, sql=f"{where.sql} and {resource.only}")

    @property
    def _products_too(self) -> bool:
        return self._switches.metafields != "apart"

    def _chosen(self, rows: Rows) -> Rows:
        names = query.fields(self._query)
        if not names:
            return rows
        return [{name: row[name] for name in row if name in names} for row in rows]

    def _drift(self, kind: str, page: Page, count: int) -> None:
        if self._switches.drift != "none" and self._switches.drift_left and count == page.limit:
            drift(self._state, kind, self._switches)


def encoded(body: object) -> bytes:
    """The body as JSON."""
    return orjson.dumps(body)


def _owner(record: Record) -> Record:
    return {"ownerId": record.get("ownerId"), "owner": record.get("owner")}


def _some(rows: list[Row]) -> list[Row]:
    if not rows:
        raise Refused(404, "Not found.")
    return rows


def _ids(db: sqlite3.Connection, where: Where, page: Page, *, ascending: bool) -> Ids:
    order = "asc" if ascending else "desc"
    rows = db.execute(
        f"select id from records where {where.sql} order by id {order} limit ? offset ?",
        (*where.values, page.limit, page.offset),
    )
    return [row[0] for row in rows]


def _records(db: sqlite3.Connection, where: Where, ids: Ids) -> list[Record]:
    rows = db.execute(
        "select id, record from records where kind = ? and id in (select value from json_each(?))",
        (where.values[0], encoded(ids).decode()),
    )
    by_id = {row[0]: orjson.loads(row[1]) for row in rows}
    return [by_id[id] for id in ids if id in by_id]


def _count(db: sqlite3.Connection, where: Where) -> int:
    sql = f"select count(*) from records where {where.sql}"
    return int(db.execute(sql, where.values).fetchone()[0])


def _one(db: sqlite3.Connection, resource: Resource, id: int) -> Record:
    sql = "select record from records where kind = ? and id = ?"
    rows = _some(db.execute(sql, (resource.kind, id)).fetchall())
    record: Record = orjson.loads(rows[0][0])
    return record


def _informed(db: sqlite3.Connection, shop: Shop, resource: Resource) -> Shop:
    """The shop with what this resource's rows need besides their records."""
    if resource.kind == "category":
        rows = db.execute("select id, owner from records where kind = 'category'")
        return replace(shop, parents=dict(rows.fetchall()))
    if resource.kind == "variant":
        rows = db.execute("select record from records where kind = 'tax'")
        return replace(shop, taxes=_rates(orjson.loads(row[0]) for row in rows))
    return shop


def _rates(taxes: Iterable[Record]) -> dict[float, int]:
    return {tax["rate"]: tax["id"] for tax in taxes}
