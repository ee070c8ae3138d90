"""Runs in a list, as a trend, against today's settings, and their log: paged by SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sync.clock import iso
from sync.run.documents import report
from sync.store import Desk, Refused, RunRow, StoreRow

LEVELS = ("debug", "info", "warning", "error")


def list_runs(
    desk: Desk,
    *,
    store: StoreRow | None = None,
    states: Sequence[str] = (),
    triggers: Sequence[str] = (),
    kinds: Sequence[str] = (),
    since: float | None = None,
    limit: int = 50,
    offset: int = 0,
) -> dict[str, Any]:
    """Runs, newest first: {"total", "rows"}, each row as `report` gives it with `took_s` (None
    until it ends). Empty filters let everything through; `since` is unix seconds of queueing."""
    filters = {"state": states, "trigger": triggers, "kind": kinds}
    total, runs = desk.find_runs(store, filters, since, limit, offset)
    slugs = {row.id: row.slug for row in desk.stores()}
    rows = [replace(report(desk, run, slugs.get(run.store_id)), took_s=took(run)) for run in runs]
    return {"total": total, "rows": rows}


def took(run: RunRow) -> float | None:
    """Seconds from start to end, waits included; None for a run that has not ended or begun."""
    if run.started is None or run.finished is None:
        return None
    return round(run.finished - run.started, 1)


def trend(desk: Desk, store: StoreRow, limit: int = 30) -> list[dict[str, Any]]:
    """The store's last sync runs that have begun, oldest first: run, started (ISO), took_s, state,
    created, updated, removed, failed, lightspeed_calls."""
    _, runs = desk.find_runs(store, {"kind": ("sync",)}, None, limit, 0)
    return [_point(run) for run in reversed(runs) if run.started is not None]


def _point(run: RunRow) -> dict[str, Any]:
    names = ("created", "updated", "removed", "failed")
    return {
        "run": run.id,
        "started": iso(run.started),
        "took_s": took(run),
        "state": run.state,
        **{name: sum(book[name] for book in run.books.values()) for name in names},
        "lightspeed_calls": run.calls.get("lightspeed", {}).get("total", 0),
    }


def compare_settings(desk: Desk, run_id: int) -> dict[str, Any]:
    """The settings a run used against those of now: {"used": version, "now": version,
    "differences": [{"setting", "used", "now"}]}, values as CLI texts."""
    run = desk.run(run_id)
    current = desk.settings(desk.store_by_id(run.store_id))
    used, now = run.settings.values(), current.settings.values()
    return {
        "used": run.settings_version,
        "now": current.version,
        "differences": [
            {"setting": key, "used": used[key], "now": now[key]}
            for key in now
            if used[key] != now[key]
        ],
    }


def log_lines(
    desk: Desk,
    run_id: int,
    *,
    level: str | None = None,
    search: str = "",
    limit: int = 200,
    offset: int = 0,
    newest_first: bool = False,
) -> dict[str, Any]:
    """A run's log: {"total", "rows": [{"at" (ISO), "level", "phase", "message"}]}. `level` means
    that level and worse; `search` looks in the message, without regard to case. UsageError for an
    unknown level."""
    if level and level not in LEVELS:
        raise Refused("level", level=level, known=", ".join(LEVELS))
    levels = LEVELS[LEVELS.index(level) :] if level else LEVELS
    total, rows = desk.find_log(run_id, levels, search, limit, offset, newest_first)
    return {"total": total, "rows": [{**row, "at": iso(row["at"])} for row in rows]}
