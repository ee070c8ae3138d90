"""What the draft would do, beside the form: counts, the setting each difference comes from, holds,
price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import streamlit as st

from pages.components import draft, format, links
from pages.components import settings_words as words
from pages.components.settings import figures
from pages.components.settings.fields import Form
from pages.components.texts import lang, plain, t
from sync.preview import Blame, Effect, Moves
from sync.run import EntityPlan, NeverRead, Preview


def show(form: Form) -> None:
    """The plan under the saved settings, or what the draft changes in it."""
    st.subheader(t("settings.effect.title"), anchor=False)
    if not form.read:
        st.caption(t("settings.effect.never_read"))
        links.to("preview", label=t("settings.effect.to_read"), icon=":material/refresh:")
        return
    if not draft.changes(form.store):
        st.caption(t("settings.effect.saved"))
        _plan(form.plan.preview)
    else:
        with st.spinner(t("settings.effect.counting")):
            found = figures.effect(form)
        _plan(found.draft, found)
        _blame(found.blame)
        price(found.draft, found.saved)
    links.to("preview", label=t("settings.effect.preview"), icon=":material/visibility:")


def _plan(shown: Preview, found: Effect | None = None) -> None:
    with st.grid(2, min_column_width=130, gap="small"):
        for entity, counts in shown.entities.items():
            _entity(entity, counts, found)
    for hold in shown.holds:
        said = t(f"hold.{hold.reason}.why", **vars(hold))
        st.warning(f"{t('settings.effect.hold')} {plain(said)}", icon=":material/front_hand:")


def _entity(entity: str, counts: EntityPlan | NeverRead, found: Effect | None) -> None:
    if isinstance(counts, NeverRead):
        calls = format.number(counts.not_read.calls)
        _metric(entity, t("format.never"), None, t("settings.effect.not_read", calls=calls))
        return
    moved = found.entities[entity] if found else Moves()
    whole = t("settings.effect.of", read=format.number(counts.read))
    numbers = vars(moved) | ({"stay": _staying(entity, found)} if found else {})
    said = [", ".join(moves(numbers)) or whole]
    if counts.follow > moved.follow:
        code = "follow_in_all" if moved.follow else "follow"
        said.append(t(f"settings.effect.{code}", count=format.number(counts.follow)))
    said += counts.silent_about(lang())
    delta = moved.enter + moved.follow - moved.leave
    _metric(entity, format.number(counts.going), delta or None, "; ".join(said))


def _staying(entity: str, found: Effect) -> int:
    """How many records the draft leaves in Clerk.io as they are."""
    moved = found.entities[entity]
    before, after = (_going(plan.entities[entity]) for plan in (found.saved, found.draft))
    return max(before + moved.enter + moved.follow - moved.leave - after, 0)


def _going(counts: EntityPlan | NeverRead) -> int:
    return 0 if isinstance(counts, NeverRead) else counts.going


def _metric(entity: str, value: str, delta: int | None, said: str) -> None:
    with st.container(gap="xsmall"):
        st.metric(t(f"entity.{entity}"), value, delta=delta)
        st.caption(said)


def moves(numbers: Mapping[str, int]) -> Iterator[str]:
    """In words how many records come in, follow, leave and change, without what is none."""
    for kind, count in numbers.items():
        if count:
            yield t(f"settings.effect.{kind}", count=format.number(count))


def _blame(blame: Sequence[Blame]) -> None:
    lines = [f"- {_because(each)}" for each in blame]
    if lines:
        st.markdown(f"**{t('settings.effect.blame')}**")
        st.caption("\n".join(lines))


def _because(each: Blame) -> str:
    moved = [
        f"{t(f'entity.{entity}')}: {', '.join(moves(vars(some)))}"
        for entity, some in each.entities.items()
        if some != Moves()
    ]
    if each.unread:
        moved.append(t("settings.effect.unread", calls=format.number(each.unread)))
    said = "; ".join(moved) or t("settings.effect.nothing")
    return f"{plain(words.change(each.setting, each.old, each.new))} – {said}"


def price(drafted: Preview, saved: Preview) -> None:
    """What the next run costs under the draft, beside the saved settings, and when it is done."""
    calls, before = drafted.calls, saved.calls.lightspeed
    span = dict(zip(("low", "high"), map(format.number, calls.about or ()), strict=False))
    numbers = {"calls": format.number(calls.lightspeed), "before": format.number(before)}
    numbers |= span | {"finish": format.clock(drafted.finish)}
    kind = "_at_least" if calls.uncounted else "_about" if span else ""
    said = t(f"settings.effect.price{kind}", **numbers)
    st.caption(f":material/schedule: {said}")
