"""Plans, runs, settings and what Lightspeed says as a reader sees them in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sync.cli.screen import Cell, Screen, local, shown
from sync.documents import as_json
from sync.errors import Message, text_of
from sync.ledger import OUTCOMES
from sync.run.documents import Report, Waiting, proof
from sync.run.foretold import Predicted
from sync.run.previews import NeverRead, Preview, Unread
from sync.settings import SETTINGS
from sync.store import State
from sync.texts import labels, reason, text
from sync.texts.numbers import duration

Row = Mapping[str, Any]
_PLANNED: Final = ("create", "update", "follow", "unchanged", "skip", "remove")
_BOOKED: Final = (*OUTCOMES, "removed")


def preview(screen: Screen, plan: Preview) -> None:
    """A plan: counts, reasons, holds, cost, and when it would be done."""
    version, read = plan.settings_version, local(plan.as_of, utc=True)
    known = {"store": plan.store, "version": str(version), "read": read}
    if version is None:
        screen.say("preview.draft" if read else "preview.draft_unread", **known)
    else:
        screen.say("preview.saved" if read else "preview.saved_unread", **known)
    screen.say("preview.plan", fingerprint=plan.fingerprint)
    screen.line()
    names = labels("action", screen.lang)
    planned = plan.planned()
    rows = {entity: as_json(counts) for entity, counts in planned.items()}
    apart = {
        entity: {**row, "follow": planned[entity].follow, "skip": planned[entity].unsent}
        for entity, row in rows.items()
    }
    _counts(screen, apart, {key: names[key] for key in _PLANNED})
    _not_read(screen, plan)
    _reasons(screen, rows)
    _held_before(screen, plan)
    for hold in plan.holds:
        _hold(screen, as_json(hold))
    finish, calls = local(plan.finish, utc=True), plan.calls
    code = "preview.calls" if finish else "preview.calls_endless"
    screen.line()
    screen.say(code, lightspeed=calls.lightspeed, clerk=calls.clerk, finish=finish)
    if calls.about:
        low, high = calls.about
        screen.say("preview.at_least" if calls.uncounted else "preview.about", low=low, high=high)


def _held_before(screen: Screen, plan: Preview) -> None:
    for entity, counts in plan.planned().items():
        if counts.held_before:
            numbers = {name: screen.number(n) for name, n in vars(counts.held_before).items()}
            what = text(f"entity.{entity}", screen.lang)
            screen.line(text("held_before", screen.lang, what=what, **numbers))


def comparison(screen: Screen, entities: Mapping[str, Row]) -> None:
    """What a comparison found: numbers by entity, and the first ids of each kind."""
    for entity, verdicts in entities.items():
        numbers = {
            name: screen.number(value if isinstance(value, int) else len(value))
            for name, value in verdicts.items()
        }
        what = text(f"entity.{entity}", screen.lang)
        screen.line(text("run.compared", screen.lang, entity=what, **numbers))
        for verdict, name in labels("verdict", screen.lang).items():
            if verdicts[verdict]:
                ids = ", ".join(str(key) for key in verdicts[verdict][:20])
                screen.line("  " + text("run.compared_ids", screen.lang, verdict=name, ids=ids))


def run(screen: Screen, report: Report) -> None:
    """One run: state, books, reasons, calls, errors."""
    lang = screen.lang
    screen.say("run.head", run=str(report.run), state=text(f"state.{report.state}", lang))
    screen.say(
        "run.about",
        kind=text(f"kind.{report.kind}", lang),
        store=report.store,
        trigger=labels("cli.trigger", lang)[report.trigger],
        version=str(report.settings_version),
    )
    _times(screen, report)
    comparison(screen, report.entities or {})
    if report.waiting:
        screen.line(waiting(report.waiting, lang))
    held = report.state == State.HELD
    for hold in report.holds:
        _hold(screen, hold, ask=held)
    if held:
        for word in ("approve", "reject"):
            screen.line(f"  python -m sync {word} {report.run}")
    if report.books:
        screen.line()
        names = labels("outcome", lang)
        early = any(book["not_sent"] for book in report.books.values())
        booked = (*_BOOKED, "not_sent") if early else _BOOKED
        _counts(screen, report.books, {key: names[key] for key in booked})
        _reasons(screen, report.books)
    for said in proof(report.addresses, lang):
        screen.line(said)
    _calls(screen, report.calls)
    if report.ended:
        screen.line(text(f"ending.{report.ended}", lang))
    elif report.message:
        screen.line(shown(Message.of(report.detail, report.message).text(lang)))
    for error in report.errors:
        _error(screen, error)


def predicted(screen: Screen, found: Mapping[str, Predicted]) -> None:
    """What a run's plan foretold against what was sent, where that differs, a line a reason."""
    for entity, each in found.items():
        for gap in each.differences:
            n = screen.number(gap.count)
            name = text(f"entity.{entity}", screen.lang)
            screen.line(f"{name}: {text(f'gap.{gap.what}', screen.lang, n=n)}")


