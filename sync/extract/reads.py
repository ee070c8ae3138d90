"""What the coming refresh will read, and in how many calls: the decisions of this room, made from
what the mirror notes and without a call.

Whoever changes how a list is read changes its line here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any, Final

from sync import rules
from sync.entities import wants
from sync.extract.counted_ahead import counts_due, slack, unlisted_orders
from sync.extract.reading import DAY, OVERLAP
from sync.mirror import Mirror, facts
from sync.mirror.facts import Daily, DailyCount, OrdersState
from sync.mirror.metafields import unfound
from sync.names import name_key
from sync.settings import Settings

PAGE: Final = 250  # rows a page of the lists that are not read by the store's own page size
MOST_ROWS: Final = 1_000_000  # of a list that nobody has counted
FREE_PRODUCT: Final = "free_product"
AFTER: Final = 0  # a list with a count is not counted once more at its end
CUSTOMERS_DAILY: Final = False  # their number is asked for in every run, not once a day
FLYING: Final = 3  # pages that are under way behind the last one of a list without a count


@dataclass(frozen=True, slots=True)
class Read:
    """The calls that one list takes: `likely`, from `low` to `high`. `new` where the mirror never
    held what is asked for; `rows` is how much that is, None where nobody has counted it."""

    name: str
    entity: str
    low: int
    likely: int
    high: int
    new: bool = False
    rows: int | None = None


def tag_names(settings: Settings) -> list[str]:
    """Names of the tags that the settings ask for, as they are compared."""
    names = {name_key(name) for name in settings.custom_attributes}
    if not settings.include_free_products:
        names.add(FREE_PRODUCT)
    return sorted(names)


def only_metafields(mirror: Mirror, lang: str, settings: Settings) -> list[str]:
    """The custom attributes that nothing but a metafield can have, as far as the mirror knows."""
    if not settings.import_products or not settings.custom_attributes:
        return []
    tags = mirror.fact(facts.tag_titles(lang)) or ()
    return unfound(settings.custom_attributes, mirror.attribute_keys(lang), tags)


def expected(
    mirror: Mirror, lang: str, settings: Settings, shop_settings: Sequence[Settings], now: float
) -> list[Read]:
    """What a refresh of this language would read if it began now under these settings;
    `shop_settings` are those of all stores of the shop."""
    outlook = _Outlook(mirror, lang, settings, shop_settings, int(now))
    return [read for part in _PARTS for read in part(outlook)]


def whole(rows: int, page: int, *, counted: bool = False, beside: int = 0) -> int:
    """Calls of a list that is read whole: its pages, and its count before and after, which one
    that comes in a single answer does not need."""
    if not counted and rows < page:
        return 1
    return 1 + AFTER + beside + ceil(rows / page)


def open_pages(rows: int, page: int) -> int:
    """Calls of a list that is read without a count: up to its first page that is not full, and
    those under way behind it."""
    pages = rows // page + 1
    return pages if pages == 1 else pages + FLYING


@dataclass
class _Outlook:
    mirror: Mirror
    lang: str
    settings: Settings
    shop_settings: Sequence[Settings]
    now: int

    @cached_property
    def ahead(self) -> Mapping[str, DailyCount]:
        return self.mirror.fact(facts.AHEAD)

    @property
    def page(self) -> int:
        return self.settings.page_size

    @cached_property
    def widest(self) -> int:
        """The oldest moment that any store of the shop wants orders from."""
        told = [each for each in self.shop_settings if wants(each, "orders")] or [self.settings]
        return min(rules.order_cutoff(each.include_orders, self.now) or 0 for each in told)

    def recent(self, at: int | None) -> bool:
        return at is not None and 0 <= self.now - at < DAY

    def due(self, name: Daily, lang: str = "") -> bool:
        return not self.recent(self.mirror.fact(facts.daily(name, lang)))

    def rows(self, table: str, where: str = "", *args: object) -> int:
        return self.mirror.number(f"SELECT count(*) FROM {table} {where}", *args)

    def sized(
        self,
        name: str,
        entity: str,
        held: int | None,
        calls: Callable[[int], int],
        counted_as: str | None = None,
    ) -> Read:
        """A list of which the mirror holds so many rows, None if it never read it."""
        if held is not None:
            exact = calls(held)
            return Read(name, entity, exact, exact, exact)
        note = self.ahead.get(counted_as or name)
        if note is None:
            return Read(name, entity, calls(0), calls(0), calls(MOST_ROWS), new=True)
        n = int(note["n"])
        low, high = calls(max(n - slack(n), 0)), calls(n + slack(n))
        return Read(name, entity, low, calls(n), high, new=True, rows=n)


def _fixed(name: str, entity: str, calls: int, *, new: bool = False) -> Read:
    return Read(name, entity, calls, calls, calls, new)


def _access(o: _Outlook) -> Iterator[Read]:
    known = o.mirror.fact(facts.custom_statuses(o.lang)) is not None
    if o.due("access", o.lang):
        filters = len(o.mirror.fact(facts.filters(o.lang)) or ())
        yield _fixed("access", "products", 3 + open_pages(filters, PAGE))
    if wants(o.settings, "orders") and o.due("custom_statuses", o.lang):
        yield _fixed("custom_statuses", "orders", 1, new=not known)


def _catalogue(o: _Outlook) -> Iterator[Read]:
    s, lang = o.settings, o.lang
    if s.import_products:
        state = o.mirror.fact(facts.catalog_state(lang))
        complete = o.mirror.fact(facts.complete("products", lang))
        if complete and o.recent(state.get("full_at", 0)):
            yield _fixed("catalogue", "products", _changed(o, state["since"] - OVERLAP))
            return
        yield from _full(o, bool(state))
    elif not s.import_categories:
        return
    read = o.mirror.fact(facts.was_read("categories", lang))
    rows = o.rows("category", "WHERE lang = ?", lang) if read else _elsewhere(o, "category")
    yield o.sized("categories", "categories", rows, lambda n: whole(n, o.page))


def _changed(o: _Outlook, since: int) -> int:
    """Calls that tell what changed, where nothing did but what was read already: the list of
    categories, those of products and variants, two counts."""
    lists = [
        o.rows(table, "WHERE lang = ? AND updated >= ?", o.lang, since)
        for table in ("product", "variant")
    ]
    return 1 + sum(open_pages(rows, PAGE) for rows in lists) + 2


def _full(o: _Outlook, read: bool) -> Iterator[Read]:
    products = o.rows("product", "WHERE lang = ?", o.lang) if read else _elsewhere(o, "product")

    def pages(n: int) -> int:
        return whole(n, o.page, counted=True, beside=2)

    refused, probed = o.mirror.fact(facts.CATALOG_REFUSED), not o.due("catalog_probe", o.lang)
    if not refused or not probed:
        yield o.sized("catalogue", "products", products, pages)
    if refused:
        variants = o.rows("variant", "WHERE lang = ?", o.lang) if read else None
        links = o.rows("staging", "WHERE kind = ?", f"{o.lang}:categories/products")
        yield o.sized("variants", "products", variants, lambda n: whole(n, o.page))
        yield o.sized("links", "products", links or None, lambda n: whole(n, o.page))
        brands = o.rows("(SELECT DISTINCT brand FROM product WHERE lang = ?)", "", o.lang)
        yield o.sized("brands", "products", brands, lambda n: open_pages(n, PAGE))
        yield o.sized("products", "products", products, pages)


def _elsewhere(o: _Outlook, table: str) -> int | None:
    """Rows of the language that has most of them, which another language has too."""
    sql = f"SELECT max(n) FROM (SELECT count(*) n FROM {table} GROUP BY lang)"
    return o.mirror.number(sql) or None


def _orders(o: _Outlook) -> Iterator[Read]:
    if not wants(o.settings, "orders"):
        return
    state = o.mirror.fact(facts.ORDERS_STATE)
    wanted = o.widest
    held = bool(state) and state.get("since", 0) <= o.now and bool(state.get("complete"))
    if held:
        yield _fixed("orders", "orders", 1)
    if not held or wanted < state["from"]:
        yield from _backfill(o, wanted, state)
    if o.due("returns"):
        known = o.mirror.fact(facts.daily("returns")) is not None
        yield o.sized("returns", "orders", 0 if known else None, lambda n: open_pages(n, PAGE))


def _backfill(o: _Outlook, wanted: int, state: OrdersState) -> Iterator[Read]:
    # The count before and after, and at first that of what is older still.
    known = "older" in state and wanted < state["from"]
    beyond = 1 + AFTER + int(wanted > 0 and not known)
    if state and not state.get("complete"):  # it is listed once more
        rows = o.rows("orders", "WHERE created >= ?", wanted)
        yield o.sized("older_orders", "orders", rows, lambda n: beyond + ceil(n / o.page))
        return
    span = unlisted_orders(o.mirror, wanted)
    low, likely, high = span or (0, 0, MOST_ROWS)
    least, told, most = (beyond + ceil(n / o.page) for n in (low, likely, high))
    counted = likely if span else None
    yield Read("older_orders", "orders", least, told, most, new=True, rows=counted)


def _customers(o: _Outlook) -> Iterator[Read]:
    if not wants(o.settings, "customers"):
        return
    state = o.mirror.fact(facts.CUSTOMERS_STATE)
    if state and state["since"] <= o.now and o.mirror.fact(facts.complete("customers", o.lang)):
        yield _fixed("customers", "customers", 1 + int(not CUSTOMERS_DAILY or o.due("customers")))
    else:
        rows = o.rows("customer") if o.mirror.fact(facts.was_read("customers", o.lang)) else None
        yield o.sized("customers", "customers", rows, lambda n: whole(n, o.page, counted=True))
    if o.due("subscriptions"):
        read = o.mirror.fact(facts.daily("subscriptions")) is not None
        rows = o.rows("subscription") if read else None
        yield o.sized("subscriptions", "customers", rows, lambda n: whole(n, o.page))


def _pages(o: _Outlook) -> Iterator[Read]:
    if not wants(o.settings, "pages"):
        return
    read = o.mirror.fact(facts.was_read("pages", o.lang))
    for name, kind in (("textpages", "textpage"), ("blogs/articles", "article")):
        rows = o.rows("page", "WHERE lang = ? AND kind = ?", o.lang, kind) if read else None
        yield o.sized(name, "pages", rows, lambda n: whole(n, o.page))
    if o.due("blogs", o.lang):
        yield _fixed("blogs", "pages", 1, new=not read)


def _reviews(o: _Outlook) -> Iterator[Read]:
    s = o.settings
    if s.import_products and s.include_review_score and o.due("reviews"):
        read = o.mirror.fact(facts.daily("reviews")) is not None
        rows = o.rows("review") if read else None
        yield o.sized("reviews", "products", rows, lambda n: whole(n, o.page))


def _tags(o: _Outlook) -> Iterator[Read]:
    noted = o.mirror.fact(facts.tag_names(o.lang))
    names, known = set(tag_names(o.settings)), set(noted)
    due, titles = o.due("tags", o.lang), o.mirror.fact(facts.tag_titles(o.lang))
    settled = titles is not None and names <= known and not due
    if settled or not o.settings.import_products:
        return
    yield o.sized("tags", "products", _len(titles), lambda n: open_pages(n, PAGE))
    read = names if due else names | known
    for title, lists in Counter(titles or ()).items():
        if name_key(title) in read:
            yield _tagged(o, title, lists, new=name_key(title) not in known)


def _tagged(o: _Outlook, title: str, lists: int, *, new: bool) -> Read:
    """The lists of the products of all tags of one title; how many each has is not kept."""
    carried = o.rows("product_tag", "WHERE lang = ? AND title = ?", o.lang, title)
    likely = open_pages(carried, PAGE) + lists - 1
    products = o.rows("product", "WHERE lang = ?", o.lang)
    low = likely if lists == 1 else lists
    high = lists * open_pages(products if new else carried, PAGE)
    return Read("tag", "products", low, likely, high, new, rows=products if new else None)


def _len(known: Sequence[Any] | None) -> int | None:
    return None if known is None else len(known)


def _metafields(o: _Outlook) -> Iterator[Read]:
    if not o.settings.import_products:
        return
    way = o.mirror.fact(facts.METAFIELDS_WAY)
    if way is None:
        yield Read("metafields_way", "", 1, 2, 2)
    elif o.due("metafields_way"):
        yield _fixed("metafields_way", "", 1 + int(way["n"] > 0))
    if not only_metafields(o.mirror, o.lang, o.settings):
        return
    missing = o.mirror.metafields_missing(o.lang)
    if way is None:
        yield Read("metafields", "products", 0, missing, missing, new=True, rows=missing)
        return
    pages = ceil(way["n"] / PAGE)
    listed = way["bulk"] and (o.due("metafields") or missing > max(pages, 1))
    calls = pages if listed else missing
    yield Read("metafields", "products", calls, calls, calls, new=missing > 0, rows=missing)


def _ahead(o: _Outlook) -> Iterator[Read]:
    first = o.mirror.fact(facts.ORDERS_STATE).get("from")
    if wants(o.settings, "orders"):
        first = min(o.widest, o.widest if first is None else first)
    due = counts_due(o.mirror, o.settings, o.shop_settings, o.now, first)
    if due:
        yield _fixed("counts", "", len(due))


_PARTS: Final[Sequence[Callable[[_Outlook], Iterator[Read]]]] = (
    _access,
    _catalogue,
    _orders,
    _customers,
    _pages,
    _reviews,
    _tags,
    _metafields,
    _ahead,
)
