"""Tables of a shop's mirror."""

from __future__ import annotations

from sync.database import Database, Migrations, script
from sync.mirror.packing import unpacked
from sync.mirror.raw_pages import packed_page, put_raw_page

migrations = Migrations("mirror")


@migrations(name="001_mirror")
def _mirror(db: Database) -> None:
    script(
        db,
        """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE product (
  lang TEXT NOT NULL, id INTEGER NOT NULL, base INTEGER NOT NULL, rev INTEGER NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL,
  visible INTEGER NOT NULL, sellable INTEGER NOT NULL, free INTEGER NOT NULL,
  invalid TEXT NOT NULL, title TEXT NOT NULL, slug TEXT NOT NULL, brand TEXT NOT NULL,
  flat BLOB NOT NULL, raw BLOB NOT NULL, seen INTEGER NOT NULL,
  PRIMARY KEY (lang, id)
) STRICT;
CREATE INDEX product_slug ON product (slug);
CREATE TABLE product_extra (
  id INTEGER PRIMARY KEY, rating REAL, reviews INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE product_tag (
  lang TEXT NOT NULL, product INTEGER NOT NULL, title TEXT NOT NULL,
  PRIMARY KEY (lang, product, title)
) STRICT, WITHOUT ROWID;
CREATE TABLE variant (
  lang TEXT NOT NULL, id INTEGER NOT NULL, product INTEGER NOT NULL, updated INTEGER NOT NULL,
  sku TEXT NOT NULL, ean TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (lang, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX variant_product ON variant (lang, product);
CREATE TABLE orphan (
  lang TEXT NOT NULL, id INTEGER NOT NULL, updated INTEGER NOT NULL, PRIMARY KEY (lang, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX variant_sku ON variant (sku) WHERE sku <> '';
CREATE INDEX variant_ean ON variant (ean) WHERE ean <> '';
CREATE INDEX variant_code ON variant (code) WHERE code <> '';
CREATE TABLE category (
  lang TEXT NOT NULL, id INTEGER NOT NULL, rev INTEGER NOT NULL, title TEXT NOT NULL,
  slug TEXT NOT NULL, flat BLOB NOT NULL, raw BLOB NOT NULL, seen INTEGER NOT NULL,
  PRIMARY KEY (lang, id)
) STRICT;
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, number TEXT NOT NULL, status TEXT NOT NULL, custom_status INTEGER,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, incl REAL NOT NULL, excl REAL NOT NULL,
  customer INTEGER, email TEXT NOT NULL, pickup INTEGER NOT NULL, shipment TEXT NOT NULL,
  lines TEXT, items_incl TEXT, items_excl TEXT, items INTEGER,
  free_lines INTEGER NOT NULL DEFAULT 0,
  returned INTEGER NOT NULL DEFAULT 0, rev INTEGER NOT NULL,
  changed_seq INTEGER NOT NULL, pending_seq INTEGER NOT NULL, lines_seq INTEGER
) STRICT;
CREATE INDEX orders_created ON orders (created DESC, id DESC);
CREATE INDEX orders_pending ON orders (created DESC, id DESC) WHERE items IS NULL;
CREATE INDEX orders_lines ON orders (lines_seq) WHERE lines_seq IS NOT NULL;
CREATE INDEX orders_number ON orders (number);
CREATE TABLE order_return (
  id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, updated INTEGER NOT NULL, lines TEXT NOT NULL
) STRICT;
CREATE INDEX order_return_order ON order_return (order_id);
CREATE TABLE customer (
  id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, email TEXT NOT NULL,
  subscribed INTEGER NOT NULL DEFAULT 0, updated INTEGER NOT NULL, flat BLOB NOT NULL,
  seen INTEGER NOT NULL
) STRICT;
CREATE INDEX customer_email ON customer (email);
CREATE TABLE subscription (
  id INTEGER PRIMARY KEY, email TEXT NOT NULL, confirmed INTEGER NOT NULL, seen INTEGER NOT NULL
) STRICT;
CREATE INDEX subscription_email ON subscription (email);
CREATE TABLE review (
  id INTEGER PRIMARY KEY, product INTEGER NOT NULL, visible INTEGER NOT NULL,
  score INTEGER NOT NULL, seen INTEGER NOT NULL
) STRICT;
CREATE INDEX review_product ON review (product);
CREATE TABLE page (
  lang TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, rev INTEGER NOT NULL,
  title TEXT NOT NULL, slug TEXT NOT NULL, flat BLOB NOT NULL, raw BLOB NOT NULL,
  seen INTEGER NOT NULL, PRIMARY KEY (lang, id)
) STRICT;
CREATE TABLE staging (
  kind TEXT NOT NULL, id INTEGER NOT NULL, owner INTEGER NOT NULL, raw BLOB NOT NULL,
  seen INTEGER NOT NULL, PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX staging_owner ON staging (kind, owner);
CREATE TABLE unknown_field (
  kind TEXT NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID
""",
    )


