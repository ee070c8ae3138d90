"""The stores as cards, worst first, redrawn every two seconds; and the budgets of their keys."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st

from pages.components import (
    context,
    flash,
    format,
    links,
    names,
    paged,
    run_request,
    states,
    worker,
)
from pages.components.acts import act
from pages.components.texts import lang, plain, t
from sync import engine, run, status
from sync.database import folded, kept

Row = dict[str, Any]
PER_PAGE = 20
MANY = 6  # from so many stores on there is something to filter
WINDOWS = ("5min", "hour", "day")


@st.fragment(run_every=2)
@kept()
def show() -> None:
    """Counts, filter, a card for each store, budgets."""
    rows = _named(status.fleet(context.desk(), lang(), format.when))
    flash.show()
    if not rows:
        states.empty("overview.no_stores", icon=":material/storefront:")
        return
    _counts(rows)
    _worker_notice(rows)
    _outages()
    shown = _filtered(rows) if len(rows) >= MANY else rows
    if not shown:
        st.info(t("overview.none_match"))
    page = paged.page_of("overview:page", PER_PAGE, shown)
    page.turner()
    for row in page.rows:
        _card(row)
    _budgets(shown)


def _named(rows: list[Row]) -> list[Row]:
    """The rows with names that tell shops and stores of one name apart."""
    shops, stores = names.shops(context.desk()), names.stores(context.desk())
    return [
        {
            **row,
            "name": stores.get(row["store"], row["name"]),
            "shop_name": shops.get(row["shop"], row["shop_name"]),
        }
        for row in rows
    ]


def _counts(rows: list[Row]) -> None:
    found = Counter(row["level"] for row in rows)
    running = sum(row["active"] is not None for row in rows)
    with st.container(horizontal=True):
        for level in status.LEVELS:
            st.metric(t(f"level.{level}"), format.number(found[level]), border=True, width=150)
        st.metric(t("overview.running"), format.number(running), border=True, width=150)


def installation() -> None:
    """What is wrong with the installation itself."""
    for line in status.notices(lang()):
        st.warning(plain(line), icon=":material/warning:")


def _worker_notice(rows: list[Row]) -> None:
    """Say calmly that no worker drives the runs, and what to do."""
    if not (worker.starting() or engine.worker_alive(context.desk())):
        waits = any(row["active"] for row in rows)
        st.info(
            t("overview.no_worker_waiting" if waits else "overview.no_worker"),
            icon=":material/info:",
        )


def _outages() -> None:
    """Say once for all stores which side does not answer."""
    for known in status.outages(context.desk()):
        values = {"when": format.clock(known["since"]), "link": known["link"]}
        said = t(
            "overview.outage", side=t(f"side.{known['side']}"), count=known["waiting"], **values
        )
        st.warning(said, icon=":material/cloud_off:")


def _filtered(rows: list[Row]) -> list[Row]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            t("overview.search"), key="overview:search", icon=":material/search:", width=280
        )
        levels = st.pills(
            t("overview.levels"),
            status.LEVELS,
            selection_mode="multi",
            format_func=lambda level: t(f"level.{level}"),
            key="overview:levels",
        )
    needle = folded(wanted)
    return [
        row
        for row in rows
        if needle in folded(f"{row['name']} {row['store']} {row['shop_name']} {row['shop']}")
        and (not levels or row["level"] in levels)
    ]


def _card(row: Row) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            states.level_badge(row["level"])
            links.to("runs", label=f"**{plain(row['name'])}**", store=row["store"])
            st.caption(_where(row))
        st.markdown(plain(row["sentence"]))
        _progress(row)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_times(row))
            _buttons(row)


def _where(row: Row) -> str:
    parts = [plain(row["shop_name"]), row["language"].upper()]
    if row["demo"]:
        parts.append(t("overview.demo_mark"))
    return " · ".join(parts)


def _times(row: Row) -> str:
    success = t("overview.last_success", when=format.when(row["last_success"]))
    return f"{success} · {_next(row)}"


def _next(row: Row) -> str:
    if row["paused"]:
        return t("overview.paused")
    if row["next_due"] is None:
        return t("overview.by_hand")
    due = row["next_due"]
    return t("overview.next_due", when=format.clock(due), utc=format.utc(due)[-9:])


def _progress(row: Row) -> None:
    active = row["active"]
    if active is None:
        return
    known = run.progress(context.desk(), active["run"])
    doing = states.doing(active["phase"], active["state"])
    st.progress(known.done, text=doing)


def _buttons(row: Row) -> None:
    slug = row["store"]
    if row["held"] is not None:
        links.to(
            "run", label=t("overview.decide"), icon=":material/gavel:", store=slug, run=row["held"]
        )
    if row["active"] is not None:
        number = row["active"]["run"]
        label = t("overview.follow", run=number)
        links.to("run", label=label, icon=":material/play_circle:", store=slug, run=number)
        return
    if row["paused"]:
        st.button(
            t("overview.resume"),
            icon=":material/event_repeat:",
            type="tertiary",
            key=f"overview:resume:{slug}",
            on_click=_resume,
            args=(slug,),
            help=t("overview.resume_help"),
        )
    links.to("preview", label=t("page.preview"), icon=":material/visibility:", store=slug)
    if row["held"] is not None:
        return
    st.button(
        t("overview.start"),
        icon=":material/play_arrow:",
        type="tertiary",
        key=f"overview:start:{slug}",
        on_click=_start,
        args=(slug,),
        help=t("overview.start_help"),
    )


@act
def _resume(slug: str) -> None:
    desk = context.desk()
    desk.pause(desk.store(slug), False)
    desk.audit(context.who(), "store resume", slug)


@act
def _start(slug: str) -> None:
    run_request.ask(context.desk().store(slug), "sync")


# -- budgets --------------------------------------------------------------------------------


def _budgets(rows: list[Row]) -> None:
    """The windows of each shop's keys, once a shop."""
    shops = {row["shop"]: row for row in rows if row["budget"]}
    if not shops:
        return
    with st.expander(t("overview.budgets"), icon=":material/speed:", expanded=len(shops) == 1):
        st.caption(t("overview.budgets_text"))
        for row in list(shops.values())[:PER_PAGE]:
            _budget(row)


def _budget(row: Row) -> None:
    keys = sorted({window["key_id"] for window in row["budget"]})
    for place_of_key, key in enumerate(keys, 1):
        st.markdown(t("overview.key", shop=plain(row["shop_name"]), number=place_of_key))
        known = {w["window"]: w for w in row["budget"] if w["key_id"] == key}
        columns = st.columns(len(WINDOWS))
        for column, name in zip(columns, WINDOWS, strict=True):
            with column:
                _bar(known[name])


def _bar(window: Row) -> None:
    name = t(f"window.{window['window']}")
    if window["limit"] is None:
        st.progress(0.0, text=t("overview.budget_unknown", window=name))
        return
    used = window["limit"] - window["remaining"]
    values = {
        "window": name,
        "used": format.number(used),
        "limit": format.number(window["limit"]),
        "reserve": format.number(window["reserve"]),
    }
    st.progress(min(1.0, used / window["limit"]), text=t("overview.budget", **values))
    if window["resets_at"] is not None:
        st.caption(t("overview.resets", when=format.clock(window["resets_at"])))
