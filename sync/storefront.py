"""Whether a shop's addresses carry the language part: what its storefront says to one of them.

One product's address is asked for in both forms, each request by itself: no cookies, no keys, no
redirect followed, no page read, at most one a second, five seconds each, the shop's own domain over
https.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from sync.addresses import is_loopback
from sync.clock import iso
from sync.http import Http, HttpError
from sync.mirror import Mirror, facts
from sync.openshop import opened_shop
from sync.shapes.address import url_path
from sync.store import Desk, ShopRow

SECONDS: Final = 5.0
_PAUSE: Final = 1.0
_HEADERS: Final = {"Accept": "text/html"}


def ask(desk: Desk, shop: ShopRow) -> dict[str, Any] | None:
    """Ask, and keep the answer: {"at" (ISO), "language", "asked": {form: address}, "got": {form:
    status, None where nothing came}, "form": "all" | "not_default" | None where neither form is
    answered with 200}. None where there is nothing to ask: fewer than two active languages, no
    store in the default one, or no product read yet. Never raises for what a storefront does."""
    addresses = _addresses(desk, shop)
    if addresses is None:
        return None
    language, paths = addresses
    base = _base(desk, shop)
    got = {form: _status(desk, shop, base, path) for form, path in paths.items()}
    told = {
        "at": iso(desk.clock.now()),
        "language": language,
        "asked": {form: f"{base}/{path}" for form, path in paths.items()},
        "got": got,
        "form": next((form for form in ("all", "not_default") if got[form] == 200), None),
    }
    desk.keep_storefront(shop, told)
    return told


def _addresses(desk: Desk, shop: ShopRow) -> tuple[str, dict[str, str]] | None:
    """The default language and one product's path in both forms."""
    for store in desk.stores(shop):
        with opened_shop(desk, store) as room:
            languages = room.mirror.fact(facts.LANGUAGES)
            if not _is_default(languages, store.language):
                continue
            slug = _slug(room.mirror, store.language)
        if slug:
            path = f"{url_path(slug)}.html"
            return store.language, {"all": f"{store.language}/{path}", "not_default": path}
    return None


def _is_default(languages: Iterable[Mapping[str, Any]], code: str) -> bool:
    active = [row for row in languages if row["active"]]
    return len(active) > 1 and any(row["default"] and row["code"] == code for row in active)


def _slug(mirror: Mirror, lang: str) -> str | None:
    rows = mirror.stream(
        "SELECT slug FROM product WHERE lang = ? AND visible AND slug <> ''"
        " ORDER BY sellable DESC, id DESC LIMIT 1",
        lang,
    )
    return next((slug for (slug,) in rows), None)


def _base(desk: Desk, shop: ShopRow) -> str:
    """The shop's own domain; a shop on a stand-in has its storefront there as well."""
    if shop.api_url and is_loopback(urlsplit(shop.api_url).hostname or ""):
        return shop.api_url
    domain = shop.domain
    for store in [] if domain else desk.stores(shop)[:1]:
        with opened_shop(desk, store) as room:
            known = room.mirror.fact(facts.SHOP)
            domain = known["domain"] if known else ""
    return f"https://{domain}"


def _status(desk: Desk, shop: ShopRow, base: str, path: str) -> int | None:
    try:
        with Http(base, timeout=SECONDS, stand_in=shop.demo) as http:
            if not http.loopback:
                desk.clock.sleep(_PAUSE)
            return http.send("GET", path, headers=_HEADERS, whole=False).status
    except (HttpError, ValueError):
        return None
