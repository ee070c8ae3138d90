"""Changed products from catalog by `updated_at_min`: many of them in one call.

Nobody has documented that catalog keeps to it. So what comes is held against what `products` and
`variants` list as changed, each time: where it is something else, each product is asked for singly,
and catalog is not asked so again for a month.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from sync.database import immediate
from sync.errors import Message
from sync.extract.keep import keep
from sync.extract.narrow import asked, attempted, pages_of
from sync.extract.reading import DAY, Reading, Steps
from sync.extract.sources import products_of
from sync.lightspeed import LightspeedError
from sync.mirror import facts
from sync.mirror.facts import CatalogFilter
from sync.shapes import Product, ShapeError, catalog_product

MONTH = 30 * DAY
WORTH_A_TRY = 10  # calls to spare, where nobody knows yet: one in vain is a tenth more at most


@dataclass(frozen=True)
class Listed:
    """All that products and variants list as changed, with what they say of when: updatedAt by
    product, and by product and variant."""

    products: dict[int, int] = field(default_factory=dict)
    variants: dict[int, dict[int, int]] = field(default_factory=dict)

    @property
    def all(self) -> set[int]:
        """Products that changed themselves, or whose variants did."""
        return {*self.products, *self.variants}


@dataclass
class _Answer:
    """What came: ids of products, those of them that are stored, one row parsed and as received,
    and what is wrong."""

    came: set[int] = field(default_factory=set)
    stored: set[int] = field(default_factory=set)
    sample: tuple[Product, Any] | None = None
    wrong: Message | None = None
    whole: bool = False  # nothing that the filter lets through is missing


def calls_with(r: Reading, listed: Listed, wanted: Collection[int]) -> int:
    """Calls that the wanted products take: singly, or by the filter where that spares some."""
    known = r.mirror.fact(facts.CATALOG_FILTER)
    given = _given(r, listed)
    pages = ceil(len(given) / r.settings.page_size)
    cap = r.mirror.fact(facts.page_cap("catalog"))
    spared = len(given.intersection(wanted)) - pages
    enough = 1 if "kept" in known else WORTH_A_TRY
    if spared < enough or _this_month(r, known.get("broken")) or (cap and pages > cap):
        return len(wanted)
    return len(wanted) - spared


def read_filtered(
    r: Reading, since: str, listed: Listed, wanted: Collection[int]
) -> Steps[set[int]]:
    """Store those of the wanted products that catalog gives when it is asked for what changed, and
    note whether it kept to that; returns their ids."""
    answer = _Answer()
    found = yield from attempted(r, _read_pages(r, since, listed, wanted, answer))
    if isinstance(found, LightspeedError) and not answer.came:
        answer.wrong = found.message
    if "kept" not in r.mirror.fact(facts.CATALOG_FILTER) and not answer.wrong:
        _compare_with_single(r, answer)
    _learn(r, listed, answer)
    return answer.stored


def _given(r: Reading, listed: Listed) -> set[int]:
    """The products that catalog gives, by what is known of it."""
    if _this_month(r, r.mirror.fact(facts.CATALOG_FILTER).get("variants")):
        return {*listed.products}
    return {*listed.products, *_of_variants_alone(r, listed)}


def _of_variants_alone(r: Reading, listed: Listed) -> set[int]:
    """Products that the mirror has, and of which only variants changed."""
    others = listed.variants.keys() - listed.products.keys()
    return {*r.mirror.product_stamps(r.lang, [*others])}


def _this_month(r: Reading, at: int | None) -> bool:
    return at is not None and 0 <= r.now() - at < MONTH


# -- the pages ------------------------------------------------------------------------------


def _read_pages(
    r: Reading, since: str, listed: Listed, wanted: Collection[int], answer: _Answer
) -> Steps[None]:
    """The first page alone, for it says enough where catalog does not keep to the filter."""
    pass_id, size = r.mirror.next_seq(), r.settings.page_size
    rows = len(_given(r, listed))
    for start, expect in ((1, min(rows, size)), (2, rows)):
        for page, found in pages_of(
            r, "catalog", start=start, limit=size, expect=expect, updated_at_min=since
        ):
            readable = _keep_page(r, found, listed, wanted, answer, pass_id)
            # An empty page behind full ones may be where the shop's API ends.
            answer.whole = readable and (0 < len(found) < size or (not found and page == 1))
            yield
            if answer.wrong or len(found) < size:
                return


def _keep_page(
    r: Reading,
    rows: Sequence[Any],
    listed: Listed,
    wanted: Collection[int],
    answer: _Answer,
    pass_id: int,
) -> bool:
    """Store the page's wanted products, but none that is older or less than the lists and the
    mirror say; returns whether each row told its id."""
    source, told = products_of(r), listed.all
    by_id = {number: row for row in rows if isinstance(number := source.id_of(row), int)}
    answer.came |= by_id.keys()
    stored = by_id.keys() & wanted
    if any(_is_as_known(r, row) for number, row in by_id.items() if number not in told):
        answer.wrong = Message("log.filter.unchanged")

    def put(rows: list[Any], pass_id: int) -> None:
        parsed = r.parse("catalog", rows, catalog_product)
        older = {made["id"] for made, _ in parsed if _is_older(made, listed)}
        fewer = {made["id"] for made, _ in parsed if _lacks_variants(r, made, listed)}
        if older:
            answer.wrong = Message("log.filter.older")
        stored.difference_update(older, fewer)
        if good := [each for each in parsed if each[0]["id"] in stored]:
            r.mirror.put_products(r.lang, good, pass_id)
        if parsed and answer.sample is None:
            answer.sample = max(
                parsed, key=lambda each: (each[0]["id"] in fewer, len(each[0]["variants"]))
            )

    with immediate(r.mirror.db):
        keep(r, source, put, [by_id[number] for number in sorted(stored)], pass_id, None)
    answer.stored |= stored
    return len(by_id) == len(rows)


def _is_as_known(r: Reading, row: Any) -> bool:
    """Whether nothing in the row is newer than in the mirror. What changed since the lists were
    read is, and comes with the next read."""
    try:
        made = catalog_product(row)
    except ShapeError:
        return False
    stamps = {each["id"]: each["updated"] for each in made["variants"]}
    held = r.mirror.variant_stamps(r.lang, [*stamps])
    same = r.mirror.product_stamps(r.lang, [made["id"]]).get(made["id"]) == made["updated"]
    return same and held == stamps


def _is_older(made: Product, listed: Listed) -> bool:
    told = listed.variants.get(made["id"], {})
    return made["updated"] < listed.products.get(made["id"], 0) or any(
        each["updated"] < told.get(each["id"], 0) for each in made["variants"]
    )


def _lacks_variants(r: Reading, made: Product, listed: Listed) -> bool:
    """Whether the product had variants that did not come: they are gone, or were left out."""
    given = {each["id"] for each in made["variants"]}
    known = r.mirror.variants_of(r.lang, made["id"])
    return not given.issuperset(known) or not given.issuperset(listed.variants.get(made["id"], ()))


def _compare_with_single(r: Reading, answer: _Answer) -> None:
    """At first one product is asked for singly as well: unless it was edited in between, it must
    be the same either way."""
    if answer.sample is None:
        return
    made, _ = answer.sample
    for _, found in asked(r, [f"catalog/{made['id']}"], refusals=True):
        try:
            single = catalog_product(found[0] if isinstance(found, list) and found else found)
        except ShapeError:
            return
        if _newest(single) == _newest(made) and single != made:
            answer.wrong = Message("log.filter.otherwise")
            answer.stored.clear()


def _newest(product: Product) -> int:
    return max(product["updated"], *(each["updated"] for each in product["variants"]), 0)


# -- what was learnt ------------------------------------------------------------------------


def _learn(r: Reading, listed: Listed, answer: _Answer) -> None:
    """Note whether catalog kept to the filter, and whether variants count for it."""
    before, now = r.mirror.fact(facts.CATALOG_FILTER), r.now()
    variants, known = _of_variants_alone(r, listed), CatalogFilter()
    if answer.whole and not listed.products.keys() <= answer.came:
        answer.wrong = answer.wrong or Message("log.filter.lacks")
    if answer.wrong:
        r.log("info", Message("log.filter.broken", why=answer.wrong))
        known["broken"] = now
        r.mirror.note(facts.CATALOG_FILTER, known)
        return
    if "kept" in before or listed.all & answer.came:
        known["kept"] = before.get("kept", now)
    left_out, failed = answer.whole and not variants <= answer.came, before.get("variants")
    if left_out and not _this_month(r, failed):
        known["variants"] = now
    elif failed is not None and (left_out or not variants & answer.came):
        known["variants"] = failed
    if "kept" in known and known.keys() != before.keys():
        r.log("info", Message(f"log.filter.kept{'_but' * ('variants' in known)}"))
    r.mirror.note(facts.CATALOG_FILTER, known)
