"""The local copy of one shop, and finding a record in it."""

from sync.mirror.file import Mirror
from sync.mirror.finding import find, matches, title_of
from sync.mirror.odd import OddValue
from sync.mirror.orders import UNCOUNTED, UNPRICED, UNPRICED_ON
from sync.mirror.packing import revision, unpacked
from sync.mirror.raw_pages import drop_raw_pages, raw_product
from sync.mirror.records import rows_sql, title_sql
from sync.mirror.unusable import OddRow

__all__ = [
    "UNCOUNTED",
    "UNPRICED",
    "UNPRICED_ON",
    "Mirror",
    "OddRow",
    "OddValue",
    "drop_raw_pages",
    "find",
    "matches",
    "raw_product",
    "revision",
    "rows_sql",
    "title_of",
    "title_sql",
    "unpacked",
]
