"""Kinds of places that alerts go to: which there are, and which addresses may be called."""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit
from urllib.request import getproxies

from sync.addresses import BadAddress, Ip, allowed_networks, checked_host, may_be_called
from sync.alerts.connections import watched
from sync.alerts.message import Told
from sync.errors import Message
from sync.store import Refused
from sync.texts import text
from sync.vault import register

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

NAMES: Final = {
    "webhook": "Webhook",
    "slack": "Slack",
    "discord": "Discord",
    "teams": "Microsoft Teams",
    "gchat": "Google Chat",
    "mattermost": "Mattermost",
    "rocketchat": "Rocket.Chat",
    "ntfy": "ntfy",
    "telegram": "Telegram",
    "webex": "Webex",
    "zulip": "Zulip",
}
# By the name of Apprise's class; of most kinds the host is the provider's own.
SERVICES: Final = {
    "NotifyJSON": "webhook",
    "NotifySlack": "slack",
    "NotifyDiscord": "discord",
    "NotifyWorkflows": "teams",
    "NotifyGoogleChat": "gchat",
    "NotifyMattermost": "mattermost",
    "NotifyRocketChat": "rocketchat",
    "NotifyNtfy": "ntfy",
    "NotifyTelegram": "telegram",
    "NotifyWebexTeams": "webex",
    "NotifyZulip": "zulip",
    "NotifyEmail": "email",
}
_ANYWHERE: Final = {"webhook", "teams", "mattermost", "rocketchat", "ntfy", "email"}
_LONGEST: Final = 4_000
# What Apprise would read a file or another address for.
_BARRED: Final = re.compile(r"template|pgp|attach|:?file|config", re.IGNORECASE)
_STATUS: Final = re.compile(r"error=(\d{3})\b")
_TOKEN: Final = re.compile(r"(?=[^/?&=:@#]*\d)(?=[^/?&=:@#]*[A-Za-z])[^/?&=:@#\s]{10,}")


def service_name(service: str, lang: str) -> str:
    """What people call a kind of place."""
    return NAMES.get(service) or text(f"alert.service.{service}", lang)


class BadPlace(Refused):
    """An address that alerts cannot go to."""


class Place:
    """An address that alerts can go to. BadPlace if it is of an unknown kind, is not encrypted, or
    its host may not be called; what is not public is called only where SYNC_ALLOW_PRIVATE has its
    network."""

    def __init__(self, url: str) -> None:
        register_parts(url)
        self._plugin = _plugin(url.strip())
        self.service = SERVICES[type(self._plugin).__name__]
        self._host = _host(self._plugin) if self.service in _ANYWHERE else ""
        if self._host and not self._is_encrypted() and not _is_allowed(self._host):
            raise BadPlace("target_plain")
        if self._host and not _is_public(self._host):
            raise BadPlace("target_host")

    def _is_encrypted(self) -> bool:
        return bool(self._plugin.secure) or self.service == "teams"

    def _may_be_reached(self, address: Ip) -> bool:
        if self.service != "email" and getproxies():
            return True  # a proxy, which looks names up itself
        return may_be_called(address) if self._is_encrypted() else _is_in_allowed(address)

    def send(self, told: Told) -> Message | None:
        """Send a message there; why it did not arrive, None if it did."""
        from apprise import NotifyType

        if self.service == "webhook":
            extras: dict[str, Any] = self._plugin.payload_extras  # type: ignore[attr-defined]
            extras.setdefault("dedupe_keys", list(told.keys))
        with _heard() as said, watched(self._may_be_reached) as watch:
            kind = NotifyType(told.weight)
            if self._plugin.notify(body=told.body, title=told.title, notify_type=kind):
                return None
        if watch.barred:
            return Message("alert.error.barred")
        status = next((match[1] for line in said if (match := _STATUS.search(line))), None)
        if status is None:
            return Message("alert.error.silent")
        return Message("alert.error.status", status=int(status))


def register_parts(url: str) -> None:
    """Let no part of an address that may be a token appear in a log. BadPlace if it has no parts
    that can be told."""
    register(url)
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        raise BadPlace("target_url") from None
    for part in _TOKEN.findall(url):
        if part.lower() not in host:
            register(part)


def _plugin(url: str) -> NotifyBase:
    """Apprise's own of that address, which follows no redirect and checks certificates."""
    _quiet()
    from apprise import Apprise, AppriseAsset

    if len(url) > _LONGEST or not url.isprintable() or "://" not in url:
        raise BadPlace("target_url")
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    if any(_BARRED.match(name) for name, _ in query):
        raise BadPlace("target_parameter")
    plugin = Apprise.instantiate(url, asset=AppriseAsset(http_redirects=False))
    if plugin is None or type(plugin).__name__ not in SERVICES:
        raise BadPlace("target_url")
    plugin.redirects, plugin.verify_certificate = False, True
    plugin.request_rate_per_sec = 0  # what would be waited for here is gathered before
    return plugin


def _host(plugin: NotifyBase) -> str:
    """The host that a person named; "" where it is the provider's."""
    if getattr(plugin, "mode", None) == "cloud":
        return ""
    named = getattr(plugin, "smtp_host", None) or plugin.host
    return str(named).strip("[]").lower()


# -- which hosts ----------------------------------------------------------------------------


def _is_public(host: str) -> bool:
    """Whether a host is spelled as one that may be called; where its name leads is looked at with
    each connection."""
    try:
        checked_host(f"[{host}]" if ":" in host else host)
    except BadAddress:
        return False
    return True


def _is_allowed(host: str) -> bool:
    """Whether it lies in a network that was allowed, where what is not encrypted may do."""
    found = _addresses(host)
    return bool(found) and all(map(_is_in_allowed, found))


def _is_in_allowed(address: Ip) -> bool:
    return any(address in network for network in allowed_networks())


def _addresses(host: str) -> list[Ip]:
    """Where a host leads to; nothing where its name is unknown."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [ipaddress.ip_address(str(where[0]).partition("%")[0]) for *_, where in found]


# -- what Apprise says ----------------------------------------------------------------------


class _Hush(logging.Filter):
    """Lets no line out: addresses with tokens stand in them. Whoever sends a message may hear
    what was said of it in this thread."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        lines: list[str] | None = getattr(self.heard, "lines", None)
        if lines is not None and record.levelno >= logging.WARNING:
            lines.append(record.getMessage())
        return False


_hush: Final = _Hush()


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What is said of why a message did not arrive."""
    lines: list[str] = []
    _hush.heard.lines = lines
    try:
        yield lines
    finally:
        del _hush.heard.lines


def _quiet() -> None:
    # A filter outlives what others set of levels and handlers. It hears what its logger's level
    # lets through: the root's, if it has none of its own, and a command sets that to errors.
    for name in ("apprise", "urllib3", "urllib3.connectionpool", "urllib3.util.retry"):
        logger = logging.getLogger(name)
        logger.addFilter(_hush)
        logger.setLevel(logging.WARNING)
