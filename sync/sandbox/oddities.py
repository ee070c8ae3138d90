"""Odd rows: values in the Lightspeed stand-in's answers that are not what they should be.

What stands in the state stays whole; only what goes over the wire is odd. So a test can put any
JSON, or bytes that are none, in the place of any value of any row, and take it back again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from sync.sandbox.state import State

_FACT: Final = "oddities"


@dataclass(frozen=True)
class Oddity:
    """One kind of odd row.

    `path` is a regular expression searched in the request's path (`/nl/catalog.json`), `id` the
    row's (None: every row). `at` leads from the row to a value by keys or places, `*` for each of
    them (`variants/*/priceIncl`); empty, it is the row itself. `raw` is what stands there instead:
    JSON or anything else, one byte a character (so "\\xf6" alone is no UTF-8); None: nothing does.
    """

    path: str
    id: int | None = None
    at: str = ""
    raw: str | None = None


def set_oddities(state: State, *oddities: Oddity) -> None:
    """Make these the only oddities, from the next request on."""
    state.set_fact(_FACT, [asdict(oddity) for oddity in oddities])


def apply(app: ASGIApp, state: State) -> ASGIApp:
    """`app` whose answers are odd where the state says so."""

    async def odd(scope: Scope, receive: Receive, send: Send) -> None:
        plans = (
            [Oddity(**plan) for plan in state.fact(_FACT, [])] if scope["type"] == "http" else []
        )
        meant = [plan for plan in plans if re.search(plan.path, scope["path"])]
        if not meant:
            await app(scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await app(scope, receive, keep)
        start, body = messages[0], b"".join(m.get("body", b"") for m in messages[1:])
        if start["status"] == 200:
            body = _altered(body, meant)
        length = (b"content-length", str(len(body)).encode())
        kept = [(name, value) for name, value in start["headers"] if name != length[0]]
        await send({**start, "headers": [*kept, length]})
        await send({"type": "http.response.body", "body": body})

    return odd


def _altered(body: bytes, plans: list[Oddity]) -> bytes:
    envelope = orjson.loads(body)
    raws: list[bytes] = []
    for plan in plans:
        for holder, key in _places(envelope, plan):
            if plan.raw is None:
                _take(holder, key)
            else:
                holder[key] = f"@odd {len(raws)}@"
                raws.append(plan.raw.encode("latin-1"))
    body = orjson.dumps(envelope)
    for number, raw in enumerate(raws):
        body = body.replace(b'"@odd %d@"' % number, raw)
    return body


def _places(envelope: dict[str, Any], plan: Oddity) -> Iterator[tuple[Any, Any]]:
    """Holder and key of every value that the plan means."""
    steps = [step for step in plan.at.split("/") if step]
    for name, content in list(envelope.items()):
        rows = [(envelope, name)] if isinstance(content, dict) else _inside(content)
        for holder, key in rows:
            row = holder[key]
            if isinstance(row, dict) and plan.id in (None, row.get("id")):
                yield from _walk(holder, key, steps)


def _walk(holder: Any, key: Any, steps: list[str]) -> Iterator[tuple[Any, Any]]:
    if not steps:
        yield holder, key
        return
    value = holder[key]
    for at in [at for _, at in _inside(value) if steps[0] in ("*", str(at))]:
        yield from _walk(value, at, steps[1:])
    if len(steps) == 1 and isinstance(value, dict) and steps[0] not in ("*", *value):
        yield value, steps[0]


def _inside(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return [(value, key) for key in value]
    return [(value, place) for place in range(len(value))] if isinstance(value, list) else []


def _take(holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder.pop(key, None)
    else:
        holder[key] = None
