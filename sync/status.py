"""One sentence on why a store is green, amber or red."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sync.clock import iso
from sync.database import loses_pages, sqlite3
from sync.fleet import OVERDUE, Brief, Standing, budgets, standings
from sync.freshness import Freshness, Group
from sync.store import ACTIVE, Desk, State, StoreRow, is_locked, lock_path, worker_alive
from sync.texts import text
from sync.texts.numbers import number, percent

LEVELS = ("red", "amber", "green")
STATUS_PAGES = {
    "lightspeed": "https://status.lightspeedhq.com",
    "clerk": "https://status.clerk.io",
}
URGENCY = (
    *("damaged", "failed", "held", "stuck", "outage", "late", "stale", "other_writer"),
    *("partial", "rejected", "cancelled", "never"),
)

When = Callable[[float], str]
_TIMES = ("when", "due", "until", "breaks")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a store is: its level, the code of why, and what the sentence on it names: times in unix
    seconds, messages unsaid."""

    level: str
    code: str
    values: dict[str, Any]


def utc_minute(at: float) -> str:
    """`2026-03-10 03:12 UTC`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def notices(lang: str = "en") -> list[str]:
    """What a person should know of this installation before anything else, a line each."""
    if loses_pages():
        return [text("status.loses_pages", lang, version=sqlite3.sqlite_version)]
    return []


def fleet(desk: Desk, lang: str = "en", when: When = utc_minute) -> list[dict[str, Any]]:
    """Every store as `store_status` has it, worst first; a handful of queries for all of them."""
    rows = _rows(desk, standings(desk), lang, when)
    return sorted(rows, key=lambda row: (_urgency(row), row["store"]))


def store_status(
    desk: Desk, store: StoreRow, lang: str = "en", when: When = utc_minute
) -> dict[str, Any]:
    """How a store is: store, name, shop, shop_name, language, api_url, demo, paused, sync_time,
    level, code, sentence (its times as `when` writes them), last_success and next_due (ISO UTC),
    active ({run, kind, state, phase, waiting} or None), held (a run's id or None), freshness (by
    group of entities: state, promise_h, as_of, breaks_at, kept (a share) and since), patrol (as
    `patrol_of` has it), budget (rows of `Budget.windows`)."""
    [row] = _rows(desk, standings(desk, store.id), lang, when)
    return row


def outages(desk: Desk) -> list[dict[str, Any]]:
    """The sides that do not answer and that runs wait for: side, host, since and next (ISO UTC),
    waiting (how many stores), link (where the side says how it is), the longest first."""
    return [
        {
            "side": known.side,
            "host": known.host,
            "since": iso(known.since),
            "next": iso(known.next),
            "waiting": known.waiting,
            "link": STATUS_PAGES[known.side],
        }
        for known in desk.outages()
        if known.waiting
    ]


def _rows(desk: Desk, stands: list[Standing], lang: str, when: When) -> list[dict[str, Any]]:
    now = desk.clock.now()
    budget = budgets(desk, stands)
    bad, dead = damaged_files(desk), dead_runs(desk, stands)
    return [
        _row(standing, now, lang, when, bad, dead)
        | {"budget": budget.get(standing.store.shop_id, [])}
        for standing in stands
    ]


def dead_runs(desk: Desk, stands: Sequence[Standing]) -> set[int]:
    """The runs whose process has died: whoever drives one holds its shop's lock. A worker that is
    there takes them up."""
    running = [
        (standing.shop, standing.active.id)
        for standing in stands
        if standing.active is not None and standing.active.state is State.RUNNING
    ]
    if not running or worker_alive(desk.data_dir):
        return set()
    return {run for shop, run in running if not is_locked(lock_path(desk.data_dir, shop))}


def damaged_files(desk: Desk) -> dict[str, float]:
    """When the nightly check found each file damaged that it did (unix s), by its name."""
    return {name: at for name, (at, problem) in desk.checked().items() if problem}


def _row(
    standing: Standing,
    now: float,
    lang: str,
    when: When,
    bad: dict[str, float],
    dead: Container[int],
) -> dict[str, Any]:
    store, due = standing.store, standing.due(now)
    verdict = judged(standing, due, now, bad, dead)
    return {
        "store": store.slug,
        "name": store.name,
        "shop": standing.shop,
        "shop_name": standing.shop_name,
        "language": store.language,
        "api_url": store.api_url,
        "demo": standing.demo,
        "paused": store.paused,
        "sync_time": standing.sync_time,
        "level": verdict.level,
        "code": verdict.code,
        "sentence": _sentence(verdict, standing, lang, when),
        "last_success": iso(standing.success),
        "next_due": iso(due),
        "active": _active(standing.active),
        "held": None if standing.held is None else standing.held.id,
        "freshness": {
            group: _freshness(each) for group, each in standing.promises(due, now).items()
        },
        "patrol": standing.patrol,
    }


def _freshness(known: Freshness) -> dict[str, Any]:
    return {
        "state": known.state,
        "promise_h": None if known.promise is None else round(known.promise / 3600, 2),
        "as_of": iso(known.as_of),
        "breaks_at": iso(known.breaks),
        "kept": None if known.kept is None else math.floor(known.kept * 10_000) / 10_000,
        "since": iso(known.since),
    }


def freshness_sentence(
    group: Group, known: Freshness, lang: str = "en", when: When = utc_minute
) -> str:
    """How fresh a group of a store is, and how much of the time its promise was kept."""
    times = {
        name: when(at)
        for name, at in (("as_of", known.as_of), ("breaks", known.breaks))
        if at is not None
    }
    hours = number(round((known.promise or 0) / 3600, 1), lang)
    said = text(f"fresh.{known.state}", lang, what=text(f"entity.{group}", lang), **times)
    if known.kept is None or known.since is None or known.promise is None:
        return said
    values = {"hours": hours, "share": percent(known.kept, lang), "since": when(known.since)}
    code = "kept_before" if known.state in ("paused", "by_hand") else "kept_share"
    return f"{said} {text(f'fresh.{code}', lang, **values)}"


def _sentence(verdict: Verdict, standing: Standing, lang: str, when: When) -> str:
    code, values = verdict.code, dict(verdict.values)
    for name in _TIMES:
        if name in values:
            values[name] = "" if values[name] is None else when(values[name])
    for name in ("side", "window"):
        if name in values:
            values[name] = text(f"{name}.{values[name]}", lang)
    if "message" in values:
        values["message"] = values["message"].text(lang) if values["message"] else ""
    if code == "never" and standing.demo:
        code = "never_demo"  # its Clerk.io has no sync of its own
    if code == "partial" and not values["failed"]:
        code = "partial_read"
    return text(f"status.{code}", lang, **values)


def _active(run: Brief | None) -> dict[str, Any] | None:
    if run is None:
        return None
    waits = {"until": iso(run.until), "window": run.window, "side": run.side, "why": run.why}
    return {
        "run": run.id,
        "kind": run.kind,
        "state": run.state,
        "phase": run.phase,
        "waiting": waits if run.state is State.WAITING else None,
    }


def _urgency(row: dict[str, Any]) -> tuple[int, int]:
    code = row["code"]
    place = URGENCY.index(code) if code in URGENCY else len(URGENCY)
    return LEVELS.index(row["level"]), place


def judged(
    standing: Standing,
    due: float | None,
    now: float,
    bad: dict[str, float],
    dead: Container[int] = (),
) -> Verdict:
    """How a store is whose next run is `due`; `bad` are the damaged files, `dead` the runs whose
    process has died."""
    return _damaged(standing, bad) or _dead(standing, dead) or _judged(standing, due, now)


def _judged(standing: Standing, due: float | None, now: float) -> Verdict:
    run = standing.newest
    if run is None:
        return Verdict("amber", "never", {})
    values: dict[str, Any] = {"run": run.id, "when": run.finished}
    if run.state in ACTIVE:
        return _under_way(run, now, values)
    if run.state is State.HELD:
        return Verdict("amber", "held", values)
    if run.state is State.FAILED:
        return Verdict("red", "failed", {**values, "message": run.said})
    if run.disputed:
        return Verdict("amber", "other_writer", values)
    if run.state is State.PARTIAL:
        return Verdict("amber", "partial", {**values, "failed": run.failed})
    if run.state in (State.CANCELLED, State.REJECTED):
        return Verdict("amber", run.state, values)
    if due is not None and now - due > OVERDUE:
        return Verdict("amber", "late", {**values, "due": due})
    breaks = _broken_since(standing, due, now)
    if breaks is not None:
        return Verdict("amber", "stale", {**values, "breaks": breaks})
    return Verdict("green", "succeeded", values)


def _broken_since(standing: Standing, due: float | None, now: float) -> float | None:
    """Since when what Clerk.io holds is older than promised; None if it is not."""
    known = standing.promises(due, now).values()
    return min(
        (each.breaks for each in known if each.state == "broken" and each.breaks), default=None
    )


def _dead(standing: Standing, dead: Container[int]) -> Verdict | None:
    """The active run says that it is under way, and nobody is at it."""
    run = standing.active
    if run is None or run.id not in dead:
        return None
    return Verdict("amber", "stuck", {"run": run.id, "when": run.finished, "due": run.due})


def _damaged(standing: Standing, bad: dict[str, float]) -> Verdict | None:
    """A file that the store needs did not pass its nightly check."""
    for file in ("desk.db", f"shops/{standing.shop}.db"):
        if file in bad:
            return Verdict("red", "damaged", {"file": file, "when": bad[file]})
    return None


def _under_way(run: Brief, now: float, values: dict[str, Any]) -> Verdict:
    """A run that could go on for an hour and does not has nobody who drives it."""
    since = run.until if run.state is State.WAITING and run.until is not None else run.due
    if run.state is not State.RUNNING and now - since > OVERDUE:
        return Verdict("amber", "stuck", {**values, "due": since})
    if run.state is not State.WAITING:
        return Verdict("green", run.state, values)
    values |= {"until": run.until}
    if run.side:
        return Verdict("amber", "outage", {**values, "side": run.side})
    if not run.window:
        return Verdict("green", "going_on", values)
    return Verdict("green", "waiting", {**values, "window": run.window})
