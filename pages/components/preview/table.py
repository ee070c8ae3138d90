"""The records of a plan: searched, filtered, sorted and paged by SQL, opened and exported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from pages.components import asked, context, format, paged
from pages.components.options import labels as labels_of
from pages.components.options import worded
from pages.components.preview import record
from pages.components.preview.plan import Shown
from pages.components.texts import lang, t, why
from sync import preview
from sync.run import NeverRead
from sync.texts import labels

PAGE: Final = 100
_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "products": ("image", "title", "action", "reasons", "price", "stock", "sku", "id", "created"),
    "categories": ("title", "action", "reasons", "id", "created"),
    "orders": ("title", "action", "reasons", "status", "price", "id", "created"),
    "customers": ("title", "action", "reasons", "id", "created"),
    "pages": ("title", "action", "reasons", "id", "created"),
}
_SORTS: Final = ("id", "title", "price", "stock", "created", "action")
_EXPLAINED: Final = ("products", "categories", "orders")  # whose reasons have evidence
_FILTERS: Final = ("search", "action", "reason", "step")
_COLORS: Final = ["green", "blue", "violet", "gray", "red", "gray"]


@dataclass(frozen=True)
class View:
    """Which records the reader asked for, and in which order."""

    search: str
    actions: tuple[str, ...]
    reasons: tuple[str, ...]
    step: str | None
    sort: str
    descending: bool

    @property
    def filters(self) -> dict[str, Any]:
        return {
            "search": self.search,
            "actions": self.actions,
            "reasons": self.reasons,
            "step": self.step,
        }

    @property
    def order(self) -> dict[str, Any]:
        return {"sort": self.sort, "descending": self.descending}


def show(plan: Shown, entity: str) -> None:
    """Filters, one page of records, and the whole selection to download."""
    if isinstance(plan.preview.entities[entity], NeverRead):
        return
    view = _view(plan, entity)
    page = paged.page(_name(entity, "page"), PAGE, partial(_rows, plan, entity, view))
    if not page.rows:
        st.info(t("preview.no_rows"), icon=":material/search_off:")
        return
    _table(plan, entity, page.rows)
    _foot(plan, entity, view, page)


def _rows(plan: Shown, entity: str, view: View, limit: int, offset: int) -> dict[str, Any]:
    asked_for: dict[str, Any] = {**view.filters, **view.order, "limit": limit, "offset": offset}
    found = preview.rows(context.desk(), plan.store, plan.key, entity, **asked_for)
    return {"rows": found.rows, "total": found.total}


def _name(entity: str, part: str) -> str:
    return f"preview.{entity}.{part}"


# -- filters --------------------------------------------------------------------------------


def _view(plan: Shown, entity: str) -> View:
    facets = preview.facets(context.desk(), plan.store, plan.key, entity)
    _seed(entity)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = _search(entity)
        actions = _facet(entity, "action", facets.actions, labels("action", lang()))
        reasons = _facet(entity, "reason", facets.reasons, {r: why(r) for r in facets.reasons})
    step = st.session_state[_name(entity, "step")]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if step:
            _step_mark(entity, step)
        sort, descending = _sorting(entity)
    view = View(search, tuple(actions), tuple(reasons), step, sort, descending)
    _follow(view)
    return view


def _seed(entity: str) -> None:
    """Set the filters that a link or Back brings."""
    steps = labels("preview.step", lang())
    asked.follow("search", _name(entity, "search"), lambda _: asked.one("search"))
    asked.follow("step", _name(entity, "step"), lambda _: asked.one_of("step", steps))


def _follow(view: View) -> None:
    """Write the filters into the URL, so that it can be pasted into a ticket."""
    asked.say("search", view.search)
    asked.say("action", view.actions)
    asked.say("reason", view.reasons)
    asked.say("step", view.step)


def forget() -> None:
    """Clear filters and record from the URL: they were those of the tab before."""
    for name in (*_FILTERS, "id"):
        asked.say(name, None)


def _search(entity: str) -> str:
    return st.text_input(
        t("preview.search"),
        key=_name(entity, "search"),
        placeholder=t(f"preview.search_in.{entity}"),
        icon=":material/search:",
        persist_state="page",
        on_change=_first_page,
        args=(entity,),
    )


def _facet(
    entity: str, part: str, counts: Mapping[str, int], names: Mapping[str, str]
) -> list[str]:
    """Draw a filter. Other labels (language, counts) or another step make another widget, which
    begins with what the URL says."""
    known = {code: f"{names[code]} ({format.number(count)})" for code, count in counts.items()}
    opened = st.session_state.get(_name(entity, "opened"), 0)
    key = f"{_name(entity, part)}:{opened}:{worded(known)}"
    asked.follow(part, key, lambda found: [code for code in found if code in known])
    return st.multiselect(
        t(f"preview.filter.{part}"),
        list(known),
        format_func=labels_of(known),
        key=key,
        placeholder=t("preview.all"),
        persist_state="page",
        on_change=_first_page,
        args=(entity,),
    )


def _sorting(entity: str) -> tuple[str, bool]:
    columns = [name for name in _SORTS if name in _SHOWN[entity]]
    sort = st.selectbox(
        t("preview.sort"),
        columns,
        format_func=lambda name: t(f"preview.column.{name}"),
        key=_name(entity, "sort"),
        persist_state="page",
        on_change=_first_page,
        args=(entity,),
        width=150,
    )
    descending = st.toggle(
        t("preview.descending"), key=_name(entity, "descending"), persist_state="page"
    )
    return str(sort), bool(descending)


def _step_mark(entity: str, step: str) -> None:
    st.button(
        t("preview.step_only", step=t(f"preview.step.{step}")),
        icon=":material/filter_alt_off:",
        key=_name(entity, "step_off"),
        help=t("preview.step_off"),
        on_click=open_step,
        args=(entity, None),
    )


def open_step(entity: str, step: str | None) -> None:
    """Show the records of one step alone (None: of all), whatever was filtered before."""
    for part, value in {"search": "", "step": step}.items():
        st.session_state[_name(entity, part)] = value
    st.session_state[_name(entity, "opened")] = st.session_state.get(_name(entity, "opened"), 0) + 1
    forget()
    _first_page(entity)


def _first_page(entity: str) -> None:
    paged.first(_name(entity, "page"))


# -- table ----------------------------------------------------------------------------------


def _table(plan: Shown, entity: str, rows: Sequence[Mapping[str, Any]]) -> None:
    ids = [row["id"] for row in rows]
    name = f"{_name(entity, 'table')}.{st.session_state.get(record.TIMES, 0)}"
    currency = plan.coverage.currency
    columns = {column: [_cell(row, column, currency) for row in rows] for column in _SHOWN[entity]}
    if entity in _EXPLAINED:
        columns["why"] = _whys(plan, entity, rows)
    st.dataframe(
        columns,
        column_config={**_columns(entity, rows), "title": _title(entity, ids)},
        column_order=_ordered(entity),
        hide_index=True,
        row_height=48 if "image" in columns else None,
        height=_height(len(rows), 48 if "image" in columns else 35),
        placeholder="",
        key=name,
        on_select=partial(record.open_selected, name, ids),
        selection_mode="single-row",
        alt=t("preview.table", entity=t(f"entity.{entity}")),
    )


def _whys(plan: Shown, entity: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    draft = plan.draft or None
    return preview.whys(context.desk(), plan.store, entity, rows, lang(), format.when, draft)


def _ordered(entity: str) -> list[str]:
    """The columns, what stands behind the reasons beside them."""
    shown = list(_SHOWN[entity])
    if entity in _EXPLAINED:
        shown.insert(shown.index("reasons") + 1, "why")
    return shown


def _height(rows: int, each: int) -> int:
    return min(rows * each + 40, 640)


def _cell(row: Mapping[str, Any], column: str, currency: str) -> Any:
    value = row[column]
    if column == "action":
        return [t(f"action.{value}")]
    if column == "reasons":
        return [why(code) for code in value]
    if column == "price":
        return None if value is None else format.money(value, currency)
    if column == "stock":
        return None if value is None else format.number(value)
    if column == "created":
        return format.moment(value)
    if column == "image":
        return picture(value)
    return None if value is None else str(value)


_SAFE: Final = re.compile(r"https://|http://127\.0\.0\.1(:\d+)?/")


def picture(url: str | None) -> str | None:
    """A picture that the reader's browser may load from the shop: over https alone, or from this
    computer's stand-in."""
    return url if url and _SAFE.match(url) else None