def runs(screen: Screen, reports: Sequence[Report]) -> None:
    """Runs, newest first, one line each."""
    lang = screen.lang
    columns = ("run", "kind", "state", "trigger", "started", "took", "lightspeed", "clerk")
    rows: list[list[Cell]] = [
        [
            str(report.run),
            text(f"kind.{report.kind}", lang),
            text(f"state.{report.state}", lang),
            text(f"trigger.{report.trigger}", lang),
            local(report.started),
            _took(report),
            report.calls.get("lightspeed", {}).get("total", 0),
            report.calls.get("clerk", {}).get("total", 0),
        ]
        for report in reports
    ]
    screen.table(screen.columns(*columns), rows)


def settings(screen: Screen, document: Row) -> None:
    """One version of a store's settings."""
    note = f": {shown(document['note'])}" if document["note"] else ""
    head = screen.text(
        "settings.head",
        store=document["store"],
        version=str(document["version"]),
        who=document["who"],
        at=local(document["at"]),
    )
    screen.line(head + note)
    screen.line()
    names = labels("setting", screen.lang)
    rows = [[key, document["settings"][key], names[key]] for key in SETTINGS]
    screen.table(screen.columns("setting", "value", "label"), rows)


def understood(screen: Screen, entries: Mapping[str, Sequence[Row]]) -> None:
    """How entries of the lists are understood that are not the thing's own word."""
    for entry in entries.get("accepted_order_statuses", ()):
        if entry["understood"] not in (None, entry["typed"]):
            screen.line(shown(f"{entry['typed']}: {entry['understood']}"))


def unmatched(screen: Screen, entries: Mapping[str, Sequence[Row]]) -> None:
    """On stderr, each entry of the lists that the shop does not have, with the nearest that it
    has."""
    for key, matches in entries.items():
        for entry in matches:
            if entry["matched"] is False:
                screen.remark(_missed(screen, key, entry))


def _missed(screen: Screen, key: str, entry: Row) -> str:
    typed, near = shown(entry["typed"]), entry["nearest"]
    if entry["known"]:
        return text("settings.statuses.unused", screen.lang, typed=typed)
    said = text(f"settings.{key}.unknown", screen.lang, typed=typed)
    return f"{said} {screen.text('settings.nearest', nearest=shown(near))}" if near else said


def history(screen: Screen, versions: Sequence[Row]) -> None:
    """Versions of a store's settings, newest first."""
    rows = [
        [
            str(version["version"]),
            local(version["at"]),
            version["who"],
            "; ".join(f"{key}: {old} → {new}" for key, (old, new) in version["changes"].items()),
            version["note"],
        ]
        for version in versions
    ]
    screen.table(screen.columns("version", "when", "who", "changes", "note"), rows)


def check(screen: Screen, document: Row) -> None:
    """What Lightspeed says of a shop's keys."""
    account = str(document["account"])
    screen.say("check.account", shop=document["shop"], account=account, cluster=document["cluster"])
    unreadable = screen.text("check.unreadable")
    screen.say("check.domain", domain=shown(document["domain"] or unreadable))
    active = [_language(screen, row) for row in document["languages"] or [] if row["active"]]
    screen.say("check.languages", languages=", ".join(active) or unreadable)
    areas = document["permissions"] or {}
    readable = [area for area, rights in areas.items() if rights.get("read")]
    screen.say("check.areas", areas=", ".join(readable) or screen.text("check.unknown"))
    for key in document["keys"]:
        if key["refused"]:
            reason = Message.of(key["detail"], key["refused"]).text(screen.lang)
            screen.say("check.refused", id=str(key["id"]), why=shown(reason))
    asked = document["storefront"]
    if asked is not None:
        form = text(f"storefront.{asked['form'] or 'silent'}", screen.lang)
        screen.say("check.storefront", answer=form)
    unknown(screen, document["unknown"])
    rows: list[list[Cell]] = [
        [
            str(row["key_id"]),
            text(f"window.{row['window']}", screen.lang),
            row["limit"],
            row["remaining"],
            local(row["resets_at"]),
        ]
        for row in document["budget"]
    ]
    screen.table(screen.columns("key", "window", "limit", "left", "new_at"), rows)
    screen.line(text("own_sync", screen.lang))


