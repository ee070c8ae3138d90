"""What people ask of runs: start, approve, reject, cancel; and saving settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from sync.entities import ENTITIES
from sync.errors import Message
from sync.ledger import failures
from sync.openshop import opened_shop
from sync.plan import build
from sync.run.answers import StalePlan
from sync.run.chosen import parse_only, refuse_unknown
from sync.run.endings import closed, end, superseded
from sync.run.wrong import still_failing
from sync.settings import Changes, Settings, applied, refuse_future
from sync.store import (
    ACTIVE,
    TERMINAL,
    Desk,
    Refused,
    RunActive,
    RunRow,
    SettingsVersion,
    State,
    StoreRow,
    UsageError,
    shop_lock,
    worker_alive,
)

_NO_WORK: Final = ("approved", "retry")  # options of a run that say how it came about

ALL = "all"
_APART: Final = (  # an option, what does not go with it, and how that is told
    ("plan", {"full", "only", "retry"}, "plan_alone"),
    ("retry", {"only"}, "only_or_retry"),
    ("resend", {"plan", "retry", "compare"}, "resend_with"),
    ("compare", {"plan", "full", "only", "retry"}, "compare_alone"),
)


def request(
    desk: Desk,
    store: StoreRow,
    kind: str,
    *,
    trigger: str = "manual",
    full: bool = False,
    plan: str | None = None,
    only: Iterable[str] | None = None,
    retry: int | None = None,
    resend: str | None = None,
    mend: bool = False,
    record: bool = False,
) -> RunRow:
    """Queue a run. `resend` names the entity, or `all`, that is sent again whatever the ledger
    says; `mend` lets a comparison send what differs; `record` keeps each call of the run. The run
    that is already to do just that is given back instead, to be gone on with under its id. One that
    nobody works on and that is to do something else ends in favour of the new one, and so does any
    that waits in its line phase: the new one goes on with its lines. RunActive if somebody works on
    the store's run, UsageError for a bad subset, a stale plan or options that contradict each
    other."""
    chosen = {"full": full, "only": only, "retry": retry, "plan": plan, "resend": resend}
    _refuse_apart({**chosen, "compare": kind == "compare", "mend": mend})
    options = _options(desk, store, full=full, only=only, retry=retry)
    options |= _resending(resend, options) | ({"mend": True} if mend else {})
    options |= {"record": True} if record else {}
    active = desk.active_run(store)
    if active is not None and _is_same(desk, store, active, (kind, options, plan)):
        if _in_hands(desk, active):
            raise RunActive(active.id)
        return active
    if plan is not None:
        _refuse_stale(desk, store, plan)
    asked = {
        "trigger": "retry" if retry is not None else trigger,
        "options": options,
        "plan": plan,
    }
    return queue_instead(desk, store, active, kind, **asked)


def work_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a run that shape its work: all but those that say how it came about."""
    return {key: value for key, value in options.items() if key not in _NO_WORK}


def _is_same(
    desk: Desk, store: StoreRow, active: RunRow, asked: tuple[str, Mapping[str, Any], str | None]
) -> bool:
    """Whether the active run does what is asked now, so that it can be gone on with."""
    kind, options, plan = asked
    if _waits_for_lines(active):
        return False
    version = desk.settings(store).version
    mine = (active.kind, work_of(active.options), active.plan, active.settings_version)
    return mine == (kind, work_of(options), plan, version)


def queue_instead(
    desk: Desk, store: StoreRow, active: RunRow | None, kind: str, **asked: Any
) -> RunRow:
    """Queue a run in the place of the store's active one, and a sync in that of a held one: they
    end as superseded. RunActive if somebody works on the active one. `asked` goes to
    `Desk.queue_run`."""
    leaving = [] if active is None else [active]
    leaving += desk.held_runs(store) if kind == "sync" else []
    with _left_alone(desk, active):
        endings = [superseded(desk, run) for run in leaving]
        queued = desk.queue_run(store, kind, **asked, instead_of=endings)
        for run in leaving:
            closed(desk, run.id, by=queued.id)
    return queued


