"""What happened to one record, as a reader is told it."""

from __future__ import annotations

from typing import Any

from sync import explain
from sync.answers.past import Event, record_history
from sync.entities import Id
from sync.store import Desk, StoreRow


def lifeline(desk: Desk, store: StoreRow, entity: str, source: Id) -> list[dict[str, Any]]:
    """The events of `explain.timeline`, each with the `fields` that changed, and those of runs of
    which only the history is left."""
    now, *told = explain.timeline(desk, store, entity, source)
    kept = record_history(desk, store, entity, source)
    fields = {(event.run, event.action): list(event.fields) for event in kept}
    events = [
        {**event, "fields": fields.get((event["run"], event["outcome"]), [])} for event in told
    ]
    known = {(event["run"], event["outcome"]) for event in told}
    events += [_event(event) for event in kept if (event.run, event.action) not in known]
    events.sort(key=lambda event: str(event["at"]), reverse=True)
    return [{**now, "fields": []}, *events]


def _event(event: Event) -> dict[str, Any]:
    return {
        "run": event.run,
        "at": event.at,
        "outcome": event.action,
        "reasons": list(event.reasons),
        "fields": list(event.fields),
        "message": None,
        "detail": None,
        "link": None,
        "settings_version": event.settings_version,
    }
