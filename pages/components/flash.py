"""What a click led to: one message, kept by its callback until the page draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import streamlit as st

from pages.components import links
from pages.components.texts import t

Kind = Literal["error", "warning", "info", "done", "saved"]
_KEPT: Final = "flash"
_LOOKS: Final[dict[Kind, tuple[Any, str]]] = {
    "error": (st.error, ":material/error:"),
    "warning": (st.warning, ":material/info:"),
    "info": (st.info, ":material/info:"),
    "done": (st.success, ":material/check_circle:"),
    "saved": (st.toast, ":material/check_circle:"),
}


@dataclass(frozen=True)
class _Message:
    kind: Kind
    text: str
    run: int | None


def tell(kind: Kind, text: str, *, run: int | None = None) -> None:
    """Keep a message (Markdown) and the run that it leads to, in place of an older one."""
    st.session_state[_KEPT] = _Message(kind, text, run)


def forget() -> None:
    """Let go of a message that was kept: the page that it belongs to is not drawn."""
    st.session_state.pop(_KEPT, None)


def show() -> None:
    """Draw the message that was kept, once."""
    message: _Message | None = st.session_state.pop(_KEPT, None)
    if message is None:
        return
    draw, icon = _LOOKS[message.kind]
    draw(message.text, icon=icon)
    if message.run is not None:
        links.to("run", label=t("runs.open", run=message.run), run=message.run)
