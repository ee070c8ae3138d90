"""What the draft would do, beside the form: counts, the setting each difference comes from, holds,
price, and the way to the records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from pages.components import cells, context, format, links, opened
from pages.components import settings_words as words
from pages.components.settings import figures, people, periods
from pages.components.settings.form import Form
from pages.components.texts import lang, plain, t
from sync.entities import SINGULARS
from sync.preview import Blame, Effect, Moves
from sync.run import EntityPlan, NeverRead, Preview

_ROW: Final = 29  # pixels
_HEAD: Final = 38


def show(form: Form, found: Effect | None) -> None:
    """The plan under the saved settings, or what the draft changes in it."""
    count = len(found.settings) if found else 0
    title = t("settings.effect.of_changes", count=count) if count else t("settings.effect.title")
    st.header(title, anchor=False)
    if not form.read:
        st.caption(t("settings.effect.never_read"))
        links.to("preview", label=t("settings.effect.to_read"), icon=":material/refresh:")
    elif found is None:
        _saved(form)
    else:
        _changed(form, found)
    periods.show(form)
    _link(form)


def _saved(form: Form) -> None:
    st.caption(t("settings.effect.saved"))
    rows = [_row(entity, counts) for entity, counts in form.plan.preview.entities.items()]
    _table(form, rows, None)
    _notes(form.plan.preview, None)
    links.to("preview", label=t("settings.effect.preview"), icon=":material/visibility:")


def _changed(form: Form, found: Effect) -> None:
    before = found.saved.entities
    rows = [
        _row(entity, before[entity]) | _beside(after, found.entities[entity])
        for entity, after in found.draft.entities.items()
    ]
    _table(form, rows, found)
    _notes(found.draft, found)
    _blame(found)
    price(found.draft, found.saved)
    _start(form)
    if any(some != Moves() for some in found.entities.values()):
        st.button(
            t("settings.effect.preview"),
            icon=":material/list:",
            on_click=_open_most,
            args=(found,),
        )


def _row(entity: str, counts: EntityPlan | NeverRead) -> dict[str, Any]:
    named = {"entity": t(f"entity.{entity}")}
    if isinstance(counts, NeverRead):
        return named
    return named | {"saved": counts.going, "read": counts.read}


def _beside(after: EntityPlan | NeverRead, moved: Moves) -> dict[str, Any]:
    if isinstance(after, NeverRead):
        return {"change": t("settings.effect.short.first")}
    return {"draft": after.going, "change": ", ".join(_signed(moved))}


def _signed(moved: Moves) -> Iterator[str]:
    """How the number comes about; where it stays, how many records change."""
    numbers = vars(moved)
    in_and_out = [kind for kind in ("enter", "follow", "leave") if numbers[kind]]
    for kind in in_and_out or ["change"]:
        if numbers[kind]:
            yield t(f"settings.effect.short.{kind}", count=format.number(numbers[kind]))


def _table(form: Form, rows: Sequence[Mapping[str, Any]], found: Effect | None) -> None:
    """The numbers of each kind of record; a click on a row leads to its records."""
    column = st.column_config
    names = ["entity", "saved", "draft", "change"] if found else ["entity", "saved", "read"]
    texts = {name: t(f"settings.effect.column.{name}") for name in names[1:]}
    config: dict[str, Any] = {
        name: column.NumberColumn(label, format="localized", width=54)
        for name, label in texts.items()
    }
    config["entity"] = column.TextColumn(t("settings.effect.column.entity"), width=88)
    if found:
        config["change"] = column.TextColumn(texts["change"])
    key = f"settings-effect-table:{form.store.slug}"
    st.dataframe(
        cells.arrow({name: [row.get(name) for row in rows] for name in names}),
        hide_index=True,
        row_height=_ROW,
        height=_ROW * len(rows) + _HEAD,
        column_config=config,
        alt=t("settings.effect.title"),
        placeholder="–",
        key=key,
        selection_mode="single-cell",
        on_select=lambda: _open_row(key, found),
    )


def _open_row(key: str, found: Effect | None) -> None:
    entity = opened.chosen(key, list(SINGULARS))
    if entity is not None:
        _open(entity, found)


def _open(entity: str, found: Effect | None) -> None:
    """Show an entity's records in the preview: those that the draft moves, if it moves any."""
    moved = vars(found.entities[entity]) if found else {}
    kinds = [kind for kind, count in moved.items() if count]
    links.go_next("preview", entity=SINGULARS[entity], move=kinds or None)


def _open_most(found: Effect) -> None:
    """Show the records of the entity of which most are moved."""
    moved = {entity: sum(vars(some).values()) for entity, some in found.entities.items()}
    _open(max(moved, key=moved.__getitem__), found)


def _notes(shown: Preview, found: Effect | None) -> None:
    """What the numbers alone do not say."""
    for hold in shown.holds:
        said = t(f"hold.{hold.reason}.why", **vars(hold))
        st.warning(f"{t('settings.effect.hold')} {plain(said)}", icon=":material/front_hand:")
    lines = [
        f"{t(f'entity.{entity}')}: {line}"
        for entity, counts in shown.entities.items()
        for line in _said(entity, counts, shown, found)
    ]
    if lines:
        st.caption("  \n".join(lines))


