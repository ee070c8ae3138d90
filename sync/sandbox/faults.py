"""Fault plans: what goes wrong on purpose, at the stand-ins of both sides.

A plan lives in the state file, so that tests, the demo and another process can set it. Chance is
drawn from the plan's seed and the number of the match, so a plan always fails the same calls.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import uuid4

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.sandbox.endless import PLAYERS

if TYPE_CHECKING:
    from sync.sandbox.state import State

Kind = Literal[
    "status",
    "html",
    "empty",
    "truncate",
    "reset",
    "timeout_before",
    "timeout_after",
    "too_many",
    "not_found",
    "soft_error",
    "drip",
    "drip_gzip",
    "drip_headers",
    "continue",
    "huge",
    "bomb",
    "bytes",
    "raw",
]
_AFTER: Final = {"truncate", "reset", "timeout_after", "bytes"}
_CODES: Final = {
    "html": 502,
    "empty": 200,
    "raw": 200,
    "too_many": 429,
    "not_found": 404,
    "soft_error": 200,
}
_MESSAGES: Final = {
    404: "Not found.",
    429: "Too many requests in this time period. Try again later.",
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong, where and how often.

    `path` is a regular expression searched in the path (`/nl/orders/1.json`, `/v2/products`).
    The first `after` matches pass; of the others each fails with `probability`, until `times` have
    failed (None: for ever). Kinds:
    status: answers `code` with `body` (None: the side's own error body with `message`).
    html: a gateway's error page with 502, or `code`. empty: `code` (200) with no body at all.
    truncate: 200 with the JSON cut in its middle. reset: the connection ends in mid-body.
    timeout_before: nothing is applied and the client waits until it gives up; timeout_after: the
    same after applying. too_many: 429 with Retry-After in the form `retry_after` for `seconds`.
    not_found: a passing 404. soft_error: 200 with Clerk.io's error envelope of `type`, `message`.
    drip: 200, and a byte of the body every `pause` seconds for ever; drip_gzip: the same, packed;
    drip_headers: the same in the headers; continue: one `100 Continue` after the other.
    huge: 200 with `size` bytes of JSON; bomb: the same, packed to a thousandth.
    raw: 200 with `put`, one byte a letter, as JSON.
    bytes: the side's own answer, with the first `find` in it replaced by `put` (both latin-1, so
    that any byte can be said; without `find` it goes in front).
    `headers` are sent along as they are where the fault makes the answer.
    `rate_headers`: whether Lightspeed's rate headers are sent along (None: as usual for the kind).
    """

    side: Literal["lightspeed", "clerk"]
    kind: Kind
    method: str | None = None
    path: str = ""
    times: int | None = None
    probability: float = 1.0
    after: int = 0
    seed: int = 0
    code: int | None = None
    body: Any = None
    message: str = ""
    type: str = "InternalError"
    retry_after: Literal["none", "seconds", "date"] = "none"
    seconds: int = 1
    rate_headers: bool | None = None
    pause: float = 0.01
    size: int = 200_000_000
    find: str = ""
    put: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def matches(self, method: str, path: str) -> bool:
        """Whether the plan speaks of this request."""
        return self.method in (None, method) and re.search(self.path, path) is not None

    def strikes(self, number: int, applied: int) -> bool:
        """Whether match `number` (from 1) fails when `applied` have failed before it."""
        if number <= self.after or (self.times is not None and applied >= self.times):
            return False
        return random.Random(f"{self.seed}/{number}").random() < self.probability  # noqa: S311

    @property
    def bare(self) -> bool:
        """Whether the answer lacks the rate headers, as a gateway's would."""
        if self.rate_headers is None:
            return self.kind in ("html", "empty")
        return not self.rate_headers


