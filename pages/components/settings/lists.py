"""The two lists that people type: what the shop really has is offered with its counts, what it
does not have is flagged with the nearest that it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from pages.components import draft, format
from pages.components.acts import act
from pages.components.options import labels, worded
from pages.components.settings import figures
from pages.components.settings.fields import Form, basics
from pages.components.texts import plain, t
from sync import commalist
from sync.settings import Setting, normal_name
from sync.statuses import STATUSES, normal_status
from sync.store import StoreRow

Row = Mapping[str, Any]
Same = Callable[[str], str]


def names(form: Form, s: Setting) -> None:
    """A list of names, chosen from the shop's or typed."""
    LISTS[s.key](form, s)


def _entries(form: Form, key: str) -> list[str]:
    return commalist.split(form.typed(key))


def _picker(form: Form, s: Setting, same: Same, offers: Mapping[str, str]) -> None:
    """The names typed, then those that the shop has (name → label) and nobody typed."""
    typed = _entries(form, s.key)
    told = {same(name): label for name, label in offers.items()}
    taken = {same(name) for name in typed}
    options = [*typed, *(name for name in offers if same(name) not in taken)]
    st.multiselect(
        options=options,
        format_func=labels({name: told.get(same(name), name) for name in options}),
        accept_new_options=True,
        select_all=False,
        placeholder=t(f"settings.{s.key}.placeholder"),
        **basics(form, s.key, _read(options, same), typed, worded(offers)),
    )


def _read(options: Sequence[str], same: Same) -> Callable[[Sequence[str]], str]:
    """Return the function that makes CLI text of the chosen names. Names that were offered are kept
    as they are; anything else is a comma list, so that a whole list can be pasted."""
    offered = {same(name) for name in options}

    def text(typed: str) -> str:
        whole = same(typed) in offered and len(commalist.split(typed)) > 1
        return commalist.quoted(typed) if whole or typed in options else typed

    return lambda chosen: ", ".join(map(text, chosen))


def _statuses(form: Form, s: Setting) -> None:
    _picker(form, s, normal_status, _statuses_offered(form))
    if not form.drafted.accepted_order_statuses:
        st.warning(t("settings.statuses.none"), icon=":material/warning:")
    _foreign(form)
    for typed, status in figures.understood_statuses(form).items():
        st.caption(plain(t("settings.statuses.understood", typed=typed, status=status)))
    unmatched = figures.unmatched_statuses(form)
    _unmatched(form, s.key, [row for row in unmatched if not row["known"]])
    for row in unmatched:
        if row["known"]:
            st.caption(plain(t("settings.statuses.unused", typed=row["typed"])))


def _foreign(form: Form) -> None:
    """Statuses of the shop's orders that are none of Lightspeed's known ones."""
    found: Counter[str] = Counter()
    for row in figures.statuses(form):
        if normal_status(row["status"]) not in STATUSES:
            found[row["status"]] += row["orders"]
    told = [f"{name} ({format.number(count)})" for name, count in found.most_common()]
    if told:
        st.caption(plain(t("settings.statuses.foreign", names=", ".join(told))))


def _statuses_offered(form: Form) -> dict[str, str]:
    """An order is found by its status and by the shop's own title of it."""
    orders: Counter[str] = Counter()
    for row in figures.statuses(form):
        for name in {row["status"], row["title"]} - {None}:
            orders[name] += row["orders"]
    whole = sum(row["orders"] for row in figures.statuses(form))
    return {name: _status(name, count, whole) for name, count in orders.most_common()}


def _status(name: str, count: int, whole: int) -> str:
    share = format.share(count, whole)
    return t("settings.statuses.option", name=name, count=format.number(count), share=share)


def _attributes(form: Form, s: Setting) -> None:
    offers = {_typable(row["name"]): _attribute(row) for row in figures.attributes(form)}
    _picker(form, s, normal_name, offers)
    uses = figures.attribute_uses(form)
    _uses([use for use in uses if use["filled"]])
    absent = [use for use in uses if use["total"] and not use["filled"]]
    _unmatched(form, s.key, absent)
    calls = figures.metafield_calls(form) if absent else 0
    if calls:
        said = t("settings.attributes.metafields", calls=format.number(calls))
        st.caption(f":material/cloud_off: {said}")


def _typable(name: str) -> str:
    """A name on one line, as a list of names holds it."""
    return " ".join(name.split())


def _attribute(row: Row) -> str:
    share, samples = format.share(row["filled"], row["total"]), ", ".join(row["samples"])
    name = _typable(row["name"])
    return t("settings.attributes.option", name=name, share=share, samples=_short(samples))


def _short(samples: str) -> str:
    return samples if len(samples) <= _SAMPLES else f"{samples[: _SAMPLES - 1]}…"


_SAMPLES: Final = 48


def _uses(uses: Sequence[Row]) -> None:
    """Where the chosen attributes are found."""
    if not uses:
        return
    column = st.column_config
    st.dataframe(
        pd.DataFrame([_use(use) for use in uses]),
        hide_index=True,
        alt=t("settings.attributes.uses"),
        column_config={
            "name": column.TextColumn(t("settings.attributes.name"), width="small"),
            "filled": column.ProgressColumn(
                t("settings.attributes.filled"), format="percent", max_value=1, width="small"
            ),
            "kinds": column.TextColumn(t("settings.attributes.kinds"), width="small"),
            "samples": column.TextColumn(t("settings.attributes.samples")),
        },
    )


def _use(use: Row) -> Row:
    return {
        "name": use["typed"],
        "filled": use["filled"] / use["total"] if use["total"] else 0.0,
        "kinds": ", ".join(t(f"settings.kind.{kind}") for kind in use["kinds"]),
        "samples": ", ".join(use["samples"]),
    }


def _unmatched(form: Form, key: str, rows: Sequence[Row]) -> None:
    """Names that the shop does not have, each with the nearest that it has."""
    for row in rows:
        typed, near = row["typed"], row["nearest"]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            said = t(f"settings.{key}.unknown", typed=typed)
            st.caption(f":orange[:material/spellcheck:] {plain(said)}", width="content")
            if near:
                st.button(
                    plain(t("settings.replace", nearest=near)),
                    key=f"replace:{form.store.slug}:{key}:{typed}",
                    type="tertiary",
                    on_click=_replace,
                    args=(form.store, key, typed, near),
                )


@act
def _replace(store: StoreRow, key: str, typed: str, near: str) -> None:
    entries = commalist.split(draft.settings(store).values()[key])
    changed = [near if each == typed else each for each in entries]
    draft.put(store, key, commalist.written(changed))


LISTS: Final[Mapping[str, Callable[[Form, Setting], None]]] = {
    "accepted_order_statuses": _statuses,
    "custom_attributes": _attributes,
}
