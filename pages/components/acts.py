"""Errors of callbacks. A callback runs before the page, outside the frame that shows errors; they
are kept and shown on the page that is drawn next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final, ParamSpec

from pages.components import asked, flash, states
from pages.components.texts import plain
from sync.access.grants import AccessFileError
from sync.access.signin import SignedOut, SignInError
from sync.addresses import BadAddress
from sync.budget import Spent
from sync.database import kept, sqlite3
from sync.errors import BadEnvironment
from sync.forgotten import ForgottenError
from sync.settings import SettingError
from sync.store import RunActive, UsageError
from sync.vault import VaultError

P = ParamSpec("P")
KNOWN: Final = (
    SignedOut,
    SignInError,
    AccessFileError,
    UsageError,
    SettingError,
    RunActive,
    BadAddress,
    BadEnvironment,
    Spent,
    VaultError,
    ForgottenError,
    sqlite3.Error,
    OSError,
)


def act(callback: Callable[P, object]) -> Callable[P, None]:
    """Wrap a callback so that the page shows what goes wrong in it."""

    @wraps(callback)
    def acting(*args: P.args, **kwargs: P.kwargs) -> None:
        asked.settle()
        with telling(), kept():
            callback(*args, **kwargs)

    return acting


@contextmanager
def telling() -> Iterator[None]:
    """Keep what goes wrong inside for the page that is drawn next."""
    try:
        yield
    except KNOWN as error:
        flash.tell("error", plain(states.refusal(error)))
