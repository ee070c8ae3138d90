"""Sets of records that a page shows or a command names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sync.entities import Id
from sync.preview.cache import Part
from sync.preview.listing import RowFilter, filtered, known_entity, sources
from sync.preview.moves import moved
from sync.preview.plans import Snapshot, planned, rows_of
from sync.store import Refused

Chosen = Callable[[Snapshot, str], frozenset[Id]]
"""Lightspeed ids of a set's records, of the entity."""

# Orders that wait for their lines are skipped in documents, and have an action of their own here.
_ACTIONS: Final = {
    **{name: (name,) for name in ("create", "update", "unchanged", "remove", "follow")},
    "skip": ("skip", "follow"),
}
ACTIONS: Final = tuple(_ACTIONS)


def by_reason(reason: str) -> Chosen:
    """Records that the plan leaves out for this reason, whatever other reasons they have."""
    return partial(_filtered, RowFilter(reasons=(reason,)))


def by_action(action: str) -> Chosen:
    """Records of which the plan says this."""
    return partial(_filtered, RowFilter(actions=_ACTIONS[action]))


def _filtered(where: RowFilter, snapshot: Snapshot, entity: str) -> frozenset[Id]:
    return sources(snapshot.cache, _part(snapshot, entity), where)


def _part(snapshot: Snapshot, entity: str) -> Part:
    return planned(snapshot, None).parts[known_entity(entity)]


def shown(key: str, filters: Mapping[str, Any]) -> Chosen:
    """Records of a prepared plan that `filters` (as in `preview.rows`) let through. PlanGone if the
    plan's rows were thrown away."""
    return partial(_shown, key, filters)


def _shown(key: str, filters: Mapping[str, Any], snapshot: Snapshot, entity: str) -> frozenset[Id]:
    where = filtered(snapshot.cache, entity, **filters)
    return sources(snapshot.cache, rows_of(snapshot.cache, key, known_entity(entity)), where)


def changed_by(draft: Mapping[str, str]) -> Chosen:
    """Records that a draft (CLI texts) moves, held against the saved settings."""
    return partial(_changed, draft)


def _changed(draft: Mapping[str, str], snapshot: Snapshot, entity: str) -> frozenset[Id]:
    before, after = planned(snapshot, None), planned(snapshot, draft)
    return frozenset(moved(snapshot.cache, before.ids[entity], after.ids[entity]))


def failed_in(run: int) -> Chosen:
    """Records that failed in a run of the store."""
    return partial(_failed, run)


def _failed(run: int, snapshot: Snapshot, entity: str) -> frozenset[Id]:
    if snapshot.desk.run(run).store_id != snapshot.shop.store.id:
        raise Refused("run_of_another_store", run=run)
    sql = "SELECT source FROM outcome WHERE run = ? AND entity = ? AND outcome = 'failed'"
    return frozenset(row[0] for row in snapshot.shop.mirror.stream(sql, run, entity))


def gone_since(moment: float) -> Chosen:
    """Records that were taken out of Clerk.io since then (unix seconds) and are not back."""
    return partial(_gone, moment)


def _gone(moment: float, snapshot: Snapshot, entity: str) -> frozenset[Id]:
    sql = (
        "SELECT DISTINCT source FROM history h WHERE store = ?1 AND entity = ?2"
        " AND action = 'removed' AND at >= ?3 AND NOT EXISTS (SELECT 1 FROM ledger l"
        " WHERE l.store = ?1 AND l.entity = ?2 AND l.source = h.source AND NOT l.hidden)"
    )
    rows = snapshot.shop.mirror.stream(sql, snapshot.shop.store.id, entity, moment)
    return frozenset(row[0] for row in rows)
