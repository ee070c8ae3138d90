"""What a plan is made from: one store's view of the mirror, its ledger, and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from sync import mapping, rules
from sync.entities import wants
from sync.ledger import Ledger
from sync.mirror import Mirror, OddRow, facts
from sync.plan.keys import taken_customers, taken_orders
from sync.settings import Settings
from sync.shapes import Category, Product
from sync.store import ShopRow, StoreRow

Only = Mapping[str, frozenset[int | str]]


@dataclass
class PlanInputs:
    """One store, one language, one set of settings; `as_of` (unix seconds) is now in every rule,
    `seq` the mirror's clock at the plan for what is decided after it. What was sent `before` as the
    mirror has it now is made anew only where these inputs differ from those."""

    mirror: Mirror
    ledger: Ledger
    store: StoreRow
    shop: ShopRow
    settings: Settings
    as_of: int
    only: Only | None = None
    seq: int | None = None
    before: PlanInputs | None = None
    context: mapping.Context = field(init=False)
    lost: Mapping[str, int] = field(default_factory=dict)  # confirmed once, and not in the ledger

    def __post_init__(self) -> None:
        tags = self.mirror.fact(facts.tags(self.lang))
        self.context = mapping.context(
            self.shop_facts,
            self.settings,
            self.categories,
            self.mirror.filters(self.lang),
            self.mirror.blogs(self.lang),
            tags,
            self.mirror.fact(facts.tag_ids(self.lang)),
        )

    @property
    def lang(self) -> str:
        return self.store.language

    def under(self, settings: Settings) -> PlanInputs:
        """The same under other settings."""
        return replace(self, settings=settings)

    @cached_property
    def tags(self) -> dict[int, frozenset[str]]:
        """Titles of the tags that were read, by product; few products carry one."""
        return {pid: frozenset(titles) for pid, titles in self.mirror.all_tags(self.lang).items()}

    @cached_property
    def metafields(self) -> dict[int, dict[str, list[str]]]:
        """Metafields that the custom attributes name, by product; few settings need any."""
        keys = {wanted.key for wanted in self.context.wanted}
        return self.mirror.metafields_of(keys) if keys else {}

    def whole(self, product: Product) -> Product:
        """The product with its metafields."""
        fields = self.metafields.get(product["id"])
        if fields:
            product["metafields"] = fields
        return product

    @cached_property
    def categories(self) -> dict[int, Category]:
        return self.mirror.categories(self.lang)

    def odd(self, entity: str) -> dict[int | str, OddRow]:
        """Rows of the entity that could not be used, by id, of those that are asked for."""
        rows = self.mirror.odd_rows(entity, self.lang)
        if self.only is None or not rows:
            return rows
        wanted = self.only.get(entity, ())
        return {row_id: row for row_id, row in rows.items() if row_id in wanted}

    @cached_property
    def shop_facts(self) -> mapping.ShopFacts:
        shop, languages = self.mirror.fact(facts.SHOP), self.mirror.fact(facts.LANGUAGES)
        default = any(row["default"] and row["code"] == self.lang for row in languages)
        bare = default and not self.shop.language_in_every_url
        return mapping.ShopFacts(
            id=shop["id"] if shop else 0,
            domain=self.shop.domain or (shop["domain"] if shop else ""),
            cluster=self.shop.cluster,
            language=self.lang,
            language_in_url=not bare and sum(1 for row in languages if row["active"]) > 1,
            b2b=shop["b2b"] if shop else False,
            cdn=(self.shop.api_url or "") if self.shop.demo else "",
        )

    @cached_property
    def order_rules(self) -> rules.OrderRules:
        return rules.OrderRules(self.settings, self.as_of, self.mirror.custom_statuses(self.lang))

    @cached_property
    def taken_orders(self) -> dict[int, int]:
        """Orders whose key in Clerk.io another order owns, with that order's id."""
        if self.settings.order_id == "id" or not self.wants("orders"):
            return {}
        named = None if self.only is None else self.only.get("orders", ())
        return taken_orders(
            self.mirror, self.ledger, self.order_rules, self.context.side, self.seq, named
        )

    @cached_property
    def taken_customers(self) -> dict[int, int]:
        """Customers whose e-mail address another customer owns, with that customer's id."""
        if not self.settings.collect_emails or not self.wants("customers"):
            return {}
        removable = may_remove(self, "customers")
        listed = None if self.only is None else self.only.get("customers", frozenset())

        def stays(source: int) -> bool:
            return not removable or (listed is not None and source not in listed)

        return taken_customers(self.mirror, self.ledger, self.mapkey("customers"), stays)

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
        return self.mirror.fact(facts.complete(entity, self.lang)) is not False

    def was_read(self, entity: str) -> bool:
        """Whether the mirror ever read the entity; categories may have been read alone."""
        if entity == "products":
            return bool(self.mirror.fact(facts.catalog_state(self.lang)))
        return self.mirror.fact(facts.was_read(entity, self.lang))


def inputs_of(
    mirror: Mirror,
    ledger: Ledger,
    shop: ShopRow,
    store: StoreRow,
    settings: Settings,
    *,
    now: float,
    only: Only | None = None,
) -> PlanInputs:
    """The inputs at the mirror's own `as_of`; `now` stands in where nothing was read yet."""
    as_of = mirror.fact(facts.as_of(store.language)) or now
    return PlanInputs(mirror, ledger, store, shop, settings, int(as_of), only)


def may_remove(inputs: PlanInputs, entity: str) -> bool:
    """An incomplete read and an empty source are never a reason to remove."""
    return inputs.complete(entity) and inputs.mirror.holds(entity, inputs.lang)
