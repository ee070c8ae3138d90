"""What Lightspeed and Clerk.io said of a shop's and a store's keys when they were last asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from sync.errors import Message
from sync.store.base import DeskFile
from sync.store.rows import ShopRow, StoreRow


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """When keys were tried (unix s), and why they were refused, if they were. Of a shop also what
    its keys may read by area, its active languages, and its limits by window (None: not told); of
    a store whether the private key is proved too."""

    at: float
    said: Message | None = None
    rights: Mapping[str, bool] | None = None
    languages: tuple[str, ...] | None = None
    limits: Mapping[str, int] | None = None
    private: bool = True

    def as_text(self) -> str:
        """As the column holds it."""
        values = {name: getattr(self, name) for name in self.__slots__}
        values["said"] = self.said and {"text": self.said.text(), "detail": self.said.as_json()}
        return orjson.dumps(values).decode()

    @classmethod
    def of(cls, text: str | None) -> KeyCheck | None:
        """The check in a column; None where there was none yet."""
        if text is None:
            return None
        values: dict[str, Any] = orjson.loads(text)
        said, languages = values["said"], values["languages"]
        values["said"] = said and Message.of(said["detail"], said["text"])
        values["languages"] = None if languages is None else tuple(languages)
        return cls(**values)


class KeyChecks(DeskFile):
    """The last check of each shop's and store's keys."""

    def keep_key_check(self, row: ShopRow | StoreRow, check: KeyCheck) -> None:
        """Keep what was said of the keys of a shop or store, in the place of what was before."""
        table = "store" if isinstance(row, StoreRow) else "shop"
        with self._opened() as db:
            db.update(table, row.id, {"key_check": check.as_text()})

    def key_check(self, row: ShopRow | StoreRow) -> KeyCheck | None:
        """What was said last; None where nobody asked yet."""
        table = "store" if isinstance(row, StoreRow) else "shop"
        found = self._one(f"SELECT key_check FROM {table} WHERE id = ?", [row.id])
        return KeyCheck.of(found["key_check"]) if found else None
