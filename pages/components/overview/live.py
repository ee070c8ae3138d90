"""The overview as it is now, worked out once for all who look at it, and drawn anew only when a
store is no longer as it was drawn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import streamlit as st

from pages.components import context, format, names, worker
from pages.components.acts import act
from sync import overview
from sync.database import Scope
from sync.overview import Overview
from sync.store import Desk, worker_alive

FRAGMENT: Final = "overview:fleet"
EVERY: Final = 5.0  # seconds between looks
# Of a core, for drawing anew in an open tab; what the server does beside the script is half of it.
SHARE: Final = 0.01
MOST: Final = 50  # overviews that are kept, of people who see different shops
LONGEST: Final = 30.0  # seconds that what is shown may be out of date for that
_DRAWN: Final = "overview:drawn"
_AGAIN: Final = "overview:again"

# The browser asks for a look, but not from a tab that nobody sees, nor while somebody types, has a
# list open or has just clicked: a redraw would take the words or the place away, and of a click and
# a look that come together Streamlit answers only one.
_ticker = st.components.v2.component(
    "sync_desk_ticker",
    js="""
const BUSY = `:is(input, textarea, [contenteditable=true]):focus, [data-testid=stPopoverBody],
  [data-testid=stDialog], [role=listbox]`
const QUIET = 1500
let touched = 0
for (const kind of ['pointerdown', 'keydown']) {
  document.addEventListener(kind, () => { touched = Date.now() }, true)
}
export default function ({ data, setTriggerValue }) {
  const look = () => {
    const quiet = Date.now() - touched > QUIET
    if (quiet && !document.hidden && !document.querySelector(BUSY)) {
      setTriggerValue('look', Date.now())
    }
  }
  const timer = setInterval(look, data.every * 1000)
  document.addEventListener('visibilitychange', look)
  return () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', look)
  }
}
""",
)


@dataclass(frozen=True)
class Seen:
    """The stores as they are now, and each one's name, told apart from others of that name."""

    overview: Overview
    names: dict[str, str]


@dataclass(frozen=True)
class _Drawn:
    """What a tab shows."""

    overview: Overview
    driven: bool
    day: date


@st.cache_resource(show_spinner=False)
def _latest(_folder: str) -> dict[Scope, Seen]:
    """What all sessions share: what was seen last, if anything, by what of the desk one sees."""
    return {}


def now() -> Seen:
    """Return how the stores are."""
    desk = context.desk()
    latest = _latest(str(desk.data_dir))
    seen = latest.get(desk.scope)
    if seen is None or not overview.holds(desk, seen.overview):
        seen = latest[desk.scope] = Seen(overview.overview(desk), names.stores(desk))
        for old in list(latest)[:-MOST]:
            latest.pop(old, None)
    return seen


def is_driven(desk: Desk) -> bool:
    """Whether a worker drives runs, or is about to."""
    return worker.starting() or worker_alive(desk.data_dir)


@contextmanager
def drawing(seen: Seen) -> Iterator[None]:
    """While the page is drawn: note what it shows and what that costs."""
    began, first = time.thread_time(), _DRAWN not in st.session_state
    yield
    st.session_state[_DRAWN] = _Drawn(seen.overview, is_driven(context.desk()), _today())
    # The first time costs more than any other: what is loaded then is there from then on.
    pause = 0.0 if first else min(LONGEST, (time.thread_time() - began) / SHARE)
    st.session_state[_AGAIN] = time.monotonic() + pause


@st.fragment
def ticker() -> None:
    """Look now and then whether anything has changed, also who is let in."""
    context.desk()
    _ticker(key="overview:ticker", data={"every": EVERY}, on_look_change=_look)


@act
def _look() -> None:
    drawn: _Drawn | None = st.session_state.get(_DRAWN)
    if drawn is not None and time.monotonic() >= st.session_state[_AGAIN] and not _holds(drawn):
        st.rerun(FRAGMENT)


def _holds(drawn: _Drawn) -> bool:
    desk = context.desk()
    same = (drawn.driven, drawn.day) == (is_driven(desk), _today())
    return same and overview.holds(desk, drawn.overview)


def _today() -> date:
    """The reader's day: times of today are written without it."""
    return datetime.now(format.zone()).date()
