"""The options of a store that are no settings: when a sync is held as unusual, how Clerk.io is read
back between the runs, and how old what it holds may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import streamlit as st

from pages.components import context
from pages.components.shops import forms
from pages.components.texts import plain, t
from sync import run
from sync.store import StoreRow

_MOST: Final = 9999
_LIMITS: Final[dict[str, Any]] = {"min_value": 0.001, "max_value": float(_MOST), "format": "%g"}
_AUTO: Final = "auto"
_HOURS: Final = ("fresh_products_h", "fresh_orders_h")


def show(store: StoreRow) -> None:
    """Draw the form, with what it had when it was opened to tell what is changed."""
    seen = _seen(store)
    st.caption(t("shops.stores.options_text"))
    with st.form(forms.named(f"options:{store.id}"), border=False):
        wanted = dict(_fields(store, seen))
        sent = st.form_submit_button(t("shops.save"), type="primary")
    changes = {name: value for name, value in wanted.items() if value != seen[name]}
    if sent and forms.tried(lambda: run.change_options(context.desk(), store, changes, seen)):
        forms.saved(t("shops.stores.options_saved", name=plain(store.name)))


def _seen(store: StoreRow) -> Mapping[str, str]:
    """The options as they were when the form was opened: its fields are gone with the dialog."""
    key = forms.named(f"options:{store.id}:seen")
    if _key(store, "outlier_hold") not in st.session_state or key not in st.session_state:
        st.session_state[key] = options = context.desk().options(store)
        for name in _HOURS:
            st.session_state[_key(store, name)] = _held(options[name])
    found: Mapping[str, str] = st.session_state[key]
    return found


def _key(store: StoreRow, name: str) -> str:
    return forms.named(f"options:{store.id}:{name}")


def _fields(store: StoreRow, seen: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each option with what its field says, as it is kept."""
    yield "outlier_hold", _yes(store, "outlier_hold", seen)
    yield "outlier_k", _number(store, "outlier_k", seen, step=0.5)
    yield "patrol_days", _days(store, "patrol_days", seen)
    yield "patrol_resend", _yes(store, "patrol_resend", seen)
    for name in _HOURS:
        yield name, _hours(store, name, seen)


def _yes(store: StoreRow, name: str, seen: Mapping[str, str]) -> str:
    chosen = st.checkbox(value=seen[name] == "yes", **_look(store, name))
    return "yes" if chosen else "no"


def _days(store: StoreRow, name: str, seen: Mapping[str, str]) -> str:
    held = int(seen[name])
    typed = st.number_input(min_value=0, max_value=_MOST, value=held, step=1, **_look(store, name))
    return seen[name] if typed == held else str(typed)


def _number(store: StoreRow, name: str, seen: Mapping[str, str], *, step: float) -> str:
    """A number above 0."""
    held = float(seen[name])
    typed = st.number_input(value=held, step=step, **_LIMITS, **_look(store, name))
    return seen[name] if typed == held else _text(typed)


def _hours(store: StoreRow, name: str, seen: Mapping[str, str]) -> str:
    """A number of hours; an empty field is `auto`. What it begins with is in the session: a field
    with a value of its own could not be emptied."""
    placeholder = t("shops.option.auto")
    typed = st.number_input(
        value=None, step=1.0, placeholder=placeholder, **_LIMITS, **_look(store, name)
    )
    if typed is None:
        return _AUTO
    return seen[name] if typed == _held(seen[name]) else _text(typed)


def _held(hours: str) -> float | None:
    return None if hours == _AUTO else float(hours)


def _text(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")


def _look(store: StoreRow, name: str) -> dict[str, Any]:
    about = "fresh" if name.startswith("fresh_") else name
    return {
        "label": t(f"shops.option.{name}"),
        "help": t(f"shops.option.{about}_help"),
        "key": _key(store, name),
    }
