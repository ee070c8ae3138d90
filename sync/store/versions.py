"""Settings versions: immutable, with who, when and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from sync.database import Database
from sync.settings import Settings
from sync.store.audit import Audit, changed
from sync.store.errors import Refused
from sync.store.rows import SettingsVersion, StoreRow, settings_of


class Versions(Audit):
    """The settings of a desk's stores, version by version."""

    def settings(self, store: StoreRow, version: int | None = None) -> SettingsVersion:
        """One settings version, the newest if none is named; UsageError for an unknown one."""
        history = self.history(store, version)
        if not history:
            self.still_there(store)
            raise Refused("unknown_version", store=store.slug, version=version)
        return history[0]

    def history(self, store: StoreRow, version: int | None = None) -> list[SettingsVersion]:
        """Settings versions, newest first."""
        rows = self._rows(
            "SELECT * FROM settings_version WHERE store_id = ? AND version = ifnull(?, version)"
            " ORDER BY version DESC",
            [store.id, version],
        )
        return [
            SettingsVersion(
                row["store_id"],
                row["version"],
                settings_of(row["values"]),
                row["at"],
                row["who"],
                row["note"],
                row["was"],
            )
            for row in rows
        ]

    def collects_emails(self, store_id: int) -> bool:
        """Whether customers' e-mail addresses may go to Clerk.io, as the store's settings say at
        this moment; never for a store that is gone."""
        row = self._one(
            "SELECT json_extract(\"values\", '$.collect_emails') = 'yes' AS yes"
            " FROM settings_version WHERE store_id = ? ORDER BY version DESC LIMIT 1",
            [store_id],
        )
        return row is not None and bool(row["yes"])

    def settings_versions(self, store: StoreRow, runs: Sequence[int]) -> dict[int, int]:
        """Under which settings version each of these runs was made; other stores' are left out."""
        rows = self._rows(
            "SELECT id, settings_version FROM run WHERE store_id = ?"
            " AND id IN (SELECT value FROM json_each(?))",
            [store.id, orjson.dumps(list(runs)).decode()],
        )
        return {row["id"]: row["settings_version"] for row in rows}

    def save_settings(
        self,
        store: StoreRow,
        settings: Settings | Callable[[SettingsVersion], Settings],
        *,
        note: str,
    ) -> SettingsVersion:
        """Append a version; settings that change nothing keep the present one. They may be made
        from the newest version, which nobody can change meanwhile."""
        self.must("settings", store)
        with self.together() as db:
            self.still_there(store)
            current = self.settings(store)
            wanted = settings if isinstance(settings, Settings) else settings(current)
            if current.settings == wanted:
                return current
            version = current.version + 1
            insert_version(db, store.id, version, wanted, self.clock.now(), self.person.name, note)
            self.audit("settings", store.slug, *_moved(current, version, wanted))
        return self.settings(store)


def _moved(current: SettingsVersion, version: int, wanted: Settings) -> Iterator[dict[str, Any]]:
    """What a new version changes, before and after."""
    before, after = changed(current.settings.values(), wanted.values()) or ({}, {})
    yield {"version": current.version, **before}
    yield {"version": version, **after}


def insert_version(
    db: Database,
    store_id: int,
    version: int,
    settings: Settings,
    at: float,
    who: str,
    note: str = "",
) -> None:
    """Append one version of a store's settings."""
    db.insert(
        "settings_version",
        {
            "store_id": store_id,
            "version": version,
            "values": orjson.dumps(settings.values()).decode(),
            "at": at,
            "who": who,
            "note": note,
        },
    )
