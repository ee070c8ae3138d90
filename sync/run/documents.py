"""The documents that scripts and pages read: a preview, a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sync import guard
from sync.clock import iso
from sync.entities import ENTITIES
from sync.extract import Read
from sync.inspection import comparison
from sync.mirror import facts
from sync.plan import Plan, build, record_line
from sync.run.price import (
    Older,
    calls_of,
    clerk_calls,
    finish_of,
    not_read,
    older_orders,
    reads_of,
    unknown,
)
from sync.store import Desk, RunRow, State, StoreRow
from sync.workshop import Workshop, opened_shop


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
        inputs = shop.plan_inputs(settings)
        sink = None if records is None else lambda made: records(record_line(inputs, made))
        return plan_document(shop, build(inputs, sink), None if draft else version.version)


def plan_document(shop: Workshop, plan: Plan, version: int | None) -> dict[str, Any]:
    """A plan as `preview` gives it; `version` is that of saved settings, None for a draft."""
    settings = plan.inputs.settings
    reads, older = reads_of(shop, settings), older_orders(shop, settings)
    clerk = clerk_calls(shop, plan)
    calls = calls_of(settings, reads, older, plan.lines_missing, clerk)
    return {
        "store": shop.store.slug,
        "as_of": iso(shop.mirror.fact(facts.as_of(shop.store.language))),
        "settings_version": version,
        "fingerprint": plan.fingerprint,
        "entities": {
            entity: _entity(plan, entity, version is None, reads, older) for entity in ENTITIES
        },
        "holds": guard.as_json(guard.holds(plan)),
        "calls": calls,
        "finish": finish_of(shop, calls),
    }


def _entity(
    plan: Plan, entity: str, draft: bool, reads: Sequence[Read], older: Older
) -> dict[str, Any]:
    inputs, counts = plan.inputs, plan.counts[entity]
    document: dict[str, Any] = {
        "read": counts.read,
        "create": counts.create,
        "update": counts.update,
        "unchanged": counts.unchanged,
        "remove": counts.remove,
        "skip": counts.skip,
        "reasons": dict(sorted(counts.reasons.items())),
    }
    if counts.held_before:
        document["held_before"] = {"count": counts.held_before, "remove": counts.held_leaving}
    if entity == "orders":
        before = inputs.mirror.fact(facts.ORDERS_STATE).get("older", 0)
        document |= {"lines_missing": plan.lines_missing, "not_read": before}
    if entity == "categories":
        document["left_in_clerk"] = counts.reasons["left_in_clerk"] + len(plan.left_in_clerk)
    if inputs.wants(entity) and not inputs.was_read(entity):
        price = {"not_read": {"calls": not_read(entity, reads, older)}}
        mirror_read = inputs.mirror.fact(facts.as_of(inputs.lang)) is not None
        return price if draft or mirror_read else document | price
    if found := unknown(entity, counts, reads, older):
        document["unknown"] = found
    return document


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
