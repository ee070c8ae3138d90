"""The source: reading a Lightspeed eCom shop within the budget of its keys."""

from sync.lightspeed.answers import (
    Blocked,
    KeyRefused,
    LightspeedDown,
    LightspeedError,
    NoPermission,
    NoSuchLanguage,
    NotFound,
    Rejected,
    Stopped,
    Unreadable,
)
from sync.lightspeed.budget import Booking, Budget, BudgetBook, KeyState, MemoryBook, Spent
from sync.lightspeed.client import LightspeedClient
from sync.lightspeed.keyring import CLUSTERS, Key

__all__ = [
    "CLUSTERS",
    "Blocked",
    "Booking",
    "Budget",
    "BudgetBook",
    "Key",
    "KeyRefused",
    "KeyState",
    "LightspeedClient",
    "LightspeedDown",
    "LightspeedError",
    "MemoryBook",
    "NoPermission",
    "NoSuchLanguage",
    "NotFound",
    "Rejected",
    "Spent",
    "Stopped",
    "Unreadable",
]
