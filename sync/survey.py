"""What a shop really has, beside what the settings name: order statuses and attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from sync import commalist, mapping
from sync.database import sqlite3
from sync.mirror import facts
from sync.names import nearest
from sync.openshop import OpenShop, opened_shop
from sync.plan import PlanInputs, basis
from sync.settings import Settings
from sync.shapes import Product
from sync.statuses import STATUSES, known_names, normal_status, own_status, standard_status
from sync.store import Desk, ShopRow, StoreRow


def statuses(
    desk: Desk, store: StoreRow, draft: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """The order statuses in the mirror, most frequent first: `status`, `title` of the shop's own
    status (None without one), `orders`, `share` (0 … 1), `accepted` under the settings."""
    settings = desk.settings(store).settings.changed(draft or {})
    with opened_shop(desk, store) as shop:
        inputs = shop.plan_inputs(settings)
        counts = _statuses(inputs)
    total = sum(counts.values())
    return [
        {
            "status": status,
            "title": title,
            "orders": n,
            "share": n / total,
            "accepted": accepted,
        }
        for (status, title, accepted), n in counts.most_common()
    ]


def _statuses(inputs: PlanInputs) -> Counter[tuple[str, str | None, bool]]:
    titles, accepts = inputs.mirror.custom_statuses(inputs.lang), inputs.order_rules.accepts_status
    counts: Counter[tuple[str, str | None, bool]] = Counter()
    for status, custom, n in inputs.mirror.order_statuses():
        title = None if custom is None else titles.get(custom)
        counts[status, title, accepts(status, custom)] += n
    return counts


def unmatched_statuses(desk: Desk, store: StoreRow, typed: Sequence[str]) -> list[dict[str, Any]]:
    """Each typed status that no order of the mirror has, by status or title: `typed`, `nearest`
    (the most likely real name, None if none is near) and `known`: Lightspeed has such a status,
    or the shop such a title, but no order is in it. Empty where no order was read."""
    with opened_shop(desk, store) as shop:
        counts = _statuses(shop.plan_inputs(desk.settings(store).settings))
        titles = shop.mirror.custom_statuses(store.language).values()
    real = {own_status(status): status for status, _, _ in counts if status}
    real |= {normal_status(title): title for _, title, _ in counts if title}
    known = {normal_status(name): name for name in (*STATUSES, *titles)}
    # A status that is known by another name and that no order has yet: its own name is near.
    names = real | known
    return [
        {
            "typed": each,
            "nearest": _nearest_status(each, names),
            "known": _meaning(each, names) in known,
        }
        for each in typed
        if real and _meaning(each, names) not in real
    ]


def _meaning(typed: str, titles: Mapping[str, str]) -> str:
    """The status or title, in the form in which they are compared, that an entry stands for."""
    own = normal_status(typed)
    return own if own in titles else standard_status(typed) or own


def _nearest_status(typed: str, names: Mapping[str, str]) -> str | None:
    """The name that an entry most likely means: one of these, or another name of one of these."""
    other = known_names()
    near = nearest(typed, [*names.values(), *other])
    return near if normal_status(near or "") in names else names.get(other.get(near or "", ""))


def understood_statuses(
    desk: Desk, store: StoreRow, typed: Sequence[str]
) -> dict[str, tuple[str | None, str | None]]:
    """What each entry stands for where it is not Lightspeed's own word: the status, and the title
    of the shop's own status as the shop writes it; None for what it does not stand for."""
    with opened_shop(desk, store) as shop:
        titles = shop.mirror.custom_statuses(store.language).values()
    known = {normal_status(title): title for title in titles}
    meanings = {each: (standard_status(each), known.get(normal_status(each))) for each in typed}
    return {each: meant for each, meant in meanings.items() if any(meant) and each not in STATUSES}


