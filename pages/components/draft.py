"""A store's unsaved settings. They lie on the server, one draft for each person and store, so that
they outlive the session, and other pages and other people can look at them. Values that were typed
and refused are kept beside them until they are corrected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import streamlit as st

from pages.components.acts import act
from pages.components.context import desk
from pages.components.person import person
from pages.components.texts import t
from sync import run
from sync.settings import SettingError, Settings, applied, differences
from sync.store import DraftRow, SettingsVersion, StoreRow, UsageError

Conflicts = Mapping[str, tuple[str, str]]
_VERSION: Final = "version on the screen:"
_STATE: Final = "draft on the screen:"


def row(store: StoreRow) -> DraftRow | None:
    """Return the draft as it is kept; None if the person has none."""
    return desk().draft(store, person())


def changes(store: StoreRow) -> dict[str, str]:
    """Return key → CLI text of every setting that the draft changes in the saved ones."""
    saved = desk().settings(store).settings
    drafted, _ = laid_over(saved, row(store))
    return {key: new for key, (_, new) in differences(saved, drafted).items()}


def settings(store: StoreRow) -> Settings:
    """Return the saved settings with the draft applied."""
    return laid_over(desk().settings(store).settings, row(store))[0]


def laid_over(saved: Settings, kept: DraftRow | None) -> tuple[Settings, Conflicts]:
    """Return the saved settings with a draft applied, and where others saved another value since
    the draft changed it: key → (the saved value, the one wanted, which is shown). What else they
    saved stays."""
    if kept is None:
        return saved, {}
    now, (together, against) = saved.values(), applied(kept.changes, saved)
    wanted = {key: kept.changes[key][1] for key in against}
    return together.changed(wanted), {key: (now[key], text) for key, text in wanted.items()}


def seen(store: StoreRow, version: int, kept: DraftRow | None) -> None:
    """Note what is on the screen: the saved version that a draft begun now is based on, and the
    draft that a click saves."""
    st.session_state[_VERSION + store.slug] = version
    st.session_state[_STATE + store.slug] = _state(kept)


def _state(kept: DraftRow | None) -> tuple[str, int] | None:
    return (kept.id, kept.state) if kept else None


def put(store: StoreRow, key: str, typed: str) -> None:
    """Put what was typed for a setting into the draft, or beside it if it is refused."""
    try:
        _keep(store, lambda now: now.changed({key: typed}), _on_screen(store), mended=key)
    except SettingError:
        _change(store, lambda kept: replace(kept, refused={**kept.refused, key: typed}))


def keep(store: StoreRow, drafted: Settings) -> None:
    """Make these settings the draft; it keeps only what differs from the saved ones."""
    _keep(store, lambda _: drafted, desk().settings(store).settings)


def _keep(
    store: StoreRow, make: Callable[[Settings], Settings], screen: Settings, mended: str = ""
) -> None:
    """Make the draft anew from what it is now, whoever changed it last."""
    saved, shown = desk().settings(store).settings, screen.values()

    def change(kept: DraftRow) -> DraftRow:
        drafted = make(laid_over(saved, kept)[0])
        made = {
            key: (kept.changes[key][0] if key in kept.changes else shown[key], wanted)
            for key, (_, wanted) in differences(saved, drafted).items()
        }
        refused = {key: typed for key, typed in kept.refused.items() if key != mended}
        return replace(kept, changes=made, refused=refused)

    _change(store, change)


def _on_screen(store: StoreRow) -> Settings:
    """The saved settings that the person sees."""
    newest = desk().settings(store)
    version = st.session_state.get(_VERSION + store.slug, newest.version)
    try:
        return newest.settings if version == newest.version else _of(store, version)
    except UsageError:  # another store had this name when it was drawn, or a copy was put back
        return newest.settings


def _of(store: StoreRow, version: int) -> Settings:
    return desk().settings(store, version).settings


@act
def propose(store: StoreRow, more: Mapping[str, str]) -> None:
    """Add changes to the draft."""
    _keep(store, lambda now: now.changed(more), desk().settings(store).settings)


@act
def say_why(store: StoreRow, name: str) -> None:
    """Keep the note that a widget holds beside the draft."""
    note = str(st.session_state[name]).strip()
    _change(store, lambda kept: replace(kept, note=note))


@act
def decide(store: StoreRow, *, drop: tuple[str, ...] = ()) -> None:
    """Base the draft on what is saved now, and drop some settings from it."""
    saved, kept = desk().settings(store), row(store)
    now, (_, against) = saved.settings.values(), laid_over(saved.settings, kept)

    def change(kept: DraftRow) -> DraftRow:
        made = {
            key: (pair[0] if key not in against else now[key], pair[1])
            for key, pair in kept.changes.items()
            if key not in drop and pair[1] != now[key]
        }
        return replace(kept, changes=made, version=saved.version)

    _change(store, change)


@act
def take_over(store: StoreRow, other: DraftRow) -> None:
    """Make another person's draft the own one, in place of what was there; theirs stays."""
    _change(store, lambda kept: replace(other, id=kept.id, person=kept.person, state=kept.state))


def _change(store: StoreRow, change: Callable[[DraftRow], DraftRow]) -> None:
    """Change the draft; one that begins now is based on the version on the screen."""
    newest = desk().settings(store).version
    version = min(newest, st.session_state.get(_VERSION + store.slug, newest))
    same = True

    def changed(kept: DraftRow) -> DraftRow:
        nonlocal same
        same = is_on_screen(store, kept if kept.state else None)
        return change(kept if kept.state else replace(kept, version=version))

    now = desk().change_draft(store, person(), changed)
    if same:
        st.session_state[_STATE + store.slug] = _state(now)


def is_on_screen(store: StoreRow, kept: DraftRow | None) -> bool:
    """Whether this is the draft as this session drew or changed it last."""
    name = _STATE + store.slug
    return name not in st.session_state or st.session_state[name] == _state(kept)


def save(store: StoreRow) -> SettingsVersion | None:
    """Save the draft as a version, all of it or nothing; None, and nothing saved, if it changed in
    another window since it was drawn here. Raises SettingError and UsageError."""
    desk().still_there(store)
    kept = row(store)
    if kept is None or not is_on_screen(store, kept):
        return None
    saved = run.save_changes(desk(), store, kept.changes, note=kept.note)
    desk().drop_draft(store, person(), state=kept.state)
    return saved


def said(count: int) -> str:
    """Return the line that so many changes are not saved yet."""
    return t("settings.unsaved", count=count)


@act
def clear(store: StoreRow) -> None:
    """Forget the draft."""
    desk().drop_draft(store, person())
