"""Answers to what a support person asks of many records at once."""

from sync.answers.dimensions import values
from sync.answers.patterns import Contrast, Pattern, contrast
from sync.answers.sets import Chosen, by_action, by_reason, changed_by, failed_in, gone_since
from sync.answers.wording import pattern_sentence, shown_value, what_is_different

__all__ = [
    "Chosen",
    "Contrast",
    "Pattern",
    "by_action",
    "by_reason",
    "changed_by",
    "contrast",
    "failed_in",
    "gone_since",
    "pattern_sentence",
    "shown_value",
    "values",
    "what_is_different",
]
