"""Which records of a plan are shown: one row of search, pills with counts, and a list of reasons.
All of it stands in the URL, so that it can be pasted into a ticket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, format, paged, settings_words
from pages.components.options import labels as labels_of
from pages.components.options import worded
from pages.components.preview.plan import Shown, blamed
from pages.components.texts import lang, t, why
from sync import preview
from sync.entities import SINGULARS, Id
from sync.preview import Blamed
from sync.preview.moves import MOVES
from sync.preview.steps import GONE, STEPS
from sync.texts import labels

RECORDS: Final = "preview:records"
"""The fragment of the picture, the filters and the records."""
CLICKS: Final = "preview.clicks"
"""How many clicks chose records elsewhere than in these widgets: what they show is made anew."""
SORTS: Final = (
    *("id", "title", "price", "stock", "variants", "created", "updated"),
    *("action", "reasons", "sku", "brand", "status", "sold"),
)
ACTIONS: Final = ("create", "update", "remove", "follow", "skip", "unchanged")
_FILTERS: Final = ("search", "action", "reason", "step", "move", "because", "changed")
_CHANGED: Final = "draft"


@dataclass(frozen=True)
class View:
    """Which records the reader asked for, and in which order. `saved` is the key of the plan that a
    draft is held against."""

    search: str
    actions: tuple[str, ...]
    reasons: tuple[str, ...]
    step: str | None
    moves: tuple[str, ...]
    among: frozenset[Id] | None
    saved: str | None
    sort: str
    descending: bool

    @property
    def filters(self) -> dict[str, Any]:
        return {
            "search": self.search,
            "actions": self.actions,
            "reasons": self.reasons,
            "step": self.step,
            "moves": self.moves,
            "among": self.among,
            "saved": self.saved,
        }

    @property
    def order(self) -> dict[str, Any]:
        return {"sort": self.sort, "descending": self.descending}

    @property
    def narrowed(self) -> bool:
        """Whether any record may be left away."""
        chosen = self.search or self.actions or self.reasons or self.step or self.moves
        return bool(chosen) or self.among is not None

    @property
    def left_out(self) -> bool:
        """Whether only records are shown that do not go."""
        actions = bool(self.actions) and set(self.actions) <= {"skip", "remove"}
        return actions or bool(self.reasons) or self.step not in (None, "sent")

    def shows(self, action: str, step: str | None) -> bool:
        """Whether records of that part of the picture may be among those shown."""
        return (not self.actions or action in self.actions) and self.step in (None, step)


def name_of(entity: str, part: str) -> str:
    """The key of a widget of the entity's records."""
    return f"preview.{entity}.{part}"


def first_page(entity: str) -> None:
    """Begin at the first page again."""
    paged.first(name_of(entity, "page"))


def chosen(plan: Shown, entity: str) -> View:
    """Draw search, pills and reasons; what they and the URL ask for."""
    facets = preview.facets(context.desk(), plan.store, plan.key, entity)
    ordered = {each: facets.actions[each] for each in ACTIONS if each in facets.actions}
    moved = _moved(plan, entity)
    _seed(entity)
    search = _search(entity)
    changed = {_CHANGED: sum(moved.values())} if moved else {}
    of_draft = _pills(entity, "changed", _labels(changed, {_CHANGED: t("preview.changed")}))
    actions = _pills(entity, "action", _labels(ordered, labels("action", lang())))
    step = st.session_state[name_of(entity, "step")]
    found = blamed(plan) if moved else None
    reasons, moves, because = _more(entity, facets.reasons, moved, step, _causes(found, entity))
    sort, descending = _order(entity)
    view = View(
        search,
        tuple(actions),
        tuple(reasons),
        step,
        tuple(moves) or (MOVES if of_draft else ()),
        _moved_by(found, entity, because),
        plan.saved.key if plan.saved else None,
        sort,
        descending,
    )
    _say(view, of_draft, moves, because)
    named = entity == "customers" and not search.strip().isdigit()
    asked.say("search", None if named else search)  # no name in an address
    return view


def _causes(found: Blamed | None, entity: str) -> Mapping[str, tuple[str, int]]:
    """What is to blame for a draft's moves: name and how many records, by a word for the URL."""
    causes: dict[str, tuple[str, int]] = {}
    for blame in found.blames if found else ():
        if entity in blame.entities:
            name = " + ".join(settings_words.label(key) for key in blame.settings)
            count = sum(vars(blame.entities[entity]).values())
            causes[".".join(blame.settings)] = (name, count)
    return causes


def _moved_by(found: Blamed | None, entity: str, because: list[str]) -> frozenset[Id] | None:
    """The records that one of the chosen causes moves; None where none is chosen."""
    if found is None or not because:
        return None
    return frozenset[Id]().union(*(found.by(entity, each.split(".")) for each in because))


def _moved(plan: Shown, entity: str) -> Mapping[str, int]:
    """How many records a draft moves, by the way it does."""
    if plan.saved is None:
        return {}
    return preview.moved(context.desk(), plan.store, plan.key, plan.saved.key, entity)


def _seed(entity: str) -> None:
    """Set the filters that a link or Back brings."""
    known = (*STEPS[entity], GONE, "sent")
    asked.follow("search", name_of(entity, "search"), lambda _: asked.one("search"))
    asked.follow("step", name_of(entity, "step"), lambda _: asked.one_of("step", known))
    asked.follow("sort", name_of(entity, "sort"), lambda _: asked.one_of("sort", SORTS) or SORTS[0])
    asked.follow("order", name_of(entity, "descending"), lambda found: found == ["desc"])


