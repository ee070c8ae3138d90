"""Which addresses may be called, which of them are this computer, and which a browser may load."""

from __future__ import annotations

import ipaddress
import os
import re
from functools import lru_cache
from typing import Any, Final
from unicodedata import normalize
from urllib.parse import quote

from sync.errors import BadEnvironment, CodedError

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

ALLOWING: Final = "SYNC_ALLOW_PRIVATE"
# The special-purpose registries of IANA; what is not unicast to anybody is closed.
_CLOSED_4: Final = tuple(
    ipaddress.IPv4Network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
    )
)
_OPEN_6: Final = ipaddress.IPv6Network("2000::/3")
_CLOSED_6: Final = tuple(
    ipaddress.IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/[A-Za-z0-9._~/-]*)?"
)
_NAME: Final = re.compile(r"(?:\w[\w-]{0,62}\.)*\w[\w-]{0,62}")
_NUMBER: Final = re.compile(r"\d+|0[xX][0-9A-Fa-f]*")
_LONGEST_NAME, _LAST_PORT = 253, 65535
_STAND_IN: Final = re.compile(r"http://127\.0\.0\.1(:[0-9]+)?/")
_ORIGIN: Final = re.compile(r"https://[^/?#]+")


class BadAddress(CodedError, ValueError):
    """An address that may not be called."""


def allowed_networks() -> Networks:
    """The networks of SYNC_ALLOW_PRIVATE, which may be called though they are not public;
    BadEnvironment if they cannot be read."""
    return _networks(os.environ.get(ALLOWING, ""))


@lru_cache(maxsize=8)
def _networks(text: str) -> Networks:
    try:
        return tuple(ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError:
        raise BadEnvironment("address.networks") from None


def may_be_called(address: Ip) -> bool:
    """Whether an address is a public one, or of a network that was allowed. One that carries an
    IPv4 address (mapped, NAT64) is that one."""
    address = _carried(address)
    return _is_public(address) or any(address in each for each in allowed_networks())


def _carried(address: Ip) -> Ip:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address


def _is_public(address: Ip) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in each for each in _CLOSED_4)
    return address in _OPEN_6 and not any(address in each for each in _CLOSED_6)


def is_loopback(host: str) -> bool:
    """Whether the host's name or address means this computer, and nothing else can: `localhost`,
    127.0.0.0/8 in four plain numbers, and ::1."""
    if host == "localhost":
        return True
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address):
        return address == ipaddress.IPv6Address("::1") and address.scope_id is None
    return address is not None and address.is_loopback


@lru_cache(maxsize=1024)
def _address(host: str) -> Ip | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def checked_address(url: str, *, stand_in: bool = False) -> bool:
    """Whether the address is a loopback one; BadAddress if it may not be called at all: it must
    begin with https, or with http on loopback, hold neither user nor query, and name a host as
    `checked_host` wants it."""
    match = _ADDRESS.fullmatch(url)
    if match is None or not _is_port(match["port"]):
        raise BadAddress("address.odd")
    loopback = checked_host(match["host"], stand_in=stand_in)
    if match["scheme"] == "http" and not loopback:
        raise BadAddress("address.http", host=match["host"])
    return loopback


def checked_host(host: str, *, stand_in: bool = False) -> bool:
    """Whether the host is this computer; BadAddress for one that is spelled oddly, or that is no
    public one and not allowed. Loopback is for a `stand_in`. Where a name leads to is looked at
    when it is called."""
    bare = host.strip("[]").lower()
    address = _address(bare)
    brackets = isinstance(address, ipaddress.IPv6Address)
    if (address is None and not _is_name(host)) or host.startswith("[") != brackets:
        raise BadAddress("address.odd")
    if is_loopback(bare):
        if not stand_in and not may_be_called(address or ipaddress.IPv4Address("127.0.0.1")):
            raise BadAddress("address.loopback", host=host)
        return True
    if address is not None and not may_be_called(address):
        raise BadAddress("address.private", host=host)
    return False


def _is_name(host: str) -> bool:
    """Whether it is a host's name and nothing that a resolver may take for a number (0x7f.1), or
    for other letters than those one sees."""
    return (
        len(host) <= _LONGEST_NAME
        and _NAME.fullmatch(host) is not None
        and _NUMBER.fullmatch(host.rpartition(".")[2]) is None
        and normalize("NFKC", host) == host
    )


def _is_port(digits: str | None) -> bool:
    return digits is None or 0 < int(digits) <= _LAST_PORT


def is_openable(url: str) -> bool:
    """Whether a reader's browser may load an address of the shop: over https alone, from a host as
    `checked_host` wants it, or from this computer's stand-in."""
    origin = _ORIGIN.match(url)
    if origin is None:
        return _STAND_IN.match(url) is not None
    try:
        checked_address(origin[0])
    except BadAddress:
        return False
    return True


def for_a_browser(url: Any) -> str | None:
    """Return such an address as it may stand in Markdown; None for any other."""
    if not isinstance(url, str) or not is_openable(url):
        return None
    return quote(url, safe=":/?#@!$&*+,;=%~-._")
