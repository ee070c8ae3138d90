"""Whether what Clerk.io shows is what it was sent.

Forgiven is what Clerk.io may do to any object: attributes of its own beside ours, another order of
keys, a number as int or float, and `index` left away where it is true. All else counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from math import isclose
from typing import Any

import orjson

_DEFAULTS = {"index": True}


def differences(sent: Mapping[str, Any], shown: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the attributes that Clerk.io shows otherwise than they were sent, in order."""
    return tuple(sorted(name for name in {*sent, "index"} if not _alike_in(name, sent, shown)))


def fingerprint(names: tuple[str, ...], shown: Mapping[str, Any]) -> bytes:
    """What these attributes look like in Clerk.io: the same for the same difference."""
    values = [[name, shown.get(name)] for name in names]
    packed = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
    return blake2b(packed, digest_size=8).digest()


def _alike_in(name: str, sent: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    default = _DEFAULTS.get(name)
    return _alike(sent.get(name, default), shown.get(name, default))


def _alike(sent: object, shown: object) -> bool:
    if _number(sent) and _number(shown):
        return isclose(sent, shown, rel_tol=1e-9)  # type: ignore[arg-type]
    if isinstance(sent, Mapping) and isinstance(shown, Mapping):
        return all(name in shown and _alike(value, shown[name]) for name, value in sent.items())
    if isinstance(sent, list) and isinstance(shown, list):
        return len(sent) == len(shown) and all(map(_alike, sent, shown))
    return type(sent) is type(shown) and sent == shown


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
