"""What was taken down, for pages, bundles and scripts."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from sync.clock import iso
from sync.database import migrate, opened
from sync.ledger.schema import migrations as ledger_tables
from sync.store import Desk, Refused, RunRow

_COLUMNS = "n, side, at AS began, took, method, path, status, error"


@dataclass(frozen=True)
class Call:
    """One call: `began` in unix seconds, `took` in seconds; `status` None where no answer came,
    `error` is its code then."""

    n: int
    side: str
    began: float
    took: float
    method: str
    path: str
    status: int | None
    error: str | None


@dataclass(frozen=True)
class Side:
    """What one side said: headers, the body's text without secrets and persons, its bytes, and
    whether the text was cut."""

    headers: dict[str, str]
    text: str
    bytes: int
    cut: bool


def recorded(
    desk: Desk, run: RunRow, *, failed: bool = False, limit: int = -1, offset: int = 0
) -> dict[str, Any]:
    """The calls of a run in their order, those without a usable answer alone if `failed`:
    {"rows": [Call], "total": n}."""
    where = "run = ?" + (" AND (status IS NULL OR status >= 400)" if failed else "")
    path = _file(desk, run)
    if path is None:
        return {"rows": [], "total": 0}
    with opened(path) as db:
        (total,) = db.execute(f"SELECT count(*) FROM exchange WHERE {where}", [run.id]).fetchone()
        rows = db.query(
            f"SELECT {_COLUMNS} FROM exchange WHERE {where} ORDER BY n LIMIT ? OFFSET ?",
            [run.id, limit, offset],
        )
        return {"rows": [Call(**row) for row in rows], "total": total}


def detail(desk: Desk, run: RunRow, n: int) -> tuple[Side, Side] | None:
    """What was sent and what came back in the n-th call of a run; None where that was not kept.
    Refused for a call that is not there."""
    path = _file(desk, run)
    row = None
    if path is not None:
        with opened(path) as db:
            sql = "SELECT sent, received FROM exchange WHERE run = ? AND n = ?"
            row = db.execute(sql, [run.id, n]).fetchone()
    if row is None:
        raise Refused("unknown_call", run=run.id, call=n)
    if row[0] is None:
        return None
    sent, received = (Side(**_unpacked(packed)) for packed in row)
    return sent, received


def lines(desk: Desk, run: RunRow) -> Iterator[dict[str, Any]]:
    """Each call with all that was kept of it, as a bundle has it."""
    path = _file(desk, run)
    if path is None:
        return
    with opened(path) as db:
        sql = f"SELECT {_COLUMNS}, sent, received FROM exchange WHERE run = ? ORDER BY n"
        for row in db.query(sql, [run.id]):
            for name in ("sent", "received"):
                row[name] = None if row[name] is None else _unpacked(row[name])
            yield {**row, "began": iso(row["began"])}


def _file(desk: Desk, run: RunRow) -> Any:
    path = desk.shop_file(desk.shop_by_id(run.shop_id))
    if not path.exists():
        return None
    migrate(path, ledger_tables)
    return path


def _unpacked(packed: bytes) -> dict[str, Any]:
    whole: dict[str, Any] = orjson.loads(zlib.decompress(packed))
    return whole
