"""Two edits in one second, with a read between them, bear one stamp: where the lists of changes
tell something else than the mirror has under that stamp, the product is read once more."""

from __future__ import annotations

from typing import Any

from sync.extract.reading import Reading
from sync.shapes import ShapeError, plain_product, variant

PRODUCT_FIELDS = (
    *("id", "updatedAt", "isVisible", "title", "fulltitle", "description", "content", "url"),
    *("data01", "data02", "data03"),
)
VARIANT_FIELDS = (
    *("id", "product", "updatedAt", "isDefault", "sortOrder", "title", "articleCode", "ean", "sku"),
    *("priceExcl", "priceIncl", "oldPriceExcl", "oldPriceIncl"),
    *("stockTracking", "stockLevel", "stockMinimum"),
)
_COMPARED = ("visible", "title", "fulltitle", "text", "slug", "data")


def product_differs(r: Reading, pid: int, raw: Any) -> bool:
    """Whether a row of products says something else of the product than the mirror has."""
    known: Any = r.mirror.product(r.lang, pid)
    made: Any = plain_product(raw, [], categories=[], brand="")
    return known is not None and any(made[name] != known[name] for name in _COMPARED)


def variant_differs(r: Reading, pid: int, raw: Any) -> bool:
    """The same of a row of variants, and its product."""
    known = r.mirror.product(r.lang, pid)
    try:
        made = variant(raw)
    except ShapeError:
        return False
    held = [each for each in known["variants"] if each["id"] == made["id"]] if known else []
    return any({**made, "updated": 0} != each for each in held)
