"""How a shop's calls run down: what is spent by whom, what is still planned, when that ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sync import forecast
from sync.clock import iso
from sync.forecast import KeyWindows
from sync.openshop import looked_at
from sync.run.live import progress
from sync.store import Desk, ShopRow

_SHOWN: Final = ("5min", "hour", "day")
_LENGTHS: Final = {"5min": 300.0, "hour": 3600.0, "day": 86_400.0}
_POINTS: Final = 12  # of each side of the cone
_LEAST_SEEN: Final = 0.05  # of a window, before which it says little of others' pace
_MOST: Final = 0.95  # of a window that others may take and still let a run end


@dataclass(frozen=True)
class WindowBurn:
    """One window of a key: of its `limit` calls `ours` were made from here, `others` by whoever
    else has the key (the limit less what is left and what is ours), `planned` are still to be made
    in it, `reserve` is kept for people; `left` are all that are left. `resets_at` is ISO 8601
    UTC."""

    key_id: int
    window: str
    limit: int
    ours: int
    others: int
    planned: int
    reserve: int
    left: int
    resets_at: str | None


@dataclass(frozen=True)
class Burndown:
    """A shop's keys. `planned` calls are for order lines that runs under way still fetch; with
    nobody else at the keys they end at `earliest`, with others at their present pace at `latest`
    (ISO 8601 UTC, None: never, or nothing planned). `cone` are its sides: (unix s if nobody else
    calls, unix s if others go on, calls still to make)."""

    planned: int
    earliest: str | None
    latest: str | None
    windows: list[WindowBurn]
    cone: list[tuple[float, float, int]]


def burndown(desk: Desk, shop: ShopRow) -> Burndown | None:
    """How the calls of a shop's keys run down now; None for a shop without a key, or of whose
    windows nothing was told yet."""
    if not desk.key_ids(shop):
        return None
    rows = looked_at(desk, shop).windows()
    known = [row for row in rows if row["window"] in _SHOWN and row["limit"] is not None]
    if not known:
        return None
    planned = _planned(desk, shop)
    keys = len({row["key_id"] for row in known})
    windows = [_window(row, -(-planned // keys)) for row in known]
    now, reserve = desk.clock.now(), shop.reserve / 100
    taken = min(_MOST, reserve + _pace_of_others(windows, known, now))
    cone = _cone(forecast.from_rows(rows), planned, now, reserve, taken)
    ends = cone[-1][:2] if planned else (float("inf"), float("inf"))
    earliest, latest = (None if at == float("inf") else iso(at) for at in ends)
    return Burndown(planned, earliest, latest, windows, cone if latest else [])


def _planned(desk: Desk, shop: ShopRow) -> int:
    active = (desk.active_run(store) for store in desk.stores(shop))
    lines = (progress(desk, run.id).lines for run in active if run is not None)
    return sum(each.missing for each in lines if each is not None)


def _window(row: dict[str, Any], planned: int) -> WindowBurn:
    limit, left = row["limit"], max(0, row["remaining"])
    ours = min(row["ours"], limit - left)
    return WindowBurn(
        key_id=row["key_id"],
        window=row["window"],
        limit=limit,
        ours=ours,
        others=limit - left - ours,
        planned=min(planned, max(0, left - row["reserve"])),
        reserve=min(row["reserve"], left),
        left=left,
        resets_at=iso(row["resets_at"]),
    )


def _pace_of_others(
    windows: Sequence[WindowBurn], rows: Sequence[dict[str, Any]], now: float
) -> float:
    """The part of a window that others take at their present pace: of the longest that is told
    for long enough, of the key where it is most."""
    found = []
    for burn, row in zip(windows, rows, strict=True):
        ends = row["resets_at"]
        gone = 1 - (ends - now) / _LENGTHS[burn.window] if ends else 0.0
        if burn.window != "5min" and gone >= _LEAST_SEEN:
            found.append(burn.others / burn.limit / min(gone, 1.0))
    return max(found, default=0.0)


def _cone(
    keys: Sequence[KeyWindows], planned: int, now: float, reserve: float, taken: float
) -> list[tuple[float, float, int]]:
    """From all that is planned down to nothing, in even steps."""
    points = []
    for step in range(_POINTS + 1):
        calls = planned * step // _POINTS
        ends = (forecast.finish(calls, keys, now=now, reserve=r).finish for r in (reserve, taken))
        earliest, latest = ends
        points.append((earliest, max(earliest, latest), planned - calls))
    return points
