"""What a shop really has, beside what the settings name: order statuses and attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import orjson

from sync import mapping
from sync.database import sqlite3
from sync.plan import Case
from sync.settings import nearest, normal_status
from sync.shapes import Product
from sync.store import Desk, StoreRow
from sync.workshop import Workshop, opened_shop

# Lightspeed eCom's own statuses, older ones included.
STATUSES: Final = (
    "on_hold",
    "processing_awaiting_payment",
    "processing_awaiting_shipment",
    "processing_awaiting_pickup",
    "processing_ready_for_pickup",
    "completed",
    "completed_shipped",
    "completed_picked_up",
    "cancelled",
    "new",
    "offer",
    "processing",
    "processing_partially_paid",
    "processing_partially_shipped",
    "processing_partially_picked_up",
)


def statuses(
    desk: Desk, store: StoreRow, draft: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """The order statuses in the mirror, most frequent first: `status`, `title` of the shop's own
    status (None without one), `orders`, `share` (0 … 1), `accepted` under the settings."""
    settings = desk.settings(store).settings.changed(draft or {})
    with opened_shop(desk, store) as shop:
        case = shop.case(settings)
        found = _statuses(case)
    total = sum(found.values())
    return [
        {
            "status": status,
            "title": title,
            "orders": n,
            "share": n / total,
            "accepted": accepted,
        }
        for (status, title, accepted), n in found.most_common()
    ]


def _statuses(case: Case) -> Counter[tuple[str, str | None, bool]]:
    titles, accepts = case.mirror.custom_statuses(case.lang), case.order_rules.accepts_status
    sql = "SELECT status, custom_status, count(*) FROM orders GROUP BY 1, 2 ORDER BY 1, 2"
    found: Counter[tuple[str, str | None, bool]] = Counter()
    for status, custom, n in case.mirror.stream(sql):
        found[status, titles.get(custom), accepts(status, custom)] += n
    return found


def unmatched_statuses(desk: Desk, store: StoreRow, typed: Sequence[str]) -> list[dict[str, Any]]:
    """Each typed status that no order of the mirror has, by status or title: `typed`, `nearest`
    (the most likely real name, None if none is near) and `known`: Lightspeed has such a status,
    or the shop such a title, but no order is in it. Empty where no order was read."""
    with opened_shop(desk, store) as shop:
        found = _statuses(shop.case(desk.settings(store).settings))
        titles = shop.mirror.custom_statuses(store.language).values()
    real = {normal_status(name): name for each in found for name in each[:2] if name}
    known = {normal_status(name): name for name in (*STATUSES, *titles)}
    return [
        {
            "typed": each,
            "nearest": nearest(each, [*real.values(), *known.values()]),
            "known": normal_status(each) in known,
        }
        for each in typed
        if real and normal_status(each) not in real
    ]


# -- attributes -----------------------------------------------------------------------------


def attributes(desk: Desk, store: StoreRow) -> list[dict[str, Any]]:
    """Every name that products have, most filled first: `name` as the shop writes it, `kinds`
    (products by specification, filter, tag, data, option), `filled` (products with a value from
    any), `total` (products), `samples` (up to three values). Read once for each state of the
    catalogue."""
    settings = desk.settings(store).settings
    with opened_shop(desk, store) as shop:
        rows = _kept(shop, "offered", [], lambda: _offered(shop.case(settings)))
    return [
        {"name": row["typed"], **{key: row[key] for key in ("kinds", "filled", "total", "samples")}}
        for row in rows
    ]


def _offered(case: Case) -> list[mapping.AttributeUse]:
    return mapping.attributes_offered(_products(case), case.tags)


def attribute_uses(desk: Desk, store: StoreRow, typed: Sequence[str]) -> list[dict[str, Any]]:
    """Where products have each custom attribute as typed: `typed`, `name` (in Clerk.io), `kinds`,
    `filled`, `total`, `samples` as in `attributes`, and the `nearest` real name of one that no
    product has. SettingError for a name that is not allowed."""
    settings = desk.settings(store).settings.changed({"custom_attributes": ", ".join(typed)})
    asked = [list(settings.custom_attributes), settings.auto_detect_attributes]
    with opened_shop(desk, store) as shop:
        return _kept(shop, "uses", asked, lambda: _uses(shop.case(settings)))


def _uses(case: Case) -> list[mapping.AttributeUse]:
    return mapping.attribute_sources(_products(case), case.context, case.tags)


def _products(case: Case) -> Iterator[Product]:
    fields = case.mirror.metafields_of()
    for (flat,) in case.mirror.stream("SELECT flat FROM product WHERE lang = ?", case.lang):
        product = orjson.loads(flat)
        if product["id"] in fields:
            product["metafields"] = fields[product["id"]]
        yield product


def _kept(
    shop: Workshop, name: str, asked: list[Any], found: Callable[[], list[mapping.AttributeUse]]
) -> list[dict[str, Any]]:
    """The answer for this state of the catalogue; the last one is kept in the shop's file."""
    lang, mirror = shop.store.language, shop.mirror
    state = [mapping.VERSION, mirror.versions(["shop", f"catalog:{lang}"]), asked]
    kept = mirror.meta(f"survey:{name}:{lang}", {})
    if kept.get("state") != state:
        kept = {"state": state, "rows": [vars(use) | {"kinds": dict(use.kinds)} for use in found()]}
        with suppress(sqlite3.OperationalError):  # to look needs no write
            mirror.set_meta(f"survey:{name}:{lang}", kept)
    return list(kept["rows"])
