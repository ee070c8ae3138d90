"""What keeps stores fresh: the worker, Clerk.io's own sync, and what a storefront said."""

from __future__ import annotations

from collections.abc import Iterator

from sync.doctor.checks import Check
from sync.errors import Message
from sync.fleet import standings
from sync.store import Desk, worker_alive


def worker(desk: Desk) -> Check:
    """Whether somebody drives what is queued and scheduled."""
    if worker_alive(desk.data_dir):
        return Check("worker", True, Message("doctor.worker"))
    now = desk.clock.now()
    scheduled = sum(standing.due(now) is not None for standing in standings(desk))
    queued = len(desk.queue())
    told = Message("doctor.no_worker", queued=queued, scheduled=scheduled)
    return Check("worker", not (scheduled or queued), told, Message("doctor.no_worker_todo"))


def own_sync(desk: Desk) -> Iterator[Check]:
    """Whether Clerk.io's own sync fills a store too: the API does not tell, only its traces do."""
    found = [standing for standing in standings(desk) if not standing.demo]
    others = [s.store for s in found if s.last is not None and s.last.disputed]
    for store in others:
        told = Message("drift.other_writer")
        todo = Message("cause.other_writer.next")
        yield Check("own_sync", False, told, todo, store=store.slug)
    if found and not others:
        yield Check("own_sync", True, Message("doctor.own_sync"), Message("doctor.own_sync_todo"))


def storefront(desk: Desk) -> Iterator[Check]:
    """Which storefronts did not answer when they were last asked how their addresses look."""
    for shop in desk.shops():
        told = desk.storefront(shop)
        if told is not None and told["form"] is None and shop.url_language == "auto":
            silent = Message("doctor.storefront", at=told["at"][:10])
            todo = Message("doctor.storefront_todo", shop=shop.slug)
            yield Check("storefront", True, silent, todo, shop.slug)