def unknown(screen: Screen, rows: Sequence[Row]) -> None:
    """What Lightspeed sends that nobody here knows, a line for each."""
    for row in rows:
        named = shown(f"{text('sent.' + row['kind'], screen.lang)}: {row['name']}")
        screen.say("check.not_known", name=named, count=row["count"])


def _language(screen: Screen, row: Row) -> str:
    code = str(row["code"])
    return screen.text("check.default_language", language=code) if row["default"] else code


def waiting(wait: Waiting, lang: str) -> str:
    """`Waiting until 14:35 (hour window)`, or for which side, in the reader's zone."""
    until = local(wait.until, utc=True)
    if wait.side:
        return text("waiting.side", lang, until=until, side=text(f"side.{wait.side}", lang))
    if not wait.window:
        return text("waiting.now", lang)
    return text("waiting.until", lang, until=until, window=text(f"window.{wait.window}", lang))


def _counts(screen: Screen, entities: Mapping[str, Row], columns: Mapping[str, str]) -> None:
    rows: list[list[Cell]] = [
        [text(f"entity.{name}", screen.lang), row["read"], *(row[key] for key in columns)]
        for name, row in entities.items()
    ]
    screen.table(("", *screen.columns("read"), *columns.values()), rows)


def _not_read(screen: Screen, plan: Preview) -> None:
    for name, counts in plan.entities.items():
        entity = text(f"entity.{name}", screen.lang)
        if isinstance(counts.not_read, Unread):
            screen.say("counts.not_read", entity=entity, calls=counts.not_read.calls)
        elif counts.not_read:
            screen.say("counts.older", entity=entity, count=counts.not_read)
        if isinstance(counts, NeverRead):
            continue
        if counts.lines_missing:
            screen.say("counts.lines", entity=entity, count=counts.lines_missing)
        for said in counts.silent_about(screen.lang):
            screen.line(f"{entity}: {said}")


def _reasons(screen: Screen, entities: Mapping[str, Row]) -> None:
    lang = screen.lang
    rows: list[list[Cell]] = [
        [text(f"entity.{name}", lang), count, code, reason(code, "why", lang)]
        for name, row in entities.items()
        for code, count in row.get("reasons", {}).items()
        if count
    ]
    if rows:
        screen.line()
        screen.table((*screen.columns("not_sent", "records", "reason"), ""), rows)


def _hold(screen: Screen, hold: Row, *, ask: bool = True) -> None:
    lang, family = screen.lang, f"hold.{hold['reason']}"
    entity = text(f"entity.{hold['entity']}", lang)
    values = {key: screen.number(hold[key]) for key in ("count", "of", "limit")}
    values["attribute"] = hold.get("attribute", "")
    screen.line()
    screen.line(f"{text('state.held', lang)}: {entity}. {text(f'{family}.why', lang, **values)}")
    if ask:  # else it is decided
        screen.line(f"  {text(f'{family}.change', lang)}")


def _times(screen: Screen, report: Report) -> None:
    if report.started is None:
        return
    parts = [screen.text("run.started", started=local(report.started, utc=True))]
    if report.took_s is not None:
        parts.append(screen.text("run.took", took=_took(report)))
    if report.waited_s:
        parts.append(screen.text("run.waited", waited=duration(report.waited_s)))
    screen.line(", ".join(parts))


def _took(report: Report) -> str | None:
    return None if report.took_s is None else duration(report.took_s)


def _calls(screen: Screen, calls: Mapping[str, Mapping[str, int]]) -> None:
    names = {"lightspeed": "Lightspeed", "clerk": "Clerk.io"}
    for side, counted in calls.items():
        parts = [f"{path} {screen.number(n)}" for path, n in counted.items() if path != "total"]
        listed = f" ({', '.join(parts)})" if parts else ""
        total = counted.get("total", 0)
        screen.line(screen.text("run.calls", side=names[side], count=total) + listed)


def _error(screen: Screen, error: Row) -> None:
    screen.say("run.error", count=error["count"], message=text_of(error, screen.lang))
    if error["sample"]:
        screen.line("  " + screen.text("run.sample", sample=shown(str(error["sample"]))))
    if error["link"]:
        screen.line(f"  {error['link']}")
