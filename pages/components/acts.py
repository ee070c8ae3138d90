"""What a click leads to: a callback runs before the page, outside the frame that tells errors.

What a callback meets and does not say itself is kept, and said at the head of the page that is
drawn after it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

import streamlit as st

from pages.components import states
from pages.components.texts import plain
from sync.database import kept, sqlite3
from sync.lightspeed import Spent
from sync.patience import BadTimeout
from sync.settings import SettingError
from sync.store import RunActive, UsageError
from sync.vault import VaultError

P = ParamSpec("P")
KNOWN: Final = (
    UsageError,
    SettingError,
    RunActive,
    BadTimeout,
    Spent,
    VaultError,
    sqlite3.Error,
    OSError,
)
_REFUSED: Final = "act refused"


def act(callback: Callable[P, object]) -> Callable[P, None]:
    """The callback; whatever is wrong is said on the page."""

    @wraps(callback)
    def acting(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with kept():
                callback(*args, **kwargs)
        except KNOWN as error:
            st.session_state[_REFUSED] = states.refusal(error)

    return acting


def refused() -> None:
    """Why the last click came to nothing, once."""
    message = st.session_state.pop(_REFUSED, None)
    if message:
        st.error(plain(message), icon=":material/error:")
