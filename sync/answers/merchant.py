"""The answer for the merchant: what a support person pastes into a ticket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from babel.dates import format_date

from sync import explain, preview
from sync.answers.merchant_next import by_hand, keys_asked_for
from sync.clock import iso
from sync.entities import KINDS, Id
from sync.errors import text_of
from sync.explain import Story, Way
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.personal import masking
from sync.store import Desk, StoreRow
from sync.texts import catalogue, text
from sync.texts.numbers import LOCALES

Shown = Callable[[str], str]
_WAYS = 4  # that are offered
# Texts on a record that speak of the next update.
_PROMISES = ("goes", "follows", "lost", "differs", "leaves", "gone", "unknown", "older")


@dataclass(frozen=True)
class MerchantAnswer:
    """A friendly text about one record in the language `lang`, without words of the house."""

    store: str
    entity: str
    id: Id | None
    found: bool
    lang: str
    text: str


def merchant_answer(
    desk: Desk,
    store: StoreRow,
    entity: str,
    key: str | int,
    lang: str,
    shown: Shown | None = None,
) -> MerchantAnswer:
    """Facts, cause, next step and a link about a record, found as `explain` finds it. `shown`
    writes the day of an ISO time; without it the day in UTC is written."""
    shown = shown or partial(day_of, lang)
    story = explain.explain(desk, store, entity, key)
    ways: Sequence[Way] = ()
    if story.found and story.id is not None and not story.goes:
        ways = explain.smallest(desk, store, entity, story.id)
    name = str(story.title or "") if entity != "customer" else ""
    parts = [
        text("merchant.hello", lang),
        text("merchant.about", lang, record=_record(story, name or masking.typed(str(key)), lang)),
        *_state(desk, store, story, lang, shown),
        *(keys_asked_for(desk, store, lang) or _steps(story, ways, lang)),
        *(by_hand(desk, store, lang) if _promised(story, ways) else ()),
        _link(desk, store, story, lang),
        text("merchant.bye", lang),
    ]
    found = story.found
    return MerchantAnswer(store.slug, entity, story.id, found, lang, "\n\n".join(parts))


def _record(story: Story, name: str, lang: str) -> str:
    if "forgotten" in story.reasons:  # the id that the row has is our own
        return text("merchant.known.forgotten", lang)
    known = "known" if story.found and not story.unreadable else "asked"
    return text(f"merchant.{known}.{story.entity}", lang, name=name, id=str(story.id or name))


def day_of(lang: str, at: str) -> str:
    """`29 November 2026`."""
    return str(format_date(datetime.fromisoformat(at), "long", locale=LOCALES[lang]))


# -- facts and causes -----------------------------------------------------------------------


def _state(desk: Desk, store: StoreRow, story: Story, lang: str, shown: Shown) -> Iterator[str]:
    yield _fact(desk, store, story, lang, shown)
    if story.found and not story.goes and not story.follows:
        lines = [line for code in story.reasons for line in _because(story, code, lang, shown)]
        yield "\n".join([text("merchant.because", lang), *lines])


def _fact(desk: Desk, store: StoreRow, story: Story, lang: str, shown: Shown) -> str:
    values = {}
    if story.refused:
        said = text_of(asdict(story.refused), lang).rstrip(". ")
        values = {"said": said, "refused": shown(story.refused.at or "")}
    code, at = _code(story)
    if code == "unknown":
        at = _as_of(desk, store)
        code = "unknown" if at else "unread"
    return text(f"merchant.{code}", lang, when=shown(at) if at else "", **values)


def _code(story: Story) -> tuple[str, str | None]:
    """The text that says where the record is, and the time it speaks of."""
    clerk, removed = story.clerk, story.removed
    there = clerk is not None and not clerk.hidden
    at = clerk.confirmed_at if clerk else None
    removable = KINDS[explain.kind_named(story.entity)].removable
    if not story.found:
        if there:
            return "gone" if removable else "gone_stays", at
        if removed:
            return "gone_since", removed.at
        return ("older", story.not_read.before) if story.not_read else ("unknown", None)
    if story.goes:
        if story.refused:
            return ("refused", at) if there else ("refused_first", None)
        return (_shown(story), at) if there else ("goes", None)
    if story.follows:
        return "follows", None
    if there:
        return "leaves" if removable else "stays", at
    return ("left_out_since", removed.at) if removed else ("left_out", None)


def _shown(story: Story) -> str:
    """How Clerk.io shows a record that it has confirmed."""
    drift = story.drift
    if drift is None or drift.state == "mended":
        return "sent"
    if drift.state == "changed_at_clerk":
        return "taken_out" if drift.kind == "missing" else "changed_there"
    return "lost" if drift.kind == "missing" else "differs"


def _as_of(desk: Desk, store: StoreRow) -> str | None:
    with opened_shop(desk, store) as shop:
        at = shop.mirror.fact(facts.as_of(store.language))
    return iso(at) if at else None


def _because(story: Story, code: str, lang: str, shown: Shown) -> Iterator[str]:
    """A cause in a sentence, and what stands behind it."""
    kind, _, field = code.partition(":")
    named = catalogue(lang).get(f"shop_edit.field.{field}", field)
    yield f"- {text(f'merchant.cause.{kind}', lang, field=named)}"
    if kind != "lines_pending":
        told = explain.evidence_lines(code, story.evidence, lang, shown)
        yield from (f"  - {line}" for line in told)


# -- the next step --------------------------------------------------------------------------


def _steps(story: Story, ways: Sequence[Way], lang: str) -> Iterator[str]:
    if not story.found:
        yield text(f"merchant.next.{_lost(story)}", lang)
    elif story.goes:
        yield text(f"merchant.next.{_code(story)[0]}", lang)
    elif story.follows or "forgotten" in story.reasons:
        yield text("merchant.next.nothing", lang)
    elif any(explain.rightly_left_out(code, story.evidence) for code in story.reasons):
        yield text("merchant.next.rightly", lang)
    elif not ways:
        yield text("merchant.next.ask", lang)
    else:
        offered = [_offer(way, lang) for way in ways[:_WAYS]]
        code = "alone" if len(offered) == 1 else "several"
        steps = "\n".join(f"- {each}" for each in offered)
        yield f"{text(f'merchant.next.{code}', lang)}\n{steps}"
        yield text("merchant.next.then", lang)


def _promised(story: Story, ways: Sequence[Way]) -> bool:
    """Whether anything is said of the next update."""
    return bool(ways) or _code(story)[0] in _PROMISES


def _lost(story: Story) -> str:
    if story.clerk or story.removed:
        return "nothing"
    if story.not_read:
        return "older"
    return "unknown_number" if story.entity in ("order", "customer") else "unknown"


def _offer(way: Way, lang: str) -> str:
    """One way: what the merchant does in the shop, and what is set for it."""
    told = [each.text(lang) for each in way.shop or ()]
    if way.settings:
        changes = explain.changes_text(way.settings, lang)
        told.append(text("merchant.setting", lang, changes=changes))
    return " ".join(told)


def _link(desk: Desk, store: StoreRow, story: Story, lang: str) -> str:
    """The record's own page in the shop, else the shop."""
    if story.found and story.id is not None and not story.unreadable:
        record = preview.record(desk, store, explain.kind_named(story.entity), story.id)
        sent = record.if_sent or record.payload or {}
        if sent.get("url"):
            return text("merchant.link", lang, link=str(sent["url"]))
    domain = desk.shop_by_id(store.shop_id).domain
    return text("merchant.shop", lang, link=f"https://{domain}/")
