"""Clerk.io's REST API v2 for one store: writes that are confirmed batch by batch, and reads.

Sources: Clerk.io's API, authentication and error pages and its published OpenAPI description.
POST and PATCH carry key and private_key in a JSON body, GET and DELETE in the query, where every
list is encoded as JSON. Neither a limit of rate nor one of size is published: the numbers are ours.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote_from_bytes, urlsplit

import orjson

from sync.clerk.answers import (
    Accepted,
    ClerkDown,
    ClerkRefused,
    ClerkRejected,
    Problem,
    RequestRejected,
    Stopped,
    TooLarge,
    Transient,
    Verdict,
    judge,
    unreached,
)
from sync.clerk.batches import Confirmed, Delivery, Limits, Record, RecordFailed, WriteResult
from sync.clock import Clock
from sync.errors import Message
from sync.http import Abandoned, BadAnswer, Http, NetworkError
from sync.patience import backoff
from sync.vault import Secret

API: Final = "https://api.clerk.io"
WRITE_OBJECTS: Final = 200
WRITE_BYTES: Final = 1_000_000
QUERY_OBJECTS: Final = 50
QUERY_BYTES: Final = 4_000
RETRIES: Final = 5
LONGEST_WAIT: Final = 60.0
INTERNAL_ERRORS: Final = 10
Id = int | str


def clerk_url(api_url: str | None) -> str:
    """The address below which the API lies; `api_url` replaces scheme and host alone."""
    parts = urlsplit(api_url or API)
    return f"{parts.scheme}://{parts.netloc}/v2"


class ClerkClient:
    """One store of Clerk.io. Never more than one request is in flight.

    `api_url` replaces scheme and host of the real API; BadAddress if it may not be called.
    `per_second` is not kept on loopback, and None switches it off altogether. `stop` is
    asked before each request and during each wait. `timeout` (seconds), `stand_in` and `transport`
    are Http's. `calls` counts the requests that may have arrived, by the first segment of their
    path.
    """

    def __init__(
        self,
        *,
        api_url: str | None,
        public: Secret,
        private: Secret,
        clock: Clock,
        per_second: float | None = 2,
        stop: Callable[[], bool] = lambda: False,
        timeout: float | None = None,
        stand_in: bool = False,
        transport: object | None = None,
        http_for: Callable[..., Http] = Http,
    ) -> None:
        self.calls: Counter[str] = Counter()
        self._http = http = http_for(
            clerk_url(api_url), timeout=timeout, stop=stop, stand_in=stand_in, transport=transport
        )
        self._public = public
        self._private = private
        self._clock = clock
        self._pause = 0.0 if http.loopback or not per_second else 1 / per_second
        self._stop = stop
        self._one = threading.Lock()
        self._next_at = clock.monotonic()
        self._failures = 0
        self._limits: dict[tuple[str, str], Limits] = {}

    def check(self) -> bool:
        """Whether both keys are proved to be good; False if only the public one could be.

        client/account/info is what Clerk.io's own extensions ask, though it is not documented;
        where it fails, recommendations/popular proves at least the public key. Raises
        ClerkRefused, ClerkDown or ClerkRejected.
        """
        try:
            self._ask("client/account/info", self._keys(), retries=1)
            return True
        except (ClerkRejected, ClerkDown):
            public = {"key": self._public.reveal(), "limit": "1"}
            self._ask("recommendations/popular", public, retries=1)
            return False

    def answers(self) -> bool:
        """Whether Clerk.io's API itself speaks: one try of something cheap. Any of its own
        envelopes below status 500 will do, also a refusal; everything else is a no. Raises
        Stopped."""
        try:
            return not isinstance(
                self._request("GET", "client/account/info", params=self._keys()), Transient
            )
        except ClerkRefused:
            return True

    def upsert(self, entity: str, batch: Sequence[Record]) -> Iterator[WriteResult]:
        """Add or overwrite whole objects, in their order.

        Each outcome is one confirmed request or one record that fails alone; the next request
        waits until the next outcome is asked for. Raises ClerkRefused, ClerkDown or Stopped, and
        what had no outcome until then is unmarked. A repeat of any of it is harmless.
        """
        return self._written("POST", entity, batch)

    def patch(self, entity: str, batch: Sequence[Record]) -> Iterator[WriteResult]:
        """Change some attributes of objects that Clerk.io has; else like `upsert`."""
        return self._written("PATCH", entity, batch)

    def delete(self, entity: str, batch: Sequence[Record]) -> Iterator[WriteResult]:
        """Delete objects by id (customers by customerid); an unknown id counts as deleted.

        Payloads are not looked at; else like `upsert`.
        """
        return self._written("DELETE", entity, batch)

    def read(self, entity: str, keys: Sequence[Id]) -> dict[Id, dict[str, Any]]:
        """The stored objects by the key they were asked for; unknown ones are missing.

        Customers are asked for by e-mail address: the API offers no other way. Raises as `check`.
        """
        held: dict[Id, dict[str, Any]] = {}
        records = [Record(n, key) for n, key in enumerate(keys)]
        limits = self._limit("GET", entity)
        sizes = [_size("GET", record) for record in records]
        at = 0
        while at < len(records):
            batch = records[at : at + limits.fit(sizes, at, QUERY_OBJECTS)]
            answer = self._sent("GET", entity, batch)
            if isinstance(answer, Accepted):
                held |= _matched(entity, batch, answer.body.get(entity))
                at += len(batch)
            elif isinstance(answer, TooLarge) and len(batch) > 1:
                limits.too_large(answer, sizes[at : at + len(batch)])
            else:
                raise ClerkRejected(answer.problem)
        return held

    def forget(self, *, customer: Id | None = None, email: str | None = None) -> None:
        """Let Clerk.io forget what it knows of a person: address and clicks, on orders too. Raises
        as `check`."""
        named = {"email": email} if email else {"customer": str(customer)}
        # In the body, not in the query: an address in a URL stands in the logs on the way.
        body = orjson.dumps(self._keys() | named)
        while True:
            verdict = self._request("POST", "privacy/forget", json=body)
            if not isinstance(verdict, Transient):
                break
            self._back_off(verdict, RETRIES)
        self._failures = 0
        if not isinstance(verdict, Accepted):
            raise ClerkRejected(verdict.problem)

    def pause(self, seconds: float) -> None:
        """Let Clerk.io come to rest before it is asked again. Raises Stopped."""
        self._wait(seconds)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> ClerkClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _written(self, method: str, entity: str, batch: Sequence[Record]) -> Iterator[WriteResult]:
        delivery = Delivery(
            batch,
            self._limit(method, entity),
            lambda records: self._sent(method, entity, records),
            lambda record: _size(method, record),
        )
        internal = 0
        for outcome in delivery.outcomes():
            yield outcome
            if isinstance(outcome, Confirmed):
                internal = 0
            elif outcome.problem.type == "InternalError":
                internal += 1
            if internal == INTERNAL_ERRORS and isinstance(outcome, RecordFailed):
                # So many in a row are Clerk.io's own trouble, not the records'.
                raise ClerkDown(outcome.problem)

    def _limit(self, method: str, entity: str) -> Limits:
        write = method in ("POST", "PATCH")
        fresh = Limits(WRITE_OBJECTS, WRITE_BYTES) if write else Limits(QUERY_OBJECTS, QUERY_BYTES)
        return self._limits.setdefault((method, entity), fresh)

    def _sent(
        self, method: str, entity: str, records: Sequence[Record]
    ) -> Accepted | RequestRejected | TooLarge:
        """Clerk.io's answer to one batch, retries included; TooLarge also if none came in time."""
        values = b"[" + b",".join(_encoded(method, record) for record in records) + b"]"
        repeated = False
        while True:
            verdict = self._attempt(method, entity, values)
            if isinstance(verdict, Transient):
                self._back_off(verdict, RETRIES)
                if verdict.late and len(records) > 1:
                    return TooLarge(verdict.problem, late=True)
                continue
            self._failures = 0
            if repeated or not _internal(verdict):
                return verdict
            repeated = True
            self._wait(backoff(0))

    def _attempt(self, method: str, entity: str, values: bytes) -> Verdict:
        if method in ("POST", "PATCH"):
            head = orjson.dumps(self._keys())[:-1]
            body = b"%b,%b:%b}" % (head, orjson.dumps(entity), values)
            return self._request(method, entity, json=body)
        return self._request(method, entity, params=self._keys() | {entity: values.decode()})

    def _ask(self, path: str, params: Mapping[str, str], *, retries: int) -> None:
        """GET something that only has to succeed."""
        while True:
            verdict = self._request("GET", path, params=params)
            if not isinstance(verdict, Transient):
                break
            self._back_off(verdict, retries)
        self._failures = 0
        if not isinstance(verdict, Accepted):
            raise ClerkRejected(verdict.problem)

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: bytes | None = None,
    ) -> Verdict:
        """One attempt, in its turn."""
        with self._one:
            self._take_turn()
            segment = path.partition("/")[0]
            try:
                answer = self._http.send(method, path, params=params, json=json)
            except NetworkError as error:
                self.calls[segment] += error.applied_unknown
                if isinstance(error, Abandoned):
                    raise Stopped from None
                return unreached(error)
            except BadAnswer as error:
                self.calls[segment] += 1
                return unreached(error)
            self.calls[segment] += 1
            return judge(answer, self._clock.now())

    def _take_turn(self) -> None:
        self._wait(self._next_at - self._clock.monotonic())
        if self._stop():
            raise Stopped
        self._next_at = self._clock.monotonic() + self._pause

    def _back_off(self, verdict: Transient, retries: int) -> None:
        """Wait before the next attempt; ClerkDown if there is none or it would be far away.

        Failures count until anything else is answered, so that halving late batches ends too.
        """
        failures, asked = self._failures, verdict.retry_after
        self._failures += 1
        if failures >= retries or (asked or 0) > LONGEST_WAIT:
            self._failures = 0
            raise ClerkDown(_given_up(verdict.problem, failures + 1), asked)
        self._wait(max(backoff(failures), asked or 0))

    def _wait(self, seconds: float) -> None:
        """Sleep in steps of a second; Stopped as soon as the caller wants it."""
        while seconds > 0:
            if self._stop():
                raise Stopped
            self._clock.sleep(min(1.0, seconds))
            seconds -= 1.0

    def _keys(self) -> dict[str, str]:
        return {"key": self._public.reveal(), "private_key": self._private.reveal()}


def _encoded(method: str, record: Record) -> bytes:
    """The record as JSON: whole where it is written, else its id."""
    return record.payload if method in ("POST", "PATCH") else orjson.dumps(record.key)


def _size(method: str, record: Record) -> int:
    """Bytes that the record adds to a body, or, percent-encoded, to a query."""
    if method in ("POST", "PATCH"):
        return len(record.payload) + 1
    return len(quote_from_bytes(_encoded(method, record), safe="")) + 3


def _internal(verdict: Verdict) -> bool:
    return isinstance(verdict, RequestRejected) and verdict.problem.type == "InternalError"


def _given_up(problem: Problem, attempts: int) -> Problem:
    message = Message("clerk.given_up", why=problem.message, attempts=attempts)
    return replace(problem, message=message)


def _matched(entity: str, asked: Sequence[Record], rows: object) -> dict[Id, dict[str, Any]]:
    """Rows by the key they were asked for, be its type in the answer text or number."""
    name = "email" if entity == "customers" else "id"
    objects = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    known = {str(row.get(name)).casefold(): row for row in objects}
    hits = ((record.key, known.get(str(record.key).casefold())) for record in asked)
    return {key: row for key, row in hits if row is not None}
