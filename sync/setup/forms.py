"""What is wrong with a form for a new shop or store, one error a field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from sync.errors import Message
from sync.names import normal_name
from sync.store import (
    Desk,
    Refused,
    StoreRow,
    UsageError,
    checked_cluster,
    checked_language,
    checked_url,
    clean_domain,
    slug_of,
)

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


def form_errors(desk: Desk, form: Form) -> dict[str, UsageError]:
    """What is wrong with a form for `connect`, one error a field; empty if nothing is."""
    return failing(_checks(desk, form))


def failing(checks: Iterable[tuple[str, Check]]) -> dict[str, UsageError]:
    errors: dict[str, UsageError] = {}
    for field, check in checks:
        try:
            check()
        except UsageError as error:
            errors.setdefault(field, error)
    return errors


def _checks(desk: Desk, form: Form) -> Iterator[tuple[str, Check]]:
    yield "name", lambda: free_name(desk, form.get("name", ""))
    yield "domain", lambda: clean_domain(form.get("domain", ""))
    yield "cluster", lambda: checked_cluster(form.get("cluster", ""))
    yield "api_url", lambda: checked_url(form.get("api_url"))
    yield "key", lambda: refuse_known_key(desk, form.get("key", ""))
    yield "secret", lambda: _given(form, "secret", "no_secret")
    stores = form.get("stores", ())
    yield "stores", lambda: _some(stores)
    for n, row in enumerate(stores):
        for field, check in store_checks(desk, row, stores[:n]):
            yield f"stores.{n}.{field}", check


def store_checks(
    desk: Desk, row: Form, before: Sequence[Form], stand_in: str | None = None
) -> Iterator[tuple[str, Check]]:
    """`stand_in`: of the shop, if it is a demo."""
    yield "name", lambda: _distinct(row, before)
    yield "language", lambda: checked_language(row.get("language", ""))
    yield "public", lambda: _unknown_keys(desk, row, before, "public")
    yield "private", lambda: _unknown_keys(desk, row, before, "private")
    yield "api_url", lambda: checked_url(row.get("api_url"), stand_in)


def _given(form: Form, field: str, refusal: str) -> str:
    text: str = form.get(field, "").strip()
    if not text:
        raise Refused(refusal)
    return text


def _some(stores: Sequence[Form]) -> None:
    if not stores:
        raise Refused("no_store")


def free_name(desk: Desk, name: str) -> None:
    slug = slug_of(name)
    if any(known.slug == slug for known in desk.shops()):
        raise Refused("shop_exists", slug=slug)


def refuse_known_key(desk: Desk, key: str) -> None:
    """UsageError for an API key that is none, or that a shop has: two shops with one key would each
    think that its windows are theirs alone."""
    wanted = _given({"key": key}, "key", "no_key")
    for known in desk.shops():
        if any(row.key.reveal() == wanted for row in desk.opened_keys(known)):
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
    free_clerk_keys(desk, {field: typed})


def free_clerk_keys(desk: Desk, row: Form, but: StoreRow | None = None) -> None:
    owner = desk.clerk_owner(row.get("public", ""), row.get("private", ""), but)
    if owner is not None and desk.find_store(owner.slug) is None:
        raise Refused("clerk_keys_elsewhere")
    if owner is not None:
        raise Refused("clerk_keys_taken", store=owner.slug, name=owner.name)
