"""What a list shows of each record beside its decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import orjson

from sync import mapping
from sync.database import folded
from sync.entities import scope
from sync.plan import Case
from sync.shapes import Category, Customer, Page, Product


class Detail(NamedTuple):
    """`words` are what the record is also found by; `created` is unix seconds."""

    title: str = ""
    image: str | None = None
    price: float | None = None
    stock: int | None = None
    sku: str | None = None
    status: str | None = None
    created: int | None = None
    words: Sequence[str] = ()


def details_id(case: Case, entity: str) -> int:
    """Names the details of an entity: the same as long as none of them changes."""
    settings = case.settings
    parts = [case.store.id, entity, case.mirror.versions([scope(entity, case.lang), "shop"])]
    if entity in ("products", "orders"):
        parts.append(case.context.side)
    if entity == "products":
        parts += [case.context.files, settings.image_size, settings.variant_stock_tracking]
    return int.from_bytes(blake2b(orjson.dumps(parts), digest_size=8).digest(), "big") >> 1


def detail_rows(
    case: Case, entity: str, sources: Sequence[int | str]
) -> Iterator[tuple[int | str | float | None, ...]]:
    """Details of the records as the table has them; of those that are gone, what Clerk.io
    confirmed. The text that a search looks into begins with the title, so that it sorts by it."""
    found = dict(_DETAILS[entity](case, sources))
    for source in sources:
        shown = found.get(source) or _confirmed(case, entity, source)
        search = "\n".join(folded(w) for w in (shown.title, str(source), *shown.words) if w)
        yield source, shown.title, search, *shown[1:-1]


Found = Iterator[tuple[int | str, Detail]]


def _products(case: Case, sources: Sequence[int | str]) -> Found:
    sql = "SELECT id, flat FROM product WHERE lang = ? AND id IN ({})"
    for pid, flat in _select(case, sql, sources, case.lang):
        yield pid, _product(case, orjson.loads(flat))


def _product(case: Case, p: Product) -> Detail:
    glance = mapping.product_glance(p, case.context)
    words = [v[name] for v in p["variants"] for name in _VARIANT_WORDS]
    return Detail(
        title=p["title"] or p["fulltitle"],
        image=glance.image,
        price=glance.price,
        stock=glance.stock,
        sku=glance.sku,
        created=p["created"] or None,
        words=[*words, p["slug"], p["brand"]],
    )


_VARIANT_WORDS: Final = ("sku", "ean", "code")


def _orders(case: Case, sources: Sequence[int | str]) -> Found:
    sql = f"SELECT id, number, status, created, {case.context.side} FROM orders WHERE id IN ({{}})"  # noqa: S608
    for oid, number, status, created, total in _select(case, sql, sources):
        price = mapping.money(total)
        yield oid, Detail(number or str(oid), None, price, None, None, status, created or None)


def _customers(case: Case, sources: Sequence[int | str]) -> Found:
    for cid, flat in _select(case, "SELECT id, flat FROM customer WHERE id IN ({})", sources):
        customer: Customer = orjson.loads(flat)
        name, company = _names(customer)
        yield cid, Detail(name or company, created=customer["created"] or None, words=[company])


def _names(customer: Customer) -> tuple[str, str]:
    """Name and company without any e-mail address: a page never shows one."""
    address = customer["email"]
    name = mapping.without_emails(customer["name"], address)
    return name, mapping.without_emails(customer["company"], address)


def _categories(case: Case, sources: Sequence[int | str]) -> Found:
    for source in sources:
        category: Category | None = case.categories.get(int(source))
        if category is not None:
            created = category["created"] or None
            yield source, Detail(category["title"], created=created, words=[category["slug"]])


def _pages(case: Case, sources: Sequence[int | str]) -> Found:
    sql = "SELECT id, flat FROM page WHERE lang = ? AND id IN ({})"
    for page_id, flat in _select(case, sql, sources, case.lang):
        page: Page = orjson.loads(flat)
        created = page["created"] or None
        yield page_id, Detail(page["title"], created=created, words=[page["slug"]])


def _select(
    case: Case, sql: str, sources: Sequence[int | str], *before: object
) -> Iterable[Sequence[Any]]:
    marks = ",".join("?" * len(sources))
    return case.mirror.stream(sql.format(marks), *before, *sources)


def _confirmed(case: Case, entity: str, source: int | str) -> Detail:
    payload: Mapping[str, Any] = orjson.loads(case.ledger.payload(entity, source) or b"{}")
    title = str(payload.get("name") or payload.get("title") or "")
    return Detail(
        title=mapping.without_emails(title, str(payload.get("email", ""))),
        image=payload.get("image"),
        price=payload.get("price"),
        stock=payload.get("stock"),
        sku=payload.get("sku"),
    )


_DETAILS: Final[Mapping[str, Callable[[Case, Sequence[int | str]], Found]]] = {
    "products": _products,
    "categories": _categories,
    "orders": _orders,
    "customers": _customers,
    "pages": _pages,
}
