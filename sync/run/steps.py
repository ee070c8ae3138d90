"""What a run does, step by step, and nothing of who drives it or how long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sync import guard
from sync.budget import Spent
from sync.clerk import ClerkClient, ClerkError
from sync.database import immediate
from sync.deliver import ORDERS, REMOVALS, UPSERTS, Outbox
from sync.entities import ENTITIES
from sync.errors import Message
from sync.extract import Reading, fetch_lines, fetch_missing, refresh
from sync.inspection import Inspector, adopt, compare, verify
from sync.inspection.adoption import unasked
from sync.ledger import Filled, Outcome, balanced, moved_by
from sync.lightspeed import LightspeedClient
from sync.mirror import OddRow, facts
from sync.openshop import OpenShop, only_of
from sync.personal.scan import Scan
from sync.plan import PlanInputs, arrived_orders, build, pending_orders
from sync.plan.counts import Counts
from sync.run import mending
from sync.run.answers import Done, Failed, HeldRun, Result, StalePlan
from sync.run.endings import how_it_went
from sync.run.fills import emptied_holds, emptied_notices, unusual_fields
from sync.run.notices import plan_notices
from sync.run.outages import Side, SideOut
from sync.run.outliers import judged, outlier_holds, outlier_notices
from sync.store import Desk, RunRow, State

LINES_AT_ONCE = 20
ORDERS_AT_ONCE = 100
_DELIVERED = (("products", UPSERTS), ("removals", REMOVALS), ("lines", ORDERS))


class Steps:
    """One run's work in its open shop. Everything it needs to go on after a kill -9 is in the
    shop's file. `again` has everything read in full."""

    def __init__(
        self,
        desk: Desk,
        run: RunRow,
        shop: OpenShop,
        clients: tuple[LightspeedClient, ClerkClient],
        log: Callable[[str, Message], None],
        *,
        again: bool,
    ) -> None:
        self.desk = desk
        self.run = run
        self.shop = shop
        self.journal = shop.journal(run.id)
        self.lightspeed, self.clerk = clients
        self.log = log
        self._again = again
        books = (shop.ledger, self.journal, self.clerk, desk.clock, log, self._may_ask_by_address)
        self.outbox = Outbox(*books, Scan(shop.mirror.addresses))
        self.inspector = Inspector(*books, whole=run.kind == "compare")

    def _may_ask_by_address(self) -> bool:
        """The store's settings of this moment, not of the run's."""
        return self.desk.collects_emails(self.shop.store.id)

    def side(self, name: str) -> Side:
        """Lightspeed or Clerk.io, as this run meets it."""
        clients: dict[str, LightspeedClient | ClerkClient] = {
            "lightspeed": self.lightspeed,
            "clerk": self.clerk,
        }
        waited = name in self.run.progress.get("waited_for", ())
        return Side(self.desk, name, self.shop.hosts[name], clients[name].answers, waited)

    def place(self) -> str:
        """How far the run has come in what a restart would not repeat."""
        return f"{self.journal.mark()} {self.shop.mirror.fact(facts.SEQ)}"

    def all(self) -> Iterator[str]:
        """The whole run from its last checkpoint, yielding its phase at each further one."""
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
        self._tell_emptied()
        yield "report"

    @property
    def _filled(self) -> Filled:
        return self.shop.ledger.filled

    def _tell_emptied(self) -> None:
        if only_of(self.run.options) is None:
            filled = self._filled
            found = unusual_fields(self.desk, self.shop.store, filled, filled.now())
            for message in emptied_notices(found):
                self.log("warning", message)

    def _ask(self) -> Iterator[str]:
        """What Clerk.io held before this desk sent anything; a refresh can do without."""
        if self.journal.done("plan"):
            return
        inputs = self.shop.plan_inputs(self.run.settings)
        try:
            if any(unasked(inputs, addresses=self._may_ask_by_address())):
                yield "asking"
                self.side("clerk").reach()
            for _ in adopt(self.inspector, inputs):
                yield "asking"
        except (ClerkError, SideOut) as error:
            if self.run.kind != "refresh":
                raise
            self.log("warning", Message("log.nothing_asked", why=error))

    def _refresh(self) -> Iterator[str]:
        if self.journal.done("refresh"):
            return
        self.side("lightspeed").reach()
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
            full=self._again or bool(self.run.options.get("full")),
            log=self.log,
        )

    # -- plan and guard ---------------------------------------------------------------------

    def _plan(self) -> None:
        if self.journal.done("plan"):
            return
        if self.shop.ledger.any_unanswered():
            self.side("clerk").reach()
        self.outbox.find_attempts()
        with immediate(self.shop.mirror.db):
            approved = self.journal.held() if self.run.options.get("approved") else None
            self.outbox.begin()
            inputs = self.shop.plan_inputs(self.run.settings, only_of(self.run.options))
            with self._resending():
                plan = build(inputs, self.outbox.put)
            if self.run.plan is not None and plan.fingerprint != self.run.plan:
                raise StalePlan
            held = [*guard.holds(plan), *outlier_holds(self.desk, self.shop.store, plan)]
            if inputs.only is None:
                self.outbox.flush()
                held += emptied_holds(self.desk, self.shop.store, self._filled, self._moves)
            if approved is not None and not guard.beyond(self.outbox.removals(), approved):
                held = []
            if held:
                self.outbox.hold()
            else:
                self._open_books(plan.counts, inputs)
                if inputs.only is None:
                    self.inspector.drift.settle_adopted()
        if held:
            raise HeldRun(held)
        for message in plan_notices(plan):
            self.log("warning", message)
        for message in outlier_notices(judged(self.desk, self.shop.store, plan)):
            self.log("info", message)

    def _moves(self) -> dict[str, dict[str, int]]:
        return moved_by(self._filled.outbox(self.run.id))

    def _resending(self) -> AbstractContextManager[None]:
        """While the plan is made: what is asked for again goes whatever the ledger says."""
        entities = self.run.options.get("resend")
        return self.shop.ledger.as_if_lost(entities) if entities else nullcontext()

    def _open_books(self, counts: Mapping[str, Counts], inputs: PlanInputs) -> None:
        for entity, c in counts.items():
            numbers: dict[str, int] = {**dict.fromkeys(Outcome, 0), "read": c.read}
            numbers |= {Outcome.UNCHANGED: c.unchanged, Outcome.SKIPPED: c.skip}
            numbers |= {f"reason:{reason}": n for reason, n in c.reasons.items()}
            numbers |= {f"planned:{name}": n for name, n in c.planned().items()}
            for name, n in numbers.items():
                self.journal.count(entity, name, n)
        if inputs.only is None:
            self.shop.accept_loss()
        for row in self._unusable():
            self._fail_unusable(row, inputs)
        self.outbox.accept()
        cursor = {"seq": self.shop.mirror.fact(facts.SEQ), "as_of": inputs.as_of}
        self.journal.move("plan", cursor, done=True)

    def _fail_unusable(self, row: OddRow, inputs: PlanInputs) -> None:
        """What the plan skips as unreadable has failed in the run that first met it."""
        if row.id not in inputs.odd(row.entity):
            return
        self.journal.count(row.entity, Outcome.SKIPPED, -1)
        self.journal.count(row.entity, "reason:unreadable", -1)
        self.journal.count(row.entity, "planned:unusable", 1)
        now = self.desk.clock.now()
        self.journal.record(row.entity, row.id, row.id, Outcome.FAILED, now, message=row.what)

    # -- delivery ---------------------------------------------------------------------------

    def _deliver(self) -> Iterator[str]:
        for phase, kinds in _DELIVERED:
            if self.journal.has_rows(kinds):
                yield phase  # before the first request: what is refused is refused here
                self.side("clerk").reach()
            for _ in self.outbox.send(kinds):
                yield phase

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
                    self.side("lightspeed").reach()
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
                self.outbox.put_orders(inputs, arrived)
                cursor["arrived"] = arrived[-1][0]
                self.journal.move("lines", cursor)
            for _ in self.outbox.send(ORDERS):
                yield "lines"

    def _verify(self) -> Iterator[str]:
        """Read a sample of what was sent back, and compare."""
        yield "verify"
        self.side("clerk").reach()
        for _ in verify(self.inspector, self.shop.plan_inputs(self.run.settings)):
            yield "verify"

    # -- a comparison -----------------------------------------------------------------------

    def _compare(self) -> Iterator[str]:
        yield "comparing"
        self.side("clerk").reach()
        for _ in compare(self.inspector, self.shop.plan_inputs(self.run.settings)):
            yield "comparing"
        if self.run.options.get("mend"):
            yield "plan"
            inputs = self.shop.plan_inputs(self.run.settings, mending.subset(self.journal))
            mending.plan(self.outbox, inputs, self._open_books)
            yield from self._deliver()
        yield "report"

    # -- the end ----------------------------------------------------------------------------

    def result(self) -> Result:
        """How the run ends, once every step is done."""
        if self.run.kind == "refresh":
            return Done(State.PARTIAL if self.journal.noted() else State.SUCCEEDED)
        if self.run.kind == "compare" and not self.journal.unsent():
            whole = mending.is_whole(self.journal)
            return Done(State.SUCCEEDED if whole else State.PARTIAL)
        if not balanced(self.journal.books()) or self.journal.unsent():
            return Failed(Message("failed.books"))
        return Done(how_it_went(self.journal))
