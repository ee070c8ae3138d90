"""Which source field, and which setting, made each field of a payload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sync.mapping.attributes import product_attributes
from sync.mapping.common import Context
from sync.mapping.names import VARIANT_PREFIX
from sync.mapping.product import ProductExtra
from sync.shapes import Product


class FieldSource(NamedTuple):
    """A field of Lightspeed in its own words, and the key of the setting with a say in it."""

    source: str
    setting: str | None = None


def field_sources(
    entity: str,
    payload: Mapping[str, Any],
    c: Context,
    product: Product | None = None,
    extra: ProductExtra | None = None,
) -> dict[str, FieldSource]:
    """Return the source of each field of a payload of products, orders, categories, customers or
    pages; for products the record explains the attributes. KeyError for another entity."""
    known = _FIELDS[entity]
    sources = {name: _sided(known[name], c) for name in payload if name in known}
    if product is not None:
        tags = extra.tags if extra is not None else frozenset()
        for name, each in product_attributes(product, tags, c).items():
            if name in payload and name not in sources:
                sources[name] = FieldSource(f"{each.kind} {each.title}", each.setting)
        if "name" in sources and not product["title"]:
            sources["name"] = FieldSource("fulltitle")
    for name in payload.keys() - sources.keys():
        if name.startswith(VARIANT_PREFIX):
            sources[name] = FieldSource("variants.title", "include_variant_data")
    return {name: sources[name] for name in payload if name in sources}


def _sided(field: FieldSource, c: Context) -> FieldSource:
    return field._replace(source=field.source.replace("{side}", c.side.capitalize()))


_DATA: Final = "include_variant_data"
_FIELDS: Final[Mapping[str, Mapping[str, FieldSource]]] = {
    "products": {
        "id": FieldSource("id"),
        "name": FieldSource("title"),
        "description": FieldSource("description, content"),
        "price": FieldSource("variants.price{side}", "price_tax"),
        "list_price": FieldSource("variants.oldPrice{side}", "price_tax"),
        "on_sale": FieldSource("variants.oldPrice{side}", "price_tax"),
        "image": FieldSource("image", "image_size"),
        "url": FieldSource("url"),
        "categories": FieldSource("categories", "include_hidden_categories"),
        "created_at": FieldSource("createdAt"),
        "brand": FieldSource("brand.title"),
        "sku": FieldSource("variants.sku"),
        "ean": FieldSource("variants.ean"),
        "article_code": FieldSource("variants.articleCode"),
        "stock": FieldSource("variants.stockLevel", "variant_stock_tracking"),
        "rating": FieldSource("reviews.score", "include_review_score"),
        "review_count": FieldSource("reviews", "include_review_score"),
        "variant_ids": FieldSource("variants.id", _DATA),
        "variant_titles": FieldSource("variants.title", _DATA),
        "variant_skus": FieldSource("variants.sku", _DATA),
        "variant_eans": FieldSource("variants.ean", _DATA),
        "variant_prices": FieldSource("variants.price{side}", _DATA),
        "variant_list_prices": FieldSource("variants.oldPrice{side}", _DATA),
        "variant_stocks": FieldSource("variants.stockLevel", "include_variant_stock"),
    },
    "orders": {
        "id": FieldSource("number, id", "order_id"),
        "products": FieldSource("products.price{side} ÷ quantityOrdered", "price_tax"),
        "time": FieldSource("createdAt"),
        "customer": FieldSource("customer"),
        "email": FieldSource("email", "collect_emails"),
        "status": FieldSource("status, shipmentStatus, shipmentIsPickup, returns"),
    },
    "categories": {
        "id": FieldSource("id"),
        "name": FieldSource("title"),
        "url": FieldSource("url"),
        "subcategories": FieldSource("parent", "include_hidden_categories"),
    },
    "customers": {
        "customerid": FieldSource("id"),
        "name": FieldSource("firstname, middlename, lastname, companyName"),
        "subscribed": FieldSource("subscriptions.isConfirmed"),
        "zip": FieldSource("addressBillingZipcode, addressShippingZipcode"),
        "gender": FieldSource("gender"),
        "is_b2b": FieldSource("isCompany"),
        "email": FieldSource("email", "collect_emails"),
    },
    "pages": {
        "id": FieldSource("id"),
        "type": FieldSource("type"),
        "url": FieldSource("url, blog.url"),
        "title": FieldSource("title"),
        "text": FieldSource("content, summary"),
    },
}
