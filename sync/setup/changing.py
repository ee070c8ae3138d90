"""Changing the keys and the facts of a shop, and removing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import orjson

from sync.mirror import facts
from sync.openshop import budget_of, opened_shop
from sync.setup.checking import check_of
from sync.setup.forms import FormError, failing, free_clerk_keys
from sync.setup.trying import try_clerk, try_lightspeed
from sync.store import Desk, KeyCheck, Refused, ShopRow, StoreRow, shop_value


def add_key(desk: Desk, shop: ShopRow, key: str, secret: str, *, checked: bool = True) -> int:
    """One more API key beside the others, tried first unless not `checked`; returns its id.
    UsageError as `rotate_key`."""
    desk.must("key add", shop)
    _new_key(desk, shop, key)
    check = _tried(desk, shop, key, secret) if checked else None
    with desk.together():
        added = desk.add_key(shop, key, secret)
        if check is not None:
            desk.keep_key_check(shop, check)
        desk.end_waits(shop)
    return added


def rotate_key(desk: Desk, shop: ShopRow, old_id: int, key: str, secret: str) -> int:
    """Put a new API key in the place of an old one; returns its id. The new one is tried first:
    UsageError if Lightspeed refuses it, it belongs to another shop, or a run is using the old one.
    """
    desk.must("key add", shop)
    desk.must("key remove", shop)
    known = desk.key_ids(shop)
    if old_id not in known:
        raise Refused("unknown_key", shop=shop.slug, key=old_id, known=", ".join(map(str, known)))
    check = _tried(desk, shop, key, secret)
    with desk.together():
        added = desk.add_key(shop, key, secret)
        desk.remove_key(shop, old_id)
        desk.keep_key_check(shop, check)
        desk.end_waits(shop)
    return added


def _new_key(desk: Desk, shop: ShopRow, key: str) -> None:
    if any(known.key.reveal() == key.strip() for known in desk.opened_keys(shop)):
        raise Refused("key_known")


def _tried(desk: Desk, shop: ShopRow, key: str, secret: str) -> KeyCheck:
    """What Lightspeed says of the key; UsageError unless it takes it for this very shop."""
    stores = desk.stores(shop)
    answers = try_lightspeed(
        cluster=shop.cluster,
        api_url=shop.api_url,
        key=key,
        secret=secret,
        clock=desk.clock,
        spoken=stores[0].language if stores else "nl",
        stand_in=shop.stand_in,
    )
    if stores:
        _same_shop(desk, stores[0], answers["shop"])
    return check_of(desk, answers)


def _same_shop(desk: Desk, store: StoreRow, answered: Mapping[str, Any] | None) -> None:
    with opened_shop(desk, store) as shop:
        known = shop.mirror.fact(facts.SHOP)
    if answered is None:
        raise Refused("no_settings_right")
    if known is not None and known["id"] != answered["id"]:
        raise Refused("other_shop", domain=answered["domain"])


def rotate_clerk_keys(desk: Desk, store: StoreRow, public: str, private: str) -> StoreRow:
    """Give a store other Clerk.io keys, tried first. UsageError if they are refused, if another
    store has one of them, or if the public key changes after something was sent: it is fixed, so
    another one means another store, which has nothing of what was confirmed. Where nobody can tell
    the public key any more, all that was confirmed is in doubt and is sent again."""
    desk.must("store keys", store)
    free_clerk_keys(desk, {"public": public, "private": private}, store)
    same = desk.has_public_key(store, public)
    if same is False and _sent_anything(desk, store):
        raise Refused("other_store")
    told = try_clerk(
        api_url=store.api_url,
        public=public,
        private=private,
        clock=desk.clock,
        stand_in=desk.shop_by_id(store.shop_id).stand_in,
    )
    with desk.together():
        free_clerk_keys(desk, {"public": public, "private": private}, store)
        changed = desk.set_clerk_keys(store, public, private)
        desk.keep_key_check(store, KeyCheck(desk.clock.now(), private=told["private"]))
    if same is None:
        with opened_shop(desk, store) as shop:
            shop.ledger.doubt_all()
    return changed


def _sent_anything(desk: Desk, store: StoreRow) -> bool:
    with opened_shop(desk, store) as shop:
        return shop.ledger.version() > 0


def forget_block(desk: Desk, shop: ShopRow, key_id: int) -> None:
    """Let one call with a key ask again, whatever Lightspeed said of waiting; UsageError for an
    unknown key."""
    desk.must("key unblock", shop)
    known = desk.key_ids(shop)
    if key_id not in known:
        raise Refused("unknown_key", shop=shop.slug, key=key_id, known=", ".join(map(str, known)))
    budget_of(desk, shop).forget_block(key_id)
    desk.end_waits(shop)
    desk.audit("key unblock", shop.slug, before={"key": key_id})


def edit_shop(desk: Desk, shop: ShopRow, changes: Mapping[str, str]) -> ShopRow:
    """Change name, domain, cluster, url_language or reserve of a shop. FormError with a line for
    each that cannot be; then nothing is changed."""
    news = {key: value for key, value in changes.items() if value != str(getattr(shop, key))}
    errors = failing((key, partial(shop_value, key, value)) for key, value in news.items())
    if errors:
        raise FormError(errors)
    return desk.set_shop(shop, news)


class Goes(NamedTuple):
    """How many settings versions and runs go with stores that are removed."""

    versions: int
    runs: int


def what_goes(desk: Desk, stores: Sequence[StoreRow]) -> Goes:
    """What is lost for good when these stores are removed."""
    ids = orjson.dumps([store.id for store in stores]).decode()
    of = "store_id IN (SELECT value FROM json_each(:ids))"
    sql = f"SELECT (SELECT count(*) FROM settings_version WHERE {of}), "
    with desk.opened() as db:
        found = db.conn.execute(f"{sql} (SELECT count(*) FROM run WHERE {of})", {"ids": ids})
        return Goes(*found.fetchone())


def remove_shop(desk: Desk, shop: ShopRow, typed_name: str) -> None:
    """Remove a shop with its stores, keys, runs and its file; nothing changes in Clerk.io.
    UsageError if the typed name is not the shop's, or while a run is on."""
    if typed_name.strip() != shop.name:
        raise Refused("type_its_name", name=shop.name)
    desk.remove_shop(shop)
