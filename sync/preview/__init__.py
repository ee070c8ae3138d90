"""A plan as pages read it: its rows, one record, the effect of a draft, what settings cost."""

from sync.preview.cache import PlanGone
from sync.preview.costs import hour_fit, metafield_calls, order_costs, sample_image
from sync.preview.effect import effect
from sync.preview.exports import as_csv, as_ndjson
from sync.preview.plans import Prepared, prepared
from sync.preview.record import record
from sync.preview.rows import Rows, facets, rows, waterfall

__all__ = [
    "PlanGone",
    "Prepared",
    "Rows",
    "as_csv",
    "as_ndjson",
    "effect",
    "facets",
    "hour_fit",
    "metafield_calls",
    "order_costs",
    "prepared",
    "record",
    "rows",
    "sample_image",
    "waterfall",
]
