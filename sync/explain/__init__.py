"""One record's whole story: found by any name, decided, what would change it, and over time."""

from sync.explain.cures import PERIODS
from sync.explain.deciding import decision, kind_named, whole_payload
from sync.explain.documents import Drifted, InClerk, NotRead, Refusal, Removed, Story, Warned
from sync.explain.events import timeline
from sync.explain.everywhere import Anything, anything
from sync.explain.evidence import (
    Evidence,
    FreeEvidence,
    OrderEvidence,
    ParentEvidence,
    VariantEvidence,
    evidence_lines,
    evidence_of,
    rightly_left_out,
)
from sync.explain.matching import lookup
from sync.explain.missing import Searched, Why, searched
from sync.explain.notices import warning_text, warnings
from sync.explain.story import clerk_state, explain, explain_whole
from sync.explain.ways import Way, brings, smallest, would_include
from sync.explain.wording import changes_text, drifted, in_utc, sentence, verdict

__all__ = [
    "PERIODS",
    "Anything",
    "Drifted",
    "Evidence",
    "FreeEvidence",
    "InClerk",
    "NotRead",
    "OrderEvidence",
    "ParentEvidence",
    "Refusal",
    "Removed",
    "Searched",
    "Story",
    "VariantEvidence",
    "Warned",
    "Way",
    "Why",
    "anything",
    "brings",
    "changes_text",
    "clerk_state",
    "decision",
    "drifted",
    "evidence_lines",
    "evidence_of",
    "explain",
    "explain_whole",
    "in_utc",
    "kind_named",
    "lookup",
    "rightly_left_out",
    "searched",
    "sentence",
    "smallest",
    "timeline",
    "verdict",
    "warning_text",
    "warnings",
    "whole_payload",
    "would_include",
]