def _said(
    entity: str, counts: EntityPlan | NeverRead, shown: Preview, found: Effect | None
) -> Iterator[str]:
    if isinstance(counts, NeverRead):
        yield t("settings.read_first", calls=format.number(counts.not_read.calls))
        return
    moved = found.entities[entity] if found else Moves()
    if moved.change and (moved.enter or moved.leave or moved.follow):
        yield t("settings.effect.change", count=format.number(moved.change))
    follow = moved.follow or (0 if found else counts.follow)
    if follow:
        code = "follow_more" if found else "follow_now"
        numbers = {"count": format.number(follow), "finish": format.clock(shown.finish)}
        yield t(f"settings.effect.{code}", **numbers)
    staying = _staying(entity, found) if found else 0
    if staying:
        yield t("settings.effect.stay", count=format.number(staying))
    yield from counts.silent_about(lang())


def _staying(entity: str, found: Effect) -> int:
    """How many records the draft leaves in Clerk.io as they are."""
    moved = found.entities[entity]
    before, after = (_going(plan.entities[entity]) for plan in (found.saved, found.draft))
    return max(before + moved.enter + moved.follow - moved.leave - after, 0)


def _going(counts: EntityPlan | NeverRead) -> int:
    return 0 if isinstance(counts, NeverRead) else counts.going


def moves(numbers: Mapping[str, int]) -> Iterator[str]:
    """In words how many records come in, follow, leave and change, without what is none."""
    for kind, count in numbers.items():
        if count:
            yield t(f"settings.effect.{kind}", count=format.number(count))


def _blame(found: Effect) -> None:
    """Each cause with what it moves: a setting alone, several of which each would, and several
    that only together do; every number leads to its records."""
    st.subheader(t("settings.effect.blame"), anchor=False)
    with st.container(gap="xsmall"):
        for each in found.blame:
            name = "+".join(each.settings)
            with st.container(key=f"blame-{name}-{each.each}", gap=None):
                st.markdown(f":small[{_cause(each, found)}]")
                _moved_by(each)
        for key in _idle(found):
            with st.container(key=f"blame-{key}", gap=None):
                st.markdown(f":small[{plain(words.change(key, *found.settings[key]))}]")
                calls = found.unread[key]
                code = "settings.effect.unread" if calls else "settings.effect.nothing"
                st.caption(t(code, calls=format.number(calls)))


def _cause(each: Blame, found: Effect) -> str:
    """The change of one setting, or the names of several."""
    if len(each.settings) == 1:
        (key,) = each.settings
        return plain(words.change(key, *found.settings[key]))
    names = format.listed([words.label(key) for key in each.settings])
    code = "settings.effect.each" if each.each else "settings.effect.together"
    return plain(t(code, settings=names))


def _idle(found: Effect) -> list[str]:
    """Changed settings that move no record, or of which that is not known."""
    to_blame = {key for each in found.blame for key in each.settings}
    return [key for key in found.settings if key not in to_blame or found.unread[key]]


def _moved_by(each: Blame) -> None:
    moved = [
        (entity, kind, count)
        for entity, some in each.entities.items()
        for kind, count in vars(some).items()
        if count
    ]
    with st.container(horizontal=True, gap="xxsmall"):
        for entity, kind, count in moved:
            numbers = {"count": format.number(count), "entity": t(f"settings.entity.{entity}")}
            st.button(
                t(f"settings.moved.{kind}", **numbers),
                key=f"blame:{'+'.join(each.settings)}:{entity}:{kind}",
                type="tertiary",
                icon=":material/list:",
                help=t("settings.effect.open"),
                on_click=links.go_next,
                args=("preview",),
                kwargs={
                    "entity": SINGULARS[entity],
                    "move": kind,
                    "because": ".".join(each.settings),
                },
            )


def price(drafted: Preview, saved: Preview) -> None:
    """What the next run costs under the draft, beside the saved settings, and when it is done."""
    calls, before = drafted.calls, saved.calls.lightspeed
    span = dict(zip(("low", "high"), map(format.number, calls.about or ()), strict=False))
    numbers = {"calls": format.number(calls.lightspeed), "before": format.number(before)}
    numbers |= span | {"finish": format.clock(drafted.finish), "clerk": format.number(calls.clerk)}
    kind = "_at_least" if calls.uncounted else "_about" if span else ""
    said = t(f"settings.effect.price{kind}", **numbers)
    st.caption(f":material/schedule: {said}")


def _start(form: Form) -> None:
    """When the saved draft would take effect."""
    due = figures.next_run(form)
    said = t("settings.effect.start", when=format.clock(due)) if due else t("settings.effect.idle")
    st.caption(f":material/event: {said}")


def _link(form: Form) -> None:
    """A link by which somebody else can look at the draft and take it over."""
    if form.kept is None or not form.count:
        return
    with st.popover(t("settings.link.get"), icon=":material/link:", type="tertiary"):
        st.code(people.address(form.store, form.kept), language=None, wrap_lines=True)
        st.caption(t("settings.link.help", days=context.desk().days_kept("drafts")))
