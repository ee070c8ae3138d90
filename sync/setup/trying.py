"""Trying keys that are stored nowhere, and what both sides say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sync import shapes
from sync.budget import Budget, MemoryBook, Spent
from sync.clerk import ClerkClient, ClerkError
from sync.clock import Clock, iso
from sync.lightspeed import Key, LightspeedClient, LightspeedError, Unreadable
from sync.store import KeysFailed, Refused, checked_cluster, checked_url
from sync.vault import Secret

AREAS: Final = ("products", "orders", "customers", "content", "settings")
"""What a sync may have to read."""


def try_lightspeed(
    *,
    cluster: str,
    api_url: str | None,
    key: str,
    secret: str,
    clock: Clock,
    spoken: str = "nl",
    stand_in: str | None = None,
) -> dict[str, Any]:
    """What Lightspeed says of a key pair that is stored nowhere; about four calls.

    {"cluster", "language" (the one asked in: `spoken`, or another if the shop does not have it),
    "account" (id), "shop": {"id", "name", "domain"} | None, "languages": [{"code", "title",
    "active", "default"}] | None, "rights": whether it may read, by area (None: not told), "limits":
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
            api_url=checked_url(api_url, stand_in),
            stand_in=stand_in is not None,
            language=spoken,
            keys=[pair],
            budget=budget,
            clock=clock,
            person=True,
            retries=1,
        ) as client:
            return told(client.check(), budget.windows())
    except (LightspeedError, Spent) as error:
        raise KeysFailed(error.message) from error


def told(answers: Mapping[str, Any], windows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A check's answers (`LightspeedClient.check`) and the rows of `Budget.windows` as
    `try_lightspeed` gives them. Raises Unreadable."""
    try:
        return _told(answers, windows)
    except shapes.ShapeError as error:
        raise Unreadable("lightspeed.bad_shop", why=error) from error


def _told(answers: Mapping[str, Any], windows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rights, languages = answers["permissions"], answers["languages"]
    return {
        "cluster": answers["cluster"],
        "language": answers["language"],
        "account": answers["account"].get("id"),
        "shop": _shop_told(answers["shop"]),
        "languages": None if languages is None else [language_told(row) for row in languages],
        "rights": None if rights is None else _may_read(rights),
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


def language_told(raw: object) -> dict[str, Any]:
    language = shapes.language(raw)
    return {name: language[name] for name in ("code", "title", "active", "default")}


def _may_read(rights: Mapping[str, Any]) -> dict[str, bool]:
    told = {area: rights.get(area) for area in AREAS}
    return {area: isinstance(each, dict) and bool(each.get("read")) for area, each in told.items()}


def try_clerk(
    *, api_url: str | None, public: str, private: str, clock: Clock, stand_in: str | None = None
) -> dict[str, Any]:
    """Whether Clerk.io takes a key pair that is stored nowhere; one or two calls.

    {"public": True, "private": whether the private key is proved too: where Clerk.io does not
    answer the question about the account, only a write would tell}. KeysFailed in one line.
    """
    if not public.strip() or not private.strip():
        raise Refused("clerk_keys")
    pair = Secret(public.strip()), Secret(private.strip())
    try:
        url = checked_url(api_url, stand_in)
        return {"public": True, "private": clerk_says(url, *pair, clock, stand_in)}
    except ClerkError as error:
        raise KeysFailed(error.message) from error


def clerk_says(
    api_url: str | None, public: Secret, private: Secret, clock: Clock, stand_in: str | None
) -> bool:
    """Whether both keys are proved (`ClerkClient.check`); raises ClerkError."""
    with ClerkClient(
        api_url=api_url,
        public=public,
        private=private,
        clock=clock,
        stand_in=api_url is not None and api_url == stand_in,
    ) as client:
        return client.check()
