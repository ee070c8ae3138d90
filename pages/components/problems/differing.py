"""The records of a store that Clerk.io shows otherwise than it confirmed, and the way to send them
again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from pages.components import context, format, links, rights, run_request
from pages.components.texts import lang, plain, t
from sync import answers
from sync.answers import Differing, Problem
from sync.store import StoreRow
from sync.texts import labels

_STORES: Final = 5
_RECORDS: Final = 10


def is_of(problem: Problem) -> bool:
    """Whether a patrol found the problem."""
    return problem.code.startswith("patrol.")


def show(problem: Problem) -> None:
    """Draw the records of its first stores."""
    desk = context.desk()
    for slug in problem.stores[:_STORES]:
        store = desk.store(slug)
        records = [
            each
            for each in answers.patrol_report(desk, store).records
            if (f"patrol.{each.kind}", each.causes[0]) == (problem.code, problem.cause)
        ]
        if records:
            _records(store, records, named=len(problem.stores) > 1)


def _records(store: StoreRow, records: Sequence[Differing], *, named: bool) -> None:
    if named:
        st.markdown(f"**{plain(store.name)}**")
    kinds, states = labels("verdict", lang()), labels("differing", lang())
    for each in records[:_RECORDS]:
        said = f"{t(f'record.{each.entity}')} {each.key}"
        links.to(
            "lookup",
            label=plain(said),
            icon=":material/search:",
            store=store.slug,
            entity=each.entity,
            id=each.id,
        )
        fields = f" ({', '.join(each.fields)})" if each.fields else ""
        since = t("problems.differs_since", when=format.when(each.since))
        st.caption(plain(f"{kinds[each.kind]}{fields}, {since}; {states[each.state]}"))
    if len(records) > _RECORDS:
        st.caption(t("problems.records_more", count=format.number(len(records) - _RECORDS)))
    ids: dict[str, list[str]] = {}
    for each in records:
        ids.setdefault(each.entity, []).append(str(each.id))
    st.button(
        t("problems.send_again", count=format.number(len(records))),
        icon=":material/send:",
        key=f"problems:again:{store.slug}",
        on_click=run_request.ask,
        args=(store, "sync"),
        kwargs={
            "resend": "all",
            "only": [f"{kind}:{','.join(all_)}" for kind, all_ in ids.items()],
        },
        **rights.look("run sync", store),
    )
