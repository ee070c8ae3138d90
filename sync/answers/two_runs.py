"""Two runs of a store side by side: settings, books, and the records that moved between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.entities import ENTITIES, Id
from sync.ledger import split_reasons
from sync.openshop import OpenShop, opened_shop
from sync.store import TERMINAL, Desk, Refused, RunRow

Pair = tuple[Any, Any]


@dataclass(frozen=True)
class MovedRecord:
    """What became of a record in two runs: an outcome, or where it had none in a run `unchanged`
    for what Clerk.io had then and `absent` for what it had not. `why` are the later's reasons."""

    id: Id
    was: str
    is_: str
    why: list[str]

    def as_json(self) -> dict[str, Any]:
        """`is` is no name in Python."""
        return {"id": self.id, "was": self.was, "is": self.is_, "why": self.why}


@dataclass(frozen=True)
class TwoRuns:
    """The differences of two runs: each value as (first, second). Where one of them is `bookless`
    (it only read, or ended before its plan), books and records are not compared."""

    runs: Pair
    settings: Mapping[str, Pair]
    books: Mapping[str, Mapping[str, Pair]]
    moved: Mapping[str, list[MovedRecord]]
    bookless: Sequence[int] = ()

    def document(self) -> dict[str, Any]:
        """The command line's document."""
        return {
            "runs": list(self.runs),
            "settings": {key: list(pair) for key, pair in self.settings.items()},
            "books": {
                entity: {name: list(pair) for name, pair in book.items()}
                for entity, book in self.books.items()
            },
            "moved": {
                entity: [record.as_json() for record in records]
                for entity, records in self.moved.items()
            },
        }


def compare(desk: Desk, first: int, second: int) -> TwoRuns:
    """Compare two runs of one store that have ended. UsageError for others."""
    a, b = desk.run(first), desk.run(second)
    if a.store_id != b.store_id:
        raise Refused("runs_of_two_stores", first=first, second=second)
    for run in (a, b):
        if run.state not in TERMINAL:
            raise Refused("run_not_ended", run=run.id)
    was, now = a.settings.values(), b.settings.values()
    bookless = [*dict.fromkeys(run.id for run in (a, b) if not run.books)]
    moved: dict[str, list[MovedRecord]] = {}
    if not bookless:
        with opened_shop(desk, desk.store_by_id(a.store_id)) as shop:
            moved = {entity: _moved(shop, entity, a, b) for entity in ENTITIES}
    return TwoRuns(
        runs=(a.id, b.id),
        settings={key: (was[key], now[key]) for key in now if was[key] != now[key]},
        books={} if bookless else _books(a.books, b.books),
        moved={entity: records for entity, records in moved.items() if records},
        bookless=bookless,
    )


def _books(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, dict[str, Pair]]:
    """Every number that both or one of the runs counted; reasons as `reason:<code>`."""
    pairs: dict[str, dict[str, Pair]] = {}
    for entity in ENTITIES:
        first, second = _numbers(a.get(entity, {})), _numbers(b.get(entity, {}))
        names = list(dict.fromkeys([*first, *second]))
        if names:
            pairs[entity] = {name: (first.get(name, 0), second.get(name, 0)) for name in names}
    return pairs


def _numbers(book: Mapping[str, Any]) -> dict[str, int]:
    plain = {name: n for name, n in book.items() if name != "reasons"}
    return plain | {f"reason:{reason}": n for reason, n in book.get("reasons", {}).items()}


def _moved(shop: OpenShop, entity: str, a: RunRow, b: RunRow) -> list[MovedRecord]:
    """Records of which the runs tell something else."""
    first, second = (_outcomes(shop, entity, run.id) for run in (a, b))
    there = {run.id: _there(shop, entity, run) for run in (a, b)}
    moved = []
    for source in sorted(
        first.keys() | second.keys(), key=lambda each: (isinstance(each, str), each)
    ):
        was = first.get(source, (_untold(source, there[a.id]), []))[0]
        now, why = second.get(source, (_untold(source, there[b.id]), []))
        if was != now:
            moved.append(MovedRecord(source, was, now, why))
    return moved


def _untold(source: Id, there: Mapping[Id, Id]) -> str:
    return "unchanged" if source in there else "absent"


def _there(shop: OpenShop, entity: str, run: RunRow) -> Mapping[Id, Id]:
    """What Clerk.io held when the run ended, or holds now."""
    ended = run.finished or shop.desk.clock.now()
    return shop.ledger.history.held(entity, ended)


def _outcomes(shop: OpenShop, entity: str, run: int) -> dict[Id, tuple[str, list[str]]]:
    """The last outcome of each record in a run."""
    rows = shop.mirror.stream(
        "SELECT source, outcome, reasons FROM outcome WHERE run = ? AND entity = ? ORDER BY rowid",
        *(run, entity),
    )
    return {source: (outcome, list(split_reasons(reasons))) for source, outcome, reasons in rows}
