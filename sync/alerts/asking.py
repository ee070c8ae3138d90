"""What people ask of alerts: targets, mutes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sync.alerts.changes import FIRST_PAUSE
from sync.alerts.conditions import KINDS
from sync.alerts.places import Place
from sync.shapes.plain import without_marks
from sync.store import DIGESTS, Desk, Key, Known, Pace, Refused, ShopRow, StoreRow, Target
from sync.texts import LANGUAGES

_LONGEST_NAME: Final = 60


def add(
    desk: Desk,
    name: str,
    url: str,
    *,
    lang: str = "en",
    digest: str = "none",
    of: ShopRow | StoreRow | None = None,
) -> Target:
    """A new target. UsageError for a name that is taken or empty, and for an address that alerts
    cannot go to; then nothing is kept."""
    desk.must("alert add", of)
    cleaned = without_marks(name)
    if not cleaned or len(cleaned) > _LONGEST_NAME or "@" in cleaned:
        raise Refused("target_name", most=_LONGEST_NAME)
    if digest not in DIGESTS:
        raise Refused("one_of", name="digest", value=digest, allowed=", ".join(DIGESTS))
    if lang not in LANGUAGES:
        raise Refused("one_of", name="lang", value=lang, allowed=", ".join(LANGUAGES))
    service = Place(url).service
    return desk.add_alert_target(
        cleaned, url.strip(), service=service, lang=lang, digest=digest, of=of
    )


def causes_told(desk: Desk) -> dict[Key, tuple[dict[int, Known], Pace | None]]:
    """The causes that stores have now, or that are muted: which stores, and how often it is
    told."""
    standings, paces, now = desk.alert_standings(), desk.alert_paces(), desk.clock.now()
    there = {
        key: {store: known for store, known in stores.items() if known.ended is None}
        for key, stores in standings.items()
    }
    muted = {key for key, pace in paces.items() if pace.muted(len(there.get(key, ())), now)}
    keys = sorted({key for key, stores in there.items() if stores} | muted)
    return {key: (there.get(key, {}), paces.get(key)) for key in keys}


def mute_cause(desk: Desk, key: Key, *, until: float | None = None, grows: bool = False) -> None:
    """Tell nobody of a cause until a time, or until more stores have it than now; with neither
    tell of it again. UsageError for a cause that no store has."""
    desk.must("alert mute")
    known = causes_told(desk)
    if key not in known:
        named = ", ".join(":".join(each) for each in known) or "–"
        raise Refused("unknown_cause", cause=":".join(key), known=named)
    with desk.together():
        pace = desk.alert_paces().get(key) or Pace(None, FIRST_PAUSE)
        size = len(known[key][0]) if grows else None
        desk.keep_alert_pace(key, replace(pace, muted_until=until, muted_size=size))
        after = {"until": until, "until_grows": grows}
        desk.audit("alert mute", ":".join(key), after=after)


def key_of(text: str) -> Key:
    """`failing:clerk_key` as a key; UsageError for what is none."""
    kind, colon, cause = text.partition(":")
    if not colon or kind not in KINDS or not cause:
        raise Refused("cause_form", given=text, kinds=", ".join(KINDS))
    return kind, cause
