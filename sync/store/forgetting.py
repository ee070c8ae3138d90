"""People who are being forgotten: what is still to be done of each, sealed, until it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sync.database import immediate
from sync.store.base import DeskFile
from sync.store.rows import ShopRow


class Forgetting(DeskFile):
    """What is left of forgetting people, by shop. It names them, so nobody reads it unsealed."""

    def begin_forgetting(self, shop: ShopRow, left: Mapping[str, Any]) -> int:
        """Keep what is to be done; returns its number."""
        with self._opened() as db, immediate(db):
            self.still_there(shop)
            row = {"shop_id": shop.id, "sealed": self._sealed(left), "at": self.clock.now()}
            return db.insert("forgetting", row)

    def note_forgetting(self, number: int, left: Mapping[str, Any]) -> None:
        """Keep what is left of it now."""
        with self._opened() as db, immediate(db):
            db.update("forgetting", number, {"sealed": self._sealed(left)})

    def end_forgetting(self, number: int) -> None:
        """Nothing is left of it."""
        with self._opened() as db:
            db.delete("forgetting", number)

    def forgetting(self, shop: ShopRow) -> dict[int, dict[str, Any]]:
        """What is left to be done in a shop, by number, in the order it was begun. VaultError if
        the key that sealed it is not there."""
        rows = self._rows(
            "SELECT id, sealed FROM forgetting WHERE shop_id = ? ORDER BY id", [shop.id]
        )
        return {row["id"]: orjson.loads(self.vault.open(row["sealed"]).reveal()) for row in rows}

    def shops_forgetting(self) -> list[int]:
        """The ids of shops where something is left to be done."""
        rows = self._rows("SELECT DISTINCT shop_id FROM forgetting ORDER BY shop_id")
        return [row["shop_id"] for row in rows]

    def _sealed(self, left: Mapping[str, Any]) -> str:
        return self.vault.seal(orjson.dumps(left).decode())
