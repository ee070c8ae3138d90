"""What an alert says, in the language of whoever gets it: nothing of a customer, no secret."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlencode

from sync import causes
from sync.shapes.plain import without_marks
from sync.status import utc_minute
from sync.store import Alert, Concerned
from sync.texts import catalogue, text
from sync.vault import redact

Weight = Literal["info", "success", "warning", "failure"]
MOST: Final = 10  # stores that a message names
_LIGHT: Final = frozenset({("late", "soon"), ("missed", "made_up")})


@dataclass(frozen=True, slots=True)
class Told:
    """A message: its title, its text, how bad it is, and the keys by which a receiver that gets one
    twice can tell."""

    title: str
    body: str
    weight: Weight
    keys: Sequence[str]


def told(alerts: Sequence[tuple[Alert, Sequence[Concerned]]], lang: str, desk: str) -> Told:
    """One message of alerts, each with the stores that the target is about. `desk` is the desk's
    id."""
    keys = [f"{desk}-{alert.id}" for alert, _ in alerts]
    if len(alerts) == 1:
        [(alert, stores)] = alerts
        body = "\n".join(_body(alert, stores, lang))
        return Told(_cleaned(title(alert, stores, lang)), _cleaned(body), _weight(alert), keys)
    parts = [f"{title(alert, stores, lang)}\n{_since(alert, lang)}" for alert, stores in alerts]
    body = "\n\n".join([*parts, *_link({}, lang)])
    weights = {_weight(alert) for alert, _ in alerts}
    order: Sequence[Weight] = ("failure", "warning", "success")
    weight = next(each for each in order if each in weights)
    head = text("alert.digest", lang, count=len(alerts))
    return Told(_cleaned(head), _cleaned(body), weight, keys)


def a_test(lang: str) -> Told:
    """What the test button sends."""
    body = "\n".join([text("alert.test.body", lang), *_link({}, lang)])
    return Told(text("alert.test.title", lang), body, "info", [])


def title(alert: Alert, stores: Sequence[Concerned], lang: str) -> str:
    """What happened to how many stores, in one line."""
    part = "over" if alert.turn == "over" else "began"
    code = f"alert.{alert.kind}.{part}"
    if alert.kind == "late" and alert.turn != "over":
        code = f"alert.late.{alert.cause}"
    values = {"name": stores[0].name, "count": len(stores), "cause": cause(alert.cause, lang)}
    said = text(code, lang, **values)
    return text("alert.grew", lang, said=said) if alert.turn == "grew" else said


def cause(code: str, lang: str) -> str:
    """What is behind an alert, in a few words."""
    texts = catalogue(lang)
    for family in (f"alert.cause.{code}", f"overview.cause.{code}", f"cause.{code}.name"):
        if family in texts:
            return texts[family]
    return code


def _body(alert: Alert, stores: Sequence[Concerned], lang: str) -> list[str]:
    lines = [_since(alert, lang)]
    known = causes.CAUSES.get(alert.cause)
    if known is not None and alert.turn != "over":
        lines += [text(f"cause.{known.code}.{part}", lang) for part in ("means", "next")]
    if len(stores) > 1:
        lines += ["", *(f"- {each.name}" for each in stores[:MOST])]
        if len(stores) > MOST:
            lines.append(text("alert.more", lang, count=len(stores) - MOST))
    return [*lines, *_link(_query(alert, stores), lang)]


def _since(alert: Alert, lang: str) -> str:
    code = "alert.lasted" if alert.turn == "over" else "alert.since"
    return text(code, lang, since=utc_minute(alert.since), at=utc_minute(alert.at))


def _query(alert: Alert, stores: Sequence[Concerned]) -> dict[str, str]:
    if len(stores) == 1:
        return {"store": stores[0].store, "row": stores[0].store}
    return {} if alert.kind == "late" or alert.turn == "over" else {"cause": alert.cause}


def _link(query: Mapping[str, str], lang: str) -> list[str]:
    """The way into the dashboard, where one is known."""
    base = public_url()
    return ["", f"{base}/?{urlencode({**query, 'lang': lang})}"] if base else []


def public_url(environ: Mapping[str, str] | None = None) -> str:
    """Where people reach the dashboard: SYNC_PUBLIC_URL without its slash at the end; "" if it is
    not set."""
    return (os.environ if environ is None else environ).get("SYNC_PUBLIC_URL", "").rstrip("/")


def _weight(alert: Alert) -> Weight:
    if alert.turn == "over":
        return "success"
    light = alert.kind == "held" or (alert.kind, alert.cause) in _LIGHT
    return "warning" if light else "failure"


def _cleaned(said: str) -> str:
    """Names may hold what a chat takes for a command: whom to call, or a link of another text."""
    lines = (without_marks(line) for line in redact(said).split("\n"))
    return "\n".join(lines).translate(_HARMLESS)


_HARMLESS: Final = str.maketrans({"@": "\uff20", "<": "\u2039", ">": "\u203a"})