def _columns(entity: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, ColumnConfig]:
    actions = labels("action", lang())
    known = sorted({why(code) for row in rows for code in row["reasons"]})
    column = st.column_config
    special: dict[str, ColumnConfig] = {
        "image": column.ImageColumn(t("preview.column.image"), width=60),
        "action": column.MultiselectColumn(
            t("preview.column.action"), options=list(actions.values()), color=_COLORS, width=115
        ),
        "reasons": column.MultiselectColumn(
            t("preview.column.reasons"), options=known, color="orange", width=150
        ),
        "why": column.TextColumn(t("preview.column.why"), width=260),
        "created": column.DatetimeColumn(
            t("preview.column.created"),
            format=t("preview.date_format"),
            timezone=str(format.zone()),
        ),
    }
    texts = {
        name: column.TextColumn(
            t(f"preview.column.{name}"),
            alignment="right" if name in ("price", "stock") else None,
        )
        for name in _SHOWN[entity]
        if name not in special
    }
    return {**special, **texts}


def _title(entity: str, ids: Sequence[int | str]) -> Any:
    """Return the column of titles, which open their record; the keyboard ticks the row instead."""
    name = _name(entity, "title")
    return st.column_config.ButtonColumn(
        t("preview.column.number" if entity == "orders" else "preview.column.title"),
        type="tertiary",
        alignment="left",
        width=250,
        key=name,
        on_click=partial(record.open_clicked, name, ids),
    )


# -- below the table ------------------------------------------------------------------------


def _foot(plan: Shown, entity: str, view: View, page: paged.Page[Any]) -> None:
    st.caption(f"{t('preview.found', n=format.number(page.total))} · {t('preview.open_hint')}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        page.turner()
        where = {**view.filters, **view.order}
        _download(plan, entity, "csv", partial(preview.as_csv, **where, as_in=format.spreadsheet()))
        _download(plan, entity, "ndjson", partial(preview.as_ndjson, **view.filters))


def _download(plan: Shown, entity: str, kind: str, made: Callable[..., Iterator[bytes]]) -> None:
    st.download_button(
        t(f"preview.download.{kind}"),
        lambda: b"".join(made(context.desk(), plan.store, plan.key, entity)),
        file_name=f"{plan.store.slug}-{entity}.{kind}",
        mime={"csv": "text/csv", "ndjson": "application/x-ndjson"}[kind],
        icon=":material/download:",
        key=_name(entity, kind),
        type="tertiary",
        help=t(f"preview.download_help.{kind}"),
        on_click="ignore",
    )
