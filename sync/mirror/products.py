"""Products and variants in the mirror."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import orjson

from sync import mapping, rules
from sync.database import immediate
from sync.entities import scope
from sync.mirror.odd import Odd
from sync.mirror.packing import revision
from sync.mirror.raw_pages import packed_page, put_raw_page
from sync.shapes import Product, readable_path

_PUT_PRODUCT = (
    "INSERT OR REPLACE INTO product (lang, id, base, rev, created, updated, visible, sellable,"
    " free, invalid, title, slug, brand, flat, seen, box)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# The planner of SQLite 3.53 takes the primary key, and so looks at all variants of the language.
_DROP_VARIANTS = "DELETE FROM variant INDEXED BY variant_product WHERE lang = ? AND product = ?"
_TOGETHER: Final = 50  # products that are packed and written at a time: what memory they take


class Products(Odd):
    """The products of a mirror, in each of its languages."""

    def put_products(self, lang: str, rows: Sequence[tuple[Product, Any]], pass_id: int) -> None:
        """Store parsed products with their raw records; moves the version if content did."""
        # zlib lets go of the interpreter: it packs on another core.
        with ThreadPoolExecutor(1) as aside, immediate(self.db):
            parts = [rows[at : at + _TOGETHER] for at in range(0, len(rows), _TOGETHER)]
            packing = [
                aside.submit(packed_page, [(each["id"], raw) for each, raw in part])
                for part in parts
            ]
            for part, page in zip(parts, packing, strict=True):
                self._put_some(lang, [each for each, _ in part], pass_id, page)

    def _put_some(
        self, lang: str, products: Sequence[Product], pass_id: int, packing: Future[bytes]
    ) -> None:
        ids = [product["id"] for product in products]
        known = self._known(lang, ids)
        extra, tags = self._extras(ids), self.tags(lang, ids)
        fields = self.metafield_revs(ids)
        records, variants, changed = [], [], False
        for product in products:
            pid = product["id"]
            base, created = known.get(pid, (None, 0))
            product["created"] = product["created"] or created or self._made_up(product)
            variants.extend(_variant_rows(lang, product))
            record = _product_row(
                lang, product, extra.get(pid), tags.get(pid, ()), fields.get(pid, 0)
            )
            records.append(record)
            # The base leaves ratings, tags and metafields out: those move the version themselves.
            changed = changed or base != record[2]
        # Mostly packed by now, while the rows before it were made and written.
        page = put_raw_page(self.conn, lang, pass_id, packing.result())
        self.conn.executemany(_PUT_PRODUCT, [(*record, pass_id, page) for record in records])
        self.conn.executemany(_DROP_VARIANTS, [(lang, pid) for pid in known])
        self.conn.executemany(
            "INSERT OR REPLACE INTO variant VALUES (?, ?, ?, ?, ?, ?, ?)", variants
        )
        names = _own_names(products)
        self.conn.executemany(
            "INSERT INTO attribute_name VALUES (?, ?, ?)"
            " ON CONFLICT (lang, name) DO UPDATE SET seen = excluded.seen",
            [(lang, name, pass_id) for name in names],
        )
        self._put_odd(lang, products)
        if changed:
            self.moved(scope("products", lang))

    def _made_up(self, product: Product) -> int:
        """When a product was made, if nobody says so. It is kept, so that it never moves."""
        now = int(self.now())
        return product["updated"] if 0 < product["updated"] <= now else now

    def metafield_revs(self, ids: Sequence[int]) -> dict[int, int]:
        """A revision of the metafields of each product that has any."""
        marks = ",".join("?" * len(ids))
        sql = f"SELECT product, rev FROM product_metafield WHERE product IN ({marks}) AND rev <> 0"
        return dict(self.conn.execute(sql, list(ids)).fetchall())

    def _known(self, lang: str, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Base and moment of creation of those products that the mirror has."""
        marks = ",".join("?" * len(ids))
        sql = f"SELECT id, base, created FROM product WHERE lang = ? AND id IN ({marks})"
        return {row[0]: (row[1], row[2]) for row in self.conn.execute(sql, [lang, *ids])}

    def _extras(self, ids: Sequence[int]) -> dict[int, tuple[float | None, int]]:
        marks = ",".join("?" * len(ids))
        sql = f"SELECT id, rating, reviews FROM product_extra WHERE id IN ({marks})"
        return {row[0]: (row[1], row[2]) for row in self.conn.execute(sql, list(ids))}

    def tags(self, lang: str, ids: Sequence[int]) -> dict[int, list[str]]:
        """Tag titles by product, of the tags that were read."""
        marks = ",".join("?" * len(ids))
        sql = (
            "SELECT product, title FROM product_tag"
            f" WHERE lang = ? AND product IN ({marks}) ORDER BY product, title"
        )
        titles: dict[int, list[str]] = {}
        for product, title in self.conn.execute(sql, [lang, *ids]):
            titles.setdefault(product, []).append(title)
        return titles

    def all_tags(self, lang: str) -> dict[int, list[str]]:
        """Tag titles by product, for the whole language."""
        titles: dict[int, list[str]] = {}
        sql = "SELECT product, title FROM product_tag WHERE lang = ?"
        for product, title in self.conn.execute(sql, [lang]):
            titles.setdefault(product, []).append(title)
        return titles

    def product(self, lang: str, product_id: int) -> Product | None:
        """The parsed product, without its stamps."""
        row = self.conn.execute(
            "SELECT flat FROM product WHERE lang = ? AND id = ?", [lang, product_id]
        ).fetchone()
        if row is None:
            return None
        product: Product = orjson.loads(row[0])
        fields = self.conn.execute(
            "SELECT fields FROM product_metafield WHERE product = ? AND rev <> 0", [product_id]
        ).fetchone()
        if fields is not None:
            product["metafields"] = {}
            for key, value in orjson.loads(fields[0]):
                product["metafields"].setdefault(key, []).append(value)
        return product

    def more_of(self, lang: str, product_id: int) -> mapping.ProductExtra:
        """Rating, number of reviews and tags of a product."""
        rating, reviews = self._extras([product_id]).get(product_id, (None, 0))
        tags = self.tags(lang, [product_id]).get(product_id, ())
        return mapping.ProductExtra(rating, reviews, frozenset(tags))

    def drop_products(self, lang: str, pass_id: int) -> int:
        """Forget products that the pass did not meet; returns how many."""
        with immediate(self.db):
            gone = self.conn.execute(
                "DELETE FROM product WHERE lang = ? AND seen <> ?", [lang, pass_id]
            ).rowcount
            if gone:
                self.moved(scope("products", lang))
                for table in ("variant", "odd_value"):
                    self.conn.execute(
                        f"DELETE FROM {table} WHERE lang = ? AND product NOT IN"
                        " (SELECT id FROM product WHERE lang = ?)",
                        [lang, lang],
                    )
        return gone

    def note_orphans(self, lang: str, variants: Iterable[tuple[int, int]]) -> None:
        """Remember variants (id, updated) whose product does not exist."""
        self.conn.executemany(
            "INSERT OR REPLACE INTO orphan VALUES (?, ?, ?)",
            [(lang, variant, updated) for variant, updated in variants],
        )

    def product_stamps(self, lang: str, ids: Sequence[int]) -> dict[int, int]:
        """updatedAt by product id, of those the mirror has."""
        sql = (
            "SELECT id, updated FROM product"
            " WHERE lang = ? AND id IN (SELECT value FROM json_each(?))"
        )
        return dict(self.conn.execute(sql, [lang, orjson.dumps([*ids]).decode()]).fetchall())

    def variants_of(self, lang: str, product_id: int) -> list[int]:
        """Ids of the product's variants that the mirror has."""
        sql = "SELECT id FROM variant INDEXED BY variant_product WHERE lang = ? AND product = ?"
        return [row[0] for row in self.conn.execute(sql, [lang, product_id])]

    def variant_stamps(self, lang: str, ids: Sequence[int]) -> dict[int, int]:
        """updatedAt by variant id, known orphans included."""
        marks = ",".join("?" * len(ids))
        stamps: dict[int, int] = {}
        # A variant without a product is asked for in vain at each refresh unless its stamp is known
        # too.
        for table in ("variant", "orphan"):
            sql = f"SELECT id, updated FROM {table} WHERE lang = ? AND id IN ({marks})"
            stamps.update(self.conn.execute(sql, [lang, *ids]).fetchall())
        return stamps

    def _restamp(self, lang: str, products: Iterable[int]) -> None:
        """New revision and free flag for products whose reviews or tags changed."""
        changed = False
        for pid in products:
            row = self.conn.execute(
                "SELECT base, flat FROM product WHERE lang = ? AND id = ?", [lang, pid]
            ).fetchone()
            if row is None:
                continue
            extra = self.more_of(lang, pid)
            facts = rules.product_facts(orjson.loads(row[1]), sorted(extra.tags))
            fields = self.metafield_revs([pid]).get(pid, 0)
            rev = _product_rev(row[0], extra.rating, extra.reviews, sorted(extra.tags), fields)
            self.conn.execute(
                "UPDATE product SET rev = ?, free = ? WHERE lang = ? AND id = ?",
                [rev, int(facts.free), lang, pid],
            )
            changed = True
        if changed:
            self.moved(scope("products", lang))


