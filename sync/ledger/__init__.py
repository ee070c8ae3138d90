"""What Clerk.io has confirmed, and the journal of runs: phases, outbox, outcomes, books, calls.

It lives in the shop's own file, so that a batch with its ledger rows and outcomes, or a page with
its cursor, is one transaction.
"""

from sync.ledger.confirmed import (
    LOST,
    SEEN,
    Attempt,
    Entry,
    Ledger,
    shown_title,
    title_in_clerk,
)
from sync.ledger.drift import Difference, Drift, Held
from sync.ledger.filled import RECORDS, Filled, filled_fields, moved_by
from sync.ledger.findings import Findings
from sync.ledger.history import History, Line, drop_values, forget_history, past_payloads
from sync.ledger.journal import Journal, forget_outcomes
from sync.ledger.outbox import OutboxRow, split_reasons
from sync.ledger.outcomes import OUTCOMES, Outcome, balanced, failures, told_apart
from sync.ledger.patrol import Found, PatrolBook, Round, called

__all__ = [
    "LOST",
    "OUTCOMES",
    "RECORDS",
    "SEEN",
    "Attempt",
    "Difference",
    "Drift",
    "Entry",
    "Filled",
    "Findings",
    "Found",
    "Held",
    "History",
    "Journal",
    "Ledger",
    "Line",
    "OutboxRow",
    "Outcome",
    "PatrolBook",
    "Round",
    "balanced",
    "called",
    "drop_values",
    "failures",
    "filled_fields",
    "forget_history",
    "forget_outcomes",
    "moved_by",
    "past_payloads",
    "shown_title",
    "split_reasons",
    "title_in_clerk",
    "told_apart",
]
