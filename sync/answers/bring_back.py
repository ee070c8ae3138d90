"""The change of settings that brings back most of a set of records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sync.answers.sets import Chosen
from sync.entities import Id
from sync.explain import would_include
from sync.preview.plans import Planned, Snapshot, opened_snapshot, planned
from sync.store import Desk, StoreRow

_COMBINATIONS: Final = 8  # of reasons, and statuses of each, that are looked at
_GOES: Final = "action IN ('create', 'update', 'unchanged', 'follow')"


@dataclass(frozen=True)
class BroughtBack:
    """Of `left_out` records of a set `records` would go, or follow, under these settings, and so
    many `others` of the kind."""

    settings: Mapping[str, str]
    records: int
    left_out: int
    others: int


def brings_back(desk: Desk, store: StoreRow, entity: str, chosen: Chosen) -> BroughtBack | None:
    """The change that lets most of a set go that is left out; of those that are alike the one with
    the least settings, then with the fewest others. None where settings can do nothing."""
    with opened_snapshot(desk, store) as snapshot:
        now = planned(snapshot, None)
        listed = orjson.dumps(list(chosen(snapshot, entity))).decode()
        left_out = _count(snapshot, now, entity, f"NOT {_GOES}", listed)
        found = [
            _tried(snapshot, now, entity, change, listed, left_out)
            for change in _changes(snapshot, now, entity, listed)
        ]
    return max((each for each in found if each.records), key=_rank, default=None)


def _rank(each: BroughtBack) -> tuple[int, int, int]:
    return each.records, -len(each.settings), -each.others


def _changes(
    snapshot: Snapshot, now: Planned, entity: str, listed: str
) -> Iterable[dict[str, str]]:
    """The smallest change for each of the examples, each once."""
    settings = snapshot.desk.settings(snapshot.shop.store).settings
    found: dict[bytes, dict[str, str]] = {}
    for source in _examples(snapshot, now, entity, listed):
        change = would_include(snapshot.shop, settings, entity, source)
        if change:
            found[orjson.dumps(change, option=orjson.OPT_SORT_KEYS)] = change
    return found.values()


def _examples(snapshot: Snapshot, now: Planned, entity: str, listed: str) -> Iterator[Id]:
    """One record of each combination of reasons, the most frequent ones first; of orders one of
    each status too, for each of these takes a change of its own."""
    snapshot.cache.complete(now.ids[entity])
    rows = snapshot.cache.conn.execute(
        f"SELECT json_group_array(source), min(source) FROM plan_row WHERE part = ? AND NOT {_GOES}"
        " AND source IN (SELECT value FROM json_each(?))"
        " GROUP BY reasons ORDER BY count(*) DESC LIMIT ?",
        [now.ids[entity], listed, _COMBINATIONS],
    )
    for alike, first in rows.fetchall():
        if entity != "orders":
            yield first
            continue
        of_status = snapshot.shop.mirror.conn.execute(
            "SELECT min(id) FROM orders WHERE id IN (SELECT value FROM json_each(?))"
            " GROUP BY status, custom_status ORDER BY count(*) DESC LIMIT ?",
            [alike, _COMBINATIONS],
        )
        yield from (row[0] for row in of_status.fetchall())


def _tried(
    snapshot: Snapshot,
    now: Planned,
    entity: str,
    change: dict[str, str],
    listed: str,
    left_out: int,
) -> BroughtBack:
    then = planned(snapshot, change)
    still = _count(snapshot, then, entity, f"NOT {_GOES}", listed)
    all_then, all_now = (_count(snapshot, plan, entity, _GOES) for plan in (then, now))
    records = max(0, left_out - still)
    return BroughtBack(change, records, left_out, max(0, all_then - all_now - records))


def _count(
    snapshot: Snapshot, plan: Planned, entity: str, wanted: str, listed: str | None = None
) -> int:
    """Rows of a plan that are so, of the listed ones if any are."""
    sql = f"SELECT count(*) FROM plan_row WHERE part = ? AND {wanted}"
    snapshot.cache.complete(plan.ids[entity])
    values: list[Any] = [plan.ids[entity]]
    if listed is not None:
        sql += " AND source IN (SELECT value FROM json_each(?))"
        values.append(listed)
    return int(snapshot.cache.conn.execute(sql, values).fetchone()[0])
