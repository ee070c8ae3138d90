"""A plan and its rows, made once and found again at the next click."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sync import mapping
from sync.database import is_writable, opened
from sync.entities import ENTITIES
from sync.plan import plan_of
from sync.preview.cache import Cache, Part, PlanGone, StoredPlan
from sync.preview.parts import digest, ensured, lines_of, state_of
from sync.preview.schema import migrate_preview
from sync.run.documents import plan_document
from sync.run.price import calls_of, clerk_calls, finish_of, older_orders, reads_of
from sync.settings import Settings
from sync.store import Desk, StoreRow
from sync.workshop import Workshop, opened_shop

Draft = Mapping[str, str] | None


@dataclass(frozen=True)
class Prepared:
    """A plan whose rows are there: `document` is what `run.preview` gives, `key` opens its
    rows."""

    key: str
    document: dict[str, Any]


@dataclass(frozen=True)
class Room:
    """The shop's file as it was in one moment, and the cache beside it."""

    desk: Desk
    shop: Workshop
    cache: Cache


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
def opened_room(desk: Desk, store: StoreRow) -> Iterator[Room]:
    """The shop's file read as of one moment; the cache is written by a connection of its own."""
    with opened_shop(desk, store) as shop:
        path = cache_file(shop.path)
        migrate_preview(path)
        with opened(path) as db:
            shop.mirror.conn.execute("BEGIN")
            yield Room(desk, shop, Cache(db, store.id, desk.clock.now()))


def prepared(desk: Desk, store: StoreRow, draft: Draft = None) -> Prepared:
    """The plan under the saved settings, or under a draft (CLI texts), with its rows ready to be
    read. If nothing moved since it was last made, nothing is planned. SettingError for a bad
    draft."""
    with opened_room(desk, store) as room:
        plan = planned(room, draft)
        return Prepared(plan.key, fresh(room.shop, plan))


def fresh(shop: Workshop, plan: StoredPlan) -> dict[str, Any]:
    """A stored plan's document with the calls and the finish of a run that would begin now."""
    document, settings = dict(plan.document), Settings.from_values(plan.settings)
    lines = document["entities"]["orders"].get("lines_missing", 0)
    reads, older = reads_of(shop, settings), older_orders(shop, settings)
    calls = calls_of(settings, reads, older, lines, document.pop(_KNOWN))
    return {**document, "calls": calls, "finish": finish_of(shop, calls)}


_KNOWN: Final = "clerk_known"  # calls to Clerk.io for what is known; no part of the document


def planned(room: Room, draft: Draft) -> StoredPlan:
    """The current plan from the cache, made if it is not there."""
    version = room.desk.settings(room.shop.store)
    settings = version.settings.changed(draft) if draft else version.settings
    told = None if draft else version.version
    key = plan_key(room.shop, settings, told)
    found = room.cache.plan(key, lines_of(room.shop.mirror))
    plan = found or _made(room, key, settings, told)
    room.cache.note_use(plan)
    return plan


def plan_key(shop: Workshop, settings: Settings, version: int | None) -> str:
    """Names the plan without making it: covers all that the plan and its document come from, but
    for arriving order lines."""
    lang, mirror = shop.store.language, shop.mirror
    langs = [f"catalog:{lang}", f"pages:{lang}"]
    scopes = ["shop", "orders", "customers", *langs]
    names = [f"{kind}:{scope}" for kind in ("version", "complete", "read") for scope in scopes]
    names += [f"{kind}:{lang}" for kind in ("as_of", "filters", "blogs", "tags", "custom_statuses")]
    names += [f"{kind}:{lang}" for kind in ("tag_titles", "catalog_state")]
    names += ["shop", "languages", "orders_state", "ahead", "metafields_way", "metafields_read"]
    return digest(
        [
            mapping.VERSION,
            shop.store.id,
            [shop.shop.domain, shop.shop.cluster, shop.shop.language_in_every_url],
            settings.values(),
            version,
            shop.ledger.version(),
            [mirror.meta(name) for name in names],
        ]
    )


def _made(room: Room, key: str, settings: Settings, version: int | None) -> StoredPlan:
    inputs = room.shop.plan_inputs(settings)
    parts = {entity: ensured(inputs, room.cache, entity) for entity in ENTITIES}
    made = plan_of(inputs, {entity: part.counts for entity, part in parts.items()})
    plan = StoredPlan(
        key,
        plan_document(room.shop, made, version) | {_KNOWN: clerk_calls(room.shop, made)},
        settings.values(),
        {entity: part.id for entity, part in parts.items()},
        room.cache.now,
    )
    room.cache.put_plan(plan)
    room.cache.prune(
        {entity: state_of(inputs, entity) for entity in ENTITIES},
        [store.id for store in room.desk.stores(room.shop.shop)],
    )
    return plan


@contextmanager
def opened_cache(desk: Desk, store: StoreRow) -> Iterator[Cache]:
    """The cache alone, as of one moment: nothing that is read can be thrown away meanwhile."""
    path = cache_file(desk.shop_file(desk.shop_by_id(store.shop_id)))
    migrate_preview(path)
    with opened(path) as db:
        db.conn.execute("BEGIN")
        yield Cache(db, store.id, desk.clock.now())


def part_of(cache: Cache, key: str, entity: str) -> Part:
    """An entity's part of a prepared plan; PlanGone if it was thrown away."""
    return cache.part_by_id(stored(cache, key).parts[entity])


def stored(cache: Cache, key: str) -> StoredPlan:
    """The prepared plan; PlanGone if it was thrown away."""
    plan = cache.plan(key)
    if plan is None:
        raise PlanGone
    return plan
