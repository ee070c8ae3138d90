"""Values somebody typed, checked on their way into the desk."""

from __future__ import annotations

import re

from sync.settings import normal_name
from sync.store.errors import Refused, UsageError


def slug_of(name: str) -> str:
    """`Buiten & Fiets` → `buiten-fiets`; raises UsageError for a name without letters or digits."""
    slug = normal_name(name).replace("_", "-")
    if not slug:
        raise Refused("empty_name", name=name)
    return slug


def clean_domain(domain: str) -> str:
    """`https://www.shop.nl/` → `www.shop.nl`; may be empty (the shop's main domain is used)."""
    bare = re.sub(r"^https?://", "", domain.strip().lower()).split("/")[0]
    if bare and not re.fullmatch(r"[a-z0-9äöüß.:-]+", bare):
        raise Refused("domain", domain=domain)
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


def checked_url(url: str | None) -> str | None:
    """An --api-url without its trailing slash; plain http is for loopback only."""
    if url is None or not url.strip():
        return None
    match = re.fullmatch(r"(https?)://(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d+)?/*", url.strip())
    if not match:
        raise Refused("api_url", url=url)
    loopback = match[2] in ("127.0.0.1", "localhost", "[::1]") or match[2].startswith("127.")
    if match[1] == "http" and not loopback:
        raise Refused("api_url_http")
    return url.strip().rstrip("/")


def shop_value(key: str, value: str) -> str | int:
    """One changed value of a shop as its column holds it; UsageError names what is allowed."""
    if key == "reserve":
        if not re.fullmatch(r"\d{1,2}", value) or int(value) > 90:
            raise Refused("reserve")
        return int(value)
    if key == "name" and value.strip():
        return value.strip()
    if key == "domain":
        return clean_domain(value)
    if key == "cluster" and value in ("eu1", "us1"):
        return value
    if key in ("name", "cluster"):
        raise UsageError(f"{key}: {value!r} is not allowed")
    raise UsageError(f"unknown shop setting {key!r}; allowed: reserve, name, domain, cluster")
