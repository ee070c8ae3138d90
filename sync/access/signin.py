"""How people sign in to the dashboard, by configuration, and what is believed of them."""

from __future__ import annotations

import hmac
import ipaddress
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from sync.access.persons import normal
from sync.errors import CodedError

HOURS: Final = 12.0
LONGEST: Final = 720.0  # hours; the browser keeps Streamlit's cookie for 30 days
SHORTEST_SECRET: Final = 16  # characters
_LONGEST_NAME: Final = 254  # characters of an e-mail address
_LATEST: Final = 1e11  # unix s
_BETWEEN: Final = frozenset(',;"<>()')  # stand between or around names; no name has them


class SignInError(CodedError):
    """The configuration says nothing that a sign-in could go by."""


class SignedOut(CodedError):
    """Nobody is signed in, or not any more, or not somebody who is let in; `reason` says which."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"signin.{reason}", **values)
        self.reason = reason


class Mode(StrEnum):
    """Who says who somebody is: nobody, for there is only one; a provider of OpenID Connect; a
    proxy in front of the dashboard."""

    NONE = "none"
    OIDC = "oidc"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is proven to be who they are: name or e-mail address, until when (unix s), and
    what this sign-in is told from others by; "" where there is none to sign out of."""

    name: str
    until: float = math.inf
    signin: str = ""

    @property
    def number(self) -> str:
        """What is kept for them is kept under this."""
        return _digest("person", normal(self.name))[:32]


@dataclass(frozen=True)
class SignIn:
    """The configuration: `hours` is how long a sign-in lasts at most, `header` holds the name that
    a proxy passes on, `secret_header` what proves that it was the proxy, `sign_out` where one
    signs out of it."""

    mode: Mode
    hours: float = HOURS
    header: str = "X-Forwarded-Email"
    secret_header: str = "X-Proxy-Secret"  # noqa: S105 - the name of a header
    secret: str = field(default="", repr=False)
    sign_out: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> SignIn:
        """Return what SYNC_SIGNIN and the variables beside it say; SignInError names the one that
        says nothing sensible."""
        given = _given(os.environ if environ is None else environ)
        mode = given("SYNC_SIGNIN").lower() or Mode.NONE
        if mode not in {str(known) for known in Mode}:
            raise SignInError("signin.mode", given=mode)
        config = cls(
            Mode(mode),
            _hours(given("SYNC_SIGNIN_HOURS")),
            given("SYNC_PROXY_HEADER") or cls.header,
            given("SYNC_PROXY_SECRET_HEADER") or cls.secret_header,
            given("SYNC_PROXY_SECRET"),
            given("SYNC_PROXY_SIGN_OUT"),
        )
        if config.mode is Mode.PROXY:
            config._checked()
        return config

    def _checked(self) -> None:
        if len(self.secret) < SHORTEST_SECRET:
            raise SignInError("signin.secret", least=SHORTEST_SECRET)
        if self.header.lower() == self.secret_header.lower():
            raise SignInError("signin.headers")
        if self.sign_out and not self.sign_out.startswith(("/", "https://")):
            raise SignInError("signin.sign_out_address")

    def claimed(self, claims: Mapping[str, Any], now: float) -> Visitor:
        """Return who an identity token names, as long as it is valid and not older than `hours`;
        SignedOut otherwise."""
        if not claims.get("is_logged_in"):
            raise SignedOut("needed")
        ends = [_time(claims.get("exp")), _time(claims.get("iat")) + self.hours * 3600]
        if not all(now < end for end in ends):  # nor where a time is missing
            raise SignedOut("ended")
        name = _name(claims.get("email"))
        if name is None:
            raise SignedOut("no_email")
        if claims.get("email_verified", True) not in (True, "true"):
            raise SignedOut("unverified", who=name)
        parts = [str(claims.get(part)) for part in ("iss", "sub", "iat", "exp", "nonce")]
        return Visitor(name, min(ends), _digest("oidc", *parts))

    def passed_on(
        self, header: Callable[[str], Sequence[str]], since: float, now: float
    ) -> Visitor:
        """Return whom the proxy names, if it proves that it is the proxy. `header` returns every
        value of a header: one that was sent twice was not sent by the proxy alone. The session
        began at `since` (unix s)."""
        secrets, names = header(self.secret_header), header(self.header)
        known = [hmac.compare_digest(_bytes(each), _bytes(self.secret)) for each in secrets]
        if known != [True] or len(names) != 1:
            raise SignedOut("proxy")
        name = _name(names[0])
        if name is None:
            raise SignedOut("proxy")
        until = since + self.hours * 3600
        if not now < until:
            raise SignedOut("again")
        period = int(now // (self.hours * 3600))
        return Visitor(name, until, _digest("proxy", normal(name), str(period)))


def is_loopback(address: str | None) -> bool:
    """Whether nobody but this computer reaches what is bound to that address."""
    if address is None:
        return False
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def _given(environ: Mapping[str, str]) -> Callable[[str], str]:
    return lambda name: environ.get(name, "").strip()


def _hours(text: str) -> float:
    if not text:
        return HOURS
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not 0 < hours <= LONGEST:
        raise SignInError("signin.hours", given=text, most=int(LONGEST))
    return hours


def _time(value: object) -> float:
    """A time of a token (unix s); no number is always over."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if -_LATEST < value < _LATEST else math.nan


def _name(value: object) -> str | None:
    """A name or address that can be one: a word that can be printed, and one alone."""
    text = value.strip() if isinstance(value, str) else ""
    sound = 0 < len(text) <= _LONGEST_NAME and text.isprintable()
    sound = sound and not text.startswith("@") and not any(each.isspace() for each in text)
    sound = sound and text.count("@") < 2 and _BETWEEN.isdisjoint(text)
    return text if sound else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
