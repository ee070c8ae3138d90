"""What a draft would change, beside the plan under the saved settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sync.entities import ENTITIES
from sync.openshop import OpenShop
from sync.preview.blame import Blame, blamed_in
from sync.preview.moves import Moves
from sync.preview.plans import opened_snapshot, planned, preview_at
from sync.run.previews import Preview
from sync.run.price import new_calls
from sync.settings import Settings, differences
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
        unread = dict(_unread(snapshot.shop, saved.inputs.settings, changes))
        before, after = (preview_at(snapshot, plan) for plan in (saved, drafted))
    moves = {entity: found.moves(entity) for entity in ENTITIES}
    return Effect(drafted.key, before, after, changes, moves, unread, found.blames)


def _unread(
    shop: OpenShop, saved: Settings, changes: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[str, int]]:
    """Calls for what each changed setting asks for beyond the saved ones and was never read."""
    old = new_calls(shop, saved)
    for name, (_, wanted) in changes.items():
        yield name, max(0, new_calls(shop, saved.changed({name: wanted})) - old)
