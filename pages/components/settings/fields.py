"""One field of the settings form for each kind of setting, and what is said below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypedDict

import streamlit as st

from pages.components import draft
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.options import labels, worded
from pages.components.settings.form import Form
from pages.components.texts import lang, plain, t
from sync.database import kept
from sync.settings import SETTINGS, Setting, SettingError, parse
from sync.store import StoreRow


class Basics(TypedDict):
    """What every field's widget is given."""

    label: str
    key: str
    help: str | None
    disabled: bool
    on_change: Callable[..., None]
    args: tuple[Any, ...]


P = ParamSpec("P")
Read = Callable[[Any], str]


def basics(form: Form, key: str, read: Read, shown: object, part: str = "") -> Basics:
    """What a field's widget is given; it shows `shown`, and `read` makes CLI text of its value."""
    name = name_of(form.store, key, part)
    seed(name, shown)
    return {
        "label": field_label(form, key),
        "key": name,
        "help": t(f"setting.{key}.help"),
        "disabled": form.why_idle(key) is not None,
        "on_change": then(form, key, _take),
        "args": (form.store, key, name, read),
    }


def name_of(store: StoreRow, key: str, part: str = "") -> str:
    """The name of a field's widget."""
    return ":".join(["field", store.slug, key, part])


def field_label(form: Form, key: str) -> str:
    """The label, with a mark where the field shows something else than what is saved."""
    mark = " :orange[●]" if form.changed(key) else ""
    return words.with_english(f"setting.{key}.label") + mark


def seed(name: str, shown: object) -> None:
    """Set a widget to the draft's value, unless it shows it already."""
    if name not in st.session_state or st.session_state[name] != shown:
        st.session_state[name] = shown


def then(form: Form, key: str, callback: Callable[P, None]) -> Callable[P, None]:
    """The callback of a setting's field, after which what follows from it is drawn anew."""

    def taken(*args: P.args, **kwargs: P.kwargs) -> None:
        with kept():
            callback(*args, **kwargs)
            if form.redraw:
                form.redraw(form.store, key)

    return taken


@act
def _take(store: StoreRow, key: str, name: str, read: Read) -> None:
    draft.put(store, key, read(st.session_state[name]))


def boolean(form: Form, s: Setting) -> None:
    """A switch; a choice of two where the catalogue words them."""
    if words.has_own_options(s.key):
        choice(form, s)
    else:
        st.toggle(**basics(form, s.key, _yes_no, form.value(s.key) == "yes"))


def _yes_no(on: bool) -> str:
    return "yes" if on else "no"


def choice(form: Form, s: Setting) -> None:
    """All options side by side."""
    known = {option: words.value(s.key, option) for option in s.options}
    st.radio(
        options=s.options,
        format_func=labels(known),
        horizontal=True,
        **basics(form, s.key, str, form.value(s.key), worded(known)),
    )


def number(form: Form, s: Setting) -> None:
    """A whole number."""
    shown = within(form.typed(s.key), s.minimum, s.maximum)
    st.number_input(
        value=None,
        min_value=s.minimum,
        max_value=s.maximum,
        step=1,
        width=240,
        **basics(form, s.key, whole, shown),
    )


def within(text: str, minimum: int, maximum: int) -> int | None:
    """The number that a number field can show; None where it is not one of its range."""
    known = int(text) if text.isdigit() else None
    return known if known is not None and minimum <= known <= maximum else None


def whole(typed: float | None) -> str:
    """CLI text of a number field; an empty one is the empty text."""
    return "" if typed is None else str(int(typed))


def below(form: Form, key: str) -> None:
    """What is wrong with a field, why it has no effect, and what is saved where that differs."""
    if key in form.refused:
        st.error(plain(_message(key, form.refused[key])), icon=":material/error:")
    idle = form.why_idle(key)
    if idle:
        st.caption(f":material/block: {plain(idle)}")
    # A switch says it by itself; of a list, the effect says what came and what went.
    tells = SETTINGS[key].kind not in ("boolean", "list") or words.has_own_options(key)
    if tells and key in form.changes:
        saved = form.live.values()[key]
        st.caption(f":material/edit: {t('settings.was', value=plain(words.value(key, saved)))}")


def _message(key: str, typed: str) -> str:
    try:
        parse(key, typed)
    except SettingError as error:
        return error.text(lang(), key=words.label(key))
    return ""
