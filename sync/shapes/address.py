"""The path of a page of the shop, whatever was typed as its URL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote, unquote_to_bytes

from sync.shapes.plain import without_marks

_WHOLE = re.compile(r"(?i:https?)://[^/?#\\]*+[/\\]?([^?#]*+)")
_SAFE: Final = "-._~!$&'()*+,;=:@"
_PLAIN = re.compile(r"[A-Za-z0-9_~][A-Za-z0-9_~.-]*+")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")


@lru_cache(maxsize=16384)
def url_path(typed: str, lead: Sequence[str] = (), end: str = "") -> str:
    """Return what was typed as a record's URL as a path that a browser opens: percent-encoded
    where needed, what is encoded already left so, without empty or dotted parts; "" if nothing is
    left. Of a whole address only the path counts, without the parts `lead` and the ending `end`
    that every such address has."""
    if _PLAIN.fullmatch(typed):
        return typed
    whole = _WHOLE.match(typed)
    parts = [part for part in map(_decoded, (whole[1] if whole else typed).split("/")) if part]
    if whole and parts:
        for each in lead:
            if len(parts) > 1 and parts[0] == each:
                del parts[0]
        parts[-1] = parts[-1].removesuffix(end) or parts[-1]
    return "/".join(quote(part, safe=_SAFE) for part in parts)


def readable_path(typed: str, lead: Sequence[str] = (), end: str = "") -> str:
    """Return the same path as people read it, by which it is found."""
    return unquote(url_path(typed, lead, end))


def _decoded(part: str) -> str:
    """One part of a path, decoded if it is encoded; "" for one that leads nowhere."""
    if "%" in part and not _BROKEN.search(part):
        part = _unquoted(part)
    part = without_marks(part)
    return "" if part in (".", "..") else part


def _unquoted(part: str) -> str:
    try:
        return unquote_to_bytes(part).decode("utf-8")
    except UnicodeDecodeError:
        return part
