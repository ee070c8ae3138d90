"""Which runs the list shows, and in what order: kept in the address, so that a link or Back brings
it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, format, paged
from pages.components.texts import lang
from sync import run
from sync.run.calendar import begin_of
from sync.store import SORTS, TRIGGERS, State, StoreRow, Wanted

KINDS: Final = ("sync", "refresh", "compare")
LISTS: Final = {"state": tuple(state.value for state in State), "kind": KINDS, "trigger": TRIGGERS}
PAGE: Final = "runs:page"
_QUERY: Final = "runs:query"
_FIRST: Final = "run"  # the newest first, unless another order is asked for
_OF_ONE_STORE: Final = ("changed",)  # a slow order: it adds up three numbers of each entity


@dataclass(frozen=True)
class View:
    """What is asked for; `store` is None for the runs of all stores, the days are the reader's."""

    store: StoreRow | None
    search: str
    states: Sequence[str]
    kinds: Sequence[str]
    triggers: Sequence[str]
    since: date | None
    until: date | None
    sort: str
    down: bool

    @property
    def narrowed(self) -> bool:
        """Whether some runs are left out, other than those of other stores."""
        lists = (self.states, self.kinds, self.triggers)
        return bool(self.search or self.since or any(lists))

    def wanted(self) -> Wanted:
        """The runs that fit."""
        zone = format.zone()
        until = self.until and self.until + timedelta(days=1)
        wanted = Wanted(
            store=None if self.store is None else self.store.id,
            states=self.states,
            kinds=self.kinds,
            triggers=self.triggers,
            since=begin_of(self.since, zone) if self.since else None,
            until=begin_of(until, zone) if until else None,
        )
        return run.searched(context.desk(), wanted, self.search, lang())

    def query(self) -> dict[str, str]:
        """What stands for it in an address."""
        order = {} if self.sort == _FIRST and self.down else {"sort": self.sort}
        found = {
            "search": self.search,
            "state": ",".join(self.states),
            "kind": ",".join(self.kinds),
            "trigger": ",".join(self.triggers),
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "all": "" if self.store else "1",
            **order,
            "order": "" if self.down or not order else "up",
        }
        return {name: value for name, value in found.items() if value}


def view(store: StoreRow) -> View:
    """What the address asks for; what makes no sense there counts as absent."""
    since, until = _day("from"), _day("to")
    if since and until and until < since:
        since, until = until, since
    return View(
        store=None if asked.one("all") == "1" else store,
        search=asked.one("search"),
        states=_several("state"),
        kinds=_several("kind"),
        triggers=_several("trigger"),
        since=since or until,
        until=until or since,
        sort=asked.one_of("sort", sorts()) or _FIRST,
        down=asked.one("order") != "up",
    )


def sorts() -> list[str]:
    """The columns that the list can be sorted by."""
    everywhere = asked.one("all") == "1"
    return [name for name in SORTS if not (everywhere and name in _OF_ONE_STORE)]


def _several(name: str) -> list[str]:
    found = ",".join(asked.several(name)).split(",")
    return [value for value in LISTS[name] if value in found]


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(asked.one(name))
    except ValueError:
        return None


def change(**parts: Any) -> None:
    """From a callback: ask for something else, from its first page on. Empty parts are dropped."""
    for name, value in parts.items():
        text = ",".join(value) if isinstance(value, list | tuple) else str(value or "")
        asked.say(name, text)
    paged.first(PAGE)


def keep(shown: View) -> None:
    """Remember what the list shows for the way back to it."""
    st.session_state[_QUERY] = shown.query()


def kept() -> dict[str, str]:
    """What the list showed last, as an address has it."""
    found: dict[str, str] = st.session_state.get(_QUERY, {})
    return found
