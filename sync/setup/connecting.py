"""Connecting a shop or one more store: all is stored or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sync import shapes
from sync.budget import Spent
from sync.lightspeed import LightspeedError
from sync.mirror import facts
from sync.openshop import budget_of, lightspeed_client, opened_shop
from sync.setup.checking import check_of
from sync.setup.forms import (
    Form,
    FormError,
    failing,
    form_errors,
    free_clerk_keys,
    free_name,
    store_checks,
)
from sync.setup.trying import language_told, try_clerk, try_lightspeed
from sync.store import (
    Desk,
    KeyCheck,
    Refused,
    ShopRow,
    StoreRow,
    UsageError,
    checked_language,
    clean_domain,
)


def connect(desk: Desk, form: Form, answers: Mapping[str, Any] | None = None) -> ShopRow:
    """Make a shop with its API key and stores in one go, and queue each store's first refresh. The
    stores' schedules are paused: nothing is sent before a person has seen the preview.

    `form`: name, domain (may be empty), cluster, api_url (optional), key, secret, and stores: a
    list of name, language, public, private, api_url (optional); `answers`: what Lightspeed said of
    the key (`try_lightspeed`). Clerk.io is asked for each store's keys. FormError with a line for
    each field that cannot be; then nothing is stored.
    """
    desk.must("shop add")
    errors = form_errors(desk, form)
    bad = {int(field.split(".")[1]) for field in errors if field.startswith("stores.")}
    checks = {}
    for n, row in enumerate(form["stores"]):
        if n not in bad:
            with _blamed(errors, f"stores.{n}.private"):
                checks[n] = _tried(desk, row)
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
        _add_key(desk, shop, form["key"], form["secret"], answers)
        for n, row in enumerate(form["stores"]):
            _add_store(desk, shop, row, checks[n])
    return shop


def _tried(desk: Desk, row: Form, stand_in: str | None = None) -> KeyCheck:
    """What Clerk.io says of a new store's keys; KeysFailed."""
    keys = {name: row.get(name, "") for name in ("public", "private")}
    told = try_clerk(api_url=row.get("api_url"), **keys, clock=desk.clock, stand_in=stand_in)
    return KeyCheck(desk.clock.now(), private=told["private"])


@contextmanager
def _blamed(errors: dict[str, UsageError], field: str) -> Iterator[None]:
    """Keep as the field's error what goes wrong inside."""
    try:
        yield
    except UsageError as error:
        errors[field] = error


def _add_key(
    desk: Desk,
    shop: ShopRow,
    key: str,
    secret: str,
    answers: Mapping[str, Any] | None,
) -> None:
    desk.add_key(shop, key, secret)
    if answers is not None:
        desk.keep_key_check(shop, check_of(desk, answers))


def new_store(desk: Desk, shop: ShopRow, row: Form, *, schedule: bool = False) -> StoreRow:
    """A store (name, language, public, private, api_url) whose keys no other store has. Its
    schedule is paused unless `schedule`: nothing is sent before a person has seen the preview."""
    with desk.together():
        free_clerk_keys(desk, row)
        return _stored(desk, shop, row, schedule=schedule)


def _stored(desk: Desk, shop: ShopRow, row: Form, *, schedule: bool) -> StoreRow:
    names = ("language", "public", "private")
    values = {name: row[name] for name in names}
    url, paused = row.get("api_url"), not schedule
    return desk.add_store(shop, row["name"], **values, api_url=url, paused=paused)


def _add_store(desk: Desk, shop: ShopRow, row: Form, check: KeyCheck) -> StoreRow:
    store = _stored(desk, shop, row, schedule=False)
    desk.keep_key_check(store, check)
    desk.queue_run(store, "refresh", trigger="manual")
    return store


def add_store(desk: Desk, shop: ShopRow, row: Form) -> StoreRow:
    """One more store of a shop (name, language, public, private, api_url), its first refresh
    queued; Clerk.io, of a demo shop its stand-in, is asked for its keys. FormError with a line for
    each field that cannot be; then nothing is stored."""
    desk.must("store add", shop)
    if not (row.get("api_url") or "").strip():
        row = {**row, "api_url": shop.stand_in}
    checks = [
        *store_checks(desk, row, (), shop.stand_in),
        ("language", lambda: speaks(desk, shop, row["language"])),
    ]
    errors = failing(checks)
    if not errors.keys() & {"public", "private", "api_url"}:
        with _blamed(errors, "private"):
            check = _tried(desk, row, shop.stand_in)
    if errors:
        raise FormError(errors)
    with desk.together():
        free_clerk_keys(desk, row)
        return _add_store(desk, shop, row, check)


def add_shop(desk: Desk, form: Form, key: str, secret: str, *, checked: bool = True) -> ShopRow:
    """A shop (name, domain, cluster, api_url) with its first API key and no store yet, the key
    tried first unless not `checked`: KeysFailed, and nothing is stored."""
    desk.must("shop add")
    free_name(desk, form["name"])
    clean_domain(form["domain"])
    answers = None
    if checked:
        answers = try_lightspeed(
            cluster=form["cluster"],
            api_url=form["api_url"],
            key=key,
            secret=secret,
            clock=desk.clock,
        )
    with desk.together():
        shop = desk.add_shop(**form)
        _add_key(desk, shop, key, secret, answers)
    return shop


def speaks(desk: Desk, shop: ShopRow, language: str) -> None:
    """UsageError if the shop does not have that language active, as far as that can be known: from
    the local copy, else from Lightspeed."""
    checked_language(language)
    known = known_languages(desk, shop)
    if language in known:
        return
    active = _asked_languages(desk, shop) or known
    if active and language not in active:
        raise Refused("not_active", language=language, shop=shop.slug, active=", ".join(active))


def known_languages(desk: Desk, shop: ShopRow) -> list[str]:
    """The shop's active languages as its local copy knows them; empty before the first read."""
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
