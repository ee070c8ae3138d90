"""Settings that somebody changed and did not save: one draft for each person and store."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from sync.database import immediate
from sync.settings import SettingError, parse
from sync.store.retention import Retention
from sync.store.rows import DraftRow, StoreRow

_DAY: Final = 86400.0
_DROP: Final = "DELETE FROM draft WHERE store_id = ? AND person = ?"


class Drafts(Retention):
    """The drafts of a desk's stores."""

    def draft(self, store: StoreRow, person: str) -> DraftRow | None:
        """The person's draft for the store."""
        found = self._drafts("store_id = ? AND person = ?", store.id, person)
        return next(found, None)

    def shared_draft(self, store: StoreRow, number: str) -> DraftRow | None:
        """The store's draft of that id, whoever began it."""
        return next(self._drafts("store_id = ? AND id = ?", store.id, number), None)

    def drafts(self, store: StoreRow) -> list[DraftRow]:
        """Every draft for the store, the one changed last first."""
        return list(self._drafts("store_id = ?", store.id))

    def _drafts(self, where: str, *args: object) -> Iterator[DraftRow]:
        sql = f"SELECT * FROM draft WHERE {where} AND at >= ? ORDER BY at DESC"
        oldest = self.clock.now() - self.days_kept("drafts") * _DAY
        return map(_draft, self._rows(sql, [*args, oldest]))

    def change_draft(
        self, store: StoreRow, person: str, change: Callable[[DraftRow], DraftRow]
    ) -> DraftRow | None:
        """Change the person's draft, or begin one (state 0); one without changes is forgotten.
        Returns what it has become. Gone if the store was removed meanwhile."""
        with self._opened() as db, immediate(db):
            self.still_there(store)
            draft = change(self.draft(store, person) or self._begun(store, person))
            draft = replace(draft, who=self.person.name, state=draft.state + 1, at=self.clock.now())
            db.execute(_DROP, [store.id, person])
            if not (draft.changes or draft.refused):
                return None
            db.insert("draft", _written(draft))
        return draft

    def _begun(self, store: StoreRow, person: str) -> DraftRow:
        number = secrets.token_hex(8)
        return DraftRow(number, store.id, person, "", 0, {}, {}, "", 0, 0.0)

    def drop_draft(self, store: StoreRow, person: str, *, state: int | None = None) -> None:
        """Forget the person's draft for the store, if there is one; a draft that was changed after
        that `state` stays."""
        with self._opened() as db, immediate(db):
            db.execute(f"{_DROP} AND state = ifnull(?, state)", [store.id, person, state])

    def forget_drafts(self) -> int:
        """Forget the drafts that nobody touched for so long; returns how many."""
        oldest = self.clock.now() - self.days_kept("drafts") * _DAY
        with self._opened() as db, immediate(db):
            return db.execute("DELETE FROM draft WHERE at < ?", [oldest]).rowcount


def _draft(row: Mapping[str, Any]) -> DraftRow:
    changes = {key: (seen, wanted) for key, [seen, wanted] in orjson.loads(row["changes"]).items()}
    sound = {key: pair for key, pair in changes.items() if all(_sound(key, text) for text in pair)}
    return DraftRow(**{**row, "changes": sound, "refused": orjson.loads(row["refused"])})


def _sound(key: str, text: str) -> bool:
    """Whether this version still knows the setting and the value."""
    try:
        parse(key, text)
    except SettingError:
        return False
    return True


def _written(draft: DraftRow) -> dict[str, Any]:
    values = {name: getattr(draft, name) for name in DraftRow.__slots__}
    for name in ("changes", "refused"):
        values[name] = orjson.dumps(values[name]).decode()
    return values
