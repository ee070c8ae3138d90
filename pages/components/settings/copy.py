"""Settings from one store to another, always into a draft."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import streamlit as st

from pages.components import draft, flash, layout, names
from pages.components.acts import act
from pages.components.context import desk
from pages.components.settings import parts
from pages.components.settings.differing import difference_list
from pages.components.settings.form import Form
from pages.components.texts import plain, t
from sync import run
from sync.settings import Settings, begins_later
from sync.store import StoreRow

_WIDTH: Final = 420  # pixels


def show(form: Form) -> None:
    """A button that opens the other stores; drawn only while it is open."""
    opened = layout.popover(
        t("settings.part.copy"), icon=":material/content_copy:", key=f"others:{form.store.slug}"
    )
    if opened.open:
        with opened:
            _others(form)


def _others(form: Form) -> None:
    others = {row.slug: row for row in desk().stores() if row.id != form.store.id}
    if not others:
        st.caption(t("settings.copy.none"))
        return
    known = {slug: name for slug, name in names.stores(desk()).items() if slug in others}
    slug = st.selectbox(
        t("settings.copy.from"),
        list(known),
        format_func=known.__getitem__,
        key=f"copy:{form.store.slug}",
        width=_WIDTH,
    )
    _take(form, others[slug])
    st.divider()
    _give(form, others, known)


def _take(form: Form, other: StoreRow) -> None:
    wanted = taken(form, desk().settings(other).settings)
    if wanted == form.drafted:
        st.caption(t("settings.copy.same"))
        return
    difference_list(form.drafted, wanted)
    st.button(
        t("settings.copy.take"),
        icon=":material/download:",
        on_click=_taken,
        args=(form.store, wanted),
        help=t("settings.copy.help"),
    )


@parts.anew
@act
def _taken(store: StoreRow, wanted: Settings) -> None:
    draft.clear(store)
    draft.keep(store, wanted)


def taken(form: Form, theirs: Settings) -> Settings:
    """Return these settings, except those that this store can no longer change and a day to come,
    which older versions allowed."""
    return _fitted(theirs, form.drafted, form.fixed)


def _fitted(theirs: Settings, mine: Settings, fixed: Collection[str]) -> Settings:
    stay = {*fixed, *(["include_orders"] if begins_later(theirs) else [])}
    return theirs.changed({key: mine.values()[key] for key in stay})


def _give(form: Form, others: Mapping[str, StoreRow], known: Mapping[str, str]) -> None:
    """The form as it stands, into drafts of other stores."""
    name = f"give:{form.store.slug}"
    chosen = st.multiselect(
        t("settings.copy.to"),
        list(known),
        format_func=known.__getitem__,
        key=name,
        placeholder=t("settings.copy.to_none"),
        width=_WIDTH,
    )
    st.button(
        t("settings.copy.give", count=max(len(chosen), 1)),
        icon=":material/upload:",
        disabled=not chosen,
        on_click=_given,
        args=(form.drafted, [others[slug] for slug in chosen], name),
        help=t("settings.copy.give_help"),
    )


@parts.anew
@act
def _given(settings: Settings, stores: Collection[StoreRow], name: str) -> None:
    for store in stores:
        fixed = run.fixed_settings(desk(), store)
        draft.keep(store, _fitted(settings, desk().settings(store).settings, fixed))
    st.session_state[name] = []
    said = plain(", ".join(store.name for store in stores))
    flash.tell("done", t("settings.copy.given", stores=said))
