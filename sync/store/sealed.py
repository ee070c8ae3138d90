"""Everything in `desk.db` that the vault has sealed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Any, Final

from sync.keyfile import KEY_FILE
from sync.store.audit import Audit
from sync.store.base import SEALED
from sync.store.errors import Refused
from sync.store.files import os_lock
from sync.vault import VaultError

_PEOPLE: Final = "forgetting"
_ROTATING: Final = "rotation.lock"
# Whose a row is: the slug of its shop or store, the name of a target of alerts.
_OWNERS: Final = {
    "api_key": "SELECT h.slug, t.* FROM api_key t JOIN shop h ON h.id = t.shop_id",
    "store": "SELECT * FROM store",
    "forgetting": "SELECT h.slug, t.* FROM forgetting t JOIN shop h ON h.id = t.shop_id",
    "alert_target": "SELECT name AS slug, t.* FROM alert_target t",
}


logger = logging.getLogger("sync.store")


class Sealed(Audit):
    """The sealed secrets of a desk, whatever they are."""

    def unopened(self) -> list[str]:
        """Whose secrets no key opens that is there now: slugs of shops and stores, names of targets
        of alerts, each once."""
        found: dict[str, None] = {}
        for table, columns in SEALED.items():
            for row in self._rows(_OWNERS[table]):
                if not all(self.vault.opens(row[column]) for column in columns):
                    found[row["slug"]] = None
        return list(found)

    def rotate_vault(self, *, lost: bool = False) -> int:
        """Seal every secret anew with another key; returns how many. The key file holds both keys
        until all is sealed, then only the new one; with SYNC_KEY its first key is the new one.

        UsageError where one cannot be opened, unless the key is `lost`: then a new key is made, if
        there is none, and what cannot be opened is to be entered again.
        """
        self.must("vault rotate")
        with os_lock(self.data_dir / _ROTATING) as mine:
            if not mine:
                raise Refused("rotating")
            if self.vault.source != KEY_FILE:
                return self._sealed_with_given(lost)
            if not lost:
                self._refuse_unopened()
            self._make_key(lost)
            sealed = self._sealed_anew(lost)
            self._let_settle()
            self.vault.drop_old_keys()
        return sealed

    def _sealed_with_given(self, lost: bool) -> int:
        if not lost:
            self._refuse_unopened()
            if self.vault.key_count() < 2:
                raise Refused("rotate_one_key")
        return self._sealed_anew(lost)

    def _refuse_unopened(self) -> None:
        names = self.unopened()
        if names:
            some = ", ".join(names[:5]) + (", …" if names[5:] else "")
            raise Refused("rotate_unopened", names=some, why=self.vault.trouble())

    def _make_key(self, lost: bool) -> None:
        """A new key before those that there are; where it is lost in their place."""
        if lost:
            self.vault.keep_aside()
        trouble = self.vault.trouble()
        if trouble.code == "vault.misfit" or not (lost or self._has_none(trouble)):
            self.vault.add_key()
        else:
            self.vault.begin_anew()

    def _has_none(self, trouble: VaultError) -> bool:
        return trouble.code == "vault.missing" and not self._holds_secrets()

    def _sealed_anew(self, leave: bool) -> int:
        """Seal all secrets with the first key, in one transaction. What cannot be opened is left,
        but for people who were being forgotten: nobody can tell any more who they are."""
        with self.together() as db:
            sealed = unknown = 0
            for table, row_id, old in self._tokens():
                if not leave or all(map(self.vault.opens, old.values())):
                    new = {name: self.vault.rotate(token) for name, token in old.items()}
                    db.update(table, row_id, new)
                    sealed += len(old)
                elif table == _PEOPLE:
                    db.delete(table, row_id)
                    unknown += 1
            told = {"sealed": sealed, **({"no longer known": unknown} if unknown else {})}
            self.audit("vault rotate", "", after=told)
        if unknown:
            logger.error("%s people were being forgotten: ask for each of them again", unknown)
        return sealed

    def _tokens(self) -> Iterator[tuple[str, int, dict[str, Any]]]:
        for table, columns in SEALED.items():
            for row in self._rows(f"SELECT id, {', '.join(columns)} FROM {table}"):
                yield table, row["id"], {name: row[name] for name in columns}

    def _let_settle(self) -> None:
        """Have what was committed outlive a loss of power: the old keys go next. The database's own
        file is left alone, for closing it would let go of SQLite's locks on it."""
        log = self.path.with_name(f"{self.path.name}-wal")
        try:
            descriptor = os.open(log, os.O_RDONLY)
        except FileNotFoundError:  # all is in the file itself
            return
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
