"""Answers to what a support person asks of many records at once."""

from sync.answers.dimensions import values
from sync.answers.known_problems import Problem, problems
from sync.answers.life import lifeline
from sync.answers.merchant import MerchantAnswer, merchant_answer
from sync.answers.merchant_page import report
from sync.answers.money import Sold, sold
from sync.answers.past import Event, HeldThen, Leaving, bisect, held, held_records, record_history
from sync.answers.patterns import Contrast, Pattern, contrast
from sync.answers.sets import Chosen, by_action, by_reason, changed_by, failed_in, gone_since, shown
from sync.answers.two_runs import TwoRuns, compare
from sync.answers.wording import pattern_sentence, shown_value, what_is_different

__all__ = [
    "Chosen",
    "Contrast",
    "Event",
    "HeldThen",
    "Leaving",
    "MerchantAnswer",
    "Pattern",
    "Problem",
    "Sold",
    "TwoRuns",
    "bisect",
    "by_action",
    "by_reason",
    "changed_by",
    "compare",
    "contrast",
    "failed_in",
    "gone_since",
    "held",
    "held_records",
    "lifeline",
    "merchant_answer",
    "pattern_sentence",
    "problems",
    "record_history",
    "report",
    "shown",
    "shown_value",
    "sold",
    "values",
    "what_is_different",
]
