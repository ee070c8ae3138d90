"""On whose behalf a desk works, and the trail of who did what: a hash chain that only grows."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple, Self

import orjson

from sync.access import Person
from sync.database import folded
from sync.store.base import DeskFile
from sync.store.chain import FIRST_HASH, chained, text_of
from sync.store.errors import Forbidden
from sync.store.rows import ShopRow, StoreRow
from sync.store.scope import scope_of

_COLUMNS: Final = ("id", "at", "who", "action", "subject", "before", "after", "hash")
_MOST_WORDS: Final = 40  # of a search; a statement takes so many values, and no more
_AS_WRITTEN: Final[Mapping[str, Sequence[str]]] = {}
_CUT: Final = "SELECT up_to, hash FROM audit_cut"

Meant = Mapping[str, Sequence[str]]


class Entry(NamedTuple):
    """One entry of the trail: at in unix s; before and after as JSON values."""

    id: int
    at: float
    who: str
    action: str
    subject: str
    before: Any
    after: Any
    hash: str


class Chain(NamedTuple):
    """How many entries there are, and the number of the first that is not as it was written, or
    is missing; None where all are."""

    entries: int
    broken: int | None


class Audit(DeskFile):
    """The audit trail of a desk, and the person that the desk works for."""

    def on_behalf(self, person: Person) -> Self:
        """The same desk for that person: what is not theirs to do raises Forbidden, and shops that
        they do not see are not there."""
        mine = copy.copy(self)
        mine.person = person
        mine.scope = () if person.everywhere else scope_of(person.shops)
        return mine

    def may(self, action: str, of: ShopRow | StoreRow | None = None) -> bool:
        """Whether an action is the person's to do to a shop, a store, or the desk itself."""
        return self.person.may(action, self._shop_slug(of))

    def must(self, action: str, of: ShopRow | StoreRow | None = None) -> None:
        """Forbidden unless the action is the person's to do."""
        if not self.may(action, of):
            raise Forbidden(self.person.name, self.person.role(self._shop_slug(of)), action)

    def sees(self, of: ShopRow | StoreRow) -> bool:
        """Whether the shop, or the store's, exists for the person."""
        slug = self._shop_slug(of)
        return slug is not None and self.person.sees(slug)

    def _shop_slug(self, of: ShopRow | StoreRow | None) -> str | None:
        if not isinstance(of, StoreRow):
            return of.slug if of else None
        if not self.person.shops:
            return None  # every shop has the same role
        row = self._one("SELECT slug FROM shop WHERE id = ?", [of.shop_id])
        return str(row["slug"]) if row else None

    def audit(self, action: str, subject: str, before: Any = None, after: Any = None) -> None:
        """Append that the person did this to that shop, store or run. `before` and `after` are JSON
        values; no secret, name or address of a customer is in them."""
        texts = [text_of(before), text_of(after)]
        with self.together() as db:
            last, above = self._last()
            row = [last + 1, self.clock.now(), self.person.name, action, subject, *texts]
            row.append(chained(above, row))
            marks = ", ".join("?" * len(row))
            db.conn.execute(f"INSERT INTO audit VALUES ({marks})", row)

    def _last(self) -> tuple[int, str]:
        """The number and hash that the next entry follows."""
        row = self._one("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
        cut = self._one(_CUT)
        if row is None:
            return (cut["up_to"], cut["hash"]) if cut else (0, FIRST_HASH)
        return row["id"], row["hash"]

    def audited(
        self,
        *,
        since: float = 0,
        until: float | None = None,
        text: str = "",
        meant: Meant = _AS_WRITTEN,
        limit: int = -1,
        offset: int = 0,
    ) -> list[Entry]:
        """The trail, newest first, of that time (unix s) and with each word of `text` in it, or one
        of what else that word is `meant` for."""
        self.must("audit")
        where, args = _searched(since, until, text, meant)
        rows = self._rows(
            f"SELECT * FROM audit WHERE {where} ORDER BY id DESC LIMIT ? OFFSET ?",
            [*args, limit, offset],
        )
        return [_entry(row) for row in rows]

    def count_audited(
        self,
        *,
        since: float = 0,
        until: float | None = None,
        text: str = "",
        meant: Meant = _AS_WRITTEN,
    ) -> int:
        """How many entries `audited` finds."""
        self.must("audit")
        where, args = _searched(since, until, text, meant)
        return int(self._rows(f"SELECT count(*) AS n FROM audit WHERE {where}", args)[0]["n"])

    def export_audit(
        self,
        *,
        since: float = 0,
        until: float | None = None,
        text: str = "",
        meant: Meant = _AS_WRITTEN,
    ) -> list[Entry]:
        """The trail as `audited` finds it, to be taken away, which is noted in it."""
        self.must("export audit")
        found = self.audited(since=since, until=until, text=text, meant=meant)
        self.audit("export audit", "audit", after={"entries": len(found)})
        return found

    def verify_audit(self) -> Chain:
        """Whether every entry is as it was written and none is missing."""
        self.must("audit")
        cut = self._one(_CUT)
        last, above = (cut["up_to"], cut["hash"]) if cut else (0, FIRST_HASH)
        rows = self._rows("SELECT * FROM audit ORDER BY id")
        for row in rows:
            written = [row[name] for name in _COLUMNS]
            if row["id"] != last + 1:
                return Chain(len(rows), last + 1)
            if row["hash"] != chained(above, written[:-1]):
                return Chain(len(rows), row["id"])
            last, above = row["id"], row["hash"]
        seq = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")
        return Chain(len(rows), last + 1 if seq and seq["seq"] > last else None)

    def shorten_audit(self, before: float) -> int:
        """Let go of the entries older than that time (unix s); returns how many. What follows can
        still be verified."""
        with self.together() as db:
            row = self._one(
                "SELECT id, hash FROM audit WHERE id < ifnull((SELECT min(id) FROM audit"
                " WHERE at >= ?), 9e18) ORDER BY id DESC LIMIT 1",
                [before],
            )
            if row is None:
                return 0
            db.conn.execute("DELETE FROM audit_cut")
            cut = [row["id"], row["hash"], self.clock.now()]
            db.conn.execute("INSERT INTO audit_cut VALUES (?, ?, ?)", cut)
            return int(db.conn.execute("DELETE FROM audit WHERE id <= ?", [row["id"]]).rowcount)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Of two states with the same keys the parts that differ; None if none does."""
    keys = [key for key in after if before.get(key) != after[key]]
    if not keys:
        return None
    return {key: before.get(key) for key in keys}, {key: after[key] for key in keys}


def _searched(since: float, until: float | None, text: str, meant: Meant) -> tuple[str, list[Any]]:
    whole = (
        "folded(who || ' ' || action || ' ' || subject || ' ' || ifnull(before, '') || ' '"
        " || ifnull(after, ''))"
    )
    sought = [*dict.fromkeys(folded(text).split())][:_MOST_WORDS]
    words = [[word, *map(folded, meant.get(word, ()))] for word in sought]
    found = [" OR ".join([f"instr({whole}, ?) > 0"] * len(each)) for each in words]
    where = ["at >= ?", "at < ifnull(?, 9e18)", *(f"({each})" for each in found)]
    return " AND ".join(where), [since, until, *chain.from_iterable(words)]


def _entry(row: Mapping[str, Any]) -> Entry:
    values = {name: row[name] for name in _COLUMNS}
    for name in ("before", "after"):
        values[name] = None if row[name] is None else orjson.loads(row[name])
    return Entry(**values)
