"""One sentence on why a store is green, amber or red."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sync.clock import iso
from sync.database import loses_pages, sqlite3
from sync.fleet import Brief, Standing, budgets, standings
from sync.store import ACTIVE, Desk, State, StoreRow
from sync.texts import text

LEVELS = ("red", "amber", "green")
OVERDUE = 3600.0  # seconds past its due time after which a store counts as late
STATUS_PAGES = {
    "lightspeed": "https://status.lightspeedhq.com",
    "clerk": "https://status.clerk.io",
}
_URGENCY = (
    *("damaged", "failed", "held", "stuck", "outage", "late", "other_writer"),
    *("partial", "rejected", "cancelled", "never"),
)

When = Callable[[float], str]


@dataclass(frozen=True)
class _Verdict:
    level: str
    code: str
    values: dict[str, object]


def utc_minute(at: float) -> str:
    """`2026-03-10 03:12 UTC`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def notices(lang: str = "en") -> list[str]:
    """What a person should know of this installation before anything else, a line each."""
    if loses_pages():
        return [text("status.loses_pages", lang, version=sqlite3.sqlite_version)]
    return []


def fleet(desk: Desk, lang: str = "en", when: When = utc_minute) -> list[dict[str, Any]]:
    """Every store as `store_status` has it, worst first; a handful of queries for all of them."""
    rows = _rows(desk, standings(desk), lang, when)
    return sorted(rows, key=lambda row: (_urgency(row), row["store"]))


def store_status(
    desk: Desk, store: StoreRow, lang: str = "en", when: When = utc_minute
) -> dict[str, Any]:
    """How a store is: store, name, shop, shop_name, language, api_url, demo, paused, sync_time,
    level, code, sentence (its times as `when` writes them), last_success and next_due (ISO UTC),
    active ({run, kind, state, phase, waiting} or None), held (a run's id or None), budget (rows
    of `Budget.windows`)."""
    [row] = _rows(desk, standings(desk, store.id), lang, when)
    return row


def outages(desk: Desk) -> list[dict[str, Any]]:
    """The sides that do not answer and that runs wait for: side, host, since and next (ISO UTC),
    waiting (how many stores), link (where the side says how it is), the longest first."""
    return [
        {
            "side": known.side,
            "host": known.host,
            "since": iso(known.since),
            "next": iso(known.next),
            "waiting": known.waiting,
            "link": STATUS_PAGES[known.side],
        }
        for known in desk.outages()
        if known.waiting
    ]


def _rows(desk: Desk, stands: list[Standing], lang: str, when: When) -> list[dict[str, Any]]:
    now = desk.clock.now()
    budget = budgets(desk, stands)
    bad = {name: at for name, (at, problem) in desk.checked().items() if problem}
    return [
        _row(standing, now, lang, when, bad) | {"budget": budget.get(standing.store.shop_id, [])}
        for standing in stands
    ]


def _row(
    standing: Standing, now: float, lang: str, when: When, bad: dict[str, float]
) -> dict[str, Any]:
    store, due = standing.store, standing.due(now)
    verdict = _damaged(standing, bad, when) or _verdict(standing, due, now, lang, when)
    held = standing.newest is not None and standing.newest.state is State.HELD
    return {
        "store": store.slug,
        "name": store.name,
        "shop": standing.shop,
        "shop_name": standing.shop_name,
        "language": store.language,
        "api_url": store.api_url,
        "demo": standing.demo,
        "paused": store.paused,
        "sync_time": standing.sync_time,
        "level": verdict.level,
        "code": verdict.code,
        "sentence": _sentence(verdict, standing, lang),
        "last_success": iso(standing.success),
        "next_due": iso(due),
        "active": _active(standing.active),
        "held": standing.newest.id if standing.newest and held else None,
    }


def _sentence(verdict: _Verdict, standing: Standing, lang: str) -> str:
    code = verdict.code
    if code == "never" and standing.demo:
        code = "never_demo"  # its Clerk.io has no sync of its own
    if code == "partial" and not verdict.values["failed"]:
        code = "partial_read"
    return text(f"status.{code}", lang, **verdict.values)


def _active(run: Brief | None) -> dict[str, Any] | None:
    if run is None:
        return None
    waits = {"until": iso(run.until), "window": run.window, "side": run.side, "why": run.why}
    return {
        "run": run.id,
        "kind": run.kind,
        "state": run.state,
        "phase": run.phase,
        "waiting": waits if run.state is State.WAITING else None,
    }


def _urgency(row: dict[str, Any]) -> tuple[int, int]:
    code = row["code"]
    place = _URGENCY.index(code) if code in _URGENCY else len(_URGENCY)
    return LEVELS.index(row["level"]), place


def _verdict(standing: Standing, due: float | None, now: float, lang: str, when: When) -> _Verdict:
    run = standing.newest
    if run is None:
        return _Verdict("amber", "never", {})
    values: dict[str, object] = {"run": run.id, "when": _told(run.finished, when)}
    if run.state in ACTIVE:
        return _under_way(run, now, values, lang, when)
    if run.state is State.HELD:
        return _Verdict("amber", "held", values)
    if run.state is State.FAILED:
        return _Verdict(
            "red", "failed", {**values, "message": run.said.text(lang) if run.said else ""}
        )
    if run.disputed:
        return _Verdict("amber", "other_writer", values)
    if run.state is State.PARTIAL:
        return _Verdict("amber", "partial", {**values, "failed": run.failed})
    if run.state in (State.CANCELLED, State.REJECTED):
        return _Verdict("amber", run.state, values)
    if due is not None and now - due > OVERDUE:
        return _Verdict("amber", "late", {**values, "due": when(due)})
    return _Verdict("green", "succeeded", values)


def _damaged(standing: Standing, bad: dict[str, float], when: When) -> _Verdict | None:
    """A file that the store needs did not pass its nightly check."""
    for file in ("desk.db", f"shops/{standing.shop}.db"):
        if file in bad:
            return _Verdict("red", "damaged", {"file": file, "when": when(bad[file])})
    return None


def _under_way(
    run: Brief, now: float, values: dict[str, object], lang: str, when: When
) -> _Verdict:
    """A run that could go on for an hour and does not has nobody who drives it."""
    since = run.until if run.state is State.WAITING and run.until is not None else run.due
    if run.state is not State.RUNNING and now - since > OVERDUE:
        return _Verdict("amber", "stuck", {**values, "due": when(since)})
    if run.state is not State.WAITING:
        return _Verdict("green", run.state, values)
    values |= {"until": _told(run.until, when)}
    if run.side:
        return _Verdict("amber", "outage", {**values, "side": text(f"side.{run.side}", lang)})
    if not run.window:
        return _Verdict("green", "going_on", values)
    return _Verdict("green", "waiting", {**values, "window": text(f"window.{run.window}", lang)})


def _told(at: float | None, when: When) -> str:
    return "" if at is None else when(at)
