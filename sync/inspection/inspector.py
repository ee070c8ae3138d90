"""Asking Clerk.io for records, and what its answers mean to the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sync.clerk import ClerkClient, differences, fingerprint
from sync.clock import Clock
from sync.database import immediate
from sync.entities import Id
from sync.errors import Message
from sync.ledger import Difference, Drift, Findings, Held, Journal, Ledger

AT_ONCE: Final = 50  # records a request asks for
SECOND_LOOK: Final = 5.0  # seconds; what was just written may show late
VANISHED: Final = Message("drift.vanished")
OTHER_WRITER: Final = Message("drift.other_writer")


@dataclass
class Look:
    """What one request found of records, by Lightspeed id: how they differ, which are as they were
    sent, which (with their keys) Clerk.io's own modifiers are known to change; and all that was
    shown, by what was asked for."""

    differ: dict[Id, Difference]
    agree: list[Id]
    known: list[tuple[Id, Id]]
    shown: dict[Id, dict[str, Any]]


@dataclass
class Inspector:
    """One run's look at its store; `addresses` says whether Clerk.io may be asked by e-mail
    address under the settings of this moment. A `whole` comparison looks at what is in doubt too,
    and its findings are its result rather than notes."""

    ledger: Ledger
    journal: Journal
    client: ClerkClient
    clock: Clock
    log: Callable[[str, Message], None]
    addresses: Callable[[], bool]
    whole: bool = False
    drift: Drift = field(init=False)
    findings: Findings = field(init=False)

    def __post_init__(self) -> None:
        self.drift = Drift(self.ledger)
        self.findings = Findings(self.journal)

    def may_ask(self, entity: str) -> bool:
        """Customers are found by their address alone."""
        return entity != "customers" or self.addresses()

    def look(self, entity: str, rows: Sequence[Held], beside: Sequence[Id] = ()) -> Look:
        """One look at these records; `beside` is asked along."""
        keys = [*(asked_by(entity, row) for row in rows), *beside]
        look = Look({}, [], [], self.client.read(entity, keys) if keys else {})
        for row in rows:
            seen = difference(row, look.shown.get(asked_by(entity, row)))
            if seen is None:
                look.agree.append(row.source)
            elif self.drift.known(entity, row.source, seen):
                look.known.append((row.source, row.key))
            else:
                look.differ[row.source] = seen
        return look

    def second_look(self, entity: str, sources: Sequence[Id]) -> Iterator[None]:
        """Ask once more for what differed, and judge what still does; yields after each request.
        What is confirmed no more needs no judgement."""
        for start in range(0, len(sources), AT_ONCE):
            part = sources[start : start + AT_ONCE]
            rows = {row.source: row for row in self.drift.these(entity, part, doubtful=self.whole)}
            look = self.look(entity, list(rows.values()))
            with immediate(self.journal.db):
                self.findings.cleared(entity, part)
                self.settle(entity, rows, look)
            yield

    def settle(self, entity: str, rows: Mapping[Id, Held], look: Look) -> None:
        """Note what a second look found. The caller holds the transaction."""
        self.drift.agrees(entity, look.agree)
        self.findings.find(entity, look.known, "changed")
        for source, seen in look.differ.items():
            self.judge(entity, rows[source], seen)

    def judge(self, entity: str, row: Held, seen: Difference) -> None:
        """Note what a difference means in drift, ledger, notes and findings."""
        at = self.clock.now()
        verdict = self.drift.judge(entity, row, seen, at)
        if verdict == "peace":
            self.findings.find(entity, [(row.source, row.key)], "changed")
            names = ", ".join(seen.fields) or Message("log.whole_record")
            self.log("info", Message("log.changes", names=names, **self._named(entity, row)))
            return
        self.findings.find(entity, [(row.source, row.key)], seen.kind)
        told = VANISHED if seen.kind == "missing" else otherwise(seen.fields)
        if not self.whole:
            self.journal.note(told, at, entity=entity, source=row.source)
        self.log("warning", Message("log.read_back", what=told, **self._named(entity, row)))
        if verdict == "again":
            self.journal.note(OTHER_WRITER, at, entity=entity, source=row.source)

    def _named(self, entity: str, row: Held) -> dict[str, Message | Id]:
        return {"record": Message(f"record.{entity}"), "key": self.named(entity, row)}

    @staticmethod
    def named(entity: str, row: Held) -> Id:
        """What a log line calls a record: never an address."""
        return row.source if entity == "customers" else row.key


def otherwise(fields: Iterable[str]) -> Message:
    """What is noted of a record that Clerk.io shows with other values."""
    return Message("drift.otherwise", fields=", ".join(fields))


def asked_by(entity: str, row: Held) -> Id:
    """What Clerk.io finds a record by."""
    asked: Id = row.payload["email"] if entity == "customers" else row.key
    return asked


def readable(entity: str, rows: Iterable[Held]) -> list[Held]:
    """Those that Clerk.io can be asked for: customers with an address, and everything else."""
    return [row for row in rows if entity != "customers" or row.payload.get("email")]


def difference(row: Held, shown: Mapping[str, Any] | None) -> Difference | None:
    """How a record is shown otherwise than it was sent. Of a hidden one that counts alone."""
    if row.hidden:
        seen_again = shown is not None and shown.get("index") is not False
        return Difference("different", ("index",), b"shown") if seen_again else None
    if shown is None:
        return Difference("missing")
    names = differences(row.payload, shown)
    return Difference("different", names, fingerprint(names, shown)) if names else None
