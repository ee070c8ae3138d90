"""Orders, their lines and returns in the mirror, once for all languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

import orjson

from sync import mapping
from sync.database import immediate
from sync.mirror import facts
from sync.mirror.base import MirrorFile
from sync.mirror.nameless import without_person
from sync.mirror.packing import revision
from sync.shapes import Line, Order, Return

_ORDER_HEAD = (
    "id, number, status, custom_status, created, updated, incl, excl, customer, email, pickup,"
    " shipment"
)
_NUMBER = 0  # position of the number in a head without its id
_UPDATED = 5
_INCL = 5  # position of the totals in a head without its id


class Orders(MirrorFile):
    """The orders of a mirror."""

    def put_orders(self, orders: Sequence[Order], pass_id: int = 0) -> None:
        """Store order heads, which the pass met; of one that is met twice the last. Lines are kept
        unless the order's totals changed. Of who is forgotten neither customer nor address is
        stored."""
        orders = list({order["id"]: order for order in orders}.values())
        if self.forgotten:
            orders = [without_person(self.forgotten, order) for order in orders]
        with immediate(self.db):
            marks = ",".join("?" * len(orders))
            sql = f"SELECT {_ORDER_HEAD}, items FROM orders WHERE id IN ({marks})"
            rows = self.conn.execute(sql, [order["id"] for order in orders])
            known = {row[0]: row[1:] for row in rows}
            seq = 0
            for order in orders:
                head = _order_head(order)
                old = known.get(order["id"])
                # An order that came again as it was, with its lines here: nothing to write but that
                # it was met.
                if old is not None and old[:-1] == head and old[-1] is not None:
                    continue
                if old is None or old[:-1] != head:
                    seq = seq or self.next_seq()
                    self._put_head(order, head, old, seq)
                if order["lines"] is not None:
                    self.put_lines(order["id"], order["lines"])
            ids = orjson.dumps([order["id"] for order in orders]).decode()
            sql = "UPDATE orders SET seen = ? WHERE id IN (SELECT value FROM json_each(?))"
            self.conn.execute(sql, [pass_id, ids])
            if seq:
                self.moved("orders")

    def _put_head(
        self, order: Order, head: tuple[Any, ...], old: tuple[Any, ...] | None, seq: int
    ) -> None:
        names = _ORDER_HEAD.split(", ")
        if old is None:
            marks = ",".join("?" * (len(names) + 3))
            self.conn.execute(
                f"INSERT INTO orders ({_ORDER_HEAD}, rev, changed_seq, pending_seq)"
                f" VALUES ({marks})",
                [order["id"], *head, 0, seq, seq],
            )
        else:
            # A changed status costs no call for lines; only changed totals say that the lines are
            # others.
            same_totals = old[_INCL : _INCL + 2] == head[_INCL : _INCL + 2]
            sets = ", ".join(f"{name} = ?" for name in names[1:])
            forget = (
                ""
                if same_totals
                else ", items = NULL, items_incl = NULL, items_excl = NULL, lines = NULL,"
                f" lines_seq = NULL, pending_seq = {seq}"
            )
            self.conn.execute(
                f"UPDATE orders SET {sets}, changed_seq = ?{forget} WHERE id = ?",
                [*head, seq, order["id"]],
            )
            if old[_NUMBER] != head[_NUMBER]:
                self.conn.execute("INSERT OR IGNORE INTO renumbered VALUES (?)", [order["id"]])
            # Its lines could not be read before it changed; they may be now.
            sql = "DELETE FROM odd_row WHERE list = 'order_lines' AND lang = '' AND id = ?"
            self.conn.execute(sql, [order["id"]])
        self._stamp_order(order["id"])

    def put_lines(self, order_id: int, lines: Sequence[Line]) -> None:
        """Store an order's lines. The orders' version does not move: a plan knows them pending."""
        lines = list(lines)
        items = mapping.order_items(lines, "incl")
        incl = orjson.dumps(items).decode()
        excl = orjson.dumps(mapping.order_items(lines, "excl")).decode()
        with immediate(self.db):
            returned = self._is_returned(order_id, lines)
            self.conn.execute(
                "UPDATE orders SET lines = ?, items_incl = ?, items_excl = ?, items = ?,"
                " free_lines = ?, lines_seq = ?, returned = ?, rev = ? WHERE id = ?",
                [
                    orjson.dumps(lines).decode(),
                    incl,
                    excl,
                    _sendable(lines, len(items)),
                    mapping.skipped_lines(lines),
                    self.next_seq(),
                    returned,
                    _order_rev([*self._head(order_id), incl, excl, returned]),
                    order_id,
                ],
            )

    def drop_orders(self, before: int) -> int:
        """Forget orders that came before a moment (unix s), as if they had never been read; returns
        how many. What came back of them stays: it names nobody, and is not read twice."""
        with immediate(self.db):
            sql = "DELETE FROM orders WHERE created > 0 AND created < ?"
            dropped = self.conn.execute(sql, [before]).rowcount
            if dropped:
                state = self.fact(facts.ORDERS_STATE).copy()
                state["from"] = max(state.get("from", 0), before)
                if "older" in state:
                    state["older"] += dropped
                self.note(facts.ORDERS_STATE, state)
                self.moved("orders")
        return dropped

    def put_returns(self, returns: Sequence[Return], pass_id: int = 0) -> None:
        """Store returns, which the pass met; an order wholly returned by them changes its
        status."""
        ids = orjson.dumps([row["id"] for row in returns]).decode()
        with immediate(self.db):
            sql = "SELECT order_id FROM order_return WHERE id IN (SELECT value FROM json_each(?))"
            before = {row[0] for row in self.conn.execute(sql, [ids])}
            self.conn.executemany(
                "INSERT OR REPLACE INTO order_return VALUES (?, ?, ?, ?, ?)",
                [
                    (r["id"], r["order"], r["updated"], orjson.dumps(r["lines"]).decode(), pass_id)
                    for r in returns
                ],
            )
            # A return may name an order that the mirror has not, or whose lines it has not: it is
            # kept, and counts once they come.
            self._count_returned(before | {row["order"] for row in returns})

    def drop_returns(self, pass_id: int) -> None:
        """Forget returns that the pass did not meet; their orders are as if there were none."""
        with immediate(self.db):
            sql = "DELETE FROM order_return WHERE seen <> ? RETURNING order_id"
            self._count_returned({row[0] for row in self.conn.execute(sql, [pass_id])})

    def _count_returned(self, order_ids: Collection[int]) -> None:
        changed = False
        for order_id in order_ids:
            if self._returned(order_id):
                self._stamp_order(order_id)
                sql = "UPDATE orders SET changed_seq = ? WHERE id = ?"
                self.conn.execute(sql, [self.next_seq(), order_id])
                changed = True
        if changed:
            self.moved("orders")

    def _returned(self, order_id: int) -> bool:
        """Note whether the order was wholly returned; returns whether that is news."""
        row = self.conn.execute(
            "SELECT lines, returned FROM orders WHERE id = ?", [order_id]
        ).fetchone()
        if row is None or row[0] is None:
            return False
        returned = self._is_returned(order_id, orjson.loads(row[0]))
        if returned == row[1]:
            return False
        self.conn.execute("UPDATE orders SET returned = ? WHERE id = ?", [returned, order_id])
        return True

    def _is_returned(self, order_id: int, lines: list[Line]) -> int:
        sums: defaultdict[int, float] = defaultdict(float)
        sql = "SELECT lines FROM order_return WHERE order_id = ?"
        for (told,) in self.conn.execute(sql, [order_id]):
            for line, quantity in orjson.loads(told):
                sums[line] += quantity
        return int(mapping.wholly_returned(lines, sums))

    def _head(self, order_id: int) -> Sequence[Any]:
        sql = f"SELECT {_ORDER_HEAD} FROM orders WHERE id = ?"
        head: Sequence[Any] = self.conn.execute(sql, [order_id]).fetchone()
        return head

    def _stamp_order(self, order_id: int) -> None:
        sql = f"SELECT {_ORDER_HEAD}, items_incl, items_excl, returned FROM orders WHERE id = ?"
        rev = _order_rev(self.conn.execute(sql, [order_id]).fetchone())
        self.conn.execute("UPDATE orders SET rev = ? WHERE id = ?", [rev, order_id])

    def known_orders(self, ids: Sequence[int]) -> set[int]:
        """Which of the ids the mirror has."""
        marks = ",".join("?" * len(ids))
        sql = f"SELECT id FROM orders WHERE id IN ({marks})"
        return {row[0] for row in self.conn.execute(sql, list(ids))}


def _order_rev(row: Sequence[Any]) -> int:
    """From head, items and return; updatedAt alone changes no payload, so it is no part of it."""
    return revision(orjson.dumps([*row[:_UPDATED], *row[_UPDATED + 1 :]]))


def _sendable(lines: Sequence[Line], items: int) -> int:
    """How many items can be sent; below 0 where the total of one cannot be read (-1 with and
    without tax, -2 with tax alone, -3 without tax alone), and 4 less where the quantity of one
    cannot be."""
    each = list(lines)
    incl, excl = (mapping.unpriced(each, side) for side in ("incl", "excl"))
    lacking = UNCOUNTED if mapping.uncounted(each) else 0
    if incl and excl:
        lacking += UNPRICED
    elif incl or excl:
        lacking += UNPRICED_ON["incl" if incl else "excl"]
    return lacking or items


UNPRICED: Final = -1
UNPRICED_ON: Final[dict[mapping.Side, int]] = {"incl": -2, "excl": -3}
UNCOUNTED: Final = -4


def _order_head(order: Order) -> tuple[Any, ...]:
    return (
        order["number"],
        order["status"],
        order["custom_status"],
        order["created"],
        order["updated"],
        float(order["incl"]),
        float(order["excl"]),
        order["customer"],
        order["email"],
        int(order["pickup"]),
        order["shipment"],
    )
