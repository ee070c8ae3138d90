"""What the draft would do, beside the form: counts, the setting each difference comes from, holds,
price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from pages.components import draft, format, links
from pages.components import settings_words as words
from pages.components.settings import figures
from pages.components.settings.fields import Form
from pages.components.texts import lang, plain, t
from sync.texts.unknown import unread

Document = Mapping[str, Any]
Moves = Mapping[str, int]


def show(form: Form) -> None:
    """The plan under the saved settings, or what the draft changes in it."""
    st.subheader(t("settings.effect.title"), anchor=False)
    if not form.read:
        st.caption(t("settings.effect.never_read"))
        links.to("preview", label=t("settings.effect.to_read"), icon=":material/refresh:")
        return
    if not draft.changes(form.store):
        st.caption(t("settings.effect.saved"))
        _plan(form.plan.document)
    else:
        with st.spinner(t("settings.effect.counting")):
            found = figures.effect(form)
        _plan(found["draft"], found)
        _blame(found["blame"])
        _price(found["draft"], found["saved"])
    links.to("preview", label=t("settings.effect.preview"), icon=":material/visibility:")


def _plan(document: Document, found: Document | None = None) -> None:
    with st.grid(2, min_column_width=130, gap="small"):
        for entity, counts in document["entities"].items():
            _entity(entity, counts, _moved(entity, found) if found else {})
    for hold in document["holds"]:
        said = t(f"hold.{hold['reason']}.why", **hold)
        st.warning(f"{t('settings.effect.hold')} {plain(said)}", icon=":material/front_hand:")


def _entity(entity: str, counts: Document, moved: Moves) -> None:
    if "create" not in counts:
        calls = format.number(counts["not_read"]["calls"])
        _metric(entity, t("format.never"), None, t("settings.effect.not_read", calls=calls))
        return
    delta = moved.get("enter", 0) - moved.get("leave", 0)
    whole = t("settings.effect.of", read=format.number(counts["read"]))
    said = [", ".join(_moves(moved)) or whole]
    if counts.get("lines_missing"):
        said.append(t("settings.effect.follow", count=format.number(counts["lines_missing"])))
    said += unread(counts, lang())
    _metric(entity, format.number(_going(counts)), delta or None, "; ".join(said))


def _going(counts: Document) -> int:
    return sum(counts.get(action, 0) for action in ("create", "update", "unchanged"))


def _moved(entity: str, found: Document) -> Moves:
    """An entity's differences, and how many records the draft leaves in Clerk.io as they are."""
    moved = found["entities"][entity]
    before, after = (_going(found[plan]["entities"][entity]) for plan in ("saved", "draft"))
    stay = before + moved["enter"] - moved["leave"] - after
    return {**moved, "stay": max(stay, 0)}


def _metric(entity: str, value: str, delta: int | None, said: str) -> None:
    with st.container(gap="xsmall"):
        st.metric(t(f"entity.{entity}"), value, delta=delta)
        st.caption(said)


def _moves(moved: Moves) -> Iterator[str]:
    for kind, count in moved.items():
        if count:
            yield t(f"settings.effect.{kind}", count=format.number(count))


def _blame(blame: list[Document]) -> None:
    lines = [f"- {_because(each)}" for each in blame]
    if lines:
        st.markdown(f"**{t('settings.effect.blame')}**")
        st.caption("\n".join(lines))


def _because(each: Document) -> str:
    moved = [
        f"{t(f'entity.{entity}')}: {', '.join(_moves(moves))}"
        for entity, moves in each.items()
        if isinstance(moves, Mapping) and any(moves.values())
    ]
    if each["unread"]:
        moved.append(t("settings.effect.unread", calls=format.number(each["unread"])))
    said = "; ".join(moved) or t("settings.effect.nothing")
    return f"{plain(words.change(each['setting'], each['old'], each['new']))} – {said}"


def _price(drafted: Document, saved: Document) -> None:
    calls, before = drafted["calls"]["lightspeed"], saved["calls"]["lightspeed"]
    about = map(format.number, drafted["calls"].get("about", ()))
    span = dict(zip(("low", "high"), about, strict=False))
    numbers = {"calls": format.number(calls), "before": format.number(before)}
    numbers |= span | {"finish": format.clock(drafted["finish"])}
    kind = "_at_least" if drafted["calls"].get("uncounted") else "_about" if span else ""
    said = t(f"settings.effect.price{kind}", **numbers)
    st.caption(f":material/schedule: {said}")
