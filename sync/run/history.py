"""A run's settings against those of today, and its log."""

from __future__ import annotations

from typing import Any

from sync.clock import iso
from sync.database import folded
from sync.errors import text_of
from sync.store import Desk, Refused

LEVELS = ("debug", "info", "warning", "error")


def handed_out_log(desk: Desk, run_id: int, lang: str) -> list[dict[str, Any]]:
    """All lines of a run's log, for a file; that it was made is noted."""
    store = desk.store_by_id(desk.run(run_id).store_id)
    desk.must("export table", store)
    desk.audit("export table", store.slug, after={"table": "log", "as": "text", "run": run_id})
    lines: list[dict[str, Any]] = log_lines(desk, run_id, lang=lang)["rows"]
    return lines


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
    lang: str = "en",
    limit: int | None = None,
    offset: int = 0,
) -> dict[str, Any]:
    """A run's log in order: {"total", "rows": [{"at" (ISO), "level", "phase", "message" (in the
    language), "detail"}]}. `level` means that level and worse; `search` looks in the message,
    without regard to case. UsageError for an unknown level."""
    if level and level not in LEVELS:
        raise Refused("level", level=level, known=", ".join(LEVELS))
    levels, sought = LEVELS[LEVELS.index(level) :] if level else LEVELS, folded(search)
    lines = [
        {**line, "at": iso(line["at"]), "message": text_of(line, lang)}
        for line in desk.run_log(run_id)
        if line["level"] in levels
    ]
    found = [line for line in lines if sought in folded(line["message"])]
    return {"total": len(found), "rows": found[offset : None if limit is None else offset + limit]}
