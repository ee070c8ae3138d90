"""Products and categories of one language: full, changed, or by the second path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from sync.database import immediate
from sync.extract.reading import ListOf, Pass, Reading, Steps, at_least, read_list
from sync.lightspeed import LightspeedError, NoPermission, NotFound
from sync.mirror import drop_boxes
from sync.shapes import (
    Product,
    brand,
    catalog_product,
    category,
    category_product,
    plain_product,
    product_brand,
    product_stamp,
    variant_stamp,
)

_COUNTED = ("products", "variants")
EXTRA_CALLS = 5  # a full pass costs these beside its pages: counts, categories


def read_catalogue(r: Reading) -> Steps[None]:
    """Bring the catalogue of the store's language up to date."""
    if not r.settings.import_products:
        if r.settings.import_categories:
            yield from _categories(r)
        return
    started = int(r.journal.cursor("catalogue").get("started") or r.now())
    r.journal.move("catalogue", {"started": started})
    if _full_is_due(r):
        yield from _full(r, started)
        return
    changed = yield from _changed(r, started)
    if not changed:
        yield from _full(r, started)


def _state(r: Reading) -> dict[str, Any]:
    return dict(r.mirror.meta(f"catalog_state:{r.lang}", {}))


def _full_is_due(r: Reading) -> bool:
    state = _state(r)
    stale = not r.is_recent(state.get("full_at", 0))
    return r.full or stale or not r.mirror.meta(f"complete:catalog:{r.lang}", False)


# -- a full pass ----------------------------------------------------------------------------


def _full(r: Reading, started: int) -> Steps[None]:
    way = "catalog"
    if r.mirror.meta("catalog_refused") and not r.due_today(f"catalog_probe:{r.lang}"):
        way = "plain"
    if way == "catalog":
        try:
            done = yield from read_list(r, _catalog_list(r))
            r.mirror.set_meta("catalog_refused", False)
        except (NoPermission, NotFound) as error:
            r.log("warning", f"catalog is refused ({error}); reading products and variants instead")
            r.mirror.set_meta("catalog_refused", True)
            r.did_today(f"catalog_probe:{r.lang}")
            way = "plain"
    if way == "plain":
        done = yield from _plain_pass(r)
    yield from _categories(r)
    _finish(r, done, started)


def _catalog_list(r: Reading) -> ListOf:
    return ListOf(
        name="catalog",
        path="catalog",
        put=lambda rows, seen: r.mirror.put_products(
            r.lang, r.parse("catalog", rows, catalog_product), seen
        ),
        met=lambda seen: _met(r, "product", seen),
        known=lambda: _known(r, "product"),
        counted=True,
        beside=_COUNTED,
    )


def _finish(r: Reading, done: Pass, started: int) -> None:
    """Only a complete pass forgets what it did not meet, and sets what counts should say."""
    with immediate(r.mirror.db):
        r.mirror.set_meta(f"complete:catalog:{r.lang}", done.complete)
        if done.complete:
            r.mirror.drop_products(r.lang, done.seen)
            r.mirror.keep_attribute_names(r.lang, done.seen)
            state = {"full_at": r.now(), "since": started, "api": done.beside, "mirror": _sizes(r)}
            r.mirror.set_meta(f"catalog_state:{r.lang}", state)
            r.mirror.set_meta(f"read:catalog:{r.lang}", True)
        drop_boxes(r.mirror.conn, r.lang)
    if not done.complete:
        r.problem("products", "the catalogue changed while it was read; nothing will be removed")


def _sizes(r: Reading) -> list[int]:
    return [_known(r, "product"), _known(r, "variant")]


def _known(r: Reading, table: str) -> int:
    return r.mirror.number(f"SELECT count(*) FROM {table} WHERE lang = ?", r.lang)  # noqa: S608


def _met(r: Reading, table: str, seen: int) -> int:
    sql = f"SELECT count(*) FROM {table} WHERE lang = ? AND seen = ?"  # noqa: S608
    return r.mirror.number(sql, r.lang, seen)


def _categories(r: Reading) -> Steps[None]:
    done = yield from read_list(
        r,
        ListOf(
            name="categories",
            path="categories",
            put=lambda rows, seen: r.mirror.put_categories(
                r.lang, r.parse("categories", rows, category), seen
            ),
            met=lambda seen: _met(r, "category", seen),
            known=lambda: _known(r, "category"),
        ),
    )
    if done.complete:
        r.mirror.drop_categories(r.lang, done.seen)
    else:
        r.problem("categories", "the categories changed while they were read")
    if not r.settings.import_products:
        r.mirror.set_meta(f"read:catalog:{r.lang}", True)


# -- what changed ---------------------------------------------------------------------------


def _changed(r: Reading, started: int) -> Steps[bool]:
    """Read what changed since the last read; False if a full pass is due or cheaper."""
    state = _state(r)
    since = at_least(state["since"])
    products = yield from _moved_products(r, since)
    variants = yield from _moved_variants(r, since)
    ids = sorted(products | {product for product, _ in variants.values()})
    if len(ids) > ceil(_known(r, "product") / r.settings.page_size) + EXTRA_CALLS:
        return False
    yield from _read_each(r, ids, variants)
    yield from _moved_categories(r, since)
    if not _counts_agree(r, state):
        r.log("info", "the number of products or variants says that some are gone")
        return False
    state["since"] = started
    r.mirror.set_meta(f"catalog_state:{r.lang}", state)
    return True


