"""The desk's rows, typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from sync.errors import Message
from sync.settings import Settings
from sync.store.errors import Refused
from sync.store.states import State
from sync.vault import Secret

TRIGGERS = ("manual", "schedule", "retry", "approve")
_JSON = ("options", "progress", "books", "calls", "errors", "holds", "scan")


@dataclass(frozen=True, slots=True)
class ShopRow:
    """A Lightspeed shop as the desk knows it; `reserve` is a percentage. `url_language` is what was
    chosen, `url_form` what the storefront last said for certain (None: nothing yet)."""

    id: int
    slug: str
    name: str
    domain: str
    cluster: str
    api_url: str | None
    reserve: int
    demo: bool
    url_language: str
    url_form: str | None

    @property
    def stand_in(self) -> str | None:
        """The address at which the demo's stand-ins answer, on loopback; None for a real shop."""
        return self.api_url if self.demo else None

    @property
    def language_in_every_url(self) -> bool:
        """Whether addresses of the shop's default language carry the language part, where several
        languages are active."""
        chosen = self.url_form or "all" if self.url_language == "auto" else self.url_language
        return chosen == "all"

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> ShopRow:
        """The shop in a row that has the table's columns."""
        values = {name: row[name] for name in cls.__slots__}
        return cls(**{**values, "demo": bool(row["demo"])})


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One API key pair of a shop, opened from the vault."""

    id: int
    shop_id: int
    key: Secret
    secret: Secret
    added: float


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One API key pair of a shop as it is stored; `opened` is None where it cannot be opened."""

    id: int
    added: float
    opened: KeyRow | None


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A Clerk.io store: one shop in one language."""

    id: int
    slug: str
    name: str
    shop_id: int
    language: str
    api_url: str | None
    paused: bool
    public_sealed: str = field(repr=False)
    private_sealed: str = field(repr=False)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> StoreRow:
        """The store in a row that has the table's columns."""
        return cls(
            row["id"],
            row["slug"],
            row["name"],
            row["shop_id"],
            row["language"],
            row["api_url"],
            bool(row["paused"]),
            row["public_key"],
            row["private_key"],
        )


@dataclass(frozen=True, slots=True)
class SettingsVersion:
    """Immutable settings of a store; `at` is unix seconds, `was` the number on the desk that they
    came from with their shop."""

    store_id: int
    version: int
    settings: Settings
    at: float
    who: str
    note: str
    was: int | None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What a person changed in a store's settings and did not save: of each setting the CLI text
    that was on the screen and the one wanted; `refused` is what was typed and is not allowed.
    `version` is the newest one that the person knows, `state` counts the changes made to the
    draft, `at` (unix s) is when the last one was."""

    id: str
    store_id: int
    person: str
    who: str
    version: int
    changes: Mapping[str, tuple[str, str]]
    refused: Mapping[str, str]
    note: str
    state: int
    at: float


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as its row has it; times are unix seconds, JSON columns are decoded. `was` is its
    number on the desk that it came from with its shop."""

    id: int
    store_id: int
    shop_id: int
    kind: str
    trigger: str
    who: str
    state: State
    queued: float
    started: float | None
    finished: float | None
    due: float
    until: float | None
    window: str | None
    why: str | None
    settings_version: int
    settings: Settings
    plan: str | None
    options: dict[str, Any]
    phase: str
    progress: dict[str, Any]
    books: dict[str, Any]
    calls: dict[str, Any]
    errors: list[dict[str, Any]]
    holds: list[dict[str, Any]]
    waited: float
    deaths: int
    cancel: bool
    message: str | None
    detail: dict[str, Any] | None
    ended: str | None
    side: str | None
    host: str | None
    was: int | None
    scan: dict[str, int]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> RunRow:
        """The run in a row that has the table's columns and its settings' values."""
        values = dict(row)
        for name in _JSON:
            values[name] = orjson.loads(values[name])
        values["state"] = State(values["state"])
        values["detail"] = values["detail"] and orjson.loads(values["detail"])
        values["settings"] = settings_of(values["settings"])
        values["cancel"] = bool(values["cancel"])
        return cls(**values)

    @property
    def said(self) -> Message | None:
        """What ended it, or a person's own words on that."""
        return None if self.message is None else Message.of(self.detail, self.message)

    @property
    def wait_from(self) -> float | None:
        """When the last wait or hold began."""
        began: float | None = self.progress.get("wait_from")
        return began


@lru_cache(maxsize=256)
def settings_of(text: str) -> Settings:
    """Settings as a version has them, in JSON; most stores and runs have the same."""
    return Settings.from_values(orjson.loads(text))


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """What the queue shows of an active run. `rank` 0 comes before 1: what a person waits for,
    which order lines never are."""

    id: int
    shop_id: int
    shop: str
    state: State
    phase: str
    until: float | None
    cancel: bool
    wait_from: float | None
    rank: int
    side: str | None
    host: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> QueuedRun:
        """The run in a row that has these columns."""
        return cls(**{**row, "state": State(row["state"]), "cancel": bool(row["cancel"])})


def unknown(code: str, slug: str, rows: Sequence[ShopRow] | Sequence[StoreRow]) -> Refused:
    """The refusal of an unknown one, which names the slugs that there are."""
    if not rows:
        return Refused(f"{code}_yet", slug=slug)
    return Refused(code, slug=slug, known=", ".join(row.slug for row in rows))
