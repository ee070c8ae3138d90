"""What Clerk.io's answers mean, and every way in which it can say no.

ClerkError                a request that Clerk.io did not accept
├─ ClerkRefused           the keys are wrong or the account is disabled: nothing else will work
├─ ClerkRejected          this one request is at fault
└─ ClerkDown              Clerk.io cannot be reached or does not keep up: try again later
Stopped                   the caller asked to stop

Source: Clerk.io's error reference. An error is {"status": "error", "message", "moreInfo", "type",
"id"}, also under HTTP status 200; an answer counts as success only with "status": "ok".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sync.errors import CodedError, Message
from sync.http import Answer, BadAnswer, NetworkError, TimedOut
from sync.patience import retry_after
from sync.shapes.plain import without_marks
from sync.vault import redact

TOO_LARGE: Final = (413, 414)
LONGEST_MESSAGE: Final = 500
_REFUSED: Final = "AuthenticationError"
# Messages that name Clerk.io themselves.
_NAMED: Final = {f"clerk.{code}" for code in ("too_large", "web_page", "no_answer", "no_reason")}


@dataclass(frozen=True)
class Problem:
    """What Clerk.io said, redacted, or what came instead: the message, the report's link and id,
    Clerk.io's type of error.

    The report behind the link vanishes after one to seven days.
    """

    message: Message
    link: str | None = None
    error_id: str | None = None
    type: str | None = None


def quoted(said: str, kind: str | None) -> Message:
    """Clerk.io's own words, behind its type of error if it named one."""
    return (
        Message("clerk.typed", type=kind, said=said) if kind else Message("clerk.said", said=said)
    )


class ClerkError(CodedError):
    """Clerk.io did not accept a request; `problem` holds what it said, the text also names it."""

    def __init__(self, problem: Problem) -> None:
        message = problem.message
        first = next(part.code for part in message.parts() if part.code != "clerk.given_up")
        super().__init__(message if first in _NAMED else Message("clerk.error", why=message))
        self.problem = problem


class ClerkRefused(ClerkError):
    """Wrong keys or a disabled account (AuthenticationError)."""


class ClerkRejected(ClerkError):
    """A request without records of its own was answered with an error."""


class ClerkDown(ClerkError):
    """All retries are spent. `retry_after`: seconds that Clerk.io asked to wait, else None."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class Stopped(Exception):
    """The caller's `stop` became true; what was confirmed before has been handed over."""


@dataclass(frozen=True)
class Accepted:
    """Status "ok"; `body` is the whole answer."""

    body: Mapping[str, Any]


@dataclass(frozen=True)
class RequestRejected:
    """Something in the request is wrong, maybe one record of many."""

    problem: Problem


@dataclass(frozen=True)
class TooLarge:
    """Fewer records at once may do: fewer bytes or, if the answer was `late`, a smaller number."""

    problem: Problem
    late: bool = False


@dataclass(frozen=True)
class Transient:
    """It may pass by itself. `late`: no answer came in time, which may be for the batch's size."""

    problem: Problem
    retry_after: float | None = None
    late: bool = False


Verdict = Accepted | RequestRejected | TooLarge | Transient


def judge(answer: Answer, now: float) -> Verdict:
    """What an answer means; `now` (unix seconds) is for a Retry-After date.

    Raises ClerkRefused for an AuthenticationError or status 401.
    """
    body = _envelope(answer)
    problem = _problem(answer, body)
    if problem.type == _REFUSED:
        raise ClerkRefused(problem)
    if answer.status == 401:
        message = Message("clerk.typed", type=_REFUSED, said=problem.message)
        raise ClerkRefused(replace(problem, message=message, type=_REFUSED))
    if answer.status in TOO_LARGE:
        return TooLarge(problem)
    if answer.status == 429 or answer.status >= 500 or body is None:
        return Transient(problem, retry_after(answer.headers, now))
    if body["status"] == "ok" and 200 <= answer.status < 300:
        return Accepted(body)
    return RequestRejected(problem)


def unreached(error: NetworkError | BadAnswer) -> Transient:
    """The same for a request without a whole answer. A repeat is harmless: writes go by id."""
    return Transient(Problem(error.message), late=isinstance(error, TimedOut))


def _envelope(answer: Answer) -> Mapping[str, Any] | None:
    """The body if it is one of Clerk.io's, which always hold a status."""
    try:
        body = answer.json()
    except BadAnswer:
        return None
    return body if isinstance(body, dict) and "status" in body else None


def _problem(answer: Answer, body: Mapping[str, Any] | None) -> Problem:
    if answer.status in TOO_LARGE:
        return Problem(Message("clerk.too_large", status=answer.status))
    if body is None:
        code = "clerk.web_page" if answer.is_html() else "clerk.no_answer"
        return Problem(Message(code, status=answer.status))
    said, kind, link = (_text(body, name) for name in ("message", "type", "moreInfo"))
    message = Message("clerk.no_reason", status=answer.status)
    if said:
        message = quoted(said, kind)
    elif kind:
        message = Message("clerk.typed", type=kind, said=message)
    safe = link if link and link.startswith(("http://", "https://")) else None
    return Problem(message, safe, _text(body, "id"), kind)


def _text(body: Mapping[str, Any], name: str) -> str | None:
    """One redacted line, cut only afterwards: half a secret would not be recognised."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    line = without_marks(redact(str(value)[: 20 * LONGEST_MESSAGE]))
    return line[:LONGEST_MESSAGE] or None
