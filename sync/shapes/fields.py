"""Names of the fields that the API is known to send, so that new ones are noticed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sync.shapes.values import rows


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STAMPS: Final = _names("id createdAt updatedAt")
_PRODUCT: Final = _STAMPS | _names(
    "isVisible visibility data01 data02 data03 url title fulltitle description content brand"
    " supplier deliverydate image images categories variants relations reviews"
)
_VARIANT: Final = _STAMPS | _names(
    "isDefault sortOrder articleCode ean sku hs tax priceExcl priceIncl priceCost oldPriceExcl"
    " oldPriceIncl stockTracking stockLevel stockAlert stockMinimum stockSold stockBuyMininum"
    " stockBuyMinimum stockBuyMaximum weight volume colli sizeX sizeY sizeZ matrix title"
)
_ADDRESS: Final = frozenset(
    f"address{kind}{part}"
    for kind in ("Billing", "Shipping")
    for part in _names(
        "Company Name Street Street2 Number Extension Zipcode City Region Country RegionData"
    )
)
_PERSON: Final = (
    _ADDRESS
    | _STAMPS
    | _names(
        "remoteIp userAgent referralId gender birthDate nationalId email firstname middlename"
        " lastname phone mobile isCompany companyName companyCoCNumber companyVatNumber memo"
        " language invoices shipments"
    )
)
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "catalog": _PRODUCT | _names("isFeatured hits filters specifications discounts"),
    "products": _PRODUCT
    | _names(
        "hasMatrix set metafields type attributes tags movements quantityDiscounts"
        " templateDataFields"
    ),
    "catalog variant": _VARIANT,
    "variants": _VARIANT
    | _names(
        "unitPrice unitUnit weightValue weightUnit volumeValue volumeUnit sizeXValue sizeYValue"
        " sizeZValue sizeUnit taxType image product movements metafields additionalcost options"
    ),
    "categories": _STAMPS
    | _names(
        "isVisible depth path type sortOrder sorting url title fulltitle description content image"
        " parent children products"
    ),
    "categories/products": _names("id sortOrder category product"),
    "brands": _STAMPS | _names("url title content image products isVisible"),
    "tags": _STAMPS | _names("isVisible url title products"),
    "tags/products": _names("id tag product"),
    "filters": _STAMPS | _names("title position isActive values"),
    "metafields": _STAMPS | _names("key value namespace owner ownerId ownerType product resource"),
    "reviews": _STAMPS | _names("isVisible score name content customer language product"),
    "orders": _PERSON
    | _names(
        "number status customStatusId channel priceCost priceExcl priceIncl weight volume colli"
        " newsletterSubscribed paymentId paymentStatus paymentIsPost paymentIsInvoiceExternal"
        " paymentTaxRate paymentTaxRates paymentBasePriceExcl paymentBasePriceIncl"
        " paymentPriceExcl paymentPriceIncl paymentTitle paymentData shipmentId shipmentStatus"
        " shipmentIsCashOnDelivery shipmentIsPickup shipmentTaxRate shipmentTaxRates"
        " shipmentBasePriceExcl shipmentBasePriceIncl shipmentPriceExcl shipmentPriceIncl"
        " shipmentDiscountExcl shipmentDiscountIncl shipmentTitle shipmentData shippingDate"
        " deliveryDate isDiscounted discountType discountAmount discountPercentage"
        " discountCouponCode taxRates isNewCustomer comment allowNotifications doNotifyNew"
        " doNotifyReminder doNotifyCancelled giftCardsPayment customer products metafields quote"
        " events"
    ),
    "order_lines": _names(
        "id supplierTitle brandTitle productTitle variantTitle taxRate taxRates quantityOrdered"
        " quantityInvoiced quantityShipped quantityRefunded quantityReturned articleCode ean sku"
        " weight volume colli sizeX sizeY sizeZ priceCost customExcl customIncl basePriceExcl"
        " basePriceIncl priceExcl priceIncl discountExcl discountIncl customFields product variant"
    ),
    "customers": _PERSON
    | _names(
        "isConfirmed type lastOnlineAt doNotifyRegistered doNotifyConfirmed doNotifyPassword"
        " groups orders reviews tickets metafields login"
    ),
    "subscriptions": _STAMPS
    | _names("isConfirmed email firstname lastname doNotifyConfirmed language"),
    "returns": _STAMPS
    | _names(
        "created_at updated_at customerId customer_id orderId order_id status numProducts"
        " num_products priceExcl priceIncl price_excl price_incl isStockAdjusted returnReason"
        " returnAction customerComment staffNote mailMessage notifyStatus orderProducts"
        " order_products"
    ),
    "custom_statuses": _STAMPS | _names("title color"),
    "textpages": _STAMPS | _names("isLocked isVisible sortOrder url title content"),
    "articles": _STAMPS
    | _names(
        "publishedAt isPublished url title author summary content image language blog comments tags"
    ),
    "blogs": _STAMPS | _names("sortOrder commentable url title articles comments tags"),
    "languages": _names("id isActive isDefault code locale title"),
    "shop": _STAMPS
    | _names(
        "status isB2b isRetail subDomain mainDomain email phone fax street street2 zipcode city"
        " region country vatNumber cocNumber industry currency company limits javascript website"
        " scripts metafields"
    ),
}


def unknown_fields(kind: str, raw: Mapping[str, Any]) -> list[str]:
    """Return the sorted names of a row's fields that no description of the API has, those of a
    catalog row's variants as `variants.name`; KeyError for a kind that is none."""
    unknown = [*_unknown(kind, raw)]
    if kind != "catalog":
        return unknown
    inner = {name for row in rows(raw.get("variants")) for name in _unknown("catalog variant", row)}
    return unknown + [f"variants.{name}" for name in sorted(inner)]


def _unknown(kind: str, raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The same of one row: nearly all of a list have the fields of the one before, in its order."""
    names = tuple(raw)
    before = _before.get(kind)
    if before is not None and before[0] == names:
        return before[1]
    unknown = tuple(sorted({*names} - _KNOWN[kind]))
    if sum(map(len, unknown)) <= _SHORT:
        _before[kind] = names, unknown
    return unknown


_SHORT: Final = 1000  # characters of unknown names that are kept
_before: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}  # by kind: names, the unknown ones