@contextmanager
def _left_alone(desk: Desk, run: RunRow | None) -> Iterator[None]:
    """While this lasts nobody can take up the run; RunActive if somebody works on it, or is about
    to. One that waits needs no lock: who takes it up changes its state, and its row tells."""
    if run is None or run.state is State.WAITING:
        yield
        return
    if run.state is not State.RUNNING and worker_alive(desk.data_dir):
        raise RunActive(run.id)
    with shop_lock(desk.data_dir, desk.shop_by_id(run.shop_id).slug) as free:
        if not free:
            raise RunActive(run.id)
        yield


def _waits_for_lines(run: RunRow) -> bool:
    return run.state is State.WAITING and (run.phase, run.kind) == ("lines", "sync")


def _in_hands(desk: Desk, run: RunRow) -> bool:
    """Whether somebody works on the run, as far as that can be known: the shop's OS lock is the
    only proof of life."""
    if run.state is State.WAITING:
        return False
    with shop_lock(desk.data_dir, desk.shop_by_id(run.shop_id).slug) as free:
        return not free


def _options(
    desk: Desk,
    store: StoreRow,
    *,
    full: bool,
    only: Iterable[str] | None,
    retry: int | None,
) -> dict[str, Any]:
    options: dict[str, Any] = {"full": True} if full else {}
    if only is not None:
        options["only"] = parse_only(only)
        refuse_unknown(desk, store, options["only"])
    if retry is not None:
        options["only"] = _failed_in(desk, store, retry)
        options["retry"] = retry
    return options


def _refuse_apart(options: Mapping[str, Any]) -> None:
    """Refuse options of which one would do nothing beside another."""
    given = {name for name, value in options.items() if value is not None and value is not False}
    for name, others, code in _APART:
        if name in given and given & others:
            raise Refused(code)
    if "mend" in given and "compare" not in given:
        raise Refused("mend_with")


def _resending(resend: str | None, options: Mapping[str, Any]) -> dict[str, list[str]]:
    """The entities that are sent again; with chosen records those of the records."""
    if resend is None:
        return {}
    if resend not in (ALL, *ENTITIES):
        raise Refused("resend", entity=resend, entities=", ".join(ENTITIES))
    chosen = options.get("only", {resend})
    if resend != ALL and resend not in chosen:
        raise Refused("resend_only", entity=resend, chosen=", ".join(chosen))
    return {"resend": list(ENTITIES) if resend == ALL else [resend]}


def _failed_in(desk: Desk, store: StoreRow, run_id: int) -> dict[str, list[int | str]]:
    run = desk.run(run_id)
    if run.store_id != store.id:
        raise Refused("other_stores_run", run=run_id, store=store.slug)
    chosen = still_failing(desk, run)
    if not chosen:
        raise Refused("all_mended" if failures(run.books) else "nothing_failed", run=run_id)
    return chosen


def _refuse_stale(desk: Desk, store: StoreRow, fingerprint: str) -> None:
    with opened_shop(desk, store) as shop:
        now = build(shop.plan_inputs(desk.settings(store).settings)).fingerprint
    if now != fingerprint:
        raise StalePlan


def approve(desk: Desk, run_id: int, *, note: str = "") -> RunRow:
    """Let a held run go on: it plans again and removes nothing beyond its list. Another run of the
    store that nobody works on makes way for it; RunActive if somebody does."""
    run = _theirs(desk, "approve", run_id)
    changes = {
        "state": State.APPROVED,
        "due": desk.clock.now(),
        "options": {**run.options, "approved": True},
    }
    if run.state is State.HELD:
        _make_way(desk, desk.active_run(desk.store_by_id(run.store_id)), by=run_id)
    approved = desk.change_state(run_id, [State.HELD], changes)
    desk.log(run_id, "info", run.phase, _decided(desk, "approved", note))
    desk.audit("approve", f"run {run_id}", after={"note": note} if note else None)
    return approved


def _theirs(desk: Desk, action: str, run_id: int) -> RunRow:
    """The run; Forbidden unless that action is the person's to do to its store."""
    run = desk.run(run_id)
    desk.must(action, desk.store_by_id(run.store_id))
    return run


def _make_way(desk: Desk, active: RunRow | None, *, by: int) -> None:
    if active is None:
        return
    with _left_alone(desk, active):
        desk.end_run(superseded(desk, active))
        closed(desk, active.id, by=by)


