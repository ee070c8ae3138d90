"""Plans, runs and records as a reader sees them in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from sync.cli.screen import Cell, Screen, duration, local, shown
from sync.settings import SETTINGS
from sync.texts import labels, reason, text

Row = Mapping[str, Any]
_PLANNED: Final = ("create", "update", "unchanged", "skip", "remove")
_BOOKED: Final = ("created", "updated", "unchanged", "skipped", "failed", "removed")


def preview(screen: Screen, plan: Row) -> None:
    """A plan: counts, reasons, holds, cost, and when it would be done."""
    lang = screen.lang
    version = plan["settings_version"]
    under = "changed settings, not saved" if version is None else f"settings version {version}"
    read = local(plan["as_of"], utc=True)
    screen.line(f"{plan['store']}: {under}, " + (f"read {read}" if read else "never read"))
    screen.line(f"Plan {plan['fingerprint']}")
    screen.line()
    names = labels("action", lang)
    _counts(screen, plan["entities"], {key: names[key] for key in _PLANNED})
    _not_read(screen, plan["entities"])
    _reasons(screen, plan["entities"])
    for hold in plan["holds"]:
        _hold(screen, hold)
    calls = plan["calls"]
    screen.line()
    done = local(plan["finish"], utc=True) or "never under these rate windows"
    counted = f"Lightspeed {calls['lightspeed']:,}, Clerk.io {calls['clerk']:,}"
    screen.line(f"Calls: {counted}; done about {done}")


def run(screen: Screen, report: Row) -> None:
    """One run: state, books, reasons, calls, errors."""
    lang = screen.lang
    state, kind = text(f"state.{report['state']}", lang), text(f"kind.{report['kind']}", lang)
    trigger = text(f"trigger.{report['trigger']}", lang)
    version = report["settings_version"]
    screen.line(f"Run {report['run']}: {state}")
    screen.line(f"{kind} of {report['store']}, {trigger.lower()}, settings version {version}")
    _times(screen, report)
    if report["waiting"]:
        screen.line(waiting(report["waiting"], lang))
    for hold in report["holds"]:
        _hold(screen, hold)
    if report["state"] == "held":
        number = report["run"]
        screen.line(f"  python -m sync approve {number}   or   python -m sync reject {number}")
    if report["books"]:
        screen.line()
        names = labels("outcome", lang)
        _counts(screen, report["books"], {key: names[key] for key in _BOOKED})
        _reasons(screen, report["books"])
    _calls(screen, report["calls"])
    if report.get("message"):
        screen.line(shown(report["message"]))
    for error in report["errors"]:
        _error(screen, error)


def runs(screen: Screen, reports: Sequence[Row]) -> None:
    """Runs, newest first, one line each."""
    lang = screen.lang
    columns = ("Run", "Kind", "State", "Trigger", "Started", "Took", "Lightspeed", "Clerk.io")
    rows: list[list[Cell]] = [
        [
            report["run"],
            text(f"kind.{report['kind']}", lang),
            text(f"state.{report['state']}", lang),
            text(f"trigger.{report['trigger']}", lang),
            local(report["started"]),
            _took(report),
            report["calls"].get("lightspeed", {}).get("total", 0),
            report["calls"].get("clerk", {}).get("total", 0),
        ]
        for report in reports
    ]
    screen.table(columns, rows)


def settings(screen: Screen, document: Row) -> None:
    """One version of a store's settings."""
    note = f": {shown(document['note'])}" if document["note"] else ""
    at = local(document["at"])
    screen.line(
        f"{document['store']}, version {document['version']}, {document['who']}, {at}{note}"
    )
    screen.line()
    names = labels("setting", screen.lang)
    rows = [[key, document["settings"][key], names[key]] for key in SETTINGS]
    screen.table(("Setting", "Value", "Label"), rows)


def history(screen: Screen, versions: Sequence[Row]) -> None:
    """Versions of a store's settings, newest first."""
    rows = [
        [
            version["version"],
            local(version["at"]),
            version["who"],
            "; ".join(f"{key}: {old} → {new}" for key, (old, new) in version["changes"].items()),
            version["note"],
        ]
        for version in versions
    ]
    screen.table(("Version", "At", "Who", "Changes", "Note"), rows)


