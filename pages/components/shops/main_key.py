"""The main key, which seals all stored ones: what is said where it is lost, and the way out."""

from __future__ import annotations

import streamlit as st

from pages.components import context, flash
from pages.components.acts import act
from pages.components.texts import lang, plain, t
from sync.keyfile import KEY_FILE


def show() -> None:
    """Why no stored key can be opened, if there is no main key, and what makes a new one."""
    desk = context.desk()
    trouble = desk.vault.trouble()
    if trouble.code == "vault.misfit":
        return
    st.error(plain(trouble.text(lang())), icon=":material/key_off:")
    if desk.vault.source == KEY_FILE and desk.may("vault rotate"):
        st.button(
            t("shops.new_main_key"),
            icon=":material/enhanced_encryption:",
            help=t("shops.new_main_key_help"),
            on_click=_make,
        )


@act
def _make() -> None:
    context.desk().rotate_vault(lost=True)
    flash.tell("done", t("shops.main_key_made"))
