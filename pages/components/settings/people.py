"""Several people in one form: another's draft that a link opens; what others saved meanwhile."""

from __future__ import annotations

import streamlit as st

from pages.components import asked, context, draft, format
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.context import desk
from pages.components.settings import parts
from pages.components.settings.differing import difference_list
from pages.components.settings.form import Form
from pages.components.texts import plain, t
from sync.settings import applied, differences
from sync.store import DraftRow, StoreRow

_decide = parts.anew(draft.decide)


def show(form: Form) -> None:
    """What the reader should know before going on; nothing in most cases."""
    _linked(form)
    if form.conflicts:
        _conflict(form)
    _news(form)


def _linked(form: Form) -> None:
    """The draft that the address names: whose it is, what it changes, and the way to have it."""
    number = asked.one("draft")
    kept = desk().shared_draft(form.store, number) if number else None
    mine = form.kept
    if not number or (mine is not None and number == mine.id):
        return
    if kept is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(
                t("settings.link.gone", days=context.desk().days_kept("drafts")),
                icon=":material/link_off:",
            )
            st.button(t("settings.link.close"), on_click=_close)
        return
    with st.container(border=True, gap="small"):
        st.markdown(f"**{_title(kept)}**")
        together, _ = applied(kept.changes, form.live)
        difference_list(form.live, together)
        with st.container(horizontal=True, vertical_alignment="center"):
            label, mine_too = t("settings.link.take"), bool(mine)
            st.button(label, type="primary", on_click=_take_over, args=(form.store, kept))
            st.button(t("settings.link.close"), on_click=_close)
            st.caption(t("settings.link.replaces" if mine_too else "settings.link.copies"))


def _title(kept: DraftRow) -> str:
    count, when = len(kept.changes), format.when(kept.at)
    return t("settings.link.title", who=plain(kept.who), when=plain(when), count=count)


@parts.anew
def _close() -> None:
    asked.say("draft", None)


@parts.anew
@act
def _take_over(store: StoreRow, kept: DraftRow) -> None:
    draft.take_over(store, kept)
    asked.say("draft", None)


def address(store: StoreRow, kept: DraftRow) -> str:
    """Where others can look at the draft."""
    page = (st.context.url or "").partition("?")[0]
    return f"{page}?store={store.slug}&draft={kept.id}"


def _conflict(form: Form) -> None:
    """List the settings that somebody else saved with other values meanwhile; which ones count is
    decided before anything is saved."""
    head = t("settings.conflict", who=plain(form.saved.who), version=form.saved.version)
    lines = [
        "- "
        + t(
            "settings.conflict_line",
            label=plain(words.label(key)),
            theirs=plain(words.value(key, theirs)),
            mine=plain(words.value(key, mine)),
        )
        for key, (theirs, mine) in form.conflicts.items()
    ]
    st.warning("\n".join([head, "", *lines]), icon=":material/group:")
    with st.container(horizontal=True):
        st.button(t("settings.conflict_mine"), on_click=_decide, args=(form.store,))
        st.button(
            t("settings.conflict_theirs"),
            on_click=_decide,
            args=(form.store,),
            kwargs={"drop": tuple(form.conflicts)},
        )


def _news(form: Form) -> None:
    """What others saved since the draft was begun, and what the draft leaves as they saved it."""
    kept = form.kept
    if kept is None or kept.version >= form.saved.version:
        return
    versions = [each for each in desk().history(form.store) if each.version >= kept.version]
    moved = differences(versions[-1].settings, versions[0].settings)
    who = ", ".join(dict.fromkeys(plain(each.who) for each in versions[:-1]))
    lines = [
        f"- {plain(words.change(key, *both))}"
        for key, both in moved.items()
        if key not in form.conflicts
    ]
    if not lines:
        return
    head = t("settings.news", who=who, version=versions[0].version)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info("\n".join([head, "", *lines]), icon=":material/update:", width="stretch")
        if not form.conflicts:
            st.button(t("settings.news_seen"), on_click=_decide, args=(form.store,))
