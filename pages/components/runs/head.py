"""The first line of the list of runs: how it stands, and what can be started."""

from __future__ import annotations

from pages.components import context, format, layout
from pages.components.runs import start
from pages.components.runs.view import View
from pages.components.texts import plain, t
from sync.store import ACTIVE, Desk, RunRow, StoreRow, Wanted

_LATELY = 30  # syncs
_A_DAY = 86_400.0


def show(store: StoreRow, shown: View, newest: RunRow | None) -> None:
    """The answer for the store that is shown, whose newest run is given, or for all of them."""
    said = _of_store(context.desk(), store, newest) if shown.store else _of_all(context.desk())
    with layout.answer(said):
        start.show(store)


def _of_store(desk: Desk, store: StoreRow, last: RunRow | None) -> str:
    name = plain(store.name)
    if last is None:
        return t("runs.answer.none", store=name)
    total = sum(desk.count_states(Wanted(store=store.id)).values())
    code = "on" if last.state in ACTIVE else last.state
    ago = format.ago(last.finished or last.started or last.queued)
    parts = [t("runs.answer.runs", store=name, n=format.number(total))]
    parts.append(t(f"runs.answer.{code}", ago=ago))
    said = ", ".join(parts) + "."
    states = desk.last_states(store.id, _LATELY)
    return f"{said} {_lately(states.count('failed'), len(states))}" if states else said


def _lately(failed: int, of: int) -> str:
    if of == 1:
        return ""
    if not failed:
        return t("runs.answer.no_failures", of=format.number(of))
    return t("runs.answer.failures", n=format.number(failed), of=format.number(of))


def _of_all(desk: Desk) -> str:
    counts = desk.count_states(Wanted(since=desk.clock.now() - _A_DAY))
    total, failed = sum(counts.values()), counts.get("failed", 0)
    said = t("runs.answer.all", n=format.number(total))
    return f"{said} {t('runs.answer.all_failed', n=format.number(failed))}" if failed else said
