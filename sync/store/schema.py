"""What `desk.db` holds."""

from __future__ import annotations

import re

import orjson

from sync import commalist
from sync.database import Database, Migrations, script
from sync.store.chain import entries_of

migrations = Migrations("desk")


@migrations(name="001_desk")
def _desk(db: Database) -> None:
    script(
        db,
        """
CREATE TABLE shop (
  id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, domain TEXT NOT NULL,
  cluster TEXT NOT NULL CHECK (cluster IN ('eu1', 'us1')), api_url TEXT,
  reserve INTEGER NOT NULL DEFAULT 10 CHECK (reserve BETWEEN 0 AND 90),
  demo INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)), created REAL NOT NULL
) STRICT;
CREATE TABLE api_key (
  id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
  key TEXT NOT NULL, secret TEXT NOT NULL, added REAL NOT NULL
) STRICT;
CREATE TABLE budget (
  key_id INTEGER PRIMARY KEY REFERENCES api_key (id) ON DELETE CASCADE, state TEXT NOT NULL
) STRICT;
CREATE TABLE store (
  id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE, language TEXT NOT NULL,
  api_url TEXT, paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  public_key TEXT NOT NULL, private_key TEXT NOT NULL, created REAL NOT NULL
) STRICT;
CREATE TABLE settings_version (
  store_id INTEGER NOT NULL REFERENCES store (id) ON DELETE CASCADE, version INTEGER NOT NULL,
  "values" TEXT NOT NULL, at REAL NOT NULL, who TEXT NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY (store_id, version)
) STRICT;
CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  store_id INTEGER NOT NULL REFERENCES store (id) ON DELETE CASCADE,
  shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('refresh', 'sync')),
  trigger TEXT NOT NULL CHECK (trigger IN ('manual', 'schedule', 'retry', 'approve')),
  who TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'held', 'approved',
    'succeeded', 'partial', 'failed', 'cancelled', 'rejected')),
  queued REAL NOT NULL, started REAL, finished REAL, due REAL NOT NULL,
  until REAL, window TEXT, why TEXT,
  settings_version INTEGER NOT NULL, plan TEXT, options TEXT NOT NULL DEFAULT '{}',
  phase TEXT NOT NULL DEFAULT '', progress TEXT NOT NULL DEFAULT '{}',
  books TEXT NOT NULL DEFAULT '{}', calls TEXT NOT NULL DEFAULT '{}',
  errors TEXT NOT NULL DEFAULT '[]', holds TEXT NOT NULL DEFAULT '[]',
  waited REAL NOT NULL DEFAULT 0, deaths INTEGER NOT NULL DEFAULT 0,
  cancel INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1)), message TEXT
) STRICT;
CREATE UNIQUE INDEX run_active ON run (store_id)
  WHERE state IN ('queued', 'running', 'waiting', 'approved');
CREATE INDEX run_of_store ON run (store_id, id DESC);
CREATE TABLE run_log (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  at REAL NOT NULL, level TEXT NOT NULL CHECK (level IN ('debug', 'info', 'warning', 'error')),
  phase TEXT NOT NULL, message TEXT NOT NULL
) STRICT;
CREATE INDEX run_log_of_run ON run_log (run_id, id);
CREATE TABLE audit (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL, detail TEXT NOT NULL
) STRICT
""",
    )


@migrations(name="002_schedule")
def _schedule(db: Database) -> None:
    script(
        db,
        """
ALTER TABLE store ADD COLUMN resumed REAL NOT NULL DEFAULT 0;
CREATE INDEX run_success ON run (store_id, id DESC)
  WHERE kind = 'sync' AND state IN ('succeeded', 'partial')
""",
    )


