"""Parts of a page that a click on them draws alone: what the frame does for a page is done for
them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

import streamlit as st

from pages.components import acts, asked, context, door, flash, links, signin, states
from pages.components.texts import one_language
from sync.database import kept
from sync.store import Gone

P = ParamSpec("P")


@contextmanager
def part() -> Iterator[None]:
    """While a part is drawn: each file is opened once, and who is there and in which language they
    read is asked once. Raises what `context.desk` raises."""
    if signin.is_admitted():  # it is drawn with the whole page
        yield
        return
    asked.settle()
    with kept(), one_language():
        context.desk()
        with signin.admitted():
            yield


def fragment(
    draw: Callable[P, None], *, key: str | None = None, tells: bool = True
) -> Callable[P, None]:
    """Make a fragment of a part. It says what went wrong in it and what a click has to say, and
    leads to the page that a click asks for; of what is not there any more the whole page tells. A
    callback can draw it alone by `st.rerun(key)`. Without `tells` the part itself says what a click
    has to say."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        whole = signin.is_admitted()
        with part():
            links.follow()
            if tells:
                flash.show()
            try:
                draw(*args, **kwargs)
            except (Gone, *door.CLOSED):
                if whole:
                    raise
                st.rerun()
            except acts.KNOWN as error:
                states.failed(error)

    return st.fragment(drawn, key=key)
