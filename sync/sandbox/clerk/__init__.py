"""The Clerk.io stand-in: its server, and what it has been sent."""

from sync.sandbox.clerk.server import clerk_app
from sync.sandbox.clerk.stores import (
    Request,
    Switches,
    add_store,
    counts,
    deindexed,
    deleted,
    objects,
    requests,
    revoke,
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
    "objects",
    "requests",
    "revoke",
    "set_switches",
    "switches",
]
