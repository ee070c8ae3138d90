"""The parts of one run's page: head, outcome, books, log, settings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import (
    context,
    flash,
    format,
    links,
    paged,
    run_request,
    settings_words,
    states,
)
from pages.components.acts import act
from pages.components.runs import view
from pages.components.texts import lang, plain, t, why
from sync import run
from sync.ledger import OUTCOMES, balanced, failures, told_apart
from sync.rules import LINES_PENDING
from sync.run import took
from sync.store import RunRow, State
from sync.texts import labels

COUNTED = ("read", "created", "updated", "follow", *OUTCOMES[2:], "removed", "not_sent")
SELDOM = ("follow", "not_sent")  # columns that stand there only where there is something in them
LEVELS = ("info", "warning", "error")
PER_PAGE = 200


def to_runs() -> None:
    """The way to the list of runs, as it was left."""
    links.to("runs", label=t("page.runs"), icon=":material/history:", **view.kept())


def head(row: RunRow) -> None:
    """Number, state, and in one line what kind of run it was, for which store, by whom."""
    store = context.desk().store_by_id(row.store_id)
    to_runs()
    st.title(t("runs.number", run=row.id), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        states.run_badge(row.state)
        st.caption(
            t(
                "run.line",
                kind=t(f"kind.{row.kind}"),
                store=plain(store.name),
                trigger=_by(row),
                version=row.settings_version,
            )
        )
    st.caption(_times(row))


def _by(row: RunRow) -> str:
    """Return what started it, and who unless it was the schedule."""
    trigger = t(f"trigger.{row.trigger}")
    return trigger if row.trigger == "schedule" else f"{trigger}, {plain(row.who)}"


def _times(row: RunRow) -> str:
    parts = [t("run.started", when=format.when(row.started or row.queued))]
    if row.finished is not None:
        parts.append(t("run.took", took=format.duration(took(row))))
    if row.waited:
        parts.append(t("run.waited", waited=format.duration(row.waited)))
    calls = {side: format.number(row.calls.get(side, {}).get("total", 0)) for side in SIDES}
    return " · ".join([*parts, t("run.calls", **calls)])


SIDES = ("lightspeed", "clerk")


def outcome(row: RunRow) -> None:
    """What the state means, what the run itself said, and what can be done now."""
    st.markdown(t(f"meaning.{row.state}"))
    if row.ended and row.state is not State.REJECTED:
        st.markdown(t(f"ending.{row.ended}"))
    elif row.said and row.state is not State.FAILED:
        code = f"rejection.{row.message}"
        known = row.state is State.REJECTED and row.message in labels("rejection")
        st.markdown(t(code) if known else plain(row.said.text(lang())))
    failed = failures(row.books)
    if failed and row.finished is not None:
        st.button(
            t("run.retry", number=format.number(failed)),
            icon=":material/replay:",
            on_click=_retry,
            args=(row,),
        )
    flash.show()
    if row.kind == "compare":
        _compared(row)


def _compared(row: RunRow) -> None:
    """What a comparison found so far, with the ids as Clerk.io has them."""
    entities = run.report(context.desk(), row).entities
    if not entities:
        return
    names = labels("compared", lang())
    table = pd.DataFrame(
        [
            {"entity": t(f"entity.{entity}"), **{name: _size(found[name]) for name in names}}
            for entity, found in entities.items()
        ]
    )
    number = st.column_config.NumberColumn
    numbers = {name: number(label, format="localized") for name, label in names.items()}
    config: dict[str, Any] = {"entity": t("table.entity"), **numbers}
    st.dataframe(table, hide_index=True, column_config=config, alt=t(f"kind.{row.kind}"))
    if any(found["unreadable"] for found in entities.values()):
        st.caption(t("run.not_comparable"))
    for entity, found in entities.items():
        _differing(entity, found)


def _size(found: int | list[Any]) -> int:
    return found if isinstance(found, int) else len(found)


def _differing(entity: str, found: dict[str, Any]) -> None:
    for verdict, name in labels("verdict", lang()).items():
        if found[verdict]:
            said = f"{t(f'entity.{entity}')}: {name} ({format.number(len(found[verdict]))})"
            with st.expander(said):
                ids = pd.DataFrame({"id": [str(key) for key in found[verdict]]})
                names = {"id": t("table.key")}
                st.dataframe(ids, hide_index=True, column_config=names, alt=said)


@act
def _retry(row: RunRow) -> None:
    store = context.desk().store_by_id(row.store_id)
    run_request.ask(store, "sync", trigger="retry", retry=row.id)


# -- books ----------------------------------------------------------------------------------


def books(row: RunRow) -> None:
    """The books by entity, whether they balance, and why records were skipped."""
    if not row.books:
        ended = row.finished is not None
        st.info(t("run.no_books" if ended else "run.no_books_yet"))
        return
    shown = {entity: told_apart(book) for entity, book in row.books.items()}
    some = [name for name in SELDOM if any(book.get(name) for book in shown.values())]
    counted = [name for name in COUNTED if name not in SELDOM or name in some]
    table = pd.DataFrame(
        [
            {"entity": t(f"entity.{entity}"), **{name: book.get(name, 0) for name in counted}}
            for entity, book in shown.items()
        ]
    )
    numbers = {
        name: st.column_config.NumberColumn(t(f"book.{name}"), format="localized")
        for name in counted
    }
    st.dataframe(
        table,
        hide_index=True,
        column_config={"entity": t("table.entity"), **numbers},
        alt=t("run.tab.books"),
    )
    right = balanced(row.books)
    icon = ":material/balance:" if right else ":material/error:"
    balance = "run.balanced_follow" if "follow" in some else "run.balanced"
    st.caption(f"{icon} {t(balance if right else 'run.unbalanced')}")
    follow = sum(book["follow"] for book in shown.values())
    if follow:
        st.caption(t("preview.lines_missing", n=format.number(follow)))
    _reasons(row)


def _reasons(row: RunRow) -> None:
    found = [
        (entity, code, n)
        for entity, book in row.books.items()
        for code, n in sorted(book["reasons"].items(), key=lambda pair: -pair[1])
        if code != LINES_PENDING
    ]
    if found:
        st.markdown(f"**{t('run.reasons')}**")
    for entity, code, n in found:
        line = f"{t(f'entity.{entity}')}: {why(code)} – {format.number(n)}"
        st.markdown(f"- {line}  \n  :gray[{why(code, 'why')}]")


# -- log ------------------------------------------------------------------------------------


def log(row: RunRow) -> None:
    """The run's log in order, with search and level."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(t("table.search"), key="run:log:search", icon=":material/search:")
        level = st.segmented_control(
            t("run.level"),
            LEVELS,
            default=LEVELS[0],
            required=True,
            format_func=lambda name: t(f"run.level_{name}"),
            key="run:log:level",
        )
    read = partial(
        run.log_lines, context.desk(), row.id, level=str(level), search=search, lang=lang()
    )
    page = paged.page("run:log:page", PER_PAGE, read)
    _log_table(page.rows)
    st.caption(t("table.total", total=format.number(page.total)))
    page.turner()
    st.download_button(
        t("run.log_export"),
        data=lambda: _log_text(row),
        file_name=f"run-{row.id}.log",
        mime="text/plain",
        icon=":material/download:",
        on_click="ignore",
    )


