"""What a first sync and a call cost beside bare Python that does the least of the same work, in one
sitting: GET, parse, pack, one SQLite row a record, ask Clerk.io what is there, POST.

Run as `python -m tests.bench.bare [products] [orders]`; prints CPU seconds of this process and
their ratios, several rounds each in turn, minimum and median.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import orjson

from sync import engine, run
from sync.clock import Clock, SystemClock
from sync.database import sqlite3
from sync.sandbox import clerk
from sync.store import Desk, StoreRow
from tests.bench.stand_in import Bench, serving
from tests.bench.table import row
from tests.conftest import HastyClock

ROUNDS = 3
PAGE, ASKED, SENT = 250, 50, 150
LINES = 1_000  # order-line calls


def main() -> None:
    """Print the ratios of a first sync, one with order lines, and a call."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else LINES
    with serving(products, orders) as bench:
        first = _in_turn(lambda n: _first_sync(bench, n), lambda n: _bare_sync(bench, n))
        _told(f"first sync of {products:,} products against the bare loop", first, "<= 2")
        lines = _in_turn(
            lambda n: _line_calls(bench, f"lines-{n}", HastyClock()), lambda n: _bare_lines(bench)
        )
        _told("an order-line call against a bare GET, both without a pause", lines, "<= 3")
        paced = _in_turn(
            lambda n: _line_calls(bench, f"paced-{n}"), lambda n: _bare_lines(bench, paced=True)
        )
        _told("... both at the pace of a key, 20 a second", paced, "<= 3")
        mixed = [(ours, bare) for (ours, _), (_, bare) in zip(paced, lines, strict=True)]
        _told("... the call at that pace, the GETs without a pause", mixed, "-")


def _in_turn(
    ours: Callable[[int], float], bare: Callable[[int], float]
) -> list[tuple[float, float]]:
    return [(ours(n), bare(n)) for n in range(ROUNDS)]


def _told(what: str, pairs: list[tuple[float, float]], target: str) -> None:
    row(f"{what}: least", min(a for a, _ in pairs) / min(b for _, b in pairs), target)
    row(f"{what}: median", statistics.median(a / b for a, b in pairs), target)
    row(f"{what}: CPU ms, ours", 1000 * min(a for a, _ in pairs), "-")
    row(f"{what}: CPU ms, bare", 1000 * min(b for _, b in pairs), "-")


# -- ours -----------------------------------------------------------------------------------


def _first_sync(bench: Bench, n: int) -> float:
    """CPU seconds of a first sync into a new data folder and an empty Clerk.io store."""
    with tempfile.TemporaryDirectory() as folder:
        desk, store = _new_store(bench, Path(folder), f"first-{n}")
        _set(desk, store, import_orders="no")
        return _cpu(desk, store)


def _line_calls(bench: Bench, name: str, clock: Clock | None = None) -> float:
    """CPU seconds a call of a sync of which every call but a few is for an order's lines. Under a
    clock that skips pauses the calls keep to the windows all the same, and follow one another."""
    with tempfile.TemporaryDirectory() as folder:
        desk, store = _new_store(bench, Path(folder), name, clock)
        _set(desk, store, import_products="no", import_categories="no", import_orders="no")
        _cpu(desk, store)
        _set(desk, store, import_orders="yes", include_orders="all")
        calls = len(bench.state.calls(side="lightspeed"))
        spent = _cpu(desk, store)
        return spent / (len(bench.state.calls(side="lightspeed")) - calls)


def _new_store(
    bench: Bench, folder: Path, name: str, clock: Clock | None = None
) -> tuple[Desk, StoreRow]:
    url = bench.store.api_url or ""
    clerk.add_store(bench.state, f"public-{name}", f"private-{name}", name)
    [key, *_] = bench.desk.keys(bench.desk.shop("bench"))
    desk = Desk(folder, clock=clock)
    shop = desk.add_shop("Bench", domain="www.bench.example", cluster="eu1", api_url=url)
    desk.add_key(shop, key.key.reveal(), key.secret.reveal())
    made = {"public": f"public-{name}", "private": f"private-{name}", "api_url": url}
    return desk, desk.add_store(shop, "Bench", language="nl", **made)


def _set(desk: Desk, store: StoreRow, **values: str) -> None:
    settings = desk.settings(store).settings.changed(values)
    desk.save_settings(store, settings, note="")


