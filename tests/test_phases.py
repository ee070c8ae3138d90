"""A run's phases: in which one it stands when it ends, and how long it worked in each."""

from __future__ import annotations

import pytest

from sync import run
from sync.sandbox.faults import Fault
from tests.conftest import Place


@pytest.mark.after("sync")
@pytest.mark.parametrize("note", ["", "they are sold out"])
@pytest.mark.parametrize("decide", ["approve", "reject", "neither"])
def test_what_a_run_waits_for_a_person_is_no_phase_s_time(
    hasty_place: Place, decide: str, note: str
):
    place = hasty_place
    place.set(removal_limit_min="1", removal_limit_percent="0", import_orders="no")
    place.state.edit("product", min(place.objects("products")), isVisible=False)
    held = place.run()
    before = run.phase_times(place.desk, held)
    place.desk.clock.sleep(3000)
    if decide == "reject":
        run.reject(place.desk, held.id, note=note)
    if decide == "approve":
        run.approve(place.desk, held.id, note=note)
        place.desk.clock.sleep(500)  # until somebody takes it up
        assert place.drive(held.id).state == "succeeded"
    after = run.phase_times(place.desk, place.desk.run(held.id))
    assert before["plan"] <= after["plan"] < before["plan"] + 60
    assert sum(after.values()) < 120


def test_what_a_run_waits_for_a_window_is_no_phase_s_time(hasty_place: Place):
    """Several waits of an hour each, also the one it is in."""
    place = hasty_place
    row = run.request(place.desk, place.store, "sync")
    for _ in range(3):
        place.state.faults.add(Fault("lightspeed", "too_many", retry_after="seconds", seconds=3600))
        row = place.drive(row.id, wait=False)
        assert row.state == "waiting"
        place.state.faults.clear()
        place.desk.clock.sleep(4000)
    assert sum(run.phase_times(place.desk, row).values()) < 120
    done = place.drive(row.id)
    assert done.state == "succeeded"
    assert done.waited > 11_000
    assert sum(run.phase_times(place.desk, done).values()) < 120


REFUSED = {
    "asking": Fault("clerk", "soft_error", "GET", type="AuthenticationError"),
    "products": Fault("clerk", "soft_error", "POST", "products", type="AuthenticationError"),
    "removals": Fault("clerk", "soft_error", "DELETE", type="AuthenticationError"),
    "lines": Fault("clerk", "soft_error", "POST", "orders", type="AuthenticationError"),
    "verify": Fault("clerk", "soft_error", "GET", type="AuthenticationError"),
}


@pytest.mark.parametrize("phase", [*REFUSED])
def test_a_run_that_is_refused_stands_in_the_phase_that_asked(place: Place, phase: str):
    """The first request of a phase is made in that phase: of the mark, and in the log."""
    if phase in ("removals", "lines", "verify"):
        assert place.run().state == "succeeded"
    if phase == "removals":
        place.set(removal_limit_percent="100")
        place.state.edit("product", min(place.objects("products")), isVisible=False)
    place.state.faults.add(REFUSED[phase])
    done = place.run(**({"resend": "orders"} if phase == "lines" else {}))
    assert done.state == "failed"
    stopped = [each.phase for each in run.phases(done) if each.state == "stopped"]
    assert stopped == [phase]
    assert place.desk.run_log(done.id)[-1]["phase"] == phase


def test_a_run_without_a_log_has_no_times(place: Place):
    """One that waits for its turn, and one of which the log was forgotten."""
    row = run.request(place.desk, place.store, "refresh")
    assert run.phase_times(place.desk, row) == {}
    done = place.drive(row.id)
    place.desk.forget_logs([done.id])
    assert run.phase_times(place.desk, done) == {}
