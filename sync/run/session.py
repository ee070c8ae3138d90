"""Advancing a run: all of its logic, and nothing of the loop that drives it.

`Session.advance` works for about two seconds and says what comes next. Everything it needs to go
on after a kill -9 is in the shop's file; what it keeps in memory saves time, never truth.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from typing import Any

from sync import clerk, guard, lightspeed, mapping
from sync.clerk import ClerkClient, ClerkDown, ClerkError
from sync.database import immediate, kept, message_of, sqlite3
from sync.deliver import (
    ORDERS,
    REMOVALS,
    UPSERTS,
    Delivery,
    find_attempts,
    queue_orders,
    send,
)
from sync.entities import ENTITIES
from sync.errors import Message
from sync.extract import Reading, fetch_lines, fetch_missing, refresh
from sync.http import HttpError
from sync.inspection import Inspector, adopt, compare, verify
from sync.inspection.adoption import unasked
from sync.ledger import Journal, balanced
from sync.lightspeed import LightspeedClient, LightspeedDown, LightspeedError, Spent
from sync.mirror import OddRow, facts
from sync.plan import Plan, PlanInputs, arrived_orders, build, pending_orders
from sync.run import mending
from sync.run.answers import Cancelled, Done, Failed, Held, More, Result, StalePlan, Wait
from sync.run.garbage import few_collections
from sync.run.gathered import Gathered
from sync.run.odd import odd_notices
from sync.run.outages import Side, SideOut
from sync.store import Desk, RunRow, UsageError
from sync.vault import VaultError, redact
from sync.workshop import Workshop, only_of, opened_shop

SLICE = 2.0  # seconds an advance works before it says More
LINES_AT_ONCE = 20
ORDERS_AT_ONCE = 100
SHOW_EVERY = 1.0  # seconds at least between two writes of progress
LOOK_EVERY = 0.25  # seconds between looks at the run's row for a wish to cancel

logger = logging.getLogger("sync.run")


_KNOWN_ERRORS = (
    HttpError,
    LightspeedError,
    ClerkError,
    VaultError,
    UsageError,
    sqlite3.Error,
    OSError,
)


class _HeldRun(Exception):
    def __init__(self, holds: list[guard.Hold]) -> None:
        super().__init__("held")
        self.holds = holds


class Session:
    """One run in the hands of this process, which holds the shop's lock."""

    def __init__(
        self,
        desk: Desk,
        run: RunRow,
        *,
        stop: Callable[[], bool] = lambda: False,
        pause: Callable[[], bool] = lambda: False,
        share: Callable[[], bool] = lambda: False,
    ) -> None:
        self.desk = desk
        self.run = run
        self.phase = run.phase
        self._stop = stop  # ends the run, cancelled
        self._pause = pause  # leaves it at its next checkpoint, for whoever comes next
        self._share = share  # the same, but after its slice and once it has got on
        self._late = self._leaving = self._older = False
        self._place: str | None = None
        self._stack = ExitStack()
        self._steps: Iterator[str] | None = None
        self._looked = self._shown_at = float("-inf")
        self._shown = run.phase
        self._cancelled = False
        self._seen_calls: dict[str, Counter[str]] = {"lightspeed": Counter(), "clerk": Counter()}

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def opened(self) -> bool:
        """Whether it has come as far as its shop's file, and so has a journal."""
        return self._steps is not None

    # -- one slice --------------------------------------------------------------------------

    def advance(self) -> Result:
        """Work for about two seconds; never raises for what can go wrong in a run."""
        try:
            with few_collections():
                result = self._attempt()
        except Spent as spent:
            result = Wait(spent.until, spent.window)
        except _HeldRun as held:
            result = Held(held.holds)
        except (clerk.Stopped, lightspeed.Stopped):
            paused = self._leaving or self._pause()
            result = Cancelled() if self._cancel_asked() else More(paused=paused)
            self._steps = self._work()  # from the last checkpoint
        except _KNOWN_ERRORS as error:
            result = self._failed(error)
        except Exception:  # the one place that turns an unknown error into a failed run
            result = Failed(Message("failed.unknown", id=self._report_unknown()))
        try:
            self._flush_calls()
        except sqlite3.Error as error:  # a full disk, a locked file
            return self._failed(error)
        return result

    def _failed(self, error: Exception) -> Failed:
        path = self.shop.path if self.opened and isinstance(error, sqlite3.Error) else None
        return Failed(message_of(error, path).cleaned(redact))

    def _attempt(self) -> Result:
        """A slice, or a wait for a side that does not answer."""
        try:
            return self._slice()
        except SideOut as out:
            return out.side.waits()
        except LightspeedDown as error:
            return self._side("lightspeed").failed(error)
        except ClerkDown as error:
            return self._side("clerk").failed(error, error.retry_after or 0)

    def _side(self, name: str) -> Side:
        clients: dict[str, LightspeedClient | ClerkClient] = {
            "lightspeed": self.lightspeed,
            "clerk": self.clerk,
        }
        waited = name in self.run.progress.get("waited_for", ())
        return Side(self.desk, name, self.shop.hosts[name], clients[name].answers, waited)

    def _report_unknown(self) -> str:
        error_id = secrets.token_hex(4)
        logger.exception("run %s: unknown error %s", self.run.id, error_id)
        return error_id

    def _slice(self) -> Result:
        if self._steps is None:
            self._open()
            self._steps = self._work()
        ends = self.desk.clock.monotonic() + SLICE
        for phase in self._steps:
            self._enter(phase)
            over = self.desk.clock.monotonic() >= ends
            self._late |= over
            if self._late and self._share():
                self._leaving |= self._moved()
            if self._interrupted():
                if not self.lightspeed.unread:  # what was paid for is kept
                    return Cancelled() if self._cancel_asked() else More(paused=True)
            elif over:
                return More()
        return self._end()

    def _moved(self) -> bool:
        """Whether the run has got on since the last look, in what a restart would not repeat; if
        turns could end without, slow answers would keep every run that shares from its end."""
        before = self._place
        self._place = f"{self.journal.mark()} {self.shop.mirror.fact(facts.SEQ)}"
        return before not in (None, self._place)

    def _open(self) -> None:
        self._stack.enter_context(kept())
        store = self.desk.store_by_id(self.run.store_id)
        self.shop: Workshop = self._stack.enter_context(opened_shop(self.desk, store))
        self.journal: Journal = self.shop.journal(self.run.id)
        self._note_progress()
        self._look_for_losses()
        person = self.run.trigger != "schedule"
        self.lightspeed = self.shop.lightspeed(
            person=person, stop=self._interrupted, note=partial(self.log, "warning")
        )
        self._stack.callback(self.lightspeed.close)
        self.shop.budget.bury()  # who holds the shop's lock knows that nobody else is at it
        self.clerk = self.shop.clerk(lambda: self.delivery.outdated() or self._interrupted())
        self._stack.callback(self.clerk.close)
        self.delivery = Delivery(
            self.shop.ledger,
            self.journal,
            self.clerk,
            self.desk.clock,
            self.log,
            self._may_ask_by_address,
        )
        self.inspector = Inspector(
            self.shop.ledger,
            self.journal,
            self.clerk,
            self.desk.clock,
            self.log,
            self._may_ask_by_address,
            whole=self.run.kind == "compare",
        )

    def _may_ask_by_address(self) -> bool:
        """The store's settings of this moment, not of the run's."""
        return self.desk.collects_emails(self.shop.store.id)

    def _note_progress(self) -> None:
        """After a death: whether the one before this was at the same place."""
        if not self.run.deaths:
            return
        mark = f"{self.journal.mark()} {self.shop.mirror.mark()}"
        if mark != self.run.progress.get("died_at"):
            progress = {**self.run.progress, "died_at": mark}
            self.desk.update_run(self.run.id, {"deaths": 1, "progress": progress})

    def _look_for_losses(self) -> None:
        """The shop's file may be another one than at the last run."""
        self.shop.note_loss()
        self._older = self.shop.is_older()
        if self._older:
            self.shop.ledger.doubt_all()
            self.log(
                "warning",
                "an older file of the shop was brought back: it is read in full, and everything is"
                " sent again",
            )

    def _cancel_asked(self) -> bool:
        """Whether this process or anybody else wants the run to end; the row is looked up at
        most every quarter of a second."""
        now = self.desk.clock.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._cancelled = self.desk.run(self.run.id).cancel
        return self._cancelled or self._stop()

    def _interrupted(self) -> bool:
        return self._leaving or self._pause() or self._cancel_asked()

    def _enter(self, phase: str) -> None:
        if phase != self.phase:
            self.phase = phase
            self.log("info", f"phase {phase}")
        now = self.desk.clock.monotonic()
        if self.phase != self._shown and now - self._shown_at >= SHOW_EVERY:
            self._shown, self._shown_at = phase, now
            self.desk.update_run(self.run.id, {"phase": phase})

    def log(self, level: str, message: str) -> None:
        """One redacted line in the run's log."""
        self.desk.log(self.run.id, level, self.phase, redact(message))

    def _flush_calls(self) -> None:
        """Count the calls made since the last flush in the shop's file."""
        if not self.opened:
            return
        for side, client in (("lightspeed", self.lightspeed), ("clerk", self.clerk)):
            now = Counter(client.calls)
            self.journal.add_calls(side, now - self._seen_calls[side])
            self._seen_calls[side] = now

    # -- the work ---------------------------------------------------------------------------

    def _work(self) -> Iterator[str]:
        if self.run.kind == "compare":
            yield from self._compare()
            return
        if self.run.plan is None:
            yield from self._refresh()
        yield from self._ask()
        if self.run.kind == "refresh":
            return
        yield "plan"
        self._plan()
        yield from self._deliver()
        yield from self._lines()
        for _ in fetch_missing(self._reading()):
            yield "lines"
        yield from self._verify()
        yield "report"

    def _ask(self) -> Iterator[str]:
        """What Clerk.io held before this desk sent anything; a refresh can do without."""
        if self.journal.done("plan"):
            return
        inputs = self.shop.plan_inputs(self.run.settings)
        try:
            if any(unasked(inputs, addresses=self._may_ask_by_address())):
                self._side("clerk").reach()
            for _ in adopt(self.inspector, inputs):
                yield "asking"
        except (ClerkError, SideOut) as error:
            if self.run.kind != "refresh":
                raise
            self.log("warning", f"Clerk.io could not be asked what it holds already: {error}")

    def _refresh(self) -> Iterator[str]:
        if self.journal.done("refresh"):
            return
        self._side("lightspeed").reach()
        reading = self._reading()
        yield from refresh(reading)
        with immediate(self.shop.mirror.db):
            if not self.journal.noted():
                as_of = facts.as_of(self.shop.store.language)
                self.shop.mirror.note(as_of, int(self.desk.clock.now()))
            self.journal.move("refresh", {}, done=True)
            if self.run.kind == "refresh":
                for row in self._unusable():
                    now = self.desk.clock.now()
                    self.journal.note(row.what, now, entity=row.entity, source=row.id)

    def _unusable(self) -> list[OddRow]:
        """Rows that this run was the first to meet, and could not use."""
        mirror, lang = self.shop.mirror, self.shop.store.language
        rows = (row for entity in ENTITIES for row in mirror.odd_rows(entity, lang).values())
        return [row for row in rows if row.run == self.run.id]

    def _reading(self) -> Reading:
        return Reading(
            mirror=self.shop.mirror,
            client=self.lightspeed,
            journal=self.journal,
            shop=self.shop.shop,
            store=self.shop.store,
            settings=self.run.settings,
            shop_settings=self.shop.shop_settings(self.run.settings),
            clock=self.desk.clock,
            full=self._older or bool(self.run.options.get("full")),
            log=self.log,
        )

    # -- plan and guard ---------------------------------------------------------------------

    def _plan(self) -> None:
        if self.journal.done("plan"):
            return
        if self.shop.ledger.any_unanswered():
            self._side("clerk").reach()
        find_attempts(self.delivery)
        with immediate(self.shop.mirror.db):
            approved = self.journal.held() if self.run.options.get("approved") else None
            self.journal.clear_plan()
            gathered = Gathered(self.journal)
            inputs = self.shop.plan_inputs(self.run.settings, only_of(self.run.options))
            with self._resending():
                plan = build(inputs, gathered.take)
            if self.run.plan is not None and plan.fingerprint != self.run.plan:
                raise StalePlan
            gathered.flush()
            holds = guard.holds(plan)
            if holds and (approved is None or guard.beyond(gathered.removals, approved)):
                self._hold(gathered)
                held = holds
            else:
                held = []
                self._open_books(plan.counts, gathered, inputs)
                if inputs.only is None:
                    self.inspector.drift.settle_adopted()
        if held:
            raise _HeldRun(held)
        for message in _plan_notices(plan):
            self.log("warning", message)

    def _resending(self) -> AbstractContextManager[None]:
        """While the plan is made: what is asked for again goes whatever the ledger says."""
        entities = self.run.options.get("resend")
        return self.shop.ledger.as_if_lost(entities) if entities else nullcontext()

    def _hold(self, gathered: Gathered) -> None:
        """Keep the list of removals, and nothing else of the plan."""
        self.journal.clear_plan()
        self.journal.add_holds(gathered.listed)

    def _open_books(self, counts: dict[str, Any], gathered: Gathered, inputs: PlanInputs) -> None:
        for entity, c in counts.items():
            numbers = {"read": c.read, "unchanged": c.unchanged, "skipped": c.skip}
            numbers |= {"created": 0, "updated": 0, "failed": 0, "removed": 0}
            numbers |= {f"reason:{reason}": n for reason, n in c.reasons.items()}
            numbers |= {f"planned:{name}": n for name, n in c.planned().items()}
            for name, n in numbers.items():
                self.journal.count(entity, name, n)
        if inputs.only is None:
            self.shop.accept_loss()
        for row in self._unusable():
            self._fail_unusable(row, inputs)
        for entity, rows in gathered.touched.items():
            self.shop.ledger.touch(entity, rows)
        cursor = {"seq": self.shop.mirror.fact(facts.SEQ), "as_of": inputs.as_of}
        self.journal.move("plan", cursor, done=True)

    def _fail_unusable(self, row: OddRow, inputs: PlanInputs) -> None:
        """What the plan skips as unreadable has failed in the run that first met it."""
        if row.id not in inputs.odd(row.entity):
            return
        self.journal.count(row.entity, "skipped", -1)
        self.journal.count(row.entity, "reason:unreadable", -1)
        now = self.desk.clock.now()
        self.journal.record(row.entity, row.id, row.id, "failed", now, message=row.what)

    # -- delivery ---------------------------------------------------------------------------

    def _deliver(self) -> Iterator[str]:
        if self.journal.work_left():
            self._side("clerk").reach()
        for _ in send(self.delivery, UPSERTS):
            yield "products"
        for _ in send(self.delivery, REMOVALS):
            yield "removals"
        for _ in send(self.delivery, ORDERS):
            yield "lines"

    def _lines(self) -> Iterator[str]:
        """Missing order lines, newest first, delivered in batches as they come."""
        planned = self.journal.cursor("plan")
        inputs = self.shop.plan_inputs(
            self.run.settings, only_of(self.run.options), planned["as_of"]
        )
        inputs.seq = planned["seq"]
        if not inputs.wants("orders") or self.journal.done("lines"):
            return
        reading = self._reading()
        cursor = self.journal.cursor("lines") or {"after": None, "arrived": planned["seq"]}
        while True:
            yield "lines"
            after = tuple(cursor["after"]) if cursor["after"] else None
            wanted = pending_orders(inputs, planned["seq"], after, LINES_AT_ONCE)
            try:
                if wanted:
                    self._side("lightspeed").reach()
                for _ in fetch_lines(reading, [oid for _, oid in wanted]):
                    yield "lines"
            except (Spent, SideOut):
                yield from self._deliver_arrived(inputs, planned["seq"], cursor, least=1)
                raise
            if wanted:
                cursor["after"] = list(wanted[-1])
                self.journal.move("lines", cursor)
            least = ORDERS_AT_ONCE if wanted else 1
            yield from self._deliver_arrived(inputs, planned["seq"], cursor, least=least)
            if not wanted:
                break
        self.journal.move("lines", cursor, done=True)

    def _deliver_arrived(
        self, inputs: PlanInputs, plan_seq: int, cursor: dict[str, Any], *, least: int
    ) -> Iterator[str]:
        """Queue and send orders whose lines came, once there are at least that many."""
        while True:
            arrived = arrived_orders(inputs, plan_seq, cursor["arrived"], ORDERS_AT_ONCE)
            if len(arrived) < least or not arrived:
                return
            with immediate(self.shop.mirror.db):
                queue_orders(self.delivery, inputs, arrived)
                cursor["arrived"] = arrived[-1][0]
                self.journal.move("lines", cursor)
            for _ in send(self.delivery, ORDERS):
                yield "lines"

    # -- the end ----------------------------------------------------------------------------

    def _verify(self) -> Iterator[str]:
        """Read a sample of what was sent back, and compare."""
        yield "verify"
        self._side("clerk").reach()
        for _ in verify(self.inspector, self.shop.plan_inputs(self.run.settings)):
            yield "verify"

    # -- a comparison -----------------------------------------------------------------------

    def _compare(self) -> Iterator[str]:
        yield "comparing"
        self._side("clerk").reach()
        for _ in compare(self.inspector, self.shop.plan_inputs(self.run.settings)):
            yield "comparing"
        if self.run.options.get("mend"):
            yield "plan"
            inputs = self.shop.plan_inputs(self.run.settings, mending.subset(self.journal))
            mending.plan(self.journal, inputs, self._open_books)
            yield from self._deliver()
        yield "report"

    # -- the end ----------------------------------------------------------------------------

    def _end(self) -> Result:
        if self.run.kind == "refresh":
            return Done("partial" if self.journal.noted() else "succeeded")
        if self.run.kind == "compare" and not self.journal.work_left():
            return Done("succeeded" if mending.is_whole(self.journal) else "partial")
        books = self.journal.books()
        if not balanced(books) or self.journal.work_left():
            return Failed(Message("failed.books"))
        failed = any(book["failed"] for book in books.values())
        return Done("partial" if failed or self.journal.noted() else "succeeded")


def _plan_notices(plan: Plan) -> Iterator[str]:
    """What a person should know of the plan, one line each."""
    left = plan.left_in_clerk
    if left:
        yield (
            f"{len(left)} categories are gone from the shop and stay in Clerk.io: its API"
            f" cannot delete categories (first ids: {', '.join(map(str, left[:5]))})"
        )
    if not plan.inputs.wants("products"):
        return
    yield from odd_notices(plan.inputs)
    for found in mapping.collisions(plan.inputs.context):
        who = " and ".join(f"{kind} {title}" for kind, title in found.sources)
        if found.code == "shared":
            yield f"attribute {found.name}: {who} have this name; the first of them counts"
        else:
            yield f"attribute {found.name}: the plain name of {who} belongs to another field"
