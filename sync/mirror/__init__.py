"""The local copy of one shop, and finding a record in it."""

from sync.mirror.file import Mirror, migrate_shop, revision, unpacked
from sync.mirror.find import find

__all__ = ["Mirror", "find", "migrate_shop", "revision", "unpacked"]
