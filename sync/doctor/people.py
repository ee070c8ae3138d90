"""Who is let in, and who is to stay forgotten: whether that can be told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sync.access.grants import NAME, AccessFileError, granted, named_file
from sync.access.signin import Mode, SignIn, SignInError
from sync.doctor.checks import Check
from sync.errors import CodedError, Message
from sync.forgotten import Forgotten, ForgottenError
from sync.store import Desk


def signin(desk: Desk) -> Iterator[Check]:
    """Whether the sign-in is set up, as far as this process has its configuration, and the file of
    grants can be understood; nothing where there is neither."""
    try:
        mode = SignIn.of().mode
        nobody = granted(desk.data_dir, "")
    except (SignInError, AccessFileError) as error:
        yield _wrong("signin", error)
        return
    named = (named_file() or Path(NAME)).name
    if nobody is not None:
        yield Check("signin", True, Message("doctor.signin", file=named))
    elif mode is not Mode.NONE:
        missing = Message("doctor.no_grants", file=named)
        yield Check("signin", False, missing, Message("doctor.signin_todo"))


def forgotten(desk: Desk) -> Iterator[Check]:
    """Whether it can be told of each shop who is to stay forgotten; nothing where nobody is."""
    lists = [(shop.slug, Forgotten(desk.data_dir, shop.slug)) for shop in desk.shops()]
    there = False
    for slug, listed in lists:
        try:
            there = bool(listed) or there
        except ForgottenError as error:
            yield _wrong("forgotten", error, shop=slug)
            return
    if there:
        yield Check("forgotten", True, Message("doctor.forgotten"))


def _wrong(name: str, error: CodedError, *, shop: str | None = None) -> Check:
    return Check(name, False, error.message, Message(f"doctor.{name}_todo"), shop)
