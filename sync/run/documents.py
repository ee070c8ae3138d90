"""The documents that scripts and pages read: a preview, a run."""

from __future__ import annotations

from typing import Any

from sync.clock import iso
from sync.inspection import comparison
from sync.openshop import opened_shop
from sync.store import Desk, RunRow, State


def report(desk: Desk, run: RunRow, store: str | None = None) -> dict[str, Any]:
    """A run as `run`, `show` and `approve` give it; `store` is its store's slug where known."""
    document = {
        "run": run.id,
        "store": store or desk.store_by_id(run.store_id).slug,
        "kind": run.kind,
        "state": run.state,
        "trigger": run.trigger,
        "who": run.who,
        "queued": iso(run.queued),
        "started": iso(run.started),
        "finished": iso(run.finished),
        "settings_version": run.settings_version,
        "plan": run.plan,
        "phase": run.phase,
        "waiting": waiting_document(run),
        "holds": run.holds,
        # Runs of older versions did not count what they had not sent.
        "books": {entity: {"not_sent": 0, **book} for entity, book in run.books.items()},
        "calls": run.calls or {"lightspeed": {"total": 0}, "clerk": {"total": 0}},
        "waited_s": round(run.waited),
        "errors": run.errors,
        "message": run.message,
        "detail": run.detail,
        "ended": run.ended,
    }
    if run.kind == "compare":
        document["entities"] = _compared(desk, run)
    return document


def _compared(desk: Desk, run: RunRow) -> dict[str, Any]:
    with opened_shop(desk, desk.store_by_id(run.store_id)) as shop:
        return comparison(shop.journal(run.id))


def waiting_document(run: RunRow) -> dict[str, Any] | None:
    """Until when a waiting run waits, and for which window, or for which side to answer."""
    if run.state is not State.WAITING:
        return None
    return {"until": iso(run.until), "window": run.window, "side": run.side, "why": run.why}
