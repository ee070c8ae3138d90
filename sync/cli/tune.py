"""Commands about a store's settings."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from sync import run, survey
from sync.cli import show
from sync.cli.call import Answer, Call, said
from sync.cli.screen import Screen
from sync.clock import iso
from sync.settings import SETTINGS, Settings, differences, parse_assignments
from sync.store import SettingsVersion

Row = dict[str, Any]


def settings_show(call: Call) -> Answer:
    document = _document(call, call.desk.settings(call.store))

    def draw(screen: Screen) -> None:
        show.settings(screen, document)
        show.understood(screen, document["entries"])

    return Answer(document, draw)


def settings_set(call: Call) -> Answer:
    changes = parse_assignments(call.args.assignments)
    return _changed(call, lambda newest: newest.changed(changes), call.args.note, changes)


def settings_restore(call: Call) -> Answer:
    version = call.desk.settings(call.store, call.args.version)
    note = f"version {version.version} restored"
    return _changed(call, lambda newest: version.settings, note, SETTINGS)


def settings_history(call: Call) -> Answer:
    versions = call.desk.history(call.store)
    pairs = zip(versions, [*versions[1:], None], strict=True)
    document = [_version(version, before) for version, before in pairs]

    def draw(screen: Screen) -> None:
        show.history(screen, document)

    return Answer(document, draw)


def _changed(
    call: Call, change: Callable[[Settings], Settings], note: str, keys: Container[str]
) -> Answer:
    """Apply a change to the newest version; several at once lose none."""
    store = call.store
    seen: list[Settings] = []

    def changed(newest: Settings) -> Settings:
        seen[:] = [newest]
        return change(newest)

    after = run.change_settings(call.desk, store, changed, note=note)
    [before] = seen
    document = _document(call, after, keys)
    if after.settings == before:
        return said(document, "settings.unchanged", version=str(after.version))
    differing = differences(before, after.settings)

    def draw(screen: Screen) -> None:
        screen.say("settings.changed", store=store.slug, version=str(after.version))
        empty = screen.text("settings.empty")
        for key, (old, new) in differing.items():
            screen.line(f"  {key}: {old or empty} → {new or empty}")
        show.understood(screen, {key: document["entries"].get(key, ()) for key in differing})

    return Answer(document, draw)


def _document(call: Call, version: SettingsVersion, keys: Container[str] = SETTINGS) -> Row:
    """A version of the store's settings; on stderr, what the shop does not have of its lists, of
    these settings."""
    entries = survey.entries(call.desk, call.store, version.settings)
    show.unmatched(call.screen, {key: rows for key, rows in entries.items() if key in keys})
    return {
        "store": call.store.slug,
        "version": version.version,
        "at": iso(version.at),
        "who": version.who,
        "note": version.note,
        "settings": version.settings.values(),
        "entries": entries,
    }


def _version(version: SettingsVersion, before: SettingsVersion | None) -> Row:
    changed = differences(before.settings, version.settings) if before else {}
    return {
        "version": version.version,
        "at": iso(version.at),
        "who": version.who,
        "note": version.note,
        "changes": {key: list(pair) for key, pair in changed.items()},
        **({} if version.was is None else {"was": version.was}),
    }
