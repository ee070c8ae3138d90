"""One store: why it is as it is, and what can be done."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from pages.components import context, format, layout, links, rights, run_request
from pages.components.acts import act
from pages.components.overview import table, words
from pages.components.texts import lang, plain, t
from sync import causes, run, status
from sync.errors import Message
from sync.overview import Line
from sync.texts import text

WINDOWS: Final = ("5min", "hour", "day")
_FRESH: Final = {"broken": "red", "soon": "orange"}


def draw(line: Line, name: str, *, closable: bool = True) -> None:
    """Draw the store of that line."""
    with layout.head("overview"):
        st.header(plain(name), anchor=False, width="stretch")
        if closable:
            st.button(
                "",
                icon=":material/close:",
                type="tertiary",
                key="overview:close",
                help=t("overview.close"),
                on_click=table.close,
            )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(words.state(line.state), color=words.COLORS[line.state])
        st.caption(_where(line))
    told = status.store_status(
        context.desk(), context.desk().store(line.store), lang(), format.when
    )
    st.markdown(plain(told["sentence"]))
    _progress(line)
    _advice(line)
    _ways(line)
    if told["last_success"] is None and not line.demo:
        st.caption(t("own_sync"))
    st.caption(_times(told))
    _freshness(line)
    if told["patrol"]:
        _patrol(told["patrol"])
    _budget(told["budget"])


def _where(line: Line) -> str:
    parts = [plain(line.shop_name), plain(line.domain), line.language.upper()]
    if line.demo:
        parts.append(t("overview.demo_mark"))
    return " · ".join(part for part in parts if part)


def _progress(line: Line) -> None:
    if line.state == "running" and line.run is not None:
        known = run.progress(context.desk(), line.run)
        st.progress(known.done, text=words.line(line))


def _advice(line: Line) -> None:
    """What the cause means, what to do next, and who can."""
    known = causes.CAUSES.get(line.cause)
    if known is None or line.state == "waiting":  # its sentence says all, and nobody has to act
        return
    parts = (text(f"cause.{known.code}.{part}", lang()) for part in ("means", "next"))
    st.markdown(" ".join(map(plain, parts)))
    st.caption(t("overview.who", who=t(f"fixer.{known.fixer}")))


def _ways(line: Line) -> None:
    """What leads on: the mend first."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if line.cause in causes.KEYS:
            to_keys(line, t("overview.mend.keys"))
        if line.verdict.code == "held":
            to_run(line, t("overview.decide"), ":material/gavel:")
        elif line.state in ("running", "waiting"):
            to_run(line, t("overview.follow", run=line.run), ":material/play_circle:")
        elif line.run is not None:
            to_run(line, t("overview.run", run=line.run), ":material/receipt_long:")
        links.to("preview", label=t("page.preview"), icon=":material/visibility:", store=line.store)
        links.to("runs", label=t("page.runs"), icon=":material/history:", store=line.store)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _buttons(line)


def to_keys(line: Line, label: str) -> None:
    """Draw the way to the keys of the store's shop."""
    links.to("shops", label=label, icon=":material/key:", store=line.store, shop=line.shop)


def to_run(line: Line, label: str, icon: str) -> None:
    """Draw the way to the run that the store's state comes from."""
    links.to("run", label=label, icon=icon, store=line.store, run=line.run)


def _buttons(line: Line) -> None:
    store = context.desk().find_store(line.store)
    free = line.state not in ("running", "waiting") and line.verdict.code not in ("held", "stuck")
    if free:
        st.button(
            t("overview.start"),
            icon=":material/play_arrow:",
            key=f"overview:start:{line.store}",
            on_click=_start,
            args=(line.store,),
            **rights.look("run sync", store, help=t("overview.start_help")),
        )
    if line.paused:
        st.button(
            t("overview.resume"),
            icon=":material/event_repeat:",
            key=f"overview:resume:{line.store}",
            on_click=_resume,
            args=(line.store,),
            **rights.look("store resume", store, help=t("overview.resume_help")),
        )


@act
def _resume(slug: str) -> None:
    desk = context.desk()
    desk.pause(desk.store(slug), False)


@act
def _start(slug: str) -> None:
    run_request.ask(context.desk().store(slug), "sync")


def _freshness(line: Line) -> None:
    """What is promised of each group of entities, and whether it is kept."""
    shown = [each for each in line.fresh.items() if each[1].state != "not_sent"]
    if shown:
        st.caption(t("overview.freshness"), help=t("overview.column.fresh_help"))
    for group, known in shown:
        color = _FRESH.get(known.state)
        said = plain(status.freshness_sentence(group, known, lang(), format.clock))
        st.markdown(f":small[:{color}[{said}]]" if color else f":small[{said}]")


def _times(told: dict[str, Any]) -> str:
    success = t("overview.last_success", when=format.when(told["last_success"]))
    return f"{success} · {_next(told)}"


def _next(told: dict[str, Any]) -> str:
    if told["paused"]:
        return t("overview.next_paused")
    due = told["next_due"]
    if due is None:
        return t("overview.next_by_hand")
    return t("overview.next_due", when=format.clock(due), utc=format.utc(due)[-9:])


def _patrol(told: dict[str, Any]) -> None:
    """How far reading back between the runs is, and what differs."""
    values = {name: format.number(told[name]) for name in ("asked", "of")}
    line = t("overview.patrol", days=format.number(told["days"]), **values)
    if told["finished"]:
        line += f" {t('overview.patrol_whole', when=format.when(told['finished']))}"
    if told["problem"]:
        why = Message.of(told["problem"]).text(lang())
        line += f" {t('overview.patrol_problem', why=plain(why))}"
    st.caption(line)
    if told["missing"] or told["different"]:
        differ = {name: format.number(told[name]) for name in ("missing", "different")}
        label = t("overview.patrol_differs", **differ)
        links.to("problems", label=label, icon=":material/rule:")


# -- the calls of the shop's keys ---------------------------------------------------------------


def _budget(rows: list[dict[str, Any]]) -> None:
    """How much of its windows each key of the shop has used."""
    keys = sorted({row["key_id"] for row in rows})
    if keys:
        st.caption(t("overview.budgets"), help=t("overview.budgets_text"))
    for number, key in enumerate(keys, 1):
        known = {row["window"]: row for row in rows if row["key_id"] == key}
        told = " · ".join(_used(known[name]) for name in WINDOWS)
        st.markdown(f":small[**{t('overview.key', number=number)}** {told}]")


def _used(window: dict[str, Any]) -> str:
    name = t(f"window.{window['window']}")
    if window["limit"] is None:
        return t("overview.budget_unknown", window=name)
    used = window["limit"] - window["remaining"]
    values = {
        "window": name,
        "used": format.number(used),
        "limit": format.number(window["limit"]),
        "reserve": format.number(window["reserve"]),
    }
    told = t("overview.budget", **values)
    if window["resets_at"] is None:
        return told
    return f"{told} ({t('overview.resets', when=format.clock(window['resets_at']))})"
