"""The numbers and names behind a decision, and in a sentence for each reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sync import rules
from sync.clock import iso
from sync.entities import Id
from sync.plan import PlanInputs
from sync.statuses import CANCELLED, own_status
from sync.texts import labels, text
from sync.texts.numbers import number

MOST_LINES = 6  # sentences for one reason


@dataclass(frozen=True)
class VariantEvidence:
    """What decides whether a variant can be sold: `tracking` is Lightspeed's word."""

    id: int
    title: str
    stock: int
    minimum: int
    tracking: str
    sellable: bool


@dataclass(frozen=True)
class OrderEvidence:
    """What decides on an order: its own status, the title of the shop's own status, when it was
    placed, and from when on orders go (None: all do). Times are ISO 8601 UTC."""

    status: str
    custom_status: str | None
    created: str | None
    cutoff: str | None


@dataclass(frozen=True)
class ParentEvidence:
    """A category above another one."""

    id: int
    name: str
    visible: bool


@dataclass(frozen=True)
class FreeEvidence:
    """The field of Lightspeed that marks a product as free, and what stands in it."""

    source: str
    value: str


@dataclass(frozen=True)
class Evidence:
    """What a record's decision rests on: only what there is of it. `parents` begin with the
    nearest."""

    variants: Sequence[VariantEvidence] | None = None
    order: OrderEvidence | None = None
    parents: Sequence[ParentEvidence] | None = None
    free: FreeEvidence | None = None


def evidence_of(inputs: PlanInputs, entity: str, source: Id) -> Evidence:
    """The evidence of a record of the mirror, by its plural entity and Lightspeed id."""
    if not isinstance(source, int):  # a page, or a row without an id
        return Evidence()
    if entity == "products":
        return _product(inputs, source)
    if entity == "orders":
        return Evidence(order=_order(inputs, source))
    if entity == "categories":
        return Evidence(parents=list(_parents(inputs, source)) or None)
    return Evidence()


def _product(inputs: PlanInputs, source: int) -> Evidence:
    product = inputs.mirror.product(inputs.lang, source)
    if product is None:
        return Evidence()
    variants = [
        VariantEvidence(
            v["id"], v["title"], v["stock"], v["minimum"], v["tracking"], rules.sellable(v)
        )
        for v in product["variants"]
    ]
    mark = rules.free_mark(product, inputs.tags.get(source, ()))
    return Evidence(variants=variants, free=FreeEvidence(*mark) if mark else None)


def _order(inputs: PlanInputs, source: int) -> OrderEvidence | None:
    row = inputs.mirror.conn.execute(
        "SELECT status, custom_status, created FROM orders WHERE id = ?", [source]
    ).fetchone()
    if row is None:
        return None
    status, custom, created = row
    title = None if custom is None else inputs.mirror.custom_statuses(inputs.lang).get(custom)
    named = title if custom is None or title else str(custom)
    return OrderEvidence(status, named, iso(created or None), iso(inputs.cutoff or None))


def _parents(inputs: PlanInputs, source: int) -> Iterator[ParentEvidence]:
    parent_of, met = rules.parents(inputs.categories), {source}
    at = source
    while at in parent_of and (at := parent_of[at]) not in met:
        met.add(at)
        above = inputs.categories[at]
        yield ParentEvidence(at, above["title"], above["visible"])


# -- in words -------------------------------------------------------------------------------

Shown = Callable[[str], str]


def rightly_left_out(reason: str, found: Evidence) -> bool:
    """Whether nobody should wish the record to go: a cancelled order."""
    order = found.order
    cancelled = order is not None and own_status(order.status) == CANCELLED
    return reason == "status_not_accepted" and cancelled


def status_of(order: OrderEvidence) -> str:
    """An order's own status, with the shop's own one behind it."""
    return f"{order.status} ({order.custom_status})" if order.custom_status else order.status


def evidence_lines(reason: str, found: Evidence, lang: str, shown: Shown) -> list[str]:
    """What stands behind a reason, a sentence each; `shown` writes an ISO time for the reader."""
    told = list(_lines(reason, found, lang, shown))
    if len(told) <= MOST_LINES:
        return told
    left = number(len(told) - MOST_LINES, lang)
    return [*told[:MOST_LINES], text("evidence.more", lang, count=left)]


def _lines(reason: str, found: Evidence, lang: str, shown: Shown) -> Iterator[str]:
    order = found.order
    if reason == "out_of_stock":
        yield from (_variant(each, lang) for each in found.variants or ())
    elif reason == "free_product" and found.free:
        kind, name = rules.mark_named(found.free.source)
        yield text(f"evidence.free.{kind}", lang, name=name, value=found.free.value)
    elif reason == "hidden_parent":
        hidden = (each for each in found.parents or () if not each.visible)
        yield from (text("evidence.parent", lang, name=each.name, id=each.id) for each in hidden)
    elif reason == "status_not_accepted" and order:
        word = "cancelled" if rightly_left_out(reason, found) else "status"
        yield text(f"evidence.{word}", lang, status=status_of(order))
    elif reason == "too_old" and order and order.created and order.cutoff:
        times = {"created": shown(order.created), "cutoff": shown(order.cutoff)}
        yield text("evidence.period", lang, **times)
    elif reason == rules.LINES_PENDING and order and order.created:
        when = shown(order.created)
        yield text("evidence.order", lang, status=status_of(order), created=when)


def _variant(each: VariantEvidence, lang: str) -> str:
    stock, minimum = number(each.stock, lang), number(each.minimum, lang)
    return text(
        "evidence.variant",
        lang,
        title=each.title or each.id,
        stock=stock,
        minimum=minimum,
        tracking=labels("tracking", lang).get(each.tracking, each.tracking),
    )
