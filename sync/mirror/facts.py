"""The facts that a mirror notes beside its records: each once, with its key and its type.

They lie as JSON in the table `meta`. Keys stay as they are for ever: older folders have them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypedDict, TypeVar

from sync import entities
from sync.shapes import Blog, CustomStatus, Filter, Language, Shop

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """One fact. `missing` stands for it where it was never noted; payloads are made with one that
    has a `scope`, whose version moves with it."""

    key: str
    missing: T
    scope: str = ""


class CatalogState(TypedDict, total=False):
    """What is known of a language's catalogue since its last whole pass; times in unix seconds."""

    full_at: int
    since: int  # changes are asked for from here on
    beyond: list[int]  # how many products and variants more the API counts than the mirror holds
    least: list[int]  # and at least counted until now: fewer means that some went during the pass
    busy: bool  # the shop was edited during the pass
    ahead: bool  # the API counted more of them last time; new ones come with the next read
    odd: dict[str, int]  # updatedAt of changed products that cannot be used
    again: dict[str, int]  # updatedAt of products that changed once more within one second
    api: list[int]  # counts in place of `beyond`, up to 0.2.1
    mirror: list[int]


OrdersState = TypedDict(
    "OrdersState",
    {
        "from": int,  # the oldest moment from which on orders are listed
        "since": int,
        "complete": bool,
        "older": int,  # orders before that moment, where they could be counted
    },
    total=False,
)


class CustomersState(TypedDict, total=False):
    """`beyond`: how many customers more the API counts than the mirror holds."""

    since: int
    beyond: int


DailyCount = TypedDict(
    "DailyCount",
    {
        "at": int,  # when it was counted
        "n": int,
        "since": int,  # of orders: those created since
        "from": int | None,  # and before the mirror's first, None if it had none
    },
    total=False,
)


class CatalogFilter(TypedDict, total=False):
    """Whether catalog keeps to updated_at_min: since when it is known to, or when it was found not
    to, and when it was found to leave out products of which only variants changed (unix s)."""

    kept: int
    broken: int
    variants: int


class MetafieldsWay(TypedDict):
    """Whether the shop's list of metafields names their owners, and how many there are."""

    bulk: bool
    n: int


# -- the shop -------------------------------------------------------------------------------

SEQ: Final[Fact[int]] = Fact("seq", 0)  # the shop's own clock, by which rows say when they changed
FORGOTTEN: Final[Fact[int]] = Fact("forgotten", 0)  # bytes of the list that nobody here is on
SHOP: Final[Fact[Shop | None]] = Fact("shop", None, "shop")
LANGUAGES: Final[Fact[Sequence[Language]]] = Fact("languages", (), "shop")
PERMISSIONS: Final[Fact[Any]] = Fact("permissions", None)  # as Lightspeed tells them
CUSTOMERS_STATE: Final[Fact[CustomersState]] = Fact("customers_state", {})
ORDERS_STATE: Final[Fact[OrdersState]] = Fact("orders_state", {})
RETURNS_STAMP: Final[Fact[int]] = Fact("returns_stamp", 0)  # the newest one of Lightspeed's own
CATALOG_REFUSED: Final[Fact[int]] = Fact("catalog_refused", 0)  # when; 0 while it is open
CATALOG_FILTER: Final[Fact[CatalogFilter]] = Fact("catalog_filter", {})
METAFIELDS_WAY: Final[Fact[MetafieldsWay | None]] = Fact("metafields_way", None)
METAFIELDS_READ: Final[Fact[int]] = Fact("metafields_read", 0)  # how often some were stored
AHEAD: Final[Fact[Mapping[str, DailyCount]]] = Fact("ahead", {})  # by the name of what is counted

# What is read once a day at most; those that a language has of its own are noted with it.
Daily = Literal[
    "access",
    "blogs",
    "catalog_probe",
    "custom_statuses",
    "customers",
    "metafields",
    "metafields_way",
    "returns",
    "reviews",
    "subscriptions",
    "tags",
]


def daily(name: Daily, lang: str = "") -> Fact[int | None]:
    """When that was read last (unix s)."""
    return Fact(f"daily:{name}:{lang}" if lang else f"daily:{name}", None)


def lost(store: int) -> Fact[Mapping[str, int] | None]:
    """Records by entity that Clerk.io was left with when the ledger was lost."""
    return Fact(f"lost:{store}", None)


# -- a language -----------------------------------------------------------------------------


def as_of(lang: str) -> Fact[int | None]:
    """When the last refresh that left nothing out was done (unix s)."""
    return Fact(f"as_of:{lang}", None)


def catalog_state(lang: str) -> Fact[CatalogState]:
    return Fact(f"catalog_state:{lang}", {})


def filters(lang: str) -> Fact[Sequence[Filter] | None]:
    return Fact(f"filters:{lang}", None, entities.scope("products", lang))


def blogs(lang: str) -> Fact[Sequence[Blog]]:
    return Fact(f"blogs:{lang}", (), entities.scope("pages", lang))


def custom_statuses(lang: str) -> Fact[Sequence[CustomStatus] | None]:
    return Fact(f"custom_statuses:{lang}", None, entities.scope("orders", lang))


def brands(lang: str) -> Fact[Mapping[str, str]]:
    """Titles by id, where they are read in a list of their own."""
    return Fact(f"brands:{lang}", {})


def attribute_names(lang: str) -> Fact[bool]:
    """Whether a whole pass has met all names that products have of their own."""
    return Fact(f"attribute_names:{lang}", False)


def tags(lang: str) -> Fact[Sequence[str]]:
    """Titles of the tags whose products were read."""
    return Fact(f"tags:{lang}", (), entities.scope("products", lang))


def tag_ids(lang: str) -> Fact[Mapping[str, int]]:
    """Ids by title of those whose titles make no attribute's name: it is made from the id."""
    return Fact(f"tag_ids:{lang}", {}, entities.scope("products", lang))


def tag_names(lang: str) -> Fact[Sequence[str]]:
    """Names that settings asked for when tags were read."""
    return Fact(f"tag_names:{lang}", ())


def tag_titles(lang: str) -> Fact[Sequence[str] | None]:
    """Titles of all tags of the shop."""
    return Fact(f"tag_titles:{lang}", None)


def survey(name: str, lang: str) -> Fact[Mapping[str, Any]]:
    """An answer about the catalogue, with the state that it is true for."""
    return Fact(f"survey:{name}:{lang}", {})


# -- an entity, a list ----------------------------------------------------------------------


def version(scope: str) -> Fact[int]:
    """Moves with the content of a scope."""
    return Fact(f"version:{scope}", 0)


def complete(entity: str, lang: str) -> Fact[bool | None]:
    """Whether the last read of the entity was complete; None before the first one."""
    return Fact(f"complete:{entities.scope(entity, lang)}", None)


def was_read(entity: str, lang: str) -> Fact[bool]:
    """Whether the entity was ever read."""
    return Fact(f"read:{entities.scope(entity, lang)}", False)


def page_cap(path: str) -> Fact[int | None]:
    """The last page of a list that the shop's API gives."""
    return Fact(f"page_cap:{path}", None)


def shortfall(path: str, lang: str) -> Fact[int | None]:
    """By how many rows the count of a list is known to be wrong."""
    return Fact(f"shortfall:{path}:{lang}", None)
