"""Which records of a world carry a fault that support meets every week."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable

from sync.sandbox.generate.dice import Record
from sync.sandbox.generate.words import SPECIFICATIONS
from sync.sandbox.world import World

KNOWN_FAULTS = {
    "hidden": "product",
    "out_of_stock": "product",
    "no_image": "product",
    "no_category": "product",
    "hidden_category_only": "product",
    "specification_misspelled": "product",
    "zero_price": "product",
    "empty_description": "product",
    "default_language_only": "product",
    "free_product": "product",
    "orphan_variant": "variant",
    "negative_stock": "variant",
    "duplicate_sku": "variant",
    "odd_variant_title": "variant",
    "status_not_accepted": "order",
    "unknown_status": "order",
    "order_product_gone": "order",
    "order_without_lines": "order",
    "returned_by_rows": "order",
    "future_article": "article",
}
"""Code of each fault, and the kind of the records it is listed by."""

_ACCEPTED = {"completed", "completed_shipped", "completed_picked_up"}
_STATUSES = _ACCEPTED | {
    "new",
    "cancelled",
    "on_hold",
    "processing_awaiting_payment",
    "processing_awaiting_pickup",
    "processing_awaiting_shipment",
    "processing_ready_for_pickup",
}
_TRUE = {"1", "true", "yes", "y", "on", "ja", "oui", "x"}
_CLEAN_TITLE = re.compile(r'"[^":]+: [^"]+"(,"[^":]+: [^"]+")*')
_MARKUP = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)


_PRODUCT_CODES = (
    "hidden",
    "no_image",
    "no_category",
    "hidden_category_only",
    "specification_misspelled",
    "empty_description",
    "default_language_only",
    "free_product",
)
_VARIANT_CODES = ("orphan_variant", "negative_stock", "duplicate_sku", "odd_variant_title")
_ORDER_CODES = (
    "status_not_accepted",
    "unknown_status",
    "order_product_gone",
    "order_without_lines",
    "returned_by_rows",
)
Found = dict[str, list[int]]


def known_faults(world: World) -> Found:
    """Ids of the records that carry each fault of KNOWN_FAULTS, in the order the world holds them,
    found by looking at its records. A record can carry several."""
    return {
        **_in_products(world),
        **_in_stock(world),
        **_in_variants(world),
        **_in_orders(world),
        "future_article": _future_articles(world),
    }


def _text(value: object, code: str) -> str:
    return str(value.get(code, "")) if isinstance(value, dict) else str(value or "")


def _blank(value: object, code: str) -> bool:
    return not html.unescape(_MARKUP.sub(" ", _text(value, code))).strip()


def _in_products(world: World) -> Found:
    home = next(each["code"] for each in world.languages if each["isDefault"])
    others = {each["code"] for each in world.languages} - {home}
    misspelled = _attribute(world, home, str(SPECIFICATIONS["material_typo"][0]))
    free = _free_by_tag(world) | _free_by_specification(world, home)
    standing = _standing(world)
    by_fault: Found = {code: [] for code in _PRODUCT_CODES}
    for product in world.records["product"]:
        here = standing.get(product["id"])
        named = {each["attribute"] for each in product["specifications"]}
        marks = {
            "hidden": not product["isVisible"],
            "no_image": product["image"] is None,
            "no_category": here is None,
            "hidden_category_only": here is False,
            "specification_misspelled": misspelled in named,
            "empty_description": all(
                _blank(product[field], home) for field in ("description", "content")
            ),
            "default_language_only": any(not _text(product["title"], code) for code in others),
            "free_product": product["id"] in free or _free_by_data(product),
        }
        for code, marked in marks.items():
            if marked:
                by_fault[code].append(product["id"])
    return by_fault


def _standing(world: World) -> dict[int, bool]:
    """For each product in a category: whether a shopper can reach one of its categories."""
    by_id = {each["id"]: each for each in world.records["category"]}

    def reachable(category: int | None) -> bool:
        if category is None:
            return True
        return by_id[category]["isVisible"] and reachable(by_id[category]["parent"])

    open_to_all = {category for category in by_id if reachable(category)}
    standing: dict[int, bool] = {}
    for link in world.records["category_product"]:
        seen = standing.get(link["product"], False)
        standing[link["product"]] = seen or link["category"] in open_to_all
    return standing


def _attribute(world: World, home: str, title: str) -> int | None:
    titled = (each for each in world.records["attribute"] if _text(each["title"], home) == title)
    return next((each["id"] for each in titled), None)


def _free_by_tag(world: World) -> set[int]:
    tags = {each["id"] for each in world.records["tag"] if "free_product" in _titles(each)}
    return {each["product"] for each in world.records["tag_product"] if each["tag"] in tags}


def _titles(record: Record) -> Iterable[str]:
    title = record["title"]
    return title.values() if isinstance(title, dict) else (title,)


def _free_by_specification(world: World, home: str) -> set[int]:
    attribute = _attribute(world, home, "free_product")
    return {
        product["id"]
        for product in world.records["product"]
        for each in product["specifications"]
        if each["attribute"] == attribute and _text(each["value"], home).lower() in _TRUE
    }


def _free_by_data(product: Record) -> bool:
    for field in ("data01", "data02", "data03"):
        name, equals, value = product[field].partition("=")
        if name == "free_product" and (not equals or value.lower() in _TRUE):
            return True
    return False


def _sellable(variant: Record) -> bool:
    on_hand: bool = variant["stockLevel"] > variant["stockMinimum"]
    return on_hand or variant["stockTracking"] != "enabled"


def _in_stock(world: World) -> Found:
    """Products none of whose variants can be sold, or has a price."""
    sellable: dict[int, bool] = {}
    priced: dict[int, bool] = {}
    for variant in world.records["variant"]:
        product = variant["product"]
        sellable[product] = sellable.get(product, False) or _sellable(variant)
        priced[product] = priced.get(product, False) or variant["priceIncl"] > 0
    products = [each["id"] for each in world.records["product"]]
    return {
        "out_of_stock": [each for each in products if not sellable.get(each)],
        "zero_price": [each for each in products if not priced.get(each)],
    }


def _in_variants(world: World) -> Found:
    known = {each["id"] for each in world.records["product"]}
    skus = Counter(each["sku"] for each in world.records["variant"] if each["sku"])
    by_fault: Found = {code: [] for code in _VARIANT_CODES}
    for variant in world.records["variant"]:
        marks = {
            "orphan_variant": variant["product"] not in known,
            "negative_stock": variant["stockLevel"] < 0,
            "duplicate_sku": skus[variant["sku"]] > 1,
            "odd_variant_title": _odd(variant["title"]),
        }
        for code, marked in marks.items():
            if marked:
                by_fault[code].append(variant["id"])
    return by_fault


def _odd(title: str | dict[str, str]) -> bool:
    texts = title.values() if isinstance(title, dict) else (title,)
    return any(text != "Default" and not _CLEAN_TITLE.fullmatch(text) for text in texts)


def _in_orders(world: World) -> Found:
    known = {each["id"] for each in world.records["product"]}
    gone: dict[int, bool] = {}
    kept: set[int] = set()
    for line in world.records["order_product"]:
        missing = line["product"] is not None and line["product"] not in known
        gone[line["order"]] = gone.get(line["order"], False) or missing
        if line["quantityReturned"] < line["quantityOrdered"]:
            kept.add(line["order"])
    returned = {each["orderId"] for each in world.records["return"]}
    by_fault: Found = {code: [] for code in _ORDER_CODES}
    for order in world.records["order"]:
        number = order["id"]
        marks = {
            "status_not_accepted": order["status"] not in _ACCEPTED,
            "unknown_status": order["status"] not in _STATUSES,
            "order_product_gone": gone.get(number, False),
            "order_without_lines": number not in gone,
            "returned_by_rows": number in returned and number in kept,
        }
        for code, marked in marks.items():
            if marked:
                by_fault[code].append(number)
    return by_fault


def _future_articles(world: World) -> list[int]:
    """Articles published later than anything in the shop was last touched."""
    articles = world.records["article"]
    touched = [each["updatedAt"] for kind in ("product", "article") for each in world.records[kind]]
    latest = max(touched, default="")
    return [each["id"] for each in articles if each["publishedAt"] > latest]
