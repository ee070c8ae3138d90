"""What a draft would change, beside the plan under the saved settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.entities import ENTITIES
from sync.preview.blame import Blame, blamed_in
from sync.preview.moves import Moves
from sync.preview.plans import Planned, Snapshot, opened_snapshot, planned, preview_at
from sync.run.previews import Preview
from sync.run.price import new_calls
from sync.settings import differences
from sync.store import Desk, StoreRow


@dataclass(frozen=True)
class Effect:
    """How a draft differs from the saved settings on today's data; `key` opens the draft's rows,
    `settings` has the old and the new value of each that differs, `unread` the calls for what it
    asks for and nobody has read, so that its effect is not known; `blame` puts each moved record on
    the settings that move it."""

    key: str
    saved: Preview
    draft: Preview
    settings: Mapping[str, tuple[str, str]]
    entities: Mapping[str, Moves]
    unread: Mapping[str, int]
    blame: Sequence[Blame]


def effect(desk: Desk, store: StoreRow, draft: Mapping[str, str]) -> Effect:
    """What a draft (CLI texts) changes. SettingError for a bad draft, PlanGone if others made so
    many plans meanwhile that these were thrown away."""
    with opened_snapshot(desk, store) as snapshot:
        saved, drafted = planned(snapshot, None), planned(snapshot, draft)
        found = blamed_in(snapshot, saved, drafted)
        changes = differences(saved.inputs.settings, drafted.inputs.settings)
        unread = {name: _unread(snapshot, saved, {name: new}) for name, (_, new) in changes.items()}
        before, after = (preview_at(snapshot.shop, plan) for plan in (saved, drafted))
    moves = {entity: found.moves(entity) for entity in ENTITIES}
    return Effect(drafted.key, before, after, changes, moves, unread, found.blames)


def _unread(snapshot: Snapshot, saved: Planned, change: Mapping[str, str]) -> int:
    """Calls for what a changed setting asks for beyond the saved ones and was never read."""
    before, after = saved.inputs.settings, saved.inputs.settings.changed(change)
    old, new = (new_calls(snapshot.shop, each) for each in (before, after))
    return max(0, new - old)