@migrations(name="003_endings_and_outages")
def _endings_and_outages(db: Database) -> None:
    """What ended a run other than itself; which side a run waits for; and the sides that are out,
    each by its host: since when, when it is tried next, and the pause before that."""
    script(
        db,
        """
ALTER TABLE run ADD COLUMN ended TEXT;
ALTER TABLE run ADD COLUMN side TEXT CHECK (side IN ('lightspeed', 'clerk'));
ALTER TABLE run ADD COLUMN host TEXT;
UPDATE run SET ended = 'superseded' WHERE message IN ('superseded', 'a newer run took over');
CREATE TABLE outage (
  side TEXT NOT NULL CHECK (side IN ('lightspeed', 'clerk')), host TEXT NOT NULL,
  since REAL NOT NULL, next REAL NOT NULL, pause REAL NOT NULL, PRIMARY KEY (side, host)
) STRICT, WITHOUT ROWID
""",
    )


@migrations(name="003_url_language")
def _url_language(db: Database) -> None:
    script(
        db,
        """
ALTER TABLE shop ADD COLUMN url_language TEXT NOT NULL DEFAULT 'auto'
  CHECK (url_language IN ('auto', 'all', 'not_default'));
ALTER TABLE shop ADD COLUMN url_form TEXT CHECK (url_form IN ('all', 'not_default'));
ALTER TABLE shop ADD COLUMN storefront TEXT
""",
    )


@migrations(name="003_store_options")
def _store_options(db: Database) -> None:
    script(db, "ALTER TABLE store ADD COLUMN options TEXT NOT NULL DEFAULT '{}'")


@migrations(name="003_compare")
def _compare(db: Database) -> None:
    """Runs of the kind `compare`. Only a CHECK widens, so no row is touched: a rebuilt table would
    take the logs along, which hang on it."""
    before, now = "kind IN ('refresh', 'sync')", "kind IN ('refresh', 'sync', 'compare')"
    db.conn.execute("PRAGMA writable_schema = ON")
    db.conn.execute(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'run'",
        [before, now],
    )
    [version] = db.conn.execute("PRAGMA schema_version").fetchone()
    db.conn.execute(f"PRAGMA schema_version = {version + 1}")
    db.conn.execute("PRAGMA writable_schema = RESET")


@migrations(name="003_quoted_lists")
def _quoted_lists(db: Database) -> None:
    """Quotes had no meaning in a comma list: what stood there is read as it was then."""
    for row in list(db.query('SELECT rowid, "values" FROM settings_version')):
        values = orjson.loads(row["values"])
        for key in {"custom_attributes", "accepted_order_statuses"} & values.keys():
            old = [entry.strip() for entry in values[key].split(",")]
            values[key] = commalist.written(filter(None, old))
        if values != orjson.loads(row["values"]):
            db.execute(
                'UPDATE settings_version SET "values" = ? WHERE rowid = ?',
                [orjson.dumps(values).decode(), row["rowid"]],
            )


@migrations(name="003_numbers")
def _numbers(db: Database) -> None:
    """A number never names something else later, and a desk can be told from another: by its
    first shop, so that a backup made before this is still the same desk."""
    for table in ("shop", "api_key", "store"):
        _number_once(db, table)
    script(
        db,
        """
CREATE TABLE desk (id TEXT NOT NULL) STRICT;
INSERT INTO desk SELECT CASE WHEN count(*) THEN printf('%.6f', min(created))
  ELSE lower(hex(randomblob(16))) END FROM shop
""",
    )


def _number_once(db: Database, table: str) -> None:
    """Make a table anew whose ids are never given twice, with the columns that it has by now."""
    [(made,)] = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", [table])
    beside = db.execute(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND name <> ? AND sql IS NOT NULL",
        [table, table],
    ).fetchall()
    anew = re.sub(rf'CREATE TABLE "?{table}"?', f"CREATE TABLE new_{table}", made, count=1)
    db.execute(anew.replace("INTEGER PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT", 1))
    db.execute(f"INSERT INTO new_{table} SELECT * FROM {table}")
    db.execute(f"DROP TABLE {table}")
    db.execute(f"ALTER TABLE new_{table} RENAME TO {table}")
    for (statement,) in beside:
        db.execute(statement)


