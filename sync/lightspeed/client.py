"""Reading a Lightspeed eCom shop: GET only, paced by the budget, retried where that can help."""

from __future__ import annotations

import logging
import math
import re
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from queue import SimpleQueue
from typing import Any, NamedTuple

from sync.budget import Booking, Budget, Spent
from sync.clock import Clock
from sync.database import sharing
from sync.errors import Message
from sync.http import Abandoned, Answer, BadAnswer, Http, HttpError, NetworkError
from sync.lightspeed.ahead import SHELF, Shelf
from sync.lightspeed.answers import (
    LightspeedError,
    NoPermission,
    NoSuchLanguage,
    NotFound,
    Stopped,
    Unreadable,
    error_of,
    is_well,
    number_of,
    object_of,
    oldest_first,
    rows_of,
    value_of,
)
from sync.lightspeed.calls import Call, Judge, Received, Tries
from sync.lightspeed.keyring import CLUSTERS, Key, Keyring
from sync.lightspeed.places import Places

log = logging.getLogger(__name__)

PAGE = 250  # the most rows that Lightspeed gives in one answer

_LONGEST_QUEUE = 30.0
_SLICE = 0.5
_BAD_IN_A_ROW = 3
_TRIED_LANGUAGES = ("nl", "en", "de", "fr", "us", "es", "it", "da")
_ORDER = re.compile(r"orders/\d+(/products)?")

_A_ROW = 4 * 2**10  # bytes that a row of a list takes, until an answer has told


class _Waiting(NamedTuple):
    """An answer that was asked for early, and the bytes that it was given a place for."""

    future: Future[Received]
    size: int


