"""The rows of a filter as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from sync.personal import masking
from sync.plan import PlanInputs, decide, record_line
from sync.preview.cache import PlanGone
from sync.preview.listing import COLUMNS, all_rows, filtered, known_entity, sources
from sync.preview.plans import Snapshot, opened_snapshot, plan_key, rows_of, stored
from sync.settings import Settings
from sync.store import Desk, StoreRow
from sync.tables import Habit, csv_bytes
from sync.texts import reason, text

NAMES: Final = [name for name, _ in COLUMNS]


def as_csv(
    desk: Desk,
    store: StoreRow,
    key: str,
    entity: str,
    *,
    sort: str = "id",
    descending: bool = False,
    **chosen: Any,
) -> Iterator[bytes]:
    """Every row that `rows` finds with these arguments, as CSV with a header, in chunks, in codes
    for a program. No cell is a formula."""
    _handed_out(desk, store, entity, "csv")
    rows = all_rows(desk, store, key, entity, sort, descending, chosen)
    return csv_bytes(NAMES, ([row[name] for name in NAMES] for row in rows))


def as_sheet(
    desk: Desk,
    store: StoreRow,
    key: str,
    entity: str,
    *,
    lang: str,
    as_in: Habit,
    sort: str = "id",
    descending: bool = False,
    **chosen: Any,
) -> Iterator[bytes]:
    """The same for a person: in words of the language, written as a spreadsheet with that habit
    expects it."""
    _handed_out(desk, store, entity, "csv")
    rows = all_rows(desk, store, key, entity, sort, descending, chosen)
    header = [text(f"preview.column.{name}", lang) for name in NAMES]
    return csv_bytes(header, ([_said(row, name, lang) for name in NAMES] for row in rows), as_in)


def _said(row: Mapping[str, Any], name: str, lang: str) -> Any:
    if name == "action":
        return text(f"action.{row[name]}", lang)
    return [reason(code, "name", lang) for code in row[name]] if name == "reasons" else row[name]


def as_ndjson(desk: Desk, store: StoreRow, key: str, entity: str, **chosen: Any) -> Iterator[bytes]:
    """The same rows as `preview --records` writes them, payloads included, but without what names a
    person: a line each, in the plan's own order. PlanGone if anything moved since the plan was
    prepared."""
    _handed_out(desk, store, entity, "ndjson")
    with opened_snapshot(desk, store) as snapshot:
        inputs = _current_inputs(snapshot, key, entity, chosen)
        for decision in decide(inputs, entity):
            line = masking.line(record_line(inputs, decision))
            yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _handed_out(desk: Desk, store: StoreRow, entity: str, kind: str) -> None:
    desk.must("export table", store)
    desk.audit("export table", store.slug, after={"table": entity, "as": kind})


def _current_inputs(
    snapshot: Snapshot, key: str, entity: str, chosen: Mapping[str, Any]
) -> PlanInputs:
    """The inputs of the plan, restricted to the filter's rows."""
    plan = stored(snapshot.cache, key)
    settings = Settings.from_values(plan.settings)
    if plan_key(snapshot.shop.plan_inputs(settings), plan.version) != key:
        raise PlanGone
    part = rows_of(snapshot.cache, key, known_entity(entity))
    where = filtered(snapshot.cache, entity, **chosen)
    return snapshot.shop.plan_inputs(settings, {entity: sources(snapshot.cache, part, where)})
