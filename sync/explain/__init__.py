"""One record's whole story: found by any name, decided, what would change it, and over time."""

from sync.explain.documents import Drifted, InClerk, NotRead, Removed, Story, Warned
from sync.explain.lookup import lookup
from sync.explain.sentence import changes_text, drifted, sentence
from sync.explain.story import (
    PERIODS,
    clerk_state,
    decision,
    explain,
    kind_named,
    whole_payload,
    would_include,
)
from sync.explain.timeline import timeline
from sync.explain.warnings import warning_text, warnings

__all__ = [
    "PERIODS",
    "Drifted",
    "InClerk",
    "NotRead",
    "Removed",
    "Story",
    "Warned",
    "changes_text",
    "clerk_state",
    "decision",
    "drifted",
    "explain",
    "kind_named",
    "lookup",
    "sentence",
    "timeline",
    "warning_text",
    "warnings",
    "whole_payload",
    "would_include",
]
