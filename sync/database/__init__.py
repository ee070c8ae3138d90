"""SQLite as the house uses it: connections for one operation, kept for the next; immediate
transactions; schemas."""

from sync.database.connections import (
    MOST_IDLE,
    Database,
    Scope,
    as_of_now,
    connect,
    damage,
    folded,
    immediate,
    kept,
    opened,
    sharing,
    unkept,
)
from sync.database.driver import (
    loses_pages,
    sqlite3,
)
from sync.database.faults import (
    StorageError,
    in_words,
    is_writable,
    message_of,
    worded,
)
from sync.database.migrations import (
    Migrations,
    migrate,
    script,
)
from sync.database.moments import written_at
from sync.database.snapshots import snapshot, snapshot_apart
from sync.database.wiping import wipe

__all__ = [
    "MOST_IDLE",
    "Database",
    "Migrations",
    "Scope",
    "StorageError",
    "as_of_now",
    "connect",
    "damage",
    "folded",
    "immediate",
    "in_words",
    "is_writable",
    "kept",
    "loses_pages",
    "message_of",
    "migrate",
    "opened",
    "script",
    "sharing",
    "snapshot",
    "snapshot_apart",
    "sqlite3",
    "unkept",
    "wipe",
    "worded",
    "written_at",
]
