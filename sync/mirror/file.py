"""A shop's mirror, whole."""

from __future__ import annotations

from sync.mirror.content import Content
from sync.mirror.leaving import Leaving
from sync.mirror.metafields import Metafields
from sync.mirror.unusable import Unusable


class Mirror(Metafields, Content, Leaving, Unusable):
    """One shop's mirror over an open connection. Methods that write join the caller's
    transaction if there is one, else they are one themselves."""