def explanation(screen: Screen, story: Row) -> None:
    """One record: whether it goes, why not, what Clerk.io has, what would include it."""
    name = f"{story['entity']} {story['id']}"
    if not story["found"]:
        unread = story.get("not_read")
        older = f"; orders before {local(unread['before'])} were not read" if unread else ""
        screen.line(f"{story['entity']}: not found{older}")
        return
    screen.line(f"{name}: {'goes' if story['decision'] == 'include' else 'does not go'}")
    for code in story["reasons"]:
        screen.line(f"  {reason(code, 'name', screen.lang)}: {reason(code, 'why', screen.lang)}")
        screen.line(f"    {reason(code, 'change', screen.lang)}")
    changes = story["would_include"]
    if changes:
        listed = " ".join(f'{key}="{value}"' for key, value in changes.items())
        screen.line(f"It would go with {listed}")
    clerk = story["clerk"]
    if clerk:
        screen.line(f"Clerk.io confirmed it {local(clerk['confirmed_at'])}")
    if story["payload"] is not None:
        screen.line(orjson.dumps(story["payload"], option=orjson.OPT_INDENT_2).decode())


def check(screen: Screen, found: Row) -> None:
    """What Lightspeed says of a shop's keys."""
    screen.line(f"{found['shop']}: account {found['account']} on cluster {found['cluster']}")
    screen.line(f"Domain: {shown(found['domain'] or 'may not be read')}")
    languages = found["languages"] or []
    active = [
        row["code"] + (" (default)" if row["default"] else "") for row in languages if row["active"]
    ]
    screen.line(f"Languages: {', '.join(active) or 'may not be read'}")
    areas = found["permissions"] or {}
    readable = [area for area, rights in areas.items() if rights.get("read")]
    screen.line(f"May read: {', '.join(readable) or 'unknown'}")
    rows: list[list[Cell]] = [
        [
            row["key_id"],
            text(f"window.{row['window']}", screen.lang),
            row["limit"],
            row["remaining"],
            local(row["resets_at"]),
        ]
        for row in found["budget"]
    ]
    screen.table(("Key", "Window", "Limit", "Left", "New at"), rows)


def waiting(wait: Row, lang: str) -> str:
    """`Waiting until 14:35 (hour window)`, in the reader's zone."""
    window = text(f"window.{wait['window']}", lang)
    return text("waiting.until", lang, until=local(wait["until"], utc=True), window=window)


def _counts(screen: Screen, entities: Mapping[str, Row], columns: Mapping[str, str]) -> None:
    known = {name: row for name, row in entities.items() if "read" in row}
    rows: list[list[Cell]] = [
        [text(f"entity.{name}", screen.lang), row["read"], *(row[key] for key in columns)]
        for name, row in known.items()
    ]
    screen.table(("", "Read", *columns.values()), rows)


def _not_read(screen: Screen, entities: Mapping[str, Row]) -> None:
    for name, row in entities.items():
        unread, entity = row.get("not_read"), text(f"entity.{name}", screen.lang)
        if isinstance(unread, Mapping):
            screen.line(f"{entity}: not read yet; reading them costs {unread['calls']:,} calls")
        elif unread:
            screen.line(f"{entity}: {unread:,} older ones were not read")
        if row.get("lines_missing"):
            screen.line(f"{entity}: lines to fetch of {row['lines_missing']:,}, one call each")


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
        screen.table(("Not sent", "Records", "Reason", ""), rows)


def _hold(screen: Screen, hold: Row) -> None:
    lang, family = screen.lang, f"hold.{hold['reason']}"
    entity = text(f"entity.{hold['entity']}", lang)
    values = {key: hold[key] for key in ("count", "of", "limit")}
    screen.line()
    screen.line(f"{text('state.held', lang)}: {entity}. {text(f'{family}.why', lang, **values)}")
    screen.line(f"  {text(f'{family}.change', lang)}")


def _times(screen: Screen, report: Row) -> None:
    if report["started"] is None:
        return
    parts = [f"Started {local(report['started'], utc=True)}"]
    if report["finished"]:
        parts.append(f"took {_took(report)}")
    if report["waited_s"]:
        parts.append(f"waited {duration(report['waited_s'])} of it")
    screen.line(", ".join(parts))


def _took(report: Row) -> str | None:
    if not report["started"] or not report["finished"]:
        return None
    return duration(_seconds(report["finished"]) - _seconds(report["started"]))


def _calls(screen: Screen, calls: Mapping[str, Mapping[str, int]]) -> None:
    names = {"lightspeed": "Lightspeed", "clerk": "Clerk.io"}
    for side, counted in calls.items():
        parts = [f"{path} {count:,}" for path, count in counted.items() if path != "total"]
        listed = f" ({', '.join(parts)})" if parts else ""
        screen.line(f"{names[side]} calls: {counted.get('total', 0):,}{listed}")


def _error(screen: Screen, error: Row) -> None:
    screen.line(f"Error (×{error['count']}): {error['message']}")
    if error["sample"]:
        screen.line(f"  such as {shown(str(error['sample']))}")
    if error["link"]:
        screen.line(f"  {error['link']}")


def _seconds(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp()
