"""What Clerk.io held on a past day, one record over all runs, and what made it leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sync.clock import iso
from sync.entities import ENTITIES, Id
from sync.explain import kind_named
from sync.ledger import History, Line, split_reasons
from sync.mirror import find
from sync.mirror.keys import number_from, readable
from sync.openshop import OpenShop, opened_shop
from sync.personal import masking
from sync.store import Desk, Refused, StoreRow


@dataclass(frozen=True)
class HeldEntity:
    """Records of one entity that Clerk.io held, by its own ids; with a second moment those that
    had come by then, had left, or had other values."""

    count: int
    ids: list[Id]
    entered: list[Id] | None = None
    left: list[Id] | None = None
    changed: list[Id] | None = None


@dataclass(frozen=True)
class HeldThen:
    """What Clerk.io held of a store at a moment (ISO 8601 UTC)."""

    store: str
    on: str | None
    entities: dict[str, HeldEntity]


@dataclass(frozen=True)
class Event:
    """One change of a record: `action` is created, updated, removed, skipped or failed."""

    run: int
    at: str | None
    action: str
    reasons: Sequence[str]
    fields: Sequence[str]
    settings_version: int


@dataclass(frozen=True)
class Leaving:
    """What made a record leave Clerk.io; None where it did not leave, or has come back."""

    found: bool
    run: int | None
    at: str | None
    settings_version: int | None
    why: list[str]


def held(desk: Desk, store: StoreRow, on: float, then: float | None = None) -> HeldThen:
    """What Clerk.io held at a moment (unix seconds), compared with what it held at another.
    UsageError for a moment of which nothing is known."""
    with opened_shop(desk, store) as shop:
        _known(shop.ledger.history, store, on if then is None else min(on, then))
        entities = {entity: _held(shop, entity, on, then) for entity in ENTITIES}
    return HeldThen(store.slug, iso(on), entities)


def held_records(desk: Desk, store: StoreRow, on: float) -> Iterator[dict[str, Any]]:
    """The same records with what Clerk.io had of each, persons included: for what compares."""
    with opened_shop(desk, store) as shop:
        history = shop.ledger.history
        _known(history, store, on)
        for entity in ENTITIES:
            for source, key in history.held(entity, on).items():
                payload = history.payload(entity, source, on)
                yield {"entity": entity, "id": source, "key": key, "payload": payload}


def held_lines(desk: Desk, store: StoreRow, on: float) -> Iterator[dict[str, Any]]:
    """The same without what names a person, for files."""
    desk.must("export table", store)
    desk.audit("export table", store.slug, after={"table": "held", "as": "ndjson", "on": iso(on)})
    yield from map(masking.line, held_records(desk, store, on))


def export_held(desk: Desk, store: StoreRow, on: float) -> Iterator[bytes]:
    """The same as NDJSON for anybody's eyes: without customers."""
    for line in held_lines(desk, store, on):
        if line["entity"] != "customers":
            yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def known_since(desk: Desk, store: StoreRow) -> float | None:
    """From when on it is known what Clerk.io held; None if nothing was ever sent."""
    with opened_shop(desk, store) as shop:
        return shop.ledger.history.since()


def source_named(desk: Desk, store: StoreRow, entity: str, key: Id) -> Id | None:
    """The Lightspeed id of a record (`entity` is the plural) that Clerk.io has or had so named."""
    with opened_shop(desk, store) as shop:
        return source_of(shop, entity, str(key))


def _known(history: History, store: StoreRow, moment: float) -> None:
    since = history.since()
    if since is None:
        raise Refused("never_sent", store=store.slug)
    if moment < since:
        raise Refused("before_history", store=store.slug, since=iso(since))


def _held(shop: OpenShop, entity: str, on: float, then: float | None) -> HeldEntity:
    history = shop.ledger.history
    there = history.held(entity, on)
    ids = list(there.values())
    if then is None:
        return HeldEntity(len(ids), ids)
    later = history.held(entity, then)
    return HeldEntity(
        count=len(ids),
        ids=ids,
        entered=[key for source, key in later.items() if source not in there],
        left=[key for source, key in there.items() if source not in later],
        changed=[
            there[source]
            for source in history.changed(entity, min(on, then), max(on, then))
            if source in there
            and source in later
            and history.payload(entity, source, on) != history.payload(entity, source, then)
        ],
    )


def record_history(desk: Desk, store: StoreRow, entity: str, source: Id) -> list[Event]:
    """Every change of a record (`entity` is its singular), newest first. From before there was a
    history, and of what was not sent, the outcomes of runs tell."""
    plural = kind_named(entity)
    with opened_shop(desk, store) as shop:
        lines = shop.ledger.history.of(plural, source)
        lines += _told(shop, plural, source, since=min((line.at for line in lines), default=9e99))
    lines.sort(key=lambda line: line.at, reverse=True)
    versions = desk.settings_versions(store, [line.run for line in lines])
    return [
        Event(line.run, iso(line.at), line.action, line.reasons, line.fields, versions[line.run])
        for line in lines
        if line.run in versions
    ]


def _told(shop: OpenShop, entity: str, source: Id, since: float) -> Iterator[Line]:
    rows = shop.mirror.stream(
        "SELECT run, at, outcome, reasons FROM outcome WHERE entity = ? AND source = ?"
        " AND (outcome IN ('failed', 'skipped') OR at < ?)"
        " UNION ALL SELECT run, at, 'failed', '' FROM note WHERE entity = ? AND source = ?",
        *(entity, source, since, entity, source),
    )
    for run, at, action, reasons in rows:
        yield Line(run, at, action, split_reasons(reasons), ())


def bisect(desk: Desk, store: StoreRow, entity: str, key: str) -> Leaving:
    """The run and settings version that took a record out of Clerk.io, and why."""
    plural = kind_named(entity)
    with opened_shop(desk, store) as shop:
        source = source_of(shop, plural, key)
        entry = None if source is None else shop.ledger.entry(plural, source)
    if source is None or (entry is not None and not entry.hidden):
        return Leaving(False, None, None, None, [])
    for event in record_history(desk, store, entity, source):
        if event.action == "removed":
            why = list(event.reasons)
            return Leaving(True, event.run, event.at, event.settings_version, why)
    return Leaving(False, None, None, None, [])


def source_of(shop: OpenShop, entity: str, key: str) -> Id | None:
    """The Lightspeed id of a record that the shop has or that was once in Clerk.io."""
    source = find(shop.mirror, shop.store.language, entity, key)
    if source is not None:
        return source
    named = readable(key)
    number = number_from(named)
    ids: list[Id] = [named] if number is None else [number, named]
    history = shop.ledger.history
    for each in ids:
        if history.of(entity, each):
            return each
    for each in ids:
        if (known := history.by_key(entity, each)) is not None:
            return known
    return None
