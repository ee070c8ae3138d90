"""The command that removes a person."""

from __future__ import annotations

import sys

from sync import forget
from sync.cli.call import Answer, Call
from sync.cli.screen import Screen
from sync.cli.stand_in import serving
from sync.store import Refused

DONE, FAILED, NOT_YET = 0, 1, 5


def forget_person(call: Call) -> Answer:
    store = call.store
    with serving(call.desk, call.desk.shop_by_id(store.shop_id)):
        told = forget.forget(call.desk, store, _named(call.args.customer))

    def draw(screen: Screen) -> None:
        _draw(screen, told)

    code = DONE if told.finished else NOT_YET if told.waits else FAILED
    return Answer(told.document(), draw, code)


def _named(argument: str) -> str:
    """Who is meant; with `-` a line of stdin, for an argument stands in lists of processes."""
    named = sys.stdin.readline().strip() if argument == "-" else argument
    if not named.strip():
        raise Refused("nobody_named")
    return named


def _draw(screen: Screen, told: forget.Told) -> None:
    rows = sum(told.forgotten.values())
    screen.say("forget.here", shop=told.shop, n=rows)
    for place, n in told.forgotten.items():
        if n:
            screen.line(f"  {screen.text(f'forget.place.{place}')}: {screen.number(n)}")
    if told.busy:
        screen.say("forget.busy")
    for slug, done in told.clerk.items():
        screen.say(
            "forget.clerk", store=slug, asked=done.asked, deleted=done.deleted, resent=done.resent
        )
        if done.error is not None:
            screen.line(f"  {done.error.text(screen.lang)}")
    if not told.finished:
        screen.say("forget.repeat")
