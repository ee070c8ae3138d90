"""Answers to what a support person asks of many records at once."""

from sync.answers.bring_back import BroughtBack, brings_back
from sync.answers.dimensions import values
from sync.answers.known_problems import Problem, problems
from sync.answers.life import lifeline
from sync.answers.merchant import MerchantAnswer, merchant_answer
from sync.answers.merchant_page import report
from sync.answers.merchant_sets import answer_for_run, answer_for_set
from sync.answers.past import (
    Event,
    HeldEntity,
    HeldThen,
    Leaving,
    bisect,
    export_held,
    held,
    held_lines,
    held_records,
    known_since,
    record_history,
    source_named,
)
from sync.answers.patrolled import Differing, PatrolReport, patrol_report
from sync.answers.patterns import Contrast, Pattern, contrast
from sync.answers.revenue import sales
from sync.answers.sets import Chosen, by_action, by_reason, changed_by, failed_in, gone_since, shown
from sync.answers.two_runs import MovedRecord, TwoRuns, compare
from sync.answers.unfilled import Lacking, lacking
from sync.answers.wording import pattern_sentence, shown_value, what_is_different
from sync.plan.sales import Sold, sold

__all__ = [
    "BroughtBack",
    "Chosen",
    "Contrast",
    "Differing",
    "Event",
    "HeldEntity",
    "HeldThen",
    "Lacking",
    "Leaving",
    "MerchantAnswer",
    "MovedRecord",
    "PatrolReport",
    "Pattern",
    "Problem",
    "Sold",
    "TwoRuns",
    "answer_for_run",
    "answer_for_set",
    "bisect",
    "brings_back",
    "by_action",
    "by_reason",
    "changed_by",
    "compare",
    "contrast",
    "export_held",
    "failed_in",
    "gone_since",
    "held",
    "held_lines",
    "held_records",
    "known_since",
    "lacking",
    "lifeline",
    "merchant_answer",
    "patrol_report",
    "pattern_sentence",
    "problems",
    "record_history",
    "report",
    "sales",
    "shown",
    "shown_value",
    "sold",
    "source_named",
    "values",
    "what_is_different",
]
