"""A run as scripts and pages read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sync.clock import iso
from sync.inspection import comparison
from sync.openshop import opened_shop
from sync.run.listing import took
from sync.store import Desk, RunRow, State
from sync.texts import text
from sync.texts.numbers import number

_TEXTS: Final = ("known", "other")


@dataclass(frozen=True)
class Waiting:
    """Until when a run waits (ISO 8601 UTC), and for which window, or for which side to answer."""

    until: str | None
    window: str | None
    side: str | None
    why: str | None


@dataclass(frozen=True)
class Report:
    """A run; times are ISO 8601 UTC, cut to whole seconds. `books`, `calls`, `holds` and `errors`
    are as they are stored with it, `entities` what a comparison found; `took_s` stands where it has
    ended, `was` where the run came with its shop from another desk: its number there. `addresses`
    says what was looked through for e-mail addresses before it left, without *Collect e-mails*:
    `payloads`, addresses `found` in orders and customers, which were not sent, customers' addresses
    `known` in the texts of other records, and `other` ones there. It stands where anything was."""

    run: int
    store: str
    kind: str
    state: State
    trigger: str
    who: str
    queued: str | None
    started: str | None
    finished: str | None
    settings_version: int
    plan: str | None
    phase: str | None
    waiting: Waiting | None
    holds: Sequence[Mapping[str, Any]]
    books: Mapping[str, Mapping[str, Any]]
    calls: Mapping[str, Mapping[str, int]]
    waited_s: int
    errors: Sequence[Mapping[str, Any]]
    message: str | None
    detail: Mapping[str, Any] | None
    ended: str | None
    entities: Mapping[str, Any] | None = None
    took_s: float | None = None
    was: int | None = None
    addresses: Mapping[str, int] | None = None


def report(desk: Desk, run: RunRow, store: str | None = None) -> Report:
    """A run as `run`, `show` and `approve` give it; `store` is its store's slug where known."""
    return Report(
        run=run.id,
        store=store or desk.store_by_id(run.store_id).slug,
        kind=run.kind,
        state=run.state,
        trigger=run.trigger,
        who=run.who,
        queued=iso(run.queued),
        started=iso(run.started),
        finished=iso(run.finished),
        settings_version=run.settings_version,
        plan=run.plan,
        phase=run.phase,
        waiting=waiting(run),
        holds=run.holds,
        # Runs of older versions did not count what they had not sent.
        books={entity: {"not_sent": 0, **book} for entity, book in run.books.items()},
        calls=run.calls or {"lightspeed": {"total": 0}, "clerk": {"total": 0}},
        waited_s=round(run.waited),
        errors=run.errors,
        message=run.message,
        detail=run.detail,
        ended=run.ended,
        addresses=run.scan or None,
        entities=_compared(desk, run) if run.kind == "compare" else None,
        took_s=took(run),
        was=run.was,
    )


def _compared(desk: Desk, run: RunRow) -> dict[str, Any]:
    with opened_shop(desk, desk.store_by_id(run.store_id)) as shop:
        return comparison(shop.journal(run.id))


def waiting(run: RunRow) -> Waiting | None:
    """What a run waits for, if it waits."""
    if run.state is not State.WAITING:
        return None
    return Waiting(iso(run.until), run.window, run.side, run.why)


def proof(addresses: Mapping[str, int] | None, lang: str) -> list[str]:
    """What a run's look through what leaves says of e-mail addresses, in sentences; the first is
    the answer. Nothing where nothing was looked through."""
    if not addresses or not addresses["payloads"]:
        return []
    told = {name: number(n, lang) for name, n in addresses.items()}
    one = addresses["payloads"] == 1
    code = "scan.proof_single" if one else "scan.proof"
    said = [
        text(code, lang, count=told["found"], **({} if one else {"payloads": told["payloads"]}))
    ]
    said += [text("scan.kept_back", lang)] if addresses["found"] else []
    said += [text(f"scan.{part}", lang, count=told[part]) for part in _TEXTS if addresses[part]]
    return said
