"""The lists of the API: their envelopes, shapes, filters and the area of a key that opens them.

Filters are those that the documentation or a client in daily use shows; an unknown parameter is
ignored, as Lightspeed does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sync.sandbox.lightspeed import shapes
from sync.sandbox.lightspeed.query import STAMPS
from sync.sandbox.lightspeed.shapes import Shape

GENERAL: Final = frozenset({"since_id", *STAMPS})
_NONE: Final[frozenset[str]] = frozenset()
_UPDATED: Final = frozenset({"updated_at_min", "updated_at_max"})


@dataclass(frozen=True)
class Resource:
    """One list. `kind` of the records it shows ("" if it never has any), `filters` parameter to
    column, `only` a further condition."""

    kind: str
    plural: str
    single: str
    area: str
    shape: Shape
    filters: Mapping[str, str] = field(default_factory=dict)
    general: frozenset[str] = _NONE
    only: str = ""


_TITLE = "json_extract(record, '$.{}')"
_EMPTY: Final = Shape({"id": 0})

RESOURCES: Final[Mapping[str, Resource]] = {
    "products": Resource(
        "product", "products", "product", "products", shapes.PRODUCT, {"brand": "owner"}, GENERAL
    ),
    "variants": Resource(
        "variant", "variants", "variant", "products", shapes.VARIANT, {"product": "owner"}, GENERAL
    ),
    "variants/movements": Resource(
        "", "variantsMovements", "variantMovement", "products", _EMPTY, general=GENERAL
    ),
    "categories": Resource(
        "category",
        "categories",
        "category",
        "products",
        shapes.CATEGORY,
        {"parent": "owner"},
        GENERAL,
    ),
    "categories/products": Resource(
        "category_product",
        "categoriesProducts",
        "categoriesProduct",
        "products",
        shapes.CATEGORY_PRODUCT,
        {"product": "owner", "category": "other"},
    ),
    "brands": Resource("brand", "brands", "brand", "products", shapes.BRAND),
    "suppliers": Resource(
        "supplier", "suppliers", "supplier", "products", shapes.SUPPLIER, general=_UPDATED
    ),
    "deliverydates": Resource(
        "deliverydate", "deliverydates", "deliverydate", "products", shapes.DELIVERYDATE
    ),
    "taxes": Resource("tax", "taxes", "tax", "settings", shapes.TAX),
    "tags": Resource("tag", "tags", "tag", "products", shapes.TAG),
    "tags/products": Resource(
        "tag_product",
        "tagsProducts",
        "tagsProduct",
        "products",
        shapes.TAG_PRODUCT,
        {"product": "owner", "tag": "other"},
    ),
    "types": Resource("type", "types", "type", "products", shapes.TYPE),
    "types/attributes": Resource("", "typesAttributes", "typesAttribute", "products", _EMPTY),
    "attributes": Resource("attribute", "attributes", "attribute", "products", shapes.ATTRIBUTE),
    "filters": Resource("filter", "filters", "filter", "products", shapes.FILTER),
    "metafields": Resource(
        "metafield",
        "metafields",
        "metafield",
        "settings",
        shapes.METAFIELD,
        only="json_extract(record, '$.owner') is not 'product'",
    ),
    "reviews": Resource(
        "review",
        "reviews",
        "review",
        "products",
        shapes.REVIEW,
        {"product": "owner", "customer": "other"},
        GENERAL,
    ),
    "orders": Resource(
        "order",
        "orders",
        "order",
        "orders",
        shapes.ORDER,
        {
            "customer": "owner",
            "number": "word",
            "email": _TITLE.format("email"),
            "status": _TITLE.format("status"),
        },
        GENERAL,
    ),
    "orders/customstatuses": Resource(
        "custom_status", "customStatuses", "customStatus", "orders", shapes.CUSTOM_STATUS
    ),
    "orders/events": Resource("", "ordersEvents", "orderEvent", "orders", _EMPTY),
    "invoices": Resource("", "invoices", "invoice", "orders", _EMPTY, general=GENERAL),
    "shipments": Resource("", "shipments", "shipment", "orders", _EMPTY, general=GENERAL),
    "returns": Resource("return", "returns", "return", "orders", shapes.RETURN, general=_UPDATED),
    "customers": Resource(
        "customer",
        "customers",
        "customer",
        "customers",
        shapes.CUSTOMER,
        {"email": "word"},
        GENERAL,
    ),
    "subscriptions": Resource(
        "subscription", "subscriptions", "subscription", "customers", shapes.SUBSCRIPTION
    ),
    "textpages": Resource(
        "textpage", "textpages", "textpage", "content", shapes.TEXTPAGE, general=GENERAL
    ),
    "blogs": Resource("blog", "blogs", "blog", "content", shapes.BLOG, general=GENERAL),
    "blogs/articles": Resource(
        "article",
        "blogArticles",
        "blogArticle",
        "content",
        shapes.ARTICLE,
        {"blog": "owner"},
        GENERAL,
    ),
}


@dataclass(frozen=True)
class Part:
    """A list below one record, such as orders/{id}/products: the parent's path, its own name and
    its envelopes."""

    parent: str
    name: str
    plural: str
    single: str


PARTS: Final = {
    (part.parent, part.name): part
    for part in (
        Part("products", "images", "productImages", "productImage"),
        Part("products", "attributes", "productAttributes", "productAttribute"),
        Part("products", "metafields", "productMetafields", "productMetafield"),
        Part("products", "relations", "productRelations", "productRelation"),
        # Live answers write this envelope so, for lists too.
        Part("products", "filtervalues", "productFiltervalue", "productFiltervalue"),
        Part("variants", "metafields", "variantMetafields", "variantMetafield"),
        Part("filters", "values", "filterValues", "filterValue"),
        Part("orders", "products", "orderProducts", "orderProduct"),
        Part("orders", "metafields", "orderMetafields", "orderMetafield"),
    )
}
