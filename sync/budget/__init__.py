"""Pacing: how many calls an API key has left, from the last headers less what is in flight.

Lightspeed counts calls per API key in three fixed windows, told in the triples X-RateLimit-Limit,
-Remaining and -Reset (5 minutes, hour, day; Reset in seconds), and allows 20 calls a second. A call
is booked before it is made, and its result recorded when its answer is there, in a book that all
processes share; so no window is overrun and no 429 provoked, whoever else works with the same keys
here.

Sources: headers of live answers that open clients have published, the Java client's transcript of
the documentation, and Lightspeed's announcement of the limit a second (in force since November
2021). Limits differ from key to key, so that none but the last is a constant here.
"""

from sync.budget.books import BudgetBook, MemoryBook
from sync.budget.calls import WINDOWS, Booking, Reading, Result, Spent, read_headers
from sync.budget.pacing import Budget
from sync.budget.windows import KeyState, Window

__all__ = [
    "WINDOWS",
    "Booking",
    "Budget",
    "BudgetBook",
    "KeyState",
    "MemoryBook",
    "Reading",
    "Result",
    "Spent",
    "Window",
    "read_headers",
]
