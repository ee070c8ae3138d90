"""The first lines of a run's page: how it went, and what can be done now."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components import context, format, layout, links, rights, run_request, states, ticket
from pages.components.acts import act
from pages.components.runs import listing, take_away, two_runs, view
from pages.components.texts import lang, plain, t
from sync import answers, run
from sync.ledger import failures
from sync.run.live import SIDES
from sync.store import ACTIVE, RunRow, State
from sync.texts import labels

_SENT = ("created", "updated", "removed")


def show(row: RunRow, wrong: list[run.Wrong]) -> None:
    """The verdict, one grey line on the run, the way back, and a retry while anything still
    fails."""
    badge = f":{states.run_color(row.state)}-badge[{t(f'state.{row.state}')}]"
    with layout.answer(f"{badge} {_verdict(row, wrong)}", _line(row)):
        to_runs()
        two_runs.link(row)
        take_away.button(row)
        if row.kind == "sync" and row.finished is not None:
            told = partial(_answer, row)
            ticket.offer(st.container(width="content"), f"run:answer:{row.id}", told)
        _retry(row)
    _said(row)


def _answer(row: RunRow, lang: str) -> str:
    return answers.answer_for_run(context.desk(), row, lang, format.day)


def to_runs() -> None:
    """The way to the list of runs, as it was left."""
    links.to("runs", label=t("page.runs"), icon=":material/arrow_back:", **view.kept())


def _verdict(row: RunRow, wrong: list[run.Wrong]) -> str:
    if row.state is State.SUCCEEDED and row.kind == "sync":
        return _done(row)
    if row.state in (State.SUCCEEDED, State.REJECTED, State.CANCELLED) or row.state in ACTIVE:
        return t(f"run.verdict.{_code(row)}", run=row.id)
    if row.state is State.HELD:
        names = dict.fromkeys(t(f"hold.{hold['reason']}.name") for hold in row.holds)
        return t("run.verdict.held", run=row.id, why=", ".join(names))
    name = _name(wrong[0]) if wrong else t(f"state.{row.state}")
    failed = failures(row.books)
    if row.state is State.PARTIAL and failed:
        of = failed + sum(_sums(row).values())
        numbers = {"n": format.number(failed), "of": format.number(of)}
        code = "exactly_refused" if row.plan else "refused"
        return t(f"run.verdict.{code}", run=row.id, **numbers)
    return t(f"run.verdict.{row.state}", run=row.id, why=plain(name))


def _code(row: RunRow) -> str:
    if row.state in ACTIVE:
        return "on"
    if row.state is State.SUCCEEDED:
        return f"done_{row.kind}"
    return row.state


def _done(row: RunRow) -> str:
    """One that sent just a plan knows nothing of what was not read for it."""
    sums = {name: n for name, n in _sums(row).items() if n}
    exactly = "exactly_" if row.plan else ""
    if not sums:
        return t(f"run.verdict.{exactly}nothing", run=row.id)
    told = (t(f"run.verdict.{name}", n=format.number(n)) for name, n in sums.items())
    return t(f"run.verdict.{exactly}succeeded", run=row.id, what=", ".join(told))


def _sums(row: RunRow) -> dict[str, int]:
    return {name: sum(book.get(name, 0) for book in row.books.values()) for name in _SENT}


def _name(wrong: run.Wrong) -> str:
    advice = wrong.advice(lang())
    return wrong.messages[0].text(lang()) if advice["code"] == "other" else advice["name"]


def _line(row: RunRow) -> str:
    """Store, kind, when and how long, by whom, settings, calls. Of a run that is on, its card
    tells what it waited and called, and goes on counting."""
    store = context.desk().store_by_id(row.store_id)
    calls = {side: format.number(row.calls.get(side, {}).get("total", 0)) for side in SIDES}
    counts = row.state in ACTIVE
    parts = [
        plain(store.name),
        t(f"kind.{row.kind}"),
        format.weekday(row.started or row.queued),
        t("run.took", took=format.duration(run.took(row))) if row.finished is not None else "",
        t("run.waited", waited=format.duration(row.waited)) if row.waited and not counts else "",
        plain(listing.by(row.trigger, row.who)),
        t("run.settings_version", version=row.settings_version),
        "" if counts else t("run.calls", **calls),
    ]
    return " · ".join(filter(None, parts))


def _retry(row: RunRow) -> None:
    """Offered for what still fails, not for what a later run has sent."""
    if row.finished is None or not failures(row.books):
        return
    n = sum(map(len, run.still_failing(context.desk(), row).values()))
    if n:
        st.button(
            t("run.retry", number=format.number(n)),
            type="primary",
            icon=":material/replay:",
            key="run:retry",
            on_click=_again,
            args=(row,),
            **rights.look("run sync", context.desk().store_by_id(row.store_id)),
        )
    else:
        st.caption(t("run.mended"))


@act
def _again(row: RunRow) -> None:
    store = context.desk().store_by_id(row.store_id)
    run_request.ask(store, "sync", trigger="retry", retry=row.id)


def _said(row: RunRow) -> None:
    """What ended the run from outside, or a person's own words on that."""
    if row.ended and row.state is not State.REJECTED:
        st.markdown(t(f"ending.{row.ended}"))
    elif row.said and row.state is not State.FAILED:
        known = row.state is State.REJECTED and row.message in labels("rejection")
        st.markdown(t(f"rejection.{row.message}") if known else plain(row.said.text(lang())))
