"""A run that is on, followed live; and one that is held, with its decision."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, drawing, format, links, paged, rights, states
from pages.components.acts import act
from pages.components.run_request import FOLLOWED, followed, outcome
from pages.components.runs import stepper
from pages.components.texts import t
from sync import run, status
from sync.preview.outlook import coverage
from sync.run.live import SIDES
from sync.store import ACTIVE, RunRow, State, StoreRow

PER_PAGE = 100
EVERY: Final = 2.0  # seconds between two looks at a run that is on; a worker writes as often
SOON: Final = 1.0  # while it is about to be taken up
_LOOKED: Final = "run as it was looked at last"


HEIGHTS: Final = {"live": 196, "ended": 74, "held": 672}  # of the cards, in pixels


def show(newest: RunRow | None) -> int:
    """Draw a store's newest run while it is on, its decision while it is held, or how it ended if
    it is the one that was followed last. Returns how many pixels that takes."""
    if newest is None:
        return 0
    if newest.state in ACTIVE:
        live(newest)
        return HEIGHTS["live"]
    if newest.state is State.HELD:
        decision(newest.id)
        return HEIGHTS["held"]
    if not followed(newest):
        return 0
    with st.container(border=True):
        outcome(newest)
    return HEIGHTS["ended"]


def live(row: RunRow) -> None:
    """Draw the run's card while it is on, and the page anew when it is no longer in the state in
    which the rest of the page shows it."""
    st.session_state[FOLLOWED] = row.id
    every = SOON if row.state is State.QUEUED else EVERY
    st.fragment(run_every=every)(_card)(row.id, row.state)


@drawing.part()
def _card(run_id: int, drawn: str) -> None:
    known = _known(run_id)
    if known.state != drawn:
        st.rerun()
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            states.run_badge(known.state)
            links.to("run", label=t("runs.number", run=run_id), run=run_id)
            st.markdown(_ahead(known), width="stretch")
            _cancel_button(run_id)
        stepper.line(known.phases, f"card-{run_id}")
        _bars(known)
        st.caption(f"{_calls(known)} · {t('runs.alive', ago=format.ago(known.since))}")


def _cancel_button(run_id: int) -> None:
    st.button(
        t("runs.cancel"),
        key=f"runs:cancel:{run_id}",
        icon=":material/stop_circle:",
        on_click=_cancel,
        args=(run_id,),
        **rights.look("cancel", _store(run_id), help=t("runs.cancel_help")),
    )


def _store(run_id: int) -> StoreRow:
    desk = context.desk()
    return desk.store_by_id(desk.run(run_id).store_id)


def _known(run_id: int) -> run.Progress:
    """How far the run has come: looked up again only once its row has changed."""
    row = context.desk().run(run_id)
    before = st.session_state.get(_LOOKED)
    if before is None or before[0] != row:
        before = st.session_state[_LOOKED] = (row, run.progress(context.desk(), run_id))
    known: run.Progress = before[1]
    return known


def _ahead(known: run.Progress) -> str:
    """Until when the run waits and for what, else when it will be done."""
    waiting = known.waiting
    if waiting is None:
        if known.state is not State.RUNNING:
            return t(f"meaning.{known.state}")
        finish = known.finish
        return t("runs.finish", when=format.clock(finish)) if finish else t("runs.working")
    if waiting.side:
        side, link = t(f"side.{waiting.side}"), status.STATUS_PAGES[waiting.side]
        return t("runs.waiting_side", when=format.clock(waiting.until), side=side, link=link)
    if not waiting.window:
        return t("waiting.now")
    window = t(f"window.{waiting.window}")
    return t("runs.waiting", when=format.clock(waiting.until), window=window)


def _bars(known: run.Progress) -> None:
    """Draw how many rows of the present list are read, or how many planned records are sent."""
    reading, to_send = known.reading, known.to_send
    sent = sum(row.sent for row in to_send.values())
    of = sum(row.of for row in to_send.values())
    if of:
        words = t("runs.sent", sent=format.number(sent), of=format.number(of))
        st.progress(sent / of, text=words)
    elif reading is not None and reading.of:
        numbers = {"read": format.number(reading.read), "of": format.number(reading.of)}
        st.progress(reading.read / reading.of, text=t("runs.read", **numbers))
    else:
        st.progress(known.done, text=t("runs.begun"))
    lines = known.lines
    if lines and lines.of:
        got = lines.of - lines.missing
        numbers = {"got": format.number(got), "of": format.number(lines.of)}
        st.progress(got / lines.of, text=t("runs.lines", **numbers))


def _calls(known: run.Progress) -> str:
    calls = known.calls or {}
    both = {side: format.number(calls.get(side, {}).get("total", 0)) for side in SIDES}
    return t("runs.calls", **both, waited=format.duration(known.waited_s))


@act
def _cancel(run_id: int) -> None:
    run.cancel(context.desk(), run_id)


# -- held -----------------------------------------------------------------------------------


def decision(run_id: int) -> None:
    """Why the run is held, what it would remove, and the two ways on."""
    row = context.desk().run(run_id)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            states.run_badge(State.HELD)
            links.to("run", label=t("runs.number", run=run_id), run=run_id)
        for hold in row.holds:
            _hold(hold)
        _removals(run_id)
        st.text_input(
            t("runs.note"),
            key=f"runs:note:{run_id}",
            help=t("runs.note_help"),
            on_change=asked.settle,
        )
        with st.container(horizontal=True):
            _decide("approve", run_id, type="primary", icon=":material/check:")
            _decide("reject", run_id, icon=":material/close:")


def _hold(hold: dict[str, Any]) -> None:
    code, entity = hold["reason"], t(f"entity.{hold['entity']}")
    numbers = {name: format.number(hold[name]) for name in ("count", "of", "limit")}
    numbers["attribute"] = f"`{hold.get('attribute')}`"
    st.markdown(f"**{entity}: {t(f'hold.{code}.name')}.** {t(f'hold.{code}.why', **numbers)}")
    st.caption(t(f"hold.{code}.change"))


def _decide(name: str, run_id: int, **look: Any) -> None:
    st.button(
        t(f"runs.{name}"),
        key=f"runs:{name}:{run_id}",
        on_click=_decided,
        args=(name, run_id),
        **rights.look(name, _store(run_id)),
        **look,
    )


@act
def _decided(name: str, run_id: int) -> None:
    note = str(st.session_state.get(f"runs:note:{run_id}", "")).strip()
    decide = run.approve if name == "approve" else run.reject
    decide(context.desk(), run_id, note=note)


def _removals(run_id: int) -> None:
    """The list of what would be removed; approving allows this list and no other."""
    key = f"runs:removals:page:{run_id}"
    search = st.text_input(
        t("runs.removals_search"),
        key=f"runs:removals:{run_id}",
        icon=":material/search:",
        on_change=paged.first,
        args=(key,),
    )
    read = partial(run.hold_rows, context.desk(), run_id, search=search)
    page = paged.page(key, PER_PAGE, read)
    money = coverage(context.desk(), _store(run_id)).currency
    rows = [
        {
            "entity": t(f"record.{row['entity']}"),
            "id": str(row["id"]),
            "title": row["title"],
            "sold": row["sold"] and states.sold(row["sold"], money),
            "reasons": ", ".join(states.reasons(row["reasons"])),
        }
        for row in page.rows
    ]
    sold = ("sold",) if any(row["sold"] for row in rows) else ()
    names = ("entity", "id", "title", *sold, "reasons")
    paged.table(rows, names, alt=t("runs.removals"), height=240)
    st.caption(t("table.total", total=format.number(page.total)))
    page.turner()
