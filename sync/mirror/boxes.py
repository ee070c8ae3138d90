"""Raw products, ten to a box: compressed together they take half the time and half the bytes of
each by itself, and they keep out of the way of the rows that every plan reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from sync.mirror.packing import packed, unpacked

BOX = 10  # more of them in a box save next to nothing


def put_boxes(
    conn: sqlite3.Connection, lang: str, seen: int, records: Sequence[tuple[int, Any]]
) -> dict[int, int]:
    """Store raw records (product id, as received) that the pass `seen` met; returns the box of
    each."""
    boxes: dict[int, int] = {}
    for start in range(0, len(records), BOX):
        held = {str(number): raw for number, raw in records[start : start + BOX]}
        sql = "INSERT INTO raw_box (lang, seen, records) VALUES (?, ?, ?)"
        box = conn.execute(sql, [lang, seen, packed(held)]).lastrowid
        boxes |= {int(number): int(box or 0) for number in held}
    return boxes


def raw_product(conn: sqlite3.Connection, lang: str, number: int) -> Any:
    """The product as received; None if the mirror does not have it."""
    sql = (
        "SELECT b.records FROM product p JOIN raw_box b ON b.id = p.box"
        " WHERE p.lang = ? AND p.id = ?"
    )
    row = conn.execute(sql, [lang, number]).fetchone()
    return None if row is None else unpacked(row[0])[str(number)]


def drop_boxes(conn: sqlite3.Connection, lang: str) -> None:
    """Forget boxes of passes that no product was last seen in."""
    conn.execute(
        "DELETE FROM raw_box WHERE lang = ?1"
        " AND seen NOT IN (SELECT seen FROM product WHERE lang = ?1)",
        [lang],
    )
