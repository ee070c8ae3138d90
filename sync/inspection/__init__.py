"""What Clerk.io really holds: asked before the first plan, sampled after a run, compared whole."""

from sync.inspection.adoption import adopt, calls_for, calls_to_ask, unasked
from sync.inspection.comparing import compare, comparison
from sync.inspection.inspector import Inspector
from sync.inspection.patrol import Alike, Beat, Patrol, Piece, alike, summary
from sync.inspection.readback import calls_to_read_back, verify

__all__ = [
    "Alike",
    "Beat",
    "Inspector",
    "Patrol",
    "Piece",
    "adopt",
    "alike",
    "calls_for",
    "calls_to_ask",
    "calls_to_read_back",
    "compare",
    "comparison",
    "summary",
    "unasked",
    "verify",
]
