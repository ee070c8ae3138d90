"""The two lists that people type: what the shop really has is offered with its counts, what it
does not have is flagged with the nearest that it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st

from pages.components import draft, format, layout
from pages.components.acts import act
from pages.components.settings import figures
from pages.components.settings.fields import basics, name_of, then
from pages.components.settings.form import Form
from pages.components.texts import plain, t
from sync import commalist
from sync.names import name_key
from sync.settings import Setting
from sync.statuses import CANCELLED, STATUSES, normal_status, own_status
from sync.store import StoreRow

_comma = st.components.v2.component(
    "sync_desk_comma", js=Path(__file__).with_name("comma.js").read_text(encoding="utf-8")
)
Row = Mapping[str, Any]
Same = Callable[[str], str]


@dataclass(frozen=True)
class Offer:
    """A name that the shop has: how it is shown, and what more is said of it."""

    label: str
    more: str | None = None


def names(form: Form, s: Setting) -> None:
    """A list of names, chosen from the shop's or typed."""
    LISTS[s.key](form, s)


def _entries(form: Form, key: str) -> list[str]:
    return commalist.split(form.typed(key))


def _picker(
    form: Form, s: Setting, same: Same, offers: Mapping[str, Offer], notes: Sequence[str]
) -> None:
    """A line to type names in, kept as they are typed; the names chosen, each taken out by a
    click; and what the shop has (by name) and nobody chose, added by a click alone. The `notes`
    stand below all that the shop has."""
    typed = list(dict.fromkeys(_entries(form, s.key)))
    told = {same(name): offer for name, offer in offers.items()}
    _line(form, s, _read([*typed, *offers], same))
    taken = {same(name) for name in typed}
    rest = [(name, offer) for name, offer in offers.items() if same(name) not in taken]
    with st.container(horizontal=True, gap="xxsmall"):
        _buttons(form, s, {name: told.get(same(name), Offer(name)) for name in typed}, "drop")
    with st.container(horizontal=True, gap="xxsmall"):
        _buttons(form, s, dict(rest[:_FEW]), "add")
        if notes or len(rest) > _FEW:
            _more(form, s, rest[_FEW:], notes)


def _more(form: Form, s: Setting, rest: Sequence[tuple[str, Offer]], notes: Sequence[str]) -> None:
    """The rest of the proposals, drawn only while they are looked at."""
    opened = layout.popover(
        t("settings.list.more"),
        icon=":material/more_horiz:",
        key=f"add-more:{form.store.slug}:{s.key}",
    )
    if opened.open:
        with opened:
            with st.container(horizontal=True, gap="xxsmall"):
                _buttons(form, s, dict(rest[:_MOST]), "add")
            if len(rest) > _MOST:
                hidden = format.number(len(rest) - _MOST)
                st.caption(t("settings.list.hidden", count=hidden))
            for note in notes:
                st.caption(plain(note))


_FEW: Final = 2  # proposals that stand below the list; the rest is behind a button
_MOST: Final = 60  # of them that are listed


def _line(form: Form, s: Setting, read: Callable[[str], str]) -> None:
    """The line to type in; what was typed is kept at Enter, a comma, or when the line is left."""
    _comma(key=f"comma:{s.key}")
    field = basics(form, s.key, read, _left(form, s.key), "line")
    field |= {"on_change": then(form, s.key, _add_typed)}
    st.text_input(placeholder=t(f"settings.{s.key}.placeholder"), **field)


def _buttons(form: Form, s: Setting, names: Mapping[str, Offer], kind: str) -> None:
    """A button for each name that drops it or adds it. A choice of many would not do: of one that
    was redrawn, the browser of a reader who types on may send the state before."""
    for name, offer in names.items():
        st.button(
            plain(offer.label),
            key=f"{kind}:{form.store.slug}:{s.key}:{name}",
            type="secondary" if kind == "drop" else "tertiary",
            icon=":material/close:" if kind == "drop" else ":material/add:",
            help=". ".join(filter(None, [t(f"settings.list.{kind}"), offer.more])),
            disabled=form.why_idle(s.key) is not None,
            on_click=then(form, s.key, _drop if kind == "drop" else _add),
            args=(form.store, s.key, name),
        )


def _left(form: Form, key: str) -> str:
    """What the line shows. One that a comma ended is empty before the reader already, who may have
    typed on: to empty it from here would take that away."""
    typed = str(st.session_state.get(name_of(form.store, key, "line"), ""))
    return typed if typed.endswith(",") else ""


