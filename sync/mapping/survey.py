"""What a shop's products offer for the attribute settings: where each name is found, and where two
sources want one name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sync.mapping.attributes import (
    DATA,
    KINDS,
    Source,
    active_title,
    distinct,
    product_attributes,
    sources,
)
from sync.mapping.common import Context
from sync.mapping.names import Wanted, attribute_name, collides
from sync.names import name_key, nearest, normal_name
from sync.shapes import Product

SAMPLES: Final = 3
_NO_TAGS: Final[Mapping[int, Collection[str]]] = {}


@dataclass
class AttributeUse:
    """A custom attribute: in how many of `total` products each kind of source has it, how many
    get a value from any (a tag's false is none), sample values, and the nearest real name where
    no product has it."""

    typed: str
    name: str | None
    total: int = 0
    filled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    samples: list[str] = field(default_factory=list)
    nearest: str | None = None


class Collision(NamedTuple):
    """A warning: `renamed` (the name belongs to another field, so it got a suffix) or `shared`
    (several sources have one name; the first one counts). Sources are (kind, title)."""

    code: str
    name: str
    sources: tuple[tuple[str, str], ...]


def collisions(
    c: Context,
    products: Iterable[Product] = (),
    tags: Mapping[int, Collection[str]] = _NO_TAGS,
) -> list[Collision]:
    """Return the warnings about attribute names, sorted by name: of the shop's filters and, where
    given, of what the products have. `tags` are titles by product id."""
    sources: dict[str, dict[tuple[str, str], str]] = {}
    for title, number in _filter_titles(c):
        name = attribute_name(title, number)
        sources.setdefault(name, {})["filter", title] = normal_name(title)
    keys = {wanted.key for wanted in c.wanted}
    for p in products:
        for kind, source in _used(p, tags.get(p["id"], ()), keys, c):
            name = attribute_name(source.title, source.id)
            sources.setdefault(name, {})[kind, source.title] = normal_name(source.title)
    return [each for name in sorted(sources) for each in _warnings(name, sources[name])]


def _filter_titles(c: Context) -> list[tuple[str, int]]:
    if not c.settings.auto_detect_attributes:
        return []
    return [(row["title"], row["id"]) for row in (c.filters or {}).values() if row["active"]]


def _used(
    p: Product, tags: Collection[str], keys: set[str], c: Context
) -> Iterable[tuple[str, Source]]:
    for kind in KINDS:
        for source in sources(p, tags, kind):
            auto = kind == "filter" and c.settings.auto_detect_attributes
            title = active_title(source.id or 0, source.title, c) if auto else None
            if title is not None:
                yield kind, source._replace(title=title)
            elif (key := name_key(source.title)) in keys:
                yield kind, source._replace(id=c.tag_ids.get(key)) if kind == "tag" else source


def _warnings(name: str, who: Mapping[tuple[str, str], str]) -> Iterable[Collision]:
    renamed = tuple(source for source, plain in who.items() if collides(plain))
    if renamed:
        yield Collision("renamed", name, renamed)
    if len(who) > 1:
        yield Collision("shared", name, tuple(who))


def attributes_offered(
    products: Iterable[Product], tags: Mapping[int, Collection[str]] = _NO_TAGS
) -> list[AttributeUse]:
    """Return every name that a custom attribute could have, the most filled first: those that
    products have as filter, specification, tag, data01–03 or variant option, as the shop writes
    them. `tags` are titles by product id."""
    uses: dict[str, AttributeUse] = {}
    total = 0
    for p in products:
        total += 1
        for key, kinds in _named(p, tags.get(p["id"], ()), uses).items():
            uses[key].filled += 1
            uses[key].kinds.update(kinds)
    for use in uses.values():
        use.total = total
    return sorted(uses.values(), key=lambda use: (-use.filled, use.typed.casefold()))


def _named(p: Product, tags: Collection[str], uses: dict[str, AttributeUse]) -> dict[str, set[str]]:
    """The kinds of source in which a product has each name."""
    kinds: dict[str, set[str]] = {}
    for kind in KINDS:
        for source in sources(p, tags, kind):
            key, values = name_key(source.title), distinct(source.values)
            if not key or not (values or kind == "tag"):
                continue
            kinds.setdefault(key, set()).add(kind)
            name = attribute_name(source.title, source.id)
            use = uses.setdefault(key, AttributeUse(source.title, name))
            _add_samples(use, values or [_shown(True)])
    return kinds


def _add_samples(use: AttributeUse, values: Iterable[str]) -> None:
    room = SAMPLES - len(use.samples)
    if room:
        use.samples += [value for value in distinct(values) if value not in use.samples][:room]


def attribute_sources(
    products: Iterable[Product],
    c: Context,
    tags: Mapping[int, Collection[str]] = _NO_TAGS,
) -> list[AttributeUse]:
    """Return, for each custom attribute as typed, where the products have it. `tags` are titles
    by product id; tags that no product carries are those of the context."""
    uses = {each.key: AttributeUse(each.typed, each.name) for each in c.wanted}
    known: dict[str, str] = {name_key(name): name for name in DATA}
    total = 0
    for p in products:
        total += 1
        _count(p, tags.get(p["id"], ()), uses, known)
        _fill(p, tags.get(p["id"], ()), uses, c)
    for wanted in c.wanted:
        _finish(uses[wanted.key], wanted, total, known, c)
    return list(uses.values())


def _count(
    p: Product, tags: Collection[str], uses: Mapping[str, AttributeUse], known: dict[str, str]
) -> None:
    for kind in KINDS:
        seen: set[str] = set()
        for source in sources(p, tags, kind):
            key = name_key(source.title)
            known.setdefault(key, source.title)
            if key in uses and (kind == "tag" or distinct(source.values)):
                seen.add(key)
        for key in seen:
            uses[key].kinds[kind] += 1


def _fill(p: Product, tags: Collection[str], uses: Mapping[str, AttributeUse], c: Context) -> None:
    attributes = product_attributes(p, tags, c)
    for wanted in c.wanted:
        attribute = attributes.get(wanted.name or "")
        if attribute is None:
            attribute = next(
                (f for f in attributes.values() if name_key(f.title) == wanted.key), None
            )
        if attribute is None or attribute.value is False:
            continue
        use = uses[wanted.key]
        use.filled += 1
        values = attribute.value if isinstance(attribute.value, list) else [_shown(attribute.value)]
        _add_samples(use, values)


def _shown(value: str | bool) -> str:
    return "true" if value is True else str(value)


def _finish(
    use: AttributeUse, wanted: Wanted, total: int, known: Mapping[str, str], c: Context
) -> None:
    use.total = total
    if wanted.key not in known and wanted.key not in c.tags:
        use.nearest = nearest(wanted.typed, filter(None, known.values()))
