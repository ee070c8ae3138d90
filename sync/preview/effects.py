"""What a draft would change, beside the plan under the saved settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache as memo
from typing import Final

from sync.entities import ENTITIES
from sync.preview.moves import Moves, moved, numbers
from sync.preview.parts import ensured
from sync.preview.plans import Planned, Snapshot, opened_cache, opened_snapshot, planned, preview_at
from sync.run.previews import Preview
from sync.run.price import new_calls
from sync.settings import differences
from sync.store import Desk, StoreRow

BLAMED: Final = 4  # more settings than that are not told apart


@dataclass(frozen=True)
class Blame:
    """What one changed setting does alone. `unread` are the calls for what it asks for and nobody
    has read, so that its effect is not known."""

    setting: str
    old: str
    new: str
    unread: int
    entities: Mapping[str, Moves]


@dataclass(frozen=True)
class Effect:
    """How a draft differs from the saved settings on today's data; `key` opens the draft's rows,
    `settings` has the old and the new value of each that differs. Up to four are told apart."""

    key: str
    saved: Preview
    draft: Preview
    settings: Mapping[str, tuple[str, str]]
    entities: Mapping[str, Moves]
    blame: Sequence[Blame]


def effect(desk: Desk, store: StoreRow, draft: Mapping[str, str]) -> Effect:
    """What a draft (CLI texts) changes. SettingError for a bad draft, PlanGone if others made so
    many plans meanwhile that these were thrown away."""
    with opened_snapshot(desk, store) as snapshot:
        saved, drafted = planned(snapshot, None), planned(snapshot, draft)
        changes = differences(saved.inputs.settings, drafted.inputs.settings)
        alone = _alone(snapshot, saved, changes) if len(changes) <= BLAMED else {}
        unread = {name: _unread(snapshot, saved, {name: new}) for name, (_, new) in changes.items()}
        before, after = (preview_at(snapshot.shop, plan) for plan in (saved, drafted))
    with opened_cache(desk, store) as cache:
        differ = memo(lambda before, after: numbers(moved(cache, before, after)))
        return Effect(
            key=drafted.key,
            saved=before,
            draft=after,
            settings=changes,
            entities=_between(differ, saved.ids, drafted.ids),
            blame=[
                Blame(name, *changes[name], unread[name], _between(differ, saved.ids, parts))
                for name, parts in alone.items()
            ],
        )


def _alone(
    snapshot: Snapshot, saved: Planned, changes: Mapping[str, tuple[str, str]]
) -> dict[str, dict[str, int]]:
    """The parts under each changed setting alone."""
    plan_ids: dict[str, dict[str, int]] = {}
    for name, (_, new) in changes.items():
        inputs = snapshot.shop.plan_inputs(saved.inputs.settings.changed({name: new}))
        plan_ids[name] = {entity: ensured(inputs, snapshot.cache, entity).id for entity in ENTITIES}
    return plan_ids


def _unread(snapshot: Snapshot, saved: Planned, change: Mapping[str, str]) -> int:
    """Calls for what a changed setting asks for beyond the saved ones and was never read."""
    before, after = saved.inputs.settings, saved.inputs.settings.changed(change)
    old, new = (new_calls(snapshot.shop, each) for each in (before, after))
    return max(0, new - old)


def _between(
    differ: Callable[[int, int], Moves],
    before: Mapping[str, int],
    after: Mapping[str, int],
) -> dict[str, Moves]:
    return {entity: differ(before[entity], after[entity]) for entity in ENTITIES}
