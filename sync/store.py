"""The desk database: shops, keys, stores, settings versions, runs, their log, the audit trail."""

from __future__ import annotations

import fcntl
import getpass
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlite_utils import Database, Migrations

from sync.clock import Clock, SystemClock
from sync.database import immediate, migrate, opened, script
from sync.lightspeed.budget import KeyState
from sync.settings import Settings, normal_name
from sync.vault import Secret, Vault

T = TypeVar("T")

ACTIVE = ("queued", "running", "waiting", "approved")
TERMINAL = ("succeeded", "partial", "failed", "cancelled", "rejected")
STATES = (*ACTIVE, "held", *TERMINAL)
TRIGGERS = ("manual", "schedule", "retry", "approve")


class UsageError(ValueError):
    """What was asked for cannot be: unknown name, bad value, stale plan. One line."""


class RunActive(Exception):
    """Another run of the store is active; `.run` is its id."""

    def __init__(self, run: int) -> None:
        super().__init__(f"run {run} of this store is active")
        self.run = run


@dataclass(frozen=True, slots=True)
class ShopRow:
    """A Lightspeed shop as the desk knows it; `reserve` is a percentage."""

    id: int
    slug: str
    name: str
    domain: str
    cluster: str
    api_url: str | None
    reserve: int
    demo: bool


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One API key pair of a shop, opened from the vault."""

    id: int
    shop_id: int
    key: Secret
    secret: Secret
    added: float


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A Clerk.io store: one shop in one language."""

    id: int
    slug: str
    name: str
    shop_id: int
    language: str
    api_url: str | None
    paused: bool
    public_sealed: str = field(repr=False)
    private_sealed: str = field(repr=False)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> StoreRow:
        """The store in a row that has the table's columns."""
        return cls(
            row["id"],
            row["slug"],
            row["name"],
            row["shop_id"],
            row["language"],
            row["api_url"],
            bool(row["paused"]),
            row["public_key"],
            row["private_key"],
        )


@dataclass(frozen=True, slots=True)
class SettingsVersion:
    """Immutable settings of a store; `at` is unix seconds."""

    store_id: int
    version: int
    settings: Settings
    at: float
    who: str
    note: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as its row has it; times are unix seconds, JSON columns are decoded."""

    id: int
    store_id: int
    shop_id: int
    kind: str
    trigger: str
    who: str
    state: str
    queued: float
    started: float | None
    finished: float | None
    due: float
    until: float | None
    window: str | None
    why: str | None
    settings_version: int
    settings: Settings
    plan: str | None
    options: dict[str, Any]
    phase: str
    progress: dict[str, Any]
    books: dict[str, Any]
    calls: dict[str, Any]
    errors: list[dict[str, Any]]
    holds: list[dict[str, Any]]
    waited: float
    deaths: int
    cancel: bool
    message: str | None

    @property
    def wait_from(self) -> float | None:
        """When the last wait or hold began."""
        began: float | None = self.progress.get("wait_from")
        return began


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """What the queue shows of an active run. `rank` 0 comes before 1: what a person waits for,
    which order lines never are."""

    id: int
    shop_id: int
    shop: str
    state: str
    phase: str
    until: float | None
    cancel: bool
    wait_from: float | None
    rank: int


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


def slug_of(name: str) -> str:
    """`Buiten & Fiets` → `buiten-fiets`; raises UsageError for a name without letters or digits."""
    slug = normal_name(name).replace("_", "-")
    if not slug:
        raise UsageError(f"the name {name!r} needs at least one letter or digit")
    return slug


def data_folder(given: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The data folder that was named, else SYNC_DATA, else `data` beside app.py."""
    named = given or (os.environ if environ is None else environ).get("SYNC_DATA")
    return Path(named).expanduser() if named else Path(__file__).parents[1] / "data"


