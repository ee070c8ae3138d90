"""Rows that could not be used: named, counted, and left alone until their content changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sync.errors import Message
from sync.mirror.base import MirrorFile


class OddRow(NamedTuple):
    """A row of `list` that cannot be used. `id` is the record's own where it tells one; `what` is
    what is wrong with it; `run` is the run that first met it with this content."""

    list: str
    lang: str
    entity: str
    id: int | str
    what: Message
    run: int


class Unusable(MirrorFile):
    """The unusable rows of a mirror. `lang` is "" for lists that all languages share."""

    def put_odd(self, row: OddRow, digest: bytes, pass_id: int, *, apart: bool) -> bool:
        """Note an unusable row; returns whether it is new, or new in this form. `apart`: the mirror
        has no good row of that id, so that the pass met this one besides those."""
        key = (row.list, row.lang, row.id)
        before = self.conn.execute(
            "SELECT digest, run FROM odd_row WHERE list = ? AND lang = ? AND id = ?", key
        ).fetchone()
        new = before is None or before[0] != digest
        run = row.run if new else before[1]
        self.conn.execute(
            "INSERT OR REPLACE INTO odd_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *key,
                row.entity,
                row.what.text(),
                digest,
                run,
                pass_id,
                int(apart),
                row.what.written(),
            ],
        )
        return new

    def usable_again(self, name: str, lang: str, ids: Iterable[int | str]) -> bool:
        """These rows of a list are good now; returns whether one of them was not."""
        known = {row[0] for row in self._odd_ids(name, lang)}
        mended = known.intersection(ids) if known else known
        self.conn.executemany(
            "DELETE FROM odd_row WHERE list = ? AND lang = ? AND id = ?",
            [(name, lang, row_id) for row_id in mended],
        )
        return bool(mended)

    def _odd_ids(self, name: str, lang: str) -> list[tuple[int | str]]:
        sql = "SELECT id FROM odd_row WHERE list = ? AND lang = ?"
        return self.conn.execute(sql, [name, lang]).fetchall()

    def drop_odd(self, name: str, lang: str, pass_id: int) -> bool:
        """Forget unusable rows that the whole pass did not meet; returns whether any."""
        sql = "DELETE FROM odd_row WHERE list = ? AND lang = ? AND seen <> ?"
        return bool(self.conn.execute(sql, [name, lang, pass_id]).rowcount)

    def odd_met(self, name: str, lang: str, pass_id: int) -> int:
        """How many unusable rows the pass met that no good row stands for."""
        sql = "SELECT count(*) FROM odd_row WHERE list = ? AND lang = ? AND seen = ? AND apart"
        return self.number(sql, name, lang, pass_id)

    def odd_apart(self, name: str, lang: str) -> int:
        """How many unusable rows of a list there are that no good row stands for."""
        sql = "SELECT count(*) FROM odd_row WHERE list = ? AND lang = ? AND apart"
        return self.number(sql, name, lang)

    def drop_one_lost(self, name: str, lang: str, pass_id: int) -> None:
        """One row of which nothing but its place was known in this pass is known better now."""
        self.conn.execute(
            "DELETE FROM odd_row WHERE (list, lang, id) IN (SELECT list, lang, id FROM odd_row"
            " WHERE list = ? AND lang = ? AND seen = ? AND digest = x'' AND apart LIMIT 1)",
            [name, lang, pass_id],
        )

    def has_odd(self, name: str, lang: str) -> bool:
        """Whether a list has unusable rows."""
        return bool(self._odd_ids(name, lang))

    def odd_place(self, name: str, lang: str, row_id: int | str) -> tuple[int, str] | None:
        """The pass that met an unusable row last, and how the row was named then."""
        sql = "SELECT seen, what FROM odd_row WHERE list = ? AND lang = ? AND id = ?"
        place: tuple[int, str] | None = self.conn.execute(sql, [name, lang, row_id]).fetchone()
        return place

    def odd_rows(self, entity: str, lang: str) -> dict[int | str, OddRow]:
        """The unusable rows of an entity by id, ids before other names."""
        rows = self.conn.execute(
            "SELECT list, lang, entity, id, what, run, detail FROM odd_row"
            " WHERE entity = ? AND lang IN ('', ?) ORDER BY id",
            [entity, lang],
        )
        return {
            row_id: OddRow(of, spoken, kind, row_id, Message.of(detail, what), run)
            for of, spoken, kind, row_id, what, run, detail in rows
        }
