"""Connecting a shop: keys are tried before anything is stored, and all is stored or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from sync import shapes
from sync.clerk import ClerkClient, ClerkError
from sync.clock import Clock, iso
from sync.errors import Message
from sync.lightspeed import Budget, Key, LightspeedClient, LightspeedError, MemoryBook, Spent
from sync.mirror import facts
from sync.openshop import budget_of, lightspeed_client, opened_shop
from sync.settings import normal_name
from sync.store import (
    Desk,
    KeysFailed,
    Refused,
    ShopRow,
    StoreRow,
    UsageError,
    checked_cluster,
    checked_language,
    checked_url,
    clean_domain,
    slug_of,
)
from sync.vault import Secret

AREAS = ("products", "orders", "customers", "content", "settings")  # what a sync may have to read
Form = Mapping[str, Any]
Check = Callable[[], object]


class FormError(UsageError):
    """Fields of a form that cannot be; `errors` has one for each by its name, `stores.0.name`
    for one of the first store's."""

    def __init__(self, errors: Mapping[str, UsageError]) -> None:
        self.errors = dict(errors)
        fields = (Message("refusal.field", field=name, why=error) for name, error in errors.items())
        super().__init__(reduce(_listed, fields))


def _listed(first: Message, rest: Message) -> Message:
    return Message("refusal.fields", first=first, rest=rest)


# -- trying keys ----------------------------------------------------------------------------


def try_lightspeed(
    *,
    cluster: str,
    api_url: str | None,
    key: str,
    secret: str,
    clock: Clock,
    spoken: str = "nl",
) -> dict[str, Any]:
    """What Lightspeed says of a key pair that is stored nowhere; about four calls.

    {"cluster", "language" (the one asked in: `spoken`, or another if the shop does not have it),
    "account" (id), "shop": {"id", "name", "domain"} | None, "languages": [{"code", "title",
    "active", "default"}] | None, "missing": areas it may not read (None: not told), "limits":
    [{"window", "limit", "remaining", "resets_at" (ISO)}]}; None is what the key may not read.
    KeysFailed in one line: refused (and whether the other cluster takes the key), unreachable, no
    budget left.
    """
    if not key.strip() or not secret.strip():
        raise Refused("key_and_secret")
    pair = Key(0, Secret(key.strip()), Secret(secret.strip()))
    budget = Budget(MemoryBook(), [pair.id], reserve=0, clock=clock)
    try:
        with LightspeedClient(
            cluster=checked_cluster(cluster),
            api_url=checked_url(api_url),
            language=spoken,
            keys=[pair],
            budget=budget,
            clock=clock,
            person=True,
            retries=1,
        ) as client:
            return told(client.check(), budget.windows())
    except (LightspeedError, Spent, shapes.ShapeError) as error:
        raise KeysFailed(error.message) from error


