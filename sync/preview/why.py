"""Why each record on one page of a list goes as it does, on one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sync.entities import Id
from sync.explain import Evidence, evidence_lines, evidence_of, whole_payload
from sync.openshop import OpenShop, opened_shop
from sync.plan import PlanInputs, decide
from sync.preview.listing import known_entity
from sync.preview.plans import Draft, opened_cache, part_of
from sync.store import Desk, StoreRow
from sync.texts import field_name, reason, text
from sync.texts.numbers import number

Row = Mapping[str, Any]
_SHORT: Final = 24  # characters of a value that is told whole
_NAMED: Final = 3  # changed fields that are named


@dataclass(frozen=True)
class Reader:
    """The reader's language, and how an ISO time is written for him."""

    lang: str
    shown: Callable[[str], str]


def whys(
    desk: Desk,
    store: StoreRow,
    entity: str,
    rows: Sequence[Row],
    reader: Reader,
    draft: Draft = None,
    saved: str | None = None,
) -> list[str]:
    """A line for each of `rows`, "" where there is nothing to say: reasons with their evidence,
    fields that an update changes, and of what a draft lets in the reasons that kept it out in the
    plan `saved`. PlanGone if that was thrown away."""
    settings = desk.settings(store).settings.changed(draft or {})
    entered = [row["id"] for row in rows if row["move"] == "enter"]
    before = _reasons(desk, store, saved, known_entity(entity), entered) if saved else {}
    with opened_shop(desk, store) as shop:
        inputs = shop.plan_inputs(settings)
        updated = frozenset(row["id"] for row in rows if row["action"] == "update")
        chosen = shop.plan_inputs(settings, {entity: updated}) if updated else None
        fields = dict(_changes(shop, chosen, entity, reader)) if chosen else {}
        return [_why(inputs, entity, row, reader, fields, before) for row in rows]


def _why(
    inputs: PlanInputs,
    entity: str,
    row: Row,
    reader: Reader,
    fields: Mapping[Id, str],
    before: Mapping[Id, Sequence[str]],
) -> str:
    if row["reasons"]:
        return told(row["reasons"], evidence_of(inputs, entity, row["id"]), reader)
    if before.get(row["id"]):
        reasons = ", ".join(reason(code, "name", reader.lang) for code in before[row["id"]])
        return text("preview.why.entered", reader.lang, reasons=reasons)
    if row["action"] == "create":
        return text("preview.why.new", reader.lang)
    return fields.get(row["id"], "")


def told(reasons: Sequence[str], found: Evidence, reader: Reader) -> str:
    """Each reason with the first sentence of its evidence, and the number of those left away."""
    parts = []
    for code in reasons:
        name = reason(code, "name", reader.lang)
        lines = evidence_lines(code, found, reader.lang, reader.shown)
        more = f" (+{len(lines) - 1})" if len(lines) > 1 else ""
        parts.append(f"{name}: {lines[0]}{more}" if lines else name)
    return "; ".join(parts)


def _reasons(
    desk: Desk, store: StoreRow, key: str, entity: str, sources: Sequence[Id]
) -> dict[Id, list[str]]:
    """The reasons that records have in another plan."""
    marks = ",".join("?" * len(sources))
    sql = f"SELECT source, reasons FROM plan_row WHERE part = ? AND source IN ({marks})"
    with opened_cache(desk, store, entity, [key]) as cache:
        part = part_of(cache, key, entity)
        found = cache.conn.execute(sql, [part.id, *sources]).fetchall()
    return {source: [each for each in joined.split(",") if each] for source, joined in found}


def _changes(
    shop: OpenShop, inputs: PlanInputs, entity: str, reader: Reader
) -> Iterator[tuple[Id, str]]:
    """What an update changes in each of the inputs' records."""
    for made in decide(inputs, entity):
        old = orjson.loads(shop.ledger.payload(entity, made.source) or b"{}")
        new = whole_payload(shop, made) or {}
        names = [name for name in {**new, **old} if old.get(name) != new.get(name)]
        parts = [_change(name, old.get(name), new.get(name), reader) for name in names[:_NAMED]]
        more = [f"+{len(names) - _NAMED}"] if len(names) > _NAMED else []
        yield made.source, ", ".join([*parts, *more])


def _change(name: str, old: Any, new: Any, reader: Reader) -> str:
    """`price 89.95 → 79.95`; the name alone where the values are no short ones."""
    field = field_name(name, reader.lang)
    values = [_short(each, reader.lang) for each in (old, new)]
    return f"{field} {values[0]} → {values[1]}" if all(values) else field


def _short(value: Any, lang: str) -> str:
    if isinstance(value, bool):
        return text(f"option.{'yes' if value else 'no'}", lang)
    if isinstance(value, int | float):
        return number(value, lang)
    return value if isinstance(value, str) and len(value) <= _SHORT else ""
