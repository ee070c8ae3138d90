"""A product as Clerk.io gets it."""

from __future__ import annotations

from typing import Any, NamedTuple

from sync.mapping.attributes import product_attributes
from sync.mapping.context import Context
from sync.mapping.money import money
from sync.mapping.names import option_name
from sync.rules import sellable
from sync.shapes import Product, Variant


class ProductExtra(NamedTuple):
    """What is known of a product beside its own record: mean and number of its visible reviews,
    titles of its tags."""

    rating: float | None = None
    reviews: int = 0
    tags: frozenset[str] = frozenset()


class Glance(NamedTuple):
    """What a list shows of a product, as its payload has it; None for what it does not have."""

    price: float | None
    stock: int
    image: str | None
    sku: str | None


def product_glance(p: Product, c: Context) -> Glance:
    """Return price, stock, image and SKU of a product without making its payload."""
    leading = leading_variant(p["variants"], c) if p["variants"] else None
    return Glance(
        price=money(c.price(leading)) if leading else None,
        stock=_stock(p["variants"], total=c.settings.variant_stock_tracking),
        image=_image(p, c) or None,
        sku=(leading["sku"] or None) if leading else None,
    )


def product_payload(p: Product, extra: ProductExtra, c: Context) -> dict[str, Any]:
    """Return the product for POST /products; fields without a value are left out, but for
    description and categories."""
    payload: dict[str, Any] = {
        name: found.value for name, found in product_attributes(p, extra.tags, c).items()
    }
    payload |= {"id": p["id"], "description": p["text"], "categories": _categories(p, c)}
    texts = (
        ("name", p["title"] or p["fulltitle"]),
        ("url", p["slug"] and f"{c.prefix}{p['slug']}.html"),
        ("image", _image(p, c)),
        ("created_at", p["created"]),
        ("brand", p["brand"]),
    )
    payload |= {name: value for name, value in texts if value}
    payload["stock"] = _stock(p["variants"], total=c.settings.variant_stock_tracking)
    if p["variants"]:
        _add_leading(payload, leading_variant(p["variants"], c), c)
        _add_variants(payload, p["variants"], c)
    if c.settings.include_review_score and extra.reviews and extra.rating is not None:
        payload["rating"] = money(extra.rating)
        payload["review_count"] = extra.reviews
    return payload


def _categories(p: Product, c: Context) -> list[int]:
    found: set[int] = set()
    for number in p["categories"]:
        found.update(c.lineage.get(number, ()))
    return sorted(found)


def _image(p: Product, c: Context) -> str:
    if p["image"] is None:
        return ""
    file_id, extension = p["image"]
    return f"{c.files}{file_id}/{c.settings.image_size}/file.{extension}"


def leading_variant(variants: list[Variant], c: Context) -> Variant:
    """Return the variant that gives price, SKU and EAN: the cheapest sellable one with a price
    above 0, else the cheapest with one, else the default one, else the first. IndexError without
    variants, which are expected by sort, then id."""
    priced = [v for v in variants if c.price(v) > 0]
    candidates = [v for v in priced if sellable(v)] or priced
    if candidates:
        return min(candidates, key=c.price)
    return default_variant(variants)


def default_variant(variants: list[Variant]) -> Variant:
    """Return the default variant, else the first; IndexError without variants."""
    return next((v for v in variants if v["default"]), variants[0])


def _add_leading(payload: dict[str, Any], v: Variant, c: Context) -> None:
    price, old = c.price(v), c.old_price(v)
    payload["price"] = money(price)
    payload["on_sale"] = old > price
    if old > price:
        payload["list_price"] = money(old)
    if v["sku"]:
        payload["sku"] = v["sku"]
    if v["ean"]:
        payload["ean"] = v["ean"]
    if v["code"]:
        payload["article_code"] = v["code"]


def variant_stock(v: Variant) -> int:
    """Return a variant's stock: never below 0, and 1 where Lightspeed keeps no count."""
    if v["tracking"] == "disabled":
        return 1
    return max(v["stock"], 0)


def _stock(variants: list[Variant], *, total: bool) -> int:
    if total or not variants:
        return sum(map(variant_stock, variants))
    return variant_stock(default_variant(variants))


def _add_variants(payload: dict[str, Any], variants: list[Variant], c: Context) -> None:
    if c.settings.include_variant_stock:
        payload["variant_stocks"] = [variant_stock(v) for v in variants]
    if not c.settings.include_variant_data:
        return
    prices = [c.price(v) for v in variants]
    olds = [c.old_price(v) for v in variants]
    payload["variant_ids"] = [v["id"] for v in variants]
    payload["variant_titles"] = [v["title"] for v in variants]
    payload["variant_skus"] = [v["sku"] for v in variants]
    payload["variant_eans"] = [v["ean"] for v in variants]
    payload["variant_prices"] = [money(price) for price in prices]
    payload["variant_list_prices"] = [money(max(both)) for both in zip(prices, olds, strict=True)]
    payload.update(_options(variants))


def _options(variants: list[Variant]) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for position, v in enumerate(variants):
        for name, value in v["options"]:
            values = lists.setdefault(option_name(name), [""] * len(variants))
            values[position] = values[position] or value
    return lists
