"""A plan as pages read it: its rows, one record, the effect of a draft, what settings cost."""

from sync.preview.blame import Blame, Blamed, blamed
from sync.preview.cache import PlanGone
from sync.preview.costs import (
    HourFit,
    OrderCost,
    hour_fit,
    metafield_calls,
    order_costs,
    sample_image,
)
from sync.preview.effects import Effect, effect
from sync.preview.exports import as_csv, as_ndjson, as_sheet
from sync.preview.flows import Flow, FlowPart, flow
from sync.preview.listing import Facets, Rows, facets, moved, rows
from sync.preview.moves import Moves
from sync.preview.plans import Prepared, prepared
from sync.preview.whole_record import Field, Record, record, reveal
from sync.preview.why import Reader, whys

__all__ = [
    "Blame",
    "Blamed",
    "Effect",
    "Facets",
    "Field",
    "Flow",
    "FlowPart",
    "HourFit",
    "Moves",
    "OrderCost",
    "PlanGone",
    "Prepared",
    "Reader",
    "Record",
    "Rows",
    "as_csv",
    "as_ndjson",
    "as_sheet",
    "blamed",
    "effect",
    "facets",
    "flow",
    "hour_fit",
    "metafield_calls",
    "moved",
    "order_costs",
    "prepared",
    "record",
    "reveal",
    "rows",
    "sample_image",
    "whys",
]
