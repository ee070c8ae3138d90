"""Settings tried out on the Preview page without saving them.

The draft is shared with the Settings page: `st.session_state["draft:<store>"]` holds the CLI text
of every setting that differs from the saved one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.components import format, frame, place
from pages.components.texts import lang, plain, t
from sync import preview, survey
from sync.settings import SETTINGS
from sync.store import StoreRow
from sync.texts import labels

TRIED = (
    "include_out_of_stock",
    "include_free_products",
    "include_hidden_categories",
    "include_customers",
    "include_pages",
    "include_orders",
    "accepted_order_statuses",
)


def changes(store: StoreRow) -> dict[str, str]:
    """The draft without what has become the saved value meanwhile."""
    saved = _saved(store)
    kept = {
        key: value for key, value in _draft(store).items() if key in saved and saved[key] != value
    }
    st.session_state[_name(store)] = kept
    return dict(kept)


def _draft(store: StoreRow) -> dict[str, str]:
    found: dict[str, str] = st.session_state.setdefault(_name(store), {})
    return found


def _name(store: StoreRow) -> str:
    return f"draft:{store.slug}"


def _saved(store: StoreRow) -> dict[str, str]:
    return place.desk().settings(store).settings.values()


def mark(store: StoreRow) -> None:
    """That a draft is on, and the ways out of it."""
    if not changes(store):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t("preview.draft"), icon=":material/edit_note:", color="orange")
        st.button(
            t("preview.draft_reset"),
            icon=":material/undo:",
            key="preview.reset",
            type="tertiary",
            on_click=_reset,
            args=(store,),
        )
        frame.link("settings", label=t("preview.draft_save"), icon=":material/tune:")


def effect(store: StoreRow) -> None:
    """What the draft changes: setting by setting, and how many records of each kind."""
    draft = changes(store)
    if not draft:
        return
    found = preview.effect(place.desk(), store, draft)
    with st.container(border=True, gap="xsmall"):
        for key, (old, new) in found["settings"].items():
            st.markdown(f"{t(f'setting.{key}.label')}: {shown(key, old)} → **{shown(key, new)}**")
        for entity, counts in found["entities"].items():
            if any(counts.values()):
                numbers = {name: format.number(n) for name, n in counts.items()}
                st.markdown(t("preview.effect", entity=t(f"entity.{entity}"), **numbers))
        if not any(any(counts.values()) for counts in found["entities"].values()):
            st.caption(t("preview.no_effect"))


def shown(key: str, value: str) -> str:
    """A setting's value in the reader's language, for Markdown."""
    options = option_names(key)
    return plain(options.get(value) or value or t("preview.empty_value"))


def option_names(key: str) -> dict[str, str]:
    """The names of a setting's options; {} for free text."""
    if SETTINGS[key].kind == "boolean":
        return {"yes": t("option.yes"), "no": t("option.no")}
    return labels(f"option.{key}", lang()) if SETTINGS[key].kind in ("period", "choice") else {}


def _reset(store: StoreRow) -> None:
    st.session_state[_name(store)] = {}


def propose(store: StoreRow, more: Mapping[str, str]) -> None:
    """Put changes into the draft, from a callback."""
    _draft(store).update(more)


def panel(store: StoreRow) -> None:
    """The settings that people try most."""
    opened = st.expander(
        t("preview.try"), icon=":material/science:", key="preview.try", on_change="rerun"
    )
    if not opened.open:
        return
    with opened:
        st.caption(t("preview.try_help"))
        now = _saved(store) | changes(store)
        with st.grid(min_column_width=260):
            for key in TRIED:
                _FIELDS[SETTINGS[key].kind](store, key, now[key])


def _switch(store: StoreRow, key: str, value: str) -> None:
    widget = _widget(key, value == "yes")
    st.toggle(
        t(f"setting.{key}.label"),
        key=widget,
        help=t(f"setting.{key}.help"),
        on_change=_follow,
        args=(store, key, lambda on: "yes" if on else "no"),
    )


def _period(store: StoreRow, key: str, value: str) -> None:
    options = list(SETTINGS[key].options)
    names = option_names(key)
    widget = _widget(key, value)
    st.selectbox(
        t(f"setting.{key}.label"),
        options if value in options else [*options, value],
        format_func=lambda code: names.get(code) or t(f"option.{key}.date", date=code),
        key=widget,
        help=t(f"setting.{key}.help"),
        on_change=_follow,
        args=(store, key, str),
    )


def _list(store: StoreRow, key: str, value: str) -> None:
    entries = [entry.strip() for entry in value.split(",") if entry.strip()]
    known = {row["status"]: row["orders"] for row in survey.statuses(place.desk(), store)}
    widget = _widget(key, entries)
    st.multiselect(
        t(f"setting.{key}.label"),
        [*entries, *(status for status in known if status not in entries)],
        format_func=lambda status: _counted(status, known.get(status)),
        key=widget,
        help=t(f"setting.{key}.help"),
        placeholder=t("preview.add_status"),
        accept_new_options=True,
        on_change=_follow,
        args=(store, key, ", ".join),
    )


def _counted(status: str, orders: int | None) -> str:
    return status if orders is None else f"{status} ({format.number(orders)})"


_FIELDS = {"boolean": _switch, "period": _period, "list": _list}


def _widget(key: str, value: object) -> str:
    """The widget's name; it always shows what the draft says."""
    name = f"preview.try.{key}"
    st.session_state[name] = value
    return name


def _follow(store: StoreRow, key: str, written: Callable[..., str]) -> None:
    value = written(st.session_state[f"preview.try.{key}"])
    draft = _draft(store)
    if value == _saved(store)[key]:
        draft.pop(key, None)
    else:
        draft[key] = value
