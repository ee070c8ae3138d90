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
    """A line to type names in, kept as they are typed; the names chosen, each taken out by a
    click; and what the shop has (name → label) and nobody chose, added by a click alone."""
    typed = list(dict.fromkeys(_entries(form, s.key)))
    told = {same(name): label for name, label in offers.items()}
    _line(form, s, _read([*typed, *offers], same))
    _buttons(form, s, {name: told.get(same(name), name) for name in typed}, "drop")
    taken = {same(name) for name in typed}
    rest = [(name, label) for name, label in offers.items() if same(name) not in taken]
    _buttons(form, s, dict(rest[:_FEW]), "add")
    if len(rest) > _FEW:
        with st.popover(t("settings.list.more", count=format.number(len(rest) - _FEW))):
            _buttons(form, s, dict(rest[_FEW:]), "add")


_FEW: Final = 6  # proposals that stand below the line; the rest is behind a button


def _line(form: Form, s: Setting, read: Callable[[str], str]) -> None:
    """The line to type in; what was typed is kept at Enter or when the line is left."""
    field = basics(form, s.key, read, "", "line")
    field |= {"on_change": _add_typed}
    placeholder = t(f"settings.{s.key}.placeholder")
    st.text_input(placeholder=placeholder, icon=":material/keyboard:", **field)


def _buttons(form: Form, s: Setting, names: Mapping[str, str], kind: str) -> None:
    """A button for each name (→ label) that drops it or adds it. A choice of many would not do: of
    one that was redrawn, the browser of a reader who types on may send the state before."""
    if not names:
        return
    with st.container(horizontal=True, gap="xxsmall"):
        for name, label in names.items():
            st.button(
                plain(label),
                key=f"{kind}:{form.store.slug}:{s.key}:{name}",
                type="secondary" if kind == "drop" else "tertiary",
                icon=":material/close:" if kind == "drop" else ":material/add:",
                help=t(f"settings.list.{kind}"),
                disabled=form.why_idle(s.key) is not None,
                on_click=_drop if kind == "drop" else _add,
                args=(form.store, s.key, name),
            )


@act
def _add_typed(store: StoreRow, key: str, name: str, read: Callable[[str], str]) -> None:
    typed = str(st.session_state[name])
    st.session_state[name] = ""
    _put(store, key, [*_drafted(store, key), *commalist.split(read(typed))])


@act
def _add(store: StoreRow, key: str, name: str) -> None:
    _put(store, key, [*_drafted(store, key), name])


@act
def _drop(store: StoreRow, key: str, name: str) -> None:
    _put(store, key, [each for each in _drafted(store, key) if each != name])


def _drafted(store: StoreRow, key: str) -> list[str]:
    """The draft's list, or the one that was typed and refused."""
    kept = draft.refused(store).get(key, draft.settings(store).values()[key])
    return commalist.split(kept)


def _put(store: StoreRow, key: str, names: Sequence[str]) -> None:
    draft.put(store, key, commalist.written(dict.fromkeys(names)))


def _read(offered: Sequence[str], same: Same) -> Callable[[str], str]:
    """Return the function that makes CLI text of what was typed. A name that was offered is kept
    as it is; anything else is a comma list, so that a whole list can be pasted."""
    known = {same(name) for name in offered}

    def text(typed: str) -> str:
        whole = same(typed) in known and len(commalist.split(typed)) > 1
        return commalist.quoted(typed) if whole else typed

    return text


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
