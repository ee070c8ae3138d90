"""Rules and mapping held against the ledger: what a sync would do now."""

from sync.plan.build import Counts, Plan, build, count, plan_of, record_line
from sync.plan.case import Case, case_of
from sync.plan.decide import decide, tally
from sync.plan.decision import Decision
from sync.plan.orders import arrived_orders, decide_order, pending_orders

__all__ = [
    "Case",
    "Counts",
    "Decision",
    "Plan",
    "arrived_orders",
    "build",
    "case_of",
    "count",
    "decide",
    "decide_order",
    "pending_orders",
    "plan_of",
    "record_line",
    "tally",
]
