"""Runs in a list: found by what people know of them, each with what it came to in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from sync import causes
from sync.database import folded
from sync.entities import ENTITIES, number_in
from sync.errors import Message
from sync.openshop import opened_shop
from sync.store import Desk, RunRow, State, StoreRow, Wanted
from sync.texts import text

BOOKED: Final = ("created", "updated", "removed", "failed")
_OF_RECORD: Final = (
    "SELECT DISTINCT run FROM outcome WHERE entity IN (SELECT value FROM json_each(?))"
    " AND source IN (?, ?)"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A run in a list; `at` is when it began (unix s; None before that), `booked` sums its books
    over all entities, `what` says what went wrong, if anything did."""

    run: int
    store: int
    state: State
    kind: str
    trigger: str
    who: str
    at: float | None
    took_s: float | None
    booked: Mapping[str, int]
    calls: int
    what: str


def searched(desk: Desk, wanted: Wanted, search: str, lang: str) -> Wanted:
    """Those of the wanted runs that `search` finds: by a run's number, by the id of a record that
    it had to do with (where a store is named), or by words of what it says or of who started
    it."""
    if not search.strip():
        return wanted
    return replace(wanted, ids=sorted(_found(desk, wanted, search, lang)))


def list_runs(
    desk: Desk,
    wanted: Wanted,
    *,
    lang: str = "en",
    sort: str = "run",
    down: bool = True,
    limit: int = 100,
    offset: int = 0,
) -> dict[str, Any]:
    """The wanted runs, newest first unless sorted by one of `SORTS`: {"total", "rows"}, the rows
    `Listed`."""
    total, rows = desk.find_runs(wanted, sort=sort, down=down, limit=limit, offset=offset)
    return {"total": total, "rows": [_listed(row, lang) for row in rows]}


def _listed(run: RunRow, lang: str) -> Listed:
    books = run.books.values()
    return Listed(
        run=run.id,
        store=run.store_id,
        state=run.state,
        kind=run.kind,
        trigger=run.trigger,
        who=run.who,
        at=run.started,
        took_s=took(run),
        booked={name: sum(book.get(name, 0) for book in books) for name in BOOKED},
        calls=run.calls.get("lightspeed", {}).get("total", 0),
        what=_what(run, lang),
    )


def took(run: RunRow) -> float | None:
    """Seconds from start to end, waits included; None for a run that has not ended or begun."""
    if run.started is None or run.finished is None:
        return None
    return round(run.finished - run.started, 1)


def _what(run: RunRow, lang: str) -> str:
    """What went wrong, most frequent first; "" if nothing did."""
    if run.state is State.HELD:
        codes = dict.fromkeys(hold["reason"] for hold in run.holds)
        return ", ".join(text(f"hold.{code}.name", lang) for code in codes)
    said = {run.said: 1} if run.state is State.FAILED and run.said else {}
    noted = {Message.of(each.get("detail"), each["message"]): each["count"] for each in run.errors}
    names: dict[str, int] = {}
    for message, n in {**noted, **said}.items():
        name = _name(message, lang)
        names[name] = names.get(name, 0) + n
    first = [_name(message, lang) for message in said]
    ordered = dict.fromkeys([*first, *names])
    return ", ".join(f"{name} ({names[name]})" if names[name] > 1 else name for name in ordered)


def _name(message: Message, lang: str) -> str:
    """The name of what is behind a message; of one without a known cause the message itself."""
    known = causes.advice(message, lang)
    return message.text(lang) if known["code"] == causes.OTHER else known["name"]


# -- search ---------------------------------------------------------------------------------


def _found(desk: Desk, wanted: Wanted, search: str, lang: str) -> set[int]:
    sought, number = folded(search), number_in(search.strip().removeprefix("#"))
    found = {number} if number is not None else set()
    found |= {
        row["id"] for row in desk.told_runs(wanted, sought) if sought in folded(_words(row, lang))
    }
    if wanted.store is not None:
        found |= _of_record(desk, desk.store_by_id(wanted.store), search.strip())
    return found


def _words(row: Mapping[str, Any], lang: str) -> str:
    """All that a run says, in a language: its messages and the names of what is behind them."""
    told = [Message.of(row["detail"], row["message"])] if row["message"] else []
    told += [Message.of(each.get("detail"), each["message"]) for each in row["errors"]]
    words = [word for each in told for word in (each.text(lang), causes.advice(each, lang)["name"])]
    words += [text(f"hold.{hold['reason']}.name", lang) for hold in row["holds"]]
    return "\n".join([row["who"], *words])


def _of_record(desk: Desk, store: StoreRow, key: str) -> set[int]:
    """The runs that had to do with a record of that id, in any of the shop's stores."""
    with opened_shop(desk, store) as shop:
        entities = orjson.dumps(ENTITIES).decode()
        rows = shop.mirror.conn.execute(_OF_RECORD, [entities, number_in(key), key])
        return {row[0] for row in rows}
