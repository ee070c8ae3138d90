"""What answers a reason: a change of settings, or one in the shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sync import commalist, rules
from sync.entities import KINDS, Id
from sync.errors import Message
from sync.explain.edits import Edit, Record, record_of
from sync.openshop import OpenShop
from sync.rules import OrderRules
from sync.settings import Settings
from sync.statuses import CANCELLED, own_status, standard_status

PERIODS: Final = ("1m", "3m", "6m", "1y", "2y", "3y", "all")
_SWITCHES: Final = {
    "out_of_stock": ("include_out_of_stock", "yes"),
    "free_product": ("include_free_products", "yes"),
}
_NAMED: Final = 3  # variants in one sentence


@dataclass(frozen=True)
class Cure:
    """One change: of settings, or in the shop. Two of one name are the same."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    edit: Edit | None = None


@dataclass(frozen=True)
class _Case:
    """A record with a reason, under settings."""

    shop: OpenShop
    settings: Settings
    entity: str
    source: Id
    field: str  # of `invalid:url`: url

    def setting(self, **changes: str) -> Cure:
        name = ", ".join(f"{key}={value}" for key, value in changes.items())
        return Cure(name, settings=changes)

    def edit(
        self, what: Message, apply: Callable[[Record], None], source: Id | None = None
    ) -> Cure:
        at = self.source if source is None else source
        return Cure(f"{at} {what.written()}", edit=Edit(what, self.entity, at, apply))

    @property
    def record(self) -> Record:
        return record_of(self.shop, self.entity, self.source)


def cures(
    shop: OpenShop, settings: Settings, entity: str, source: Id, reason: str
) -> Iterator[Cure]:
    """Every single change that may answer a reason of a record; whether it does is for the plan
    to say. Nothing answers a cancelled order."""
    kind, _, missing = reason.partition(":")
    case = _Case(shop, settings, entity, source, missing)
    if kind in _SWITCHES:
        key, value = _SWITCHES[kind]
        yield case.setting(**{key: value})
    yield from _ANSWERS.get(kind, _nothing)(case)


def _nothing(case: _Case) -> Iterator[Cure]:
    return iter(())


# -- products -------------------------------------------------------------------------------


def _stock(case: _Case) -> Iterator[Cure]:
    """The variants that lack least: more stock, a lower minimum, or no tracking."""
    variants = case.record["variants"]
    tracked = [v for v in variants if v["tracking"] == "enabled"]
    if not tracked:
        return
    first = min(tracked, key=lambda v: (v["minimum"] - v["stock"], v["id"]))
    alike = [v for v in tracked if (v["stock"], v["minimum"]) == (first["stock"], first["minimum"])]
    stock, minimum = first["stock"], first["minimum"]
    alone = "_alone" if len(variants) == 1 else ""
    values: dict[str, Any] = {} if alone else {"variants": _names(alike)}

    def put(name: str, value: object) -> Callable[[Record], None]:
        def apply(record: Record) -> None:
            for variant in record["variants"]:
                if variant["id"] == first["id"]:
                    variant[name] = value

        return apply

    enough = Message(f"shop_edit.stock{alone}", **values, stock=stock, enough=minimum + 1)
    yield case.edit(enough, put("stock", minimum + 1))
    if stock > 0:
        lower = Message(f"shop_edit.minimum{alone}", **values, minimum=minimum, enough=stock - 1)
        yield case.edit(lower, put("minimum", stock - 1))
    yield case.edit(Message(f"shop_edit.untracked{alone}", **values), put("tracking", "disabled"))


def _names(variants: Sequence[Record]) -> Message | str:
    """`“M”, “L” or “XL”`, as a message."""
    names = [Message("shop_edit.name", name=v["title"] or str(v["id"])) for v in variants[:_NAMED]]
    told: Message = names[0]
    for each in names[1:]:
        told = Message("shop_edit.or", first=told, second=each)
    return told


def _unmark(case: _Case) -> Iterator[Cure]:
    record = case.record
    mark = rules.free_mark(record, record["tags"])  # type: ignore[arg-type]
    if mark is None:
        return
    source, value = mark
    kind, name = rules.mark_named(source)

    def apply(record: Record) -> None:
        if kind == "tag":
            record["tags"].remove(value)
        elif kind == "data":
            record["data"][int(name) - 1] = ""
        else:
            kept = [s for s in record["specs"] if (s["name"], s["value"]) != (name, value)]
            record["specs"] = kept

    yield case.edit(Message(f"shop_edit.unmark_{kind}", name=name, value=value), apply)


