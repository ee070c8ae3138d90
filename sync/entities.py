"""The five kinds of record that go to Clerk.io: what every room has to know of each, once.

A kind goes by its plural in code, databases and documents; the singular names a single record.
What only one room does with a kind (its rules, its payload) stands in that room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sync.settings import Settings

Id = int | str  # Lightspeed's number; of a page with its kind before it, as in `textpage-12`

_LONGEST_ID: Final = 18  # digits that SQLite's integers always hold


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record."""

    name: str
    singular: str
    table: str  # of the mirror
    area: str  # of the mirror, which is read and versioned as one
    wanted: Callable[[Settings], bool]
    imported_by: str  # the setting without which none is imported
    included_by: str = ""  # a setting that can leave them out beside that
    by_language: bool = True  # a store has those of its language, else all that the shop has
    numbered: bool = True
    asked_by: Literal["id", "number", "email"] = "id"  # the column that Clerk.io finds one by
    removable: bool = True  # what goes no more is taken out of Clerk.io
    time_reason: str = ""  # the reason that time gives, where its rules ask what time it is
    addressed: bool = False  # may hold a customer's e-mail address


_KINDS: Final = (
    Entity(
        "products",
        singular="product",
        table="product",
        area="catalog",
        wanted=lambda s: s.import_products,
        imported_by="import_products",
    ),
    Entity(
        "categories",
        singular="category",
        table="category",
        area="catalog",
        wanted=lambda s: s.import_categories,
        imported_by="import_categories",
        removable=False,  # Clerk.io lets nobody delete one
    ),
    Entity(
        "orders",
        singular="order",
        table="orders",
        area="orders",
        wanted=lambda s: s.import_orders and s.include_orders != "none",
        imported_by="import_orders",
        included_by="include_orders",
        by_language=False,
        asked_by="number",
        removable=False,  # what was sold stays in Clerk.io, whatever becomes of the order
        time_reason="too_old",
        addressed=True,
    ),
    Entity(
        "customers",
        singular="customer",
        table="customer",
        area="customers",
        wanted=lambda s: s.import_customers and s.include_customers,
        imported_by="import_customers",
        included_by="include_customers",
        by_language=False,
        asked_by="email",
        addressed=True,
    ),
    Entity(
        "pages",
        singular="page",
        table="page",
        area="pages",
        wanted=lambda s: s.import_pages and s.include_pages,
        imported_by="import_pages",
        included_by="include_pages",
        numbered=False,
        time_reason="unpublished",
    ),
)
KINDS: Final[Mapping[str, Entity]] = {kind.name: kind for kind in _KINDS}
ENTITIES: Final = tuple(KINDS)
PLURALS: Final = {kind.singular: kind.name for kind in _KINDS}
SINGULARS: Final = {kind.name: kind.singular for kind in _KINDS}
REMOVABLE: Final = tuple(kind.name for kind in _KINDS if kind.removable)
# What is looked for in Clerk.io if its first answer was lost: all that it lets us change or delete
# once the record has left the shop, which categories are not.
CHANGEABLE: Final = tuple(name for name in ENTITIES if name != "categories")


def plural_of(name: str) -> str:
    """The kind that a singular or a plural names; the name itself if it is neither."""
    return PLURALS.get(name, name)


def wants(settings: Settings, entity: str) -> bool:
    """Whether settings send records of a kind."""
    return KINDS[entity].wanted(settings)


def imported(settings: Settings, entity: str) -> bool:
    """Whether the kind is imported at all, whatever else is set of it."""
    return bool(getattr(settings, KINDS[entity].imported_by))


def scope(entity: str, lang: str) -> str:
    """The part of the mirror that holds a kind: what its version and completeness go by."""
    kind = KINDS[entity]
    return f"{kind.area}:{lang}" if kind.by_language else kind.area


def number_in(text: str) -> int | None:
    """The number that a text of digits is; None for any other text, and for one too long for
    SQLite."""
    plain = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID
    return int(text) if plain else None


def is_id(entity: str, text: str) -> bool:
    """Whether a text can be an id of that kind."""
    return not KINDS[entity].numbered or number_in(text) is not None


def id_in(entity: str, text: str) -> Id:
    """A written id as the mirror has it. A text that is none is left as it is: no record has it."""
    if entity == "customers" and text.startswith("-"):  # stands in for somebody forgotten
        beside = number_in(text[1:])
        return text if beside is None else -beside
    number = number_in(text) if KINDS[entity].numbered else None
    return text if number is None else number
