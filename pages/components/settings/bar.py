"""The first line, always in view: what the draft does, and note, discard and save. Below it which
version is saved, the ones before it, and other stores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import streamlit as st

from pages.components import draft, flash, format, layout, rights
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.settings import copy, history, parts, people
from pages.components.settings.fields import seed, then
from pages.components.settings.form import Form
from pages.components.texts import plain, t
from sync.preview import Effect
from sync.run import EntityPlan
from sync.store import StoreRow

# The line stays in sight while the form scrolls, and its three parts stay in one row; on a phone
# these stand at the foot.
_STAYS: Final = """<style>
@media (min-width: 768px) {
  [data-testid=stLayoutWrapper]:has(> * > [data-testid=stLayoutWrapper] > .st-key-answer) {
    position: sticky; top: 0; z-index: 990; background: var(--desk-background);
    padding-block: .4rem
  }
  .st-key-answer .stColumn:first-child { flex: 1 1 0; min-width: 0; align-self: center }
  .st-key-answer .stColumn:last-child { flex: 0 0 auto; width: auto }
  .st-key-answer .stColumn:last-child .stHorizontalBlock { flex-wrap: nowrap }
}
@media (max-width: 767px) {
  .st-key-answer .stColumn:last-child:has(button:enabled) {
    position: fixed; inset: auto 0 0; width: 100%; z-index: 990; padding: .5rem 1rem;
    background: var(--desk-background); box-shadow: 0 0 1rem rgb(0 0 0 / .25)
  }
  .st-key-answer .stColumn:last-child .stHorizontalBlock { flex-wrap: nowrap; gap: .5rem }
  .st-key-answer .stElementContainer:has(.stTextInput) { flex: 1 1 0; min-width: 0 }
  .stMain:has(.st-key-answer button:enabled) { padding-bottom: 4rem }
}
.st-key-answer h1 { padding-bottom: 1rem !important }
.st-key-settings-version { margin-top: -1rem }
</style>"""
_COLORS: Final = {"enter": "green", "follow": "violet", "leave": "red", "change": "blue"}


def show(store: StoreRow) -> None:
    """Draw the line, the one below it, and what the reader should know."""
    st.html(_STAYS)
    parts.show(parts.ANSWER, store, _answer)
    parts.show(parts.SAID, store, _below)


def _answer(form: Form, found: Effect | None) -> None:
    with layout.answer(_sentence(form, found)):
        _note(form)
        _discard(form)
        _save_button(form)


def _below(form: Form, _: Effect | None) -> None:
    with st.container(key="settings-version", horizontal=True, vertical_alignment="center"):
        who, when = plain(form.saved.who), plain(format.when(form.saved.at))
        said = t("settings.saved", version=form.saved.version, when=when, who=who)
        st.caption(f"{t('settings.heading')} · {said}", width="content")
        history.show(form)
        copy.show(form)
    flash.show()
    people.show(form)


def _sentence(form: Form, found: Effect | None) -> str:
    """The answer: what goes to Clerk.io now, or what the draft changes in that."""
    if form.count:
        moved = ", ".join(_moved(found)) if found else ""
        said = moved or t("settings.moves_nothing" if form.read else "settings.moves_unknown")
        return f"{draft.said(form.count)}: {said}"
    if not form.read:
        return t("settings.never_read")
    goes = [
        t("settings.goes", count=format.number(counts.going), entity=t(f"settings.entity.{entity}"))
        for entity, counts in form.plan.preview.entities.items()
        if isinstance(counts, EntityPlan) and counts.going
    ]
    return t("settings.all_saved", goes=", ".join(goes) or t("settings.goes_nothing"))


def _moved(found: Effect) -> Iterator[str]:
    for entity, moves in found.entities.items():
        for kind, color in _COLORS.items():
            count = getattr(moves, kind)
            if count:
                numbers = {"count": format.number(count), "entity": t(f"settings.entity.{entity}")}
                yield f":{color}[{t(f'settings.moved.{kind}', **numbers)}]"
    if found.draft.unread_calls() > found.saved.unread_calls():
        calls = format.number(found.draft.unread_calls() - found.saved.unread_calls())
        yield f":orange[{t('settings.read_first', calls=calls)}]"


def _note(form: Form) -> None:
    name = f"note:{form.store.slug}"
    seed(name, form.kept.note if form.kept else "")
    st.text_input(
        t("settings.note"),
        key=name,
        max_chars=200,
        placeholder=t("settings.note"),
        label_visibility="collapsed",
        width=190,
        disabled=not form.count,
        on_change=then(form, "", draft.say_why),
        args=(form.store, name),
    )


def _discard(form: Form) -> None:
    st.button(
        t("settings.discard"),
        disabled=not form.count,
        on_click=parts.anew(draft.clear),
        args=(form.store,),
    )


def _save_button(form: Form) -> None:
    st.button(
        t("settings.save", count=form.count) if form.count else t("settings.save_nothing"),
        key="settings-save",
        type="primary",
        on_click=_save,
        args=(form.store,),
        **rights.look(
            "settings",
            form.store,
            disabled=not form.count or bool(form.refused or form.conflicts),
            help=_why_not(form),
        ),
    )


def _why_not(form: Form) -> str | None:
    """Why the draft cannot be saved as it is."""
    if form.conflicts:
        return t("settings.decide_first")
    wrong = [plain(t("settings.refused", label=words.label(key))) for key in form.refused]
    return " ".join(wrong) or None


@parts.anew
@act
def _save(store: StoreRow) -> None:
    saved = draft.save(store)
    if saved is None:
        flash.tell("warning", t("settings.other_window"))
    else:
        flash.tell("saved", t("settings.saved_now", version=saved.version))
