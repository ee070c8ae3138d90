"""How far a run has come: from its row and the shop's file alone, never from who drives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from sync.clock import iso
from sync.entities import wants
from sync.extract import PHASES
from sync.ledger import Journal, Outcome
from sync.openshop import OpenShop, opened_shop
from sync.run.documents import Waiting, waiting
from sync.run.price import CLERK_BATCH, Calls, finish_of
from sync.settings import Settings
from sync.store import ACTIVE, TERMINAL, Desk, RunRow, State

SIDES: Final = ("lightspeed", "clerk")
NO_TIMES: Final[Mapping[str, float]] = {}
_SENDING = ("plan", "products", "removals", "lines", "verify", "report")
_RESTS = ("log.waiting", "log.held", "log.approved", "log.approved_noted")
_SENT = (Outcome.CREATED, Outcome.UPDATED, Outcome.FAILED)


@dataclass(frozen=True)
class Phase:
    """A phase of a run: `done`, `now`, `stopped` in it, or `next`; and how long it took."""

    phase: str
    state: str
    took_s: float | None = None


@dataclass(frozen=True)
class ListRead:
    """Rows of the list that is being read; `of` is None if it was not counted."""

    list: str
    read: int
    of: int | None


@dataclass(frozen=True)
class Sent:
    """Records sent so far, and those planned."""

    sent: int
    of: int


@dataclass(frozen=True)
class Lines:
    """Orders whose lines are still to be fetched."""

    missing: int
    of: int


@dataclass(frozen=True)
class Progress:
    """A run as it is now. `planned` has create, update, remove and lines by entity, and is empty
    before the plan; `finish` (ISO 8601 UTC) is told by the rate windows, not by the speed so far
    (None before the plan and once nothing is left to do); `since` is the last change anywhere."""

    run: int
    state: State
    kind: str
    phase: str | None
    phases: Sequence[Phase]
    reading: ListRead | None
    books: Mapping[str, Mapping[str, Any]]
    planned: Mapping[str, Mapping[str, int]]
    to_send: Mapping[str, Sent]
    lines: Lines | None
    calls: Mapping[str, Mapping[str, int]]
    waiting: Waiting | None
    waited_s: int
    finish: str | None
    since: str | None
    message: str | None
    detail: Mapping[str, Any] | None

    @property
    def done(self) -> float:
        """The share of the phases that are done."""
        return sum(phase.state == "done" for phase in self.phases) / max(1, len(self.phases))


def progress(desk: Desk, run_id: int) -> Progress:
    """How far a run has come; cheap enough for every second."""
    run = desk.run(run_id)
    with opened_shop(desk, desk.store_by_id(run.store_id)) as shop:
        journal = shop.journal(run_id)
        ended = run.state in TERMINAL
        books = run.books if ended else journal.books()
        planned = journal.planned()
        reading = None if ended else _reading(journal, run)
        lines = _lines(books, planned)
        to_send = _to_send(books, planned)
        return Progress(
            run=run.id,
            state=run.state,
            kind=run.kind,
            phase=run.phase,
            phases=phases(run),
            reading=reading,
            books=books,
            planned=planned,
            to_send=to_send,
            lines=lines,
            calls=run.calls if ended else journal.calls(),
            waiting=waiting(run),
            waited_s=round(run.waited),
            finish=_finish(shop, run, lines, to_send),
            since=iso(_since(desk, journal, run)),
            message=run.message,
            detail=run.detail,
        )


def phases(run: RunRow, times: Mapping[str, float] = NO_TIMES) -> list[Phase]:
    """The run's phases in order, with the seconds that each took where `times` has them; a run
    that ended well has them all behind it."""
    names = phases_of(run)
    at = names.index(run.phase) if run.phase in names else -1
    if run.state in (State.SUCCEEDED, State.PARTIAL):
        at = len(names)
    here = "now" if run.state in ACTIVE else "stopped"
    states = ("done" if n < at else here if n == at else "next" for n in range(len(names)))
    each = zip(names, states, strict=True)
    return [Phase(name, state, times.get(name)) for name, state in each]


def phase_times(desk: Desk, run: RunRow) -> dict[str, float]:
    """The seconds that a run worked in each phase, as its log tells; empty once the log is
    forgotten. A wait is none of it: it lasts from the line that tells of it to the next one."""
    lines = [line for line in desk.run_log(run.id) if line["phase"]]
    end = run.finished or desk.clock.now()
    ends = [*(line["at"] for line in lines[1:]), end]
    times: dict[str, float] = {}
    for line, until in zip(lines, ends, strict=False):  # of no line there is an end alone
        waits = (line["detail"] or {}).get("code") in _RESTS
        took = 0.0 if waits else max(0.0, min(until, end) - line["at"])
        times[line["phase"]] = times.get(line["phase"], 0.0) + took
    return times


def phases_of(run: RunRow) -> list[str]:
    """The phases that a run of that kind goes through under its settings."""
    if run.kind == "compare":
        mends = ("plan", "products", "lines") if run.options.get("mend") else ()
        return ["comparing", *mends, "report"]
    reads = [] if run.plan else [name for name in PHASES if _reads(run.settings, name)]
    reads.append("asking")
    sends = _SENDING if run.kind == "sync" else ()
    with_lines = wants(run.settings, "orders")
    return [*reads, *(name for name in sends if name != "lines" or with_lines)]


def _reads(settings: Settings, phase: str) -> bool:
    if phase == "catalogue":
        return settings.import_products or settings.import_categories
    if phase == "reviews":
        return settings.import_products
    if phase == "metafields":
        return settings.import_products and bool(settings.custom_attributes)
    return phase in ("access", "counts") or wants(settings, phase)


def _reading(journal: Journal, run: RunRow) -> ListRead | None:
    """The list whose pages are being read."""
    open_list = journal.open_list()
    if open_list is None:
        return None
    name, cursor = open_list
    read, of = cursor["page"] * run.settings.page_size, cursor.get("before")
    return ListRead(name, read if of is None else min(read, of), of)


def _to_send(
    books: dict[str, dict[str, Any]], planned: dict[str, dict[str, int]]
) -> dict[str, Sent]:
    """Sent so far and planned, by entity; of orders whose lines were missing not all may go."""
    sent_by_entity = {}
    for entity, plan in planned.items():
        book = books.get(entity, {})
        sent = sum(book.get(name, 0) for name in (*_SENT, Outcome.REMOVED))
        of = plan["create"] + plan["update"] + plan["remove"] + plan["lines"]
        sent_by_entity[entity] = Sent(sent, max(sent, of))
    return sent_by_entity


def _lines(books: dict[str, dict[str, Any]], planned: dict[str, dict[str, int]]) -> Lines | None:
    if "orders" not in planned:
        return None
    missing = books.get("orders", {}).get("reasons", {}).get("lines_pending", 0)
    return Lines(missing, max(missing, planned["orders"]["lines"]))


def _finish(
    shop: OpenShop,
    run: RunRow,
    lines: Lines | None,
    to_send: Mapping[str, Sent],
) -> str | None:
    if run.state not in ACTIVE or not to_send:
        return None
    left = sum(row.of - row.sent for row in to_send.values())
    missing = lines.missing if lines else 0
    return finish_of(shop, Calls(missing, ceil(left / CLERK_BATCH)))


def _since(desk: Desk, journal: Journal, run: RunRow) -> float:
    """When anything about the run changed last."""
    times = (run.queued, run.started, run.finished, run.wait_from, run.progress.get("at"))
    return max(at for at in (*times, desk.last_logged(run.id), journal.last_at()) if at)
