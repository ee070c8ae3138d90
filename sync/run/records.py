"""What became of single records in a run, and what a held run would remove: paged by SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import orjson

from sync.clock import iso
from sync.database import folded
from sync.ledger import shown_title, split_reasons, title_in_clerk
from sync.mirror import title_sql
from sync.openshop import OpenShop, opened_shop
from sync.plan import Sold
from sync.plan.sales import SALES, known_rows
from sync.store import Desk, Refused
from sync.tables import PLAIN, Habit, csv_bytes

RECORDED: Final = ("created", "updated", "removed", "failed")
_KNOWN: Final = title_sql("entity", "source")
_IN_CLERK: Final = title_in_clerk("rows.entity", "rows.source")
_OUTCOME: Final = ("entity", "id", "key", "outcome", "reasons", "message", "link", "at", "title")
_SELECTED: Final = (*_OUTCOME, "detail")
_HELD: Final = ("entity", "id", "key", "reasons", "title")
_OUTCOMES: Final = (
    "SELECT * FROM (SELECT rowid AS n, entity, source, key, outcome, reasons, message, link, at,"
    f" coalesce({_KNOWN}, rows.title, {_IN_CLERK}) AS title, detail FROM outcome AS rows"
    " WHERE run = :run"
    " AND entity = ifnull(:entity, entity) AND outcome = ifnull(:outcome, outcome))"
)
_HOLDS: Final = (
    f"SELECT * FROM (SELECT entity, source, key, reasons, ifnull({_KNOWN}, {_IN_CLERK}) AS title"
    " FROM hold_list AS rows WHERE run = :run)"
)
_SALES: Final = (
    f"LEFT JOIN (SELECT product, sold_in, revenue FROM {SALES.replace('?', ':sales')})"
    " ON product = source AND entity = 'products'"
)
_BY_SALES: Final = f"{_SALES} ORDER BY revenue DESC NULLS LAST, n LIMIT :limit OFFSET :offset"
_DEAREST: Final = (
    f"{_SALES} ORDER BY revenue DESC NULLS LAST, entity, source LIMIT :limit OFFSET :offset"
)
_SEARCHED: Final = (
    " WHERE instr(folded(title), :search) OR instr(folded(key), :search) OR instr(source, :search)"
)


def outcomes(
    desk: Desk,
    run_id: int,
    *,
    entity: str | None = None,
    outcome: str | None = None,
    search: str = "",
    by_sales: bool = False,
    limit: int = 100,
    offset: int = 0,
    total: int | None = None,
) -> dict[str, Any]:
    """Records that a run created, updated, removed, or failed with, in that order of time, or
    `by_sales` the products that sold most first: {"total", "rows": [{"entity", "id", "key",
    "outcome", "reasons", "message", "link", "at", "title"}]}, with `by_sales` also `sold`. `search`
    looks in title, key, id and message, without regard to case. The title is the present one, of a
    record that is gone the last one known. A `total` that is known is not counted again."""
    with _shop_of(desk, run_id) as shop:
        sql, names = _query(shop, run_id, _OUTCOMES, search, entity=entity, outcome=outcome)
        paged = {**names, "limit": limit, "offset": offset}
        read = shop.mirror.conn.execute
        if by_sales:
            found = read(f"SELECT * FROM ({sql}) {_BY_SALES}", {**paged, "sales": _sales(shop)})
            rows = [_outcome(row[:-3]) | _sold(row) for row in found]
        else:
            found = read(f"{sql} ORDER BY n LIMIT :limit OFFSET :offset", paged)
            rows = [_outcome(row) for row in found]
        return {"total": _total(shop, sql, names) if total is None else total, "rows": rows}


def outcome_counts(desk: Desk, run_id: int) -> dict[str, dict[str, int]]:
    """How many records of each entity had which outcome; what never occurred is left out."""
    counts: dict[str, dict[str, int]] = {}
    with _shop_of(desk, run_id) as shop:
        for entity, outcome, n in shop.mirror.conn.execute(
            "SELECT entity, outcome, count(*) FROM outcome WHERE run = ? GROUP BY entity, outcome",
            [run_id],
        ):
            counts.setdefault(entity, {})[outcome] = n
    return counts


def hold_rows(
    desk: Desk, run_id: int, *, search: str = "", limit: int = 100, offset: int = 0
) -> dict[str, Any]:
    """What a held run would remove, products that sold most first: {"total", "rows": [{"entity",
    "id", "key", "reasons", "title", "sold"}]}. The list is gone once the run went on."""
    with _shop_of(desk, run_id) as shop:
        sql, names = _query(shop, run_id, _HOLDS, search)
        rows = shop.mirror.conn.execute(
            f"SELECT * FROM ({sql}) {_DEAREST}",
            {**names, "limit": limit, "offset": offset, "sales": _sales(shop)},
        )
        listed = [_row(_HELD, row[:-3]) | _sold(row) for row in rows]
        return {"total": _total(shop, sql, names), "rows": listed}


def _sales(shop: OpenShop) -> str:
    inputs = shop.plan_inputs(shop.desk.settings(shop.store).settings)
    return known_rows(inputs, str(shop.path))


def _sold(row: Sequence[Any]) -> dict[str, Sold | None]:
    return {"sold": None if row[-2] is None else Sold(*row[-2:])}


def export_outcomes(
    desk: Desk,
    run_id: int,
    kind: str,
    *,
    entity: str | None = None,
    outcome: str | None = None,
    search: str = "",
    as_in: Habit = PLAIN,
) -> Iterator[bytes]:
    """The same rows as `outcomes`, all of them, as `csv` (cells defused, written as the reader's
    spreadsheet expects it) or `json` (one array), in chunks. UsageError for another kind."""
    if kind not in ("csv", "json"):
        raise Refused("export_kind", kind=kind)
    store = desk.store_by_id(desk.run(run_id).store_id)
    desk.must("export table", store)
    desk.audit("export table", store.slug, after={"table": "outcomes", "as": kind, "run": run_id})
    rows = _all(desk, run_id, entity, outcome, search)
    return _csv(rows, as_in) if kind == "csv" else _json(rows)


def _all(
    desk: Desk, run_id: int, entity: str | None, outcome: str | None, search: str
) -> Iterator[dict[str, Any]]:
    with _shop_of(desk, run_id) as shop:
        sql, names = _query(shop, run_id, _OUTCOMES, search, entity=entity, outcome=outcome)
        for row in shop.mirror.conn.execute(f"{sql} ORDER BY n", names):
            yield _outcome(row)


def _csv(rows: Iterator[dict[str, Any]], as_in: Habit) -> Iterator[bytes]:
    return csv_bytes(_OUTCOME, ([row[name] for name in _OUTCOME] for row in rows), as_in)


def _json(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    between = b"[\n"
    for row in rows:
        yield between + orjson.dumps(row)
        between = b",\n"
    yield b"\n]\n" if between == b",\n" else b"[]\n"


@contextmanager
def _shop_of(desk: Desk, run_id: int) -> Iterator[OpenShop]:
    store = desk.store_by_id(desk.run(run_id).store_id)
    with opened_shop(desk, store) as shop:
        yield shop


def _query(
    shop: OpenShop, run_id: int, sql: str, search: str, **names: object
) -> tuple[str, dict[str, object]]:
    parameters: dict[str, object] = {
        **names,
        "run": run_id,
        "store": shop.store.id,
        "lang": shop.store.language,
        "search": folded(search),
    }
    if not parameters["search"]:
        return sql, parameters
    message = " OR instr(folded(message), :search)" if sql is _OUTCOMES else ""
    return f"{sql}{_SEARCHED}{message}", parameters


def _total(shop: OpenShop, sql: str, names: dict[str, object]) -> int:
    row = shop.mirror.conn.execute(f"SELECT count(*) FROM ({sql})", names).fetchone()
    return int(row[0])


def _outcome(row: tuple[Any, ...]) -> dict[str, Any]:
    record = _row(_SELECTED, row[1:])
    detail = record["detail"] and orjson.loads(record["detail"])
    return {**record, "at": iso(record["at"]), "detail": detail}


def _row(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    record = dict(zip(names, values, strict=True))
    reasons = list(split_reasons(record["reasons"]))
    return {**record, "reasons": reasons, "title": shown_title(record["entity"], record["title"])}
