"""The rows of a filter as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from sync.plan import PlanInputs, decide, record_line
from sync.preview.cache import PlanGone
from sync.preview.listing import COLUMNS, all_rows, filtered, known_entity, sources
from sync.preview.plans import Snapshot, opened_snapshot, part_of, plan_key, stored
from sync.settings import Settings
from sync.store import Desk, StoreRow
from sync.tables import PLAIN, Habit, csv_bytes


def as_csv(
    desk: Desk,
    store: StoreRow,
    key: str,
    entity: str,
    *,
    sort: str = "id",
    descending: bool = False,
    as_in: Habit = PLAIN,
    **chosen: Any,
) -> Iterator[bytes]:
    """Every row that `rows` finds with these arguments, as CSV with a header, in chunks, written
    as the reader's spreadsheet expects it. No cell is a formula."""
    rows = all_rows(desk, store, key, entity, sort, descending, chosen)
    header = [name for name, _ in COLUMNS]
    return csv_bytes(header, ([row[name] for name in header] for row in rows), as_in)


def as_ndjson(desk: Desk, store: StoreRow, key: str, entity: str, **chosen: Any) -> Iterator[bytes]:
    """The same rows as `preview --records` writes them, payloads included: a line each, in the
    plan's own order. PlanGone if anything moved since the plan was prepared."""
    with opened_snapshot(desk, store) as snapshot:
        inputs = _current_inputs(snapshot, key, entity, chosen)
        for decision in decide(inputs, entity):
            yield orjson.dumps(record_line(inputs, decision), option=orjson.OPT_APPEND_NEWLINE)


def _current_inputs(
    snapshot: Snapshot, key: str, entity: str, chosen: Mapping[str, Any]
) -> PlanInputs:
    """The inputs of the plan, restricted to the filter's rows."""
    plan = stored(snapshot.cache, key)
    settings = Settings.from_values(plan.settings)
    if plan_key(snapshot.shop.plan_inputs(settings), plan.version) != key:
        raise PlanGone
    part = part_of(snapshot.cache, key, known_entity(entity))
    where = filtered(snapshot.cache, entity, **chosen)
    return snapshot.shop.plan_inputs(settings, {entity: sources(snapshot.cache, part, where)})
