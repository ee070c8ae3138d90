"""Which records go to Clerk.io, and every reason why one does not.

A rule looks at one record, the settings and `as_of`; it returns reason codes, all that apply and
in a fixed order, and none for a record that goes. Texts of the codes are in `sync.texts`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sync.names import normal_name
from sync.settings import Settings
from sync.shapes import YES, Category, Page, Product, Variant, url_path
from sync.statuses import CANCELLED, normal_status, own_status, standard_status

VERSION: Final = 3  # raised when the same record and settings give other reasons
LINES_PENDING: Final = "lines_pending"
_FREE: Final = "free_product"
_ALWAYS_SELLABLE: Final = frozenset({"disabled", "indicator"})


def _priced(p: Product, side: str) -> bool:
    return any(variant.get(side) is not None for variant in p["variants"])


NO_PRICE: Final = 1
NO_QUANTITY: Final = 2


class OrderFacts(NamedTuple):
    """What is required of an order: `lines` is below 0 if something of one cannot be read, minus
    the sum of NO_PRICE (its total) and NO_QUANTITY."""

    created: int
    lines: int | None

    def has(self, lack: int) -> bool:
        """Whether no line has that lack."""
        return self.lines is None or self.lines >= 0 or not -self.lines & lack


# What Clerk.io requires of a record, and how the record shows that it has it. Everything else that
# Clerk.io requires is always there (ids, a product's description and categories, a customer's id),
# or has a reason of its own (a page's title and text, an order's lines).
REQUIRED: Final[Mapping[str, Mapping[str, Callable[[Any], object]]]] = {
    "products": {
        "name": lambda p: p["title"] or p["fulltitle"],
        "url": lambda p: url_path(p["slug"]),
        "price_incl": lambda p: _priced(p, "incl"),
        "price_excl": lambda p: _priced(p, "excl"),
    },
    "categories": {
        "name": lambda category: category["title"],
        "url": lambda category: url_path(category["slug"]),
    },
    "orders": {
        "time": lambda order: order.created > 0,
        "price": lambda order: order.has(NO_PRICE),
        "quantity": lambda order: order.has(NO_QUANTITY),
    },
    "customers": {},
    "pages": {
        "url": lambda page: url_path(page["slug"]),
        "publishedAt": lambda page: "publishedAt" not in page.get("unreadable", ()),
    },
}


def missing(entity: str, record: object) -> tuple[str, ...]:
    """Return the fields that Clerk.io requires and the record has no value for."""
    return tuple(field for field, has in REQUIRED[entity].items() if not has(record))


def _invalid(fields: Iterable[str]) -> list[str]:
    return [f"invalid:{field}" for field in fields]


class ProductFacts(NamedTuple):
    """What the rules ask about a product; small enough for columns of their own."""

    visible: bool
    sellable: bool
    free: bool
    invalid: tuple[str, ...]  # fields; `price_incl` is only missed where prices go with tax


def product_facts(p: Product, tags: Collection[str] = ()) -> ProductFacts:
    """Return the facts of a product; `tags` are the titles of the tags it carries."""
    return ProductFacts(
        visible=p["visible"],
        sellable=any(map(sellable, p["variants"])),
        free=_is_free(p, tags),
        invalid=missing("products", p),
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
    return free_mark(p, tags) is not None


def free_mark(p: Product, tags: Collection[str]) -> tuple[str, str] | None:
    """Return what marks a product as free: the field of Lightspeed, and what stands in it."""
    for spec in p["specs"]:
        if _names_free(spec["name"]) and true_like(spec["value"]):
            return f"specification {spec['name']}", spec["value"]
    for tag in filter(_names_free, tags):
        return "tag", tag
    for number, entry in enumerate(p["data"], 1):
        if entry and _free_data(entry):
            return f"data{number:02}", entry
    return None


def mark_named(source: str) -> tuple[str, str]:
    """A field that `free_mark` names, for texts: `specification`, `tag` or `data`, and its name."""
    if source.startswith("data"):
        return "data", source.removeprefix("data")
    kind, _, name = source.partition(" ")
    return kind, name


def _free_data(entry: str) -> bool:
    name, equals, value = entry.partition("=")
    return _names_free(name) and (not equals or true_like(value))


def true_like(value: str) -> bool:
    """Return whether a text means yes, as people write it in specifications."""
    return value.strip().casefold() in YES


def product_reasons(f: ProductFacts, s: Settings, side: str = "incl") -> list[str]:
    """Return why a product does not go: hidden, out_of_stock, free_product, invalid:<field>;
    import_off alone. `side` says which prices are sent."""
    if not s.import_products:
        return ["import_off"]
    reasons = [] if f.visible else ["hidden"]
    if not f.sellable and not s.include_out_of_stock:
        reasons.append("out_of_stock")
    if f.free and not s.include_free_products:
        reasons.append("free_product")
    if f.invalid:
        reasons += _invalid(_on_side(f.invalid, side))
    return reasons


def _on_side(fields: Iterable[str], side: str) -> Iterable[str]:
    other = "price_excl" if side == "incl" else "price_incl"
    return ("price" if field == f"price_{side}" else field for field in fields if field != other)


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
        typed = s.accepted_order_statuses
        self._titles = frozenset(map(normal_status, typed))
        self._accepted = self._titles.union(filter(None, map(standard_status, typed)))
        self._custom = {number: normal_status(title) for number, title in custom_titles.items()}
        self._decided: dict[tuple[str, int | None], bool] = {}

    def reasons(
        self,
        created: int,
        status: str,
        custom_status: int | None,
        lines: int | None,
        taken: bool = False,
    ) -> list[str]:
        """Return why an order does not go. `lines` is the number of lines that can be sent, below
        0 as in `OrderFacts`, None if they were not fetched: lines_pending, but only for an order
        that would go otherwise. `taken`: another order owns its key."""
        if self._off:
            return ["import_off"]
        accepted = self._decided.get((status, custom_status))
        if accepted is None:
            accepted = self.accepts_status(status, custom_status)
        if lines and lines > 0 and accepted and not taken and created >= max(self._cutoff, 1):
            return []
        reasons = ["too_old"] if 0 < created < self._cutoff else []
        if not accepted:
            reasons.append("status_not_accepted")
        if lines == 0:
            reasons.append("no_lines")
        reasons += _invalid(missing("orders", OrderFacts(created, lines)))
        if taken:
            reasons.append("key_taken")
        return reasons or [LINES_PENDING]

    def accepts_status(self, status: str, custom_status: int | None) -> bool:
        """Return whether the status is accepted, by its own name (in any of the languages in which
        it is known) or by the title of the custom status; a title never makes a cancelled order
        acceptable."""
        known = self._decided.get((status, custom_status))
        if known is None:
            own = own_status(status)
            known = own in self._accepted or (
                own != CANCELLED
                and custom_status is not None
                and self._custom.get(custom_status) in self._titles
            )
            self._decided[status, custom_status] = known
        return known


def category_reasons(tree: Mapping[int, Category], s: Settings) -> dict[int, list[str]]:
    """Return every category's reasons: hidden, hidden_parent, invalid:<field>; import_off
    alone."""
    if not s.import_categories:
        return {number: ["import_off"] for number in tree}
    return _own_reasons(tree, s)


def visible_categories(tree: Mapping[int, Category], s: Settings) -> frozenset[int]:
    """Return the categories that can go; import_categories has no say."""
    return frozenset(n for n, reasons in _own_reasons(tree, s).items() if not reasons)


def parents(tree: Mapping[int, Category]) -> dict[int, int]:
    """Return the parent of each category that has one in the tree."""
    return {
        number: parent
        for number, category in tree.items()
        if (parent := category["parent"]) is not None and parent in tree
    }


def circles(parent_of: Mapping[int, int]) -> list[list[int]]:
    """Return the circles of parents, also those of a category that is its own."""
    closed: list[list[int]] = []
    met: dict[int, int] = {}  # category → where the walk began that met it
    for start in parent_of:
        at = start
        while at in parent_of and at not in met:
            met[at] = start
            at = parent_of[at]
        if met.get(at) == start:
            circle = [at]
            while (above := parent_of[circle[-1]]) != at:
                circle.append(above)
            closed.append(circle)
    return closed


def _own_reasons(tree: Mapping[int, Category], s: Settings) -> dict[int, list[str]]:
    under_hidden = frozenset() if s.include_hidden_categories else _under_hidden(tree)
    reasons: dict[int, list[str]] = {}
    for number, category in tree.items():
        hidden = not (category["visible"] or s.include_hidden_categories)
        reasons[number] = ["hidden"] if hidden else []
        if number in under_hidden:
            reasons[number].append("hidden_parent")
        reasons[number] += _invalid(missing("categories", category))
    return reasons


def _under_hidden(tree: Mapping[int, Category]) -> frozenset[int]:
    """The categories that have a hidden one above them; in a circle each is above all others."""
    parent_of = parents(tree)
    under: dict[int, bool] = {}
    for circle in circles(parent_of):
        hidden = {number for number in circle if not tree[number]["visible"]}
        under |= {number: bool(hidden - {number}) for number in circle}
    for number in tree:
        way: list[int] = []
        at = number
        while at in parent_of and at not in under:
            way.append(at)
            at = parent_of[at]
        above = under.get(at, False) or not tree[at]["visible"]
        for each in reversed(way):
            under[each] = above
            above = above or not tree[each]["visible"]
    return frozenset(number for number, is_under in under.items() if is_under)


def customer_reasons(s: Settings) -> list[str]:
    """Return why customers do not go: import_off alone, or not_included."""
    if not s.import_customers:
        return ["import_off"]
    return [] if s.include_customers else ["not_included"]


def page_reasons(p: Page, s: Settings, as_of: int, language: str) -> list[str]:
    """Return why a page does not go: not_included, hidden, unpublished, empty, invalid:<field>,
    other_language; import_off alone. `language` is the store's code."""
    if not s.import_pages:
        return ["import_off"]
    spoken = p["language"]
    published = p["published"] and (p["published_at"] or 0) <= as_of
    checks = (
        ("not_included", s.include_pages),
        ("hidden", p["visible"]),
        ("unpublished", published),
        ("empty", p["title"] and p["text"]),
        *((reason, False) for reason in _invalid(missing("pages", p))),
        ("other_language", spoken is None or spoken.casefold() == language.casefold()),
    )
    return [reason for reason, passed in checks if not passed]
