"""Who is signed in, and the desk that works for them. Each page, fragment and callback asks anew: a
sign-in ends, and the list of who is let in changes, while a page is open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from pages.components import format
from pages.components.texts import in_language, lang
from sync.access import Person
from sync.access.grants import granted
from sync.access.signin import Mode, SignedOut, SignIn, SignInError, Visitor, is_loopback
from sync.store import Desk, data_folder, whoami

_SINCE: Final = "session began"
_NAME: Final = "whose session it is"
_LEAVING: Final = "signing out"
_AUTH: Final = (
    "redirect_uri",
    "cookie_secret",
    "client_id",
    "client_secret",
    "server_metadata_url",
)
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
_SHORTEST: Final = 32  # characters of the secret that signs cookies
_bound: ContextVar[Visitor | None] = ContextVar("for whom a file is made", default=None)
_drawn_for: ContextVar[tuple[Visitor, Desk] | None] = ContextVar("page is drawn for", default=None)
T = TypeVar("T")


@contextmanager
def admitted() -> Iterator[None]:
    """While a page is drawn: it is asked once who is there, and raises what `desk` raises."""
    before = _drawn_for.set(None)
    try:
        there = visitor()
        _drawn_for.set((there, desk_for(there)))
        yield
    finally:
        _drawn_for.reset(before)


def is_admitted() -> bool:
    """Whether a page is drawn for somebody who was asked already."""
    return _drawn_for.get() is not None


def desk() -> Desk:
    """Return the desk of the data folder on behalf of who is signed in. SignedOut if nobody is who
    is let in, SignInError or AccessFileError where that cannot be told."""
    drawn = _drawn_for.get()
    return desk_for(visitor()) if drawn is None else drawn[1]


def desk_for(there: Visitor) -> Desk:
    """Return the desk on behalf of a visitor; raises as `desk` does."""
    whole = _desk(str(data_folder()))
    person = granted(whole.data_dir, there.name)
    if person is None and not there.signin:
        return whole.on_behalf(Person.local(there.name))
    mine = whole.on_behalf(person or Person(there.name))
    if there.signin and not mine.signin_holds(there.signin, there.until):
        raise SignedOut("ended")
    if not mine.person.enters:
        raise SignedOut("no_file" if person is None else "refused", who=there.name)
    return mine


@st.cache_resource(show_spinner=False)
def _desk(folder: str) -> Desk:
    return Desk(data_folder(folder))


def visitor() -> Visitor:
    """Return who is there, let in or not; SignedOut if nobody is proven to be."""
    drawn = _drawn_for.get()
    if drawn is not None:
        return drawn[0]
    bound = _bound.get()
    if bound is not None:
        if not time.time() < bound.until:
            raise SignedOut("ended")
        return bound
    config = SignIn.of()
    if config.mode is Mode.NONE:
        if not _alone():
            raise SignedOut("open")
        return Visitor(whoami())
    found = _claimed(config) if config.mode is Mode.OIDC else _passed_on(config)
    if st.session_state.setdefault(_NAME, found.name) != found.name:
        raise SignedOut("again")  # what this session keeps is somebody else's
    return found


def later(make: Callable[[], T]) -> Callable[[], T]:
    """Return the same for the server to call once somebody clicks, in a thread that knows no
    session: it works for whom the page was drawn, as long as they are signed in and let in, and in
    their language and time zone."""
    there, language, zone = visitor(), lang(), format.zone()

    def made() -> T:
        before = _bound.set(there)
        try:
            with in_language(language), format.in_zone(zone):
                return make()
        finally:
            _bound.reset(before)

    return made


def _alone() -> bool:
    """Whether nobody but this computer reaches the server, as far as both ends of the line tell:
    neither from elsewhere, nor through a proxy."""
    client = st.context.ip_address
    if not is_loopback(st.get_option("server.address")) or not (
        client is None or is_loopback(client)
    ):
        return False
    return not any(st.context.headers.get_all(name) for name in _FORWARDED)


def _claimed(config: SignIn) -> Visitor:
    try:
        known = st.secrets.get("auth", {})
    except StreamlitSecretNotFoundError:
        known = {}
    missing = [name for name in _AUTH if not known.get(name)]
    if missing:
        raise SignInError("signin.secrets", missing=", ".join(missing))
    if len(str(known["cookie_secret"])) < _SHORTEST:
        raise SignInError("signin.cookie_secret", least=_SHORTEST)
    return config.claimed(st.user.to_dict(), time.time())


def _passed_on(config: SignIn) -> Visitor:
    now = time.time()
    since = st.session_state.setdefault(_SINCE, now)
    return config.passed_on(st.context.headers.get_all, since, now)


def sign_out() -> None:
    """Sign out, from a callback: this browser, and whoever else has this sign-in."""
    there = visitor()
    st.session_state[_LEAVING] = True
    if SignIn.of().mode is Mode.OIDC:
        _desk(str(data_folder())).on_behalf(Person(there.name)).end_signin(there.signin)
        st.logout()


def leaving() -> bool:
    """Whether the person has just signed out: the page on the screen is none to come back to."""
    return bool(st.session_state.pop(_LEAVING, False))


def way_out() -> str | None:
    """Return where one signs out of the proxy, once after somebody wanted to."""
    return SignIn.of().sign_out if leaving() else None


def can_sign_out() -> bool:
    """Whether there is something to sign out of."""
    config = SignIn.of()
    return config.mode is Mode.OIDC or (config.mode is Mode.PROXY and bool(config.sign_out))
