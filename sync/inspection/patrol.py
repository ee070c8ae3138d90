"""Reading back between runs: all that Clerk.io confirmed within so many days, a request at a time.

A piece is booked, asked for without the shop's lock, and noted under it again: a run that begins
meanwhile waits for none of Clerk.io's answers, and what it has sent by then is left out. A record
that is shown otherwise counts for nothing before a second look some minutes later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final

from sync.clock import iso
from sync.database import immediate
from sync.documents import as_json
from sync.entities import ENTITIES, Id
from sync.errors import Message
from sync.inspection.inspector import AT_ONCE, asked_by, difference, readable
from sync.ledger import Drift, Held, Ledger, PatrolBook, Round, called
from sync.ledger.patrol import HOUR, Found

MOST_CALLS: Final = 20  # a store and hour
SECOND_LOOK: Final = 300.0  # seconds; Clerk.io shows some changes only minutes later
MANY: Final = 5  # records that differ alike are nobody's edits by hand
_DAY: Final = 86400.0


@dataclass(frozen=True)
class Beat:
    """What a store's options and settings want: all of these kinds within so many `days`; what
    differs is sent `again` by the next run."""

    entities: tuple[str, ...]
    days: int
    again: bool


@dataclass(frozen=True)
class Piece:
    """What one request asks for. A `second` look is at what differed once; `most` calls may be made
    before the hour's are used up."""

    entity: str
    rows: list[Held]
    second: bool
    most: int

    @property
    def keys(self) -> list[Id]:
        """What Clerk.io is asked for."""
        return [asked_by(self.entity, row) for row in self.rows]


class Patrol:
    """One store's patrol at a moment (unix s)."""

    def __init__(self, ledger: Ledger, beat: Beat, now: float) -> None:
        self.book = PatrolBook(ledger)
        self._ledger = ledger
        self._drift = Drift(ledger)
        self._beat = beat
        self._now = now
        self._period = beat.days * _DAY

    # -- when --------------------------------------------------------------------------------

    def due(self) -> float:
        """When the next request is due: calls are spread evenly over the days."""
        now = self._current()
        return max(self._wanted(now), self._allowed(now))

    def _current(self) -> Round:
        """The round as it stands; a new one while there is nothing to look at, and once the days
        of the one before are over."""
        now = self.book.round()
        over = now is None or not now.planned
        if now is not None and not now.entity:
            over = self._now >= now.began + self._period
        return self._fresh(now) if now is None or over else now

    def _wanted(self, now: Round) -> float:
        if not now.planned:
            next_ = self._now + HOUR
        elif not now.entity:
            next_ = now.began + self._period
        else:
            next_ = now.began + self._period * min(now.calls / now.planned, 1)
        suspect = self.book.first_suspect()
        return next_ if suspect is None else min(next_, suspect[0] + SECOND_LOOK)

    def _allowed(self, now: Round) -> float:
        """When the hour lets one more call through."""
        if len(now.recent) < MOST_CALLS:
            return float("-inf")
        return now.recent[-MOST_CALLS] + HOUR

    def _fresh(self, before: Round | None) -> Round:
        sizes = [self._ledger.size(entity) for entity in self._beat.entities]
        made = Round(self._now, sum(sizes), sum(ceil(size / AT_ONCE) for size in sizes))
        if before is None:
            return made
        return replace(made, done=before.done, recent=before.recent, problem=before.problem)

    # -- a piece -----------------------------------------------------------------------------

    def next(self) -> Piece | None:
        """Book the next request, and say what it asks for; None where nothing is due."""
        with immediate(self._ledger.db):
            self.book.forget_gone()
            now, piece = self._current(), None
            if self._now >= max(self._wanted(now), self._allowed(now)):
                piece = self._second(now)
                if piece is None:
                    now, piece = self._further(now)
            self.book.keep(now if piece is None else called(now, [self._now]))
            return piece

    def _second(self, now: Round) -> Piece | None:
        suspect = self.book.first_suspect()
        if suspect is None or suspect[0] + SECOND_LOOK > self._now:
            return None
        entity, before = suspect[1], self._now - SECOND_LOOK
        seen = self.book.suspects(entity, before, AT_ONCE)
        rows = readable(entity, self._drift.these(entity, list(seen)))
        same = [row for row in rows if row.hash == seen[row.source]]
        self.book.clear(entity, set(seen) - {row.source for row in same})
        return Piece(entity, same, True, MOST_CALLS - len(now.recent)) if same else None

    def _further(self, now: Round) -> tuple[Round, Piece | None]:
        """The next records of the round, and the round as it stands before them."""
        while now.entity:
            if now.entity in self._beat.entities:
                held = self._drift.held(now.entity, now.after, AT_ONCE)
                if rows := readable(now.entity, held):
                    return now, Piece(now.entity, rows, False, MOST_CALLS - len(now.recent))
                if held:  # customers without an address: Clerk.io cannot be asked for them
                    now = replace(now, after=held[-1].source, asked=now.asked + len(held))
                    continue
            now = self._past(now)
        return now, None

    def _past(self, now: Round) -> Round:
        at = ENTITIES.index(now.entity) + 1
        if at < len(ENTITIES):
            return replace(now, entity=ENTITIES[at], after=None)
        return replace(now, entity="", after=None, done=self._now)

    # -- what came of it ---------------------------------------------------------------------

    def note(self, piece: Piece, shown: Mapping[Id, dict[str, Any]], calls: int) -> None:
        """Note what a request showed, which took so many calls. What was sent meanwhile is left
        out."""
        with immediate(self._ledger.db):
            sources = [row.source for row in piece.rows]
            by_now = {row.source: row.hash for row in self._drift.these(piece.entity, sources)}
            rows = [row for row in piece.rows if by_now.get(row.source) == row.hash]
            self.book.clear(piece.entity, set(sources) - {row.source for row in rows})
            for row in rows:
                self._judge(piece, row, shown)
            now = self._called(calls)
            self.book.keep(replace(now if piece.second else self._moved(now, piece), problem=None))

    def failed(self, why: Message, calls: int) -> None:
        """Note that a request found nothing out."""
        with immediate(self._ledger.db):
            self.book.keep(replace(self._called(calls), problem=why))

    def _called(self, calls: int) -> Round:
        """The round, with what a request took beyond the call that was booked."""
        now = self._current()
        return called(now, [self._now] * (calls - 1)) if calls > 1 else now

    def _moved(self, now: Round, piece: Piece) -> Round:
        asked, calls = now.asked + len(piece.rows), now.calls + 1
        return replace(now, after=piece.rows[-1].source, asked=asked, calls=calls)

    def _judge(self, piece: Piece, row: Held, shown: Mapping[Id, dict[str, Any]]) -> None:
        entity = piece.entity
        seen = difference(row, shown.get(asked_by(entity, row)))
        if seen is None:
            self._drift.agrees(entity, [row.source])
        if seen is None or self._drift.known(entity, row.source, seen):
            self.book.clear(entity, [row.source])
        elif not piece.second:
            self.book.suspect(entity, row, seen, self._now)
        else:
            again = self._beat.again
            verdict = self._drift.judge(entity, row, seen, self._now) if again else "listed"
            self.book.find(entity, row, seen, verdict, self._now)


