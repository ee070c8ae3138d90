"""The desk database: shops, keys, stores, settings versions, runs, their log, the audit trail."""

from sync.store.budgets import DeskBook
from sync.store.checks import (
    URL_LANGUAGES,
    checked_cluster,
    checked_language,
    checked_url,
    clean_domain,
    slug_of,
)
from sync.store.desk import Desk
from sync.store.environ import data_folder, whoami
from sync.store.errors import Gone, Refused, RunActive, UsageError
from sync.store.files import is_locked, os_lock, shop_lock, worker_alive
from sync.store.outages import Outage
from sync.store.rows import (
    ACTIVE,
    STATES,
    TERMINAL,
    TRIGGERS,
    Ending,
    KeyRow,
    QueuedRun,
    RunRow,
    SettingsVersion,
    ShopRow,
    StoreRow,
)

__all__ = [
    "ACTIVE",
    "STATES",
    "TERMINAL",
    "TRIGGERS",
    "URL_LANGUAGES",
    "Desk",
    "DeskBook",
    "Ending",
    "Gone",
    "KeyRow",
    "Outage",
    "QueuedRun",
    "Refused",
    "RunActive",
    "RunRow",
    "SettingsVersion",
    "ShopRow",
    "StoreRow",
    "UsageError",
    "checked_cluster",
    "checked_language",
    "checked_url",
    "clean_domain",
    "data_folder",
    "is_locked",
    "os_lock",
    "shop_lock",
    "slug_of",
    "whoami",
    "worker_alive",
]
