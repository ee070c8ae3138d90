"""The file for a support case, made when it is asked for."""

from __future__ import annotations

import streamlit as st

from pages.components import context, signin
from pages.components.texts import t
from sync import bundle
from sync.store import RunRow


def button(row: RunRow) -> None:
    """Draw the button, for those who may."""
    desk = context.desk()
    if not desk.may("bundle", desk.store_by_id(row.store_id)):
        return
    st.download_button(
        "",
        data=signin.later(lambda: bundle.bundle(context.desk(), row)),
        file_name=f"run-{row.id}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        type="tertiary",
        help=f"{t('bundle.button')}: {t('bundle.help')}",
        on_click="ignore",
    )
