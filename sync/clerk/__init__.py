"""The destination: Clerk.io's API, and what it confirmed."""

from sync.clerk.answers import (
    ClerkDown,
    ClerkError,
    ClerkRefused,
    ClerkRejected,
    Problem,
    Stopped,
)
from sync.clerk.batches import Confirmed, Record, RecordFailed, WriteResult
from sync.clerk.client import ClerkClient, clerk_url
from sync.clerk.likeness import differences, fingerprint

__all__ = [
    "ClerkClient",
    "ClerkDown",
    "ClerkError",
    "ClerkRefused",
    "ClerkRejected",
    "Confirmed",
    "Problem",
    "Record",
    "RecordFailed",
    "Stopped",
    "WriteResult",
    "clerk_url",
    "differences",
    "fingerprint",
]
