"""What stands behind the reasons of the records on one page of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sync.explain import Evidence, evidence_lines, evidence_of
from sync.openshop import opened_shop
from sync.preview.listing import known_entity
from sync.preview.plans import Draft
from sync.store import Desk, StoreRow


def whys(
    desk: Desk,
    store: StoreRow,
    entity: str,
    rows: Sequence[Mapping[str, Any]],
    lang: str,
    shown: Callable[[str], str],
    draft: Draft = None,
) -> list[str]:
    """For each row of `rows` the evidence of its reasons, on one line, "" where there is none;
    `shown` writes an ISO time for the reader."""
    settings = desk.settings(store).settings.changed(draft or {})
    known_entity(entity)
    with opened_shop(desk, store) as shop:
        inputs = shop.plan_inputs(settings)
        return [
            told(row["reasons"], evidence_of(inputs, entity, row["id"]), lang, shown)
            if row["reasons"]
            else ""
            for row in rows
        ]


def told(reasons: Sequence[str], found: Evidence, lang: str, shown: Callable[[str], str]) -> str:
    """The first sentence of each reason, with the number of those left away."""
    parts: list[str] = []
    for reason in reasons:
        lines = evidence_lines(reason, found, lang, shown)
        more = f" (+{len(lines) - 1})" if len(lines) > 1 else ""
        parts += [f"{line}{more}" for line in lines[:1]]
    return " ".join(parts)
