"""The destination: Clerk.io's API, and what it confirmed."""

from sync.clerk.answers import (
    ClerkDown,
    ClerkError,
    ClerkRefused,
    ClerkRejected,
    Problem,
    Stopped,
)
from sync.clerk.batches import Confirmed, Failed, Record, WriteResult
from sync.clerk.client import ClerkClient, clerk_url
from sync.clerk.likeness import differences, fingerprint

__all__ = [
    "ClerkClient",
    "ClerkDown",
    "ClerkError",
    "ClerkRefused",
    "ClerkRejected",
    "Confirmed",
    "Failed",
    "Problem",
    "Record",
    "Stopped",
    "WriteResult",
    "clerk_url",
    "differences",
    "fingerprint",
]
