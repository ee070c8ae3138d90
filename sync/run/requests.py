"""What people ask of runs: start, approve, reject, cancel; and saving settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sync import storefront
from sync.ledger import ENTITIES
from sync.lightspeed import KeyRefused, LightspeedError, NoPermission, Spent
from sync.plan import build
from sync.run.answers import StalePlan
from sync.settings import Settings
from sync.store import (
    Desk,
    KeyRow,
    Refused,
    RunActive,
    RunRow,
    SettingsVersion,
    ShopRow,
    StoreRow,
    UsageError,
    shop_lock,
)
from sync.workshop import budget_of, lightspeed_client, opened_shop

ALL = "all"


def request(
    desk: Desk,
    store: StoreRow,
    kind: str,
    *,
    who: str,
    trigger: str = "manual",
    full: bool = False,
    plan: str | None = None,
    only: Iterable[str] | None = None,
    retry: int | None = None,
    resend: str | None = None,
    mend: bool = False,
) -> RunRow:
    """Queue a run. `resend` names the entity, or `all`, that is sent again whatever the ledger
    says; `mend` lets a comparison send what differs. A plain request gets the store's dead or
    waiting run back, to be resumed under its id; one that waits in its line phase is ended
    instead, and the new run goes on with its lines. RunActive if another run is on, UsageError for
    a bad subset or a stale plan."""
    options = _options(desk, store, full=full, only=only, retry=retry)
    options |= _resending(resend, options, plan) | ({"mend": True} if mend else {})
    active = desk.active_run(store)
    if active is not None:
        resumed = _active(
            desk,
            store,
            active,
            kind,
            plain=plan is None and not options.keys() & {"only", "resend"},
        )
        if resumed is not None:
            return resumed
    if plan is not None:
        _refuse_stale(desk, store, plan)
    queued = desk.queue_run(
        store,
        kind,
        trigger="retry" if retry is not None else trigger,
        who=who,
        options=options,
        plan=plan,
    )
    desk.audit(who, f"run {kind}", store.slug, f"run {queued.id}")
    return queued


def _active(
    desk: Desk, store: StoreRow, active: RunRow, kind: str, *, plain: bool
) -> RunRow | None:
    """The active run if it is to be resumed, None if it has made way; else RunActive."""
    if active.state == "waiting" and active.phase == "lines" and kind == "sync":
        if take_over(desk, active.id):
            return None
        raise RunActive(active.id)
    if not plain or not _is_idle(desk, store):
        raise RunActive(active.id)
    return active


def take_over(desk: Desk, run_id: int) -> bool:
    """End a run that waits in its line phase; what is missing stays in `lines_missing`. False if
    it went on in the meantime."""
    ended = {"state": "succeeded", "finished": desk.clock.now(), "until": None, "window": None}
    try:
        desk.change_state(run_id, ["waiting"], {**ended, "message": "a newer run took over"})
    except UsageError:
        return False
    return True


def _is_idle(desk: Desk, store: StoreRow) -> bool:
    """Whether nobody works on the shop: its OS lock is the only proof of life."""
    with shop_lock(desk.data_dir, desk.shop_by_id(store.shop_id).slug) as free:
        return free


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
    if retry is not None:
        options["only"] = _failed_in(desk, store, retry)
        options["retry"] = retry
    return options


def _resending(
    resend: str | None, options: Mapping[str, Any], plan: str | None
) -> dict[str, list[str]]:
    """The entities that are sent again; with chosen records those of the records."""
    if resend is None:
        return {}
    if plan is not None or "retry" in options:
        raise Refused("resend_alone")
    if resend not in (ALL, *ENTITIES):
        raise Refused("resend", entity=resend, entities=", ".join(ENTITIES))
    return {"resend": list(ENTITIES) if resend == ALL else [resend]}


def parse_only(items: Iterable[str]) -> dict[str, list[int | str]]:
    """`products:1,2` → {"products": [1, 2]}; UsageError for anything else."""
    chosen: dict[str, list[int | str]] = {}
    for item in items:
        entity, colon, ids = item.partition(":")
        values = [value.strip() for value in ids.split(",") if value.strip()]
        if entity not in ENTITIES or not colon or not values:
            raise Refused("only", item=item, entities=", ".join(ENTITIES))
        if entity not in ("pages", "orders") and not all(value.isdigit() for value in values):
            raise Refused("only_ids", item=item, entity=entity)
        for value in values:
            chosen.setdefault(entity, []).extend(_named(entity, value))
    return chosen


def _named(entity: str, value: str) -> list[int | str]:
    """An id as the mirror has it; of an order also its number."""
    if entity == "pages":
        return [value]
    number: list[int | str] = [int(value)] if value.isdigit() and len(value) < 19 else []
    return [*number, value] if entity == "orders" else number


def _failed_in(desk: Desk, store: StoreRow, run_id: int) -> dict[str, list[int | str]]:
    run = desk.run(run_id)
    if run.store_id != store.id:
        raise Refused("other_stores_run", run=run_id, store=store.slug)
    chosen: dict[str, list[int | str]] = {}
    with opened_shop(desk, store) as shop:
        for outcome in shop.journal(run_id).outcomes("failed"):
            chosen.setdefault(outcome["entity"], []).append(outcome["id"])
    if not chosen:
        raise Refused("nothing_failed", run=run_id)
    return chosen


def _refuse_stale(desk: Desk, store: StoreRow, fingerprint: str) -> None:
    with opened_shop(desk, store) as shop:
        now = build(shop.case(desk.settings(store).settings)).fingerprint
    if now != fingerprint:
        raise StalePlan


def approve(desk: Desk, run_id: int, *, who: str, note: str = "") -> RunRow:
    """Let a held run go on: it plans again and removes nothing beyond its list."""
    run = desk.run(run_id)
    changes = {
        "state": "approved",
        "due": desk.clock.now(),
        "options": {**run.options, "approved": True},
    }
    approved = desk.change_state(run_id, ["held"], changes)
    desk.log(run_id, "info", run.phase, f"approved by {who}{_why(note)}")
    desk.audit(who, "approve", f"run {run_id}", note)
    return approved


def reject(desk: Desk, run_id: int, *, who: str, note: str = "") -> RunRow:
    """End a held run without a write."""
    ended = {"state": "rejected", "finished": desk.clock.now(), "message": note or None}
    rejected = desk.change_state(run_id, ["held"], ended)
    desk.log(run_id, "info", rejected.phase, f"rejected by {who}{_why(note)}")
    desk.audit(who, "reject", f"run {run_id}", note)
    return rejected


def cancel(desk: Desk, run_id: int, *, who: str) -> RunRow:
    """End a run: at its next checkpoint if somebody works on it, at once if nobody does."""
    run = desk.change_state(
        run_id, ["queued", "running", "waiting", "approved", "held"], {"cancel": True}
    )
    desk.audit(who, "cancel", f"run {run_id}")
    shop = desk.shop_by_id(run.shop_id)
    with shop_lock(desk.data_dir, shop.slug) as free:
        if free:
            ended = {"state": "cancelled", "finished": desk.clock.now(), "until": None}
            run = desk.change_state(run_id, [run.state], {**ended, "window": None, "why": None})
            desk.log(run_id, "info", run.phase, f"cancelled by {who}")
    return desk.run(run_id)


def _why(note: str) -> str:
    return f": {note}" if note else ""


def change_settings(
    desk: Desk, store: StoreRow, settings: Settings, *, who: str, note: str
) -> SettingsVersion:
    """Save a new settings version. UsageError where order_id would change after an order of the
    store was confirmed: its orders would count twice in Clerk.io."""
    current = desk.settings(store).settings
    if settings.order_id != current.order_id and "order_id" in fixed_settings(desk, store):
        raise Refused("order_id")
    saved = desk.save_settings(store, settings, who=who, note=note)
    desk.audit(who, "settings", store.slug, f"version {saved.version}")
    return saved


def fixed_settings(desk: Desk, store: StoreRow) -> frozenset[str]:
    """The settings that can no longer be changed: order_id, once an order was confirmed."""
    with opened_shop(desk, store) as shop:
        return frozenset({"order_id"} if shop.ledger.count("orders") else ())


def remove_store(desk: Desk, store: StoreRow) -> None:
    """Forget a store, its runs and its ledger; nothing changes in Clerk.io."""
    desk.still_there(store)
    with shop_lock(desk.data_dir, desk.shop_by_id(store.shop_id).slug) as free:
        if not free:
            raise Refused("store_busy", store=store.slug)
        with opened_shop(desk, store) as shop:
            shop.ledger.drop()
        desk.remove_store(store)


def check_shop(desk: Desk, shop: ShopRow) -> dict[str, Any]:
    """What Lightspeed says of the shop's keys: account (without the key it repeats), permissions,
    shop, languages, cluster, language, budget; keys ({"id", "refused": text or None, None too where
    it could not be asked now}); and what the storefront says (`storefront.ask`). Raises the
    one-line error of what is wrong, Spent where no call may be made now."""
    stores = desk.stores(shop)
    language = stores[0].language if stores else "nl"
    budget = budget_of(desk, shop)
    keys = _checked_keys(desk, shop, language)
    client = lightspeed_client(desk, shop, budget, language, person=True)
    try:
        found = client.check()
    except NoPermission as error:
        raise Refused("check_rights", why=error) from error
    finally:
        client.close()
    account = {name: value for name, value in found["account"].items() if name != "apiKey"}
    asked = storefront.ask(desk, shop)
    return {
        **found,
        "account": account,
        "budget": budget.windows(),
        "keys": keys,
        "storefront": asked,
    }


def _checked_keys(desk: Desk, shop: ShopRow, language: str) -> list[dict[str, Any]]:
    """Each of several keys by itself: one that is refused hides behind the others."""
    rows = desk.keys(shop)
    if len(rows) < 2:
        return [{"id": row.id, "refused": None} for row in rows]
    return [{"id": row.id, "refused": _refusal(desk, shop, row, language)} for row in rows]


def _refusal(desk: Desk, shop: ShopRow, row: KeyRow, language: str) -> str | None:
    budget = budget_of(desk, shop, keys=[row])
    with lightspeed_client(desk, shop, budget, language, person=True, keys=[row]) as client:
        try:
            client.get("account")
        except KeyRefused as error:
            budget.refuse(row.id)
            return str(error)
        except (LightspeedError, Spent):
            return None
    return None
