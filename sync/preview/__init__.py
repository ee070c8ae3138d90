"""A plan as pages read it: its rows, one record, the effect of a draft, what settings cost."""

from sync.preview.blame import Blamed, blamed
from sync.preview.cache import PlanGone
from sync.preview.costs import (
    HourFit,
    OrderCost,
    hour_fit,
    metafield_calls,
    order_costs,
    sample_image,
)
from sync.preview.effects import Blame, Effect, effect
from sync.preview.exports import as_csv, as_ndjson
from sync.preview.listing import Facets, Rows, facets, moved, rows, waterfall
from sync.preview.moves import Moves
from sync.preview.plans import Prepared, prepared
from sync.preview.steps import Step
from sync.preview.whole_record import Field, Record, record
from sync.preview.why import whys

__all__ = [
    "Blame",
    "Blamed",
    "Effect",
    "Facets",
    "Field",
    "HourFit",
    "Moves",
    "OrderCost",
    "PlanGone",
    "Prepared",
    "Record",
    "Rows",
    "Step",
    "as_csv",
    "as_ndjson",
    "blamed",
    "effect",
    "facets",
    "hour_fit",
    "metafield_calls",
    "moved",
    "order_costs",
    "prepared",
    "record",
    "rows",
    "sample_image",
    "waterfall",
    "whys",
]