class LightspeedClient:
    """One shop in one language, safe for several threads. Every attempt is booked first and counted
    in `calls` by first path segment; order lines (orders/{id}, orders/{id}/products) apart as
    `order_lines`. Waits of up to `patience` seconds are slept here; longer ones raise Spent. A call
    without a usable answer is tried again `retries` times, after 1, 2, 4, … seconds. `unread` is
    how many answers are paid for and not handed out yet; once `stop` says so no call is added, so
    that whoever goes on reading gets them all before Stopped is raised. A key that is refused while
    another is not is left alone, which `note` is told once.
    """

    def __init__(
        self,
        *,
        cluster: str,
        api_url: str | None,
        language: str,
        keys: Sequence[Key],
        budget: Budget,
        clock: Clock,
        http_for: Callable[..., Http] = Http,
        stand_in: bool = False,
        in_flight: int = 4,
        person: bool = False,
        stop: Callable[[], bool] = lambda: False,
        patience: float = 2,
        retries: int = 5,
        other_cluster_url: str | None = None,
        shelf: Shelf = SHELF,
        note: Callable[[Message], None] = lambda _: None,
    ) -> None:
        if cluster not in CLUSTERS:
            raise ValueError(f"cluster {cluster!r} is not one of {', '.join(CLUSTERS)}")
        self.calls: Counter[str] = Counter()
        self.unread = 0
        self._cluster = cluster
        self._language = language
        self._clock = clock
        self._places = Places(budget, clock)
        self._in_flight = in_flight
        self._person = person
        self._stop = stop
        self._patience = patience
        self._shelf = shelf
        self._closed = False
        self._lock = threading.Lock()
        self._keyring = Keyring(
            keys,
            cluster=cluster,
            url=api_url,
            other_url=other_cluster_url,
            language=language,
            budget=budget,
            http_for=partial(http_for, stand_in=stand_in),
            stop=self._stopping,
            count=self._count_call,
            note=note,
        )
        self._judge = Judge(self._keyring, clock, retries)
        self._threads = ThreadPoolExecutor(
            in_flight, thread_name_prefix="lightspeed", initializer=sharing()
        )

    def get(
        self, path: str, *, person: bool | None = None, retries: int | None = None, **params: object
    ) -> Any:
        """What the answer's envelope holds: a list for "catalog", a dict for "catalog/12". It is
        tried again as often as the client does, or `retries` times."""
        return self._fetch(replace(self._call(path, params, person), retries=retries))

    def count(self, path: str, *, person: bool | None = None, **params: object) -> int:
        """How many rows `path` has under the same filters."""
        path = f"{path}/count"
        return number_of(self._fetch(self._call(path, params, person)), path)

    def pages(
        self,
        path: str,
        *,
        start: int = 1,
        limit: int = PAGE,
        expect: int | None = None,
        once: bool = False,
        person: bool | None = None,
        **params: object,
    ) -> Generator[tuple[int, list[Any]], None, None]:
        """Page number and rows, in order, from `start` to the first page that is not full.

        Pages are fetched ahead, as far as the memory for them goes: up to the last one if the
        number of rows to `expect` is known, which is not overstepped then, else after a first full
        page with the oldest first; so also where no later read would find a row that this one
        missed (`once`). Of pages under way together the later may be answered before the earlier: a
        row that comes in between at the top pushes another one from the earlier to the later, and
        it is in neither.
        """
        numbers = count(start) if expect is None else range(start, math.ceil(expect / limit) + 1)
        calls = (
            self._call(path, {**params, "page": number, "limit": limit}, person)
            for number in numbers
        )
        in_turn = once or expect is None
        held = 1 if in_turn else self._in_flight + 2
        number = start
        with closing(self._stream(calls, lambda: held, size=limit * _A_ROW)) as answers:
            for answer in answers:
                received = answer.result()
                with self._shelf.turn(len(received.answer.body), self._stopping):
                    rows = rows_of(self._read(received), path)
                    del answer, received  # read, a page is enough to hold
                    is_full = len(rows) >= limit
                    if not in_turn or oldest_first(rows):
                        held = max(held, self._in_flight)
                    yield number, rows
                    del rows
                if not is_full:
                    return
                number += 1

    def each(
        self, requests: Sequence[tuple[str, Mapping[str, object]]], *, person: bool | None = None
    ) -> Generator[tuple[int, Any | LightspeedError], None, None]:
        """Position and value of many single gets (path, params), in order.

        One that is not found or unreadable yields its error; several unreadable ones in a row are
        raised, as everything else is. Whatever is raised comes after every answer that came, for
        they are paid for: the first place that was not yielded is the one that failed.
        """
        calls = (self._call(path, params, person) for path, params in requests)
        bad = 0
        failure: LightspeedError | Spent | Stopped | None = None
        stream = self._stream(
            calls, lambda: self._in_flight, len(requests), halted=lambda: failure is not None
        )
        with closing(stream) as answers:
            for place, answer in enumerate(answers):
                try:
                    result = self._result(answer)
                except (LightspeedError, Spent, Stopped) as error:
                    failure = failure or error
                    continue
                bad = bad + 1 if isinstance(result, Unreadable) else 0
                if bad >= _BAD_IN_A_ROW:
                    failure = failure or result
                    continue
                yield place, result
        if failure is not None:
            raise failure

    def check(self) -> dict[str, Any]:
        """account, permissions, shop, languages (None where the key may not read them), cluster
        and the language that was used: another one if the shop does not have the client's.

        Raises KeyRefused with what the other cluster says, NoSuchLanguage if none will do,
        Unreadable for an answer of another form.
        """
        language, account = self._account()
        found: dict[str, Any] = {
            "cluster": self._cluster,
            "language": language,
            "account": object_of(account, "account"),
        }
        for name, path, whole in (
            ("permissions", "account/permissions", object_of),
            ("shop", "shop", object_of),
            ("languages", "languages", rows_of),
        ):
            try:
                found[name] = whole(self._fetch(Call(path, {}, True, language)), path)
            except NoPermission:
                found[name] = None
        return found

    def answers(self) -> bool:
        """Whether Lightspeed's API itself speaks: one try of something cheap. Any JSON object below
        status 500 will do, also a refusal; a web page, 5xx or no answer is a no. Raises Spent where
        no call may be made now, Stopped."""
        if self._stopping():
            raise Stopped
        try:
            answer = self._send(Call("account", {}, True, self._language), self._book(person=True))
            return answer.status < 500 and isinstance(answer.json(), dict)
        except (NetworkError, BadAnswer):
            return False

    def close(self) -> None:
        """End the threads, once the calls in flight are answered, and the connections."""
        self._closed = True
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._places.end()
        self._keyring.close()

    def __enter__(self) -> LightspeedClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- many calls at once -----------------------------------------------------------------

    def _stream(
        self,
        calls: Iterable[Call],
        held: Callable[[], int],
        wanted: int = 1,
        halted: Callable[[], bool] = lambda: False,
        size: int = 0,
    ) -> Generator[Future[Received], None, None]:
        """The calls' answers in order, at most `held` of them made and not yet handed over. They
        are booked in order too, so that no call is paid for behind one that must wait. While an
        answer is worked on, calls are on their way in its place. Places for quick calls, of which
        so many are `wanted`, are booked in blocks. Once `halted` no further call is made. `size` is
        what an answer may take in bytes; the answers tell better."""
        coming = iter(calls)
        call = next(coming, None)
        pending: deque[_Waiting] = deque()
        ended: SimpleQueue[None] = SimpleQueue()
        try:
            while call is not None or pending:
                if halted():
                    call = None
                while call is not None and len(pending) < held() and self._has_room(pending, size):
                    if self._stopping():
                        if pending:
                            break
                        raise Stopped
                    booking = (
                        self._places.take_ahead(call.person, wanted)
                        if pending
                        else self._book(call.person, wanted=wanted)
                    )
                    if booking is None:
                        break
                    pending.append(self._submit(call, booking, size, ended))
                    self.unread += 1
                    wanted = max(1, wanted - 1)
                    call = next(coming, None)
                if not pending:
                    continue
                if not pending[0].future.done():
                    ended.get()  # one of them, or of those handed over: all may look again
                    continue
                self.unread -= 1
                size = self._taken_down(pending[0])
                yield pending.popleft().future
        finally:
            self.unread -= len(pending)
            for each in pending:
                each.future.cancel()
                self._shelf.take(each.size)
            self._places.end()

    def _has_room(self, pending: Collection[_Waiting], size: int) -> bool:
        """Whether a further call may be made whose answer takes so many bytes."""
        if pending and not self._shelf.has_room(size):
            return False
        return sum(not each.future.done() for each in pending) < self._in_flight

    def _submit(
        self, call: Call, booking: Booking, size: int, ended: SimpleQueue[None]
    ) -> _Waiting:
        future = self._threads.submit(self._receive, call, booking, Tries())

        def end(future: Future[Received]) -> None:
            if future.cancelled():
                self._places.record(booking, {}, None)
            ended.put(None)

        future.add_done_callback(end)
        self._shelf.put(size)
        return _Waiting(future, size)

    def _taken_down(self, waiting: _Waiting) -> int:
        """Make room for others; returns what an answer takes, as this one tells."""
        self._shelf.take(waiting.size)
        future = waiting.future
        if future.cancelled() or future.exception() is not None:
            return waiting.size
        return len(future.result().answer.body)

    # -- one call ---------------------------------------------------------------------------

    def _call(self, path: str, params: Mapping[str, object], person: bool | None) -> Call:
        texts = {name: _text(value) for name, value in params.items() if value is not None}
        return Call(path, texts, self._person if person is None else person, self._language)

    def _fetch(self, call: Call) -> Any:
        return self._read(self._receive(call, None, Tries()))

    def _receive(self, call: Call, booking: Booking | None, tries: Tries) -> Received:
        """An answer that says that it is well."""
        while True:
            if booking is None:
                if self._stopping():
                    raise Stopped
                booking = self._book(call.person, retry=tries.failed > 0)
            try:
                answer = self._send(call, booking)
                if not is_well(answer):
                    raise error_of(answer)
                return Received(call, answer, booking.key_id, tries)
            except HttpError as error:
                pause = self._judge.pause(call, error, tries, booking.key_id)
            booking = None
            self._sleep(pause)

    def _read(self, received: Received) -> Any:
        """What the answer holds; of the next one, where this one is not what it says."""
        while True:
            call, tries = received.call, received.tries
            try:
                return value_of(received.answer)
            except HttpError as error:
                pause = self._judge.pause(call, error, tries, received.key_id)
            self._sleep(pause)
            received = self._receive(call, None, tries)

    def _result(self, answer: Future[Received]) -> Any | LightspeedError:
        try:
            return self._read(answer.result())
        except (NotFound, Unreadable) as error:
            return error

    def _book(self, person: bool, *, wanted: int = 1, retry: bool = False) -> Booking:
        """A booking, after short waits. A retry queues however often it must: a run that waits
        elsewhere would begin its tries anew and never learn that Lightspeed is down."""
        queued = 0.0
        while True:
            try:
                return self._places.take(person, wanted)
            except Spent as spent:
                wait = max(0.01, spent.until - self._clock.now())
                queued += wait
                if wait > self._patience or (queued > _LONGEST_QUEUE and not retry):
                    raise
            self._sleep(wait)

    def _send(self, call: Call, booking: Booking) -> Answer:
        told: Mapping[str, str] | None = None
        status: int | None = None
        try:
            http = self._keyring.http(booking.key_id)
            answer = http.send("GET", f"/{call.language}/{call.path}.json", params=call.params)
            told, status = answer.headers, answer.status
            return answer
        except NetworkError as error:
            told = None if error.applied_unknown else {}
            if isinstance(error, Abandoned):
                raise Stopped from None
            raise
        except BadAnswer as error:
            told, status = {}, error.status
            raise
        finally:
            self._places.record(booking, told, status)
            if told is None or status is not None:
                self._count_call(call.path)

    def _count_call(self, path: str) -> None:
        name = "order_lines" if _ORDER.fullmatch(path) else path.split("/")[0]
        with self._lock:
            self.calls[name] += 1

    def _stopping(self) -> bool:
        return self._closed or self._stop()

    def _sleep(self, seconds: float) -> None:
        while seconds > 0:
            if self._stopping():
                raise Stopped
            self._clock.sleep(min(seconds, _SLICE))
            seconds -= _SLICE

    # -- access -----------------------------------------------------------------------------

    def _account(self) -> tuple[str, Any]:
        for language in dict.fromkeys((self._language, *_TRIED_LANGUAGES)):
            try:
                return language, self._fetch(Call("account", {}, True, language))
            except NoSuchLanguage as error:
                log.info("%s", error)
        raise NoSuchLanguage("lightspeed.no_language", language=self._language)


def _text(value: object) -> str:
    """A parameter as Lightspeed reads it; times are sent in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)
