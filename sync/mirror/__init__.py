"""The local copy of one shop, and finding a record in it."""

from sync.mirror.file import Mirror, migrate_shop
from sync.mirror.find import find, matches, title_of
from sync.mirror.packing import revision, unpacked
from sync.mirror.titles import title_sql

__all__ = [
    "Mirror",
    "find",
    "matches",
    "migrate_shop",
    "revision",
    "title_of",
    "title_sql",
    "unpacked",
]
