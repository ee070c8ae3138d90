"""Commands about a store's settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sync import run
from sync.cli import show
from sync.cli.call import Answer, Call, said
from sync.cli.screen import Screen, iso
from sync.settings import Settings, differences, parse_assignments
from sync.store import SettingsVersion, StoreRow

Row = dict[str, Any]


def settings_show(call: Call) -> Answer:
    document = _document(call.store, call.desk.settings(call.store))

    def draw(screen: Screen) -> None:
        show.settings(screen, document)

    return Answer(document, draw)


def settings_set(call: Call) -> Answer:
    changes = parse_assignments(call.args.assignments)
    return _changed(call, lambda newest: newest.changed(changes), call.args.note)


def settings_restore(call: Call) -> Answer:
    version = call.desk.settings(call.store, call.args.version)
    return _changed(call, lambda newest: version.settings, f"version {version.version} restored")


def settings_history(call: Call) -> Answer:
    versions = call.desk.history(call.store)
    pairs = zip(versions, [*versions[1:], None], strict=True)
    document = [_version(version, before) for version, before in pairs]

    def draw(screen: Screen) -> None:
        show.history(screen, document)

    return Answer(document, draw)


def _changed(call: Call, change: Callable[[Settings], Settings], note: str) -> Answer:
    """Apply a change to the newest version; several at once lose none."""
    store = call.store
    seen: list[Settings] = []

    def changed(newest: Settings) -> Settings:
        seen[:] = [newest]
        return change(newest)

    after = run.change_settings(call.desk, store, changed, who=call.who, note=note)
    [before] = seen
    if after.settings == before:
        return said(_document(store, after), "settings.unchanged", version=str(after.version))
    differing = differences(before, after.settings)

    def draw(screen: Screen) -> None:
        screen.say("settings.changed", store=store.slug, version=str(after.version))
        empty = screen.text("settings.empty")
        for key, (old, new) in differing.items():
            screen.line(f"  {key}: {old or empty} → {new or empty}")

    return Answer(_document(store, after), draw)


def _document(store: StoreRow, version: SettingsVersion) -> Row:
    return {
        "store": store.slug,
        "version": version.version,
        "at": iso(version.at),
        "who": version.who,
        "note": version.note,
        "settings": version.settings.values(),
    }


def _version(version: SettingsVersion, before: SettingsVersion | None) -> Row:
    changed = differences(before.settings, version.settings) if before else {}
    return {
        "version": version.version,
        "at": iso(version.at),
        "who": version.who,
        "note": version.note,
        "changes": {key: list(pair) for key, pair in changed.items()},
    }
