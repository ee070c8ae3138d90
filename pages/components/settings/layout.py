"""The form in Clerk.io's groups, and beside it what it would do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import streamlit as st

from pages.components import asked
from pages.components.settings import effect, lists, special
from pages.components.settings.fields import Form, below, boolean, choice, number
from pages.components.texts import t
from sync.settings import GROUPS, SETTINGS, Kind, Setting

PARTS: Final = ("form", "history", "copy")
_PART: Final = "settings:part"
_FOLDED: Final = ("import", "advanced")
_BESIDE: Final = "settings-effect"
# While the form scrolls, its effect stays in sight; narrow screens have it below.
_STAYS: Final = (
    f"<style>@media (min-width: 900px) {{ .stColumn:has(.st-key-{_BESIDE})"
    " { position: sticky; top: 4rem; align-self: flex-start; } }</style>"
)

_DRAWN: Final[dict[Kind, Callable[[Form, Setting], None]]] = {
    "boolean": boolean,
    "choice": choice,
    "number": number,
    "list": lists.names,
    "image_size": special.image_size,
    "period": special.period,
    "hour": special.hour,
}


def choose_part() -> str:
    """Form, history or another store's settings; the choice is in the URL."""
    asked.follow("tab", _PART, lambda _: asked.one_of("tab", PARTS) or PARTS[0])
    chosen = st.segmented_control(
        t("settings.part.label"),
        PARTS,
        required=True,
        format_func=lambda part: t(f"settings.part.{part}"),
        key=_PART,
        label_visibility="collapsed",
    )
    asked.say("tab", str(chosen), default=PARTS[0])
    return str(chosen)


def show(form: Form) -> None:
    """The form; its effect stands to the right, below it on a narrow screen."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        for group in GROUPS:
            _group(form, group)
    with right, st.container(key=_BESIDE):
        effect.show(form)
    st.html(_STAYS)


def _group(form: Form, group: str) -> None:
    keys = [s.key for s in SETTINGS.values() if s.group == group]
    if group in _FOLDED:
        with st.expander(t(f"group.{group}"), key=f"group:{group}"):
            fields(form, keys)
        return
    with st.container(border=True):
        st.subheader(t(f"group.{group}"), anchor=False)
        fields(form, keys)


def fields(form: Form, keys: Iterable[str]) -> None:
    """The fields of some settings, one below the other."""
    for key in keys:
        with st.container(gap="xsmall"):
            _DRAWN[SETTINGS[key].kind](form, SETTINGS[key])
            below(form, key)
