"""Commands about shops, keys and stores."""

from __future__ import annotations

import re
from typing import Any, Final

from sync import run, setup, survey
from sync.cli import show
from sync.cli.call import Answer, Call, said, secret
from sync.cli.listing import listed, store_row
from sync.cli.parser import assignments
from sync.cli.screen import Screen
from sync.cli.stand_in import serving
from sync.clock import iso
from sync.openshop import looked_at
from sync.store import Desk, ShopRow, StoredKey
from sync.texts import text

Row = dict[str, Any]
_USUAL_KEY: Final = re.compile(r"[0-9a-fA-F]{32}")


def shop_add(call: Call) -> Answer:
    args, desk = call.args, call.desk
    form = {name: getattr(args, name) for name in ("name", "domain", "cluster", "api_url")}
    shop = setup.add_shop(desk, form, *_key_pair(call), checked=not args.unchecked)
    return said(_shop(desk, shop), "shop.added", shop=shop.slug)


def shop_list(call: Call) -> Answer:
    shops = [_shop(call.desk, shop) for shop in call.desk.shops()]
    columns = ("shop", "name", "domain", "cluster", "keys", "stores", "reserve")
    return listed(shops, columns)


def shop_check(call: Call) -> Answer:
    shop = call.shop
    with serving(call.desk, shop):
        check = setup.check_shop(call.desk, shop)
    document = _checked(shop, check) | {"unknown": survey.unknown(call.desk, shop)}

    def draw(screen: Screen) -> None:
        show.check(screen, document)

    return Answer(document, draw)


def shop_set(call: Call) -> Answer:
    shop = call.desk.set_shop(call.shop, assignments(call.args.assignments))
    listed = "; ".join(call.args.assignments)
    return said(_shop(call.desk, shop), "shop.changed", shop=shop.slug, changes=listed)


def shop_remove(call: Call) -> Answer:
    shop = call.shop
    call.desk.remove_shop(shop)
    return said({"shop": shop.slug, "removed": True}, "shop.removed", shop=shop.slug)


def key_add(call: Call) -> Answer:
    shop, checked = call.shop, not call.args.unchecked
    pair = _key_pair(call)
    with serving(call.desk, shop):
        key_id = setup.add_key(call.desk, shop, *pair, checked=checked)
    key = next(key for key in call.desk.stored_keys(shop) if key.id == key_id)
    row = _key(key, {})
    return said(row, "key.added", id=str(key_id), key=row["key"], shop=shop.slug)


def key_list(call: Call) -> Answer:
    rows = call.desk.stored_keys(call.shop)
    blocks = looked_at(call.desk, call.shop).blocks() if rows else {}
    keys = [_key(key, blocks.get(key.id, {})) for key in rows]
    if not all(key.opened for key in rows):
        call.screen.remark(call.desk.vault.trouble().text(call.screen.lang))
    return listed(keys, ("id", "key", "added", "blocked_until", "refused_since"))


def key_remove(call: Call) -> Answer:
    shop, key_id = call.shop, call.args.key
    call.desk.remove_key(shop, key_id)
    document = {"id": key_id, "removed": True}
    return said(document, "key.removed", id=str(key_id), shop=shop.slug)


def key_unblock(call: Call) -> Answer:
    shop, key_id = call.shop, call.args.key
    setup.forget_block(call.desk, shop, key_id)
    document = {"id": key_id, "blocked_until": None, "refused_since": None}
    return said(document, "key.unblocked", id=str(key_id), shop=shop.slug)


def store_add(call: Call) -> Answer:
    args, desk, shop = call.args, call.desk, call.shop
    with serving(desk, shop):
        setup.speaks(desk, shop, args.language)
    row = {
        "name": args.name,
        "language": args.language,
        "public": secret(call.screen, "CLERK_PUBLIC_KEY"),
        "private": secret(call.screen, "CLERK_PRIVATE_KEY"),
        "api_url": args.api_url,
    }
    store = setup.new_store(desk, shop, row, schedule=args.schedule == "on")
    code = "store.added" if args.schedule == "on" else "store.added_paused"

    def draw(screen: Screen) -> None:
        screen.say(code, store=store.slug)
        screen.line(text("own_sync", screen.lang))
        screen.line(text("shops.key_advice", screen.lang))

    return Answer(store_row(call, store), draw)


def store_keys(call: Call) -> Answer:
    desk, store = call.desk, call.store
    public = secret(call.screen, "CLERK_PUBLIC_KEY")
    private = secret(call.screen, "CLERK_PRIVATE_KEY")
    with serving(desk, desk.shop_by_id(store.shop_id)):
        changed = setup.rotate_clerk_keys(desk, store, public, private)
    return said(store_row(call, changed), "store.keys", store=store.slug)


def store_set(call: Call) -> Answer:
    store, listed = call.store, "; ".join(call.args.assignments)
    options = run.change_options(call.desk, store, assignments(call.args.assignments))
    document = {"store": store.slug, "options": options}
    return said(document, "store.changed", store=store.slug, changes=listed)


def store_remove(call: Call) -> Answer:
    store = call.store
    run.remove_store(call.desk, store)
    return said({"store": store.slug, "removed": True}, "store.removed", store=store.slug)


def store_pause(call: Call) -> Answer:
    return _paused(call, True, "store.paused")


def store_resume(call: Call) -> Answer:
    return _paused(call, False, "store.resumed")


def _paused(call: Call, paused: bool, code: str) -> Answer:
    store = call.desk.pause(call.store, paused)
    return said(store_row(call, store), code, store=store.slug)


def _key_pair(call: Call) -> tuple[str, str]:
    key = secret(call.screen, "LIGHTSPEED_API_KEY")
    if not _USUAL_KEY.fullmatch(key):
        call.screen.remark(call.screen.text("key.unusual"))
    return key, secret(call.screen, "LIGHTSPEED_API_SECRET")


def _shop(desk: Desk, shop: ShopRow) -> Row:
    return {
        "shop": shop.slug,
        "name": shop.name,
        "domain": shop.domain,
        "cluster": shop.cluster,
        "api_url": shop.api_url,
        "keys": len(desk.key_ids(shop)),
        "stores": [store.slug for store in desk.stores(shop)],
        "reserve": shop.reserve,
        "url_language": shop.url_language,
        "demo": shop.demo,
        "unknown": survey.unknown(desk, shop),
    }


def _checked(shop: ShopRow, check: Row) -> Row:
    """What a person wants to know of Lightspeed's answers, which hold the API key in the clear."""
    sent, languages = check["shop"], check["languages"]
    return {
        "shop": shop.slug,
        "cluster": check["cluster"],
        "account": check["account"]["id"],
        "domain": sent["mainDomain"] if isinstance(sent, dict) else None,
        "permissions": check["permissions"],
        "languages": [_language(row) for row in languages] if languages is not None else None,
        "budget": check["budget"],
        "keys": check["keys"],
        "url_language": shop.url_language,
        "storefront": check["storefront"],
    }


def _language(row: Row) -> Row:
    return {
        "code": row["code"],
        "title": row["title"],
        "active": row["isActive"],
        "default": row["isDefault"],
    }


def _key(key: StoredKey, block: Row) -> Row:
    """What is shown of a key; its characters only where it can be opened."""
    return {
        "id": key.id,
        "key": str(key.opened.key) if key.opened else None,
        "added": iso(key.added),
        "blocked_until": iso(block.get("until")),
        "refused_since": iso(block.get("refused")),
    }
