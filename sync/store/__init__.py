"""The desk database: shops, keys, stores, settings versions, runs, their log, the audit trail."""

from sync.store.alerts import DIGESTS, Alert, Concerned, Due, Key, Known, Pace, Target
from sync.store.audit import Chain, Entry
from sync.store.budgets import DeskBook
from sync.store.checks import (
    STORE_OPTIONS,
    URL_LANGUAGES,
    checked_cluster,
    checked_language,
    checked_url,
    clean_domain,
    shop_value,
    slug_of,
)
from sync.store.desk import Desk
from sync.store.environ import data_folder, whoami
from sync.store.errors import Forbidden, Gone, KeysFailed, Refused, RunActive, UsageError
from sync.store.files import (
    close_to_others,
    is_locked,
    lock_path,
    os_lock,
    shop_lock,
    stored_bytes,
    worker_alive,
)
from sync.store.key_checks import KeyCheck
from sync.store.outages import Outage
from sync.store.patrols import Patrolled
from sync.store.queue import SET_BACK
from sync.store.rows import (
    TRIGGERS,
    DraftRow,
    KeyRow,
    QueuedRun,
    RunRow,
    SettingsVersion,
    ShopRow,
    StoredKey,
    StoreRow,
)
from sync.store.searched import SORTS, Wanted
from sync.store.states import (
    ACTIVE,
    AT_REST,
    MADE_NO_WAY,
    SUPERSEDED,
    TERMINAL,
    Ending,
    State,
    ended,
    in_sql,
)
from sync.store.stores import FoundStore

__all__ = [
    "ACTIVE",
    "AT_REST",
    "DIGESTS",
    "MADE_NO_WAY",
    "SET_BACK",
    "SORTS",
    "STORE_OPTIONS",
    "SUPERSEDED",
    "TERMINAL",
    "TRIGGERS",
    "URL_LANGUAGES",
    "Alert",
    "Chain",
    "Concerned",
    "Desk",
    "DeskBook",
    "DraftRow",
    "Due",
    "Ending",
    "Entry",
    "Forbidden",
    "FoundStore",
    "Gone",
    "Key",
    "KeyCheck",
    "KeyRow",
    "KeysFailed",
    "Known",
    "Outage",
    "Pace",
    "Patrolled",
    "QueuedRun",
    "Refused",
    "RunActive",
    "RunRow",
    "SettingsVersion",
    "ShopRow",
    "State",
    "StoreRow",
    "StoredKey",
    "Target",
    "UsageError",
    "Wanted",
    "checked_cluster",
    "checked_language",
    "checked_url",
    "clean_domain",
    "close_to_others",
    "data_folder",
    "ended",
    "in_sql",
    "is_locked",
    "lock_path",
    "os_lock",
    "shop_lock",
    "shop_value",
    "slug_of",
    "stored_bytes",
    "whoami",
    "worker_alive",
]
