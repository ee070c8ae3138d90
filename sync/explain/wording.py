"""The answer to "why is this not in Clerk.io?" in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from sync.errors import text_of
from sync.explain.documents import Drifted, Story
from sync.explain.evidence import rightly_left_out, status_of
from sync.manual import option_label
from sync.shapes.plain import shortened
from sync.texts import field_name, reason, text

_LONGEST_NAME = 200


def in_utc(iso: str) -> str:
    """`2026-01-31T14:35:00+00:00` → `2026-01-31 14:35 UTC`."""
    return datetime.fromisoformat(iso).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def sentence(story: Story, lang: str = "en", shown: Callable[[str], str] = in_utc) -> str:
    """What `explain` found, answer first: whether the record goes, why not, since when, and what
    would change it. `shown` writes an ISO time as the reader wants it."""
    told = _verdict(story, lang, shown, text(f"a_record.{story.entity}", lang))
    return " ".join([told, *drifted(story.drift, lang), *_change(story, lang)])


def verdict(story: Story, lang: str = "en", shown: Callable[[str], str] = in_utc) -> str:
    """The answer alone, with the record's name; of a customer, who has none here, its number."""
    name = story.id if story.entity == "customer" else story.title
    if not name or story.unreadable or "forgotten" in story.reasons:
        return _verdict(story, lang, shown, text(f"a_record.{story.entity}", lang))
    named = text(f"named.{story.entity}", lang, name=shortened(str(name), _LONGEST_NAME))
    return _verdict(story, lang, shown, named)


def _verdict(story: Story, lang: str, shown: Callable[[str], str], record: str) -> str:
    code, at = _answer(story)
    values = {"reasons": "; ".join(_because(reason, story, lang) for reason in story.reasons)}
    if story.refused:
        said = text_of(asdict(story.refused), lang).rstrip(". ")
        values |= {"said": said, "refused": shown(story.refused.at or "")}
    when = shown(at) if at else ""
    return text(f"answer.{code}", lang, record=record, when=when, **values)


def _answer(story: Story) -> tuple[str, str | None]:
    """The answer's code and the time it speaks of."""
    clerk, removed = story.clerk, story.removed
    if not story.found:
        return _missing(story)
    if story.decision == "include" and story.refused:
        there = clerk is not None and not clerk.hidden
        return ("refused", clerk.confirmed_at) if clerk and there else ("refused_first", None)
    if story.decision == "include":
        return ("confirmed", clerk.confirmed_at) if clerk else ("goes", None)
    if story.follows:
        return "pending", None
    if clerk and not clerk.hidden:
        return "not_removed" if story.refused else "still_there", clerk.confirmed_at
    return ("stays_out_since", removed.at) if removed else ("stays_out", None)


def _missing(story: Story) -> tuple[str, str | None]:
    clerk, removed = story.clerk, story.removed
    if clerk and not clerk.hidden:
        return "gone", clerk.confirmed_at
    if removed:
        return "gone_since", removed.at
    if story.not_read:
        return "not_read", story.not_read.before
    return "unknown", None


def _because(code: str, story: Story, lang: str) -> str:
    kind, _, field = code.partition(":")
    order = story.evidence.order
    if kind == "status_not_accepted" and order:
        word = "cancelled" if rightly_left_out(code, story.evidence) else "status"
        return text(f"because.{word}", lang, status=status_of(order))
    return text(f"because.{kind}", lang, field=field_name(field, lang))


def drifted(drift: Drifted | None, lang: str) -> list[str]:
    """What Clerk.io showed otherwise than it was sent."""
    if drift is None or drift.state == "mended":
        return []
    kind = drift.kind if drift.state == "in_doubt" else drift.state
    if drift.state == "changed_at_clerk" and drift.kind == "missing":
        kind = "removed_at_clerk"
    return [text(f"answer.{kind}", lang, fields=", ".join(drift.fields))]


def _change(story: Story, lang: str) -> list[str]:
    """What would make it go: settings, else what to do about each reason."""
    if story.decision == "include" or not story.found:
        return []
    if story.would_include:
        changes = changes_text(story.would_include, lang)
        return [text("answer.would_go", lang, changes=changes)]
    if story.follows:
        return []
    left = [code for code in story.reasons if not rightly_left_out(code, story.evidence)]
    return [reason(code, "change", lang) for code in left]


def changes_text(changes: Mapping[str, str], lang: str = "en") -> str:
    """Settings as a reader knows them: `Include out-of-stock products: Yes, …`"""
    return ", ".join(
        text(
            "answer.setting",
            lang,
            label=text(f"setting.{key}.label", lang),
            value=_value(key, value, lang),
        )
        for key, value in changes.items()
    )


def _value(key: str, value: str, lang: str) -> str:
    return value if key == "accepted_order_statuses" else option_label(key, value, lang)
