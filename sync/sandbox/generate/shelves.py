"""What products refer to: categories, brands, tags, filters, specifications and the small lists."""

from __future__ import annotations

from sync.sandbox.generate import scope as ids
from sync.sandbox.generate.dice import DAY, Record, iso
from sync.sandbox.generate.scope import Scope, in_language, slug, slugs
from sync.sandbox.generate.words import (
    AUDIENCE,
    AUDIENCES,
    BRANDS,
    COLOUR,
    COLOURS,
    MATERIAL,
    MATERIALS,
    SEASON,
    SEASONS,
    SHELVES,
    SHOES,
    SIZE,
    SIZES,
    SPECIFICATIONS,
    TAGS,
    TYPES,
    Three,
)

SUPPLIERS = ("Groothandel De Spaak", "Zeltlager Import GmbH", "Noordzee Textiel", "Lichtbron BV")
FILTERS: tuple[tuple[str, Three, tuple[Three, ...]], ...] = (
    ("colour", COLOUR, COLOURS),
    ("size", SIZE, tuple((each, each, each) for each in SIZES + SHOES)),
    ("material", MATERIAL, tuple(MATERIALS.values())),
    ("season", SEASON, SEASONS),
    ("audience", AUDIENCE, AUDIENCES),
)
_PARENTS = {shelf.key: shelf.parent for shelf in SHELVES}
_WAREHOUSE = {
    "attention_of": "Inkoop",
    "street": "Havenweg",
    "street2": "",
    "number": "12",
    "extension": "",
    "zip_code": "8011 AA",
    "city": "Zwolle",
    "region": "",
    "country_id": {"id": 150, "code": "nl", "code3": "nld", "title": "Netherlands"},
}
_LATER: Three = ("Tijdelijk uitverkocht", "Temporarily sold out", "Vorübergehend ausverkauft")
DELIVERIES: tuple[tuple[str, Three, Three], ...] = (
    ("24 uur", ("Morgen in huis", "Delivered tomorrow", "Morgen bei dir"), _LATER),
    ("2-3 dagen", ("In 2 tot 3 dagen", "In 2 to 3 days", "In 2 bis 3 Tagen"), _LATER),
    ("Op bestelling", ("Binnen 2 weken", "Within 2 weeks", "Binnen 2 Wochen"), _LATER),
)


def line_up(key: str) -> list[str]:
    """A category and those above it, by their keys."""
    return [key, *line_up(_PARENTS[key])] if key else []


def brand_id(at: int) -> int:
    return ids.BRAND + at * 19


def category_id(key: str) -> int:
    return ids.CATEGORY + list(_PARENTS).index(key) * 17


def supplier_id(at: int) -> int:
    return ids.SUPPLIER + at * 7


def delivery_id(at: int) -> int:
    return ids.DELIVERY + at * 11


def type_id(kind: str) -> int:
    return ids.TYPE + list(TYPES).index(kind) * 3


def filter_id(at: int) -> int:
    return ids.FILTER + at * 13


def choice_id(at: int, value: int) -> int:
    return ids.CHOICE + (at * 100 + value) * 3


def attribute_id(key: str) -> int:
    return ids.ATTRIBUTE + list(SPECIFICATIONS).index(key) * 17


def tag_id(at: int) -> int:
    return ids.TAG + at * 9


def shelf_records(scope: Scope) -> dict[str, list[Record]]:
    """Every list that does not grow with the shop."""
    stamps = {"createdAt": iso(scope.opened), "updatedAt": iso(scope.opened + 90 * DAY)}
    return {
        "brand": _brands(stamps),
        "category": [_category(scope, stamps, at) for at in range(len(SHELVES))],
        "tag": _tags(scope, stamps),
        "filter": [_filter(scope, stamps, at) for at in range(len(FILTERS))],
        "attribute": _attributes(scope),
        "type": [{"id": type_id(key), "title": scope.text(TYPES[key])} for key in TYPES],
        "tax": _taxes(),
        "supplier": [
            {"id": supplier_id(at), **stamps, "title": title, **_WAREHOUSE}
            for at, title in enumerate(SUPPLIERS)
        ],
        "deliverydate": _deliverydates(scope, stamps),
    }


def _category(scope: Scope, stamps: Record, at: int) -> Record:
    shelf = SHELVES[at]
    line = line_up(shelf.key)
    titles = {each.key: each.title for each in SHELVES}
    title = scope.text(shelf.title)
    return {
        "id": category_id(shelf.key),
        **stamps,
        "isVisible": shelf.shown,
        "depth": len(line),
        "parent": category_id(shelf.parent) if shelf.parent else None,
        "sortOrder": at + 1,
        "sorting": "popular" if at % 3 else "name",
        "url": {
            code: "/".join(slug(in_language(titles[key], code)) for key in reversed(line))
            for code in scope.languages
        },
        "title": title,
        "fulltitle": title,
        "description": "",
        "content": {
            code: f"<p>{text} &ndash; Buiten &amp; Fiets</p>" for code, text in title.items()
        },
        "image": None,
    }


def _brands(stamps: Record) -> list[Record]:
    return [
        {
            "id": brand_id(at),
            **stamps,
            "url": slug(name),
            "title": name,
            "content": None if at % 4 else f"<p>{name}</p>",
            "image": None if at % 3 else {"id": ids.FILE - 500 + at, "ext": "png", "title": name},
            "isVisible": at != len(BRANDS) - 1,
        }
        for at, name in enumerate(BRANDS)
    ]


def _tags(scope: Scope, stamps: Record) -> list[Record]:
    texts = [scope.text(title) for _, title in TAGS]
    return [
        {
            "id": tag_id(at),
            **stamps,
            "isVisible": TAGS[at][0] != "staff",
            "url": slugs(text),
            "title": text,
        }
        for at, text in enumerate(texts)
    ]


def _filter(scope: Scope, stamps: Record, at: int) -> Record:
    key, title, values = FILTERS[at]
    return {
        "id": filter_id(at),
        **stamps,
        "title": scope.text(title),
        "position": at + 1,
        "isActive": key != "audience",
        "values": [
            {"id": choice_id(at, n), **stamps, "title": scope.text(value), "position": n + 1}
            for n, value in enumerate(values)
        ],
    }


def _attributes(scope: Scope) -> list[Record]:
    return [
        {
            "id": attribute_id(key),
            "title": name if isinstance(name, str) else scope.text(name),
            "defaultValue": "",
        }
        for key, name in SPECIFICATIONS.items()
    ]


def _taxes() -> list[Record]:
    rates = ((0.21, "Hoog tarief 21%"), (0.09, "Laag tarief 9%"))
    return [
        {"id": ids.TAX + at * 5, "isDefault": at == 0, "rate": rate, "title": title}
        for at, (rate, title) in enumerate(rates)
    ]


def _deliverydates(scope: Scope, stamps: Record) -> list[Record]:
    return [
        {
            "id": delivery_id(at),
            **stamps,
            "name": name,
            "inStockMessage": scope.text(present),
            "outStockMessage": scope.text(absent),
        }
        for at, (name, present, absent) in enumerate(DELIVERIES)
    ]
