"""What an answer of Lightspeed's means: the value in its envelope, or one of these errors.

LightspeedError
├─ KeyRefused         401, with what the other cluster says of the key
├─ NoPermission       403, said twice: the key may not read this area
├─ NoSuchLanguage     the shop has no such active language
├─ NotFound           404
├─ Rejected           any other status from 400 to 499 (405: said twice)
└─ LightspeedDown     retries spent, no answer
   └─ Unreadable      retries spent, but an answer each time: an error, a web page, broken JSON
      └─ Blocked      a refusal each time that is not the API's own, whatever is asked for
Stopped               the caller wants no more calls

Every body has one top-level key; an error has {"error": {"code", "message"}}, and may come with a
2xx (so the official PHP client reads them). A refusal in any other form, a web page above all, is
not the API's own word: something in front of it blocks, and that passes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sync.errors import CodedError, Message
from sync.http import Answer, BadAnswer, Refused

_AREAS = {
    "orders": "orders returns invoices shipments quotes",
    "customers": "customers subscriptions groups",
    "content": "textpages blogs",
    "settings": "shop languages account taxes webhooks metafields",
}


# Statuses that something in front of the API gives too; 429 and 408 mean the same from anybody.
_WORDS = frozenset(range(400, 500)) - {408, 429}


class LightspeedError(CodedError):
    """Whatever Lightspeed keeps us from reading."""


class KeyRefused(LightspeedError):
    """Lightspeed does not accept the key."""


class NoPermission(LightspeedError):
    """The key is good but may not read `path`, which belongs to `area`."""

    def __init__(self, path: str) -> None:
        segment = path.split("/")[0]
        areas = (area for area, paths in _AREAS.items() if segment in paths.split())
        self.path = path
        self.area = next(areas, "products")
        super().__init__("lightspeed.no_permission", path=path, area=Message(f"right.{self.area}"))


class NoSuchLanguage(LightspeedError):
    """The shop has no active language of that code."""


class NotFound(LightspeedError):
    """Lightspeed has nothing at `path`."""

    def __init__(self, path: str) -> None:
        super().__init__("lightspeed.not_found", path=path)
        self.path = path


class Rejected(LightspeedError):
    """Lightspeed takes the request for a wrong one; `status` says how."""

    def __init__(self, path: str, status: int, said: str | Message) -> None:
        if isinstance(said, str):
            said = " ".join(said.split())[:200] or Message("lightspeed.no_reason")
        super().__init__("lightspeed.rejected", path=path, status=status, said=said)
        self.status = status


class LightspeedDown(LightspeedError):
    """No answer, however often it was tried."""


class Unreadable(LightspeedDown):
    """An answer each time it was tried, and never a usable one."""


class Blocked(Unreadable):
    """A refusal each time it was tried, by something in front of the API: smaller pages of the same
    list would be refused too."""


class Stopped(Exception):
    """The caller asked to stop; nothing is wrong."""


def is_well(answer: Answer) -> bool:
    """Whether an answer's status says that it has what was asked for."""
    return 200 <= answer.status < 300


def value_of(answer: Answer) -> Any:
    """What the envelope holds; Refused or BadAnswer if the answer is none."""
    if not is_well(answer):
        raise error_of(answer)
    body = answer.json()
    if not isinstance(body, dict) or not body:
        raise BadAnswer("lightspeed.no_envelope", status=answer.status)
    if "error" in body:
        error = body["error"] if isinstance(body["error"], dict) else {"message": body["error"]}
        told = error.get("code")
        code = told if isinstance(told, int) and 400 <= told < 600 else 500
        raise Refused(code, str(error.get("message", "")))
    return next(iter(body.values()))


def error_of(answer: Answer) -> Refused | BadAnswer:
    """What an answer is whose status is not well."""
    if answer.status in _WORDS and not _is_own_word(answer):
        form = "web_page" if answer.is_html() else "foreign_error"
        return BadAnswer(f"lightspeed.{form}", status=answer.status)
    if answer.status >= 400:
        return Refused(answer.status, _message(answer), headers=answer.headers)
    return BadAnswer("lightspeed.odd_status", status=answer.status)


def _is_own_word(answer: Answer) -> bool:
    """Whether a refusal is the API's: a JSON error."""
    try:
        body = answer.json()
    except BadAnswer:
        return False
    return isinstance(body, dict) and "error" in body


def _message(answer: Answer) -> str | Message:
    if answer.is_html():
        return Message("http.web_page")
    try:
        body = answer.json()
    except BadAnswer:
        return ""
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("message", "")) if isinstance(error, dict) else str(error or "")


def number_of(value: object, path: str) -> int:
    """What a count's answer says, a number or its digits. Raises Unreadable."""
    digits = str(value)
    if not (digits.isascii() and digits.isdecimal()):
        raise Unreadable("lightspeed.no_number", path=path)
    return int(digits)


def object_of(value: object, path: str) -> dict[str, Any]:
    """What should be an object. Raises Unreadable."""
    if isinstance(value, dict):
        return value
    raise Unreadable("lightspeed.no_object", path=path)


def rows_of(value: object, path: str) -> list[Any]:
    if not value:
        return []
    if isinstance(value, list):
        return value
    raise Unreadable("lightspeed.no_list", path=path)


def oldest_first(rows: Iterable[Any]) -> bool:
    """Whether a page begins with its lowest id, so that new rows come behind all others."""
    ids = [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), int)]
    return len(ids) > 1 and ids[0] < ids[-1]
