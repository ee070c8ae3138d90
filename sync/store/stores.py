"""Stores and their Clerk.io keys."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple

import orjson

from sync.database import Database, folded
from sync.settings import Settings
from sync.store.audit import Audit, changed
from sync.store.checks import (
    STORE_OPTIONS,
    checked_language,
    checked_url,
    clean_name,
    slug_of,
    store_option,
)
from sync.store.errors import Gone, Refused
from sync.store.freshness import FreshnessBook
from sync.store.rows import ShopRow, StoreRow, unknown
from sync.store.versions import insert_version
from sync.vault import Secret, VaultError


class FoundStore(NamedTuple):
    """A store, and what tells it from others of its name."""

    store: StoreRow
    shop: str
    domain: str


_FOUND = """
SELECT s.*, h.name AS shop_name, h.domain, folded(s.name) AS plain,
  folded(s.name || ' ' || s.slug || ' ' || h.name || ' ' || h.domain || ' ' || s.language) AS whole
FROM store s JOIN shop h ON h.id = s.shop_id
"""
_TOLD = ("name", "language", "api_url", "paused")


class Stores(Audit, FreshnessBook):
    """The stores of a desk and their keys."""

    def add_store(
        self,
        shop: ShopRow,
        name: str,
        *,
        language: str,
        public: str,
        private: str,
        api_url: str | None = None,
        paused: bool = False,
    ) -> StoreRow:
        """A new store with default settings as version 1, its schedule off if `paused`. If the
        slug is taken by another shop's store, the shop's slug goes in front; UsageError if that is
        taken too. Of a demo shop it talks to the stand-in unless there is an `api_url`."""
        self.must("store add", shop)
        self.settle_numbers()
        _refuse_empty(public, private)
        now = self.clock.now()
        row = {
            "name": clean_name(name),
            "shop_id": shop.id,
            "language": checked_language(language),
            "api_url": checked_url(api_url, shop.stand_in) or shop.stand_in,
            "paused": int(paused),
            "created": now,
        }
        with self.together() as db:
            self.still_there(shop)
            slug = self._free_slug(db, shop, slug_of(name))
            store_id = db.insert(
                "store", {"slug": slug, **row, **self._sealed_pair(public, private)}
            )
            insert_version(db, store_id, 1, Settings.from_values({}), now, self.person.name)
            if paused:
                self._note_pause(db, store_id, True)
            told = {"shop": shop.slug, **{key: row[key] for key in _TOLD}}
            self.audit("store add", slug, after=told)
        return self.store(slug)

    def _free_slug(self, db: Database, shop: ShopRow, slug: str) -> str:
        for candidate in (slug, f"{shop.slug}-{slug}"):
            if not db.execute("SELECT 1 FROM store WHERE slug = ?", [candidate]).fetchone():
                return candidate
        raise Refused("store_exists", slug=slug)

    def store(self, slug: str) -> StoreRow:
        """The store of that slug; UsageError if there is none."""
        row = self._one("SELECT * FROM store WHERE slug = ?", [slug])
        if row is None:
            raise unknown("unknown_store", slug, self.stores())
        return StoreRow.of(row)

    def store_by_id(self, store_id: int) -> StoreRow:
        """The store of that id."""
        row = self._one("SELECT * FROM store WHERE id = ?", [store_id])
        if row is None:
            raise Gone("store_gone", slug=store_id)
        return StoreRow.of(row)

    def find_store(self, slug: str) -> StoreRow | None:
        """The store of that slug; None if there is none."""
        row = self._one("SELECT * FROM store WHERE slug = ?", [slug])
        return StoreRow.of(row) if row else None

    def stores(self, shop: ShopRow | None = None, *, limit: int = -1) -> list[StoreRow]:
        """All stores, or those of one shop, or the first ones, by slug."""
        where, args = ("WHERE shop_id = ?", [shop.id]) if shop else ("", [])
        rows = self._rows(f"SELECT * FROM store {where} ORDER BY slug LIMIT ?", [*args, limit])
        return [StoreRow.of(row) for row in rows]

    def search_stores(self, text: str, limit: int = 20) -> list[FoundStore]:
        """Stores of which each word of `text` is in their name, slug, shop, domain or language;
        those whose name begins with it first. Without a word the first ones by name."""
        sought = folded(text)
        words = sought.split()
        held = " AND ".join(["instr(whole, ?) > 0"] * len(words)) or "1"
        sql = (
            f"WITH found AS ({_FOUND}) SELECT * FROM found WHERE {held}"
            " ORDER BY plain != ? AND slug != ?, instr(plain, ?) != 1, plain, slug LIMIT ?"
        )
        rows = self._rows(sql, [*words, sought, sought, sought, limit])
        return [FoundStore(StoreRow.of(row), row["shop_name"], row["domain"]) for row in rows]

    def remove_store(self, store: StoreRow) -> None:
        """Forget a store with its settings and runs (its ledger is dropped by the caller)."""
        self.must("store remove", store)
        with self.together() as db:
            self.still_there(store)
            db.delete("store", store.id)
            self.audit("store remove", store.slug, before={"name": store.name})

    def pause(self, store: StoreRow, paused: bool) -> StoreRow:
        """Pause or resume the store's schedule; hours that passed meanwhile are not missed."""
        action = "store pause" if paused else "store resume"
        self.must(action, store)
        resumed = "" if paused else ", resumed = :now"
        with self.together() as db:
            self.still_there(store)
            done = db.conn.execute(
                f"UPDATE store SET paused = :paused{resumed} WHERE id = :id AND paused != :paused",
                {"paused": int(paused), "now": self.clock.now(), "id": store.id},
            )
            if done.rowcount:
                self.audit(action, store.slug)
                self._note_pause(db, store.id, paused)
        return self.store_by_id(store.id)

    def note_confirmed(self, store_id: int, counts: Mapping[str, int]) -> None:
        """Keep how many records of each entity the store's Clerk.io holds."""
        with self._opened() as db:
            db.update("store", store_id, {"confirmed": orjson.dumps(dict(counts)).decode()})

    def resumed(self, store: StoreRow) -> float:
        """When the store's schedule was switched on again last (unix s; 0: never)."""
        row = self._one("SELECT resumed FROM store WHERE id = ?", [store.id])
        return float(row["resumed"]) if row else 0.0

    def clerk_keys(self, store: StoreRow) -> tuple[Secret, Secret]:
        """(public, private) keys of a store, opened."""
        try:
            return self._opened_pair(store)
        except VaultError:  # they may have been sealed anew since the row was read
            return self._opened_pair(self.store_by_id(store.id))

    def _opened_pair(self, store: StoreRow) -> tuple[Secret, Secret]:
        return self.vault.open(store.public_sealed), self.vault.open(store.private_sealed)

    def has_public_key(self, store: StoreRow, public: str) -> bool | None:
        """Whether that is the store's public key, also where its keys can no longer be opened; None
        where nobody can tell."""
        row = self._one("SELECT public_mark FROM store WHERE id = ?", [store.id])
        if row and row["public_mark"]:
            return bool(row["public_mark"] == _mark(public))
        try:
            return self.clerk_keys(store)[0].reveal() == public.strip()
        except VaultError:
            return None

    def note_public_keys(self) -> None:
        """Note which public keys stores have that an older version made, while they still can be
        opened."""
        for row in self._rows("SELECT * FROM store WHERE public_mark IS NULL"):
            with suppress(VaultError, Gone):
                public, _ = self.clerk_keys(StoreRow.of(row))
                with self._opened() as db:
                    db.update("store", row["id"], {"public_mark": _mark(public.reveal())})

    def clerk_owner(
        self, public: str, private: str, but: StoreRow | None = None
    ) -> StoreRow | None:
        """The store that has one of these keys already, also one that is not seen, `but` aside; of
        one whose keys can no longer be opened only the public key is known."""
        wanted = {public.strip(), private.strip()} - {""}
        for known in self.whole().stores():
            if but is not None and known.id == but.id:
                continue
            try:
                mine = {key.reveal() for key in self.clerk_keys(known)}
            except VaultError:
                if public.strip() and self.has_public_key(known, public):
                    return known
                continue
            if wanted & mine:
                return known
        return None

    def options(self, store: StoreRow) -> dict[str, str]:
        """The store's options that are no settings, defaults included."""
        row = self._one("SELECT options FROM store WHERE id = ?", [store.id])
        chosen: dict[str, str] = orjson.loads(row["options"]) if row else {}
        return {**STORE_OPTIONS, **chosen}

    def set_options(
        self, store: StoreRow, changes: Mapping[str, str], seen: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Change options; UsageError names what is allowed, or what somebody else changed since
        they were `seen`, and then nothing is changed."""
        self.must("store set", store)
        checked = {key: store_option(key, value) for key, value in changes.items()}
        with self.together() as db:
            self.still_there(store)
            now = self.options(store)
            for key in checked:
                if seen is not None and seen[key] != now[key]:
                    raise Refused("option_moved", option=key, value=now[key])
            kept = orjson.dumps({**now, **checked}).decode()
            db.update("store", store.id, {"options": kept})
            if moved := changed(now, checked):
                self.audit("store set", store.slug, *moved)
        return self.options(store)

    def set_clerk_keys(self, store: StoreRow, public: str, private: str) -> StoreRow:
        """Seal other keys for a store; UsageError if one is empty."""
        self.must("store keys", store)
        _refuse_empty(public, private)
        with self.together() as db:
            self.still_there(store)
            db.update("store", store.id, self._sealed_pair(public, private))
            self.audit("store keys", store.slug)
        return self.store_by_id(store.id)

    def _sealed_pair(self, public: str, private: str) -> dict[str, str]:
        """The columns of a pair; inside the transaction that writes them."""
        seal = self.vault.seal
        return {
            "public_key": seal(public.strip()),
            "private_key": seal(private.strip()),
            "public_mark": _mark(public),
        }


def _refuse_empty(public: str, private: str) -> None:
    if not public.strip() or not private.strip():
        raise Refused("clerk_keys")


def _mark(public: str) -> str:
    """What a public key is known by where it cannot be opened: it stands on every page of a
    storefront, and is no secret."""
    return sha256(public.strip().encode()).hexdigest()
