"""One search for stores, runs and records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from sync.entities import number_in
from sync.explain.matching import lookup
from sync.store import Desk, FoundStore, Gone, RunRow, StoreRow

MOST: Final = 8
_RUN: Final = re.compile(r"(?:run|lauf)?\s*#?\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Anything:
    """What a text may mean."""

    stores: list[FoundStore]
    run: RunRow | None
    records: list[dict[str, Any]]


def anything(desk: Desk, store: StoreRow | None, text: str) -> Anything:
    """Return the stores that `text` names in all, the run of that number, and the records of
    `store` as `lookup` finds them, at most `MOST` of each. Without a text the first stores."""
    sought = text.strip()
    records = lookup(desk, store, sought, MOST) if store and sought else []
    return Anything(desk.search_stores(sought, MOST), _run(desk, sought), records)


def _run(desk: Desk, text: str) -> RunRow | None:
    numbered = _RUN.fullmatch(text)
    number = number_in(numbered[1]) if numbered else None
    try:
        return desk.run(number) if number is not None else None
    except Gone:
        return None