def entries(desk: Desk, store: StoreRow, settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """How each entry of the two lists is understood, by setting: `typed`, `understood` (the status
    or the shop's title; the name in Clerk.io; None if it stands for nothing known), `matched`
    (whether a record of the shop has it; None where nothing was read), `known` (a real status that
    no order has now) and the `nearest` name of one that is not matched."""
    typed = settings.accepted_order_statuses
    unmatched = {row["typed"]: row for row in unmatched_statuses(desk, store, typed)}
    meant = understood_statuses(desk, store, typed)
    read = bool(statuses(desk, store))
    status_entries = [
        {
            "typed": each,
            "understood": _either(meant.get(each)) or standard_status(each),
            "matched": each not in unmatched if read else None,
            "known": each not in unmatched or unmatched[each]["known"],
            "nearest": unmatched[each]["nearest"] if each in unmatched else None,
        }
        for each in typed
    ]
    named = settings.custom_attributes
    uses = attribute_uses(desk, store, named) if named else []
    return {"accepted_order_statuses": status_entries, "custom_attributes": list(map(_entry, uses))}


def _either(meant: tuple[str | None, str | None] | None) -> str | None:
    return next(filter(None, meant or ()), None)


def _entry(use: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "typed": use["typed"],
        "understood": use["name"],
        "matched": bool(use["filled"]) if use["total"] else None,
        "known": bool(use["filled"]),
        "nearest": use["nearest"] if not use["filled"] else None,
    }


def unknown(desk: Desk, shop: ShopRow) -> list[dict[str, Any]]:
    """What Lightspeed sends that nobody here knows, most frequent first: `kind` of record (or
    `order_status`), `name` of the field or status, `count` of times it was met (of a status: orders
    that have it now). Empty for a shop that was never read."""
    stores = desk.stores(shop)
    if not stores or not desk.shop_file(shop).exists():
        return []
    with opened_shop(desk, stores[0]) as opened:
        fields = opened.mirror.conn.execute("SELECT kind, name, n FROM unknown_field").fetchall()
        sql = "SELECT status, count(*) FROM orders GROUP BY 1"
        counted = opened.mirror.conn.execute(sql).fetchall()
    named = [("order_status", *each) for each in counted if own_status(each[0]) not in STATUSES]
    rows = sorted([*fields, *named], key=lambda row: (-row[2], row[:2]))
    return [{"kind": kind, "name": name, "count": n} for kind, name, n in rows]


# -- attributes -----------------------------------------------------------------------------


def attributes(desk: Desk, store: StoreRow) -> list[dict[str, Any]]:
    """Every name that products have, most filled first: `name` as the shop writes it, `kinds`
    (products by specification, filter, tag, data, option), `filled` (products with a value from
    any), `total` (products), `samples` (up to three values). Read once for each state of the
    catalogue."""
    settings = desk.settings(store).settings
    with opened_shop(desk, store) as shop:
        rows = _kept(shop, "offered", [], lambda: _offered(shop.plan_inputs(settings)))
    return [
        {"name": row["typed"], **{key: row[key] for key in ("kinds", "filled", "total", "samples")}}
        for row in rows
    ]


def _offered(inputs: PlanInputs) -> list[mapping.AttributeUse]:
    return mapping.attributes_offered(attribute_products(inputs), inputs.tags)


@dataclass(frozen=True)
class UnreadNames:
    """Names that an attribute may have beside those in `attributes`: `tags` of the shop whose
    products nobody has read, and whether the `metafields` of the products were."""

    tags: Sequence[str]
    metafields: bool


def unread_names(desk: Desk, store: StoreRow) -> UnreadNames:
    """What there may be beside `attributes`; nothing is known of a shop that was never read."""
    with opened_shop(desk, store) as shop:
        mirror, lang = shop.mirror, store.language
        titles, read = mirror.fact(facts.tag_titles(lang)) or (), mirror.fact(facts.tags(lang))
        return UnreadNames(
            tags=sorted(set(titles) - set(read), key=str.casefold),
            metafields=bool(mirror.fact(facts.METAFIELDS_READ)),
        )


def attribute_uses(desk: Desk, store: StoreRow, typed: Sequence[str]) -> list[dict[str, Any]]:
    """Where products have each custom attribute as typed: `typed`, `name` (in Clerk.io), `kinds`,
    `filled`, `total`, `samples` as in `attributes`, and the `nearest` real name of one that no
    product has. SettingError for a name that is not allowed."""
    settings = desk.settings(store).settings.changed(
        {"custom_attributes": commalist.written(typed)}
    )
    asked = [list(settings.custom_attributes), settings.auto_detect_attributes]
    with opened_shop(desk, store) as shop:
        return _kept(shop, "uses", asked, lambda: _uses(shop.plan_inputs(settings)))


def _uses(inputs: PlanInputs) -> list[mapping.AttributeUse]:
    return mapping.attribute_sources(attribute_products(inputs), inputs.context, inputs.tags)


def attribute_products(inputs: PlanInputs) -> Iterator[Product]:
    """Every product of the mirror with its metafields."""
    fields = inputs.mirror.metafields_of()
    for (flat,) in inputs.mirror.stream("SELECT flat FROM product WHERE lang = ?", inputs.lang):
        product = orjson.loads(flat)
        if product["id"] in fields:
            product["metafields"] = fields[product["id"]]
        yield product


def _kept(
    shop: OpenShop,
    name: str,
    asked: list[Any],
    count_uses: Callable[[], list[mapping.AttributeUse]],
) -> list[dict[str, Any]]:
    """The answer for this state of the catalogue; the last one is kept in the shop's file."""
    lang, mirror = shop.store.language, shop.mirror
    state = basis.surveyed(mirror, lang, asked)
    known = facts.survey(name, lang)
    kept = mirror.fact(known)
    if kept.get("state") != state:
        kept = {
            "state": state,
            "rows": [vars(use) | {"kinds": dict(use.kinds)} for use in count_uses()],
        }
        with suppress(sqlite3.OperationalError):  # to look needs no write
            mirror.note(known, kept)
    return list(kept["rows"])