def told(answers: Mapping[str, Any], windows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A check's answers (`LightspeedClient.check`) and the rows of `Budget.windows` as
    `try_lightspeed` gives them."""
    rights, languages = answers["permissions"], answers["languages"]
    return {
        "cluster": answers["cluster"],
        "language": answers["language"],
        "account": answers["account"]["id"],
        "shop": _shop_told(answers["shop"]),
        "languages": None if languages is None else [_language_told(row) for row in languages],
        "missing": None if rights is None else _missing(rights),
        "limits": [
            {
                "window": row["window"],
                "limit": row["limit"],
                "remaining": row["remaining"],
                "resets_at": iso(row["resets_at"]),
            }
            for row in windows
            if row["limit"] is not None and row["window"] != "second"
        ],
    }


def _shop_told(raw: object) -> dict[str, Any] | None:
    if raw is None:
        return None
    shop = shapes.shop(raw)
    return {"id": shop["id"], "name": shop["title"], "domain": shop["domain"]}


def _language_told(raw: object) -> dict[str, Any]:
    language = shapes.language(raw)
    return {name: language[name] for name in ("code", "title", "active", "default")}


def _missing(rights: Mapping[str, Mapping[str, bool]]) -> list[str]:
    return [area for area in AREAS if not rights.get(area, {}).get("read")]


def try_clerk(*, api_url: str | None, public: str, private: str, clock: Clock) -> dict[str, Any]:
    """Whether Clerk.io takes a key pair that is stored nowhere; one or two calls.

    {"public": True, "private": whether the private key is proved too: where Clerk.io does not
    answer the question about the account, only a write would tell}. KeysFailed in one line.
    """
    if not public.strip() or not private.strip():
        raise Refused("clerk_keys")
    try:
        with ClerkClient(
            api_url=checked_url(api_url),
            public=Secret(public.strip()),
            private=Secret(private.strip()),
            clock=clock,
        ) as client:
            return {"public": True, "private": client.check()}
    except ClerkError as error:
        raise KeysFailed(error.message) from error


# -- connecting -----------------------------------------------------------------------------


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
            _free_clerk_keys(desk, row)
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
        _free_clerk_keys(desk, row)
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


def form_errors(desk: Desk, form: Form) -> dict[str, UsageError]:
    """What is wrong with a form for `connect`, one error a field; empty if nothing is."""
    return _failing(_checks(desk, form))


def _failing(checks: Iterable[tuple[str, Check]]) -> dict[str, UsageError]:
    errors: dict[str, UsageError] = {}
    for field, check in checks:
        try:
            check()
        except UsageError as error:
            errors.setdefault(field, error)
    return errors


def _checks(desk: Desk, form: Form) -> Iterator[tuple[str, Check]]:
    yield "name", lambda: _free_name(desk, form.get("name", ""))
    yield "domain", lambda: clean_domain(form.get("domain", ""))
    yield "cluster", lambda: checked_cluster(form.get("cluster", ""))
    yield "api_url", lambda: checked_url(form.get("api_url"))
    yield "key", lambda: _unknown_key(desk, form.get("key", ""))
    yield "secret", lambda: _given(form, "secret", "no_secret")
    stores = form.get("stores", ())
    yield "stores", lambda: _some(stores)
    for n, row in enumerate(stores):
        for field, check in _store_checks(desk, row, stores[:n]):
            yield f"stores.{n}.{field}", check


def _store_checks(desk: Desk, row: Form, before: Sequence[Form]) -> Iterator[tuple[str, Check]]:
    yield "name", lambda: _distinct(row, before)
    yield "language", lambda: checked_language(row.get("language", ""))
    yield "public", lambda: _unknown_keys(desk, row, before, "public")
    yield "private", lambda: _unknown_keys(desk, row, before, "private")
    yield "api_url", lambda: checked_url(row.get("api_url"))


def _given(form: Form, field: str, refusal: str) -> str:
    text: str = form.get(field, "").strip()
    if not text:
        raise Refused(refusal)
    return text


def _some(stores: Sequence[Form]) -> None:
    if not stores:
        raise Refused("no_store")


def _free_name(desk: Desk, name: str) -> None:
    slug = slug_of(name)
    if any(known.slug == slug for known in desk.shops()):
        raise Refused("shop_exists", slug=slug)


def _unknown_key(desk: Desk, key: str) -> None:
    """Two shops with one key would each think that its windows are theirs alone."""
    wanted = _given({"key": key}, "key", "no_key")
    for known in desk.shops():
        if any(row.key.reveal() == wanted for row in desk.keys(known)):
            raise Refused("key_taken", shop=known.slug)


def _distinct(row: Form, before: Sequence[Form]) -> None:
    slug = slug_of(row.get("name", ""))
    if slug in [normal_name(other.get("name", "")).replace("_", "-") for other in before]:
        raise Refused("same_name", slug=slug)


def _unknown_keys(desk: Desk, row: Form, before: Sequence[Form], field: str) -> None:
    """Two stores of ours that fill one of Clerk.io's would undo each other's work."""
    typed = _given(row, field, f"no_{field}")
    if field == "public" and any(other.get(field, "").strip() == typed for other in before):
        raise Refused("same_public")
    _free_clerk_keys(desk, {field: typed})


def _free_clerk_keys(desk: Desk, row: Form, but: StoreRow | None = None) -> None:
    owner = desk.clerk_owner(row.get("public", ""), row.get("private", ""), but)
    if owner is not None:
        raise Refused("clerk_keys_taken", store=owner.slug, name=owner.name)


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
            return [row["code"] for row in map(_language_told, rows) if row["active"]]
    except (LightspeedError, Spent, shapes.ShapeError):
        return []


# -- changing and removing ------------------------------------------------------------------


def add_store(desk: Desk, shop: ShopRow, row: Form, who: str) -> StoreRow:
    """One more store of a shop (name, language, public, private, api_url), its first refresh
    queued. FormError with a line for each field that cannot be; then nothing is stored."""
    checks = [
        *_store_checks(desk, row, ()),
        ("language", lambda: speaks(desk, shop, row["language"])),
    ]
    errors = _failing(checks)
    if errors:
        raise FormError(errors)
    with desk.together():
        _free_clerk_keys(desk, row)
        return _add_store(desk, shop, row, who)


def add_shop(
    desk: Desk, form: Form, key: str, secret: str, who: str, *, checked: bool = True
) -> ShopRow:
    """A shop (name, domain, cluster, api_url) with its first API key and no store yet, the key
    tried first unless not `checked`: KeysFailed, and nothing is stored."""
    _free_name(desk, form["name"])
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


def add_key(
    desk: Desk, shop: ShopRow, key: str, secret: str, who: str, *, checked: bool = True
) -> int:
    """One more API key beside the others, tried first unless not `checked`; returns its id.
    UsageError as `rotate_key`."""
    _new_key(desk, shop, key)
    if checked:
        _tried(desk, shop, key, secret)
    with desk.together():
        added = desk.add_key(shop, key, secret)
        desk.end_waits(shop)
        desk.audit(who, "key add", shop.slug, str(added))
    return added


def rotate_key(desk: Desk, shop: ShopRow, old_id: int, key: str, secret: str, who: str) -> int:
    """Put a new API key in the place of an old one; returns its id. The new one is tried first:
    UsageError if Lightspeed refuses it, it belongs to another shop, or a run is using the old one.
    """
    known = [row.id for row in desk.keys(shop)]
    if old_id not in known:
        raise Refused("unknown_key", shop=shop.slug, key=old_id, known=", ".join(map(str, known)))
    _tried(desk, shop, key, secret)
    with desk.together():
        added = desk.add_key(shop, key, secret)
        desk.remove_key(shop, old_id)
        desk.end_waits(shop)
        desk.audit(who, "key rotate", shop.slug, f"{old_id} to {added}")
    return added


def _new_key(desk: Desk, shop: ShopRow, key: str) -> None:
    if any(known.key.reveal() == key.strip() for known in desk.keys(shop)):
        raise Refused("key_known")


def _tried(desk: Desk, shop: ShopRow, key: str, secret: str) -> None:
    """UsageError unless Lightspeed takes the key for this very shop."""
    stores = desk.stores(shop)
    answers = try_lightspeed(
        cluster=shop.cluster,
        api_url=shop.api_url,
        key=key,
        secret=secret,
        clock=desk.clock,
        spoken=stores[0].language if stores else "nl",
    )
    if stores:
        _same_shop(desk, stores[0], answers["shop"])


def _same_shop(desk: Desk, store: StoreRow, answered: Mapping[str, Any] | None) -> None:
    with opened_shop(desk, store) as shop:
        known = shop.mirror.fact(facts.SHOP)
    if answered is None:
        raise Refused("no_settings_right")
    if known is not None and known["id"] != answered["id"]:
        raise Refused("other_shop", domain=answered["domain"])


def rotate_clerk_keys(desk: Desk, store: StoreRow, public: str, private: str, who: str) -> StoreRow:
    """Give a store other Clerk.io keys, tried first. UsageError if they are refused, if another
    store has one of them, or if the public key changes after something was sent: it is fixed, so
    another one means another store, which has nothing of what was confirmed."""
    before, _ = desk.clerk_keys(store)
    _free_clerk_keys(desk, {"public": public, "private": private}, store)
    if before.reveal() != public.strip() and _sent_anything(desk, store):
        raise Refused("other_store")
    try_clerk(api_url=store.api_url, public=public, private=private, clock=desk.clock)
    with desk.together():
        _free_clerk_keys(desk, {"public": public, "private": private}, store)
        changed = desk.set_clerk_keys(store, public, private)
        desk.audit(who, "clerk keys rotate", store.slug)
    return changed


def _sent_anything(desk: Desk, store: StoreRow) -> bool:
    with opened_shop(desk, store) as shop:
        return shop.ledger.version() > 0


def forget_block(desk: Desk, shop: ShopRow, key_id: int, who: str) -> None:
    """Let one call with a key ask again, whatever Lightspeed said of waiting; UsageError for an
    unknown key."""
    rows = desk.keys(shop)
    if key_id not in [row.id for row in rows]:
        known = ", ".join(str(row.id) for row in rows)
        raise Refused("unknown_key", shop=shop.slug, key=key_id, known=known)
    budget_of(desk, shop).forget_block(key_id)
    desk.end_waits(shop)
    desk.audit(who, "key unblock", shop.slug, str(key_id))


def remove_shop(desk: Desk, shop: ShopRow, typed_name: str, who: str) -> None:
    """Remove a shop with its stores, keys, runs and its file; nothing changes in Clerk.io.
    UsageError if the typed name is not the shop's, or while a run is on."""
    if typed_name.strip() != shop.name:
        raise Refused("type_its_name", name=shop.name)
    desk.remove_shop(shop)
    desk.audit(who, "shop remove", shop.slug)
