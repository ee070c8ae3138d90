"""One record's story as a reader sees it in a terminal."""

from __future__ import annotations

import orjson

from sync.cli.screen import Screen, local, shown
from sync.entities import PLURALS
from sync.explain import (
    NotRead,
    Story,
    drifted,
    evidence_lines,
    in_utc,
    rightly_left_out,
    warning_text,
)
from sync.texts import reason, text


def explanation(screen: Screen, story: Story) -> None:
    """One record: whether it goes, why not, what Clerk.io has, what would include it."""
    entity = text(f"record.{PLURALS[story.entity]}", screen.lang)
    if not story.found:
        _not_found(screen, entity, story.not_read)
        return
    code = "explain.goes" if story.goes else "explain.stays"
    screen.say(code, entity=entity, id=str(story.id))
    for code in story.reasons:
        screen.line(f"  {reason(code, 'name', screen.lang)}: {reason(code, 'why', screen.lang)}")
        for said in evidence_lines(code, story.evidence, screen.lang, in_utc):
            screen.line(f"    {shown(said)}")
        rightly = rightly_left_out(code, story.evidence)
        change = reason(code, "change", screen.lang)
        screen.line(f"    {text('evidence.rightly', screen.lang) if rightly else change}")
    if story.owner is not None:
        screen.line(text("warning.owner", screen.lang, owner=str(story.owner)))
    for warning in story.warnings:
        screen.line(warning_text(warning, screen.lang))
    changes = story.would_include
    if changes:
        listed = " ".join(f'{key}="{value}"' for key, value in changes.items())
        screen.say("explain.would_go", changes=listed)
    clerk = story.clerk
    if clerk:
        screen.say("explain.confirmed", at=local(clerk.confirmed_at))
    for line in drifted(story.drift, screen.lang):
        screen.line(line)
    if story.payload is not None:
        screen.line(orjson.dumps(story.payload, option=orjson.OPT_INDENT_2).decode())


def _not_found(screen: Screen, entity: str, unread: NotRead | None) -> None:
    if unread is None:
        screen.say("explain.not_found", entity=entity)
    else:
        date = local(unread.before)
        screen.say("explain.not_found_unread", entity=entity, date=date)
