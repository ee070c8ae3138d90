"""Shops and their API keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from sync.store.audit import Audit, changed
from sync.store.checks import (
    checked_cluster,
    checked_url,
    clean_domain,
    clean_name,
    shop_value,
    slug_of,
)
from sync.store.errors import Gone, Refused
from sync.store.files import shop_lock, shop_path
from sync.store.rows import KeyRow, ShopRow, StoredKey, unknown
from sync.vault import VaultError


class Shops(Audit):
    """The shops of a desk and their keys."""

    def add_shop(
        self,
        name: str,
        *,
        domain: str,
        cluster: str,
        api_url: str | None = None,
        demo: bool = False,
    ) -> ShopRow:
        """A new shop; its slug comes from the name. UsageError if that is taken, or if a file of
        that name is left from another desk.db, whose stores and runs it would mistake for its own.
        """
        self.must("shop add")
        self.settle_numbers()
        slug = slug_of(name)
        row = {
            "slug": slug,
            "name": clean_name(name),
            "domain": clean_domain(domain),
            "cluster": checked_cluster(cluster),
            "api_url": checked_url(api_url, api_url if demo else None),
            "demo": int(demo),
            "created": self.clock.now(),
        }
        with self.together() as db:
            if db.execute("SELECT 1 FROM shop WHERE slug = ?", [slug]).fetchone():
                raise Refused("shop_exists", slug=slug)
            if shop_path(self.data_dir, slug).exists():
                raise Refused("file_left", slug=slug)
            db.insert("shop", row)
            told = {key: row[key] for key in ("name", "domain", "cluster", "api_url")}
            self.audit("shop add", slug, after=told)
        return self.shop(slug)

    def shop(self, slug: str) -> ShopRow:
        """The shop of that slug; UsageError if there is none."""
        row = self._one("SELECT * FROM shop WHERE slug = ?", [slug])
        if row is None:
            raise unknown("unknown_shop", slug, self.shops())
        return ShopRow.of(row)

    def shop_by_id(self, shop_id: int) -> ShopRow:
        """The shop of that id."""
        row = self._one("SELECT * FROM shop WHERE id = ?", [shop_id])
        if row is None:
            raise Gone("shop_gone", slug=shop_id)
        return ShopRow.of(row)

    def shops(self) -> list[ShopRow]:
        """All shops by slug."""
        return [ShopRow.of(row) for row in self._rows("SELECT * FROM shop ORDER BY slug")]

    def set_shop(self, shop: ShopRow, changes: Mapping[str, str]) -> ShopRow:
        """Change reserve, name, domain, cluster or url_language; UsageError names what is allowed.
        Another domain's storefront has said nothing yet."""
        self.must("shop set", shop)
        checked: dict[str, str | int | None] = {}
        checked |= {key: shop_value(key, value) for key, value in changes.items()}
        news = dict(checked)
        if checked.get("domain", shop.domain) != shop.domain:
            checked |= {"url_form": None, "storefront": None}
        with self.together() as db:
            self.still_there(shop)
            now = self.shop_by_id(shop.id)
            db.update("shop", shop.id, checked)
            if moved := changed({key: getattr(now, key) for key in news}, news):
                self.audit("shop set", shop.slug, *moved)
        return self.shop_by_id(shop.id)

    def storefront(self, shop: ShopRow) -> dict[str, Any] | None:
        """What the shop's storefront said when it was last asked."""
        row = self._one("SELECT storefront FROM shop WHERE id = ?", [shop.id])
        return orjson.loads(row["storefront"]) if row and row["storefront"] else None

    def keep_storefront(self, shop: ShopRow, told: Mapping[str, Any]) -> None:
        """Keep what a storefront said; of forms only a definite one takes another one's place."""
        changes = {"storefront": orjson.dumps(told).decode()}
        if told["form"]:
            changes["url_form"] = told["form"]
        with self._opened() as db:
            db.update("shop", shop.id, changes)

    def remove_shop(self, shop: ShopRow) -> None:
        """Remove a shop with its stores, keys, runs, and its file. UsageError while a run is on."""
        self.must("shop remove", shop)
        with shop_lock(self.data_dir, shop.slug) as free:
            if not free:
                raise Refused("shop_busy", shop=shop.slug)
            with self.together() as db:
                self.still_there(shop)
                told = {
                    "name": shop.name,
                    "domain": shop.domain,
                    "stores": [store["slug"] for store in self._stores_of(shop)],
                }
                db.delete("shop", shop.id)
                self.audit("shop remove", shop.slug, before=told)
            for path in self.shop_file(shop).parent.glob(f"{shop.slug}.db*"):
                path.unlink(missing_ok=True)

    def _stores_of(self, shop: ShopRow) -> list[dict[str, Any]]:
        return self._rows("SELECT slug FROM store WHERE shop_id = ? ORDER BY slug", [shop.id])

    def shop_file(self, shop: ShopRow) -> Path:
        """Where the shop's mirror, ledger and outcomes are."""
        return shop_path(self.data_dir, shop.slug)

    def add_key(self, shop: ShopRow, key: str, secret: str) -> int:
        """Seal one API key pair; returns its id. UsageError if empty or already there."""
        self.must("key add", shop)
        if not key.strip() or not secret.strip():
            raise Refused("key_and_secret")
        if any(known.key.reveal() == key.strip() for known in self.opened_keys(shop)):
            raise Refused("key_known")
        with self.together() as db:
            self.still_there(shop)
            row = {
                "shop_id": shop.id,
                "key": self.vault.seal(key.strip()),
                "secret": self.vault.seal(secret.strip()),
                "added": self.clock.now(),
            }
            added = db.insert("api_key", row)
            self.audit("key add", shop.slug, after={"key": added})
        return added

    def keys(self, shop: ShopRow) -> list[KeyRow]:
        """The shop's API keys, opened. VaultError if there are some, and none can be opened."""
        found = self.opened_keys(shop)
        if not found and self.key_ids(shop):
            raise self.vault.trouble()
        return found

    def opened_keys(self, shop: ShopRow) -> list[KeyRow]:
        """Those of the shop's API keys that can be opened."""
        return [key.opened for key in self.stored_keys(shop) if key.opened is not None]

    def stored_keys(self, shop: ShopRow) -> list[StoredKey]:
        """All API keys of the shop, also those that cannot be opened."""
        found = self._stored_keys(shop)
        # Those that cannot be opened may have been sealed anew since they were read.
        return found if all(key.opened for key in found) else self._stored_keys(shop)

    def _stored_keys(self, shop: ShopRow) -> list[StoredKey]:
        rows = self._rows("SELECT * FROM api_key WHERE shop_id = ? ORDER BY id", [shop.id])
        return [StoredKey(row["id"], row["added"], self._opened_key(row)) for row in rows]

    def _opened_key(self, row: dict[str, Any]) -> KeyRow | None:
        try:
            key, secret = (self.vault.open(row[name]) for name in ("key", "secret"))
            return KeyRow(row["id"], row["shop_id"], key, secret, row["added"])
        except VaultError:
            return None

    def key_ids(self, shop: ShopRow) -> list[int]:
        """The ids of the shop's API keys; none is opened."""
        rows = self._rows("SELECT id FROM api_key WHERE shop_id = ? ORDER BY id", [shop.id])
        return [row["id"] for row in rows]

    def remove_key(self, shop: ShopRow, key_id: int) -> None:
        """Forget one key; UsageError for an unknown one, the last one, or while a run that may be
        using it is on."""
        self.must("key remove", shop)
        self.still_there(shop)
        ids = self.key_ids(shop)
        if key_id not in ids:
            there = ", ".join(map(str, ids))
            raise Refused("unknown_key", shop=shop.slug, key=key_id, known=there)
        if len(ids) == 1:
            raise Refused("last_key")
        with shop_lock(self.data_dir, shop.slug) as free:
            if not free:
                raise Refused("key_in_use", shop=shop.slug)
            with self.together() as db:
                db.delete("api_key", key_id)
                self.audit("key remove", shop.slug, before={"key": key_id})
