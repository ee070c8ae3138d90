"""Lists of what the desk has, and the one of its stores: nothing here drives a run."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from sync import status
from sync.cli.call import Answer, Call
from sync.cli.screen import Cell, Screen, local
from sync.store import StoreRow
from sync.texts import text

Row = dict[str, Any]
_MOMENTS: Final = ("added", "next_due", "last_success", "blocked_until", "refused_since")


def store_list(call: Call) -> Answer:
    stores = status.fleet(call.desk, call.screen.lang, _times(call))
    columns = ("store", "shop", "language", "level", "status", "last_success", "next_due", "used")
    return listed([_row(row) for row in stores], columns)


def store_row(call: Call, store: StoreRow) -> Row:
    return _row(status.store_status(call.desk, store, call.screen.lang, _times(call)))


def _row(row: Row) -> Row:
    rest = {name: value for name, value in row.items() if name != "sentence"}
    return {**rest, "status": row["sentence"], "used": _most_used(row["budget"])}


def _most_used(budget: list[Row]) -> str | None:
    """`hour 87 %`: the window of which the shop's keys together have used most."""
    limits, left = Counter[str](), Counter[str]()
    for row in budget:
        if row["limit"] and row["window"] != "second":
            limits[row["window"]] += row["limit"]
            left[row["window"]] += row["remaining"]
    shares = [(1 - left[window] / limits[window], window) for window in limits]
    used, window = max(shares, default=(0.0, None))
    return f"{window} {round(used * 100)} %" if window else None


def _times(call: Call) -> status.When:
    """Scripts get UTC, a reader the own zone with UTC beside it."""
    return status.utc_minute if call.screen.json else lambda at: local(at, utc=True) or ""


def listed(rows: list[Row], columns: tuple[str, ...]) -> Answer:
    def draw(screen: Screen) -> None:
        cells = [[_cell(screen, name, row[name]) for name in columns] for row in rows]
        screen.table(screen.columns(*columns), cells)

    return Answer(rows, draw)


def _cell(screen: Screen, name: str, value: object) -> Cell:
    if name in _MOMENTS and isinstance(value, str):
        return local(value, utc=name == "next_due")
    if name == "level":
        return text(f"level.{value}", screen.lang)
    if isinstance(value, list):
        return ", ".join(value)
    if type(value) is int and name != "id":
        return value
    return None if value is None else str(value)
