"""What went wrong in a run, by what is behind it: how much, since which run, which records; and
what of it still fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sync import causes
from sync.database import sqlite3
from sync.errors import Message
from sync.ledger import shown_title, title_in_clerk
from sync.mirror import title_sql
from sync.openshop import opened_shop
from sync.plan import Sold
from sync.plan.sales import SALES, known_rows
from sync.store import Desk, RunRow, State

_BATCH: Final = 100  # runs that are looked at together, backwards
_ALL: Final = (
    "SELECT entity, source, key, message, detail, title, link FROM outcome"
    " WHERE run = :run AND outcome = 'failed'"
    " UNION ALL SELECT entity, source, source, message, detail, NULL, link FROM note"
    " WHERE run = :run"
)
_COUNTS: Final = f"SELECT message, entity, count(*) FROM ({_ALL}) GROUP BY message, entity"
_TITLE: Final = (
    f"coalesce({title_sql('entity', 'source')}, rows.title,"
    f" {title_in_clerk('rows.entity', 'rows.source')})"
)
_CHOSEN: Final = "WHERE source IS NOT NULL AND message IN (SELECT value FROM json_each(:messages))"
_RECORDS: Final = f"FROM ({_ALL}) AS rows {_CHOSEN}"
_SOLD: Final = (
    f"FROM ({_ALL}) AS rows LEFT JOIN {SALES.replace('?', ':sales')}"
    f" ON product = rows.source AND rows.entity = 'products' {_CHOSEN}"
)
_STILL: Final = """
SELECT DISTINCT o.entity, o.source FROM outcome o WHERE o.run = :run AND o.outcome = 'failed'
  AND NOT EXISTS (SELECT 1 FROM outcome n WHERE n.entity = o.entity AND n.source = o.source
    AND n.rowid > o.rowid AND n.outcome <> 'failed'
    AND n.run IN (SELECT value FROM json_each(:later)))
ORDER BY o.entity, o.source
"""


@dataclass(frozen=True, slots=True)
class Wrong:
    """All of a run that has one cause. `messages` are its distinct ones, the most frequent first;
    `counts` says how often by entity, "" where none is named; `since` is the first run (id, unix s)
    of those before this one that had it without a break, None if it is new."""

    code: str
    messages: Sequence[Message]
    stored: Sequence[str]
    count: int
    counts: Mapping[str, int]
    link: str | None
    since: tuple[int, float] | None

    def advice(self, lang: str) -> dict[str, str]:
        """What it means and who can mend it, as `causes.advice` tells of its first message."""
        return causes.advice(self.messages[0], lang)


def went_wrong(desk: Desk, run: RunRow) -> list[Wrong]:
    """What went wrong, by cause: what stopped the run first, then the most frequent."""
    groups = _groups(run)
    since = _since(desk, run, groups)
    counts = _counts(desk, run) if groups else {}
    return [
        Wrong(
            code=code,
            messages=[message for message, _ in told],
            stored=[each["message"] for _, each in told],
            count=sum(each["count"] for _, each in told),
            counts=_added(counts.get(each["message"], {}) for _, each in told),
            link=next((each["link"] for _, each in told if each["link"]), None),
            since=since.get(code),
        )
        for code, told in groups.items()
    ]


def _groups(run: RunRow) -> dict[str, list[tuple[Message, Mapping[str, Any]]]]:
    noted = [(Message.of(each.get("detail"), each["message"]), each) for each in run.errors]
    if run.state is State.FAILED and run.said:
        ended = {"message": run.message, "count": 1, "link": None}
        others = [pair for pair in noted if pair[1]["message"] != run.message]
        noted = [(run.said, ended), *others]
    groups: dict[str, list[tuple[Message, Mapping[str, Any]]]] = {}
    for message, each in noted:
        groups.setdefault(causes.cause_of(message), []).append((message, each))
    return groups


def _counts(desk: Desk, run: RunRow) -> dict[str, dict[str, int]]:
    """How often each message was said of each entity; nothing once single records are forgotten."""
    found: dict[str, dict[str, int]] = {}
    with opened_shop(desk, desk.store_by_id(run.store_id)) as shop:
        for message, entity, n in shop.mirror.conn.execute(_COUNTS, {"run": run.id}):
            found.setdefault(message, {})[entity] = n
    return found


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for entity, n in each.items():
            total[entity] = total.get(entity, 0) + n
    return total


def _since(desk: Desk, run: RunRow, codes: Iterable[str]) -> dict[str, tuple[int, float]]:
    """The first of the runs of this kind that had each cause one after the other up to this one;
    runs that people or other runs ended say nothing."""
    found: dict[str, tuple[int, float]] = {}
    open_, before = set(codes), run.id
    while open_ and (rows := desk.runs_before(run.store_id, before, run.kind, _BATCH)):
        for row in rows:
            open_ &= _causes(row)
            found |= dict.fromkeys(open_, (row["id"], row["at"]))
        before = rows[-1]["id"]
    return found


def _causes(row: Mapping[str, Any]) -> set[str]:
    told = [Message.of(each.get("detail"), each["message"]) for each in row["errors"]]
    if row["message"]:
        told.append(Message.of(row["detail"], row["message"]))
    return {causes.cause_of(message) for message in told}


def wrong_records(
    desk: Desk, run_id: int, wrong: Wrong, *, limit: int = 100, offset: int = 0
) -> dict[str, Any]:
    """The records that have a cause, products that sold most first: {"total", "rows": [{"entity",
    "id", "key", "title", "message", "detail", "sold"}]}; `sold` is None for what sold nothing in
    the last days, and for all but products."""
    store = desk.store_by_id(desk.run(run_id).store_id)
    with opened_shop(desk, store) as shop:
        names = {
            "run": run_id,
            "store": store.id,
            "lang": store.language,
            "messages": orjson.dumps(list(wrong.stored)).decode(),
        }
        inputs = shop.plan_inputs(desk.settings(store).settings)
        sales = known_rows(inputs, str(shop.path))
        conn = shop.mirror.conn
        (total,) = conn.execute(f"SELECT count(*) {_RECORDS}", names).fetchone()
        rows = conn.execute(
            f"SELECT entity, source, key, {_TITLE}, message, detail, sold_in, revenue"
            f" {_SOLD} ORDER BY entity, revenue DESC NULLS LAST, source"
            " LIMIT :limit OFFSET :offset",
            {**names, "sales": sales, "limit": limit, "offset": offset},
        )
        return {"total": total, "rows": [_record(row) for row in rows]}


def _record(row: Sequence[Any]) -> dict[str, Any]:
    entity, source, key, title, message, detail, orders, revenue = row
    return {
        "entity": entity,
        "id": source,
        "key": key,
        "title": shown_title(entity, title),
        "message": message,
        "detail": detail and orjson.loads(detail),
        "sold": None if orders is None else Sold(orders, revenue),
    }


def still_failing(desk: Desk, run: RunRow) -> dict[str, list[int | str]]:
    """Lightspeed ids by entity of the records that failed in a run and that no later run of its
    store has sent or removed."""
    later = [run.id, *desk.runs_after(run.store_id, run.id)]
    with opened_shop(desk, desk.store_by_id(run.store_id)) as shop:
        return _still(shop.mirror.conn, run.id, later)


def _still(
    conn: sqlite3.Connection, run_id: int, later: Sequence[int]
) -> dict[str, list[int | str]]:
    found: dict[str, list[int | str]] = {}
    named = {"run": run_id, "later": orjson.dumps(list(later)).decode()}
    for entity, source in conn.execute(_STILL, named):
        found.setdefault(entity, []).append(source)
    return found
