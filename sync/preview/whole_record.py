"""One record whole: what would be sent, what Clerk.io has, and where each field comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from sync import mapping
from sync.entities import ENTITIES, Id, plural_of
from sync.errors import Message
from sync.explain import (
    Evidence,
    InClerk,
    Warned,
    clerk_state,
    decision,
    evidence_of,
    warnings,
    whole_payload,
    would_include,
)
from sync.ledger import Entry
from sync.mirror import raw_product, unpacked
from sync.openshop import OpenShop, opened_shop
from sync.personal import masking
from sync.plan import FORGOTTEN, Decision, PlanInputs, decide, if_sent
from sync.preview.parts import shown_action
from sync.preview.plans import Draft
from sync.settings import Settings
from sync.store import Desk, Refused, StoreRow

STAYS: Final = ("create", "update", "unchanged")


@dataclass(frozen=True)
class Field:
    """A field of a payload as Clerk.io has it and as it would have it, the field of Lightspeed
    that it is made from and the setting with a say in it (None where there is none)."""

    name: str
    old: Any
    new: Any
    changed: bool
    source: str | None
    setting: str | None


@dataclass(frozen=True)
class Record:
    """All of one record. `owner` is the record that has its key, where that is another one;
    `payload` is what Clerk.io would have after a sync, `confirmed` what it has now (None: it has
    not); `source` the record as Lightspeed gave it, of orders and customers what the mirror keeps
    (None: it is gone); `would_include` the smallest change of settings that
    would include it; `evidence` is what the decision rests on, `if_sent` what would be sent of a
    record that is left out if it went (None: it goes, or cannot be told); `names` are those of the
    categories in the payloads. Names and addresses of persons are hidden unless it is `revealed`;
    `personal` says whether there are any."""

    entity: str
    id: Id
    key: Id
    action: str
    reasons: Sequence[str]
    owner: int | None
    warnings: Sequence[Warned]
    payload: Any
    confirmed: Any
    fields: Sequence[Field]
    source: Any
    clerk: InClerk | None
    would_include: Mapping[str, str] | None
    evidence: Evidence
    if_sent: Any
    names: Mapping[int, str]
    personal: bool = False
    revealed: bool = False


def reveal(desk: Desk, store: StoreRow, entity: str, source: Id) -> None:
    """Note that the person sees name and address of one record; `record` shows them then."""
    desk.must("reveal", store)
    desk.audit("reveal", store.slug, after={"entity": plural_of(entity), "id": source})


def record(
    desk: Desk,
    store: StoreRow,
    entity: str,
    source: Id,
    draft: Draft = None,
    *,
    revealed: bool = False,
) -> Record:
    """The record under the saved settings, or under a draft. `entity` as in rows; UsageError for a
    record that neither side knows. `revealed` is for after `reveal`."""
    if revealed:
        desk.must("reveal", store)
    entity = plural_of(entity)
    if entity not in ENTITIES:
        raise Refused("unknown_entity", entity=entity, known=", ".join(ENTITIES))
    settings = desk.settings(store).settings.changed(draft or {})
    with opened_shop(desk, store) as shop:
        whole = _document(shop, settings, entity, source)
    if FORGOTTEN in whole.reasons:
        return replace(whole, source=None)  # which holds nobody, and a hash
    masked = _masked(whole)
    personal = masked != whole
    return replace(whole if revealed else masked, personal=personal, revealed=revealed)


def _document(shop: OpenShop, settings: Settings, entity: str, source: int | str) -> Record:
    inputs = shop.plan_inputs(settings)
    raw, entry = _RAW[entity](inputs, source), shop.ledger.entry(entity, source)
    decision = _decided(shop, settings, entity, source, entry, raw is None)
    before = orjson.loads(shop.ledger.payload(entity, source) or b"null")
    after = _after(shop, decision, before)
    cured = raw is None or (decision.action in STAYS and not decision.reasons)
    left_out = None if cured else if_sent(inputs, decision)
    return Record(
        entity=entity,
        id=source,
        key=decision.key,
        action=shown_action(decision),
        reasons=list(decision.reasons),
        owner=decision.owner,
        warnings=warnings(shop, entity, source),
        payload=after,
        confirmed=before,
        fields=_fields(inputs, entity, source, before, after),
        source=raw,
        clerk=clerk_state(entry),
        would_include=None if cured else would_include(shop, settings, entity, source),
        evidence=evidence_of(inputs, entity, source),
        if_sent=left_out,
        names=_names(inputs, before, after, left_out),
    )


def _names(inputs: PlanInputs, *payloads: Any) -> dict[int, str]:
    """Titles of the categories that the payloads name by their ids."""
    ids = {
        number
        for payload in payloads
        for field in ("categories", "subcategories")
        for number in (payload or {}).get(field) or ()
    }
    return {n: inputs.categories[n]["title"] for n in sorted(ids) if n in inputs.categories}


def _decided(
    shop: OpenShop,
    settings: Settings,
    entity: str,
    source: int | str,
    entry: Entry | None,
    gone: bool,
) -> Decision:
    if not gone:
        return decision(shop, settings, entity, source)
    if entry is None:
        raise Refused("unknown_record", entity=Message(f"entity.{entity}"), id=source)
    inputs = shop.plan_inputs(settings, {entity: frozenset([source])})
    reasons = ("gone", "left_in_clerk") if entity == "categories" else ("gone",)
    stays = Decision(entity, source, entry.key, "skip", reasons)
    return next((made for made in decide(inputs, entity) if made.source == source), stays)


def _after(shop: OpenShop, decision: Decision, before: Any) -> Any:
    """The record as Clerk.io would have it after a sync."""
    if decision.action == "skip":
        return before
    if decision.action in STAYS:
        return whole_payload(shop, decision)
    return {**(before or {}), "index": False} if decision.method == "hide" else None


def _masked(whole: Record) -> Record:
    """The same without what names a person."""
    entity = whole.entity
    shown = {
        part: masking.record(entity, getattr(whole, part))
        for part in ("payload", "confirmed", "source", "if_sent")
    }
    fields = [
        replace(
            each,
            old=masking.value(entity, each.name, each.old),
            new=masking.value(entity, each.name, each.new),
        )
        for each in whole.fields
    ]
    return replace(whole, **shown, fields=fields)


def _fields(
    inputs: PlanInputs,
    entity: str,
    source: int | str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> list[Field]:
    old, new = before or {}, after or {}
    names = {**new, **old}
    made_by = _sources(inputs, entity, source, names)
    return [
        Field(
            name,
            old.get(name),
            new.get(name),
            changed=old.get(name) != new.get(name),
            source=made_by[name].source if name in made_by else None,
            setting=made_by[name].setting if name in made_by else None,
        )
        for name in names
    ]


def _sources(
    inputs: PlanInputs, entity: str, source: int | str, payload: Mapping[str, Any]
) -> dict[str, mapping.FieldSource]:
    if entity != "products":
        return mapping.field_sources(entity, payload, inputs.context)
    product = inputs.mirror.product(inputs.lang, int(source))
    extra = inputs.mirror.more_of(inputs.lang, int(source))
    return mapping.field_sources(entity, payload, inputs.context, product, extra)


# -- the record as received -----------------------------------------------------------------


def _packed(table: str) -> Callable[[PlanInputs, int | str], Any]:
    sql = f"SELECT raw FROM {table} WHERE lang = ? AND id = ?"

    def read(inputs: PlanInputs, source: int | str) -> Any:
        row = inputs.mirror.conn.execute(sql, [inputs.lang, source]).fetchone()
        return None if row is None else unpacked(row[0])

    return read


def _product(inputs: PlanInputs, source: int | str) -> Any:
    return raw_product(inputs.mirror.conn, inputs.lang, source)


_ORDER_FIELDS: Final = (
    "id, number, status, custom_status, created, updated, incl, excl, customer, email, pickup,"
    " shipment, returned, lines"
)


def _order(inputs: PlanInputs, source: int | str) -> Any:
    row = inputs.mirror.conn.execute(
        f"SELECT {_ORDER_FIELDS} FROM orders WHERE id = ?",
        [source],
    ).fetchone()
    if row is None:
        return None
    kept = dict(zip(_ORDER_FIELDS.split(", "), row, strict=True))
    return {**kept, "lines": orjson.loads(kept["lines"] or "null")}


def _customer(inputs: PlanInputs, source: int | str) -> Any:
    row = inputs.mirror.conn.execute("SELECT flat FROM customer WHERE id = ?", [source]).fetchone()
    return None if row is None else orjson.loads(row[0])


_RAW: Final[Mapping[str, Callable[[PlanInputs, int | str], Any]]] = {
    "products": _product,
    "categories": _packed("category"),
    "orders": _order,
    "customers": _customer,
    "pages": _packed("page"),
}
