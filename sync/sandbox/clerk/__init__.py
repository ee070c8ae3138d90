"""The Clerk.io stand-in: its server, and what it has been sent."""

from sync.sandbox.clerk.server import clerk_app
from sync.sandbox.clerk.stores import (
    Request,
    Switches,
    add_store,
    counts,
    deindexed,
    deleted,
    forgotten,
    lose,
    objects,
    overwrite,
    requests,
    revoke,
    rival_sync,
    set_switches,
    switches,
)

__all__ = [
    "Request",
    "Switches",
    "add_store",
    "clerk_app",
    "counts",
    "deindexed",
    "deleted",
    "forgotten",
    "lose",
    "objects",
    "overwrite",
    "requests",
    "revoke",
    "rival_sync",
    "set_switches",
    "switches",
]
