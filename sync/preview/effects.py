"""What a draft would change, beside the plan under the saved settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache as memo
from functools import partial
from typing import Final

from sync.entities import ENTITIES
from sync.preview.cache import Cache
from sync.preview.parts import ensured
from sync.preview.plans import Planned, Snapshot, opened_cache, opened_snapshot, planned, preview_at
from sync.run.previews import Preview
from sync.run.price import new_calls
from sync.settings import differences
from sync.store import Desk, StoreRow

BLAMED: Final = 4  # more settings than that are not told apart


@dataclass(frozen=True)
class Moves:
    """Records that a change lets `enter` (they would be in Clerk.io after a sync under it, and not
    without), lets `leave`, or sends with another payload. Orders that come in and still wait for
    their lines are those that `follow`, and in nothing else."""

    enter: int = 0
    leave: int = 0
    change: int = 0
    follow: int = 0


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
        differ = memo(partial(_difference, cache))
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


# A row that only one side has is of a record that is gone from Lightspeed; where it is missing,
# the settings leave that record alone, so it stays in Clerk.io. Orders that follow are in every
# part, and Clerk.io may have one already.
_BEFORE: Final = "ifnull(a.stays OR a.action = 'follow', 1)"
_IN_BOTH: Final = f"""
SELECT sum(b.stays AND NOT {_BEFORE}),
  sum({_BEFORE} AND NOT b.stays AND b.action <> 'follow'),
  sum(a.stays AND b.stays AND a.hash <> b.hash),
  sum(NOT b.stays AND b.action = 'follow' AND NOT {_BEFORE})
FROM plan_row b LEFT JOIN plan_row a ON a.part = ? AND a.source = b.source WHERE b.part = ?
"""
_BEFORE_ONLY: Final = """
SELECT count(*) FROM plan_row a WHERE a.part = ? AND NOT a.stays
  AND NOT EXISTS (SELECT 1 FROM plan_row b WHERE b.part = ? AND b.source = a.source)
"""


def _difference(cache: Cache, before: int, after: int) -> Moves:
    for part in (before, after):
        cache.part_by_id(part)
    if before == after:
        return Moves()
    numbers = cache.conn.execute(_IN_BOTH, [before, after]).fetchone()
    enter, leave, change, follow = (int(n or 0) for n in numbers)
    enter += cache.conn.execute(_BEFORE_ONLY, [before, after]).fetchone()[0]
    return Moves(enter, leave, change, follow)
