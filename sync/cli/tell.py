"""Answers about many records as a reader sees them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sync.answers import (
    BroughtBack,
    Contrast,
    Event,
    HeldThen,
    Lacking,
    Leaving,
    PatrolReport,
    Problem,
    TwoRuns,
    shown_value,
    what_is_different,
)
from sync.cli.screen import Cell, Screen, local, shown
from sync.errors import Message
from sync.explain import Way
from sync.preview import OrderCost
from sync.preview.blame import Blame
from sync.texts import labels, reason, text

_SHOWN: Final = 20  # records of an entity; the document has all


def blame(screen: Screen, blames: Sequence[Blame]) -> None:
    """Each cause of a draft's differences on a line, with what it moves."""
    screen.line()
    for each in blames:
        names = ", ".join(each.settings)
        code = "preview.blame_each" if each.each else "preview.blame"
        screen.say(code, settings=names, moves="; ".join(_moved(screen, each)))


def _moved(screen: Screen, each: Blame) -> Iterator[str]:
    for entity, moves in each.entities.items():
        what = text(f"entity.{entity}", screen.lang)
        for move, name in labels("move", screen.lang).items():
            if n := getattr(moves, move):
                yield f"{what} {screen.number(n)} {name}"


def contrast(screen: Screen, found: Contrast) -> None:
    """What sets records apart: the strongest pattern in a sentence, then all of them."""
    screen.line(what_is_different(found, screen.lang))
    rows: list[list[Cell]] = [
        [
            text(f"dimension.{each.dimension}", screen.lang),
            shown_value(each, screen.lang),
            each.in_set,
            each.in_rest,
        ]
        for each in found.patterns
    ]
    if rows:
        screen.table(screen.columns("dimension", "value", "in_set", "in_rest"), rows)


def held(screen: Screen, found: HeldThen) -> None:
    """What Clerk.io held, a line an entity."""
    screen.say("held.on", on=local(found.on, utc=True) or "")
    names = [name for name in ("count", "entered", "left", "changed") if _has(found, name)]
    rows: list[list[Cell]] = [
        [text(f"entity.{entity}", screen.lang), *(_number(each, name) for name in names)]
        for entity, each in found.entities.items()
    ]
    headings = ["departed" if name == "left" else name for name in names]
    screen.table(screen.columns("entity", *headings), rows)


def _has(found: HeldThen, name: str) -> bool:
    return any(getattr(each, name) is not None for each in found.entities.values())


def _number(each: object, name: str) -> int:
    value = getattr(each, name)
    return value if isinstance(value, int) else len(value or ())


def leaving(screen: Screen, found: Leaving) -> None:
    """What made a record leave, in a sentence."""
    if not found.found:
        screen.say("bisect.not_found")
        return
    why = "; ".join(reason(code, lang=screen.lang) for code in found.why)
    at, version = local(found.at, utc=True) or "", str(found.settings_version)
    screen.say("bisect.found", run=str(found.run), at=at, version=version, why=why)


def smallest(screen: Screen, ways: Sequence[Way]) -> None:
    """The ways to let a record go, each alone enough, a line each."""
    if not ways:
        screen.say("explain.no_way")
        return
    screen.say("explain.ways")
    for way in ways:
        told = [shown(each.text(screen.lang)) for each in way.shop or ()]
        told += [f'{key}="{value}"' for key, value in (way.settings or {}).items()]
        screen.line(f"  - {' '.join(told)}")


def history(screen: Screen, events: Sequence[Event]) -> None:
    """A record over all runs, a line a change."""
    for event in events:
        why = "; ".join(reason(code, lang=screen.lang) for code in event.reasons)
        screen.say(
            "history.event",
            at=local(event.at) or "",
            action=labels("outcome", screen.lang)[event.action],
            run=str(event.run),
            version=str(event.settings_version),
            more=" ".join(filter(None, [", ".join(event.fields), why])),
        )


