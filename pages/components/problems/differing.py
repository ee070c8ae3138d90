"""The records of a store that Clerk.io shows otherwise than it confirmed, and the way to send them
again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
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
    shown = sorted(records[:_RECORDS], key=_alike)
    for _, alike in groupby(shown, key=_alike):
        members = list(alike)
        st.caption(plain(_told(members)))
        for each in members:
            links.to(
                "lookup",
                label=plain(_name(each)),
                icon=":material/search:",
                store=store.slug,
                entity=each.entity,
                id=each.id,
            )
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


def _alike(record: Differing) -> tuple[str, tuple[str, ...], str]:
    """What is said of a record once for all that are like it."""
    return record.kind, record.fields, record.state


def _name(record: Differing) -> str:
    known = f"{t(f'record.{record.entity}')} {record.key}"
    return f"{known} · {record.title}" if record.title else known


def _told(alike: Sequence[Differing]) -> str:
    kind, fields, state = _alike(alike[0])
    named = f" ({', '.join(fields)})" if fields else ""
    first = min((each.since for each in alike if each.since), default=None)
    since = t("problems.differs_since", when=format.when(first))
    return (
        f"{labels('verdict', lang())[kind]}{named}, {since}; {labels('differing', lang())[state]}"
    )
