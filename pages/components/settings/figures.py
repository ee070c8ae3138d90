"""Figures of the shop and costs of choices, computed once for each state of the shop and each
draft rather than at every click."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from pages.components import format
from pages.components.context import desk
from pages.components.settings.form import Form
from pages.components.texts import t
from sync import preview, survey
from sync.fleet import standings
from sync.settings import SETTINGS
from sync.statuses import standard_status

T = TypeVar("T")
Drafted = tuple[tuple[str, str], ...]
Row = Mapping[str, Any]
Costs = Mapping[str, preview.OrderCost]


def effect(form: Form) -> preview.Effect | None:
    """What the draft changes: `preview.effect`; None where it changes nothing or nothing was
    read."""
    drafted = _drafted(form)
    if not drafted or not form.read:
        return None
    return _once(
        form,
        lambda: preview.effect(desk(), form.store, dict(drafted)),
        "effect",
        drafted,
        _minute(),
    )


def order_costs(form: Form) -> Costs:
    """What each period costs under the rest of the draft, by option, a date of one's own too."""
    listed = form.drafted.include_orders in SETTINGS["include_orders"].options
    others = _drafted(form, without="include_orders" if listed else "")
    costs = _once(
        form,
        lambda: preview.order_costs(desk(), form.store, dict(others)),
        "costs",
        others,
        _minute(),
    )
    return {each.option: each for each in costs if each.calls is not None}


def next_run(form: Form) -> float | None:
    """When the store runs next by itself (unix s); None if it does not."""
    (standing,) = standings(desk(), form.store.id)
    return standing.due(desk().clock.now())


def hour_fit(form: Form, sync_time: str) -> preview.HourFit | None:
    """Whether a run fits into the chosen hour; None where no hour is chosen."""
    if not sync_time.isdigit():
        return None
    hour, others = int(sync_time), _drafted(form, without="sync_time")
    return _once(
        form,
        lambda: preview.hour_fit(desk(), form.store, hour, dict(others)),
        "hour",
        hour,
        others,
        _minute(),
    )


def sample_image(form: Form) -> str | None:
    """The address of a product's picture in the drafted size."""
    size = form.drafted.image_size
    return _once(
        form,
        lambda: preview.sample_image(desk(), form.store, {"image_size": size}),
        "image",
        size,
    )


def statuses(form: Form) -> list[Row]:
    """The statuses that the shop's orders really have, the most frequent first."""
    return _once(form, lambda: list(survey.statuses(desk(), form.store)), "statuses")


def unmatched_statuses(form: Form) -> list[Row]:
    """The drafted statuses that no order of the shop has."""
    typed = form.drafted.accepted_order_statuses
    return _once(
        form,
        lambda: list(survey.unmatched_statuses(desk(), form.store, typed)),
        "unmatched",
        typed,
    )


def understood_statuses(form: Form) -> Mapping[str, str]:
    """The drafted statuses that are other names of Lightspeed's own → what they stand for."""
    typed = form.drafted.accepted_order_statuses
    found = {each: standard_status(each) for each in typed}
    return {each: own for each, own in found.items() if own and own != each}


def attributes(form: Form) -> list[Row]:
    """The attributes that the shop's products really have, the most filled first."""
    return _once(form, lambda: list(survey.attributes(desk(), form.store)), "attributes")


def attribute_uses(form: Form) -> list[Row]:
    """Where the products have the drafted custom attributes."""
    typed = form.drafted.custom_attributes
    return _once(
        form, lambda: list(survey.attribute_uses(desk(), form.store, typed)), "uses", typed
    )


def unread_attributes(form: Form) -> survey.UnreadNames:
    """What attributes there may be beside those that products were read with."""
    return _once(form, lambda: survey.unread_names(desk(), form.store), "unread")


def metafield_calls(form: Form) -> int:
    """What looking for the drafted custom attributes among metafields would cost."""
    drafted = _drafted(form)
    return _once(
        form,
        lambda: preview.metafield_calls(desk(), form.store, dict(drafted)),
        "metafields",
        drafted,
    )


def _minute() -> int:
    """What says when something would be done is true for so long."""
    return int(desk().clock.now() // 60)


def _drafted(form: Form, without: str = "") -> Drafted:
    return tuple(sorted((k, v) for k, v in form.changes.items() if k != without))


def _once(form: Form, ask: Callable[[], T], *about: object) -> T:
    answer: T = _kept(ask, form.store.slug, form.plan.key, about)
    return answer


@st.cache_data(show_spinner=False, ttl=600, max_entries=500)
def _kept(_ask: Callable[[], Any], store: str, state: str, about: tuple[object, ...]) -> Any:
    return _ask()


def cost(found: preview.OrderCost) -> str:
    """`12,301 orders, 20,080 calls, done Tuesday 02:35`; an estimate says so."""
    calls = t("settings.cost.calls", calls=format.number(found.calls or 0))
    orders = t("settings.cost.short", orders=format.number(found.orders or 0))
    code = "settings.cost.about" if found.estimated else "settings.cost.known"
    return t(code, orders=orders, calls=calls, finish=format.clock(found.finish))
