"""Connecting a shop or one more store: all is stored or nothing."""

from __future__ import annotations

from sync import shapes
from sync.lightspeed import LightspeedError, Spent
from sync.mirror import facts
from sync.openshop import budget_of, lightspeed_client, opened_shop
from sync.setup.forms import (
    Form,
    FormError,
    failing,
    form_errors,
    free_clerk_keys,
    free_name,
    store_checks,
)
from sync.setup.trying import language_told, try_lightspeed
from sync.store import Desk, Refused, ShopRow, StoreRow, checked_language, clean_domain


def connect(desk: Desk, form: Form, who: str) -> ShopRow:
    """Make a shop with its API key and stores in one go, and queue each store's first refresh. The
    stores' schedules are paused: nothing is sent before a person has seen the preview.

    `form`: name, domain (may be empty), cluster, api_url (optional), key, secret, and stores: a
    list of name, language, public, private, api_url (optional). FormError with a line for each
    field that cannot be; then nothing is stored.
    """
    errors = form_errors(desk, form)
    if errors:
        raise FormError(errors)
    with desk.together():
        for row in form["stores"]:
            free_clerk_keys(desk, row)
        shop = desk.add_shop(
            form["name"],
            domain=form.get("domain", ""),
            cluster=form["cluster"],
            api_url=form.get("api_url"),
        )
        desk.add_key(shop, form["key"], form["secret"])
        desk.audit(who, "shop add", shop.slug)
        for row in form["stores"]:
            _add_store(desk, shop, row, who)
    return shop


def new_store(
    desk: Desk, shop: ShopRow, row: Form, who: str, *, schedule: bool = False
) -> StoreRow:
    """A store (name, language, public, private, api_url) whose keys no other store has. Its
    schedule is paused unless `schedule`: nothing is sent before a person has seen the preview."""
    with desk.together():
        free_clerk_keys(desk, row)
        return _stored(desk, shop, row, who, schedule=schedule)


def _stored(desk: Desk, shop: ShopRow, row: Form, who: str, *, schedule: bool) -> StoreRow:
    names = ("language", "public", "private")
    values = {name: row[name] for name in names}
    store = desk.add_store(shop, row["name"], **values, api_url=row.get("api_url"), who=who)
    store = store if schedule else desk.pause(store, True)
    desk.audit(who, "store add", store.slug)
    return store


def _add_store(desk: Desk, shop: ShopRow, row: Form, who: str) -> StoreRow:
    store = _stored(desk, shop, row, who, schedule=False)
    queued = desk.queue_run(store, "refresh", trigger="manual", who=who)
    desk.audit(who, "run refresh", store.slug, f"run {queued.id}")
    return store


def add_store(desk: Desk, shop: ShopRow, row: Form, who: str) -> StoreRow:
    """One more store of a shop (name, language, public, private, api_url), its first refresh
    queued. FormError with a line for each field that cannot be; then nothing is stored."""
    checks = [
        *store_checks(desk, row, ()),
        ("language", lambda: speaks(desk, shop, row["language"])),
    ]
    errors = failing(checks)
    if errors:
        raise FormError(errors)
    with desk.together():
        free_clerk_keys(desk, row)
        return _add_store(desk, shop, row, who)


def add_shop(
    desk: Desk, form: Form, key: str, secret: str, who: str, *, checked: bool = True
) -> ShopRow:
    """A shop (name, domain, cluster, api_url) with its first API key and no store yet, the key
    tried first unless not `checked`: KeysFailed, and nothing is stored."""
    free_name(desk, form["name"])
    clean_domain(form["domain"])
    if checked:
        try_lightspeed(
            cluster=form["cluster"],
            api_url=form["api_url"],
            key=key,
            secret=secret,
            clock=desk.clock,
        )
    with desk.together():
        shop = desk.add_shop(**form)
        desk.add_key(shop, key, secret)
        desk.audit(who, "shop add", shop.slug)
    return shop


def speaks(desk: Desk, shop: ShopRow, language: str) -> None:
    """UsageError if the shop does not have that language active, as far as that can be known: from
    the local copy, else from Lightspeed."""
    checked_language(language)
    known = _known_languages(desk, shop)
    if language in known:
        return
    active = _asked_languages(desk, shop) or known
    if active and language not in active:
        raise Refused("not_active", language=language, shop=shop.slug, active=", ".join(active))


def _known_languages(desk: Desk, shop: ShopRow) -> list[str]:
    stores = desk.stores(shop)
    if not stores:
        return []
    with opened_shop(desk, stores[0]) as room:
        return [row["code"] for row in room.mirror.fact(facts.LANGUAGES) if row["active"]]


def _asked_languages(desk: Desk, shop: ShopRow) -> list[str]:
    """What Lightspeed says now; nothing where it cannot be asked or may not tell."""
    if not desk.keys(shop):
        return []
    budget = budget_of(desk, shop)
    try:
        with lightspeed_client(desk, shop, budget, "nl", person=True, retries=0) as client:
            rows = client.check()["languages"] or []
            return [row["code"] for row in map(language_told, rows) if row["active"]]
    except (LightspeedError, Spent, shapes.ShapeError):
        return []
