"""The documents that scripts and pages read: a preview, a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from sync import forecast, guard
from sync.clock import iso
from sync.extract import unchanged_calls
from sync.ledger import ENTITIES
from sync.plan import Plan, build, record_line
from sync.plan.build import Counts
from sync.store import Desk, RunRow, StoreRow
from sync.workshop import Workshop, opened_shop

CLERK_BATCH = 200
CLERK_DELETES = 50
READ_BACK_CALLS = 2


def preview(
    desk: Desk,
    store: StoreRow,
    draft: Mapping[str, str] | None = None,
    records: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """What a sync would do now, without a call. `draft` changes settings that nobody saved;
    `records` gets one line for each record."""
    version = desk.settings(store)
    settings = version.settings.changed(draft) if draft else version.settings
    with opened_shop(desk, store) as shop:
        case = shop.case(settings)
        sink = None if records is None else lambda made: records(record_line(case, made))
        return plan_document(shop, build(case, sink), None if draft else version.version)


def plan_document(shop: Workshop, plan: Plan, version: int | None) -> dict[str, Any]:
    """A plan as `preview` gives it; `version` is that of saved settings, None for a draft."""
    calls = _calls(plan)
    return {
        "store": shop.store.slug,
        "as_of": iso(shop.mirror.meta(f"as_of:{shop.store.language}")),
        "settings_version": version,
        "fingerprint": plan.fingerprint,
        "entities": {entity: _entity(plan, entity, version is None) for entity in ENTITIES},
        "holds": guard.as_json(guard.holds(plan)),
        "calls": calls,
        "finish": finish_of(shop, calls),
    }


def _entity(plan: Plan, entity: str, draft: bool) -> dict[str, Any]:
    case, counts = plan.case, plan.counts[entity]
    mirror_read = case.mirror.meta(f"as_of:{case.lang}") is not None
    if case.wants(entity) and not case.was_read(entity) and (draft or mirror_read):
        return {"not_read": {"calls": _calls_to_read(plan, entity)}}
    document: dict[str, Any] = {
        "read": counts.read,
        "create": counts.create,
        "update": counts.update,
        "unchanged": counts.unchanged,
        "remove": counts.remove,
        "skip": counts.skip,
        "reasons": dict(sorted(counts.reasons.items())),
    }
    if entity == "orders":
        older = case.mirror.meta("orders_state", {}).get("older", 0)
        document |= {"lines_missing": plan.lines_missing, "not_read": older}
    if entity == "categories":
        document["left_in_clerk"] = counts.reasons["left_in_clerk"] + len(plan.left_in_clerk)
    return document


def _calls_to_read(plan: Plan, entity: str) -> int:
    """Calls that reading an entity for the first time takes, as far as the mirror can tell."""
    mirror, page = plan.case.mirror, plan.case.settings.page_size
    if entity == "customers":
        buyers = mirror.number("SELECT count(DISTINCT customer) FROM orders")
        return 2 * ceil(max(buyers, 1) / page) + 2
    if entity == "pages":
        return 3
    if entity in ("products", "categories"):
        known = max(mirror.number("SELECT count(DISTINCT id) FROM product"), 1)
        return ceil(known / page) + 6
    return 3


def _calls(plan: Plan) -> dict[str, int]:
    clerk = sum(_clerk_calls(counts) for counts in plan.counts.values())
    clerk += ceil(plan.lines_missing / CLERK_BATCH)
    lightspeed = plan.lines_missing + unchanged_calls(plan.case.settings)
    return {"lightspeed": lightspeed, "clerk": clerk + (READ_BACK_CALLS if clerk else 0)}


def finish_of(shop: Workshop, calls: Mapping[str, int]) -> str | None:
    """When a run with these calls would be done if it began now; None if the windows never let it
    end."""
    now, reserve = shop.desk.clock.now(), shop.shop.reserve / 100
    done = forecast.finish(calls["lightspeed"], shop.windows(), now=now, reserve=reserve).finish
    return None if done == float("inf") else iso(done + clerk_seconds(calls))


def clerk_seconds(calls: Mapping[str, int]) -> float:
    """How long the calls to Clerk.io take, at two a second."""
    return calls["clerk"] / 2


def _clerk_calls(counts: Counts) -> int:
    writes = ceil((counts.create + counts.update) / CLERK_BATCH)
    return writes + ceil((counts.remove + counts.replaced) / CLERK_DELETES)


def report(desk: Desk, run: RunRow, store: str | None = None) -> dict[str, Any]:
    """A run as `run`, `show` and `approve` give it; `store` is its store's slug where known."""
    return {
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
        "ended": run.ended,
    }


def waiting_document(run: RunRow) -> dict[str, Any] | None:
    """Until when a waiting run waits, and for which window, or for which side to answer."""
    if run.state != "waiting":
        return None
    return {"until": iso(run.until), "window": run.window, "side": run.side, "why": run.why}
