"""The second way to read products, where Lightspeed refuses catalog: products, variants and
category links. Filters and specifications are kept from the last catalog read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from hashlib import blake2b
from typing import Any

from sync.database import immediate
from sync.errors import Message
from sync.extract.keep import forget, keep
from sync.extract.narrow import pages_of
from sync.extract.passes import ListOf, Pass, read_list
from sync.extract.reading import Lost, Reading, Steps, Unusable
from sync.extract.sources import COUNTED, helpers_of, products_of, staged_of
from sync.lenient import Damaged
from sync.lightspeed import NotFound, Unreadable
from sync.mirror import facts
from sync.shapes import (
    Product,
    ShapeError,
    brand,
    plain_product,
    product_brand,
)
from sync.shapes.values import identifier, reference

CALLS_EACH = 3  # product, variants, category links
_VARIANTS, _LINKS = _STAGED = ("variants", "categories/products")


def plain_pass(r: Reading) -> Steps[Pass]:
    """All products of the language."""
    for path in _STAGED:
        yield from _stage(r, path)
    put = partial(_put, r, brands=(yield from _read_brands(r)))
    source = products_of(r, "products")
    kept = ListOf("plain_products", source, put, counted=True, beside=COUNTED, single="products")
    return (yield from read_list(r, kept))


def put_singly(r: Reading, pid: int, row: Any, pass_id: int) -> None:
    """Store one product that was asked for by itself, with what belongs to it."""
    parts = {
        path: [each for _, rows in pages_of(r, path, product=pid) for each in rows]
        for path in _STAGED
    }
    brands = _known_brands(r)
    _learn_brand(r, row, brands)
    with immediate(r.mirror.db):
        for path, rows in parts.items():
            r.mirror.unstage_of(f"{r.lang}:{path}", pid)
            _put_staged(r, path, rows, pass_id)
        r.unusable.clear()  # named by the passes over their lists
        put = partial(_put, r, brands=brands)
        keep(r, products_of(r, "products"), put, [row], pass_id, None)


def _known_brands(r: Reading) -> dict[int, str]:
    return {int(key): title for key, title in r.mirror.fact(facts.brands(r.lang)).items()}


def _keep_brands(r: Reading, brands: Mapping[int, str]) -> None:
    r.mirror.note(facts.brands(r.lang), {str(key): title for key, title in brands.items()})


def _learn_brand(r: Reading, row: Any, brands: dict[int, str]) -> None:
    number = product_brand(row) if isinstance(row, dict) else None
    if number is None or number in brands:
        return
    try:
        parsed = brand(r.client.get(f"brands/{number}"))
    except (NotFound, ShapeError):
        return
    brands[number] = parsed["title"]
    _keep_brands(r, brands)


def _read_brands(r: Reading) -> Steps[dict[int, str]]:
    brands: dict[int, str] = {}

    def put(rows: list[Any], _pass_id: int) -> None:
        brands.update({row["id"]: row["title"] for row, _ in r.parse("brands", rows, brand)})

    for page, rows in pages_of(r, "brands"):
        keep(r, helpers_of(r, "brands"), put, rows, 0, (page - 1) * 250)
        yield
    _keep_brands(r, brands)
    return brands


# -- rows that wait for their products ------------------------------------------------------


def _stage(r: Reading, path: str) -> Steps[None]:
    """Keep the rows of a list, in the language that is read, until their products come."""
    source = staged_of(r, path)
    put = partial(_put_staged, r, path)
    done = yield from read_list(r, ListOf(path, source, put, needed=True))
    if not done.complete and not source.known(r):
        raise Unreadable("lightspeed.no_rows", path=path)
    if done.complete:
        r.mirror.unstage(f"{r.lang}:{path}", done.seen)
        forget(r, source, done.seen)
    else:  # what was known of products stays with them
        r.problem("products", Message("read.parts_moved", path=path))


def _put_staged(r: Reading, path: str, rows: list[Any], pass_id: int) -> None:
    staged = []
    for index, raw in enumerate(rows):
        row = raw.value if isinstance(raw, Damaged) else raw
        try:
            if path == _LINKS:
                category, owner = _ends(row)
                kept: Any = category
            else:
                owner, kept = _owner(row), row
        except ShapeError as error:
            said = raw.message if isinstance(raw, Damaged) else error.message
            r.unusable.append(Unusable(index, raw, said))
            continue
        if path == _VARIANTS and isinstance(raw, Damaged):
            kept = {"damaged": raw.message.as_json()}
        staged.append((identifier(row.get("id")) or _made_up(row), owner, kept))
    r.mirror.stage(f"{r.lang}:{path}", staged, pass_id)


def _owner(row: Any) -> int:
    if isinstance(row, Lost):
        raise ShapeError(row.why)
    owner = reference(row.get("product")) if isinstance(row, dict) else None
    if owner is None:
        raise ShapeError("shape.no_product")
    return owner


def _ends(row: Any) -> tuple[int, int]:
    product = _owner(row)
    category = reference(row.get("category"))
    if category is None:
        raise ShapeError("shape.no_category")
    return category, product


def _made_up(row: Any) -> int:
    """An id below 0 for a row without one: by it its product is known to be unusable."""
    digest = blake2b(json.dumps(row).encode(), digest_size=7).digest()
    return -1 - int.from_bytes(digest, "big")


# -- products -------------------------------------------------------------------------------


def _put(r: Reading, rows: list[Any], pass_id: int, *, brands: Mapping[int, str]) -> None:
    ids = [number for row in rows if (number := _number(row))]
    variants = r.mirror.staged(f"{r.lang}:{_VARIANTS}", ids)
    links = r.mirror.staged(f"{r.lang}:{_LINKS}", ids)

    def parse(raw: Any) -> Product:
        number = _number(raw) or 0
        made = plain_product(
            raw,
            [_undamaged(row) for row in variants.get(number, [])],
            categories=links.get(number, []),
            brand=brands.get(product_brand(raw) or 0, "") if isinstance(raw, dict) else "",
        )
        return _with_bulk(made, r.mirror.product(r.lang, made["id"]))

    if parsed := r.parse("products", rows, parse):
        r.mirror.put_products(r.lang, parsed, pass_id)


def _number(raw: Any) -> int | None:
    return identifier(raw.get("id")) if isinstance(raw, dict) else None


def _undamaged(variant: Any) -> Any:
    if "damaged" in variant:
        said = variant["damaged"]  # a sentence where an older version put the row aside
        why = Message.of(said) if isinstance(said, dict) else said
        raise ShapeError("shape.variant", why=why)
    return variant


def _with_bulk(made: Product, known: Product | None) -> Product:
    if known is not None and known["bulk"]:
        made["filters"], made["specs"], made["bulk"] = known["filters"], known["specs"], True
    return made