def reject(desk: Desk, run_id: int, *, note: str = "") -> RunRow:
    """End a held run without a write."""
    run = _theirs(desk, "reject", run_id)
    if run.state is not State.HELD:
        raise Refused("run_state", run=run_id, state=Message(f"state.{run.state}"))
    rejected = end(desk, run, State.REJECTED, message=note or None)
    desk.log(run_id, "info", rejected.phase, _decided(desk, "rejected", note))
    desk.audit("reject", f"run {run_id}", after={"note": note} if note else None)
    return rejected


def cancel(desk: Desk, run_id: int) -> RunRow:
    """End a run: at its next checkpoint if somebody works on it, at once if nobody does."""
    _theirs(desk, "cancel", run_id)
    run = desk.change_state(run_id, [*ACTIVE, State.HELD], {"cancel": True})
    desk.audit("cancel", f"run {run_id}")
    if run.state in (State.WAITING, State.HELD):
        return _cancelled(desk, run)
    with shop_lock(desk.data_dir, desk.shop_by_id(run.shop_id).slug) as free:
        return _cancelled(desk, desk.run(run_id)) if free else desk.run(run_id)


def _cancelled(desk: Desk, run: RunRow) -> RunRow:
    """The run, ended; as it is if it went on or ended in this very moment."""
    if run.state not in TERMINAL:
        with suppress(UsageError):
            run = end(desk, run, State.CANCELLED)
            desk.log(run.id, "info", run.phase, Message("log.cancelled_by", who=desk.person.name))
    return desk.run(run.id)


def _decided(desk: Desk, what: str, note: str) -> Message:
    noted = {"note": note} if note else {}
    return Message(f"log.{what}{'_noted' if note else ''}", who=desk.person.name, **noted)


def change_settings(
    desk: Desk,
    store: StoreRow,
    settings: Settings | Callable[[Settings], Settings],
    *,
    note: str,
) -> SettingsVersion:
    """Save a new settings version; a function makes them from the newest one. UsageError where
    order_id would change after an order of the store was sent, or while a run may send one: its
    orders would count twice in Clerk.io."""

    def wanted(current: SettingsVersion) -> Settings:
        chosen = settings if isinstance(settings, Settings) else settings(current.settings)
        refuse_future(current.settings, chosen)
        _refuse_other_order_id(desk, store, current.settings, chosen)
        return chosen

    return desk.save_settings(store, wanted, note=note)


def save_changes(desk: Desk, store: StoreRow, changes: Changes, *, note: str) -> SettingsVersion:
    """Save changes made to settings that were seen: what others saved since then stays, and
    UsageError says so where they saved another value of one of these. Else as
    `change_settings`."""

    def wanted(newest: Settings) -> Settings:
        together, conflicts = applied(changes, newest)
        if conflicts:
            current, now = desk.settings(store), newest.values()
            said = ", ".join(f"{key}={now[key]}" for key in conflicts)
            by = {"version": current.version, "who": current.who}
            raise Refused("settings_conflict", changed=said, **by)
        return together

    return change_settings(desk, store, wanted, note=note)


def _refuse_other_order_id(desk: Desk, store: StoreRow, now: Settings, wanted: Settings) -> None:
    if wanted.order_id == now.order_id:
        return
    if active := desk.unended_run(store):
        raise Refused("order_id_run", run=active)
    with opened_shop(desk, store) as shop:
        held = shop.ledger.order_id()
    if held not in (None, wanted.order_id):
        raise Refused("order_id")


def fixed_settings(desk: Desk, store: StoreRow) -> frozenset[str]:
    """The settings that cannot be changed now: order_id, once an order was sent under it."""
    order_id = desk.settings(store).settings.order_id
    with opened_shop(desk, store) as shop:
        return frozenset({"order_id"} if shop.ledger.order_id() == order_id else ())


def remove_store(desk: Desk, store: StoreRow) -> None:
    """Forget a store, its runs and its ledger; nothing changes in Clerk.io."""
    desk.still_there(store)
    with shop_lock(desk.data_dir, desk.shop_by_id(store.shop_id).slug) as free:
        if not free:
            raise Refused("store_busy", store=store.slug)
        with opened_shop(desk, store) as shop:
            shop.ledger.drop()
        desk.remove_store(store)