@dataclass(frozen=True)
class Alike:
    """Records of one kind that differ alike: the most likely cause first, how many they are, since
    when (`first`) and last when (`seen`, unix s)."""

    entity: str
    kind: str
    causes: tuple[str, ...]
    records: int
    first: float
    seen: float


def alike(found: Iterable[Found]) -> Iterator[tuple[Alike, list[Found]]]:
    """What was found, in groups of one cause."""
    groups: dict[tuple[str, str, tuple[str, ...], str], list[Found]] = {}
    for each in found:
        groups.setdefault((each.entity, each.kind, each.fields, each.verdict), []).append(each)
    for (entity, kind, _, verdict), members in groups.items():
        causes = _causes(kind, verdict, len(members))
        first, seen = min(f.first for f in members), max(f.seen for f in members)
        yield Alike(entity, kind, causes, len(members), first, seen), members


def _causes(kind: str, verdict: str, records: int) -> tuple[str, ...]:
    """What may be behind records that differ alike, the most likely first. Who undoes what was
    mended is another import; what is so after two more times is a modifier's work; what few have
    was done by hand; many are missing where Clerk.io's own sync deletes what it does not know."""
    if verdict == "again":
        return ("own_sync", "by_hand")
    if verdict == "peace":
        return ("modifier",)
    others = "own_sync" if kind == "missing" else "modifier"
    return (others, "by_hand") if records >= MANY else ("by_hand", others)


def summary(book: PatrolBook) -> dict[str, Any] | None:
    """What a list of stores says of a patrol: the round as it stands, and what differs by now in
    groups; None before it has begun."""
    now = book.round()
    if now is None:
        return None
    return {
        "began": iso(now.began),
        "finished": iso(now.done),
        "asked": min(now.asked, now.of),
        "of": now.of,
        "problem": None if now.problem is None else now.problem.as_json(),
        "groups": [as_json(group) for group, _ in alike(book.found())],
    }
