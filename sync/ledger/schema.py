"""The tables of ledger and journals in a shop's file."""

from __future__ import annotations

from sync.database import Database, Migrations, script

migrations = Migrations("ledger")


@migrations(name="001_ledger")
def _ledger(db: Database) -> None:
    script(
        db,
        """
CREATE TABLE ledger (
  store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  hash BLOB NOT NULL, rev INTEGER NOT NULL, mapkey TEXT NOT NULL, status TEXT,
  hidden INTEGER NOT NULL DEFAULT 0, confirmed REAL NOT NULL, run INTEGER NOT NULL,
  PRIMARY KEY (store, entity, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_payload (
  store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, payload BLOB NOT NULL,
  PRIMARY KEY (store, entity, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_version (store INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;
CREATE TABLE run_phase (
  run INTEGER NOT NULL, phase TEXT NOT NULL, cursor TEXT NOT NULL,
  done INTEGER NOT NULL CHECK (done IN (0, 1)), PRIMARY KEY (run, phase)
) STRICT, WITHOUT ROWID;
CREATE TABLE work (
  run INTEGER NOT NULL, n INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL,
  key ANY NOT NULL, action TEXT NOT NULL CHECK (action IN ('create', 'update', 'remove')),
  method TEXT NOT NULL CHECK (method IN ('upsert', 'patch', 'replace', 'hide', 'delete')),
  payload BLOB, hash BLOB, rev INTEGER NOT NULL, mapkey TEXT NOT NULL, status TEXT,
  reasons TEXT NOT NULL, PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE outcome (
  run INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('created', 'updated', 'removed', 'skipped', 'failed')),
  reasons TEXT NOT NULL, message TEXT, link TEXT, at REAL NOT NULL
) STRICT;
CREATE INDEX outcome_run ON outcome (run, entity, outcome);
CREATE INDEX outcome_record ON outcome (entity, source);
CREATE TABLE book (
  run INTEGER NOT NULL, entity TEXT NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (run, entity, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE note (
  run INTEGER NOT NULL, entity TEXT NOT NULL, source ANY, message TEXT NOT NULL, link TEXT,
  at REAL NOT NULL
) STRICT;
CREATE INDEX note_run ON note (run);
CREATE TABLE run_call (
  run INTEGER NOT NULL, side TEXT NOT NULL, segment TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (run, side, segment)
) STRICT, WITHOUT ROWID;
CREATE TABLE hold_list (
  run INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  reasons TEXT NOT NULL, PRIMARY KEY (run, entity, source)
) STRICT, WITHOUT ROWID
""",
    )


@migrations(name="002_titles")
def _titles(db: Database) -> None:
    script(db, "ALTER TABLE outcome ADD COLUMN title TEXT")


@migrations(name="003_attempts")
def _attempts(db: Database) -> None:
    """Records that were on their way to Clerk.io for the first time, by what it is asked with."""
    script(
        db,
        """
CREATE TABLE attempt (
  store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  asked ANY NOT NULL, PRIMARY KEY (store, entity, source)
) STRICT, WITHOUT ROWID
""",
    )


@migrations(name="004_drift")
def _drift(db: Database) -> None:
    """What Clerk.io shows otherwise than it confirmed, what left it, and what it was asked for:
    `asked` by store and entity, `adopted` what was there before us, `finding` and `compared` what a
    run found out."""
    script(
        db,
        """
CREATE TABLE drift (
  store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('missing', 'different')), fields TEXT NOT NULL,
  shown BLOB NOT NULL, hash BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'mended', 'changed')),
  sent INTEGER NOT NULL DEFAULT 0, since REAL NOT NULL,
  PRIMARY KEY (store, entity, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE departed (
  store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  at REAL NOT NULL, PRIMARY KEY (store, entity, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE asked (
  store INTEGER NOT NULL, entity TEXT NOT NULL, after ANY, found INTEGER NOT NULL,
  done INTEGER NOT NULL CHECK (done IN (0, 1)), PRIMARY KEY (store, entity)
) STRICT, WITHOUT ROWID;
CREATE TABLE adopted (
  store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL,
  PRIMARY KEY (store, entity, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE finding (
  run INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('suspect', 'missing', 'different', 'foreign',
    'changed')), PRIMARY KEY (run, entity, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE compared (
  run INTEGER NOT NULL, entity TEXT NOT NULL, asked INTEGER NOT NULL, unreadable INTEGER NOT NULL,
  PRIMARY KEY (run, entity)
) STRICT, WITHOUT ROWID
""",
    )


@migrations(name="005_details")
def _details(db: Database) -> None:
    """Code and values of what outcomes and notes say, beside the English sentence."""
    script(
        db,
        "ALTER TABLE outcome ADD COLUMN detail TEXT; ALTER TABLE note ADD COLUMN detail TEXT",
    )


