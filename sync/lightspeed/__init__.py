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
from sync.lightspeed.client import LightspeedClient
from sync.lightspeed.keyring import CLUSTERS, Key

__all__ = [
    "CLUSTERS",
    "Blocked",
    "Key",
    "KeyRefused",
    "LightspeedClient",
    "LightspeedDown",
    "LightspeedError",
    "NoPermission",
    "NoSuchLanguage",
    "NotFound",
    "Rejected",
    "Stopped",
    "Unreadable",
]