@migrations(name="004_file_check")
def _file_check(db: Database) -> None:
    """When each file of the data folder was last looked through, and what was wrong with it."""
    script(
        db,
        "CREATE TABLE file_check (file TEXT PRIMARY KEY, at REAL NOT NULL, problem TEXT) STRICT",
    )


@migrations(name="005_details")
def _details(db: Database) -> None:
    """Code and values of a run's message, beside the English sentence. Of what older versions
    noted only one is looked for by its code: that somebody else writes to a store."""
    db.execute("ALTER TABLE run ADD COLUMN detail TEXT")
    db.execute(
        "UPDATE run SET errors = (SELECT json_group_array(CASE"
        " WHEN value ->> 'message' LIKE 'someone else writes to this store%'"
        " THEN json_insert(value, '$.detail', json_object('code', 'drift.other_writer',"
        " 'values', json_object())) ELSE json(value) END) FROM json_each(errors))"
        " WHERE errors LIKE '%someone else writes to this store%'"
    )


@migrations(name="006_queue")
def _queue(db: Database) -> None:
    """What the worker looks at again and again is found by an index, however many runs have ended:
    what is due by rank and time (`sync/store/queue.py` has the same words), what waits for a side,
    what a shop has to do, what a store did last."""
    script(
        db,
        """
CREATE INDEX run_queue ON run (
  (trigger = 'schedule' OR phase = 'lines'),
  (CASE WHEN cancel THEN 0 WHEN state = 'waiting' THEN ifnull(until, 0) ELSE due END),
  id
) WHERE state IN ('queued', 'running', 'waiting', 'approved');
CREATE INDEX run_set_back ON run (
  (CASE WHEN state = 'waiting' THEN json_extract(progress, '$.wait_from') ELSE due END)
) WHERE state IN ('queued', 'running', 'waiting', 'approved');
CREATE INDEX run_side ON run (side, host, until) WHERE state = 'waiting' AND side IS NOT NULL;
CREATE INDEX run_of_shop ON run (shop_id)
  WHERE state IN ('queued', 'running', 'waiting', 'approved');
CREATE INDEX run_held ON run (store_id) WHERE state = 'held';
DROP INDEX run_success;
CREATE INDEX run_success ON run (store_id, id DESC) WHERE kind = 'sync' AND state = 'succeeded';
CREATE INDEX key_of_shop ON api_key (shop_id);
CREATE INDEX store_of_shop ON store (shop_id)
""",
    )


@migrations(name="007_key_checks")
def _key_checks(db: Database) -> None:
    """What was said of the keys when they were last tried (`sync/store/key_checks.py`)."""
    script(
        db,
        """
ALTER TABLE shop ADD COLUMN key_check TEXT;
ALTER TABLE store ADD COLUMN key_check TEXT
""",
    )


@migrations(name="007_overview")
def _overview(db: Database) -> None:
    """What each store's Clerk.io holds, counted whenever a run comes to rest and until then taken
    from the books of the last one; and how its syncs ended (`sync/fleet.py` has the same words)."""
    past = "kind = 'sync' AND finished IS NOT NULL AND (state != 'cancelled' OR ended IS NULL)"
    script(
        db,
        f"""
CREATE INDEX run_past ON run (store_id, id DESC, state, kind, finished, ended) WHERE {past};
CREATE INDEX run_streak ON run (store_id, state, id, kind, finished, ended) WHERE {past};
ALTER TABLE store ADD COLUMN confirmed TEXT NOT NULL DEFAULT '{{}}';
UPDATE store SET confirmed = ifnull((
  SELECT json_group_object(book.key, ifnull(book.value ->> 'created', 0)
    + ifnull(book.value ->> 'updated', 0) + ifnull(book.value ->> 'unchanged', 0))
  FROM json_each((SELECT books FROM run WHERE store_id = store.id AND kind = 'sync'
    AND finished IS NOT NULL AND books != '{{}}' AND json_extract(options, '$.only') IS NULL
    ORDER BY id DESC LIMIT 1)) book), '{{}}')
""",
    )