def _cpu(desk: Desk, store: StoreRow) -> float:
    began = time.process_time()
    asked = run.request(desk, store, "sync")
    done = engine.drive(desk, asked.id, stop=threading.Event())
    if done.state != "succeeded":
        raise SystemExit(f"the run ended {done.state}: {done.message}")
    return time.process_time() - began


# -- bare -----------------------------------------------------------------------------------


def _bare_sync(bench: Bench, n: int) -> float:
    """CPU seconds of the least that does the same."""
    clerk.add_store(bench.state, f"bare-{n}", f"secret-{n}", f"bare {n}")
    keys = {"key": f"bare-{n}", "private_key": f"secret-{n}"}
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder, _lightspeed(bench) as source:
        with closing(sqlite3.connect(f"{folder}/rows.db")) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("CREATE TABLE product (id INTEGER PRIMARY KEY, raw BLOB, payload BLOB)")
            payloads = _bare_read(source, db)
        with httpx.Client(base_url=bench.store.api_url or "") as target:
            _bare_ask(target, keys, [payload["id"] for payload in payloads])
            _bare_send(target, keys, payloads)
    return time.process_time() - began


def _lightspeed(bench: Bench) -> httpx.Client:
    [key, *_] = bench.desk.keys(bench.desk.shop("bench"))
    pair = (key.key.reveal(), key.secret.reveal())
    return httpx.Client(base_url=bench.store.api_url or "", auth=pair, timeout=60)


def _bare_read(source: httpx.Client, db: sqlite3.Connection) -> list[dict[str, Any]]:
    payloads = []
    count = orjson.loads(source.get("/nl/catalog/count.json").content)["count"]
    for page in range(1, -(-count // PAGE) + 1):
        answer = source.get("/nl/catalog.json", params={"page": page, "limit": PAGE})
        rows = []
        for raw in orjson.loads(answer.content)["products"]:
            payload = _bare_payload(raw)
            rows.append((raw["id"], zlib.compress(orjson.dumps(raw)), orjson.dumps(payload)))
            payloads.append(payload)
        db.executemany("INSERT INTO product VALUES (?, ?, ?)", rows)
        db.commit()
    return payloads


def _bare_payload(raw: dict[str, Any]) -> dict[str, Any]:
    variants = list(raw["variants"].values())
    image = raw.get("image") or {}
    return {
        "id": raw["id"],
        "name": raw["title"],
        "description": raw["description"],
        "price": min(variant["priceIncl"] for variant in variants),
        "list_price": max(variant["priceIncl"] for variant in variants),
        "image": image.get("src", "") or "https://shop.example/none.jpg",
        "url": f"https://shop.example/{raw['url']}.html",
        "categories": [],
        "created_at": 1_700_000_000,
        "stock": sum(variant["stockLevel"] for variant in variants),
        "skus": [variant["sku"] for variant in variants],
    }


def _bare_ask(target: httpx.Client, keys: dict[str, str], ids: list[int]) -> None:
    for at in range(0, len(ids), ASKED):
        asked = orjson.dumps(ids[at : at + ASKED]).decode()
        target.get("/v2/products", params=keys | {"products": asked}).raise_for_status()


def _bare_send(target: httpx.Client, keys: dict[str, str], payloads: list[dict[str, Any]]) -> None:
    for at in range(0, len(payloads), SENT):
        body = orjson.dumps(keys | {"products": payloads[at : at + SENT]})
        headers = {"Content-Type": "application/json"}
        answer = target.post("/v2/products", content=body, headers=headers).json()
        if answer["status"] != "ok":
            raise SystemExit(f"Clerk.io refuses the bare payloads: {answer}")


def _bare_lines(bench: Bench, *, paced: bool = False) -> float:
    """CPU seconds a call of bare GETs of order lines, one right after the other; `paced`, ten every
    half second, as a key allows: a processor that has slept between needs more for each."""
    orders = [order["id"] for order in bench.state.all("order")][: LINES // 5 if paced else LINES]
    with _lightspeed(bench) as source:
        began = time.process_time()
        for n, order in enumerate(orders):
            if paced and n % 10 == 0:
                SystemClock().sleep(0.5)
            source.get(f"/nl/orders/{order}/products.json").raise_for_status()
        return (time.process_time() - began) / len(orders)


if __name__ == "__main__":
    main()
