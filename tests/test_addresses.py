"""Customers' e-mail addresses: once they are not wanted any more, none leaves, whatever is on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import pytest

from sync import run
from sync.http import Http
from sync.sandbox.faults import Fault
from sync.sandbox.windows import Limits
from sync.store import RunRow
from tests.conftest import HastyClock, Place, placed
from tests.test_laws import Killed

ALL = {
    "collect_emails": "yes",
    "include_customers": "yes",
    "include_orders": "all",
    "include_out_of_stock": "yes",
    "accepted_order_statuses": "completed, completed_shipped, completed_picked_up, new, processing",
}


@pytest.fixture
def small(tiny: Path, tmp_path: Path) -> Iterator[Place]:
    with placed(tiny, tmp_path, clock=HastyClock()) as made:
        customer = made.state.all("customer")[0]
        made.state.edit("customer", customer["id"], firstname=customer["email"], lastname="")
        made.set(**ALL)
        yield made


def addresses(place: Place) -> set[str]:
    found = {row["email"] for row in place.state.all("customer")}
    found |= {row["email"] for row in place.state.all("order")}
    return {address.casefold() for address in found if address}


class Wire:
    """What goes to Clerk.io, and what happens before the request of that number."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.before: dict[int, Callable[[], object]] = {}

    @contextmanager
    def tapped(self) -> Iterator[Wire]:
        send = Http.send

        def tap(http: Http, method: str, path: str, **more: Any) -> Any:
            body, params = more.get("json") or b"", more.get("params") or {}
            if b"private_key" in body or "private_key" in params:
                self.before.get(len(self.sent), lambda: None)()
                self.sent.append(
                    f"{method} {body.decode()} {orjson.dumps(params).decode()}".casefold()
                )
            return send(http, method, path, **more)

        with patch.object(Http, "send", tap):
            yield self

    def told(self, place: Place, since: int = 0) -> set[str]:
        sent = " ".join(self.sent[since:])
        return {address for address in addresses(place) if address in sent}


def off(place: Place) -> None:
    place.set(collect_emails="no")


def settled(place: Place, wire: Wire, since: int) -> None:
    """Nothing more is told, and what Clerk.io has in the end is what a new store would get."""
    assert place.run().state == "succeeded"
    assert not wire.told(place, since)
    for entity in ("orders", "customers"):
        objects = place.objects(entity)
        assert objects
        assert not any("email" in each for each in objects.values())
        assert place.confirmed(entity) == objects
    sent = len(wire.sent)
    assert place.run().state == "succeeded"
    assert all(each.startswith("get") for each in wire.sent[sent:])


def test_addresses_do_leave_while_they_are_wanted(small: Place):
    with Wire().tapped() as wire:
        assert small.run().state == "succeeded"
    assert len(wire.told(small)) > 5


@pytest.mark.parametrize("moment", range(1, 11))
@pytest.mark.parametrize("lost", [False, True])
def test_switched_off_before_any_request(
    small: Place, moment: int, lost: bool, monkeypatch: pytest.MonkeyPatch
):
    """In one process, from one request to the next, retries included."""
    monkeypatch.setattr("sync.clerk.client.WRITE_OBJECTS", 6)
    wire = Wire()
    # The tap looks before the request is on its way, but the sender had looked before that.
    wire.before[moment - 1] = lambda: off(small)
    if lost:
        for entity in ("customers", "orders"):
            small.state.faults.add(Fault("clerk", "reset", "POST", f"/v2/{entity}", times=2))
    with wire.tapped():
        small.run()
        assert not wire.told(small, moment)
        settled(small, wire, moment)


def killed_at_clerk(place: Place, row: RunRow, nth: int) -> None:
    with pytest.raises(Killed), dying_at_post(nth):
        place.drive(row.id)


@contextmanager
def dying_at_post(nth: int) -> Iterator[None]:
    posts, send = itertools.count(1), Http.send

    def counted(http: Http, method: str, *args: Any, **more: Any) -> Any:
        answer = send(http, method, *args, **more)
        if method == "POST" and next(posts) == nth:
            raise Killed
        return answer

    with patch.object(Http, "send", counted):
        yield


@pytest.mark.parametrize("nth", range(1, 6))
@pytest.mark.parametrize("again", ["itself", "asked for"])
def test_switched_off_between_two_lives_of_a_run(
    small: Place, nth: int, again: str, monkeypatch: pytest.MonkeyPatch
):
    """What died with its answer may be at Clerk.io with its address: it is neither asked for by it
    nor left there."""
    monkeypatch.setattr("sync.clerk.client.WRITE_OBJECTS", 6)
    row = run.request(small.desk, small.store, "sync")
    killed_at_clerk(small, row, nth)
    off(small)
    with Wire().tapped() as wire:
        if again == "itself":
            small.drive(row.id)
        settled(small, wire, 0)


def test_switched_off_while_held_and_then_approved(small: Place):
    small.run()
    for customer in small.state.all("customer")[:5]:
        small.state.edit("customer", customer["id"], lastname="Other")
    for order in small.state.all("order"):
        small.state.edit("order", order["id"], priceIncl=order["priceIncl"] + 1)
    small.set(removal_limit_min="1", removal_limit_percent="0")
    small.state.edit("product", min(small.objects("products")), isVisible=False)
    held = small.run()
    assert held.state == "held"
    off(small)
    with Wire().tapped() as wire:
        run.approve(small.desk, held.id)
        assert small.drive(held.id).state == "succeeded"
        settled(small, wire, 0)


def test_switched_off_before_a_plan_is_sent(small: Place):
    small.run("refresh")
    plan = small.preview()["fingerprint"]
    row = run.request(small.desk, small.store, "sync", plan=plan)
    off(small)
    with Wire().tapped() as wire:
        assert small.drive(row.id).state == "succeeded"
        settled(small, wire, 0)


def test_switched_off_while_a_run_waits_for_order_lines(tiny: Path, tmp_path: Path):
    with placed(tiny, tmp_path, Limits(five_minutes=26), HastyClock()) as small:
        small.set(**ALL)
        row = run.request(small.desk, small.store, "sync")
        assert any(stood(small, row.id) == ("waiting", "lines") for _ in range(8))
        off(small)
        with Wire().tapped() as wire:
            assert [stood(small, row.id)[0] for _ in range(8)][-1] == "succeeded"
            assert wire.sent
            assert not wire.told(small)


def stood(place: Place, run_id: int) -> tuple[str, str]:
    """How a run stands after it went as far as it can now; then some minutes pass."""
    row = place.drive(run_id, wait=False)
    place.desk.clock.sleep(400)
    return row.state, row.phase


def test_a_store_that_never_wanted_addresses_tells_none(small: Place):
    off(small)
    with Wire().tapped() as wire:
        settled(small, wire, 0)


def test_what_was_not_answered_is_not_asked_for_by_its_address(small: Place):
    small.state.faults.add(Fault("clerk", "reset", "POST", "/v2/customers"))
    assert small.run().state == "failed"
    small.state.faults.clear()
    off(small)
    with Wire().tapped() as wire:
        settled(small, wire, 0)