def _fill(case: _Case) -> Iterator[Cure]:
    """What Clerk.io requires and the record lacks."""

    def apply(record: Record) -> None:
        if case.field == "name":
            record["title"] = "x"
        elif case.field == "url":
            record["slug"] = "x"
        elif case.field == "publishedAt":
            record.update(published_at=0, unreadable=[])
        else:
            for variant in record.get("variants", ()):
                variant["incl"] = variant["excl"] = 1.0

    if case.entity in ("products", "categories", "pages"):
        what = Message("shop_edit.fill", field=Message(f"shop_edit.field.{case.field}"))
        yield case.edit(what, apply)


# -- categories and pages -------------------------------------------------------------------


def _visible(case: _Case) -> Iterator[Cure]:
    if case.entity == "categories":
        yield case.setting(include_hidden_categories="yes")
    yield case.edit(Message("shop_edit.visible"), _show)


def _show(record: Record) -> None:
    record["visible"] = True


def _visible_parent(case: _Case) -> Iterator[Cure]:
    """The nearest hidden category above: the others follow one by one."""
    yield case.setting(include_hidden_categories="yes")
    tree = case.shop.mirror.categories(case.shop.store.language)
    parent_of, met = rules.parents(tree), {int(case.source)}
    at = int(case.source)
    while at in parent_of and (at := parent_of[at]) not in met:
        met.add(at)
        if not tree[at]["visible"]:
            what = Message("shop_edit.visible_parent", name=tree[at]["title"], id=at)
            yield case.edit(what, _show, at)
            return


def _publish(case: _Case) -> Iterator[Cure]:
    def apply(record: Record) -> None:
        record.update(published=True, published_at=0)

    yield case.edit(Message("shop_edit.publish"), apply)


def _write(case: _Case) -> Iterator[Cure]:
    def apply(record: Record) -> None:
        record.update(title=record["title"] or "x", text=record["text"] or "x")

    yield case.edit(Message("shop_edit.write"), apply)


def _language(case: _Case) -> Iterator[Cure]:
    language = case.shop.store.language

    def apply(record: Record) -> None:
        record["language"] = language

    yield case.edit(Message("shop_edit.language", language=language), apply)


# -- orders, and whole kinds ----------------------------------------------------------------


def _period(case: _Case) -> Iterator[Cure]:
    """The shortest period that reaches back to the order."""
    created, status, custom = _order(case)
    for period in PERIODS:
        settings = case.settings.changed({"include_orders": period, "import_orders": "yes"})
        inputs = case.shop.plan_inputs(settings)
        if "too_old" not in inputs.order_rules.reasons(created, status, custom, 1):
            yield case.setting(include_orders=period)
            return


def _status(case: _Case) -> Iterator[Cure]:
    _, status, custom = _order(case)
    if own_status(status) == CANCELLED:
        return
    typed = case.settings.accepted_order_statuses
    accepted = commalist.written([*typed, status])
    changed = case.settings.changed({"accepted_order_statuses": accepted})
    if OrderRules(changed, 0, {}).accepts_status(status, custom):
        yield case.setting(accepted_order_statuses=accepted)
    known = [name for name in map(standard_status, typed) if name and name != CANCELLED]
    if known:
        wanted = "completed_shipped" if "completed_shipped" in known else known[0]

        def apply(record: Record) -> None:
            record["status"] = wanted

        yield case.edit(Message("shop_edit.status", status=wanted), apply)


def _order(case: _Case) -> tuple[int, str, int | None]:
    row = case.shop.mirror.conn.execute(
        "SELECT created, status, custom_status FROM orders WHERE id = ?", [case.source]
    ).fetchone()
    return row[0], row[1], row[2]


def _import(case: _Case) -> Iterator[Cure]:
    key = KINDS[case.entity].imported_by
    if case.settings.values()[key] == "no":
        yield case.setting(**{key: "yes"})
    elif case.entity == "orders":
        yield from _period(case)


def _include(case: _Case) -> Iterator[Cure]:
    yield case.setting(**{KINDS[case.entity].included_by: "yes"})


_ANSWERS: Final[Mapping[str, Callable[[_Case], Iterator[Cure]]]] = {
    "out_of_stock": _stock,
    "free_product": _unmark,
    "invalid": _fill,
    "hidden": _visible,
    "hidden_parent": _visible_parent,
    "unpublished": _publish,
    "empty": _write,
    "other_language": _language,
    "too_old": _period,
    "status_not_accepted": _status,
    "import_off": _import,
    "not_included": _include,
}
