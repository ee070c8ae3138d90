"""Everything a plan is decided from: one store's view of the mirror under given settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sync import mapping, rules
from sync.ledger import ENTITIES, Ledger
from sync.mirror import Mirror
from sync.settings import Settings
from sync.shapes import Category
from sync.store import ShopRow, StoreRow

Only = Mapping[str, frozenset[int | str]]


@dataclass
class Case:
    """One store, one language, one set of settings; `as_of` (unix seconds) is now in every rule."""

    mirror: Mirror
    ledger: Ledger
    store: StoreRow
    shop: ShopRow
    settings: Settings
    as_of: int
    only: Only | None = None
    context: mapping.Context = field(init=False)
    lost: Mapping[str, int] = field(default_factory=dict)  # confirmed once, and not in the ledger

    def __post_init__(self) -> None:
        self.context = mapping.context(
            self.shop_facts,
            self.settings,
            self.categories,
            self.mirror.filters(self.lang),
            self.mirror.blogs(self.lang),
            self.mirror.meta(f"tags:{self.lang}", []),
        )

    @property
    def lang(self) -> str:
        return self.store.language

    @cached_property
    def tags(self) -> dict[int, frozenset[str]]:
        """Titles of the tags that were read, by product; few products carry one."""
        return {pid: frozenset(titles) for pid, titles in self.mirror.all_tags(self.lang).items()}

    @cached_property
    def categories(self) -> dict[int, Category]:
        return self.mirror.categories(self.lang)

    @cached_property
    def shop_facts(self) -> mapping.ShopFacts:
        shop = self.mirror.meta("shop") or {"id": 0, "domain": "", "b2b": False}
        languages = self.mirror.meta("languages", [])
        return mapping.ShopFacts(
            id=shop["id"],
            domain=self.shop.domain or shop["domain"],
            cluster=self.shop.cluster,
            language=self.lang,
            language_in_url=sum(1 for row in languages if row["active"]) > 1,
            b2b=shop["b2b"],
        )

    @cached_property
    def order_rules(self) -> rules.OrderRules:
        return rules.OrderRules(self.settings, self.as_of, self.mirror.custom_statuses(self.lang))

    @cached_property
    def cutoff(self) -> int:
        """Orders created before this moment are too old; 0 for no limit."""
        return rules.order_cutoff(self.settings.include_orders, self.as_of) or 0

    def mapkey(self, entity: str) -> str:
        """Key of everything beside the record itself that makes its payload."""
        return mapping.mapping_key(entity, self.context)

    def wants(self, entity: str) -> bool:
        """Whether the settings send records of this entity."""
        return wants(self.settings, entity)

    def complete(self, entity: str) -> bool:
        """Whether the last read of the entity was complete; an incomplete one removes nothing."""
        return bool(self.mirror.meta(f"complete:{scope(entity, self.lang)}", True))

    def was_read(self, entity: str) -> bool:
        """Whether the mirror ever read the entity."""
        return bool(self.mirror.meta(f"read:{scope(entity, self.lang)}", False))

    def scopes(self) -> list[str]:
        """Content versions that this store's plan depends on."""
        wanted = {scope(entity, self.lang) for entity in ENTITIES if self.wants(entity)}
        return sorted(wanted | {"shop"})


def case_of(
    mirror: Mirror,
    ledger: Ledger,
    shop: ShopRow,
    store: StoreRow,
    settings: Settings,
    *,
    now: float,
    only: Only | None = None,
) -> Case:
    """The case at the mirror's own `as_of`; `now` stands in where nothing was read yet."""
    as_of = mirror.meta(f"as_of:{store.language}") or now
    return Case(mirror, ledger, store, shop, settings, int(as_of), only)


def wants(settings: Settings, entity: str) -> bool:
    """Whether settings send records of an entity."""
    return {
        "products": settings.import_products,
        "categories": settings.import_categories,
        "orders": settings.import_orders and settings.include_orders != "none",
        "customers": settings.import_customers and settings.include_customers,
        "pages": settings.import_pages and settings.include_pages,
    }[entity]


def scope(entity: str, lang: str) -> str:
    """The part of the mirror that holds an entity: what its version and completeness go by."""
    return {
        "products": f"catalog:{lang}",
        "categories": f"catalog:{lang}",
        "orders": "orders",
        "customers": "customers",
        "pages": f"pages:{lang}",
    }[entity]
