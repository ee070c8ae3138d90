"""What the settings form of a store is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from pages.components import draft, unmoved
from pages.components import settings_words as words
from pages.components.context import desk
from pages.components.texts import t
from sync import preview, run
from sync.settings import Settings, blocking, differences
from sync.store import DraftRow, SettingsVersion, StoreRow

Redraw = Callable[[StoreRow, str], None]  # of a store, after a setting was put into its draft


@dataclass(frozen=True)
class Form:
    """What the fields are drawn from: saved (`live`) and drafted settings, typed values that were
    refused, settings that can no longer be changed, the plan under the saved settings; and what
    draws anew what follows from a field, where that is less than all around it."""

    store: StoreRow
    saved: SettingsVersion
    kept: DraftRow | None
    drafted: Settings
    conflicts: Mapping[str, tuple[str, str]]
    fixed: frozenset[str]
    plan: preview.Prepared
    redraw: Redraw | None

    @property
    def read(self) -> bool:
        """Whether the shop was ever read for this store."""
        return self.plan.preview.as_of is not None

    @property
    def live(self) -> Settings:
        """The saved settings."""
        return self.saved.settings

    @cached_property
    def refused(self) -> Mapping[str, str]:
        """What was typed and is not allowed."""
        return self.kept.refused if self.kept else {}

    @cached_property
    def changes(self) -> dict[str, str]:
        """The settings that the draft changes, as CLI texts."""
        return {key: new for key, (_, new) in differences(self.live, self.drafted).items()}

    @property
    def count(self) -> int:
        """How many settings are changed, or have something typed that is refused."""
        return len(self.changes.keys() | self.refused.keys())

    def changed(self, key: str) -> bool:
        """Whether the field shows anything but what is saved."""
        return key in self.refused or key in self.changes

    @cached_property
    def _values(self) -> dict[str, str]:
        return self.drafted.values()

    def value(self, key: str) -> str:
        """The drafted value as CLI text."""
        return self._values[key]

    def typed(self, key: str) -> str:
        """The same, but as it was typed where that was refused."""
        return self.refused.get(key, self.value(key))

    def why_idle(self, key: str) -> str | None:
        """Why the field is switched off; None if it is not."""
        if key in self.fixed:
            return t(f"settings.fixed.{key}")
        pairs = blocking(key, self.drafted)
        return words.blocked(pairs) if pairs else None


def form_of(store: StoreRow, redraw: Redraw | None = None) -> Form:
    """The store's form as things stand, to be drawn."""
    form = form_now(store, redraw)
    draft.seen(store, form.saved.version, form.kept)
    return form


def form_now(store: StoreRow, redraw: Redraw | None = None) -> Form:
    """The same for who draws nothing: what is on the screen stays what was drawn."""
    saved, kept = desk().settings(store), draft.row(store)
    return Form(
        store,
        saved,
        kept,
        *draft.laid_over(saved.settings, kept),
        run.fixed_settings(desk(), store),
        unmoved.prepared(store),
        redraw,
    )
