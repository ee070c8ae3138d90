"""One sentence on why a store is green, amber or red."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sync import schedule
from sync.clock import iso
from sync.store import Desk, RunRow, StoreRow
from sync.texts import text
from sync.workshop import budget_of

LEVELS = ("red", "amber", "green")
OVERDUE = 3600.0  # seconds past its due time after which a store counts as late


@dataclass(frozen=True)
class _Verdict:
    level: str
    code: str
    values: dict[str, object]


def store_status(desk: Desk, store: StoreRow, lang: str = "en") -> dict[str, Any]:
    """Level, sentence, last success, next due time, the active or held run, budgets."""
    runs = [run for run in desk.runs(store, limit=50) if run.kind == "sync"]
    due = next_due(desk, store, runs)
    verdict = _verdict(desk, runs, due)
    success = _last(runs, "succeeded", "partial")
    shop = desk.shop_by_id(store.shop_id)
    budget = budget_of(desk, shop).windows() if desk.keys(shop) else []
    return {
        "level": verdict.level,
        "code": verdict.code,
        "sentence": text(f"status.{verdict.code}", lang, **verdict.values),
        "last_success": iso(success.finished) if success else None,
        "next_due": iso(due),
        "run": runs[0].id if runs and runs[0].finished is None else None,
        "budget": budget,
    }


def next_due(desk: Desk, store: StoreRow, runs: list[RunRow]) -> float | None:
    """When the store's schedule wants it to run next (unix s)."""
    version = desk.settings(store)
    last = next((run for run in runs if run.started and run.finished), None)
    took = None
    if last is not None and last.started and last.finished:
        took = last.finished - last.started - last.waited
    return schedule.next_due(
        version.settings.sync_time,
        store=store.slug,
        last_start=last.started if last else None,
        last_end=last.finished if last else None,
        last_duration=took,
        now=desk.clock.now(),
        paused=store.paused,
        since=version.at,
    )


def _verdict(desk: Desk, runs: list[RunRow], due: float | None) -> _Verdict:
    if not runs:
        return _Verdict("amber", "never", {})
    run = runs[0]
    values: dict[str, object] = {"run": run.id, "when": iso(run.finished) or ""}
    if run.state == "waiting":
        values |= {"until": iso(run.until) or "", "window": run.window or ""}
    if run.state in ("queued", "running", "waiting", "approved"):
        return _Verdict("green", run.state, values)
    if run.state == "held":
        return _Verdict("amber", "held", values)
    if run.state == "failed":
        return _Verdict("red", "failed", {**values, "message": run.message or ""})
    if run.state == "partial":
        failed = sum(book["failed"] for book in run.books.values())
        return _Verdict("amber", "partial", {**values, "failed": failed})
    if run.state in ("cancelled", "rejected"):
        return _Verdict("amber", run.state, values)
    if due is not None and desk.clock.now() - due > OVERDUE:
        return _Verdict("amber", "late", {**values, "due": iso(due) or ""})
    return _Verdict("green", "succeeded", values)


def _last(runs: list[RunRow], *states: str) -> RunRow | None:
    return next((run for run in runs if run.state in states), None)
