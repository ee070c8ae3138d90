"""Runs: what a sync would do, asking for one, and advancing it piece by piece."""

from sync.run.answers import Cancelled, Done, Failed, Held, More, Result, StalePlan, Wait
from sync.run.burning import Burndown, WindowBurn, burndown
from sync.run.calendar import DAYS, Day, course, days, efforts, ranges
from sync.run.documents import Report, Waiting, proof, report
from sync.run.endings import end
from sync.run.fills import Field, Rates, Unusual, fill_rates, unusual_now
from sync.run.foretold import Gap, Predicted, predicted
from sync.run.history import compare_settings, handed_out_log, log_lines
from sync.run.listing import Listed, list_runs, searched, took
from sync.run.live import Phase, Progress, phase_times, phases, progress
from sync.run.previews import EntityPlan, NeverRead, Preview, preview
from sync.run.promises import change_options, note_freshness
from sync.run.records import export_outcomes, hold_rows, outcome_counts, outcomes
from sync.run.requests import (
    approve,
    cancel,
    change_settings,
    fixed_settings,
    queue_instead,
    reject,
    remove_store,
    request,
    save_changes,
)
from sync.run.results import record_result
from sync.run.session import Session
from sync.run.wrong import Wrong, still_failing, went_wrong, wrong_records

__all__ = [
    "DAYS",
    "Burndown",
    "Cancelled",
    "Day",
    "Done",
    "EntityPlan",
    "Failed",
    "Field",
    "Gap",
    "Held",
    "Listed",
    "More",
    "NeverRead",
    "Phase",
    "Predicted",
    "Preview",
    "Progress",
    "Rates",
    "Report",
    "Result",
    "Session",
    "StalePlan",
    "Unusual",
    "Wait",
    "Waiting",
    "WindowBurn",
    "Wrong",
    "approve",
    "burndown",
    "cancel",
    "change_options",
    "change_settings",
    "compare_settings",
    "course",
    "days",
    "efforts",
    "end",
    "export_outcomes",
    "fill_rates",
    "fixed_settings",
    "handed_out_log",
    "hold_rows",
    "list_runs",
    "log_lines",
    "note_freshness",
    "outcome_counts",
    "outcomes",
    "phase_times",
    "phases",
    "predicted",
    "preview",
    "progress",
    "proof",
    "queue_instead",
    "ranges",
    "record_result",
    "reject",
    "remove_store",
    "report",
    "request",
    "save_changes",
    "searched",
    "settings_conflicts",
    "still_failing",
    "took",
    "unusual_now",
    "went_wrong",
    "wrong_records",
]
