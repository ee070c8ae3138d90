"""Metafields of products: in bulk where the list names their owners, else one call a product.

They are read only for custom attributes of saved settings that are found nowhere else, and kept
for each revision of a product. A refresh reads as many as the windows allow without a wait; what
is missing then follows behind the order lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sync.database import immediate
from sync.errors import Message
from sync.extract.expected import WAY, only_metafields
from sync.extract.narrow import REFUSALS, attempted, spared
from sync.extract.reading import Reading, Steps
from sync.lightspeed import LightspeedError, NotFound, Spent
from sync.mirror.metafields import grouped
from sync.shapes import metafield

AT_ONCE = 20
PAGE = 250


def wanted(r: Reading) -> list[str]:
    """The store's custom attributes that only metafields can have."""
    return only_metafields(r.mirror, r.lang, r.settings)


def read_metafields(r: Reading) -> Steps[None]:
    """Bring metafields up to date, as far as the windows allow now."""
    if wanted(r):
        yield from spared(r, "products", "read.metafields", _read(r))


def _read(r: Reading) -> Steps[None]:
    try:
        yield from metafields_way(r)
        if r.mirror.meta(WAY)["bulk"]:
            yield from _bulk(r)
        else:
            yield from _each(r)
    except Spent:
        left = r.mirror.metafields_missing(r.lang)
        r.log("info", f"the metafields of {left} products follow once the windows allow it")


def fetch_missing(r: Reading) -> Iterator[None]:
    """Read what a refresh had to leave; Spent is raised, for now there is time to wait."""
    if not wanted(r) or (r.mirror.meta(WAY) or {"bulk": True})["bulk"]:
        return
    before = r.mirror.metafields_missing(r.lang)
    failed = yield from attempted(r, _each(r))
    if failed is not None:
        return  # the refresh has said so
    if read := before - r.mirror.metafields_missing(r.lang):
        r.log(
            "info", f"metafields of {read} products were read; the next run sends what they change"
        )


def metafields_way(r: Reading) -> Steps[None]:
    """Once a day: whether the shop's list of metafields names the products they belong to."""
    if not r.due_today("metafields_way") and r.mirror.meta(WAY):
        return
    n = 0
    rows: list[Any] = []
    try:
        n = r.client.count("metafields", person=False)
        rows = r.client.get("metafields", person=False, limit=PAGE) if n else []
    except REFUSALS as error:
        r.log("info", f"the list of metafields could not be read: {error}")
    bulk = any(row["product"] for row, _ in r.parse("metafields", rows, metafield))
    r.mirror.set_meta(WAY, {"bulk": bulk, "n": n})
    r.did_today("metafields_way")
    yield


def _bulk(r: Reading) -> Steps[None]:
    """The whole list, once a day and whenever more products changed than it has pages."""
    missing, pages = r.mirror.metafields_missing(r.lang), -(-r.mirror.meta(WAY)["n"] // PAGE)
    if not r.due_today("metafields") and missing <= max(pages, 1):
        yield from _each(r)
        return
    found = []
    for _, rows in r.client.pages("metafields", expect=r.mirror.meta(WAY)["n"], person=False):
        found += [row for row, _ in r.parse("metafields", rows, metafield)]
        yield
    fields = dict(grouped(found))
    with immediate(r.mirror.db):
        stamps = r.mirror.stream("SELECT id, updated FROM product WHERE lang = ?", r.lang)
        rows = [(pid, updated, fields.get(pid, [])) for pid, updated in list(stamps)]
        r.mirror.put_metafields(rows)
    r.did_today("metafields")


def _each(r: Reading) -> Steps[None]:
    tried: set[int] = set()
    while True:
        pending = r.mirror.pending_metafields(r.lang, AT_ONCE + len(tried))
        products = [each for each in pending if each[0] not in tried][:AT_ONCE]
        if not products:
            return
        asked = [(f"products/{pid}/metafields", {"limit": PAGE}) for pid, _ in products]
        for index, answer in r.client.each(asked, person=False):
            pid, updated = products[index]
            if isinstance(answer, NotFound):
                answer = []  # the product is gone: the next pass of the catalogue tells
            if isinstance(answer, LightspeedError):
                r.problem("products", Message("read.metafields_of", product=pid, why=answer))
                tried.add(pid)
                continue
            parsed = [row for row, _ in r.parse("metafields", answer, metafield)]
            fields = [(row["key"], row["value"]) for row in parsed if row["value"]]
            r.mirror.put_metafields([(pid, updated, fields)])
            yield
