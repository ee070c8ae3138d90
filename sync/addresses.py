"""Which addresses may be called, and which of them are this computer."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final
from urllib.parse import quote, urlsplit

_OPENED: Final = re.compile(r"https://|http://127\.0\.0\.1(:\d+)?/")


def is_loopback(host: str) -> bool:
    """Whether the host's name or address means this computer, and nothing else can: `localhost`,
    127.0.0.0/8 in four plain numbers, and ::1."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address == ipaddress.IPv6Address("::1") and address.scope_id is None
    return address.is_loopback


def checked_address(url: str) -> bool:
    """Whether the address is a loopback one; ValueError if it may not be called at all: it must
    begin with https, or with http on loopback, and hold no user, password or query."""
    if re.search(r"[\s\x00-\x1f\x7f\\]", url):
        raise ValueError("an address must hold no blanks and no backslashes")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("this is no address: its host or port cannot be read") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("an address must begin with https:// and name a host")
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ValueError(f"the address of {host} must hold no user, password or query")
    loopback = is_loopback(host)
    if parts.scheme == "http" and not loopback:
        raise ValueError(f"{host} must be reached by https: keys travel with each call")
    return loopback


def is_openable(url: str) -> bool:
    """Whether a reader's browser may load an address of the shop: over https alone, or from this
    computer's stand-in."""
    return bool(_OPENED.match(url))


def for_a_browser(url: Any) -> str | None:
    """Return such an address as it may stand in Markdown; None for any other."""
    if not isinstance(url, str) or not is_openable(url):
        return None
    return quote(url, safe=":/?#@!$&*+,;=%~-._")
