"""A plan and its rows, made once and found again at the next click."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

from sync.database import as_of_now, is_writable, migrate, opened
from sync.entities import ENTITIES
from sync.openshop import OpenShop, opened_shop
from sync.plan import PlanInputs, basis, plan_of
from sync.preview.cache import Cache, Part, PlanGone, StoredPlan
from sync.preview.parts import ensured, state_of
from sync.preview.schema import migrations as cache_tables
from sync.run.fills import moved_by_plan
from sync.run.previews import Preview, preview_of
from sync.settings import Settings
from sync.store import Desk, SettingsVersion, StoreRow

Draft = Mapping[str, str] | None


@dataclass(frozen=True)
class Prepared:
    """A plan whose rows are there: `preview` is what `run.preview` gives, `key` opens its
    rows."""

    key: str
    preview: Preview


@dataclass(frozen=True)
class Planned:
    """A plan whose rows are in the cache, a part for each entity; `version` is that of saved
    settings, None for a draft."""

    key: str
    inputs: PlanInputs
    version: int | None
    parts: dict[str, Part]

    @property
    def ids(self) -> dict[str, int]:
        """The parts' ids by entity."""
        return {entity: part.id for entity, part in self.parts.items()}


@dataclass(frozen=True)
class Snapshot:
    """The shop's file as it was in one moment, and the cache beside it."""

    desk: Desk
    shop: OpenShop
    cache: Cache
    saved: SettingsVersion

    def inputs(self, settings: Settings) -> PlanInputs:
        """What a plan under settings is made from."""
        return replace(self.shop.plan_inputs(settings), before=self._before)

    @cached_property
    def _before(self) -> PlanInputs:
        return self.shop.plan_inputs(self.saved.settings)


def cache_file(shop_file: Path) -> Path:
    """Where rows of plans are kept: in the shop's file, and where that cannot be written in a
    folder of this process alone, for to look needs no write."""
    if is_writable(shop_file):
        return shop_file
    name = blake2b(str(shop_file.absolute()).encode(), digest_size=8).hexdigest()
    return Path(_beside().name) / f"{name}.db"


@lru_cache(maxsize=1)
def _beside() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="sync-desk-", ignore_cleanup_errors=True)


@contextmanager
def opened_snapshot(desk: Desk, store: StoreRow) -> Iterator[Snapshot]:
    """The shop's file read as of one moment; the cache is written by a connection of its own."""
    with opened_shop(desk, store) as shop:
        path = cache_file(shop.path)
        migrate(path, cache_tables)
        with opened(path) as db, as_of_now(shop.mirror.db):
            cache = Cache(db, store.id, desk.clock.now())
            yield Snapshot(desk, shop, cache, desk.settings(store))


def prepared(desk: Desk, store: StoreRow, draft: Draft = None) -> Prepared:
    """The plan under the saved settings, or under a draft (CLI texts), with its rows ready to be
    read. If nothing moved since it was last made, nothing is planned. SettingError for a bad
    draft."""
    with opened_snapshot(desk, store) as snapshot:
        plan = planned(snapshot, draft)
        return Prepared(plan.key, preview_at(snapshot, plan))


def preview_at(snapshot: Snapshot, plan: Planned) -> Preview:
    """A plan's preview, with the calls and the finish of a run that would begin now."""
    counts = {entity: part.counts for entity, part in plan.parts.items()}
    moves = partial(_moves, snapshot.cache, plan)
    return preview_of(snapshot.shop, plan_of(plan.inputs, counts), plan.version, moves)


def _moves(cache: Cache, plan: Planned) -> dict[str, dict[str, int]]:
    """As `moved_by_plan`, of the rows that say what goes, and counted once for each part."""
    moves = {}
    for entity, part in plan.parts.items():
        known = cache.moves(part.id)
        if known is None:
            chosen = replace(plan.inputs, only={entity: cache.going(part.id)})
            known = moved_by_plan(chosen, [entity]).get(entity, {})
            cache.note_moves(part.id, known)
        moves[entity] = known
    return moves


def planned(snapshot: Snapshot, draft: Draft) -> Planned:
    """The current plan, decided where its rows are not in the cache."""
    saved = snapshot.saved
    settings = saved.settings.changed(draft) if draft else saved.settings
    version = None if draft else saved.version
    inputs = snapshot.inputs(settings)
    parts = {entity: ensured(inputs, snapshot.cache, entity) for entity in ENTITIES}
    plan = Planned(plan_key(inputs, version), inputs, version, parts)
    _keep(snapshot, plan)
    return plan


def plan_key(inputs: PlanInputs, version: int | None) -> str:
    """Names a plan by all that it is made from, but for arriving order lines."""
    parts = [basis.part_key(inputs, entity) for entity in ENTITIES]
    return basis.digest([inputs.settings.values(), version, parts])


def _keep(snapshot: Snapshot, plan: Planned) -> None:
    """Note the plan, or that it was used; throw away what is stale when it is new."""
    parts, known = plan.ids, snapshot.cache.plan(plan.key)
    if known is not None and known.parts == parts:
        snapshot.cache.note_use(known)
        return
    settings = plan.inputs.settings.values()
    snapshot.cache.put_plan(StoredPlan(plan.key, settings, plan.version, parts, snapshot.cache.now))
    snapshot.cache.prune(
        {entity: state_of(plan.inputs, entity) for entity in ENTITIES},
        [store.id for store in snapshot.desk.stores(snapshot.shop.shop)],
    )


@contextmanager
def opened_cache(
    desk: Desk, store: StoreRow, entity: str = "", keys: Sequence[str] = ()
) -> Iterator[Cache]:
    """The cache alone, as of one moment: nothing that is read can be thrown away meanwhile. `keys`
    name the plans whose rows of an entity are read. PlanGone if one was thrown away."""
    path = cache_file(desk.shop_file(desk.shop_by_id(store.shop_id)))
    migrate(path, cache_tables)
    with opened(path) as db:
        cache = Cache(db, store.id, desk.clock.now())
        for key in keys:
            rows_of(cache, key, entity)
        with as_of_now(db):
            yield cache


def part_of(cache: Cache, key: str, entity: str) -> Part:
    """An entity's part of a prepared plan; PlanGone if it was thrown away."""
    return cache.part_by_id(stored(cache, key).parts[entity])


def rows_of(cache: Cache, key: str, entity: str) -> Part:
    """The same with all its rows."""
    part = part_of(cache, key, entity)
    cache.complete(part.id)
    return part


def stored(cache: Cache, key: str) -> StoredPlan:
    """The prepared plan; PlanGone if it was thrown away."""
    plan = cache.plan(key)
    if plan is None:
        raise PlanGone
    return plan
