"""What a sync would do now, as `preview` says it and pages show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sync import guard
from sync.clock import iso
from sync.entities import ENTITIES
from sync.extract import Read
from sync.guard import Hold
from sync.mirror import facts
from sync.openshop import OpenShop, opened_shop
from sync.plan import Counts, Plan, build, record_line
from sync.rules import LINES_PENDING
from sync.run.fills import emptied_holds, moved_by_plan
from sync.run.outliers import outlier_holds
from sync.run.price import (
    Calls,
    Older,
    Unknown,
    calls_of,
    clerk_calls,
    exact_calls,
    finish_of,
    not_read,
    older_orders,
    reads_of,
    unknown,
)
from sync.store import Desk, StoreRow
from sync.texts import text
from sync.texts.numbers import number


@dataclass(frozen=True)
class HeldBefore:
    """Records that Clerk.io held before the first sync, and how many of them it would remove."""

    count: int
    remove: int


@dataclass(frozen=True)
class Unread:
    """What reading an entity for the first time costs."""

    calls: int


@dataclass(frozen=True)
class NeverRead:
    """An entity that was never read: nothing is known of it but that price."""

    not_read: Unread


@dataclass(frozen=True)
class EntityPlan:
    """What would become of an entity's records. `lines_missing` are orders that only wait for
    their lines, `not_read` those older than the mirror, or the price of an entity that was never
    read; `left_in_clerk` are categories that Clerk.io lets nobody delete; `unknown` is what else
    the settings ask for and nobody has read, by its code."""

    read: int
    create: int
    update: int
    unchanged: int
    remove: int
    skip: int
    reasons: Mapping[str, int]
    held_before: HeldBefore | None = None
    lines_missing: int | None = None
    not_read: int | Unread | None = None
    left_in_clerk: int | None = None
    unknown: Mapping[str, Unknown] | None = None

    @property
    def follow(self) -> int:
        """Orders that go as soon as their lines are read; `skip` counts them too."""
        return self.reasons.get(LINES_PENDING, 0)

    @property
    def unsent(self) -> int:
        """Records that are left out, also those that are removed for it: those of `skip` that do
        not follow."""
        return self.skip - self.follow

    @property
    def leaving(self) -> int:
        """Records that are removed because they are left out: `unsent` and `remove` have them."""
        return self.remove - self.reasons.get("gone", 0)

    @property
    def going(self) -> int:
        """Records that Clerk.io has after the sync, with the orders that follow."""
        return self.create + self.update + self.unchanged + self.follow

    def silent_about(self, lang: str) -> list[str]:
        """One sentence for each thing that these numbers leave out."""
        return [_sentence(code, each, lang) for code, each in (self.unknown or {}).items()]


@dataclass(frozen=True)
class Preview:
    """A plan, what a run that sends it would cost, and when it would be done (None: the windows
    never let it end). `exactly` are the calls of a run that sends just this plan, without reading.
    `settings_version` is None for a draft; times are ISO 8601 UTC."""

    store: str
    as_of: str | None
    settings_version: int | None
    fingerprint: str
    entities: Mapping[str, EntityPlan | NeverRead]
    holds: Sequence[Hold]
    calls: Calls
    finish: str | None
    exactly: Calls

    def planned(self) -> dict[str, EntityPlan]:
        """The entities of which anything is known."""
        return {name: each for name, each in self.entities.items() if isinstance(each, EntityPlan)}

    def unread_calls(self) -> int:
        """Calls for everything that the preview is silent about; 0 if it knows all."""
        return sum(_unread(each) for each in self.entities.values())

    def unread(self) -> dict[str, bool]:
        """The entities of which something that the settings ask for was never read; whether the
        preview knows the rest of it."""
        return {
            name: isinstance(each, EntityPlan) and not isinstance(each.not_read, Unread)
            for name, each in self.entities.items()
            if _unread(each)
        }


def _unread(entity: EntityPlan | NeverRead) -> int:
    price = entity.not_read.calls if isinstance(entity.not_read, Unread) else 0
    others = entity.unknown or {} if isinstance(entity, EntityPlan) else {}
    return price + sum(each.calls for each in others.values())


def _sentence(code: str, each: Unknown, lang: str) -> str:
    price = text("unknown.price", lang, n=number(each.calls, lang))
    if each.records is None:
        return text(f"unknown.{code}_uncounted", lang, price=price)
    return text(f"unknown.{code}", lang, price=price, records=number(each.records, lang))


def preview(
    desk: Desk,
    store: StoreRow,
    draft: Mapping[str, str] | None = None,
    records: Callable[[dict[str, Any]], None] | None = None,
) -> Preview:
    """What a sync would do now, without a call. `draft` changes settings that nobody saved;
    `records` gets one line for each record."""
    if records is not None:
        desk.must("export records", store)
        desk.audit("export records", store.slug, after=dict(draft or {}))
    version = desk.settings(store)
    settings = version.settings.changed(draft) if draft else version.settings
    with opened_shop(desk, store) as shop:
        inputs = shop.plan_inputs(settings)
        sink = None if records is None else lambda decision: records(record_line(inputs, decision))
        plan = build(inputs, sink)
        return preview_of(
            shop, plan, None if draft else version.version, partial(moved_by_plan, inputs)
        )


def preview_of(
    shop: OpenShop,
    plan: Plan,
    version: int | None,
    moves: Callable[[], Mapping[str, dict[str, int]]],
) -> Preview:
    """The preview that a plan is; `version` is that of saved settings, None for a draft; `moves`
    gives what `moved_by_plan` gives of it."""
    settings, filled = plan.inputs.settings, shop.ledger.filled
    reads, older = reads_of(shop, settings), older_orders(shop, settings)
    clerk = clerk_calls(shop, plan)
    calls = calls_of(settings, reads, older, plan.lines_missing, clerk)
    return Preview(
        store=shop.store.slug,
        as_of=iso(shop.mirror.fact(facts.as_of(shop.store.language))),
        settings_version=version,
        fingerprint=plan.fingerprint,
        entities=dict(_entities(plan, reads, older, draft=version is None)),
        holds=[
            *guard.holds(plan),
            *outlier_holds(shop.desk, shop.store, plan),
            *emptied_holds(shop.desk, shop.store, filled, moves),
        ],
        calls=calls,
        finish=finish_of(shop, calls),
        exactly=exact_calls(shop, plan, reads, clerk),
    )


def _entities(
    plan: Plan, reads: Sequence[Read], older: Older, *, draft: bool
) -> Iterator[tuple[str, EntityPlan | NeverRead]]:
    inputs = plan.inputs
    mirror_read = inputs.mirror.fact(facts.as_of(inputs.lang)) is not None
    for entity in ENTITIES:
        price = None
        if inputs.wants(entity) and not inputs.was_read(entity):
            price = Unread(not_read(entity, reads, older))
        if price is not None and (draft or mirror_read):
            yield entity, NeverRead(price)
        else:
            unknowns = unknown(entity, plan.counts[entity], reads, older) if price is None else None
            yield entity, _planned(plan, entity, price, unknowns)


def _planned(
    plan: Plan, entity: str, price: Unread | None, unknowns: Mapping[str, Unknown] | None
) -> EntityPlan:
    counts = plan.counts[entity]
    older = plan.inputs.mirror.fact(facts.ORDERS_STATE).get("older", 0)
    left = counts.reasons["left_in_clerk"] + len(plan.left_in_clerk)
    return EntityPlan(
        read=counts.read,
        create=counts.create,
        update=counts.update,
        unchanged=counts.unchanged,
        remove=counts.remove,
        skip=counts.skip,
        reasons=dict(sorted(counts.reasons.items())),
        held_before=_held_before(counts),
        lines_missing=plan.lines_missing if entity == "orders" else None,
        not_read=price or (older if entity == "orders" else None),
        left_in_clerk=left if entity == "categories" else None,
        unknown=unknowns or None,
    )


def _held_before(counts: Counts) -> HeldBefore | None:
    held = HeldBefore(counts.held_before, counts.held_leaving)
    return held if held.count else None
