"""A plan's work to Clerk.io, and the ledger from its answers: confirmed, not attempted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from sync.clerk import ClerkClient, ClerkRejected, Confirmed, Failed, Record
from sync.clock import Clock
from sync.database import immediate
from sync.entities import CHANGEABLE, KINDS
from sync.ledger import Attempt, Journal, Ledger, Work
from sync.mapping import payload_bytes, payload_hash
from sync.mapping.sales import without_emails
from sync.plan import Decision, PlanInputs, decide_order

CHUNK = 400
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


@dataclass
class Delivery:
    """Where a run's work goes and what is noted of it."""

    ledger: Ledger
    journal: Journal
    client: ClerkClient
    clock: Clock
    log: Callable[[str, str], None]
    addresses: Callable[[], bool] = lambda: True
    """Whether customers' e-mail addresses may leave: as the store's settings say at this moment."""
    telling: bool = False
    """Whether what is on its way may hold such addresses."""

    def outdated(self) -> bool:
        """Whether what is on its way was made while addresses were still allowed to leave."""
        return self.telling and not self.addresses()


def work_row(n: int, made: Decision) -> tuple[object, ...]:
    """A decision as a row of work."""
    return (
        n,
        made.entity,
        made.source,
        made.key,
        made.action,
        made.method,
        made.payload,
        made.whole,
        made.rev,
        made.mapkey,
        made.status,
        ",".join(made.reasons),
    )


def send(d: Delivery, order: Iterable[tuple[str, Sequence[str]]]) -> Iterator[None]:
    """Send the run's work of these kinds in this order; yields after each confirmed request."""
    for entity, methods in order:
        after = -1
        while chunk := d.journal.next_work(entity, methods, CHUNK, after):
            after = chunk[-1].n
            d.telling = KINDS[entity].addressed and d.addresses()
            if methods[0] == "upsert" and KINDS[entity].addressed and not d.telling:
                yield from _send_chunk(d, entity, "replace", _known_by_address(d, chunk))
                chunk = [without_address(row) for row in chunk]
            yield from _send_chunk(d, entity, methods[0], chunk)
        d.telling = False


def _known_by_address(d: Delivery, chunk: Iterable[Work]) -> list[Work]:
    """Customers that Clerk.io has with an address, which it lets nobody change: they must go before
    they come again without."""
    tried = {each.source for each in d.ledger.unanswered("customers") if each.asked != each.key}
    return [
        row
        for row in chunk
        if row.entity == "customers"
        and (row.source in tried or b'"email"' in (d.ledger.payload(row.entity, row.source) or b""))
    ]


def without_address(row: Work) -> Work:
    """The same work without any customer's e-mail address. What is confirmed then is just this, so
    that the next plan, under the settings that want it so, finds nothing to do."""
    if not row.payload or b"@" not in row.payload:
        return row
    payload = orjson.loads(row.payload)
    address = str(payload.pop("email", ""))
    for field, value in payload.items():
        if isinstance(value, str) and field != "id":
            payload[field] = without_emails(value, address)
    told = {field: value for field, value in payload.items() if value != ""}
    written = payload_bytes(told)
    return replace(row, payload=written, hash=payload_hash(written), rev=-1, mapkey="")


def _send_chunk(d: Delivery, entity: str, method: str, chunk: list[Work]) -> Iterator[None]:
    if not chunk:
        return
    by_n = {row.n: row for row in chunk}
    with immediate(d.journal.db):
        d.ledger.doubt(chunk)
    for answer in _request(d, entity, method, chunk):
        with immediate(d.journal.db):
            if isinstance(answer, Confirmed):
                _confirmed(d, method, [by_n[record.n] for record in answer.records])
            else:
                _failed(d, by_n[answer.record.n], answer)
        yield


