"""Which records go to Clerk.io, and every reason why one does not.

A rule looks at one record, the settings and `as_of`; it returns reason codes, all that apply and
in a fixed order, and none for a record that goes. Texts of the codes are in `sync.texts`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final, NamedTuple

from sync.settings import Settings, normal_name, normal_status
from sync.shapes import Category, Page, Product, Variant

CANCELLED: Final = "cancelled"
_FREE: Final = "free_product"
_TRUE_LIKE: Final = frozenset({"1", "true", "yes", "y", "on", "ja", "oui", "x"})
_ALWAYS_SELLABLE: Final = frozenset({"disabled", "indicator"})


status_key = lru_cache(maxsize=1024)(normal_status)


class ProductFacts(NamedTuple):
    """What the rules ask about a product; small enough for columns of their own."""

    visible: bool
    sellable: bool
    free: bool
    invalid: tuple[str, ...]


def product_facts(p: Product, tags: Collection[str] = ()) -> ProductFacts:
    """Return the facts of a product; `tags` are the titles of the tags it carries."""
    checks = (
        ("name", p["title"] or p["fulltitle"]),
        ("url", p["slug"]),
        ("price", p["variants"]),
    )
    return ProductFacts(
        visible=p["visible"],
        sellable=any(map(sellable, p["variants"])),
        free=_is_free(p, tags),
        invalid=tuple(name for name, present in checks if not present),
    )


def sellable(v: Variant) -> bool:
    """Return whether a variant can be bought now."""
    if v["tracking"] in _ALWAYS_SELLABLE:
        return True
    return v["tracking"] == "enabled" and v["stock"] > v["minimum"]


@lru_cache(maxsize=8192)
def _names_free(name: str) -> bool:
    return normal_name(name) == _FREE


def _is_free(p: Product, tags: Collection[str]) -> bool:
    return (
        any(_names_free(spec["name"]) and true_like(spec["value"]) for spec in p["specs"])
        or any(map(_names_free, tags))
        or any(_free_data(entry) for entry in p["data"] if entry)
    )


def _free_data(entry: str) -> bool:
    name, equals, value = entry.partition("=")
    return _names_free(name) and (not equals or true_like(value))


def true_like(value: str) -> bool:
    """Return whether a text means yes, as people write it in specifications."""
    return value.strip().casefold() in _TRUE_LIKE


def product_reasons(f: ProductFacts, s: Settings) -> list[str]:
    """Return why a product does not go: hidden, out_of_stock, free_product, invalid:<field>;
    import_off alone."""
    if not s.import_products:
        return ["import_off"]
    reasons = [] if f.visible else ["hidden"]
    if not f.sellable and not s.include_out_of_stock:
        reasons.append("out_of_stock")
    if f.free and not s.include_free_products:
        reasons.append("free_product")
    if f.invalid:
        reasons += [f"invalid:{name}" for name in f.invalid]
    return reasons


_MONTHS: Final = {"1m": 1, "3m": 3, "6m": 6, "1y": 12, "2y": 24, "3y": 36}


def order_cutoff(include_orders: str, as_of: int) -> int | None:
    """Return the unix second from which on (inclusive) orders go, None for `all`.

    Periods are calendar months before `as_of` at the same UTC time of day; a day that the month
    does not have becomes its last. A date means 00:00 UTC. For `none` the cut-off lies past
    `as_of`; the rule itself says import_off.
    """
    if include_orders == "all":
        return None
    if include_orders == "none":
        return as_of + 1
    if include_orders in _MONTHS:
        return _months_before(as_of, _MONTHS[include_orders])
    midnight = datetime.combine(date.fromisoformat(include_orders), time(), UTC)
    return int(midnight.timestamp())


def _months_before(as_of: int, months: int) -> int:
    now = datetime.fromtimestamp(as_of, UTC)
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, monthrange(year, month + 1)[1])
    return int(now.replace(year=year, month=month + 1, day=day).timestamp())


class OrderRules:
    """The rules for orders, with everything decided once that does not depend on the order.

    `custom_titles` are the titles of the shop's own statuses by id.
    """

    def __init__(self, s: Settings, as_of: int, custom_titles: Mapping[int, str]) -> None:
        self._off = not s.import_orders or s.include_orders == "none"
        cutoff = order_cutoff(s.include_orders, as_of)
        self._cutoff: float = float("-inf") if cutoff is None else cutoff
        self._accepted = frozenset(map(status_key, s.accepted_order_statuses))
        self._custom = {number: status_key(title) for number, title in custom_titles.items()}
        self._decided: dict[tuple[str, int | None], bool] = {}

    def reasons(
        self, created: int, status: str, custom_status: int | None, lines: int | None
    ) -> list[str]:
        """Return why an order does not go. `lines` is the number of lines that can be sent, None
        if they were not fetched: lines_pending, but only for an order that would go otherwise."""
        if self._off:
            return ["import_off"]
        accepted = self._decided.get((status, custom_status))
        if accepted is None:
            accepted = self.accepts_status(status, custom_status)
        if lines and accepted and created >= self._cutoff:
            return []
        reasons = ["too_old"] if created < self._cutoff else []
        if not accepted:
            reasons.append("status_not_accepted")
        if lines == 0:
            reasons.append("no_lines")
        return reasons or ["lines_pending"]

    def accepts_status(self, status: str, custom_status: int | None) -> bool:
        """Return whether the status is accepted, by its own name or by the title of the custom
        status; a title never makes a cancelled order acceptable."""
        known = self._decided.get((status, custom_status))
        if known is None:
            own = status_key(status)
            known = own in self._accepted or (
                own != CANCELLED
                and custom_status is not None
                and self._custom.get(custom_status) in self._accepted
            )
            self._decided[status, custom_status] = known
        return known


def category_reasons(tree: Mapping[int, Category], s: Settings) -> dict[int, list[str]]:
    """Return every category's reasons: hidden, hidden_parent; import_off alone."""
    if not s.import_categories:
        return {number: ["import_off"] for number in tree}
    return _hidden_reasons(tree, s)


