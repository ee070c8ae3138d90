"""The records of a selection as files, each for another reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import streamlit as st

from pages.components import context, format, signin
from pages.components.preview.filters import View
from pages.components.preview.plan import Shown
from pages.components.texts import lang, t
from sync import preview, tables

_SHEETS: Final = ("de", "en")  # whose spreadsheets read a table differently
_TYPES: Final = {"csv": "text/csv", "ndjson": "application/x-ndjson"}


def chooser(plan: Shown, entity: str, view: View) -> None:
    """The popover in which a file is chosen."""
    popover = st.popover(
        t("preview.export"),
        icon=":material/download:",
        key="icon.preview.export",
        help=t("preview.export"),
        on_change="rerun",
    )
    if not popover.open:
        return
    whole = {**view.filters, **view.order}
    with popover:
        for habit in sorted(_SHEETS, key=lambda each: each != lang()):
            as_in = tables.habit(habit, format.zone())
            made = partial(preview.as_sheet, **whole, lang=lang(), as_in=as_in)
            _download(plan, entity, f"sheet_{habit}", "csv", made)
        _download(plan, entity, "csv", "csv", partial(preview.as_csv, **whole))
        _download(plan, entity, "ndjson", "ndjson", partial(preview.as_ndjson, **view.filters))


def _download(
    plan: Shown, entity: str, code: str, kind: str, made: Callable[..., Iterator[bytes]]
) -> None:
    st.download_button(
        t(f"preview.download.{code}"),
        signin.later(lambda: b"".join(made(context.desk(), plan.store, plan.key, entity))),
        file_name=f"{plan.store.slug}-{entity}.{kind}",
        mime=_TYPES[kind],
        icon=":material/download:",
        key=f"preview.{entity}.{code}",
        type="tertiary",
        help=t(f"preview.download_help.{code}"),
        on_click="ignore",
    )