@migrations(name="002_plan")
def _plan(db: Database) -> None:
    """What decides a record, apart from the wide rows that payloads are made of."""
    script(
        db,
        """
CREATE INDEX product_plan ON product (lang, id, rev, visible, sellable, free, invalid);
CREATE INDEX orders_plan ON orders (id, created, status, custom_status, items, returned, rev)
""",
    )


@migrations(name="003_boxes")
def _boxes(db: Database) -> None:
    """Raw products lie together in boxes, apart from the rows that are read all the time."""
    script(
        db,
        """
CREATE TABLE raw_box (
  id INTEGER PRIMARY KEY, lang TEXT NOT NULL, seen INTEGER NOT NULL, records BLOB NOT NULL
) STRICT;
ALTER TABLE product ADD COLUMN box INTEGER NOT NULL DEFAULT 0
""",
    )
    for lang, pass_id in db.execute("SELECT DISTINCT lang, seen FROM product").fetchall():
        last = 0
        while rows := db.execute(_RAW, [lang, pass_id, last]).fetchall():
            records = [(number, unpacked(raw)) for number, raw in rows]
            page = put_raw_page(db.conn, lang, pass_id, packed_page(records))
            moved = [(page, lang, number) for number, _ in records]
            db.conn.executemany("UPDATE product SET box = ? WHERE lang = ? AND id = ?", moved)
            last = rows[-1][0]
    script(db, "ALTER TABLE product DROP COLUMN raw")


@migrations(name="004_unreadable")
def _unreadable(db: Database) -> None:
    """What could not be read of a product counts as none and is kept apart, by variant (0 for the
    product itself). What was read before is read anew."""
    script(
        db,
        """
CREATE TABLE odd_value (
  lang TEXT NOT NULL, product INTEGER NOT NULL, variant INTEGER NOT NULL, field TEXT NOT NULL,
  value TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (lang, product, variant, field)
) STRICT, WITHOUT ROWID;
UPDATE meta SET value = json_set(value, '$.full_at', 0) WHERE key LIKE 'catalog_state:%'
""",
    )


@migrations(name="004_metafields")
def _metafields(db: Database) -> None:
    """Metafields of products as they were at one updatedAt, and the names that products have of
    their own."""
    script(
        db,
        """
CREATE TABLE product_metafield (
  product INTEGER PRIMARY KEY, updated INTEGER NOT NULL, fields TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE TABLE attribute_name (
  lang TEXT NOT NULL, name TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (lang, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX product_updated ON product (lang, id, updated)
""",
    )


@migrations(name="004_unusable_rows")
def _unusable(db: Database) -> None:
    """Rows that could not be used, by their list."""
    script(
        db,
        """
CREATE TABLE odd_row (
  list TEXT NOT NULL, lang TEXT NOT NULL, id ANY NOT NULL, entity TEXT NOT NULL,
  what TEXT NOT NULL, digest BLOB NOT NULL, run INTEGER NOT NULL, seen INTEGER NOT NULL,
  apart INTEGER NOT NULL, PRIMARY KEY (list, lang, id)
) STRICT, WITHOUT ROWID;
ALTER TABLE orders ADD COLUMN seen INTEGER NOT NULL DEFAULT 0
""",
    )


@migrations(name="005_details")
def _details(db: Database) -> None:
    """Code and values of what is wrong with a row, beside the English sentence."""
    script(db, "ALTER TABLE odd_row ADD COLUMN detail TEXT")


@migrations(name="006_statuses")
def _statuses(db: Database) -> None:
    """How many orders have each status is asked at every look at the preview."""
    script(db, "CREATE INDEX orders_status ON orders (status, custom_status)")


@migrations(name="007_changed_orders")
def _changed_orders(db: Database) -> None:
    """Orders whose number has ever changed, and which pass met a return last."""
    script(
        db,
        """
CREATE TABLE renumbered (id INTEGER PRIMARY KEY) STRICT;
ALTER TABLE order_return ADD COLUMN seen INTEGER NOT NULL DEFAULT 0
""",
    )


@migrations(name="007_said")
def _said(db: Database) -> None:
    """Scores keep their fractions, and languages their ids: they are read anew."""
    script(
        db,
        """
ALTER TABLE review RENAME TO old_review;
CREATE TABLE review (
  id INTEGER PRIMARY KEY, product INTEGER NOT NULL, visible INTEGER NOT NULL,
  score REAL NOT NULL, seen INTEGER NOT NULL
) STRICT;
INSERT INTO review SELECT * FROM old_review;
DROP TABLE old_review;
CREATE INDEX review_product ON review (product);
UPDATE meta SET value = 'null' WHERE key LIKE 'daily:access:%' OR key = 'daily:reviews'
""",
    )


_RAW = "SELECT id, raw FROM product WHERE lang = ? AND seen = ? AND id > ? ORDER BY id LIMIT 250"
