"""The keys: whether they can be opened, and whether both sides take them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from sync import setup
from sync.budget import Spent
from sync.clerk import ClerkError
from sync.database import kept, sqlite3
from sync.doctor.checks import Check, failed, todo_of
from sync.doctor.sides import AT_ONCE, Host, clerk_host, lightspeed_host
from sync.errors import Message
from sync.keyfile import KEY_FILE
from sync.lightspeed import KeyRefused, LightspeedError, NoPermission
from sync.openshop import budget_of, lightspeed_client
from sync.store import Desk, KeyRow, ShopRow, StoreRow, UsageError
from sync.vault import VaultError


def vault(desk: Desk) -> Check:
    """Whether every stored secret can be opened."""
    lost = desk.unopened()
    if lost:
        names = Message("doctor.sealed", of=", ".join(lost))
        why = desk.vault.trouble().message
        kind = why.code.removeprefix("vault.")
        told = Message(f"doctor.vault_lost.{kind}", **why.values, what=names)
        return Check("vault", False, told, Message(f"doctor.vault_todo.{kind}", **why.values))
    try:
        several = desk.vault.source == KEY_FILE and desk.vault.key_count() > 1
    except VaultError:  # no key, and nothing that it could have sealed
        return Check("vault", True, Message("doctor.vault_empty"))
    if several:
        half = Message("doctor.vault_several")
        return Check("vault", True, half, Message("doctor.vault_several_todo"))
    return Check("vault", True, Message("doctor.vault", source=desk.vault.source))


def taken(desk: Desk, hosts: Mapping[str, Host]) -> Iterator[Check]:
    """What both sides say of the keys of every shop and store whose host answers: a call for each
    key of Lightspeed, one or two for a store. No more is spent than a person may."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for checks in pool.map(lambda shop: _of_shop(desk, shop, hosts), desk.shops()):
            yield from checks


def _of_shop(desk: Desk, shop: ShopRow, hosts: Mapping[str, Host]) -> list[Check]:
    stores = desk.stores(shop)
    with kept():
        found = []
        if hosts[lightspeed_host(shop)].why is None:
            found += _lightspeed(desk, shop, stores[0].language if stores else "nl")
        asked = [store for store in stores if hosts[clerk_host(store)].why is None]
        return found + [check for store in asked for check in _clerk(desk, store)]


def _lightspeed(desk: Desk, shop: ShopRow, language: str) -> list[Check]:
    try:
        keys = desk.keys(shop)
        if not keys:
            return [_wrong("lightspeed", Message("refusal.no_api_key", shop=shop.slug), shop)]
        told = [_key(desk, shop, key, language) for key in keys]
    except VaultError:  # the vault's own check says so
        return []
    except (sqlite3.Error, OSError, UsageError) as error:
        return [failed("lightspeed", error, shop=shop.slug)]
    bad = [check for check in told if check is not None]
    if bad:
        return bad
    return [Check("lightspeed", True, Message("doctor.lightspeed", keys=len(keys)), shop=shop.slug)]


def _key(desk: Desk, shop: ShopRow, key: KeyRow, language: str) -> Check | None:
    """What is wrong with a key, None if nothing is."""
    budget = budget_of(desk, shop, keys=[key])
    with lightspeed_client(
        desk, shop, budget, language, person=True, keys=[key], retries=0
    ) as client:
        try:
            client.get("account")
        except NoPermission:
            return None  # it is known, and may not read this
        except Spent as spent:
            return Check(
                "lightspeed", True, Message("doctor.not_asked", why=spent.message), None, shop.slug
            )
        except LightspeedError as error:
            code = "doctor.key" if isinstance(error, KeyRefused) else "doctor.said"
            return _wrong("lightspeed", Message(code, id=key.id, why=error.message), shop)
    return None


def _clerk(desk: Desk, store: StoreRow) -> list[Check]:
    try:
        check = setup.check_store(desk, store)
    except VaultError:
        return []
    except (sqlite3.Error, OSError, UsageError, ClerkError) as error:
        return [failed("clerk", error, store=store.slug)]
    if check.said is not None:
        return [Check("clerk", False, check.said, todo_of(check.said), store=store.slug)]
    code = "doctor.clerk" if check.private else "doctor.clerk_public"
    return [Check("clerk", True, Message(code), store=store.slug)]


def _wrong(name: str, message: Message, shop: ShopRow) -> Check:
    return Check(name, False, message, todo_of(message), shop.slug)