@migrations(name="008_runs_by_time")
def _runs_by_time(db: Database) -> None:
    """Runs are found by when they began (`sync/store/searched.py` has the same words), and a line
    of their log has code and values beside the English sentence."""
    script(
        db,
        """
CREATE INDEX run_at ON run (ifnull(started, queued), state);
CREATE INDEX run_of_day ON run (store_id, ifnull(started, queued), state);
ALTER TABLE run_log ADD COLUMN detail TEXT
""",
    )


@migrations(name="009_person_choices")
def _person_choices(db: Database) -> None:
    """What a person chose for how pages look, by the number in the person's cookie."""
    script(
        db,
        "CREATE TABLE person_choice (person TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
        " at REAL NOT NULL, PRIMARY KEY (person, name)) STRICT, WITHOUT ROWID",
    )


@migrations(name="010_draft")
def _draft(db: Database) -> None:
    """Settings that a person changed and did not save (`sync/store/drafts.py`)."""
    script(
        db,
        """
CREATE TABLE draft (
  id TEXT PRIMARY KEY, store_id INTEGER NOT NULL REFERENCES store (id) ON DELETE CASCADE,
  person TEXT NOT NULL, who TEXT NOT NULL, version INTEGER NOT NULL, changes TEXT NOT NULL,
  refused TEXT NOT NULL, note TEXT NOT NULL, state INTEGER NOT NULL, at REAL NOT NULL,
  UNIQUE (store_id, person)
) STRICT
""",
    )


@migrations(name="011_audit_chain")
def _audit_chain(db: Database) -> None:
    """The audit trail as a chain of hashes that only grows (`sync/store/audit.py`); its oldest
    entries go below a cut, which keeps the hash that the next one follows."""
    script(
        db,
        """
ALTER TABLE audit RENAME TO audit_old;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL, before TEXT, after TEXT, hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE TABLE audit_cut (up_to INTEGER NOT NULL, hash TEXT NOT NULL, at REAL NOT NULL) STRICT
""",
    )
    old = list(db.query("SELECT at, who, action, subject, detail FROM audit_old ORDER BY id"))
    db.conn.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", entries_of(old))
    db.execute("DROP TABLE audit_old")
    refused = "BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
    db.execute(f"CREATE TRIGGER audit_stays BEFORE UPDATE ON audit {refused}")
    db.execute(
        "CREATE TRIGGER audit_goes BEFORE DELETE ON audit"
        f" WHEN old.id > ifnull((SELECT max(up_to) FROM audit_cut), 0) {refused}"
    )


@migrations(name="012_was")
def _was(db: Database) -> None:
    """Runs and settings versions that came with a shop from another desk: their numbers there."""
    script(
        db,
        "ALTER TABLE run ADD COLUMN was INTEGER;"
        "ALTER TABLE settings_version ADD COLUMN was INTEGER",
    )


@migrations(name="013_signin")
def _signin(db: Database) -> None:
    """Sign-ins that may still be valid, and those that were ended (`sync/store/signins.py`)."""
    script(
        db,
        "CREATE TABLE signin (id TEXT PRIMARY KEY, until REAL NOT NULL,"
        " ended INTEGER NOT NULL CHECK (ended IN (0, 1))) STRICT, WITHOUT ROWID",
    )


@migrations(name="014_scan")
def _scan(db: Database) -> None:
    """What a run looked through for e-mail addresses before it left: payloads, found, known,
    other."""
    script(db, "ALTER TABLE run ADD COLUMN scan TEXT NOT NULL DEFAULT '{}'")


@migrations(name="015_forgetting")
def _forgetting(db: Database) -> None:
    """What is still to be done of forgetting people, sealed (`sync/store/forgetting.py`)."""
    script(
        db,
        """
CREATE TABLE forgetting (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  shop_id INTEGER NOT NULL REFERENCES shop (id) ON DELETE CASCADE,
  sealed TEXT NOT NULL, at REAL NOT NULL
) STRICT;
CREATE INDEX forgetting_of_shop ON forgetting (shop_id)
""",
    )


