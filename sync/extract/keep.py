"""A page of a list into the mirror: what can be used is stored, what cannot is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

from sync.entities import scope
from sync.errors import Message
from sync.extract.reading import Lost, Reading, Unusable
from sync.lenient import Damaged
from sync.mirror import OddRow
from sync.shapes.values import identifier


@dataclass(frozen=True)
class Source:
    """A list of the API and the table of the mirror that holds its rows, those of `where`.

    `entity` is what its rows are in the books; for lists that only help with records of it, `rank`
    says what an unusable row is: a note that makes the run partial, or a line in its log. `prefix`
    stands before the number in the table's ids. `lang` is "" for lists that languages share.
    """

    path: str
    table: str = ""
    name: str = ""  # under which its unusable rows are known, where that is not its path
    where: str = "true"
    args: tuple[object, ...] = ()
    entity: str = ""
    lang: str = ""
    prefix: str = ""
    rank: Literal["record", "note", "log"] = "log"

    @property
    def title(self) -> str:
        """The name of the list in the mirror."""
        return self.name or self.path

    def known(self, r: Reading) -> int:
        """How many rows the mirror holds."""
        return self._count(r, "true")

    def met(self, r: Reading, pass_id: int) -> int:
        """How many rows the pass has met, unusable ones too."""
        return self._count(r, "seen = ?", pass_id) + r.mirror.odd_met(
            self.title, self.lang, pass_id
        )

    def unmet(self, r: Reading, pass_id: int) -> list[int | str]:
        """Ids of rows that the pass did not meet and that can be asked for: what stands in for
        somebody forgotten has an id of our own, below 0."""
        sql = f"SELECT id FROM {self.table} WHERE {self.where} AND seen <> ? AND id > 0 ORDER BY id"
        return [row[0] for row in r.mirror.conn.execute(sql, [*self.args, pass_id])]

    def meet(self, r: Reading, row_id: int | str, pass_id: int) -> bool:
        """The pass met this row, which stays as it is; returns whether the mirror has it."""
        if not self.table:
            return False
        sql = f"UPDATE {self.table} SET seen = ? WHERE {self.where} AND id = ?"
        return bool(r.mirror.conn.execute(sql, [pass_id, *self.args, row_id]).rowcount)

    def meet_all(self, r: Reading, earlier: int, pass_id: int) -> None:
        """What an earlier pass met counts as met by this one."""
        sql = f"UPDATE {self.table} SET seen = ? WHERE {self.where} AND seen = ?"
        r.mirror.conn.execute(sql, [pass_id, *self.args, earlier])

    def id_of(self, raw: Any) -> int | str | None:
        """The table's id of a raw row, None if it tells none."""
        if isinstance(raw, Damaged):
            number = raw.id
        else:
            number = identifier(raw.get("id")) if isinstance(raw, dict) else None
        if number is None or not self.prefix:
            return number
        return f"{self.prefix}{number}"

    def number_of(self, row_id: int | str) -> str:
        """Lightspeed's own number in an id of the table."""
        return str(row_id).removeprefix(self.prefix)

    def _count(self, r: Reading, more: str, *args: object) -> int:
        sql = f"SELECT count(*) FROM {self.table} WHERE {self.where} AND {more}"
        return r.mirror.number(sql, *self.args, *args)


Put = Callable[[list[Any], int], None]


def keep(
    r: Reading, source: Source, put: Put, rows: list[Any], pass_id: int, offset: int | None
) -> None:
    """Store a page's rows, which begin at `offset` in the list (None: they were asked for singly);
    those that cannot be used are named once and left as they are. The caller holds the
    transaction."""
    r.unusable.clear()
    if rows:
        put(rows, pass_id)
    odd = {each.at for each in r.unusable}
    moved = False
    for each in r.unusable:
        moved |= _set_aside(r, source, each, pass_id, offset)
    good = (source.id_of(raw) for index, raw in enumerate(rows) if index not in odd)
    moved |= r.mirror.usable_again(source.title, source.lang, (key for key in good if key))
    if moved and source.rank == "record":
        r.mirror.moved(scope(source.entity, source.lang))
    r.unusable.clear()


def keep_lost(r: Reading, source: Source, row_id: int | str, pass_id: int, why: Message) -> None:
    """A row that the mirror has and Lightspeed does not give, in its list or singly, stays as it
    is. It is the one that was missing in a page, if one was."""
    source.meet(r, row_id, pass_id)
    r.mirror.drop_one_lost(source.title, source.lang, pass_id)
    what = Message("read.row_id", path=source.path, id=row_id, why=why)
    _name_it(r, source, row_id, what, b"", pass_id, apart=False)


def forget(r: Reading, source: Source, pass_id: int) -> None:
    """After a complete pass: forget unusable rows that it did not meet."""
    if r.mirror.drop_odd(source.title, source.lang, pass_id) and source.rank == "record":
        r.mirror.moved(scope(source.entity, source.lang))


def _set_aside(
    r: Reading, source: Source, each: Unusable, pass_id: int, offset: int | None
) -> bool:
    digest = _digest(each.raw)
    row_id = source.id_of(each.raw)
    what = _said_of(r, source, row_id, each, offset)
    if row_id is None:
        row_id = _name(r, source, each, digest, pass_id, what, offset)
    apart = not source.meet(r, row_id, pass_id)
    return _name_it(r, source, row_id, what, digest, pass_id, apart=apart)


def _name_it(
    r: Reading,
    source: Source,
    row_id: int | str,
    what: Message,
    digest: bytes,
    pass_id: int,
    *,
    apart: bool,
) -> bool:
    row = OddRow(source.title, source.lang, source.entity, row_id, what, r.journal.run)
    if source.rank != "record":
        row = row._replace(entity="")
    if not r.mirror.put_odd(row, digest, pass_id, apart=apart):
        return False
    r.log("warning", what)
    if source.rank == "note":
        r.journal.note(what, r.clock.now(), entity=source.entity)
    return True


def _said_of(
    r: Reading, source: Source, row_id: int | str | None, each: Unusable, offset: int | None
) -> Message:
    """What is wrong with a row, which is named by its id and its place as far as there are such."""
    values: dict[str, object] = {"path": source.path, "why": each.what}
    code = "read.row"
    if row_id is not None:
        code, values = f"{code}_id", {**values, "id": row_id}
    if offset is not None:
        page, row = divmod(offset + each.at, r.settings.page_size)
        code, values = f"{code}_place", {**values, "page": page + 1, "row": row + 1}
    return Message(code, **values)


def _name(
    r: Reading,
    source: Source,
    each: Unusable,
    digest: bytes,
    pass_id: int,
    what: Message,
    offset: int | None,
) -> str:
    """A name for a row without an id: by its content, or where it has none by its place; a second
    one of the same content gets another."""
    if isinstance(each.raw, Lost) or _value(each.raw) is None:
        return f"row {(offset or 0) + each.at + 1}"
    name = f"row {digest.hex()[:8]}"
    for n in range(2, 1000):
        before = r.mirror.odd_place(source.title, source.lang, name)
        if offset is None or before is None or before[0] != pass_id or before[1] == what.text():
            return name
        name = f"row {digest.hex()[:8]} ({n})"
    return name


def _value(raw: Any) -> Any:
    return raw.value if isinstance(raw, Damaged) else raw


def _digest(raw: Any) -> bytes:
    """Changes with the row's content; of one that was not given nothing is known."""
    if isinstance(raw, Lost):
        return b""
    said = raw.what.text() if isinstance(raw, Damaged) else ""
    return blake2b(json.dumps([said, _value(raw)]).encode(), digest_size=8).digest()
