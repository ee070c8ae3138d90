"""What every read shares: its context, and rows that turn out to be unusable."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from sync.clock import Clock
from sync.errors import Message
from sync.ledger import Journal
from sync.lenient import Damaged
from sync.lightspeed import LightspeedClient
from sync.mirror import Mirror, facts
from sync.mirror.facts import Daily
from sync.settings import Settings
from sync.shapes import ShapeError, unknown_fields
from sync.store import ShopRow, StoreRow

T = TypeVar("T")
Steps = Generator[None, None, T]  # yields after each committed transaction

DAY = 86_400
OVERLAP = 3 * 3600  # the zone of *_at_min is not documented, and neither is its rounding


class Lost(NamedTuple):
    """Stands in a page where a row stood that Lightspeed does not give, however it is asked."""

    why: Message


class Unusable(NamedTuple):
    """A row of a page that cannot be used: its place there from 0, and what is wrong."""

    at: int
    raw: Any
    what: Message


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
    log: Callable[[str, Message], None]
    incomplete: list[str] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)  # of the page in hand
    early: dict[str, Any] = field(default_factory=dict)  # answers by path that are wanted soon
    lines_failed: int = 0  # orders in a row whose lines could not be read

    @property
    def lang(self) -> str:
        return self.store.language

    def now(self) -> int:
        return int(self.clock.now())

    def due_today(self, name: Daily, lang: str = "") -> bool:
        """Whether a daily read is due (always in a full run)."""
        last = self.mirror.fact(facts.daily(name, lang))
        return self.full or last is None or not self.is_recent(last)

    def is_recent(self, at: int) -> bool:
        """Whether that was in the last 24 hours; a time that is still to come was noted by a
        clock that was wrong, and says nothing."""
        return 0 <= self.now() - at < DAY

    def did_today(self, name: Daily, lang: str = "") -> None:
        """A daily read is done."""
        self.mirror.note(facts.daily(name, lang), self.now())

    def problem(self, entity: str, message: Message) -> None:
        """A read was incomplete: the run goes on and is partial."""
        self.incomplete.append(entity)
        self.journal.note(message, self.clock.now(), entity=entity)
        self.log("warning", message)

    def parse(
        self, kind: str, rows: Iterable[Any], parse: Callable[[Any], T]
    ) -> list[tuple[T, Any]]:
        """Rows parsed, each with its raw record; one that cannot be used is left out and set aside
        in `unusable`."""
        parsed: list[tuple[T, Any]] = []
        strange: dict[str, int] = {}
        for index, raw in enumerate(rows):
            try:
                parsed.append((parse(_whole(raw)), raw))
            except ShapeError as error:
                self.unusable.append(Unusable(index, raw, error.message))
                continue
            for name in unknown_fields(kind, raw):
                strange[name] = strange.get(name, 0) + 1
        if strange:
            self.mirror.count_unknown(kind, strange)
        return parsed


def _whole(raw: Any) -> Any:
    """The row, if it came whole; ShapeError else."""
    if isinstance(raw, Damaged):
        raise ShapeError(raw.message)
    if isinstance(raw, Lost):
        raise ShapeError(raw.why)
    return raw


def at_least(since: int) -> str:
    """An updated_at_min with the overlap that an undocumented zone asks for."""
    return api_time(since - OVERLAP)


def api_time(at: int) -> str:
    """Unix seconds as `YYYY-MM-DD HH:MM:SS`, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
