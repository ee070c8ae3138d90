"""One record's whole story, and the smallest change of settings that would include it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from sync.clock import iso
from sync.explain.deciding import decision, goes, in_mirror, kind_named, whole_payload
from sync.explain.documents import Drifted, InClerk, NotRead, Refusal, Removed, Story
from sync.explain.evidence import evidence_of
from sync.explain.notices import warnings
from sync.explain.ways import would_include
from sync.ledger import Drift, Entry, split_reasons
from sync.mirror import facts, find, title_of
from sync.mirror.keys import number_from, readable
from sync.openshop import OpenShop, opened_shop
from sync.personal import masking
from sync.plan import Decision
from sync.settings import Settings
from sync.store import Desk, StoreRow


def explain(desk: Desk, store: StoreRow, entity: str, key: str | int) -> Story:
    """Whether a record goes to Clerk.io and every reason why not; `key` is an id, SKU, EAN, URL,
    title or order number, or, as an int, the Lightspeed id and nothing else. Its payload is without
    what names a person."""
    found = _found(desk, store, entity, key)
    return replace(found, payload=masking.record(kind_named(entity), found.payload))


def explain_whole(desk: Desk, store: StoreRow, entity: str, key: str | int) -> Story:
    """The same with payload and title as they are sent; it is noted who asked for it."""
    desk.must("explain", store)
    found = _found(desk, store, entity, key)
    kind = kind_named(entity)
    desk.audit("explain", store.slug, after={"entity": kind, "id": found.id})
    if kind == "customers" and found.payload and found.payload.get("name"):
        return replace(found, title=found.payload["name"])
    return found


def _found(desk: Desk, store: StoreRow, entity: str, key: str | int) -> Story:
    kind_named(entity)
    with opened_shop(desk, store) as shop:
        source = key if isinstance(key, int) else find(shop.mirror, store.language, entity, key)
        if source is None:
            named = readable(str(key))
            number = number_from(named)
            source = named if number is None else number
        return story(shop, desk.settings(store).settings, entity, source)


def story(shop: OpenShop, settings: Settings, entity: str, source: int | str) -> Story:
    """What `explain` says of the record with that Lightspeed id."""
    plural = kind_named(entity)
    if not in_mirror(shop, plural, source):
        return _not_found(shop, entity, plural, source)
    made = decision(shop, settings, plural, source)
    included, entry = goes(made), shop.ledger.entry(plural, source)
    found = evidence_of(shop.plan_inputs(settings), plural, source)
    return Story(
        store=shop.store.slug,
        entity=entity,
        id=source,
        key=made.key,
        title=title_of(shop.mirror, shop.store.language, plural, source),
        unreadable=_what_is_wrong(shop, made),
        found=True,
        decision="include" if included else "exclude",
        reasons=list(made.reasons),
        owner=made.owner,
        warnings=warnings(shop, plural, source),
        payload=whole_payload(shop, made) if included else None,
        clerk=clerk_state(entry),
        drift=drift_state(shop, plural, source),
        removed=removed(shop, plural, source),
        refused=refusal(shop, made, entry),
        would_include=None if included else would_include(shop, settings, plural, source),
        status=found.order.status if found.order else None,
        evidence=found,
    )


def _what_is_wrong(shop: OpenShop, made: Decision) -> dict[str, Any] | None:
    """Code and values of why a record cannot be read; one that never could be has that as title."""
    if "unreadable" not in made.reasons:
        return None
    row = shop.mirror.odd_rows(made.entity, shop.store.language).get(made.source)
    return row and row.what.as_json()


def _not_found(shop: OpenShop, entity: str, plural: str, source: int | str) -> Story:
    """Neither the mirror nor, maybe, the ledger has it; an older order may still exist."""
    entry = shop.ledger.entry(plural, source)
    left = removed(shop, plural, source)
    orders = shop.mirror.fact(facts.ORDERS_STATE)
    older = plural == "orders" and orders.get("older")
    return Story(
        store=shop.store.slug,
        entity=entity,
        id=source if entry or left else None,
        title=None,
        unreadable=None,
        found=False,
        decision="exclude",
        reasons=["gone"] if entry else [],
        owner=None,
        warnings=[],
        payload=None,
        clerk=clerk_state(entry),
        drift=drift_state(shop, plural, source),
        removed=left,
        would_include=None,
        not_read=NotRead(iso(orders["from"])) if older else None,
    )


def removed(shop: OpenShop, entity: str, source: int | str) -> Removed | None:
    """When the store took the record out of Clerk.io, if that was the last it did with it."""
    rows = shop.mirror.conn.execute(
        "SELECT run, outcome, reasons, at FROM outcome WHERE entity = ? AND source = ?"
        " AND outcome <> 'failed' ORDER BY rowid DESC",
        [entity, source],
    ).fetchall()
    mine = shop.desk.settings_versions(shop.store, [row[0] for row in rows])
    last = next((row for row in rows if row[0] in mine), None)
    if last is None or last[1] != "removed":
        return None
    return Removed(iso(last[3]), last[0], list(split_reasons(last[2])))


_LAST_SAID = (
    "SELECT run, at, outcome, message, detail, link FROM outcome"
    " WHERE entity = :entity AND source = :source"
    " UNION ALL SELECT run, at, 'failed', message, detail, link FROM note"
    " WHERE entity = :entity AND source = :source AND detail ->> '$.code' LIKE 'clerk.%'"
    " ORDER BY at DESC, run DESC"
)


def refusal(shop: OpenShop, made: Decision, entry: Entry | None) -> Refusal | None:
    """What Clerk.io said when it refused what the decision would send again; None if it has
    confirmed the record since, or nothing is to be sent."""
    if made.action not in ("create", "update", "remove"):
        return None
    record = {"entity": made.entity, "source": made.source}
    rows = shop.mirror.conn.execute(_LAST_SAID, record).fetchall()
    mine = shop.desk.settings_versions(shop.store, [row[0] for row in rows])
    last = next((row for row in rows if row[0] in mine), None)
    if last is None or last[2] != "failed" or (entry and entry.confirmed > last[1]):
        return None
    run, at, _, message, detail, link = last
    return Refusal(iso(at), run, message, detail and orjson.loads(detail), link)


def clerk_state(entry: Entry | None) -> InClerk | None:
    """What Clerk.io confirmed last, without its payload."""
    if entry is None:
        return None
    return InClerk(entry.key, iso(entry.confirmed), entry.run, entry.hidden)


def drift_state(shop: OpenShop, entity: str, source: int | str) -> Drifted | None:
    """How Clerk.io showed the record otherwise than it was sent, if it ever did."""
    difference = Drift(shop.ledger).of(entity, source)
    if difference is None:
        return None
    states = {"open": "in_doubt", "mended": "mended", "changed": "changed_at_clerk"}
    return Drifted(
        state=states[difference["state"]],
        kind=difference["kind"],
        fields=difference["fields"],
        sent_again=difference["sent"],
        since=iso(difference["since"]),
    )