def visible_categories(tree: Mapping[int, Category], s: Settings) -> set[int]:
    """Return the categories visible enough to go; import_categories has no say."""
    return {number for number, reasons in _hidden_reasons(tree, s).items() if not reasons}


def ancestors(number: int, tree: Mapping[int, Category]) -> list[int]:
    """Return the parents of a category that the tree has, nearest first; a circle ends."""
    found: list[int] = []
    at = tree[number]["parent"]
    while at is not None and at in tree and at != number and at not in found:
        found.append(at)
        at = tree[at]["parent"]
    return found


def _hidden_reasons(tree: Mapping[int, Category], s: Settings) -> dict[int, list[str]]:
    if s.include_hidden_categories:
        return {number: [] for number in tree}
    reasons: dict[int, list[str]] = {}
    for number, category in tree.items():
        reasons[number] = [] if category["visible"] else ["hidden"]
        if any(not tree[parent]["visible"] for parent in ancestors(number, tree)):
            reasons[number].append("hidden_parent")
    return reasons


def customer_reasons(s: Settings) -> list[str]:
    """Return why customers do not go: import_off alone, or not_included."""
    if not s.import_customers:
        return ["import_off"]
    return [] if s.include_customers else ["not_included"]


def page_reasons(p: Page, s: Settings, as_of: int, language: str) -> list[str]:
    """Return why a page does not go: not_included, hidden, unpublished, empty, other_language;
    import_off alone. `language` is the store's code."""
    if not s.import_pages:
        return ["import_off"]
    spoken = p["language"]
    published = p["published"] and (p["published_at"] or 0) <= as_of
    checks = (
        ("not_included", s.include_pages),
        ("hidden", p["visible"]),
        ("unpublished", published),
        ("empty", p["title"] and p["text"]),
        ("other_language", spoken is None or spoken.casefold() == language.casefold()),
    )
    return [reason for reason, passed in checks if not passed]
