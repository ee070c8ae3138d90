"""The form in Clerk.io's groups, two columns of them, and beside it what it would do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import partial
from typing import Final

import streamlit as st

from pages.components import settings_words as words
from pages.components.settings import effect, lists, parts, special
from pages.components.settings.fields import below, boolean, choice, number
from pages.components.settings.form import Form
from pages.components.texts import plain, t
from sync.preview import Effect
from sync.settings import GROUPS, SETTINGS, Kind, Setting
from sync.store import StoreRow

COLUMNS: Final = (("attributes", "data"), ("orders_and_stock", "variants"))
RARE: Final = tuple(group for group in GROUPS if group not in {*COLUMNS[0], *COLUMNS[1]})
_OPEN: Final = "settings:rare"
_BESIDE: Final = "settings-effect"
# The effect stays in sight while the form scrolls. Where there is no room beside the form it stands
# above it, and below the first line.
_STYLE: Final = f"""<style>
.st-key-settings-form h2, .st-key-{_BESIDE} h2 {{
  font-size: 1rem; padding: 0 0 1rem
}}
.st-key-settings-form {{ gap: .75rem }}
.st-key-settings-rare button, .st-key-settings-rare button > * {{
  justify-content: flex-start; text-align: left
}}
.st-key-settings-form [class*=st-key-group-] {{ gap: .5rem; padding: .75rem 1rem }}
[class*=st-key-drop-] button, [class*=st-key-add-] button {{
  min-height: 1.75rem; padding: 0 .5rem
}}
[class*=st-key-drop-] button p, [class*=st-key-add-] button p {{ font-size: .8125rem }}
.st-key-{_BESIDE} h3 {{ font-size: .9375rem; padding: 0 0 1rem }}
.st-key-{_BESIDE} [class*=st-key-blame-] button {{ min-height: 1.75rem; padding: 0 }}
@media (min-width: 1101px) {{
  .stColumn:has(.st-key-{_BESIDE}) {{
    position: sticky; top: 4rem; align-self: flex-start;
    max-height: calc(100vh - 5rem); overflow-y: auto
  }}
}}
@media (max-width: 1100px) {{
  .st-key-settings-page > div > .stHorizontalBlock > .stColumn {{ min-width: 100% }}
  .stColumn:has(.st-key-{_BESIDE}) {{ order: -1 }}
}}
</style>"""

_DRAWN: Final[dict[Kind, Callable[[Form, Setting], None]]] = {
    "boolean": boolean,
    "choice": choice,
    "number": number,
    "list": lists.names,
    "image_size": special.image_size,
    "period": special.period,
    "hour": special.hour,
}
_PLAIN: Final[frozenset[Kind]] = frozenset({"boolean", "choice", "number"})


def show(store: StoreRow) -> None:
    """The form and its effect."""
    st.html(_STYLE)
    with st.container(key="settings-page"):
        left, right = st.columns([2.1, 1])
    with left, st.container(key="settings-form"):
        for column, groups in zip(st.columns(2), COLUMNS, strict=True):
            with column:
                for group in groups:
                    parts.show(parts.group(group), store, partial(_grouped, group))
        parts.show(parts.RARE, store, _rare)
    with right:
        parts.show(parts.EFFECT, store, _beside)


def _beside(form: Form, found: Effect | None) -> None:
    with st.container(key=_BESIDE, border=True, gap="small"):
        effect.show(form, found)


def _grouped(group: str, form: Form, _: Effect | None) -> None:
    _group(form, group)
    parts.note(parts.group(group), form, _keys(group))


def _group(form: Form, group: str) -> None:
    keys = _keys(group)
    with st.container(border=True, key=f"group-{group}"):
        _title(form, group, keys)
        fields(form, keys)


def _keys(group: str) -> list[str]:
    return [s.key for s in SETTINGS.values() if s.group == group]


def _title(form: Form, group: str, keys: Iterable[str]) -> None:
    count = sum(form.changed(key) for key in keys)
    mark = f" :orange-badge[{t('settings.changed', count=count)}]" if count else ""
    st.header(words.with_english(f"group.{group}") + mark, anchor=False)


def _rare(form: Form, _: Effect | None) -> None:
    """The groups that are seldom changed, folded under what they say. Not an expander: one that
    gets another title closes under the reader's hand."""
    keys = [key for group in RARE for key in _keys(group)]
    open_ = st.session_state.get(_OPEN, False) or any(key in form.refused for key in keys)
    count = sum(form.changed(key) for key in keys)
    mark = f" :orange-badge[{t('settings.changed', count=count)}]" if count else ""
    st.button(
        " · ".join(f"{t(f'group.{group}')}: {_said(form, group)}" for group in RARE) + mark,
        key="settings-rare",
        icon=":material/keyboard_arrow_down:" if open_ else ":material/keyboard_arrow_right:",
        width="stretch",
        on_click=_fold,
        args=(not open_,),
    )
    if open_:
        left, right = st.columns(2)
        with left:
            for group in RARE[:-1]:
                _group(form, group)
        with right:
            _group(form, RARE[-1])
    parts.note(parts.RARE, form, keys)


def _fold(open_: bool) -> None:
    st.session_state[_OPEN] = open_


def _said(form: Form, group: str) -> str:
    """What a folded group says: its values that are not the usual ones."""
    unusual = [key for key in _keys(group) if form.value(key) != SETTINGS[key].default]
    if group == "sync_time":
        return plain(words.hour(form.value(group)))
    said = [words.short(key, form.value(key)) for key in unusual]
    return plain(", ".join(said)) or t(f"settings.usual.{group}")


def fields(form: Form, keys: Iterable[str]) -> None:
    """The fields of some settings, one below the other. Only what has several parts stands in a
    place of its own: a click draws all of them anew."""
    for key in keys:
        kind = SETTINGS[key].kind
        with nullcontext() if kind in _PLAIN else st.container(gap="xsmall"):
            _DRAWN[kind](form, SETTINGS[key])
            below(form, key)
