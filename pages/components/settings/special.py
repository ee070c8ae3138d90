"""The fields that know more than their setting: what a period costs, whether an hour is enough,
how a picture of that size looks."""

from __future__ import annotations

import re
from datetime import date
from html import escape
from typing import Final

import streamlit as st

from pages.components import format, layout
from pages.components import settings_words as words
from pages.components.options import labels, worded
from pages.components.settings import figures
from pages.components.settings.fields import Read, basics, field_label, whole, within
from pages.components.settings.form import Form
from pages.components.texts import lang, plain, t
from sync.addresses import is_openable
from sync.preview import HourFit, OrderCost
from sync.settings import LARGEST_SIDE, LARGEST_ZOOM, OLDEST_DATE, Setting

OWN_DATE: Final = "date"
_DATES: Final = {"en": "DD/MM/YYYY", "de": "DD.MM.YYYY"}
_SIDES: Final = (("width", LARGEST_SIDE), ("height", LARGEST_SIDE), ("zoom", LARGEST_ZOOM))


def period(form: Form, s: Setting) -> None:
    """How far back, each choice with its price, or a date of one's own."""
    text = form.value(s.key)
    chosen = text if text in s.options else OWN_DATE
    costs = figures.order_costs(form)
    known = {each: _period(s.key, each, costs) for each in (*s.options, OWN_DATE)}
    st.selectbox(
        options=list(known),
        format_func=labels(known),
        **basics(form, s.key, _read_period, chosen, worded(known)),
    )
    if chosen == OWN_DATE:
        _own_date(form, s.key, date.fromisoformat(text))
    _further(s, text, costs)


def _own_date(form: Form, key: str, shown: date) -> None:
    field = basics(form, key, _iso, shown, "date")
    field["label"] = t("settings.own_date")
    latest = max(words.today(), shown)
    st.date_input(
        min_value=OLDEST_DATE, max_value=latest, width=240, format=_DATES[lang()], **field
    )


def _iso(chosen: date | None) -> str:
    return chosen.isoformat() if chosen else ""


def _read_period(option: str) -> str:
    today = words.today()
    year_ago = today.replace(year=today.year - 1, day=min(today.day, 28))
    return year_ago.isoformat() if option == OWN_DATE else option


def _period(key: str, option: str, costs: figures.Costs) -> str:
    if option == OWN_DATE:
        return t("settings.own_date")
    name, cost = words.value(key, option), costs.get(option)
    return t("settings.cost.option", name=name, cost=figures.cost(cost)) if cost else name


def _further(s: Setting, text: str, costs: figures.Costs) -> None:
    """What the next longer period would bring and cost: the further back, the better."""
    now, place = costs.get(text), s.options.index(text) if text in s.options else len(s.options)
    more = next((each for each in s.options[place + 1 :] if _adds(costs.get(each), now)), None)
    if now is None or more is None:
        return
    cost = costs[more]
    added = format.number((cost.orders or 0) - (now.orders or 0))
    numbers = {"orders": t("settings.cost.orders", orders=added)}
    numbers |= {"finish": format.clock(cost.finish), "period": words.value(s.key, more)}
    st.caption(plain(t("settings.cost.further", **numbers)))


def _adds(cost: OrderCost | None, now: OrderCost | None) -> bool:
    return bool(cost and now and (cost.orders or 0) > (now.orders or 0))


def hour(form: Form, s: Setting) -> None:
    """When the store syncs, and whether a run fits into the chosen hour."""
    text, hours = form.value(s.key), {each: words.hour(each) for each in s.options}
    st.selectbox(
        options=s.options,
        format_func=labels(hours),
        **basics(form, s.key, str, text, worded(hours)),
    )
    found = fit(form)
    if found:
        icon = ":material/check_circle:" if found.fits else ":material/warning:"
        code = "settings.hour.fits" if found.fits else "settings.hour.late"
        said = t(code, start=format.clock(found.start), finish=format.clock(found.finish))
        st.caption(f"{icon} {plain(said)}")


def fit(form: Form) -> HourFit | None:
    """Whether a run fits into the drafted hour; None where that is not known."""
    return figures.hour_fit(form, form.drafted.sync_time) if form.read else None


def image_size(form: Form, s: Setting) -> None:
    """Width, height and zoom, and a picture of the shop in that size."""
    sizes = form.typed(s.key).split("x")
    with st.container(horizontal=True, vertical_alignment="center"):
        label = field_label(form, s.key)
        st.markdown(f":small[{label}]", help=t(f"setting.{s.key}.help"), width="content")
        sample = layout.popover(
            t("settings.image.sample"), icon=":material/image:", key=f"sample:{form.store.slug}"
        )
    for place, (side, (part, most)) in enumerate(zip(st.columns(3), _SIDES, strict=True)):
        with side:
            _side(form, s.key, sizes, place, part, most)
    if sample.open and s.key not in form.refused:
        with sample:
            _picture(figures.sample_image(form), *(int(side) for side in sizes[:2]))


def _side(form: Form, key: str, sizes: list[str], place: int, part: str, most: int) -> None:
    shown = within(sizes[place], 1, most)
    field = basics(form, key, _in_place(sizes, place), shown, part)
    field |= {"label": t(f"settings.image.{part}"), "help": None}
    st.number_input(value=None, min_value=1, max_value=most, step=1, **field)


def _in_place(sizes: list[str], place: int) -> Read:
    def read(typed: float | None) -> str:
        return "x".join([*sizes[:place], whole(typed), *sizes[place + 1 :]])

    return read


def _picture(url: str | None, width: int, height: int) -> None:
    """Draw the picture over a plain area of its size, which stays visible if it cannot be loaded.
    Browsers that can ask for it without a referrer."""
    fits = min(width, _TALLEST * width // height)
    name = escape(t("settings.image.alt", width=width, height=height))
    shown = ""
    if url and _SAFE.fullmatch(url) and is_openable(url):
        shown = f"background-image:url('{url}');"
        shown += f"background-image:url('{url}' referrer-policy(no-referrer))"
    st.html(
        f'<div role="img" aria-label="{name}" style="{_AREA}aspect-ratio:{width}/{height};'
        f'width:min(100%,{fits}px)"><span style="opacity:.6">{width} × {height}</span>'
        f'<div style="{_OVER}{shown}"></div></div>'
    )


_TALLEST: Final = 240  # pixels
_SAFE: Final = re.compile(r"(?:https://|http://127\.0\.0\.1:)[\w.:/?=&%~+,@-]+", re.ASCII)
_AREA: Final = (
    "position:relative;display:grid;place-items:center;"
    "background:rgba(128,128,128,.12);border-radius:.5rem;overflow:hidden;"
)
_OVER: Final = "position:absolute;inset:0;background-size:contain;background-position:center;"
