"""What stands for codes and numbers of shops on the page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pages.components import format
from pages.components.texts import plain, t
from sync.manual import option_label
from sync.personal.masking import HIDDEN
from sync.setup import ShopStanding
from sync.store import Desk, ShopRow, StoreRow
from sync.texts import text
from sync.vault import Secret, VaultError

_SHOWN: Final = "…\u2060"  # no line ends within


def state(code: str) -> str:
    """A shop's standing in a word or two."""
    return t(f"shops.state.{code}")


@lru_cache
def schedule(paused: bool, sync_time: str, language: str) -> str:
    """When a store syncs by itself."""
    if paused:
        return text("shops.schedule.paused", language)
    return option_label("sync_time", sync_time, language)


def schedules(standing: ShopStanding, language: str) -> str:
    """When the stores of a shop sync by themselves, as far as one can say it in a cell."""
    said = {schedule(each.store.paused, each.sync_time, language) for each in standing.stores}
    if len(said) == 1:
        return said.pop()
    if standing.paused:
        values = {"paused": standing.paused, "stores": len(standing.stores)}
        return text("shops.schedule.some_paused", language, **values)
    return text("shops.schedule.mixed", language) if said else ""


def languages(standing: ShopStanding) -> str:
    """The languages of a shop's stores, each once."""
    spoken = (each.store.language.upper() for each in standing.stores)
    return ", ".join(dict.fromkeys(spoken))


def choices(family: str, codes: Iterable[str]) -> dict[str, str]:
    """The names of a widget's options."""
    return {code: t(f"{family}{code}") for code in codes}


def listed(family: str, codes: Iterable[str]) -> str:
    """Names of a family of codes, in one line."""
    return ", ".join(t(f"{family}.{code}") for code in codes)


def tail(secret: Secret) -> str:
    """The last four characters of a secret, as Markdown."""
    return plain(str(secret).replace(HIDDEN, _SHOWN))


def tails(desk: Desk, shop: ShopRow) -> dict[int, str]:
    """The last four characters of a shop's keys, by key id; a dash where one can no longer be
    opened."""
    return {
        key.id: tail(key.opened.key) if key.opened else t("format.never")
        for key in desk.stored_keys(shop)
    }


def public_tail(desk: Desk, store: StoreRow) -> str:
    """The last four characters of a store's public key; a dash if it can no longer be opened."""
    try:
        return tail(desk.clerk_keys(store)[0])
    except VaultError:
        return t("format.never")


def urls(shop: ShopRow) -> str:
    """Which form the addresses of the shop's products have."""
    if shop.url_language == "auto" and shop.url_form is None:
        return t("shops.urls.unknown")
    return t("shops.urls.all" if shop.language_in_every_url else "shops.urls.not_default")


def count(code: str, number: int) -> str:
    """A counted thing in the reader's language."""
    return t(code, number=format.number(number))
