"""One record's whole story, and the smallest change of settings that would include it."""

from __future__ import annotations

from typing import Any

import orjson

from sync import commalist
from sync.clock import iso
from sync.entities import KINDS, PLURALS
from sync.explain.documents import Drifted, InClerk, NotRead, Refusal, Removed, Story
from sync.explain.evidence import evidence_of
from sync.explain.notices import warnings
from sync.ledger import Drift, Entry, split_reasons
from sync.mirror import facts, find, title_of
from sync.mirror.keys import number_from, readable
from sync.openshop import OpenShop, opened_shop
from sync.plan import Decision, PlanInputs, decide, decide_order
from sync.rules import CANCELLED, OrderRules
from sync.settings import SETTINGS, Settings
from sync.statuses import normal_status
from sync.store import Desk, Refused, StoreRow

PERIODS = ("1m", "3m", "6m", "1y", "2y", "3y", "all")
_SWITCHES = {
    "out_of_stock": ("include_out_of_stock", "yes"),
    "free_product": ("include_free_products", "yes"),
}


def explain(desk: Desk, store: StoreRow, entity: str, key: str | int) -> Story:
    """Whether a record goes to Clerk.io and every reason why not; `key` is an id, SKU, EAN, URL,
    title or order number, or, as an int, the Lightspeed id and nothing else."""
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


def kind_named(entity: str) -> str:
    """The kind that a singular names; UsageError for any other word."""
    if entity not in PLURALS:
        raise Refused("unknown_kind", kind=entity, known=", ".join(PLURALS))
    return PLURALS[entity]


def in_mirror(shop: OpenShop, entity: str, source: int | str) -> bool:
    """Whether the shop had the record, in the store's language, when it was last read."""
    return title_of(shop.mirror, shop.store.language, entity, source) is not None


def goes(made: Decision) -> bool:
    """Whether the record is, or would be, in Clerk.io under the settings."""
    return made.action in ("create", "update", "unchanged") and not made.reasons


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


def decision(shop: OpenShop, settings: Settings, entity: str, source: int | str) -> Decision:
    """What a sync would do with one record of the mirror under settings."""
    inputs = shop.plan_inputs(settings, {entity: frozenset([source])})
    return _decide(inputs, entity, source)


def _decide(inputs: PlanInputs, entity: str, source: int | str) -> Decision:
    if entity == "orders":
        return decide_order(inputs, int(source))
    return next(made for made in decide(inputs, entity) if made.source == source)


def whole_payload(shop: OpenShop, made: Decision) -> Any:
    """The whole record as it would be in Clerk.io, of one that goes."""
    stored = shop.ledger.payload(made.entity, made.source)
    if made.action == "unchanged":
        return orjson.loads(stored or b"null")
    sent = orjson.loads(made.payload or b"null")
    return {**orjson.loads(stored or b"{}"), **sent} if made.method == "patch" else sent


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


def would_include(
    shop: OpenShop, settings: Settings, entity: str, source: int | str
) -> dict[str, str] | None:
    """The smallest change of settings under which the record would go; None if there is none or
    none is needed (an order that only waits for its lines)."""
    changes: dict[str, str] = {}
    for _ in range(len(SETTINGS)):
        made = decision(shop, settings.changed(changes), entity, source)
        reasons = [reason for reason in made.reasons if reason != "lines_pending"]
        if not reasons:
            return changes or None
        more = _cure(shop, settings.changed(changes), entity, source, reasons)
        if more is None:
            return None
        changes |= more
    return None


def _cure(
    shop: OpenShop, settings: Settings, entity: str, source: int | str, reasons: list[str]
) -> dict[str, str] | None:
    """One change for each reason; None if a reason is beyond the settings."""
    changes: dict[str, str] = {}
    for reason in reasons:
        change = _cure_one(shop, settings, entity, source, reason)
        if change is None:
            return None
        changes |= change
    return changes


def _cure_one(
    shop: OpenShop, settings: Settings, entity: str, source: int | str, reason: str
) -> dict[str, str] | None:
    if reason in _SWITCHES:
        key, value = _SWITCHES[reason]
        return {key: value}
    if reason == "import_off":
        return _import(shop, settings, entity, source)
    if reason == "not_included":
        return {KINDS[entity].included_by: "yes"}
    if reason in ("hidden", "hidden_parent") and entity == "categories":
        return {"include_hidden_categories": "yes"}
    if reason == "too_old":
        return _period(shop, settings, source)
    if reason == "status_not_accepted":
        return _status(shop, settings, source)
    return None


def _import(shop: OpenShop, settings: Settings, entity: str, source: int | str) -> dict[str, str]:
    key = KINDS[entity].imported_by
    if settings.values()[key] == "no":
        return {key: "yes"}
    return _period(shop, settings, source) or {"include_orders": "all"}


def _period(shop: OpenShop, settings: Settings, source: int | str) -> dict[str, str] | None:
    """The shortest period that reaches back to the order."""
    created, status, custom = _order(shop, source)
    for period in PERIODS:
        inputs = shop.plan_inputs(settings.changed({"include_orders": period}))
        if "too_old" not in inputs.order_rules.reasons(created, status, custom, 1):
            return {"include_orders": period}
    return None


def _status(shop: OpenShop, settings: Settings, source: int | str) -> dict[str, str] | None:
    """Nobody should accept what is cancelled."""
    _, status, custom = _order(shop, source)
    if normal_status(status) == CANCELLED:
        return None
    accepted = commalist.written([*settings.accepted_order_statuses, status])
    changed = settings.changed({"accepted_order_statuses": accepted})
    if not OrderRules(changed, 0, {}).accepts_status(status, custom):
        return None
    return {"accepted_order_statuses": accepted}


def _order(shop: OpenShop, source: int | str) -> tuple[int, str, int | None]:
    row = shop.mirror.conn.execute(
        "SELECT created, status, custom_status FROM orders WHERE id = ?", [source]
    ).fetchone()
    return row[0], row[1], row[2]