@act
def _add_typed(store: StoreRow, key: str, name: str, read: Callable[[str], str]) -> None:
    typed = str(st.session_state[name])
    if not typed.endswith(","):
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
    kept = draft.row(store)
    refused = kept.refused if kept else {}
    return commalist.split(refused.get(key) or draft.settings(store).values()[key])


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
    _picker(form, s, normal_status, _statuses_offered(form), list(_foreign(form)))
    if not form.drafted.accepted_order_statuses:
        st.warning(t("settings.statuses.none"), icon=":material/warning:")
    for typed, status in figures.understood_statuses(form).items():
        st.caption(plain(t("settings.statuses.understood", typed=typed, status=status)))
    unmatched = figures.unmatched_statuses(form)
    _unmatched(form, s.key, [row for row in unmatched if not row["known"]])
    for row in unmatched:
        if row["known"]:
            st.caption(plain(t("settings.statuses.unused", typed=row["typed"])))


def _foreign(form: Form) -> Iterator[str]:
    """Says which statuses of the shop's orders are none of Lightspeed's known ones."""
    found: Counter[str] = Counter()
    for row in figures.statuses(form):
        if own_status(row["status"]) not in STATUSES:
            found[row["status"]] += row["orders"]
    told = [f"{name} ({format.number(count)})" for name, count in found.most_common()]
    if told:
        yield t("settings.statuses.foreign", names=", ".join(told))


def _statuses_offered(form: Form) -> dict[str, Offer]:
    """An order is found by its status and by the shop's own title of it."""
    orders: Counter[str] = Counter()
    for row in figures.statuses(form):
        for name in {row["status"], row["title"]} - {None}:
            orders[name] += row["orders"]
    whole = sum(row["orders"] for row in figures.statuses(form))
    for row in figures.statuses(form):
        if own_status(row["status"]) == CANCELLED:
            del orders[row["status"]]  # rightly left out, so never proposed
    return {name: _status(name, count, whole) for name, count in orders.most_common()}


def _status(name: str, count: int, whole: int) -> Offer:
    label = t("settings.list.option", name=name, share=format.share(count, whole))
    return Offer(label, t("settings.statuses.orders", count=format.number(count)))


def _attributes(form: Form, s: Setting) -> None:
    offers = {_typable(row["name"]): _attribute(row) for row in figures.attributes(form)}
    unread = figures.unread_attributes(form)
    label = t("settings.attributes.unread_tag")
    offers |= {
        name: Offer(t("settings.attributes.unread", name=name, kind=label))
        for name in map(_typable, unread.tags)
        if name not in offers
    }
    notes = [] if unread.metafields else [t("settings.attributes.metafields_unread")]
    _picker(form, s, name_key, offers, notes if form.read else ())
    read_tags = {name_key(name) for name in unread.tags}
    absent = [use for use in _absent(form) if name_key(use["typed"]) not in read_tags]
    _unmatched(form, s.key, absent)
    calls = metafield_calls(form)
    if calls:
        said = t("settings.attributes.metafields", calls=format.number(calls))
        st.caption(f":material/cloud_off: {said}")


def _absent(form: Form) -> list[Row]:
    """The drafted custom attributes that no product has."""
    return [use for use in figures.attribute_uses(form) if use["total"] and not use["filled"]]


def metafield_calls(form: Form) -> int:
    """What looking for those among metafields would cost."""
    return figures.metafield_calls(form) if _absent(form) else 0


def _typable(name: str) -> str:
    """A name on one line, as a list of names holds it."""
    return " ".join(name.split())


def _attribute(row: Row) -> Offer:
    """An attribute with its share of the products; and where it is found, with samples."""
    share, samples = format.share(row["filled"], row["total"]), ", ".join(row["samples"])
    kinds = ", ".join(t(f"settings.kind.{kind}") for kind in row["kinds"])
    label = t("settings.list.option", name=_typable(row["name"]), share=share)
    return Offer(label, plain(": ".join(filter(None, [kinds, _short(samples)]))))


def _short(samples: str) -> str:
    return samples if len(samples) <= _SAMPLES else f"{samples[: _SAMPLES - 1]}…"


_SAMPLES: Final = 80


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
                    on_click=then(form, key, _replace),
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
