"""Shop facts, customers, pages, reviews and tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import orjson

from sync.database import immediate
from sync.entities import wants
from sync.errors import Message
from sync.extract.changes import full_is_due
from sync.extract.keep import Source, forget, keep
from sync.extract.narrow import PAGE, REFUSALS, asked, asked_along, counted, pages_of, spared
from sync.extract.passes import ListOf, read_list
from sync.extract.reading import Reading, Steps, at_least
from sync.extract.reads import tag_names
from sync.lenient import Damaged
from sync.lightspeed import LightspeedError, Unreadable
from sync.lightspeed.answers import rows_of
from sync.mirror import facts
from sync.mirror.facts import CustomersState, Fact
from sync.names import name_key, normal_name
from sync.shapes import (
    ShapeError,
    article,
    blog,
    custom_status,
    customer,
    language,
    review,
    shop,
    shop_filter,
    subscription,
    tag,
    tag_product,
    textpage,
)
from sync.store import Refused

RIGHTS = "account/permissions"
_CUSTOMERS = Source("customers", "customer", entity="customers", rank="record")
_SUBSCRIPTIONS = Source("subscriptions", "subscription", entity="customers")
_REVIEWS = Source("reviews", "review", entity="products")


def read_access(r: Reading) -> Steps[None]:
    """Once a day: shop, languages, permissions, filters, custom statuses."""
    if r.due_today("access", r.lang):
        read = yield from _access(r)
        _check_language(r)
        filters = _optional(r, facts.filters(r.lang), "filters", shop_filter)
        if (yield from spared(r, "products", "read.filters", filters)) and read:
            r.did_today("access", r.lang)
    if wants(r.settings, "orders") and r.due_today("custom_statuses", r.lang):
        yield from _custom_statuses(r)
    _check_language(r)


def _access(r: Reading) -> Steps[bool]:
    """Shop, languages and permissions. Without the first two nothing can be read; what was read
    before will do where they are not to be had now."""
    reading = _shop_and_languages(r)
    if r.mirror.fact(facts.SHOP) is None or not r.mirror.fact(facts.LANGUAGES):
        yield from reading
        return True
    return (yield from spared(r, "shop", "read.shop", reading))


def _shop_and_languages(r: Reading) -> Steps[None]:
    early: list[tuple[str, Mapping[str, object]]] = [("filters", {"page": 1, "limit": PAGE})]
    if _catalogue_is_next(r):
        early.append(("catalog/count", {}))
    told, spoken, rights = asked_along(r, ["shop", "languages", RIGHTS], early)
    for needed in (told, spoken):
        if isinstance(needed, LightspeedError):
            raise needed
    whole = told.value if isinstance(told, Damaged) else told
    try:
        made = shop(whole)
    except ShapeError as error:
        raise Unreadable("lightspeed.bad_shop", why=error) from None
    languages = _helpers(r, "languages", [rows_of(spoken, "languages")], language)
    if not languages:
        raise Unreadable("lightspeed.no_languages")
    r.mirror.note(facts.SHOP, made)
    r.mirror.note(facts.LANGUAGES, languages)
    r.mirror.note(facts.PERMISSIONS, _rights(r, rights))
    yield


def _catalogue_is_next(r: Reading) -> bool:
    """Whether catalog is read, and so counted, as soon as this is."""
    open_ = not r.mirror.fact(facts.CATALOG_REFUSED)
    return r.settings.import_products and open_ and full_is_due(r)


def _custom_statuses(r: Reading) -> Steps[None]:
    known, path = facts.custom_statuses(r.lang), "orders/customstatuses"
    rows = _optional(r, known, path, custom_status, "custom_statuses")
    if (yield from spared(r, "orders", "read.custom_statuses", rows)):
        r.did_today("custom_statuses", r.lang)


def permissions(r: Reading) -> Any:
    """What the key may do; None where it may not know that, or nobody says it."""
    [(_, answer)] = asked(r, [RIGHTS], refusals=True)
    return _rights(r, answer)


def _rights(r: Reading, answer: Any | LightspeedError) -> Any:
    if not isinstance(answer, LightspeedError):
        return answer
    if not isinstance(answer, REFUSALS):
        r.log("warning", Message("log.not_read", path=RIGHTS, why=answer))
    return None


def _check_language(r: Reading) -> None:
    active = [row["code"] for row in r.mirror.fact(facts.LANGUAGES) if row["active"]]
    if r.lang not in active:
        raise Refused("language_inactive", language=r.lang, active=", ".join(active))


def _optional(
    r: Reading, known: Fact[Any], path: str, parse: Any, kind: str | None = None
) -> Steps[None]:
    """A short list that payloads are made with; refused, it keeps what was read before."""
    try:
        pages = []
        for _, page in pages_of(r, path):
            pages.append(page)
            yield
        rows = _helpers(r, path, pages, parse, kind)
        r.mirror.note(known, sorted(rows, key=lambda row: row["id"]))
    except REFUSALS as error:
        r.log("warning", Message("log.not_read", path=path, why=error))


def _helpers(
    r: Reading, path: str, pages: Iterable[list[Any]], parse: Any, kind: str | None = None
) -> list[Any]:
    """The rows of a short list that can be used; others are named in the log."""
    usable: list[Any] = []

    def put(rows: list[Any], _pass_id: int) -> None:
        usable.extend(row for row, _ in r.parse(kind or path, rows, parse))

    source = Source(path, lang=r.lang)
    for number, rows in enumerate(pages):
        with immediate(r.mirror.db):
            keep(r, source, put, rows, 0, number * PAGE)
    return usable


# -- customers ------------------------------------------------------------------------------


def read_customers(r: Reading) -> Steps[None]:
    """Customers and their number and, once a day, newsletter subscriptions."""
    if wants(r.settings, "customers"):
        yield from spared(r, "customers", "read.customers", _customers_and_subscriptions(r))


def _customers_and_subscriptions(r: Reading) -> Steps[None]:
    yield from _customers(r)
    if r.due_today("subscriptions"):
        yield from _subscriptions(r)
    r.mirror.mark_subscribed()


def _customers(r: Reading) -> Steps[None]:
    started = int(r.journal.cursor("customer_state").get("started") or r.now())
    r.journal.move("customer_state", {"started": started})
    state = r.mirror.fact(facts.CUSTOMERS_STATE).copy()
    known = bool(state) and state["since"] <= r.now()  # else noted by a clock that was wrong
    mended = r.full and r.mirror.has_odd("customers", "")
    if known and not mended and r.mirror.fact(facts.complete("customers", r.lang)):
        none_gone = yield from _changed_customers(r, state)
        if none_gone:
            state["since"] = started
            r.mirror.note(facts.CUSTOMERS_STATE, state)
            return
    yield from _all_customers(r, started)


def _put_customers(r: Reading, rows: list[Any], pass_id: int) -> None:
    if parsed := [row for row, _ in r.parse("customers", rows, customer)]:
        r.mirror.put_customers(parsed, pass_id)


def _changed_customers(r: Reading, state: CustomersState) -> Steps[bool]:
    """Read customers that changed; returns whether their number says that none is gone. Those made
    between the count and the list are counted by a second one."""
    number = counted(r, "customers")
    since, pass_id = at_least(state["since"]), r.mirror.fact(facts.SEQ)
    for _, rows in pages_of(r, "customers", updated_at_min=since):
        with immediate(r.mirror.db):
            keep(r, _CUSTOMERS, partial(_put_customers, r), rows, pass_id, None)
        yield
    known = _number(r, "customer") + r.mirror.odd_apart("customers", "") + state["beyond"]
    if number is None:
        r.problem("customers", Message("read.customers_uncounted"))
        return True
    return bool(known == number or number < known <= (counted(r, "customers") or 0))


def _all_customers(r: Reading, started: int) -> Steps[None]:
    put = partial(_put_customers, r)
    kept = ListOf("customer_list", _CUSTOMERS, put, counted=True, single="customers")
    done = yield from read_list(r, kept)
    with immediate(r.mirror.db):
        r.mirror.note(facts.complete("customers", r.lang), done.complete)
        r.mirror.note(facts.was_read("customers", r.lang), True)
        if done.complete:
            r.mirror.drop_customers(done.seen)
            forget(r, _CUSTOMERS, done.seen)
            state: CustomersState = {"since": started, "beyond": done.short}
            r.mirror.note(facts.CUSTOMERS_STATE, state)
    if not done.complete:
        r.problem("customers", Message("read.customers_moved"))


def _subscriptions(r: Reading) -> Steps[None]:
    def put(rows: list[Any], pass_id: int) -> None:
        parsed = [row for row, _ in r.parse("subscriptions", rows, subscription)]
        r.mirror.put_subscriptions(parsed, pass_id)

    kept = ListOf("subscriptions", _SUBSCRIPTIONS, put, single="subscriptions")
    done = yield from read_list(r, kept)
    if done.complete:
        r.mirror.drop_subscriptions(done.seen)
        forget(r, _SUBSCRIPTIONS, done.seen)
        r.did_today("subscriptions")
    else:
        r.problem("customers", Message("read.subscriptions_moved"))


def _number(r: Reading, table: str, pass_id: int | None = None) -> int:
    where = "" if pass_id is None else "WHERE seen = ?"
    args = () if pass_id is None else (pass_id,)
    return r.mirror.number(f"SELECT count(*) FROM {table} {where}", *args)


# -- pages ----------------------------------------------------------------------------------


def read_pages(r: Reading) -> Steps[None]:
    """Text pages and blog articles of the language."""
    if wants(r.settings, "pages"):
        yield from spared(r, "pages", "read.pages", _all_pages(r))


def _all_pages(r: Reading) -> Steps[None]:
    texts = yield from _page_list(r, "textpage", "textpages", textpage)
    spoken = {row["id"]: row["code"] for row in r.mirror.fact(facts.LANGUAGES) if "id" in row}
    parse = partial(article, codes=spoken)
    articles = yield from _page_list(r, "article", "blogs/articles", parse)
    if r.due_today("blogs", r.lang) or _unknown_blog(r):
        yield from _optional(r, facts.blogs(r.lang), "blogs", blog)
        r.did_today("blogs", r.lang)
    r.mirror.note(facts.complete("pages", r.lang), texts and articles)
    r.mirror.note(facts.was_read("pages", r.lang), True)


def _page_list(r: Reading, kind: str, path: str, parse: Any) -> Steps[bool]:
    source = Source(
        path,
        "page",
        where="lang = ? AND kind = ?",
        args=(r.lang, kind),
        entity="pages",
        lang=r.lang,
        prefix=f"{kind}-",
        rank="record",
    )

    def put(rows: list[Any], pass_id: int) -> None:
        r.mirror.put_pages(r.lang, r.parse(f"{kind}s", rows, parse), pass_id)

    done = yield from read_list(r, ListOf(f"{kind}_list", source, put, single=path))
    if done.complete:
        r.mirror.drop_pages(r.lang, kind, done.seen)
        forget(r, source, done.seen)
    else:
        r.problem("pages", Message("read.pages_moved", path=path))
    return done.complete


def _unknown_blog(r: Reading) -> bool:
    sql = (
        "SELECT count(*) FROM page WHERE lang = ? AND json_extract(flat, '$.blog') IS NOT NULL"
        " AND json_extract(flat, '$.blog') NOT IN (SELECT value FROM json_each(?))"
    )
    known = orjson.dumps([*r.mirror.blogs(r.lang)]).decode()
    return bool(r.mirror.number(sql, r.lang, known))


# -- reviews and tags -----------------------------------------------------------------------


def read_reviews(r: Reading) -> Steps[None]:
    """Reviews once a day, if a store of the shop sends their mean; tags that a setting names."""
    wanted = r.settings.import_products and r.settings.include_review_score
    if wanted and r.due_today("reviews"):
        yield from spared(r, "products", "read.reviews", _reviews(r))
    if r.settings.import_products:
        yield from spared(r, "products", "read.tags", _tags(r))


def _reviews(r: Reading) -> Steps[None]:
    def put(rows: list[Any], pass_id: int) -> None:
        r.mirror.put_reviews([row for row, _ in r.parse("reviews", rows, review)], pass_id)

    done = yield from read_list(r, ListOf("reviews", _REVIEWS, put, single="reviews"))
    if not done.complete:
        r.problem("products", Message("read.reviews_moved"))
        return
    r.mirror.rate_products(done.seen)
    forget(r, _REVIEWS, done.seen)
    r.did_today("reviews")


def _tags(r: Reading) -> Steps[None]:
    names = tag_names(r.settings)
    known = r.mirror.fact(facts.tag_names(r.lang))
    listed = r.mirror.fact(facts.tag_titles(r.lang)) is not None
    if listed and set(names) <= set(known) and not r.due_today("tags", r.lang):
        return
    names = sorted({*names, *known} if not r.due_today("tags", r.lang) else names)
    pages = []
    for _, rows in pages_of(r, "tags"):
        pages.append(rows)
        yield
    listed_tags = _helpers(r, "tags", pages, tag)
    title_of = {row["id"]: row["title"] for row in listed_tags}
    r.mirror.note(facts.tag_titles(r.lang), [*title_of.values()])
    named = _by_title({n: title for n, title in title_of.items() if name_key(title) in names})
    for title, ids in named.items():
        carrying: set[int] = set()
        for tag_id in ids:
            carrying |= yield from _tagged(r, tag_id)
        r.mirror.put_tag(r.lang, title, carrying)
    titles = sorted(named)
    r.mirror.note(facts.tags(r.lang), titles)
    nameless = {title: ids[0] for title, ids in named.items() if not normal_name(title)}
    r.mirror.note(facts.tag_ids(r.lang), nameless)
    r.mirror.drop_tags(r.lang, titles)
    r.mirror.note(facts.tag_names(r.lang), names)
    r.did_today("tags", r.lang)


def _by_title(title_of: Mapping[int, str]) -> dict[str, list[int]]:
    """Ids of tags by title, the smallest first: several may share one, if in one language alone."""
    ids: dict[str, list[int]] = {}
    for number in sorted(title_of):
        ids.setdefault(title_of[number], []).append(number)
    return ids


def _tagged(r: Reading, tag_id: int) -> Steps[set[int]]:
    """The products that carry a tag."""
    pages = []
    for _, rows in pages_of(r, "tags/products", tag=tag_id):
        pages.append(rows)
        yield
    links = _helpers(r, "tags/products", pages, tag_product)
    return {link["product"] for link in links} - {0}