@migrations(name="016_retention")
def _retention(db: Database) -> None:
    """For how many days each kind of data is kept, where somebody set them."""
    script(db, "CREATE TABLE retention (kind TEXT PRIMARY KEY, days INTEGER NOT NULL) STRICT")


@migrations(name="017_public_mark")
def _public_mark(db: Database) -> None:
    """What a store's public key is known by where it can no longer be opened."""
    db.execute("ALTER TABLE store ADD COLUMN public_mark TEXT")


@migrations(name="018_freshness")
def _freshness(db: Database) -> None:
    """How fresh each store's Clerk.io is kept (`sync/freshness.py`), until its next run tells of
    all from its last success on; and when its schedule was paused."""
    script(
        db,
        """
ALTER TABLE store ADD COLUMN freshness TEXT NOT NULL DEFAULT '{}';
CREATE TABLE pause (
  store_id INTEGER NOT NULL REFERENCES store (id) ON DELETE CASCADE, since REAL NOT NULL,
  until REAL, PRIMARY KEY (store_id, since)
) STRICT, WITHOUT ROWID;
INSERT INTO pause SELECT id, ifnull((SELECT max(a.at) FROM audit a
  WHERE a.action = 'store pause' AND a.subject = slug), created), NULL FROM store WHERE paused;
INSERT INTO pause SELECT s.id, max(a.at), s.resumed FROM store s
  JOIN audit a ON a.action = 'store pause' AND a.subject = s.slug AND a.at <= s.resumed
  WHERE NOT s.paused GROUP BY s.id;
UPDATE store SET freshness = ifnull((
  SELECT json_object('products', json(told), 'orders', json(told)) FROM (
    SELECT json_array(started, finished, finished - started - waited, finished, json('[]')) AS told
    FROM run WHERE store_id = store.id AND kind = 'sync' AND state = 'succeeded'
      AND started IS NOT NULL AND json_extract(options, '$.only') IS NULL
    ORDER BY id DESC LIMIT 1)), '{}')
""",
    )


@migrations(name="019_alerts")
def _alerts(db: Database) -> None:
    """Where alerts go, what they know of the stores, what was told, and what became of each message
    (`sync/store/alerts.py`)."""
    script(
        db,
        """
CREATE TABLE alert_target (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, url TEXT NOT NULL,
  service TEXT NOT NULL, lang TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (digest IN ('none', 'hourly', 'daily', 'weekly')),
  shop_id INTEGER REFERENCES shop (id) ON DELETE CASCADE,
  store_id INTEGER REFERENCES store (id) ON DELETE CASCADE,
  muted_until REAL, created REAL NOT NULL, sent REAL, error TEXT
) STRICT;
CREATE TABLE alert_standing (
  kind TEXT NOT NULL, cause TEXT NOT NULL,
  store_id INTEGER NOT NULL REFERENCES store (id) ON DELETE CASCADE,
  since REAL NOT NULL, told REAL, ended REAL, PRIMARY KEY (kind, cause, store_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_cause (
  kind TEXT NOT NULL, cause TEXT NOT NULL, told REAL, pause REAL NOT NULL,
  muted_until REAL, muted_size INTEGER, PRIMARY KEY (kind, cause)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, kind TEXT NOT NULL, cause TEXT NOT NULL,
  turn TEXT NOT NULL CHECK (turn IN ('began', 'grew', 'over')), since REAL NOT NULL,
  stores TEXT NOT NULL
) STRICT;
CREATE TABLE alert_delivery (
  id INTEGER PRIMARY KEY, alert_id INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES alert_target (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'muted')),
  next REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, deaths INTEGER NOT NULL DEFAULT 0,
  at REAL, error TEXT, UNIQUE (alert_id, target_id)
) STRICT;
CREATE INDEX alert_due ON alert_delivery (next) WHERE state IN ('pending', 'sending');
CREATE INDEX alert_at ON alert (at)
""",
    )


@migrations(name="020_patrol")
def _patrol(db: Database) -> None:
    """What each store's patrol last told of itself (`sync/store/patrols.py`)."""
    db.execute("ALTER TABLE store ADD COLUMN patrol TEXT")
