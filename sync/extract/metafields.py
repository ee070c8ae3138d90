"""Metafields of products: in bulk where the list names their owners, else one call a product.

They are read only for custom attributes of saved settings that are found nowhere else, and kept
for each revision of a product. A refresh reads as many as the windows allow without a wait; what
is missing then follows behind the order lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sync.budget import Spent
from sync.database import immediate
from sync.errors import Message
from sync.extract.narrow import REFUSALS, attempted, counts, spared
from sync.extract.reading import Reading, Steps
from sync.extract.reads import only_metafields
from sync.lightspeed import LightspeedError, NotFound
from sync.mirror import facts
from sync.mirror.facts import MetafieldsWay
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
        way = yield from metafields_way(r)
        if way["bulk"]:
            yield from _bulk(r, way["n"])
        else:
            yield from _each(r)
    except Spent:
        left = r.mirror.metafields_missing(r.lang)
        r.log("info", Message("log.metafields_follow", n=left))


def fetch_missing(r: Reading) -> Iterator[None]:
    """Read what a refresh had to leave; Spent is raised, for now there is time to wait."""
    way = r.mirror.fact(facts.METAFIELDS_WAY)
    if not wanted(r) or way is None or way["bulk"]:
        return
    before = r.mirror.metafields_missing(r.lang)
    failed = yield from attempted(r, _each(r))
    if failed is not None:
        return  # the refresh has said so
    if read := before - r.mirror.metafields_missing(r.lang):
        r.log("info", Message("log.metafields_read", n=read))


def metafields_way(r: Reading) -> Steps[MetafieldsWay]:
    """Asked for once a day: whether the shop's list of metafields names the products they belong
    to."""
    known = r.mirror.fact(facts.METAFIELDS_WAY)
    if known and not way_is_due(r):
        return known
    [(_, n)] = counts(r, [("metafields", {})], person=False)
    return (yield from learn_way(r, n))


def way_is_due(r: Reading) -> bool:
    """Whether it must be asked which way the shop's metafields are read."""
    return r.due_today("metafields_way") or not r.mirror.fact(facts.METAFIELDS_WAY)


def learn_way(r: Reading, counted: int | LightspeedError) -> Steps[MetafieldsWay]:
    """Look at the first page of the list of metafields, if the count says that there is one."""
    rows: list[Any] = []
    try:
        if isinstance(counted, LightspeedError):
            raise counted
        rows = r.client.get("metafields", person=False, limit=PAGE) if counted else []
    except REFUSALS as error:
        r.log("info", Message("log.not_read", path="metafields", why=error))
    n = counted if isinstance(counted, int) else 0
    bulk = any(row["product"] for row, _ in r.parse("metafields", rows, metafield))
    way = MetafieldsWay(bulk=bulk, n=n)
    r.mirror.note(facts.METAFIELDS_WAY, way)
    r.did_today("metafields_way")
    yield
    return way


def _bulk(r: Reading, rows_listed: int) -> Steps[None]:
    """The whole list, once a day and whenever more products changed than it has pages."""
    missing, pages = r.mirror.metafields_missing(r.lang), -(-rows_listed // PAGE)
    if not r.due_today("metafields") and missing <= max(pages, 1):
        yield from _each(r)
        return
    listed = []
    for _, rows in r.client.pages("metafields", expect=rows_listed, person=False):
        listed += [row for row, _ in r.parse("metafields", rows, metafield)]
        yield
    fields = dict(grouped(listed))
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
