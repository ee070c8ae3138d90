"""Taking a person out of the shop's file: mirror, ledger, history, outcomes, outboxes, plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Final

import orjson

from sync.database import immediate, sqlite3
from sync.forget.person import Person
from sync.forget.scrub import out_of_recordings, scrub_texts
from sync.ledger import LOST, Filled, Journal, drop_values
from sync.mapping import payload_bytes, payload_hash
from sync.openshop import OpenShop
from sync.plan import FORGOTTEN

NAMING: Final = ("customer", "email")  # what names a person in an order
_LEDGER: Final = ("ledger", "ledger_payload", "attempt", "drift", "departed", "adopted")
_OUTCOMES: Final = ("outcome", "note", "finding", "hold_list")
_THESE: Final = "entity = ? AND source IN (SELECT value FROM json_each(?))"


def remove_from_file(shop: OpenShop, person: Person) -> Counter[str]:
    """Take the person out of the shop's file in one transaction; counts rows by place. Orders that
    Clerk.io has with the person are in doubt from now on, and go again without."""
    with immediate(shop.mirror.db) as conn:
        return Counter(
            mirror=shop.mirror.forget_people(person.ids, person.addresses, person.orders),
            ledger=_counted_out_of_ledger(shop, conn, person),
            outbox=_out_of_outbox(shop, conn, person),
            history=_out_of_history(shop, conn, person),
            outcomes=_out_of_outcomes(conn, person),
            plans=_out_of_plans(conn, person),
            recordings=out_of_recordings(conn, person),
        )


def anonymous(payload: bytes) -> bytes:
    """An order's payload without who placed it."""
    told = orjson.loads(payload)
    return payload_bytes({name: value for name, value in told.items() if name not in NAMING})


def _counted_out_of_ledger(shop: OpenShop, conn: sqlite3.Connection, person: Person) -> int:
    customers = [("customers", source) for source in person.ids]
    orders = [("orders", source) for source in person.orders]
    with ExitStack() as counting:
        for (store,) in conn.execute("SELECT DISTINCT store FROM ledger").fetchall():
            counting.enter_context(Filled(shop.ledger.db, store).within([*customers, *orders]))
        return _out_of_ledger(conn, person)


def _out_of_ledger(conn: sqlite3.Connection, person: Person) -> int:
    gone = [
        conn.execute(f"DELETE FROM {table} WHERE {_THESE}", _customers(person)).rowcount
        for table in _LEDGER
    ]
    sql = f"SELECT store, source, payload FROM ledger_payload WHERE {_THESE}"
    changed, stores = 0, set[int]()
    for store, source, payload in conn.execute(sql, _orders(person)).fetchall():
        bare = anonymous(payload)
        if _names_somebody(payload):
            record = (store, "orders", source)
            conn.execute(
                "UPDATE ledger_payload SET payload = ? WHERE (store, entity, source) = (?, ?, ?)",
                [bare, *record],
            )
            conn.execute(
                f"UPDATE ledger SET hash = x'', rev = iif(rev = {LOST}, {LOST}, -1)"
                " WHERE (store, entity, source) = (?, ?, ?)",
                record,
            )
            changed += 1
            stores.add(store)
    stores |= {store for store, keys in person.customers.items() if keys}
    conn.executemany(
        "INSERT INTO ledger_version VALUES (?, 1) ON CONFLICT (store) DO UPDATE SET n = n + 1",
        [(store,) for store in stores],
    )
    return gone[0] + gone[2] + changed


def _names_somebody(payload: bytes) -> bool:
    return not orjson.loads(payload).keys().isdisjoint(NAMING)


def _out_of_history(shop: OpenShop, conn: sqlite3.Connection, person: Person) -> int:
    gone = conn.execute(f"DELETE FROM history WHERE {_THESE}", _customers(person)).rowcount
    return gone + drop_values(shop.ledger.db, "orders", person.orders, NAMING)


def _out_of_outcomes(conn: sqlite3.Connection, person: Person) -> int:
    gone = sum(
        conn.execute(f"DELETE FROM {table} WHERE {_THESE}", _customers(person)).rowcount
        for table in _OUTCOMES
    )
    return gone + scrub_texts(conn, person)


# -- what a run has still to send -------------------------------------------------------------


def _out_of_outbox(shop: OpenShop, conn: sqlite3.Connection, person: Person) -> int:
    """What a run was about to send of the person is skipped, and counted so; orders go without."""
    rows = conn.execute(f"SELECT run, n, action FROM work WHERE {_THESE}", _customers(person))
    skipped = rows.fetchall()
    for run, n, action in skipped:
        conn.execute("DELETE FROM work WHERE run = ? AND n = ?", [run, n])
        if action != "remove":  # which was counted as skipped, or is gone
            journal = Journal(shop.ledger.db, run)
            journal.count("customers", "skipped", 1)
            journal.count("customers", f"reason:{FORGOTTEN}", 1)
    sql = f"SELECT run, n, method, payload, source, status FROM work WHERE {_THESE}"
    orders = conn.execute(f"{sql} AND payload IS NOT NULL", _orders(person)).fetchall()
    for run, n, method, payload, source, status in orders:
        store = _store_of(shop, run)
        whole = _whole(conn, store, source, status) if method == "patch" else anonymous(payload)
        sent = payload if method == "patch" else whole
        conn.execute(
            "UPDATE work SET payload = ?, hash = ?, rev = -1, mapkey = '' WHERE run = ? AND n = ?",
            [sent, payload_hash(whole), run, n],
        )
    return len(skipped) + len(orders)


def _store_of(shop: OpenShop, run: int) -> int:
    return shop.desk.run(run).store_id


def _whole(conn: sqlite3.Connection, store: int, source: int, status: str | None) -> bytes:
    """An order as Clerk.io has it after the patch that is about to be sent."""
    sql = "SELECT payload FROM ledger_payload WHERE store = ? AND entity = 'orders' AND source = ?"
    row = conn.execute(sql, [store, source]).fetchone()
    told: Mapping[str, Any] = orjson.loads(row[0]) if row else {}
    return payload_bytes({**told, "status": status})


# -- plans --------------------------------------------------------------------------------------


def _out_of_plans(conn: sqlite3.Connection, person: Person) -> int:
    """Rows of plans that show customers or orders are made anew by whoever looks next. Returns how
    many showed the person."""
    there = conn.execute("SELECT 1 FROM sqlite_schema WHERE name = 'plan_detail'").fetchone()
    if there is None:
        return 0
    parts = "SELECT %s FROM plan_part WHERE entity IN ('customers', 'orders')"
    shown = "entity = ? AND source IN (SELECT value FROM json_each(?))"
    sql = f"SELECT count(*) FROM plan_row JOIN plan_part p ON p.id = part WHERE {shown}"
    known = [conn.execute(sql, these(person)).fetchone()[0] for these in (_customers, _orders)]
    conn.execute(f"DELETE FROM plan_detail WHERE details IN ({parts % 'details'})")
    conn.execute(f"DELETE FROM plan_row WHERE part IN ({parts % 'id'})")
    conn.execute("DELETE FROM plan_part WHERE entity IN ('customers', 'orders')")
    conn.execute("DELETE FROM plan")
    return sum(known)


def _customers(person: Person) -> tuple[str, str]:
    return "customers", orjson.dumps(sorted(person.ids)).decode()


def _orders(person: Person) -> tuple[str, str]:
    return "orders", orjson.dumps(sorted(person.orders)).decode()