def _moved_products(r: Reading, since: str) -> Steps[set[int]]:
    found: set[int] = set()
    fields: dict[str, Any] = {"updated_at_min": since, "fields": "id,updatedAt"}
    for _, rows in r.client.pages("products", **fields):
        stamps = [stamp for stamp, _ in r.parse("products", rows, product_stamp)]
        known = r.mirror.product_stamps(r.lang, [stamp["id"] for stamp in stamps])
        found |= {s["id"] for s in stamps if known.get(s["id"]) != s["updated"]}
        yield
    return found


def _moved_variants(r: Reading, since: str) -> Steps[dict[int, tuple[int, int]]]:
    """(product, updated) by id of each variant that moved."""
    found: dict[int, tuple[int, int]] = {}
    fields: dict[str, Any] = {"updated_at_min": since, "fields": "id,product,updatedAt"}
    for _, rows in r.client.pages("variants", **fields):
        stamps = [stamp for stamp, _ in r.parse("variants", rows, variant_stamp)]
        known = r.mirror.variant_stamps(r.lang, [stamp["id"] for stamp in stamps])
        for stamp in stamps:
            if stamp["product"] and known.get(stamp["id"]) != stamp["updated"]:
                found[stamp["id"]] = (stamp["product"], stamp["updated"])
        yield
    return found


def _read_each(
    r: Reading, ids: Sequence[int], variants: Mapping[int, tuple[int, int]]
) -> Steps[None]:
    seen = r.mirror.next_seq()
    answers = r.client.each([(f"catalog/{pid}", {}) for pid in ids])
    for index, answer in answers:
        pid = ids[index]
        with immediate(r.mirror.db):
            if isinstance(answer, LightspeedError):
                _not_there(r, pid, answer, variants)
            else:
                rows = answer if isinstance(answer, list) else [answer]
                r.mirror.put_products(r.lang, r.parse("catalog", rows, catalog_product), seen)
        yield


def _not_there(
    r: Reading, pid: int, error: LightspeedError, variants: Mapping[int, tuple[int, int]]
) -> None:
    """A variant whose product does not exist is an orphan; anything else heals by itself."""
    if not isinstance(error, NotFound):
        r.problem("products", f"product {pid} could not be read: {error}")
        return
    orphans = [(vid, updated) for vid, (product, updated) in variants.items() if product == pid]
    r.mirror.note_orphans(r.lang, orphans)


def _moved_categories(r: Reading, since: str) -> Steps[None]:
    seen = r.mirror.meta("seq", 0)
    for _, rows in r.client.pages("categories", updated_at_min=since):
        r.mirror.put_categories(r.lang, r.parse("categories", rows, category), seen)
        yield


def _counts_agree(r: Reading, state: Mapping[str, Any]) -> bool:
    """Counts moved as the known changes say since the last full pass. Orphan variants keep them
    from ever agreeing in themselves."""
    before = [api - mirror for api, mirror in zip(state["api"], state["mirror"], strict=True)]
    counts = r.client.counts(*_COUNTED)
    return [api - mirror for api, mirror in zip(counts, _sizes(r), strict=True)] == before


# -- the second path ------------------------------------------------------------------------


def _plain_pass(r: Reading) -> Steps[Pass]:
    """Products, variants and category links, where catalog is refused. Filters and
    specifications are kept from the last catalog read."""
    yield from _stage(r, "variants", lambda row: variant_stamp(row)["product"])
    yield from _stage(r, "categories/products", lambda row: category_product(row)["product"])
    brands: dict[int, str] = {}
    for _, rows in r.client.pages("brands"):
        brands |= {row["id"]: row["title"] for row, _ in r.parse("brands", rows, brand)}
        yield
    return (
        yield from read_list(
            r,
            ListOf(
                name="plain_products",
                path="products",
                put=lambda rows, seen: _put_plain(r, rows, seen, brands),
                met=lambda seen: _met(r, "product", seen),
                known=lambda: _known(r, "product"),
                counted=True,
                beside=_COUNTED,
            ),
        )
    )


def _stage(r: Reading, path: str, owner: Callable[[Any], int]) -> Steps[None]:
    """Keep the rows of a list, in the language that is read, until their products come."""
    kind = f"{r.lang}:{path}"
    count = "SELECT count(*) FROM staging WHERE kind = ?"
    done = yield from read_list(
        r,
        ListOf(
            name=path,
            path=path,
            put=lambda rows, seen: r.mirror.stage(
                kind, [(row["id"], owner(row), row) for row in rows], seen
            ),
            met=lambda seen: r.mirror.number(f"{count} AND seen = ?", kind, seen),
            known=lambda: r.mirror.number(count, kind),
        ),
    )
    r.mirror.unstage(kind, done.seen)


def _put_plain(r: Reading, rows: list[Any], seen: int, brands: Mapping[int, str]) -> None:
    ids = [row["id"] for row in rows]
    variants = r.mirror.staged(f"{r.lang}:variants", ids)
    links = r.mirror.staged(f"{r.lang}:categories/products", ids)

    def parse(raw: Any) -> Product:
        categories = {category_product(row)["category"] for row in links.get(raw["id"], [])}
        made = plain_product(
            raw,
            variants.get(raw["id"], []),
            categories=sorted(categories - {0}),
            brand=brands.get(product_brand(raw) or 0, ""),
        )
        return _with_bulk(made, r.mirror.product(r.lang, made["id"]))

    r.mirror.put_products(r.lang, r.parse("products", rows, parse), seen)


def _with_bulk(made: Product, known: Product | None) -> Product:
    if known is not None and known["bulk"]:
        made["filters"], made["specs"], made["bulk"] = known["filters"], known["specs"], True
    return made
