"""One call: what it asks for, how often it was tried, and what an error of it means."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sync.budget import Spent
from sync.clock import Clock
from sync.http import Answer, BadAnswer, HttpError, NetworkError, Refused
from sync.lightspeed.answers import (
    Blocked,
    KeyRefused,
    LightspeedDown,
    LightspeedError,
    NoPermission,
    NoSuchLanguage,
    NotFound,
    Rejected,
    Unreadable,
)
from sync.lightspeed.keyring import Keyring
from sync.patience import backoff

log = logging.getLogger(__name__)

_MISSING_RETRIES = 2  # a fresh order is sometimes a 404 at first
_SECOND_LOOK = 5.0  # seconds until a refusal is believed, if it is said again
_THROTTLED_RETRIES = 10
_RECORD = re.compile(r"/\d+(/|$)")


@dataclass(frozen=True, slots=True)
class Call:
    """A GET below the language; `retries` where it wants others than the client makes."""

    path: str
    params: Mapping[str, str]
    person: bool
    language: str
    retries: int | None = None


@dataclass(slots=True)
class Tries:
    """How often a call was tried in vain, by why."""

    failed: int = 0
    missing: int = 0
    throttled: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """An answer as it came, with the key and the tries that it took. It is read only once it is
    wanted: read, it takes four times the memory."""

    call: Call
    answer: Answer
    key_id: int
    tries: Tries


class Judge:
    """Says whether a call is tried again: `retries` times, unless it says otherwise itself."""

    def __init__(self, keys: Keyring, clock: Clock, retries: int) -> None:
        self._keys = keys
        self._clock = clock
        self._retries = retries

    def pause(self, call: Call, error: HttpError, tries: Tries, key_id: int) -> float:
        """Seconds until the next try; raises what the error means if there is to be none."""
        status = error.status if isinstance(error, Refused) else None
        if status == 429:
            tries.throttled += 1
            if tries.throttled > _THROTTLED_RETRIES:
                raise Spent(self._clock.now() + 60, "second")
            return 0
        if status == 401 and self._keys.others_go_on(key_id):
            return 0
        if status == 404 and tries.missing < _MISSING_RETRIES and _may_appear(call, error):
            tries.missing += 1
            return backoff(tries.missing - 1)
        if isinstance(error, Refused) and error.status < 500 and error.status != 408:
            if tries.refused or not _may_pass(call, error):
                raise self._meaning(call, error, key_id)
            tries.refused += 1
            return _SECOND_LOOK
        most = self._retries if call.retries is None else call.retries
        if tries.failed >= most:
            raise _down(call, error)
        tries.failed += 1
        log.warning("%s: %s; retry %d of %d", call.path, error, tries.failed, most)
        return backoff(tries.failed - 1)

    def _meaning(self, call: Call, error: Refused, key_id: int) -> LightspeedError:
        if error.status == 401:
            return KeyRefused(self._keys.refusal(key_id))
        if error.status == 403:
            return NoPermission(call.path)
        if error.status == 404 and _is_language(error):
            return NoSuchLanguage("lightspeed.no_language", language=call.language)
        if error.status == 404:
            return NotFound(call.path)
        return Rejected(call.path, error.status, error.said)


def _may_appear(call: Call, error: HttpError) -> bool:
    return call.path.startswith("orders/") and not _is_language(error)


def _may_pass(call: Call, error: Refused) -> bool:
    """Whether a refusal is believed only when it is repeated: a right that the key seems to lack, a
    list that seems not to exist. Whether a single record exists is said at once."""
    if error.status == 404:
        return not _is_language(error) and not _RECORD.search(call.path)
    return error.status in (403, 405)


def _is_language(error: HttpError) -> bool:
    return isinstance(error, Refused) and "language" in str(error.said).lower()


def _down(call: Call, error: HttpError) -> LightspeedDown:
    if isinstance(error, NetworkError):
        return LightspeedDown("lightspeed.unreached", why=error)
    blocked = isinstance(error, BadAnswer) and 400 <= error.status < 500
    kind = Blocked if blocked else Unreadable
    return kind("lightspeed.unusable", path=call.path, why=error)
