"""The answer for the merchant about many records: those of a set, or what an update brought."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from sync import explain, preview, run
from sync.answers.bring_back import BroughtBack, brings_back
from sync.answers.merchant import Shown, day_of
from sync.answers.merchant_next import after_run, by_hand
from sync.answers.patterns import contrast
from sync.answers.sets import Chosen
from sync.answers.wording import pattern_sentence
from sync.clock import iso
from sync.ledger import failures
from sync.preview.plans import opened_snapshot, planned
from sync.store import Desk, RunRow, State, StoreRow
from sync.texts import catalogue, text
from sync.texts.numbers import number

_NAMED: Final = 5  # records that are named, those that sold most first
_REASONS: Final = 4
_BROKE_OFF: Final = {
    State.FAILED: "failed",
    State.CANCELLED: "ended",
    State.REJECTED: "ended",
}
_NOT_WHOLE: Final = (State.PARTIAL, *_BROKE_OFF)


def answer_for_set(desk: Desk, store: StoreRow, entity: str, chosen: Chosen, lang: str) -> str:
    """A friendly text about records of which some do not go: how many, why, what they have in
    common, which matter most, and what would help. UsageError as `contrast`."""
    found = contrast(desk, store, entity, chosen)
    with opened_snapshot(desk, store) as snapshot:
        plan = planned(snapshot, None)
        ids = frozenset(chosen(snapshot, entity))
    asked: dict[str, Any] = {"among": ids, "limit": _NAMED}
    asked["actions"] = ("skip", "remove")
    rows = partial(preview.rows, desk, store, plan.key, entity)
    best = rows(sort="sold" if entity == "products" else "created", descending=True, **asked)
    reasons = _reasons(rows(**{**asked, "limit": -1}).rows)
    numbers = {"n": number(best.total, lang), "of": number(len(ids), lang)}
    parts = [text("merchant.hello", lang)]
    parts.append(
        text(f"merchant.set.{entity}" if best.total else "merchant.set.none", lang, **numbers)
    )
    if best.total:
        lines = [f"- {number(n, lang)}: {_cause(reason, lang)}" for reason, n in reasons[:_REASONS]]
        parts.append("\n".join([text("merchant.because", lang), *lines]))
        if found.patterns:
            parts.append(pattern_sentence(found, found.patterns[0], lang))
        names = [f"- {row['title']} (id {row['id']})" for row in best.rows]
        parts.append("\n".join([text("merchant.set.first", lang), *names]))
        parts.append(_help(brings_back(desk, store, entity, chosen), lang))
    parts += by_hand(desk, store, lang)
    return _whole(desk, store, parts, lang)


def answer_for_run(desk: Desk, row: RunRow, lang: str, shown: Shown | None = None) -> str:
    """A friendly text about what an update brought: how many records, which were not accepted and
    why, and what comes next. `shown` writes the day of an ISO time."""
    store = desk.store_by_id(row.store_id)
    shown = shown or partial(day_of, lang)
    when = shown(iso(row.finished or row.started or row.queued) or "")
    parts = [text("merchant.hello", lang), *_outcome(row, when, lang)]
    if failures(row.books):
        parts.append("\n".join([text("merchant.run.refused", lang), *_refused(desk, row, lang)]))
    if row.state in _NOT_WHOLE:
        parts += after_run(desk, row, run.went_wrong(desk, row), lang)
    elif row.state is State.SUCCEEDED:
        parts.append(text("merchant.next.nothing", lang))
    return _whole(desk, store, parts, lang)


def _outcome(row: RunRow, when: str, lang: str) -> Iterator[str]:
    """What reached Clerk.io, kind by kind."""
    sent = {
        entity: sum(book.get(name, 0) for name in ("created", "updated", "removed"))
        for entity, book in row.books.items()
    }
    told = [
        text(f"run.records.{entity}", lang, n=number(n, lang)) for entity, n in sent.items() if n
    ]
    if row.finished is None:
        yield text("merchant.run.on", lang)
    elif told:
        brought = text("merchant.run.brought", lang, when=when, what=", ".join(told))
        code = _BROKE_OFF.get(row.state)
        yield f"{brought} {text(f'merchant.run.then_{code}', lang)}" if code else brought
    else:
        nothing = "nothing_planned" if row.plan else "nothing"  # it did not look for anything new
        code = _BROKE_OFF.get(row.state, "partial" if row.state is State.PARTIAL else nothing)
        yield text(f"merchant.run.{code}", lang, when=when)


def _refused(desk: Desk, row: RunRow, lang: str) -> Iterator[str]:
    """The records that were not accepted, products that sold most first; people by id alone."""
    found = run.outcomes(desk, row.id, outcome="failed", by_sales=True, limit=_NAMED)
    for each in found["rows"]:
        title = "" if each["entity"] == "customers" else str(each["title"] or "")
        kind = text(f"record.{each['entity']}", lang)
        yield f"- {' '.join(filter(None, [kind, title]))} (id {each['id']})"
    more = found["total"] - len(found["rows"])
    if more > 0:
        yield f"- {text('merchant.set.more', lang, count=number(more, lang))}"


def _reasons(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    counted: dict[str, int] = {}
    for row in rows:
        for reason in row["reasons"]:
            counted[reason] = counted.get(reason, 0) + 1
    return sorted(counted.items(), key=lambda pair: -pair[1])


def _cause(code: str, lang: str) -> str:
    kind, _, field = code.partition(":")
    named = catalogue(lang).get(f"shop_edit.field.{field}", field)
    return text(f"merchant.cause.{kind}", lang, field=named)


def _help(found: BroughtBack | None, lang: str) -> str:
    if found is None:
        return text("merchant.next.ask", lang)
    changes = explain.changes_text(found.settings, lang)
    back = text("merchant.set.back", lang, n=number(found.records, lang))
    return f"{text('merchant.setting', lang, changes=changes)} {back}"


def _whole(desk: Desk, store: StoreRow, parts: list[str], lang: str) -> str:
    domain = desk.shop_by_id(store.shop_id).domain
    shop = text("merchant.shop", lang, link=f"https://{domain}/")
    return "\n\n".join([*parts, shop, text("merchant.bye", lang)])
