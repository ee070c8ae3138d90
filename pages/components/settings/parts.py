"""The parts of the page that a click draws alone. A field draws anew what it stands in, what its
draft does, and whatever else shows something that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, ParamSpec

import streamlit as st

from pages.components import draft, drawing
from pages.components.acts import act
from pages.components.settings import figures, lists, special
from pages.components.settings.form import Form, form_now, form_of
from pages.components.texts import t
from sync.preview import Effect
from sync.settings import SETTINGS
from sync.store import StoreRow

WHOLE: Final = "settings"
ANSWER: Final = "settings:answer"
SAID: Final = "settings:said"
EFFECT: Final = "settings:effect"
RARE: Final = "settings:rare"
_SHOWN: Final = "settings on the screen"
_LOOKS: Final = "looks of the settings"
_CLICK: Final = "click on the settings"

P = ParamSpec("P")


@dataclass(frozen=True)
class _Source:
    """What parts are drawn from, and which of those that a click draws are still to be drawn."""

    form: Form
    parts: set[str] = field(default_factory=set)

    @cached_property
    def effect(self) -> Effect | None:
        return figures.effect(self.form)


_whole: Final[ContextVar[_Source | None]] = ContextVar("settings drawn whole", default=None)


def group(name: str) -> str:
    """The part that a group of settings is."""
    return f"settings:group:{name}"


@contextmanager
def whole(store: StoreRow) -> Iterator[None]:
    """While the page is drawn: all its parts are drawn from the same."""
    with st.spinner(t("settings.planning")):
        source = _Source(form_of(store, redraw))
        source.effect  # noqa: B018 (it is made while the reader is told to wait)
    st.session_state[_SHOWN], st.session_state[_LOOKS] = _state(source.form), {}
    st.session_state[_CLICK] = None
    token = _whole.set(source)
    try:
        yield
    finally:
        _whole.reset(token)


def show(name: str, store: StoreRow, draw: Callable[[Form, Effect | None], None]) -> None:
    """Draw a part; alone only beside others that show the same settings and the same draft."""

    def part() -> None:
        source = _whole.get() or _alone(name, store)
        draw(source.form, source.effect)

    drawing.fragment(part, key=name, tells=False)()


def _alone(name: str, store: StoreRow) -> _Source:
    source: _Source | None = st.session_state.get(_CLICK)
    if source is not None and name in source.parts:
        source.parts.discard(name)
    else:
        source = _Source(form_now(store, redraw))
        if st.session_state.get(_SHOWN) != _state(source.form):
            st.rerun()
    if name == ANSWER:
        with st.spinner(t("settings.planning")):
            source.effect  # noqa: B018
    return source


def note(name: str, form: Form, keys: Sequence[str]) -> None:
    """Note what the fields of a part show."""
    st.session_state[_LOOKS][name] = keys, _look(form, keys)


def anew(callback: Callable[P, None]) -> Callable[P, None]:
    """A callback after which the whole page is another one."""

    def acting(*args: P.args, **kwargs: P.kwargs) -> None:
        callback(*args, **kwargs)
        st.rerun(WHOLE)

    return acting


def redraw(store: StoreRow, key: str) -> None:
    """Draw anew what follows from a setting that a callback put into the draft, or from the draft's
    note (no key)."""
    parts: list[str] = []
    act(lambda: parts.extend(_following(form_now(store, redraw), key)))()
    st.rerun(parts or WHOLE)


def _following(form: Form, key: str) -> list[str]:
    """The parts that show something else now; none where more than this draft moved."""
    shown, state = st.session_state.get(_SHOWN), _state(form)
    if not shown or shown[:-1] != state[:-1] or not draft.is_on_screen(form.store, form.kept):
        return []
    st.session_state[_SHOWN] = state
    looks = st.session_state[_LOOKS].items()
    moved = [name for name, (keys, look) in looks if key in keys or look != _look(form, keys)]
    parts = [ANSWER, SAID, *moved, EFFECT]
    st.session_state[_CLICK] = _Source(form, set(parts))
    return parts


def _state(form: Form) -> tuple[object, ...]:
    """What all parts show something of, the draft last."""
    kept = form.kept
    return form.store.slug, form.saved.version, form.plan.key, kept and (kept.id, kept.state)


def _look(form: Form, keys: Iterable[str]) -> list[tuple[object, ...]]:
    return [
        (form.typed(key), form.value(key), form.changed(key), form.why_idle(key), _more(form, key))
        for key in keys
    ]


def _more(form: Form, key: str) -> object:
    """What a field says that follows from other settings too."""
    kind = SETTINGS[key].kind
    if kind == "period":
        return figures.order_costs(form)
    if kind == "hour":
        return special.fit(form)
    return kind == "list" and lists.metafield_calls(form)