def _request(
    d: Delivery, entity: str, method: str, chunk: list[Work]
) -> Iterator[Confirmed | Failed]:
    client = d.client
    records = [Record(row.n, row.key, row.payload or b"") for row in chunk]
    if method in ("delete", "replace"):
        # One that somebody else made before us may be there under another id.
        named = (d.ledger.entry(row.entity, row.source) for row in chunk)
        pairs = zip(records, named, strict=True)
        return client.delete(entity, [replace(r, key=e.key) if e else r for r, e in pairs])
    if method in ("patch", "hide"):
        return client.patch(entity, records)
    return client.upsert(entity, records)


def _confirmed(d: Delivery, method: str, rows: list[Work]) -> None:
    """Ledger, outcomes and the work's end in one transaction."""
    if method == "replace":
        for row in rows:
            d.ledger.forget(row.entity, row.source)
        d.ledger.moved()
        d.journal.replaced(rows)
        return
    at = d.clock.now()
    leaving = [row for row in rows if row.action == "remove"]
    titles = {row.source: d.ledger.title(row.entity, row.source) for row in leaving}
    d.journal.delivered(rows, at, titles)
    d.ledger.confirm(rows, d.journal.run, at)


def _failed(d: Delivery, row: Work, answer: Failed) -> None:
    """A refused record fails alone. A removal that failed is noted: its record is counted as
    skipped already."""
    at, said, link = d.clock.now(), answer.problem.message, answer.problem.link
    if row.action == "remove":
        d.journal.note(said, at, entity=row.entity, source=row.source, link=link)
    else:
        d.journal.record(row.entity, row.source, row.key, "failed", at, message=said, link=link)
    d.ledger.answered([(row.entity, row.source)])
    d.journal.close_work([row])
    d.log("error", f"{row.entity} {row.key}: Clerk.io refused it: {said}")


def queue_orders(d: Delivery, inputs: PlanInputs, arrived: Sequence[tuple[int, int]]) -> None:
    """Orders whose lines have come: from `lines_pending` to what the plan makes of them now. The
    caller holds the transaction and moves its cursor in it."""
    n = d.journal.last_work() + 1
    for _, oid in arrived:
        made = decide_order(inputs, oid)
        d.journal.count("orders", "skipped", -1)
        d.journal.count("orders", "reason:lines_pending", -1)
        for reason in made.reasons:
            d.journal.count("orders", f"reason:{reason}", 1)
        if made.action in ("create", "update"):
            d.journal.add_work([work_row(n, made)])
            n += 1
        else:
            d.journal.count("orders", "skipped" if made.action == "skip" else made.action, 1)
            if made.touch:
                d.ledger.touch("orders", [(oid, made.rev, made.mapkey)])


def find_attempts(d: Delivery) -> None:
    """Look in Clerk.io for what was sent for the first time and never answered, so that the plan
    knows of it; what is there is in doubt. Where Clerk.io does not say, it is sent again as new."""
    for entity in CHANGEABLE:
        if tried := d.ledger.unanswered(entity):
            found = _looked_for(d, entity, tried)
            with immediate(d.journal.db):
                for each in tried:
                    if each.asked in found:
                        there = found[each.asked]
                        d.ledger.adopt(entity, each, there, d.journal.run, d.clock.now())
                d.ledger.answered((entity, each.source) for each in tried)


def _looked_for(d: Delivery, entity: str, tried: Sequence[Attempt]) -> dict[int | str, Any]:
    """What is there of these. Where customers may not be asked for by address they count as being
    there, so that they are deleted and made anew without it."""
    d.telling = entity == "customers" and d.addresses()
    if entity == "customers" and not d.telling:
        return {each.asked: _as_sent(each) for each in tried}
    return _found(d, entity, [each.asked for each in tried])


def _found(d: Delivery, entity: str, asked: Sequence[int | str]) -> dict[int | str, Any]:
    try:
        return d.client.read(entity, asked)
    except ClerkRejected as error:
        d.log("warning", f"{entity} sent without an answer could not be looked for: {error}")
        return {}
    finally:
        d.telling = False


def _as_sent(tried: Attempt) -> dict[str, Any]:
    address = {"email": tried.asked} if tried.asked != tried.key else {}
    return {"customerid": tried.key, **address}
