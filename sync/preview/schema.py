"""Tables of the plan cache, in the shop's file.

A part is one entity's decisions under given settings; a plan names five of them, so that plans
which differ in one entity share the other four. What a list shows of the records beside their
decisions is kept apart, once for all parts that it is the same for. The id of a part that was
thrown away is never used again: a plan may still name it.
"""

from __future__ import annotations

from sync.database import Database, Migrations, script

migrations = Migrations("preview")


@migrations(name="002_parts_and_details")
def _preview(db: Database) -> None:
    """What an older form of the cache held is thrown away."""
    script(
        db,
        """
DROP TABLE IF EXISTS plan_part;
DROP TABLE IF EXISTS plan_row;
DROP TABLE IF EXISTS plan;
CREATE TABLE plan_part (
  id INTEGER PRIMARY KEY AUTOINCREMENT, store INTEGER NOT NULL, entity TEXT NOT NULL,
  key TEXT NOT NULL, state TEXT NOT NULL, lines INTEGER NOT NULL, details INTEGER NOT NULL,
  made REAL NOT NULL, used REAL NOT NULL,
  ready INTEGER NOT NULL DEFAULT 0 CHECK (ready IN (0, 1)), counts TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX plan_part_key ON plan_part (store, key);
CREATE TABLE plan_row (
  part INTEGER NOT NULL, source ANY NOT NULL, key ANY NOT NULL, action TEXT NOT NULL,
  reasons TEXT NOT NULL, step TEXT NOT NULL, stays INTEGER NOT NULL, hash BLOB,
  PRIMARY KEY (part, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE plan_detail (
  details INTEGER NOT NULL, source ANY NOT NULL, title TEXT NOT NULL, search TEXT NOT NULL,
  image TEXT, price REAL, stock INTEGER, sku TEXT, status TEXT, created INTEGER,
  PRIMARY KEY (details, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE plan (
  store INTEGER NOT NULL, key TEXT NOT NULL, settings TEXT NOT NULL, document TEXT NOT NULL,
  parts TEXT NOT NULL, used REAL NOT NULL, PRIMARY KEY (store, key)
) STRICT, WITHOUT ROWID
""",
    )


@migrations(name="003_plans_by_their_parts")
def _plans(db: Database) -> None:
    """A plan's document is made anew at each look; the parts that hold its rows stay."""
    script(
        db,
        """
DROP TABLE plan;
CREATE TABLE plan (
  store INTEGER NOT NULL, key TEXT NOT NULL, settings TEXT NOT NULL, version INTEGER,
  parts TEXT NOT NULL, used REAL NOT NULL, PRIMARY KEY (store, key)
) STRICT, WITHOUT ROWID
""",
    )


@migrations(name="004_orders_that_follow")
def _follow(db: Database) -> None:
    """Rows of orders that wait for their lines have an action of their own: decided anew."""
    script(
        db,
        """
DELETE FROM plan;
DELETE FROM plan_part;
DELETE FROM plan_row;
DELETE FROM plan_detail
""",
    )


@migrations(name="005_more_columns")
def _more_columns(db: Database) -> None:
    """A list shows more of its records: what it shows is made anew."""
    script(
        db,
        """
DELETE FROM plan;
DELETE FROM plan_part;
DELETE FROM plan_row;
DELETE FROM plan_detail;
ALTER TABLE plan_detail ADD COLUMN updated INTEGER;
ALTER TABLE plan_detail ADD COLUMN variants INTEGER;
ALTER TABLE plan_detail ADD COLUMN brand TEXT
""",
    )


@migrations(name="007_models_and_moves")
def _models_and_moves(db: Database) -> None:
    """A part says of what mapping it is and which settings decided: one that others decide takes
    from it as its `model` what they have no say in, and has `own` rows for the rest. `moves` is how
    it changes the numbers of filled fields, once that was asked (JSON)."""
    script(
        db,
        """
DELETE FROM plan;
DELETE FROM plan_detail;
DROP TABLE plan_part;
DROP TABLE plan_row;
CREATE TABLE plan_part (
  id INTEGER PRIMARY KEY AUTOINCREMENT, store INTEGER NOT NULL, entity TEXT NOT NULL,
  key TEXT NOT NULL, state TEXT NOT NULL, lines INTEGER NOT NULL, details INTEGER NOT NULL,
  mapping TEXT NOT NULL, deciding TEXT NOT NULL, made REAL NOT NULL, used REAL NOT NULL,
  ready INTEGER NOT NULL DEFAULT 0 CHECK (ready IN (0, 1)), counts TEXT NOT NULL DEFAULT '',
  model INTEGER, moves TEXT
) STRICT;
CREATE INDEX plan_part_key ON plan_part (store, key);
CREATE TABLE plan_row (
  part INTEGER NOT NULL, source ANY NOT NULL, key ANY NOT NULL, action TEXT NOT NULL,
  reasons TEXT NOT NULL, step TEXT NOT NULL, stays INTEGER NOT NULL, hash BLOB,
  own INTEGER NOT NULL, PRIMARY KEY (part, source)
) STRICT, WITHOUT ROWID
""",
    )


@migrations(name="008_parts_that_lean")
def _leaning(db: Database) -> None:
    """A part may leave the rows that its model has as well to the model, until somebody reads them:
    then it is not `whole`."""
    script(
        db,
        "ALTER TABLE plan_part ADD COLUMN whole INTEGER NOT NULL DEFAULT 1 CHECK (whole IN (0, 1))",
    )
