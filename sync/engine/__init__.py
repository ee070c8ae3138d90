"""The loop that drives runs in the foreground, and what is forgotten with time. What only a worker
does is for whoever is one: its loop is in `serving`, the schedule's ticking in `upkeep`.

The run table is the queue. Whoever advances a shop holds its OS lock, and nothing else: a run that
is `running` while its lock is free is dead and is claimed again.
"""

from sync.engine.claiming import MOST_DEATHS, claim, hand_back, is_due
from sync.engine.foreground import Progress, drive, follow
from sync.engine.retention import Kept, forget_old, forget_what_is_old, kept

__all__ = [
    "MOST_DEATHS",
    "Kept",
    "Progress",
    "claim",
    "drive",
    "follow",
    "forget_old",
    "forget_what_is_old",
    "hand_back",
    "is_due",
    "kept",
]
