"""Products and categories of one language: which way they are read, and whole passes."""

from __future__ import annotations

from functools import partial
from typing import Any

from sync.database import immediate
from sync.errors import Message
from sync.extract.changes import full_is_due, put_whole, read_changed, sizes, state_of
from sync.extract.keep import forget
from sync.extract.narrow import attempted, spared
from sync.extract.others import permissions
from sync.extract.passes import ListOf, Pass, read_list
from sync.extract.plain import plain_pass
from sync.extract.reading import Reading, Steps
from sync.extract.sources import COUNTED, categories_of, products_of
from sync.lightspeed import LightspeedError, NoPermission, NotFound, Rejected
from sync.mirror import drop_raw_pages, facts
from sync.mirror.facts import CatalogState
from sync.shapes import category


def read_catalogue(r: Reading) -> Steps[None]:
    """Bring the catalogue of the store's language up to date."""
    if not r.settings.import_products:
        if r.settings.import_categories:
            yield from _categories(r)
        return
    started = int(r.journal.cursor("catalogue").get("started") or r.now())
    r.journal.move("catalogue", {"started": started})
    if full_is_due(r):
        yield from _full(r, started)
        return
    changed = yield from _changed(r, started)
    if not changed:
        yield from _full(r, started)


def _changed(r: Reading, started: int) -> Steps[bool]:
    """Read what changed; False if the whole catalogue must be read instead."""
    outcome = yield from attempted(r, read_changed(r, started))
    if isinstance(outcome, LightspeedError):
        r.log("warning", Message("log.no_changes", why=outcome))
        return False
    return outcome


# -- a full pass ----------------------------------------------------------------------------


def _full(r: Reading, started: int) -> Steps[None]:
    refused = bool(r.mirror.fact(facts.CATALOG_REFUSED))
    if refused and not r.due_today("catalog_probe", r.lang):
        done = yield from plain_pass(r)
    else:
        try:
            done = yield from read_list(r, _catalog_list(r))
            _catalog_is_open(r, refused)
        except (NoPermission, NotFound, Rejected) as error:
            _fall_back(r, error)
            done = yield from plain_pass(r)
    if r.mirror.categories(r.lang):  # what was read before will do
        yield from spared(r, "categories", "read.categories", _categories(r))
    else:
        yield from _categories(r)
    _finish(r, done, started)


def _catalog_list(r: Reading) -> ListOf:
    put = partial(put_whole, r)
    return ListOf(
        "catalog",
        products_of(r),
        put,
        counted=True,
        beside=COUNTED,
        single="catalog",
        strict=True,
    )


def _catalog_is_open(r: Reading, refused: bool) -> None:
    if refused:
        r.log("info", Message("log.catalog_open"))
        r.mirror.note(facts.CATALOG_REFUSED, 0)
        # What was refused then was not the filter alone.
        r.mirror.note(facts.CATALOG_FILTER, facts.CATALOG_FILTER.missing)


def _fall_back(r: Reading, error: LightspeedError) -> None:
    """From now on products and variants are read, if it is catalog alone that Lightspeed refuses:
    a key without the right to read products may not read those either."""
    if isinstance(error, Rejected) and error.status != 405:
        raise error
    r.client.count("products")
    if _may_read_products(r) is False:
        raise NoPermission("catalog") from error
    r.log("warning", Message("log.catalog_refused", why=error))
    r.mirror.note(facts.CATALOG_REFUSED, r.now())
    r.did_today("catalog_probe", r.lang)


def _may_read_products(r: Reading) -> bool | None:
    """What the key's permissions say; None where it may not read them."""
    known = permissions(r)
    if known is not None:
        r.mirror.note(facts.PERMISSIONS, known)
    area = known.get("products") if isinstance(known, dict) else None
    return area.get("read") if isinstance(area, dict) else None


def _finish(r: Reading, done: Pass, started: int) -> None:
    """Only a complete pass forgets what it did not meet, and sets what counts should say."""
    with immediate(r.mirror.db):
        r.mirror.note(facts.complete("products", r.lang), done.complete)
        if done.complete:
            r.mirror.drop_products(r.lang, done.seen)
            r.mirror.keep_attribute_names(r.lang, done.seen)
            forget(r, products_of(r), done.seen)
            r.mirror.note(facts.catalog_state(r.lang), _state(r, done, started))
            r.mirror.note(facts.was_read("products", r.lang), True)
        drop_raw_pages(r.mirror.conn, r.lang)
    if not done.complete:
        r.problem("products", Message("read.catalogue_moved"))


def _state(r: Reading, done: Pass, started: int) -> CatalogState:
    """Where nothing can be counted, only another whole pass tells what is gone: tomorrow's."""
    counts, before = done.beside or sizes(r), state_of(r)
    least = before.get("beyond", [0, 0])
    if before.get("busy"):  # what was made during that pass was counted, and held by nobody
        least = [*map(min, least, before.get("least", least))]
    beyond = [api - held for api, held in zip(counts, sizes(r), strict=True)]
    # A row of which nobody knows whose it is counts twice.
    if r.mirror.odd_apart("catalog", r.lang):
        least = [*map(min, least, beyond)]
    return {
        "full_at": r.now(),
        "since": started,
        "beyond": beyond,
        "least": least,
        "busy": done.busy,
    }


def _categories(r: Reading) -> Steps[None]:
    def put(rows: list[Any], pass_id: int) -> None:
        r.mirror.put_categories(r.lang, r.parse("categories", rows, category), pass_id)

    source = categories_of(r)
    done = yield from read_list(r, ListOf("categories", source, put, single="categories"))
    if done.complete:
        r.mirror.drop_categories(r.lang, done.seen)
        forget(r, source, done.seen)
    else:
        r.problem("categories", Message("read.categories_moved"))
    if not r.settings.import_products:
        r.mirror.note(facts.was_read("products", r.lang), True)
