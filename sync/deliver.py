"""A plan's work to Clerk.io, and the ledger from its answers: confirmed, not attempted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson

from sync.clerk import ClerkClient, ClerkRejected, Confirmed, Record, RecordFailed
from sync.clock import Clock
from sync.database import immediate
from sync.entities import CHANGEABLE, KINDS
from sync.errors import Message
from sync.ledger import Attempt, Journal, Ledger, OutboxRow, Outcome
from sync.mapping import payload_bytes, payload_hash
from sync.mapping.sales import without_emails
from sync.personal import masking
from sync.personal.scan import Found, Scan
from sync.plan import Decision, PlanInputs, decide_each_order

CHUNK = 400
PUT_AT_ONCE = 500  # rows
UPSERTS = (
    ("products", ("upsert",)),
    ("categories", ("upsert",)),
    ("pages", ("upsert",)),
    ("customers", ("delete",)),  # an address must be free before another one gets it
    ("customers", ("replace",)),
    ("customers", ("upsert",)),
)
REMOVALS = (
    ("products", ("hide",)),
    ("products", ("delete",)),
    ("pages", ("delete",)),
)
ORDERS = (("orders", ("upsert",)), ("orders", ("patch",)))


class Outbox:
    """What a run has to send: decisions go in, batches go out, and the ledger follows Clerk.io's
    answers. `addresses` says whether customers' e-mail addresses may leave, by the store's settings
    of this moment; where they may not, `scan` looks through each payload right before it leaves."""

    def __init__(
        self,
        ledger: Ledger,
        journal: Journal,
        client: ClerkClient,
        clock: Clock,
        log: Callable[[str, Message], None],
        addresses: Callable[[], bool] = lambda: True,
        scan: Scan | None = None,
    ) -> None:
        self.ledger = ledger
        self.journal = journal
        self.client = client
        self.clock = clock
        self.log = log
        self.addresses = addresses
        self._scan = scan or Scan()
        self._found: dict[int, Found] = {}  # by row, of what was looked through
        self._addressed = False  # what is on its way may hold addresses
        self._clear()

    def _clear(self) -> None:
        self._rows: list[OutboxRow] = []
        self._current: dict[str, list[tuple[int | str, int, str]]] = {}
        self._removals: list[tuple[str, int | str, int | str, str]] = []
        self._next = 0

    # -- a plan goes in ---------------------------------------------------------------------

    def begin(self) -> None:
        """Before a plan goes in: what an earlier one left is forgotten."""
        self._clear()
        self.journal.clear_plan()

    def put(self, decision: Decision) -> None:
        """Take what a decision wants sent. The journal gets it in chunks, so that memory stays
        flat."""
        if decision.touch:
            row = (decision.source, decision.rev, decision.mapkey)
            self._current.setdefault(decision.entity, []).append(row)
        if not decision.method:
            return
        if decision.action == "remove":
            reasons = ",".join(decision.reasons)
            self._removals.append((decision.entity, decision.source, decision.key, reasons))
        self._rows.append(decision.row(self._next))
        self._next += 1
        if len(self._rows) >= PUT_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what was put in and is not in the journal yet."""
        self.journal.add_rows(self._rows)
        self._rows = []

    def removals(self) -> dict[str, set[int | str]]:
        """What the plan removes: Lightspeed ids by entity."""
        ids: dict[str, set[int | str]] = {}
        for entity, source, _, _ in self._removals:
            ids.setdefault(entity, set()).add(source)
        return ids

    def hold(self) -> None:
        """Keep the plan's list of removals, for a person to see, and nothing else of it."""
        self.journal.clear_plan()
        self.journal.add_holds(self._removals)
        self._clear()

    def accept(self) -> None:
        """The plan is to be sent: records whose payload stays the same are marked as current."""
        self.flush()
        for entity, rows in self._current.items():
            self.ledger.mark_current(entity, rows)
        self._clear()

    def put_orders(self, inputs: PlanInputs, arrived: Iterable[tuple[int, int]]) -> None:
        """Orders whose lines have come: from `lines_pending` to what the plan makes of them now.
        The caller holds the transaction and moves its cursor in it."""
        self._clear()
        self._next = self.journal.last_row() + 1
        moves: Counter[str] = Counter()
        for decision in decide_each_order(inputs, (oid for _, oid in arrived)):
            moves.subtract([Outcome.SKIPPED, "reason:lines_pending"])
            moves.update(f"reason:{reason}" for reason in decision.reasons)
            if decision.action not in ("create", "update"):
                moves[Outcome.SKIPPED if decision.action == "skip" else decision.action] += 1
            self.put(decision)
        for name, n in moves.items():
            if n:
                self.journal.count("orders", name, n)
        self.accept()

    # -- batches go out ---------------------------------------------------------------------

    def outdated(self) -> bool:
        """Whether what is on its way was made while addresses were still allowed to leave."""
        return self._addressed and not self.addresses()

    def send(self, order: Iterable[tuple[str, Sequence[str]]]) -> Iterator[None]:
        """Send what is there of these kinds in this order; yields after each confirmed request."""
        for entity, methods in order:
            after = -1
            while chunk := self.journal.next_rows(entity, methods, CHUNK, after):
                after = chunk[-1].n
                self._addressed = KINDS[entity].addressed and self.addresses()
                if methods[0] == "upsert" and KINDS[entity].addressed and not self._addressed:
                    yield from self._send_chunk(entity, "replace", self._known_by_address(chunk))
                    chunk = [without_address(row) for row in chunk]
                yield from self._send_chunk(entity, methods[0], chunk)
            self._addressed = False

    def _known_by_address(self, chunk: Iterable[OutboxRow]) -> list[OutboxRow]:
        """Customers that Clerk.io has with an address, which it lets nobody change: they must go
        before they come again without."""
        unanswered = self.ledger.unanswered("customers")
        tried = {each.source for each in unanswered if each.asked != each.key}
        return [
            row
            for row in chunk
            if row.entity == "customers"
            and (
                row.source in tried
                or b'"email"' in (self.ledger.payload(row.entity, row.source) or b"")
            )
        ]

    def _send_chunk(self, entity: str, method: str, chunk: list[OutboxRow]) -> Iterator[None]:
        if method not in ("delete", "replace"):
            chunk = self._scanned(entity, chunk)
        if not chunk:
            return
        by_n = {row.n: row for row in chunk}
        with immediate(self.journal.db):
            self.ledger.doubt(chunk, self.journal.run)
        for answer in self._request(entity, method, chunk):
            with immediate(self.journal.db):
                if isinstance(answer, Confirmed):
                    rows = [by_n[record.n] for record in answer.records]
                    self._confirmed(method, rows)
                else:
                    rows = [by_n[answer.record.n]]
                    said = _without_person(rows[0], answer.problem.message)
                    self._failed(rows[0], said, answer.problem.link)
                self._count_scanned(entity, rows)
            yield

    def _scanned(self, entity: str, chunk: Sequence[OutboxRow]) -> list[OutboxRow]:
        """What may leave: an order or customer with an address in it may not while none is wanted,
        whatever let it come so far."""
        allowed = self._addressed if KINDS[entity].addressed else self.addresses()
        self._found = {}
        if allowed:
            return list(chunk)
        persons = KINDS[entity].addressed
        self._found = {row.n: self._scan.look(row.payload or b"", spelled=persons) for row in chunk}
        if not persons:
            return list(chunk)
        stopped = [row for row in chunk if any(self._found[row.n])]
        with immediate(self.journal.db):
            for row in stopped:
                self._failed(row, Message("failed.address"))
                self.journal.count_scanned(entity, payloads=1, found=sum(self._found[row.n]))
        return [row for row in chunk if not any(self._found[row.n])]

    def _count_scanned(self, entity: str, rows: Iterable[OutboxRow]) -> None:
        """In the transaction of their outcomes, so that each counts once however often it is
        sent."""
        found = [self._found[row.n] for row in rows if row.n in self._found]
        known, other = (sum(numbers) for numbers in zip(*found, strict=True)) if found else (0, 0)
        self.journal.count_scanned(entity, payloads=len(found), known=known, other=other)

    def _request(
        self, entity: str, method: str, chunk: list[OutboxRow]
    ) -> Iterator[Confirmed | RecordFailed]:
        records = [Record(row.n, row.key, row.payload or b"") for row in chunk]
        if method in ("delete", "replace"):
            # One that somebody else made before us may be there under another id.
            named = (self.ledger.entry(row.entity, row.source) for row in chunk)
            pairs = zip(records, named, strict=True)
            return self.client.delete(entity, [replace(r, key=e.key) if e else r for r, e in pairs])
        if method in ("patch", "hide"):
            return self.client.patch(entity, records)
        return self.client.upsert(entity, records)

    def _confirmed(self, method: str, rows: list[OutboxRow]) -> None:
        """Ledger, outcomes and the rows' end in one transaction."""
        if method == "replace":
            for row in rows:
                self.ledger.forget(row, self.journal.run, self.clock.now())
            self.ledger.moved()
            self.journal.replaced(rows)
            return
        at = self.clock.now()
        leaving = [row for row in rows if row.action == "remove"]
        titles = {row.source: self.ledger.title(row.entity, row.source) for row in leaving}
        self.journal.delivered(rows, at, titles)
        self.ledger.confirm(rows, self.journal.run, at)

    def _failed(self, row: OutboxRow, said: Message, link: str | None = None) -> None:
        """A refused record fails alone. A removal that failed is noted: its record is counted as
        skipped already."""
        at = self.clock.now()
        if row.action == "remove":
            self.journal.note(said, at, entity=row.entity, source=row.source, link=link)
        else:
            self.journal.record(
                row.entity, row.source, row.key, Outcome.FAILED, at, message=said, link=link
            )
        self.ledger.answered([(row.entity, row.source)])
        self.journal.close_rows([row])
        record = Message(f"record.{row.entity}")
        code = "log.kept_back" if said.code == "failed.address" else "log.refused"
        self.log("error", Message(code, record=record, key=row.key, said=said))

    # -- what was sent and never answered ---------------------------------------------------

    def find_attempts(self) -> None:
        """Look in Clerk.io for what was sent for the first time and never answered, so that the
        plan knows of it; what is there is in doubt. Where Clerk.io does not say, it is sent again
        as new."""
        for entity in CHANGEABLE:
            if tried := self.ledger.unanswered(entity):
                held = self._looked_for(entity, tried)
                with immediate(self.journal.db):
                    for each in tried:
                        if each.asked in held:
                            there, at = held[each.asked], self.clock.now()
                            self.ledger.adopt(entity, each, there, self.journal.run, at)
                    self.ledger.answered((entity, each.source) for each in tried)

    def _looked_for(self, entity: str, tried: Sequence[Attempt]) -> dict[int | str, Any]:
        """What is there of these. Where customers may not be asked for by address they count as
        being there, so that they are deleted and made anew without it."""
        self._addressed = entity == "customers" and self.addresses()
        if entity == "customers" and not self._addressed:
            return {each.asked: _as_sent(each) for each in tried}
        try:
            return self.client.read(entity, [each.asked for each in tried])
        except ClerkRejected as error:
            what = Message(f"entity.{entity}")
            self.log("warning", Message("log.not_looked_for", entity=what, why=error))
            return {}
        finally:
            self._addressed = False


def without_address(row: OutboxRow) -> OutboxRow:
    """The same row without any customer's e-mail address. What is confirmed then is just this, so
    that the next plan, under the settings that want it so, finds nothing to do."""
    if not row.payload or b"@" not in row.payload:
        return row
    payload = orjson.loads(row.payload)
    address = str(payload.pop("email", ""))
    for field, value in payload.items():
        if isinstance(value, str) and field != "id":
            payload[field] = without_emails(value, address)
    kept = {field: value for field, value in payload.items() if value != ""}
    written = payload_bytes(kept)
    return replace(row, payload=written, hash=payload_hash(written), rev=-1, mapkey="")


def _without_person(row: OutboxRow, said: Message) -> Message:
    """A refusal may repeat what was refused."""
    if not KINDS[row.entity].addressed:
        return said
    return masking.message(said, orjson.loads(row.payload or b"{}"))


def _as_sent(tried: Attempt) -> dict[str, Any]:
    address = {"email": tried.asked} if tried.asked != tried.key else {}
    return {"customerid": tried.key, **address}
