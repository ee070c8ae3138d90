"""Shop facts, customers, pages, reviews and tags."""

from __future__ import annotations

from typing import Any

from sync.database import immediate
from sync.extract.expected import tag_names
from sync.extract.reading import ListOf, Reading, Steps, at_least, read_list
from sync.lightspeed import NoPermission, NotFound
from sync.plan.case import wants
from sync.settings import normal_name
from sync.shapes import (
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
from sync.store import UsageError


def read_access(r: Reading) -> Steps[None]:
    """Once a day: shop, languages, permissions, filters, custom statuses."""
    if r.due_today(f"access:{r.lang}"):
        facts, spoken, permissions = r.client.all("shop", "languages", "account/permissions")
        r.mirror.put_facts("shop", "shop", shop(facts))
        rows = [row for row, _ in r.parse("languages", spoken, language)]
        r.mirror.put_facts("shop", "languages", rows)
        r.mirror.set_meta("permissions", permissions)
        yield
        _check_language(r)
        yield from _optional(r, f"catalog:{r.lang}", f"filters:{r.lang}", "filters", shop_filter)
        r.did_today(f"access:{r.lang}")
    if wants(r.settings, "orders") and r.due_today(f"custom_statuses:{r.lang}"):
        yield from _custom_statuses(r)
    _check_language(r)


def _custom_statuses(r: Reading) -> Steps[None]:
    key = f"custom_statuses:{r.lang}"
    yield from _optional(
        r, "orders", key, "orders/customstatuses", custom_status, "custom_statuses"
    )
    r.did_today(key)


def _check_language(r: Reading) -> None:
    active = [row["code"] for row in r.mirror.meta("languages", []) if row["active"]]
    if r.lang not in active:
        raise UsageError(
            f"language {r.lang} is not active in this shop; active: {', '.join(active)}"
        )


def _optional(
    r: Reading, scope: str, key: str, path: str, parse: Any, kind: str | None = None
) -> Steps[None]:
    """A short list that payloads are made with; refused, it keeps what was read before."""
    try:
        rows: list[Any] = []
        for _, page in r.client.pages(path):
            rows.extend(row for row, _ in r.parse(kind or path, page, parse))
            yield
        r.mirror.put_facts(scope, key, sorted(rows, key=lambda row: row["id"]))
    except (NoPermission, NotFound) as error:
        r.log("warning", f"{path} could not be read: {error}")


# -- customers ------------------------------------------------------------------------------


def read_customers(r: Reading) -> Steps[None]:
    """Customers and, once a day, newsletter subscriptions and the number of customers."""
    if not wants(r.settings, "customers"):
        return
    try:
        yield from _customers(r)
        if r.due_today("subscriptions"):
            yield from _subscriptions(r)
        r.mirror.mark_subscribed()
    except NoPermission as error:
        r.problem("customers", f"customers could not be read: {error}")


def _customers(r: Reading) -> Steps[None]:
    started = r.now()
    state: dict[str, Any] = r.mirror.meta("customers_state", {})
    known = bool(state) and state["since"] <= started  # else noted by a clock that was wrong
    if known and r.mirror.meta("complete:customers"):
        since = at_least(state["since"])
        for _, rows in r.client.pages("customers", updated_at_min=since):
            r.mirror.put_customers(_customer_rows(r, rows), r.mirror.meta("seq", 0))
            yield
        if not r.due_today("customers") or _customer_count_agrees(r, state):
            r.mirror.set_meta("customers_state", {**state, "since": started})
            return
    yield from _all_customers(r, started)


def _customer_rows(r: Reading, rows: list[Any]) -> list[Any]:
    return [row for row, _ in r.parse("customers", rows, customer)]


def _customer_count_agrees(r: Reading, state: dict[str, Any]) -> bool:
    agrees: bool = r.client.count("customers") - _number(r, "customer") == state["beyond"]
    if agrees:
        r.did_today("customers")
    return agrees


def _all_customers(r: Reading, started: int) -> Steps[None]:
    done = yield from read_list(
        r,
        ListOf(
            name="customer_list",
            path="customers",
            put=lambda rows, seen: r.mirror.put_customers(_customer_rows(r, rows), seen),
            met=lambda seen: _number(r, "customer", seen),
            known=lambda: _number(r, "customer"),
            counted=True,
        ),
    )
    with immediate(r.mirror.db):
        r.mirror.set_meta("complete:customers", done.complete)
        r.mirror.set_meta("read:customers", True)
        if done.complete:
            r.mirror.drop_customers(done.seen)
            r.mirror.set_meta("customers_state", {"since": started, "beyond": 0})
            r.did_today("customers")
    if not done.complete:
        r.problem("customers", "the customers changed while they were read; none will be removed")


def _subscriptions(r: Reading) -> Steps[None]:
    done = yield from read_list(
        r,
        ListOf(
            name="subscriptions",
            path="subscriptions",
            put=lambda rows, seen: r.mirror.put_subscriptions(
                [row for row, _ in r.parse("subscriptions", rows, subscription)], seen
            ),
            met=lambda seen: _number(r, "subscription", seen),
            known=lambda: _number(r, "subscription"),
        ),
    )
    if done.complete:
        r.mirror.drop_subscriptions(done.seen)
        r.did_today("subscriptions")
    else:
        r.problem("customers", "the subscriptions changed while they were read")


def _number(r: Reading, table: str, seen: int | None = None) -> int:
    where = "" if seen is None else "WHERE seen = ?"
    args = () if seen is None else (seen,)
    return r.mirror.number(f"SELECT count(*) FROM {table} {where}", *args)  # noqa: S608


# -- pages ----------------------------------------------------------------------------------


def read_pages(r: Reading) -> Steps[None]:
    """Text pages and blog articles of the language."""
    if not wants(r.settings, "pages"):
        return
    try:
        texts = yield from _page_list(r, "textpage", "textpages", textpage)
        articles = yield from _page_list(r, "article", "blogs/articles", article)
        if r.due_today(f"blogs:{r.lang}") or _unknown_blog(r):
            yield from _optional(r, f"pages:{r.lang}", f"blogs:{r.lang}", "blogs", blog)
            r.did_today(f"blogs:{r.lang}")
        r.mirror.set_meta(f"complete:pages:{r.lang}", texts and articles)
        r.mirror.set_meta(f"read:pages:{r.lang}", True)
    except NoPermission as error:
        r.problem("pages", f"pages could not be read: {error}")


def _page_list(r: Reading, kind: str, path: str, parse: Any) -> Steps[bool]:
    count = "SELECT count(*) FROM page WHERE lang = ? AND kind = ?"
    done = yield from read_list(
        r,
        ListOf(
            name=f"{kind}_list",
            path=path,
            put=lambda rows, seen: r.mirror.put_pages(
                r.lang, r.parse(f"{kind}s", rows, parse), seen
            ),
            met=lambda seen: r.mirror.number(f"{count} AND seen = ?", r.lang, kind, seen),
            known=lambda: r.mirror.number(count, r.lang, kind),
        ),
    )
    if done.complete:
        r.mirror.drop_pages(r.lang, kind, done.seen)
    else:
        r.problem("pages", f"{path} changed while it was read; no page will be removed")
    return done.complete


def _unknown_blog(r: Reading) -> bool:
    sql = (
        "SELECT count(*) FROM page WHERE lang = ? AND json_extract(flat, '$.blog') IS NOT NULL"
        " AND json_extract(flat, '$.blog') NOT IN"
        " (SELECT json_extract(value, '$.id') FROM json_each(?))"
    )
    known = r.mirror.conn.execute(
        "SELECT value FROM meta WHERE key = ?", [f"blogs:{r.lang}"]
    ).fetchone()
    return bool(r.mirror.number(sql, r.lang, known[0] if known else "[]"))


# -- reviews and tags -----------------------------------------------------------------------


def read_reviews(r: Reading) -> Steps[None]:
    """Reviews once a day, if a store of the shop sends their mean; tags that a setting names."""
    wanted = r.settings.import_products and r.settings.include_review_score
    if wanted and r.due_today("reviews"):
        try:
            yield from _reviews(r)
        except NoPermission as error:
            r.problem("products", f"reviews could not be read: {error}")
    if r.settings.import_products:
        try:
            yield from _tags(r)
        except (NoPermission, NotFound) as error:
            r.problem("products", f"tags could not be read: {error}")


def _reviews(r: Reading) -> Steps[None]:
    done = yield from read_list(
        r,
        ListOf(
            name="reviews",
            path="reviews",
            put=lambda rows, seen: r.mirror.put_reviews(
                [row for row, _ in r.parse("reviews", rows, review) if row["product"]], seen
            ),
            met=lambda seen: _number(r, "review", seen),
            known=lambda: _number(r, "review"),
        ),
    )
    if not done.complete:
        r.problem("products", "the reviews changed while they were read; ratings stay as they were")
        return
    r.mirror.rate_products(done.seen)
    r.did_today("reviews")


def _tags(r: Reading) -> Steps[None]:
    names = tag_names(r.settings)
    known = r.mirror.meta(f"tag_names:{r.lang}", [])
    listed = r.mirror.meta(f"tag_titles:{r.lang}") is not None
    if listed and set(names) <= set(known) and not r.due_today(f"tags:{r.lang}"):
        return
    names = sorted({*names, *known} if not r.due_today(f"tags:{r.lang}") else names)
    found: list[Any] = []
    for _, rows in r.client.pages("tags"):
        found.extend(row for row, _ in r.parse("tags", rows, tag))
        yield
    r.mirror.set_meta(f"tag_titles:{r.lang}", [row["title"] for row in found])
    named = [row for row in found if normal_name(row["title"]) in names]
    for row in named:
        yield from _tagged(r, row)
    titles = sorted(row["title"] for row in named)
    r.mirror.put_facts(f"catalog:{r.lang}", f"tags:{r.lang}", titles)
    r.mirror.drop_tags(r.lang, titles)
    r.mirror.set_meta(f"tag_names:{r.lang}", names)
    r.did_today(f"tags:{r.lang}")


def _tagged(r: Reading, row: Any) -> Steps[None]:
    products: set[int] = set()
    for _, rows in r.client.pages("tags/products", tag=row["id"]):
        products |= {tag_product(link)["product"] for link in rows} - {0}
        yield
    r.mirror.put_tag(r.lang, row["title"], products)
