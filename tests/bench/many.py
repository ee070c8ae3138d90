"""A desk with many stores as a support desk has them: most in order, some broken, held, waiting or
running, each with its last runs.

Run as `python -m tests.bench.many FOLDER [stores]`.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any, Final

import orjson

from sync.budget import KeyState, Window
from sync.database import immediate, opened
from sync.store import Desk

HOUR: Final = 3600.0
RUNS: Final = 40  # of each store, ended
_NAMES: Final = (
    *("Fietsen", "Hoeve", "Slager", "Bloem", "Kaas", "Wol", "Zeil", "Klomp", "Molen", "Thee"),
    *("Boek", "Lamp", "Hout", "Verf", "Touw", "Leer", "Glas", "Steen", "Brood", "Tuin"),
)
_LANGUAGES: Final = ("de", "nl", "en")


def _message(code: str, **values: object) -> dict[str, Any]:
    return {"code": code, "values": values}


_REFUSED = _message("clerk.typed", type="AuthenticationError", said="Invalid private key")
_NO_KEY = _message("lightspeed.key_refused", key="…8f3a", cluster="eu1")
_DOWN = _message("lightspeed.no_rows", path="products.json")
_PARSING = {"message": "ParsingError: price", "detail": None, "count": 10}
_ENDS: Final[tuple[tuple[int, dict[str, Any]], ...]] = (  # of 162: how often, the newest run
    (5, {"state": "failed", "message": "AuthenticationError: Invalid", "detail": _REFUSED}),
    (3, {"state": "failed", "message": "the key was refused", "detail": _NO_KEY}),
    (2, {"state": "failed", "message": "no list", "detail": _DOWN}),
    (9, {"state": "waiting", "phase": "catalogue", "side": "lightspeed", "host": "api"}),
    (4, {"state": "held", "phase": "plan"}),
    (3, {"state": "partial", "errors": [_PARSING], "books": {"products": {"failed": 10}}}),
    (1, {"state": "cancelled"}),
    (3, {"state": "running", "phase": "lines"}),
    (2, {"state": "queued"}),
    (1, {"state": "waiting", "phase": "lines", "window": "hour"}),
)
_HOLD: Final = {"entity": "products", "reason": "removals", "count": 41, "of": 560, "limit": 5}


def main() -> None:
    """Fill a data folder."""
    fill(Desk(Path(sys.argv[1])), int(sys.argv[2]) if len(sys.argv) > 2 else 162)


def fill(desk: Desk, stores: int) -> None:
    """Add so many stores with their runs to an empty desk."""
    dice, now = random.Random(4), time.time()
    newest = [end for share, end in _ENDS for _ in range(max(1, round(share * stores / 162)))]
    if stores < len(newest):
        newest = newest[:0] if stores == 1 else dice.sample(newest, stores)
    with opened(desk.path) as db, immediate(db):
        for n in range(1, stores + 1):
            _shop(db.insert, desk, n, dice, now)
        for at in range(RUNS, 0, -1):
            for n in range(1, stores + 1):
                if n % 97 != 96 or stores < 97:  # else it has never run
                    broken = n <= len(newest) and newest[n - 1]["state"] == "failed" and at < 7
                    db.insert("run", _past(n, at, dice, now, newest[n - 1] if broken else None))
        for n, end in enumerate(newest, 1):
            db.insert("run", _newest(n, end, now))
        outage = {"side": "lightspeed", "host": "api", "since": now - 1800, "next": now + 300}
        db.insert("outage", {**outage, "pause": 900})


def _shop(insert: Any, desk: Desk, n: int, dice: random.Random, now: float) -> None:
    name = f"{_NAMES[n % len(_NAMES)]} {n}"
    slug, created = name.lower().replace(" ", "-"), now - 90 * 24 * HOUR
    row = {"id": n, "slug": slug, "name": name, "created": created}
    insert("shop", {**row, "domain": f"www.{slug}.example", "cluster": "eu1"})
    sealed = desk.vault.seal("5a" * 16)
    key = {"id": n, "shop_id": n, "key": sealed, "secret": sealed, "added": created}
    insert("api_key", key)
    left = dice.randint(100, 2900)
    window = Window(3000, left, now, now + 1500, now + 1600)
    insert("budget", {"key_id": n, "state": KeyState(windows={"hour": window}).to_json()})
    language = _LANGUAGES[n % len(_LANGUAGES)]
    held = {"products": dice.randint(200, 9000), "categories": dice.randint(10, 300)}
    held |= {"orders": dice.randint(100, 60_000)}
    store = {"shop_id": n, "language": language, "public_key": "", "private_key": ""}
    store |= {"confirmed": orjson.dumps(held).decode(), "paused": int(n % 31 == 30)}
    insert("store", {**row, "name": f"{name} · {language.upper()}", **store})
    version = {"store_id": n, "version": 1, "values": "{}", "at": created, "who": "", "note": ""}
    insert("settings_version", version)


def _past(
    n: int, at: int, dice: random.Random, now: float, end: dict[str, Any] | None
) -> dict[str, Any]:
    started = now - at * HOUR + n % 50 * 10
    state = "partial" if dice.random() < 0.04 and at > 1 else "succeeded"
    return _run(n, {"state": state, **(end or {})}, started) | {"finished": started + 30}


def _newest(n: int, end: dict[str, Any], now: float) -> dict[str, Any]:
    row = _run(n, end, now - 600)
    if end["state"] in ("failed", "partial", "cancelled"):
        row["finished"] = now - 500
    if end["state"] == "waiting":
        row["until"] = now + 300
    if end["state"] == "held":
        rested = {"at": now - 500, "phase": "plan", "worked": 30}
        row["progress"] = orjson.dumps({"rested": rested}).decode()
        row["holds"] = orjson.dumps([_HOLD]).decode()
    return row


def _run(n: int, columns: dict[str, Any], at: float) -> dict[str, Any]:
    written = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in columns.items()
        if value is not None
    }
    whose = {"store_id": n, "shop_id": n, "kind": "sync", "trigger": "schedule", "who": "schedule"}
    times = {"queued": at, "started": at, "due": at}
    return {**whose, **times, "settings_version": 1, **written}


if __name__ == "__main__":
    main()