class FaultPlans:
    """The plans in a state file."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, fault: Fault) -> int:
        """Set a plan; returns its number. The oldest plan that strikes is the one that counts."""
        row = (fault.side, orjson.dumps(asdict(fault)).decode())
        with self._state.write() as db:
            return int(
                db.execute("insert into faults (side, plan) values (?, ?)", row).lastrowid or 0
            )

    def clear(self) -> None:
        """Take all plans away."""
        with self._state.write() as db:
            db.execute("delete from faults")

    def all(self) -> list[Fault]:
        """The plans that are set, oldest first, spent ones too."""
        with self._state.read() as db:
            rows = db.execute("select plan from faults order by id").fetchall()
        return [Fault(**orjson.loads(row[0])) for row in rows]

    def applied(self, number: int) -> int:
        """How often the plan has struck; 0 for an unknown number."""
        with self._state.read() as db:
            row = db.execute("select applied from faults where id = ?", (number,)).fetchone()
        return int(row[0]) if row else 0

    def strike(self, side: str, method: str, path: str) -> Fault | None:
        """The fault that this request meets, counted as met; None if it meets none."""
        if not self._any(side):
            return None
        with self._state.write() as db:
            rows = db.execute(
                "select id, plan, matched, applied from faults where side = ? order by id", (side,)
            ).fetchall()
            for id, plan, matched, applied in rows:
                fault = Fault(**orjson.loads(plan))
                if not fault.matches(method, path):
                    continue
                struck = fault.strikes(matched + 1, applied)
                db.execute(
                    "update faults set matched = matched + 1, applied = applied + ? where id = ?",
                    (int(struck), id),
                )
                if struck:
                    return fault
        return None

    def _any(self, side: str) -> bool:
        with self._state.read() as db:
            row = db.execute("select 1 from faults where side = ? limit 1", (side,)).fetchone()
        return row is not None


def apply(
    app: ASGIApp,
    state: State,
    *,
    side: Literal["lightspeed", "clerk"],
    now: Callable[[], float] = time.time,
) -> ASGIApp:
    """`app` with the faults of its side. The scope's `sandbox.bare` says that an answer must do
    without rate headers."""

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        fault = None
        if scope["type"] == "http":
            fault = state.faults.strike(side, scope["method"], scope["path"])
        if fault is None:
            await app(scope, receive, send)
            return
        scope["sandbox.bare"] = fault.bare
        if fault.kind in _AFTER:
            await _after(fault, app, scope, receive, send)
        elif fault.kind == "timeout_before":
            await _hang(receive)
        elif fault.kind in PLAYERS:
            await PLAYERS[fault.kind](fault.pause, fault.size, scope, receive, send)
        else:
            await _answer(fault, scope, receive, send, now())

    return faulty


async def _after(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    if fault.kind == "timeout_after":
        await _hang(receive)
        return
    whole = b"".join(m.get("body", b"") for m in messages if m["type"] == "http.response.body")
    start = next(m for m in messages if m["type"] == "http.response.start")
    if fault.kind == "bytes":
        body = whole.replace(fault.find.encode("latin-1"), fault.put.encode("latin-1"), 1)
        await send(_with_length(start, len(body)))
        await send({"type": "http.response.body", "body": body})
        return
    part = whole[: max(1, len(whole) // 2)]
    length = len(part) if fault.kind == "truncate" else max(len(whole), len(part) + 1)
    await send(_with_length(start, length))
    # Ending the app with the body unfinished makes the server close the connection.
    await send({"type": "http.response.body", "body": part, "more_body": fault.kind == "reset"})


def _with_length(start: Message, length: int) -> Message:
    kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    headers = [*kept, (b"content-length", str(length).encode())]
    return {**start, "headers": headers}


async def _hang(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(fault: Fault, scope: Scope, receive: Receive, send: Send, at: float) -> None:
    while (await receive()).get("more_body", False):
        pass
    code = fault.code or _CODES.get(fault.kind, 500)
    content_type, body = _body(fault, scope, code)
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    if fault.retry_after != "none":
        headers.append((b"retry-after", _retry_after(fault, at)))
    headers += [
        (name.lower().encode(), text.encode("latin-1")) for name, text in fault.headers.items()
    ]
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _retry_after(fault: Fault, at: float) -> bytes:
    if fault.retry_after == "seconds":
        return str(fault.seconds).encode()
    return formatdate(int(at) + fault.seconds, usegmt=True).encode()


def _body(fault: Fault, scope: Scope, code: int) -> tuple[bytes, bytes]:
    if fault.kind == "html":
        text = f"<html><head><title>{code} Bad Gateway</title></head><body></body></html>"
        return b"text/html", text.encode()
    if fault.kind == "raw":
        return b"application/json", fault.put.encode("latin-1")
    if fault.kind == "empty":
        return b"application/json", b""
    if fault.body is not None:
        return b"application/json", orjson.dumps(fault.body)
    clerk = fault.side == "clerk"
    body = _clerk_error(fault, code) if clerk else lightspeed_error(scope, code, fault.message)
    return b"application/json", orjson.dumps(body)


def lightspeed_error(scope: Scope, code: int, message: str = "") -> dict[str, Any]:
    """Lightspeed's error body, as its official client reads it."""
    error = {
        "code": code,
        "method": scope["method"],
        "request": scope["path"],
        "message": message or _MESSAGES.get(code, "Internal server error."),
    }
    return {"error": error}


def _clerk_error(fault: Fault, code: int) -> dict[str, Any]:
    """Clerk.io's error envelope."""
    number = uuid4().hex
    return {
        "status": "error",
        "message": fault.message or _MESSAGES.get(code, "Internal error"),
        "moreInfo": f"http://my.clerk.io/error/{number}",
        "type": fault.type,
        "id": number,
    }
