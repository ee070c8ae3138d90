"""What changed in the catalogue since the last read, at few calls for each product."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Any

import orjson

from sync.database import immediate
from sync.errors import Message
from sync.extract.filtered import Listed, calls_with, read_filtered
from sync.extract.keep import keep
from sync.extract.narrow import asked, counted_all, pages_of
from sync.extract.plain import CALLS_EACH, put_singly
from sync.extract.reading import Reading, Steps, at_least
from sync.extract.sources import COUNTED, categories_of, helpers_of, products_of
from sync.extract.twice import PRODUCT_FIELDS, VARIANT_FIELDS, product_differs, variant_differs
from sync.lightspeed import LightspeedError, NoPermission, NotFound, Rejected
from sync.mirror import facts
from sync.mirror.facts import CatalogState
from sync.shapes import catalog_product, category, product_stamp, variant_stamp

EXTRA_CALLS = 5  # a full pass costs these beside its pages: counts, categories

Moved = Mapping[int, tuple[int, int]]  # (product, updated) by id of each variant that moved


@dataclass
class _Changes:
    """What the lists of changes say: updatedAt of products that the mirror has otherwise, and of
    those that differ under one updatedAt; variants that moved; and all that is listed."""

    stamps: dict[int, int] = field(default_factory=dict)
    twice: dict[str, int] = field(default_factory=dict)
    variants: dict[int, tuple[int, int]] = field(default_factory=dict)
    listed: Listed = field(default_factory=Listed)


@dataclass
class _Read:
    """What became of products that were asked for singly."""

    gone: set[int] = field(default_factory=set)
    failed: bool = False
    refused: bool = False


def state_of(r: Reading) -> CatalogState:
    """What is known of the catalogue since its last whole pass."""
    state = r.mirror.fact(facts.catalog_state(r.lang)).copy()
    if "api" in state:  # as it was noted up to 0.2.1
        api, held = state.pop("api"), state.pop("mirror")
        state["beyond"] = [a - m for a, m in zip(api, held, strict=True)]
    return state


def full_is_due(r: Reading) -> bool:
    """Whether the whole catalogue must be read, whatever changed."""
    stale = not r.is_recent(state_of(r).get("full_at", 0))
    return r.full or stale or not r.mirror.fact(facts.complete("products", r.lang))


def sizes(r: Reading) -> list[int]:
    """How many products and variants the mirror knows of, unusable products too."""
    return [_known(r, "product") + r.mirror.odd_apart("catalog", r.lang), _known(r, "variant")]


def _known(r: Reading, table: str) -> int:
    return r.mirror.number(f"SELECT count(*) FROM {table} WHERE lang = ?", r.lang)


def put_whole(r: Reading, rows: list[Any], pass_id: int) -> None:
    """Store rows of catalog."""
    if parsed := r.parse("catalog", rows, catalog_product):
        r.mirror.put_products(r.lang, parsed, pass_id)


def read_changed(r: Reading, started: int) -> Steps[bool]:
    """Read what changed since the last read; False if a full pass is due or cheaper."""
    state = state_of(r)
    since = at_least(state["since"])
    changes = _Changes()
    moved = yield from _moved_categories(r, since)
    yield from _moved_products(r, since, state, changes)
    yield from _moved_variants(r, since, state, changes)
    edited = {product for product, _ in changes.variants.values()}
    wanted = {*moved, *map(int, changes.twice), *changes.stamps, *edited}
    read = yield from _read_wanted(r, since, changes.listed, wanted)
    if read is None:
        return False
    odd = {pid for pid in r.mirror.odd_rows("products", r.lang) if isinstance(pid, int)}
    _note_orphans(r, read.gone | odd, changes.variants)
    if not _counts_agree(r, state):
        r.log("info", Message("log.some_gone"))
        return False
    state["odd"] = {str(pid): at for pid, at in changes.stamps.items() if pid in odd}
    state["again"] = state.get("again", {}) | changes.twice
    if not read.failed:
        state["since"] = started
    r.mirror.note(facts.catalog_state(r.lang), state)
    return True


# -- what moved -----------------------------------------------------------------------------


def _moved_categories(r: Reading, since: str) -> Steps[set[int]]:
    """Read changed categories; returns the products of those that have another parent now, for a
    product is read with the ancestors of its categories."""
    pass_id, source = r.mirror.fact(facts.SEQ), categories_of(r)
    before = {cid: row["parent"] for cid, row in r.mirror.categories(r.lang).items()}

    def put(rows: list[Any], pass_id: int) -> None:
        r.mirror.put_categories(r.lang, r.parse("categories", rows, category), pass_id)

    for _, rows in pages_of(r, "categories", updated_at_min=since):
        with immediate(r.mirror.db):
            keep(r, source, put, rows, pass_id, None)
        yield
    after = {cid: row["parent"] for cid, row in r.mirror.categories(r.lang).items()}
    moved = [cid for cid in before.keys() & after.keys() if before[cid] != after[cid]]
    return _products_in(r, moved) if moved else set()


def _products_in(r: Reading, categories: Collection[int]) -> set[int]:
    sql = (
        "SELECT id FROM product WHERE lang = ? AND EXISTS (SELECT 1"
        " FROM json_each(CAST(flat AS TEXT), '$.categories') JOIN json_each(?) AS wanted"
        " USING (value))"
    )
    rows = r.mirror.stream(sql, r.lang, orjson.dumps([*categories]).decode())
    return {row[0] for row in rows}


def _moved_products(r: Reading, since: str, state: CatalogState, changes: _Changes) -> Steps[None]:
    """Products that the mirror has otherwise. Unusable ones that did not change stay as they
    are."""
    odd: Mapping[str, int] = state.get("odd", {})
    again: Mapping[str, int] = state.get("again", {})

    def put(rows: list[Any], _pass_id: int) -> None:
        for stamp, raw in r.parse("products", rows, product_stamp):
            pid, at = stamp["id"], stamp["updated"]
            changes.listed.products[pid] = at
            known = r.mirror.product_stamps(r.lang, [pid]).get(pid)
            if known == at and again.get(str(pid)) != at and product_differs(r, pid, raw):
                changes.twice[str(pid)] = at
            if at not in (known, odd.get(str(pid))):
                changes.stamps[pid] = at

    source, fields = helpers_of(r, "products"), ",".join(PRODUCT_FIELDS)
    for _, rows in pages_of(r, "products", updated_at_min=since, fields=fields):
        with immediate(r.mirror.db):
            keep(r, source, put, rows, 0, None)
        yield


def _moved_variants(r: Reading, since: str, state: CatalogState, changes: _Changes) -> Steps[None]:
    """Variants that the mirror has otherwise."""
    again: Mapping[str, int] = state.get("again", {})

    def put(rows: list[Any], _pass_id: int) -> None:
        parsed = r.parse("variants", rows, variant_stamp)
        known = r.mirror.variant_stamps(r.lang, [stamp["id"] for stamp, _ in parsed])
        for stamp, raw in parsed:
            pid, at = stamp["product"], stamp["updated"]
            if pid:
                changes.listed.variants.setdefault(pid, {})[stamp["id"]] = at
            if pid and known.get(stamp["id"]) != at:
                changes.variants[stamp["id"]] = (pid, at)
            elif pid and again.get(str(pid)) != at and variant_differs(r, pid, raw):
                changes.twice[str(pid)] = at

    source, fields = helpers_of(r, "variants"), ",".join(VARIANT_FIELDS)
    for _, rows in pages_of(r, "variants", updated_at_min=since, fields=fields):
        with immediate(r.mirror.db):
            keep(r, source, put, rows, 0, None)
        yield


# -- product by product ---------------------------------------------------------------------


def _read_wanted(
    r: Reading, since: str, listed: Listed, wanted: Collection[int]
) -> Steps[_Read | None]:
    """Read those products, many in one call where catalog gives them so; None if it is refused, or
    a full pass is cheaper."""
    plainly = bool(r.mirror.fact(facts.CATALOG_REFUSED))
    most = ceil(_known(r, "product") / r.settings.page_size)
    most += EXTRA_CALLS // CALLS_EACH if plainly else EXTRA_CALLS
    calls = len(wanted) if plainly else calls_with(r, listed, wanted)
    if calls > most:
        return None
    came: set[int] = set()
    if calls < len(wanted):
        came = yield from read_filtered(r, since, listed, wanted)
    rest = sorted({*wanted} - came)
    if len(rest) > most:
        return None
    read = yield from _read_each(r, rest, plainly=plainly)
    return None if read.refused else read


def _read_each(r: Reading, ids: Sequence[int], *, plainly: bool) -> Steps[_Read]:
    read = _Read()
    pass_id = r.mirror.next_seq()
    path = "products" if plainly else "catalog"
    for place, answer in asked(r, [f"{path}/{pid}" for pid in ids], refusals=True):
        pid = ids[place]
        if isinstance(answer, LightspeedError):
            _not_there(r, pid, answer, read, plainly=plainly)
            if read.refused:
                return read
        elif plainly:
            put_singly(r, pid, answer, pass_id)
        else:
            rows = answer if isinstance(answer, list) else [answer]
            with immediate(r.mirror.db):
                keep(r, products_of(r), partial(put_whole, r), rows, pass_id, None)
        yield
    return read


def _not_there(r: Reading, pid: int, error: LightspeedError, read: _Read, *, plainly: bool) -> None:
    """Gone (a variant whose product does not exist is an orphan), or refused with all of catalog,
    or kept back: that heals by itself."""
    if isinstance(error, NotFound):
        if plainly or not _exists(r, pid):
            read.gone.add(pid)
            return
        read.refused = True
    elif isinstance(error, NoPermission | Rejected):
        read.refused = True
    else:
        read.failed = True
        r.problem("products", Message("read.product", product=pid, why=error))


def _exists(r: Reading, pid: int) -> bool:
    try:
        r.client.get(f"products/{pid}", fields="id")
    except NotFound:
        return False
    return True


def _note_orphans(r: Reading, products: Collection[int], variants: Moved) -> None:
    orphans = [(vid, at) for vid, (product, at) in variants.items() if product in products]
    r.mirror.note_orphans(r.lang, orphans)


def _counts_agree(r: Reading, state: CatalogState) -> bool:
    """Counts moved as the known changes say since the last full pass. Orphan variants, and counts
    that are wrong, keep them from ever agreeing in themselves. What was made since the lists were
    read comes with the next run; what was made or changed during the full pass is known now, and
    if something went during it, less is counted than ever before."""
    counts = counted_all(r, COUNTED)
    if counts is None:
        r.problem("products", Message("read.products_uncounted"))
        return True
    beyond = [api - held for api, held in zip(counts, sizes(r), strict=True)]
    ahead = [now - before for now, before in zip(beyond, state["beyond"], strict=True)]
    settling, waiting = state.pop("busy", False), state.pop("ahead", False)
    least = state.pop("least", beyond)
    if any(now < before for now, before in zip(beyond, least, strict=True)):
        return False
    if not any(ahead):
        return True
    if settling:
        state["beyond"] = beyond
        return True
    state["ahead"] = min(ahead) >= 0 and not waiting
    return bool(state["ahead"])