def two_runs(screen: Screen, found: TwoRuns) -> None:
    """Two runs: what differs in settings and books, and how many records moved."""
    first, second = map(str, found.runs)
    for key, (was, now) in found.settings.items():
        screen.say("compare.setting", setting=key, was=was, now=now)
    rows: list[list[Cell]] = [
        [text(f"entity.{entity}", screen.lang), name, was, now]
        for entity, book in found.books.items()
        for name, (was, now) in book.items()
        if was != now
    ]
    if rows:
        screen.table([*screen.columns("entity", "name"), first, second], rows)
    for entity, records in found.moved.items():
        what = text(f"entity.{entity}", screen.lang)
        screen.say("compare.moved", entity=what, n=screen.number(len(records)))
        for record in records[:_SHOWN]:
            why = "; ".join(reason(code, lang=screen.lang) for code in record.why)
            screen.line(f"  {record.id}  {record.was} → {record.is_}  {why}".rstrip())
    for run in found.bookless:
        screen.line(text("compare.bookless", screen.lang, run=str(run)))
    if not (found.settings or rows or found.moved or found.bookless):
        screen.say("compare.nothing", first=first, second=second)


def problems(screen: Screen, found: Sequence[Problem]) -> None:
    """What goes wrong, a block a problem: what, since when, where, who can mend it and how."""
    if not found:
        screen.say("problems.none")
    for each in found:
        screen.say(
            "problems.head",
            state=labels("problem", screen.lang)[each.state],
            name=text(f"cause.{each.cause}.name", screen.lang),
            said=each.code,
        )
        stores = ", ".join(each.stores[:_SHOWN])
        first, last = local(each.first) or "", local(each.last) or ""
        n = screen.number(each.records)
        screen.say("problems.where", stores=stores, records=n, first=first, last=last)
        screen.say("problems.next", who=each.who, next=each.next)


def patrol(screen: Screen, found: PatrolReport) -> None:
    """How far a patrol is, and what differs, a line a record."""
    if found.patrol is None:
        screen.say("patrol.off")
    else:
        _stands(screen, found)
    kinds, states = labels("verdict", screen.lang), labels("differing", screen.lang)
    for each in found.records[:_SHOWN]:
        causes = "; ".join(text(f"cause.{cause}.name", screen.lang) for cause in each.causes)
        screen.say(
            "patrol.record",
            record=text(f"record.{each.entity}", screen.lang),
            key=shown(str(each.key)),
            kind=kinds[each.kind] + (f" ({', '.join(each.fields)})" if each.fields else ""),
            since=local(each.since) or "",
            state=states[each.state],
            causes=causes,
        )
    if len(found.records) > _SHOWN:
        screen.say("patrol.more", count=len(found.records) - _SHOWN)


def _stands(screen: Screen, found: PatrolReport) -> None:
    told = found.patrol or {}
    values = {name: screen.number(told[name]) for name in ("days", "asked", "of")}
    began, finished = local(told["began"]) or "-", local(told["finished"]) or "-"
    screen.say("patrol.stands", began=began, finished=finished, **values)
    if told["problem"]:
        screen.say("patrol.problem", why=Message.of(told["problem"]).text(screen.lang))
    if not found.records:
        screen.say("patrol.none")


def costs(screen: Screen, found: Sequence[OrderCost]) -> None:
    """What each choice of include_orders costs, a line each."""
    names = ("orders", "calls", "finish_one", "finish_two", "best_start")
    rows: list[list[Cell]] = [
        [
            each.option,
            each.orders,
            each.calls,
            *(local(getattr(each, name)) for name in names[2:]),
        ]
        for each in found
    ]
    screen.line()
    screen.table(screen.columns("period", *names), rows)


def brought_back(screen: Screen, found: BroughtBack | None) -> None:
    """The change of settings that brings back most of a set, in a sentence."""
    if found is None:
        screen.say("contrast.no_cure")
        return
    listed = " ".join(f'{key}="{value}"' for key, value in found.settings.items())
    numbers = {"records": found.records, "of": found.left_out, "others": found.others}
    told = {name: screen.number(n) for name, n in numbers.items()}
    screen.say("contrast.cure", changes=listed, **told)


def lacking(screen: Screen, found: Sequence[Lacking]) -> None:
    """Attributes that a product has no value for, a line each."""
    for each in found:
        kinds = labels("settings.kind", screen.lang)
        looked = ", ".join(kinds[kind] for kind in each.looked_in)
        near = ", ".join(map(shown, [*each.here, *each.elsewhere]))
        code = "explain.lacking_near" if near else "explain.lacking"
        screen.say(code, typed=shown(each.typed), looked=looked, near=near)
