"""The records of a plan: searched, filtered, sorted and paged by SQL, opened and exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, format, paged
from pages.components.options import labels as labels_of
from pages.components.options import worded
from pages.components.preview import columns, record, steps
from pages.components.preview.plan import Shown
from pages.components.texts import lang, t, why
from sync import preview
from sync.entities import SINGULARS
from sync.run import NeverRead
from sync.texts import labels

PAGE: Final = 100
_SORTS: Final = (
    *("id", "title", "price", "stock", "created", "action", "reasons", "sku", "status"),
)
_FILTERS: Final = ("search", "action", "reason", "step", "move")
_EXPLAINED: Final = ("products", "categories", "orders")  # whose reasons have evidence
_IN_VIEW: Final = "preview.records in view"


def show(plan: Shown, entity: str) -> None:
    """Filters, one page of records, and the whole selection to download."""
    if isinstance(plan.preview.entities[entity], NeverRead):
        return
    with st.container(key=_RECORDS):
        _records(plan, entity)
    _bring_into_view()


_RECORDS: Final = "preview-records"
_SCROLL: Final = (
    "<script>const records = document.querySelector('.st-key-{0}');"
    "records.style.scrollMarginTop = '4rem'; records.scrollIntoView()</script>"
)


def _bring_into_view() -> None:
    """Scroll to the records once after a click that chose them."""
    times = st.session_state.pop(_IN_VIEW, 0)
    if times:
        script = f"{_SCROLL.format(_RECORDS)}<!-- {times} -->"
        st.html(script, unsafe_allow_javascript=True, width="content")


def _records(plan: Shown, entity: str) -> None:
    view = _view(plan, entity)
    page = paged.page(_name(entity, "page"), PAGE, partial(_rows, plan, entity, view))
    if not page.rows:
        st.info(t("preview.no_rows"), icon=":material/search_off:")
        return
    _table(plan, entity, view, page)
    _foot(plan, entity, view, page)


def _rows(plan: Shown, entity: str, view: columns.View, limit: int, offset: int) -> dict[str, Any]:
    asked_for: dict[str, Any] = {**view.filters, **view.order, "limit": limit, "offset": offset}
    found = preview.rows(context.desk(), plan.store, plan.key, entity, **asked_for)
    return {"rows": found.rows, "total": found.total}


def _name(entity: str, part: str) -> str:
    return f"preview.{entity}.{part}"


# -- filters --------------------------------------------------------------------------------


def _view(plan: Shown, entity: str) -> columns.View:
    facets = preview.facets(context.desk(), plan.store, plan.key, entity)
    moved, saved = _moved(plan, entity)
    _seed(entity)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = _search(entity)
        actions = _facet(entity, "action", facets.actions, labels("action", lang()))
        reasons = _facet(entity, "reason", facets.reasons, {r: why(r) for r in facets.reasons})
        moves = _facet(entity, "move", moved, columns.moves()) if saved else []
    step = st.session_state[_name(entity, "step")]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if step:
            _step_mark(plan, entity, step)
        sort, descending = _sorting(entity)
    view = columns.View(
        search, tuple(actions), tuple(reasons), step, tuple(moves), saved, sort, descending
    )
    _follow(view)
    return view


def _moved(plan: Shown, entity: str) -> tuple[Mapping[str, int], str | None]:
    """How many records a draft moves, and the key of the plan that they are held against."""
    if not plan.draft:
        return {}, None
    saved = preview.prepared(context.desk(), plan.store).key
    return preview.moved(context.desk(), plan.store, plan.key, saved, entity), saved


def _seed(entity: str) -> None:
    """Set the filters that a link or Back brings."""
    known = labels("preview.step", lang())
    asked.follow("search", _name(entity, "search"), lambda _: asked.one("search"))
    asked.follow("step", _name(entity, "step"), lambda _: asked.one_of("step", known))
    sorts = _sorts(entity)
    asked.follow("sort", _name(entity, "sort"), lambda _: asked.one_of("sort", sorts) or sorts[0])
    asked.follow("order", _name(entity, "descending"), lambda found: found == ["desc"])


def _follow(view: columns.View) -> None:
    """Write the filters into the URL, so that it can be pasted into a ticket."""
    asked.say("search", view.search)
    asked.say("action", view.actions)
    asked.say("reason", view.reasons)
    asked.say("step", view.step)
    asked.say("move", view.moves)
    asked.say("sort", view.sort, default=_SORTS[0])
    asked.say("order", "desc" if view.descending else None)


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
    sort = st.selectbox(
        t("preview.sort"),
        _sorts(entity),
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


def _sorts(entity: str) -> list[str]:
    return [name for name in _SORTS if name in columns.SHOWN[entity]]


def _step_mark(plan: Shown, entity: str, step: str) -> None:
    st.button(
        steps.told(plan, entity, step),
        icon=":material/filter_alt_off:",
        key=_name(entity, "step_off"),
        help=t("preview.step_off"),
        on_click=open_step,
        args=(entity, None),
    )


def open_step(entity: str, step: str | None) -> None:
    """Show the records of one step alone (None: of all), whatever was filtered before."""
    _open(entity, step)


def open_action(entity: str, action: str) -> None:
    """Show the records with one action alone."""
    _open(entity, None)
    asked.set_later("action", action)


def open_move(entity: str, move: str) -> None:
    """Show the records that a draft lets in, lets go or changes."""
    asked.set_later("entity", SINGULARS[entity])
    _open(entity, None)
    asked.set_later("move", move)


def _open(entity: str, step: str | None) -> None:
    for part, value in {"search": "", "step": step}.items():
        st.session_state[_name(entity, part)] = value
    opened = st.session_state.get(_name(entity, "opened"), 0) + 1
    st.session_state[_name(entity, "opened")] = st.session_state[_IN_VIEW] = opened
    forget()
    _first_page(entity)


def _first_page(entity: str) -> None:
    paged.first(_name(entity, "page"))


# -- table ----------------------------------------------------------------------------------


def _table(plan: Shown, entity: str, view: columns.View, page: paged.Page[Any]) -> None:
    """Any cell opens its record, a header sorts the whole selection: the browser has one page."""
    ids = [row["id"] for row in page.rows]
    name = _table_name(entity, view)
    more = ("move",) if view.saved else ()
    currency = plan.coverage.currency
    cells = {
        columns.PLACE: [(page.number - 1) * PAGE + n for n in range(1, len(ids) + 1)],
        **{
            column: [columns.cell(row, column, currency) for row in page.rows]
            for column in (*columns.SHOWN[entity], *more)
        },
    }
    if entity in _EXPLAINED:
        cells["why"] = _whys(plan, entity, page.rows)
    st.dataframe(
        cells,
        column_config=columns.config(entity, view, page.rows),
        column_order=(columns.PLACE, *_ordered(entity, more)),
        hide_index=True,
        row_height=48 if "image" in cells else None,
        height=_height(len(ids), 48 if "image" in cells else 35),
        placeholder="",
        key=name,
        on_select=partial(_clicked, entity, name, ids),
        selection_mode=["single-cell", "single-column"],
        alt=t("preview.table", entity=t(f"entity.{entity}")),
    )
    st.html(_NO_BROWSER_SORT)


# The grid's own sort and statistics know the rows of one page alone.
_NO_BROWSER_SORT: Final = (
    "<style>[data-testid=stDataFrameColumnMenu] [role=menu]"
    " > :nth-child(n+2):nth-child(-n+5) { display: none; }</style>"
)


def _table_name(entity: str, view: columns.View) -> str:
    """Another order makes another table, in which no header is chosen."""
    opened = st.session_state.get(record.TIMES, 0)
    return f"{_name(entity, 'table')}.{opened}.{view.sort}.{view.descending}"


def _clicked(entity: str, table: str, ids: Sequence[int | str]) -> None:
    chosen = st.session_state[table].selection
    if chosen.cells and chosen.cells[0][1] != columns.PLACE:
        record.open_row(ids, chosen.cells[0][0])
    elif chosen.columns:
        sort_by(entity, chosen.columns[0])


def sort_by(entity: str, column: str) -> None:
    """Sort by a column; the other way round if the records are sorted by it already."""
    if column not in _sorts(entity):
        st.session_state[record.TIMES] = st.session_state.get(record.TIMES, 0) + 1
        return
    sort, descending = _name(entity, "sort"), _name(entity, "descending")
    again = st.session_state.get(sort) == column
    st.session_state[descending] = again and not st.session_state.get(descending)
    st.session_state[sort] = column
    _first_page(entity)


def _whys(plan: Shown, entity: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    draft = plan.draft or None
    return preview.whys(context.desk(), plan.store, entity, rows, lang(), format.when, draft)


def _ordered(entity: str, more: Sequence[str]) -> list[str]:
    """The columns, what stands behind the reasons beside them."""
    shown = [*columns.SHOWN[entity][:2], *more, *columns.SHOWN[entity][2:]]
    if entity in _EXPLAINED:
        shown.insert(shown.index("reasons") + 1, "why")
    return shown


def _height(rows: int, each: int) -> int:
    return min(rows * each + 40, 640)


# -- below the table ------------------------------------------------------------------------


def _foot(plan: Shown, entity: str, view: columns.View, page: paged.Page[Any]) -> None:
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