def _product_row(
    lang: str,
    product: Product,
    extra: tuple[float | None, int] | None,
    tags: Sequence[str],
    fields: int,
) -> tuple[Any, ...]:
    updated = product["updated"]
    bare: Any = {
        **product,
        "updated": 0,
        # A stamp that moves alone is no change: saving a product without an edit must not send it.
        "variants": [{**variant, "updated": 0} for variant in product["variants"]],
    }
    bare.pop("odd", None)
    flat = orjson.dumps(bare)
    base = revision(flat)
    rating, reviews = extra or (None, 0)
    facts = rules.product_facts(product, tags)
    return (
        lang,
        product["id"],
        base,
        _product_rev(base, rating, reviews, tags, fields),
        product["created"],
        updated,
        int(facts.visible),
        int(facts.sellable),
        int(facts.free),
        ",".join(facts.invalid),
        product["title"] or product["fulltitle"],
        readable_path(product["slug"], (lang,), ".html"),
        product["brand"],
        flat,
    )


def _product_rev(
    base: int, rating: float | None, reviews: int, tags: Sequence[str], fields: int
) -> int:
    # Most products: their revision needs no second hash.
    if rating is None and not reviews and not tags and not fields:
        return base
    more = [fields] if fields else []  # what was made without metafields keeps its revision
    return revision(orjson.dumps([base, rating, reviews, list(tags), *more]))


def _own_names(products: Sequence[Product]) -> set[str]:
    """Names that a custom attribute could be found under in the records themselves."""
    specs = {row["name"] for each in products for row in each["specs"] if row["value"]}
    filters = {row["title"] for each in products for row in each["filters"] if row["values"]}
    variants = (variant for each in products for variant in each["variants"])
    options = {name for variant in variants for name, value in variant["options"] if value}
    return specs | filters | options


def _variant_rows(lang: str, product: Product) -> list[tuple[Any, ...]]:
    return [
        (lang, v["id"], product["id"], v["updated"], v["sku"], v["ean"], v["code"])
        for v in product["variants"]
    ]
