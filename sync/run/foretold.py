"""What a run's plan foretold against what was sent, each difference with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sync.entities import Id
from sync.ledger import Journal
from sync.openshop import opened_shop
from sync.rules import LINES_PENDING
from sync.store import Desk, RunRow

SENT: Final = ("created", "updated", "removed")
_OF_RECORDS: Final = {
    "refused": "SELECT source FROM outcome WHERE run = :run AND entity = :entity"
    " AND outcome = 'failed' AND NOT {unusable}",
    "unusable": "SELECT source FROM outcome WHERE run = :run AND entity = :entity"
    " AND outcome = 'failed' AND {unusable}",
    "not_removed": "SELECT source FROM note WHERE run = :run AND entity = :entity"
    " AND source IS NOT NULL AND NOT {drift} AND NOT {unusable}",
    "otherwise": "SELECT DISTINCT source FROM note WHERE run = :run AND entity = :entity"
    " AND source IS NOT NULL AND {drift}",
}
_CODE: Final = "ifnull(detail ->> 'code', '')"
_UNUSABLE: Final = f"({_CODE} GLOB 'read.row*' OR {_CODE} GLOB 'shape.*')"
_DRIFT: Final = f"{_CODE} GLOB 'drift.*'"


@dataclass(frozen=True)
class Gap:
    """One reason why sent was not what was planned: how many records, and the ids in Lightspeed of
    those that are kept. `came`: orders whose lines came during the run; `stayed`: those of them
    that do not go then; `pending`: those whose lines are still missing; `refused` by Clerk.io;
    `unusable` as Lightspeed sent them; `not_sent` and `not_removed` when the run ended;
    `otherwise`: confirmed, and shown otherwise when read back."""

    what: str
    count: int
    ids: list[Id]


@dataclass(frozen=True)
class Predicted:
    """One kind of record: `planned` has create, update, remove and lines (orders whose lines were
    missing), `sent` what Clerk.io confirmed."""

    planned: Mapping[str, int]
    sent: Mapping[str, int]
    differences: list[Gap]


def predicted(desk: Desk, run: RunRow) -> dict[str, Predicted]:
    """What a run's plan foretold and what became of it, by entity; empty without a plan."""
    if run.started is None or not desk.shop_file(desk.shop_by_id(run.shop_id)).exists():
        return {}
    with opened_shop(desk, desk.store_by_id(run.store_id)) as shop:
        journal = shop.journal(run.id)
        planned, books = journal.planned(), journal.books()
        return {
            entity: _compared(journal, entity, plan, books[entity])
            for entity, plan in planned.items()
            if entity in books
        }


def _compared(
    journal: Journal, entity: str, plan: Mapping[str, int], book: Mapping[str, Any]
) -> Predicted:
    ids = {what: _ids(journal, entity, sql) for what, sql in _OF_RECORDS.items()}
    counts = _counts(plan, book, len(ids["otherwise"]))
    gaps = [Gap(what, n, ids.get(what, [])) for what, n in counts if n > 0]
    names = ("create", "update", "remove", "lines")
    return Predicted(
        {name: plan.get(name, 0) for name in names}, {name: book[name] for name in SENT}, gaps
    )


def _counts(
    plan: Mapping[str, int], book: Mapping[str, Any], otherwise: int
) -> Iterator[tuple[str, int]]:
    """The differences. Without lines that come, all that is planned is sent, refused or not sent:
    what there is beside has come with its lines."""
    unusable = plan.get("unusable", 0)
    refused = book["failed"] - unusable
    became = book["created"] + book["updated"] + refused + book["not_sent"]
    came = became - plan["create"] - plan["update"]
    pending = book["reasons"].get(LINES_PENDING, 0)
    yield "came", came
    yield "stayed", plan["lines"] - pending - came
    yield "pending", pending
    yield "refused", refused
    yield "unusable", unusable
    yield "not_sent", book["not_sent"]
    yield "not_removed", plan["remove"] - book["removed"]
    yield "otherwise", otherwise


def _ids(journal: Journal, entity: str, sql: str) -> list[Id]:
    whole = sql.format(unusable=_UNUSABLE, drift=_DRIFT)
    rows = journal.conn.execute(f"{whole} ORDER BY source", {"run": journal.run, "entity": entity})
    return [row[0] for row in rows]
