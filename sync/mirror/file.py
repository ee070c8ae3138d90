"""A shop's mirror, whole."""

from __future__ import annotations

from sync.mirror.content import Content
from sync.mirror.metafields import Metafields
from sync.mirror.orders import Orders
from sync.mirror.people import People
from sync.mirror.unusable import Unusable


class Mirror(Metafields, Content, Orders, People, Unusable):
    """One shop's mirror over an open connection. Methods that write join the caller's
    transaction if there is one, else they are one themselves."""