@migrations(name="006_history")
def _history(db: Database) -> None:
    """How to undo each change of the ledger. Of what was confirmed before, the present alone is
    known, which has held since the last change."""
    script(
        db,
        """
CREATE TABLE history (
  id INTEGER PRIMARY KEY, store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL,
  key ANY NOT NULL, run INTEGER NOT NULL, at REAL NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('created', 'updated', 'removed')),
  reasons TEXT NOT NULL, fields TEXT NOT NULL, before BLOB
) STRICT;
CREATE INDEX history_record ON history (store, entity, source);
CREATE INDEX history_at ON history (store, at);
CREATE TABLE history_since (store INTEGER PRIMARY KEY, at REAL NOT NULL) STRICT;
INSERT INTO history_since
  SELECT store, max(max(confirmed), ifnull((SELECT max(at) FROM outcome), 0)) FROM ledger
  GROUP BY store
""",
    )


@migrations(name="007_exchange")
def _exchange(db: Database) -> None:
    """The calls of recorded runs: headers and bodies without secrets and persons, as packed JSON
    (`sync/recording`)."""
    script(
        db,
        """
CREATE TABLE exchange (
  run INTEGER NOT NULL, n INTEGER NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('lightspeed', 'clerk')), at REAL NOT NULL, took REAL NOT NULL,
  method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER, error TEXT, sent BLOB, received BLOB,
  PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID
""",
    )


@migrations(name="008_patrol")
def _patrol(db: Database) -> None:
    """How far each store's patrol has come (`state`: JSON as `sync/ledger/patrol.py` has it), and
    the records that it saw otherwise than confirmed: `looked` is the first look that waits for a
    second, `seen` the last second look that agreed with the first."""
    script(
        db,
        """
CREATE TABLE patrol (store INTEGER PRIMARY KEY, state TEXT NOT NULL, after ANY) STRICT;
CREATE TABLE patrolled (
  store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  hash BLOB NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('missing', 'different')),
  fields TEXT NOT NULL, first REAL NOT NULL, looked REAL, seen REAL, verdict TEXT NOT NULL,
  PRIMARY KEY (store, entity, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX patrolled_looked ON patrolled (store, looked) WHERE looked IS NOT NULL
""",
    )


@migrations(name="009_filled")
def _filled(db: Database) -> None:
    """In how many records of Clerk.io each field is filled, from which run on
    (`sync/ledger/filled.py`); of what is there already, the 300 fields that most of them have."""
    script(
        db,
        """
CREATE TABLE filled (
  store INTEGER NOT NULL, entity TEXT NOT NULL, name TEXT NOT NULL, run INTEGER NOT NULL,
  n INTEGER NOT NULL, PRIMARY KEY (store, entity, name, run)
) STRICT, WITHOUT ROWID;
INSERT INTO filled
  WITH field AS (
    SELECT l.store, l.entity, f.key AS name, count(*) AS n FROM ledger l
    JOIN ledger_payload p USING (store, entity, source), json_each(CAST(p.payload AS TEXT)) f
    WHERE NOT l.hidden AND f.key <> 'index' AND NOT (f.type = 'null'
      OR (f.type = 'text' AND f.value = '')
      OR (f.type = 'array' AND json_array_length(f.value) = 0))
    GROUP BY l.store, l.entity, f.key
    UNION ALL SELECT store, entity, '', count(*) FROM ledger WHERE NOT hidden GROUP BY store, entity
  ), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY store, entity ORDER BY n DESC, name) AS place
    FROM field
  )
  SELECT store, entity, name, (SELECT max(run) FROM ledger l WHERE l.store = ranked.store), n
  FROM ranked WHERE place <= 301
""",
    )


@migrations(name="010_rows")
def _rows(db: Database) -> None:
    """Payloads lie in tables by row number: of a table that is one index SQLite keeps no more than
    a quarter of a page of a row together, and the rest of each payload takes a page of its own."""
    script(
        db,
        """
CREATE TABLE moved (
  store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, payload BLOB NOT NULL,
  PRIMARY KEY (store, entity, source)
) STRICT;
INSERT INTO moved SELECT * FROM ledger_payload ORDER BY store, entity, source;
DROP TABLE ledger_payload;
ALTER TABLE moved RENAME TO ledger_payload;
CREATE TABLE moved (
  run INTEGER NOT NULL, n INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL,
  key ANY NOT NULL, action TEXT NOT NULL CHECK (action IN ('create', 'update', 'remove')),
  method TEXT NOT NULL CHECK (method IN ('upsert', 'patch', 'replace', 'hide', 'delete')),
  payload BLOB, hash BLOB, rev INTEGER NOT NULL, mapkey TEXT NOT NULL, status TEXT,
  reasons TEXT NOT NULL, PRIMARY KEY (run, n)
) STRICT;
INSERT INTO moved SELECT * FROM work ORDER BY run, n;
DROP TABLE work;
ALTER TABLE moved RENAME TO work
""",
    )