def whoami(environ: Mapping[str, str] | None = None) -> str:
    """SYNC_USER, else the login name."""
    named = (os.environ if environ is None else environ).get("SYNC_USER", "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


class Desk:
    """Everything in `desk.db` under one data folder, with its vault and the shops' files."""

    def __init__(self, data_dir: Path, *, clock: Clock | None = None) -> None:
        self.data_dir = data_dir
        self.path = data_dir / "desk.db"
        self.clock: Clock = clock or SystemClock()
        self.vault = Vault(data_dir)
        self._joined = threading.local()
        migrate(self.path, migrations)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What this thread writes to the desk inside is one transaction: all of it or nothing."""
        with opened(self.path) as db, immediate(db):
            self._joined.db = db
            try:
                yield
            finally:
                del self._joined.db

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        joined: Database | None = getattr(self._joined, "db", None)
        if joined is not None:
            yield joined
            return
        with opened(self.path) as db:
            yield db

    # -- shops and keys ---------------------------------------------------------------------

    def add_shop(
        self,
        name: str,
        *,
        domain: str,
        cluster: str,
        api_url: str | None = None,
        demo: bool = False,
    ) -> ShopRow:
        """A new shop; its slug comes from the name. UsageError if that is taken, or if a file of
        that name is left from another desk.db, whose stores and runs it would mistake for its own.
        """
        slug = slug_of(name)
        row = {
            "slug": slug,
            "name": name.strip(),
            "domain": clean_domain(domain),
            "cluster": checked_cluster(cluster),
            "api_url": checked_url(api_url),
            "demo": int(demo),
            "created": self.clock.now(),
        }
        with self._opened() as db, immediate(db):
            if db.table("shop").count_where("slug = ?", [slug]):
                raise UsageError(f"a shop {slug!r} exists already")
            if _shop_file(self.data_dir, slug).exists():
                raise UsageError(
                    f"shops/{slug}.db is left from an earlier shop; move it away first"
                )
            db.table("shop").insert(row)
        return self.shop(slug)

    def shop(self, slug: str) -> ShopRow:
        """The shop of that slug; UsageError if there is none."""
        row = self._one("SELECT * FROM shop WHERE slug = ?", [slug])
        if row is None:
            raise UsageError(f"unknown shop {slug!r}{_known(self.shops())}")
        return _shop(row)

    def shop_by_id(self, shop_id: int) -> ShopRow:
        """The shop of that id."""
        row = self._one("SELECT * FROM shop WHERE id = ?", [shop_id])
        if row is None:
            raise UsageError(f"unknown shop {shop_id}")
        return _shop(row)

    def shops(self) -> list[ShopRow]:
        """All shops by slug."""
        return [_shop(row) for row in self._rows("SELECT * FROM shop ORDER BY slug")]

    def set_shop(self, shop: ShopRow, changes: Mapping[str, str]) -> ShopRow:
        """Change reserve, name, domain or cluster; UsageError names what is allowed."""
        checked = {key: _shop_value(key, value) for key, value in changes.items()}
        with self._opened() as db, immediate(db):
            db.table("shop").update(shop.id, checked)
        return self.shop_by_id(shop.id)

    def remove_shop(self, shop: ShopRow) -> None:
        """Remove a shop with its stores, keys, runs, and its file. UsageError while a run is on."""
        with shop_lock(self.data_dir, shop.slug) as free:
            if not free:
                raise UsageError(f"a run of shop {shop.slug} is on; cancel it first")
            with self._opened() as db, immediate(db):
                db.table("shop").delete(shop.id)
            for path in self.shop_file(shop).parent.glob(f"{shop.slug}.db*"):
                path.unlink(missing_ok=True)

    def shop_file(self, shop: ShopRow) -> Path:
        """Where the shop's mirror, ledger and outcomes are."""
        return _shop_file(self.data_dir, shop.slug)

    def add_key(self, shop: ShopRow, key: str, secret: str) -> int:
        """Seal one API key pair; returns its id. UsageError if empty or already there."""
        if not key.strip() or not secret.strip():
            raise UsageError("an API key and its secret are both needed")
        if any(known.key.reveal() == key.strip() for known in self.keys(shop)):
            raise UsageError("this API key is already known for the shop")
        row = {
            "shop_id": shop.id,
            "key": self.vault.seal(key.strip()),
            "secret": self.vault.seal(secret.strip()),
            "added": self.clock.now(),
        }
        with self._opened() as db:
            return int(db.table("api_key").insert(row).last_pk or 0)

    def keys(self, shop: ShopRow) -> list[KeyRow]:
        """The shop's API keys, opened."""
        rows = self._rows("SELECT * FROM api_key WHERE shop_id = ? ORDER BY id", [shop.id])
        return [
            KeyRow(
                row["id"],
                row["shop_id"],
                self.vault.open(row["key"]),
                self.vault.open(row["secret"]),
                row["added"],
            )
            for row in rows
        ]

    def remove_key(self, shop: ShopRow, key_id: int) -> None:
        """Forget one key; UsageError for an unknown one, the last one, or while a run that may be
        using it is on."""
        ids = [key.id for key in self.keys(shop)]
        if key_id not in ids:
            raise UsageError(f"shop {shop.slug} has no key {key_id}; its keys: {_join(ids)}")
        if len(ids) == 1:
            raise UsageError("the last key of a shop cannot be removed; add another one first")
        with shop_lock(self.data_dir, shop.slug) as free:
            if not free:
                raise UsageError(f"a run of shop {shop.slug} is using the key; cancel it first")
            with self._opened() as db:
                db.table("api_key").delete(key_id)

    # -- stores and settings ----------------------------------------------------------------

    def add_store(
        self,
        shop: ShopRow,
        name: str,
        *,
        language: str,
        public: str,
        private: str,
        api_url: str | None = None,
        who: str,
    ) -> StoreRow:
        """A new store with default settings as version 1. If the slug is taken by another shop's
        store, the shop's slug goes in front; UsageError if that is taken too."""
        keys = self._sealed_pair(public, private)
        now = self.clock.now()
        row = {
            "name": name.strip(),
            "shop_id": shop.id,
            "language": checked_language(language),
            "api_url": checked_url(api_url),
            **keys,
            "created": now,
        }
        with self._opened() as db, immediate(db):
            slug = self._free_slug(db, shop, slug_of(name))
            store_id = db.table("store").insert({"slug": slug, **row}).last_pk
            _insert_version(db, int(store_id or 0), 1, Settings.from_values({}), now, who, "")
        return self.store(slug)

    def _free_slug(self, db: Database, shop: ShopRow, slug: str) -> str:
        for candidate in (slug, f"{shop.slug}-{slug}"):
            if not db.table("store").count_where("slug = ?", [candidate]):
                return candidate
        raise UsageError(f"a store {slug!r} exists already")

    def store(self, slug: str) -> StoreRow:
        """The store of that slug; UsageError if there is none."""
        row = self._one("SELECT * FROM store WHERE slug = ?", [slug])
        if row is None:
            raise UsageError(f"unknown store {slug!r}{_known(self.stores())}")
        return StoreRow.of(row)

    def store_by_id(self, store_id: int) -> StoreRow:
        """The store of that id."""
        row = self._one("SELECT * FROM store WHERE id = ?", [store_id])
        if row is None:
            raise UsageError(f"unknown store {store_id}")
        return StoreRow.of(row)

    def stores(self, shop: ShopRow | None = None) -> list[StoreRow]:
        """All stores, or those of one shop, by slug."""
        where, args = ("WHERE shop_id = ?", [shop.id]) if shop else ("", [])
        rows = self._rows(f"SELECT * FROM store {where} ORDER BY slug", args)  # noqa: S608
        return [StoreRow.of(row) for row in rows]

    def remove_store(self, store: StoreRow) -> None:
        """Forget a store with its settings and runs (its ledger is dropped by the caller)."""
        with self._opened() as db, immediate(db):
            db.table("store").delete(store.id)

    def pause(self, store: StoreRow, paused: bool) -> StoreRow:
        """Pause or resume the store's schedule; hours that passed meanwhile are not missed."""
        resumed = "" if paused else ", resumed = :now"
        with self._opened() as db:
            db.conn.execute(
                f"UPDATE store SET paused = :paused{resumed} WHERE id = :id AND paused != :paused",  # noqa: S608
                {"paused": int(paused), "now": self.clock.now(), "id": store.id},
            )
        return self.store_by_id(store.id)

    def clerk_keys(self, store: StoreRow) -> tuple[Secret, Secret]:
        """(public, private) keys of a store, opened."""
        return self.vault.open(store.public_sealed), self.vault.open(store.private_sealed)

    def set_clerk_keys(self, store: StoreRow, public: str, private: str) -> StoreRow:
        """Seal other keys for a store; UsageError if one is empty."""
        with self._opened() as db:
            db.table("store").update(store.id, self._sealed_pair(public, private))
        return self.store_by_id(store.id)

    def _sealed_pair(self, public: str, private: str) -> dict[str, str]:
        if not public.strip() or not private.strip():
            raise UsageError("a public and a private Clerk.io key are both needed")
        seal = self.vault.seal
        return {"public_key": seal(public.strip()), "private_key": seal(private.strip())}

    def settings(self, store: StoreRow, version: int | None = None) -> SettingsVersion:
        """One settings version, the newest if none is named; UsageError for an unknown one."""
        history = self.history(store, version)
        if not history:
            raise UsageError(f"store {store.slug} has no settings version {version}")
        return history[0]

    def history(self, store: StoreRow, version: int | None = None) -> list[SettingsVersion]:
        """Settings versions, newest first."""
        rows = self._rows(
            "SELECT * FROM settings_version WHERE store_id = ? AND version = ifnull(?, version)"
            " ORDER BY version DESC",
            [store.id, version],
        )
        return [
            SettingsVersion(
                row["store_id"],
                row["version"],
                Settings.from_values(orjson.loads(row["values"])),
                row["at"],
                row["who"],
                row["note"],
            )
            for row in rows
        ]

    def settings_versions(self, store: StoreRow, runs: Sequence[int]) -> dict[int, int]:
        """Under which settings version each of these runs was made; other stores' are left out."""
        rows = self._rows(
            "SELECT id, settings_version FROM run WHERE store_id = ?"
            " AND id IN (SELECT value FROM json_each(?))",
            [store.id, orjson.dumps(list(runs)).decode()],
        )
        return {row["id"]: row["settings_version"] for row in rows}

    def save_settings(
        self, store: StoreRow, settings: Settings, *, who: str, note: str
    ) -> SettingsVersion:
        """Append a version; settings that change nothing keep the present one."""
        with self._opened() as db, immediate(db):
            current = self.settings(store)
            if current.settings == settings:
                return current
            version = current.version + 1
            _insert_version(db, store.id, version, settings, self.clock.now(), who, note)
        return self.settings(store)

    # -- runs -------------------------------------------------------------------------------

    def queue_run(
        self,
        store: StoreRow,
        kind: str,
        *,
        trigger: str,
        who: str,
        options: Mapping[str, Any] | None = None,
        plan: str | None = None,
    ) -> RunRow:
        """A queued run; RunActive if the store has one. A held run of the store is superseded."""
        version = self.settings(store).version
        now = self.clock.now()
        row = {
            "store_id": store.id,
            "shop_id": store.shop_id,
            "kind": kind,
            "trigger": trigger,
            "who": who,
            "state": "queued",
            "queued": now,
            "due": now,
            "settings_version": version,
            "plan": plan,
            "options": orjson.dumps(dict(options or {})).decode(),
        }
        with self._opened() as db, immediate(db):
            active = self.active_run(store)
            if active is not None:
                raise RunActive(active.id)
            if kind == "sync":
                self._supersede(db, store, now)
            run_id = int(db.table("run").insert(row).last_pk or 0)
        return self.run(run_id)

    def _supersede(self, db: Database, store: StoreRow, now: float) -> None:
        db.conn.execute(
            "UPDATE run SET state = 'rejected', message = 'superseded', finished = ?"
            " WHERE store_id = ? AND state = 'held'",
            [now, store.id],
        )

    def run(self, run_id: int) -> RunRow:
        """The run of that id; UsageError if there is none."""
        row = self._one(f"{_RUNS} WHERE r.id = ?", [run_id])
        if row is None:
            raise UsageError(f"unknown run {run_id}")
        return _run(row)

    def runs(self, store: StoreRow, *, limit: int = 200) -> list[RunRow]:
        """Runs of a store, newest first."""
        rows = self._rows(
            f"{_RUNS} WHERE r.store_id = ? ORDER BY r.id DESC LIMIT ?", [store.id, limit]
        )
        return [_run(row) for row in rows]

    def find_runs(
        self,
        store: StoreRow | None,
        filters: Mapping[str, Sequence[str]],
        since: float | None,
        limit: int,
        offset: int,
    ) -> tuple[int, list[RunRow]]:
        """How many runs fit, and a page of them, newest first. `filters` names the values that a
        column may have, all if it names none; `since` is unix seconds of queueing."""
        where = "r.store_id = ifnull(?, r.store_id) AND r.queued >= ifnull(?, r.queued)"
        args: list[object] = [store.id if store else None, since]
        for column, values in filters.items():
            if values:
                where += f" AND r.{column} IN (SELECT value FROM json_each(?))"  # noqa: S608
                args.append(orjson.dumps(list(values)).decode())
        total = self._rows(f"SELECT count(*) AS n FROM run r WHERE {where}", args)[0]["n"]  # noqa: S608
        page = f"{_RUNS} WHERE {where} ORDER BY r.id DESC LIMIT ? OFFSET ?"
        return total, [_run(row) for row in self._rows(page, [*args, limit, offset])]

    def active_run(self, store: StoreRow) -> RunRow | None:
        """The store's active run, if any."""
        row = self._one(f"{_RUNS} WHERE r.store_id = ? AND r.state IN ({_ACTIVE})", [store.id])
        return None if row is None else _run(row)

    def queue(self) -> list[QueuedRun]:
        """Every active run by rank, then the longest due."""
        rows = self._rows(f"{_QUEUE} ORDER BY rank, ifnull(r.until, r.due), r.id")
        return [QueuedRun(**{**row, "cancel": bool(row["cancel"])}) for row in rows]

    def update_run(self, run_id: int, changes: Mapping[str, Any]) -> None:
        """Write columns of a run; dicts and lists are stored as JSON."""
        with self._opened() as db:
            db.table("run").update(run_id, {key: _plain(value) for key, value in changes.items()})

    def change_state(
        self, run_id: int, expected: Sequence[str], changes: Mapping[str, Any]
    ) -> RunRow:
        """Write columns if the run is in one of the `expected` states, else UsageError."""
        with self._opened() as db, immediate(db):
            run = self.run(run_id)
            if run.state not in expected:
                raise UsageError(f"run {run_id} is {run.state}, not {' or '.join(expected)}")
            db.table("run").update(run_id, {key: _plain(value) for key, value in changes.items()})
        return self.run(run_id)

    def log(self, run_id: int, level: str, phase: str, message: str) -> None:
        """Append one line to a run's log."""
        row = [run_id, self.clock.now(), level, phase, message]
        with self._opened() as db:
            db.conn.execute(
                "INSERT INTO run_log (run_id, at, level, phase, message) VALUES (?, ?, ?, ?, ?)",
                row,
            )

    def run_log(self, run_id: int) -> list[dict[str, Any]]:
        """A run's log lines in order: at (unix s), level, phase, message."""
        return [
            dict(row)
            for row in self._rows(
                "SELECT at, level, phase, message FROM run_log WHERE run_id = ? ORDER BY id",
                [run_id],
            )
        ]

    def logged_runs(self, *, before: float) -> dict[int, list[int]]:
        """Up to a thousand runs that ended before that time and have log lines, by shop id."""
        found: dict[int, list[int]] = {}
        for row in self._rows(_LOGGED, [before]):
            found.setdefault(row["shop_id"], []).append(row["id"])
        return found

    def forget_logs(self, runs: Sequence[int]) -> None:
        """Forget the log lines of these runs."""
        with self._opened() as db, immediate(db) as conn:
            conn.executemany("DELETE FROM run_log WHERE run_id = ?", [[run] for run in runs])

    def last_logged(self, run_id: int) -> float | None:
        """When a run's last log line was written (unix s)."""
        last = "SELECT at FROM run_log WHERE run_id = ? ORDER BY id DESC LIMIT 1"
        row = self._one(last, [run_id])
        return row["at"] if row else None

    def find_log(
        self,
        run_id: int,
        levels: Sequence[str],
        search: str,
        limit: int,
        offset: int,
        newest_first: bool,
    ) -> tuple[int, list[dict[str, Any]]]:
        """How many lines of a run's log fit, and a page of them: at (unix s), level, phase,
        message."""
        marks = ",".join("?" * len(levels))
        where = f"run_id = ? AND level IN ({marks}) AND instr(folded(message), ?)"
        args = [run_id, *levels, search.strip().casefold()]
        total = self._rows(f"SELECT count(*) AS n FROM run_log WHERE {where}", args)[0]["n"]  # noqa: S608
        order = "DESC" if newest_first else "ASC"
        rows = self._rows(
            f"SELECT at, level, phase, message FROM run_log WHERE {where}"  # noqa: S608
            f" ORDER BY id {order} LIMIT ? OFFSET ?",
            [*args, limit, offset],
        )
        return total, rows

    def audit(self, who: str, action: str, subject: str, detail: str = "") -> None:
        """Note who did what to which shop, store or run."""
        with self._opened() as db:
            db.table("audit").insert(
                {
                    "at": self.clock.now(),
                    "who": who,
                    "action": action,
                    "subject": subject,
                    "detail": detail,
                }
            )

    # -- rows -------------------------------------------------------------------------------

    def _rows(self, sql: str, args: Sequence[object] = ()) -> list[dict[str, Any]]:
        with self._opened() as db:
            return [dict(row) for row in db.query(sql, list(args))]

    def _one(self, sql: str, args: Sequence[object] = ()) -> dict[str, Any] | None:
        rows = self._rows(sql, args)
        return rows[0] if rows else None


class DeskBook:
    """The budgets of API keys in desk.db, shared by worker and command line."""

    def __init__(self, desk: Desk) -> None:
        self._path = desk.path

    def edit(self, key_id: int, change: Callable[[KeyState], T]) -> T:
        """Let `change` alter the key's state in one immediate transaction."""
        with opened(self._path) as db, immediate(db) as conn:
            row = conn.execute("SELECT state FROM budget WHERE key_id = ?", [key_id]).fetchone()
            state = KeyState.from_json(row[0]) if row else KeyState()
            result = change(state)
            conn.execute(
                "INSERT INTO budget (key_id, state) VALUES (?, ?)"
                " ON CONFLICT (key_id) DO UPDATE SET state = excluded.state",
                [key_id, state.to_json()],
            )
        return result


def _shop_file(data_dir: Path, slug: str) -> Path:
    return data_dir / "shops" / f"{slug}.db"


@contextmanager
def shop_lock(data_dir: Path, slug: str) -> Iterator[bool]:
    """Try to hold the shop's OS lock: yields whether this process has it. Whoever advances a
    shop holds it; the system frees it when the process ends, however it ends."""
    path = data_dir / "shops" / f"{slug}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def clean_domain(domain: str) -> str:
    """`https://www.shop.nl/` → `www.shop.nl`; may be empty (the shop's main domain is used)."""
    bare = re.sub(r"^https?://", "", domain.strip().lower()).split("/")[0]
    if bare and not re.fullmatch(r"[a-z0-9äöüß.:-]+", bare):
        raise UsageError(f"domain {domain!r} is not a host name like www.shop.nl")
    return bare


def checked_cluster(cluster: str) -> str:
    """The cluster's name; UsageError for an unknown one."""
    if cluster not in ("eu1", "us1"):
        raise UsageError(f"cluster {cluster!r} is not known; allowed: eu1, us1")
    return cluster


def checked_language(language: str) -> str:
    """The language's code; UsageError if it is not one of a shop."""
    if not re.fullmatch(r"[a-z]{2}", language):
        raise UsageError(f"language {language!r} is not a two-letter shop language like nl")
    return language


def checked_url(url: str | None) -> str | None:
    """An --api-url without its trailing slash; plain http is for loopback only."""
    if url is None or not url.strip():
        return None
    match = re.fullmatch(r"(https?)://(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d+)?/*", url.strip())
    if not match:
        raise UsageError(f"--api-url {url!r} is not a scheme and host like https://host:port")
    loopback = match[2] in ("127.0.0.1", "localhost", "[::1]") or match[2].startswith("127.")
    if match[1] == "http" and not loopback:
        raise UsageError("--api-url with plain http is for loopback only")
    return url.strip().rstrip("/")


def _shop_value(key: str, value: str) -> str | int:
    if key == "reserve":
        if not re.fullmatch(r"\d{1,2}", value) or int(value) > 90:
            raise UsageError("reserve: a percentage from 0 to 90")
        return int(value)
    if key == "name" and value.strip():
        return value.strip()
    if key == "domain":
        return clean_domain(value)
    if key == "cluster" and value in ("eu1", "us1"):
        return value
    if key in ("name", "cluster"):
        raise UsageError(f"{key}: {value!r} is not allowed")
    raise UsageError(f"unknown shop setting {key!r}; allowed: reserve, name, domain, cluster")


def _insert_version(
    db: Database, store_id: int, version: int, settings: Settings, at: float, who: str, note: str
) -> None:
    db.table("settings_version").insert(
        {
            "store_id": store_id,
            "version": version,
            "values": orjson.dumps(settings.values()).decode(),
            "at": at,
            "who": who,
            "note": note,
        }
    )


_RUNS = (
    'SELECT r.*, v."values" AS settings FROM run r'
    " JOIN settings_version v ON v.store_id = r.store_id AND v.version = r.settings_version"
)
_ACTIVE = ", ".join(f"'{state}'" for state in ACTIVE)
_QUEUE = f"""
SELECT r.id, r.shop_id, h.slug AS shop, r.state, r.phase, r.until, r.cancel,
  json_extract(r.progress, '$.wait_from') AS wait_from,
  (r.trigger = 'schedule' OR r.phase = 'lines') AS rank
FROM run r JOIN shop h ON h.id = r.shop_id WHERE r.state IN ({_ACTIVE})
"""  # noqa: S608
_LOGGED = """
SELECT id, shop_id FROM run WHERE id >= (SELECT min(run_id) FROM run_log) AND finished < ?
  AND EXISTS (SELECT 1 FROM run_log l WHERE l.run_id = run.id) ORDER BY id LIMIT 1000
"""
_JSON = ("options", "progress", "books", "calls", "errors", "holds")


def _run(row: Mapping[str, Any]) -> RunRow:
    values = dict(row)
    for name in _JSON:
        values[name] = orjson.loads(values[name])
    values["settings"] = Settings.from_values(orjson.loads(values["settings"]))
    values["cancel"] = bool(values["cancel"])
    return RunRow(**values)


def _shop(row: Mapping[str, Any]) -> ShopRow:
    values = {name: row[name] for name in ShopRow.__slots__}
    return ShopRow(**{**values, "demo": bool(row["demo"])})


def _plain(value: object) -> object:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return int(value) if isinstance(value, bool) else value


def _known(rows: Sequence[ShopRow] | Sequence[StoreRow]) -> str:
    return f"; known: {_join([row.slug for row in rows])}" if rows else "; there is none yet"


def _join(items: Sequence[object]) -> str:
    return ", ".join(str(item) for item in items)
