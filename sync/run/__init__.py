"""Runs: what a sync would do, asking for one, and advancing it piece by piece."""

from sync.run.documents import preview, report, waiting_document
from sync.run.requests import (
    approve,
    cancel,
    change_settings,
    check_shop,
    reject,
    remove_store,
    request,
    take_over,
)
from sync.run.session import (
    Cancelled,
    Done,
    Failed,
    Held,
    More,
    Result,
    Session,
    StalePlan,
    Wait,
    settle,
)

__all__ = [
    "Cancelled",
    "Done",
    "Failed",
    "Held",
    "More",
    "Result",
    "Session",
    "StalePlan",
    "Wait",
    "approve",
    "cancel",
    "change_settings",
    "check_shop",
    "preview",
    "reject",
    "remove_store",
    "report",
    "request",
    "settle",
    "take_over",
    "waiting_document",
]