def ordered(view: View, entity: str) -> View:
    """The same records as the reader has sorted them since; the address says so."""
    sort, descending = _order(entity)
    asked.say("sort", sort, default=SORTS[0])
    asked.say("order", "desc" if descending else None)
    return replace(view, sort=sort, descending=descending)


def _order(entity: str) -> tuple[str, bool]:
    sort = str(st.session_state[name_of(entity, "sort")])
    return sort, bool(st.session_state[name_of(entity, "descending")])


def _say(view: View, of_draft: list[str], moves: list[str], because: list[str]) -> None:
    asked.say("action", view.actions)
    asked.say("reason", view.reasons)
    asked.say("step", view.step)
    asked.say("move", moves)
    asked.say("because", because)
    asked.say("changed", of_draft)


def _search(entity: str) -> str:
    return st.text_input(
        t("preview.search"),
        key=name_of(entity, "search"),
        placeholder=t(f"preview.search_in.{entity}"),
        icon=":material/search:",
        label_visibility="collapsed",
        persist_state="page",
        on_change=first_page,
        args=(entity,),
        width=210,
    )


def _labels(counts: Mapping[str, int], names: Mapping[str, str]) -> dict[str, str]:
    return {code: f"{names[code]} {format.number(count)}" for code, count in counts.items()}


def _key(entity: str, part: str, known: Mapping[str, str]) -> str:
    """The key of pills, which begin with what the URL says. Other labels (language, counts) or a
    click elsewhere make other pills."""
    clicks = st.session_state.get(CLICKS, 0)
    key = f"{name_of(entity, part)}:{clicks}:{worded(known)}"
    asked.follow(part, key, lambda found: [code for code in found if code in known])
    return key


def _pills(entity: str, part: str, known: Mapping[str, str], shown: bool = False) -> list[str]:
    """Draw pills, if there are any."""
    if not known:
        return []
    return st.pills(
        t(f"preview.filter.{part}"),
        list(known),
        selection_mode="multi",
        format_func=labels_of(known),
        key=_key(entity, part, known),
        label_visibility="visible" if shown else "collapsed",
        persist_state="page",
        on_change=first_page,
        args=(entity,),
    )


def _more(
    entity: str,
    reasons: Mapping[str, int],
    moved: Mapping[str, int],
    step: str | None,
    causes: Mapping[str, tuple[str, int]],
) -> tuple[list[str], list[str], list[str]]:
    """The popover of reasons, and of what the draft does, and which of its settings do it. Its
    button names what is chosen."""
    known = _labels(reasons, {code: why(code) for code in reasons})
    ways = _labels(moved, {move: t(f"preview.move.{move}") for move in moved})
    names = {cause: name for cause, (name, _) in causes.items()}
    whose = _labels({cause: count for cause, (_, count) in causes.items()}, names)
    chosen = st.session_state[_key(entity, "because", whose)] if whose else []
    told = ", ".join([*_told(entity, known, ways, step), *(names[each] for each in chosen)])
    with st.popover(
        t("preview.reason", what=told or t("preview.all")),
        key="preview.reasons",
        disabled=not (reasons or moved),
    ):
        if step:
            st.button(
                t("preview.step_off", what=told),
                icon=":material/filter_alt_off:",
                key=name_of(entity, "step_off"),
                on_click=clear,
                args=(entity,),
            )
        return (
            _pills(entity, "reason", known, shown=True),
            _pills(entity, "move", ways, shown=True),
            _pills(entity, "because", whose, shown=True),
        )


def _told(
    entity: str, reasons: Mapping[str, str], moves: Mapping[str, str], step: str | None
) -> Iterator[str]:
    """What is chosen in the popover."""
    steps = {**STEPS[entity], GONE: (GONE,)}
    yield from (why(code) for code in steps.get(step or "", ()))
    if reasons:
        yield from map(why, st.session_state[_key(entity, "reason", reasons)])
    if moves:
        chosen = st.session_state[_key(entity, "move", moves)]
        yield from (t(f"preview.move.{move}") for move in chosen)


# -- chosen elsewhere ------------------------------------------------------------------------


def forget() -> None:
    """Clear filters and record from the URL: they were those of the tab before."""
    for name in (*_FILTERS, "id"):
        asked.say(name, None)


def clear(entity: str) -> None:
    """Show all records."""
    open_part(entity, None, None)
    st.rerun(RECORDS)


def open_part(entity: str, action: str | None, step: str | None) -> None:
    """Show the records of a part of the picture alone; all if they are shown already."""
    same = (asked.several("action"), asked.one("step")) == ([action], step or "")
    _only(entity)
    if action and not same:
        asked.set_later("action", action)
        if step:
            asked.set_later("step", step)


def open_action(entity: str, action: str) -> None:
    """Show the records with one action alone."""
    open_part(entity, action, None)


def open_move(entity: str, move: str) -> None:
    """Show the records that a draft lets in, lets go or changes."""
    asked.set_later("entity", SINGULARS[entity])
    _only(entity)
    asked.set_later("move", move)


def _only(entity: str) -> None:
    """Take away what was filtered before."""
    st.session_state[CLICKS] = st.session_state.get(CLICKS, 0) + 1
    st.session_state[name_of(entity, "search")] = ""
    st.session_state[name_of(entity, "step")] = None
    forget()
    first_page(entity)


def sort_by(entity: str, column: str) -> None:
    """Sort by a column; the other way round if the records are sorted by it already."""
    sort, descending = name_of(entity, "sort"), name_of(entity, "descending")
    again = st.session_state.get(sort) == column
    st.session_state[descending] = again and not st.session_state.get(descending)
    st.session_state[sort] = column
    first_page(entity)
