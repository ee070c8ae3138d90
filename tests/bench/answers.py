"""How long the answers take: what a draft does and which setting does it, what sets records apart,
what Clerk.io held on a past day.

Run as `python -m tests.bench.answers [products] [orders]`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import orjson

from sync import answers, preview
from sync.database import immediate
from sync.ledger import OutboxRow
from sync.mapping import payload_hash
from sync.openshop import OpenShop, opened_shop
from sync.store import Desk, StoreRow
from tests.bench.table import peak_mib, row

_DAYS: Final = 30
_CHANGED: Final = 0.02  # of the records a day
_CHUNK: Final = 500
DRAFTS: Final[dict[str, dict[str, str]]] = {
    "one setting": {"include_out_of_stock": "yes"},
    "include_orders": {"include_orders": "6m"},
    "three settings": {
        "include_out_of_stock": "yes",
        "image_size": "600x600x1",
        "include_orders": "6m",
    },
}


def main() -> None:
    """Print one row for each answer, and the peak memory."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    target = "<= 1" if products <= 10_000 else "<= 8"
    of = f"{products:,} products, {orders:,} orders"
    with tempfile.TemporaryDirectory() as folder:
        fill = [sys.executable, "-m", "tests.bench.synthetic", folder, str(products), str(orders)]
        subprocess.run(fill, check=True)
        desk = Desk(Path(folder))
        store = desk.store("bench")
        preview.prepared(desk, store)
        for name, draft in DRAFTS.items():
            took(f"what if with blame, {of}: {name}", target, lambda d=draft: blame(desk, store, d))
        for entity in ("products", "orders"):
            chosen = answers.by_action("skip")
            name = f"what is different, {of}: {entity}"
            took(name, "<= 1", lambda e=entity, c=chosen: answers.contrast(desk, store, e, c))
        first, last = past(desk, store)
        for part in (0.05, 0.5, 0.95):
            name = f"held after {part:.0%} of the month, {of}"
            moment = first + part * (last - first)
            took(name, "-", lambda at=moment: answers.held(desk, store, at))
        days = f"two days compared, {of}"
        took(days, "-", lambda: answers.held(desk, store, first + 60, last))
    row(f"answers, {of}: peak MiB", peak_mib(), "<= 1,024")


def took(name: str, target: str, answer: Callable[[], object]) -> None:
    """Print how long an answer takes that was not asked for before."""
    began, cpu = time.perf_counter(), time.process_time()
    answer()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    row(f"{name}, s", seconds, f"{target}   (CPU {cpu:.2f})")


def blame(desk: Desk, store: StoreRow, draft: dict[str, str]) -> None:
    """The effect of a draft, and which of its settings moves what."""
    preview.effect(desk, store, draft)
    preview.blamed(desk, store, draft)


def past(desk: Desk, store: StoreRow) -> tuple[float, float]:
    """Let Clerk.io confirm changes of a part of the products, day by day for a month; returns from
    when to when. Prints what that history takes of the file."""
    first, last = answers.known_since(desk, store) or 0.0, desk.clock.now()
    with opened_shop(desk, store) as shop:
        rows = confirmed(shop)
        shop.mirror.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        each = max(1, int(len(rows) * _CHANGED))
        for day in range(1, _DAYS):
            begin = day * each % max(1, len(rows) - each)
            changed = [altered(made, day) for made in rows[begin : begin + each]]
            confirm(shop, changed, day + 1, first + day * (last - first) / _DAYS)
        sql = (
            "SELECT sum(length(before) + length(fields) + 80) FROM history"  # 80: the other columns
        )
        (taken,) = shop.mirror.conn.execute(sql).fetchone()
    share = 100 * taken / size(desk, store)
    row(f"history of a month at {_CHANGED:.0%} a day, % of the file", share, "<= 15")
    return first, last


def confirmed(shop: OpenShop) -> list[OutboxRow]:
    """The products that Clerk.io has, as they were sent."""
    found = shop.ledger.conn.execute(
        "SELECT l.source, l.key, p.payload, l.hash, l.rev, l.mapkey FROM ledger l"
        " JOIN ledger_payload p USING (store, entity, source)"
        " WHERE l.store = ? AND l.entity = 'products'",
        [shop.store.id],
    )
    return [
        OutboxRow(0, "products", source, key, "update", "upsert", *sent, None, ())
        for source, key, *sent in found
    ]


def confirm(shop: OpenShop, rows: list[OutboxRow], run: int, at: float) -> None:
    """Clerk.io confirms these, a batch at a time."""
    for start in range(0, len(rows), _CHUNK):
        with immediate(shop.ledger.db):
            shop.ledger.confirm(rows[start : start + _CHUNK], run, at)


def altered(made: OutboxRow, day: int) -> OutboxRow:
    """The same record with another price."""
    values = {name: getattr(made, name) for name in OutboxRow.__slots__}
    payload = orjson.loads(made.payload or b"{}") | {"price": day + 0.5}
    written = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    return OutboxRow(**{**values, "payload": written, "hash": payload_hash(written)})


def size(desk: Desk, store: StoreRow) -> int:
    """Bytes of the shop's file with what is not yet in it."""
    file = desk.shop_file(desk.shop_by_id(store.shop_id))
    return sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*"))


if __name__ == "__main__":
    main()
