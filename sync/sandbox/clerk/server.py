"""The Clerk.io stand-in: REST API v2 below /v2, as strict as its documentation.

Sources: Clerk.io's API, authentication and error pages and its published OpenAPI description. A
POST or PATCH carries its arguments in a JSON body, a GET or DELETE in the query with every list
encoded as JSON. A request with one bad object is refused whole.
"""

import sqlite3
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Final
from uuid import uuid4

import orjson
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sync.sandbox import faults
from sync.sandbox.calls import logged, name_key
from sync.sandbox.clerk.operations import OPERATIONS, Answer, Arguments, Exchange, Operation
from sync.sandbox.clerk.shapes import Refusal
from sync.sandbox.clerk.stores import Switches, prepare, switches
from sync.sandbox.state import State

_METHODS: Final = ("GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS")
_IN_BODY: Final = ("POST", "PATCH")


def clerk_app(state: State, *, now: Callable[[], float] = time.time) -> ASGIApp:
    """The ASGI app for the paths below /v2, with its fault plans and its part of the call log;
    `now` gives unix seconds."""
    prepare(state)
    route = Route("/v2/{path:path}", _Server(state, now).answer, methods=list(_METHODS))
    faulty = faults.apply(Starlette(routes=[route]), state, side="clerk", now=now)
    return logged(faulty, state, side="clerk", now=now)


class _Server:
    def __init__(self, state: State, now: Callable[[], float]) -> None:
        self.state = state
        self.now = now

    async def answer(self, request: HttpRequest) -> Response:
        # The body is read to its end even if it is too long: a client that is still sending would
        # see a broken connection instead of the 413.
        body = await request.body()
        exchange = Exchange(request.method, request.path_params["path"], self.now(), len(body))
        chosen = switches(self.state)
        error = None
        try:
            response = self._answered(request, body, exchange, chosen)
        except Refusal as refusal:
            response, error = _envelope(refusal, chosen), refusal.kind
        self._record(exchange, response.status_code, error)
        return response

    def _answered(
        self, request: HttpRequest, body: bytes, exchange: Exchange, chosen: Switches
    ) -> Response:
        if chosen.max_query is not None and len(request.url.query) > chosen.max_query:
            return _page(414, "Request-URI Too Large")
        if chosen.max_bytes is not None and len(body) > chosen.max_bytes:
            return _page(413, "Request Entity Too Large")
        operation = _operation(exchange)
        exchange.arguments = _arguments(request, body)
        exchange.max_objects = chosen.max_objects
        with self.state.write() as db:
            _authenticate(db, exchange, operation, chosen)
            name_key(request.scope, exchange.store)
            if chosen.per_second is not None and _in_second(db, exchange) >= chosen.per_second:
                return _too_many(chosen, exchange.at)
            return _json(200, {"status": "ok", **operation.answer(db, exchange)})

    def _record(self, exchange: Exchange, status: int, error: str | None) -> None:
        with self.state.write() as db:
            db.execute(
                "insert into clerk_requests"
                " (at, store, method, path, objects, ignored, bytes, status, error) values"
                " (:at, :store, :method, :path, :objects, :ignored, :bytes, :status, :error)",
                {**vars(exchange), "status": status, "error": error, "arguments": None},
            )


def _operation(exchange: Exchange) -> Operation:
    methods = OPERATIONS.get(exchange.path.rstrip("/"))
    if methods is None:
        raise Refusal("LogicalError", "Unknown endpoint", 404)
    if exchange.method not in methods:
        raise Refusal("LogicalError", "Method not allowed", 405)
    return methods[exchange.method]


def _arguments(request: HttpRequest, body: bytes) -> Arguments:
    if request.method not in _IN_BODY:
        return Arguments(dict(request.query_params), from_query=True)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal("ParsingError", "Content-Type must be application/json")
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal("ParsingError", "Body is not valid JSON") from None
    if not isinstance(values, dict):
        raise Refusal("ParsingError", "Body must be a JSON object")
    return Arguments(values)


def _authenticate(
    db: sqlite3.Connection, exchange: Exchange, operation: Operation, chosen: Switches
) -> None:
    for name in ("key", "private_key") if operation.private else ("key",):
        if name not in exchange.arguments.values:
            status = 200 if chosen.auth_errors == "200" else 401
            raise Refusal("AuthenticationError", f"Missing Argument {name}", status)
    status = 401 if chosen.auth_errors == "401" else 200
    public, private = map(exchange.arguments.text, ("key", "private_key"))
    if not db.execute("select 1 from clerk_stores where public = ?", (public,)).fetchone():
        raise Refusal("AuthenticationError", "Unknown key", status)
    exchange.store = public
    good = db.execute(
        "select 1 from clerk_keys where private = ? and public = ?", (private, public)
    ).fetchone()
    if operation.private and not good:
        raise Refusal("AuthenticationError", "Wrong private_key", status)


def _in_second(db: sqlite3.Connection, exchange: Exchange) -> int:
    """How many requests of the store this second of the clock has let through."""
    start = int(exchange.at)
    row = db.execute(
        "select count(*) from clerk_requests"
        " where store = ? and at >= ? and at < ? and status != 429",
        (exchange.store, start, start + 1),
    ).fetchone()
    return int(row[0])


def _too_many(chosen: Switches, at: float) -> Response:
    forms = {"seconds": "1", "date": formatdate(int(at) + 1, usegmt=True)}
    response = _page(429, "Too Many Requests")
    if chosen.retry_after in forms:
        response.headers["Retry-After"] = forms[chosen.retry_after]
    return response


def _envelope(refusal: Refusal, chosen: Switches) -> Response:
    number = uuid4().hex
    answer = {
        "status": "error",
        "message": refusal.message,
        "moreInfo": f"http://my.clerk.io/error/{number}",
        "type": refusal.kind,
        "id": number,
    }
    return _json(refusal.status or int(chosen.refusals), answer)


def _json(status: int, answer: Answer) -> Response:
    return Response(orjson.dumps(answer), status, media_type="application/json")


def _page(status: int, title: str) -> Response:
    """What a web server before the API answers by itself: HTML, no envelope."""
    text = f"{status} {title}"
    return HTMLResponse(
        f"<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>", status
    )
