"""Rules and mapping held against the ledger: what a sync would do now."""

from sync.plan.alike import AlikeOrder, AlikeOrders
from sync.plan.counts import Counts
from sync.plan.deciders import count_groups, decide
from sync.plan.decision import FORGOTTEN, Decision
from sync.plan.inputs import PlanInputs, inputs_of
from sync.plan.left_out import if_sent
from sync.plan.orders import arrived_orders, decide_each_order, decide_order, pending_orders
from sync.plan.otherwise import decided_otherwise
from sync.plan.plan import Plan, begun, build, count, count_alike, plan_of, record_line
from sync.plan.sales import Sold, known_sales, sold

__all__ = [
    "FORGOTTEN",
    "AlikeOrder",
    "AlikeOrders",
    "Counts",
    "Decision",
    "Plan",
    "PlanInputs",
    "Sold",
    "arrived_orders",
    "begun",
    "build",
    "count",
    "count_alike",
    "count_groups",
    "decide",
    "decide_each_order",
    "decide_order",
    "decided_otherwise",
    "if_sent",
    "inputs_of",
    "known_sales",
    "pending_orders",
    "plan_of",
    "record_line",
    "sold",
]
