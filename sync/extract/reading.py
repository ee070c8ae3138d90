"""What every read shares: its context, and how a whole list is read and known to be complete."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sync.clock import Clock
from sync.database import immediate
from sync.ledger import Journal
from sync.lightspeed import LightspeedClient
from sync.mirror import Mirror
from sync.settings import Settings
from sync.shapes import ShapeError, unknown_fields
from sync.store import ShopRow, StoreRow

T = TypeVar("T")
Steps = Generator[None, None, T]  # yields after each committed transaction

DAY = 86_400
OVERLAP = 3 * 3600  # the zone of *_at_min is not documented, and neither is its rounding
MOST_PASSES = 3  # "repeated, at most twice"


@dataclass
class Reading:
    """One refresh of one store's shop."""

    mirror: Mirror
    client: LightspeedClient
    journal: Journal
    shop: ShopRow
    store: StoreRow
    settings: Settings
    shop_settings: Sequence[Settings]
    clock: Clock
    full: bool
    log: Callable[[str, str], None]
    incomplete: list[str] = field(default_factory=list)

    @property
    def lang(self) -> str:
        return self.store.language

    def now(self) -> int:
        return int(self.clock.now())

    def due_today(self, name: str) -> bool:
        """Whether a daily read is due (always in a full run)."""
        last = self.mirror.meta(f"daily:{name}")
        return self.full or last is None or not self.is_recent(last)

    def is_recent(self, at: int) -> bool:
        """Whether that was in the last 24 hours; a time that is still to come was noted by a
        clock that was wrong, and says nothing."""
        return 0 <= self.now() - at < DAY

    def did_today(self, name: str) -> None:
        """A daily read is done."""
        self.mirror.set_meta(f"daily:{name}", self.now())

    def problem(self, entity: str, message: str) -> None:
        """A read was incomplete: the run goes on and is partial."""
        self.incomplete.append(entity)
        self.journal.note(message, self.clock.now(), entity=entity)
        self.log("warning", message)

    def parse(
        self, kind: str, rows: Iterable[Any], parse: Callable[[Any], T]
    ) -> list[tuple[T, Any]]:
        """Rows parsed, each with its raw record; one without a usable id is noted and left out."""
        parsed: list[tuple[T, Any]] = []
        strange: dict[str, int] = {}
        for raw in rows:
            try:
                parsed.append((parse(raw), raw))
            except ShapeError as error:
                self.log("warning", f"{kind}: {error}")
                continue
            for name in unknown_fields(kind, raw):
                strange[name] = strange.get(name, 0) + 1
        if strange:
            self.mirror.count_unknown(kind, strange)
        return parsed


@dataclass(frozen=True)
class ListOf:
    """How one list resource is kept: `put` stores a page, `met` counts distinct ids of a pass,
    `known` counts what the mirror holds of it, `beside` is counted together with its end."""

    name: str
    path: str
    put: Callable[[list[Any], int], None]
    met: Callable[[int], int]
    known: Callable[[], int]
    counted: bool = False
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pass:
    """The outcome of reading a list: the pass that met its rows, whether it was complete, and then
    what was counted beside it."""

    seen: int
    complete: bool
    beside: list[int] = field(default_factory=list)


def at_least(since: int) -> str:
    """An updated_at_min with the overlap that an undocumented zone asks for."""
    return api_time(since - OVERLAP)


def api_time(at: int) -> str:
    """Unix seconds as `YYYY-MM-DD HH:MM:SS`, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def read_list(r: Reading, kept: ListOf) -> Steps[Pass]:
    """Read a whole list. Complete means count before = distinct ids = count after; a list that
    came in one answer with nothing missing is a snapshot and needs no count."""
    if r.journal.done(kept.name):
        return Pass(**r.journal.cursor(kept.name))
    while True:
        cursor = r.journal.cursor(kept.name)
        if "seen" not in cursor:
            cursor = _first_cursor(r, kept, cursor.get("tries", 0))
            r.journal.move(kept.name, cursor)
        if not cursor.get("ended"):
            yield from _read_pages(r, kept, cursor)
        found = _verdict(r, kept, cursor)
        if found is not None:
            r.journal.move(kept.name, asdict(found), done=True)
            return found
        r.journal.move(kept.name, {"tries": cursor["tries"] + 1})


def _first_cursor(r: Reading, kept: ListOf, tries: int) -> dict[str, Any]:
    told = r.mirror.meta("ahead", {}).get(kept.path, {"n": 0})["n"]
    counted = kept.counted or tries > 0 or max(kept.known(), told) >= r.settings.page_size
    before = r.client.count(kept.path) if counted else None
    return {
        "seen": r.mirror.next_seq(),
        "page": 0,
        "before": before,
        "tries": tries,
        "known": kept.known(),
    }


def _read_pages(r: Reading, kept: ListOf, cursor: dict[str, Any]) -> Steps[None]:
    left = None if cursor["before"] is None else cursor["before"]
    pages = r.client.pages(
        kept.path, start=cursor["page"] + 1, limit=r.settings.page_size, expect=left
    )
    for page, rows in pages:
        with immediate(r.mirror.db):
            if rows:
                kept.put(rows, cursor["seen"])
            cursor["page"] = page
            r.journal.move(kept.name, cursor)
        yield
    cursor["ended"] = True
    r.journal.move(kept.name, cursor)


def _verdict(r: Reading, kept: ListOf, cursor: dict[str, Any]) -> Pass | None:
    """The pass as it ended, incomplete if three of them disagreed with the counts; None: read it
    again."""
    seen, before = cursor["seen"], cursor["before"]
    met = kept.met(seen)
    if before is None:
        snapshot = cursor["page"] <= 1 and met >= cursor["known"]
        return Pass(seen, complete=True) if snapshot else None
    after, *beside = r.client.counts(kept.path, *kept.beside)
    if before == met == after:
        return Pass(seen, complete=True, beside=beside)
    r.log("warning", f"{kept.path}: counted {before}, read {met}, counted {after}")
    return Pass(seen, complete=False) if cursor["tries"] + 1 >= MOST_PASSES else None
