"""A plan as pages read it: its rows, one record, the effect of a draft, what settings cost."""

from sync.preview.cache import PlanGone
from sync.preview.effect import effect
from sync.preview.plans import Prepared, prepared
from sync.preview.record import record
from sync.preview.rows import Rows, facets, rows, waterfall

__all__ = [
    "PlanGone",
    "Prepared",
    "Rows",
    "effect",
    "facets",
    "prepared",
    "record",
    "rows",
    "waterfall",
]
