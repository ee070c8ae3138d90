"""The laws of the house, whatever happens in whatever order: edits, runs, deaths, people, time."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sync import forget, run
from sync.entities import ENTITIES
from sync.http import Http
from sync.ledger import LOST, balanced, filled_fields
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.run import StalePlan
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.sandbox.lightspeed.switchboard import set_switches
from sync.sandbox.windows import Limits
from sync.store import TERMINAL, Refused, RunRow, State, StoreRow
from tests.conftest import PUBLIC, HastyClock, Place, placed

DAY = 86_400
IN_FLIGHT = 4
LOSSES = 9  # answers, more than one run tries for
LIMITS = Limits(five_minutes=150, hour=1_500)  # narrow enough that runs have to wait
CHANGES = {
    "include_out_of_stock": ("yes", "no"),
    "include_orders": ("1y", "all"),
    "accepted_order_statuses": ("", "completed_shipped", "completed_shipped, new"),
    "collect_emails": ("yes", "no"),
    "include_customers": ("yes", "no"),
    "include_pages": ("yes", "no"),
    "include_hidden_categories": ("yes", "no"),
    "image_size": ("300x400x1", "90x90x2"),
    "price_tax": ("incl", "excl"),
    "removed_products": ("delete", "hide"),
    "removal_limit_min": ("2", "20"),
}
STATUSES = ("new", "completed_shipped", "completed_picked_up", "cancelled", "a_new_status")
EVERYTHING = {"include_customers": "yes", "include_pages": "yes", "include_orders": "all"}
LINES = re.compile(r"/orders/(\d+)/products\.json$")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
PLANNED = {"create": "created", "update": "updated", "unchanged": "unchanged", "remove": "removed"}


class Killed(BaseException):
    """The process is dead from here on."""


@contextmanager
def dying(nth: int, *, answered: bool) -> Iterator[None]:
    """Death at the nth call, before it leaves or as its answer comes; a dead process makes no
    further call."""
    calls, send = itertools.count(1), Http.send

    def counted(http: Http, *args: Any, **options: Any) -> Any:
        number = next(calls)
        if number > nth or (number == nth and not answered):
            raise Killed
        answer = send(http, *args, **options)
        if number == nth:
            raise Killed
        return answer

    with patch.object(Http, "send", counted):
        yield


class Laws(RuleBasedStateMachine):
    """One store, its shop, and everything that may happen to them. What a rule finds there depends
    on threads, so it looks for itself: a precondition must not."""

    def __init__(self, filled: Path, folder: Path) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.clock = HastyClock()
        self.place: Place = self._stack.enter_context(placed(filled, folder, LIMITS, self.clock))
        self.place.set(**EVERYTHING, page_size="10")
        self.seen: dict[str, Any] | None = None  # the last preview, while nothing has moved since
        self.stale: str | None = None  # a fingerprint since whose preview something moved
        self.deaths = 0
        self.losses: list[int] = []  # plans by which answers of Clerk.io get lost
        self.in_doubt = False  # an answer of Clerk.io may have got lost, or died with its process
        self.disturbed = False  # Clerk.io has lost or changed rows that it had confirmed
        self.totals: Counter[int] = Counter()
        self.gone: set[int] = set()  # customers who are forgotten

    # -- what happens in the shop -----------------------------------------------------------

    def _one(self, kind: str, number: int) -> dict[str, Any]:
        rows = self.place.state.all(kind)
        return rows[number % len(rows)]

    @rule(n=st.integers(0, 50), change=st.sampled_from(["title", "hide", "show"]))
    def edit_product(self, n: int, change: str) -> None:
        product = self._one("product", n)
        title = {"nl": f"{product['title']['nl']} {n}", "en": "", "de": ""}
        fields = {"hide": {"isVisible": False}, "show": {"isVisible": True}}
        self.place.state.edit("product", product["id"], **fields.get(change, {"title": title}))

    @rule(kind=st.sampled_from(["product", "variant"]), n=st.integers(0, 99))
    def edit_nearly_all(self, kind: str, n: int) -> None:
        fields = {"data01": f"data {n}"} if kind == "product" else {"stockLevel": n}
        for row in self.place.state.all(kind)[1:]:
            self.place.state.edit(kind, row["id"], **fields)

    @rule(n=st.integers(0, 99), stock=st.integers(0, 3))
    def edit_variant(self, n: int, stock: int) -> None:
        variant = self._one("variant", n)
        self.place.state.edit("variant", variant["id"], stockLevel=stock, priceIncl=10 + stock)

    @precondition(lambda self: self.place.state.count("product") > 6)
    @rule(n=st.integers(0, 50))
    def delete_product(self, n: int) -> None:
        self.place.state.delete("product", self._one("product", n)["id"])

    @rule(n=st.integers(0, 50))
    def order_placed(self, n: int) -> None:
        state, order = self.place.state, self._one("order", n)
        lines = [row for row in state.all("order_product") if row["order"] == order["id"]]
        fresh = {key: order[key] for key in order if key not in ("id", "createdAt", "updatedAt")}
        placed_id = state.put("order", fresh)
        state.edit("order", placed_id, number=f"BF{placed_id}")
        for line in lines:
            state.put(
                "order_product", {k: v for k, v in line.items() if k != "id"} | {"order": placed_id}
            )

    @rule(n=st.integers(0, 50), status=st.sampled_from(STATUSES))
    def order_moves_on(self, n: int, status: str) -> None:
        self.place.state.edit("order", self._one("order", n)["id"], status=status)

    @rule(n=st.integers(0, 50))
    def order_total_changes(self, n: int) -> None:
        order = self._one("order", n)
        self.totals[order["id"]] += 1
        self.place.state.edit("order", order["id"], priceIncl=order["priceIncl"] + 1)

    @rule(records=st.integers(1, 3), entity=st.sampled_from(["products", "orders", "pages"]))
    def clerk_refuses_some(self, records: int, entity: str) -> None:
        path = f"/v2/{entity}"
        fault = Fault("clerk", "soft_error", "POST", path, times=records, type="ParsingError")
        self.place.state.faults.add(fault)

    @rule(entity=st.sampled_from(["products", "orders", "pages"]))
    def answers_of_clerk_are_lost(self, entity: str) -> None:
        """What is sent arrives, and nobody is told so."""
        fault = Fault("clerk", "reset", "POST", f"/v2/{entity}", times=LOSSES)
        self.losses.append(self.place.state.faults.add(fault))

    @rule(side=st.sampled_from(["lightspeed", "clerk"]), calls=st.sampled_from([6, 40, 400]))
    def a_side_goes_out(self, side: str, calls: int) -> None:
        """For so many calls; it may answer again while a run still tries."""
        self.place.state.faults.add(Fault(side, "status", code=503, times=calls))

    @rule(entity=st.sampled_from(ENTITIES), share=st.integers(2, 4), change=st.booleans())
    def clerk_loses_or_changes_some(self, entity: str, share: int, change: bool) -> None:
        """Rows go or get other values, and nobody is told; a comparison that mends finds all."""
        rows = self.place.objects(entity)
        some = list(rows)[::share]
        if not some:
            return
        self.disturbed = True
        if change:
            field = "time" if entity == "orders" else "zip" if entity == "customers" else "url"
            value: Any = 1 if entity == "orders" else "https://x.example/"
            others = {key: {**rows[key], field: value} for key in some}
            clerk.overwrite(self.place.state, PUBLIC, entity, others)
        else:
            clerk.lose(self.place.state, PUBLIC, entity, some)

    @rule(
        path=st.sampled_from(["/catalog", "/orders", "/customers", "/products/count"]),
        code=st.sampled_from([403, 404, 405]),
    )
    def something_blocks_the_api(self, path: str, code: int) -> None:
        """A web page in front of Lightspeed, for a moment: no word of its own."""
        fault = Fault("lightspeed", "html", path=path, code=code, times=2)
        self.place.state.faults.add(fault)

    @rule(kind=st.sampled_from(["product", "customer", "order"]), n=st.integers(0, 2))
    def a_count_lies(self, kind: str, n: int) -> None:
        set_switches(self.place.state, lying_counts={kind: n})

    @rule(answer=st.sampled_from(["on", "403", "404", "405"]))
    def catalog_is_refused_or_open(self, answer: str) -> None:
        set_switches(self.place.state, catalog=answer)

    @rule(kept=st.sampled_from(["ignored", "kept", "products", "refused"]))
    def catalog_keeps_to_stamps_or_not(self, kept: str) -> None:
        set_switches(self.place.state, catalog_filters=kept)

    @rule(seconds=st.sampled_from([60, 400, 4_000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.sleep(seconds)

    # -- what people do ---------------------------------------------------------------------

    @rule(key=st.sampled_from(sorted(CHANGES)), n=st.integers(0, 5))
    def change_a_setting(self, key: str, n: int) -> None:
        values = CHANGES[key]
        before = self.place.desk.settings(self.place.store).version
        self.place.set(**{key: values[n % len(values)]})
        if self.place.desk.settings(self.place.store).version != before:
            self._moved()

    @rule()
    def preview(self) -> None:
        calls = len(self.place.state.calls())
        self.seen, self.stale = self.place.preview(), None
        assert self.place.preview()["fingerprint"] == self.seen["fingerprint"]
        assert len(self.place.state.calls()) == calls
        for counts in self.seen["entities"].values():
            if "read" in counts:
                names = ("create", "update", "unchanged", "skip")
                assert counts["read"] == sum(counts[name] for name in names)

    @rule()
    def run(self) -> None:
        """A new run, or the dead or waiting one of the store."""
        row = run.request(self.place.desk, self.place.store, "sync")
        self._drive(row.id)

    @rule()
    def run_what_was_previewed(self) -> None:
        seen = self.seen
        if seen is None or self._active() is not None:
            return
        row = run.request(self.place.desk, self.place.store, "sync", plan=seen["fingerprint"])
        done = self._drive(row.id)
        if done.state != "succeeded":
            return
        for entity, counts in seen["entities"].items():
            if "read" in counts and entity != "orders":
                booked = done.books[entity]
                assert {a: counts[a] for a in PLANNED} == {a: booked[b] for a, b in PLANNED.items()}

    @rule()
    def run_what_has_moved(self) -> None:
        if self._active() is not None or self.stale is None:
            return
        if self.place.preview()["fingerprint"] == self.stale:
            return
        with pytest.raises(StalePlan):
            self.place.run(plan=self.stale)

    @rule(nth=st.integers(1, 70), answered=st.booleans())
    def killed_in_a_run(self, nth: int, answered: bool) -> None:
        row = run.request(self.place.desk, self.place.store, "sync")
        try:
            with dying(nth, answered=answered):
                self._drive(row.id)
        except Killed:
            self.deaths += 1
            self.in_doubt = True
            assert self.place.desk.run(row.id).state == "running"

    @rule()
    def cancel(self) -> None:
        active = self._active()
        if active is None:
            return
        assert run.cancel(self.place.desk, active.id).state == "cancelled"

    @rule(n=st.integers(0, 99))
    def forget_somebody(self, n: int) -> None:
        """Whom the local copy knows; while a side is out it is not finished."""
        customer, desk = self._one("customer", n), self.place.desk
        try:
            told = forget.forget(desk, self.place.store, str(customer["id"]))
        except Refused:
            return
        self._moved()
        self.gone.add(customer["id"])
        self.in_doubt |= not told.finished

    @rule(yes=st.booleans())
    def approve_or_reject(self, yes: bool) -> None:
        held = self._held()
        if held is None:
            return
        if not yes:
            assert run.reject(self.place.desk, held.id).state == "rejected"
            return
        before = {entity: set(self.place.confirmed(entity)) for entity in ENTITIES}
        run.approve(self.place.desk, held.id)
        self._drive(held.id)
        gone = sum(len(before[e] - set(self.place.confirmed(e))) for e in ENTITIES)
        assert gone <= sum(hold["count"] for hold in held.holds) or not held.holds

    @rule()
    def retry(self) -> None:
        failed = self._failed()
        if failed is None:
            return
        row = run.request(self.place.desk, self.place.store, "sync", retry=failed.id)
        self._drive(row.id)

    # -- the laws ---------------------------------------------------------------------------

    @invariant()
    def clerk_has_what_the_ledger_says(self) -> None:
        """Apart from what it says is lost there, or in doubt: the next run sends that again."""
        if self.disturbed or self.place.desk.shops_forgetting():
            return
        for entity in ENTITIES:
            said, held = self.place.confirmed(entity), self.place.objects(entity)
            sure = said.keys() - self._doubted(entity)
            said, held = self._visible(said), self._visible(held)
            assert {key: held.get(key) for key in sure} == {key: said.get(key) for key in sure}
            assert self.in_doubt or held.keys() <= said.keys()

    @invariant()
    def what_is_filled_is_what_the_ledger_says(self) -> None:
        with opened_shop(self.place.desk, self.place.store) as shop:
            sql = (
                "SELECT entity, payload FROM ledger"
                " JOIN ledger_payload USING (store, entity, source) WHERE NOT hidden"
            )
            counted = {entity: Counter[str]() for entity in ENTITIES}
            for entity, payload in shop.mirror.stream(sql):
                counted[entity].update(filled_fields(payload))
            for entity, numbers in shop.ledger.filled.now().items():
                assert +counted.pop(entity) == +Counter(numbers)
            assert not any(counted.values())

    @invariant()
    def whoever_is_forgotten_is_nowhere(self) -> None:
        with opened_shop(self.place.desk, self.place.store) as shop:
            rows = shop.mirror.stream("SELECT id FROM customer UNION SELECT customer FROM orders")
            assert self.gone.isdisjoint(row[0] for row in rows)
        assert self.gone.isdisjoint(self.place.confirmed("customers"))
        if not self.place.desk.shops_forgetting():
            assert self.gone.isdisjoint(self.place.objects("customers"))
            orders = self.place.objects("orders").values()
            assert self.gone.isdisjoint(order.get("customer") for order in orders)

    @invariant()
    def books_balance(self) -> None:
        for row in self.place.desk.runs(self.place.store, limit=2):
            assert row.state in State
            assert (row.finished is not None) == (row.state in TERMINAL)
            if row.state in ("succeeded", "partial"):
                assert balanced(row.books)
                failed = sum(book["failed"] for book in row.books.values())
                assert not failed or row.state == "partial"

    @invariant()
    def no_window_is_exceeded(self) -> None:
        assert self.place.state.exceeded() == []

    @invariant()
    def lines_are_paid_for_once(self) -> None:
        """Refused ones, of a side that is out, brought nothing."""
        calls = self.place.state.calls(side="lightspeed")
        ids = [int(m[1]) for c in calls if c.status == 200 and (m := LINES.search(c.path))]
        again = sum(max(0, n - 1 - self.totals[oid]) for oid, n in Counter(ids).items())
        assert again <= IN_FLIGHT * self.deaths

    @invariant()
    def no_address_in_a_log(self) -> None:
        for row in self.place.desk.runs(self.place.store, limit=2):
            lines = [line["message"] for line in self.place.desk.run_log(row.id)]
            assert not EMAIL.search(" ".join([*lines, row.message or ""]))

    @invariant()
    def a_wait_says_what_for(self) -> None:
        for row in self.place.desk.runs(self.place.store, limit=2):
            assert (row.state == "waiting") == (row.until is not None)
            assert row.state == "waiting" or row.window is row.side is row.why is None
            assert not (row.window and row.side)

    @invariant()
    def what_was_superseded_lost_nothing(self) -> None:
        for row in self.place.desk.runs(self.place.store, limit=2):
            assert balanced(row.books) or row.state not in TERMINAL
            if row.ended is not None:
                assert row.state in ("cancelled", "rejected", "succeeded", "partial")

    # -- the end ----------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            self._settle()
        finally:
            self._stack.close()

    def _settle(self) -> None:
        """Left alone, the store comes to hold just what a new one would be sent that reads all."""
        self.place.state.faults.clear()
        set_switches(self.place.state, lying_counts={}, catalog="on")
        if self._active() is not None:
            self._to_the_end(self.place.store)
        forget.carry_on_all(self.place.desk)
        assert self.place.desk.shops_forgetting() == []
        done = self._to_the_end(self.place.store)
        if self._catalog_is_refused():
            # Filters and specifications, which only catalog has in bulk, come with the whole read
            # of the next day.
            self.clock.sleep(DAY)
            done = self._to_the_end(self.place.store)
            assert not self._catalog_is_refused()
        if self.disturbed:
            self._mended()
            done = self._to_the_end(self.place.store)
        assert done.state == "succeeded", (done.message, done.errors)
        public, private = "public-of-another-store", "private-of-another-store"
        clerk.add_store(self.place.state, public, private, "Other")
        other = self.place.desk.add_store(
            self.place.desk.shop("shop"),
            "Other",
            language="nl",
            public=public,
            private=private,
            api_url=self.place.sandbox.url,
        )
        values = self.place.desk.settings(self.place.store).settings
        run.change_settings(self.place.desk, other, values, note="")
        assert self._to_the_end(other, full=True).state == "succeeded"
        for entity in ("products", "customers", "pages"):
            fresh = clerk.objects(self.place.state, public, entity)
            assert self._visible(self.place.objects(entity)) == fresh
        orders, fresh = (
            self.place.objects("orders"),
            clerk.objects(self.place.state, public, "orders"),
        )
        assert {key: orders[key] for key in fresh} == fresh

    def _catalog_is_refused(self) -> bool:
        with opened_shop(self.place.desk, self.place.store) as shop:
            return bool(shop.mirror.fact(facts.CATALOG_REFUSED))

    def _mended(self) -> None:
        """What a sample may miss a comparison finds; what it finds in vain left the selection."""
        self.place.set(collect_emails="yes")
        self._to_the_end(self.place.store)
        desk = self.place.desk
        row = run.request(desk, self.place.store, "compare", mend=True)
        assert self.place.drive(row.id).state in ("succeeded", "partial")
        self._to_the_end(self.place.store)

    def _to_the_end(self, store: StoreRow, *, full: bool = False) -> RunRow:
        desk = self.place.desk
        row = run.request(desk, store, "sync", full=full)
        for _ in range(20):
            done = self.place.drive(row.id, wait=False)
            if done.state == "held":
                run.approve(desk, row.id)
            elif done.state in TERMINAL:
                return done
            self.clock.sleep(400)
        pytest.fail(f"run {row.id} does not end")

    # -- shared -----------------------------------------------------------------------------

    def _drive(self, run_id: int) -> RunRow:
        self._moved()
        losing = any(self.place.state.faults.applied(plan) < LOSSES for plan in self.losses)
        done = self.place.drive(run_id, wait=False)
        if done.state != "succeeded":
            self.in_doubt |= losing
        elif not done.options.get("only"):
            self.in_doubt = False
        return done

    def _moved(self) -> None:
        if self.seen is not None:
            self.seen, self.stale = None, self.seen["fingerprint"]

    def _active(self) -> RunRow | None:
        return self.place.desk.active_run(self.place.store)

    def _held(self) -> RunRow | None:
        rows = self.place.desk.runs(self.place.store, limit=1)
        return rows[0] if rows and rows[0].state == "held" else None

    def _failed(self) -> RunRow | None:
        """The last run if records failed in it."""
        rows = self.place.desk.runs(self.place.store, limit=1)
        failed = sum(book["failed"] for book in rows[0].books.values()) if rows else 0
        return rows[0] if failed else None

    def _doubted(self, entity: str) -> set[Any]:
        """Records that the ledger knows as lost, and while any may be, those that it doubts."""
        sql = (
            "SELECT key FROM ledger WHERE store = ? AND entity = ? AND hash = x''"
            f" AND (rev = {LOST} OR ?)"
        )
        with opened_shop(self.place.desk, self.place.store) as shop:
            mine = [self.place.store.id, entity, self.in_doubt]
            return {row[0] for row in shop.ledger.conn.execute(sql, mine)}

    @staticmethod
    def _visible(objects: dict[Any, Any]) -> dict[Any, Any]:
        """Without what is hidden, and without the mark that shows a product again."""
        shown = {key: value for key, value in objects.items() if value.get("index") is not False}
        return {k: {n: v for n, v in o.items() if n != "index"} for k, o in shown.items()}


def obeyed(tiny: Path, folder: Path, examples: int, steps: int, *, derandomize: bool) -> None:
    numbers = itertools.count()
    run_state_machine_as_test(
        lambda: Laws(tiny, folder / str(next(numbers))),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=derandomize,
            phases=(Phase.generate,),  # each example costs seconds: too much for shrinking
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_the_laws_hold(tiny: Path, tmp_path: Path):
    obeyed(tiny, tmp_path, 8, 12, derandomize=True)


@pytest.mark.soak
def test_the_laws_hold_for_long(tiny: Path, tmp_path: Path):
    obeyed(tiny, tmp_path, 300, 25, derandomize=False)
