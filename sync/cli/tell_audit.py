"""Commands about the audit trail."""

from __future__ import annotations

from typing import Any

from sync.cli.call import Answer, Call
from sync.cli.moments import start_of
from sync.cli.screen import Screen, local
from sync.clock import iso
from sync.store import Entry
from sync.tables import changes

FAILED = 1


def audit_list(call: Call) -> Answer:
    args, desk = call.args, call.desk
    since = 0 if args.since is None else start_of(args.since, args.zone, desk.clock.now())
    found = desk.audited(since=since)

    def draw(screen: Screen) -> None:
        if not found:
            screen.say("audit.none" if args.since is None else "audit.none_since")
            return
        rows = [_cells(entry) for entry in found]
        screen.table(screen.columns("id", "when", "who", "action", "subject", "changes"), rows)

    return Answer([_document(entry) for entry in found], draw)


def _document(entry: Entry) -> dict[str, Any]:
    return {**entry._asdict(), "at": iso(entry.at)}


def _cells(entry: Entry) -> list[str | int | None]:
    changed = changes(entry.before, entry.after)
    at = local(iso(entry.at))
    return [str(entry.id), at, entry.who, entry.action, entry.subject, changed]


def audit_verify(call: Call) -> Answer:
    chain = call.desk.verify_audit()
    ok = chain.broken is None
    document: dict[str, Any] = {"ok": ok, "entries": chain.entries}
    if not ok:
        document["broken"] = chain.broken

    def draw(screen: Screen) -> None:
        values = {"entries": str(chain.entries), "broken": str(chain.broken)}
        screen.say("audit.whole" if ok else "audit.broken", **values)

    return Answer(document, draw, 0 if ok else FAILED)
