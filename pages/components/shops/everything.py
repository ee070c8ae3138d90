"""A check of the whole installation, on demand."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import context, format
from pages.components.texts import lang, plain, t
from sync import doctor
from sync.doctor import Check, Diagnosis

_SHOWN: Final = 40  # findings; the command line has all


def button() -> None:
    """Draw the button that checks everything and shows what was found."""
    desk = context.desk()
    if not desk.may("doctor"):
        return
    if st.button(t("doctor.check"), key="shops:doctor", icon=":material/stethoscope:"):
        st.dialog(t("doctor.check"), width="medium")(_draw)()


def _draw() -> None:
    desk = context.desk()
    with st.spinner(t("doctor.checking")):
        found = doctor.examine(desk.data_dir, lambda: desk)
    st.markdown(_sentence(found))
    telling = found.telling()
    for check in telling[:_SHOWN]:
        _told(check)
    if telling[_SHOWN:]:
        st.caption(t("doctor.more", number=format.number(len(telling) - _SHOWN)))
    fine = [_fine(name, list(checks)) for name, checks in found.fine()]
    if fine:
        with st.expander(t("doctor.fine", number=format.number(len(fine)))):
            st.markdown("\n".join(f"- {line}" for line in fine))


def _sentence(found: Diagnosis) -> str:
    wrong = sum(not check.ok for check in found.checks)
    if wrong:
        return f":red[{t('doctor.wrong', number=format.number(wrong))}]"
    return f":green[{t('doctor.ok')}]"


def _told(check: Check) -> None:
    """What was found, and what to do."""
    sign = ":orange[:material/info:]" if check.ok else ":red[:material/error:]"
    said = plain(check.text.text(lang()))
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{sign} **{plain(doctor.heading(check, lang()))}** – {said}")
        if check.todo:
            st.caption(plain(check.todo.text(lang())))


def _fine(name: str, checks: list[Check]) -> str:
    said = plain(checks[0].text.text(lang()))
    several = f" ({format.number(len(checks))} ×)" if len(checks) > 1 else ""
    return f"**{t(f'doctor.name.{name}')}**{several} – {said}"
