"""The loop that drives runs, in the foreground or as a worker, and the schedule's ticking.

The run table is the queue. Whoever advances a shop holds its OS lock, and nothing else: a run that
is `running` while its lock is free is dead and is claimed again.
"""

from sync.engine.claiming import MOST_DEATHS, claim, hand_back, is_due
from sync.engine.foreground import Progress, drive, follow
from sync.engine.serving import assist, work, worker_alive, worker_lock
from sync.engine.upkeep import (
    AT_ONCE,
    HISTORY_DAYS,
    KEEP_DAYS,
    forget_old,
    history_days,
    keep_days,
    queue_due,
    queue_if_due,
)

__all__ = [
    "AT_ONCE",
    "HISTORY_DAYS",
    "KEEP_DAYS",
    "MOST_DEATHS",
    "Progress",
    "assist",
    "claim",
    "drive",
    "follow",
    "forget_old",
    "hand_back",
    "history_days",
    "is_due",
    "keep_days",
    "queue_due",
    "queue_if_due",
    "work",
    "worker_alive",
    "worker_lock",
]
