"""Taking calls down while a run goes on."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from sync.clock import Clock
from sync.database import Database, immediate
from sync.http import Exchange, Http
from sync.recording import redacted

MOST: Final = 5_000  # calls of a run whose headers and bodies are kept; of later ones the rest


class Recorder:
    """Takes down the calls of one run; safe for several threads. `flush` writes them into the
    shop's file: whoever is killed loses those since the last time, two seconds' at most."""

    def __init__(self, run: int, clock: Clock) -> None:
        self._run, self._clock = run, clock
        self._lock = threading.Lock()
        self._taken: list[dict[str, Any]] = []

    def http_for(self, side: str) -> Callable[..., Http]:
        """What makes the connections of a side, whose calls are taken down."""
        return partial(Http, record=partial(self._take, side))

    def _take(self, side: str, exchange: Exchange) -> None:
        parts = urlsplit(exchange.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        row = {
            "run": self._run,
            "side": side,
            "at": self._clock.now() - exchange.took,
            "took": exchange.took,
            "method": exchange.method,
            "path": path,
            "status": exchange.status,
            "error": exchange.error,
            "sent": _packed(exchange.headers, path, exchange.body),
            "received": _packed(exchange.answer_headers, path, exchange.answer, sent=exchange.body),
        }
        with self._lock:
            self._taken.append(row)

    def flush(self, db: Database) -> None:
        """Write what was taken down since the last time."""
        with self._lock:
            rows, self._taken = self._taken, []
        if not rows:
            return
        rows.sort(key=lambda row: float(row["at"]))
        with immediate(db) as conn:
            last = "SELECT ifnull(max(n), 0) FROM exchange WHERE run = ?"
            (number,) = conn.execute(last, [self._run]).fetchone()
            for n, row in enumerate(rows, number + 1):
                kept = row if n <= MOST else {**row, "sent": None, "received": None}
                db.insert("exchange", {**kept, "n": n})


def _packed(headers: Any, path: str, body: bytes | None, *, sent: bytes | None = None) -> bytes:
    told = redacted.body(path, body, sent or b"")
    whole = {"headers": redacted.headers(headers or {}), **told}
    return zlib.compress(orjson.dumps(whole), 6)
