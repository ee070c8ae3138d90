"""Raw products, some fifty of them at a time: compressed together they take half the time and half
the bytes of each by itself, and they keep out of the way of the rows that every plan reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sync.database import sqlite3
from sync.mirror.packing import packed, unpacked


def packed_page(records: Iterable[tuple[int, Any]]) -> bytes:
    """Raw records (product id, as received) as a row of `raw_box` holds them."""
    return packed({str(number): raw for number, raw in records})


def put_raw_page(conn: sqlite3.Connection, lang: str, pass_id: int, page: bytes) -> int:
    """Store packed records that the pass met; returns their id."""
    sql = "INSERT INTO raw_box (lang, seen, records) VALUES (?, ?, ?)"
    return int(conn.execute(sql, [lang, pass_id, page]).lastrowid or 0)


def raw_product(conn: sqlite3.Connection, lang: str, number: int | str) -> Any:
    """The product as received; None if the mirror does not have it."""
    sql = (
        "SELECT b.records FROM product p JOIN raw_box b ON b.id = p.box"
        " WHERE p.lang = ? AND p.id = ?"
    )
    row = conn.execute(sql, [lang, number]).fetchone()
    return None if row is None else unpacked(row[0])[str(number)]


def drop_raw_pages(conn: sqlite3.Connection, lang: str) -> None:
    """Forget pages that hold no product as it was last read."""
    # One product keeps a page of old ones: to pack it anew at each change costs more than its room.
    conn.execute(
        "DELETE FROM raw_box WHERE lang = ?1"
        " AND id NOT IN (SELECT box FROM product WHERE lang = ?1)",
        [lang],
    )
