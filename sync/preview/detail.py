"""What a list shows of each record beside its decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from sync import mapping
from sync.database import folded
from sync.entities import number_in
from sync.personal import masking
from sync.plan import PlanInputs, basis
from sync.shapes import Category, Customer, Page, Product


class Detail(NamedTuple):
    """`words` are what the record is also found by; times are unix seconds. `updated` is
    that of the last change: a stamp of Lightspeed's that moves alone makes no details anew. `image`
    is an address for `image_at`."""

    title: str = ""
    image: str | None = None
    price: float | None = None
    stock: int | None = None
    sku: str | None = None
    status: str | None = None
    created: int | None = None
    updated: int | None = None
    variants: int | None = None
    brand: str | None = None
    words: Sequence[str] = ()


_SIZE: Final = "{image_size}"  # a place that no address has of itself


def image_at(address: str | None, size: str) -> str | None:
    """The address that details have of an image, at the size that a plan would send."""
    return address and address.replace(_SIZE, size)


def details_id(inputs: PlanInputs, entity: str) -> int:
    """Names the details of an entity: the same as long as none of them changes. Positive, and of
    63 bits."""
    return int(basis.digest(basis.shown(inputs, entity))[:16], 16) >> 1


def detail_rows(
    inputs: PlanInputs, entity: str, sources: Sequence[int | str]
) -> Iterator[tuple[int | str | float | None, ...]]:
    """Details of the records as the table has them; of those that are gone, what Clerk.io
    confirmed. The text that a search looks into begins with the title, so that it sorts by it."""
    details = dict(_DETAILS[entity](inputs, sources))
    for source in sources:
        shown = details.get(source) or _confirmed(inputs, entity, source)
        search = "\n".join(folded(w) for w in (shown.title, str(source), *shown.words) if w)
        yield source, shown.title, search, *shown[1:-1]


Found = Iterator[tuple[int | str, Detail]]


def _products(inputs: PlanInputs, sources: Sequence[int | str]) -> Found:
    sql = "SELECT id, updated, flat FROM product WHERE lang = ? AND id IN ({})"
    for pid, updated, flat in _select(inputs, sql, sources, inputs.lang):
        yield pid, _product(inputs, orjson.loads(flat), updated)


def _product(inputs: PlanInputs, p: Product, updated: int) -> Detail:
    # The size is left open, or another one would make the details of every product anew.
    glance = mapping.product_glance(p, inputs.context, _SIZE)
    words = [v[name] for v in p["variants"] for name in _VARIANT_WORDS]
    return Detail(
        title=p["title"] or p["fulltitle"],
        image=glance.image,
        price=glance.price,
        stock=glance.stock,
        sku=glance.sku,
        created=p["created"] or None,
        updated=updated or None,
        variants=len(p["variants"]),
        brand=p["brand"] or None,
        words=[*words, p["slug"], p["brand"]],
    )


_VARIANT_WORDS: Final = ("sku", "ean", "code")


def _orders(inputs: PlanInputs, sources: Sequence[int | str]) -> Found:
    sql = (
        f"SELECT id, number, status, created, updated, {inputs.context.side} FROM orders"
        " WHERE id IN ({})"
    )
    for oid, number, status, created, updated, total in _select(inputs, sql, sources):
        yield (
            oid,
            Detail(
                title=number or str(oid),
                price=mapping.money(total),
                status=status,
                created=created or None,
                updated=updated or None,
            ),
        )


def _customers(inputs: PlanInputs, sources: Sequence[int | str]) -> Found:
    sql = "SELECT id, updated, flat FROM customer WHERE id IN ({})"
    for cid, updated, flat in _select(inputs, sql, sources):
        customer: Customer = orjson.loads(flat)
        name, company = _names(customer)
        yield (
            cid,
            Detail(
                title=masking.initials(name or company),
                created=customer["created"] or None,
                updated=updated or None,
                words=[name, company],
            ),
        )


def _names(customer: Customer) -> tuple[str, str]:
    """Name and company, by which a person finds the customer, without any e-mail address."""
    address = customer["email"]
    name = mapping.without_emails(customer["name"], address)
    return name, mapping.without_emails(customer["company"], address)


def _categories(inputs: PlanInputs, sources: Sequence[int | str]) -> Found:
    for source in sources:
        number = number_in(str(source))  # None for a row without an id
        category: Category | None = inputs.categories.get(number) if number is not None else None
        if category is not None:
            created = category["created"] or None
            yield source, Detail(category["title"], created=created, words=[category["slug"]])


def _pages(inputs: PlanInputs, sources: Sequence[int | str]) -> Found:
    sql = "SELECT id, flat FROM page WHERE lang = ? AND id IN ({})"
    for page_id, flat in _select(inputs, sql, sources, inputs.lang):
        page: Page = orjson.loads(flat)
        created = page["created"] or None
        yield page_id, Detail(page["title"], created=created, words=[page["slug"]])


def _select(
    inputs: PlanInputs, sql: str, sources: Sequence[int | str], *before: object
) -> Iterable[Sequence[Any]]:
    marks = ",".join("?" * len(sources))
    return inputs.mirror.stream(sql.format(marks), *before, *sources)


def _confirmed(inputs: PlanInputs, entity: str, source: int | str) -> Detail:
    payload: Mapping[str, Any] = orjson.loads(inputs.ledger.payload(entity, source) or b"{}")
    title = str(payload.get("name") or payload.get("title") or "")
    return Detail(
        title=masking.title(entity, title) or "",
        image=payload.get("image"),
        price=payload.get("price"),
        stock=payload.get("stock"),
        sku=payload.get("sku"),
    )


_DETAILS: Final[Mapping[str, Callable[[PlanInputs, Sequence[int | str]], Found]]] = {
    "products": _products,
    "categories": _categories,
    "orders": _orders,
    "customers": _customers,
    "pages": _pages,
}
