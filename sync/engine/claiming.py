"""Taking a run out of the queue and putting it back; the caller holds the shop's lock."""

from __future__ import annotations

from collections.abc import Iterable

from sync.errors import Message
from sync.run import end
from sync.store import ACTIVE, AT_REST, SET_BACK, Desk, QueuedRun, RunRow, State

MOST_DEATHS = 5
_AT_REST = (State.WAITING, State.APPROVED)


def is_due(desk: Desk, run: RunRow | QueuedRun) -> bool:
    """Whether an active run can be advanced now."""
    if run.state is not State.WAITING:
        return run.state in ACTIVE
    now = desk.clock.now()
    began = run.wait_from
    set_back = began is not None and began - now > SET_BACK
    return run.cancel or run.until is None or now >= run.until or set_back


def one_probe(due: Iterable[QueuedRun]) -> list[QueuedRun]:
    """Of the runs that wait for a side only the first: what it finds is known to all of them."""
    found, asked = [], set()
    for run in due:
        waits = run.side is not None and run.state is State.WAITING and not run.cancel
        if waits and (run.side, run.host) in asked:
            continue
        if waits:
            asked.add((run.side, run.host))
        found.append(run)
    return found


def claim(desk: Desk, run_id: int) -> RunRow | None:
    """Take a run whose shop's lock the caller holds; None if it is not to be advanced. One that
    is `running` with its lock free died; after five deaths without progress it fails."""
    run = desk.run(run_id)
    now = desk.clock.now()
    if run.state not in ACTIVE:
        return None
    desk.requeue_dead(run.shop_id, but=run_id)
    if run.cancel:
        end(desk, run, State.CANCELLED)
        return None
    deaths = run.deaths + (run.state is State.RUNNING)
    if deaths >= MOST_DEATHS:
        _give_up(desk, run)
        return None
    if run.state is State.RUNNING:
        desk.log(run_id, "warning", run.phase, Message("log.died"))
    changes = {
        "state": State.RUNNING,
        "started": run.started or now,
        **AT_REST,
        "deaths": deaths,
        "waited": run.waited + _waited_just_now(run, now),
    }
    claimed = desk.change_state(run_id, [run.state], changes)
    if claimed is not None and run.state in _AT_REST:
        desk.log(run_id, "info", run.phase, Message("log.goes_on"))
    return claimed


def hand_back(desk: Desk, run_id: int) -> None:
    """Put a run at its checkpoint back into the queue, behind those of its rank."""
    desk.change_state(run_id, [State.RUNNING], {"state": State.QUEUED, "due": desk.clock.now()})


def _waited_just_now(run: RunRow, now: float) -> float:
    """Seconds that the run waited for a window, or was held."""
    if run.state not in _AT_REST or run.wait_from is None:
        return 0.0
    return max(0.0, now - run.wait_from)


def _give_up(desk: Desk, run: RunRow) -> None:
    message = Message("failed.died", times=MOST_DEATHS)
    end(desk, run, State.FAILED, message=message)
    desk.log(run.id, "error", run.phase, message)
