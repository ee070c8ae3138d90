"""The day that is shown and the one that it is compared with, in the reader's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import streamlit as st

from pages.components import asked, context, format
from pages.components.acts import act
from pages.components.texts import lang, t

OLDEST: Final = date(2000, 1, 1)
_FORMATS: Final = {"de": "DD.MM.YYYY", "en": "DD/MM/YYYY"}


@dataclass(frozen=True)
class Days:
    """The chosen day, and the one beside it if there is one."""

    on: date
    beside: date | None

    @property
    def first(self) -> date:
        """The earlier one."""
        return self.on if self.beside is None else min(self.on, self.beside)

    @property
    def last(self) -> date | None:
        """The later one of two."""
        return None if self.beside is None else max(self.on, self.beside)


def asked_for(since: float) -> Days:
    """The days of the address; without any yesterday, or the first day of which something is known
    (`since`, unix seconds)."""
    first = datetime.fromtimestamp(since, format.zone()).date()
    on = _day("on") or min(max(_today() - timedelta(days=1), first), _today())
    beside = _day("and")
    return Days(on, None if beside == on else beside)


def end(day: date) -> float:
    """When a day ends in the reader's zone (unix seconds)."""
    return datetime.combine(day + timedelta(days=1), time(), format.zone()).timestamp()


def pickers(days: Days) -> None:
    """Draw the two days to choose."""
    _picker("on", t("past.on"), days.on)
    _picker("and", t("past.and"), days.beside)


def _picker(name: str, label: str, day: date | None) -> None:
    key = f"past:{name}"
    st.session_state[key] = day
    st.date_input(
        label,
        key=key,
        min_value=OLDEST,
        max_value=_today(),
        format=_FORMATS[lang()],
        width=180,
        on_change=_chosen,
        args=(name, key),
    )


@act
def _chosen(name: str, key: str) -> None:
    day: date | None = st.session_state[key]
    asked.say(name, day.isoformat() if day else None)


def _today() -> date:
    return datetime.fromtimestamp(context.desk().clock.now(), format.zone()).date()


def _day(name: str) -> date | None:
    """A parameter as a day that has begun; None if it is none."""
    try:
        day = date.fromisoformat(asked.one(name))
    except ValueError:
        return None
    return day if OLDEST <= day <= _today() else None
