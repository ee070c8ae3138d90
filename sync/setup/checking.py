"""Asking both sides about the keys that are stored, and keeping what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync import storefront
from sync.budget import Spent
from sync.clerk import ClerkRefused
from sync.errors import Message
from sync.lightspeed import KeyRefused, LightspeedError, NoPermission
from sync.openshop import budget_of, lightspeed_client
from sync.setup.trying import clerk_says, told
from sync.store import Desk, KeyCheck, KeyRow, Refused, ShopRow, StoreRow


def check_shop(desk: Desk, shop: ShopRow) -> dict[str, Any]:
    """What Lightspeed says of the shop's keys: account (without the key it repeats), permissions,
    shop, languages, cluster, language, budget; keys ({"id", "refused": text or None, None too where
    it could not be asked now, "detail"}); and what the storefront says (`storefront.ask`). What it
    says of rights and refusals is kept. Raises the one-line error of what is wrong, Spent where no
    call may be made now."""
    desk.must("key check", shop)
    desk.audit("key check", shop.slug)
    stores = desk.stores(shop)
    language = stores[0].language if stores else "nl"
    budget = budget_of(desk, shop)
    keys = _checked_keys(desk, shop, language)
    client = lightspeed_client(desk, shop, budget, language, person=True)
    try:
        checked = client.check()
    except NoPermission as error:
        raise Refused("check_rights", why=error) from error
    except KeyRefused as error:
        desk.keep_key_check(shop, KeyCheck(desk.clock.now(), error.message))
        raise
    finally:
        client.close()
    account = {name: value for name, value in checked["account"].items() if name != "apiKey"}
    windows = budget.windows()
    desk.keep_key_check(shop, check_of(desk, told(checked, windows)))
    return {
        **checked,
        "account": account,
        "budget": windows,
        "keys": keys,
        "storefront": storefront.ask(desk, shop),
    }


def check_of(desk: Desk, answers: Mapping[str, Any]) -> KeyCheck:
    """What is kept of answers as `try_lightspeed` gives them."""
    languages = answers["languages"]
    return KeyCheck(
        desk.clock.now(),
        rights=answers["rights"],
        languages=languages and tuple(row["code"] for row in languages if row["active"]),
        limits={row["window"]: row["limit"] for row in answers["limits"]},
    )


def _checked_keys(desk: Desk, shop: ShopRow, language: str) -> list[dict[str, Any]]:
    """Each of several keys by itself: one that is refused hides behind the others."""
    rows = desk.keys(shop)
    if len(rows) < 2:
        return [{"id": row.id, "refused": None, "detail": None} for row in rows]
    refusals = [(row.id, _refusal(desk, shop, row, language)) for row in rows]
    return [
        {"id": number, "refused": said and said.text(), "detail": said and said.as_json()}
        for number, said in refusals
    ]


def _refusal(desk: Desk, shop: ShopRow, row: KeyRow, language: str) -> Message | None:
    budget = budget_of(desk, shop, keys=[row])
    with lightspeed_client(desk, shop, budget, language, person=True, keys=[row]) as client:
        try:
            client.get("account")
        except KeyRefused as error:
            return error.message
        except (LightspeedError, Spent):
            return None
    return None


def check_store(desk: Desk, store: StoreRow) -> KeyCheck:
    """What Clerk.io says of the store's keys; kept. Raises ClerkError where it says nothing."""
    desk.must("key check", store)
    desk.audit("key check", store.slug)
    public, private = desk.clerk_keys(store)
    at = desk.clock.now()
    try:
        stand_in = desk.shop_by_id(store.shop_id).stand_in
        proved = clerk_says(store.api_url, public, private, desk.clock, stand_in)
        check = KeyCheck(at, private=proved)
    except ClerkRefused as error:
        check = KeyCheck(at, error.message)
    desk.keep_key_check(store, check)
    return check
