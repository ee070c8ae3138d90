"""Another store's settings, taken into the draft of this one."""

from __future__ import annotations

import streamlit as st

from pages.components import draft, names
from pages.components.acts import act
from pages.components.context import desk
from pages.components.settings.differing import difference_list
from pages.components.settings.fields import Form
from pages.components.texts import plain, t
from sync.settings import Settings, begins_later
from sync.store import StoreRow


def show(form: Form) -> None:
    """Choose a store, see what differs, take it over."""
    others = {row.slug: row for row in desk().stores() if row.id != form.store.id}
    if not others:
        st.caption(t("settings.copy.none"))
        return
    known = names.stores(desk())
    slug = st.selectbox(
        t("settings.copy.from"),
        list(others),
        format_func=lambda slug: known.get(slug, others[slug].name),
        key=f"copy:{form.store.slug}",
        width=320,
    )
    _differences(form, others[slug])


def _differences(form: Form, other: StoreRow) -> None:
    wanted = taken(form, desk().settings(other).settings)
    if wanted == form.drafted:
        st.caption(t("settings.copy.same"))
        return
    st.markdown(t("settings.copy.would", store=plain(form.store.name)))
    difference_list(form.drafted, wanted)
    st.button(
        t("settings.copy.take"),
        icon=":material/content_copy:",
        on_click=_take,
        args=(form.store, wanted),
        help=t("settings.copy.help"),
    )


@act
def _take(store: StoreRow, wanted: Settings) -> None:
    draft.clear(store)
    draft.keep(store, wanted)


def taken(form: Form, theirs: Settings) -> Settings:
    """Return these settings, except those that this store can no longer change and a day to come,
    which older versions allowed."""
    mine = form.drafted.values()
    stay = {*form.fixed, *(["include_orders"] if begins_later(theirs) else [])}
    return theirs.changed({key: mine[key] for key in stay})
