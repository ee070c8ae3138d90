"""Commands about a store's settings."""

from __future__ import annotations

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
    before = call.desk.settings(call.store).settings
    return _changed(call, before.changed(changes), call.args.note)


def settings_restore(call: Call) -> Answer:
    version = call.desk.settings(call.store, call.args.version)
    return _changed(call, version.settings, f"version {version.version} restored")


def settings_history(call: Call) -> Answer:
    versions = call.desk.history(call.store)
    pairs = zip(versions, [*versions[1:], None], strict=True)
    document = [_version(version, before) for version, before in pairs]

    def draw(screen: Screen) -> None:
        show.history(screen, document)

    return Answer(document, draw)


def _changed(call: Call, settings: Settings, note: str) -> Answer:
    store = call.store
    before = call.desk.settings(store)
    after = run.change_settings(call.desk, store, settings, who=call.who, note=note)
    if after.version == before.version:
        return said(_document(store, after), "settings.unchanged", version=str(after.version))
    changed = differences(before.settings, after.settings)

    def draw(screen: Screen) -> None:
        screen.say("settings.changed", store=store.slug, version=str(after.version))
        empty = screen.text("settings.empty")
        for key, (old, new) in changed.items():
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
