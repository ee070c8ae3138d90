"""A shop's mirror, whole."""

from __future__ import annotations

from pathlib import Path

from sync.database import migrate
from sync.mirror.content import Content
from sync.mirror.metafields import Metafields
from sync.mirror.orders import Orders
from sync.mirror.people import People
from sync.mirror.schema import migrations
from sync.mirror.unusable import Unusable


def migrate_shop(path: Path) -> None:
    """Create or update the mirror's tables in a shop's file."""
    migrate(path, migrations)


class Mirror(Metafields, Content, Orders, People, Unusable):
    """One shop's mirror over an open connection. Methods that write join the caller's
    transaction if there is one, else they are one themselves."""
