"""A product's own attributes: those of the shop's filters, and those that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from sync.mapping.common import Context
from sync.mapping.names import Wanted, attribute_name
from sync.names import name_key
from sync.shapes import Product
from sync.shapes.plain import compared

Value = str | bool | list[str]
DATA: Final = ("data01", "data02", "data03")


class Found(NamedTuple):
    """An attribute's value, the kind of source it is from and the source's title."""

    value: Value
    kind: str
    title: str
    source_id: int | None
    setting: str


class Source(NamedTuple):
    """Something of a product that has a name and, unless it is a mark like a tag, values."""

    title: str
    id: int | None
    values: list[str]


def sources(p: Product, tags: Collection[str], kind: str) -> list[Source]:
    """Return what a product has of one of `KINDS`."""
    return [Source(*fields) for fields in _SOURCES[kind](p, tags)]


def product_attributes(p: Product, tags: Collection[str], c: Context) -> dict[str, Found]:
    """Return name → what was found; of several sources with one name, filter before
    specification before tag before data before variant option before metafield."""
    attributes = _filter_attributes(p, c) if c.settings.auto_detect_attributes else {}
    if c.wanted:
        same = _wanted_sources(p, tags, c)
        for wanted in c.wanted:
            custom = _custom(same.get(wanted.key, []), wanted, c)
            if custom is not None:
                name = wanted.name or attribute_name(compared(wanted.typed), custom.source_id)
                attributes.setdefault(name, custom)
    return attributes


def _filter_attributes(p: Product, c: Context) -> dict[str, Found]:
    attributes: dict[str, Found] = {}
    for row in p["filters"]:
        title = active_title(row["id"], row["title"], c)
        values = distinct(row["values"])
        if title is None or not values:
            continue
        name = attribute_name(title, row["id"])
        earlier = attributes.get(name)
        if earlier is not None and isinstance(earlier.value, list):
            values = distinct(earlier.value + values)
        attributes[name] = Found(values, "filter", title, row["id"], "auto_detect_attributes")
    return attributes


def active_title(filter_id: int, title: str, c: Context) -> str | None:
    """Return the title of a filter, None if the shop has switched it off."""
    if c.filters is None:
        return title
    row = c.filters.get(filter_id)
    return row["title"] or title if row is not None and row["active"] else None


_Same = list[tuple[str, Source]]


def _wanted_sources(p: Product, tags: Collection[str], c: Context) -> dict[str, _Same]:
    sources: dict[str, _Same] = {wanted.key: [] for wanted in c.wanted}
    for kind in KINDS:
        for fields in _SOURCES[kind](p, tags):
            same = sources.get(name_key(fields[0]))
            if same is not None:
                same.append((kind, Source(*fields)))
    return sources


def _custom(same: _Same, wanted: Wanted, c: Context) -> Found | None:
    for kind in KINDS if wanted.key in c.tags else dict.fromkeys(kind for kind, _ in same):
        alike = [source for each, source in same if each == kind]
        value = bool(alike) if kind == "tag" else _value(kind, alike)
        if value is not None:
            title, source_id = (alike[0].title, alike[0].id) if alike else (wanted.typed, None)
            if kind == "tag":
                source_id = c.tag_ids.get(wanted.key)
            return Found(value, kind, title, source_id, "custom_attributes")
    return None


def _value(kind: str, alike: list[Source]) -> Value | None:
    values = distinct(value for source in alike for value in source.values)
    if kind != "option" and len(values) == 1:
        return values[0]
    return values or None


def distinct(values: Iterable[str]) -> list[str]:
    """Return the values that say something, each once, in their order."""
    return list(dict.fromkeys(value for value in values if value))


_Fields = tuple[str, int | None, list[str]]  # of a Source


def _filters(p: Product, _tags: Collection[str]) -> Iterator[_Fields]:
    return ((row["title"], row["id"], row["values"]) for row in p["filters"])


def _specifications(p: Product, _tags: Collection[str]) -> Iterator[_Fields]:
    return ((row["name"], row["id"], [row["value"]]) for row in p["specs"])


def _tags(_p: Product, tags: Collection[str]) -> Iterator[_Fields]:
    return ((title, None, []) for title in sorted(tags))


def _data(p: Product, _tags: Collection[str]) -> Iterator[_Fields]:
    values = zip(DATA, p["data"], strict=False)
    return ((name, None, [value]) for name, value in values if value)


def _options(p: Product, _tags: Collection[str]) -> Iterator[_Fields]:
    values: dict[str, list[str]] = {}
    for variant in p["variants"]:
        for name, value in variant["options"]:
            values.setdefault(name, []).append(value)
    return ((name, None, each) for name, each in values.items())


def _metafields(p: Product, _tags: Collection[str]) -> Iterator[_Fields]:
    return ((key, None, values) for key, values in p.get("metafields", {}).items())


_SOURCES: Final[Mapping[str, Callable[[Product, Collection[str]], Iterator[_Fields]]]] = {
    "filter": _filters,
    "specification": _specifications,
    "tag": _tags,
    "data": _data,
    "option": _options,
    "metafield": _metafields,
}
KINDS: Final = tuple(_SOURCES)
