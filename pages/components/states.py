"""Empty, loading and error states, and what a state of a run or store looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import streamlit as st

from pages.components import format
from pages.components.texts import lang, plain, t, why
from sync import causes
from sync.budget import Spent
from sync.clerk import ClerkError
from sync.database import message_of
from sync.errors import Message, text_of
from sync.explain import Story, evidence_lines, rightly_left_out, warning_text
from sync.http import HttpError
from sync.lightspeed import LightspeedError
from sync.plan import Sold
from sync.preview import Record
from sync.shapes.plain import shortened
from sync.store import KeysFailed, RunActive, State
from sync.vault import redact

API_ERRORS = (HttpError, LightspeedError, ClerkError, Spent)
_ASKED: Final = (HttpError, LightspeedError, ClerkError, KeysFailed)
Color = Literal["red", "orange", "blue", "green", "violet", "gray"]
Look = tuple[Color, str]

_RUN: Final[dict[State, Look]] = {
    State.QUEUED: ("gray", ":material/schedule:"),
    State.RUNNING: ("blue", ":material/sync:"),
    State.WAITING: ("blue", ":material/hourglass_top:"),
    State.APPROVED: ("blue", ":material/thumb_up:"),
    State.HELD: ("orange", ":material/front_hand:"),
    State.SUCCEEDED: ("green", ":material/check_circle:"),
    State.PARTIAL: ("orange", ":material/rule:"),
    State.FAILED: ("red", ":material/error:"),
    State.CANCELLED: ("gray", ":material/cancel:"),
    State.REJECTED: ("gray", ":material/block:"),
}
_LEVEL: Final[dict[str, Look]] = {
    "green": ("green", ":material/check_circle:"),
    "amber": ("orange", ":material/warning:"),
    "red": ("red", ":material/error:"),
}
_ACTION: Final[dict[str, Color]] = {
    "create": "green",
    "update": "orange",
    "follow": "blue",
    "unchanged": "gray",
    "remove": "red",
    "skip": "gray",
}


def run_badge(state: State) -> None:
    """The state of a run: word, icon, colour."""
    color, icon = _RUN[state]
    st.badge(t(f"state.{state}"), icon=icon, color=color, help=t(f"meaning.{state}"))


def run_color(state: State) -> Color:
    """The colour of a run's state."""
    return _RUN[state][0]


def level_badge(level: str) -> None:
    """How a store is: word, icon, colour."""
    color, icon = _LEVEL[level]
    st.badge(t(f"level.{level}"), icon=icon, color=color)


def action_color(action: str) -> Color:
    """The colour of what a plan does with a record."""
    return _ACTION[action]


def empty(code: str, *, icon: str, act: Callable[[], None] | None = None) -> None:
    """Nothing here yet: `<code>.title` says what is missing, `<code>.text` what to do; `act` draws
    the way on."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown(f"## {icon} {t(f'{code}.title')}", text_alignment="center")
        st.markdown(t(f"{code}.text"), text_alignment="center", width=560)
        if act is not None:
            act()


def refusal(error: Exception) -> str:
    """Why something was refused, in one line without secrets and in the reader's language; of what
    an API said also what that means and what to do next."""
    if isinstance(error, RunActive):
        return t("frame.run_active", run=error.run)
    if isinstance(error, Spent):
        return error.text(lang(), until=format.utc(error.until))
    told = message_of(error)
    line = _sentence(redact(told.text(lang())))
    if not isinstance(error, _ASKED) or causes.cause_of(told) == causes.OTHER:
        return line
    return f"{line} {causes.asked(told, lang())}"


def _sentence(line: str) -> str:
    """A line of the command line as a page has it. What begins with a name (of a setting, a host)
    keeps its first letter."""
    first = line.partition(" ")[0]
    begun = line[:1].upper() + line[1:] if first.isalpha() else line
    return begun if begun.endswith((".", "!", "?", ":")) else f"{begun}."


def message(row: Mapping[str, Any]) -> str:
    """What a row or a document with a message says, in the reader's language."""
    return text_of(row, lang()) if row["message"] else ""


def title(name: str | None, unreadable: Mapping[str, Any] | None) -> str:
    """What a record is called; where that is what is wrong with it, in the reader's language."""
    odd = Message.of(unreadable, name)
    return shortened(odd.text(lang()) if odd.text() == name else name or "", format.CELL)


def reasons(codes: Sequence[str]) -> list[str]:
    """The names of reason codes in the reader's language."""
    return [why(code) for code in codes]


def reason_cards(record: Story | Record) -> None:
    """Each reason with why it holds, what stands behind it, and what would change it."""
    for code in record.reasons:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{why(code)}** – {why(code, 'why')}")
            for line in evidence_lines(code, record.evidence, lang(), format.when):
                st.markdown(f"- {plain(line)}")
            rightly = rightly_left_out(code, record.evidence)
            st.caption(t("evidence.rightly") if rightly else why(code, "change"))


def record_notes(record: Story | Record) -> None:
    """Who has the record's key, and what of it cannot be read."""
    if record.owner is not None:
        st.caption(t("warning.owner", owner=plain(record.owner)))
    for warning in record.warnings:
        st.warning(plain(warning_text(warning, lang())), icon=":material/warning:")


def doing(phase: str, state: str) -> str:
    """What a run is at: its phase, its state before the first one."""
    return t(f"phase.{phase}") if phase else t(f"state.{state}")


def gone(error: Exception, way_back: Callable[[], None]) -> None:
    """What was asked for no longer exists, and the way back."""
    st.info(plain(refusal(error)), icon=":material/search_off:")
    way_back()


def refused(error: Exception) -> None:
    """What went wrong, in one line."""
    st.error(plain(refusal(error)), icon=":material/error:")


def failed(error: Exception) -> None:
    """What went wrong in one line, and that nothing is lost."""
    refused(error)
    st.caption(t("frame.error_hint"))


def sold(found: Sold, currency: str) -> str:
    """What a product sold: money, and in how many orders."""
    money = format.money(found.revenue, currency)
    return t("sold.told", money=money, count=format.number(found.orders))
