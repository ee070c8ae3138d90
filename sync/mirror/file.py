"""Reading and writing a shop's mirror."""

from __future__ import annotations

import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson
from sqlite_utils import Database

from sync import mapping, rules
from sync.database import immediate, migrate
from sync.mirror.schema import migrations
from sync.mirror.titles import teach
from sync.shapes import (
    Blog,
    Category,
    Customer,
    Filter,
    Line,
    Order,
    Page,
    Product,
    Return,
    Review,
    Subscription,
)


def migrate_shop(path: Path) -> None:
    """Create or update the mirror's tables in a shop's file."""
    migrate(path, migrations)


def revision(*parts: bytes) -> int:
    """A 62-bit even number that changes with the content (the last bit is left to callers)."""
    digest = blake2b(b"\0".join(parts), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2 << 1


def packed(raw: object) -> bytes:
    """A raw record as received, compressed."""
    return zlib.compress(orjson.dumps(raw), 1)


def unpacked(blob: bytes) -> Any:
    """The raw record that `packed` stored."""
    return orjson.loads(zlib.decompress(blob))


class Mirror:
    """One shop's mirror over an open connection. Methods that write join the caller's
    transaction if there is one, else they are one themselves."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.conn: sqlite3.Connection = db.conn
        teach(self.conn)

    # -- small facts ------------------------------------------------------------------------

    def meta(self, key: str, default: Any = None) -> Any:
        """A JSON value noted under `key`."""
        row = self.conn.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return default if row is None else orjson.loads(row[0])

    def set_meta(self, key: str, value: Any) -> None:
        """Note a JSON value under `key`."""
        self.conn.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [key, orjson.dumps(value).decode()],
        )

    def next_seq(self) -> int:
        """The next number of the shop's own clock, by which rows say when they changed."""
        with immediate(self.db):
            seq = int(self.meta("seq", 0)) + 1
            self.set_meta("seq", seq)
        return seq

    def versions(self, scopes: Iterable[str]) -> list[int]:
        """Content versions of the scopes: they move only when content does."""
        return [int(self.meta(f"version:{scope}", 0)) for scope in scopes]

    def moved(self, *scopes: str) -> None:
        """Content of the scopes has changed."""
        for scope in scopes:
            self.set_meta(f"version:{scope}", int(self.meta(f"version:{scope}", 0)) + 1)

    def mark(self) -> int:
        """A number that grows with changed content and with every order whose lines have come."""
        return self.number(
            "SELECT (SELECT count(*) FROM orders WHERE items IS NOT NULL)"
            " + (SELECT ifnull(sum(value), 0) FROM meta WHERE key LIKE 'version:%')"
        )

    def count_unknown(self, kind: str, names: Mapping[str, int]) -> None:
        """Count field names that the facts do not describe."""
        self.conn.executemany(
            "INSERT INTO unknown_field VALUES (?, ?, ?)"
            " ON CONFLICT (kind, name) DO UPDATE SET n = n + excluded.n",
            [(kind, name, n) for name, n in names.items()],
        )

    def number(self, sql: str, *args: object) -> int:
        """The single number a query gives."""
        row = self.conn.execute(sql, args).fetchone()
        return int(row[0] or 0)

    def languages(self) -> list[str]:
        """Languages that have a catalogue here."""
        rows = self.conn.execute("SELECT DISTINCT lang FROM product ORDER BY lang")
        return [row[0] for row in rows]

    # -- catalogue --------------------------------------------------------------------------

    def put_products(self, lang: str, rows: Sequence[tuple[Product, Any]], seen: int) -> None:
        """Store parsed products with their raw records; moves the version if content did."""
        ids = [product["id"] for product, _ in rows]
        with immediate(self.db):
            known = self._known_bases(lang, ids)
            extra, tags = self._extras(ids), self.tags(lang, ids)
            records, variants, changed = [], [], False
            for product, raw in rows:
                pid = product["id"]
                variants.extend(_variant_rows(lang, product))
                record = _product_row(lang, product, raw, seen, extra.get(pid), tags.get(pid, ()))
                records.append(record)
                changed = changed or known.get(pid) != record[2]
            self.conn.executemany(_PUT_PRODUCT, records)
            self.conn.executemany(
                "DELETE FROM variant WHERE lang = ? AND product = ?", [(lang, pid) for pid in ids]
            )
            self.conn.executemany(
                "INSERT OR REPLACE INTO variant VALUES (?, ?, ?, ?, ?, ?, ?)", variants
            )
            if changed:
                self.moved(f"catalog:{lang}")

    def _known_bases(self, lang: str, ids: Sequence[int]) -> dict[int, int]:
        marks = ",".join("?" * len(ids))
        sql = f"SELECT id, base FROM product WHERE lang = ? AND id IN ({marks})"  # noqa: S608
        return dict(self.conn.execute(sql, [lang, *ids]).fetchall())

    def _extras(self, ids: Sequence[int]) -> dict[int, tuple[float | None, int]]:
        marks = ",".join("?" * len(ids))
        sql = f"SELECT id, rating, reviews FROM product_extra WHERE id IN ({marks})"  # noqa: S608
        return {row[0]: (row[1], row[2]) for row in self.conn.execute(sql, list(ids))}

    def tags(self, lang: str, ids: Sequence[int]) -> dict[int, list[str]]:
        """Tag titles by product, of the tags that were read."""
        marks = ",".join("?" * len(ids))
        sql = (
            "SELECT product, title FROM product_tag"  # noqa: S608
            f" WHERE lang = ? AND product IN ({marks}) ORDER BY product, title"
        )
        found: dict[int, list[str]] = {}
        for product, title in self.conn.execute(sql, [lang, *ids]):
            found.setdefault(product, []).append(title)
        return found

    def all_tags(self, lang: str) -> dict[int, list[str]]:
        """Tag titles by product, for the whole language."""
        found: dict[int, list[str]] = {}
        sql = "SELECT product, title FROM product_tag WHERE lang = ?"
        for product, title in self.conn.execute(sql, [lang]):
            found.setdefault(product, []).append(title)
        return found

    def product(self, lang: str, product_id: int) -> Product | None:
        """The parsed product, without its stamps."""
        row = self.conn.execute(
            "SELECT flat FROM product WHERE lang = ? AND id = ?", [lang, product_id]
        ).fetchone()
        return None if row is None else orjson.loads(row[0])

    def more_of(self, lang: str, product_id: int) -> mapping.ProductExtra:
        """Rating, number of reviews and tags of a product."""
        rating, reviews = self._extras([product_id]).get(product_id, (None, 0))
        tags = self.tags(lang, [product_id]).get(product_id, ())
        return mapping.ProductExtra(rating, reviews, frozenset(tags))

    def drop_products(self, lang: str, seen: int) -> int:
        """Forget products that the pass `seen` did not meet; returns how many."""
        with immediate(self.db):
            gone = self.conn.execute(
                "DELETE FROM product WHERE lang = ? AND seen <> ?", [lang, seen]
            ).rowcount
            if gone:
                self.moved(f"catalog:{lang}")
                self.conn.execute(
                    "DELETE FROM variant WHERE lang = ? AND product NOT IN"
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
        marks = ",".join("?" * len(ids))
        sql = f"SELECT id, updated FROM product WHERE lang = ? AND id IN ({marks})"  # noqa: S608
        return dict(self.conn.execute(sql, [lang, *ids]).fetchall())

    def variant_stamps(self, lang: str, ids: Sequence[int]) -> dict[int, int]:
        """updatedAt by variant id, known orphans included."""
        marks = ",".join("?" * len(ids))
        found: dict[int, int] = {}
        for table in ("variant", "orphan"):
            sql = f"SELECT id, updated FROM {table} WHERE lang = ? AND id IN ({marks})"  # noqa: S608
            found.update(self.conn.execute(sql, [lang, *ids]).fetchall())
        return found

    def stage(self, kind: str, rows: Iterable[tuple[int, int, Any]], seen: int) -> None:
        """Keep raw rows (id, owner, row) of a list until their owners come."""
        self.conn.executemany(
            "INSERT OR REPLACE INTO staging VALUES (?, ?, ?, ?, ?)",
            [(kind, row_id, owner, orjson.dumps(row), seen) for row_id, owner, row in rows],
        )

    def unstage(self, kind: str, seen: int) -> None:
        """Forget staged rows that the pass `seen` did not meet."""
        self.conn.execute("DELETE FROM staging WHERE kind = ? AND seen <> ?", [kind, seen])

    def staged(self, kind: str, owners: Sequence[int]) -> dict[int, list[Any]]:
        """Staged rows by owner."""
        marks = ",".join("?" * len(owners))
        sql = (
            "SELECT owner, raw FROM staging"  # noqa: S608
            f" WHERE kind = ? AND owner IN ({marks}) ORDER BY id"
        )
        found: dict[int, list[Any]] = {}
        for owner, raw in self.conn.execute(sql, [kind, *owners]):
            found.setdefault(owner, []).append(orjson.loads(raw))
        return found

    def put_categories(self, lang: str, rows: Sequence[tuple[Category, Any]], seen: int) -> None:
        """Store parsed categories with their raw records."""
        with immediate(self.db):
            known = dict(self.conn.execute("SELECT id, rev FROM category WHERE lang = ?", [lang]))
            records = []
            for category, raw in rows:
                flat = orjson.dumps(category | {"updated": 0})
                head = (lang, category["id"], revision(flat), category["title"], category["slug"])
                records.append((*head, flat, packed(raw), seen))
            self.conn.executemany(
                "INSERT OR REPLACE INTO category VALUES (?, ?, ?, ?, ?, ?, ?, ?)", records
            )
            if any(known.get(record[1]) != record[2] for record in records):
                self.moved(f"catalog:{lang}")

    def drop_categories(self, lang: str, seen: int) -> None:
        """Forget categories that the pass `seen` did not meet."""
        with immediate(self.db):
            sql = "DELETE FROM category WHERE lang = ? AND seen <> ?"
            if self.conn.execute(sql, [lang, seen]).rowcount:
                self.moved(f"catalog:{lang}")

    def categories(self, lang: str) -> dict[int, Category]:
        """The category tree by id."""
        rows = self.conn.execute("SELECT id, flat FROM category WHERE lang = ?", [lang])
        return {row[0]: orjson.loads(row[1]) for row in rows}

    def put_facts(self, scope: str, key: str, value: Any) -> None:
        """Note a list or object that payloads are made with (shop, filters, blogs, statuses)."""
        with immediate(self.db):
            if self.meta(key) != value:
                self.set_meta(key, value)
                self.moved(scope)

    def filters(self, lang: str) -> dict[int, Filter] | None:
        """The shop's filters by id; None if they were never read."""
        rows: list[Filter] | None = self.meta(f"filters:{lang}")
        return None if rows is None else {row["id"]: row for row in rows}

    def blogs(self, lang: str) -> dict[int, Blog]:
        """The shop's blogs by id."""
        rows: list[Blog] = self.meta(f"blogs:{lang}", [])
        return {row["id"]: row for row in rows}

    def custom_statuses(self, lang: str) -> dict[int, str]:
        """Titles of the shop's own order statuses by id."""
        return {row["id"]: row["title"] for row in self.meta(f"custom_statuses:{lang}", [])}

    # -- reviews and tags -------------------------------------------------------------------

    def put_reviews(self, reviews: Sequence[Review], seen: int) -> None:
        """Store reviews; ratings move with `rate_products`."""
        self.conn.executemany(
            "INSERT OR REPLACE INTO review VALUES (?, ?, ?, ?, ?)",
            [(r["id"], r["product"], int(r["visible"]), r["score"], seen) for r in reviews],
        )

    def rate_products(self, seen: int) -> None:
        """After a complete pass: forget unseen reviews, set each product's mean and number."""
        with immediate(self.db):
            self.conn.execute("DELETE FROM review WHERE seen <> ?", [seen])
            fresh = {
                row[0]: (row[1], row[2])
                for row in self.conn.execute(
                    "SELECT product, avg(score), count(*) FROM review"
                    " WHERE visible GROUP BY product"
                )
            }
            old = {
                row[0]: (row[1], row[2])
                for row in self.conn.execute("SELECT id, rating, reviews FROM product_extra")
            }
            changed = {pid for pid in fresh.keys() | old.keys() if fresh.get(pid) != old.get(pid)}
            self.conn.executemany("DELETE FROM product_extra WHERE id = ?", [(p,) for p in changed])
            self.conn.executemany(
                "INSERT INTO product_extra VALUES (?, ?, ?)",
                [(pid, *fresh[pid]) for pid in changed if pid in fresh],
            )
            for lang in self.languages():
                self._restamp(lang, changed)

    def put_tag(self, lang: str, title: str, products: Iterable[int]) -> None:
        """Set which products carry a tag."""
        with immediate(self.db):
            old = {
                row[0]
                for row in self.conn.execute(
                    "SELECT product FROM product_tag WHERE lang = ? AND title = ?", [lang, title]
                )
            }
            fresh = set(products)
            self.conn.execute("DELETE FROM product_tag WHERE lang = ? AND title = ?", [lang, title])
            self.conn.executemany(
                "INSERT INTO product_tag VALUES (?, ?, ?)", [(lang, pid, title) for pid in fresh]
            )
            self._restamp(lang, old ^ fresh)

    def drop_tags(self, lang: str, keep: Sequence[str]) -> None:
        """Forget tags that no setting names any more, or that the shop no longer has."""
        rows = self.conn.execute("SELECT DISTINCT title FROM product_tag WHERE lang = ?", [lang])
        for (title,) in rows.fetchall():
            if title not in keep:
                self.put_tag(lang, title, ())

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
            rev = _product_rev(row[0], extra.rating, extra.reviews, sorted(extra.tags))
            self.conn.execute(
                "UPDATE product SET rev = ?, free = ? WHERE lang = ? AND id = ?",
                [rev, int(facts.free), lang, pid],
            )
            changed = True
        if changed:
            self.moved(f"catalog:{lang}")

    # -- orders -----------------------------------------------------------------------------

    def put_orders(self, orders: Sequence[Order]) -> None:
        """Store order heads. Lines are kept unless the order's totals changed."""
        with immediate(self.db):
            marks = ",".join("?" * len(orders))
            sql = f"SELECT {_ORDER_HEAD}, items FROM orders WHERE id IN ({marks})"  # noqa: S608
            rows = self.conn.execute(sql, [order["id"] for order in orders])
            known = {row[0]: row[1:] for row in rows}
            seq = 0
            for order in orders:
                head = _order_head(order)
                old = known.get(order["id"])
                if old is not None and old[:-1] == head and old[-1] is not None:
                    continue
                if old is None or old[:-1] != head:
                    seq = seq or self.next_seq()
                    self._put_head(order, head, old, seq)
                if order["lines"] is not None:
                    self.put_lines(order["id"], order["lines"])
            if seq:
                self.moved("orders")

    def _put_head(
        self, order: Order, head: tuple[Any, ...], old: tuple[Any, ...] | None, seq: int
    ) -> None:
        names = _ORDER_HEAD.split(", ")
        if old is None:
            marks = ",".join("?" * (len(names) + 3))
            self.conn.execute(
                f"INSERT INTO orders ({_ORDER_HEAD}, rev, changed_seq, pending_seq)"  # noqa: S608
                f" VALUES ({marks})",
                [order["id"], *head, 0, seq, seq],
            )
        else:
            same_totals = old[_INCL : _INCL + 2] == head[_INCL : _INCL + 2]
            sets = ", ".join(f"{name} = ?" for name in names[1:])
            forget = (
                ""
                if same_totals
                else ", items = NULL, items_incl = NULL, items_excl = NULL, lines = NULL,"
                f" lines_seq = NULL, pending_seq = {seq}"
            )
            self.conn.execute(
                f"UPDATE orders SET {sets}, changed_seq = ?{forget} WHERE id = ?",  # noqa: S608
                [*head, seq, order["id"]],
            )
        self._stamp_order(order["id"])

    def put_lines(self, order_id: int, lines: Sequence[Line]) -> None:
        """Store an order's lines. The orders' version does not move: a plan knows them pending."""
        incl = mapping.order_items(list(lines), "incl")
        excl = mapping.order_items(list(lines), "excl")
        with immediate(self.db):
            self.conn.execute(
                "UPDATE orders SET lines = ?, items_incl = ?, items_excl = ?, items = ?,"
                " free_lines = ?, lines_seq = ? WHERE id = ?",
                [
                    orjson.dumps(lines).decode(),
                    orjson.dumps(incl).decode(),
                    orjson.dumps(excl).decode(),
                    len(incl),
                    mapping.skipped_lines(list(lines)),
                    self.next_seq(),
                    order_id,
                ],
            )
            self._returned(order_id)
            self._stamp_order(order_id)

    def put_returns(self, returns: Sequence[Return]) -> None:
        """Store returns; an order wholly returned by them changes its status."""
        with immediate(self.db):
            self.conn.executemany(
                "INSERT OR REPLACE INTO order_return VALUES (?, ?, ?, ?)",
                [
                    (r["id"], r["order"], r["updated"], orjson.dumps(r["lines"]).decode())
                    for r in returns
                ],
            )
            changed = False
            for order_id in {row["order"] for row in returns}:
                if self._returned(order_id):
                    self._stamp_order(order_id)
                    self.conn.execute(
                        "UPDATE orders SET changed_seq = ? WHERE id = ?",
                        [self.next_seq(), order_id],
                    )
                    changed = True
            if changed:
                self.moved("orders")

    def _returned(self, order_id: int) -> bool:
        row = self.conn.execute(
            "SELECT lines, returned FROM orders WHERE id = ?", [order_id]
        ).fetchone()
        if row is None or row[0] is None:
            return False
        sums: Counter[int] = Counter()
        for (lines,) in self.conn.execute(
            "SELECT lines FROM order_return WHERE order_id = ?", [order_id]
        ):
            for line, quantity in orjson.loads(lines):
                sums[line] += quantity
        returned = int(mapping.wholly_returned(orjson.loads(row[0]), sums))
        if returned == row[1]:
            return False
        self.conn.execute("UPDATE orders SET returned = ? WHERE id = ?", [returned, order_id])
        return True

    def _stamp_order(self, order_id: int) -> None:
        row = self.conn.execute(
            f"SELECT {_ORDER_HEAD}, items_incl, items_excl, returned"  # noqa: S608
            " FROM orders WHERE id = ?",
            [order_id],
        ).fetchone()
        parts = [value for index, value in enumerate(row) if index != _UPDATED]
        self.conn.execute(
            "UPDATE orders SET rev = ? WHERE id = ?", [revision(orjson.dumps(parts)), order_id]
        )

    def known_orders(self, ids: Sequence[int]) -> set[int]:
        """Which of the ids the mirror has."""
        marks = ",".join("?" * len(ids))
        sql = f"SELECT id FROM orders WHERE id IN ({marks})"  # noqa: S608
        return {row[0] for row in self.conn.execute(sql, list(ids))}

    # -- customers and pages ----------------------------------------------------------------

    def put_customers(self, customers: Sequence[Customer], seen: int) -> None:
        """Store customers."""
        with immediate(self.db):
            ids = [customer["id"] for customer in customers]
            marks = ",".join("?" * len(ids))
            sql = f"SELECT id, rev, subscribed FROM customer WHERE id IN ({marks})"  # noqa: S608
            known = {row[0]: row[1:] for row in self.conn.execute(sql, ids)}
            records, moved = [], False
            for customer in customers:
                flat = orjson.dumps(customer | {"updated": 0})
                rev, email = revision(flat), customer["email"].casefold()
                old = known.get(customer["id"], (None, 0))
                moved = moved or old[0] != rev
                records.append(
                    (customer["id"], rev, email, old[1], customer["updated"], flat, seen)
                )
            self.conn.executemany(
                "INSERT OR REPLACE INTO customer VALUES (?, ?, ?, ?, ?, ?, ?)", records
            )
            if moved:
                self.moved("customers")

    def drop_customers(self, seen: int) -> None:
        """Forget customers that the pass `seen` did not meet."""
        with immediate(self.db):
            if self.conn.execute("DELETE FROM customer WHERE seen <> ?", [seen]).rowcount:
                self.moved("customers")

    def put_subscriptions(self, rows: Sequence[Subscription], seen: int) -> None:
        """Store newsletter subscriptions; they count with `mark_subscribed`."""
        self.conn.executemany(
            "INSERT OR REPLACE INTO subscription VALUES (?, ?, ?, ?)",
            [(row["id"], row["email"].casefold(), int(row["confirmed"]), seen) for row in rows],
        )

    def drop_subscriptions(self, seen: int) -> None:
        """Forget subscriptions that the pass `seen` did not meet."""
        self.conn.execute("DELETE FROM subscription WHERE seen <> ?", [seen])

    def mark_subscribed(self) -> None:
        """Set each customer's flag: a confirmed subscription with that e-mail, case folded."""
        confirmed = (
            "EXISTS (SELECT 1 FROM subscription s WHERE s.email = customer.email"
            " AND s.confirmed AND s.email <> '')"
        )
        with immediate(self.db):
            changed = self.conn.execute(
                f"UPDATE customer SET subscribed = {confirmed} WHERE subscribed <> {confirmed}"  # noqa: S608
            ).rowcount
            if changed:
                self.moved("customers")

    def put_pages(self, lang: str, rows: Sequence[tuple[Page, Any]], seen: int) -> None:
        """Store text pages and blog articles with their raw records."""
        with immediate(self.db):
            known = dict(self.conn.execute("SELECT id, rev FROM page WHERE lang = ?", [lang]))
            records = []
            for page, raw in rows:
                flat = orjson.dumps(page | {"updated": 0})
                head = (lang, page["id"], page["type"], revision(flat), page["title"], page["slug"])
                records.append((*head, flat, packed(raw), seen))
            self.conn.executemany(
                "INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", records
            )
            if any(known.get(record[1]) != record[3] for record in records):
                self.moved(f"pages:{lang}")

    def drop_pages(self, lang: str, kind: str, seen: int) -> None:
        """Forget pages of a kind that the pass `seen` did not meet."""
        with immediate(self.db):
            sql = "DELETE FROM page WHERE lang = ? AND kind = ? AND seen <> ?"
            if self.conn.execute(sql, [lang, kind, seen]).rowcount:
                self.moved(f"pages:{lang}")

    def stream(self, sql: str, *args: object) -> Iterator[Any]:
        """Rows of a query on a cursor of its own."""
        return iter(self.conn.execute(sql, args))


_PUT_PRODUCT = (
    "INSERT OR REPLACE INTO product (lang, id, base, rev, created, updated, visible, sellable,"
    " free, invalid, title, slug, brand, flat, raw, seen)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ORDER_HEAD = (
    "id, number, status, custom_status, created, updated, incl, excl, customer, email, pickup,"
    " shipment"
)
_UPDATED = 5
_INCL = 5  # position of the totals in a head without its id


def _order_head(order: Order) -> tuple[Any, ...]:
    return (
        order["number"],
        order["status"],
        order["custom_status"],
        order["created"],
        order["updated"],
        float(order["incl"]),
        float(order["excl"]),
        order["customer"],
        order["email"],
        int(order["pickup"]),
        order["shipment"],
    )


def _product_row(
    lang: str,
    product: Product,
    raw: Any,
    seen: int,
    extra: tuple[float | None, int] | None,
    tags: Sequence[str],
) -> tuple[Any, ...]:
    updated = product["updated"]
    bare: Any = {
        **product,
        "updated": 0,
        "variants": [{**variant, "updated": 0} for variant in product["variants"]],
    }
    flat = orjson.dumps(bare)
    base = revision(flat)
    rating, reviews = extra or (None, 0)
    facts = rules.product_facts(product, tags)
    return (
        lang,
        product["id"],
        base,
        _product_rev(base, rating, reviews, tags),
        product["created"],
        updated,
        int(facts.visible),
        int(facts.sellable),
        int(facts.free),
        ",".join(facts.invalid),
        product["title"],
        product["slug"],
        product["brand"],
        flat,
        packed(raw),
        seen,
    )


def _product_rev(base: int, rating: float | None, reviews: int, tags: Sequence[str]) -> int:
    if rating is None and not reviews and not tags:
        return base
    return revision(orjson.dumps([base, rating, reviews, list(tags)]))


def _variant_rows(lang: str, product: Product) -> list[tuple[Any, ...]]:
    return [
        (lang, v["id"], product["id"], v["updated"], v["sku"], v["ean"], v["code"])
        for v in product["variants"]
    ]
