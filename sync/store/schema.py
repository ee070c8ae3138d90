"""What `desk.db` holds."""

from __future__ import annotations

from sync.database import Database, Migrations, script

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
