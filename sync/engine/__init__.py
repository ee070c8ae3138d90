"""The loop that drives runs, in the foreground or as a worker, and the schedule's ticking.

The run table is the queue. Whoever advances a shop holds its OS lock, and nothing else: a run that
is `running` while its lock is free is dead and is claimed again.
"""

from sync.engine.claiming import MOST_DEATHS, claim, hand_back, is_due
from sync.engine.foreground import Progress, drive, follow
from sync.engine.retention import Kept, forget_old, forget_what_is_old, kept
from sync.engine.serving import assist, work, worker_alive, worker_lock
from sync.engine.upkeep import (
    AT_ONCE,
    queue_due,
    queue_if_due,
)

__all__ = [
    "AT_ONCE",
    "MOST_DEATHS",
    "Kept",
    "Progress",
    "assist",
    "claim",
    "drive",
    "follow",
    "forget_old",
    "forget_what_is_old",
    "hand_back",
    "is_due",
    "kept",
    "queue_due",
    "queue_if_due",
    "work",
    "worker_alive",
    "worker_lock",
]