def _log_table(rows: Sequence[dict[str, Any]]) -> None:
    lines = [
        {
            "at": pd.Timestamp(line["at"]),
            "level": t(f"log_level.{line['level']}"),
            "phase": t(f"phase.{line['phase']}") if line["phase"] else "",
            "message": line["message"],
        }
        for line in rows
    ]
    config = {
        "at": format.datetime_column(t("table.at"), seconds=True),
        "message": st.column_config.TextColumn(t("table.message"), width="large"),
    }
    names = ("at", "level", "phase", "message")
    paged.table(lines, names, config=config, alt=t("run.tab.log"))


def _log_text(row: RunRow) -> bytes:
    lines = run.log_lines(context.desk(), row.id, lang=lang())["rows"]
    told = (f"{format.utc(x['at'])} {x['level']:7} {x['phase']:10} {x['message']}" for x in lines)
    return "\n".join(told).encode() + b"\n"


# -- settings -------------------------------------------------------------------------------


def settings(row: RunRow) -> None:
    """The settings it ran under, and what is different now."""
    found = run.compare_settings(context.desk(), row.id)
    st.markdown(t("run.settings_used", used=found["used"], now=found["now"]))
    changed = {each["setting"]: each["now"] for each in found["differences"]}
    values = row.settings.values()
    rows = [_setting(key, value, changed.get(key)) for key, value in values.items()]
    paged.table(rows, ("setting", "used", "now"), alt=t("run.tab.settings"))


def _setting(key: str, used: str, now: str | None) -> dict[str, str]:
    return {
        "setting": settings_words.label(key),
        "used": settings_words.value(key, used),
        "now": "" if now is None else settings_words.value(key, now),
    }
