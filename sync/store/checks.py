"""Values somebody typed, checked on their way into the desk."""

from __future__ import annotations

import re
from typing import Final

from sync.addresses import BadAddress, checked_address
from sync.names import normal_name
from sync.shapes.plain import without_marks
from sync.store.errors import Refused, UsageError

URL_LANGUAGES: Final = ("auto", "all", "not_default")
STORE_OPTIONS: Final = {
    "outlier_hold": "no",
    "outlier_k": "4",
    "patrol_days": "0",
    "patrol_resend": "no",
    "fresh_products_h": "auto",
    "fresh_orders_h": "auto",
}
_NUMBERS: Final = {"outlier_k": "option_factor", "patrol_days": "option_days"}
_TRUTH: Final = {"true": "yes", "1": "yes", "false": "no", "0": "no"}
_SLASHES: Final = 2  # of scheme and host alone
_LONGEST_NAME: Final = 100


def clean_name(name: str) -> str:
    """The name of a shop or store on one line, without marks that nobody sees; UsageError where
    nothing is left to make a slug from, or where it is too long to be one's file."""
    cleaned = without_marks(name)
    slug_of(cleaned)
    if len(cleaned) > _LONGEST_NAME:
        raise Refused("long_name", name=f"{cleaned[:20]}…", most=_LONGEST_NAME)
    return cleaned


def slug_of(name: str) -> str:
    """`Buiten & Fiets` → `buiten-fiets`; raises UsageError for a name without letters or digits."""
    slug = normal_name(name).replace("_", "-")
    if not slug:
        raise Refused("empty_name", name=name)
    return slug


def clean_domain(domain: str) -> str:
    """`https://www.shop.nl/` → `www.shop.nl`; may be empty (the shop's main domain is used).
    UsageError for one that may not be called."""
    bare = re.sub(r"^https?://", "", domain.strip().lower()).split("/")[0]
    try:
        if bare:
            checked_address(f"https://{bare}")
    except BadAddress as error:
        odd = error.code == "address.odd"
        raise Refused("domain", domain=domain) if odd else UsageError(error.message) from None
    return bare


def checked_cluster(cluster: str) -> str:
    """The cluster's name; UsageError for an unknown one."""
    if cluster not in ("eu1", "us1"):
        raise Refused("cluster", cluster=cluster)
    return cluster


def checked_language(language: str) -> str:
    """The language's code; UsageError if it is not one of a shop."""
    if not re.fullmatch(r"[a-z]{2}", language):
        raise Refused("language", language=language)
    return language


def checked_url(url: str | None, stand_in: str | None = None) -> str | None:
    """An --api-url, scheme and host alone, without its trailing slash; UsageError for one that may
    not be called. Loopback is for the `stand_in` of a demo shop."""
    bare = (url or "").strip().rstrip("/")
    if not bare:
        return None
    if bare.count("/") != _SLASHES:
        raise UsageError("address.odd")
    try:
        checked_address(bare, stand_in=bare == stand_in)
    except BadAddress as error:
        raise UsageError(error.message) from None
    return bare


def shop_value(key: str, value: str) -> str | int:
    """One changed value of a shop as its column holds it; UsageError names what is allowed."""
    if key == "reserve":
        if not re.fullmatch(r"[0-9]{1,2}", value) or int(value) > 90:
            raise Refused("reserve")
        return int(value)
    if key == "name":
        return clean_name(value)
    if key == "domain":
        return clean_domain(value)
    if key == "cluster":
        return checked_cluster(value)
    if key == "url_language":
        return _one_of(key, value, URL_LANGUAGES)
    known = "reserve, name, domain, cluster, url_language"
    raise Refused("unknown_shop_option", option=key, known=known)


def store_option(key: str, value: str) -> str:
    """One option of a store that is no setting, as it is kept; UsageError names what is allowed."""
    if key not in STORE_OPTIONS:
        raise Refused("unknown_option", option=key, known=", ".join(STORE_OPTIONS))
    if key in ("outlier_hold", "patrol_resend"):
        return _one_of(key, _TRUTH.get(value.lower(), value), ("yes", "no"))
    if value == "auto" and STORE_OPTIONS[key] == "auto":
        return value
    if key == "patrol_days":
        fits = re.fullmatch(r"[0-9]{1,4}", value) is not None
    else:
        fits = re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value) is not None and float(value) > 0
    if not fits:
        raise Refused(_NUMBERS.get(key, "option_hours"), option=key, value=value)
    return value


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Refused("one_of", name=key, value=value, allowed=", ".join(allowed))
    return value
