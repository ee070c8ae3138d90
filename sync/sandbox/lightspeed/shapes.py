"""Records of the state as rows of Lightspeed's answers, with each field's own empty value.

A shape is a row in the API's order whose values are either the field's empty value, which the
record's own value replaces, or a function that makes the value. Sources: the documentation's sample
answers and live ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sync.sandbox.lightspeed.shop import Shop, addresses, number
from sync.sandbox.state import Record

Make = Callable[[Record, Shop], Any]


class Shape:
    """Makes rows of one resource."""

    def __init__(self, fields: Mapping[str, Any], also: Make | None = None) -> None:
        self._also = also
        self._row = {name: None if callable(v) else v for name, v in fields.items()}
        self._plain = [name for name, value in fields.items() if not callable(value)]
        self._made: list[tuple[str, Make]] = [(n, v) for n, v in fields.items() if callable(v)]

    def row(self, record: Record, shop: Shop) -> Record:
        """The row of one record."""
        row = dict(self._row)
        for name in self._plain:
            value = record.get(name)
            if value is not None:
                row[name] = value
        for name, make in self._made:
            row[name] = make(record, shop)
        if self._also is not None:
            row.update(self._also(record, shop))
        return row


def _stamps(*names: str) -> dict[str, Make]:
    return {name: _stamp(name) for name in names or ("createdAt", "updatedAt")}


def _stamp(name: str) -> Make:
    return lambda record, shop: shop.stamp(record.get(name))


def _texts(*names: str) -> dict[str, Make]:
    return {name: _text(name) for name in names}


def _text(name: str) -> Make:
    return lambda record, shop: shop.text(record.get(name))


def _numbers(*names: str) -> dict[str, Make]:
    return {name: _number(name) for name in names}


def _number(name: str) -> Make:
    return lambda record, _: number(record.get(name))


def _one(path: str, name: str) -> Make:
    return lambda record, shop: shop.one(path, record.get(name))


def _many(url: str) -> Make:
    return lambda record, shop: shop.many(url.format(id=record["id"]))


def _image(record: Record, shop: Shop) -> Record | bool:
    return shop.image(record.get("image"), record)


def _spoken(record: Record, shop: Shop) -> Record | bool:
    return shop.spoken(record.get("language"))


LANGUAGE: Final = Shape(
    {"id": 0, "isActive": True, "isDefault": False, "code": "", "locale": "", "title": ""}
)
TAX: Final = Shape({"id": 0, "isDefault": False, **_numbers("rate"), **_texts("title")})
DELIVERYDATE: Final = Shape(
    {"id": 0, **_stamps(), **_texts("name", "inStockMessage", "outStockMessage")}
)
SUPPLIER: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "title": "",
        "attention_of": "",
        "street": "",
        "street2": "",
        "number": "",
        "extension": "",
        "zip_code": "",
        "city": "",
        "region": "",
        "country_id": False,
    }
)
PRODUCT: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "isVisible": True,
        "visibility": "visible",
        "hasMatrix": False,
        "data01": "",
        "data02": "",
        "data03": "",
        **_texts("url", "title", "fulltitle", "description", "content"),
        "set": False,
        "brand": _one("brands", "brand"),
        "categories": _many("categories/products?product={id}"),
        "deliverydate": _one("deliverydates", "deliverydate"),
        "image": _image,
        "images": lambda r, s: s.many(f"products/{r['id']}/images") if r.get("images") else False,
        "relations": _many("products/{id}/relations"),
        "metafields": _many("products/{id}/metafields"),
        "reviews": _many("reviews?product={id}"),
        "type": _one("types", "type"),
        "attributes": _many("products/{id}/attributes"),
        "supplier": _one("suppliers", "supplier"),
        "tags": _many("tags/products?product={id}"),
        "variants": _many("variants?product={id}"),
        "movements": _many("variants/movements?product={id}"),
        "quantityDiscounts": _many("quantity_discounts?product={id}"),
        # An empty PHP array: a list here, an object once it has a field.
        "templateDataFields": [],
    }
)
VARIANT: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "isDefault": False,
        "sortOrder": 0,
        "articleCode": "",
        "ean": "",
        "sku": "",
        "hs": None,
        "unitPrice": 0,
        "unitUnit": None,
        **_numbers("priceExcl", "priceIncl", "priceCost", "oldPriceExcl", "oldPriceIncl"),
        "stockTracking": "disabled",
        "stockLevel": 0,
        "stockAlert": 0,
        "stockMinimum": 0,
        "stockSold": 0,
        "stockBuyMininum": 1,
        "stockBuyMinimum": 1,
        "stockBuyMaximum": 10_000,
        **_numbers("weight"),
        "weightValue": "0.000",
        "weightUnit": "g",
        **_numbers("volume"),
        "volumeValue": 0,
        "volumeUnit": "ml",
        "colli": 0,
        "sizeX": 0,
        "sizeY": 0,
        "sizeZ": 0,
        "sizeXValue": "0.000",
        "sizeYValue": "0.000",
        "sizeZValue": "0.000",
        "sizeUnit": "cm",
        "matrix": False,
        **_texts("title"),
        "taxType": "auto",
        "image": _image,
        "tax": lambda r, s: s.one("taxes", s.taxes.get(r.get("tax"))),
        "product": _one("products", "product"),
        "movements": _many("variants/movements?variant={id}"),
        "metafields": _many("variants/{id}/metafields"),
        "additionalcost": False,
        "options": [],
    }
)
BRAND: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        **_texts("url", "title"),
        "content": lambda r, s: s.text(r.get("content")) or False,
        "image": _image,
        "products": _many("products?brand={id}"),
        "isVisible": True,
    }
)
CATEGORY: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "isVisible": True,
        "depth": 1,
        "path": lambda r, s: s.path(r["id"]),
        "type": "category",
        "sortOrder": 0,
        "sorting": "popular",
        **_texts("url", "title", "fulltitle", "description", "content"),
        "image": _image,
        "parent": _one("categories", "parent"),
        "children": _many("categories?parent={id}"),
        "products": _many("categories/products?category={id}"),
    }
)
CATEGORY_PRODUCT: Final = Shape(
    {
        "id": 0,
        "sortOrder": 0,
        "category": _one("categories", "category"),
        "product": _one("products", "product"),
    }
)
TAG: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "isVisible": True,
        **_texts("url", "title"),
        "products": _many("tags/products?tag={id}"),
    }
)
TAG_PRODUCT: Final = Shape(
    {"id": 0, "tag": _one("tags", "tag"), "product": _one("products", "product")}
)
TYPE: Final = Shape({"id": 0, **_texts("title"), "attributes": _many("types/attributes?type={id}")})
ATTRIBUTE: Final = Shape(
    {
        "id": 0,
        **_texts("title", "defaultValue"),
        "types": _many("types/attributes?attribute={id}"),
    }
)
FILTER: Final = Shape({"id": 0, **_stamps(), **_texts("title"), "position": 0, "isActive": True})
FILTER_VALUE: Final = Shape({"id": 0, **_stamps(), **_texts("title"), "position": 0})
METAFIELD: Final = Shape({"id": 0, **_stamps(), "key": "", "value": ""})
REVIEW: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "isVisible": False,
        "score": 0,
        "name": "",
        "content": "",
        "customer": _one("customers", "customer"),
        "language": _spoken,
        "product": _one("products", "product"),
    }
)
TEXTPAGE: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "isLocked": False,
        "isVisible": True,
        "sortOrder": 0,
        **_texts("url", "title", "content"),
    }
)
BLOG: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "sortOrder": 0,
        "commentable": "no",
        **_texts("url", "title"),
        "articles": _many("blogs/articles?blog={id}"),
        "comments": _many("blogs/comments?blog={id}"),
        "tags": _many("blogs/tags?blog={id}"),
    }
)
ARTICLE: Final = Shape(
    {
        "id": 0,
        **_stamps("createdAt", "updatedAt", "publishedAt"),
        "isPublished": False,
        **_texts("url", "title"),
        "author": "",
        **_texts("summary", "content"),
        "image": _image,
        "language": _spoken,
        "blog": _one("blogs", "blog"),
        "comments": _many("blogs/comments?article={id}"),
        "tags": _many("blogs/articles/tags?article={id}"),
    }
)
SUBSCRIPTION: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "isConfirmed": False,
        "email": "",
        "firstname": "",
        "lastname": "",
        "doNotifyConfirmed": False,
        "language": _spoken,
    }
)
CUSTOM_STATUS: Final = Shape({"id": 0, **_stamps(), **_texts("title"), "color": ""})
RETURN: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "customerId": None,
        "orderId": 0,
        "status": "",
        "numProducts": 0,
        "priceExcl": "0.00",
        "priceIncl": "0.00",
        "isStockAdjusted": False,
        "returnReason": "",
        "returnAction": "",
        "customerComment": "",
        "staffNote": "",
        "mailMessage": "",
        "notifyStatus": False,
        "orderProducts": [],
    }
)
_PERSON: Final = {
    "gender": False,
    "birthDate": False,
    "nationalId": "",
    "email": "",
    "firstname": "",
    "middlename": "",
    "lastname": "",
    "phone": "",
    "mobile": "",
}
_COMPANY: Final = {
    "isCompany": False,
    "companyName": "",
    "companyCoCNumber": "",
    "companyVatNumber": "",
}
CUSTOMER: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "isConfirmed": False,
        "type": "registered",
        "lastOnlineAt": _stamp("lastOnlineAt"),
        "remoteIp": False,
        "userAgent": False,
        "referralId": False,
        **_PERSON,
        **_COMPANY,
        "memo": None,
        "doNotifyRegistered": False,
        "doNotifyConfirmed": False,
        "doNotifyPassword": False,
        "groups": _many("groups/customers?customer={id}"),
        "invoices": _many("invoices?customer={id}"),
        "language": _spoken,
        "orders": _many("orders?customer={id}"),
        "reviews": _many("reviews?customer={id}"),
        "shipments": _many("shipments?customer={id}"),
        "tickets": _many("tickets?customer={id}"),
        "metafields": _many("customers/{id}/metafields"),
        "login": _many("customers/{id}/login"),
    },
    also=lambda record, shop: addresses(shop, record, with_region_data=False),
)
ORDER: Final = Shape(
    {
        "id": 0,
        **_stamps(),
        "number": "",
        "status": "",
        "customStatusId": None,
        "channel": "main",
        "remoteIp": "",
        "userAgent": "",
        "referralId": False,
        **_numbers("priceCost", "priceExcl", "priceIncl", "weight", "volume"),
        "colli": 0,
        **_PERSON,
        "gender": "",
        "newsletterSubscribed": False,
        **_COMPANY,
        "paymentId": "invoice",
        "paymentStatus": "not_paid",
        "paymentIsPost": False,
        "paymentIsInvoiceExternal": False,
        "paymentTaxRate": 0,
        "paymentTaxRates": [],
        **_numbers("paymentBasePriceExcl", "paymentBasePriceIncl"),
        **_numbers("paymentPriceExcl", "paymentPriceIncl"),
        "paymentTitle": "",
        "paymentData": [],
        "shipmentId": "core|33265|55707",
        "shipmentStatus": "not_shipped",
        "shipmentIsCashOnDelivery": False,
        "shipmentIsPickup": False,
        **_numbers("shipmentTaxRate"),
        "shipmentTaxRates": [],
        **_numbers("shipmentBasePriceExcl", "shipmentBasePriceIncl"),
        **_numbers("shipmentPriceExcl", "shipmentPriceIncl"),
        **_numbers("shipmentDiscountExcl", "shipmentDiscountIncl"),
        "shipmentTitle": "",
        "shipmentData": {"method": "default", "shipment_id": 33265, "shipping_value_id": 55707},
        "shippingDate": None,
        "deliveryDate": None,
        "isDiscounted": False,
        "discountType": "amount",
        **_numbers("discountAmount", "discountPercentage"),
        "discountCouponCode": "",
        "taxRates": [],
        "isNewCustomer": False,
        "comment": "",
        "memo": "",
        "allowNotifications": True,
        "doNotifyNew": False,
        "doNotifyReminder": False,
        "doNotifyCancelled": False,
        "language": _spoken,
        "giftCardsPayment": [],
        "customer": _one("customers", "customer"),
        "invoices": _many("invoices?order={id}"),
        "shipments": _many("shipments?order={id}"),
        "products": _many("orders/{id}/products"),
        "metafields": _many("orders/{id}/metafields"),
        "quote": False,
        "events": _many("orders/events?order={id}"),
    },
    also=lambda record, shop: addresses(shop, record, with_region_data=True),
)
ORDER_PRODUCT: Final = Shape(
    {
        "id": 0,
        "supplierTitle": "",
        "brandTitle": "",
        "productTitle": "",
        "variantTitle": "",
        **_numbers("taxRate"),
        "taxRates": [],
        "quantityOrdered": 0,
        "quantityInvoiced": 0,
        "quantityShipped": 0,
        "quantityRefunded": 0,
        "quantityReturned": 0,
        "articleCode": "",
        "ean": "",
        "sku": "",
        "weight": None,
        "volume": 0,
        "colli": 0,
        "sizeX": 0,
        "sizeY": 0,
        "sizeZ": 0,
        **_numbers("priceCost", "customExcl", "customIncl", "basePriceExcl", "basePriceIncl"),
        **_numbers("priceExcl", "priceIncl", "discountExcl", "discountIncl"),
        "customFields": False,
        "product": _one("products", "product"),
        "variant": _one("variants", "variant"),
    }
)
